"""
The headers that a description announces for a response -> what is wrong with those of a reply.

Source: OpenAPI 3.1.1, "Header Object"; style is always `simple`. Neighbours: parameters/reading.py reads a header's
text as it does for requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pymacaron.exchange.parameters.reading import reader
from pymacaron.exchange.parameters.texts import ABSENT, EMPTY, Read, Refused
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.violations import Violation, pointer_text
from pymacaron.spec.model import Parameter

__all__ = ["Announced"]

#: What the service or its server adds to a reply after the handler's part of it was looked at
_ADDED = frozenset({"connection", "content-encoding", "content-length", "date", "server", "transfer-encoding", "vary"})


class Announced:
    """The headers of one response, compiled. `Content-Type` is none of them: `content` says what it may be."""

    def __init__(self, headers: Mapping[str, Parameter], schemas: Schemas):
        self._headers = [_Header(one, schemas) for name, one in headers.items() if name.lower() != "content-type"]
        self._set_cookie = next((one for one in self._headers if one.lower == "set-cookie"), None)

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
        self.lower = declared.name.lower()
        self.pointer = pointer_text((declared.name,))
        added = self.lower in _ADDED or self.lower.startswith("access-control-")
        self.required = declared.required and not added
        node = declared.schema if declared.content is None else declared.content.schema
        self._codec: Codec | None = None if node is None else schemas.codec(node, "response")
        self._read: Read = reader(declared, schemas)

    def violations(self, text: str) -> list[Violation]:
        if self._codec is None:
            return []
        try:
            value = self._read(lambda name: text)
        except Refused as error:
            return [Violation("header", self.pointer, error.code, error.detail)]
        if value is ABSENT or value is EMPTY:
            return []
        return self._codec.violations(value, "header", self.pointer)
