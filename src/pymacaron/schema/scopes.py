"""
What `$dynamicRef` (and 2019-09's `$recursiveRef`) means: the outermost schema of its name among those that led there.

A schema that means different things by the way that led there is as many schemas: Nodes of one place, each with the
anchors of its way as its `scope`. All that is worked out of schemas is kept by their identity, of which that is a part,
so nobody else has to know. A way counts as far as anything that is reached asks for its anchors and would find others
without it; schemas of which nothing does are the same ones on all ways.
Source: JSON Schema 2020-12 core, 8.2.3.2; 2019-09 core, 8.2.4.2. Neighbour: resources.py asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pymacaron.schema.once import once
from pymacaron.source import Node
from pymacaron.spec.identifiers import RECURSIVE
from pymacaron.spec.model import Api

__all__ = ["Scopes"]

_Place = tuple[str, tuple[str, ...]]
_DYNAMIC = ("$dynamicRef", "$recursiveRef")


class Scopes:
    """The scopes of one api's schemas. *resolve* gives what a reference of a Node names, None for nothing."""

    def __init__(self, api: Api, resolve: Callable[[str, Node], Node | None]):
        self._schemas = api.schemas
        self._references = api.references
        self._resolve = resolve
        self._nodes: dict[_Place, Node] = {}  # the anchors that stand in scopes
        self._asked: dict[_Place, frozenset[str]] = {}
        self._within: dict[_Place, tuple[frozenset[str], list[Node]]] = {}

    def dynamic(self, keyword: str, reference: str, target: Node, node: Node) -> Node:
        """What *reference*, that of *keyword* in *node*, means there; *target* is what it names."""
        name = self._name(keyword, reference, target)
        anchor = self._anchors(node).get(name) if name else None
        return self.entered(target if anchor is None else self._nodes[anchor], node)

    def entered(self, target: Node, node: Node) -> Node:
        """*target*, to which something at *node* refers, with the scope that it has on that way."""
        references = self._references
        here, there = node.document, target.document
        anchored = references.has_dynamic_anchors(here) or (there is not here and references.has_dynamic_anchors(there))
        if not anchored and not node.scope:
            return target
        meant = {**self._places(references.dynamic_anchors(target)), **self._anchors(node)}
        alone = self._places(references.surrounding_anchors(target))
        names = sorted(name for name in meant if meant[name] != alone.get(name))
        asked = self._asked_by(target) if names else frozenset()
        scope = tuple((name, meant[name]) for name in names if name in asked)
        return target._replace(scope=scope) if scope else target

    def settled(self, node: Node) -> Node:
        """*node* without that of its scope which nothing asks for that is reached from there."""
        asked = self._asked_by(node)
        kept = tuple(one for one in node.scope if one[0] in asked)
        return node if len(kept) == len(node.scope) else node._replace(scope=kept)

    def _anchors(self, node: Node) -> dict[str, _Place]:
        """dict: name -> the outermost schema of that name among those that led to *node*."""
        return {**self._places(self._references.surrounding_anchors(node)), **dict(node.scope)}

    def _places(self, anchors: Mapping[str, Node]) -> dict[str, _Place]:
        for anchor in anchors.values():
            self._nodes[anchor.place] = anchor
        return {name: anchor.place for name, anchor in anchors.items()}

    def _name(self, keyword: str, reference: str, target: Node) -> str:
        """The anchor that a dynamic reference to *target* looks for on its way; '' where it is a plain one."""
        name = RECURSIVE if keyword == "$recursiveRef" else reference.partition("#")[2]
        anchor = self._references.dynamic_anchors(target).get(name)
        return name if anchor is not None and anchor.place == target.place else ""

    def _asked_by(self, node: Node) -> frozenset[str]:
        """The anchors that any schema that is reached from *node* looks for on its way."""
        place = node.place
        if place not in self._asked:
            self._asked[place] = self._reached_from(node)
        return self._asked[place]

    def _reached_from(self, node: Node) -> frozenset[str]:
        todo, seen, found = [node], {node.place}, frozenset[str]()
        while todo:
            names, further = self._inside(todo.pop())
            found |= names
            for inner in further:
                if inner.place not in seen:
                    seen.add(inner.place)
                    todo.append(inner)
        return found

    def _inside(self, node: Node) -> tuple[frozenset[str], list[Node]]:
        """The anchors that what stands in *node* looks for; all schemas that it may refer to."""
        known = self._within.get(node.place)
        if known is None:
            known = self._within[node.place] = self._read(node)
        return known

    def _read(self, node: Node) -> tuple[frozenset[str], list[Node]]:
        names, found = set[str](), list[Node]()
        todo, seen = [node._replace(scope=())], set[int]()
        while todo:
            at = todo.pop()
            value = at.value
            if not isinstance(value, (dict, list)) or id(value) in seen:
                continue
            seen.add(id(value))  # an alias in YAML is the same object again
            if isinstance(value, list):
                todo += at.items()
                continue
            if "discriminator" in value:
                found += self._chosen(at)
            for keyword in ("$ref", *_DYNAMIC):
                reference = value.get(keyword)
                if not isinstance(reference, str) or (target := self._resolve(reference, at)) is None:
                    continue
                found.append(target)
                name = self._name(keyword, reference, target) if keyword != "$ref" else ""
                if name:
                    names.add(name)
                    found += self._references.anchors_named(name)
            todo += [child for _, child in at.members()]
        return frozenset(names), found

    def _chosen(self, node: Node) -> list[Node]:
        """The schemas that the discriminator of *node* may choose besides its alternatives."""
        said = node.value["discriminator"]
        mapping = said.get("mapping") if isinstance(said, dict) else None
        told = [*mapping.values(), said.get("defaultMapping")] if isinstance(mapping, dict) else []
        names = [name for name in told if isinstance(name, str)]
        found = [self._schemas.get(name) or self._resolve(name, node) for name in names]
        return [schema for schema in found if schema is not None] + self._heirs_of(node)

    def _heirs_of(self, node: Node) -> list[Node]:
        """The named schemas that have *node* in their allOf, at any remove."""
        found: dict[_Place, Node] = {}
        todo = [node]
        while todo:
            further = [heir for heir in self._heirs.get(todo.pop().place, ()) if heir.place not in found]
            found.update({heir.place: heir for heir in further})
            todo += further
        return list(found.values())

    @once
    def _heirs(self) -> dict[_Place, list[Node]]:
        """dict: place of a schema -> the named schemas that have it in their allOf."""
        found: dict[_Place, list[Node]] = {}
        for schema in self._schemas.values():
            for branch in schema.child("allOf").items() if schema.get("allOf") is not None else ():
                reference = branch.value.get("$ref") if isinstance(branch.value, dict) else None
                parent = self._resolve(reference, branch) if isinstance(reference, str) else None
                if parent is not None:
                    found.setdefault(parent.place, []).append(schema)
        return found
