"""
Where calls are counted: in this process, or in a Redis that all workers share.

The window moves: in no stretch of a quota's time do more calls pass than it allows, also where one minute ends and the
next begins. Neighbours: memory.py and redis.py count, limiting.py says it to callers.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Protocol

from flask import Flask

from pymacaron import config
from pymacaron.finding import Finding
from pymacaron.schema.once import LOCK
from pymacaron.server.outage import outage_of
from pymacaron.spec.quotas import Quota

__all__ = ["Count", "Counter", "StoreDownError", "counter_of", "unready"]

_KEPT = "pymacaron.limits"

#: What is known of one quota after a call: how many more may pass, and in how many seconds that changes
Count = tuple[int, int]


class StoreDownError(Exception):
    """The store cannot be asked. `is_new`: the first time in a while. Its text names no address."""

    def __init__(self, text: str, is_new: bool):
        super().__init__(text)
        self.is_new = is_new


class Counter(Protocol):
    """*caller*: a text for who calls what. Each raises StoreDownError."""

    def take(self, quotas: Sequence[Quota], caller: str) -> tuple[bool, list[Count]]:
        """Count a call, unless one of *quotas* has none left: whether it passes, and what is left of each."""

    def left(self, quotas: Sequence[Quota], caller: str) -> list[Count]:
        """What is left of each; nothing is counted."""


def counter_of(app: Flask) -> Counter:
    """What counts calls of all operations of *app*, at the setting rate_limit_store."""
    with LOCK:
        if _KEPT not in app.extensions:
            app.extensions[_KEPT] = _made(app, config.get_config().rate_limit_store)
        found: Counter = app.extensions[_KEPT]
        return found


def _made(app: Flask, where: str) -> Counter:
    if where == "memory":
        from pymacaron.server.limits.memory import MemoryCounter

        return MemoryCounter()
    from pymacaron.server.limits.redis import RedisCounter

    return RedisCounter(where, outage_of(app, where))


def unready() -> list[Finding]:
    """What keeps calls from being counted: packages that are not installed."""
    wanted = () if config.get_config().rate_limit_store == "memory" else ("limits", "redis")
    found = []
    for name in wanted:
        if find_spec(name) is None:
            fact = f"rate_limit_store is a Redis, and the package {name} is not installed"
            mend = f"Install it with: pip install 'pymacaron[{name}]'"
            found.append(Finding(config.FILE, 0, 0, "missing-library", fact, mend))
    return found
