"""A clock whose waits a test makes short, or passes over; what is due is done when somebody looks. No threads."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]


class Clock:
    """
    `scale`: a wait of so many seconds takes one. Dates are the machine's own, later by what the clock was advanced.

    Not made for several threads: who uses it has a lock.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._passed_over = 0.0  # of the machine's seconds
        self._number = itertools.count()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._passed_over * self.scale)

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        """*do*, when *seconds* of this clock are over."""
        heapq.heappush(self._timers, (self._time() + seconds / self.scale, next(self._number), do))

    def run(self) -> None:
        """Do what is due, in its order; what that starts too, where it is due as well."""
        while self._timers and self._timers[0][0] <= self._time():
            heapq.heappop(self._timers)[2]()

    def advance(self, seconds: float) -> None:
        """Pass over *seconds*: what falls due in them is done, each at its time."""
        end = self._time() + seconds / self.scale
        while self._timers and self._timers[0][0] <= end:
            due, _, do = heapq.heappop(self._timers)
            self._pass_to(due)
            do()
        self._pass_to(end)

    def _pass_to(self, moment: float) -> None:
        self._passed_over += max(0.0, moment - self._time())

    def _time(self) -> float:
        return time.monotonic() + self._passed_over
