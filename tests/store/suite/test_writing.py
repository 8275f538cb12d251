"""What writes of every store do, with conditions and without."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from stored.tables import COUNTERS, ORDERS

from pymacaron.store.conditions import (
    Test,
    above,
    absent,
    at_least,
    at_most,
    begins_with,
    below,
    between,
    comparisons,
    contains,
    is_not,
    present,
)
from pymacaron.store.stores import ConditionFailedError, ItemError, Scan, Store

KEY = {"customer": "ann", "at": 1}
ITEM = {
    **KEY,
    "status": "open",
    "total": 10,
    "price": 2.5,
    "exact": Decimal("0.12345678901234567890123"),
    "tag": b"\x80",
    "paid": True,
    "note": None,
    "tags": {"a", "b"},
    "sizes": {1, 2.5},
    "lines": [{"sku": "x", "count": 1}, 7],
    "address": {"town": "Bern"},
}

TRUE: list[dict[str, Any]] = [
    {},
    *({"status": "open"}, {"total": 10}, {"total": 10.0}, {"total": Decimal("10.00")}, {"price": 2.5}),
    *({"price": Decimal("2.50")}, {"paid": True}, {"note": None}, {"tag": b"\x80"}, {"tags": {"b", "a"}}),
    *({"sizes": {Decimal("2.5"), 1.0}}, {"lines": [{"count": 1.0, "sku": "x"}, 7]}, {"address": {"town": "Bern"}}),
    *({"status": is_not("shut")}, {"status": is_not(1)}, {"missing": is_not("x")}, {"note": is_not(False)}),
    *({"total": below(10.5)}, {"total": above(9)}, {"total": at_least(10)}, {"total": at_most(10)}),
    *({"exact": above(0.12345678901234567)}, {"exact": below(Decimal("0.12345678901234567890124"))}),
    *({"status": above("Z")}, {"status": below("opened")}, {"tag": above(b"\x7f")}, {"total": between(10, 11)}),
    *({"status": between("a", "z")}, {"status": begins_with("op")}, {"status": begins_with("open")}),
    *({"tag": begins_with(b"\x80")}, {"status": contains("pe")}, {"tag": contains(b"\x80")}, {"tags": contains("a")}),
    *({"sizes": contains(1.0)}, {"lines": contains(7)}, {"lines": contains({"sku": "x", "count": 1})}),
    *({"note": present()}, {"missing": absent()}, {"status": "open", "total": above(1), "missing": absent()}),
]
FALSE: list[dict[str, Any]] = [
    *({"status": "Open"}, {"total": 11}, {"total": "10"}, {"paid": 1}, {"total": True}, {"note": False}),
    *({"missing": None}, {"status": b"open"}, {"tags": {"a"}}, {"tags": ["a", "b"]}, {"lines": [7]}),
    *({"status": is_not("open")}, {"total": is_not(10.0)}, {"total": above("1")}, {"status": above(1)}),
    *({"missing": below(1)}, {"missing": above(1)}, {"note": at_least("")}, {"paid": at_least("")}),
    *({"total": below(10)}, {"total": above(10)}, {"total": between(11, 12)}, {"total": between("1", "2")}),
    *(
        {"exact": below(0.12345678901234567)},
        {"status": Test("begins_with", (1,))},
        {"status": begins_with("pen")},
        {"tag": begins_with("x")},
    ),
    *({"status": contains("x")}, {"tags": contains("c")}, {"tags": contains(1)}, {"lines": contains("7")}),
    *({"address": contains("town")}, {"total": contains("1")}, {"note": absent()}, {"missing": present()}),
    *({"status": "open", "total": 11}, {"missing": contains("x")}, {"missing": begins_with("x")}),
]


@pytest.mark.parametrize("where", TRUE)
def test_a_condition_that_holds_lets_write(store: Store, where: dict[str, Any]) -> None:
    store.put(ORDERS, ITEM)
    store.put(ORDERS, {**KEY, "new": 1}, comparisons(where))
    assert store.get(ORDERS, KEY) == {**KEY, "new": 1}
    store.put(ORDERS, ITEM)
    store.delete(ORDERS, KEY, comparisons(where))
    assert store.get(ORDERS, KEY) is None


@pytest.mark.parametrize("where", FALSE)
def test_a_condition_that_does_not_hold_changes_nothing(store: Store, where: dict[str, Any]) -> None:
    store.put(ORDERS, ITEM)
    with pytest.raises(ConditionFailedError):
        store.put(ORDERS, {**KEY, "new": 1}, comparisons(where))
    with pytest.raises(ConditionFailedError):
        store.delete(ORDERS, KEY, comparisons(where))
    assert store.get(ORDERS, KEY) == ITEM


def test_a_filter_finds_what_a_condition_holds_of(store: Store) -> None:
    store.put(ORDERS, ITEM)
    for where in TRUE:
        assert store.scan(ORDERS, Scan(where=comparisons(where))).items == [ITEM], where
    for where in FALSE:
        assert store.scan(ORDERS, Scan(where=comparisons(where))).items == [], where


def test_an_item_is_put_once_where_it_must_not_be_there(store: Store) -> None:
    once = comparisons({"customer": absent()})
    store.put(ORDERS, ITEM, once)
    with pytest.raises(ConditionFailedError):
        store.put(ORDERS, {**KEY, "new": 1}, once)
    assert store.get(ORDERS, KEY) == ITEM


def test_a_condition_on_what_is_not_there_fails(store: Store) -> None:
    with pytest.raises(ConditionFailedError):
        store.put(ORDERS, ITEM, comparisons({"total": 10}))
    with pytest.raises(ConditionFailedError):
        store.delete(ORDERS, KEY, comparisons({"customer": present()}))
    assert store.get(ORDERS, KEY) is None


def test_a_condition_with_what_cannot_be_stored_is_refused(store: Store) -> None:
    store.put(ORDERS, ITEM)
    with pytest.raises(ItemError, match=r"orders: attribute 'total' is nan"):
        store.put(ORDERS, ITEM, comparisons({"total": float("nan")}))


def test_put_puts_the_whole_item(store: Store) -> None:
    store.put(ORDERS, ITEM)
    store.put(ORDERS, KEY)
    assert store.get(ORDERS, KEY) == KEY


def test_to_delete_what_is_not_there_is_all_right(store: Store) -> None:
    store.delete(ORDERS, KEY)
    store.put(ORDERS, ITEM)
    store.delete(ORDERS, KEY)
    store.delete(ORDERS, KEY)
    assert store.get(ORDERS, KEY) is None


def test_keys_that_are_the_same_number_are_the_same(store: Store) -> None:
    store.put(ORDERS, {"customer": "ann", "at": 1.0})
    store.put(ORDERS, {"customer": "ann", "at": Decimal("1.00"), "second": True})
    assert store.scan(ORDERS, Scan()).items == [{**KEY, "second": True}]
    assert store.get(ORDERS, {"customer": "ann", "at": Decimal(1)}) == {**KEY, "second": True}


def test_many_are_written_and_got_at_once(store: Store) -> None:
    items = [{"name": f"n{number}", "count": number} for number in range(230)]
    store.write(COUNTERS, items)
    keys = [{"name": item["name"]} for item in items]
    got = store.get_many(COUNTERS, [*keys, {"name": "missing"}])
    assert sorted(got, key=lambda item: item["count"]) == items
    store.write(COUNTERS, [{"name": "more"}, {"name": "n0"}], keys[1:])
    assert sorted(store.get_many(COUNTERS, [*keys, {"name": "more"}]), key=lambda item: item["name"]) == [
        {"name": "more"},
        {"name": "n0"},
    ]
    assert store.get_many(COUNTERS, []) == []
    store.write(COUNTERS, [])
