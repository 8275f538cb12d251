"""A DynamoDBStore for tests of all stores: its tables are made when they are first used, as those of the others are."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from threading import Lock
from typing import Any

from upstreams.aws import Aws

from pymacaron.store.dynamodb import DynamoDBStore
from pymacaron.store.plans import steps
from pymacaron.store.provisioning import Provisioning

__all__ = ["SelfMade"]


class SelfMade:
    """Whatever is asked of it is asked of a DynamoDBStore, once the table is there as the Definition says."""

    def __init__(self, aws: Aws):
        self._store = DynamoDBStore(aws.region, aws.endpoint, aws.key_id, aws.secret)
        self._there = Provisioning(self._store)
        self._aws = aws
        self._made: list[Any] = []
        self._lock = Lock()

    def close(self) -> None:
        """Forget all that is at *aws*."""
        self._store.close()
        urllib.request.urlopen(f"{self._aws.endpoint}/moto-api/reset", b"").close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(table: Any, *arguments: Any, **named: Any) -> Any:
            with self._lock:
                if table not in self._made:
                    for step in steps(table, self._there.found(table.table), drop_indexes=True):
                        self._there.carry_out(step)
                    self._made.append(table)
            return getattr(self._store, name)(table, *arguments, **named)

        return ask
