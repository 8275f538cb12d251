"""
The parts of a multipart request, read as they come: small values in memory, files behind one another in one spool.

Limits are Flask's settings: MAX_CONTENT_LENGTH, MAX_FORM_PARTS, MAX_FORM_MEMORY_SIZE. What is read here is
`request.form` and `request.files` to the user's own code, too. Neighbours: incoming.py calls this,
exchange/multipart.py takes the body apart.
"""

from __future__ import annotations

import io
import weakref
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, cast

from flask import Request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from werkzeug.datastructures import Headers as WerkzeugHeaders
from werkzeug.exceptions import RequestEntityTooLarge

from pymacaron.exchange.files import Part, Upload
from pymacaron.exchange.multipart import Head, Headers, boundary_of, parts

__all__ = ["InMemory", "form"]

#: Bytes of the files of one request that are kept in memory; what is more stands in a temporary file
_IN_MEMORY = 500_000
_BUFFER = 64 * 1024

#: The types that Flask reads by itself
_FORM, _URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"

#: Whether a part with that head is kept as bytes
InMemory = Callable[[Head], bool]


def form(incoming: Request, read: Callable[[int], bytes], in_memory: InMemory) -> list[Part]:
    """
    The parts of a form: those for whose head *in_memory* holds as bytes, all others as Uploads.

    *read(n)* reads the body. Raises Malformed, RequestEntityTooLarge, and what *read* raises.
    """
    if incoming.mimetype == _URLENCODED or (incoming.mimetype == _FORM and "form" in vars(incoming)):
        return list(_parsed(incoming, in_memory))
    found = _received(incoming, read, in_memory)
    texts = [
        (part.head.name, part.content.decode(errors="replace"))
        for part in found
        if isinstance(part.content, bytes) and part.head.filename is None
    ]
    files = [(part.head.name, _storage(part.head, part.content)) for part in found if part.head.filename is not None]
    # As Werkzeug itself remembers what it has parsed
    vars(incoming).update(form=ImmutableMultiDict(texts), files=ImmutableMultiDict(files))
    return found


def _received(incoming: Request, read: Callable[[int], bytes], in_memory: InMemory) -> list[Part]:
    boundary = boundary_of(incoming.environ.get("CONTENT_TYPE"))
    most_parts, most_memory = incoming.max_form_parts, incoming.max_form_memory_size
    found: list[Part] = []
    spool: _Spool | None = None
    memory = 0
    for head, pieces in parts(read, boundary):
        if most_parts is not None and len(found) >= most_parts:
            raise RequestEntityTooLarge(f"The form has more than {most_parts} parts")
        if not in_memory(head):
            spool = spool or _Spool()
            found.append(Part(head, _upload(head, *spool.add(pieces))))
            continue
        content = bytearray()
        for piece in pieces:
            memory += len(piece)
            if most_memory is not None and memory > most_memory:
                raise RequestEntityTooLarge(f"The fields of the form have more than {most_memory} bytes")
            content += piece
        found.append(Part(head, bytes(content)))
    return found


def _upload(head: Head, stream: io.BufferedReader, size: int) -> Upload:
    return Upload(stream, head.filename or "", content_type=head.content_type, headers=head.headers, size=size)


def _storage(head: Head, content: bytes | str | Upload) -> FileStorage:
    """The file once more, since Flask closes its own when the request ends, and a handler's Upload may live on."""
    if isinstance(content, Upload):
        stream: io.IOBase = cast(_Window, cast(io.BufferedReader, content.stream).raw).again()
    else:
        stream = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    return FileStorage(
        cast("io.BufferedReader", stream), head.filename, head.name, headers=WerkzeugHeaders(list(head.headers.items()))
    )


def _parsed(incoming: Request, in_memory: InMemory) -> Iterable[Part]:
    """What code before us has had Flask parse already."""
    for name, text in incoming.form.items(multi=True):
        yield Part(Head(name, None, Headers()), text)
    for name, file in incoming.files.items(multi=True):
        head = Head(name, file.filename or "", Headers(dict(file.headers)))
        if in_memory(head):
            yield Part(head, file.stream.read())
        else:
            size = file.stream.seek(0, io.SEEK_END)
            file.stream.seek(0)
            yield Part(
                head, Upload(file.stream, file.filename or "", file.mimetype, head.content_type, head.headers, size)
            )


class _Spool:
    """
    The files of one request, one behind the other: at most one temporary file is open for each request, however many
    parts it has. It lives as long as an Upload that stands in it.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by what follows
        weakref.finalize(self, self._file.close)
        self._lock = Lock()
        self._size = 0

    def add(self, pieces: Iterable[bytes | bytearray]) -> tuple[io.BufferedReader, int]:
        """Write *pieces*; what reads them again, and how many bytes they are."""
        start = self._size
        for piece in pieces:
            with self._lock:
                self._file.seek(self._size)
                self._size += self._file.write(piece)
        size = self._size - start
        return io.BufferedReader(_Window(self, start, size), _BUFFER), size

    def read(self, start: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(start)
            return self._file.read(size)


class _Window(io.RawIOBase):
    """One file of a spool, open for reading."""

    def __init__(self, spool: _Spool, start: int, size: int):
        self._spool = spool
        self._start = start
        self._size = size
        self._at = 0

    def again(self) -> io.BufferedReader:
        return io.BufferedReader(_Window(self._spool, self._start, self._size), _BUFFER)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("a position before the beginning of the file")
        self._at = origin + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._spool.read(self._start + self._at, max(0, min(len(view), self._size - self._at)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def readall(self) -> bytes:
        data = self._spool.read(self._start + self._at, max(0, self._size - self._at))
        self._at += len(data)
        return data
