"""
A path -> the operations there, as Werkzeug's map would find them, in a fraction of its time.

Only what is certain is found: a rule of the user's own that could match the same path, a segment of several variables,
a slash too many or too few are left to Werkzeug, which knows every rule, too.
Source: Werkzeug's matcher: of each segment a literal goes before a variable, from the left to the right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from werkzeug.routing import Rule

from pymacaron.server.rules import is_closing

__all__ = ["Matcher", "Tail"]

_T = TypeVar("_T")

_VARIABLE = re.compile(r"<[A-Za-z][A-Za-z0-9_]*>")


@dataclass(slots=True)
class _Place(Generic[_T]):
    """
    Where rules stand after a segment: what follows by its text, or whatever it is. `methods`: what ends here, by
    method. `is_unsure`: of what begins here not everything is known.
    """

    fixed: dict[str, _Place[_T]] = field(default_factory=dict)
    variable: _Place[_T] | None = None
    methods: dict[str, _T] = field(default_factory=dict)
    is_unsure: bool = False
    is_final_unsure: bool = False


@dataclass(frozen=True, slots=True)
class Tail(Generic[_T]):
    """What may follow a path without variables: any segment but those that are `fixed`, for `methods`."""

    fixed: frozenset[str]
    methods: Mapping[str, _T]


class Matcher(Generic[_T]):
    """*rules*: all that Werkzeug knows; *known*: by its id(), each that may be found: its method, and what for."""

    def __init__(self, rules: Iterable[Rule], known: Mapping[int, tuple[str, _T]]):
        self._root = _Place[_T]()
        #: dict: path without variables -> what is there, by method
        self.fixed: dict[str, dict[str, _T]] = {}
        fixed: dict[str, _Place[_T]] = {}
        for rule in rules:
            if rule.build_only or is_closing(rule):
                continue
            place, is_fixed = self._held(rule)
            if place is None:
                continue
            if id(rule) in known:
                method, what = known[id(rule)]
                place.methods.setdefault(method, what)  # of several the first, as Werkzeug does
                if is_fixed:
                    fixed[rule.rule] = place
            else:
                place.is_final_unsure = True
        for path, place in fixed.items():
            if not place.is_final_unsure and not place.is_unsure:
                self.fixed[path] = place.methods
        #: dict: path without variables -> what may follow it
        self.tails: dict[str, Tail[_T]] = dict(_tails(self._root, ""))

    def find(self, path: str) -> tuple[Mapping[str, _T], list[str]] | None:
        """What is at *path*, which is ASCII and has variables, by method, and their values; None: who knows."""
        parts = path.split("/")
        if parts[0] or "" in parts[1:]:
            return None
        values: list[str] = []
        try:
            place = _found(self._root, parts, 1, values)
        except _UnsureError:
            return None
        return None if place is None else (place.methods, values)

    def _held(self, rule: Rule) -> tuple[_Place[_T] | None, bool]:
        """Where *rule* ends, and whether it has no variables; None where it has what is not known here."""
        place, is_fixed = self._root, True
        segments = rule.rule.split("/")[1:]
        if rule.subdomain or rule.host:
            self._root.is_unsure = True
            return None, False
        for number, segment in enumerate(segments):
            if not segment and number and number == len(segments) - 1:
                place.is_final_unsure = True  # without the slash it is sent to where it has one
                place = place.fixed.setdefault("", _Place())
            elif _VARIABLE.fullmatch(segment):
                is_fixed = False
                if place.variable is None:
                    place.variable = _Place()
                place = place.variable
            elif "<" in segment:
                place.is_unsure = True
                return None, False
            else:
                place = place.fixed.setdefault(segment, _Place())
        return place, is_fixed


def _tails(place: _Place[_T], path: str) -> Iterator[tuple[str, Tail[_T]]]:
    variable = place.variable
    is_sure = variable is not None and not (place.is_unsure or variable.is_unsure or variable.is_final_unsure)
    if variable is not None and variable.methods and is_sure:
        yield path, Tail(frozenset(place.fixed), variable.methods)
    for segment, inner in place.fixed.items():
        yield from _tails(inner, f"{path}/{segment}")


class _UnsureError(Exception):
    """What is known does not tell what a path is."""


def _found(place: _Place[_T], parts: list[str], number: int, values: list[str]) -> _Place[_T] | None:
    if number == len(parts):
        if place.is_final_unsure or place.is_unsure:
            raise _UnsureError
        return place if place.methods else None
    part = parts[number]
    fixed = place.fixed.get(part)
    if fixed is not None:
        found = _found(fixed, parts, number + 1, values)
        if found is not None:
            return found
    if place.is_unsure:
        raise _UnsureError
    if place.variable is None:
        return None
    values.append(part)
    found = _found(place.variable, parts, number + 1, values)
    if found is None:
        values.pop()
    return found
