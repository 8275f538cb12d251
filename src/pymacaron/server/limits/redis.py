"""Counts the calls in a Redis that all workers share. The door to the library limits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import limits
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from pymacaron.server.limits.counting import Count
from pymacaron.server.outage import Outage
from pymacaron.server.redis import asked, options
from pymacaron.spec.quotas import Quota

__all__ = ["RedisCounter"]

#: Count a call in all windows, or in none where one is full. Keys: the windows, lists of moments that the library has,
#: the last one first. Arguments: the moment; of each window how many calls it has, and for how many seconds
_TAKE = """
for i, key in ipairs(KEYS) do
    local entry = redis.call('lindex', key, tonumber(ARGV[2 * i]) - 1)
    if entry and tonumber(entry) >= tonumber(ARGV[1]) - tonumber(ARGV[2 * i + 1]) then return 0 end
end
for i, key in ipairs(KEYS) do
    redis.call('lpush', key, ARGV[1])
    redis.call('ltrim', key, 0, tonumber(ARGV[2 * i]) - 1)
    redis.call('expire', key, ARGV[2 * i + 1])
end
return 1
"""

_KINDS = {
    "second": limits.RateLimitItemPerSecond,
    "minute": limits.RateLimitItemPerMinute,
    "hour": limits.RateLimitItemPerHour,
    "day": limits.RateLimitItemPerDay,
}


class RedisCounter:
    """A Counter at *url*. It connects when it is first asked."""

    def __init__(self, url: str, outage: Outage | None = None):
        self._uri = url.replace("unix://", "redis+unix://", 1)
        self._outage = outage or Outage()
        self._client: _Client | None = None

    def take(self, quotas: Sequence[Quota], caller: str) -> tuple[bool, list[Count]]:
        items = [_item(quota) for quota in quotas]

        def ask() -> tuple[bool, list[Count]]:
            client = self._connected()
            keys = [client.key(item.key_for(caller)) for item in items]
            windows = [number for item in items for number in (item.amount, item.get_expiry())]
            passes = bool(client.taken(keys, [time.time(), *windows]))
            return passes, [_count(client, item, caller) for item in items]

        return asked(self._outage, ask)

    def left(self, quotas: Sequence[Quota], caller: str) -> list[Count]:
        return asked(self._outage, lambda: [_count(self._connected(), _item(quota), caller) for quota in quotas])

    def _connected(self) -> _Client:
        client = self._client
        if client is None:
            client = self._client = _Client(self._uri)
        return client


class _Client:
    """The library's storage at *uri*, and what is asked of it: its name of a `key`, and the script `taken`."""

    def __init__(self, uri: str):
        storage: Any = storage_from_string(uri, **options())
        self.limiter = MovingWindowRateLimiter(storage)
        self.key: Callable[[str], str] = storage.prefixed_key
        self.taken: Any = storage.get_connection().register_script(_TAKE)


def _count(client: _Client, item: Any, caller: str) -> Count:
    reset, left = client.limiter.get_window_stats(item, caller)
    return max(0, left), max(1, math.ceil(reset - time.time()))


def _item(quota: Quota) -> Any:
    return _KINDS[quota.unit](quota.amount, quota.multiples, namespace="pymacaron")
