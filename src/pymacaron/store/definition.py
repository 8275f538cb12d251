"""What a table is: its name, its key, its indexes, and what attributes mean to it. Nothing but records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Attribute", "Definition", "Key"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a key. `type`: S (text, ordered by its UTF-8), N (a number) or B (bytes), as in DynamoDB."""

    name: str
    type: Literal["S", "N", "B"]


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a table or of an index: `hash` says where an item lies, `range` (or None) orders those of one hash."""

    hash: Attribute
    range: Attribute | None = None

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return (self.hash,) if self.range is None else (self.hash, self.range)


@dataclass(frozen=True, slots=True)
class Definition:
    """
    A table: `x-persist` of a schema, whose properties its attributes are.

    `indexes`: dict of name -> Key; an item that lacks an attribute of an index's key is not in that index. `ttl`: the
    attribute with the second of the epoch at which an item ends; `version`: the one with the number of its writes.
    """

    table: str
    key: Key
    indexes: Mapping[str, Key] = field(default_factory=dict)
    ttl: str | None = None
    version: str | None = None
