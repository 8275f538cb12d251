"""
The files of a form: what a handler gets of each, and which schemas ask for one.

Neighbours: forms.py reads forms, the server hands it what its framework has parsed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from pymacaron.exchange import media
from pymacaron.schema.codec import Schemas
from pymacaron.source import Node

__all__ = ["Form", "Upload", "is_file", "is_files"]


class Upload:
    """
    A file of a form. The names are those of werkzeug's FileStorage: `filename` as the caller gave it (never use it as a
    path), `mimetype` without parameters, `content_type` as sent, `stream`, `.read()`, `.save()`.
    """

    __slots__ = ("content_type", "filename", "headers", "mimetype", "stream")

    def __init__(
        self,
        stream: IO[bytes] | bytes = b"",
        filename: str = "",
        mimetype: str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ):
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
class Form:
    """
    A parsed form: pairs of name and text, pairs of name and Upload, in the order sent.

    A text that is bytes is decoded here, strictly. One that is a str was decoded already: a replacement character in
    it (U+FFFD) stands for bytes that were no text.
    """

    fields: Sequence[tuple[str, str | bytes]]
    files: list[tuple[str, Upload]]


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


def is_files(node: Node, schemas: Schemas) -> bool:
    return is_file(schemas.codec(node, "request").items, schemas)
