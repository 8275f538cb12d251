"""
The bytes that one side of a connection sends -> where its HTTP messages begin, what they say, where they end.

All bytes are passed on as they come, line by line and piece by piece: nothing is made anew, so that whoever receives
them sees what was sent. No I/O. Neighbours: conversation.py hears what is said; proxy.py has the bytes.
Source: RFC 9112, sections 2.2, 6.3 and 7.1.
"""

from __future__ import annotations

import re
from typing import Literal, Protocol

__all__ = ["Hearer", "Length", "LostError", "Messages"]

#: Of a body: its bytes, that it comes in chunks, that it lasts until the connection ends
Length = int | Literal["chunked", "rest"]

#: A line that is longer is none
_LINE_BYTES = 262_144
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")


class LostError(Exception):
    """What comes cannot be told to be HTTP: a message for people, without what was sent."""


class Hearer(Protocol):
    """Who is told of messages. `start` and `header` give the line that is passed on; all may raise LostError."""

    def start(self, line: bytes) -> bytes: ...

    def header(self, line: bytes) -> bytes: ...

    def length(self) -> Length:
        """The head is complete: how long the body is."""
        ...

    def body(self, piece: bytes) -> None: ...

    def end(self) -> None: ...

    def lost(self, why: str) -> None:
        """From here on bytes are passed on, and nothing is told."""
        ...


class Messages:
    """What one side sends, of which *hearer* is told. `is_blind`: nothing is looked for any more."""

    def __init__(self, hearer: Hearer):
        self._hearer = hearer
        self._buffer = bytearray()
        self._searched = 0
        self._left = 0
        self._step = self._start
        self.is_blind = False

    def feed(self, data: bytes) -> bytes:
        """What is passed on now that *data* has come."""
        self._buffer += data
        out = bytearray()
        try:
            while self._buffer and not self.is_blind and self._step(out):
                pass
        except LostError as error:
            self.is_blind = True
            self._hearer.lost(str(error))
        if self.is_blind:
            out += self._held()
        return bytes(out)

    def end(self, *, is_whole: bool = True) -> bytes:
        """What is still to be passed on when the side has ended; *is_whole*: and has meant to."""
        if is_whole and self._step == self._rest and not self.is_blind:
            self._over()
        return self._held()

    def _held(self) -> bytes:
        held = bytes(self._buffer)
        self._buffer.clear()
        return held

    # ---- steps: each takes of the buffer what it knows, and says whether it could

    def _line(self) -> bytes | None:
        """The next line, which stays where it is."""
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            if self._searched > _LINE_BYTES:
                raise LostError("a line does not end")
            return None
        return bytes(self._buffer[: end + 1])

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._searched = 0

    def _start(self, out: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        if line.strip(b"\r\n"):
            out += self._hearer.start(line)
            self._step = self._headers
        else:
            out += line  # before a message there may be empty lines
        self._drop(len(line))
        return True

    def _headers(self, out: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        if line.strip(b"\r\n"):
            out += self._hearer.header(line)
            self._drop(len(line))
            return True
        length = self._hearer.length()
        out += line
        self._drop(len(line))
        if length == "chunked":
            self._step = self._size
        elif length == "rest":
            self._step = self._rest
        elif length:
            self._left, self._step = length, self._sized
        else:
            self._over()
        return True

    def _over(self) -> None:
        self._step = self._start
        self._hearer.end()

    def _piece(self, out: bytearray, size: int) -> int:
        piece = bytes(self._buffer[:size])
        self._drop(len(piece))
        out += piece
        self._hearer.body(piece)
        return len(piece)

    def _rest(self, out: bytearray) -> bool:
        self._piece(out, len(self._buffer))
        return True

    def _sized(self, out: bytearray) -> bool:
        self._left -= self._piece(out, self._left)
        if not self._left:
            self._over()
        return True

    def _size(self, out: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        size = line.partition(b";")[0].strip()
        if not _SIZE.fullmatch(size):
            raise LostError("a chunk has no size")
        out += line
        self._drop(len(line))
        self._left = int(size, 16)
        self._step = self._chunk if self._left else self._trailers
        return True

    def _chunk(self, out: bytearray) -> bool:
        self._left -= self._piece(out, self._left)
        if not self._left:
            self._step = self._chunk_end
        return True

    def _chunk_end(self, out: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        if line.strip(b"\r\n"):
            raise LostError("a chunk is longer than its size")
        out += line
        self._drop(len(line))
        self._step = self._size
        return True

    def _trailers(self, out: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        out += line
        self._drop(len(line))
        if not line.strip(b"\r\n"):
            self._over()
        return True
