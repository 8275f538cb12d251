"""
Reports on their way to one destination: a bounded queue, and a thread of its own that sends them one by one.

A destination that hangs, raises or is flooded holds up nobody: what finds no room is counted as lost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from pymacaron.crash.report import current_traceback

__all__ = ["SENDING", "Outbox"]

log = logging.getLogger("pymacaron.crash")

#: Whether a report is being sent here: what is reported meanwhile is logged only, or it would never end
SENDING: ContextVar[bool] = ContextVar("pymacaron.crash.sending", default=False)

_MOST = 100


class Outbox:
    """
    What waits to be sent by *send(title, message)*, at most *most* reports. *name*: of the destination, for the log.
    `sent`, `failed` and `lost` count reports; the thread starts with the first and lives as long as the process.
    """

    def __init__(self, name: str, send: Callable[[str, str], Any], most: int = _MOST):
        self.name = name
        self.sent = self.failed = self.lost = 0
        self._send = send
        self._most = most
        self._waiting: deque[tuple[str, str]] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._thread: threading.Thread | None = None
        self._is_busy = False
        self._is_late = False
        self._is_closed = False
        self._lost_before = 0

    def post(self, title: str, message: str) -> None:
        """Put a report into the queue. Returns at once, raises nothing."""
        with self._changed:
            is_full = len(self._waiting) >= self._most
            if is_full:
                self.lost += 1
                begins = self.lost == self._lost_before + 1
            else:
                self._waiting.append((title, message))
                self._changed.notify_all()
            thread = self._next_thread()
        # Not within the lock: to start a thread, or to log, is to wait for others
        if is_full and begins:
            log.error("%s is too slow: reports are lost, beginning with: %s", self.name, title)
        if thread is not None:
            self._start(thread)

    def settle(self, timeout_s: float) -> bool:
        """
        Wait until all is sent, *timeout_s* seconds at most; whether it is. A destination that was waited for in vain
        is not waited for again until it has caught up.
        """
        if self._is_late:
            return False
        settled = self.flush(timeout_s)
        self._is_late = not settled
        return settled

    def flush(self, timeout_s: float) -> bool:
        """Wait until all is sent, *timeout_s* seconds at most; whether it is. Its own thread does not wait."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while (self._waiting or self._is_busy) and threading.current_thread() is not self._thread:
                left_s = deadline - time.monotonic()
                if left_s <= 0 or self._thread is None:
                    return False
                self._changed.wait(left_s)
            return not self._waiting

    def close(self) -> None:
        """No more will be posted: the thread ends when all is sent."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many reports were neither sent nor lost."""
        return len(self._waiting) + self._is_busy

    def _next_thread(self) -> threading.Thread | None:
        """A thread to start, where none runs."""
        if self._thread is not None and (self._thread.ident is None or self._thread.is_alive()):
            return None
        name = f"pymacaron reports: {self.name}"
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        return self._thread

    def _start(self, thread: threading.Thread) -> None:
        try:
            thread.start()
        except RuntimeError:  # no threads are left, or the interpreter ends
            with self._changed:
                unsent = list(self._waiting)
                self._waiting.clear()
                self.lost += len(unsent)
                self._thread = None
            for title, _ in unsent:
                log.error("a report to %s is lost, no thread can be started: %s", self.name, title)

    def _work(self) -> None:
        SENDING.set(True)
        while (report := self._next()) is not None:
            title, message = report
            try:
                self._send(title, message)
            except (Exception, SystemExit):  # where a hook ends
                self.failed += 1
                log.error("%s failed; the report was: %s\n%s\n%s", self.name, title, message, current_traceback())
            else:
                self.sent += 1

    def _next(self) -> tuple[str, str] | None:
        """The next report; waits for one. None where no more will come."""
        with self._changed:
            self._is_busy = False
            caught_up = not self._waiting and self.lost > self._lost_before
            lost, self._lost_before = (
                (self.lost - self._lost_before, self.lost) if caught_up else (0, self._lost_before)
            )
            self._is_late = self._is_late and bool(self._waiting)
            self._changed.notify_all()
        if lost:
            log.error("%s goes on; %d reports were lost meanwhile", self.name, lost)
        with self._changed:
            while not self._waiting:
                if self._is_closed:
                    return None
                self._changed.wait()
            self._is_busy = True
            return self._waiting.popleft()
