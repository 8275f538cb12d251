"""
The parts of a request, as WSGI has them -> texts by name, and where the text of one parameter stands in them.

Neighbours: reading.py and composites.py read by what is here.
Source: RFC 3986, RFC 6265, RFC 9110; OpenAPI 3.2.0, "URL Percent-Encoding", appendices D and E; the WHATWG's URL
standard for `+`; PEP 3333 for bytes beyond ASCII, which are Latin-1 characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, unquote_plus

from pymacaron.exchange.parameters.texts import Refused, refuse_repeated
from pymacaron.spec.model import Parameter

__all__ = [
    "as_it_is",
    "ascii_only",
    "cookie_text",
    "decoder",
    "one_text",
    "parse_cookies",
    "parse_query",
    "path_text",
    "query_text",
]


def parse_query(text: str) -> dict[str, list[str]]:
    """
    A raw query string -> dict: decoded name -> its texts, still percent-encoded, since a comma may be part of a value.

    *text* as WSGI has it: bytes beyond ASCII as Latin-1 characters.
    """
    found: dict[str, list[str]] = {}
    if not text:
        return found
    if not text.isascii():
        text = ascii_only(text)
    is_encoded = "%" in text or "+" in text
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if is_encoded and ("%" in name or "+" in name):
            name = unquote_plus(name)  # what is not UTF-8 in it names nothing that is declared
        if name in found:
            found[name].append(value)
        elif pair:
            found[name] = [value]
    return found


def parse_cookies(header: str | None) -> dict[str, list[str]]:
    """A Cookie header -> dict: name -> its texts as sent. Source: RFC 6265, section 4.2.1."""
    found: dict[str, list[str]] = {}
    for pair in _field_text(header or "").split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            found.setdefault(name.strip(" \t"), []).append(value.strip(" \t"))
    return found


def ascii_only(text: str) -> str:
    """A raw URI, or a part of it, whose bytes beyond ASCII came as they are: percent-encoded, as they should have."""
    return text if text.isascii() else "".join(c if c.isascii() else _percent(c) for c in text)


def _percent(character: str) -> str:
    encoding = "latin-1" if character <= "\xff" else "utf-8"
    return "".join(f"%{byte:02X}" for byte in character.encode(encoding, "surrogatepass"))


def _field_text(text: str) -> str:
    """The value of a header field, of which WSGI has each byte as a character: UTF-8, else Latin-1 as it was once."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def one_text(parameter: Parameter) -> Callable[[Any], str | None]:
    """What finds the one text of a parameter, as it was sent; raises Refused where there are several."""
    name = parameter.name
    if parameter.location == "header":
        return lambda header: None if (text := header(name)) is None else _field_text(text)
    if parameter.location == "path":
        return lambda texts: texts.get(name)
    if parameter.location == "cookie":
        # The first of several: a browser sends the one that belongs to the nearest path first
        return lambda found: found[name][0] if name in found else None

    def only(found: dict[str, list[str]]) -> str | None:
        texts = found.get(name)
        if texts is None:
            return None
        return texts[0] if len(texts) == 1 else refuse_repeated(len(texts))

    return only


def decoder(parameter: Parameter) -> Callable[[str], str] | None:
    """What undoes the encoding of its texts; None where there is none: in headers, and in cookies of style cookie."""
    if parameter.location == "query":
        return query_text
    if parameter.location == "path":
        return path_text
    return cookie_text if parameter.location == "cookie" and parameter.style != "cookie" else None


def query_text(text: str) -> str:
    return _unquoted(text, unquote_plus) if "%" in text else text.replace("+", " ") if "+" in text else text


def path_text(text: str) -> str:
    return _unquoted(text, unquote) if "%" in text else text


_ESCAPE = re.compile(r"\\(?:([0-3][0-7]{2})|(.))")


def cookie_text(text: str) -> str:
    """Percent-encoded; or in quotes with escapes, as Flask's set_cookie and Python's own cookies write it."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = _ESCAPE.sub(lambda found: f"%{int(found[1], 8):02X}" if found[1] else found[2], text[1:-1])
    return _unquoted(text, unquote) if "%" in text else text


def _unquoted(text: str, unquote: Callable[..., str]) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Refused("encoding", "is not UTF-8") from None


def as_it_is(text: str) -> Any:
    return text
