"""The keys in a Redis, which all workers share: each question is one command or one script; nothing comes between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import redis

from pymacaron.server.outage import Outage, StoreError
from pymacaron.server.redis import answered, asked, options

__all__ = ["RedisStore"]

_T = TypeVar("_T")

#: How often a key may end between two questions
_TRIES = 10

_REPLACE = """
local found = redis.call('get', KEYS[1])
if found == ARGV[2] then return 1 end
if found ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0
"""
_RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


class RedisStore:
    """
    A Store at *url*. It connects when it is first asked. In an *outage* nobody waits for it but who renews keys, which
    is no call.
    """

    def __init__(self, url: str, outage: Outage | None = None):
        self._url = url
        self._outage = outage or Outage()
        self._known: Any = None

    @property
    def _client(self) -> Any:
        """Made where it is asked: for a URL that it cannot use that fails."""
        if self._known is None:
            self._known = redis.Redis.from_url(self._url, **options())
        return self._known

    def take(self, key: str, value: bytes, hold_s: float) -> bytes | None:
        for _ in range(_TRIES):
            if self._asked(lambda: self._client.set(key, value, nx=True, px=_ms(hold_s))):
                return None
            found: bytes | None = self._asked(lambda: self._client.get(key))
            if found is not None:
                return None if found == value else found  # it may be ours: a reply that was lost was asked for again
        raise StoreError("the key ends whenever it is asked for")

    def replace(self, key: str, value: bytes, new: bytes, keep_s: float) -> bool:
        return bool(self._asked(lambda: self._client.eval(_REPLACE, 1, key, value, new, _ms(keep_s))))

    def renew(self, key: str, value: bytes, hold_s: float) -> bool:
        return bool(answered(self._outage, lambda: self._client.eval(_RENEW, 1, key, value, _ms(hold_s))))

    def release(self, key: str, value: bytes) -> None:
        self._asked(lambda: self._client.eval(_RELEASE, 1, key, value))

    def _asked(self, ask: Callable[[], _T]) -> _T:
        return asked(self._outage, ask)


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))
