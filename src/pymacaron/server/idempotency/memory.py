"""The keys of one process: for development, and for a service that has one worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from pymacaron import clocks

__all__ = ["MemoryStore"]

#: How many keys are there, and how many bytes they have; beyond, replies that end first make room
_MOST, _MOST_BYTES = 10_000, 100_000_000


@dataclass(frozen=True, slots=True)
class _Held:
    """`is_kept`: it is a reply; otherwise somebody is at it, and it makes no room."""

    value: bytes
    ends: float
    is_kept: bool


class MemoryStore:
    """A Store. *clock* gives seconds, of which only differences count."""

    def __init__(self, most: int = _MOST, most_bytes: int = _MOST_BYTES, clock: Callable[[], float] = clocks.steady):
        self._most = most
        self._most_bytes = most_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._bytes = 0

    def take(self, key: str, value: bytes, hold_s: float) -> bytes | None:
        with self._lock:
            now = self._clock()
            found = self._held.get(key)
            if found is not None and found.ends > now:
                return found.value
            self._put(key, _Held(value, now + hold_s, is_kept=False), now)
            return None

    def replace(self, key: str, value: bytes, new: bytes, keep_s: float) -> bool:
        with self._lock:
            now = self._clock()
            found = self._held.get(key)
            if found is None or found.value != value or found.ends <= now:
                return False
            self._put(key, _Held(new, now + keep_s, is_kept=True), now)
            return True

    def renew(self, key: str, value: bytes, hold_s: float) -> bool:
        with self._lock:
            now = self._clock()
            found = self._held.get(key)
            if found is None or found.value != value or found.ends <= now:
                return False
            self._held[key] = _Held(value, now + hold_s, found.is_kept)
            return True

    def release(self, key: str, value: bytes) -> None:
        with self._lock:
            found = self._held.get(key)
            if found is not None and found.value == value:
                self._forget(key)

    def _put(self, key: str, new: _Held, now: float) -> None:
        self._forget(key)
        if len(self._held) >= self._most or self._bytes + len(new.value) > self._most_bytes:
            self._make_room(now, len(new.value))
        self._held[key] = new
        self._bytes += len(new.value)

    def _forget(self, key: str) -> None:
        found = self._held.pop(key, None)
        if found is not None:
            self._bytes -= len(found.value)

    def _make_room(self, now: float, wanted: int) -> None:
        """Forget what has ended, and of replies those that end first, until a tenth of all is free."""
        for key in [key for key, one in self._held.items() if one.ends <= now]:
            self._forget(key)
        kept = [key for key, one in self._held.items() if one.is_kept]
        for key in sorted(kept, key=lambda key: self._held[key].ends):
            if len(self._held) < self._most * 0.9 and self._bytes + wanted < self._most_bytes * 0.9:
                return
            self._forget(key)
