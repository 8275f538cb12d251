"""
What a client gets of a reply while it comes: the items of a stream one by one, or a file that is read as it arrives.

Both over chunks of bytes, blocking or not; closing either closes the chunks. No I/O here: whoever has the connection
gives the chunks. Neighbours: sequences.py takes items apart, streams.py reads one, answered.py makes these.
"""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from typing import Any, BinaryIO, TypeVar, cast

from pymacaron.exceptions import HTTPError
from pymacaron.exchange.files import Upload
from pymacaron.exchange.multipart import Malformed, disposition
from pymacaron.exchange.sequences import Found
from pymacaron.exchange.streams import ItemReader
from pymacaron.schema.violations import Violation, Violations

__all__ = ["AsyncInflow", "AsyncReceived", "Inflow", "Received", "named"]

_S = TypeVar("_S", bound="Inflow")
_A = TypeVar("_A", bound="AsyncInflow")

#: Bytes of a file that are read at once
_PIECE = 65_536

#: Called with what is wrong with a reply; where it returns, what was read is given all the same
Tell = Callable[[list[Violation]], None]

#: Of what is wrong with a reply the exception that is raised: a ResponseMismatch, or what a client has in its place
Mismatch = Callable[[list[Violation]], Exception]


def named(headers: Mapping[str, str]) -> str:
    """
    The name of the file that a reply is, as the server calls it, '' for none; without what could be a path. Source: RFC
    6266, section 4.3.
    """
    try:
        told = disposition(headers.get("content-disposition", "")).get("filename", "")
    except Malformed:
        return ""
    return told.replace("\\", "/").rpartition("/")[2].replace("\0", "")


class _Parsed:
    """The items in bytes as they come: `feed` gives those that are whole."""

    def __init__(self, reader: ItemReader, tell: Tell | None, most: int, mismatch: Mismatch):
        self._reader = reader
        self._mismatch = mismatch
        self._tell = tell
        self._parsing: Generator[Found | None, bytes, None] = reader.sequence.parse(most)
        self._most = most
        self._begun = False
        self._count = 0

    def next(self, data: bytes | None) -> Found | None:
        """
        The next thing found, None where bytes are to be read. *data*: those that were asked for. Raises StopIteration
        at the end.
        """
        try:
            if not self._begun:
                self._begun = True
                next(self._parsing)
                return None
            return next(self._parsing) if data is None else self._parsing.send(data)
        except HTTPError:
            detail = f"has more than {self._most} bytes"
            raise self._mismatch([Violation("response", f"/{self._count}", "size", detail)]) from None

    def item(self, found: Found) -> Any:
        """The value of an item. Raises what `tell` raises; a mismatch for what cannot be read."""
        index = self._count
        self._count += 1
        try:
            value, wrong = self._reader.read(found, index, self._tell is not None)
        except Violations as error:
            raise self._mismatch(error.violations) from None
        if wrong and self._tell is not None:
            self._tell(wrong)
        return self._reader.converted(value, index)

    def end(self) -> None:
        wrong = self._reader.missing(self._count) if self._tell is not None else []
        if wrong and self._tell is not None:
            self._tell(wrong)


