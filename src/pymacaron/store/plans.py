"""
Tables as descriptions want them, beside those that are there -> the steps from one to the other. No I/O.

provisioning.py looks what is there and carries steps out; cloudformation.py writes what is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pymacaron.store.definition import Definition, Key

__all__ = ["Found", "Kind", "Step", "index", "key_schema", "key_text", "request", "steps"]

Kind = Literal["create-table", "add-index", "drop-index", "set-ttl", "clear-ttl", "change-key", "change-index"]

_DROP = "Give --drop-indexes to have it dropped"


@dataclass(frozen=True, slots=True)
class Found:
    """
    A table that is there. `partial`: the indexes that lack attributes of the items; `capacity`: units of reading and of
    writing where they are provisioned, None where each request is paid.
    """

    key: Key
    indexes: Mapping[str, Key] = field(default_factory=dict)
    ttl: str | None = None
    partial: frozenset[str] = frozenset()
    capacity: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """
    What is to be done to `definition.table`: `text` says it. `mend`: what somebody has to do for it, '' where it can be
    carried out. `name`: of the index, or the attribute.
    """

    kind: Kind
    definition: Definition
    text: str
    mend: str = ""
    name: str = ""

    def __str__(self) -> str:
        told = f"{self.definition.table}: {self.text}"
        return f"{told}. {self.mend}" if self.mend else told


def steps(wanted: Definition, found: Found | None, *, drop_indexes: bool = False) -> list[Step]:
    """In the order in which they can be carried out; none where *found* is what is wanted."""
    if found is None:
        return list(_creation(wanted))
    if found.key != wanted.key:
        fact = f"its key is {key_text(found.key)}, and {key_text(wanted.key)} is wanted"
        mend = (
            "A key cannot be changed: give the description another table, run this again, copy the items, and delete "
            "this one"
        )
        return [Step("change-key", wanted, fact, mend)]
    return [*_indexes(wanted, found, drop_indexes), *_ttl(wanted, found)]


def _creation(wanted: Definition) -> Iterator[Step]:
    indexes = "".join(f"; index {name}: {key_text(key)}" for name, key in sorted(wanted.indexes.items()))
    yield Step("create-table", wanted, f"create the table: {key_text(wanted.key)}{indexes}")
    if wanted.ttl is not None:
        yield _set_ttl(wanted)


def _indexes(wanted: Definition, found: Found, drop: bool) -> Iterator[Step]:
    for name in sorted(found.indexes.keys() - wanted.indexes.keys()):
        yield Step("drop-index", wanted, f"drop index {name}, which no description names", "" if drop else _DROP, name)
    for name, key in sorted(wanted.indexes.items()):
        if name in found.indexes and (found.indexes[name] != key or name in found.partial):
            yield from _changed_index(wanted, found, name, drop)
        elif name not in found.indexes:
            yield Step("add-index", wanted, f"add index {name}: {key_text(key)}", name=name)


def _changed_index(wanted: Definition, found: Found, name: str, drop: bool) -> Iterator[Step]:
    there, key = found.indexes[name], wanted.indexes[name]
    fact = f"index {name} is {key_text(there)}, and {key_text(key)} is wanted"
    if there == key:
        fact = f"index {name} does not have all attributes of the items"
    if not drop:
        mend = "An index cannot be changed: give another name to the new one, or --drop-indexes to have it made anew"
        yield Step("change-index", wanted, fact, mend, name)
        return
    yield Step("drop-index", wanted, f"drop index {name}: {fact}", name=name)
    yield Step("add-index", wanted, f"add index {name}: {key_text(key)}", name=name)


def _ttl(wanted: Definition, found: Found) -> Iterator[Step]:
    if found.ttl == wanted.ttl:
        return
    if found.ttl is not None:
        text = f"let no item end any more by {found.ttl}"
        yield Step("clear-ttl", wanted, text, name=found.ttl)
    if wanted.ttl is not None:
        wait = "DynamoDB takes up to an hour until this can follow: run this again then" if found.ttl else ""
        yield _set_ttl(wanted, wait)


def _set_ttl(wanted: Definition, mend: str = "") -> Step:
    return Step("set-ttl", wanted, f"let items end by {wanted.ttl}", mend, wanted.ttl or "")


def key_text(key: Key) -> str:
    """`hash customer_id (S), range created_at (S)`."""
    parts = [f"hash {key.hash.name} ({key.hash.type})"]
    if key.range is not None:
        parts.append(f"range {key.range.name} ({key.range.type})")
    return ", ".join(parts)


# ---- as DynamoDB is asked, and CloudFormation too


def request(table: Definition) -> dict[str, Any]:
    """What CreateTable is given for *table*, and AWS::DynamoDB::Table as its properties: each request is paid."""
    keys = [table.key, *table.indexes.values()]
    asked: dict[str, Any] = {
        "TableName": table.table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": _attributes(keys),
        "KeySchema": key_schema(table.key),
    }
    if table.indexes:
        asked["GlobalSecondaryIndexes"] = [index(name, key) for name, key in sorted(table.indexes.items())]
    return asked


def _attributes(keys: Iterable[Key]) -> list[dict[str, str]]:
    types = {attribute.name: attribute.type for key in keys for attribute in key.attributes}
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in sorted(types.items())]


def key_schema(key: Key) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": attribute.name, "KeyType": kind}
        for attribute, kind in zip(key.attributes, kinds, strict=False)
    ]


def index(name: str, key: Key) -> dict[str, Any]:
    """A global secondary index that has all attributes of the items."""
    return {"IndexName": name, "KeySchema": key_schema(key), "Projection": {"ProjectionType": "ALL"}}
