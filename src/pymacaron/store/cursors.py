"""
Cursors: where a list goes on, as text that a caller sends back. What is in one is nobody's business but ours.

A cursor belongs to one list: the table, the index, the hash, what is asked of the range, and the direction. One that
is cut, changed or of another list is refused. It is no secret and no permission: it has the key of the last item in it,
and its checksum is against mistakes, since whoever makes one up gets nothing that the list does not give him anyway.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from pymacaron.exceptions import ValidationError
from pymacaron.store.definition import Attribute
from pymacaron.store.stores import Item

__all__ = ["cursor", "start"]

#: Bytes of the checksum
_SUM = 9

#: Characters: a key has at most 2 KB and 1 KB, and so has that of an index
_LONGEST = 16_384


def cursor(last: Item, attributes: Sequence[Attribute], of: Sequence[Any]) -> str:
    """The cursor behind *last*, an item of which it takes the key *attributes*, in the list that *of* tells."""
    body = json.dumps([_text(last[one.name]) for one in attributes], ensure_ascii=False, separators=(",", ":"))
    data = body.encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(_sum(data, of) + data).decode().rstrip("=")


def start(text: str, attributes: Sequence[Attribute], of: Sequence[Any]) -> Item:
    """The key attributes to go on behind. Raises ValidationError, a 400, where *text* is no cursor of that list."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        given = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        data = given[_SUM:]
        if given[:_SUM] != _sum(data, of) or urlsafe_b64encode(given).decode().rstrip("=") != text:
            raise ValueError
        values = json.loads(data)
        return {one.name: _value(one, value) for one, value in zip(attributes, values, strict=True)}
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        raise ValidationError(
            "the cursor is none of this list: send the one that came with the page before, and what that was asked with"
        ) from None


def _sum(data: bytes, of: Sequence[Any]) -> bytes:
    told = json.dumps([_text(one) if one is not None else None for one in of]).encode()
    return blake2b(told + b"\0" + data, digest_size=_SUM).digest()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return urlsafe_b64encode(value).decode()
    if isinstance(value, (int, float, Decimal)):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return str(int(number) if number == number.to_integral_value() else number.normalize())
    return str(value)


def _value(attribute: Attribute, text: str) -> Any:
    if attribute.type == "S":
        if not isinstance(text, str):
            raise ValueError
        return text
    if attribute.type == "B":
        return urlsafe_b64decode(text)
    number = Decimal(text)
    whole = int(number) if number == number.to_integral_value() else None
    if whole is not None:
        return whole
    return float(text) if Decimal(repr(float(text))) == number else number
