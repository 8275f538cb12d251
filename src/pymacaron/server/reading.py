"""
The body of a request, whole or a piece at a time, to its end and no further.

Strict where Werkzeug is not: under servers that end the stream themselves it takes a body that is shorter than its
Content-Length for whole, and of one in chunks that is longer than the limit it reads the beginning as if it were all.
Neighbours: incoming.py says in our words what is raised here, arriving.py gives bodies as they arrive.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.serving import DechunkedInput
from werkzeug.wsgi import get_content_length

__all__ = ["Extent", "Reader", "server_stream", "whole"]

#: Bytes that are asked for at once, whatever length the caller has told
_PIECE = 1 << 20


class Extent:
    """
    How many bytes of a body may still come: `left` of them where its length is known, else no more than `allowed`; None
    is no number.
    """

    __slots__ = ("allowed", "left")

    def __init__(self, left: int | None = None, allowed: int | None = None):
        self.left = left
        self.allowed = allowed

    def asked(self, size: int) -> int:
        """How many bytes to ask for where *size* are wanted."""
        return size if self.left is None else min(size, self.left)

    def took(self, data: bytes) -> bytes:
        """*data*, which came. Raises ClientDisconnected where nothing did, RequestEntityTooLarge where too much did."""
        if self.left is not None:
            if not data:
                raise ClientDisconnected
            self.left -= len(data)
        elif self.allowed is not None:
            self.allowed -= len(data)
            if self.allowed < 0:
                raise RequestEntityTooLarge
        return data


class Reader:
    """
    `reader(size)` gives at most so many bytes, none at the end of the body.

    Raises RequestEntityTooLarge where the body has more bytes than `max_content_length`, ClientDisconnected where it
    ends before its Content-Length, and whatever the server raises.
    """

    __slots__ = ("_extent", "_stream")

    def __init__(self, incoming: Request):
        environ, known = incoming.environ, vars(incoming)
        cached = known.get("_cached_data")
        self._extent = Extent()
        if cached is not None or "stream" in known:  # somebody has read it, or has begun to
            self._stream: Any = incoming.stream if cached is None else BytesIO(cached)
            return
        length, most = get_content_length(environ), incoming.max_content_length
        if length is None and "wsgi.input_terminated" not in environ:
            length = 0  # nobody knows where it ends
        if length is not None and most is not None and length > most:
            raise RequestEntityTooLarge
        self._stream = server_stream(environ)
        self._extent = Extent(length, most)
        # What reads it after us finds it at its end
        known["stream"] = BytesIO()

    @property
    def ended(self) -> bool:
        """Whether it is known that nothing more comes."""
        return self._extent.left == 0

    def __call__(self, size: int) -> bytes:
        extent = self._extent
        return b"" if extent.left == 0 else extent.took(self._stream.read(extent.asked(size)))


def server_stream(environ: Mapping[str, Any]) -> Any:
    """
    What the server gives to read the body from.

    Werkzeug's, of a body in chunks, claims bytes that a caller who ends in the middle of a chunk has not sent: what is
    given then is memory that belongs to others, or the process ends. What it reads is made to fail there instead.
    """
    stream = environ["wsgi.input"]
    source = getattr(stream, "_rfile", None) if isinstance(stream, DechunkedInput) else None
    if source is not None and not isinstance(source, _Exact):
        stream._rfile = _Exact(source)
    return stream


class _Exact:
    """What reads all the bytes that are asked for of *source*, or raises ClientDisconnected."""

    __slots__ = ("_source", "readline")

    def __init__(self, source: Any):
        self._source = source
        self.readline = source.readline

    def read(self, size: int) -> bytes:
        data: bytes = self._source.read(size)
        if len(data) < size:
            raise ClientDisconnected
        return data


def whole(incoming: Request) -> bytes:
    """All of the body, which Flask remembers as it does what its own `get_data` reads. Raises as Reader does."""
    cached = vars(incoming).get("_cached_data")
    if cached is not None:
        return bytes(cached)
    read = Reader(incoming)
    data = read(_PIECE)
    if data and not read.ended:
        pieces = [data]
        while piece := read(_PIECE):
            pieces.append(piece)
        data = b"".join(pieces)
    incoming._cached_data = data
    return data
