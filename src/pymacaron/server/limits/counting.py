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
from pymacaron.server.outage import outage_of
from pymacaron.server.shared import shared
from pymacaron.spec.quotas import Quota

__all__ = ["Count", "Counter", "counter_of", "unready"]

#: What is known of one quota after a call: how many more may pass, and in how many seconds that changes
Count = tuple[int, int]


class Counter(Protocol):
    """*caller*: a text for who calls what. Each raises StoreError of server/outage."""

    def take(self, quotas: Sequence[Quota], caller: str) -> tuple[bool, list[Count]]:
        """Count a call, unless one of *quotas* has none left: whether it passes, and what is left of each."""

    def left(self, quotas: Sequence[Quota], caller: str) -> list[Count]:
        """What is left of each; nothing is counted."""


def counter_of(app: Flask) -> Counter:
    """What counts calls of all operations of *app*, at the setting rate_limit_store."""
    return shared(app, "pymacaron.limits", lambda: _made(app, config.get_config().rate_limit_store))


def _made(app: Flask, where: str) -> Counter:
    if where == "memory":
        from pymacaron.server.limits.memory import MemoryCounter

        return MemoryCounter()
    from pymacaron.server.limits.redis import RedisCounter

    return RedisCounter(where, outage_of(app, where, "rate_limit_store"))


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
