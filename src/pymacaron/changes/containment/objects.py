"""
Whether the members of objects fit: properties, required, additionalProperties and what else is told of names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymacaron.changes.containment.definitions import Spot
from pymacaron.changes.containment.gap import Found, Gap
from pymacaron.changes.containment.known import Known, matches
from pymacaron.changes.containment.members import Closing, closings

if TYPE_CHECKING:
    from pymacaron.changes.containment.containment import Containment

__all__ = ["look"]


def look(containment: Containment, known: Known, right: Spot, said: dict[str, Any], found: Found) -> None:
    """Add to *found* why members of objects that are *known* may not fit *right*, which says *said*."""
    for name in said.get("required", ()):
        if name not in known.required:
            found.gaps.append(Gap("required", name, known.place("required"), right.at("required"), False, True))
    for name in said.get("properties", ()):
        if found.is_done:
            return
        _property(containment, known, name, right.at("properties", name), found)
    for pattern in said.get("patternProperties", ()):
        _pattern(containment, known, pattern, right.at("patternProperties", pattern), found)
    for closing in closings(containment.definitions, right):
        _closing(containment, known, closing, right, found)
    _dependent(known, right, said, found)
    if "propertyNames" in said:
        _names(containment, known, right.at("propertyNames"), found)


def _property(containment: Containment, known: Known, name: str, at: Spot, found: Found) -> None:
    spots, is_meant = known.members(name)
    if known.is_forbidden(spots):
        return
    definitions = containment.definitions
    is_free = all(definitions.value(definitions.settled(spot)) in (True, {}) for spot in spots)
    near = known.place("properties")
    if is_meant or (name in known.required and not spots) or not is_free:
        containment.child(spots, at, found, near)
    elif not is_meant:
        # No one thinks that a member is there of which nothing is told; where all are welcome, one might be
        is_said = bool(spots) and definitions.value(definitions.settled(at)) not in (True, {})
        why = "members of any name are welcome, this one with any value" if is_said else ""
        gap = Gap("property", name, near, at, None, "described", is_certain=False, is_soft=not is_said, why=why)
        found.gaps.append(gap)


def _pattern(containment: Containment, known: Known, pattern: str, at: Spot, found: Found) -> None:
    near = known.place("patternProperties")
    for name in known.declared:
        if matches(pattern, name):
            containment.child(known.members(name)[0], at, found, near)
    alike = [spot for other, spot in known.patterned if other == pattern]
    for other, spot in known.patterned:
        if other != pattern and not _is_proven(containment, (spot, *alike), at, found):
            why = "whether one name matches both patterns is not decided"
            found.gaps.append(Gap("pattern-properties", pattern, spot, at, other, pattern, is_certain=False, why=why))
    if alike:
        containment.child(alike, at, found, near)
        return
    rest = [one.spot for one in known.closings]
    if known.is_forbidden(rest) or (rest and _is_proven(containment, rest, at, found)):
        return
    why = "which members have such names is not decided"
    found.gaps.append(Gap("pattern-properties", pattern, near, at, None, pattern, is_certain=False, why=why))


def _is_proven(containment: Containment, spots: Any, at: Spot, found: Found) -> bool:
    tried = Found(is_brief=True)
    containment.child(spots, at, tried, at)
    if tried.hard or any(pair in containment.bad for pair in tried.rest):
        return False
    found.used |= tried.rest | tried.used
    return True


def _closing(containment: Containment, known: Known, closing: Closing, right: Spot, found: Found) -> None:
    definitions = containment.definitions
    at = closing.spot
    if not closing.is_told:
        if not any(definitions.is_same(spot, right) for spot, said in known.parts if at.path[-1] in said):
            why = "which members are evaluated depends on the value"
            place = known.place(at.path[-1])
            found.gaps.append(Gap("other", "unevaluatedProperties", place, at, is_certain=False, why=why))
        return
    is_shut = definitions.value(definitions.settled(at)) is False
    near = known.place("additionalProperties")
    for name, own in known.declared.items():
        if not closing.holds_for(name) or known.is_forbidden(known.members(name)[0]):
            continue
        if is_shut:
            found.gaps.append(Gap("property-refused", name, own[0], at, "described", None))
        else:
            containment.child(known.members(name)[0], at, found, near)
    for pattern, spot in known.patterned:
        if pattern in closing.patterns or known.is_forbidden([spot]):
            continue
        if is_shut:
            why = "which members have such names is not decided"
            found.gaps.append(Gap("closed", "members", spot, at, pattern, False, is_certain=False, why=why))
        else:
            containment.child((spot,), at, found, near)
    rest = [one.spot for one in known.closings]
    if definitions.value(definitions.settled(at)) in (True, {}) or known.is_forbidden(rest):
        return
    if is_shut or not rest:
        is_open = "any" if not rest else "others"
        found.gaps.append(Gap("closed", "members", near, at, is_open, False if is_shut else "a schema"))
        return
    containment.child(rest, at, found, near)


def _dependent(known: Known, right: Spot, said: dict[str, Any], found: Found) -> None:
    for name, needed in said.get("dependentRequired", {}).items():
        if known.is_forbidden(known.members(name)[0]):
            continue
        there = set(known.required)
        for one in known.all("dependentRequired"):
            there.update(one.get(name, ()))
        missing = [one for one in needed if one not in there and one != name]
        if missing:
            place = known.place("dependentRequired")
            gap = Gap("dependency", name, place, right.at("dependentRequired", name), None, missing)
            found.gaps.append(gap)


def _names(containment: Containment, known: Known, at: Spot, found: Found) -> None:
    wanted = [spot.at("propertyNames") for spot, said in known.parts if "propertyNames" in said]
    if wanted and _is_proven(containment, wanted, at, found):
        return
    is_shut = known.is_forbidden([one.spot for one in known.closings]) and not known.patterned
    refused = [name for name in known.declared if not containment.definitions.accepts(at, name)]
    if is_shut and not refused:
        return
    place = known.place("propertyNames")
    found.gaps.append(Gap("names", "propertyNames", place, at, is_certain=False, why="which names fit is not decided"))
