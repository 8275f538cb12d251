"""
The raw parts of a call -> the arguments of its handler, or everything that is wrong with them.

An operation is compiled at its first call into steps, one for each parameter and one for the body. The body is the one
positional argument, all else goes by keyword (see spec/names.py). Every violation is collected before any is raised.
Neighbours: parameters.py reads texts, media.py compares types, the codecs of schema/ validate and convert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from encodings.aliases import aliases as _aliases
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from pymacaron.exchange import media
from pymacaron.exchange.media import ContentType, Form, UnsupportedMediaType, Upload
from pymacaron.exchange.parameters import ABSENT, EMPTY, Read, Refused, parse_query, reader, scalar, texts_reader
from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.models import MASK, shown
from pymacaron.schema.violations import Violation, Violations, is_secret, pointer_text
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Operation, Parameter, RequestBody
from pymacaron.spec.names import arguments

__all__ = ["Form", "Inbound", "Request", "UnsupportedMediaType", "Upload"]

#: The argument is not passed, so that the handler's own default holds
_OMIT: Final[Any] = object()

#: How many spellings of Content-Type an operation remembers
_REMEMBERED = 64


@dataclass(slots=True)
class Request:
    """
    The raw parts of one call. `path`: dict of name -> text, percent-decoded; `query`: as sent; `header`: by name, in
    any case; `cookies`: dict of name -> text. `read` and `form` are called when the body is needed, `form` for a
    multipart body, or an urlencoded one that was read before.
    """

    path: Mapping[str, str]
    query: str
    header: Callable[[str], str | None]
    cookies: Mapping[str, str]
    content_type: str | None
    read: Callable[[], bytes]
    form: Callable[[], Form]


class Inbound:
    """
    What one operation asks of a call, for one handler.

    *plain_body*: the handler wants plain JSON values, no models. *defaults*: keywords for which the handler has a
    default of its own; *body_default*: whether it has one for the body. *accepts*: the keywords that it takes, None
    for all; what it does not take is validated all the same.
    """

    def __init__(
        self,
        operation: Operation,
        schemas: Schemas,
        *,
        plain_body: bool = False,
        defaults: Set[str] = frozenset(),
        accepts: Set[str] | None = None,
        body_default: bool = False,
    ):
        self._operation = operation
        self._schemas = schemas
        self._plain_body = plain_body
        self._defaults = defaults
        self._accepts = accepts
        self._body_default = body_default
        self._plan: _Plan | None = None

    def arguments(self, request: Request) -> tuple[list[Any], dict[str, Any]]:
        """
        The positional and the keyword arguments for a call.

        Raises Violations, with all that is wrong with parameters and body; UnsupportedMediaType for a body of a type
        that the operation does not read.
        """
        plan = self._plan
        if plan is None:
            plan = self._plan = self._compiled()
        keywords: dict[str, Any] = {}
        wrong: list[Violation] = []
        if plan.path:
            _take(plan.path, request.path, keywords, wrong)
        if plan.query:
            _take(plan.query, parse_query(request.query), keywords, wrong)
        if plan.querystring:
            _take(plan.querystring, request.query, keywords, wrong)
        if plan.header:
            _take(plan.header, request.header, keywords, wrong)
        if plan.cookie:
            _take(plan.cookie, request.cookies, keywords, wrong)
        body: list[Any] = []
        if plan.body is not None:
            try:
                plan.body(request, body, keywords)
            except Violations as error:
                wrong += error.violations
        if wrong:
            raise Violations(wrong)
        return body, keywords

    @cached_property
    def secrets(self) -> frozenset[str]:
        """
        The keywords whose values no log or report may show, by their names or by format password; `body` stands for
        the body, where all of it is such a value. What is inside of objects `shown` masks.
        """
        found = {
            keyword
            for keyword, parameter in arguments(self._operation).items()
            if is_secret(parameter.name) or self._is_password(_schema(parameter, self._schemas))
        }
        content = self._operation.body.content.values() if self._operation.body is not None else ()
        return frozenset(found | ({"body"} if any(self._is_password(one.schema) for one in content) else set()))

    def _is_password(self, node: Node | None) -> bool:
        return node is not None and self._schemas.shapes.is_password(node)

    def shown(self, positional: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
        """
        What `arguments` gave as plain JSON values by keyword, the body as `body`, for logs and reports: secrets are
        `***` at any depth, by their names or by format password, also in a body of plain values. Fails never.
        """
        found = {"body": self._shown_body(positional[0])} if positional else {}
        found.update((keyword, shown(value)) for keyword, value in keywords.items())
        return {name: MASK if name in self.secrets and value is not None else value for name, value in found.items()}

    def _shown_body(self, body: Any) -> Any:
        content = self._operation.body.content.values() if self._operation.body is not None else ()
        codecs = [self._schemas.codec(one.schema, "request") for one in content if one.schema is not None]
        if not isinstance(body, (dict, list)) or not codecs:
            return shown(body)
        return next((codec for codec in codecs if not codec.violations(body, "body")), codecs[0]).shown(body)

    def _compiled(self) -> _Plan:
        named = arguments(self._operation)
        steps: dict[str, list[_Step]] = {}
        for keyword, parameter in named.items():
            others = frozenset(
                other.name
                for other in named.values()
                if other is not parameter and other.location == parameter.location
            )
            default = _default(keyword in self._defaults, parameter, self._schemas)
            passed = self._accepts is None or keyword in self._accepts
            step = _Step(keyword if passed else None, parameter, self._schemas, others, default)
            steps.setdefault(parameter.location, []).append(step)
        return _Plan(
            tuple(steps.get("path", ())),
            tuple(steps.get("query", ())),
            tuple(steps.get("querystring", ())),
            tuple(steps.get("header", ())),
            tuple(steps.get("cookie", ())),
            self._body(tuple(steps.get("form", ()))),
        )

    def _body(self, fields: tuple[_Step, ...]) -> Callable[[Request, list[Any], dict[str, Any]], None] | None:
        body = self._operation.body
        if body is None:
            return None
        if body.fields:
            return _Fields(body, fields, self._schemas)
        return _Body(body, self._schemas, self._plain_body, self._body_default)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The steps of one operation, by the part of the request that they read."""

    path: tuple[_Step, ...]
    query: tuple[_Step, ...]
    querystring: tuple[_Step, ...]
    header: tuple[_Step, ...]
    cookie: tuple[_Step, ...]
    body: Callable[[Request, list[Any], dict[str, Any]], None] | None


