"""
Media types: read, compared, chosen between.

Pure functions over header texts (RFC 9110, sections 8.3.1 and 12.5.1). Neighbours: inbound.py chooses a decoder by
Content-Type, outbound.py a declared type by Accept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from encodings.aliases import aliases as _aliases
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any

from pymacaron.exceptions import PyMacaronException

__all__ = [
    "NOT_UTF_8",
    "ContentType",
    "NotAcceptable",
    "UnsupportedMediaType",
    "acceptance",
    "asks_only_for",
    "best",
    "choose",
    "codec_name",
    "exactness",
    "fit",
    "is_field_value",
    "is_token",
    "is_utf_8",
    "json_named",
    "matches",
    "parse",
    "split",
    "unquoted",
]

_NONE: Mapping[str, str] = MappingProxyType({})

#: The characters of a header that is remembered when it is read; longer ones would fill the memory
_REMEMBERED = 512

#: The ranges of an Accept header that are read
_RANGES = 100


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
    def is_urlencoded(self) -> bool:
        return self.essence == "application/x-www-form-urlencoded"

    @property
    def is_multipart(self) -> bool:
        """Any multipart type that has a name: form-data, mixed, related, ..."""
        return self.type == "multipart" and self.subtype != "*"

    @property
    def is_text(self) -> bool:
        return self.type == "text" and not self.is_json

    @property
    def is_markup(self) -> bool:
        """HTML or XML, which have names of their own for characters."""
        return self.subtype in ("html", "xml") or self.subtype.endswith("+xml")

    @property
    def is_range(self) -> bool:
        return self.type == "*" or self.subtype == "*" or self.subtype.startswith("*+")


#: Why a body of a type that is declared is refused all the same
NOT_UTF_8 = "of JSON and of forms this operation reads only UTF-8"


class UnsupportedMediaType(PyMacaronException):
    """The body's Content-Type is none that the operation reads. `accepts`: list of those that it does."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415

    def __init__(self, content_type: str | None, accepts: Iterable[str], why: str = ""):
        self.accepts = list(accepts)
        wanted = " or ".join(self.accepts)
        given = f"The body's Content-Type is {content_type[:80]!r}" if content_type else "The body has no Content-Type"
        super().__init__(f"{given}; {why or f'this operation reads {wanted}'}")
        # RFC 9110, section 15.5.16
        self.headers = {"Accept": ", ".join(filter(is_field_value, self.accepts))}


class NotAcceptable(PyMacaronException):
    """The Accept header wants nothing that the operation sends. `offers`: list of what it does."""

    code = "NOT_ACCEPTABLE"
    status = 406

    def __init__(self, accept: str, offers: Iterable[str]):
        self.offers = list(offers)
        super().__init__(f"The Accept header wants {accept[:80]!r}; this operation sends {' or '.join(self.offers)}")
        # What is refused to one caller may be sent to another
        self.headers = {"Vary": "Accept"}


def parse(text: str) -> ContentType | None:
    """A Content-Type, or one range of an Accept header; None where *text* is none."""
    return _parsed(text) if len(text) <= _REMEMBERED else _parse(text)


def _parse(text: str) -> ContentType | None:
    essence, *rest = split(text, ";")
    kind, slash, subtype = essence.strip().lower().partition("/")
    if not slash or not is_token(kind) or not is_token(subtype) or (kind == "*" and subtype != "*"):
        return None
    parameters: dict[str, str] = {}
    for part in rest:
        name, equals, value = part.partition("=")
        if equals:
            parameters.setdefault(name.strip().lower(), unquoted(value.strip()))
    return ContentType(kind, subtype, MappingProxyType(parameters))


_parsed = lru_cache(maxsize=512)(_parse)


def matches(wanted: ContentType, given: ContentType) -> bool:
    """Whether *given* is of the type or range *wanted*. Parameters are not looked at."""
    if wanted.type == "*":
        return True
    return wanted.type == given.type and _covers(wanted.subtype, given.subtype)


def _covers(wanted: str, given: str) -> bool:
    """Whether the subtype *wanted* is *given*, `*`, or `*+json` for one that ends so."""
    return wanted in ("*", given) or (wanted.startswith("*+") and given.endswith(wanted[1:]))


def exactness(kind: ContentType) -> int:
    """How much a type or range says, in thousands: the greater one is the more specific one."""
    subtype = 0 if kind.subtype == "*" else 500 if kind.is_range else 1000
    return (kind.type != "*") * 1000 + subtype


def fit(wanted: ContentType, given: ContentType) -> tuple[int, int, int] | None:
    """
    How well the entry *wanted* of a `content` map describes a body of type *given*, None where it does not; the
    greatest is the most specific one.

    The type itself, then `application/*+json`, `application/*`, `*/*`, and last plain JSON for a type that ends in
    +json and the other way around. Each parameter of *wanted* that *given* has, too, counts for it; one that *given*
    has with another value rules it out, but for those that say how the body is written: boundary and charset.
    Source: OpenAPI 3.1.1, "Media Type Object": "the most specific key is applicable".
    """
    closeness = _closeness(wanted, given)
    if not closeness:
        return None
    agreeing = missing = 0
    for name, value in wanted.parameters.items():
        said = given.parameters.get(name)
        if said is not None and said.lower() == value.lower():
            agreeing += 1
        elif said is None or name in ("boundary", "charset", "q"):
            missing += 1
        else:
            return None
    return closeness, agreeing, -missing