class Inflow(Iterator[Any]):
    """
    The items of a reply, each read, checked and converted when it is reached. `close()`, or `with`, ends the reply
    before its end. Raises ResponseMismatch for one that is wrong, where the client is strict, after which the next one
    can be asked for.
    """

    def __init__(self, chunks: Iterator[bytes], reader: ItemReader, tell: Tell | None, most: int, mismatch: Mismatch):
        self._chunks = chunks
        self._parsed = _Parsed(reader, tell, most, mismatch)
        self._is_done = False

    def __next__(self) -> Any:
        if self._is_done:
            raise StopIteration
        data: bytes | None = None
        try:
            while (found := self._parsed.next(data)) is None:
                data = next((chunk for chunk in self._chunks if chunk), b"")
        except StopIteration:
            self.close()
            self._parsed.end()
            raise
        except BaseException:
            self.close()  # what comes behind it cannot be told from it
            raise
        return self._parsed.item(found)

    def close(self) -> None:
        self._is_done = True
        _close(self._chunks)

    def __enter__(self: _S) -> _S:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncInflow(AsyncIterator[Any]):
    """The same for `async for`; `await aclose()`, or `async with`."""

    def __init__(
        self, chunks: AsyncIterator[bytes], reader: ItemReader, tell: Tell | None, most: int, mismatch: Mismatch
    ):
        self._chunks = chunks
        self._parsed = _Parsed(reader, tell, most, mismatch)
        self._is_done = False

    async def __anext__(self) -> Any:
        if self._is_done:
            raise StopAsyncIteration
        data: bytes | None = None
        try:
            while (found := self._found(data)) is None:
                data = await _chunk(self._chunks)
        except StopAsyncIteration:
            await self.aclose()
            self._parsed.end()
            raise
        except BaseException:
            await self.aclose()
            raise
        return self._parsed.item(found)

    def _found(self, data: bytes | None) -> Found | None:
        try:
            return self._parsed.next(data)
        except StopIteration:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        self._is_done = True
        await _aclose(self._chunks)

    async def __aenter__(self: _A) -> _A:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Received(Upload):
    """
    The file that a reply is: as an Upload of a form, `filename` (never use it as a path), `content_type`, `size` where
    that is told, `.read()`, `.save()`; also a context manager, and an iterator over its pieces. What is not read to its
    end is to be closed.
    """

    def __init__(self, chunks: Iterator[bytes], headers: Mapping[str, str]):
        length = headers.get("content-length", "")
        is_told = length.isascii() and length.isdigit() and "content-encoding" not in headers
        self._buffered = io.BufferedReader(_Chunks(chunks), _PIECE)
        super().__init__(
            cast(BinaryIO, self._buffered),
            named(headers),
            content_type=headers.get("content-type", ""),
            headers=headers,
            size=int(length) if is_told else None,
        )

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._buffered.read1(_PIECE):  # what is there, without waiting for more
            yield piece

    def close(self) -> None:
        self.stream.close()

    def __enter__(self) -> Received:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Chunks(io.RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, chunks: Iterator[bytes]):
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next((chunk for chunk in self._chunks if chunk), b""))
        view = memoryview(buffer).cast("B")
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            _close(self._chunks)
        super().close()


class AsyncReceived:
    """The same for asyncio: `await read()`, `await save()`, `async for`, `async with`, `await aclose()`."""

    def __init__(self, chunks: AsyncIterator[bytes], headers: Mapping[str, str]):
        told = Received(iter(()), headers)
        self.filename, self.content_type, self.mimetype = told.filename, told.content_type, told.mimetype
        self.headers, self.size = told.headers, told.size
        self._chunks = chunks
        self._rest = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._rest:
            rest, self._rest = self._rest, b""
            yield rest
        while piece := await _chunk(self._chunks):
            yield piece
        await self.aclose()

    async def read(self, size: int = -1) -> bytes:
        """At most *size* bytes from where the last read ended, all of the rest by default; b"" at the end."""
        pieces, count = [self._rest], len(self._rest)
        while size < 0 or count < size:
            piece = await _chunk(self._chunks)
            if not piece:
                break
            pieces.append(piece)
            count += len(piece)
        data = b"".join(pieces)
        end = len(data) if size < 0 else size
        self._rest = data[end:]
        return data[:end]

    async def save(self, target: str | os.PathLike[str]) -> None:
        """Write what was not read yet to the file of that path."""
        with open(target, "wb") as file:
            async for piece in self:
                file.write(piece)

    async def aclose(self) -> None:
        await _aclose(self._chunks)

    async def __aenter__(self) -> AsyncReceived:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _close(chunks: Any) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()


async def _aclose(chunks: Any) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


async def _chunk(chunks: AsyncIterator[bytes]) -> bytes:
    """The next bytes, b"" at the end."""
    async for chunk in chunks:
        if chunk:
            return chunk
    return b""
