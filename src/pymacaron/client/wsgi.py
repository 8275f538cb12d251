"""
A WSGI application of this process as its caller sees it: the body that it reads, and the reply that it makes.

It runs in contextvars of its own; what a caller gives piece by piece is made in the caller's. Neighbour: inside.py.
Source: PEP 3333.
"""

from __future__ import annotations

import contextvars
import io
import logging
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pymacaron.client.attempts import Pairs
from pymacaron.client.errors import BadReply, ConnectionLost, too_large

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["END", "Input", "Reply", "Wsgi", "awaited", "of_caller"]

log = logging.getLogger("pymacaron.client")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: What stands behind the last piece
END: Any = object()
#: gzip, and zlib, which HTTP calls deflate
_WINDOW = 47
_CODINGS = frozenset(("gzip", "x-gzip", "deflate"))


class Reply:
    """
    What an application has answered. `parts`: its body, which read() gives in pieces; closed with the last of them, or
    by end(). `run(function, ...)` has something done in the contextvars of the call. `status` 0: none yet. `is_plain`:
    `parts` is the body as it is, not compressed.
    """

    __slots__ = ("_begun", "headers", "is_plain", "parts", "run", "status")

    def __init__(self) -> None:
        self.run = contextvars.Context().run
        self.status = 0
        self.headers: Pairs = []
        self.parts: Any = ()
        self.is_plain = True
        #: What came before `parts`, by the old way of WSGI
        self._begun: list[bytes] | None = None

    def start(self, status: str, headers: Pairs, exc_info: Any = None) -> Callable[[bytes], Any]:
        """WSGI's start_response."""
        self.status, self.headers = int(status[:3]), headers
        for name, _ in headers:
            if len(name) == 16 and name.lower() == "content-encoding":
                self.is_plain = False
        return self._write

    def _write(self, data: bytes) -> None:
        self._begun = [*(self._begun or ()), data]
        self.is_plain = False

    def begin(self) -> None:
        """Have an application begin that calls start_response as late as it may: with its first bytes."""
        given = self.parts
        iterator = self.run(iter, given)
        self.parts = _Rest(iterator, getattr(given, "close", None))
        self._write(self.run(next, iterator, b""))
        if not self.status:
            raise RuntimeError("the application has not called start_response")

    def read(self) -> Iterator[bytes]:
        """The pieces of the body, decompressed. Raises ConnectionLost, BadReply."""
        try:
            decoder = self._decoder()
            for piece in self._begun or ():
                yield piece if decoder is None else decoder.decompress(piece)
            iterator = self.run(iter, self.parts)
            while (piece := self.run(next, iterator, END)) is not END:
                yield piece if decoder is None else decoder.decompress(piece)
            if decoder is not None:
                yield decoder.flush()
        except zlib.error as error:
            raise BadReply(f"the reply does not decompress: {error}") from error
        except Exception as error:  # where a server would close the connection
            raise ConnectionLost("the reply was cut: the service failed while it made it") from error
        finally:
            self.end()

    def whole(self, most: int) -> bytes:
        """All of the body, of at most so many bytes. Raises as read() does."""
        found: list[bytes] = []
        size = 0
        pieces: Any = self.read()
        try:
            for piece in pieces:
                size += len(piece)
                if size > most:
                    raise too_large(most)
                found.append(piece)
        finally:
            pieces.close()
        return found[0] if len(found) == 1 else b"".join(found)

    def end(self) -> None:
        """Close what the application gave; only the first time counts."""
        parts, self.parts = self.parts, ()
        close = getattr(parts, "close", None)
        if close is None:
            return
        try:
            self.run(close)
        except Exception as error:  # where a request ends: its reply is there
            log.error("the end of a call in this process failed: %s", type(error).__name__)

    def _decoder(self) -> Any:
        """What decompresses the body; None where nothing does."""
        coding = next((value for name, value in self.headers if name.lower() == "content-encoding"), "")
        return zlib.decompressobj(_WINDOW) if coding.strip().lower() in _CODINGS else None


class _Rest:
    """A body that was begun."""

    def __init__(self, iterator: Iterator[bytes], close: Callable[[], Any] | None):
        self._iterator = iterator
        if close is not None:
            self.close = close

    def __iter__(self) -> Iterator[bytes]:
        return self._iterator


class Input(io.RawIOBase):
    """What an application reads a body from that comes in *pieces*."""

    def __init__(self, pieces: Iterator[bytes]):
        super().__init__()
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = bytes(piece)
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def of_caller(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """*pieces*, each made in the contextvars that are current now: whoever reads them has others."""
    run = contextvars.copy_context().run

    def made() -> Iterator[bytes]:
        while (piece := run(next, pieces, END)) is not END:
            yield piece

    return made()


def awaited(pieces: AsyncIterator[bytes], loop: AbstractEventLoop) -> Iterator[bytes]:
    """*pieces*, made on *loop*, for a thread that is not its own."""
    from asyncio import run_coroutine_threadsafe

    async def following() -> Any:
        return await anext(pieces, END)

    while (piece := run_coroutine_threadsafe(following(), loop).result()) is not END:
        yield piece
