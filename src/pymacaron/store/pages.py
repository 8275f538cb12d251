"""One page of what is found, for stores that go through their items themselves: `limit` and 1 MB of items looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition, Key
from pymacaron.store.items import key_bytes, last_key
from pymacaron.store.matching import holds, prepared
from pymacaron.store.ordering import EVERYTHING, Span, kind, span
from pymacaron.store.stores import Item, ItemError, Query, Rows, StoreError

__all__ = ["asked_range", "key_of", "page"]

#: So many bytes are looked at for one page: the item with which they are reached is its last one
_MOST = 1024 * 1024


def page(
    table: Definition, key: Key, found: Iterable[tuple[Item, int]], limit: int | None, where: Sequence[Comparison]
) -> Rows:
    """The first of *found*, items and their bytes, in the order of *key*; one more than *limit* tells of the end."""
    if limit is not None and limit < 1:
        raise ValueError(f"limit is {limit}; a page has at least one item")
    tests = prepared(table, where)
    items: list[Item] = []
    looked = read = 0
    previous: Item = {}
    for item, taken in found:
        if looked == limit or read >= _MOST:
            return Rows(items, last_key(table, key, previous))
        looked, read, previous = looked + 1, read + taken, item
        if holds(tests, item):
            items.append(item)
    return Rows(items, None)


def key_of(table: Definition, index: str | None) -> Key:
    """The Key of *index*, or of the table itself."""
    if index is None:
        return table.key
    if index not in table.indexes:
        there = ", ".join(table.indexes) or "none"
        raise StoreError(f"{table.table} has no index {index!r}; its indexes: {there}")
    return table.indexes[index]


def asked_range(table: Definition, key: Key, query: Query) -> Span:
    """What *query* asks of the range of *key*. Raises ItemError where it cannot be asked that."""
    if query.range is None:
        return EVERYTHING
    if key.range is None or key.range.name != query.range.attribute:
        there = "it has none" if key.range is None else f"that is {key.range.name!r}"
        raise ItemError(f"{table.table}: {query.range.attribute!r} is not the range of the key; {there}")
    try:
        asked = prepared(table, (query.range,))[0]
        for value in asked.values:
            if kind(value) != key.range.type:
                key_bytes(table, key, key.range, value)  # which says so
        return span(key.range, asked)
    except ValueError as error:
        raise ItemError(f"{table.table}: {error}") from None
