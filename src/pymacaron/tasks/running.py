"""
A message -> the task is run, as its caller's: what came of that, and what is to be done next.

The same for every queue, which keeps its own books by what comes back. Fails never: whatever goes wrong is how the task
has ended. Only the last failure of a task is reported (crash/), with the exception's text.
"""

from __future__ import annotations

import inspect
import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pymacaron import clocks, crash, loop
from pymacaron.context import Call
from pymacaron.exceptions import PyMacaronException, is_error, raise_error
from pymacaron.schema.models import Model
from pymacaron.tasks.arguments import ArgumentError, decode, encode
from pymacaron.tasks.message import Message
from pymacaron.tasks.options import Options
from pymacaron.tasks.origin import call_of, identify
from pymacaron.tasks.registry import named

if TYPE_CHECKING:
    from pymacaron.tasks.task import Task

__all__ = ["Ended", "TimeLimitError", "WorkerKilledError", "broken_off", "late", "run", "run_out", "time_limit"]

log = logging.getLogger("pymacaron.tasks")


class TimeLimitError(Exception):
    """A task took longer than its `timeout`: raised in the midst of it, and how it ends where it is not caught."""


class WorkerKilledError(Exception):
    """The processes that ran a task have died, each time: how it ends."""


@dataclass(frozen=True, slots=True)
class Ended:
    """
    succeeded, with the text of its `result`, or None where that cannot be sent; failed for good, with `error`; again:
    it has failed with `error`, and `message` is to be sent in its place; expired.
    """

    state: Literal["succeeded", "failed", "again", "expired"]
    result: bytes | None = None
    error: str | None = None
    message: Message | None = None


def run(message: Message, *, clock: Callable[[], float] = clocks.wall) -> Ended:
    """Run the task of *message*. *clock*: seconds since the epoch. Raises only what is no Exception."""
    if message.expires is not None and clock() > message.expires:
        log.warning("the task %s (%s) has expired before it was begun", message.task, message.id)
        return Ended("expired", error="nobody has begun it in time")
    with call_of(message, clock()) as call:
        task: Task[..., Any] | None = None
        try:
            identify(call, message.call)
            task = named(message.task, message.module)
            args, kwargs = decode(message.arguments)
            call.params = task.parameters(*args, **kwargs)
            result = _called(task, call, args, kwargs)
        except Exception as error:  # where a task ends
            return _failed(message, task, call, error, clock)
        if call.slow_ms is not None:
            crash.after_call(call, 0)
        return Ended("succeeded", _sendable(result, message))


def broken_off(
    message: Message, error: Exception, *, for_good: bool = False, clock: Callable[[], float] = clocks.wall
) -> Ended:
    """
    How *message* has ended, which the worker has ended from outside, or that has ended the process that ran it: as one
    that has raised *error*. *for_good*: whatever its `retries`.
    """
    with call_of(message, clock()) as call:
        task: Task[..., Any] | None = None
        with suppress(Exception):
            identify(call, message.call)
        with suppress(Exception):  # a module of the user's, as in time_limit()
            task = named(message.task, message.module) if not for_good else None
        return _failed(message, task, call, error, clock)


def run_out(message: Message, is_stopped: Callable[[BaseException], bool] = lambda _: False) -> Ended:
    """
    run(), where what would end the process, a SystemExit or another that is no Exception, is how the task has failed.
    *is_stopped* tells those by which the process is being ended from outside: they go through.
    """
    try:
        return run(message)
    except BaseException as error:
        if is_stopped(error):
            raise
        text = ""
        with suppress(Exception):  # of the user's, whose text may fail in any way
            text = f"it ended in {type(error).__name__}: {error}".removesuffix(": ")
        stopped = loop.StoppedError(text or f"it ended in {type(error).__name__}")
        stopped.__cause__ = error
        return broken_off(message, stopped)


def time_limit(message: Message) -> float | None:
    """Seconds that one attempt of *message* may take; None: as long as it likes, or nobody here knows the task."""
    try:
        return named(message.task, message.module).options.timeout
    except Exception:  # a module of the user's, which may fail in any way while it is imported: run() tells
        return None


def _called(task: Task[..., Any], call: Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    timeout_s = task.options.timeout
    if timeout_s is not None:
        until = time.monotonic() + timeout_s
        call.deadline = until if call.deadline is None else min(until, call.deadline)
    with _limited(timeout_s):
        result = task.function(*args, **kwargs)
    if inspect.iscoroutine(result):
        result = loop.run(result if timeout_s is None else _within(result, timeout_s))
    if isinstance(result, (Model, PyMacaronException)) and is_error(
        result
    ):  # as of an operation, to return is to raise
        raise_error(result)
    return result


async def _within(coroutine: Any, timeout_s: float) -> Any:
    import asyncio

    limit = asyncio.timeout(timeout_s)
    try:
        async with limit:
            return await coroutine
    except TimeoutError:
        if not limit.expired():  # one of the task's own
            raise
        raise TimeLimitError(late(timeout_s)) from None


@contextmanager
def _limited(timeout_s: float | None) -> Iterator[None]:
    """
    Raises TimeLimitError in the midst of what runs inside after *timeout_s* seconds: in the main thread, where signals
    arrive. Whatever does not hear of it is ended by the worker's own watch.
    """
    if timeout_s is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    is_over = False

    def ring(*_: object) -> None:
        if not is_over:
            raise TimeLimitError(late(timeout_s))

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        yield
    finally:
        is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def late(timeout_s: float) -> str:
    """What a TimeLimitError says."""
    return f"it took longer than its timeout of {timeout_s:g} s"


def _failed(
    message: Message, task: Task[..., Any] | None, call: Call, error: Exception, clock: Callable[[], float]
) -> Ended:
    text = crash.task_error(call, error)
    options = task.options if task is not None else Options()
    failures = message.failures + 1
    if failures <= options.retries:
        wait_s = options.wait_s(failures, random.random())
        log.warning(
            "the task %s (%s) has failed, %s of %s times, and is tried again in %.1f s: %s",
            *(message.task, message.id, failures, options.retries + 1, wait_s, text),
        )
        return Ended("again", error=text, message=message.again(clock() + wait_s))
    crash.after_task(call, error)
    log.error("the task %s (%s) has failed for good: %s", message.task, message.id, text)
    return Ended("failed", error=text)


def _sendable(result: Any, message: Message) -> bytes | None:
    try:
        return encode(result, "the result")
    except Exception as error:  # of a model, by what the user has written: the task has succeeded all the same
        reason = error if isinstance(error, ArgumentError) else type(error).__name__
        log.warning("the task %s (%s) succeeded; its result is not kept: %s", message.task, message.id, reason)
        return None
