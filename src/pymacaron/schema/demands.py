"""
Which properties schemas demand, and which of those a direction does not: readOnly in requests, writeOnly in responses.

Source: OpenAPI 3.0.4 and 3.1.1, "Schema Object", readOnly and writeOnly; Swagger 2.0 has readOnly only.
"""

from __future__ import annotations

from typing import Any, Literal

from pymacaron.schema.folds import folded
from pymacaron.schema.keywords import names_in
from pymacaron.schema.shape import Identity, Shapes
from pymacaron.source import Node

__all__ = ["Demands", "Direction"]

Direction = Literal["request", "response"]

#: The keywords by which another schema applies to the same value, whatever it is
_APPLYING = frozenset(("$ref", "$dynamicRef", "$recursiveRef", "allOf"))

_NONE: frozenset[str] = frozenset()


class Demands:
    """The schemas of one api in one direction. Answers are kept."""

    def __init__(self, shapes: Shapes, direction: Direction):
        self._shapes = shapes
        self._mark = "readOnly" if direction == "request" else "" if shapes.api.dialect == "2.0" else "writeOnly"
        self._marks: dict[Identity, frozenset[str]] = {}
        self._demanded: dict[Identity, frozenset[str]] = {}

    def unsent(self, node: Node) -> frozenset[str]:
        """The properties of *node* that are readOnly (requests) or writeOnly (responses)."""
        if not self._mark:
            return _NONE
        marked = self._marked(node)
        branches = self._shapes.branches(node)
        if not branches:
            return marked
        undeclared = self.required(node) - marked - self._shapes.own_properties(node).keys()
        return marked | {name for name in undeclared if self._is_marked_by(branches, name)}

    def _is_marked_by(self, branches: list[Node], name: str) -> bool:
        """Whether every alternative that declares the property *name* says that it is not sent."""
        todo, seen, declared = list(branches), set[Identity](), False
        while todo:
            branch = todo.pop()
            if branch.identity in seen:
                continue
            seen.add(branch.identity)
            if name in self._shapes.own_properties(branch):
                declared = True
                if name not in self._marked(branch):
                    return False
            todo += self._shapes.branches(branch)
        return declared

    def _marked(self, node: Node) -> frozenset[str]:
        """
        The properties that `own_properties` has and that say readOnly, or writeOnly, in any of their schemas.

        Source: JSON Schema 2020-12 validation, 9.4: it counts where any of the schemas of a value says so.
        """
        return folded(node, self._marks, self._shapes.applied, self._marks_of, _NONE)

    def _marks_of(self, node: Node, applied: list[frozenset[str]]) -> frozenset[str]:
        properties = {} if self._shapes.is_ignored(node) else node.value.get("properties")
        found = _NONE
        if isinstance(properties, dict):
            found = frozenset(str(name) for name in properties if self._is_marked_there(node, name, properties[name]))
        told = [names for names in applied if names]
        return told[0] if not found and len(told) == 1 else found.union(*told)

    def _is_marked_there(self, node: Node, name: str, value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        if _APPLYING.isdisjoint(value):
            return value.get(self._mark) is True
        return self._is_marked(node.child("properties").child(name))

    def _is_marked(self, schema: Node) -> bool:
        """Whether *schema* says that it is not sent, its `$ref` and allOf followed."""
        return any(part.get(self._mark) is True for part in self._shapes.spoken(schema))

    def required(self, node: Node) -> frozenset[str]:
        """The properties that *node* may demand, by itself, by `$ref`, by allOf and by its alternatives."""
        return folded(node, self._demanded, self._conditional, self._demanded_by, _NONE)

    def _demanded_by(self, node: Node, applied: list[frozenset[str]]) -> frozenset[str]:
        found: set[str] = set()
        if not self._shapes.is_ignored(node):
            found.update(names_in(node.value.get("required")) or ())
            for keyword in ("dependentRequired", "dependencies"):
                lists = node.value.get(keyword)
                for names in lists.values() if isinstance(lists, dict) else ():
                    found.update(names_in(names) or ())
        told = [names for names in applied if names - found]
        return told[0] if not found and len(told) == 1 else frozenset(found).union(*told)

    def _conditional(self, node: Node) -> list[Node]:
        """What *node* itself applies to the same value, whatever that depends on."""
        found = self._shapes.applied(node)
        if not self._shapes.is_ignored(node):
            for keyword in ("oneOf", "anyOf"):
                found += node.child(keyword).items() if keyword in node.value else []
            found += [node.child(keyword) for keyword in ("then", "else") if keyword in node.value]
            for keyword in ("dependentSchemas", "dependencies"):
                found += [schema for _, schema in node.child(keyword).members()] if keyword in node.value else []
        return found
