"""
A value -> the parts of its multipart body: forms of named parts, and lists of parts that have none.

A text is a part without a type, an object one of JSON, a file one of its own type; `encoding` says otherwise. What is
written is what bodies/forms.py and bodies/mixed.py read, whose schemas look at it before.
Source: OpenAPI 3.1.1, "Encoding Object"; 3.2.0, "Encoding Usage and Restrictions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote_plus

from pymacaron.exchange import media
from pymacaron.exchange.bodies.contents import kinds_of
from pymacaron.exchange.bodies.forms import MultipartForm
from pymacaron.exchange.bodies.mixed import MultipartList
from pymacaron.exchange.files import Upload, is_file, is_files, size_fault, size_of
from pymacaron.exchange.parameters.texts import ALL, TEXTUAL
from pymacaron.exchange.parameters.writing import Unwritable, Write, plain_writer
from pymacaron.exchange.payloads.files import Sent, is_sent_as_file
from pymacaron.exchange.payloads.parts import Multipart, SentPart
from pymacaron.schema.codec import Codec, Schemas, json_encode
from pymacaron.schema.models import Model
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import Violation, Violations
from pymacaron.schema.wire import plain
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Parameter

__all__ = ["FormWriter", "ListWriter", "members_of"]

_JSON = "application/json"


class FormWriter:
    """What writes objects as forms of named parts."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, validate: bool):
        self._codec = codec
        self._schemas = schemas
        self._form = MultipartForm(media_type, codec, schemas, plain=True, required=True) if validate else None
        self._properties = codec.properties if codec is not None else {}
        self._fields = {
            name: _Field(node, media_type.encoding.get(name) or {}, schemas) for name, node in self._properties.items()
        }
        self._free = _Field(None, {}, schemas)
        self._styled = _styled(media_type, self._properties, schemas)

    def takes_file(self, name: str) -> bool:
        """Whether bytes for that field are a file."""
        return self._fields.get(name, self._free).is_file

    def __call__(self, value: Any) -> tuple[Multipart, str]:
        """The body, and the parameters of its Content-Type. Raises Violations."""
        members = members_of(value)
        wrong: list[Violation] = []
        files: dict[str, Any] = {}
        for name in [name for name, one in members.items() if self._is_file(name, one)]:
            try:
                files[name] = _sent(members.pop(name))
            except (OSError, TypeError) as error:
                wrong.append(Violation("form", pointer_text((name,)), "file", f"cannot be sent: {error}"))
        plain = self._plain(members)
        if self._form is not None:
            uploads = {name: _standing(one) for name, one in files.items()}
            unsent = {one.pointer for one in wrong}
            wrong += [one for one in self._form.violations(plain, uploads) if one.pointer not in unsent]
            wrong += [fault for name, one in files.items() for fault in self._faults(name, one)]
        parts = []
        try:
            for name, one in {**plain, **files}.items():
                write = self._styled.get(name)
                field = self._fields.get(name, self._free)
                parts += field.parts(name, one) if write is None else _texts(write, one)
        except Unwritable as error:
            wrong.append(Violation("form", pointer_text((name,)), "style", f"cannot be sent: {error}"))
        if wrong:
            raise Violations(wrong)
        return _made(parts)

    def _is_file(self, name: str, value: Any) -> bool:
        if isinstance(value, list):
            return bool(value) and any(self._is_file(name, one) for one in value)
        return is_sent_as_file(value) or (isinstance(value, (bytes, bytearray, str)) and self.takes_file(name))

    def _plain(self, members: dict[str, Any]) -> dict[str, Any]:
        return _plainly(members, self._codec)  # type: ignore[no-any-return]

    def _faults(self, name: str, files: Any) -> Iterator[Violation]:
        for index, file in enumerate(files if isinstance(files, list) else [files]):
            pointer = pointer_text((name, index) if isinstance(files, list) else (name,))
            field = self._fields.get(name, self._free)
            for code, detail in field.faults(file):
                yield Violation("form", pointer, code, detail)


