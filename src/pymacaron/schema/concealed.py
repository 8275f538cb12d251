"""
Responses without their writeOnly members, and what clients send without those that are readOnly, as a graph of the
walks of outgoing.py, one for each schema that reaches any.

A member is left out where any schema of it says writeOnly: also one behind a pattern of its name, or of all names that
are not declared, or on a condition, whether that holds or not. Of oneOf and anyOf, those count that the value fits.
Source: OpenAPI 3.0.4 and 3.1.1, "writeOnly": "SHOULD NOT be sent as part of the response", and "readOnly" of requests,
of which Swagger 2.0 has "MUST NOT".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pymacaron.schema.marks import conditional, is_marked, others
from pymacaron.schema.models import Model
from pymacaron.schema.outgoing import Fits, Walk, Walks
from pymacaron.schema.shape import Shapes
from pymacaron.schema.wire import plain
from pymacaron.source import Node

__all__ = ["Concealed", "Withheld"]


class _ConcealingWalk(Walk):
    """What one schema itself leaves out; `also` are the walks of all that it applies to the same value."""

    __slots__ = ("also", "dropped", "others", "ranges")

    def __init__(self) -> None:
        super().__init__()
        self.also: list[Walk] = []
        self.dropped: frozenset[str] = frozenset()
        #: (whether it is for a name, whether members of that name are left out, what is done to them)
        self.others: list[tuple[Callable[[str], bool], bool, Walk | None]] = []
        #: (index of the first item, index after the last one or None for the end, what is done to them)
        self.ranges: list[tuple[int, int | None, Walk]] = []

    def of_model(self, model: Model) -> tuple[Any, Walk | None]:
        """A model leaves its own members out itself; those of the place where it stands have to be left out as well."""
        own = model.__pym_record__.conceal
        if own is self:
            return model, None
        return model.__pym_reply__, own  # type: ignore[return-value]

    def beside(self, value: Any) -> Iterator[Walk]:
        yield from self.also
        named = self.heir(value) if self.heir is not None and isinstance(value, Mapping) else None
        if named is not None:
            yield named

    def leaves_out(self, value: Mapping[Any, Any]) -> Iterator[Any]:
        if not self.others:
            yield from self.dropped
            return
        for name in value:
            text = str(name)
            if text in self.dropped or any(dropped and test(text) for test, dropped, _ in self.others):
                yield name

    def inside(self, value: Any) -> Iterator[tuple[Any, Walk]]:
        if not isinstance(value, Mapping):
            for first, end, walk in self.ranges:
                yield from ((index, walk) for index in range(first, min(len(value), end or len(value))))
            return
        yield from ((name, walk) for name, walk in self.members.items() if name in value)
        for test, _, other in self.others:
            if other is not None:
                yield from ((name, other) for name in value if test(str(name)))


class _WithholdingWalk(_ConcealingWalk):
    """The same for requests, whose models leave nothing out themselves."""

    __slots__ = ()

    def of_model(self, model: Model) -> tuple[Any, Walk | None]:
        return model.__pym_wire__, None


class Concealed(Walks):
    """The walks of one api's responses. Thread-safe. *fits*: whether a plain JSON value is valid."""

    kind: type[Walk] = _ConcealingWalk
    #: What a schema says of what is left out
    mark = "writeOnly"

    def __init__(self, shapes: Shapes, fits: Fits):
        super().__init__(shapes, fits)
        self._none: bool | None = None

    def of(self, schema: Node) -> Walk | None:
        return None if self._is_unused() else super().of(schema)

    def reaches(self, schema: Node) -> bool:
        return not self._is_unused() and super().reaches(schema)

    def _is_unused(self) -> bool:
        """Whether no document of the api has the word, which is cheaper to tell than that no schema means it."""
        if self._none is None:
            documents = self._shapes.api.references.documents.values()
            is_known = self.mark == "readOnly" or self._shapes.api.dialect != "2.0"
            self._none = not is_known or not any(self.mark.encode() in one.text for one in documents)
        return self._none

    def _target(self, schema: Node) -> Node:
        """What *schema* refers to, where it says nothing else."""
        seen = set()
        while isinstance(schema.value, dict) and schema.identity not in seen:
            seen.add(schema.identity)
            if len(schema.value) > 1 and not self._shapes.is_ignored(schema):
                break
            inner = self._shapes.referred(schema)
            if inner is None:
                break
            schema = inner
        return self._shapes.resources.settled(schema)

    def _is_marked(self, schema: Node) -> bool:
        return is_marked(self._shapes, schema, self.mark)

    def _members(self, node: Node) -> list[tuple[str, Node]]:
        """The properties that *node* itself declares."""
        if self._shapes.is_ignored(node) or "properties" not in node.value:
            return []
        return [(str(name), schema) for name, schema in node.child("properties").members()]

    def _ranges(self, node: Node) -> list[tuple[int, int | None, Node]]:
        """The schemas that *node* itself has for the items of arrays: index of the first, of the one after the last."""
        if self._shapes.is_ignored(node):
            return []
        rules, value = self._shapes.rules(node), node.value
        prefix, rest = ("prefixItems", "items")
        if isinstance(value.get("items"), list):
            prefix, rest = ("items", "additionalItems")
        told = node.child(prefix).items() if prefix in value and (prefix == "items" or prefix in rules.many) else []
        found: list[tuple[int, int | None, Node]] = [(index, index + 1, item) for index, item in enumerate(told)]
        if rest in value:
            found.append((len(told), None, node.child(rest)))
        for keyword in ("contains", "unevaluatedItems"):
            if keyword in value and keyword in rules.one:
                found.append((0, None, node.child(keyword)))
        return found

    def _beside(self, node: Node) -> list[Node]:
        return [*self._shapes.applied(node), *conditional(self._shapes, node)]

    def _edges(self, node: Node) -> Iterator[Node]:
        shapes = self._shapes
        yield from (schema for _, schema in self._members(node))
        yield from (schema for _, schema in others(shapes, node))
        yield from (schema for _, _, schema in self._ranges(node))
        yield from self._beside(node)
        yield from shapes.alternatives(node)
        if shapes.is_ancestor(node):
            yield from shapes.discriminator(node).mapping.values()  # type: ignore[union-attr]

    def _is_hit(self, node: Node) -> bool:
        schemas = [*self._members(node), *others(self._shapes, node)]
        return any(self._is_marked(schema) for _, schema in schemas)

    def _fill(self, walk: Walk, node: Node) -> None:
        assert isinstance(walk, _ConcealingWalk)
        members = self._members(node)
        walk.dropped = frozenset(name for name, schema in members if self._is_marked(schema))
        for name, schema in members:
            inner = self.of(schema)
            if inner is not None and name not in walk.dropped:
                walk.members[name] = inner
        for test, schema in others(self._shapes, node):
            dropped, inner = self._is_marked(schema), self.of(schema)
            if dropped or inner is not None:
                walk.others.append((test, dropped, inner))
        for first, end, schema in self._ranges(node):
            inner = self.of(schema)
            if inner is not None:
                walk.ranges.append((first, end, inner))
        walk.also = [inner for inner in map(self.of, self._beside(node)) if inner is not None]
        self._fill_choice(walk, node, self._shapes.alternatives(node), several="anyOf" in node.value)

    def _is_named(self, named: Node, value: Any) -> bool:
        try:
            return self._fits(named, plain(value))
        except (ValueError, TypeError):
            return False

    def _fitting(self, value: Any, branches: list[tuple[Node, Walk | None]]) -> list[Walk]:
        """All alternatives that the value fits, or all there are where it fits none: what is secret stays so."""
        try:
            sent = plain(value)
        except (ValueError, TypeError):  # what will not be sent
            return []
        fitting = [walk for branch, walk in branches if self._fits(branch, sent)]
        return [walk for walk in fitting or [walk for _, walk in branches] if walk is not None]


class Withheld(Concealed):
    """The walks of what clients send: without what is readOnly."""

    kind = _WithholdingWalk
    mark = "readOnly"
