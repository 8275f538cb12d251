"""
JSON values <-> stored values, at any depth: base64 is bytes, all else is what it is in JSON.

What the stored value alone does not give back is told, so that values.py can keep the rest beside it. No schema here:
places.py says where base64 stands.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from decimal import Decimal
from math import copysign
from typing import Any

from pymacaron.store.places import Place

__all__ = ["as_set", "given", "same", "stored"]

#: From here on not every whole number is a float
_WHOLE = 2.0**53


def stored(value: Any, place: Place | None, lost: list[Any]) -> Any:
    """
    What the JSON value *value* is stored as. *lost* gets each part of it that `given` would not give back: text of
    base64 in an unusual way of writing it, a float that as a whole number is another one.
    """
    cls = value.__class__
    if cls is str:
        return _bytes(value, lost) if place is not None and place.is_bytes else value
    if cls is dict:
        if place is None:
            return {name: stored(one, None, lost) for name, one in value.items()}
        return {name: stored(one, place.member(name), lost) for name, one in value.items()}
    if cls is list:
        items = None if place is None else place.items
        return [stored(one, items, lost) for one in value]
    if (cls is float and _is_odd(value)) or (cls is Decimal and value == value.to_integral_value()):
        lost.append(value)
    return value


def _is_odd(value: float) -> bool:
    if -_WHOLE < value < _WHOLE:
        return value == 0 and copysign(1, value) < 0
    return value - value == 0 and int(Decimal(repr(value))) != value


def _bytes(text: str, lost: list[Any]) -> Any:
    try:
        value = a2b_base64(text, strict_mode=True)
    except ValueError:
        return text
    if _base64(value) != text:
        lost.append(text)
    return value


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()


def given(value: Any, place: Place | None, lost: list[Any]) -> Any:
    """
    The JSON value that the stored value *value* is given as: a copy. *lost* gets each part of it that `stored` would
    not make of that again: sets, which are given as sorted lists, bytes where no base64 is expected, and text of base64
    where bytes are.
    """
    cls = value.__class__
    if cls is dict:
        if place is None:
            return {name: given(one, None, lost) for name, one in value.items()}
        return {name: given(one, place.member(name), lost) for name, one in value.items()}
    if cls is list:
        items = None if place is None else place.items
        return [given(one, items, lost) for one in value]
    if cls in (bytes, bytearray):
        if place is None or not place.is_bytes:
            lost.append(value)
        return _base64(value)
    if cls in (set, frozenset):
        lost.append(value)
        return [given(one, None, []) for one in sorted(value)]
    if cls is str and place is not None and place.is_bytes and stored(value, place, []) is not value:
        lost.append(value)
    return value


def as_set(value: Any, model: Any) -> Any:
    """*value*, a JSON list, as a set of what the set *model* has in it; None where it can be none."""
    if value.__class__ is not list or not value:
        return None
    wanted: tuple[type, ...] = (str,)
    if any(one.__class__ is bytes for one in model):
        made = [_bytes(one, []) if one.__class__ is str else one for one in value]
        value, wanted = made, (bytes,)
    elif not any(one.__class__ is str for one in model):
        wanted = (int, float, Decimal)
    if not all(one.__class__ in wanted for one in value):
        return None
    found = set(value)
    return found if len(found) == len(value) else None


def same(one: Any, other: Any) -> bool:
    """Whether two stored values are the same to a store: numbers by what they are, and never a boolean a number."""
    cls, others = one.__class__, other.__class__
    if cls in _NUMBERS and others in _NUMBERS:
        return bool(_number(one) == _number(other))
    if cls is not others:
        return False
    if cls is dict:
        return one.keys() == other.keys() and all(same(member, other[name]) for name, member in one.items())
    if cls is list:
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


_NUMBERS = frozenset((int, float, Decimal))


def _number(value: Any) -> Any:
    return Decimal(repr(value)) if value.__class__ is float else value
