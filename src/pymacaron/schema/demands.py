"""
Which properties schemas demand, and which of those a direction does not: readOnly in requests, writeOnly in responses.

Source: OpenAPI 3.0.4 and 3.1.1, "Schema Object", readOnly and writeOnly; Swagger 2.0 has readOnly only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pymacaron.schema.folds import folded
from pymacaron.schema.keywords import names_in
from pymacaron.schema.marks import conditional, is_marked, is_written, others
from pymacaron.schema.shape import Identity, Shapes
from pymacaron.source import Node

__all__ = ["COUNTED", "Demands", "Direction"]

Direction = Literal["request", "response"]

#: The keywords by which another schema applies to the same value
_APPLYING = frozenset(("$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf"))

#: The keywords for members that a schema does not name
_OTHERS = frozenset(("patternProperties", "additionalProperties", "unevaluatedProperties"))

#: Stands among the names for `minProperties`, which responses that lose members cannot be held to. No member has this
#: name: JSON holds no half of a surrogate pair
COUNTED = "\ud800minProperties"

_Test = Callable[[str], bool]

_NONE: frozenset[str] = frozenset()
_NO_TESTS: frozenset[_Test] = frozenset()


class Demands:
    """The schemas of one api in one direction. Answers are kept."""

    def __init__(self, shapes: Shapes, direction: Direction):
        self._shapes = shapes
        mark = "readOnly" if direction == "request" else "" if shapes.api.dialect == "2.0" else "writeOnly"
        self._mark = mark if mark and is_written(shapes.api, mark) else ""
        self._marks: dict[Identity, frozenset[str]] = {}
        self._tests: dict[Identity, frozenset[_Test]] = {}
        self._losing: dict[Identity, bool] = {}
        self._demanded: dict[Identity, frozenset[str]] = {}

    def unsent(self, node: Node) -> frozenset[str]:
        """
        The properties of *node* that are readOnly (requests) or writeOnly (responses), those that it names and those
        that it demands; COUNTED where its values may lose members.
        """
        if not self._mark:
            return _NONE
        marked = self._marked(node)
        tests = folded(node, self._tests, self._applied, self._tests_of, _NO_TESTS)
        if tests:
            marked |= {name for name in self.required(node) - {COUNTED} if any(test(name) for test in tests)}
        branches = self._shapes.branches(node)
        if branches:
            undeclared = self.required(node) - marked - self._shapes.own_properties(node).keys()
            marked |= {name for name in undeclared if self._is_marked_by(branches, name)}
        if self._mark == "writeOnly" and folded(node, self._losing, self._any, self._loses, False):
            marked |= {COUNTED}
        return marked

    def _applied(self, node: Node) -> list[Node]:
        """What says which members of *node* are not sent. Those of a response are left out on any condition."""
        applied = self._shapes.applied(node)
        return applied + conditional(self._shapes, node) if self._mark == "writeOnly" else applied

    def _any(self, node: Node) -> list[Node]:
        return self._applied(node) + self._shapes.alternatives(node)

    def _tests_of(self, node: Node, applied: list[frozenset[_Test]]) -> frozenset[_Test]:
        """What tells of names that *node* does not declare that they are not sent."""
        found = _NO_TESTS
        if not self._shapes.is_ignored(node) and not _OTHERS.isdisjoint(node.value):
            told = others(self._shapes, node)
            found = frozenset(test for test, schema in told if is_marked(self._shapes, schema, self._mark))
        inner = [tests for tests in applied if tests]
        return inner[0] if not found and len(inner) == 1 else found.union(*inner)

    def _loses(self, node: Node, applied: list[bool]) -> bool:
        return any(applied) or bool(self._marks_of(node, []) or self._tests_of(node, []))

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
        return folded(node, self._marks, self._applied, self._marks_of, _NONE)

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
        return is_marked(self._shapes, node.child("properties").child(name), self._mark)

    def required(self, node: Node) -> frozenset[str]:
        """The properties that *node* may demand, by itself, by `$ref`, by allOf and by its alternatives."""
        return folded(node, self._demanded, self._conditional, self._demanded_by, _NONE)

    def _demanded_by(self, node: Node, applied: list[frozenset[str]]) -> frozenset[str]:
        found: set[str] = set()
        if not self._shapes.is_ignored(node):
            found.update(names_in(node.value.get("required")) or ())
            if "minProperties" in node.value:
                found.add(COUNTED)
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
