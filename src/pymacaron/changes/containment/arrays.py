"""
Whether the items of arrays fit: prefixItems, items, contains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymacaron.changes.containment.definitions import Spot
from pymacaron.changes.containment.gap import Found, Gap
from pymacaron.changes.containment.known import Known

if TYPE_CHECKING:
    from pymacaron.changes.containment.containment import Containment

__all__ = ["look"]


def look(containment: Containment, known: Known, right: Spot, said: dict[str, Any], found: Found) -> None:
    """Add to *found* why items of arrays that are *known* may not fit *right*, which says *said*."""
    prefix, longest = len(said.get("prefixItems", ())), known.longest
    near = known.place("items")
    for number in range(prefix):
        if number < longest:
            containment.child(known.items(number), right.at("prefixItems", str(number)), found, near)
    if "items" in said:
        at = right.at("items")
        if containment.definitions.value(containment.definitions.settled(at)) is False:
            if longest > prefix:
                left = None if longest == float("inf") else int(longest)
                found.gaps.append(Gap("count", "the number of items", near, at, left, prefix))
        else:
            for number in range(prefix, known.listed):
                if number < longest:
                    containment.child(known.items(number), at, found, near)
            if longest > max(prefix, known.listed):
                containment.child(known.items(max(prefix, known.listed)), at, found, near)
    _contains(containment, known, right, said, found)
    if "unevaluatedItems" in said and not _is_there(containment, known, right, "unevaluatedItems"):
        why = "which items are evaluated depends on the value"
        found.gaps.append(
            Gap("other", "unevaluatedItems", near, right.at("unevaluatedItems"), is_certain=False, why=why)
        )


def _is_there(containment: Containment, known: Known, right: Spot, keyword: str) -> bool:
    """Whether all of *right*, on which the meaning of *keyword* depends, is said on the left too."""
    return any(containment.definitions.is_same(spot, right) for spot, said in known.parts if keyword in said)


def _contains(containment: Containment, known: Known, right: Spot, said: dict[str, Any], found: Found) -> None:
    if "contains" not in said:
        return
    least, most = said.get("minContains", 1), said.get("maxContains", float("inf"))
    at = right.at("contains")
    for spot, part in known.parts:
        if "contains" in part and containment.definitions.is_same(spot.at("contains"), at):
            if part.get("minContains", 1) >= least:
                least = 0
            if part.get("maxContains", float("inf")) <= most:
                most = float("inf")
    if least > 0 or most < known.longest:
        gap = Gap("contains", "contains", known.place("contains"), at, is_certain=False, why="it is not decided")
        found.gaps.append(gap)
