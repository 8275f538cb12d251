"""
What a store is asked: `Store`, a Protocol, the same for every place where items can lie, and the errors of all of them.

An Item is a dict: attribute -> value, one of None, bool, int, float, Decimal, str, bytes, list, dict, or a set of text,
of numbers or of bytes. A store gives the values back that it was given: a whole number as an int, any other as a float
where that is exact, else as a Decimal. Its semantics are DynamoDB's, limits included (items.py checks them first).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pymacaron.exceptions import BackendError, PyMacaronException
from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition

__all__ = [
    "ConditionFailedError",
    "Item",
    "ItemError",
    "MissingTableError",
    "Query",
    "Rows",
    "Scan",
    "Store",
    "StoreError",
    "VersionConflictError",
]

Item = dict[str, Any]


class StoreError(BackendError):
    """A store cannot be reached, or refuses what it is asked. The text says which and why, without any secret."""

    code = "STORE_UNAVAILABLE"
    status = 503
    _description = "A store that the operation needs does not answer; ask again later"


class MissingTableError(StoreError):
    """There is no such table: `pymacaron tables create` makes it."""

    code = "TABLE_MISSING"
    status = 500
    _description = "A table that the operation needs is not there; it is reported under this error_id"


class ItemError(BackendError):
    """What was to be stored cannot be, exactly: the text says which attribute, what it is and what would do."""

    code = "NOT_STORABLE"
    status = 500
    _description = "What the operation was to keep cannot be kept as it is; it is reported under this error_id"


class ConditionFailedError(PyMacaronException):
    """What `where` asks is not true of the item as it lies there, or there is none. Nothing was changed."""

    code = "CONDITION_FAILED"
    status = 409


class VersionConflictError(ConditionFailedError):
    """Somebody else has written the item since it was read: read it again, and then write. Nothing was changed."""

    code = "VERSION_CONFLICT"
    status = 409


@dataclass(frozen=True, slots=True)
class Query:
    """
    Items of one `hash`, ordered by the range of the table, or of its `index`. `range`: what is asked of that attribute;
    `start`: go on behind this, Rows.last of before; `limit`: how many are looked at (`where` takes its share of them).
    """

    hash: Any
    range: Comparison | None = None
    index: str | None = None
    descending: bool = False
    limit: int | None = None
    start: Item | None = None
    where: Sequence[Comparison] = ()
    consistent: bool = True


@dataclass(frozen=True, slots=True)
class Scan:
    """All items, in no order that means anything. `segment`: (which, of how many), for several that scan together."""

    index: str | None = None
    limit: int | None = None
    start: Item | None = None
    where: Sequence[Comparison] = ()
    consistent: bool = True
    segment: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """`last`: the key attributes (of the table, and of the index) to go on behind; None where there is no more."""

    items: list[Item]
    last: Item | None


class Store(Protocol):
    """
    Where items lie. Keys are Items of the key's attributes alone. Every method may raise StoreError; those that write
    raise ItemError before they write anything, and ConditionFailedError where `where` does not hold of what is there.
    """

    def get(self, table: Definition, key: Item, *, consistent: bool = True) -> Item | None:
        """The item of *key*, also where its time (ttl) is over; None where there is none."""
        ...

    def get_many(self, table: Definition, keys: Sequence[Item], *, consistent: bool = True) -> list[Item]:
        """Those that are there of any number of different *keys*, in no order."""
        ...

    def put(self, table: Definition, item: Item, where: Sequence[Comparison] = ()) -> None:
        """Have *item* be what is at its key, in place of what was there."""
        ...

    def delete(self, table: Definition, key: Item, where: Sequence[Comparison] = ()) -> None:
        """Have nothing be at *key*; where there is nothing, that is all right, unless *where* asks for more."""
        ...

    def write(self, table: Definition, puts: Sequence[Item], deletes: Sequence[Item] = ()) -> None:
        """Any number of items and keys, each written without a condition, in no order; not all of them or none."""
        ...

    def query(self, table: Definition, query: Query) -> Rows:
        """One page: at most `limit` items are looked at, and at most 1 MB."""
        ...

    def scan(self, table: Definition, scan: Scan) -> Rows:
        """One page, as of query()."""
        ...
