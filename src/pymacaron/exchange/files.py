"""
The files of a form: what a handler gets of each, and which schemas ask for one.

Neighbours: multipart.py takes a body apart, bodies/forms.py reads forms, the server keeps what is large.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from pymacaron.exchange import media
from pymacaron.exchange.multipart import Head
from pymacaron.schema.codec import Schemas
from pymacaron.schema.shape import Identity
from pymacaron.source import Node

__all__ = ["Part", "Upload", "has_choices", "is_file", "is_files", "may_be_file", "reach", "size_fault", "size_of"]

#: What a file's schema can tell apart by size where it is one of several: a text of that length stands for the file
_REACH = 16_000_000


class Upload:
    """
    A file of a form. The names are those of werkzeug's FileStorage: `filename` as the caller gave it (never use it as a
    path), `mimetype` without parameters, `content_type` as sent, `headers` of its part, `stream`, `.read()`, `.save()`.
    `size`: its bytes, None where that is not known.
    """

    __slots__ = ("content_type", "filename", "headers", "mimetype", "size", "stream")

    def __init__(
        self,
        stream: IO[bytes] | bytes = b"",
        filename: str = "",
        mimetype: str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
        size: int | None = None,
    ):
        self.size = len(stream) if isinstance(stream, bytes) else size
        self.stream: IO[bytes] = BytesIO(stream) if isinstance(stream, bytes) else stream
        self.filename = filename
        self.content_type = content_type or mimetype
        self.mimetype = mimetype or content_type.partition(";")[0].strip().lower()
        self.headers: Mapping[str, str] = headers or {}

    def __repr__(self) -> str:
        return f"<Upload {self.filename!r} {self.mimetype or 'of unknown type'}>"

    def read(self, size: int = -1) -> bytes:
        """At most *size* bytes from where the last read ended, all of the rest by default."""
        return self.stream.read(size)

    def save(self, target: str | os.PathLike[str] | IO[bytes]) -> None:
        """Write what was not read yet to *target*, a path or a file open for writing bytes."""
        if isinstance(target, (str, os.PathLike)):
            with open(target, "wb") as file:
                shutil.copyfileobj(self.stream, file)
        else:
            shutil.copyfileobj(self.stream, target)


@dataclass(frozen=True, slots=True)
class Part:
    """
    One field of a form, or one part of a multipart body: what stood before its content, and the content: bytes in
    memory, or an Upload. A str was decoded by others already: a replacement character in it (U+FFFD) stands for bytes
    that were no text.
    """

    head: Head
    content: bytes | str | Upload


def size_of(node: Node, schemas: Schemas) -> tuple[int, int | None]:
    """
    How many bytes a file of that schema has at least and at most: minLength and maxLength count octets there.
    Source: OpenAPI 3.1.1, "Working with Binary Data".
    """
    spoken = list(schemas.shapes.spoken(node))
    least = [value["minLength"] for value in spoken if isinstance(value.get("minLength"), int)]
    most = [value["maxLength"] for value in spoken if isinstance(value.get("maxLength"), int)]
    return max(least, default=0), min(most, default=None)


def size_fault(size: int | None, bounds: tuple[int, int | None]) -> tuple[str, str] | None:
    """The code and the words of what is wrong with a file of *size* bytes; None where nothing is."""
    least, most = bounds
    if size is not None and most is not None and size > most:
        return "maxLength", f"has {size} bytes, more than {most}"
    if size is not None and size < least:
        return "minLength", f"has {size} bytes, fewer than {least}"
    return None


def is_file(node: Node | None, schemas: Schemas) -> bool:
    """
    Whether a schema is that of a file: Swagger 2.0's type, 3.0's format, 3.1's contentMediaType without an encoding
    (but of text and JSON, which a string may hold).
    """
    if node is None:
        return False
    for value in schemas.shapes.spoken(node):
        if value.get("type") == "file" or value.get("format") == "binary":
            return True
        if "contentMediaType" in value and "contentEncoding" not in value:
            kind = media.parse(str(value["contentMediaType"]))
            return kind is not None and not kind.is_text and not kind.is_json
    return False


def may_be_file(node: Node | None, schemas: Schemas) -> bool:
    """Whether a schema is that of a file, or one of its alternatives is."""
    todo, seen = [] if node is None else [node], set[Identity]()
    while todo:
        at = todo.pop()
        if is_file(at, schemas):
            return True
        if at.identity not in seen:
            seen.add(at.identity)
            todo += schemas.shapes.branches(at)
    return False


def has_choices(node: Node, schemas: Schemas) -> bool:
    """Whether a schema of a file, or of a list of them, has others that apply as alternatives or on a condition."""
    shapes = schemas.shapes
    nodes = [node, items] if (items := schemas.codec(node, "request").items) is not None else [node]
    parts = [part for one in nodes for part in shapes.parts(one)]
    return any(shapes.alternatives(part) or shapes.conditional(part) for part in parts)


def reach(nodes: Iterable[Node], schemas: Schemas) -> int:
    """The size from which all files are alike for *nodes*, their alternatives and items; at most 16 MB."""
    shapes, todo, seen, most = schemas.shapes, [*nodes], set[Identity](), 0
    while todo:
        for part in shapes.parts(todo.pop()):
            if part.identity in seen or shapes.is_ignored(part):
                continue
            seen.add(part.identity)
            bounds = [part.value.get(keyword) for keyword in ("minLength", "maxLength")]
            most = max(most, *(bound if isinstance(bound, int) else 0 for bound in bounds))
            todo += [*shapes.alternatives(part), *shapes.conditional(part)]
            todo += [part.child("items")] if isinstance(part.value.get("items"), dict) else []
    return min(most + 1, _REACH)


def is_files(node: Node, schemas: Schemas) -> bool:
    return is_file(schemas.codec(node, "request").items, schemas)
