"""
Our own stores beside a DynamoDB of moto's: the same items, the same conditions, the same pages.

What moto does otherwise than DynamoDB is left out: it orders bytes by their base64; it compares values of different
types by what Python makes of that, or fails; and it has an opinion of its own on sets, null and maps in functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored.moto import Raw, decimals, moto_server
from stored.tables import table

from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Attribute, Key
from pymacaron.store.memory import MemoryStore
from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.stores import ConditionFailedError, Item, Query, Store

INDEXES = {"by_s": Key(Attribute("s", "S"), Attribute("n", "N"))}
TABLES = {kind: table(f"compared_{kind}", "S", kind, **INDEXES) for kind in ("S", "N")}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raw]:
    with moto_server(tmp_path_factory.mktemp("moto")) as url:
        yield Raw(url)


# Few, so that they meet
VALUES: dict[str, list[Any]] = {
    "s": ["a", "ab", "b", "ba", "é", "\uffff", "\U0001f389"],
    "n": [0, 1, 1.0, 2, -1, -2, 10**37, -(10**20), 0.5, -0.25, 1e-30, Decimal("0.50"), Decimal("2.5")],
    "flag": [True, False],
}
texts, numbers = st.sampled_from(VALUES["s"]), st.sampled_from(VALUES["n"])
ranges = {"S": texts, "N": numbers}
names = st.sampled_from(["s", "n", "flag"])
by_name = {"s": texts, "n": numbers, "flag": st.booleans()}


def items(kind: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    optional = {**by_name, "list": st.lists(numbers | texts, max_size=2)}
    keys = {"h": st.sampled_from("ab"), "r": ranges[kind]}
    return st.lists(st.fixed_dictionaries(keys, optional=optional), min_size=1, max_size=10)


@st.composite
def comparison(draw: st.DrawFn, name: str, values: st.SearchStrategy[Any], asked: tuple[str, ...]) -> Comparison:
    operator = draw(st.sampled_from(asked))
    given_ = [draw(values) for _ in range({"between": 2, "present": 0, "absent": 0}.get(operator, 1))]
    return Comparison(name, operator, tuple(sorted(given_)))  # type: ignore[arg-type]


ORDERED = ("=", "<", "<=", ">", ">=", "between")
#: dict: attribute -> what is asked of it
ASKED = {
    "s": (*ORDERED, "<>", "present", "absent", "begins_with", "contains"),
    "n": (*ORDERED, "<>", "present", "absent"),
    "flag": ("=", "<>", "present", "absent"),
}


@st.composite
def where(draw: st.DrawFn) -> tuple[Comparison, ...]:
    found = []
    for name in draw(st.lists(names, max_size=2, unique=True)):
        found.append(draw(comparison(name, by_name[name], ASKED[name])))
    return tuple(found)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]], Query]:
    kind, index = draw(st.sampled_from("SN")), draw(st.sampled_from([None, None, "by_s"]))
    found = draw(items(kind))
    range_, type_ = ("r", kind) if index is None else ("n", "N")
    asked = (*ORDERED, "begins_with") if type_ == "S" else ORDERED
    query = Query(
        draw(st.sampled_from("ab") if index is None else texts | st.sampled_from([one.get("s", "a") for one in found])),
        draw(st.none() | comparison(range_, ranges[type_], asked)),
        index,
        draw(st.booleans()),
        None,
        None,
        draw(where()),
    )
    return kind, found, query


def stores(folder: Path) -> list[Store]:
    return [MemoryStore(), SQLiteStore(folder / "store.sqlite3")]


def found_by(store: Store, kind: str, query: Query, limit: int | None) -> list[Item]:
    """What pages of *limit* give."""
    found: list[Item] = []
    start = None
    while True:
        asked = Query(query.hash, query.range, query.index, query.descending, limit, start, query.where)
        rows = store.query(TABLES[kind], asked)
        assert limit is None or len(rows.items) <= limit
        found += rows.items
        start = rows.last
        if start is None:
            return found


def ordered(found: list[Item], query: Query) -> list[Item]:
    """Of an index, items of the same range are in an order that nobody knows: here by their keys."""
    return found if query.index is None else sorted(found, key=lambda item: (item["n"], item["h"], item["r"]))


def every(name: str) -> Iterator[Comparison]:
    """All that can be asked of that attribute, with all its values."""
    for operator in ASKED[name]:
        count = {"between": 2, "present": 0, "absent": 0}.get(operator, 1)
        for values in product(VALUES[name], repeat=count):
            if list(values) == sorted(values):
                yield Comparison(name, operator, values)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", VALUES)
def test_a_filter_passes_what_dynamodb_lets_pass(raw: Raw, tmp_path: Path, name: str) -> None:
    compared = TABLES["N"]
    put: list[Item] = [{"h": "a", "r": index, name: value} for index, value in enumerate(VALUES[name])]
    put.append({"h": "a", "r": len(put)})
    raw.create(compared)
    ours = stores(tmp_path)
    try:
        for item in put:
            raw.put(compared, item)
        for store in ours:
            store.write(compared, put)
        for asked in every(name):
            query = Query("a", where=(asked,))
            wanted, _ = raw.query(compared, query)
            assert [decimals(store.query(compared, query).items) for store in ours] == [wanted] * 2, asked
    finally:
        raw.drop(compared)
        for store in ours:
            store.close()  # type: ignore[attr-defined]


@settings(max_examples=60, deadline=None)
@given(case=cases(), limit=st.none() | st.integers(1, 4))
def test_a_query_finds_what_dynamodb_finds(
    raw: Raw, tmp_path_factory: pytest.TempPathFactory, case: tuple[str, list[Item], Query], limit: int | None
) -> None:
    kind, put, query = case
    raw.create(TABLES[kind])
    try:
        for item in put:
            raw.put(TABLES[kind], item)
        wanted, last = raw.query(TABLES[kind], query)
        assert last is None
    finally:
        raw.drop(TABLES[kind])
    for store in stores(tmp_path_factory.mktemp("compared")):
        store.write(TABLES[kind], put)
        found = decimals(found_by(store, kind, query, limit))
        assert ordered(found, query) == ordered(decimals(wanted), query)
        if query.index is not None:
            assert [item["n"] for item in found] == [item["n"] for item in wanted]
        store.close()  # type: ignore[attr-defined]


@settings(max_examples=60, deadline=None)
@given(put=items("N"), asked=where())
def test_a_condition_holds_where_dynamodb_says_that_it_does(
    raw: Raw, tmp_path_factory: pytest.TempPathFactory, put: list[Item], asked: tuple[Comparison, ...]
) -> None:
    compared = TABLES["N"]
    raw.create(compared)
    try:
        wanted = []
        for item in put:
            try:
                raw.put(compared, {**item, "h": "a", "r": 1}, asked)
            except raw.failed:
                wanted.append(False)
                raw.put(compared, {**item, "h": "a", "r": 1})
            else:
                wanted.append(True)
    finally:
        raw.drop(compared)
    for store in stores(tmp_path_factory.mktemp("compared")):
        found = []
        for item in put:
            try:
                store.put(compared, {**item, "h": "a", "r": 1}, asked)
            except ConditionFailedError:
                found.append(False)
                store.put(compared, {**item, "h": "a", "r": 1})
            else:
                found.append(True)
        assert found == wanted
        store.close()  # type: ignore[attr-defined]
