"""
Counts the calls in this process: for development, and for a service that has one worker.

The library limits has such a memory, too. It never forgets a caller, and looks at all of them a hundred times a second.
"""

from __future__ import annotations

import math
import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence

from pymacaron import clocks
from pymacaron.server.limits.counting import Count
from pymacaron.spec.quotas import Quota

__all__ = ["MemoryCounter"]

#: How many callers are known, and how many of their calls; beyond, those who have not called for longest are forgotten
_MOST_CALLERS, _MOST_CALLS = 100_000, 5_000_000


class _Times:
    """When the calls of one caller were, in seconds, the last one last. `span_s`: how long they matter."""

    __slots__ = ("begin", "span_s", "times")

    def __init__(self, span_s: int):
        self.span_s = span_s
        self.times = array("d")
        self.begin = 0

    def since(self, moment: float) -> int:
        """The place of the first call after *moment*."""
        return bisect_right(self.times, moment, self.begin)

    def forget(self, now: float) -> int:
        """Forget what does not matter any more, once that is half of all; how many calls those are."""
        self.begin = self.since(now - self.span_s)
        if self.begin * 2 < len(self.times) or not self.begin:
            return 0
        forgotten, self.begin = self.begin, 0
        del self.times[:forgotten]
        return forgotten


class MemoryCounter:
    """
    A Counter. A caller is asked about with the same quotas each time. *clock* gives seconds, of which only differences
    count, and never goes back: that of the wall may be set.
    """

    def __init__(
        self,
        most_callers: int = _MOST_CALLERS,
        most_calls: int = _MOST_CALLS,
        clock: Callable[[], float] = clocks.steady,
    ):
        self._most_callers = most_callers
        self._most_calls = most_calls
        self._clock = clock
        self._lock = threading.Lock()
        self._callers: dict[str, _Times] = {}
        self._calls = 0

    def __len__(self) -> int:
        """How many callers are known."""
        return len(self._callers)

    def take(self, quotas: Sequence[Quota], caller: str) -> tuple[bool, list[Count]]:
        with self._lock:
            known = self._callers.pop(caller, None)
            if known is None:
                known = _Times(max(quota.seconds for quota in quotas))
            self._make_room()
            self._callers[caller] = known  # now the last one
            now = self._clock()
            self._calls -= known.forget(now)
            passes = all(quota.amount > _used(known, quota, now) for quota in quotas)
            if passes:
                known.times.append(now)
                self._calls += 1
            return passes, [_count(known, quota, now) for quota in quotas]

    def left(self, quotas: Sequence[Quota], caller: str) -> list[Count]:
        with self._lock:
            known = self._callers.get(caller)
            if known is None:
                return [(quota.amount, quota.seconds) for quota in quotas]
            now = self._clock()
            return [_count(known, quota, now) for quota in quotas]

    def _make_room(self) -> None:
        """Where all is full, forget whose calls are over, and of the others the first until a tenth is free."""
        if len(self._callers) < self._most_callers and self._calls < self._most_calls:
            return
        now = self._clock()
        for caller in [one for one, known in self._callers.items() if known.times[-1] <= now - known.span_s]:
            self._forget(caller)
        while self._callers and (len(self._callers) > self._most_callers * 0.9 or self._calls > self._most_calls * 0.9):
            self._forget(next(iter(self._callers)))

    def _forget(self, caller: str) -> None:
        self._calls -= len(self._callers.pop(caller).times)


def _used(known: _Times, quota: Quota, now: float) -> int:
    return len(known.times) - known.since(now - quota.seconds)


def _count(known: _Times, quota: Quota, now: float) -> Count:
    first = known.since(now - quota.seconds)
    used = len(known.times) - first
    passed_s = now - known.times[first] if used else 0  # not what it ends at: sums of large numbers are not exact
    return max(0, quota.amount - used), max(1, math.ceil(quota.seconds - passed_s))
