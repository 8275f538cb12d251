"""
A proof that no value fits both of two schemas. False says nothing.
"""

from __future__ import annotations

from pymacaron.changes.containment.definitions import key_of
from pymacaron.changes.containment.known import NUMBERS, Known

__all__ = ["are_apart"]

_DEPTH = 4


def are_apart(one: Known, other: Known, depth: int = 0) -> bool:
    """Whether no value that is known to be *one* can be *other*."""
    # The depth at which it was looked at and not proven, -1 where it is
    found = one.apart.get(other)
    if found is None or found > depth:
        found = -1 if _are_apart(one, other, depth) else depth
        if found < 0 or not one.definitions.effort.is_out:
            one.apart[other] = found
    return found < 0


def _are_apart(one: Known, other: Known, depth: int) -> bool:
    if one.is_never or other.is_never or one.atoms.isdisjoint(other.atoms):
        return True
    one.definitions.effort.spent += 1
    if depth > _DEPTH or one.definitions.effort.is_out:
        return False
    for known, against in ((one, other), (other, one)):
        if known.values is not None:
            if against.values is not None:
                return not {key_of(value) for value in known.values} & {key_of(value) for value in against.values}
            return not any(_may_be(against, value) for value in known.values)
        if known.unions and known.unions[0][2]:
            cases = [known.with_choice(known.unions[0], branch) for branch in known.unions[0][2]]
            if len(cases) <= 50 and all(are_apart(case, against, depth + 1) for case in cases):
                return True
    atoms = one.atoms & other.atoms
    if atoms <= NUMBERS:
        return _below(one, other) or _below(other, one)
    if atoms == {"string"}:
        return _is_out(one, other, "Length") or _is_out(other, one, "Length")
    if atoms == {"array"}:
        return _is_out(one, other, "Items") or _is_out(other, one, "Items")
    return atoms == {"object"} and _members(one, other, depth)


def _may_be(known: Known, value: object) -> bool:
    return all(known.definitions.accepts(spot, value) for spot in known.spots)


def _below(one: Known, other: Known) -> bool:
    most, least = one.upper, other.lower
    return most[0] < least[0] or (most[0] == least[0] and (most[1] or least[1]))


def _is_out(one: Known, other: Known, what: str) -> bool:
    return one.maximum(f"max{what}") < other.minimum(f"min{what}")


def _members(one: Known, other: Known, depth: int) -> bool:
    """Whether a member that one of both demands cannot fit both."""
    for name in sorted(one.required | other.required):
        mine, _ = one.members(name)
        theirs, _ = other.members(name)
        if one.is_forbidden(mine) or other.is_forbidden(theirs):
            return True
        if mine and theirs:
            left = Known.of(one.definitions, tuple(mine))
            right = Known.of(other.definitions, tuple(theirs))
            if are_apart(left, right, depth + 1):
                return True
    return False
