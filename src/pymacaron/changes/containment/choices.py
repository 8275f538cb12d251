"""
Whether values fit alternatives and conditions: anyOf, oneOf, not, if, dependentSchemas.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pymacaron.changes.containment.apart import are_apart
from pymacaron.changes.containment.definitions import Definitions, Spot
from pymacaron.changes.containment.gap import Found, Gap, Pair
from pymacaron.changes.containment.known import Known

if TYPE_CHECKING:
    from pymacaron.changes.containment.containment import Containment

__all__ = ["look"]

_Spine = frozenset[Spot]
#: What a schema says that only names alternatives
_CHOICE = frozenset(("anyOf", "oneOf", "discriminator"))


def look(
    containment: Containment, known: Known, right: Spot, said: dict[str, Any], found: Found, spine: _Spine
) -> None:
    """Add to *found* why values that are *known* may not fit the alternatives and conditions of *right*."""
    for keyword in ("anyOf", "oneOf"):
        if keyword in said:
            _alternatives(containment, known, right, keyword, found, spine)
    if "not" in said:
        _negation(containment, known, right.at("not"), found)
    if "if" in said and ("then" in said or "else" in said):
        _condition(containment, known, right, said, found, spine)
    for name in said.get("dependentSchemas", ()):
        at = right.at("dependentSchemas", name)
        is_absent = "object" not in known.atoms or known.is_forbidden(known.members(name)[0])
        same = any(
            name in part.get("dependentSchemas", ())
            and containment.definitions.is_same(spot.at("dependentSchemas", name), at)
            for spot, part in known.parts
        )
        if not is_absent and not same and _proven(containment, known, at, found, spine) is None:
            why = "it holds for objects with one member only"
            place = known.place("dependentSchemas")
            found.gaps.append(Gap("condition", "dependentSchemas", place, at, is_certain=False, why=why))


def _proven(containment: Containment, known: Known, at: Spot, found: Found, spine: _Spine) -> Found | None:
    return containment.proves(known, at, found, spine)


def _alternatives(
    containment: Containment, known: Known, right: Spot, keyword: str, found: Found, spine: _Spine
) -> None:
    branches = [right.at(keyword, str(number)) for number in range(len(containment.definitions.value(right)[keyword]))]
    for case in _by_type(containment, known, branches):
        fitting = _fitting(containment, case, branches, found, spine)
        if fitting is None:
            _unfit(containment, case, right.at(keyword), branches, found, spine)
        elif keyword == "oneOf":
            _alone(containment, case, fitting, branches, right.at(keyword), found)


def _by_type(containment: Containment, known: Known, branches: list[Spot]) -> list[Known]:
    """*known*, its types told apart where the alternatives tell them apart."""
    if len(known.atoms) < 2:
        return [known]
    told = [Known.of(containment.definitions, (branch,)).atoms for branch in branches]
    if all(known.atoms <= atoms or known.atoms.isdisjoint(atoms) for atoms in told):
        return [known]
    groups: dict[frozenset[int], set[str]] = {}
    for atom in sorted(known.atoms):
        groups.setdefault(frozenset(i for i, atoms in enumerate(told) if atom in atoms), set()).add(atom)
    return [known.of_types(frozenset(atoms)) for atoms in groups.values()]


def _fitting(containment: Containment, known: Known, branches: list[Spot], found: Found, spine: _Spine) -> Spot | None:
    """The alternative that all values are proven to fit."""
    same = containment.definitions.is_same
    for branch in branches:
        if any(same(spot, branch) for spot in known.spots):
            return branch
    for branch in branches:
        pair = _pair(containment, known, branch)
        if pair is not None and pair not in containment.bad:
            found.rest.add(pair)
            found.used.add(pair)
            return branch
    for branch in branches:
        if are_apart(known, Known.of(containment.definitions, (branch,))):
            continue
        tried = containment.proves(known, branch, found, spine)
        if tried is not None:
            found.gaps += [gap for gap in tried.gaps if gap.is_soft]
            return branch
    return None


def _pair(containment: Containment, known: Known, branch: Spot) -> Pair | None:
    """
    The definition that *known* values fit, and that of the same name that *branch* is: a pair that is looked at once.
    None where a pair may not be thought contained, since it would be a premise of itself for the same value.
    """
    definitions = containment.definitions
    right = definitions.settled(branch)
    name = definitions.title(right) if containment.inside and not right.path else None
    if name is not None:
        for spot in map(definitions.settled, known.spots):
            if not spot.path and definitions.title(spot) == name:
                return (spot,), right
    return None


def _unfit(containment: Containment, known: Known, at: Spot, branches: list[Spot], found: Found, spine: _Spine) -> None:
    """No alternative is proven to fit: tell why the one that is meant does not, or that there is none."""
    if found.is_brief:
        found.gaps.append(Gap("alternative", "", known.place("type"), at, is_certain=False))
        return
    near = [one for one in branches if not are_apart(known, Known.of(containment.definitions, (one,)))]
    meant = _meant(containment, known, near, branches)
    pair = _pair(containment, known, meant) if meant is not None and len(near) == 1 else None
    if pair is not None and _is_all(containment, known, pair[0][0]):
        found.rest.add(pair)
        return
    if meant is not None:
        inside = Found()
        containment.value(known, meant, inside, spine)
        if inside.hard or inside.rest:
            if len(near) > 1 and any(gap.is_certain for gap in inside.gaps):
                inside.gaps = _unsure(containment, known, at, inside.gaps)
            found.add(inside)
            return
    instance = containment.witnesses.instance(known, at) if near else ()
    is_certain = not near or bool(instance)
    why = "" if is_certain else "whether the alternatives hold all of it together is not decided"
    place = known.spots[-1] if known.spots else known.place("type")
    label = _label(containment.definitions, place)
    gap = Gap("alternative", label, place, at, "described", None, is_certain, why=why, instance=instance)
    found.gaps.append(gap)


def _label(definitions: Definitions, spot: Spot) -> str:
    settled = definitions.settled(spot)
    return (None if settled.path else definitions.title(settled)) or "an alternative"


def _is_all(containment: Containment, known: Known, spot: Spot) -> bool:
    """Whether *spot* tells all that is known: nothing else but that it is an alternative."""
    definitions = containment.definitions
    others = [definitions.value(one) for one in known.spots if definitions.settled(one) != spot]
    return all(isinstance(said, dict) and said.keys() <= _CHOICE for said in others)


def _unsure(containment: Containment, known: Known, at: Spot, gaps: list[Gap]) -> list[Gap]:
    """*gaps* towards one alternative, where another might do: certain only if a value shows that none does."""
    if containment.witnesses.instance(known, at):
        return gaps
    why = "another alternative may hold it"
    return [replace(gap, is_certain=False, why=gap.why or why) for gap in gaps]


def _meant(containment: Containment, known: Known, near: list[Spot], branches: list[Spot]) -> Spot | None:
    """The alternative that took the place of that which is *known*: of the same name, or the only one."""
    definitions = containment.definitions
    titles = {definitions.title(one) for one in map(definitions.settled, known.spots) if not one.path} - {None}
    for branch in branches:
        settled = definitions.settled(branch)
        if not settled.path and definitions.title(settled) in titles and branch in near:
            return branch
    return near[0] if len(near) == 1 else None


def _alone(containment: Containment, known: Known, fitting: Spot, branches: list[Spot], at: Spot, found: Found) -> None:
    """Of oneOf: no other alternative may fit."""
    definitions = containment.definitions
    for branch in branches:
        if branch == fitting or any(definitions.is_same(one, branch) for one in known.excluded):
            continue
        other = Known.of(definitions, (branch,))
        if are_apart(known, other) or _is_excluded(containment, known, other, found):
            continue
        instance = () if found.is_brief else containment.witnesses.instance(known, at)
        why = "" if instance else "whether a value fits two alternatives is not decided"
        label = _label(definitions, branch)
        place = known.spots[-1] if known.spots else known.place("type")
        found.gaps.append(
            Gap("overlap", label, place, branch, None, "described", bool(instance), why=why, instance=instance)
        )


def _is_excluded(containment: Containment, known: Known, other: Known, found: Found) -> bool:
    """Whether all of *other* fits a schema that nothing that is *known* fits."""
    return any(containment.proves(other, one, found) is not None for one in known.excluded)


def _negation(containment: Containment, known: Known, at: Spot, found: Found) -> None:
    other = Known.of(containment.definitions, (at,))
    if are_apart(known, other) or any(containment.definitions.is_same(one, at) for one in known.excluded):
        return
    if not _is_excluded(containment, known, other, found):
        gap = Gap("condition", "not", known.place("not"), at, is_certain=False, why="whether it holds is not decided")
        found.gaps.append(gap)


def _condition(
    containment: Containment, known: Known, right: Spot, said: dict[str, Any], found: Found, spine: _Spine
) -> None:
    definitions = containment.definitions
    for spot, part in known.parts:
        if all(
            (key in part) == (key in said) and (key not in said or definitions.is_same(spot.at(key), right.at(key)))
            for key in ("if", "then", "else")
        ):
            return
    test = right.at("if")
    never = are_apart(known, Known.of(definitions, (test,)))
    always = not never and _proven(containment, known, test, found, spine) is not None
    for key, is_off in (("then", never), ("else", always)):
        if key in said and not is_off and _proven(containment, known, right.at(key), found, spine) is None:
            why = "for which values it holds is not decided"
            found.gaps.append(Gap("condition", key, known.place("if"), right.at(key), is_certain=False, why=why))
