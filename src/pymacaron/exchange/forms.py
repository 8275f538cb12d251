"""
Forms, urlencoded and multipart: as one value (from OpenAPI 3.0 on), or as keyword arguments (Swagger 2.0's formData).

Neighbours: parameters.py reads the texts of fields, files.py has what is made of files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any
from urllib.parse import unquote_to_bytes

from pymacaron.exchange import media
from pymacaron.exchange.files import Form, Upload, is_file, is_files
from pymacaron.exchange.media import UnsupportedMediaType
from pymacaron.exchange.parameters import ABSENT, Read, Refused, reader, texts_reader
from pymacaron.exchange.request import Request
from pymacaron.exchange.steps import Step, take
from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.violations import Violation, Violations, pointer_text
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Parameter, RequestBody

__all__ = ["Fields", "FormBody"]


class Fields:
    """Swagger 2.0's formData: every field a keyword argument."""

    def __init__(self, body: RequestBody, steps: tuple[Step, ...], schemas: Schemas):
        files = {parameter.name for parameter in body.fields if is_file(parameter.schema, schemas)}
        names = {pointer_text((parameter.name,)): parameter.name for parameter in body.fields}
        self._texts = tuple(step for step in steps if names[step.pointer] not in files)
        self._files = tuple((names[step.pointer], step) for step in steps if names[step.pointer] in files)
        self._accepts = list(body.content)
        self._binary = frozenset(files)

    def __call__(self, request: Request, positional: list[Any], keywords: dict[str, Any]) -> None:
        texts, files = _form(request, self._accepts, self._binary)
        wrong: list[Violation] = []
        take(self._texts, texts, keywords, wrong)
        for name, step in self._files:
            sent = files.get(name, [])
            # What reads a file is told that it is there, so that absence is treated as that of any other field
            if not sent:
                take((step,), {}, keywords, wrong)
            elif len(sent) > 1:
                wrong.append(step.wrong("repeated", f"is given {len(sent)} times"))
            elif step.keyword is not None:
                keywords[step.keyword] = sent[0]
        if wrong:
            raise Violations(wrong)


class FormBody:
    """A form as one value: fields by the types of the schema's properties, files as Uploads."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, plain: bool, required: bool):
        self._codec = codec
        self._plain = plain
        self._required = required
        self._accepts = [media_type.name]
        properties = codec.properties if codec is not None else {}
        self._files = {name for name, node in properties.items() if is_file(node, schemas)}
        self._lists = {name for name, node in properties.items() if is_files(node, schemas)}
        self._binary = self._files | self._lists
        self._properties = {
            name: _property(name, node, media_type, schemas)
            for name, node in properties.items()
            if name not in self._files and name not in self._lists
        }
        self._bracketed = tuple(
            f"{name}["
            for name in self._properties
            if (media_type.encoding.get(name) or {}).get("style") == "deepObject"
        )

    def __call__(self, request: Request) -> Any:
        texts, files = _form(request, None, self._binary)
        if not texts and not files and not self._required:
            return ABSENT
        wrong: list[Violation] = []
        value: dict[str, Any] = {}
        uploads: dict[str, Upload | list[Upload]] = {}
        for name in {*self._files, *self._lists}:
            sent = files.get(name, [])
            if sent and name in self._lists:
                uploads[name] = sent
            elif len(sent) > 1:
                wrong.append(Violation("form", pointer_text((name,)), "repeated", f"is given {len(sent)} times"))
            elif sent:
                uploads[name] = sent[0]
        for name, read in self._properties.items():
            try:
                sent_as_file = files.get(name)
                found = read(texts) if sent_as_file is None else _from_files(sent_as_file)
            except Refused as error:
                wrong.append(Violation("form", pointer_text((name,)), error.code, error.detail))
                continue
            if isinstance(found, Upload):
                uploads[name] = found
            elif found is not ABSENT:
                value[name] = found
        for name, sent_texts in texts.items():
            if name not in value and name not in uploads and name not in self._properties and not self._inner(name):
                value[name] = sent_texts[0] if len(sent_texts) == 1 else sent_texts
        for name, sent in files.items():
            if name not in uploads and name not in self._properties and name not in self._files:
                uploads[name] = sent[0] if len(sent) == 1 else sent
        wrong += self._violations(value, uploads, {one.pointer for one in wrong})
        if wrong:
            raise Violations(wrong)
        made: Any = value if self._codec is None or self._plain else self._codec.convert(value)
        for name, upload in uploads.items():
            made[name] = upload
        return made

    def _inner(self, name: str) -> bool:
        """Whether *name* is a member of an object that was sent as name[member]."""
        return bool(self._bracketed) and name.startswith(self._bracketed)

    def _violations(self, value: dict[str, Any], uploads: Mapping[str, Any], known: set[str]) -> list[Violation]:
        """What is wrong with the fields; of a file only whether it may be there at all, and of several how many."""
        if self._codec is None:
            return []
        sent = {name: [""] * len(upload) if isinstance(upload, list) else "" for name, upload in uploads.items()}
        found = self._codec.violations({**value, **sent}, "form")
        if not uploads and not known:
            return found
        single = {pointer_text((name,)) for name in uploads if name in self._files or name in self._properties}
        inside = tuple(pointer_text((name, "")) for name in uploads)
        return [
            one
            for one in found
            if one.pointer not in known
            and not (one.pointer in single and one.code != "required")
            and not (inside and one.pointer.startswith(inside))
        ]


def _form(
    request: Request, accepts: list[str] | None, binary: Set[str]
) -> tuple[dict[str, list[str]], dict[str, list[Upload]]]:
    """
    The texts and the files of a form by name; a text of one of the names *binary* is a file too. Raises Violations
    for what is not UTF-8; with *accepts*, UnsupportedMediaType for a body that is no form.
    """
    if accepts is not None:
        given = media.parse(request.content_type) if request.content_type else None
        if given is None or not given.is_form:
            if request.read():
                raise UnsupportedMediaType(request.content_type, accepts)
            return {}, {}
    given = media.parse(request.content_type) if request.content_type else None
    data = request.read() if given is not None and given.subtype == "x-www-form-urlencoded" else b""
    form = Form(list(_urlencoded(data)), []) if data else request.form()
    files: dict[str, list[Upload]] = {}
    for name, upload in form.files:
        files.setdefault(name, []).append(upload)
    texts: dict[str, list[str]] = {}
    wrong: list[Violation] = []
    for name, sent in form.fields:
        text = _decoded(sent)
        if name in binary and (text is not None or isinstance(sent, bytes)):
            data = sent if isinstance(sent, bytes) else sent.encode()
            files.setdefault(name, []).append(Upload(data, mimetype="text/plain"))
        elif text is None:
            wrong.append(Violation("form", pointer_text((name,)), "encoding", "is not UTF-8"))
        else:
            texts.setdefault(name, []).append(text)
    if wrong:
        raise Violations(wrong)
    return texts, files


def _urlencoded(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The fields of an urlencoded form: https://url.spec.whatwg.org/#urlencoded-parsing, but UTF-8 without fail."""
    for pair in data.split(b"&"):
        if not pair:
            continue
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        try:
            yield unquote_to_bytes(name).decode(), unquote_to_bytes(value)
        except UnicodeDecodeError:
            raise Violations([Violation("form", "", "encoding", "has a field whose name is not UTF-8")]) from None


