"""
Where the keys are: in this process, or in a Redis that all workers share.

A store is asked four things, each of which happens at once for all who ask. Neighbours: memory.py and redis.py.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Protocol

from flask import Flask

from pymacaron import config
from pymacaron.finding import Finding
from pymacaron.server.outage import outage_of
from pymacaron.server.shared import shared

__all__ = ["Store", "store_of", "unready"]


class Store(Protocol):
    """`key` is what keys.place gives, values are encoded Records. Each raises StoreError."""

    def take(self, key: str, value: bytes, hold_s: float) -> bytes | None:
        """Put *value* where nothing stands, for *hold_s* seconds: None. Otherwise give what stands there."""

    def replace(self, key: str, value: bytes, new: bytes, keep_s: float) -> bool:
        """Put *new* where *value* stands still, for *keep_s* seconds; whether it did."""

    def renew(self, key: str, value: bytes, hold_s: float) -> bool:
        """Have *value*, if it stands there still, stand there for *hold_s* seconds from now; whether it does."""

    def release(self, key: str, value: bytes) -> None:
        """Take *value* away, if it stands there still."""


def store_of(app: Flask) -> Store:
    """The store of the setting idempotency_store: one for all operations of *app*."""
    return shared(app, "pymacaron.idempotency", lambda: _made(app, config.get_config().idempotency_store))


def _made(app: Flask, where: str) -> Store:
    if where == "memory":
        from pymacaron.server.idempotency.memory import MemoryStore

        return MemoryStore()
    from pymacaron.server.idempotency.redis import RedisStore

    return RedisStore(where, outage_of(app, where, "idempotency_store"))


def unready() -> list[Finding]:
    """What keeps the store from being used: a package that is not installed."""
    if config.get_config().idempotency_store == "memory" or find_spec("redis") is not None:
        return []
    fact = "idempotency_store is a Redis, and the package redis is not installed"
    return [Finding(config.FILE, 0, 0, "missing-library", fact, "Install it with: pip install 'pymacaron[redis]'")]
