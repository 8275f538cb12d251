"""
A file as the body of a reply: read in pieces while it is sent, closed at the end whatever happens.

Neighbours: outbound.py makes replies of them; files.py has the files of requests.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from pymacaron.exchange.files import Upload

__all__ = ["Download", "is_file", "length_of"]

#: Bytes that are read at once
_PIECE = 65_536


def is_file(value: Any) -> bool:
    """Whether *value* is sent as a file: a path (pathlib.Path), or what has a method read()."""
    return isinstance(value, os.PathLike) or callable(getattr(value, "read", None))


class Download(Iterator[bytes]):
    """
    The bytes of a file from where it stands to its end, in pieces of 64 KiB.

    `length`: how many they are, None where the file cannot tell; `media_type`: what it is, as the caller said who
    uploaded it, or by the name of the file; '' where nothing tells.
    Raises OSError for a path that cannot be opened, TypeError for a file that is open for text.
    """

    def __init__(self, value: Any):
        self.media_type = ""
        if isinstance(value, os.PathLike):
            value = open(value, "rb")  # noqa: SIM115 - closed when it was sent
        elif isinstance(value, Upload):
            self.media_type = value.content_type
            value = value.stream
        elif isinstance(said := getattr(value, "content_type", None), str):  # Werkzeug's FileStorage says it, too
            self.media_type = said
        self._file: BinaryIO = value
        try:
            first = value.read(0)
            if not isinstance(first, (bytes, bytearray)):
                raise TypeError(f"the file gives {type(first).__name__}, not bytes: open it with mode 'rb'")
            self.length = length_of(value)
        except BaseException:
            self.close()
            raise
        self._left = self.length
        name = getattr(value, "name", "")
        if not self.media_type and isinstance(name, (str, os.PathLike)):
            guessed, coding = mimetypes.guess_type(os.fspath(name))
            self.media_type = guessed or "" if coding is None else "application/octet-stream"

    def __next__(self) -> bytes:
        # No more than Content-Length says, should the file grow meanwhile
        size = _PIECE if self._left is None else min(_PIECE, self._left)
        piece = self._file.read(size) if size else b""
        if not piece:
            self.close()
            raise StopIteration
        if self._left is not None:
            self._left -= len(piece)
        return bytes(piece)

    def close(self) -> None:
        """Close the file; what has no close() is left alone. May be called again."""
        close = getattr(self._file, "close", None)
        if close is not None:
            close()


def length_of(file: Any) -> int | None:
    """Bytes from where *file* stands to its end, None where it cannot tell."""
    seekable = getattr(file, "seekable", None)
    if seekable is None or not seekable():
        return None
    here = file.tell()
    end = file.seek(0, os.SEEK_END)
    if end is None:  # older classes return nothing
        end = file.tell()
    file.seek(here)
    return max(0, int(end) - int(here))
