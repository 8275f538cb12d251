"""
Forms, urlencoded and multipart, as one value: from OpenAPI 3.0 on.

Neighbours: fields.py has the fields by name, contents.py reads a part of a multipart body, parameters/texts.py a text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
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
from pymacaron.exchange.bodies.standins import standing_for, told_of_files
from pymacaron.exchange.files import Part, Upload, has_choices, is_file, is_files, reach
from pymacaron.exchange.multipart import Head
from pymacaron.exchange.parameters.reading import Read, known_names, parse_query, reader
from pymacaron.exchange.parameters.speaking import Speaking, settled, speaking
from pymacaron.exchange.parameters.texts import ABSENT, TEXTUAL, Refused, readings, texts_reader
from pymacaron.exchange.request import Request
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.pointers import names_of, pointer_text
from pymacaron.schema.shape import Identity
from pymacaron.schema.violations import Violation, Violations
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Parameter

__all__ = ["MultipartForm", "UrlencodedForm"]


class _Form:
    """What both kinds of forms do with their fields: validate, convert, put files back in."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, plain: bool, required: bool):
        self._codec = codec
        self._plain = plain
        self._required = required
        self._schemas = schemas
        #: What speaks of fields besides properties and additionalProperties, None for nothing
        self._speaking = speaking(codec, schemas) if codec is not None else None
        #: dict: declared field -> see `_reach`
        self._known_reaches: dict[str, int | None] = {}
        self._properties: Mapping[str, Node] = codec.properties if codec is not None else {}
        self._files = {name for name, node in self._properties.items() if is_file(node, schemas)}
        self._lists = {name for name, node in self._properties.items() if is_files(node, schemas)}
        extra = schemas.shapes.first(codec.schema, "additionalProperties") if codec is not None else None
        #: The schema of fields that are not declared, where it says anything
        self._extra = extra if extra is not None and isinstance(extra.value, dict) and extra.value else None

    def _made(
        self, value: dict[str, Any], uploads: dict[str, Any], wrong: list[Violation], more: Mapping[str, list[Any]]
    ) -> Any:
        """*more*: what else the fields may stand for, by name."""
        known = {pointer_text(names_of(one.pointer)[:1]) for one in wrong}
        if more:
            fields = settled({**value, **uploads}, more, lambda one: len(self._violations(*_parted(one), known)))
            value, uploads = _parted(fields)
        wrong = wrong + self._violations(value, uploads, known)
        if wrong:
            raise Violations(wrong)
        made: Any = value
        if self._codec is not None and not self._plain:
            # The model may be that of an alternative that a file fits
            reaches = self._reaches(uploads) if uploads else {}
            made = self._codec.convert({**value, **_standing(uploads, reaches)} if reaches else value)
        for name, upload in uploads.items():
            made[name] = upload
        return made

    def violations(self, value: dict[str, Any], uploads: Mapping[str, Any]) -> list[Violation]:
        """What is wrong with the fields and files of a form that is to be sent."""
        return self._violations(value, uploads, set())

    def _violations(self, value: dict[str, Any], uploads: Mapping[str, Any], known: set[str]) -> list[Violation]:
        """
        What is wrong with the fields; of a file only whether it may be there at all, and of several how many. Where
        schemas to choose from speak of it, a text of its length stands for it.
        """
        if self._codec is None:
            return []
        if not uploads and not known:
            return self._codec.violations(value, "form")
        reaches = self._reaches(uploads)
        sent = _standing(uploads, dict.fromkeys(uploads, 0) | reaches)
        found = self._codec.violations({**value, **sent}, "form")
        if reaches:
            found = told_of_files(found, {name: uploads[name] for name in reaches})
        listed = {name for name, upload in uploads.items() if isinstance(upload, list)}
        single = {pointer_text((name,)) for name in uploads.keys() - listed - reaches.keys()}
        several = {pointer_text((name,)) for name in listed}
        inside = tuple(pointer_text((name, "")) for name in uploads.keys() - reaches.keys())
        return [
            one
            for one in found
            if one.pointer not in known
            and not (one.pointer in single and one.code not in ("required", "additionalProperties", "schema"))
            and not (one.pointer in several and one.code == "uniqueItems")
            and not (inside and one.pointer.startswith(inside))
        ]

    def _nodes(self, name: str) -> tuple[list[Node], bool]:
        """The schemas of fields of that name, and whether one of them applies in any case."""
        if self._speaking is not None:
            return self._speaking.of(name)
        node = self._properties.get(name, self._extra)
        return ([] if node is None else [node]), True

    def _reaches(self, uploads: Iterable[str]) -> dict[str, int]:
        """Of those *uploads* of which several schemas may speak: the size from which all files are alike for them."""
        return {name: found for name in uploads if (found := self._known_reach(name)) is not None}

    def _known_reach(self, name: str) -> int | None:
        if name not in self._properties:
            return self._reach(name)
        if name not in self._known_reaches:
            self._known_reaches[name] = self._reach(name)
        return self._known_reaches[name]

    def _reach(self, name: str) -> int | None:
        nodes, is_sure = self._nodes(name)
        if is_sure and len(nodes) < 2 and not any(has_choices(node, self._schemas) for node in nodes):
            return None
        return reach(nodes, self._schemas)


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
        self._encoding = media_type.encoding
        #: dict: (name of the field, place of the schema) -> what reads a field that several schemas speak of
        self._of_schemas: dict[tuple[str, Identity], Callable[[list[str]], Any]] = {}

    def __call__(self, request: Request) -> Any:
        data = pairs(request)
        if not data and not self._required:
            return ABSENT
        wrong: list[Violation] = []
        texts = decoded(data, wrong)
        value: dict[str, Any] = {}
        uploads: dict[str, Any] = {}
        more: dict[str, list[Any]] = {}
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
                if self._speaking is None:
                    value[name] = self._readers.get(name, self._other)(sent)
                else:
                    value[name], *others = self._readings(self._speaking, name, sent)
                    more.update({name: others} if others else {})
            except Refused as error:
                wrong.append(wrong_field(name, error.code, error.detail, error.pointer))
        return self._made(value, uploads, wrong, more)

    def _readings(self, told: Speaking, name: str, sent: list[str]) -> list[Any]:
        """What the texts of a field may stand for, the likeliest first."""
        nodes, is_sure = told.of(name)
        readers = [partial(self._of_schema(name, node), sent) for node in nodes]
        if not is_sure:  # a text where none of them applies
            readers.insert(len(readers) if name in self._properties else 0, partial(_as_sent, sent))
        return readings(readers)

    def _of_schema(self, name: str, node: Node) -> Callable[[list[str]], Any]:
        key = (name if name in self._encoding else "", node.identity)
        read = self._of_schemas.get(key)
        if read is None:
            codec = self._schemas.codec(node, "request")
            read = _text_reader(codec, self._encoding.get(name) or {}, self._schemas)
            self._of_schemas[key] = read
        return read


