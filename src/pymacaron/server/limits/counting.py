"""
Counts the calls of each caller, in this process or in a Redis that all workers share. The door to the library limits.

The window moves: in no stretch of a quota's time do more calls pass than it allows, also where one minute ends and the
next begins. Neighbour: limiting.py says it to callers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from pymacaron import config
from pymacaron.finding import Finding
from pymacaron.spec.quotas import Quota

__all__ = ["Count", "Counter", "StoreDownError", "unready"]

#: Seconds that a Redis has to answer
_TIMEOUT_S = 2.0
#: Seconds for which a store that has failed is not asked again
_PAUSE_S = 5.0

#: What is known of one quota after a call: how many more may pass, and in how many seconds that changes
Count = tuple[int, int]


class StoreDownError(Exception):
    """The store cannot be asked. `is_new`: the first time in a while. Its text names no address."""

    def __init__(self, text: str, is_new: bool):
        super().__init__(text)
        self.is_new = is_new


class Counter:
    """Counts calls at *where*, the setting rate_limit_store."""

    def __init__(self, where: str, clock: Callable[[], float] = time.monotonic):
        from limits.storage import storage_from_string
        from limits.strategies import MovingWindowRateLimiter

        options: dict[str, Any] = {}
        if where != "memory":
            options = {"socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S}
        uri = "memory://" if where == "memory" else where.replace("unix://", "redis+unix://", 1)
        self._limiter = MovingWindowRateLimiter(storage_from_string(uri, wrap_exceptions=True, **options))
        self._clock = clock
        self._paused_until = -math.inf

    def take(self, quotas: Sequence[Quota], caller: str) -> tuple[bool, list[Count]]:
        """
        Count a call of *caller*, unless one of *quotas* has none left: whether it passes, and what is left of each.

        Raises StoreDownError.
        """
        from limits.errors import StorageError

        if self._clock() < self._paused_until:
            raise StoreDownError("it has failed a moment ago", is_new=False)
        items = [_item(quota) for quota in quotas]
        try:
            passes = all(self._limiter.test(item, caller) for item in items) if len(items) > 1 else True
            passes = passes and all(self._limiter.hit(item, caller) for item in items)
            return passes, [self._count(item, caller) for item in items]
        except StorageError as error:
            self._paused_until = self._clock() + _PAUSE_S
            raise StoreDownError(type(error.storage_error).__name__, is_new=True) from None

    def _count(self, item: Any, caller: str) -> Count:
        reset, left = self._limiter.get_window_stats(item, caller)
        return max(0, left), max(1, math.ceil(reset - time.time()))


def _item(quota: Quota) -> Any:
    import limits

    kinds = {
        "second": limits.RateLimitItemPerSecond,
        "minute": limits.RateLimitItemPerMinute,
        "hour": limits.RateLimitItemPerHour,
        "day": limits.RateLimitItemPerDay,
    }
    return kinds[quota.unit](quota.amount, quota.multiples, namespace="pymacaron")


def unready() -> list[Finding]:
    """What keeps calls from being counted: packages that are not installed."""
    wanted = ["limits"] if config.get_config().rate_limit_store == "memory" else ["limits", "redis"]
    found = []
    for name in wanted:
        if find_spec(name) is None:
            fact = f"an operation has x-rate-limit, and the package {name} is not installed"
            mend = f"Install it with: pip install 'pymacaron[{name}]'"
            found.append(Finding(config.FILE, 0, 0, "missing-library", fact, mend))
    return found