class ListWriter:
    """What writes lists as multipart bodies whose parts have no names, one for each item."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, validate: bool):
        self._codec = codec
        self._validate = validate
        self._reader = MultipartList(media_type, codec, schemas, plain=True, required=True)
        self._schemas = schemas
        self._media_type = media_type

    def __call__(self, value: Any) -> tuple[Multipart, str]:
        if not isinstance(value, (list, tuple)):
            raise Violations([Violation("body", "", "type", "is no list; each item of one is a part")])
        items: list[Any] = []
        wrong: list[Violation] = []
        for index, one in enumerate(value):
            field = self._field(index)
            is_file_ = is_sent_as_file(one) or (field.is_file and isinstance(one, (bytes, bytearray, str)))
            try:
                items.append(_sent(one) if is_file_ else _plainly(one, field.codec))
            except (OSError, TypeError) as error:
                wrong.append(Violation("body", f"/{index}", "file", f"cannot be sent: {error}"))
        if self._validate and not wrong:
            wrong += self._reader.violations([_standing(one) for one in items])
        if wrong:
            raise Violations(wrong)
        return _made([part for index, one in enumerate(items) for part in [self._field(index).part(None, one)]])

    def _field(self, index: int) -> _Field:
        told = self._media_type.node.get("prefixEncoding")
        listed = told.items() if told is not None else []
        node = listed[index] if index < len(listed) else self._media_type.node.get("itemEncoding")
        encoding = node.value if node is not None and isinstance(node.value, dict) else {}
        return _Field(self._reader.schema_at(index), encoding, self._schemas)


class _Field:
    """One property of a form, or one item of a list: which parts its value has."""

    def __init__(self, node: Node | None, encoding: Mapping[str, Any], schemas: Schemas):
        self.codec = codec = None if node is None else schemas.codec(node, "request")
        types = ALL if codec is None else codec.types
        self._kinds = kinds_of(encoding)
        #: The first type that `encoding` names, '' where none is one
        told = encoding.get("contentType")
        named = [text.strip() for text in media.split(told, ",")] if isinstance(told, str) else []
        self._type = next((one for one in named if (kind := media.parse(one)) is not None and not kind.is_range), "")
        self._free = types == ALL
        self._many = "array" in types and types != ALL and codec is not None and codec.items is not None
        items = codec.items if codec is not None and self._many else None
        item_types = ALL if items is None else schemas.codec(items, "request").types
        self._scalar = not self._free and bool(types & TEXTUAL)
        self._text_items = "string" in item_types and item_types != ALL
        self._item = _Field(items, encoding, schemas) if items is not None else self
        many = node is not None and is_files(node, schemas)
        self.is_file = is_file(node, schemas) or many or self._is_told_to_be_a_file(types)
        at = items if many else node
        self._size = size_of(at, schemas) if at is not None and self.is_file else (0, None)

    def _is_told_to_be_a_file(self, types: frozenset[str]) -> bool:
        """Whether `contentType` names what is neither text nor JSON for a string."""
        readable = [kind.is_json or kind.is_text or kind.type == "*" for kind in self._kinds]
        return bool(readable) and "string" in types and not any(readable)

    def faults(self, file: Sent) -> Iterator[tuple[str, str]]:
        """The code and the words of what is wrong with a file."""
        fault = size_fault(file.length, self._size)
        if fault is not None:
            yield fault
        kind = media.parse(file.content_type) if file.content_type else None
        if self._kinds and kind is not None and not any(media.fit(wanted, kind) for wanted in self._kinds):
            wanted = " or ".join(kind.essence for kind in self._kinds)
            yield "contentType", f"is of type {file.content_type!r}; {wanted} is asked for"

    def parts(self, name: str, value: Any) -> list[SentPart]:
        if not isinstance(value, list):
            return [self.part(name, value)]
        if any(isinstance(one, Sent) for one in value):
            return [self._item.part(name, one) for one in value]
        if not self._many or self._is_better_whole(value):
            return [SentPart(name, json_encode(value), _JSON)]
        return [self._item.part(name, one) for one in value]

    def _is_better_whole(self, items: list[Any]) -> bool:
        """Whether parts of their own would be read as something else than a list of them."""
        if not items:
            return not self._text_items
        return len(items) == 1 and (isinstance(items[0], list) or self._scalar)

    def part(self, name: str | None, value: Any) -> SentPart:
        if isinstance(value, Sent):
            kind = value.content_type or self._type or "application/octet-stream"
            return SentPart(name, value, kind, value.filename, tuple(value.headers.items()))
        if isinstance(value, str) and not (self._scalar and value[:1] in ("{", "[") and not self._type):
            kind = media.parse(self._type) if self._type else None  # type: ignore[assignment]
            if kind is None or not kind.is_json:  # type: ignore[attr-defined]
                return SentPart(name, _encoded(value, kind), self._type)  # type: ignore[arg-type]
        nested = isinstance(value, (dict, list)) or value is None or isinstance(value, str)
        told = self._type or (_JSON if nested or self._free else "")
        return SentPart(name, json_encode(value), told)


def members_of(value: Any) -> dict[str, Any]:
    """The members of *value*, a model or a dict, that are not None. Raises Violations."""
    if isinstance(value, Model):
        value = value.__pym_wire__
    if not isinstance(value, Mapping):
        raise Violations([Violation("form", "", "type", f"is a {type(value).__name__}; a form is an object")])
    return {str(name): one for name, one in value.items() if one is not None}


def _plainly(value: Any, codec: Codec | None) -> Any:
    """*value* as a client sends it, as plain JSON. Raises Violations."""
    try:
        if codec is not None:
            return codec.sent(value)
        return plain(value)
    except (TypeError, ValueError) as error:
        raise Violations([Violation("form", "", "json", f"cannot be sent: {error}")]) from None


def _sent(value: Any) -> Any:
    return [Sent(one) for one in value] if isinstance(value, list) else Sent(value)


def _standing(value: Any) -> Any:
    """What the server's side would get of a file, for its schemas to look at."""
    if isinstance(value, list):
        return [_standing(one) for one in value]
    if isinstance(value, Sent):
        return Upload(BytesIO(), value.filename, content_type=value.content_type, size=value.length)
    return value


