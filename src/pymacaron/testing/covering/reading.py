"""
A call of an operation, read -> what it has reached of what there is to reach in that.

What cannot be read reaches nothing. Neighbours: surface.py has what there is; counting.py has the calls.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange import media
from pymacaron.exchange.files import Upload
from pymacaron.exchange.multipart import Malformed
from pymacaron.exchange.parameters.reading import ABSENT, EMPTY, parse_cookies, parse_query
from pymacaron.exchange.parameters.texts import Refused
from pymacaron.exchange.readers import family_in, reader_of
from pymacaron.exchange.request import Parts
from pymacaron.exchange.responses import response_of
from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.models import Model
from pymacaron.schema.violations import Violations
from pymacaron.testing.asked import form
from pymacaron.testing.covering.exchanges import MASK, Body, Exchange
from pymacaron.testing.covering.look import Look
from pymacaron.testing.covering.looks import Direction
from pymacaron.testing.covering.points import Point
from pymacaron.testing.covering.surface import Content, Read, Surface

__all__ = ["UNREADABLE", "Reached"]

#: What cannot be read of a call raises one of these
UNREADABLE = (Violations, PyMacaronException, Malformed, Refused, ValueError, TypeError, RecursionError)
#: Bytes that a packed body may have
_UNPACKED = 16_777_216


class Reached:
    """
    What *call* has reached of *surface*: each of `points` once; *texts*: the values in its path, still encoded.
    `is_unread`: it had a body that is not looked into; `is_declared`: its status is one of the operation's.
    """

    def __init__(self, call: Exchange, surface: Surface, texts: Mapping[str, str]):
        self._ids: set[int] = set()
        self.points: list[Point] = []
        self.is_unread = False
        self.is_declared = True
        self._add(surface.called)
        self._parameters(call, surface, texts)
        self._request(call, surface)
        self._response(call, surface)

    def _add(self, point: Point | None) -> None:
        if point is not None and id(point) not in self._ids:
            self._ids.add(id(point))
            self.points.append(point)

    # ---- what was sent

    def _parameters(self, call: Exchange, surface: Surface, texts: Mapping[str, str]) -> None:
        raw = dict(texts)
        sources: dict[str, Any] = {
            "path": {name: unquote(text) for name, text in raw.items()},
            "query": parse_query(call.query),
            "querystring": call.query,
            "header": call.header,
            "cookie": parse_cookies(call.header("Cookie")),
        }
        for one in surface.parameters:
            source = raw if one.step.encoded else sources[one.parameter.location]
            self._parameter(one, source, surface.schemas, "request")

    def _request(self, call: Exchange, surface: Surface) -> None:
        if surface.operation.body is None:
            return
        if not call.body.size and not call.body.is_cut:
            self._add(surface.bodiless)
            for one in surface.form:
                self._add(one.omitted)
            return
        content = _entry(surface.request, call.header("Content-Type"))
        if content is not None:
            self._add(content.point)
        body = self._whole(call.body, call.header("Content-Encoding"))
        if body is None:
            return
        request = Parts(
            {},
            "",
            call.header,
            call.header("Content-Type"),
            lambda: body,
            lambda keep: form(body, call.header("Content-Type") or "", keep),
        )
        if surface.fields is not None:
            self._fields(surface, request)
        elif surface.body is not None and content is not None and content.look is not None:
            codec = surface.schemas.codec(content.media_type.schema, "request")  # type: ignore[arg-type]
            values: list[Any] = []
            try:
                surface.body(request, values, {})
            except UNREADABLE:
                return
            for value in values:
                self._walk(content.look, codec, value)

    # ---- what was answered

    def _response(self, call: Exchange, surface: Surface) -> None:
        response = response_of(surface.operation.responses, call.status)
        if response is None:
            self.is_declared = False
            return
        self._add(surface.statuses[response.status])
        for one in surface.headers[response.status]:
            self._parameter(one, call.answer_header, surface.schemas, "response")
        if call.method == "HEAD" or not call.answer.size:
            return
        content_type = call.answer_header("Content-Type")
        content = _entry(surface.answers[response.status], content_type)
        if content is None:
            return
        self._add(content.point)
        body = self._whole(call.answer, call.answer_header("Content-Encoding"))
        if body is None or content.look is None or content.media_type.schema is None:
            return
        codec = surface.schemas.codec(content.media_type.schema, "response")
        try:
            value = _answer(content, content_type, body, surface.schemas)
        except UNREADABLE:
            return
        self._walk(content.look, codec, value)

    def _whole(self, body: Body, coding: str | None) -> bytes | None:
        """The bytes of *body*, unpacked; None where they were not all kept, or are packed in a way not known here."""
        found = _unpacked(body.content, (coding or "").strip().lower()) if body.is_whole else None
        self.is_unread |= found is None
        return found

    def _parameter(self, one: Read, source: Any, schemas: Schemas, direction: Direction) -> None:
        try:
            value = one.step.read(source)
        except Refused:
            self._add(one.sent)
            return
        if value is ABSENT:
            self._add(one.omitted)
            return
        self._add(one.sent)
        if value is EMPTY or value == MASK or one.look is None:
            return
        schema = one.parameter.schema if one.parameter.content is None else one.parameter.content.schema
        if schema is not None:
            self._walk(one.look, schemas.codec(schema, direction), value)

    def _fields(self, surface: Surface, request: Parts) -> None:
        """The fields of a Swagger 2.0 form."""
        values: dict[str, Any] = {}
        refused: set[str] = set()
        try:
            surface.fields(request, [], values)  # type: ignore[misc]
        except Violations as error:
            refused = {one.pointer for one in error.violations if one.code != "required"}
        except UNREADABLE:
            return
        for one in surface.form:
            if one.step.keyword in values:
                self._add(one.sent)
                if one.look is not None and one.parameter.schema is not None:
                    codec = surface.schemas.codec(one.parameter.schema, "request")
                    self._walk(one.look, codec, values[one.step.keyword])
            else:
                is_sent = any(f"{pointer}/".startswith(f"{one.step.pointer}/") for pointer in refused)
                self._add(one.sent if is_sent else one.omitted)

    def _walk(self, look: Look, codec: Codec, value: Any) -> None:
        """Count what *value* reaches, where it fits."""
        try:
            value = _plain(value, codec)
            if codec.fits(value):
                look.walk(value, self._ids, self.points)
        except UNREADABLE:
            return


def _plain(value: Any, codec: Codec) -> Any:
    """*value* as plain JSON; a file as a text."""
    if isinstance(value, Upload):
        return ""
    if isinstance(value, list):
        return [_plain(one, codec) if isinstance(one, (Upload, Model)) else one for one in value]
    if isinstance(value, Model) or value.__class__ not in (dict, str, int, float, bool, type(None)):
        value = codec.plain(value)
    if isinstance(value, dict) and any(isinstance(one, (Upload, list)) for one in value.values()):
        return {name: _plain(one, codec) if isinstance(one, (Upload, list)) else one for name, one in value.items()}
    return value


def _entry(contents: Sequence[Content], content_type: str | None) -> Content | None:
    """Which of *contents* a body of that type is."""
    if not content_type:
        return contents[0] if len(contents) == 1 else None
    given = media.parse(content_type)
    known = [(one.kind, one) for one in contents if one.kind is not None]
    index = None if given is None else media.choose(given, [kind for kind, _ in known])
    return None if index is None else known[index][1]


def _answer(content: Content, content_type: str | None, body: bytes, schemas: Schemas) -> Any:
    told = media.parse(content_type) if content_type else content.kind
    if told is not None and told.is_json:
        return json_decode(body)
    family = family_in(told, content.kind, content.media_type, schemas)
    value, wrong = reader_of(family, told, content.media_type, None, schemas, True, [])(body)
    if wrong:
        raise Violations(wrong)
    return "" if isinstance(value, bytes) else value


def _unpacked(content: bytes, coding: str) -> bytes | None:
    if coding in ("", "identity"):
        return content
    if coding not in ("gzip", "x-gzip", "deflate"):
        return None
    reader = zlib.decompressobj(wbits=47)
    try:
        found = reader.decompress(content, _UNPACKED)
    except zlib.error:
        return None
    return found if reader.eof else None
