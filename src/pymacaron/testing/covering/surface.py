"""
An operation -> what there is to reach in it: itself, its statuses, errors, parameters, media types and headers, and the
looks at the schemas of what it is sent and answers.

Neighbours: looks.py has schemas; reading.py says what a call has reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pymacaron.exchange import media
from pymacaron.exchange.bodies.choosing import Body
from pymacaron.exchange.bodies.families import sequence_in
from pymacaron.exchange.bodies.fields import Fields
from pymacaron.exchange.media import ContentType
from pymacaron.exchange.parameters.steps import OMIT, Step, schema_of
from pymacaron.schema.codec import Schemas
from pymacaron.spec.model import Api, MediaType, Operation, Parameter
from pymacaron.testing.covering.look import Look
from pymacaron.testing.covering.looks import Direction, Looks
from pymacaron.testing.covering.points import Owner, Point, Points

__all__ = ["Content", "Read", "Surface"]

#: A header that says nothing where it is declared. Source: OpenAPI 3.1.1, "Response Object"
_TYPE = "content-type"


@dataclass(frozen=True, slots=True)
class Content:
    """An entry of a `content` map: its point, and the look at its schema, None where there is none to look at."""

    kind: ContentType | None
    media_type: MediaType
    point: Point
    look: Look | None


@dataclass(frozen=True, slots=True)
class Read:
    """
    A parameter, or a header of a reply: what reads it, the points of being sent and of being left out, the look at its
    schema.
    """

    step: Step
    parameter: Parameter
    sent: Point
    omitted: Point | None
    look: Look | None


class Surface:
    """What there is to reach in *operation*."""

    def __init__(self, api: Api, operation: Operation, schemas: Schemas, points: Points, looks: Looks):
        self.operation = operation
        self.schemas = schemas
        self.owner = Owner(api.name, f"{operation.method} {api.base_path}{operation.path}", True)
        self._points, self._looks = points, looks
        self.called = points.add("operation", self.owner, "called", operation.node, "called")
        self.statuses = {name: self._status(name) for name in operation.responses}
        self.parameters = [self._read(one) for one in operation.parameters]
        body = operation.body
        self.fields: Fields | None = None
        self.form: list[Read] = []
        if body is not None and body.fields:
            self.form = [self._read(one) for one in body.fields]
            self.fields = Fields(body, tuple(one.step for one in self.form), schemas, False)
        is_whole = body is not None and not body.fields
        self.body = Body(body, schemas, True, True) if body is not None and is_whole else None
        self.request = self._contents("request", body.content) if body is not None else []
        self.bodiless: Point | None = None
        if body is not None and is_whole and not body.required:
            self.bodiless = points.add("media-type", self.owner, "request: without a body", body.node, "none")
        self.answers: Mapping[str, list[Content]] = {
            name: self._contents("response", one.content, f"{name}: ") for name, one in operation.responses.items()
        }
        self.headers: Mapping[str, list[Read]] = {
            name: [self._header(name, header) for header in one.headers.values() if header.name.lower() != _TYPE]
            for name, one in operation.responses.items()
        }

    def _status(self, name: str) -> Point:
        kind = "error" if name[:1] in ("4", "5") else "status"
        return self._points.add(
            kind, self.owner, name, self.operation.responses[name].node, f"{self.owner.name} {name}"
        )

    def _read(self, parameter: Parameter) -> Read:
        others = frozenset(
            one.name for one in self.operation.parameters if one is not parameter and one.location == parameter.location
        )
        step = Step(f"{parameter.location} {parameter.name}", parameter, self.schemas, others, lambda: OMIT)
        told = f"{parameter.location} {parameter.name}"
        detail = f"{self.owner.name} {told}"
        sent = self._points.add("parameter", self.owner, f"{told}: sent", parameter.node, f"{detail} sent", key=False)
        omitted = None
        if not parameter.required and parameter.location != "path":
            what = f"{told}: left out"
            omitted = self._points.add("parameter", self.owner, what, parameter.node, f"{detail} omitted", key=False)
        schema = schema_of(parameter, self.schemas)
        look = None if schema is None else self._looks.of(schema, "request", self.owner, told)
        return Read(step, parameter, sent, omitted, look)

    def _header(self, status: str, header: Parameter) -> Read:
        if self.schemas.api.dialect != "2.0":
            header = replace(header, style="simple")
        step = Step(None, header, self.schemas, frozenset(), lambda: OMIT)
        told = f"{status}: header {header.name}"
        detail = f"{self.owner.name} {told}"
        sent = self._points.add("header", self.owner, f"{told}: sent", header.node, f"{detail} sent")
        omitted = None
        if not header.required:
            omitted = self._points.add("header", self.owner, f"{told}: left out", header.node, f"{detail} omitted")
        schema = schema_of(header, self.schemas)
        look = (
            None if schema is None else self._looks.of(schema, "response", self.owner, f"{status} header {header.name}")
        )
        return Read(step, header, sent, omitted, look)

    def _contents(self, direction: Direction, content: Mapping[str, MediaType], status: str = "") -> list[Content]:
        found = []
        for name, one in content.items():
            kind = media.parse(name)
            what = f"{status or 'request: '}{name}"
            point = self._points.add("media-type", self.owner, what, one.node, f"{self.owner.name} {what}")
            is_read = kind is not None and sequence_in(None, kind, one, self.schemas) is None
            look = None
            if one.schema is not None and is_read and not (self.form and direction == "request"):
                look = self._looks.of(one.schema, direction, self.owner, f"{status}body" if status else "body")
            found.append(Content(kind, one, point, look))
        return found
