"""
`clock()`: time stands still, and goes on when the test says so.

It stands in for the functions of pymacaron.clocks, for all threads of the process. What reads Python's clock itself
(handlers, other libraries) is moved by a library such as time-machine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import isfinite

from pymacaron import clocks
from pymacaron.utils import to_datetime

__all__ = ["Clock", "clock"]


class Clock:
    """Stands at *at*, in seconds since the epoch. *steady*: what its time is that only goes on, in seconds."""

    def __init__(self, at: float, steady: float):
        self._at = at
        self._steady = steady
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Clock at {self.now.isoformat()}>"

    @property
    def now(self) -> datetime:
        """What it says: an aware UTC datetime."""
        return datetime.fromtimestamp(self._at, UTC)

    def time(self) -> float:
        """What it says, in seconds since the epoch, as time.time() does."""
        return self._at

    def monotonic(self) -> float:
        """Seconds of which only differences count, as of time.monotonic()."""
        return self._steady

    def advance(self, by: float | timedelta) -> None:
        """Have it be so many seconds later, or so much. Raises ValueError for less than 0: keys and limits cannot."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        if seconds < 0 or not isfinite(seconds):
            raise ValueError(f"a clock only goes on: advance() takes 0 seconds or more, not {seconds!r}")
        with self._lock:
            self._at += seconds
            self._steady += seconds

    def _catch_up(self, steady: float) -> None:
        """Have the time that only goes on be no less than *steady*."""
        with self._lock:
            self._steady = max(self._steady, steady)


class _Clocks:
    """Those of clock() that are going on, the last of which counts; without one, Python's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Clock] = []

    def begin(self, at: float | None) -> Clock:
        with self._lock:
            if at is None:  # in whole seconds, as those of tokens are: else they would end a part of one sooner
                at = self._all[-1].time() if self._all else float(int(clocks.time()))
            new = Clock(at, clocks.monotonic())
            self._all.append(new)
            self._set()
            return new

    def end(self, old: Clock) -> None:
        with self._lock:
            self._all.remove(old)
            for other in self._all:
                other._catch_up(old.monotonic())
            self._set(old.monotonic())

    def _set(self, reached: float = 0.0) -> None:
        if self._all:
            clocks.time, clocks.monotonic = self._all[-1].time, self._all[-1].monotonic
        else:
            clocks.time, clocks.monotonic = time.time, _from(reached)


def _from(reached: float) -> Callable[[], float]:
    """
    Python's monotonic time, put on where a test's clock has *reached* more: what an app still has in memory, counted
    calls and keys, was put there at a time that has to have been.
    """
    ahead = reached - time.monotonic()
    return time.monotonic if ahead <= 0 else lambda: time.monotonic() + ahead


_CLOCKS = _Clocks()


@contextmanager
def clock(at: datetime | str | float | None = None) -> Iterator[Clock]:
    """
    `with clock() as now:` has time stand still in the whole process: that by which tokens, cached keys, limits,
    Idempotency-Keys, tasks and kept models end. `now.advance(60)` puts it on; `now.now` is what it says.

    *at*: where it stands at first, a datetime, an ISO 8601 text or seconds since the epoch; without a zone UTC is
    meant. By default it is this second, or in another clock what that says. Raises ValueError for a text that is no
    date.
    """
    made = _CLOCKS.begin(None if at is None else to_datetime(at).timestamp())
    try:
        yield made
    finally:
        _CLOCKS.end(made)
