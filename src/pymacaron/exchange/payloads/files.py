"""
A file that a client sends: read in pieces while it is sent, from where it stood when it was given.

It is sent again as often as that is asked, where it can be wound back. Neighbours: downloads.py has those of replies,
parts.py puts several into one body.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator, Mapping
from typing import Any

from pymacaron.exchange import downloads
from pymacaron.exchange.downloads import length_of
from pymacaron.exchange.files import Upload

__all__ = ["Sent", "is_sent_as_file"]

#: Bytes that are read at once
_PIECE = 65_536


def is_sent_as_file(value: Any) -> bool:
    """Whether *value* is a file, or a tuple of a name and a file or bytes, and perhaps its media type."""
    if value.__class__ is tuple:
        named = len(value) in (2, 3) and (value[0] is None or isinstance(value[0], str))
        return named and (isinstance(value[1], (bytes, bytearray, memoryview)) or downloads.is_file(value[1]))
    return downloads.is_file(value)


class Sent:
    """
    The bytes of a file: of one that is open, of an Upload, of a path (pathlib.Path), of bytes, of a text; or of a tuple
    (name, one of these) or (name, one of these, media type).

    `filename` and `content_type`: '' where nothing tells; `headers`: further ones of its part; `length`: its bytes,
    None where nobody knows; `repeatable`: whether it can be gone through again. A file that was given open stays open.
    Raises OSError for a path that cannot be read, TypeError for a file that is closed, or open for text.
    """

    def __init__(self, value: Any):
        name: Any = None
        content_type = ""
        if value.__class__ is tuple:
            name, value, *more = value
            content_type = str(more[0] or "") if more else ""
        self.headers: Mapping[str, str] = {}
        self._path: str | None = None
        self._data: bytes | None = None
        self._file: Any = None
        self._is_open = False
        self._start: int | None = None
        if isinstance(value, str):
            value, content_type = value.encode(), content_type or "text/plain; charset=utf-8"
        if isinstance(value, Upload):
            name = value.filename if name is None else name
            content_type = content_type or value.content_type
            self.headers = {key: text for key, text in value.headers.items() if key.lower() not in _OWN}
            value = value.stream
        if isinstance(value, (bytes, bytearray, memoryview)):
            self._data = bytes(value)
            self.length: int | None = len(self._data)
        elif isinstance(value, os.PathLike):
            self._path = str(os.fspath(value))
            with open(self._path, "rb"):  # one that may not be read, or is a folder, is refused now
                self.length = os.stat(self._path).st_size
            name = os.path.basename(self._path) if name is None else name
        else:
            self._open(value)
            told: Any = getattr(value, "filename", None) or getattr(value, "name", None)
            name = os.path.basename(told) if name is None and isinstance(told, str) else name
            kind: Any = getattr(value, "content_type", None)
            content_type = content_type or (kind if isinstance(kind, str) else "")
        self.filename = name or ""
        self.content_type = content_type or _guessed(self.filename)
        self.repeatable = not (self._is_open and self._start is None)

    def _open(self, file: Any) -> None:
        if getattr(file, "closed", False) is True:
            raise TypeError("the file is closed")
        first = file.read(0)
        if not isinstance(first, (bytes, bytearray)):
            raise TypeError(f"the file gives {type(first).__name__}, not bytes: open it with mode 'rb'")
        self._file, self._is_open = file, True
        self.length = length_of(file)
        self._start = None if self.length is None else file.tell()

    def __iter__(self) -> Iterator[bytes]:
        if self._data is not None:
            return iter((self._data,) if self._data else ())
        return self._of_path(self._path) if self._path is not None else self._of_file()

    def _of_path(self, path: str) -> Iterator[bytes]:
        with open(path, "rb") as file:
            yield from _pieces(file, self.length)

    def _of_file(self) -> Iterator[bytes]:
        if self._start is not None:
            self._file.seek(self._start)
        yield from _pieces(self._file, self.length)


#: The headers of a part that are made anew
_OWN = frozenset(("content-disposition", "content-type", "content-length", "content-transfer-encoding"))


def _pieces(file: Any, length: int | None) -> Iterator[bytes]:
    """No more than *length*, which was told, should the file grow meanwhile. Raises OSError where it has shrunk."""
    left = length
    while left is None or left > 0:
        piece = file.read(_PIECE if left is None else min(_PIECE, left))
        if not piece:
            break
        left = None if left is None else left - len(piece)
        yield bytes(piece)
    if left:
        raise OSError(f"the file has {left} bytes fewer than when it was given")


def _guessed(name: str) -> str:
    guessed, coding = mimetypes.guess_type(name)
    return guessed or "" if coding is None else "application/octet-stream"
