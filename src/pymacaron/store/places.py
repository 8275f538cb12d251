"""
Where in the values of a schema base64 stands (`format: byte`), which is stored as the bytes that it means.

Nothing is lost where this knows too little, or too much: values.py keeps the text beside bytes that say less, and text
that is no base64 as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pymacaron.schema.shape import Identity, Shapes
from pymacaron.source import Node
from pymacaron.store.declared import format_of

__all__ = ["Place", "Places"]


@dataclass(slots=True, eq=False)
class Place:
    """
    What is stored otherwise than it stands in JSON: the value itself (`is_bytes`), its members by name, all `others`,
    the `items` of a list. None stands for a place where nothing is.
    """

    is_bytes: bool = False
    members: dict[str, Place | None] = field(default_factory=dict)
    others: Place | None = None
    items: Place | None = None

    def member(self, name: str) -> Place | None:
        return self.members.get(name, self.others)


class Places:
    """The places of the schemas of one api."""

    def __init__(self, shapes: Shapes):
        self._shapes = shapes
        self._made: dict[Identity, Place] = {}

    def of(self, schema: Node) -> Place | None:
        """What is stored otherwise of values of *schema*; None where nothing is."""
        node = self._shapes.target(schema)
        if not self._reaches(node):
            return None
        made = self._made.get(node.identity)
        if made is None:
            made = self._made[node.identity] = Place(self._is_bytes(node))
            made.members = {name: self.of(one) for name, one in self._shapes.properties(node).items()}
            made.others, made.items = self._first(node, "additionalProperties"), self._first(node, "items")
        return made

    def _first(self, node: Node, keyword: str) -> Place | None:
        found = self._shapes.first(node, keyword)
        return self.of(found) if found is not None and isinstance(found.value, dict) else None

    def _is_bytes(self, node: Node) -> bool:
        return "string" in self._shapes.types(node) and format_of(self._shapes, node) == "byte"

    def _reaches(self, root: Node) -> bool:
        todo, seen = [root], set[Identity]()
        while todo:
            node = self._shapes.target(todo.pop())
            if node.identity in seen:
                continue
            seen.add(node.identity)
            if self._is_bytes(node):
                return True
            todo += self._inner(node).values()
        return False

    def _inner(self, node: Node) -> Mapping[str, Node]:
        found = dict(self._shapes.properties(node))
        for keyword in ("additionalProperties", "items"):
            one = self._shapes.first(node, keyword)
            if one is not None and isinstance(one.value, dict):
                found[f"\0{keyword}"] = one
        return found