class _Step:
    """One parameter: how it is read, validated and converted, and what stands in for it where it is absent."""

    __slots__ = ("absent", "convert", "exact", "keyword", "location", "pointer", "read", "required", "violations")

    def __init__(
        self,
        keyword: str | None,
        parameter: Parameter,
        schemas: Schemas,
        others: frozenset[str],
        absent: Callable[[], Any] | None,
    ):
        self.keyword = keyword
        self.location = parameter.location
        self.pointer = pointer_text((parameter.name,))
        self.required = parameter.required
        self.absent = absent
        self.read: Read = reader(parameter, schemas, others)
        node = _schema(parameter, schemas)
        codec = None if node is None else schemas.codec(node, "request")
        self.violations = _nothing_wrong if codec is None else codec.violations
        self.convert = _itself if codec is None else codec.convert
        #: The class whose values all fit the schema and need no conversion
        self.exact = _exact_class(node)

    def wrong(self, code: str, detail: str) -> Violation:
        return Violation(self.location, self.pointer, code, detail)


def _take(steps: tuple[_Step, ...], source: Any, keywords: dict[str, Any], wrong: list[Violation]) -> None:
    """Add to *keywords* what *steps* find in *source*, to *wrong* what they have against it."""
    for step in steps:
        try:
            value = step.read(source)
        except Refused as error:
            wrong.append(step.wrong(error.code, error.detail))
            continue
        if value.__class__ is step.exact:
            pass
        elif value is ABSENT:
            if step.required:
                wrong.append(step.wrong("required", "is missing"))
                continue
            if step.absent is None:
                value = None
            else:
                value = step.absent()
                if value is _OMIT:
                    continue
        elif value is EMPTY:
            value = ""
        else:
            found = step.violations(value, step.location, step.pointer)
            if found:
                wrong += found
                continue
            value = step.convert(value)
        if step.keyword is not None:
            keywords[step.keyword] = value


def _nothing_wrong(value: Any, location: str, pointer: str = "") -> list[Violation]:
    return []


def _itself(value: Any) -> Any:
    return value


def _schema(parameter: Parameter, schemas: Schemas) -> Node | None:
    if parameter.location == "form" and _is_file(parameter.schema, schemas):
        return None
    return parameter.schema if parameter.content is None else parameter.content.schema


_EXACT: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool}

#: The members of a schema, and of a Swagger 2.0 parameter, that ask nothing of a value beyond its type
_IDLE = frozenset(
    {
        *("type", "description", "title", "default", "example", "examples", "deprecated"),
        *("name", "in", "required", "allowEmptyValue", "collectionFormat"),
    }
)


