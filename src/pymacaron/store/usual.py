"""
Items that need no second look: small, flat, without odd numbers. Their JSON text tells, which is faster to ask than
their values, and is written as it is where a store keeps text.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["UsualItem", "is_usual"]

#: More bytes, or brackets, may be too large or too deep an item
_SMALL, _BRACKETS = 50_000, 31

#: What each byte of a text is to numbers: a digit or a point, the sign of an exponent, anything else
_KINDS = bytes(ord("0") if byte in b"0123456789." else ord("e") if byte in b"eE" else ord(" ") for byte in range(256))
#: A number of so many digits may be no float, or have more than a store keeps
_LONG = b"0" * 17
# Searches that begin with a letter of their own are several times as fast as `in`, and as those with alternatives
_unnamed, _whole_float, _exponent = (re.compile(one).search for one in (rb'"":', rb"\.0[],}]", b"0e"))
#: What looks like a number that is long, or has an exponent, is one where it does not stand in a text
_odd_number = re.compile(rb"[:,[]-?(?:[0-9.]{17}|[0-9.]+[eE])").search


class UsualItem(dict[str, Any]):
    """An Item whose `text` is_usual(), its own JSON text. It is never changed: whoever wants another makes a dict."""

    __slots__ = ("text",)

    def __init__(self, item: dict[str, Any], text: bytes):
        super().__init__(item)
        self.text = text


def is_usual(text: bytes) -> bool:
    """
    Whether the object of the JSON *text*, compact and as it was written here, is for certain one that can be stored,
    and comes back as it is: no float is whole, no number long or with an exponent, no name empty, and it is small.
    """
    if len(text) > _SMALL or text.count(b"{") + text.count(b"[") > _BRACKETS or _unnamed(text) or _whole_float(text):
        return False
    kinds = text.translate(_KINDS)
    return (_LONG not in kinds and _exponent(kinds) is None) or _odd_number(text) is None
