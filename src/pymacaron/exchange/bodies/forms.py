"""
Forms, urlencoded and multipart, as one value: from OpenAPI 3.0 on.

Neighbours: fields.py has the fields by name, contents.py reads a part of a multipart body, texts.py a text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pymacaron.exchange.bodies.contents import Field, Item, in_memory, json_of, kinds_of
from pymacaron.exchange.bodies.fields import (
    CHARSET,
    Texts,
    charset_of,
    decoded,
    is_unchosen,
    named,
    pairs,
    text_in,
    uploads_of,
    wrong_field,
)
from pymacaron.exchange.files import Part, Upload, is_file, is_files
from pymacaron.exchange.multipart import Head
from pymacaron.exchange.parameters.reading import Read, known_names, parse_query, reader
from pymacaron.exchange.parameters.texts import ABSENT, TEXTUAL, Refused, texts_reader
from pymacaron.exchange.request import Request
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.violations import Violation, Violations, pointer_text
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Parameter

__all__ = ["MultipartForm", "UrlencodedForm"]


class _Form:
    """What both kinds of forms do with their fields: validate, convert, put files back in."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, plain: bool, required: bool):
        self._codec = codec
        self._plain = plain
        self._required = required
        self._properties: Mapping[str, Node] = codec.properties if codec is not None else {}
        self._files = {name for name, node in self._properties.items() if is_file(node, schemas)}
        self._lists = {name for name, node in self._properties.items() if is_files(node, schemas)}
        extra = schemas.shapes.first(codec.schema, "additionalProperties") if codec is not None else None
        #: The schema of fields that are not declared, where it says anything
        self._extra = extra if extra is not None and isinstance(extra.value, dict) and extra.value else None

    def _made(self, value: dict[str, Any], uploads: dict[str, Any], wrong: list[Violation]) -> Any:
        wrong = wrong + self._violations(value, uploads, {one.pointer for one in wrong})
        if wrong:
            raise Violations(wrong)
        made: Any = value if self._codec is None or self._plain else self._codec.convert(value)
        for name, upload in uploads.items():
            made[name] = upload
        return made

    def _violations(self, value: dict[str, Any], uploads: Mapping[str, Any], known: set[str]) -> list[Violation]:
        """What is wrong with the fields; of a file only whether it may be there at all, and of several how many."""
        if self._codec is None:
            return []
        sent = {name: [""] * len(upload) if isinstance(upload, list) else "" for name, upload in uploads.items()}
        found = self._codec.violations({**value, **sent}, "form")
        if not uploads and not known:
            return found
        single = {pointer_text((name,)) for name, upload in uploads.items() if not isinstance(upload, list)}
        several = {pointer_text((name,)) for name in uploads} - single
        inside = tuple(pointer_text((name, "")) for name in uploads)
        return [
            one
            for one in found
            if one.pointer not in known
            and not (one.pointer in single and one.code not in ("required", "additionalProperties", "schema"))
            and not (one.pointer in several and one.code == "uniqueItems")
            and not (inside and one.pointer.startswith(inside))
        ]


class UrlencodedForm(_Form):
    """A form of texts as one value: each by the type of its property, or as `encoding` says."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, plain: bool, required: bool):
        super().__init__(media_type, codec, schemas, plain, required)
        # What has a style is written as in a query, and read like one: of texts that are not decoded yet
        self._styled = _styles(media_type, self._properties, schemas, "query")
        self._readers = {
            name: _text_reader(schemas.codec(node, "request"), media_type.encoding.get(name) or {}, schemas)
            for name, node in self._properties.items()
            if name not in self._styled and name not in self._files and name not in self._lists
        }
        extra = None if self._extra is None else schemas.codec(self._extra, "request")
        self._other = _as_sent if extra is None else _text_reader(extra, {}, schemas)

    def __call__(self, request: Request) -> Any:
        data = pairs(request)
        if not data and not self._required:
            return ABSENT
        wrong: list[Violation] = []
        texts = decoded(data, wrong)
        value: dict[str, Any] = {}
        uploads: dict[str, Any] = {}
        if self._styled:
            _read_styled(self._styled, parse_query(data.decode("latin-1")), texts, value, wrong)
        for name, sent in texts.items():
            if name in self._files or name in self._lists:
                files = uploads_of(sent)
                if name in self._files and len(files) > 1:
                    wrong.append(wrong_field(name, "repeated", f"is given {len(files)} times"))
                uploads[name] = files if name in self._lists else files[0]
                continue
            try:
                value[name] = self._readers.get(name, self._other)(sent)
            except Refused as error:
                wrong.append(wrong_field(name, error.code, error.detail))
        return self._made(value, uploads, wrong)


class MultipartForm(_Form):
    """A form of named parts as one value: values by the types of their parts and properties, files as Uploads."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, plain: bool, required: bool):
        super().__init__(media_type, codec, schemas, plain, required)
        # OpenAPI 3.0 has styles for urlencoded forms only
        late = schemas.api.dialect not in ("2.0", "3.0")
        self._styled = _styles(media_type, self._properties, schemas, "form") if late else {}
        self._fields = {
            name: Field(node, *_encoding(media_type, name), schemas)
            for name, node in self._properties.items()
            if name not in self._styled
        }
        self._other = Field(self._extra, {}, None, schemas) if self._extra is not None else None
        self._free = Item(None, {}, None, schemas)

    def __call__(self, request: Request) -> Any:
        parts = named(request.form(self._in_memory))
        if not parts and not self._required:
            return ABSENT
        wrong: list[Violation] = []
        charset = charset_of(parts, wrong, keep=CHARSET in self._properties)
        value: dict[str, Any] = {}
        uploads: dict[str, Any] = {}
        if self._styled:
            texts = self._styled_texts(parts, charset, wrong)
            _read_styled(self._styled, {**texts}, texts, value, wrong)
            parts = {name: sent for name, sent in parts.items() if name in texts or not _takes(self._styled, name)}
        for name, sent in parts.items():
            try:
                found = self._read(name, sent, charset, wrong)
            except Refused as error:
                wrong.append(wrong_field(name, error.code, error.detail))
                continue
            if isinstance(found, Upload) or (isinstance(found, list) and any(isinstance(i, Upload) for i in found)):
                uploads[name] = found
            elif found is not ABSENT:
                value[name] = found
        return self._made(value, uploads, wrong)

    def _field(self, name: str) -> Field | None:
        return self._fields.get(name, self._other)

    def _in_memory(self, head: Head) -> bool:
        if head.name is None or head.name == CHARSET or _takes(self._styled, head.name):
            return True
        field = self._field(head.name)
        return in_memory(head) if field is None else field.in_memory(head)

    def _read(self, name: str, parts: list[Part], charset: str, wrong: list[Violation]) -> Any:
        """The value of all *parts* of that name; ABSENT for a file that was not chosen."""
        field = self._field(name)
        if field is None or field.is_file:
            parts = [part for part in parts if not is_unchosen(part)]
            if not parts:
                return ABSENT
        faults = (field or self._free).faults
        found = [wrong_field(name, code, detail) for part in parts for code, detail in faults(part)]
        wrong += found
        if any(one.code in ("contentType", "encoding") for one in found):
            return ABSENT
        if field is not None:
            return field.read(parts, charset)
        values = [self._free.read(part, charset) for part in parts]
        return values[0] if len(values) == 1 else values

    def _styled_texts(self, parts: Mapping[str, list[Part]], charset: str, wrong: list[Violation]) -> Texts:
        found = {}
        for name, sent in parts.items():
            if _takes(self._styled, name):
                texts = [text for part in sent if (text := text_in(name, part, charset, wrong)) is not None]
                found.update({name: texts} if texts else {})
        return found


