"""
What a request asks for, as one hash: the values of its path, its query and its body; headers and cookies are not in it.

Of the body counts what was read of it, not its bytes: the order of members in an object and the boundaries of a form
differ between two of the same. A body that the handler reads as it arrives is not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl

from pymacaron.exchange.files import Upload
from pymacaron.schema.models import Model, to_json

__all__ = ["payload"]

_PIECE = 1 << 20


def payload(path: Mapping[str, str], query: str, body: Sequence[Any], fields: Mapping[str, Any]) -> str:
    """The hash, in hexadecimal. *fields*: those of a form of Swagger 2.0. Files are left where they were read to."""
    asked = hashlib.sha256()
    told = [sorted(path.items()), sorted(parse_qsl(query, keep_blank_values=True), key=itemgetter(0))]
    asked.update(json.dumps(told).encode())
    for piece in _pieces([list(body), dict(fields)]):
        asked.update(b"%d:" % len(piece) + piece)
    return asked.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, Model):
        yield from _model(value)
    elif isinstance(value, Upload):
        yield f"file {value.filename} {value.mimetype}".encode("utf-8", "surrogatepass")
        yield from _file(value.stream)
    elif isinstance(value, Mapping):
        yield b"{"
        for name in sorted(value, key=str):
            yield str(name).encode("utf-8", "surrogatepass")
            yield from _pieces(value[name])
        yield b"}"
    elif isinstance(value, (list, tuple)):
        yield b"["
        for item in value:
            yield from _pieces(item)
        yield b"]"
    elif isinstance(value, (bytes, bytearray)):
        yield bytes(value)
    elif hasattr(value, "read") and hasattr(value, "seek"):
        yield from _file(value)
    elif isinstance(value, Iterator) or _has_no_text(type(value)):
        yield type(value).__name__.encode()
    else:
        yield f"{type(value).__name__} {value}".encode("utf-8", "surrogatepass")


def _has_no_text(kind: Any) -> bool:
    """Whether the text of such a value is its place in memory, and another for each."""
    return kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__


def _model(model: Model) -> Iterator[bytes]:
    try:
        plain = to_json(model)
    except (TypeError, ValueError):  # it has files
        plain = dict(model.__pym_wire__)
    yield from _pieces(plain)


def _file(stream: Any) -> Iterator[bytes]:
    """The rest of *stream*, which stands where it stood then."""
    at = stream.tell()
    digest = hashlib.sha256()
    while piece := stream.read(_PIECE):
        digest.update(piece if isinstance(piece, bytes) else piece.encode())
    stream.seek(at)
    yield digest.digest()
