"""Numbers as stores keep them: decimal, of at most 38 digits, as DynamoDB's are. Floats count as Python writes them."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite

__all__ = ["Number", "digits", "number"]

Number = int | float | Decimal

#: The most significant digits, and the powers of ten of the first one, in a number other than 0
_MOST_DIGITS, _LOWEST, _HIGHEST = 38, -130, 125

#: Whole numbers below it have no more digits than may be
_WHOLE = 10**_MOST_DIGITS

#: Floats below it that are whole are exactly the number that their text says
_EXACT = 2.0**53

#: An int of more bits is larger than any that may be
_MOST_BITS = 420


def number(value: Number) -> Number:
    """
    *value* as a store gives it back: an int where it is whole, a float where one has exactly its text, else a Decimal.

    Raises ValueError, whose text goes on behind "is", for what is out of range. Source: DynamoDB, "Data types", Number.
    """
    if isinstance(value, int):
        if -_WHOLE < value < _WHOLE:
            return value
        if value.bit_length() > _MOST_BITS:
            raise ValueError("a number of more than 126 digits; numbers end below 1E+126")
        return _fitting(Decimal(value))
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{value}, which is no number that can be stored; null can, and so can what is left out")
        if not value.is_integer():
            return value if abs(value) >= 1e-130 else _fitting(Decimal(repr(value)))
        return int(value) if abs(value) < _EXACT else _fitting(Decimal(repr(value)))
    if not value.is_finite():
        raise ValueError(f"{value}, which is no number that can be stored; null can, and so can what is left out")
    return _fitting(value)


def digits(value: Number) -> tuple[bool, str, int]:
    """Whether *value*, a number(), is below 0; its digits ("" for 0); and the e with which it is 0.digits * 10^e."""
    if isinstance(value, int):
        text = str(abs(value))
        return value < 0, text.strip("0") if value == 0 else text.rstrip("0"), len(text)
    sign, found, exponent = (Decimal(repr(value)) if isinstance(value, float) else value).as_tuple()
    text = "".join(map(str, found)).lstrip("0")
    return bool(sign), text.rstrip("0"), len(text) + int(exponent)


def _fitting(value: Decimal) -> Number:
    negative, text, power = digits(value)
    if not text:
        return 0
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits, and 38 can be stored; as text it can have more")
    if not _LOWEST <= power - 1 <= _HIGHEST:
        fact = "numbers end at 1E-130 and below 1E+126"
        raise ValueError(f"a number of the size 1E{power - 1:+}, and {fact}; as text it can have any size")
    exponent = power - len(text)
    shortest = Decimal((int(negative), tuple(map(int, text)), exponent))
    if exponent >= 0:
        return int(shortest)
    near = float(shortest)
    return near if Decimal(repr(near)) == shortest else shortest