def _closeness(wanted: ContentType, given: ContentType) -> int:
    if wanted.essence == given.essence:
        return 5
    if wanted.subtype.startswith("*+") and given.subtype.endswith(wanted.subtype[1:]) and wanted.type == given.type:
        return 4
    if matches(wanted, given):
        return 2 if wanted.type == "*" else 3
    if wanted.is_json and given.is_json and (_is_generic(wanted) or _is_generic(given)):
        return 1
    return 0


def _is_generic(kind: ContentType) -> bool:
    """Whether *kind* speaks of JSON of any sort; two types that end in +json are different formats."""
    return kind.subtype in ("json", "*+json")


def choose(given: ContentType, declared: Sequence[ContentType]) -> int | None:
    """The index of the one of *declared* that fits *given* best, the first among equals; None where none does."""
    fits = [(found, -index) for index, wanted in enumerate(declared) if (found := fit(wanted, given)) is not None]
    return -max(fits)[1] if fits else None


def acceptance(accept: str | None, offered: str) -> float:
    """
    How much the Accept header *accept* wants the media type *offered*: 0 (not at all) to 1.

    The most specific range decides; of an *offered* range (`image/*`) the best of what it may hold. `charset` is not
    compared unless *offered* names one. Without a header, or with one that nothing can be read of, 1.
    Source: RFC 9110, section 12.5.1, which lets a server pass over the header.
    """
    ranges = _ranges(accept) if accept is not None else ()
    if not ranges:
        return 1.0
    offer = parse(offered)
    if offer is None:
        return 0.0
    if offer.is_range:
        return max((q for wanted, q in ranges if _overlap(wanted, offer)), default=0.0)
    decided, quality = -1, 0.0
    for wanted, q in ranges:
        if not matches(wanted, offer):
            continue
        asked = {
            name: value
            for name, value in wanted.parameters.items()
            if name != "q" and (name != "charset" or name in offer.parameters)
        }
        if any(offer.parameters.get(name, "").lower() != value.lower() for name, value in asked.items()):
            continue
        specificity = exactness(wanted) + len(asked)
        if specificity > decided:
            decided, quality = specificity, q
    return quality


def _overlap(one: ContentType, other: ContentType) -> bool:
    """Whether there can be a type that is of both ranges."""
    return ("*" in (one.type, other.type) or one.type == other.type) and (
        _covers(one.subtype, other.subtype)
        or _covers(other.subtype, one.subtype)
        or (one.is_json and other.is_json and _is_generic(one) and _is_generic(other))
    )


def best(accept: str | None, offered: Iterable[str]) -> str | None:
    """The one of *offered* that the Accept header wants most, the first among equals; None where it wants none."""
    chosen, chosen_quality = None, 0.0
    for offer in offered:
        quality = acceptance(accept, offer)
        if quality > chosen_quality:
            chosen, chosen_quality = offer, quality
    return chosen


def json_named(accept: str | None) -> str:
    """The type of `application/*+json` that the Accept header names and wants most, plain JSON where it names none."""
    ranges = _ranges(accept) if accept is not None else ()
    named = [kind.essence for kind, _ in ranges if kind.type == "application" and kind.is_json and not kind.is_range]
    return best(accept, ["application/json", *named]) or "application/json"


def asks_only_for(accept: str, essence: str) -> bool:
    """Whether every range of an Accept header is of the type *essence*."""
    return all(wanted.essence == essence for wanted, _ in _ranges(accept))


def _ranges(accept: str) -> tuple[tuple[ContentType, float], ...]:
    """
    The ranges of an Accept header that can be read, of its first hundred; `*` is taken for `*/*`, as old clients mean
    it.
    """
    return _known_ranges(accept) if len(accept) <= _REMEMBERED else _read_ranges(accept)


def _read_ranges(accept: str) -> tuple[tuple[ContentType, float], ...]:
    found = []
    for text in islice(split(accept, ","), _RANGES):
        name, semicolon, rest = text.partition(";")
        wanted = parse(f"*/*{semicolon}{rest}" if name.strip() == "*" else text)
        quality = _quality(wanted.parameters.get("q")) if wanted is not None else None
        if wanted is not None and quality is not None:
            found.append((wanted, quality))
    return tuple(found)


_known_ranges = lru_cache(maxsize=512)(_read_ranges)


def _quality(text: str | None) -> float | None:
    """The weight that `q` gives, at most 1; None where it is no number."""
    if text is None:
        return 1.0
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    return min(1.0, float(text))


def split(text: str, separator: str) -> Iterator[str]:
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


def unquoted(value: str) -> str:
    """What the quoted-string *value* says; *value* where it is none. Source: RFC 9110, section 5.6.4."""
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


#: Python's codecs that are those of texts, as RFC 2978 names them, or nearly so
_CODECS = frozenset(_aliases.values()) - {
    *("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"),
    *("mbcs", "utf_7"),
} | {"koi8_u"}


def codec_name(charset: str) -> str:
    """
    Python's name of the codec of *charset*, '' where it has none. Python itself, asked for one that it does not know,
    would remember that name for good.
    """
    name = charset.strip().lower().replace("-", "_").replace(" ", "_")
    name = _aliases.get(name, name)
    return name if name in _CODECS else ""


def is_utf_8(kind: ContentType) -> bool:
    """Whether the text of a body of that type is UTF-8 as far as its charset, if any, tells; ASCII is UTF-8, too."""
    return codec_name(kind.parameters.get("charset", "utf-8")) in ("utf_8", "ascii")
