"""A store in memory, of one process, for tests: simple and slow, and otherwise as all are."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from copy import deepcopy
from zlib import crc32

from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition, Key
from pymacaron.store.items import checked, index_place, key_bytes, place, size
from pymacaron.store.matching import demand, prepared
from pymacaron.store.pages import asked_range, key_of, page
from pymacaron.store.stores import Item, Query, Rows, Scan

__all__ = ["MemoryStore"]

#: Of an item: its place in the table, as the bytes of its key, or in an index, followed by that in the table
_Place = tuple[bytes, ...]


class MemoryStore:
    """A Store whose items end with the process. Whatever goes in or comes out is a copy."""

    def __init__(self) -> None:
        #: dict: name of a table -> dict: place() of an item -> the item
        self._tables: dict[str, dict[tuple[bytes, bytes], Item]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Forget all items."""
        self._tables.clear()

    def get(self, table: Definition, key: Item, *, consistent: bool = True) -> Item | None:
        return deepcopy(self._items(table).get(place(table, key)))

    def get_many(self, table: Definition, keys: Sequence[Item], *, consistent: bool = True) -> list[Item]:
        places = dict.fromkeys(place(table, key) for key in keys)
        items = self._items(table)
        return [deepcopy(items[at]) for at in places if at in items]

    def put(self, table: Definition, item: Item, where: Sequence[Comparison] = ()) -> None:
        stored, at, tests = deepcopy(checked(table, item)[0]), place(table, item), prepared(table, where)
        with self._lock:
            items = self._items(table)
            demand(table, tests, items.get(at))
            items[at] = stored

    def delete(self, table: Definition, key: Item, where: Sequence[Comparison] = ()) -> None:
        at, tests = place(table, key), prepared(table, where)
        with self._lock:
            items = self._items(table)
            demand(table, tests, items.get(at))
            items.pop(at, None)

    def write(self, table: Definition, puts: Sequence[Item], deletes: Sequence[Item] = ()) -> None:
        stored = {place(table, item): deepcopy(checked(table, item)[0]) for item in puts}
        places = [place(table, key) for key in deletes]
        with self._lock:
            items = self._items(table)
            items.update(stored)
            for at in places:
                items.pop(at, None)

    def query(self, table: Definition, query: Query) -> Rows:
        key = key_of(table, query.index)
        asked, hash_ = asked_range(table, key, query), key_bytes(table, key, key.hash, query.hash)
        found = [(at, item) for at, item in self._placed(table, key) if at[0] == hash_ and at[1] in asked]
        found.sort(key=lambda one: one[0], reverse=query.descending)
        if query.start is not None:
            start = _place(table, key, query.start)
            found = [(at, item) for at, item in found if (at < start if query.descending else at > start)]
        return _page(table, key, found, query)

    def scan(self, table: Definition, scan: Scan) -> Rows:
        key = key_of(table, scan.index)
        found = sorted(self._placed(table, key), key=lambda one: one[0])
        if scan.start is not None:
            start = _place(table, key, scan.start)
            found = [(at, item) for at, item in found if at > start]
        if scan.segment is not None:
            which, of = scan.segment
            found = [(at, item) for at, item in found if crc32(at[0]) % of == which]
        return _page(table, key, found, scan)

    def _items(self, table: Definition) -> dict[tuple[bytes, bytes], Item]:
        return self._tables.setdefault(table.table, {})

    def _placed(self, table: Definition, key: Key) -> Iterator[tuple[_Place, Item]]:
        """Those in an index of that *key*, or in the table, whose own it is, each with its place there."""
        with self._lock:
            items = list(self._items(table).items())
        for at, item in items:
            if key is table.key:
                yield at, item
            elif (there := index_place(table, key, item)) is not None:
                yield (*there, *at), item


def _place(table: Definition, key: Key, start: Item) -> _Place:
    at = place(table, start)
    return at if key is table.key else (*(index_place(table, key, start) or ()), *at)


def _page(table: Definition, key: Key, found: list[tuple[_Place, Item]], asked: Query | Scan) -> Rows:
    rows = page(table, key, ((item, size(item)) for _, item in found), asked.limit, asked.where)
    return Rows(deepcopy(rows.items), deepcopy(rows.last))
