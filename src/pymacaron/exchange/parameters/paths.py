"""
The template of a path -> what writes paths of it.

A value never becomes another path: what would be empty is refused, dots that would lead elsewhere are encoded.
Neighbours: given.py writes each value. Source: OpenAPI 3.1.1, "Path Templating"; RFC 3986, sections 3.3 and 5.2.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from pymacaron.exchange.parameters.given import Given
from pymacaron.schema.violations import Violation

__all__ = ["Template"]

_NAMED = re.compile(r"\{([^{}]*)\}")
#: What may stand in the text of a path besides what is unreserved; a percent sign is one of what is encoded already
_LITERAL = "/:@!$&'()*+,;=~%"


class Template:
    """
    `names`: of its parameters; `query`: what the path itself has behind a question mark, '' for nothing, as where an
    operation is chosen by it.
    """

    def __init__(self, path: str, arguments: Mapping[str, Given]):
        """*arguments*: dict of the name of a parameter of the path -> what writes it."""
        told, _, self.query = path.partition("#")[0].partition("?")
        pieces = _NAMED.split(told)
        #: A text, or what writes the value of an argument
        self._pieces: list[str | Given] = []
        for index, piece in enumerate(pieces):
            if index % 2:
                known = arguments.get(piece)
                self._pieces.append(quote(f"{{{piece}}}", safe="") if known is None else known)
            elif piece:
                self._pieces.append(quote(piece, safe=_LITERAL))
        self._fixed = "".join(one for one in self._pieces if isinstance(one, str))
        self.is_fixed = all(isinstance(one, str) for one in self._pieces)
        #: The text before the one value, what writes that, and the text behind it, where there is one
        self._single: tuple[str, Given, str] | None = None
        before, *rest = self._pieces or [""]
        if isinstance(before, str) and rest and isinstance(rest[0], Given) and len(rest) <= 2:
            after = rest[1] if len(rest) == 2 else ""
            self._single = (before, rest[0], after) if isinstance(after, str) else None

    def written(self, values: Mapping[str, object], wrong: list[Violation]) -> str:
        """The path with *values*, by the names of arguments; what is missing is not looked at here."""
        if self.is_fixed:
            return self._fixed
        if self._single is not None:
            before, one, after = self._single
            path = before + self._text(one, values, wrong) + after
        else:
            pieces = self._pieces
            path = "".join([one if isinstance(one, str) else self._text(one, values, wrong) for one in pieces])
        return _undotted(path) if "/." in path else path

    def _text(self, one: Given, values: Mapping[str, object], wrong: list[Violation]) -> str:
        value = values.get(one.keyword)
        if value is None:
            return ""
        known = len(wrong)
        text = one.text(value, wrong)
        if not text and known == len(wrong):
            wrong.append(one.wrong("empty", "is empty, which would make another path"))
        return text


def _undotted(path: str) -> str:
    """*path* without segments that are nothing but dots: a URL is not to go up by them."""
    segments = path.split("/")
    return "/".join(one.replace(".", "%2E") if one in (".", "..") else one for one in segments)
