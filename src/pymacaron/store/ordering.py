"""
Values of keys -> bytes that are in DynamoDB's order: text by its UTF-8, numbers by size, bytes by bytes (unsigned).

What is asked of a range becomes a Span of such bytes, so that a store needs nothing but bytes that are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Attribute
from pymacaron.store.numbers import digits, number

__all__ = ["EVERYTHING", "RANGES", "Span", "kind", "ordered", "span"]

#: The operators that can be asked of a range
RANGES = frozenset(("=", "<", "<=", ">", ">=", "between", "begins_with"))

#: What begins the bytes of numbers below 0, of 0, and of those above it
_BELOW, _ZERO, _ABOVE = b"\x00", b"\x01", b"\x02"

#: Makes exponents positive
_SHIFT = 256

#: Digits as bytes whose order is the other way round, and what ends them, above all of them
_REVERSED = bytes.maketrans(b"0123456789", b"9876543210")
_END = b"\xff"

_KINDS = {str: "S", int: "N", bytes: "B"}


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` (None: the first there is) to `high` (None: the last); whether those two are in it themselves."""

    low: bytes | None = None
    high: bytes | None = None
    has_low: bool = True
    has_high: bool = True

    def __contains__(self, at: bytes) -> bool:
        above = self.low is None or self.low < at or (self.has_low and self.low == at)
        return above and (self.high is None or at < self.high or (self.has_high and self.high == at))


EVERYTHING = Span()


def kind(value: Any) -> str | None:
    """S, N or B for what can be ordered; else None."""
    found = _KINDS.get(value.__class__)
    return found if found else "N" if value.__class__.__name__ in ("float", "Decimal") else None


def ordered(value: Any) -> bytes:
    """The bytes of *value*, text, bytes or a number. Raises ValueError for a number that cannot be stored."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    negative, figures, power = digits(number(value))
    if not figures:
        return _ZERO
    if negative:
        return _BELOW + (_SHIFT - power).to_bytes(2) + figures.encode().translate(_REVERSED) + _END
    return _ABOVE + (_SHIFT + power).to_bytes(2) + figures.encode()


def span(attribute: Attribute, asked: Comparison) -> Span:
    """
    The Span of *asked*, of the range *attribute*; its values are of that type. Raises ValueError for an operator that
    a range cannot be asked for.
    """
    if asked.operator not in RANGES or (asked.operator == "begins_with" and attribute.type == "N"):
        what = "a number, and" if attribute.type == "N" else "the range of a key, which"
        raise ValueError(f"{attribute.name} is {what} cannot be asked for {asked.operator}; `where` asks it of items")
    values = [ordered(value) for value in asked.values]
    first = values[0]
    if asked.operator == "<":
        return Span(None, first, has_high=False)
    if asked.operator == "<=":
        return Span(None, first)
    if asked.operator == ">":
        return Span(first, None, has_low=False)
    if asked.operator == ">=":
        return Span(first, None)
    if asked.operator == "begins_with":
        return Span(first, _behind(first), has_high=False)
    return Span(first, values[-1])


def _behind(start: bytes) -> bytes | None:
    """The first bytes behind all that begin with *start*; None where there are none."""
    kept = start.rstrip(b"\xff")
    return kept[:-1] + bytes((kept[-1] + 1,)) if kept else None