# Fields with a style of their own


@dataclass(frozen=True, slots=True)
class _Styled:
    """A property whose Encoding Object gives it a style. `takes`: whether a field of that name is part of it."""

    read: Read
    takes: Callable[[str], bool]


def _styles(
    media_type: MediaType, properties: Mapping[str, Node], schemas: Schemas, location: Literal["query", "form"]
) -> dict[str, _Styled]:
    found = {}
    for name, node in properties.items():
        encoding = media_type.encoding.get(name) or {}
        if not {"style", "explode", "allowReserved"} & encoding.keys():
            continue
        style = str(encoding.get("style", "form"))
        explode = encoding.get("explode") is True if "explode" in encoding else style == "form"
        parameter = Parameter(name, location, False, node, style, explode, False, False, None, media_type.node)
        others = frozenset(properties) - {name}
        found[name] = _Styled(reader(parameter, schemas, others), _taker(parameter, schemas, others))
    return found


def _taker(parameter: Parameter, schemas: Schemas, others: Collection[str]) -> Callable[[str], bool]:
    known = known_names(parameter, schemas)
    if known is None:
        return lambda name: name not in others
    names, prefix = known
    return lambda name: name in names or bool(prefix and name.startswith(prefix))


def _takes(styled: Mapping[str, _Styled], name: str) -> bool:
    return any(one.takes(name) for one in styled.values()) if styled else False


def _read_styled(
    styled: Mapping[str, _Styled], source: Texts, texts: Texts, value: dict[str, Any], wrong: list[Violation]
) -> None:
    """Read what has a style out of *source* into *value*, and take its fields out of *texts*."""
    for name, one in styled.items():
        try:
            found = one.read(source)
        except Refused as error:
            wrong.append(wrong_field(name, error.code, error.detail))
        else:
            if found is not ABSENT:
                value[name] = found
    for name in [name for name in texts if _takes(styled, name)]:
        del texts[name]


# Fields by name


def _encoding(media_type: MediaType, name: str) -> tuple[Mapping[str, Any], Node | None]:
    """The Encoding Object of a property, and the node of its headers."""
    encoding = media_type.encoding.get(name) or {}
    if "headers" not in encoding:
        return encoding, None
    return encoding, media_type.node.child("encoding").child(name).child("headers")


def _text_reader(codec: Codec, encoding: Mapping[str, Any], schemas: Schemas) -> Callable[[list[str]], Any]:
    """
    What makes a value of the texts of one field: by its type, objects and what is declared as JSON from JSON.

    An array is its name again and again; where its items are no texts, one JSON array, too.
    """
    read = texts_reader(codec, schemas)
    kinds = kinds_of(encoding)
    is_json = bool(kinds) and all(kind.is_json for kind in kinds) and "string" not in codec.types
    item = codec if codec.items is None else schemas.codec(codec.items, "request")
    nested = "array" in codec.types and not codec.types & TEXTUAL and not item.types & (TEXTUAL | {"array"})
    if not is_json and not nested:
        return read

    def read_json(texts: list[str]) -> Any:
        if len(texts) == 1 and (is_json or texts[0][:1] == "["):
            return json_of(texts[0].encode())
        return [json_of(text.encode()) for text in texts] if is_json else read(texts)

    return read_json


def _as_sent(texts: list[str]) -> Any:
    return texts[0] if len(texts) == 1 else texts
