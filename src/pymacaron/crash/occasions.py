"""
When something is reported: a call that ends in 500 or above, a call that was slow, and when somebody says so.

The server calls after_call() at the end of every call; the rest is what services import from pymacaron.crash. A report
is made in the call (reporting.py); whatever fails in that is logged, never raised.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from pymacaron import config, context
from pymacaron.context import Call
from pymacaron.exceptions import PyMacaronException, UnhandledServerError

__all__ = ["after_call", "after_task", "crash_handler", "report_error", "report_slow", "task_error"]

log = logging.getLogger("pymacaron.crash")

Function = TypeVar("Function", bound=Callable[..., Any])
Clock = Callable[[], int]


def after_call(
    call: Call,
    status: int,
    error: Mapping[str, Any] | None = None,
    exception: BaseException | None = None,
    *,
    clock: Clock = time.perf_counter_ns,
) -> None:
    """
    Report *call*, which ended with *status*, if that is 500 or above, or if it took longer than it may.

    *error*: the JSON error that was sent; *exception*: what it was made of. *clock*: nanoseconds, as of Call.started.
    The limit is `call.slow_ms`, else report_call_exceeding_ms of the config, in milliseconds; 0: none. Raises nothing.
    """
    try:
        elapsed_ns = clock() - call.started
        if status >= 500 and (exception is None or exception is not call.reported):
            _reporting().failed(call, status, error, exception, elapsed_ns)
        limit_ms = call.slow_ms if call.slow_ms is not None else config.get_config().report_call_exceeding_ms
        if limit_ms and elapsed_ns > limit_ms * 1_000_000:
            _reporting().slow(call, status, error, limit_ms, elapsed_ns)
    except Exception:  # where the call ends
        _log_failure(call)


def after_task(call: Call, exception: BaseException) -> None:
    """Report the task that ran in *call* and has failed for good, with *exception*. Raises nothing."""
    if call.reported is not exception:
        _report(call, exception)


def task_error(call: Call, exception: BaseException) -> str:
    """*exception* in a line, `ValueError: text`, without the secrets of *call*; its class alone where that fails."""
    try:
        return str(_reporting().line(call, exception))
    except Exception:  # an exception of the user's, whose text may fail in any way
        return type(exception).__name__


def report_error(
    title: str | None = None, data: Mapping[str, Any] | None = None, caught: Any = None, is_fatal: bool = False
) -> None:
    """
    Send a report. *title*: what happened, in a line; *data*: more members of the report (a dict); *caught*: the
    exception or the Error model behind it; *is_fatal*: whether its title says FATAL. Raises nothing.
    """
    try:
        _reporting().told(title, data, caught, is_fatal)
    except Exception:  # where a hook ends: reporting must never break what it reports about
        _log_failure(None)


def report_slow(max_ms: float) -> Callable[[Function], Function]:
    """
    A decorator: the call that *function* answers counts as slow from *max_ms* milliseconds on, instead of from
    report_call_exceeding_ms on; 0: never. Outside of a call the time of the function itself counts. Works for
    `async def`, too.
    """
    if isinstance(max_ms, bool) or not isinstance(max_ms, (int, float)) or not max_ms >= 0:
        raise TypeError("write @report_slow(max_ms=5000), with a number of milliseconds")

    def decorate(function: Function) -> Function:
        if iscoroutinefunction(function):

            @wraps(function)
            async def limited_async(*args: Any, **kwargs: Any) -> Any:
                with _limited(function, max_ms):
                    return await function(*args, **kwargs)

            return cast(Function, limited_async)

        @wraps(function)
        def limited(*args: Any, **kwargs: Any) -> Any:
            with _limited(function, max_ms):
                return function(*args, **kwargs)

        return cast(Function, limited)

    return decorate


def crash_handler(function: Function) -> Function:
    """
    A decorator that gives any function what an operation has: an exception of status 500 or above, or one that nobody
    foresaw, is reported and goes on; outside of a call, the function is one, with a call id, and reported if slow.

    A PyMacaronException that the function returns is raised. `async def` works, too.
    """
    if iscoroutinefunction(function):

        @wraps(function)
        async def handled_async(*args: Any, **kwargs: Any) -> Any:
            with _handled(function):
                return _raised(await function(*args, **kwargs))

        return cast(Function, handled_async)

    @wraps(function)
    def handled(*args: Any, **kwargs: Any) -> Any:
        with _handled(function):
            return _raised(function(*args, **kwargs))

    return cast(Function, handled)


@contextmanager
def _limited(function: Callable[..., Any], max_ms: float) -> Iterator[None]:
    call = context.current()
    if call is not None:
        call.slow_ms = max_ms
        yield
        return
    with Call(handler_name=_name(function)) as own:
        own.slow_ms = max_ms
        try:
            yield
        finally:
            _after_function(own)


@contextmanager
def _handled(function: Callable[..., Any]) -> Iterator[None]:
    call = context.current()
    if call is not None:
        with _watched(call):
            yield
        return
    with Call(handler_name=_name(function)) as own:
        try:
            with _watched(own):
                yield
        finally:
            _after_function(own)


@contextmanager
def _watched(call: Call) -> Iterator[None]:
    """Reports an exception that passes, once: the server does not report the same one again."""
    try:
        yield
    except Exception as exception:
        is_error = not isinstance(exception, PyMacaronException) or exception.status >= 500
        if is_error and call.reported is not exception:
            call.reported = exception
            _report(call, exception)
        raise


def _report(call: Call, exception: BaseException) -> None:
    """Report that *call* has ended with *exception*. Raises nothing: what is raised is the exception itself."""
    try:
        error = exception
        if not isinstance(error, PyMacaronException):
            error = UnhandledServerError()
            exception.error_id = error.error_id  # type: ignore[attr-defined]  # the reply tells the same one
        elapsed_ns = time.perf_counter_ns() - call.started
        _reporting().failed(call, error.status, error.to_dict(), exception, elapsed_ns)
    except Exception:  # where a task or a hook ends
        _log_failure(call)


def _after_function(call: Call) -> None:
    """Of a function that was its own call: its failures were reported already, here it is asked whether it was slow."""
    after_call(call, 0)


def _raised(result: Any) -> Any:
    if isinstance(result, PyMacaronException):
        raise result
    return result


def _reporting() -> Any:
    """What makes reports: it is loaded with the first one."""
    from pymacaron.crash import reporting

    return reporting


def _log_failure(call: Call | None) -> None:
    try:
        _reporting().unmade(call)
    except Exception as error:  # where the process ends, nothing is loaded any more
        log.error("a report could not be made: %s", type(error).__name__)


def _name(function: Callable[..., Any]) -> str:
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', type(function).__name__)}"
