"""
How tables lie in an SQLite file: one of SQLite's for each, whose columns are the bytes of the key, the text of the item
(texts.py), and for each index, and for a ttl, what SQLite orders it by.

An index is known by the attributes of its key, not by its name, and stays: where two versions of a service share a
file, each writes for the indexes of both. Two tables of our own say what there is; a column is added by whoever misses
it first, and filled from the items that are there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.items import index_place, place
from pymacaron.store.stores import Item, StoreError
from pymacaron.store.texts import read, text

__all__ = ["Column", "Layout", "found", "made"]

_TABLES = "CREATE TABLE IF NOT EXISTS pymacaron_tables (number INTEGER PRIMARY KEY, name TEXT UNIQUE, key TEXT)"
_COLUMNS = (
    "CREATE TABLE IF NOT EXISTS pymacaron_columns "
    "(number INTEGER PRIMARY KEY, of INTEGER REFERENCES pymacaron_tables, key TEXT)"
)

#: So many items are read at once where a new column is filled
_CHUNK = 500

#: The last second of the epoch that a column can hold
_LAST = 2**62


@dataclass(frozen=True, slots=True)
class Column:
    """What an index is ordered by, in the columns `h` and `r` with its number; or the ttl, in `h`."""

    number: int
    key: Key | None
    ttl: str | None

    @property
    def names(self) -> tuple[str, ...]:
        return (f"h{self.number}",) if self.key is None else (f"h{self.number}", f"r{self.number}")

    def values(self, table: Definition, item: Item) -> tuple[Any, ...]:
        if self.key is not None:
            return index_place(table, self.key, item) or (None, None)
        ends: Any = item.get(self.ttl or "")
        is_time = ends.__class__ in (int, float, Decimal) and -_LAST < ends < _LAST
        return (int(ends) if is_time else None,)


@dataclass(frozen=True, slots=True)
class Layout:
    """The table `of` in a file whose schema has that version. `name`: what SQLite calls it, quoted."""

    of: Definition
    name: str
    columns: tuple[Column, ...]
    version: int
    put: str = field(init=False)

    def __post_init__(self) -> None:
        names = ["hash", "range", "plain", "item", *(name for column in self.columns for name in column.names)]
        quoted = ", ".join(f'"{name}"' for name in names)
        sql = f"INSERT OR REPLACE INTO {self.name} ({quoted}) VALUES ({', '.join('?' * len(names))})"
        object.__setattr__(self, "put", sql)

    def row(self, table: Definition, item: Item, is_json: bool) -> tuple[Any, ...]:
        """What `put` is given for *item*, a stored one."""
        row = (*place(table, item), is_json, text(item, is_json))
        for column in self.columns:
            row += column.values(table, item)
        return row

    def column(self, key: Key | None, ttl: str | None = None) -> Column | None:
        """That of the index with that *key*, or of *ttl*."""
        return next((one for one in self.columns if one.key == key and one.ttl == ttl), None)


def found(connection: sqlite3.Connection, table: Definition) -> Layout | None:
    """The Layout of *table*, where it is there with all that its Definition has. Raises StoreError: another key."""
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'pymacaron_columns'").fetchone():
        return None
    row = connection.execute("SELECT number, key FROM pymacaron_tables WHERE name = ?", (table.table,)).fetchone()
    if row is None:
        return None
    number, key = row
    if _read(key) != table.key:
        was, now = (_told(one) for one in (_read(key) or table.key, table.key))
        mend = "a key cannot be changed: give the table another name, and copy the items"
        raise StoreError(f"{table.table} has the key {was}, and x-persist says {now}; {mend}")
    rows = connection.execute("SELECT number, key FROM pymacaron_columns WHERE of = ? ORDER BY number", (number,))
    layout = Layout(table, _physical(number, table), tuple(_column(*row) for row in rows), version)
    wanted = [*((key, None) for key in table.indexes.values()), *([(None, table.ttl)] if table.ttl else [])]
    return layout if all(layout.column(*one) for one in wanted) else None


def made(connection: sqlite3.Connection, table: Definition) -> Layout:
    """The Layout of *table*, of which whatever is missing is made. In a transaction."""
    if (layout := found(connection, table)) is not None:
        return layout
    connection.execute(_TABLES)
    connection.execute(_COLUMNS)
    number = _number(connection, table)
    rows = connection.execute("SELECT number, key FROM pymacaron_columns WHERE of = ?", (number,))
    there = [_column(*row) for row in rows]
    keys = [key for key in table.indexes.values() if all(one.key != key for one in there)]
    added = [_added(connection, number, table, key=key) for key in dict.fromkeys(keys)]
    if table.ttl and all(one.ttl != table.ttl for one in there):
        added.append(_added(connection, number, table, ttl=table.ttl))
    _fill(connection, table, _physical(number, table), added)
    layout = found(connection, table)
    assert layout is not None
    return layout


def _number(connection: sqlite3.Connection, table: Definition) -> int:
    """The number of *table*, which is made where there is none."""
    row = connection.execute("SELECT number FROM pymacaron_tables WHERE name = ?", (table.table,)).fetchone()
    if row is not None:
        return int(row[0])
    told = "INSERT INTO pymacaron_tables (name, key) VALUES (?, ?)"
    number = connection.execute(told, (table.table, _written(table.key))).lastrowid or 0
    columns = "hash BLOB NOT NULL, range BLOB NOT NULL, plain INTEGER NOT NULL, item TEXT NOT NULL"
    sql = f"CREATE TABLE {_physical(number, table)} ({columns}, PRIMARY KEY (hash, range)) WITHOUT ROWID"
    connection.execute(sql)
    return number


def _added(
    connection: sqlite3.Connection, of: int, table: Definition, key: Key | None = None, ttl: str | None = None
) -> Column:
    told = "INSERT INTO pymacaron_columns (of, key) VALUES (?, ?)"
    number = connection.execute(told, (of, _written(key) if key else json.dumps({"ttl": ttl}))).lastrowid or 0
    column = Column(number, key, ttl)
    for name in column.names:
        connection.execute(f"ALTER TABLE {_physical(of, table)} ADD COLUMN {name} {'BLOB' if key else 'INTEGER'}")
    ordered_by = ", ".join((*column.names, "hash", "range"))
    where = f"{column.names[0]} IS NOT NULL"
    connection.execute(f"CREATE INDEX items_by_{number} ON {_physical(of, table)} ({ordered_by}) WHERE {where}")
    return column


def _fill(connection: sqlite3.Connection, table: Definition, name: str, columns: list[Column]) -> None:
    assigned = ", ".join(f"{one} = ?" for column in columns for one in column.names)
    for rows in _chunks(connection, name) if columns else ():
        items = [(read(data, bool(plain)), hash_, range_) for hash_, range_, plain, data in rows]
        connection.executemany(
            f"UPDATE {name} SET {assigned} WHERE hash = ? AND range = ?",
            [(*(v for one in columns for v in one.values(table, item)), *at) for item, *at in items],
        )


def _chunks(connection: sqlite3.Connection, name: str) -> Iterator[list[tuple[bytes, bytes, int, bytes]]]:
    """All rows, so many at a time that they may be written meanwhile."""
    behind = (b"", b"")
    sql = (
        f"SELECT hash, range, plain, item FROM {name} WHERE (hash, range) > (?, ?) ORDER BY hash, range LIMIT {_CHUNK}"
    )
    while rows := connection.execute(sql, behind).fetchall():
        yield rows
        behind = rows[-1][:2]


def _physical(number: int, table: Definition) -> str:
    # With the number, since SQLite takes no notice of case, and keeps some names to itself
    return f'"items_{number}_{table.table}"'


def _column(number: int, key: bytes) -> Column:
    return Column(number, _read(key), None if key.startswith(b"[") else json.loads(key)["ttl"])


def _written(key: Key) -> str:
    return json.dumps([[one.name, one.type] for one in key.attributes])


def _read(key: bytes) -> Key | None:
    return Key(*(Attribute(name, kind) for name, kind in json.loads(key))) if key.startswith(b"[") else None


def _told(key: Key) -> str:
    return ", ".join(f"{one.name} ({one.type})" for one in key.attributes)
