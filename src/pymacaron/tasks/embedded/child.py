"""A process that the worker has forked: it runs one task after the other, until it is told to stop."""

from __future__ import annotations

import logging
import mmap
import os
import signal
import struct
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

from pymacaron import ending
from pymacaron.parent import when_gone
from pymacaron.tasks import running
from pymacaron.tasks.embedded.books import DEATHS, KILLED, LATE, Books, Taken
from pymacaron.tasks.message import Message
from pymacaron.tasks.queues import QueueError
from pymacaron.tasks.running import Ended, TimeLimitError, WorkerKilledError

__all__ = ["Limit", "become_child"]

log = logging.getLogger("pymacaron.tasks")

#: Seconds between two looks whether there is something to do, and until the next try where the file cannot be used
_LOOK_S, _FAILED_S = 0.05, 1.0


class Limit:
    """By when the task of a child is to be done, in seconds of the monotonic clock, as its parent sees it, too."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)

    @property
    def until(self) -> float | None:
        value: float = struct.unpack("d", self._memory[:8])[0]
        return value or None

    @until.setter
    def until(self, value: float | None) -> None:
        self._memory[:8] = struct.pack("d", value or 0.0)


def become_child(parent: int, books: Books, limit: Limit) -> NoReturn:
    """Have this process, which *parent* has just forked, run tasks by its *books*, and end."""
    stopping = _Stopping()
    code = 1
    try:
        _end_with(parent)
        _work(books, limit, stopping)
        code = 0
    except BaseException:
        log.exception("a process that runs tasks has failed")
    finally:
        ending.end()
        with suppress(Exception):  # where the process ends
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


class _Stopping:
    """Whether it was told to stop: by the worker. A Ctrl-C at the terminal is the worker's to handle."""

    def __init__(self) -> None:
        self.is_begun = False
        signal.signal(signal.SIGTERM, self._begin)
        # What a task starts does not inherit this, as it would SIG_IGN
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})

    def _begin(self, *_: Any) -> None:
        self.is_begun = True


def _end_with(parent: int) -> None:
    """
    Have this process be killed when its *parent* is gone: its tasks are put back then. Linux does that itself, whatever
    a task is at (prctl(2), PR_SET_PDEATHSIG).
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    else:
        when_gone(parent, lambda: os._exit(1))


def _work(books: Books, limit: Limit, stopping: _Stopping) -> None:
    pid = os.getpid()
    done: tuple[Message, Ended] | None = None
    while True:
        try:
            taken = books.turn(pid, done, takes=not stopping.is_begun)
            done = None
            while taken is None:
                if stopping.is_begun:
                    return
                time.sleep(_LOOK_S)
                if books.may_be_due():
                    break
        except QueueError as error:
            log.error("%s", error)
            if stopping.is_begun and done is None:
                return
            time.sleep(_FAILED_S)
            continue
        if taken is not None:
            done = taken.message, _ended(taken, limit)


def _ended(taken: Taken, limit: Limit) -> Ended:
    message = taken.message
    timeout_s = running.time_limit(message)
    if taken.broken == LATE:
        return running.broken_off(message, TimeLimitError(running.late(timeout_s or 0)))
    if taken.broken == KILLED:
        error = WorkerKilledError(f"{DEATHS} processes that ran it have died")
        return running.broken_off(message, error, for_good=True)
    limit.until = time.monotonic() + timeout_s if timeout_s is not None else None
    try:
        return running.run_out(message)
    finally:
        limit.until = None