def _exact_class(node: Node | None) -> type | None:
    value = None if node is None else node.value
    if not isinstance(value, dict) or not all(key in _IDLE or str(key).startswith("x-") for key in value):
        return None
    if value.get("x-nullable"):
        return None
    kind = value.get("type")
    return _EXACT.get(kind) if isinstance(kind, str) else None


def _default(handlers_own: bool, parameter: Parameter, schemas: Schemas) -> Callable[[], Any] | None:
    """What gives the value of a parameter that was not sent: the handler's default, the schema's, or (None) None."""
    if handlers_own:
        return lambda: _OMIT
    node = _schema(parameter, schemas)
    if node is None:
        return None
    codec = schemas.codec(node, "request")
    if not codec.has_default or codec.default is None:
        return None
    default = codec.default
    if codec.violations(default, parameter.location):
        # A mistake of the description, which `check` reports: what it says, as it says it
        return lambda: default
    value = codec.convert(default)
    if isinstance(default, (dict, list)):
        return lambda: codec.convert(codec.default)  # each call gets one of its own
    return lambda: value


# Bodies


class _Body:
    """The body as the one positional argument: a decoder for each media type, found by Content-Type."""

    def __init__(self, body: RequestBody, schemas: Schemas, plain: bool, handlers_own: bool):
        self._required = body.required
        self._schemas = schemas
        self._plain = plain
        self._handlers_own = handlers_own
        self._accepts = list(body.content)
        self._declared = [(kind, media_type) for kind, media_type in _parsed(body) if kind is not None]
        self._decoders: dict[tuple[int, str, str], Callable[[Request], Any]] = {}
        #: Content-Type as sent -> decoder
        self._known: dict[str | None, Callable[[Request], Any]] = {}

    def __call__(self, request: Request, positional: list[Any], keywords: dict[str, Any]) -> None:
        decode = self._known.get(request.content_type)
        if decode is None:
            decode = self._decoder(request.content_type)
            if len(self._known) < _REMEMBERED:
                self._known[request.content_type] = decode
        value = decode(request)
        if value is not ABSENT:
            positional.append(value)
        elif self._required:
            raise Violations([Violation("body", "", "required", "is missing")])
        elif not self._handlers_own:
            positional.append(None)

    def _decoder(self, content_type: str | None) -> Callable[[Request], Any]:
        given = media.parse(content_type) if content_type else None
        found = self._declared_for(given) if given is not None or not content_type else None
        if found is None:
            return self._refuse
        kind, media_type = found
        if given is None or not kind.is_range:
            given = given or kind
        family = "json" if given.is_json else "form" if given.is_form else "text" if given.is_text else "binary"
        if content_type is None and kind.is_range:
            family = (
                "json" if media_type.schema is not None and not _is_file(media_type.schema, self._schemas) else "binary"
            )
        if kind.is_json:
            family = "json"
        charset = ""
        if family == "text":
            charset = _codec_name(given.parameters.get("charset", "utf-8"))
            if not charset:
                return self._refuse
        key = (id(media_type), family, charset)
        decoder = self._decoders.get(key)
        if decoder is None:
            decoder = self._decoders[key] = self._made(family, media_type, charset)
        return decoder

    def _declared_for(self, given: ContentType | None) -> tuple[ContentType, MediaType] | None:
        """The entry of `content` that reads a body of type *given*: that type, else JSON for JSON, else a range."""
        if given is None:
            return self._declared[0] if self._unnamed() else None
        for kind, media_type in self._declared:
            if kind.essence == given.essence:
                return kind, media_type
        if given.is_json:
            for kind, media_type in self._declared:
                if kind.is_json:
                    return kind, media_type
        ranges = [(kind, media_type) for kind, media_type in self._declared if media.matches(kind, given)]
        return max(ranges, key=lambda entry: entry[0].type != "*", default=None)

    def _unnamed(self) -> bool:
        """Whether a body without a Content-Type can be read: where one type, or only JSON, is declared, no form."""
        if not self._declared or any(kind.is_form for kind, _ in self._declared):
            return False
        return len(self._declared) == 1 or all(kind.is_json for kind, _ in self._declared)

    def _refuse(self, request: Request) -> Any:
        if request.read():
            raise UnsupportedMediaType(request.content_type, self._accepts)
        return ABSENT

    def _made(self, family: str, media_type: MediaType, charset: str) -> Callable[[Request], Any]:
        codec = None if media_type.schema is None else self._schemas.codec(media_type.schema, "request")
        if family == "json":
            return _json_decoder(codec, self._plain)
        if family == "form":
            return _FormBody(media_type, codec, self._schemas, self._plain, self._required)
        if family == "text":
            return _text_decoder(codec, charset, self._accepts)
        return lambda request: request.read() or (b"" if request.content_type else ABSENT)


