"""
The embedded store: one SQLite file beside the service, for all of its processes on one machine. Needs nothing else.

What is answered as done is on the disk (synchronous=FULL). Tables and indexes make themselves when they are first used.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from zlib import crc32

from pymacaron.sqlite import MovedFileError, SQLiteFile, is_busy
from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition, Key
from pymacaron.store.files import trouble
from pymacaron.store.items import checked, index_place, key_bytes, place
from pymacaron.store.layouts import Layout, found, made
from pymacaron.store.matching import demand, prepared
from pymacaron.store.ordering import Span
from pymacaron.store.pages import asked_range, key_of, page
from pymacaron.store.stores import Item, Query, Rows, Scan, StoreError
from pymacaron.store.texts import read

__all__ = ["SQLiteStore"]

#: So many items are written in one transaction: others wait for as long
_BATCH = 1000

#: Items whose time is over are looked for so often, so many at a time. Those that ended before are kept, as DynamoDB
#: does: that is no time at which anything ends
_SWEEP_S, _SWEPT, _AGES_S = 60.0, 100, 5 * 365 * 86_400

_ELSEWHERE = "name another file: store_url"
#: Seconds
_BUSY_S = 10.0

_T = TypeVar("_T")

#: SQL of what is asked, and its arguments
_Asked = tuple[list[str], list[Any]]


class SQLiteStore:
    """
    A Store in the file *path*, which is made when it is first used. *clock*: seconds of the epoch, for ttl; *busy_s*:
    how long one waits for others that write.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time, busy_s: float = _BUSY_S
    ):
        self._file = SQLiteFile(path, busy_s=busy_s, prepare=_reads_bytes)
        self._busy_s = busy_s
        self._clock = clock
        #: dict: name of a table -> its Layout as this process has seen it last
        self._layouts: dict[str, Layout] = {}
        #: dict: name of a table -> when items of it whose time is over are looked for again
        self._sweeps: dict[str, float] = {}

    def close(self) -> None:
        """Close the connections that are not in use. The next use opens one again."""
        self._file.close()

    def create(self, table: Definition) -> None:
        """Make *table*, and whatever it lacks, now instead of when it is first used."""
        self._layout(table)

    def look(self, table: Definition) -> None:
        """Raise the StoreError with which create() would refuse *table* as it is there; makes nothing."""
        if os.path.exists(self._file.path):
            self._reading(lambda connection: found(connection, table))

    def get(self, table: Definition, key: Item, *, consistent: bool = True) -> Item | None:
        at, layout = place(table, key), self._layout(table)
        return self._reading(lambda connection: _got(connection, layout, at))

    def get_many(self, table: Definition, keys: Sequence[Item], *, consistent: bool = True) -> list[Item]:
        places, layout = dict.fromkeys(place(table, key) for key in keys), self._layout(table)

        def got(connection: sqlite3.Connection) -> list[Item]:
            return [item for at in places if (item := _got(connection, layout, at)) is not None]

        return self._reading(got)

    def put(self, table: Definition, item: Item, where: Sequence[Comparison] = ()) -> None:
        (stored, is_json), at, tests = checked(table, item), place(table, item), prepared(table, where)

        def put(connection: sqlite3.Connection, layout: Layout) -> None:
            if tests:
                demand(table, tests, _got(connection, layout, at))
            connection.execute(layout.put, layout.row(table, stored, is_json))

        self._write(table, put)

    def delete(self, table: Definition, key: Item, where: Sequence[Comparison] = ()) -> None:
        at, tests = place(table, key), prepared(table, where)

        def delete(connection: sqlite3.Connection, layout: Layout) -> None:
            if tests:
                demand(table, tests, _got(connection, layout, at))
            connection.execute(_delete(layout), at)

        self._write(table, delete)

    def write(self, table: Definition, puts: Sequence[Item], deletes: Sequence[Item] = ()) -> None:
        stored, places = [checked(table, item) for item in puts], [place(table, key) for key in deletes]

        def put(connection: sqlite3.Connection, layout: Layout) -> None:
            connection.executemany(layout.put, [layout.row(table, *one) for one in batch])

        def delete(connection: sqlite3.Connection, layout: Layout) -> None:
            connection.executemany(_delete(layout), places)

        for start in range(0, len(stored), _BATCH):
            batch = stored[start : start + _BATCH]
            self._write(table, put)
        if places:
            self._write(table, delete)

    def query(self, table: Definition, query: Query) -> Rows:
        key, layout = key_of(table, query.index), self._layout(table)
        hash_, range_ = _columns(table, layout, key)
        asked: _Asked = [f"{hash_} = ?"], [key_bytes(table, key, key.hash, query.hash)]
        _ask_range(asked, range_, asked_range(table, key, query))
        # Behind `start`, and in the order, of items with one range: by the key of the table
        names = [range_] if key is table.key else [range_, "hash", "range"]
        if query.start is not None:
            at = place(table, query.start)
            behind = at[1:] if key is table.key else (*(index_place(table, key, query.start) or (b"", b""))[1:], *at)
            _ask_behind(asked, names, behind, "<" if query.descending else ">")
        order = ", ".join(f"{name} DESC" if query.descending else name for name in names)
        return self._page(table, key, asked, order, query)

    def scan(self, table: Definition, scan: Scan) -> Rows:
        key, layout = key_of(table, scan.index), self._layout(table)
        names = list(dict.fromkeys((*_columns(table, layout, key), "hash", "range")))
        asked: _Asked = ([] if key is table.key else [f"{names[0]} IS NOT NULL"]), []
        if scan.start is not None:
            at: tuple[bytes, ...] = place(table, scan.start)
            if key is not table.key:
                at = (*(index_place(table, key, scan.start) or (b"", b"")), *at)
            _ask_behind(asked, names, at, ">")
        return self._page(table, key, asked, ", ".join(names), scan)

    def _page(self, table: Definition, key: Key, asked: _Asked, order: str, options: Query | Scan) -> Rows:
        layout = self._layout(table)
        segment = options.segment if isinstance(options, Scan) else None
        where = f" WHERE {' AND '.join(asked[0])}" if asked[0] else ""
        sql = f"SELECT {_columns(table, layout, key)[0]}, plain, item FROM {layout.name}{where} ORDER BY {order}"

        def items(cursor: sqlite3.Cursor) -> Iterator[tuple[Item, int]]:
            for hash_, plain, data in cursor:
                if segment is None or crc32(hash_) % segment[1] == segment[0]:
                    yield read(data, plain), len(data)

        def paged(connection: sqlite3.Connection) -> Rows:
            cursor = connection.execute(sql, asked[1])
            try:
                return page(table, key, items(cursor), options.limit, options.where)
            finally:
                cursor.close()

        return self._reading(paged)

    def _write(self, table: Definition, work: Callable[[sqlite3.Connection, Layout], None]) -> None:
        known = self._layout(table)

        def written(connection: sqlite3.Connection) -> None:
            layout = known
            if connection.execute("PRAGMA schema_version").fetchone()[0] != known.version:
                # Somebody has made a table or an index since, which may be one of this table's
                layout = self._layouts[table.table] = made(connection, table)
            work(connection, layout)
            self._sweep(connection, layout)

        self._writing(written)

    def _layout(self, table: Definition) -> Layout:
        known = self._layouts.get(table.table)
        if known is not None and (known.of is table or known.of == table):
            return known
        layout = self._reading(lambda connection: found(connection, table))
        if layout is None:
            layout = self._writing(lambda connection: made(connection, table))
        self._layouts[table.table] = layout
        return layout

    def _reading(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            return self._file.reading(work)
        except (sqlite3.Error, OSError) as error:
            raise self._refused(error) from None

    def _writing(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            with self._file.writing() as connection:
                return work(connection)
        except (sqlite3.Error, OSError) as error:
            raise self._refused(error) from None

    def _refused(self, error: sqlite3.Error | OSError) -> StoreError:
        path = self._file.path
        if isinstance(error, OSError):
            return StoreError(f"{path} cannot be made: {trouble(error, _ELSEWHERE)}")
        if isinstance(error, MovedFileError):
            mend = "stop the service, delete what the old file has left beside it (-wal, -shm), and start it again"
            return StoreError(f"{path} cannot be used: {error}; {mend}")
        if is_busy(error):
            fact = f"has been written by others for {self._busy_s:g} s"
            return StoreError(f"{path} {fact}; have fewer processes write, or keep tables in DynamoDB")
        return StoreError(f"{path} cannot be used: {trouble(error, _ELSEWHERE)}")

    def _sweep(self, connection: sqlite3.Connection, layout: Layout) -> None:
        """Delete some of the items whose time is over, where they were not looked for just now."""
        column = layout.column(None, layout.of.ttl) if layout.of.ttl else None
        now = self._clock()
        if column is None or now < self._sweeps.get(layout.of.table, 0):
            return
        ends = column.names[0]
        over = f"SELECT hash, range FROM {layout.name} WHERE {ends} < ? AND {ends} > ? LIMIT {_SWEPT}"
        places = connection.execute(over, (int(now), int(now) - _AGES_S)).fetchall()
        connection.executemany(_delete(layout), places)
        self._sweeps[layout.of.table] = now if len(places) == _SWEPT else now + _SWEEP_S


def _reads_bytes(connection: sqlite3.Connection) -> None:
    connection.text_factory = bytes


def _got(connection: sqlite3.Connection, layout: Layout, at: tuple[bytes, bytes]) -> Item | None:
    sql = f"SELECT plain, item FROM {layout.name} WHERE hash = ? AND range = ?"
    row = connection.execute(sql, at).fetchone()
    return None if row is None else read(row[1], row[0])


def _delete(layout: Layout) -> str:
    return f"DELETE FROM {layout.name} WHERE hash = ? AND range = ?"


def _columns(table: Definition, layout: Layout, key: Key) -> tuple[str, str]:
    """Those of hash and range of the index with that *key*, or of the table, whose own it is."""
    if key is table.key:
        return "hash", "range"
    column = layout.column(key)
    if column is None:
        raise StoreError(f"{table.table} has no index of that key in this file, which was put in the place of another")
    return f"h{column.number}", f"r{column.number}"


def _ask_range(asked: _Asked, name: str, span: Span) -> None:
    if span.low is not None:
        asked[0].append(f"{name} {'>=' if span.has_low else '>'} ?")
        asked[1].append(span.low)
    if span.high is not None:
        asked[0].append(f"{name} {'<=' if span.has_high else '<'} ?")
        asked[1].append(span.high)


def _ask_behind(asked: _Asked, names: Sequence[str], at: Sequence[bytes], operator: str) -> None:
    asked[0].append(f"({', '.join(names)}) {operator} ({', '.join('?' * len(names))})")
    asked[1].extend(at)
