"""
What a schema says of members that it does not declare: additionalProperties, and unevaluatedProperties where which
members are evaluated can be told without a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pymacaron.changes.containment.definitions import Definitions, Spot

__all__ = ["Closing", "closings"]

#: What makes members evaluated by what the value is
_BY_VALUE = ("anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "$dynamicRef")


@dataclass(frozen=True, slots=True)
class Closing:
    """The schema at `spot` holds for every member but `names` and those that `patterns` match, if `is_told`."""

    names: frozenset[str]
    patterns: tuple[str, ...]
    spot: Spot
    is_told: bool = True

    def holds_for(self, name: str) -> bool:
        """Whether it holds for the member *name*."""
        if name in self.names:
            return False
        try:
            return not any(re.search(pattern, name) for pattern in self.patterns)
        except re.error:
            return False


def closings(definitions: Definitions, spot: Spot) -> list[Closing]:
    """Those of the schema at *spot* itself."""
    said = definitions.value(spot)
    found = []
    if "additionalProperties" in said:
        names, patterns = frozenset(said.get("properties", ())), tuple(said.get("patternProperties", ()))
        found.append(Closing(names, patterns, spot.at("additionalProperties")))
    if "unevaluatedProperties" in said:
        evaluated = _evaluated(definitions, spot)
        at = spot.at("unevaluatedProperties")
        if evaluated is None:
            found.append(Closing(frozenset(), (), at, is_told=False))
        elif not evaluated[2]:
            found.append(Closing(frozenset(evaluated[0]), tuple(evaluated[1]), at))
    return found


def _evaluated(definitions: Definitions, spot: Spot) -> tuple[set[str], list[str], bool] | None:
    """The names and patterns that are evaluated at *spot*, and whether all are; None where it depends on the value."""
    names, patterns, is_all = set[str](), list[str](), False
    todo, seen = [spot], set[Spot]()
    while todo:
        at = todo.pop()
        said = definitions.value(at)
        if at in seen or not isinstance(said, dict):
            continue
        seen.add(at)
        if any(keyword in said for keyword in _BY_VALUE):
            return None
        names.update(said.get("properties", ()))
        patterns += said.get("patternProperties", ())
        is_all = is_all or "additionalProperties" in said or ("unevaluatedProperties" in said and at != spot)
        referred = definitions.referred(at)
        todo += [referred] if referred is not None else []
        todo += [at.at("allOf", str(number)) for number in range(len(said.get("allOf", ())))]
    return names, patterns, is_all
