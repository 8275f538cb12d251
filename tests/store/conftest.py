"""The stores that the suite runs against. Another one is a line of STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from stored.dynamodb import SelfMade

from pymacaron.store.memory import MemoryStore
from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.stores import Store

#: dict: name -> what makes an empty store; its tables are made when they are first used
STORES: dict[str, Callable[[pytest.FixtureRequest], Store]] = {
    "memory": lambda request: MemoryStore(),
    "sqlite": lambda request: SQLiteStore(request.getfixturevalue("tmp_path") / "store.sqlite3"),
    "dynamodb": lambda request: SelfMade(request.getfixturevalue("aws")),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A new store of each kind."""
    made = STORES[request.param](request)
    yield made
    if hasattr(made, "close"):
        made.close()
