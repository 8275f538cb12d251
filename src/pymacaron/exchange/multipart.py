"""
A multipart body -> its parts, one after the other, whatever their size: at most a chunk of it is held here.

Strict, since what two programs read in two ways is how checks are passed by: lines end in CRLF, each header is one,
the last delimiter must be there. No I/O: bytes come from a function. Neighbours: bodies/forms.py and bodies/mixed.py
say what the parts mean, the server keeps what is large.
Source: RFC 2046, section 5.1; RFC 7578 for names and file names, with the escapes that browsers write
(https://html.spec.whatwg.org/#multipart-form-data).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote_to_bytes

from pymacaron.exchange import media

__all__ = ["Head", "Headers", "Malformed", "boundary_of", "disposition", "parts"]

#: Bytes asked for at a time
_CHUNK = 64 * 1024
#: Bytes that the headers of one part may have
_HEADERS = 16 * 1024
#: Characters that a boundary may have: RFC 2046, section 5.1.1, allows 70, and some clients write more
_BOUNDARY = 200
#: Blanks that may stand behind a delimiter, which some gateways add (RFC 2046: transport padding)
_PADDING = 256


class Malformed(Exception):
    """A body that is no multipart body; the text says why, to be read after `the body`."""


class Headers(Mapping[str, str]):
    """The headers of a part, by name in any case."""

    __slots__ = ("_known",)

    def __init__(self, pairs: Mapping[str, str] | None = None):
        self._known = {name.lower(): (name, value) for name, value in (pairs or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._known[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)!r})"


@dataclass(frozen=True)
class Head:
    """
    What stands before the content of a part. `name`: of the field, None where it has none; `filename`: as the caller
    gave it, None where there is none.
    """

    name: str | None
    filename: str | None
    headers: Headers

    @cached_property
    def content_type(self) -> str:
        """As sent, '' where there is none."""
        return self.headers.get("Content-Type", "")

    @cached_property
    def kind(self) -> media.ContentType | None:
        """The media type; None where there is none, or none that can be read."""
        return media.parse(self.content_type) if self.content_type else None


def boundary_of(content_type: str | None) -> bytes:
    """The boundary that a Content-Type names. Raises Malformed."""
    given = media.parse(content_type) if content_type else None
    boundary = given.parameters.get("boundary", "") if given is not None else ""
    if not boundary:
        raise Malformed("has no boundary in its Content-Type")
    if len(boundary) > _BOUNDARY or not (boundary.isascii() and boundary.isprintable()) or boundary.endswith(" "):
        raise Malformed("has a boundary in its Content-Type that is none")
    return boundary.encode()


def parts(read: Callable[[int], bytes], boundary: bytes) -> Iterator[tuple[Head, Iterator[bytes | bytearray]]]:
    """
    The parts of a body: each with what gives its content in pieces, which are to be read before the next part is.

    *read(n)* gives at most n bytes, none at the end. A body without a byte has no parts. Raises Malformed, and
    whatever *read* raises.
    """
    reader = _Reader(read, boundary)
    if not reader.more():
        return
    for _ in reader.content():  # the preamble, which means nothing
        pass
    while not reader.last:
        head = _head(reader.headers())
        content = reader.content()
        yield head, content
        for _ in content:
            pass
    while read(_CHUNK):  # nor does the epilogue
        pass


class _Reader:
    """`last`: whether the delimiter that was read last is the one that ends the body."""

    def __init__(self, read: Callable[[int], bytes], boundary: bytes):
        self._read = read
        self._delimiter = b"\r\n--" + boundary
        self._buffer = bytearray(b"\r\n")  # so that the first delimiter is like all others
        self.last = False

    def more(self) -> bool:
        """Read a chunk; whether there was one."""
        data = self._read(_CHUNK)
        self._buffer += data
        return bool(data)

    def content(self) -> Iterator[bytes | bytearray]:
        """All up to the next delimiter, which is read, too, but for the CRLF behind it."""
        buffer, size, start = self._buffer, len(self._delimiter), 0
        while True:
            at = buffer.find(self._delimiter, start)
            end = self._end(at + size) if at >= 0 else None
            if end is not None:
                if at:
                    yield buffer[:at]
                del buffer[:end]
                return
            if at >= 0:  # a line that only begins like a delimiter
                start = at + size
                continue
            whole = len(buffer) - size + 1  # what follows could be the beginning of a delimiter
            if whole > 0:
                yield buffer[:whole]
                del buffer[:whole]
            start = 0
            if not self.more():
                raise Malformed("is cut short")

    def _end(self, at: int) -> int | None:
        """Where the delimiter whose boundary ends at *at* ends, None where it is none."""
        buffer = self._buffer
        while len(buffer) < at + 2 and self.more():
            pass
        if buffer[at : at + 2] == b"--":
            self.last = True
            return at + 2
        while True:
            end = at
            while end < len(buffer) and buffer[end] in b" \t":
                end += 1
            if end - at > _PADDING:
                return None
            if len(buffer) >= end + 2 or not self.more():
                return end if buffer[end : end + 2] == b"\r\n" else None

    def headers(self) -> bytes:
        """The lines of the headers, each with CRLF before it."""
        buffer = self._buffer
        while True:
            at = buffer.find(b"\r\n\r\n")
            if at > _HEADERS or (at < 0 and len(buffer) > _HEADERS):
                raise Malformed(f"has a part whose headers are longer than {_HEADERS} bytes")
            if at >= 0:
                break
            if not self.more():
                raise Malformed("is cut short")
        lines = bytes(buffer[:at])
        # A part without content may have only the CRLF of the delimiter behind its headers
        while len(buffer) < at + 2 + len(self._delimiter) and self.more():
            pass
        del buffer[: at + 2 if buffer.startswith(self._delimiter, at + 2) else at + 4]
        return lines


def _head(lines: bytes) -> Head:
    try:
        text = lines.decode()
    except UnicodeDecodeError:
        raise Malformed("has a part whose headers are not UTF-8") from None
    pairs: dict[str, str] = {}
    seen: set[str] = set()
    for line in text.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if not colon or not media.is_token(name) or any(c in "\r\n\0" for c in value):
            raise Malformed("has a part with a header that is none")
        if name.lower() in seen:
            raise Malformed(f"has a part with more than one header {name[:80]!r}")
        seen.add(name.lower())
        pairs[name] = value.strip(" \t")
    headers = Headers(pairs)
    given = disposition(headers.get("Content-Disposition", ""))
    return Head(given.get("name"), given.get("filename"), headers)


def disposition(text: str) -> dict[str, str]:
    """The parameters of a Content-Disposition; those that RFC 8187 encodes go before the plain ones."""
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    _, *parameters = media.split(text, ";")
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        name, value = name.strip().lower(), value.strip()
        if not equals:
            continue
        found = extended if name.endswith("*") else plain
        name = name.removesuffix("*")
        if name in found:
            raise Malformed(f"has a part with more than one {name[:80]}")
        found[name] = _extended(value) if found is extended else _unquoted(value)
    return plain | extended


def _unquoted(value: str) -> str:
    """
    A file name may hold a path of Windows, so that only a backslash before a quote or a backslash is an escape.
    """
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    inner = value[1:-1]
    if "\\" in inner:
        pieces = inner.split("\\\\")
        inner = "\\".join(piece.replace('\\"', '"') for piece in pieces)
    if "%" in inner:
        inner = inner.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
    return inner


def _extended(value: str) -> str:
    """`UTF-8''na%C3%AFve`: RFC 8187, section 3.2."""
    charset, _, rest = value.partition("'")
    _, quote, encoded = rest.partition("'")
    codec = media.codec_name(charset)
    try:
        if not quote or codec not in ("utf_8", "latin_1", "ascii"):
            raise ValueError
        return unquote_to_bytes(encoded).decode(codec)
    except ValueError:  # UnicodeDecodeError is one, too
        raise Malformed("has a part with a name that cannot be read") from None
