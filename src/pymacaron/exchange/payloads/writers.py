"""
What writes a body in each of the ways that there are: from a value and a Content-Type to the body and its Content-Type.

Each raises Violations for what cannot be sent, or does not fit. Neighbours: choosing.py chooses one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.files import is_file, size_fault, size_of
from pymacaron.exchange.parameters.templates import text_of
from pymacaron.exchange.parameters.texts import TEXTUAL
from pymacaron.exchange.parameters.writing import Unwritable, form_writer
from pymacaron.exchange.payloads.files import Sent, is_sent_as_file
from pymacaron.exchange.payloads.items import AsyncFlow, Flow, flow
from pymacaron.exchange.payloads.multiparts import FormWriter, ListWriter, members_of
from pymacaron.exchange.payloads.parts import Multipart
from pymacaron.exchange.sequences import Sequence
from pymacaron.exchange.streams import ItemWriter, TextWriter, is_iterator
from pymacaron.schema.codec import Codec, Schemas, json_exact
from pymacaron.schema.models import Model
from pymacaron.schema.violations import Violation, Violations
from pymacaron.schema.wire import plain, reread
from pymacaron.spec.model import MediaType

__all__ = ["BodyOf", "Writer", "writer_of"]

BodyOf = bytes | Multipart | Sent | Flow | AsyncFlow | None

#: From a value and the Content-Type that it is to have to the body and its Content-Type
Writer = Callable[[Any, str], tuple[BodyOf, str]]

_BINARY = "application/octet-stream"
_JSON = "application/json"


def writer_of(
    way: str,
    media_type: MediaType | None,
    codec: Codec | None,
    sequence: Sequence | None,
    schemas: Schemas,
    validate: bool,
    form: Callable[[], FormWriter],
) -> Writer:
    """What writes a body in the *way* of that name, see choosing.py."""
    if way == "items" and sequence is not None:
        return _items(ItemWriter(sequence, media_type, schemas, "request"), validate)
    if way == "json":
        return _json(codec, validate)
    if way == "urlencoded" and media_type is not None:
        return _urlencoded(media_type, codec, schemas, validate)
    if way == "form":
        return _parts(form())
    if way == "multipart" and media_type is not None:
        return _parts(ListWriter(media_type, codec, schemas, validate))
    if way in ("text", "markup"):
        return _text(codec, validate)
    if way == "binary":
        return _binary(media_type, codec, schemas, validate)
    return _any(codec, schemas, validate)


def _json(codec: Codec | None, validate: bool) -> Writer:
    encode = json_exact if codec is None else codec.sender
    takes = codec.takes if codec is not None and validate else None
    #: Whether a value is its JSON already, but for what is in it
    is_plain = encode is json_exact
    fits = codec.fits if codec is not None else None

    def write(value: Any, kind: str) -> tuple[BodyOf, str]:
        is_model = isinstance(value, Model)
        try:
            if is_model and is_plain:
                value = value.__pym_wire__
            data = encode(value if is_model or not is_iterator(value) else list(value))
        except (TypeError, ValueError) as error:
            raise _unsendable(error) from None
        if takes is None or (is_plain and value.__class__ is dict and fits(value)) or takes(data):  # type: ignore[misc]
            return data, kind
        raise Violations(codec.violations(reread(data), "body"))  # type: ignore[union-attr]

    return write


def _items(write_item: ItemWriter, validate: bool) -> Writer:
    def write(value: Any, kind: str) -> tuple[BodyOf, str]:
        if not isinstance(value, (list, tuple)):
            return flow(value, write_item, validate), kind
        return b"".join(Flow(value, write_item, validate)), kind  # all that is wrong is known before it is sent

    return write


def _urlencoded(media_type: MediaType, codec: Codec | None, schemas: Schemas, validate: bool) -> Writer:
    write_form = form_writer(media_type, codec, schemas)
    files = {name for name, node in (codec.properties if codec is not None else {}).items() if is_file(node, schemas)}

    def write(value: Any, kind: str) -> tuple[BodyOf, str]:
        try:
            members = members_of(value)
            texts = {name: _file_text(members.pop(name)) for name in files & members.keys()}
            made = plain(members) if codec is None else codec.sent(members)
            made |= texts
            wrong = codec.violations(made, "form") if codec is not None and validate else []
            if wrong:
                raise Violations(wrong)
            return write_form(made).encode(), kind
        except (Unwritable, TypeError, ValueError) as error:
            raise _unsendable(error, "form") from None

    return write


def _file_text(value: Any) -> str:
    """A file as a text, which is all that such a form can hold. Raises ValueError."""
    data = b"".join(Sent(value))
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Unwritable("an urlencoded form holds no file that is no text") from None


def _parts(write_parts: FormWriter | ListWriter) -> Writer:
    def write(value: Any, kind: str) -> tuple[BodyOf, str]:
        body, boundary = write_parts(value)
        return body, kind.partition("; boundary=")[0] + boundary

    return write


def _text(codec: Codec | None, validate: bool) -> Writer:
    is_told = codec is not None and bool(codec.types & TEXTUAL) and validate

    def write(value: Any, kind: str) -> tuple[BodyOf, str]:
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value), kind
        if is_sent_as_file(value):
            return _file(Sent(value), kind)
        told = media.parse(kind)
        charset = told.parameters.get("charset", "") if told is not None else ""
        if hasattr(value, "__aiter__") or is_iterator(value):
            return flow(value, TextWriter(media.codec_name(charset) or "utf_8"), validate), kind
        try:
            made = plain(value) if codec is None else codec.sent(value)
            wrong = codec.violations(made, "body") if codec is not None and is_told else []
            if wrong:
                raise Violations(wrong)
            data = text_of(made).encode(media.codec_name(charset) or "utf_8")
        except (TypeError, ValueError) as error:
            raise _unsendable(error) from None
        bare = told is not None and told.is_text and not charset
        return data, f"{kind}; charset=utf-8" if bare else kind

    return write


def _binary(media_type: MediaType | None, codec: Codec | None, schemas: Schemas, validate: bool) -> Writer:
    node = media_type.schema if media_type is not None else None
    bounds = size_of(node, schemas) if node is not None and validate and is_file(node, schemas) else (0, None)
    text = _text(None, False)

    def write(value: Any, kind: str) -> tuple[BodyOf, str]:
        if isinstance(value, (bytes, bytearray, memoryview, str)) or is_sent_as_file(value):
            try:
                sent = Sent(value)
            except (OSError, TypeError) as error:
                raise _unsendable(error) from None
            fault = size_fault(sent.length, bounds)
            if fault is not None:
                raise Violations([Violation("body", "", *fault)])
            if not isinstance(value, (bytes, bytearray, memoryview, str)):
                return _file(sent, kind)
            return b"".join(sent), _named(kind, sent.content_type)
        return text(value, _named(kind, ""))

    return write


def _any(codec: Codec | None, schemas: Schemas, validate: bool) -> Writer:
    """Where any type may be sent: files as theirs, bytes and texts as they are, all else as JSON."""
    binary, text, json = _binary(None, codec, schemas, validate), _text(None, False), _json(codec, validate)

    def write(value: Any, kind: str) -> tuple[BodyOf, str]:
        if is_sent_as_file(value) or isinstance(value, (bytes, bytearray, memoryview)):
            return binary(value, kind)
        if hasattr(value, "__aiter__") or is_iterator(value):
            return binary(value, kind)
        if isinstance(value, str) and codec is None:
            return text(value, kind if "*" not in kind else "text/plain")
        return json(value, kind if "*" not in kind else _JSON)

    return write


def _file(sent: Sent, kind: str) -> tuple[BodyOf, str]:
    """A file; a range is no type, and where only one fits the file's own is to."""
    return sent, _named(kind, sent.content_type)


def _named(kind: str, own: str) -> str:
    """The Content-Type of what is *own* where *kind* is declared. Raises Violations where there is none."""
    told = media.parse(kind)
    if told is None or not told.is_range:
        return kind
    given = media.parse(own) if own else None
    if given is not None and media.matches(told, given):
        return own
    if media.matches(told, media.ContentType("application", "octet-stream")):
        return _BINARY
    detail = f"has no type that {kind} is of: give a file whose name tells it, or (name, bytes, type)"
    raise Violations([Violation("body", "", "media-type", detail)])


def _unsendable(error: Exception, location: str = "body") -> Violations:
    if isinstance(error, Violations):
        return error
    return Violations([Violation(location, "", "json", f"cannot be sent: {error}")])
