"""
Schemas -> what there is to reach in their values.

Each schema is looked at once in each direction; what several share is one thing to reach. What a value must not be, or
is asked for a condition alone (`not`, `if`), is not gone into. Neighbours: schema/shape.py tells what a schema says;
look.py has values.
"""

from __future__ import annotations

from typing import Any, Literal

from pymacaron.schema.codec import Schemas
from pymacaron.schema.marks import is_marked
from pymacaron.schema.patterns import matches
from pymacaron.schema.shape import TYPES, Identity
from pymacaron.source import Node
from pymacaron.testing.covering.look import Fits, Look, key
from pymacaron.testing.covering.points import Owner, Point, Points

__all__ = ["Direction", "Looks"]

Direction = Literal["request", "response"]

#: Where the parts of a description stand that several may share, by their first tokens
_SHARED = frozenset(("components", "definitions", "parameters", "responses"))


class Looks:
    """The looks at the schemas of one api."""

    def __init__(self, api: str, schemas: Schemas, points: Points):
        self._api = api
        self._schemas = schemas
        self._shapes = schemas.shapes
        self._points = points
        self._known: dict[tuple[Direction, Identity], Look] = {}

    def of(self, schema: Node, direction: Direction, owner: Owner, trail: str = "") -> Look:
        """
        The look at *schema*, which *owner* has; *trail*: what its values are called there, as `body` or `query limit`.
        """
        todo: list[tuple[Look, Node, Owner, str]] = []
        found = self._look(schema, direction, owner, trail, todo)
        while todo:
            look, node, at_owner, at_trail = todo.pop()
            self._fill(look, node, direction, at_owner, at_trail, todo)
        return found

    def _look(self, schema: Node, direction: Direction, owner: Owner, trail: str, todo: list[Any]) -> Look:
        node = self._shapes.target(schema)
        known = self._known.get((direction, node.identity))
        if known is None:
            known = self._known[direction, node.identity] = Look()
            owner, trail = self._owner(node, owner, trail)
            todo.append((known, node, owner, trail))
        return known

    def _owner(self, node: Node, owner: Owner, trail: str) -> tuple[Owner, str]:
        """Whom *node* belongs to: the part of the description by its name, where it is one itself."""
        pointer = node.pointer
        if not pointer or pointer[0] not in _SHARED or len(pointer) != (3 if pointer[0] == "components" else 2):
            return owner, trail
        return Owner(self._api, pointer[-1], False), ""

    def _fill(self, look: Look, node: Node, direction: Direction, owner: Owner, trail: str, todo: list[Any]) -> None:
        shapes = self._shapes
        parts = [part for part in shapes.parts(node) if not shapes.is_ignored(part)]
        for part in parts:
            inner, at = self._owner(part, owner, trail)
            self._enums(look, part, direction, inner, at)
            self._branches(look, (node, part), direction, inner, at, todo)
            self._conditions(look, part, direction, inner, at, todo)
        types = shapes.types(node)
        listed = any(isinstance(part.value.get("enum"), list) and None in part.value["enum"] for part in parts)
        if "null" in types and types != TYPES and len(types) > 1 and not listed:
            what = f"{direction}: {trail or 'it'} is null"
            look.null = self._points.add("null", owner, what, node, direction)
        self._properties(look, node, direction, owner, trail, todo)
        self._held(look, node, direction, owner, trail, todo)
        look.settle()

    def _enums(self, look: Look, part: Node, direction: Direction, owner: Owner, trail: str) -> None:
        values = part.value.get("enum")
        if not isinstance(values, list) or len(values) < 2:
            return
        found: dict[str, Point] = {}
        for node in part.child("enum").items():
            text = key(node.value)
            what = f"{direction}: {trail or 'it'} is {text if len(text) < 60 else text[:60] + '…'}"
            found[text] = self._points.add("enum", owner, what, node, direction, key=False)
        look.enums.append(found)

    def _branches(
        self, look: Look, nodes: tuple[Node, Node], direction: Direction, owner: Owner, trail: str, todo: list[Any]
    ) -> None:
        """*nodes*: the schema, and the part of it whose alternatives these are; those that extend it are its own."""
        node, part = nodes
        named = [
            (_title(one, number), one) for several in self._shapes.choices(part) for number, one in enumerate(several)
        ]
        named = named if len(named) > 1 else []
        alone = [] if named else [one for several in self._shapes.choices(part) for one in several]
        for title, branch in named:
            point = self._points.add(
                "branch", owner, f"{direction}: {trail or 'it'} is {title}", branch, direction, key=False
            )
            inner = self._look(branch, direction, owner, trail, todo)
            look.branches.append((self._schemas.codec(branch, direction).fits, point, inner))
        for branch in alone:
            inner = self._look(branch, direction, owner, trail, todo)
            told = "not null" if "null" in self._shapes.types(node) else _title(branch, 0)
            what = f"{direction}: {trail or 'it'} is {told}"
            point = self._points.add("branch", owner, what, branch, direction, key=False)
            look.branches.append((self._schemas.codec(branch, direction).fits, point, inner))
        is_ancestor = part.identity == node.identity and self._shapes.is_ancestor(part)
        rule = self._shapes.discriminator(part) if is_ancestor else None
        for value, heir in rule.mapping.items() if rule is not None else ():
            what = f"{direction}: {trail or 'it'} is {value}"
            point = self._points.add("branch", owner, what, heir, f"{direction} {value}")
            is_it = _named(rule.property, value)  # type: ignore[union-attr]
            look.branches.append((is_it, point, self._look(heir, direction, owner, trail, todo)))

    def _conditions(
        self, look: Look, part: Node, direction: Direction, owner: Owner, trail: str, todo: list[Any]
    ) -> None:
        """Both ways that `if` has."""
        rules, value = self._shapes.rules(part), part.value
        if "if" in rules.one and isinstance(value.get("if"), dict) and ("then" in value or "else" in value):
            fits = self._schemas.codec(part.child("if"), direction).fits
            for keyword, told, is_so in (("then", "fits `if`", fits), ("else", "does not fit `if`", _not(fits))):
                way = part.child(keyword) if keyword in value else None
                at = f"{direction}: {trail or 'it'} {told}"
                point = self._points.add("branch", owner, at, way or part.child("if"), f"{direction} {keyword}")
                inner = None if way is None else self._look(way, direction, owner, trail, todo)
                look.branches.append((is_so, point, inner))

    def _properties(
        self, look: Look, node: Node, direction: Direction, owner: Owner, trail: str, todo: list[Any]
    ) -> None:
        required = {
            name
            for part in self._shapes.parts(node)
            if not self._shapes.is_ignored(part) and isinstance(part.value.get("required"), list)
            for name in part.value["required"]
            if isinstance(name, str)
        }
        mark = "readOnly" if direction == "request" else "writeOnly"
        for name, schema in self._shapes.own_properties(node).items():
            if is_marked(self._shapes, schema, mark):
                continue
            holder, at = self._holder(schema, owner, trail)
            at = f"{at}.{name}" if at else name
            present = absent = None
            if name not in required:
                present = self._points.add(
                    "property", holder, f"{direction}: {at} present", schema, f"{direction} present"
                )
                absent = self._points.add(
                    "property", holder, f"{direction}: {at} absent", schema, f"{direction} absent"
                )
            look.properties[name] = present, absent, self._look(schema, direction, holder, at, todo)

    def _holder(self, schema: Node, owner: Owner, trail: str) -> tuple[Owner, str]:
        """Whom the object belongs to that declares *schema* as a property: a named schema by allOf, or *owner*."""
        pointer = schema.pointer
        size = 3 if pointer[:1] == ("components",) else 2
        if pointer and pointer[0] in _SHARED and len(pointer) == size + 2 and pointer[-2] == "properties":
            return Owner(self._api, pointer[size - 1], False), ""
        return owner, trail

    def _held(self, look: Look, node: Node, direction: Direction, owner: Owner, trail: str, todo: list[Any]) -> None:
        prefixed = self._shapes.first(node, "prefixItems")
        if prefixed is not None:
            listed = enumerate(prefixed.items())
            look.prefixed = [self._look(one, direction, owner, f"{trail}[{at}]", todo) for at, one in listed]
        items = self._shapes.first(node, "items")
        if items is not None and isinstance(items.value, dict):
            look.items = self._look(items, direction, owner, f"{trail}[]", todo)
        contains = self._shapes.first(node, "contains")
        if contains is not None and isinstance(contains.value, dict):
            fits = self._schemas.codec(contains, direction).fits
            look.contained = [(fits, self._look(contains, direction, owner, f"{trail}[]", todo))]
        for part in self._shapes.parts(node):
            patterns = None if self._shapes.is_ignored(part) else part.get("patternProperties")
            for pattern, schema in patterns.members() if patterns is not None else ():
                inner = self._look(schema, direction, owner, f"{trail}.*" if trail else "*", todo)
                look.patterned.append((matches(str(pattern)), inner))
        others = self._shapes.first(node, "additionalProperties")
        if others is not None and isinstance(others.value, dict):
            look.others = self._look(others, direction, owner, f"{trail}.*" if trail else "*", todo)


def _not(fits: Fits) -> Fits:
    return lambda value: not fits(value)


def _named(name: str, wanted: str) -> Fits:
    return lambda value: isinstance(value, dict) and value.get(name) == wanted


def _title(branch: Node, number: int) -> str:
    """What an alternative is called: by its reference, by its title, else by its number."""
    value = branch.value if isinstance(branch.value, dict) else {}
    reference, title = value.get("$ref"), value.get("title")
    if isinstance(reference, str):
        return reference.rpartition("/")[2]
    kind = value.get("type")
    told = title if isinstance(title, str) else kind if isinstance(kind, str) else ""
    return f"alternative {number + 1}" + (f" ({told})" if told else "")