def _parsed(body: RequestBody) -> list[tuple[ContentType | None, MediaType]]:
    return [(media.parse(name), media_type) for name, media_type in body.content.items()]


def _json_decoder(codec: Codec | None, plain: bool) -> Callable[[Request], Any]:
    decode = json_decode if codec is None else codec.decode_plain if plain else codec.decode

    def json(request: Request) -> Any:
        data = request.read()
        return decode(data) if data else ABSENT

    return json


#: Python's codecs that are those of texts, as RFC 2978 names them, or nearly so
_CODECS = frozenset(_aliases.values()) - {
    *("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"),
    *("mbcs", "utf_7"),
} | {"koi8_u"}


def _codec_name(charset: str) -> str:
    """
    Python's name of the codec of *charset*, '' where it has none. Python itself, asked for one that it does not know,
    would remember that name for good.
    """
    name = charset.strip().lower().replace("-", "_").replace(" ", "_")
    name = _aliases.get(name, name)
    return name if name in _CODECS else ""


def _text_decoder(codec: Codec | None, charset: str, accepts: list[str]) -> Callable[[Request], Any]:
    """A text: validated where its schema speaks of texts or scalars. *charset*: the codec's name."""
    scalars = codec is not None and bool(codec.types & {"string", "integer", "number", "boolean"})
    make = scalar(codec) if codec is not None and scalars else None

    def text(request: Request) -> Any:
        data = request.read()
        if not data and not request.content_type:
            return ABSENT
        try:
            value: Any = data.decode(charset)
        except UnicodeDecodeError:
            said = charset.upper().replace("_", "-")
            raise Violations([Violation("body", "", "encoding", f"is not {said}")]) from None
        except (LookupError, ValueError):  # a codec that this system lacks
            raise UnsupportedMediaType(request.content_type, accepts) from None
        if codec is None or not scalars:
            return value
        value = value if make is None else make(value)
        found = codec.violations(value, "body")
        if found:
            raise Violations(found)
        return codec.convert(value)

    return text


# Forms


class _Fields:
    """Swagger 2.0's formData: every field a keyword argument."""

    def __init__(self, body: RequestBody, steps: tuple[_Step, ...], schemas: Schemas):
        files = {parameter.name for parameter in body.fields if _is_file(parameter.schema, schemas)}
        names = {pointer_text((parameter.name,)): parameter.name for parameter in body.fields}
        self._texts = tuple(step for step in steps if names[step.pointer] not in files)
        self._files = tuple((names[step.pointer], step) for step in steps if names[step.pointer] in files)
        self._accepts = list(body.content)
        self._binary = frozenset(files)

    def __call__(self, request: Request, positional: list[Any], keywords: dict[str, Any]) -> None:
        texts, files = _form(request, self._accepts, self._binary)
        wrong: list[Violation] = []
        _take(self._texts, texts, keywords, wrong)
        for name, step in self._files:
            sent = files.get(name, [])
            # What reads a file is told that it is there, so that absence is treated as that of any other field
            if not sent:
                _take((step,), {}, keywords, wrong)
            elif len(sent) > 1:
                wrong.append(step.wrong("repeated", f"is given {len(sent)} times"))
            elif step.keyword is not None:
                keywords[step.keyword] = sent[0]
        if wrong:
            raise Violations(wrong)


class _FormBody:
    """A form as one value: fields by the types of the schema's properties, files as Uploads."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, plain: bool, required: bool):
        self._codec = codec
        self._plain = plain
        self._required = required
        self._accepts = [media_type.name]
        properties = codec.properties if codec is not None else {}
        self._files = {name for name, node in properties.items() if _is_file(node, schemas)}
        self._lists = {name for name, node in properties.items() if _is_files(node, schemas)}
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


def _is_file(node: Node | None, schemas: Schemas) -> bool:
    """
    Whether a schema is that of a file: Swagger 2.0's type, 3.0's format, 3.1's contentMediaType without an encoding
    (but of text and JSON, which a string may hold).
    """
    if node is None:
        return False
    for value in schemas.shapes.spoken(node):
        if value.get("type") == "file" or value.get("format") == "binary":
            return True
        if "contentMediaType" in value and "contentEncoding" not in value:
            kind = media.parse(str(value["contentMediaType"]))
            return kind is not None and not kind.is_text and not kind.is_json
    return False


def _is_files(node: Node, schemas: Schemas) -> bool:
    return _is_file(schemas.codec(node, "request").items, schemas)
