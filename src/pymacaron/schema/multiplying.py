"""
How many errors a value can have by a bundle of dialect.py: no more than it has parts, so many times as many, or without
bound.

Where schemas contain themselves by more than one way to the same place, each level of nesting multiplies the errors by
the ways: a few bytes have billions. pieces.py asks, since to look at a value for that costs time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["most_errors"]

#: The keywords that tell of one fault more than once
_EXPLOSIVE = frozenset(("anyOf", "oneOf", "propertyNames", "dependentSchemas", "if", "not"))

#: The keywords with schemas for members that `properties` does not name, and with those for items
_OTHERS = ("patternProperties", "additionalProperties", "unevaluatedProperties")
_ITEMS = ("items", "prefixItems", "contains", "unevaluatedItems")


def most_errors(bundle: Mapping[str, Any]) -> int:
    """
    The most errors that one part of a value has by one schema of *bundle*; 0 where nothing bounds those of all schemas.

    A property that is named like a keyword counts as one: what is told then may be too much, never too little.
    """
    definitions: Mapping[str, Any] = bundle["$defs"]
    references: dict[str, set[str]] = {}
    several: list[tuple[str, dict[str, Any]]] = []  # what may have two schemas for one place, and where it stands
    most = 1
    for name, definition in definitions.items():
        found = references[name] = set()
        todo = [definition]
        while todo:
            at = todo.pop()
            if at.__class__ is dict:
                if not _EXPLOSIVE.isdisjoint(at):
                    return 0
                if "required" in at and at["required"].__class__ is list:
                    most = max(most, len(at["required"]))
                if "$ref" in at:
                    found.add(_definition(at))
                if "allOf" in at or "patternProperties" in at or ("$ref" in at and len(at) > 1):
                    several.append((name, at))
                todo += at.values()
            elif at.__class__ is list:
                todo += at
    if several:
        circles = _circles(references)
        loops = _Loops(definitions, circles)
        if any(name in circles and loops.multiply(at, circles[name]) for name, at in several):
            return 0
    return most


class _Loops:
    """The ways from schemas back to themselves. *circles* is dict: definition -> the circle that it is in."""

    def __init__(self, definitions: Mapping[str, Any], circles: Mapping[str, int]):
        self._definitions = definitions
        self._circles = circles

    def multiply(self, schema: dict[str, Any], circle: int) -> bool:
        """Whether more than one way leads from one place in values of *schema* back to the *circle* that it is in."""
        parts = self._parts(schema)
        seen, twice = set[str](), set[str]()
        for part in parts:
            names = part.get("properties", {}).keys()
            twice |= seen & names
            seen |= names
        for name in twice:
            held = [part["properties"][name] for part in parts if name in part.get("properties", ())]
            if self._leading(held, circle) > 1:
                return True
        if self._leading([[part.get(keyword) for keyword in _ITEMS] for part in parts], circle) > 1:
            return True
        others = [part for part in parts if self._leads([part.get(keyword) for keyword in _OTHERS], circle)]
        if len(others) != 1:
            return len(others) > 1
        beside = parts if "patternProperties" in others[0] else [part for part in parts if part is not others[0]]
        return any(self._leads(part.get("properties"), circle) for part in beside)

    def _parts(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """*schema* and what it applies to the same value by `$ref` and allOf: what it does twice or more, twice."""
        found: list[dict[str, Any]] = []
        times: Counter[int] = Counter()
        todo: list[Any] = [schema]
        while todo:
            at = todo.pop()
            if at.__class__ is not dict or times[id(at)] == 2:
                continue
            times[id(at)] += 1
            found.append(at)
            todo += at.get("allOf", ())
            if "$ref" in at:
                todo.append(self._definitions.get(_definition(at)))
        return found

    def _leading(self, schemas: Iterable[Any], circle: int) -> int:
        return sum([self._leads(schema, circle) for schema in schemas])

    def _leads(self, schemas: Any, circle: int) -> bool:
        """Whether anything in *schemas* refers to a definition of *circle*."""
        todo = [schemas]
        while todo:
            at = todo.pop()
            if at.__class__ is dict:
                if "$ref" in at and self._circles.get(_definition(at)) == circle:
                    return True
                todo += at.values()
            elif at.__class__ is list:
                todo += at
        return False


def _definition(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).removeprefix("#/$defs/")


def _circles(references: Mapping[str, set[str]]) -> dict[str, int]:
    """
    dict: name -> number of its circle, of those that reach themselves: the same for those that reach one another.

    Source: R. Tarjan, "Depth-first search and linear graph algorithms", 1972; without its recursion.
    """
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    found: dict[str, int] = {}
    open_: list[str] = []
    waiting: set[str] = set()
    for root in references:
        if root in numbers:
            continue
        way: list[tuple[str, Iterator[str]]] = []
        entering: str | None = root
        while entering is not None or way:
            if entering is not None:
                numbers[entering] = lowest[entering] = len(numbers)
                open_.append(entering)
                waiting.add(entering)
                way.append((entering, iter(references[entering])))
                entering = None
            name, inner = way[-1]
            for one in inner:
                if one in numbers:
                    if one in waiting:
                        lowest[name] = min(lowest[name], numbers[one])
                elif one in references:
                    entering = one
                    break
            if entering is not None:
                continue
            way.pop()
            if way:
                lowest[way[-1][0]] = min(lowest[way[-1][0]], lowest[name])
            if lowest[name] == numbers[name]:
                start = len(open_) - 1
                while open_[start] != name:
                    start -= 1
                circle = open_[start:]
                del open_[start:]
                waiting.difference_update(circle)
                if len(circle) > 1 or name in references[name]:
                    found.update(dict.fromkeys(circle, numbers[name]))
    return found