def _encoded(text: str, kind: media.ContentType | None) -> bytes:
    charset = media.codec_name(kind.parameters.get("charset", "utf-8")) if kind is not None else "utf_8"
    try:
        return text.encode(charset or "utf_8")
    except UnicodeEncodeError as error:
        raise Unwritable(f"{error.object[error.start]!a} has no {error.encoding}") from None


def _made(parts: list[SentPart]) -> tuple[Multipart, str]:
    try:
        body = Multipart(parts)
    except ValueError as error:
        raise Violations([Violation("form", "", "header", str(error))]) from None
    return body, f"; boundary={body.boundary}"


def _styled(media_type: MediaType, properties: Mapping[str, Node], schemas: Schemas) -> dict[str, Write]:
    """What writes fields whose Encoding Object gives them a style, which OpenAPI 3.0 has for urlencoded forms only."""
    found: dict[str, Write] = {}
    for name, node in properties.items() if schemas.api.dialect not in ("2.0", "3.0") else ():
        told = media_type.encoding.get(name) or {}
        if told.keys() & {"style", "explode", "allowReserved"}:
            style = str(told.get("style", "form"))
            explode = told.get("explode") is True if "explode" in told else style == "form"
            parameter = Parameter(name, "query", False, node, style, explode, False, False, None, media_type.node)
            found[name] = plain_writer(parameter, schemas)
    return found


def _texts(write: Write, value: Any) -> list[SentPart]:
    """The fields that a style makes of *value*, as parts: nothing of them is percent-encoded there."""
    pairs = [pair.partition("=") for pair in write(value).split("&") if pair]
    return [SentPart(unquote_plus(name), unquote_plus(text).encode()) for name, _, text in pairs]
