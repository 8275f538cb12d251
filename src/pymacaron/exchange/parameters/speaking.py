"""
Which schemas speak of a member of an object, wherever they stand, and what its text may therefore be.

A text has no type of its own, its schema gives it one: it may stand behind a pattern of the name, in an alternative or
on a condition. Where several schemas speak, the reading is taken with which the whole object fits.
Neighbours: texts.py and bodies/forms.py read members by it.
Source: OpenAPI 3.1.1, "Non-JSON Data"; JSON Schema 2020-12 core, 10.2 and 10.3.2.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.marks import others
from pymacaron.schema.once import once
from pymacaron.schema.shape import Identity, Shapes
from pymacaron.source import Node

__all__ = ["Speaking", "distinct", "members_of", "settled", "speaking"]

#: So many combinations of readings are tried
_TRIES = 32


def speaking(codec: Codec, schemas: Schemas) -> Speaking | None:
    """
    What speaks of the members of *codec*; None where each has one schema that applies in any case, that of its property
    or of additionalProperties.
    """
    found = Speaking(codec.schema, schemas.shapes)
    return None if found.is_simple else found


def members_of(codec: Codec, schemas: Schemas) -> frozenset[str]:
    """The names of the members that *codec* declares anywhere."""
    found = speaking(codec, schemas)
    return frozenset(codec.properties if found is None else found.names)


class Speaking:
    """`names`: of the members that are declared anywhere. `is_free`: whether members of other names are spoken of."""

    def __init__(self, schema: Node, shapes: Shapes):
        self._shapes = shapes
        self._parts = _parts(schema, shapes)
        self._declared: dict[str, list[tuple[Node, bool]]] = {}
        for part, sure in self._parts:
            for name, member in part.child("properties").members() if "properties" in part.value else ():
                self._declared.setdefault(str(name), []).append((member, sure))
        self.names = frozenset(self._declared)
        free = ("patternProperties", "unevaluatedProperties")
        self.is_free = any(part.value.get(keyword, False) is not False for part, _ in self._parts for keyword in free)
        self.is_simple = (
            not self.is_free
            and all(sure for _, sure in self._parts)
            and all(len(schemas) == 1 for schemas in self._declared.values())
            and sum("additionalProperties" in part.value for part, _ in self._parts) < 2
        )

    def of(self, name: str) -> tuple[list[Node], bool]:
        """The schemas of members of that name, those that apply in any case first; whether one of them does."""
        found = [*self._declared.get(name, ())]
        found += [(member, sure) for test, member, sure in self._others if test(name)]
        found.sort(key=lambda one: not one[1])
        return list({member.identity: member for member, _ in found}.values()), bool(found) and found[0][1]

    @once
    def _others(self) -> list[tuple[Callable[[str], bool], Node, bool]]:
        """What tells whether a schema is for a name, the schema, and whether it applies in any case."""
        return [(test, member, sure) for part, sure in self._parts for test, member in others(self._shapes, part)]


def _parts(schema: Node, shapes: Shapes) -> list[tuple[Node, bool]]:
    """Every schema of the objects of *schema* and whether it applies in any case, or as an alternative or condition."""
    found: dict[Identity, tuple[Node, bool]] = {}
    todo = [(schema, True)]
    while todo:
        at, sure = todo.pop(0)
        for part in shapes.parts(at):
            if part.identity not in found and not shapes.is_ignored(part):
                found[part.identity] = part, sure
                todo += [(one, False) for one in (*shapes.alternatives(part), *shapes.conditional(part))]
    return list(found.values())


def distinct(values: list[Any]) -> list[Any]:
    """*values* without those that are there before: 1, 1.0 and true are not the same."""
    found: list[Any] = []
    for value in values:
        if not any(value is one or (value.__class__ is one.__class__ and value == one) for one in found):
            found.append(value)
    return found


def settled(
    value: Mapping[str, Any], more: Mapping[str, list[Any]], faults: Callable[[dict[str, Any]], int]
) -> dict[str, Any]:
    """
    *value*, or it with some of the other readings of its members that are in *more*, so that it has no *faults*; if it
    has always some, fewer.
    """
    best, least = {**value}, faults({**value})
    if not least:
        return best
    if math.prod(len(readings) + 1 for readings in more.values()) <= _TRIES:
        for chosen in itertools.product(*([value[name], *readings] for name, readings in more.items())):
            tried = {**value, **dict(zip(more, chosen, strict=True))}
            count = faults(tried)
            if count < least:
                best, least = tried, count
            if not least:
                break
        return best
    tries = [(name, reading) for name, readings in more.items() for reading in readings]
    for name, reading in tries[:_TRIES]:
        tried = {**best, name: reading}
        count = faults(tried)
        if count < least:
            best, least = tried, count
    return best
