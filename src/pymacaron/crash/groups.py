"""
Which crashes are the same, and which of them are told: the first of a window at once, the others by their number.

No thread and no I/O here: desk.py asks admits() of every crash, and due() when a window is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from pymacaron import clocks

__all__ = ["Groups", "Repeats"]

_MINUTE_S = 60
#: Groups that are known at the same time: more of them are over the limit, whatever it is
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Repeats:
    """`count` crashes that were not told within `seconds`: the same as that of *report*, or any, where it is None."""

    report: Mapping[str, Any] | None
    count: int
    seconds: float


@dataclass(slots=True)
class _Group:
    until: float
    count: int = 0
    report: Mapping[str, Any] | None = None


class Groups:
    """
    The crashes of one process by what makes them the same. *window_s*: seconds in which one is told once, 0: each is
    told; *per_minute*: how many are told in a minute, 0: any number. *clock*: seconds.
    """

    def __init__(self, window_s: float, per_minute: int, clock: Callable[[], float] = clocks.steady):
        self._window_s = window_s
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._groups: dict[Hashable, _Group] = {}
        self._minute_ends = float("-inf")
        self._told = 0
        self._over = 0
        self._over_until = 0.0
        #: Crashes that were counted, not told: the same as another, and over the limit
        self.repeated = 0
        self.limited = 0

    def admits(self, key: Hashable) -> bool:
        """Whether a crash that is the same as others of *key* is to be reported; if not, it is counted."""
        with self._lock:
            now = self._clock()
            group = self._groups.get(key)
            if group is not None and (now < group.until or group.count):
                group.count += 1
                self.repeated += 1
                return False
            if not self._has_room(now):
                self._over_until = self._over_until if self._over else now + _MINUTE_S
                self._over += 1
                self.limited += 1
                return False
            self._told += 1
            if self._window_s:
                self._groups[key] = _Group(now + self._window_s)
            return True

    def keep(self, key: Hashable, report: Mapping[str, Any]) -> None:
        """*report* is what was told of *key*; what comes after it is told with it."""
        with self._lock:
            group = self._groups.get(key)
            if group is not None:
                group.report = report

    def due(self, *, all: bool = False) -> list[Repeats]:
        """What was counted in windows that are over, forgotten herewith; with *all*, in those that are not, too."""
        with self._lock:
            now = self._clock()
            ended = {key: group for key, group in self._groups.items() if all or now >= group.until}
            for key in ended:
                del self._groups[key]
            found = [Repeats(one.report, one.count, self._window_s) for one in ended.values() if one.count]
            if self._over and (all or now >= self._over_until):
                found.append(Repeats(None, self._over, _MINUTE_S))
                self._over = 0
            return found

    def wait_s(self) -> float | None:
        """Seconds until something is due; None where nothing was counted."""
        with self._lock:
            ends = [group.until for group in self._groups.values() if group.count]
            if self._over:
                ends.append(self._over_until)
            return max(0.0, min(ends) - self._clock()) if ends else None

    def _has_room(self, now: float) -> bool:
        if now >= self._minute_ends:
            self._minute_ends = now + _MINUTE_S
            self._told = 0
        if len(self._groups) >= _MOST:
            for key in [key for key, group in self._groups.items() if now >= group.until and not group.count]:
                del self._groups[key]
        return len(self._groups) < _MOST and (not self._per_minute or self._told < self._per_minute)
