"""
The schemas of two descriptions, in JSON Schema 2020-12, and which of them say the same.

A Spot is a place in one of them. What two schemas say is compared with references followed, so that names do not count:
definitions fall into classes (see classes.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

from pymacaron.changes.containment.classes import refine
from pymacaron.schema.codec import Schemas
from pymacaron.schema.dialect import Bundles, Direction
from pymacaron.schema.validators import validator
from pymacaron.source import Node

__all__ = ["Definitions", "Effort", "Spot", "key_of"]

#: What says nothing of validity
_TOLD = frozenset(("discriminator",))
_REF = "#/$defs/"


class Spot(NamedTuple):
    """A place in a definition: `side` is 0 for the old description, 1 for the new; `path` leads from the definition."""

    side: int
    name: str
    path: tuple[str, ...] = ()

    def at(self, *keys: str) -> Spot:
        """The place *keys* below."""
        return Spot(self.side, self.name, (*self.path, *keys))


@dataclass
class Effort:
    """How much was looked at, in steps of about 10 microseconds: a count, so that the answer is always the same."""

    spent: int = 0
    most: float = inf

    @property
    def is_out(self) -> bool:
        """Whether nothing more is to be looked at."""
        return self.spent > self.most


class Definitions:
    """The schemas of the descriptions *old* and *new* in one direction."""

    def __init__(self, old: Schemas, new: Schemas, direction: Direction):
        self._schemas = (old, new)
        self._bundles = tuple(Bundles(one.shapes, direction, one.formats) for one in (old, new))
        self._classes: dict[tuple[int, str], int] = {}
        self._keys: dict[Spot, int] = {}
        self._numbers: dict[Any, int] = {}
        self._settled: dict[Spot, Spot] = {}
        self.effort = Effort()
        #: What was found out of the schemas, by whom it concerns
        self.kept: dict[Any, Any] = {}
        self._values: dict[Spot, Any] = {}
        self._validators: dict[Spot, Callable[[Any], bool]] = {}

    def root(self, side: int, node: Node) -> Spot:
        """The schema *node* of a description."""
        return Spot(side, self._bundles[side].root(node))

    def value(self, spot: Spot) -> Any:
        """What stands there: a dict, True or False."""
        found = self._values.get(spot)
        if found is None:
            found = self._bundles[spot.side].definition(spot.name)
            for key in spot.path:
                found = found[int(key)] if isinstance(found, list) else found[key]
            self._values[spot] = found
        return found

    def referred(self, spot: Spot) -> Spot | None:
        """The definition that the `$ref` there names; None where there is none."""
        value = self.value(spot)
        ref = value.get("$ref") if isinstance(value, dict) else None
        return Spot(spot.side, ref.removeprefix(_REF)) if isinstance(ref, str) else None

    def settled(self, spot: Spot) -> Spot:
        """*spot*, or what it amounts to: through references that nothing stands beside."""
        found = self._settled.get(spot)
        if found is None:
            found = spot
            for _ in range(50):
                value = self.value(found)
                if not isinstance(value, dict) or value.keys() != {"$ref"}:
                    break
                found = Spot(found.side, value["$ref"].removeprefix(_REF))
            self._settled[spot] = found
        return found

    def node(self, spot: Spot) -> Node:
        """Where it stands in the description, as near as can be told."""
        node = self._bundles[spot.side].place(spot.name)
        return node._replace(pointer=(*node.pointer, *spot.path))

    def title(self, spot: Spot) -> str | None:
        """The name of the schema that the definition of *spot* is; None where it has none."""
        return self._schemas[spot.side].shapes.named.get(self._bundles[spot.side].place(spot.name).place)

    # ---- which say the same

    def learn(self, roots: list[Spot]) -> None:
        """Find the classes of all definitions that *roots* lead to. To be called once, with all of them."""
        todo, refs, shapes = [(one.side, one.name) for one in roots], {}, {}
        while todo:
            known = todo.pop()
            if known in refs:
                continue
            found: list[str] = []
            shapes[known] = _shape(self._bundles[known[0]].definition(known[1]), found)
            refs[known] = [(known[0], name) for name in found]
            todo += refs[known]
        numbers: dict[Any, int] = {}
        classes = {one: numbers.setdefault(shape, len(numbers)) for one, shape in shapes.items()}
        refine(classes, refs)
        self._classes = classes

    def is_same(self, one: Spot, other: Spot) -> bool:
        """Whether both say the same, word for word but for names and the order of what has none."""
        return self._key(one) == self._key(other)

    def _key(self, spot: Spot) -> int:
        """A number: that of all schemas that say the same."""
        found = self._keys.get(spot)
        if found is None:
            at = self.settled(spot)
            key = (
                ("class", self._class(at.side, at.name))
                if not at.path
                else _key(self.value(at), lambda name: self._class(at.side, name))
            )
            found = self._keys[spot] = self._numbers.setdefault(key, len(self._numbers))
        return found

    def _class(self, side: int, name: str) -> Any:
        return self._classes.get((side, name), (side, name))

    # ---- validity

    def document(self, schema: Any, side: int) -> dict[str, Any]:
        """*schema* with all that it refers to."""
        names: dict[str, Any] = {}
        todo = list(_refs(schema))
        while todo:
            name = todo.pop()
            if name not in names:
                try:
                    names[name] = self._bundles[side].definition(name)
                except KeyError:  # a value that looks like a reference
                    continue
                todo += _refs(names[name])
        return {"allOf": [schema], "$defs": names}

    def accepts(self, spot: Spot, value: Any) -> bool:
        """Whether *value* fits the schema there."""
        known = self._validators.get(spot)
        if known is None:
            made = validator(self.document(self.value(spot), spot.side), self._schemas[spot.side].formats)
            known = self._validators[spot] = made.is_valid
        try:
            return known(value)
        except (ValueError, RecursionError):
            return False


def key_of(value: Any) -> Any:
    """Equal for JSON values that are equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return ("object", frozenset((name, key_of(member)) for name, member in value.items()))
    if isinstance(value, list):
        return ("array", tuple(key_of(item) for item in value))
    return ("boolean", value) if isinstance(value, bool) else value


