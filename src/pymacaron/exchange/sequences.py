"""
Sequential media types: bytes as they arrive <-> the items that stand in them, one by one, neither decoded nor checked.

A sequence is taken apart by its `parse`, a generator that is sent bytes whenever it gives None, b"" at the end, and
else gives what is found: the bytes of a JSON text, an event as a plain dict, or a Violation for what is neither. So
whoever has the bytes, blocking or not, drives it. No more than one item, and what was read beyond it, is held.
Neighbours: streams.py decodes, checks and encodes items, inflow.py drives it for clients.
Source: https://github.com/ndjson/ndjson-spec and https://jsonlines.org; RFC 7464; WHATWG HTML, "Server-sent events";
OpenAPI 3.2.0, "Sequential Media Types".
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pymacaron.exceptions import HTTPError
from pymacaron.exchange.media import ContentType
from pymacaron.schema.codec import json_decode
from pymacaron.schema.violations import Violation, Violations

__all__ = ["COMMENT", "EVENT_FIELDS", "Found", "Parsing", "Read", "Sequence", "event", "sequence_of"]

#: Gives bytes as soon as there are any, b"" at the end
Read = Callable[[], bytes]

#: The bytes of a JSON text, an event, or what is wrong with an item, whose pointer its index goes before
Found = bytes | dict[str, Any] | Violation

#: Gives None where it wants to be sent bytes, b"" at their end
Parsing = Generator[Found | None, bytes, None]

#: The members of an event: OpenAPI 3.2.0, "Special Considerations for text/event-stream Content"
EVENT_FIELDS = frozenset(("data", "event", "id", "retry"))

#: What makes a server send the headers of an event stream before its first event: clients pass over it
COMMENT = b":\n\n"

_BOM = b"\xef\xbb\xbf"
_RS = b"\x1e"
_SPACE = b" \t\r\n"

#: The first bytes of a number, true, false and null
_UNBOUNDED = frozenset(b"-0123456789tfn")

#: How often it is tried whether a record is whole, before it is tried at each doubling of its length only: a record
#: that comes byte by byte would be read as often as it has lines
_TRIES = 32

#: Digits that a retry may have: Python refuses to read numbers without end
_DIGITS = 1000


@dataclass(frozen=True, slots=True)
class Sequence:
    """
    How items are written one behind the other. `parse(most)` gives what is found, one of more than *most* bytes ends it
    with an HTTPError (413); `frame(text)` is a JSON text as it is sent, of an event see `event`.
    """

    name: str
    parse: Callable[[int], Parsing]
    frame: Callable[[bytes], bytes]
    is_events: bool = False

    def split(self, read: Read, most: int) -> Iterator[Found]:
        """What is found in the bytes that *read* gives."""
        parsing = self.parse(most)
        found = next(parsing, None)
        while True:
            try:
                if found is None:
                    found = parsing.send(read())
                    continue
            except StopIteration:
                return
            yield found
            try:
                found = next(parsing)
            except StopIteration:
                return


def _too_large(most: int) -> HTTPError:
    return HTTPError(413, f"An item of the body has more than {most} bytes (max_item_bytes)")


# ---- lines: NDJSON, JSON Lines


def _lines(most: int) -> Parsing:
    """Each line that is not blank. A carriage return before the line feed is white space of JSON."""
    rest = bytearray()
    while data := (yield None):
        first, *more = data.split(b"\n")
        rest += first
        if len(rest) > most:
            raise _too_large(most)
        for piece in more:
            if rest.strip(_SPACE):
                yield bytes(rest)
            if len(piece) > most:
                raise _too_large(most)
            rest = bytearray(piece)
    if rest.strip(_SPACE):
        yield bytes(rest)


# ---- records: JSON text sequences


def _records(most: int) -> Parsing:
    """
    What stands behind each RS. One that ends with a line feed and is a JSON text is whole, though no RS came behind it:
    else it would be kept back until the next one is sent.
    """
    rest, begun = bytearray(), False
    tries, wait = 0, 0
    while data := (yield None):
        first, *more = data.split(_RS)
        rest += first
        if len(rest) > most:
            raise _too_large(most)
        for piece in more:
            if (found := _record(bytes(rest), begun)) is not None:
                yield found
            if len(piece) > most:
                raise _too_large(most)
            rest, begun = bytearray(piece), True
            tries, wait = 0, 0
        if begun and rest.endswith(b"\n") and len(rest) >= wait:
            text = bytes(rest)
            if _is_json(text):
                rest, begun = bytearray(), False
                yield text
            else:
                tries += 1
                wait = 0 if tries < _TRIES else 2 * len(rest)
    if (found := _record(bytes(rest), begun)) is not None:
        yield found


def _record(text: bytes, begun: bool) -> Found | None:
    """What stood between two RS; None for nothing. *begun*: whether an RS stood before it."""
    if not begun:
        if not text.removeprefix(_BOM).strip(_SPACE):
            return None
        return Violation("body", "", "json-seq", "does not begin with a record separator (0x1E)")
    if not text:
        return None  # RFC 7464, section 2.1: several RS in a row hold no items between them
    stripped = text.strip(_SPACE)
    if stripped and stripped[0] in _UNBOUNDED and text[-1] not in _SPACE:
        detail = "is a number, true, false or null without white space behind it: it may be cut short"
        return Violation("body", "", "json-seq", detail)  # RFC 7464, section 2.4
    return text


def _is_json(text: bytes) -> bool:
    try:
        json_decode(text)
    except Violations:
        return False
    return True


# ---- events


def _events(most: int) -> Parsing:
    """
    Each event that has data, as an object with `data` and, where they stand there, `event`, `id` and `retry`. What ends
    without a blank line is passed over, as are comments and unknown fields.
    """
    block = _Block()
    rest = bytearray()
    after_return = is_later = False
    while data := (yield None):
        # A line may end with CR LF, of which CR came with the bytes before
        arrived = data[1:] if after_return and data[:1] == b"\n" else data
        after_return = data[-1:] == b"\r"
        for line in arrived.splitlines(keepends=True):
            rest += line
            if block.size + len(rest) > most:
                raise _too_large(most)
            if line[-1] not in b"\r\n":
                continue
            text = bytes(rest).rstrip(b"\r\n")
            if not is_later:
                text, is_later = text.removeprefix(_BOM), True
            rest.clear()
            if text:
                block.add(text)
                continue
            if (found := block.found()) is not None:
                yield found
            block = _Block()


class _Block:
    """The lines of one event."""

    def __init__(self) -> None:
        self.size = 0
        self._data: list[str] = []
        self._fields: dict[str, Any] = {}
        self._wrong = False

    def add(self, line: bytes) -> None:
        if line[:1] == b":":
            return
        self.size += len(line)
        try:
            name, _, value = line.decode().partition(":")
        except UnicodeDecodeError:
            self._wrong = True
            return
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._fields["event"] = value
        elif name == "id" and "\0" not in value:
            self._fields["id"] = value
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
            self._fields["retry"] = int(value)

    def found(self) -> Found | None:
        if self._wrong:
            return Violation("body", "", "encoding", "is not UTF-8")
        if not self._data:
            return None
        if not self._fields.get("event", ""):
            self._fields.pop("event", None)
        return {"data": "\n".join(self._data), **self._fields}


def event(fields: Mapping[str, Any]) -> bytes:
    """
    An event as it is sent; its `data` is a text. Raises ValueError for what no client would understand: a line break in
    `event` or `id`, NUL in `id`, a `retry` that is no whole number.
    """
    lines = []
    for name in ("event", "id"):
        if (text := fields.get(name)) is not None:
            if "\n" in text or "\r" in text or (name == "id" and "\0" in text):
                raise ValueError(f"the {name} of an event has a line break or NUL in it")
            lines.append(f"{name}: {text}\n")
    if (retry := fields.get("retry")) is not None:
        if isinstance(retry, bool) or not isinstance(retry, int) or retry < 0:
            raise ValueError("the retry of an event is no whole number of milliseconds")
        lines.append(f"retry: {retry}\n")
    if (data := fields.get("data")) is not None:
        parts = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines += [f"data: {part}\n" for part in parts]
    return "".join([*lines, "\n"]).encode()


# ---- by media type

_LINES = Sequence("lines", _lines, lambda text: text + b"\n")
_RECORDS = Sequence("records", _records, lambda text: _RS + text + b"\n")
_EVENTS = Sequence("events", _events, lambda text: b"data: " + text + b"\n\n", is_events=True)

_BY_TYPE = {
    "application/x-ndjson": _LINES,
    "application/ndjson": _LINES,
    "application/jsonl": _LINES,
    "application/jsonlines": _LINES,
    "application/json-lines": _LINES,
    "application/x-jsonlines": _LINES,
    "application/x-jsonl": _LINES,
    "text/jsonl": _LINES,
    "text/x-ndjson": _LINES,
    "application/json-seq": _RECORDS,
    "text/event-stream": _EVENTS,
}


def sequence_of(kind: ContentType) -> Sequence | None:
    """How items stand in a body of type *kind*; None where it is no sequence of them."""
    found = _BY_TYPE.get(kind.essence)
    return _RECORDS if found is None and kind.subtype.endswith("+json-seq") else found
