"""
A call -> the operation that it is of, by the rules that a service finds it by.

Of each segment a literal goes before a variable, from the left to the right, and a path that is found without the
method is nobody's. Neighbours: server/routes.py makes rules of templates; counting.py asks here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, unquote

from pymacaron.server.routes import Route, Target, routes

__all__ = ["Paths"]

_T = TypeVar("_T")
_VARIABLE = re.compile(r"\{[^{}/]*\}")


@dataclass(slots=True)
class _Place(Generic[_T]):
    """Where templates stand after a segment: what follows by its text, by a pattern, whatever it is."""

    fixed: dict[str, _Place[_T]] = field(default_factory=dict)
    mixed: dict[str, tuple[re.Pattern[str], _Place[_T]]] = field(default_factory=dict)
    variable: _Place[_T] | None = None
    methods: dict[str, Route[_T]] = field(default_factory=dict)

    def hold(self, segment: str) -> _Place[_T]:
        if not _VARIABLE.search(segment):
            return self.fixed.setdefault(unquote(segment), _Place())
        if _VARIABLE.fullmatch(segment):
            self.variable = self.variable or _Place()
            return self.variable
        text = "(.+)".join(re.escape(unquote(part)) for part in _VARIABLE.split(segment))
        return self.mixed.setdefault(text, (re.compile(text), _Place()))[1]


class Paths(Generic[_T]):
    """*operations*: (method, path template with the base path, what it is), in the order of the service."""

    def __init__(self, operations: Iterable[tuple[str, str, _T]]):
        self._root = _Place[_T]()
        listed = list(operations)
        for route in routes([(method, path, index) for index, (method, path, _) in enumerate(listed)]):
            targets = tuple(Target(one.query, one.names, listed[one.what][2]) for one in route.targets)
            template = listed[route.targets[0].what][1].partition("#")[0].partition("?")[0]
            place = self._root
            for segment in template.lstrip("/").split("/"):
                place = place.hold(segment)
            place.methods.setdefault(route.method, Route(route.method, route.rule, targets))
        self._known: dict[str, tuple[_Place[_T], list[str]] | None] = {}

    def find(self, method: str, path: str, query: str) -> tuple[_T, Mapping[str, str]] | None:
        """What *method* at *path*, percent-encoded, is, and the values in it, still encoded; None where nothing is."""
        if path not in self._known:
            if len(self._known) > 50_000:
                self._known.clear()
            values: list[str] = []
            place = _found(self._root, path.removeprefix("/").split("/"), 0, values)
            self._known[path] = None if place is None else (place, values)
        known = self._known[path]
        route = known[0].methods.get(method) if known is not None else None
        if known is None or route is None:
            return None
        pairs = set(parse_qsl(query, keep_blank_values=True)) if len(route.targets) > 1 or route.rule.query else set()
        for target in route.targets:
            if pairs.issuperset(target.query):
                return target.what, dict(zip(target.names, known[1], strict=False))
        return None


def _found(place: _Place[_T], parts: list[str], number: int, values: list[str]) -> _Place[_T] | None:
    if number == len(parts):
        return place if place.methods else None
    part, count = parts[number], len(values)
    fixed = place.fixed.get(unquote(part))
    found = None if fixed is None else _found(fixed, parts, number + 1, values)
    for pattern, after in place.mixed.values():
        match = pattern.fullmatch(part) if found is None else None
        if match is not None:
            values += match.groups()
            found = _found(after, parts, number + 1, values)
            if found is None:
                del values[count:]
    if found is None and place.variable is not None and part:
        values.append(part)
        found = _found(place.variable, parts, number + 1, values)
        if found is None:
            del values[count:]
    return found
