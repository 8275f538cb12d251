"""
What is known of the values that fit all of several schemas: their types, limits, members, items.

A conjunction, flattened: what `$ref` and allOf apply is one with the rest. What a schema leaves open (alternatives,
conditions) is left out, so that more values are thought possible than are: whatever is proven of them holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, inf
from typing import Any

from pymacaron.changes.containment.definitions import Definitions, Spot, key_of
from pymacaron.changes.containment.members import Closing, closings

__all__ = ["ATOMS", "NUMBERS", "Known", "atom_of", "atoms_of", "matches"]

#: The JSON types, where `fraction` are the numbers that are no integers
ATOMS = frozenset(("null", "boolean", "integer", "fraction", "string", "array", "object"))
NUMBERS = frozenset(("integer", "fraction"))

#: So many integers are looked at one by one
_FEW = 64


def atoms_of(types: Any) -> frozenset[str]:
    """What `type` says."""
    names = [types] if isinstance(types, str) else types
    return frozenset(atom for name in names for atom in (NUMBERS if name == "number" else (name,)))


def atom_of(value: Any) -> str:
    """The type of ATOMS that *value* has."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if value == value // 1 else "fraction"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"


@dataclass(eq=False)
class Known:
    """
    The values that fit each of the schemas at `spots`; of unions in `chosen`, one alternative is among the spots.
    `excluded`: schemas that none of them fits.

    `of` makes each once, so that what was found out of one is found again by it.
    """

    definitions: Definitions
    spots: tuple[Spot, ...]
    chosen: frozenset[Spot] = frozenset()
    excluded: tuple[Spot, ...] = ()
    #: Where to point at, if there are no spots
    near: Spot | None = None
    #: The types of ATOMS that are looked at
    only: frozenset[str] = ATOMS
    #: What applies: schemas that are dicts
    parts: list[tuple[Spot, dict[str, Any]]] = field(default_factory=list)
    #: The alternatives that are not chosen yet: where, anyOf or oneOf, and what they are
    unions: list[tuple[Spot, str, list[Spot]]] = field(default_factory=list)
    is_never: bool = False
    #: What `are_apart` has found
    apart: dict[Known, int] = field(default_factory=dict)
    _next: dict[Any, Known] = field(default_factory=dict)

    @classmethod
    def of(cls, definitions: Definitions, spots: tuple[Spot, ...], near: Spot | None = None) -> Known:
        """What is known of values that fit all of *spots*."""
        found: Known | None = definitions.kept.get((spots, near))
        if found is None:
            found = definitions.kept[spots, near] = cls(definitions, spots, near=near)
        return found

    def __post_init__(self) -> None:
        todo, seen = list(self.spots), set[Spot]()
        excluded = list(self.excluded)
        while todo:
            spot = todo.pop(0)
            if spot in seen:
                continue
            seen.add(spot)
            value = self.definitions.value(spot)
            if not isinstance(value, dict):
                self.is_never = self.is_never or value is False
                continue
            self.parts.append((spot, value))
            referred = self.definitions.referred(spot)
            todo += [referred] if referred is not None else []
            todo += [spot.at("allOf", str(number)) for number in range(len(value.get("allOf", ())))]
            excluded += [spot.at("not")] if "not" in value else []
            for keyword in ("anyOf", "oneOf"):
                if keyword in value and spot.at(keyword) not in self.chosen:
                    branches = [spot.at(keyword, str(number)) for number in range(len(value[keyword]))]
                    self.unions.append((spot.at(keyword), keyword, branches))
        self.definitions.effort.spent += 1 + len(seen) // 4
        self.excluded = tuple(dict.fromkeys(excluded))
        self.is_never = self.is_never or not self.atoms

    def with_choice(self, union: tuple[Spot, str, list[Spot]], branch: Spot) -> Known:
        """The same, where of *union* the alternative *branch* fits, and of a oneOf no other."""
        at, keyword, branches = union
        found = self._next.get((at, branch))
        if found is None:
            others = tuple(one for one in branches if one != branch) if keyword == "oneOf" else ()
            spots, excluded = (*self.spots, branch), (*self.excluded, *others)
            found = Known(self.definitions, spots, self.chosen | {at}, excluded, self.near, self.only)
            self._next[at, branch] = found
        return found

    def of_types(self, atoms: frozenset[str]) -> Known:
        """Those of the types *atoms*."""
        only = self.only & atoms
        found = self._next.get(only)
        if found is None:
            found = self._next[only] = Known(self.definitions, self.spots, self.chosen, self.excluded, self.near, only)
        return found

    def place(self, keyword: str) -> Spot:
        """Where *keyword* stands, or else the first schema."""
        found = next((spot.at(keyword) for spot, said in self.parts if keyword in said), None)
        found = found or (self.spots[0] if self.spots else self.near)
        assert found is not None
        return found

    def all(self, keyword: str) -> list[Any]:
        """What the schemas say by *keyword*."""
        return [said[keyword] for _, said in self.parts if keyword in said]

    # ---- types

    @cached_property
    def atoms(self) -> frozenset[str]:
        """The types of ATOMS that a value may have."""
        found = self.only
        for _, said in self.parts:
            if "type" in said:
                found &= atoms_of(said["type"])
            if "enum" in said:
                found &= frozenset(map(atom_of, said["enum"]))
            if "const" in said:
                found &= {atom_of(said["const"])}
            if "multipleOf" in said and Fraction(str(said["multipleOf"])).denominator == 1:
                found -= {"fraction"}
        return found

    @cached_property
    def values(self) -> list[Any] | None:
        """All of the values, where they are few; None where they are not known one by one."""
        listed = [*self.all("enum"), *([one] for one in self.all("const"))]
        if listed:
            found = list({key_of(one): one for one in listed[0]}.values())
        elif self.atoms <= {"null", "boolean"}:
            found = [None, True, False]
        elif self.atoms == {"integer"} and -inf < self.least <= self.most < inf and self.most - self.least < _FEW:
            found = list(range(int(self.least), int(self.most) + 1))
        else:
            return None
        found = [one for one in found if atom_of(one) in self.only]
        return [one for one in found if all(self.definitions.accepts(spot, one) for spot in self.spots)]

    # ---- numbers and texts

    @cached_property
    def lower(self) -> tuple[float, bool]:
        """The least number, and whether it is excluded."""
        limits = [(one, False) for one in self.all("minimum")] + [(one, True) for one in self.all("exclusiveMinimum")]
        return max(limits, default=(-inf, False))

    @cached_property
    def upper(self) -> tuple[float, bool]:
        """The greatest number, and whether it is excluded."""
        limits = [(one, False) for one in self.all("maximum")] + [(one, True) for one in self.all("exclusiveMaximum")]
        return min(limits, key=lambda limit: (limit[0], not limit[1]), default=(inf, False))

    @property
    def least(self) -> float:
        """Of integers."""
        limit, excluded = self.lower
        return limit if limit == -inf else floor(limit) + 1 if excluded else ceil(limit)

    @property
    def most(self) -> float:
        """Of integers."""
        limit, excluded = self.upper
        return limit if limit == inf else ceil(limit) - 1 if excluded else floor(limit)

    def minimum(self, keyword: str) -> int:
        """The greatest of minLength, minItems, ..."""
        return max(self.all(keyword), default=0)

    def maximum(self, keyword: str) -> float:
        """The least of maxLength, maxItems, ..."""
        return min(self.all(keyword), default=inf)

    # ---- objects

    @cached_property
    def required(self) -> frozenset[str]:
        """The members that each object has."""
        return frozenset(name for names in self.all("required") for name in names)

    @cached_property
    def declared(self) -> dict[str, list[Spot]]:
        """dict: property -> its schemas."""
        found: dict[str, list[Spot]] = {}
        for spot, said in self.parts:
            for name in said.get("properties", ()):
                found.setdefault(name, []).append(spot.at("properties", name))
        return found

    @cached_property
    def patterned(self) -> list[tuple[str, Spot]]:
        """(pattern, schema) of members that are told by their names."""
        return [
            (pattern, spot.at("patternProperties", pattern))
            for spot, said in self.parts
            for pattern in said.get("patternProperties", ())
        ]

    @cached_property
    def closings(self) -> list[Closing]:
        """What holds for members that are not declared."""
        return [one for spot, _ in self.parts for one in closings(self.definitions, spot) if one.is_told]

    def members(self, name: str) -> tuple[list[Spot], bool]:
        """The schemas of the member *name*, and whether any of them was meant for it."""
        found = list(self.declared.get(name, ()))
        found += [spot for pattern, spot in self.patterned if matches(pattern, name)]
        is_meant = bool(found)
        found += [one.spot for one in self.closings if one.holds_for(name)]
        return found, is_meant

    def is_forbidden(self, spots: Iterable[Spot]) -> bool:
        """Whether no value fits all of *spots*, as far as is seen at once."""
        return any(self.definitions.value(self.definitions.settled(spot)) is False for spot in spots)

    # ---- arrays

    @cached_property
    def listed(self) -> int:
        """How many first items have schemas of their own."""
        return max((len(said.get("prefixItems", ())) for _, said in self.parts), default=0)

    @cached_property
    def longest(self) -> float:
        """The most items."""
        closed = [
            len(said.get("prefixItems", ()))
            for spot, said in self.parts
            if "items" in said and self.definitions.value(self.definitions.settled(spot.at("items"))) is False
        ]
        return min([self.maximum("maxItems"), *closed])

    def items(self, number: int) -> list[Spot]:
        """The schemas of the item *number*."""
        found = []
        for spot, said in self.parts:
            if number < len(said.get("prefixItems", ())):
                found.append(spot.at("prefixItems", str(number)))
            elif "items" in said:
                found.append(spot.at("items"))
        return found


def matches(pattern: str, name: str) -> bool:
    """Whether *pattern*, one of patternProperties, tells the member *name*."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False
