"""
A call that failed, a call that was slow, or what somebody says -> a report that is sent, unless it is one of many that
are the same.

It is made in the call, and sent elsewhere (senders.py). Loaded with the first one; neighbour: occasions.py says when.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Mapping
from types import FrameType
from typing import Any

from pymacaron import context
from pymacaron.context import Call
from pymacaron.crash import report, senders
from pymacaron.crash.sent import scrubbing_of
from pymacaron.exceptions import UnhandledServerError

__all__ = ["failed", "line", "slow", "told", "unmade"]

log = logging.getLogger("pymacaron.crash")


def told(title: str | None, data: Mapping[str, Any] | None, caught: Any, is_fatal: bool) -> None:
    """Report what somebody says: see report_error()."""
    call = context.current()
    said = title or report.caught_text(caught) or "an error was reported"
    key = ("said", said, _frame_place(report.calling_frame()), type(caught), _endpoint(call), is_fatal)
    if not senders.admits(key):
        return
    scrubbing = scrubbing_of(call)
    function = report.calling_function(call)
    elapsed_ns = time.perf_counter_ns() - call.started if call is not None else 0
    _send(
        report.warning_title(call, function, said, is_fatal, scrubbing),
        key,
        call=call,
        is_fatal=is_fatal,
        elapsed_us=elapsed_ns // 1000,
        caught=caught,
        data=data,
        scrubbing=scrubbing,
    )


def failed(
    call: Call, status: int, error: Mapping[str, Any] | None, exception: BaseException | None, elapsed_ns: int
) -> None:
    """Report *call*, which ended with *status* after *elapsed_ns* nanoseconds: see after_call()."""
    error = error or {}
    cause = _cause(exception)
    key = ("failed", status, error.get("error"), type(cause), _place(cause), _endpoint(call))
    if not senders.admits(key):
        return
    scrubbing = scrubbing_of(call)
    _send(
        report.failure_title(call, status, error, cause, scrubbing),
        key,
        call=call,
        is_fatal=True,
        elapsed_us=elapsed_ns // 1000,
        status=status,
        error=error,
        caught=cause,
        scrubbing=scrubbing,
    )


def slow(call: Call, status: int, error: Mapping[str, Any] | None, limit_ms: float, elapsed_ns: int) -> None:
    """Report *call*, which took longer than *limit_ms* milliseconds."""
    key = ("slow", status, _endpoint(call))
    if not senders.admits(key):
        return
    scrubbing = scrubbing_of(call)
    _send(
        report.slow_title(call, status, limit_ms, scrubbing),
        key,
        call=call,
        is_fatal=False,
        elapsed_us=elapsed_ns // 1000,
        status=status or None,
        error=error,
        scrubbing=scrubbing,
    )


def line(call: Call, exception: BaseException) -> str:
    """*exception* in a line that may be logged and kept."""
    return report.one_line(scrubbing_of(call).text(report.caught_text(exception)))


def unmade(call: Call | None) -> None:
    """Log that a report could not be made, of *call* where there is one."""
    if call is None:
        log.error("a report could not be made:\n%s", report.current_traceback())
        return
    where = call.handler_name or report.one_line(f"{call.method} {call.path}")
    log.error("the report of a call could not be made: %s\n%s", where, report.current_traceback())


def _cause(exception: BaseException | None) -> BaseException | None:
    """What an UnhandledServerError was made of tells more than itself."""
    if isinstance(exception, UnhandledServerError) and exception.__cause__ is not None and not exception.args[0]:
        return exception.__cause__
    return exception


def _send(title: str, key: Hashable, *, call: Call | None, elapsed_us: int, **parts: Any) -> None:
    senders.send(report.build(title, call=call, now=report.utc_now(), elapsed_us=elapsed_us, **parts), key, call)


def _endpoint(call: Call | None) -> str:
    """What is the same of all calls of an operation, or of a route of the user's as far as that is known."""
    if call is None:
        return ""
    return call.endpoint_id or call.handler_name or f"{call.method} {call.path}"


def _place(exception: BaseException | None) -> Hashable:
    """The file and the line where *exception* was raised."""
    traceback = exception.__traceback__ if exception is not None else None
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return (traceback.tb_frame.f_code.co_filename, traceback.tb_lineno) if traceback is not None else None


def _frame_place(frame: FrameType | None) -> Hashable:
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else None
