"""
RFC 6570, "URI Template": the expansion of one variable, which the styles of OpenAPI are made of.

Neighbours: writing.py writes parameters by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pymacaron.schema.codec import json_encode

__all__ = ["OPERATORS", "Operator", "defined", "encoded", "expand", "expansion", "flat", "reserved", "text_of"]


@dataclass(frozen=True, slots=True)
class Operator:
    """
    One row of the table in RFC 6570, appendix A: what begins an expansion, what separates its variables, whether names
    are written, what follows a name without a value, and whether reserved characters stay as they are.
    """

    first: str
    separator: str
    named: bool
    if_empty: str
    reserved: bool


#: dict: operator of an expression -> what it means
OPERATORS: dict[str, Operator] = {
    "": Operator("", ",", False, "", False),
    "+": Operator("", ",", False, "", True),
    "#": Operator("#", ",", False, "", True),
    ".": Operator(".", ".", False, "", False),
    "/": Operator("/", "/", False, "", False),
    ";": Operator(";", ";", True, "", False),
    "?": Operator("?", "&", True, "=", False),
    "&": Operator("&", "&", True, "=", False),
}

#: RFC 3986, sections 2.2: characters that are delimiters somewhere
_RESERVED = ":/?#[]@!$&'()*+,;="
_TRIPLE = re.compile(r"(%[0-9A-Fa-f]{2})")


def expand(operator: str, name: str, value: Any, *, explode: bool = False) -> str:
    """
    `{<operator><name>}`, or `{<operator><name>*}` with *explode*, for a plain JSON value; '' for one that is undefined.

    Source: RFC 6570, section 3.2.1.
    """
    how = OPERATORS[operator]
    encode = reserved if how.reserved else encoded
    text = expansion(how, encode(name), defined(value), explode, encode)
    return "" if text is None else how.first + text


def expansion(how: Operator, name: str, value: Any, explode: bool, encode: Callable[[str], str]) -> str | None:
    """What follows the first character; None where the value is undefined. *name* is encoded already."""
    if value is None:
        return None
    pair = _pair(how.if_empty) if how.named else _bare
    if not isinstance(value, (list, dict)):
        return pair(name, encode(text_of(value)))
    if explode and isinstance(value, dict):
        equals = _pair(how.if_empty if how.named else "=")
        return how.separator.join(equals(encode(key), encode(text_of(one))) for key, one in value.items())
    if explode:
        return how.separator.join(pair(name, encode(text_of(one))) for one in value)
    return pair(name, ",".join(encode(one) for one in flat(value)))


def _pair(if_empty: str) -> Callable[[str, str], str]:
    return lambda name, value: f"{name}={value}" if value else name + if_empty


def _bare(name: str, value: str) -> str:
    return value


def encoded(text: str) -> str:
    return quote(text, safe="")


def reserved(text: str, safe: str = _RESERVED) -> str:
    """Percent-encoded, but for what is reserved and what is percent-encoded already. RFC 6570, section 3.2.3."""
    return "".join(part if place % 2 else quote(part, safe=safe) for place, part in enumerate(_TRIPLE.split(text)))


def defined(value: Any) -> Any:
    """*value* without what RFC 6570, section 2.3, calls undefined; None where nothing is left."""
    if isinstance(value, list):
        value = [one for one in value if one is not None]
    elif isinstance(value, dict):
        value = {name: one for name, one in value.items() if one is not None}
    return None if isinstance(value, (list, dict)) and not value else value


def flat(value: list[Any] | dict[str, Any]) -> list[str]:
    """`R`, `100`, `G`, `200` of an object."""
    if isinstance(value, list):
        return [text_of(one) for one in value]
    return [part for name, one in value.items() for part in (name, text_of(one))]


def text_of(value: Any) -> str:
    """A value that stands alone; JSON for an array or object in another, which OpenAPI leaves open."""
    return value if isinstance(value, str) else json_encode(value).decode()
