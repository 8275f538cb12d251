"""
The body of a request as the one positional argument: a decoder for each media type, found by Content-Type.

Neighbours: families.py tells how a body is read, forms.py and mixed.py read forms, media.py compares types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.bodies.families import Family, family_of, sequence_in
from pymacaron.exchange.bodies.forms import MultipartForm, UrlencodedForm
from pymacaron.exchange.bodies.mixed import MultipartList
from pymacaron.exchange.files import is_file, size_fault, size_of
from pymacaron.exchange.media import UnsupportedMediaType
from pymacaron.exchange.parameters.texts import ABSENT, TEXTUAL, Refused, scalar
from pymacaron.exchange.request import Request, has_body
from pymacaron.exchange.streams import ItemReader
from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.once import LOCK
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import MediaType, RequestBody

__all__ = ["Body"]

#: How many spellings of Content-Type an operation remembers
_REMEMBERED = 64
#: Characters of the longest of them
_LONGEST = 256

Decode = Callable[[Request], Any]


class Body:
    """
    The body as the one positional argument. *handlers_own*: the handler has a default of its own for it.

    Raises UnsupportedMediaType for a body of a type that is not declared.
    """

    def __init__(self, body: RequestBody, schemas: Schemas, plain: bool, handlers_own: bool):
        self._required = body.required
        self._schemas = schemas
        self._plain = plain
        self._handlers_own = handlers_own
        self._accepts = list(body.content)
        parsed = [(media.parse(name), media_type) for name, media_type in body.content.items()]
        self._declared = [(kind, media_type) for kind, media_type in parsed if kind is not None]
        self._kinds = [kind for kind, _ in self._declared]
        self._absent = _stand_in([media_type for _, media_type in self._declared], schemas, plain)
        self._decoders: dict[tuple[int, Family, str], Decode] = {}
        #: Content-Type as sent -> decoder
        self._known: dict[str | None, Decode] = {}

    def __call__(self, request: Request, positional: list[Any], keywords: dict[str, Any]) -> None:
        decode = self._known.get(request.content_type)
        if decode is None:
            content_type = request.content_type
            decode = self._decoder(content_type)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()  # boundaries differ in each request; what others send comes again
            if len(content_type or "") <= _LONGEST:
                self._known[content_type] = decode
        value = decode(request)
        if value is not ABSENT:
            positional.append(value)
        elif self._required:
            raise Violations([Violation("body", "", "required", "is missing")])
        elif not self._handlers_own:
            positional.append(self._absent())

    def _decoder(self, content_type: str | None) -> Decode:
        """What reads a body of that Content-Type; what refuses it where nothing does."""
        if content_type:
            given = media.parse(content_type)
            index = None if given is None else media.choose(given, self._kinds)
        else:
            given, index = None, self._unnamed()
        if index is None:
            return self._refuse
        kind, media_type = self._declared[index]
        sequence = sequence_in(given, kind, media_type, self._schemas)
        if sequence is not None:
            if given is not None and not media.is_utf_8(given):
                return self._refuse_charset
            return ItemReader(sequence, media_type, self._schemas, self._plain)
        family = family_of(given, kind, media_type, self._schemas)
        charset = ""
        if given is not None and family in ("json", "urlencoded") and not media.is_utf_8(given):
            return self._refuse_charset
        if family == "text":
            charset = media.codec_name((given or kind).parameters.get("charset", "utf-8"))
            if not charset:
                return self._refuse
        key = (id(media_type), family, charset)
        decoder = self._decoders.get(key)
        if decoder is None:
            with LOCK:
                decoder = self._decoders.get(key)
                if decoder is None:
                    decoder = self._decoders[key] = self._made(family, media_type, charset)
        return decoder

    def _unnamed(self) -> int | None:
        """What reads a body without a Content-Type: the one type that is declared, or JSON alone; never a form."""
        if not self._kinds or any(kind.is_urlencoded or kind.is_multipart for kind in self._kinds):
            return None
        return 0 if len(self._kinds) == 1 or all(kind.is_json for kind in self._kinds) else None

    def _refuse(self, request: Request) -> Any:
        if has_body(request):
            raise UnsupportedMediaType(request.content_type, self._accepts)
        return ABSENT

    def _refuse_charset(self, request: Request) -> Any:
        if has_body(request):
            raise UnsupportedMediaType(request.content_type, self._accepts, media.NOT_UTF_8)
        return ABSENT

    def _made(self, family: Family, media_type: MediaType, charset: str) -> Decode:
        codec = None if media_type.schema is None else self._schemas.codec(media_type.schema, "request")
        if family == "json":
            return _json_decoder(codec, self._plain)
        if family == "urlencoded":
            return UrlencodedForm(media_type, codec, self._schemas, self._plain, self._required)
        if family == "form":
            return MultipartForm(media_type, codec, self._schemas, self._plain, self._required)
        if family == "multipart":
            return MultipartList(media_type, codec, self._schemas, self._plain, self._required)
        if family == "text":
            return _text_decoder(codec, charset, self._accepts)
        return _bytes_decoder(media_type, self._schemas)


def _stand_in(declared: list[MediaType], schemas: Schemas, plain: bool) -> Callable[[], Any]:
    """What gives the value of a body that was not sent: the default of its schema, else None."""
    codecs = [schemas.codec(one.schema, "request") for one in declared if one.schema is not None]
    codec = next((codec for codec in codecs if codec.has_default), None)
    if codec is None or codec.default is None:
        return lambda: None
    if plain or codec.violations(codec.default, "body"):
        # The latter is a mistake of the description, which `check` reports: what it says, as it says it
        return lambda: codec.default
    return lambda: codec.convert(codec.default)


def _json_decoder(codec: Codec | None, plain: bool) -> Decode:
    decode = json_decode if codec is None else codec.decode_plain if plain else codec.decode

    def json(request: Request) -> Any:
        data = request.read()
        return decode(data) if data else ABSENT

    return json


def _bytes_decoder(media_type: MediaType, schemas: Schemas) -> Decode:
    """Bytes as they are. Where the schema is that of a file, its lengths count octets."""
    node = media_type.schema
    bounds = size_of(node, schemas) if node is not None and is_file(node, schemas) else (0, None)

    def binary(request: Request) -> Any:
        data = request.read()
        if not data and not request.content_type:
            return ABSENT
        fault = size_fault(len(data), bounds)
        if fault is not None:
            raise Violations([Violation("body", "", *fault)])
        return data

    return binary


def _text_decoder(codec: Codec | None, charset: str, accepts: list[str]) -> Decode:
    """A text: validated where its schema speaks of texts or scalars. *charset*: the codec's name."""
    scalars = codec is not None and bool(codec.types & TEXTUAL)
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
        try:
            value = value if make is None else make(value)
        except Refused as error:
            raise Violations([Violation("body", "", error.code, error.detail)]) from None
        found = codec.violations(value, "body")
        if found:
            raise Violations(found)
        return codec.convert(value)

    return text
