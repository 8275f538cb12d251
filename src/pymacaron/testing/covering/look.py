"""
What there is to reach in the values of one schema, and which of it a value reaches.

Neighbours: looks.py makes these of schemas.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pymacaron.testing.covering.points import Point

__all__ = ["Look", "key"]

Fits = Callable[[Any], bool]


class Look:
    """One schema in one direction: its points, and the looks for what its values hold."""

    __slots__ = (
        "branches",
        "contained",
        "enums",
        "is_idle",
        "items",
        "null",
        "others",
        "patterned",
        "prefixed",
        "properties",
    )

    def __init__(self) -> None:
        #: Whether there is nothing to reach in its values
        self.is_idle = True
        self.enums: list[dict[str, Point]] = []
        self.null: Point | None = None
        #: Of each: whether a value is of it, its point, what else there is to reach
        self.branches: list[tuple[Fits, Point, Look | None]] = []
        #: dict: name -> the points of its presence and of its absence, None where it is required, and its look
        self.properties: dict[str, tuple[Point | None, Point | None, Look]] = {}
        #: What tells whether a name is of a pattern, None where nothing can; the look at the members that are
        self.patterned: list[tuple[Fits | None, Look]] = []
        self.others: Look | None = None
        self.prefixed: list[Look] = []
        self.items: Look | None = None
        #: Of arrays with items of a kind: whether one is, the look at it
        self.contained: list[tuple[Fits, Look]] = []

    def settle(self) -> None:
        """All of it is there."""
        held = (self.enums, self.branches, self.properties, self.patterned, self.prefixed, self.contained)
        self.is_idle = not any(held) and self.null is None and self.items is None and self.others is None

    def walk(self, value: Any, reached: set[int], points: list[Point]) -> None:
        """Add to *points* those that *value*, which fits the schema, reaches; *reached* has their id()s."""
        todo: list[tuple[Look, Any]] = [(self, value)]
        seen: set[tuple[int, int]] = set()  # two alternatives may both lead to a third, and one to itself
        while todo:
            look, at = todo.pop()
            if look.is_idle or (id(look), id(at)) in seen:
                continue
            seen.add((id(look), id(at)))
            found: list[Point | None] = [look.null] if at is None else []
            found += [values.get(key(at)) for values in look.enums]
            for fits, point, inner in look.branches:
                if fits(at):
                    found.append(point)
                    todo += [(inner, at)] if inner is not None else []
            if at.__class__ is dict:
                look._members(at, found, todo)
            elif at.__class__ is list:
                look._items(at, todo)
            for one in found:
                if one is not None and id(one) not in reached:
                    reached.add(id(one))
                    points.append(one)

    def _members(self, value: dict[str, Any], found: list[Point | None], todo: list[tuple[Look, Any]]) -> None:
        for name, (present, absent, inner) in self.properties.items():
            if name in value:
                todo.append((inner, value[name]))
                found.append(present)
            else:
                found.append(absent)
        if self.others is None and not self.patterned:
            return
        for name, member in value.items():
            is_told = name in self.properties
            for is_of, inner in self.patterned:
                if is_of is not None and is_of(name):
                    is_told = True
                    todo.append((inner, member))
            if not is_told and self.others is not None:
                todo.append((self.others, member))

    def _items(self, value: list[Any], todo: list[tuple[Look, Any]]) -> None:
        todo += zip(self.prefixed, value, strict=False)
        if self.items is not None:
            todo += [(self.items, item) for item in value[len(self.prefixed) :]]
        for fits, inner in self.contained:
            todo += [(inner, item) for item in value if fits(item)]


def key(value: Any) -> str:
    """Equal for values that are the same in JSON."""
    if value.__class__ is float and value == value // 1:
        value = int(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
