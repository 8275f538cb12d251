"""
The media types that a description gives for one response, and which of them a value is sent as.

What can be decided is decided once for each Accept header and kind of value. Neighbours: media.py compares types,
outbound.py writes the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pymacaron.exchange import media
from pymacaron.exchange.media import ContentType, NotAcceptable
from pymacaron.exchange.sequences import Sequence, sequence_of
from pymacaron.exchange.streams import streamed
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.spec.model import MediaType, Response

__all__ = ["Acceptable", "Choice", "Family", "Offers", "Pairs"]

#: What a handler returned: a value that JSON has, a list, an iterator, a text, bytes, a file
Family = Literal["json", "list", "items", "text", "bytes", "file"]

#: Headers: (name, value) each
Pairs = list[tuple[str, str]]

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
_BINARY = "application/octet-stream"

#: How many Accept headers an operation remembers
_REMEMBERED = 64
#: Characters of the longest of them
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Choice:
    """
    How a value is sent: `headers` that say so, `codec` and `media_type` of what is declared for it, whether it
    `is_json` or `is_text` (text/...), and in which `charset`. `declared`: whether the description allows such a type.
    `sequence`: how items stand in it, where it is a stream of them. `lacking`: what becomes of characters that the
    charset lacks, as str.encode has it.
    """

    headers: tuple[tuple[str, str], ...]
    codec: Codec | None
    is_json: bool
    is_text: bool
    charset: str
    declared: bool
    media_type: MediaType | None = None
    sequence: Sequence | None = None
    lacking: str = "strict"

    @property
    def takes_values(self) -> bool:
        """Whether items of any kind are sent so, not texts and bytes alone."""
        return self.is_json or self.sequence is not None


@dataclass(frozen=True, slots=True)
class _Entry:
    """
    One member of `content`; `sent` is the Content-Type of it, '' for a range, plain JSON for `application/*+json`,
    where a caller may name another.
    """

    name: str
    kind: ContentType
    sent: str
    codec: Codec | None
    media_type: MediaType
    sequence: Sequence | None = None


class Offers:
    """The `content` of one response; where that says nothing, everything may be sent."""

    def __init__(self, response: Response | None, schemas: Schemas):
        content = response.content if response is not None else {}
        self._entries = [entry for name, one in content.items() if (entry := _entry(name, one, schemas)) is not None]
        self._json = [entry for entry in self._entries if entry.kind.is_json]
        self._others = [entry for entry in self._entries if not entry.kind.is_json and entry.sent]
        self._ranges = [entry for entry in self._entries if not entry.sent]
        #: Whether the description names no type, so that any may be sent
        self._is_free = not self._entries or (response is not None and response.produces == ())
        #: Whether a list may be sent item by item
        self.has_streams = any(entry.sequence is not None for entry in self._entries)
        #: Whether items that are no texts may be sent, one by one or as an array
        self.has_values = self.has_streams or bool(self._json) or any(_holds_json(one.kind) for one in self._ranges)
        #: With several types, what is sent depends on the Accept header
        several = len(self._entries) > 1 or any(entry.kind.is_range for entry in self._json)
        self._vary = (("Vary", "Accept"),) if several else ()
        #: Whether a number is sent as text, since text is what is declared, and not JSON
        self.scalars_are_text = not self._json and any(entry.kind.is_text for entry in self._others)
        #: The only choice for JSON, where there is one
        alone = len(self._json) < 2 and not any(entry.kind.is_range for entry in self._json)
        self.only = self._chosen("json", None, "") if alone and not self.scalars_are_text else None
        self._known: dict[tuple[str, str | None], Choice] = {}
        self._given: dict[str, Choice] = {}

    def choose(self, family: Family, accept: str | None, own: str = "") -> Choice:
        """How a value of *family* is sent to who wants *accept*; *own*: the type that a file itself says it has."""
        if own:
            return self._chosen(family, accept, own)
        key = (family, accept)
        choice = self._known.get(key)
        if choice is None:
            choice = self._chosen(family, accept, "")
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            if len(accept or "") <= _LONGEST:
                self._known[key] = choice
        return choice

    def given(self, content_type: str) -> Choice:
        """The choice where the handler itself has said *content_type*; its headers are only those beside it."""
        choice = self._given.get(content_type)
        if choice is None:
            kind = media.parse(content_type)
            choice = self._choice_of(self._vary, kind, self._entry_of(content_type, kind))
            if len(self._given) >= _REMEMBERED:
                self._given.clear()
            if len(content_type) <= _LONGEST:
                self._given[content_type] = choice
        return choice

    @property
    def names(self) -> list[str]:
        """The declared types and ranges, as written."""
        return [entry.name for entry in self._entries]

    def _chosen(self, family: Family, accept: str | None, own: str) -> Choice:
        if family == "json":
            return self._for_json(accept)
        if family in ("list", "items"):
            return self._for_items(accept, family == "items")
        if family == "text":
            return self._for_text(accept)
        return self._for_bytes(accept, own)

    def _for_json(self, accept: str | None) -> Choice:
        entry = _wanted(accept, self._json)
        if entry is not None:
            return self._choice(_named(entry, accept), entry)
        entry = next((entry for entry in self._ranges if _holds_json(entry.kind)), None)
        # Only XML is declared, say: what we have is JSON
        return self._choice(_JSON, entry)

    def _for_items(self, accept: str | None, any_type: bool) -> Choice:
        """JSON, then an array, or a stream of items; with *any_type* what is neither, too: it takes texts and bytes."""
        sent = [entry for entry in self._entries if entry.sent]
        entry = _wanted(accept, [one for one in sent if any_type or one.kind.is_json or one.sequence is not None])
        if entry is not None:
            return self._choice(_with_charset(entry, accept) if entry.sequence is None else entry.sent, entry)
        if any_type and self._ranges and all(one.kind.type == "text" for one in self._ranges):
            return self._for_text(accept)
        return self._for_json(accept)

    def _for_text(self, accept: str | None) -> Choice:
        """
        A text is sent as it is where a type other than JSON is declared, best as one that is made of text, else as a
        JSON string.
        """
        entry = _wanted(accept, [*sorted(self._others, key=lambda one: not _is_made_of_text(one.kind)), *self._json])
        if entry is None:
            return self._choice(_TEXT, next((one for one in self._ranges if one.kind.type in ("*", "text")), None))
        return self._choice(_with_charset(entry, accept), entry)

    def _for_bytes(self, accept: str | None, own: str) -> Choice:
        kind = media.parse(own) if own else None
        same = self._entry_of(own, kind)
        if same is not None:
            return self._choice(own, same)
        entry = _wanted(accept, self._others) or (None if self._ranges else _wanted(None, self._json))
        if entry is not None:
            return self._choice(entry.sent, entry)
        sent = own if kind is not None and not self._entries else _BINARY
        return self._choice(sent, self._entry_of(sent, media.parse(sent)))

    def _choice(self, sent: str, entry: _Entry | None) -> Choice:
        return self._choice_of((("Content-Type", sent), *self._vary), media.parse(sent), entry)

    def _choice_of(
        self, headers: tuple[tuple[str, str], ...], kind: ContentType | None, entry: _Entry | None
    ) -> Choice:
        return Choice(
            headers,
            entry.codec if entry is not None else None,
            is_json=kind is not None and kind.is_json,
            is_text=kind is not None and kind.is_text,
            charset=kind.parameters.get("charset", "utf-8") if kind is not None else "utf-8",
            declared=entry is not None or self._is_free,
            media_type=entry.media_type if entry is not None else None,
            sequence=_sequence(kind, entry),
            # Only where they are read again, `&#8364;` are the same text
            lacking="xmlcharrefreplace" if kind is not None and kind.is_markup else "strict",
        )

    def _entry_of(self, content_type: str, kind: ContentType | None) -> _Entry | None:
        """What is declared for a Content-Type: by that text, that type with the most of its parameters, as a range."""
        if kind is None:
            return None
        found: _Entry | None = None
        most = -1
        for entry in self._entries:
            if entry.name == content_type:
                return entry
            if not media.matches(entry.kind, kind) and not (entry.sent == kind.essence == _JSON):
                continue
            shared = entry.kind.parameters.items() & kind.parameters.items()
            exactness = media.exactness(entry.kind) + len(shared)
            if exactness > most:
                found, most = entry, exactness
        return found


class Acceptable:
    """
    Whether an Accept header wants anything that an operation sends when all is well: what its 2XX responses have, or,
    where it has none, `default`. An operation that declares no types there sends to everybody; who asks for
    application/problem+json alone says what errors are to be, and nothing of what is to be sent when all is well.
    """

    def __init__(self, responses: Mapping[str, Response]):
        success = [response for status, response in responses.items() if status[:1] == "2"]
        success = success or [response for status, response in responses.items() if status == "default"]
        named = [name for one in success for name in (one.content if one.produces is None else one.produces)]
        #: [] where one of the responses is of any type: nobody is refused
        self._names = [] if any(one.produces == () for one in success) else _unique(named)
        self._known: set[str | None] = {None, "*/*"}

    def demand(self, accept: str | None) -> None:
        """Raises NotAcceptable where *accept* wants none of it."""
        if accept in self._known or not self._names:
            return
        if (
            accept is not None
            and media.best(accept, self._names) is None
            and not media.asks_only_for(accept, "application/problem+json")
        ):
            raise NotAcceptable(accept, self._names)
        if len(self._known) < _REMEMBERED:
            self._known.add(accept)


def _entry(name: str, media_type: MediaType, schemas: Schemas) -> _Entry | None:
    kind = media.parse(name)
    if kind is None or not media.is_field_value(name):
        return None
    codec = None if media_type.schema is None else schemas.codec(media_type.schema, "response")
    sequence = None if kind.is_range else streamed(kind, media_type, schemas)
    sent = _JSON if kind.is_range and kind.is_json else "" if kind.is_range else name
    return _Entry(name, kind, sent, codec, media_type, sequence)


def _holds_json(kind: ContentType) -> bool:
    """Whether JSON is in the range that *kind* is."""
    return kind.type in ("*", "application")


def _with_charset(entry: _Entry, accept: str | None) -> str:
    """The Content-Type of texts: of a `text/...` with the charset that they are written in."""
    bare = entry.kind.is_text and "charset" not in entry.kind.parameters
    return f"{entry.sent}; charset=utf-8" if bare else _named(entry, accept)


def _is_made_of_text(kind: ContentType) -> bool:
    return kind.is_text or kind.subtype in ("xml", "yaml") or kind.subtype.endswith(("+xml", "+yaml"))


def _unique(names: Iterable[str]) -> list[str]:
    """*names* that are media types, each once."""
    return list(dict.fromkeys(name for name in names if media.parse(name)))


def _named(entry: _Entry, accept: str | None) -> str:
    """The Content-Type of what is sent of *entry* to who wants *accept*."""
    return media.json_named(accept) if entry.kind.is_range else entry.sent


def _sequence(kind: ContentType | None, entry: _Entry | None) -> Sequence | None:
    """How items stand in what is sent as *kind*, for which *entry* is declared; a range says nothing of it."""
    if kind is None or (entry is not None and not entry.kind.is_range):
        return entry.sequence if entry is not None else None
    return sequence_of(kind)


def _wanted(accept: str | None, entries: Iterable[_Entry]) -> _Entry | None:
    """The one of *entries* that is wanted most, the first where none is: better than nothing."""
    by_name = {entry.name: entry for entry in entries}
    name = media.best(accept, by_name) if len(by_name) > 1 else None
    return by_name[name] if name is not None else next(iter(by_name.values()), None)
