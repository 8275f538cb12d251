"""
What of a description there is to reach: one Point each, and how often calls reached it.

docs/coverage.md says exactly what counts. Neighbours: surface.py makes those of operations, looks.py those of schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pymacaron.source import Node

__all__ = ["KINDS", "Owner", "Point", "Points"]

#: dict: kind -> what its points are called in a table, in the order in which they are told
KINDS = {
    "operation": "operations",
    "status": "statuses",
    "error": "errors",
    "parameter": "parameters",
    "media-type": "media types",
    "header": "response headers",
    "branch": "schema branches",
    "property": "optional properties",
    "enum": "enum values",
    "null": "nulls",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a point belongs to: an operation, as `GET /v1/pets`, or a part that several share, as `Pet`, of an api."""

    api: str
    name: str
    is_operation: bool


@dataclass(slots=True)
class Point:
    """`what`: in words, as `query limit: sent`. `count`: the calls that reached it. `id` is the same in any run."""

    id: str
    kind: str
    owner: Owner
    what: str
    file: str
    line: int
    count: int = 0


@dataclass(slots=True)
class _Made:
    point: Point
    node: Node
    is_key: bool


@dataclass(slots=True)
class Points:
    """The points of one api, by id. Their lines are looked up at the end, once."""

    made: dict[str, _Made] = field(default_factory=dict)

    def add(self, kind: str, owner: Owner, what: str, node: Node, detail: str, *, key: bool = True) -> Point:
        """The point *detail* of *node*, made when it is new; it stands at the key of *node*, or at its value."""
        place = "/".join(one.replace("~", "~0").replace("/", "~1") for one in node.pointer)
        name = f"{owner.api} {kind} {node.document.name.rpartition('/')[2]}#/{place} {detail}"
        known = self.made.get(name)
        if known is None:
            known = self.made[name] = _Made(Point(name, kind, owner, what, node.document.name, 0), node, key)
        return known.point

    def placed(self) -> Iterator[Point]:
        """All of them, with their lines."""
        lines: dict[tuple[tuple[str, tuple[str, ...]], bool], int] = {}
        for one in self.made.values():
            place = one.node.place, one.is_key
            if place not in lines:
                lines[place] = one.node.document.position(one.node.pointer, key=one.is_key).line
            one.point.line = lines[place]
            yield one.point