def _refs(schema: Any) -> Iterator[str]:
    todo = [schema]
    while todo:
        at = todo.pop()
        if isinstance(at, dict):
            if isinstance(at.get("$ref"), str) and at["$ref"].startswith(_REF):
                yield at["$ref"].removeprefix(_REF)
            todo += at.values()
        elif isinstance(at, list):
            todo += at


def _shape(schema: Any, refs: list[str]) -> Any:
    """*schema* but for what it refers to, which is added to *refs* in an order that goes by what stands there."""

    def noted(name: str) -> Any:
        refs.append(name)
        return "ref"

    return _key(schema, noted, ordered=True)


def _key(schema: Any, ref: Callable[[str], Any], *, ordered: bool = False) -> Any:
    """
    *schema* as something that can be compared; *ref* gives what stands for a reference. *ordered*: alternatives count
    in their order, since their references are noted in it.
    """
    if not isinstance(schema, dict):
        return schema is not False
    found = []
    for keyword in sorted(schema):
        if keyword in _TOLD:
            continue
        found.append((keyword, _said(keyword, schema[keyword], ref, ordered)))
    return tuple(found) if found else True


def _said(keyword: str, said: Any, ref: Callable[[str], Any], ordered: bool) -> Any:
    if keyword == "$ref":
        return ref(said.removeprefix(_REF))
    if keyword == "type":
        return frozenset([said] if isinstance(said, str) else said)
    if keyword in ("required", "enum"):
        return frozenset(key_of(one) for one in said)
    if keyword in ("properties", "patternProperties", "dependentSchemas"):
        return tuple((name, _key(said[name], ref, ordered=ordered)) for name in sorted(said))
    if keyword == "dependentRequired":
        return tuple((name, frozenset(said[name])) for name in sorted(said))
    if keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        parts = [_key(one, ref, ordered=ordered) for one in said]
        return tuple(parts) if ordered or keyword == "prefixItems" else _bag(parts)
    if isinstance(said, (dict, bool)) and keyword != "const":
        return _key(said, ref, ordered=ordered) if not isinstance(said, bool) or keyword != "uniqueItems" else said
    return key_of(said)


def _bag(parts: list[Any]) -> Any:
    """*parts* without their order."""
    counted: dict[Any, int] = {}
    for part in parts:
        counted[part] = counted.get(part, 0) + 1
    return frozenset(counted.items())
