"""
What `x-persist` of a schema says where it is a map: in which table its models are kept, by which key.

Neighbours: rules.py refuses what is wrong by itself, check/kept.py what does not fit the schema's properties;
store/declared.py makes a table's definition of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pymacaron.spec.extensions import Fault, unknown_members

__all__ = ["MEMBERS", "NAME", "OF_KEYS", "Named", "Persisting", "faults", "persisting"]

MEMBERS = ("table", "key", "indexes", "ttl", "version")
OF_KEYS = ("hash", "range")

#: Of a table, and of an index. Source: Amazon DynamoDB Developer Guide, "Supported data types and naming rules"
NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")


class Named(NamedTuple):
    """The properties of a key: `hash`, and `range` or None."""

    hash: str
    range: str | None = None


@dataclass(frozen=True, slots=True)
class Persisting:
    """
    The name of the `table`, the properties of its `key` and of those of its `indexes` by name; `ttl` is the property
    that says when an object ends, `version` the one that counts its writes.
    """

    table: str
    key: Named
    indexes: Mapping[str, Named] = field(default_factory=dict)
    ttl: str | None = None
    version: str | None = None


def persisting(said: Any) -> Persisting:
    """What *said*, the value of `x-persist`, means. Raises ValueError, whose text says what of it means nothing."""
    wrong = next(faults(said), None)
    if wrong is not None:
        raise wrong.error
    indexes = {name: Named(**key) for name, key in said.get("indexes", {}).items()}
    return Persisting(said["table"], Named(**said["key"]), indexes, said.get("ttl"), said.get("version"))


def faults(said: Any) -> Iterator[Fault]:
    """All that is wrong with the value of `x-persist`, a map, by itself."""
    if not isinstance(said, dict):
        yield Fault((), "x-persist", f"x-persist is {said!r:.80}", "Write package.module.Class, or a map with a table")
        return
    yield from unknown_members((), said, MEMBERS, "x-persist")
    for name in ("table", "key"):
        if name not in said:
            yield Fault((), "x-persist", f"x-persist needs {name!r}", _WANTED[name])
    if "table" in said:
        yield from _badly_named(("table",), said["table"], "a table")
    for name in ("ttl", "version"):
        if name in said:
            yield from _no_property((name,), said[name])
    if "key" in said:
        yield from _of_key(("key",), said["key"])
    if "indexes" in said:
        yield from _of_indexes(said["indexes"], said.get("key"))


def _of_indexes(said: Any, key: Any) -> Iterator[Fault]:
    if not isinstance(said, dict):
        yield Fault(("indexes",), "x-persist", f"'indexes' is {said!r:.80}", "Write a map of name to its key")
        return
    known = {_identity(key): "the table"}
    for name, one in said.items():
        path = ("indexes", name)
        yield from _badly_named(path, name, "an index")
        yield from _of_key(path, one)
        same = known.setdefault(_identity(one), f"the index {name!r}")
        if isinstance(one, dict) and same != f"the index {name!r}":
            yield Fault(path, "x-persist", f"the index {name!r} has the key of {same}", f"Ask {same} in its place")


def _identity(key: Any) -> tuple[Any, ...]:
    return tuple(repr(key.get(name)) for name in OF_KEYS) if isinstance(key, dict) else (repr(key),)


def _of_key(path: tuple[str, ...], said: Any) -> Iterator[Fault]:
    what = "'key'" if path == ("key",) else f"the index {path[-1]!r}"
    if not isinstance(said, dict):
        mend = "Write it as {hash: PROPERTY}, or {hash: PROPERTY, range: PROPERTY}"
        yield Fault(path, "x-persist", f"{what} is {said!r:.80}", mend)
        return
    yield from unknown_members(path, said, OF_KEYS, what)
    if "hash" not in said:
        yield Fault(path, "x-persist", f"{what} needs 'hash'", "Name the property that says where an object lies")
    for name in OF_KEYS:
        if name in said:
            yield from _no_property((*path, name), said[name])
    if isinstance(said.get("hash"), str) and said["hash"] == said.get("range"):
        mend = "Leave 'range' out, or name the property that orders what has the same 'hash'"
        yield Fault((*path, "range"), "x-persist", f"{what} has {said['hash']!r} twice", mend)


def _badly_named(path: tuple[str, ...], name: Any, what: str) -> Iterator[Fault]:
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        mend = "Write 3 to 255 letters, digits, '_', '-' and '.'"
        yield Fault(path, "x-persist", f"{name!r:.80} is no name of {what}", mend)


def _no_property(path: tuple[str, ...], name: Any) -> Iterator[Fault]:
    if not isinstance(name, str):
        yield Fault(path, "x-persist", f"{path[-1]!r} is {name!r:.80}", "Write the name of a property of the schema")


_WANTED = {
    "table": "Name the table, as in 'table: orders'",
    "key": "Name the property by which an object is found, as in 'key: {hash: id}'",
}
