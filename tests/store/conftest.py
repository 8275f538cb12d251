"""The stores that the suite runs against. Another one is a line of STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pymacaron.store.memory import MemoryStore
from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.stores import Store

#: dict: name -> what makes an empty store; its tables are made when they are first used
STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda folder: MemoryStore(),
    "sqlite": lambda folder: SQLiteStore(folder / "store.sqlite3"),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new store of each kind."""
    made = STORES[request.param](tmp_path)
    yield made
    if hasattr(made, "close"):
        made.close()
