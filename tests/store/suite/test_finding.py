"""What queries and scans of every store find, in which order and in which pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from stored.tables import COUNTERS, ORDERS, table

from pymacaron.store.conditions import (
    Comparison,
    Test,
    above,
    at_least,
    at_most,
    begins_with,
    below,
    between,
    comparisons,
)
from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.stores import Item, ItemError, Query, Rows, Scan, Store, StoreError

NUMBERS = [
    *(-(10**125), Decimal("-1.2345678901234567890123456789012345678E+37"), -123, -12, -1.5, -1, -0.1, -1e-130),
    *(0, 1e-130, 0.001, 0.1, Decimal("0.12345678901234567890123"), 0.5, 1, 1.5, 2, 10, 12, 12.5, 120, 10**37, 10**125),
]
TEXTS = ["\x00", " ", "A", "B", "a", "a\x00", "aa", "ab", "b", "~", "é", "\u07ff", "日", "\uffff", "🎉"]
BYTES = [b"\x00", b"\x00\x00", b"\x01", b"a", b"a\xff", b"a\xff\xff", b"b", b"\x7f", b"\x80", b"\xff", b"\xff\xff"]


@pytest.mark.parametrize(("kind", "values"), [("N", NUMBERS), ("S", TEXTS), ("B", BYTES)])
@pytest.mark.parametrize("descending", [False, True])
def test_items_come_in_the_order_of_their_range(store: Store, kind: str, values: list[Any], descending: bool) -> None:
    sorted_ = table(f"sorted_{kind}", "S", kind)
    store.write(sorted_, [{"h": "x", "r": value} for value in reversed(values)])
    store.write(sorted_, [{"h": "y", "r": values[0]}])
    found = store.query(sorted_, Query("x", descending=descending))
    assert [item["r"] for item in found.items] == (values[::-1] if descending else values)
    assert found.last is None


@pytest.mark.parametrize(("kind", "values"), [("N", NUMBERS), ("S", TEXTS), ("B", BYTES)])
def test_a_range_is_asked_for_what_lies_where(store: Store, kind: str, values: list[Any]) -> None:
    sorted_ = table(f"asked_{kind}", "N", kind)
    store.write(sorted_, [{"h": 1, "r": value} for value in values])

    def found(test: Test | Any) -> list[Any]:
        asked = comparisons({"r": test})[0]
        return [item["r"] for item in store.query(sorted_, Query(1, asked)).items]

    for index, value in enumerate(values):
        assert found(value) == [value]
        assert found(below(value)) == values[:index]
        assert found(at_most(value)) == values[: index + 1]
        assert found(above(value)) == values[index + 1 :]
        assert found(at_least(value)) == values[index:]
        assert found(between(value, values[-2])) == values[index:-1]
        if kind != "N":
            assert found(begins_with(value)) == [one for one in values if one[: len(value)] == value]


def pages(ask: Any, store: Store, table: Definition, asked: Any, most: int = 1000) -> list[Rows]:
    """All pages, each asked for with the `last` of the one before."""
    found = [ask(store, table, asked(None))]
    while found[-1].last is not None:
        assert len(found) < most
        found.append(ask(store, table, asked(found[-1].last)))
    return found


def query(store: Store, table: Definition, asked: Query) -> Rows:
    return store.query(table, asked)


def scan(store: Store, table: Definition, asked: Scan) -> Rows:
    return store.scan(table, asked)


def items(found: list[Rows]) -> list[Item]:
    return [item for rows in found for item in rows.items]


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 11])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_go_on_where_the_one_before_ended(store: Store, limit: int, descending: bool) -> None:
    wanted = [{"customer": "ann", "at": at} for at in range(10)]
    store.write(ORDERS, [*wanted, {"customer": "bob", "at": 3}])
    found = pages(query, store, ORDERS, lambda start: Query("ann", descending=descending, limit=limit, start=start))
    assert items(found) == (wanted[::-1] if descending else wanted)
    assert max(len(rows.items) for rows in found) == min(limit, 10)


def test_last_is_the_key_of_the_last_item_that_was_looked_at(store: Store) -> None:
    store.write(ORDERS, [{"customer": "ann", "at": at, "status": "open", "total": -at} for at in range(4)])
    assert store.query(ORDERS, Query("ann", limit=2)).last == {"customer": "ann", "at": 1}
    first = store.query(ORDERS, Query("open", index="by_status", limit=2, consistent=False))
    assert first.last == {"customer": "ann", "at": 2, "status": "open", "total": -2}
    where = comparisons({"at": 99})
    assert store.query(ORDERS, Query("ann", limit=2, where=where)) == Rows([], {"customer": "ann", "at": 1})


def test_a_page_goes_on_where_its_start_has_been_deleted(store: Store) -> None:
    store.write(ORDERS, [{"customer": "ann", "at": at, "status": "open", "total": at} for at in range(4)])
    store.delete(ORDERS, {"customer": "ann", "at": 1})
    start = {"customer": "ann", "at": 1}
    assert [item["at"] for item in store.query(ORDERS, Query("ann", start=start)).items] == [2, 3]
    asked = Query("open", index="by_status", start={**start, "status": "open", "total": 1}, consistent=False)
    assert [item["at"] for item in store.query(ORDERS, asked).items] == [2, 3]


def test_a_filter_takes_its_share_of_the_limit(store: Store) -> None:
    store.write(ORDERS, [{"customer": "ann", "at": at, "total": at % 3} for at in range(9)])
    where = comparisons({"total": 0})
    found = pages(query, store, ORDERS, lambda start: Query("ann", limit=2, start=start, where=where))
    assert [len(rows.items) for rows in found][:4] == [1, 1, 0, 1]
    assert [item["at"] for item in items(found)] == [0, 3, 6]


def test_a_page_ends_at_1_mb(store: Store) -> None:
    store.write(ORDERS, [{"customer": "ann", "at": at, "text": "x" * 300_000} for at in range(9)])
    found = pages(query, store, ORDERS, lambda start: Query("ann", start=start))
    assert [item["at"] for item in items(found)] == list(range(9))
    assert {len(rows.items) for rows in found[:-1]} <= {3, 4}
    found = pages(scan, store, ORDERS, lambda start: Scan(start=start))
    assert [item["at"] for item in items(found)] == list(range(9))
    assert {len(rows.items) for rows in found[:-1]} <= {3, 4}


@pytest.mark.parametrize("descending", [False, True])
def test_an_index_has_the_items_with_its_key_in_the_order_of_its_range(store: Store, descending: bool) -> None:
    wanted = [{"customer": f"c{n % 3}", "at": n, "status": "open", "total": n * 1.5 - 4, "tag": b"t"} for n in range(9)]
    others = [
        {"customer": "x", "at": 1, "status": "shut", "total": 1},
        {"customer": "x", "at": 2, "status": "open"},
        {"customer": "x", "at": 3, "total": 1},
    ]
    store.write(ORDERS, [*others, *wanted[::2], *wanted[1::2]])
    asked = {"index": "by_status", "descending": descending, "limit": 4, "consistent": False}
    found = pages(query, store, ORDERS, lambda start: Query("open", start=start, **asked))
    assert items(found) == (wanted[::-1] if descending else wanted)
    over = Comparison("total", ">", (0,))
    assert [item["at"] for item in store.query(ORDERS, Query("open", over, index="by_status")).items] == [
        3,
        4,
        5,
        6,
        7,
        8,
    ]
    found = pages(query, store, ORDERS, lambda start: Query(b"t", index="by_tag", start=start, limit=2))
    assert sorted(items(found), key=lambda item: item["at"]) == wanted


def test_items_of_one_range_in_an_index_come_once_each(store: Store) -> None:
    wanted = [{"customer": f"c{n % 4}", "at": n, "status": "open", "total": 1} for n in range(12)]
    store.write(ORDERS, wanted)
    for descending in (False, True):
        asked = {"index": "by_status", "descending": descending, "limit": 5, "consistent": False}
        found = pages(query, store, ORDERS, lambda start, asked=asked: Query("open", start=start, **asked))
        assert sorted(items(found), key=lambda item: item["at"]) == wanted


def test_an_item_moves_in_an_index_as_it_changes(store: Store) -> None:
    item = {"customer": "ann", "at": 1, "status": "open", "total": 1}
    store.put(ORDERS, item)

    def there() -> list[int]:
        return [len(store.query(ORDERS, Query(one, index="by_status")).items) for one in ("open", "shut")]

    assert there() == [1, 0]
    store.put(ORDERS, {**item, "status": "shut"})
    assert there() == [0, 1]
    store.put(ORDERS, {"customer": "ann", "at": 1, "status": "shut"})
    assert there() == [0, 0]
    store.write(ORDERS, [item])
    assert there() == [1, 0]
    store.delete(ORDERS, {"customer": "ann", "at": 1})
    assert there() == [0, 0]


@pytest.mark.parametrize("limit", [None, 1, 4, 20])
def test_a_scan_finds_each_item_once(store: Store, limit: int | None) -> None:
    wanted = [{"customer": f"c{n % 5}", "at": n} for n in range(20)]
    store.write(ORDERS, wanted)
    found = pages(scan, store, ORDERS, lambda start: Scan(limit=limit, start=start))
    assert sorted(items(found), key=lambda item: item["at"]) == wanted


def test_a_scan_of_an_index_finds_what_is_in_it(store: Store) -> None:
    wanted = [{"customer": f"c{n % 5}", "at": n, "status": f"s{n % 2}", "total": 1} for n in range(10)]
    store.write(ORDERS, [*wanted, {"customer": "x", "at": 1}])
    found = pages(scan, store, ORDERS, lambda start: Scan("by_status", limit=3, start=start, consistent=False))
    assert sorted(items(found), key=lambda item: item["at"]) == wanted


def test_segments_have_each_item_in_one_of_them(store: Store) -> None:
    wanted = [{"customer": f"c{n}", "at": n} for n in range(40)]
    store.write(ORDERS, wanted)
    found = [
        pages(scan, store, ORDERS, lambda start, which=which: Scan(limit=3, start=start, segment=(which, 3)))
        for which in range(3)
    ]
    assert sorted((item for one in found for item in items(one)), key=lambda item: item["at"]) == wanted


def test_tables_know_nothing_of_each_other(store: Store) -> None:
    other = Definition("Orders", ORDERS.key)
    store.put(ORDERS, {"customer": "ann", "at": 1})
    assert store.scan(other, Scan()).items == []
    assert store.scan(COUNTERS, Scan()).items == []


def test_an_item_whose_time_is_over_is_given_until_it_is_deleted(store: Store) -> None:
    item = {"customer": "ann", "at": 1, "ends": 1}  # so long ago that nothing ends then
    store.put(ORDERS, item)
    assert store.get(ORDERS, {"customer": "ann", "at": 1}) == item


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Query(1), "orders: attribute 'customer' is a number, and in the table's key it is text; give text"),
        (Query(""), "orders: attribute 'customer' is empty, which a part of the table's key may not be; "
         "give at least one character"),
        (Query("a", Comparison("at", "=", ("1",))),
         "orders: attribute 'at' is text, and in the table's key it is a number; give a number"),
        (Query("a", Comparison("total", "=", (1,))), "orders: 'total' is not the range of the key; that is 'at'"),
        (Query(b"a", Comparison("total", "=", (1,)), index="by_tag"),
         "orders: 'total' is not the range of the key; it has none"),
        (Query("a", Comparison("at", "<>", (1,))),
         "orders: at is a number, and cannot be asked for <>; `where` asks it of items"),
        (Query("a", Comparison("at", "begins_with", (1,))),
         "orders: at is a number, and cannot be asked for begins_with; `where` asks it of items"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_asked_is_refused(store: Store, asked: Query, told: str) -> None:
    with pytest.raises(ItemError) as refused:
        store.query(ORDERS, asked)
    assert str(refused.value) == told


def test_an_index_that_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(StoreError) as refused:
        store.query(ORDERS, Query("a", index="by_state"))
    assert str(refused.value) == "orders has no index 'by_state'; its indexes: by_status, by_tag"


def test_a_key_that_is_also_the_key_of_an_index_is_found_by_either(store: Store) -> None:
    both = table("both", "S", "N", by_r=Key(Attribute("r", "N"), Attribute("h", "S")))
    store.write(both, [{"h": f"h{n % 3}", "r": n % 2} for n in range(6)])
    assert store.query(both, Query(1, index="by_r")).items == [{"h": f"h{n}", "r": 1} for n in range(3)]
    first = store.query(both, Query(1, index="by_r", limit=1))
    assert first.last == {"h": "h0", "r": 1}
    assert store.query(both, Query(1, index="by_r", start=first.last)).items == [
        {"h": "h1", "r": 1},
        {"h": "h2", "r": 1},
    ]
