"""
The body of a request as the one positional argument: a decoder for each media type, found by Content-Type.

Neighbours: forms.py reads forms, media.py compares types.
"""

from __future__ import annotations

from collections.abc import Callable
from encodings.aliases import aliases as _aliases
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.files import is_file
from pymacaron.exchange.forms import FormBody
from pymacaron.exchange.media import ContentType, UnsupportedMediaType
from pymacaron.exchange.parameters import ABSENT, scalar
from pymacaron.exchange.request import Request
from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import MediaType, RequestBody

__all__ = ["Body"]

#: How many spellings of Content-Type an operation remembers
_REMEMBERED = 64


class Body:
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
                "json" if media_type.schema is not None and not is_file(media_type.schema, self._schemas) else "binary"
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
            return FormBody(media_type, codec, self._schemas, self._plain, self._required)
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