class MultipartForm(_Form):
    """A form of named parts as one value: values by the types of their parts and properties, files as Uploads."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, plain: bool, required: bool):
        super().__init__(media_type, codec, schemas, plain, required)
        # OpenAPI 3.0 has styles for urlencoded forms only
        late = schemas.api.dialect not in ("2.0", "3.0")
        self._styled = _styles(media_type, self._properties, schemas, "form") if late else {}
        self._media_type = media_type
        #: dict: (name of the part where it has an Encoding Object, place of the schema, whether it looks at the size of
        #: files) -> what reads it
        self._of_schemas: dict[tuple[str, Identity, bool], Field] = {}
        #: dict: name of the part -> what may read it
        self._fields = {name: self._made_fields(name) for name in self._properties if name not in self._styled}
        self._others = self._made_fields("") if self._speaking is None else []
        self._free = Item(None, {}, None, schemas)

    def __call__(self, request: Request) -> Any:
        parts = named(request.form(self._in_memory))
        if not parts and not self._required:
            return ABSENT
        wrong: list[Violation] = []
        charset = charset_of(parts, wrong, keep=CHARSET in self._properties)
        value: dict[str, Any] = {}
        uploads: dict[str, Any] = {}
        more: dict[str, list[Any]] = {}
        if self._styled:
            texts = self._styled_texts(parts, charset, wrong)
            _read_styled(self._styled, {**texts}, texts, value, wrong)
            parts = {name: sent for name, sent in parts.items() if name in texts or not _takes(self._styled, name)}
        for name, sent in parts.items():
            try:
                found, *others = self._read(name, sent, charset, wrong)
            except Refused as error:
                wrong.append(wrong_field(name, error.code, error.detail, error.pointer))
                continue
            if _holds_upload(found):
                uploads[name] = found
            elif found is not ABSENT:
                value[name] = found
            if others:
                more[name] = others
        return self._made(value, uploads, wrong, more)

    def _fields_of(self, name: str) -> list[Field]:
        """What may read the parts of that name; [] where nothing is said of them."""
        found = self._fields.get(name)
        if found is None:
            found = self._others if self._speaking is None else self._made_fields(name)
        return found

    def _made_fields(self, name: str) -> list[Field]:
        nodes, is_sure = self._nodes(name)
        sized = is_sure and len(nodes) < 2
        return [self._made_field(name, node, sized and not has_choices(node, self._schemas)) for node in nodes]

    def _made_field(self, name: str, node: Node, sized: bool) -> Field:
        key = (name if name in self._media_type.encoding else "", node.identity, sized)
        field = self._of_schemas.get(key)
        if field is None:
            field = self._of_schemas[key] = Field(node, *_encoding(self._media_type, name), self._schemas, sized)
        return field

    def _in_memory(self, head: Head) -> bool:
        if head.name is None or head.name == CHARSET or _takes(self._styled, head.name):
            return True
        fields = self._fields_of(head.name)
        if len(fields) == 1:
            return fields[0].in_memory(head)
        if any(field.may_be_file for field in fields):
            return in_memory(head)
        return all(field.in_memory(head) for field in fields) if fields else in_memory(head)

    def _read(self, name: str, parts: list[Part], charset: str, wrong: list[Violation]) -> list[Any]:
        """What all *parts* of that name may stand for, the likeliest first; ABSENT for a file that was not chosen."""
        fields = self._fields_of(name)
        field = fields[0] if fields else None
        if field is None or any(one.may_be_file for one in fields):
            parts = [part for part in parts if not is_unchosen(part)]
            if not parts:
                return [ABSENT]
        faults = (field or self._free).faults
        listed = field.is_listed(len(parts)) if field is not None else len(parts) > 1
        found = [
            wrong_field(name, code, detail, f"/{index}" if listed else "")
            for index, part in enumerate(parts)
            for code, detail in faults(part)
        ]
        wrong += found
        if any(one.code in ("contentType", "encoding") for one in found):
            return [ABSENT]
        if len(fields) == 1 and (self._speaking is None or self._speaking.of(name)[1]):
            return [fields[0].read(parts, charset)]
        readers = [partial(one.read, parts, charset) for one in fields]
        if self._speaking is None or not self._speaking.of(name)[1]:  # what it says itself where none of them applies
            readers.insert(len(readers) if name in self._properties else 0, partial(self._freely, parts, charset))
        return readings(readers)

    def _freely(self, parts: list[Part], charset: str) -> Any:
        values = [self._free.read(part, charset) for part in parts]
        return values[0] if len(values) == 1 else values

    def _styled_texts(self, parts: Mapping[str, list[Part]], charset: str, wrong: list[Violation]) -> Texts:
        found = {}
        for name, sent in parts.items():
            if _takes(self._styled, name):
                texts = [text for part in sent if (text := text_in(name, part, charset, wrong)) is not None]
                found.update({name: texts} if texts else {})
        return found


def _holds_upload(value: Any) -> bool:
    return isinstance(value, Upload) or (isinstance(value, list) and any(isinstance(one, Upload) for one in value))


def _standing(uploads: Mapping[str, Any], reaches: Mapping[str, int]) -> dict[str, Any]:
    return {name: standing_for(uploads[name], most) for name, most in reaches.items()}


def _parted(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values and the files of *fields*."""
    files = {name: value for name, value in fields.items() if _holds_upload(value)}
    return {name: value for name, value in fields.items() if name not in files}, files


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
            wrong.append(wrong_field(name, error.code, error.detail, error.pointer))
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
