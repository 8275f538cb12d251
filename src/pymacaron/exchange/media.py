"""
Media types: read, compared, chosen between.

Pure functions over header texts (RFC 9110, sections 8.3.1 and 12.5.1). Neighbours: inbound.py chooses a decoder by
Content-Type, outbound.py a declared type by Accept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pymacaron.exceptions import PyMacaronException

__all__ = [
    "ContentType",
    "UnsupportedMediaType",
    "acceptance",
    "best",
    "is_field_value",
    "is_token",
    "matches",
    "parse",
]

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ContentType:
    """`type` and `subtype` in lower case, either may be `*`; `parameters`: dict of lower-case name -> value."""

    type: str
    subtype: str
    parameters: Mapping[str, str] = field(default_factory=lambda: _NONE)

    @property
    def essence(self) -> str:
        """`type/subtype`."""
        return f"{self.type}/{self.subtype}"

    @property
    def is_json(self) -> bool:
        """application/json, text/json, or a type that ends in +json (RFC 6839)."""
        return (self.subtype == "json" and self.type in ("application", "text")) or self.subtype.endswith("+json")

    @property
    def is_form(self) -> bool:
        return self.essence in ("application/x-www-form-urlencoded", "multipart/form-data")

    @property
    def is_text(self) -> bool:
        return self.type == "text" and not self.is_json

    @property
    def is_range(self) -> bool:
        return self.type == "*" or self.subtype == "*"


class UnsupportedMediaType(PyMacaronException):
    """The body's Content-Type is none that the operation reads. `accepts`: list of those that it does."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415

    def __init__(self, content_type: str | None, accepts: Iterable[str]):
        self.accepts = list(accepts)
        wanted = " or ".join(self.accepts)
        given = f"The body's Content-Type is {content_type[:80]!r}" if content_type else "The body has no Content-Type"
        super().__init__(f"{given}; this operation reads {wanted}")
        # RFC 9110, section 15.5.16
        self.headers = {"Accept": ", ".join(filter(is_field_value, self.accepts))}


@lru_cache(maxsize=512)
def parse(text: str) -> ContentType | None:
    """A Content-Type, or one range of an Accept header; None where *text* is none."""
    essence, *rest = _split(text, ";")
    kind, slash, subtype = essence.strip().lower().partition("/")
    if not slash or not is_token(kind) or not is_token(subtype) or (kind == "*" and subtype != "*"):
        return None
    parameters: dict[str, str] = {}
    for part in rest:
        name, equals, value = part.partition("=")
        if equals:
            parameters.setdefault(name.strip().lower(), _unquoted(value.strip()))
    return ContentType(kind, subtype, MappingProxyType(parameters))


def matches(wanted: ContentType, given: ContentType) -> bool:
    """Whether *given* is of the type or range *wanted*. Parameters are not looked at."""
    if wanted.type == "*":
        return True
    return wanted.type == given.type and wanted.subtype in ("*", given.subtype)


def acceptance(accept: str | None, offered: str) -> float:
    """
    How much the Accept header *accept* wants the media type *offered*: 0 (not at all) to 1.

    The most specific range decides. Without a header, 1. A range that cannot be read is passed over.
    Source: RFC 9110, section 12.5.1.
    """
    if accept is None or not accept.strip():
        return 1.0
    offer = parse(offered)
    if offer is None:
        return 0.0
    decided, quality = -1, 0.0
    for wanted, q in _ranges(accept):
        if not matches(wanted, offer):
            continue
        asked = {name: value for name, value in wanted.parameters.items() if name != "q"}
        if any(offer.parameters.get(name, "").lower() != value.lower() for name, value in asked.items()):
            continue
        specificity = (wanted.type != "*") * 1000 + (wanted.subtype != "*") * 1000 + len(asked)
        if specificity > decided:
            decided, quality = specificity, q
    return quality


def best(accept: str | None, offered: Iterable[str]) -> str | None:
    """The one of *offered* that the Accept header wants most, the first among equals; None where it wants none."""
    chosen, chosen_quality = None, 0.0
    for offer in offered:
        quality = acceptance(accept, offer)
        if quality > chosen_quality:
            chosen, chosen_quality = offer, quality
    return chosen


@lru_cache(maxsize=512)
def _ranges(accept: str) -> tuple[tuple[ContentType, float], ...]:
    found = []
    for text in _split(accept, ","):
        wanted = parse(text)
        if wanted is not None:
            found.append((wanted, _quality(wanted.parameters.get("q"))))
    return tuple(found)


def _quality(text: str | None) -> float:
    if text is None:
        return 1.0
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        return 0.0
    return min(1.0, float(text))


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts of *text* between separators that stand outside quotes."""
    if '"' not in text:
        yield from text.split(separator)
        return
    start, quoted, escaped = 0, False, False
    for index, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            yield text[start:index]
            start = index + 1
    yield text[start:]


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    inner: Any = iter(value[1:-1])
    return "".join(next(inner, "") if character == "\\" else character for character in inner)


def is_token(text: str) -> bool:
    """Whether *text* is a token, as names of headers and media types are: RFC 9110, section 5.6.2."""
    return text.isascii() and bool(text) and all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in text)


def is_field_value(text: str) -> bool:
    """
    Whether *text* can be sent as the value of a header: visible ASCII, blanks, tabs, and what Latin-1 has beyond ASCII.
    Source: RFC 9110, section 5.5.
    """
    if text.isascii() and text.isprintable():
        return True
    return all(" " <= c <= "~" or "\x80" <= c <= "\xff" or c == "\t" for c in text)
