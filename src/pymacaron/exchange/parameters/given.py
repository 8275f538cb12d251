"""
One argument of a client's call, compiled: validated, and written as its parameter wants it.

Neighbours: writing.py writes by style, asking.py puts the arguments of a call together; steps.py is the way back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from pymacaron.exchange.parameters.steps import exact_class, schema_of
from pymacaron.exchange.parameters.templates import encoded
from pymacaron.exchange.parameters.writing import Unwritable, plain_writer
from pymacaron.schema.codec import Schemas, json_exact
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import Violation
from pymacaron.spec.model import Parameter

__all__ = ["Given"]

#: Classes of values that are what they are in JSON
_ATOMS = frozenset((str, int, bool))

#: A text that percent-encoding leaves as it is
_unreserved = re.compile(r"[A-Za-z0-9_.~-]+").fullmatch


class Given:
    """
    One keyword argument and the parameter that it is for. `name`: that of the parameter; `validate`: whether values are
    looked at before they are written.
    """

    __slots__ = ("_codec", "_empty", "_is_exact", "_own", "_quick", "_write", "keyword", "location", "name", "required")

    def __init__(self, keyword: str, parameter: Parameter, schemas: Schemas, validate: bool = True):
        self.keyword = keyword
        self.name = parameter.name
        self.location = parameter.location
        self.required = parameter.required
        node = schema_of(parameter, schemas)
        self._codec = codec = None if node is None else schemas.codec(node, "request")
        self._own = codec is not None and codec.has_own_formats
        self._write = plain_writer(parameter, schemas)
        #: What is sent of an empty text that its schema may not take: allowEmptyValue
        self._empty = f"{encoded(parameter.name)}=" if _may_be_empty(parameter) else None
        #: The class whose values all fit; and what writes a text, where that needs no thought
        exact = exact_class(node)
        is_bare = parameter.content is None and not parameter.allow_reserved and self._empty is None
        self._quick = _quickly(parameter) if is_bare and not self._own else None
        self._is_exact = exact if validate else None
        if not validate:
            self._codec = codec if self._own else None

    def text(self, value: Any, wrong: list[Violation]) -> str:
        """
        What is sent of *value*, which is not None: see writing.py. Adds to *wrong* what keeps it from being sent; its
        pointers begin with the name of the argument.
        """
        cls = value.__class__
        if cls is self._is_exact and self._quick is not None:
            try:
                return self._quick(value)
            except UnicodeEncodeError:  # half of a surrogate pair, of which more is said below
                pass
        if self._empty is not None and cls is str and not value:
            return self._empty
        codec = self._codec
        try:
            is_atom, given = cls in _ATOMS, value
            if codec is not None:
                if not is_atom or self._own:
                    value = codec.plain(value)
                if not codec.fits(value):
                    wrong += codec.violations(value, self.location, self.pointer)
                    return ""
            if self._quick is not None and (is_atom or cls is Decimal):  # exact, which no float is
                return self._quick(value if is_atom else json_exact(given).decode())
            if value in ([], {}) and self.location in ("query", "form"):
                return self._nothing(wrong)
            return self._write(value)
        except Unwritable as error:
            wrong.append(self.wrong("style", f"cannot be sent: {error}"))
        except (TypeError, ValueError) as error:
            wrong.append(self.wrong("json", f"cannot be sent: {error}"))
        return ""

    def _nothing(self, wrong: list[Violation]) -> str:
        """No style has a text for an empty list or object: it is left out, where it may be."""
        if self.required:
            wrong.append(self.wrong("style", "is empty, which cannot be told from not being sent"))
        return ""

    @property
    def pointer(self) -> str:
        return pointer_text((self.keyword,))

    def wrong(self, code: str, detail: str) -> Violation:
        return Violation(self.location, self.pointer, code, detail)


def _may_be_empty(parameter: Parameter) -> bool:
    return parameter.allow_empty and parameter.content is None and parameter.location in ("query", "form")


def _quickly(parameter: Parameter) -> Callable[[Any], str] | None:
    """What writes a text, whole number or boolean, in the usual styles of path and query."""
    if parameter.location == "path" and parameter.style == "simple":
        return _segment
    if parameter.location != "query" or parameter.style not in ("form", "spaceDelimited", "pipeDelimited"):
        return None
    if parameter.style != "form":  # of Swagger 2.0 they are for arrays alone
        return None
    begun = f"{encoded(parameter.name)}="
    return lambda value: begun + _segment(value)


def _segment(value: Any) -> str:
    cls = value.__class__
    if cls is str:
        return value if _unreserved(value) else quote(value, safe="")
    return str(value) if cls is int else "true" if value else "false"
