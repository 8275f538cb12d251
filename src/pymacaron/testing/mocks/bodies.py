"""
What a mock sends of one media type of one response: its examples, else values that are made of its schema.

A body is what a handler may return: exchange/outbound.py writes it, and says whether it fits. Neighbours: answers.py
asks; markup.py writes XML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from pymacaron.exchange import examples, media
from pymacaron.exchange.files import is_file
from pymacaron.exchange.media import ContentType
from pymacaron.exchange.streams import streamed
from pymacaron.schema.codec import Schemas
from pymacaron.schema.keywords import plain_json
from pymacaron.schema.shape import types_of
from pymacaron.schema.specimens.specimens import Specimens
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Response
from pymacaron.testing.mocks import markup

__all__ = ["BOUNDARY", "Body", "concrete"]

#: What is between the parts of a multipart reply
BOUNDARY = "pymacaron-mock"

#: dict: range of media types -> the type that is sent for it
_CONCRETE = {
    "*/*": "application/json",
    "application/*": "application/json",
    "application/*+json": "application/json",
    "audio/*": "audio/mpeg",
    "image/*": "image/png",
    "text/*": "text/plain; charset=utf-8",
    "video/*": "video/mp4",
}

#: dict: media type -> the start of such a file, or the least one
_FILES: Mapping[str, bytes] = {
    "application/gzip": bytes.fromhex("1f8b0800000000000003030000000000000000000a"),
    "application/pdf": b"%PDF-1.4\n%%EOF\n",
    "application/zip": b"PK\x05\x06" + bytes(18),
    "image/gif": bytes.fromhex(
        "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
    ),
    "image/jpeg": bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9"),
    "image/png": bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    ),
    "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
}

#: Gives a value of a schema
_Make = Callable[[Node], Any]


def concrete(name: str) -> str:
    """The Content-Type that is sent where *name* is declared."""
    kind = media.parse(name)
    if kind is None or not kind.is_range:
        bare = kind is not None and kind.is_multipart and "boundary" not in kind.parameters
        return f"{name}; boundary={BOUNDARY}" if bare else name
    return _CONCRETE.get(
        kind.essence, "application/json" if kind.subtype.startswith("*+json") else f"{kind.type}/x-mock"
    )


class Body:
    """Those of *media_type* of *response*. *seed*: any text, which says what values are made."""

    def __init__(self, response: Response, media_type: MediaType, schemas: Schemas, seed: str):
        self.media_type = media_type
        self.content_type = concrete(media_type.name)
        self._schemas = schemas
        self._seed = seed
        self._kind = media.parse(self.content_type) or ContentType("application", "octet-stream")
        self._written = [(name, plain_json(one)) for name, one in examples.written(response, media_type, schemas)]
        self._specimens: dict[tuple[str, ...], Specimens] = {}

    @property
    def names(self) -> list[str]:
        """Of the examples that have one."""
        return [name for name, _ in self._written if name]

    def examples(self, name: str | None) -> Iterator[Any]:
        """The bodies that the example of that name may be; of all examples where it is None."""
        for own, value in self._written:
            if name is not None and own != name:
                continue
            if self._kind.is_json and isinstance(value, str):
                yield from examples.read(value)
            if self._kind.is_json or isinstance(value, str):
                yield value
            else:
                yield from self._sent(lambda node, value=value: value)  # type: ignore[misc]

    def made(self) -> Iterator[Any]:
        """The body that is made of the schema, the same in each process. Raises NoValue."""
        yield from self._sent(lambda node: self._of(node).first())

    def other(self, turn: int) -> Iterator[Any]:
        """Another one for each *turn*. Raises NoValue."""
        yield from self._sent(lambda node: self._of(node).other(turn))

    @property
    def schema(self) -> Node | None:
        return self.media_type.schema or self.media_type.item_schema

    def _of(self, node: Node) -> Specimens:
        found = self._specimens.get(node.pointer)
        if found is None:
            found = self._specimens[node.pointer] = Specimens(node, self._schemas, self._seed)
        return found

    def _sent(self, make: _Make) -> Iterator[Any]:
        """What *make* gives of the schema, as this type has it."""
        kind, schema = self._kind, self.media_type.schema
        if streamed(kind, self.media_type, self._schemas) is not None:
            yield self._items(make)
        elif schema is None:
            yield from self._without_schema()
        elif not kind.is_json and self._is_file(schema):
            yield _FILES.get(kind.essence, b"a file\n")
        else:
            yield from self._written_as(make(schema), schema)

    def _items(self, make: _Make) -> Any:
        item, schema = self.media_type.item_schema, self.media_type.schema
        if item is not None:
            return [make(item)]
        value = make(schema) if schema is not None else [{}]
        return value if isinstance(value, list) else [value]

    def _without_schema(self) -> Iterator[Any]:
        kind = self._kind
        if kind.is_json:
            yield {}
        elif kind.is_markup:
            yield _FILES.get(kind.essence, b"<root/>" if kind.subtype.endswith("xml") else b"<p>a text</p>").decode()
        elif kind.is_text:
            yield "a text"
        elif kind.is_multipart:
            yield _parts({"part": "a text"}, kind.parameters["boundary"], frozenset())
        else:
            yield _FILES.get(kind.essence, b"a file\n")

    def _written_as(self, value: Any, schema: Node) -> Iterator[Any]:
        kind = self._kind
        if kind.is_json:
            yield value
        elif kind.is_markup and kind.subtype.endswith("xml") and not isinstance(value, str):
            yield markup.xml(value, schema, self._schemas.shapes)
        elif kind.is_urlencoded and isinstance(value, dict):
            yield urlencode({name: _text(one) for name, one in value.items()}).encode()
        elif kind.is_multipart:
            yield _parts(value, kind.parameters["boundary"], self._files(schema))
        elif kind.essence == "text/event-stream" and isinstance(value, str):
            yield "".join(f"data: {line}\n" for line in value.splitlines()) + "\n"
            yield value
        elif kind.is_text or isinstance(value, str):
            yield value if isinstance(value, str) else _text(value)
        else:
            yield json.dumps(value).encode()

    def _files(self, schema: Node) -> frozenset[str]:
        """The members that are files."""
        members = self._schemas.shapes.properties(schema)
        return frozenset(name for name, node in members.items() if is_file(node, self._schemas))

    def _is_file(self, schema: Node) -> bool:
        """Whether the body is bytes that no schema is about."""
        if is_file(schema, self._schemas):
            return True
        kind = self._kind
        is_free = not (kind.is_json or kind.is_text or kind.is_markup or kind.is_form or kind.is_multipart)
        return is_free and kind.essence in _FILES


def _parts(value: Any, boundary: str, files: frozenset[str]) -> bytes:
    """
    *value* as multipart: the members of an object as those of a form, *files* among them, the items of a list one
    behind the other.
    """
    members = list(value.items()) if isinstance(value, dict) else [("", one) for one in _listed(value)]
    pieces = []
    for name, one in members:
        is_text = isinstance(one, str)
        file = '; filename="a-file"' if name in files else ""
        named = f'Content-Disposition: form-data; name="{name}"{file}\r\n' if name else ""
        kind = "application/octet-stream" if file else "text/plain; charset=utf-8" if is_text else "application/json"
        pieces.append(f"--{boundary}\r\n{named}Content-Type: {kind}\r\n\r\n{one if is_text else json.dumps(one)}\r\n")
    return f"{''.join(pieces)}--{boundary}--\r\n".encode()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value if types_of(value) == {"string"} else json.dumps(value)