def _decoded(sent: str | bytes) -> str | None:
    """The text of a field; None where its bytes are none, see Form."""
    if isinstance(sent, str):
        return None if "\N{REPLACEMENT CHARACTER}" in sent else sent
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return None


def _from_files(files: list[Upload]) -> Any:
    """What was sent as a file where the schema asks for a value: JSON is read, all else is refused."""
    kind = media.parse(files[0].content_type)
    if len(files) > 1:
        raise Refused("repeated", f"is given {len(files)} times")
    if kind is None or not kind.is_json:
        raise Refused("type", "is a file; a value is asked for")
    return _json(files[0].read())


def _json(data: bytes) -> Any:
    try:
        return json_decode(data)
    except Violations as error:
        raise Refused(error.violations[0].code, error.violations[0].detail) from None


def _property(name: str, node: Node, media_type: MediaType, schemas: Schemas) -> Read:
    """What reads one property of a form out of its texts. Objects are JSON unless `encoding` gives them a style."""
    codec = schemas.codec(node, "request")
    encoding = media_type.encoding.get(name) or {}
    if "style" in encoding or "explode" in encoding:
        style = str(encoding.get("style", "form"))
        explode = bool(encoding.get("explode", style == "form"))
        return reader(Parameter(name, "form", False, node, style, explode, False, False, None, node), schemas)
    plain = texts_reader(codec, schemas)
    item = codec if codec.items is None else schemas.codec(codec.items, "request")
    textual = {"string", "integer", "number", "boolean"}

    def read(texts: dict[str, list[str]]) -> Any:
        sent = texts.get(name)
        return ABSENT if sent is None else plain(sent)

    def read_json(texts: dict[str, list[str]]) -> Any:
        sent = texts.get(name)
        return ABSENT if sent is None else _json(sent[0].encode()) if len(sent) == 1 else plain(sent)

    def read_items(texts: dict[str, list[str]]) -> Any:
        sent = texts.get(name)
        if sent is None:
            return ABSENT
        values = [_json(text.encode()) for text in sent]
        return values[0] if len(values) == 1 and isinstance(values[0], list) else values

    if "object" in codec.types and not codec.types & textual:
        return read_json
    if "array" in codec.types and not codec.types & textual and "object" in item.types and not item.types & textual:
        return read_items
    return read
