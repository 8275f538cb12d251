"""tables(): what is kept lies in memory, of the test alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymacaron import ApiPool, config, load_clients
from pymacaron.store import ItemError, current, table
from pymacaron.store.memory import MemoryStore
from pymacaron.testing import clock, tables

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths: {}
components:
  schemas:
    Order:
      type: object
      x-persist: {table: orders, key: {hash: id}, ttl: until}
      properties: {id: {type: string}, sum: {type: integer}, until: {type: string, format: date-time}}
    Pet:
      type: object
      x-persist: {table: pets, key: {hash: name}}
      properties: {name: {type: string}}
"""


@pytest.fixture(autouse=True)
def _shop(own_config: None, tmp_path: Path) -> Iterator[None]:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shelf.yaml").write_text(SHOP, encoding="utf-8")
    config.load(start_dir=str(tmp_path), settings={"name": "kept", "store_url": "sqlite:///kept.sqlite3"}, environ={})
    load_clients(str(tmp_path / "apis"))
    yield
    getattr(current.store(), "close", lambda: None)()


def order(id: str, **more: Any) -> Any:
    return ApiPool.shelf.model.Order(id=id, **more)


def test_models_are_in_memory_and_forgotten_at_the_end(tmp_path: Path) -> None:
    Order = ApiPool.shelf.model.Order
    with tables() as store:
        assert isinstance(store, MemoryStore)
        Order.save_to_db(order("a", sum=1))
        assert Order.load_from_db("a").sum == 1
        assert [one.id for one in table(Order).scan()] == ["a"]
    with tables():
        assert list(table(Order).scan()) == []
    assert not (tmp_path / "kept.sqlite3").exists()


def test_models_can_be_there_from_the_beginning() -> None:
    Order, Pet = ApiPool.shelf.model.Order, ApiPool.shelf.model.Pet
    with tables(order("a"), order("b"), Pet(name="Ada")):
        assert sorted(one.id for one in table(Order).scan()) == ["a", "b"]
        assert table(Pet).get("Ada") == Pet(name="Ada")


def test_tables_within_tables_are_empty_and_those_outside_come_back() -> None:
    Order = ApiPool.shelf.model.Order
    with tables(order("outer")):
        with tables(order("inner")):
            assert [one.id for one in table(Order).scan()] == ["inner"]
        assert [one.id for one in table(Order).scan()] == ["outer"]


def test_the_store_of_the_settings_is_there_again_whatever_happens_inside() -> None:
    outside = current.store()
    with pytest.raises(KeyError), tables():
        raise KeyError
    assert current.store() is outside
    with pytest.raises(ItemError), tables(order("")):
        pass
    assert current.store() is outside


def test_what_has_its_time_ends_by_the_clock() -> None:
    Order = ApiPool.shelf.model.Order
    with clock("2030-01-01") as now, tables(order("a", until="2030-01-01T01:00:00Z")):
        now.advance(3599)
        assert table(Order).get("a") is not None
        now.advance(1)
        assert table(Order).get("a") is None
