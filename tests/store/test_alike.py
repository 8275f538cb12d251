"""SQLite beside memory: whatever is written, every query and scan of both gives the same, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored.tables import ORDERS

from pymacaron.store.conditions import comparisons, is_not
from pymacaron.store.memory import MemoryStore
from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.stores import ConditionFailedError, Query, Rows, Scan, Store

keys = st.fixed_dictionaries({"customer": st.sampled_from("ab"), "at": st.sampled_from([-1, 0, 0.5, 10**20])})
items = st.builds(
    lambda key, more: {**key, **more},
    keys,
    st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from(["open", "shut"]),
            "total": st.integers(-2, 2),
            "tag": st.sampled_from([b"\x00", b"\xff"]),
            "more": st.sampled_from([b"x", {1}, "text", 2.0, {"$b": "eA=="}]),
        },
    ),
)
asked = st.sampled_from([{}, {"status": "open"}, {"total": is_not(1)}, {"more": b"x"}])
steps = st.lists(
    st.tuples(st.just("put"), items, asked)
    | st.tuples(st.just("delete"), keys, asked)
    | st.tuples(st.just("write"), st.lists(items, max_size=4), st.lists(keys, max_size=2)),
    max_size=12,
)


def done(store: Store, step: tuple[str, Any, Any]) -> bool:
    """Whether *step* was done."""
    what, first, second = step
    try:
        if what == "put":
            store.put(ORDERS, first, comparisons(second))
        elif what == "delete":
            store.delete(ORDERS, first, comparisons(second))
        else:
            written = {(item["customer"], item["at"]) for item in first}
            store.write(ORDERS, first, [key for key in second if (key["customer"], key["at"]) not in written])
    except ConditionFailedError:
        return False
    return True


def told(store: Store, limit: int | None) -> list[Rows]:
    """All pages of all queries, and what scans find."""
    hashes = {None: ("a", "b"), "by_status": ("open", "shut"), "by_tag": (b"\x00", b"\xff")}
    found = []
    for index, values in hashes.items():
        for value in values:
            for descending in (False, True):
                start = None
                while True:
                    found.append(store.query(ORDERS, Query(value, None, index, descending, limit, start)))
                    start = found[-1].last
                    if start is None:
                        break
        found.append(store.scan(ORDERS, Scan(index, limit)))
    return found


@settings(max_examples=80, deadline=None)
@given(steps=steps, limit=st.sampled_from([None, 1, 3]))
def test_both_give_the_same(tmp_path_factory: pytest.TempPathFactory, steps: list[Any], limit: int | None) -> None:
    path = tmp_path_factory.mktemp("alike") / "store.sqlite3"
    sqlite, memory = SQLiteStore(path), MemoryStore()
    for step in steps:
        assert done(sqlite, step) == done(memory, step)
    assert told(sqlite, limit) == told(memory, limit)
    sqlite.close()
