"""
The body of a request as it arrives: what is there is given at once, where WSGI's read() would wait for more.

WSGI has no such function, and every server keeps what it has read elsewhere; one that is not known here is read line by
line, which is what sequences of items are made of. Neighbours: incoming.py hands it to the exchange room.
"""

from __future__ import annotations

import contextlib
import contextvars
import socket
import threading
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from pymacaron.server.reading import Extent, server_stream

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["Body"]

_T = TypeVar("_T")

#: Bytes that are read at once
_PIECE = 65_536

#: Gives at most so many bytes, at least one unless the body is at its end
_Some = Callable[[int], bytes]


class Body:
    """
    The body of *incoming*; see exchange/request.py, Arriving. *guard(read)* gives what *read* gives, and says in words
    of ours what the server says of a body that is cut or malformed.
    """

    def __init__(self, incoming: Request, max_item_bytes: int, guard: Callable[[Callable[[], bytes]], bytes]):
        environ = incoming.environ
        length, most = incoming.content_length, incoming.max_content_length
        if length is not None and most is not None and length > most:
            raise RequestEntityTooLarge(f"The body has more than {most} bytes")
        if length is None and "wsgi.input_terminated" not in environ:
            length = 0  # nobody knows where it ends
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        framed = chunked or not environ.get("SERVER_PROTOCOL", "").startswith("HTTP/1")
        self.is_empty = length == 0 or (length is None and not framed)
        self.max_item_bytes = max_item_bytes
        self._some = _some(_stream(incoming))
        self._guard = guard
        self._extent = Extent(length, most)
        self._closed = False
        self._thread: ThreadPoolExecutor | None = None
        #: Held while something is read
        self._reading = threading.Lock()
        self._socket = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")

    def read(self) -> bytes:
        """What is there of the body, b"" at its end. Raises as the guard does, and RuntimeError after `close`."""
        with self._reading:
            if self._closed:
                raise RuntimeError("the call is over: nothing more can be read of its body")
            return self._guard(self._read)

    def _read(self) -> bytes:
        extent = self._extent
        return b"" if extent.left == 0 else extent.took(self._some(extent.asked(_PIECE)))

    def off_loop(self, function: Callable[[], _T]) -> Awaitable[_T]:
        """What *function* does, in a thread of this body's own: those that the loop has are few, and not to wait in."""
        import asyncio
        from concurrent.futures import ThreadPoolExecutor

        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "pymacaron-body")
        run = contextvars.copy_context().run
        return asyncio.get_running_loop().run_in_executor(self._thread, run, function)

    def close(self) -> None:
        """
        The call is over: what comes on the connection is the next one's. While another thread still waits for more of
        this body, as that of a handler that has given up on it, nobody could tell where the next call begins: then
        nothing more is read of the connection at all, though the reply is still sent on it.
        """
        self._closed = True
        if not self._reading.acquire(blocking=False):
            if not isinstance(self._socket, socket.socket):
                self._leave()
                return
            with contextlib.suppress(OSError):
                # Not that of a TLS socket, which would end what is sent, too
                socket.socket.shutdown(self._socket, socket.SHUT_RD)
            self._reading.acquire()
        self._reading.release()
        self._leave()

    def _leave(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=False)


def _stream(incoming: Request) -> Any:
    """What the server gives, unless somebody has begun to read it."""
    cached = getattr(incoming, "_cached_data", None)
    if cached is not None:
        return BytesIO(cached)
    return incoming.stream if "stream" in vars(incoming) else server_stream(incoming.environ)


def _some(stream: Any) -> _Some:
    """How to read of *stream* what is there."""
    if hasattr(stream, "read1"):
        return stream.read1  # type: ignore[no-any-return]
    known = _KNOWN.get(f"{type(stream).__module__}.{type(stream).__name__}")
    made = known(stream) if known is not None else None
    return made if made is not None else stream.readline


def _of_gunicorn(body: Any) -> _Some | None:
    """
    Its read() and readline() wait for a KiB; its reader has what came with the first byte, up to a MiB, which is given
    whole: to leave a part of it there would copy it.
    """
    reader: Any = getattr(body, "reader", None)
    holder: Any = reader if hasattr(reader, "buf") else getattr(reader, "unreader", None)
    if reader is None or not hasattr(holder, "buf"):
        return None
    one: Callable[[int], bytes] = getattr(body, "_read_reader", reader.read)  # it remembers that reading failed

    def some(size: int) -> bytes:
        first = one(1)
        held = holder.buf.getbuffer().nbytes if first else 0
        return first + one(held) if held else first

    return some


def _of_werkzeug(stream: Any) -> _Some | None:
    """Its read() waits until it has as much as was asked for; of a chunk it knows how much is left."""
    if not hasattr(stream, "_len"):
        return None

    def some(size: int) -> bytes:
        first: bytes = stream.read(1)
        left = min(stream._len, size - 1) if first else 0
        return first + stream.read(left) if left else first

    return some


def _of_granian(body: Any) -> _Some:
    """Its read() waits as well, and its readline() gives no line feeds: byte by byte, then."""

    def some(size: int) -> bytes:
        found = bytearray()
        while len(found) < size and not found.endswith(b"\n"):
            byte = body.read(1)
            if not byte:
                break
            found += byte
        return bytes(found)

    return some


#: dict: the class of wsgi.input -> what reads of it what is there
_KNOWN: dict[str, Callable[[Any], _Some | None]] = {
    "gunicorn.http.body.Body": _of_gunicorn,
    "werkzeug.serving.DechunkedInput": _of_werkzeug,
    "granian._granian.WSGIBody": _of_granian,
}
