"""
What a handler returned -> the raw parts of the reply, and what is wrong with them by the description.

Which status and which media type a reply gets is worked out once for each operation; a model that is sent as JSON takes
one look-up. Neighbours: inbound.py is its mirror, problem.py has what is sent when something goes wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pymacaron.exceptions import is_error
from pymacaron.exchange import media
from pymacaron.exchange.parameters import scalar
from pymacaron.schema.codec import Codec, Schemas, json_exact
from pymacaron.schema.models import Model
from pymacaron.schema.violations import Violation, pointer_text
from pymacaron.spec.model import Operation, Response

__all__ = ["Outbound", "Reply"]

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
_BINARY = "application/octet-stream"

_Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Reply:
    """The raw parts of a reply. `violations`: what of it does not fit the description, [] unless that was asked."""

    status: int
    headers: _Headers
    body: bytes
    violations: list[Violation]


class Outbound:
    """What the description says of the replies of one operation."""

    def __init__(self, operation: Operation, schemas: Schemas):
        self._operation = operation
        self._schemas = schemas
        self._success, self._nothing = _success(operation.responses)
        self._declared: dict[int, _Declared] = {}

    def reply(self, result: Any, *, validate: bool = False, accept: str | None = None) -> Reply:
        """
        The reply for *result*: a model, dict, list, str, bytes, number, bool or None, or a tuple of one of them and a
        status, or of that and headers (a dict or a list of pairs).

        Without a status, the first 2XX that is declared, else 200; for None 204 where that is declared; for an error (a
        model or dict with `status`, `error` and `error_description`) its own. With *validate*, `violations` says what
        does not fit the schema of that status. *accept* is the caller's Accept header, for where several types are
        declared.
        Raises TypeError for a result that nothing can be made of, ValueError for headers that cannot be sent.
        """
        status: int | None = None
        headers: _Headers = []
        if result.__class__ is tuple:
            result, status, headers = self._taken_apart(result)
        if status is None:
            status = self._status(result)
        declared = self._declared.get(status)
        if declared is None:
            declared = self._declared[status] = _Declared(self._operation, status, self._schemas)
        return declared.reply(result, headers, validate, accept)

    def _status(self, result: Any) -> int:
        if result is None:
            return self._nothing
        if isinstance(result, (Model, dict)) and "error_description" in result and is_error(result):
            status = result["status"]
            if isinstance(status, int) and 100 <= status <= 599:
                return status
        return self._success

    def _taken_apart(self, result: tuple[Any, ...]) -> tuple[Any, int | None, _Headers]:
        if len(result) == 2 and isinstance(result[1], (dict, list)):
            return result[0], None, _headers(result[1])
        if len(result) not in (2, 3):
            raise TypeError(
                f"the handler of {self._operation.id} returned a tuple of {len(result)}; "
                "it may be (body, status) or (body, status, headers)"
            )
        status = result[1]
        try:
            number = None if status is None else int(status)
        except (TypeError, ValueError):
            number = 0
        if number is not None and not 100 <= number <= 999:
            raise TypeError(f"the handler of {self._operation.id} returned {status!r} as the status of its reply")
        return result[0], number, _headers(result[2]) if len(result) == 3 else []


class _Declared:
    """What is declared for one status of one operation."""

    def __init__(self, operation: Operation, status: int, schemas: Schemas):
        self._operation = operation
        self._status = status
        self._response = _response(operation.responses, status)
        self._schemas = schemas
        content = self._response.content if self._response is not None else {}
        #: Media type as it is declared -> the codec of its schema, None where it has none
        self._codecs: dict[str, Codec | None] = {
            name: None if media_type.schema is None else schemas.codec(media_type.schema, "response")
            for name, media_type in content.items()
        }
        kinds = [(name, media.parse(name)) for name in content]
        known = [(name, kind) for name, kind in kinds if kind is not None and media.is_field_value(name)]
        self._json = [name for name, kind in known if kind.is_json]
        self._text = [name for name, kind in known if not kind.is_json and not kind.is_range]
        self._ranges = [(name, kind) for name, kind in known if kind.is_range]
        #: For JSON where only one type is there for it: (the header, its codec)
        self._only = self._chosen_json(None) if len(self._json) < 2 else None
        self._empty = status < 200 or status in (204, 304)

    def reply(self, result: Any, headers: _Headers, validate: bool, accept: str | None) -> Reply:
        if isinstance(result, (str, bytes, bytearray)) or result is None or headers:
            return self._any(result, headers, validate, accept)
        if self._empty:
            return self._nothing(headers, validate)
        content_type, codec = self._only or self._chosen_json(accept)
        return self._as_json(result, [("Content-Type", content_type)], codec, validate)

    def _any(self, result: Any, headers: _Headers, validate: bool, accept: str | None) -> Reply:
        if result is None or self._empty:
            return self._none(headers, validate)
        given = next((value for name, value in headers if name.lower() == "content-type"), None)
        content_type, codec = self._chosen(result, given, accept)
        if given is None:
            headers = [*headers, ("Content-Type", content_type)]
        kind = media.parse(content_type)
        if isinstance(result, (bytes, bytearray)):
            return self._checked(headers, bytes(result), [], validate)
        if isinstance(result, str) and (kind is None or not kind.is_json):
            wrong = self._text_violations(result, codec) if validate else []
            return self._checked(headers, result.encode(_charset(kind), "xmlcharrefreplace"), wrong, validate)
        return self._as_json(result, headers, codec, validate)

    def _as_json(self, result: Any, headers: _Headers, codec: Codec | None, validate: bool) -> Reply:
        if not validate:
            data = json_exact(result) if codec is None else codec.encode(result)
            return Reply(self._status, headers, data, [])
        if codec is None:
            return self._checked(headers, json_exact(result), [], validate)
        data, wrong = codec.checked(result, "response")
        return self._checked(headers, data, wrong, validate)

    def _none(self, headers: _Headers, validate: bool) -> Reply:
        """No body; `null` where that is what is declared."""
        if self._empty:
            return self._nothing(headers, validate)
        content_type, codec = self._only or self._chosen_json(None)
        if codec is None or content_type not in self._json:
            return self._nothing(headers, validate)
        if codec.allows_null and len(codec.types) < 7:
            return self._as_json(None, [*headers, ("Content-Type", content_type)], codec, validate)
        wrong = [Violation("response", "", "required", "is missing: the handler returned None")] if validate else []
        return self._checked(headers, b"", wrong, validate)

    def _nothing(self, headers: _Headers, validate: bool) -> Reply:
        return self._checked(headers, b"", [], validate)

    def _checked(self, headers: _Headers, body: bytes, wrong: list[Violation], validate: bool) -> Reply:
        if validate:
            if self._response is None and self._operation.responses:
                wrong = [Violation("response", "", "status", f"{self._status} is not declared"), *wrong]
            elif headers and self._response is not None and self._response.headers:
                wrong = [*wrong, *self._header_violations(headers, self._response)]
        return Reply(self._status, headers, body, wrong)

    # Media types

    def _chosen(self, result: Any, given: str | None, accept: str | None) -> tuple[str, Codec | None]:
        """The media type to send *result* as, and the codec of what is declared for it."""
        if given is not None:
            return given, self._codec_of(given)
        if isinstance(result, str):
            return self._chosen_text(accept)
        if isinstance(result, (bytes, bytearray)):
            name = media.best(accept, self._text) or next(iter((*self._text, *self._json)), None)
            return (name, self._codecs[name]) if name is not None else (_BINARY, None)
        return self._chosen_json(accept)

    def _chosen_json(self, accept: str | None) -> tuple[str, Codec | None]:
        if self._json:
            name = (media.best(accept, self._json) if len(self._json) > 1 else None) or self._json[0]
            return name, self._codecs[name]
        for name, kind in self._ranges:
            if kind.type in ("*", "application"):
                return _JSON, self._codecs[name]
        # XML alone is declared, or nothing: what we have is JSON
        return _JSON, next((codec for codec in self._codecs.values() if codec is not None), None)

    def _chosen_text(self, accept: str | None) -> tuple[str, Codec | None]:
        """A text is sent as it is where a type other than JSON is declared, else as a JSON string."""
        offered = [*self._text, *self._json]
        name = media.best(accept, offered) or next(iter(offered), None)
        if name is None:
            for name, kind in self._ranges:
                if kind.type in ("*", "text"):
                    return _TEXT, self._codecs[name]
            return _TEXT, None
        chosen = media.parse(name)
        if chosen is not None and chosen.is_text and "charset" not in chosen.parameters:
            return f"{name}; charset=utf-8", self._codecs[name]
        return name, self._codecs[name]

    def _codec_of(self, content_type: str) -> Codec | None:
        if content_type in self._codecs:
            return self._codecs[content_type]
        given = media.parse(content_type)
        for name, codec in self._codecs.items():
            kind = media.parse(name)
            if given is not None and kind is not None and media.matches(kind, given):
                return codec
        return None

    # Violations

    def _text_violations(self, text: str, codec: Codec | None) -> list[Violation]:
        if codec is None or not codec.types & {"string", "integer", "number", "boolean"} or self._is_binary(codec):
            return []
        make = scalar(codec)
        return codec.violations(text if make is None else make(text), "response")

    def _is_binary(self, codec: Codec) -> bool:
        return any(value.get("format") == "binary" for value in self._schemas.shapes.spoken(codec.schema))

    def _header_violations(self, headers: _Headers, response: Response) -> Iterable[Violation]:
        sent = {name.lower(): value for name, value in headers}
        for name, schema in response.headers.items():
            text = sent.get(name.lower())
            if text is None or schema is None or name.lower() == "content-type":
                continue
            codec = self._schemas.codec(schema, "response")
            if codec.types <= {"null", "boolean", "integer", "number", "string"}:
                make = scalar(codec)
                yield from codec.violations(text if make is None else make(text), "response", pointer_text((name,)))


def _success(responses: Mapping[str, Response]) -> tuple[int, int]:
    """The status of a reply that names none, and that of one without a value. Of ranges, their first."""
    texts = [status.upper().replace("XX", "00") for status in responses]
    declared = [int(text) for text in texts if text.isascii() and text.isdigit() and 200 <= int(text) <= 299]
    success = declared[0] if declared else 200
    return success, 204 if 204 in declared else success


def _response(responses: Mapping[str, Response], status: int) -> Response | None:
    """What is declared for *status*: by itself, as a range, by default."""
    text = str(status)
    for name in (text, f"{text[0]}XX", f"{text[0]}xx", "default"):
        if name in responses:
            return responses[name]
    return None


def _headers(given: Any) -> _Headers:
    """
    A dict or pairs as pairs; a list as a value is several headers. Raises ValueError for what cannot be sent.

    Source: RFC 9110, sections 5.1 and 5.5. Latin-1 is what servers send of its `obs-text`.
    """
    pairs = given.items() if hasattr(given, "items") else given
    found: _Headers = []
    for name, value in pairs or ():
        if not media.is_token(str(name)):
            raise ValueError(f"{str(name)!r} is no name of a header: letters, digits and !#$%&'*+-.^_`|~ make one")
        for one in value if isinstance(value, (list, tuple)) else (value,):
            text = str(one)
            if not media.is_field_value(text):
                raise ValueError(f"the header {name!r} has a control character or one beyond Latin-1 in its value")
            found.append((str(name), text))
    return found


def _charset(kind: media.ContentType | None) -> str:
    return kind.parameters.get("charset", "utf-8") if kind is not None else "utf-8"
