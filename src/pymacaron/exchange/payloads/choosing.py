"""
The one positional argument of a client's call -> the body of its request: which media type its class asks for, of
those that are declared, and what writes that.

Neighbours: bodies/choosing.py is the way back, multiparts.py has forms of files, items.py streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.bodies.families import Family, family_of, sequence_in
from pymacaron.exchange.media import ContentType
from pymacaron.exchange.payloads.files import is_sent_as_file
from pymacaron.exchange.payloads.multiparts import FormWriter
from pymacaron.exchange.payloads.writers import BodyOf, Writer, writer_of
from pymacaron.exchange.sequences import Sequence
from pymacaron.exchange.streams import is_iterator
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.models import Model
from pymacaron.schema.once import once
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import MediaType, RequestBody

__all__ = ["Payload"]

#: How values of a class are sent, the best first. An array of items is a body that is there at once
_OBJECTS: tuple[Family | str, ...] = ("json", "urlencoded", "form", "range")
_OBJECTS_WITH_FILES = ("form", "urlencoded", "json")
_LISTS = ("json", "items", "multipart", "range")
_ITEMS = ("items", "binary", "text", "json", "range")
_TEXTS = ("text", "markup", "json", "binary", "range")
_BYTES = ("binary", "text", "json", "range")
_FILES = ("binary", "text", "range")
_SCALARS = ("json", "text", "range")


class Payload:
    """
    The body of one operation's requests. Called with a value and, where the caller says it, a Content-Type, it gives
    the body and its Content-Type; None and '' for no body. Raises Violations.
    """

    def __init__(self, body: RequestBody, schemas: Schemas, validate: bool):
        self._required = body.required
        self._names = list(body.content)
        parsed = [(name, media.parse(name), one) for name, one in body.content.items()]
        self._entries = [_Entry(name, kind, one, schemas, validate) for name, kind, one in parsed if kind is not None]
        #: What writes objects where there is no other way
        self._only = self._entries[0] if len(self._entries) == 1 and self._entries[0].ways == ("json",) else None
        self._any = _Entry("*/*", ContentType("*", "*"), None, schemas, validate) if not self._entries else None

    def __call__(self, value: Any, content_type: str | None = None) -> tuple[BodyOf, str]:
        if value is None:
            return self._nothing()
        if content_type:
            entry, way, kind = self._named(content_type, value)
            return entry.write(way, value, kind)
        only = self._only
        if only is not None and (value.__class__ is dict or isinstance(value, Model)):
            return only.json(value, only.sent)
        entry, way = self._chosen(value)
        return entry.write(way, value, "")

    def _nothing(self) -> tuple[BodyOf, str]:
        """`null` where a body is asked for and its schema takes that."""
        if not self._required:
            return None, ""
        for entry in self._entries:
            if "json" in entry.ways and entry.codec is not None and entry.codec.allows_null and entry.codec.fits(None):
                return entry.write("json", None, "")
        raise Violations([Violation("body", "", "required", "is missing: it is the positional argument")])

    def _chosen(self, value: Any) -> tuple[_Entry, str]:
        entries = [self._any] if self._any is not None else self._entries
        for way in self._ways(value):
            for entry in entries:
                if way in entry.ways:
                    return entry, way
        cls = type(value).__name__
        names = " or ".join(self._names)
        more = "" if isinstance(value, (str, bytes)) else ": give the text or the bytes of it"
        raise Violations([Violation("body", "", "media-type", f"is a {cls}, which {names} cannot be made of{more}")])

    def _ways(self, value: Any) -> Iterable[str]:
        if isinstance(value, (Model, Mapping)):
            return _OBJECTS_WITH_FILES if self._holds_files(value) else _OBJECTS
        if isinstance(value, str):
            return _TEXTS
        if isinstance(value, (bytes, bytearray, memoryview)):
            # Bytes of a schema of format byte are a JSON string of base64
            return ("json", *_BYTES) if all(one.ways == ("json",) for one in self._entries) else _BYTES
        if is_sent_as_file(value):
            return _FILES
        if hasattr(value, "__aiter__") or is_iterator(value):
            return _ITEMS
        return _LISTS if isinstance(value, (list, tuple)) else _SCALARS

    def _holds_files(self, value: Any) -> bool:
        forms = [entry.form for entry in self._entries if "form" in entry.ways]
        if not forms:
            return False
        members = value.__pym_wire__ if isinstance(value, Model) else value
        return any(_is_file(str(name), one, forms) for name, one in members.items())

    def _named(self, content_type: str, value: Any) -> tuple[_Entry, str, str]:
        """What the caller has chosen."""
        given = media.parse(content_type)
        entries = [self._any] if self._any is not None else self._entries
        index = None if given is None else media.choose(given, [entry.kind for entry in entries])
        if given is None or index is None:
            detail = f"{content_type[:80]!r} is not declared; {' or '.join(self._names)} is"
            raise Violations([Violation("body", "", "media-type", detail)])
        entry = entries[index].of(given)
        way = next((one for one in self._ways(value) if one in entry.ways), None)
        if way is None:
            cls = type(value).__name__
            raise Violations([Violation("body", "", "media-type", f"is a {cls}, which cannot be {given.essence}")])
        return entry, way, content_type


def _is_file(name: str, value: Any, forms: list[FormWriter]) -> bool:
    if isinstance(value, list):
        return any(_is_file(name, one, forms) for one in value)
    return is_sent_as_file(value) or (
        isinstance(value, (bytes, bytearray)) and any(form.takes_file(name) for form in forms)
    )


class _Entry:
    """One member of `content`. `ways`: how it can be written; `sent`: the Content-Type of it."""

    def __init__(
        self,
        name: str,
        kind: ContentType,
        media_type: MediaType | None,
        schemas: Schemas,
        validate: bool,
        given: ContentType | None = None,
    ):
        self.kind = kind
        self.sent = "application/json" if kind.is_range and kind.is_json else name
        self.codec: Codec | None = None
        if media_type is not None and media_type.schema is not None:
            self.codec = schemas.codec(media_type.schema, "request")
        self._media_type = media_type
        self._schemas = schemas
        self._validate = validate
        self.sequence: Sequence | None = None
        self.ways = self._told(given)
        self._writers: dict[str, Writer] = {}

    def _told(self, given: ContentType | None) -> tuple[str, ...]:
        if self._media_type is None or (self.kind.is_range and not self.kind.is_json and given is None):
            holds_json = self.kind.type in ("*", "application")
            return ("range",) if holds_json else ("binary",)
        self.sequence = sequence_in(given, self.kind, self._media_type, self._schemas)
        if self.sequence is not None:
            return ("items",)
        family = family_of(given or self.kind, self.kind, self._media_type, self._schemas)
        told = given or self.kind
        if family == "binary" and (told.is_markup or told.subtype in ("yaml", "x-yaml")):
            return ("markup", "binary")
        return (family,)

    def of(self, given: ContentType) -> _Entry:
        """The same for a body of type *given*, which it describes."""
        if given.essence == self.kind.essence:
            return self
        return _Entry(self.sent, self.kind, self._media_type, self._schemas, self._validate, given)

    @once
    def form(self) -> FormWriter:
        assert self._media_type is not None
        return FormWriter(self._media_type, self.codec, self._schemas, self._validate)

    @once
    def json(self) -> Writer:
        return self._writer("json")

    def write(self, way: str, value: Any, kind: str) -> tuple[BodyOf, str]:
        """*kind*: the Content-Type that the caller has said."""
        write = self._writers.get(way)
        if write is None:
            write = self._writers[way] = self._writer(way)
        return write(value, kind or self.sent)

    def _writer(self, way: str) -> Writer:
        made: Callable[[], FormWriter] = lambda: self.form  # noqa: E731 - worked out when it is asked for
        return writer_of(way, self._media_type, self.codec, self.sequence, self._schemas, self._validate, made)
