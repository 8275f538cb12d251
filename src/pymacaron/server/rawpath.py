"""
The path of a request as it was sent, percent-encoded: WSGI has it decoded, and what an encoded `/` or `,` was is lost.

gunicorn has it as RAW_URI, Werkzeug and uWSGI as REQUEST_URI; granian has it not, and then the decoded path is all that
there is. It is believed only where it is the encoded form of PATH_INFO, which a middleware may have changed.
Neighbours: calls.py has a request routed anew where a `/` was encoded, incoming.py reads the values of a path by it.
Source: RFC 3986, sections 2.2 and 3.3; PEP 3333.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from flask import Request, current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule

from pymacaron.exchange.parameters.sent import ascii_only

__all__ = ["OwnRule", "Segments", "behind", "decoded", "is_utf_8", "raw_path", "reroute"]

_VARIABLE = re.compile(r"\{([^{}/]*)\}")
_TRIPLE = re.compile(r"%[0-9A-Fa-f]{2}")
#: A character that Unicode keeps free for uses such as this: it stands for an encoded slash while a path is routed
_SLASH, _SLASH_ENCODED = "\ufdd0", "%EF%B7%90"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class OwnRule(Rule):
    """
    The rule of an operation, beside those that the service has added to its app by itself.

    Of several variables in a segment the leftmost takes the longest match, as in Werkzeug, but in a time that does not
    grow by a power of the segment's length for each of them.
    """

    def get_converter(
        self, variable_name: str, converter_name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> BaseConverter:
        before = re.search(rf"<([^<>:]*)>([^<>/]*)<{variable_name}>", self.rule)
        if converter_name == "default" and before is not None:
            return _After(self.map, before[2])
        return super().get_converter(variable_name, converter_name, args, kwargs)


class _After(BaseConverter):
    """A variable behind another one in its segment, with *literal* between them."""

    part_isolating = True

    def __init__(self, map: Map, literal: str):
        super().__init__(map)
        self.regex = behind(re.escape(literal), len(literal), "[^/]")


def behind(literal: str, length: int, one: str) -> str:
    """
    The pattern of a variable that stands behind another one and *literal*, a pattern that matches at most *length*
    characters; *one* is that of a character.

    Where the leftmost takes the longest match the literal is found as late as can be, so that it is not found again in
    what stands behind it, but at its very end. Without that, a text that does not fit is tried with every literal at
    every place: a power of its length.
    """
    return f"(?:(?!{literal}){one})*{one}{{1,{length}}}" if literal else one


#: One byte in a raw path, with its letters in upper case
_BYTE = "(?:%[0-9A-F]{2}|%(?![0-9A-F]{2})|[^%])"


def raw_path(environ: Mapping[str, Any]) -> str | None:
    """The path below SCRIPT_NAME, percent-encoded; None where the server does not tell, or something has changed it."""
    path = _told(environ)
    if path is None:
        return None
    whole = unquote_to_bytes(path).decode("latin-1")
    below = environ.get("PATH_INFO", "")
    if whole == below:
        return path
    if not below or not whole.endswith(below):
        return None
    place = 0
    for _ in range(len(whole) - len(below)):
        place += 3 if _TRIPLE.match(path, place) else 1
    return path[place:]


def is_utf_8(environ: Mapping[str, Any]) -> bool:
    """Whether the path is UTF-8. Werkzeug has put U+FFFD into PATH_INFO for what is not: then the raw path tells."""
    try:
        text = environ.get("PATH_INFO", "").encode("latin-1").decode()
    except UnicodeDecodeError:
        return False
    path = _told(environ)
    if path is None or not unquote(path).endswith(text):
        return True
    try:
        unquote(path, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _told(environ: Mapping[str, Any]) -> str | None:
    """The path as the server tells it, percent-encoded; it may begin with SCRIPT_NAME, and be another."""
    uri = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not uri:
        return None
    path = ascii_only(uri.partition("?")[0])
    if not path.startswith("/"):  # absolute-form, as proxies get it
        path = "/" + path.partition("://")[2].partition("/")[2]
    return path


def reroute(incoming: Request) -> None:
    """
    Find the operation anew where a slash in the path of *incoming* came encoded: it is part of a value, and separates
    nothing. What the service has routes of its own for is left to them.
    """
    path = raw_path(incoming.environ)
    if path is None or "%2F" not in path.upper() or _SLASH_ENCODED in path.upper():
        return
    if incoming.url_rule is not None and not isinstance(incoming.url_rule, OwnRule):
        return
    adapter = current_app.create_url_adapter(incoming)
    if adapter is None:
        return
    try:
        rule, values = adapter.match(decoded(path), return_rule=True)
    except RequestRedirect:
        return
    except HTTPException as error:
        incoming.url_rule, incoming.view_args, incoming.routing_exception = None, None, error
        return
    if isinstance(rule, OwnRule):
        incoming.url_rule, incoming.routing_exception = rule, None
        incoming.view_args = {
            name: value.replace(_SLASH, "/") if isinstance(value, str) else value for name, value in values.items()
        }


def decoded(path: str) -> str:
    """A raw *path* as it is routed: a slash in it that came encoded separates nothing."""
    if _SLASH_ENCODED in path.upper():
        return unquote(path)
    return unquote(path.replace("%2F", _SLASH_ENCODED).replace("%2f", _SLASH_ENCODED))


class Segments:
    """A path template, compiled to read its values out of a raw path."""

    def __init__(self, template: str):
        """*template* with its base path, as routes.rule takes it."""
        segments = template.partition("#")[0].partition("?")[0].lstrip("/").split("/")
        self._count = len(segments)
        #: (place, names, what matches them) of each segment that has a variable
        self._variables = [
            (place, _VARIABLE.findall(segment), _pattern(segment))
            for place, segment in enumerate(segments)
            if _VARIABLE.search(segment)
        ]
        #: Whether a segment has several variables, so that what is encoded in one may look like what separates them
        self.is_shared = any(len(names) > 1 for _, names, _ in self._variables)

    def texts(self, path: str | None) -> dict[str, str] | None:
        """
        dict: name -> its percent-encoded text in the raw *path*, the leftmost name of a segment takes the longest
        match; None where *path* is none, or does not fit as it is.
        """
        if path is None:
            return None
        segments = path[1:].split("/")
        if len(segments) != self._count:
            return None
        found: dict[str, str] = {}
        for place, names, pattern in self._variables:
            match = pattern.fullmatch(_TRIPLE.sub(lambda triple: triple[0].upper(), segments[place]))
            if match is None:
                return None
            found.update(zip(names, match.groups(), strict=True))
        return found


def _pattern(segment: str) -> re.Pattern[str]:
    """
    What matches a raw segment: what is between variables as it is written, but for characters that mean the same
    encoded. Source: RFC 3986, section 2.3.
    """
    parts: list[str] = []
    end = 0
    for variable in _VARIABLE.finditer(segment):
        text = segment[end : variable.start()]
        literal = _literal(text)
        parts += [literal, f"({behind(literal, len(unquote_to_bytes(text)), _BYTE) if end else f'{_BYTE}+'})"]
        end = variable.end()
    return re.compile("".join([*parts, _literal(segment[end:])]), re.DOTALL)


def _literal(text: str) -> str:
    parts: list[str] = []
    end = 0
    for triple in _TRIPLE.finditer(text):
        parts += [_character(one) for one in text[end : triple.start()]]
        one = unquote(triple[0])
        parts.append(_character(one) if one in _UNRESERVED else triple[0].upper())
        end = triple.end()
    return "".join([*parts, *(_character(one) for one in text[end:])])


def _character(one: str) -> str:
    encoded = "".join(f"%{byte:02X}" for byte in one.encode("utf-8", "surrogatepass"))
    if one in _UNRESERVED:
        return f"(?:{re.escape(one)}|{encoded})"
    return re.escape(one) if one.isascii() and one.isprintable() and one not in ' "<>\\^`{|}' else encoded
