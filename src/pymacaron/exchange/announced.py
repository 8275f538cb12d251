"""
The headers that a description announces for a response: how those of a reply are written, and what is wrong with them.

Source: OpenAPI 3.1.1, "Header Object"; style is always `simple`. Neighbours: parameters/reading.py reads a header's
text as it does for requests, parameters/writing.py writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.parameters.reading import reader
from pymacaron.exchange.parameters.templates import text_of
from pymacaron.exchange.parameters.texts import ABSENT, ALL, EMPTY, Read, Refused, takes_text
from pymacaron.exchange.parameters.writing import Unwritable, writer
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import Violation
from pymacaron.spec.model import Parameter

__all__ = ["Announced"]

#: What the service or its server adds to a reply after the handler's part of it was looked at
_ADDED = frozenset({"connection", "content-encoding", "content-length", "date", "server", "transfer-encoding", "vary"})


class Announced:
    """The headers of one response, compiled. `Content-Type` is none of them: `content` says what it may be."""

    def __init__(self, headers: Mapping[str, Parameter], schemas: Schemas):
        self._headers = [_Header(one, schemas) for name, one in headers.items() if name.lower() != "content-type"]
        self._set_cookie = next((one for one in self._headers if one.lower == "set-cookie"), None)
        self._by_name = {one.lower: one for one in self._headers}

    def written(self, given: Any) -> list[tuple[str, str]]:
        """
        The headers of a handler, a dict or pairs, as they are sent: what is declared by its declaration, all else as
        str() has it, a list as several headers. Raises ValueError for what cannot be sent.

        Source: RFC 9110, sections 5.1 and 5.5. Latin-1 is what servers send of its `obs-text`.
        """
        pairs = given.items() if hasattr(given, "items") else given
        found: list[tuple[str, str]] = []
        for name, value in pairs or ():
            name = str(name)
            if not media.is_token(name):
                raise ValueError(f"{name!r} is no name of a header: letters, digits and !#$%&'*+-.^_`|~ make one")
            header = self._by_name.get(name.lower())
            for text in _plain_texts(value) if header is None else header.texts(value):
                if not media.is_field_value(text):
                    raise ValueError(f"the header {name!r} has a control character or one beyond Latin-1 in its value")
                found.append((name, text))
        return found

    def violations(self, pairs: Iterable[tuple[str, str]]) -> Iterator[Violation]:
        """What is wrong with *pairs*. A header that is sent more than once is one list (RFC 9110, section 5.3)."""
        sent: dict[str, list[str]] = {}
        for name, value in pairs:
            sent.setdefault(name.lower(), []).append(value)
        for header in self._headers:
            texts = sent.get(header.lower)
            if texts is None:
                if header.required:
                    yield Violation("header", header.pointer, "required", "is missing")
            elif header is self._set_cookie:  # the one header whose lines are no list
                for text in texts:
                    yield from header.violations(text)
            else:
                yield from header.violations(", ".join(texts))


class _Header:
    """One declared header."""

    def __init__(self, declared: Parameter, schemas: Schemas):
        if schemas.api.dialect != "2.0":
            declared = replace(declared, style="simple")
        self.name = declared.name
        self.lower = declared.name.lower()
        self.pointer = pointer_text((declared.name,))
        added = self.lower in _ADDED or self.lower.startswith("access-control-")
        self.required = declared.required and not added
        node = declared.schema if declared.content is None else declared.content.schema
        self._codec: Codec | None = None if node is None else schemas.codec(node, "response")
        self._read: Read = reader(declared, schemas)
        self._write = writer(declared, schemas, "response")
        types = ALL if self._codec is None else self._codec.types
        kind = None if declared.content is None else media.parse(declared.content.name)
        is_json = kind is not None and kind.is_json
        #: Whether a list is its one value; each Set-Cookie is a header of its own
        self._takes_list = "array" in types and (is_json or types != ALL) and self.lower != "set-cookie"
        #: Whether a text in a list is an item of it, not what is sent as it is
        self._holds_texts = is_json or (self._codec is not None and takes_text(self._codec, schemas))
        #: What writes a text that is a value of a format of one's own
        has_format = self._codec is not None and schemas.shapes.first(self._codec.schema, "format") is not None
        self._formatted = self._codec if has_format else None
        #: Whether a text is a value to be written as JSON, not what is sent as it is
        self._quotes_text = is_json and "string" in types and types != ALL

    def texts(self, value: Any) -> list[str]:
        """What is sent of *value*: a text for each header, none for None. Raises ValueError."""
        if isinstance(value, (list, tuple)) and not self._is_one(value):
            return [text for one in value for text in self.texts(one)]
        if value is None:
            return []
        if isinstance(value, str) and not self._quotes_text:
            return [value if self._formatted is None else text_of(self._formatted.plain(value))]
        try:
            return [self._write(value)]
        except Unwritable as error:
            if isinstance(error.__cause__, TypeError):  # of a class that has no JSON, such as one of URLs
                return [str(value)]
            raise ValueError(f"the header {self.name!r} cannot be sent: {error}") from error

    def _is_one(self, values: Sequence[Any]) -> bool:
        """Whether *values* are one value, not those of several headers."""
        return self._takes_list and (self._holds_texts or not any(isinstance(one, str) for one in values))

    def violations(self, text: str) -> list[Violation]:
        if self._codec is None:
            return []
        try:
            value = self._read(lambda name: text)
        except Refused as error:
            return [Violation("header", self.pointer + error.pointer, error.code, error.detail)]
        if value is ABSENT or value is EMPTY:
            return []
        return self._codec.violations(value, "header", self.pointer)


def _plain_texts(value: Any) -> list[str]:
    """What is sent where nothing is declared."""
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]
