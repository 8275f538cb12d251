"""
Parts -> a multipart body, piece by piece: files of any size are read while they are sent.

The mirror of multipart.py. Neighbours: multiparts.py says which parts a value has.
Source: RFC 2046, section 5.1; RFC 7578, and the escapes of https://html.spec.whatwg.org/#multipart-form-data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from pymacaron.exchange.payloads.files import Sent

__all__ = ["Multipart", "SentPart"]


@dataclass(frozen=True, slots=True)
class SentPart:
    """
    One part. `name`: of its field, None where parts have none; `content_type`: '' for a text, which needs none;
    `filename`: '' where it has none: a file is called as its field, then.
    """

    name: str | None
    content: bytes | Sent
    content_type: str = ""
    filename: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=())

    def head(self) -> bytes:
        """Its headers. Raises ValueError for one that would break out of its line."""
        lines = []
        if self.name is not None:
            # Many take a file whose name is empty for no file at all
            filename = self.filename or (self.name if isinstance(self.content, Sent) else "")
            said = f'; filename="{_escaped(filename)}"' if filename else ""
            lines.append(f'Content-Disposition: form-data; name="{_escaped(self.name)}"{said}')
        elif self.filename:
            lines.append(f'Content-Disposition: attachment; filename="{_escaped(self.filename)}"')
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if any("\r" in line or "\n" in line or "\0" in line for line in lines):
            raise ValueError("a header of a part has a line break in it")
        return "".join(f"{line}\r\n" for line in lines).encode()


class Multipart:
    """
    A body of *parts*, to be gone through for each time that it is sent. `boundary`; `length`: its bytes, None where a
    file cannot tell; `repeatable`: whether it can be sent again.
    """

    def __init__(self, parts: Sequence[SentPart]):
        self.boundary = f"pym-{token_hex(16)}"
        self.repeatable = all(part.content.repeatable for part in parts if isinstance(part.content, Sent))
        self._parts = [(f"--{self.boundary}\r\n".encode() + part.head() + b"\r\n", part.content) for part in parts]
        self._end = f"--{self.boundary}--\r\n".encode()
        self.length = self._length()

    def _length(self) -> int | None:
        total = len(self._end)
        for head, content in self._parts:
            size = content.length if isinstance(content, Sent) else len(content)
            if size is None:
                return None
            total += len(head) + size + 2
        return total

    def __iter__(self) -> Iterator[bytes]:
        for head, content in self._parts:
            yield head
            if isinstance(content, Sent):
                yield from content
            else:
                yield content
            yield b"\r\n"
        yield self._end


def _escaped(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
