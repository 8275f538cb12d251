"""The limits of a number -> a number within them: a small one, where that is possible."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any

from pymacaron.schema.specimens.lots import Lot

__all__ = ["number"]

#: Where nothing else is said, numbers are from 1 to this
_USUAL = 100
#: In how many steps numbers without multipleOf go: cents
_STEP = Fraction(1, 100)


def number(limits: Mapping[str, Any], lot: Lot, *, integer: bool) -> int | float | None:
    """
    A number that `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum` and `multipleOf` (a list) let pass; None
    where they let none.
    """
    step = _common([Fraction(str(one)) for one in limits.get("multipleOf", [])], integer=integer)
    least, above = _limit(limits, "minimum", "exclusiveMinimum", max)
    most, below = _limit(limits, "maximum", "exclusiveMaximum", min)
    for each in (step,) if step is not None else (Fraction(1),) if integer else (_STEP, Fraction(1, 10**6), None):
        if each is None:
            return _between(least, most, above, below)
        first = None if least is None else ceil(least / each) + (above and ceil(least / each) * each == least)
        last = None if most is None else floor(most / each) - (below and floor(most / each) * each == most)
        if first is not None and last is not None and first > last:
            continue
        return _plain(_drawn(first, last, each, lot) * each)
    return None


def _drawn(first: int | None, last: int | None, step: Fraction, lot: Lot) -> int:
    """How many steps: as few as leave a number that people like."""
    low, high = ceil(1 / step), max(1, floor(_USUAL / step))
    if step > 1:
        low, high = 1, max(1, min(high, 10))
    if first is not None and first > low:
        low, high = first, max(high, first + (high - low if first <= high else 0))
    elif first is None and last is not None and last < low:
        low = last - (high - low)
    if last is not None:
        high = min(high, last)
        low = min(low, high)
    if first is not None:
        low = max(low, first)
        high = max(low, high)
    return lot.number(low, high)


def _limit(limits: Mapping[str, Any], name: str, exclusive: str, pick: Any) -> tuple[Fraction | None, bool]:
    """The stricter of both limits, and whether it is excluded itself."""
    found = [(Fraction(str(limits[key])), key == exclusive) for key in (name, exclusive) if key in limits]
    if not found:
        return None, False
    value = pick(one for one, _ in found)
    return value, any(excluded for one, excluded in found if one == value)


def _common(steps: list[Fraction], *, integer: bool) -> Fraction | None:
    """The least number that all of *steps* divide."""
    steps = [*steps, Fraction(1)] if steps and integer else steps
    if not steps:
        return None
    bottom = lcm(*(one.denominator for one in steps))
    return Fraction(lcm(*(int(one * bottom) for one in steps)), bottom)


def _between(least: Fraction | None, most: Fraction | None, above: bool, below: bool) -> int | float | None:
    """A number between limits that are very close to one another."""
    if least is None or most is None or least > most:
        return None
    if least == most:
        return None if above or below else _plain(least)
    return _plain((least + most) / 2)


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
