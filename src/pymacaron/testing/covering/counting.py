"""
Descriptions and the calls that were seen -> the Report of what these reached.

Neighbours: paths.py finds the operation of a call, surface.py has what there is to reach in it.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
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
from pymacaron.spec.catalogue import KNOWN, conditions
from pymacaron.spec.model import Api
from pymacaron.testing.asked import form
from pymacaron.testing.covering.exchanges import MASK, Body, Exchange
from pymacaron.testing.covering.looks import Look, Looks
from pymacaron.testing.covering.paths import Paths
from pymacaron.testing.covering.points import Point, Points
from pymacaron.testing.covering.report import Report, Stray
from pymacaron.testing.covering.surface import Content, Read, Surface

__all__ = ["counted"]

#: What cannot be read of a call: nothing is counted of it
_UNREADABLE = (Violations, PyMacaronException, Malformed, Refused, ValueError, TypeError, RecursionError)
#: Bytes that a packed body may have
_UNPACKED = 16_777_216


def counted(apis: Iterable[Api], calls: Iterable[Exchange], failures: Sequence[str] = ()) -> Report:
    """What *calls* reached of *apis*."""
    coverage = _Coverage(list(apis))
    for call in calls:
        coverage.add(call)
    return coverage.report(failures)


class _Coverage:
    def __init__(self, apis: Sequence[Api]):
        self._apis = apis
        self._points = {api.name: Points() for api in apis}
        surfaces: list[Surface] = []
        for api in apis:
            schemas, points = Schemas(api), self._points[api.name]
            looks = Looks(api.name, schemas, points)
            surfaces += [Surface(api, one, schemas, points, looks) for one in api.operations]
        self._surfaces = surfaces
        base = {api.name: api.base_path for api in apis}
        self._paths = Paths((one.operation.method, base[one.owner.api] + one.operation.path, one) for one in surfaces)
        self._strays: Counter[tuple[str, str, int]] = Counter()
        self._undeclared: Counter[tuple[str, str, int]] = Counter()
        self._codes: Counter[str] = Counter()
        self._calls = self._unread = 0

    def add(self, call: Exchange) -> None:
        self._calls += 1
        found = self._paths.find(call.method, call.path, call.query)
        self._code(call)
        if found is None:
            self._strays[call.method, call.path, call.status] += 1
            return
        surface, texts = found
        reached = _Reached()
        reached.add(surface.called)
        self._parameters(call, surface, texts, reached)
        self._request(call, surface, reached)
        self._response(call, surface, reached)
        self._unread += reached.is_unread
        for point in reached.points:
            point.count += 1

    # ---- what was sent

    def _parameters(self, call: Exchange, surface: Surface, texts: Any, reached: _Reached) -> None:
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
            _parameter(one, source, surface.schemas, reached)

    def _request(self, call: Exchange, surface: Surface, reached: _Reached) -> None:
        if surface.operation.body is None:
            return
        if not call.body.size:
            reached.add(surface.bodiless)
            for one in surface.form:
                reached.add(one.omitted)
            return
        content = _entry(surface.request, call.header("Content-Type"))
        if content is not None:
            reached.add(content.point)
        body = self._whole(call.body, call.header("Content-Encoding"), reached)
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
            _fields(surface, request, reached)
        elif surface.body is not None and content is not None and content.look is not None:
            codec = surface.schemas.codec(content.media_type.schema, "request")  # type: ignore[arg-type]
            values: list[Any] = []
            try:
                surface.body(request, values, {})
            except _UNREADABLE:
                return
            for value in values:
                _walk(content.look, codec, value, reached)

    # ---- what was answered

    def _response(self, call: Exchange, surface: Surface, reached: _Reached) -> None:
        response = response_of(surface.operation.responses, call.status)
        if response is None:
            self._undeclared[surface.owner.api, surface.owner.name, call.status] += 1
            return
        reached.add(surface.statuses[response.status])
        if call.method == "HEAD" or not call.answer.size:
            return
        content_type = call.answer_header("Content-Type")
        content = _entry(surface.answers[response.status], content_type)
        if content is None:
            return
        reached.add(content.point)
        body = self._whole(call.answer, call.answer_header("Content-Encoding"), reached)
        if body is None or content.look is None or content.media_type.schema is None:
            return
        codec = surface.schemas.codec(content.media_type.schema, "response")
        try:
            value = _answer(content, content_type, body, surface.schemas)
        except _UNREADABLE:
            return
        _walk(content.look, codec, value, reached)

    def _code(self, call: Exchange) -> None:
        """Count the code of an error."""
        if call.status < 400 or not call.answer.is_whole or not call.answer.content.startswith(b"{"):
            return
        try:
            value = json_decode(call.answer.content)
        except _UNREADABLE:
            return
        code = value.get("error") if isinstance(value, dict) else None
        if isinstance(code, str) and len(code) <= 100:
            self._codes[code] += 1

    def _whole(self, body: Body, coding: str | None, reached: _Reached) -> bytes | None:
        """The bytes of *body*, unpacked; None where they were not all kept, or are packed in a way not known here."""
        found = _unpacked(body.content, (coding or "").strip().lower()) if body.is_whole else None
        reached.is_unread |= found is None
        return found

    # ---- in the end

    def report(self, failures: Sequence[str]) -> Report:
        possible = {
            known.code
            for one in self._surfaces
            for known in KNOWN
            if known.when in conditions(one.operation) and known.status < 500 and known.when
        }
        return Report(
            apis=tuple((api.name, api.title, api.root.document.name) for api in self._apis),
            calls=self._calls,
            unread=self._unread,
            points=[point for points in self._points.values() for point in points.placed()],
            strays=[
                Stray("", f"{method} {path}", status, n) for (method, path, status), n in sorted(self._strays.items())
            ],
            undeclared=[Stray(api, name, status, n) for (api, name, status), n in sorted(self._undeclared.items())],
            codes=dict(sorted(self._codes.items())),
            unseen=sorted(possible - self._codes.keys()),
            failures=list(failures),
        )


class _Reached:
    """What one call has reached: each point once."""

    __slots__ = ("ids", "is_unread", "points")

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.points: list[Point] = []
        self.is_unread = False

    def add(self, point: Point | None) -> None:
        if point is not None and id(point) not in self.ids:
            self.ids.add(id(point))
            self.points.append(point)


def _parameter(one: Read, source: Any, schemas: Schemas, reached: _Reached) -> None:
    try:
        value = one.step.read(source)
    except Refused:
        reached.add(one.sent)
        return
    if value is ABSENT:
        reached.add(one.omitted)
        return
    reached.add(one.sent)
    if value is EMPTY or value == MASK or one.look is None:
        return
    schema = one.parameter.schema if one.parameter.content is None else one.parameter.content.schema
    if schema is not None:
        _walk(one.look, schemas.codec(schema, "request"), value, reached)


def _fields(surface: Surface, request: Parts, reached: _Reached) -> None:
    """The fields of a Swagger 2.0 form."""
    values: dict[str, Any] = {}
    refused: set[str] = set()
    try:
        surface.fields(request, [], values)  # type: ignore[misc]
    except Violations as error:
        refused = {one.pointer for one in error.violations if one.code != "required"}
    except _UNREADABLE:
        return
    for one in surface.form:
        if one.step.keyword in values:
            reached.add(one.sent)
            if one.look is not None and one.parameter.schema is not None:
                codec = surface.schemas.codec(one.parameter.schema, "request")
                _walk(one.look, codec, values[one.step.keyword], reached)
        else:
            is_sent = any(f"{pointer}/".startswith(f"{one.step.pointer}/") for pointer in refused)
            reached.add(one.sent if is_sent else one.omitted)


def _walk(look: Look, codec: Codec, value: Any, reached: _Reached) -> None:
    """Count what *value* reaches, where it fits."""
    try:
        value = _plain(value, codec)
        if codec.fits(value):
            look.walk(value, reached.ids, reached.points)
    except _UNREADABLE:
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
