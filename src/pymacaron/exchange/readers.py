"""
What reads the body of a reply: from its bytes to a value, and what is wrong with it.

Neighbours: answered.py finds one by status and Content-Type; bodies/ reads those of requests, forms of replies, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.bodies.families import family_of
from pymacaron.exchange.bodies.forms import MultipartForm, UrlencodedForm
from pymacaron.exchange.bodies.mixed import MultipartList
from pymacaron.exchange.files import Part, is_file
from pymacaron.exchange.media import ContentType
from pymacaron.exchange.multipart import Malformed, boundary_of, parts
from pymacaron.exchange.parameters.texts import ABSENT, TEXTUAL, Refused, scalar
from pymacaron.exchange.request import Parts
from pymacaron.exchange.sequences import Sequence
from pymacaron.exchange.streams import ItemReader
from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import MediaType

__all__ = ["Read", "Unreadable", "family_in", "reader_of"]

#: From the bytes of a body to its value, and what is wrong with it
Read = Callable[[bytes], tuple[Any, list[Violation]]]


class Unreadable(Violations):
    """A body that is nothing of what it is to be."""


def family_in(
    told: ContentType | None, kind: ContentType | None, media_type: MediaType | None, schemas: Schemas
) -> str:
    """How a body of type *told* is read: as that of a request, but texts of XML and YAML, and files of any type."""
    if told is None or kind is None:
        return "unknown"
    if media_type is None:
        if told.is_json:
            return "json"
        return "text" if told.is_text or _is_written(told) else "binary"
    if not told.is_json and media_type.schema is not None and is_file(media_type.schema, schemas):
        return "binary"
    family = family_of(told, kind, media_type, schemas)
    return "text" if family == "binary" and _is_written(told) else family


#: What is made of text, though its type is no text/...
_WRITTEN = frozenset(("csv", "graphql", "javascript", "plain", "sql", "text", "toml", "x-yaml", "yaml"))


def _is_written(kind: ContentType) -> bool:
    return kind.is_markup or kind.subtype in _WRITTEN or kind.subtype.endswith("+yaml")


def reader_of(
    family: str,
    told: ContentType | None,
    media_type: MediaType | None,
    sequence: Sequence | None,
    schemas: Schemas,
    validate: bool,
    wrong: list[Violation],
) -> Read:
    """
    What reads a body of that family. *validate*: whether it says what is wrong, *wrong* beside what it finds. It raises
    Unreadable.
    """
    node = media_type.schema if media_type is not None else None
    codec = None if node is None else schemas.codec(node, "response")
    if family == "items" and sequence is not None:
        return _items(ItemReader(sequence, media_type, schemas, False, "response"), validate)
    if family == "maybe json" or (family == "json" and told is not None and told.is_text):
        return _maybe_json(codec, told, validate, wrong, is_declared=family == "json")
    if family == "json":
        return _json(codec, validate, wrong)
    if media_type is not None and family in _FORMS:
        return _form(family, media_type, schemas)
    if family == "unknown":
        return _unknown(wrong)
    return _text(codec, told, validate, wrong) if family == "text" else lambda body: (body, wrong)


def _json(codec: Codec | None, validate: bool, wrong: list[Violation]) -> Read:
    if codec is None:
        return lambda body: (_decoded(body), wrong) if body else (None, wrong)
    decode = codec.decode

    def read(body: bytes) -> tuple[Any, list[Violation]]:
        if not body:
            missing = [Violation("response", "", "required", "is missing: the reply has no body")]
            return None, [*wrong, *missing] if validate else []
        if not validate:
            return _converted(codec, _decoded(body)), []
        try:
            return decode(body, "response"), wrong
        except Violations as error:
            return _converted(codec, _decoded(body)), [*wrong, *error.violations]

    return read


def _decoded(body: bytes) -> Any:
    try:
        return json_decode(body, "response")
    except Violations as error:
        raise Unreadable(error.violations) from None


def _converted(codec: Codec, value: Any) -> Any:
    """*value*, which may not fit, as far as it is what the schema says."""
    try:
        return codec.convert(value)
    except (TypeError, ValueError, LookupError, RecursionError):
        return value


def _maybe_json(
    codec: Codec | None, told: ContentType | None, validate: bool, wrong: list[Violation], is_declared: bool
) -> Read:
    """
    Where JSON is declared and a text is sent: the JSON that it is, as some servers call it. Where objects or arrays are
    declared as texts: those, or else the text.
    """
    json, text = _json(codec, validate, wrong), _text(None, told, validate, wrong)

    def read(body: bytes) -> tuple[Any, list[Violation]]:
        try:
            return json(body)
        except Unreadable as error:
            if validate and not is_declared:
                raise Unreadable([*wrong, *error.violations]) from None
            return text(body)

    return read


def _text(codec: Codec | None, told: ContentType | None, validate: bool, wrong: list[Violation]) -> Read:
    charset = media.codec_name(told.parameters.get("charset", "utf-8")) if told is not None else "utf_8"
    charset = charset or "utf_8"
    is_told = codec is not None and bool(codec.types & TEXTUAL)
    make = scalar(codec) if codec is not None and is_told else None

    def read(body: bytes) -> tuple[Any, list[Violation]]:
        try:
            text: Any = body.decode(charset)
        except UnicodeDecodeError:
            detail = f"is not {charset.upper().replace('_', '-')}"
            return body.decode(charset, "replace"), [*wrong, Violation("response", "", "encoding", detail)]
        if codec is None or not is_told:
            return text, wrong
        try:
            value = text if make is None else make(text)
        except Refused as error:
            return text, [*wrong, Violation("response", "", error.code, error.detail)]
        found = codec.violations(value, "response") if validate else []
        return _converted(codec, value), [*wrong, *found]

    return read


def _items(reader: ItemReader, validate: bool) -> Read:
    """All items of a stream that was read whole."""

    def read(body: bytes) -> tuple[Any, list[Violation]]:
        wrong: list[Violation] = []
        values: list[Any] = []
        rest = [body]
        for found in reader.sequence.split(lambda: rest.pop() if rest else b"", len(body)):
            try:
                value, faults = reader.read(found, len(values), validate)
            except Violations as error:
                raise Unreadable(error.violations) from None
            wrong += faults
            values.append(reader.converted(value, len(values)))
        return values, [*wrong, *(reader.missing(len(values)) if validate else ())]

    return read


_FORMS: dict[str, type[UrlencodedForm] | type[MultipartForm] | type[MultipartList]] = {
    "urlencoded": UrlencodedForm,
    "form": MultipartForm,
    "multipart": MultipartList,
}


def _form(family: str, media_type: MediaType, schemas: Schemas) -> Read:
    """A reply that is a form, as that of a request is read."""
    codec = None if media_type.schema is None else schemas.codec(media_type.schema, "response")
    form = _FORMS[family](media_type, codec, schemas, False, False)

    def read(body: bytes) -> tuple[Any, list[Violation]]:
        given = Parts({}, "", lambda name: None, media_type.name, lambda: body, lambda in_memory: _parts(body))
        try:
            value = form(given)
        except Violations as error:
            raise Unreadable(error.violations) from None
        return None if value is ABSENT else value, []

    return read


def _parts(body: bytes) -> list[Part]:
    """The parts of a body, whose boundary is that of its first line."""
    boundary = body.lstrip(b"\r\n").partition(b"\r\n")[0].removeprefix(b"--").rstrip()
    rest = [body]
    try:
        boundary_of(f'multipart/mixed; boundary="{boundary.decode("latin-1")}"')
        found = parts(lambda size: rest.pop() if rest else b"", boundary)
        return [Part(head, b"".join(pieces)) for head, pieces in found]
    except Malformed as error:
        raise Violations([Violation("response", "", "read", str(error))]) from None


def _unknown(wrong: list[Violation]) -> Read:
    """A body without a Content-Type: JSON if it is that, then a text, then bytes."""

    def read(body: bytes) -> tuple[Any, list[Violation]]:
        if not body:
            return None, wrong
        try:
            return json_decode(body, "response"), wrong
        except Violations:
            pass
        try:
            return body.decode(), wrong
        except UnicodeDecodeError:
            return body, wrong

    return read
