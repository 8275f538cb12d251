"""What a schema says of a text -> one: by its format, its name, its lengths and its patterns."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pymacaron.schema.patterns import matches
from pymacaron.schema.specimens.lots import Lot
from pymacaron.schema.specimens.regexes import matching

__all__ = ["text", "word"]

#: Words and names, all of them short
_ENGLISH = (
    "amber apple basin birch bloom brook cedar chalk cliff cloud clover comet copper coral crane creek delta dune "
    "ember fable fern field flint frost garden glade grove harbor hazel heron island ivory jade juniper kite lagoon "
    "lake lantern lark laurel lemon lily linen lotus lunar maple marble meadow mint mosaic moss oasis ocean olive "
    "opal orchid otter pearl pebble pine plain plum prairie quartz quill rain raven reed ridge river robin rose "
    "ruby sage sand shell silver sky slate snow spruce star stone summer swan thistle tide timber topaz tulip "
    "valley velvet violet walnut wave willow winter wren zephyr "
)
_WORDS = _ENGLISH.split()
_PEOPLE = "Ada Alan Barbara Claude Donald Edsger Grace Hedy Joan Katherine Linus Margaret"
_NAMES = _PEOPLE.split()
#: Characters of a text that is longer for no other reason than its minLength
_LONGEST = 1_000_000
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def _moment(lot: Lot) -> datetime:
    return _FIRST + timedelta(minutes=lot.number(0, 2 * 365 * 24 * 60))


def _duration(lot: Lot) -> str:
    return lot.one(("P1D", "PT1H30M", "PT15M", "P2W", "P1Y"))


def _base64(lot: Lot) -> str:
    return base64.b64encode(word(lot).encode()).decode()


#: dict: format, or contentEncoding -> its texts
_FORMATS: Mapping[str, Callable[[Lot], str]] = {
    "base16": lambda lot: word(lot).encode().hex().upper(),
    "base32": lambda lot: base64.b32encode(word(lot).encode()).decode(),
    "base64": _base64,
    "base64url": _base64,  # the letters of a word need neither + nor /
    "byte": _base64,
    "date": lambda lot: f"{_moment(lot):%Y-%m-%d}",
    "date-time": lambda lot: f"{_moment(lot):%Y-%m-%dT%H:%M:%SZ}",
    "datetime": lambda lot: f"{_moment(lot):%Y-%m-%dT%H:%M:%SZ}",
    "duration": _duration,
    "email": lambda lot: f"{lot.one(_NAMES).lower()}@example.com",
    "hostname": lambda lot: f"{word(lot)}.example.com",
    "idn-email": lambda lot: f"{lot.one(_NAMES).lower()}@example.com",
    "idn-hostname": lambda lot: f"{word(lot)}.example.com",
    "ip": lambda lot: f"192.0.2.{lot.number(1, 254)}",
    "ipv4": lambda lot: f"192.0.2.{lot.number(1, 254)}",
    "ipv6": lambda lot: f"2001:db8::{lot.number(1, 9999)}",
    "iri": lambda lot: f"https://example.com/{word(lot)}",
    "iri-reference": lambda lot: f"/{word(lot)}",
    "json-pointer": lambda lot: f"/{word(lot)}",
    "phone": lambda lot: f"+1555{lot.number(1000000, 9999999)}",
    "regex": lambda lot: f"^{word(lot)}$",
    "relative-json-pointer": lambda lot: f"1/{word(lot)}",
    "time": lambda lot: f"{_moment(lot):%H:%M:%SZ}",
    "uri": lambda lot: f"https://example.com/{word(lot)}",
    "uri-reference": lambda lot: f"/{word(lot)}",
    "uri-template": lambda lot: f"/{word(lot)}/{{id}}",
    "url": lambda lot: f"https://example.com/{word(lot)}",
    "uuid": lambda lot: str(UUID(bytes=bytes(lot.number(0, 255) for _ in range(16)), version=4)),
}

#: How the name of a member ends -> what its text is, where the schema itself says no more
_NAMED: Mapping[str, Callable[[Lot], str]] = {
    "email": _FORMATS["email"],
    "emailaddress": _FORMATS["email"],
    "url": _FORMATS["url"],
    "uri": _FORMATS["url"],
    "href": _FORMATS["url"],
    "phone": _FORMATS["phone"],
    "firstname": lambda lot: lot.one(_NAMES),
    "username": lambda lot: lot.one(_NAMES).lower(),
    "currency": lambda lot: lot.one(("EUR", "USD", "GBP", "JPY", "SEK")),
    "description": lambda lot: f"{word(lot).capitalize()} {word(lot.of('2'))} {word(lot.of('3'))}",
    "title": lambda lot: f"{word(lot).capitalize()} {word(lot.of('2'))}",
}


def word(lot: Lot) -> str:
    """A word of English."""
    return lot.one(_WORDS)


def text(said: Mapping[str, Any], name: str, lot: Lot) -> str | None:
    """
    A text for the member *name* by `format`, `contentEncoding`, `minLength`, `maxLength` and `pattern` (a list) of
    *said*; None where none is found.
    """
    least, most = int(said.get("minLength", 0)), said.get("maxLength")
    if least > _LONGEST or (most is not None and least > most):
        return None
    patterns = said.get("pattern", [])
    usual = _usual(said, name, lot, least, most)
    if not patterns or _is_good(usual, patterns, least, most):
        return usual
    return _matching(patterns, least, most, lot)


def _usual(said: Mapping[str, Any], name: str, lot: Lot, least: int, most: int | None) -> str:
    """What people write there, whatever patterns say."""
    format_name = said.get("format") or said.get("x-own-format") or said.get("contentEncoding")
    if isinstance(format_name, str) and format_name in _FORMATS:
        made = _FORMATS[format_name](lot)
        fits = least <= len(made) and (most is None or len(made) <= most)
        return made if fits else _of_format(format_name, made, least, most)
    key = name.replace("_", "").replace("-", "").lower()
    make = next((make for ending, make in _NAMED.items() if key.endswith(ending)), word)
    return _fitted(make(lot), least, most, lot)


def _matching(patterns: list[str], least: int, most: int | None, lot: Lot) -> str | None:
    """A text in which all of *patterns* find something; where none is, one that comes near."""
    made = [matching(pattern, lot, least, most) for pattern in sorted(patterns, key=len, reverse=True)]
    found = [one for one in made if one is not None]
    if len(patterns) > 1:
        found += [one + other for one in found for other in found if one != other]
    return next((one for one in found if _is_good(one, patterns, least, most)), next(iter(found), None))


def _is_good(text: str, patterns: list[str], least: int, most: int | None) -> bool:
    if len(text) < least or (most is not None and len(text) > most):
        return False
    return all(finds is None or finds(text) for finds in map(matches, patterns))


def _of_format(name: str, made: str, least: int, most: int | None) -> str:
    """*made*, which is of the format *name*, longer or shorter where the format lets it be."""
    lacking = least - len(made)
    if name in ("email", "idn-email"):
        user, _, host = made.partition("@")
        if most is not None and len(made) > most:
            user, host = "a", "b.co" if most >= 6 else "b"
        return (
            f"{user}{'a' * max(0, lacking)}@{host}"
            if lacking < 50
            else f"{user}@{('a' * 50 + '.') * (lacking // 50)}{host}"
        )
    if name in ("uri", "url", "iri", "uri-reference", "iri-reference", "json-pointer"):
        if most is not None and len(made) > most:
            return ("/a" if "reference" in name or "pointer" in name else "a:b")[:most]
        return made + "a" * max(0, lacking)
    if name in ("byte", "base64", "base64url"):
        size = least if least > 0 else (most or 0)
        return "QUJD" * (-(-size // 4) if least else size // 4)
    if name in ("hostname", "idn-hostname"):
        return made[:1] if most is not None and len(made) > most else ("a" * 50 + ".") * (lacking // 51 + 1) + made
    return made


def _fitted(made: str, least: int, most: int | None, lot: Lot) -> str:
    turn = 0
    while len(made) < least:
        made += f" {word(lot.of(f'more {turn}'))}"
        turn += 1
    ceiling = most if most is not None else max(len(made), least)
    if turn and len(made) > least:
        ceiling = min(ceiling, max(least, 1) if most is None else ceiling)
    made = made[:ceiling]
    return made if made == made.strip() else made.strip().ljust(len(made), "a")
