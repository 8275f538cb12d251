"""
The raw parts of a call -> the arguments of its handler, or everything that is wrong with them.

An operation is compiled at its first call into steps, one for each parameter and one for the body. The body is the one
positional argument, all else goes by keyword (see spec/names.py). Every violation is collected before any is raised.
Neighbours: parameters/steps.py has the parameters, bodies/ the body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from pymacaron.exchange.bodies.choosing import Body
from pymacaron.exchange.bodies.fields import Fields
from pymacaron.exchange.parameters.known import Known
from pymacaron.exchange.parameters.reading import is_encoded, known_names, parse_cookies, parse_query
from pymacaron.exchange.parameters.steps import Step, schema_of, stand_in, take
from pymacaron.exchange.parameters.usual import usually
from pymacaron.exchange.request import Request
from pymacaron.schema.codec import Schemas, json_decode
from pymacaron.schema.models import MASK, Model, shown
from pymacaron.schema.once import LOCK, once
from pymacaron.schema.quoting import is_secret
from pymacaron.schema.violations import Violation, Violations
from pymacaron.source import Node
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments

__all__ = ["Inbound"]

#: Characters from which on a body of text is not shown
_LONG_TEXT = 200


class Inbound:
    """
    What one operation asks of a call, for one handler.

    *plain_body*: the handler wants plain JSON values, no models. *defaults*: keywords for which the handler has a
    default of its own; *body_default*: whether it has one for the body. *accepts*: the keywords that it takes, None
    for all; what it does not take is validated all the same. *refuse_unknown*: names in a query, and of
    form fields, that the operation does not have are violations; else they are passed over.
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
        refuse_unknown: bool = False,
    ):
        self._operation = operation
        self._schemas = schemas
        self._plain_body = plain_body
        self._defaults = defaults
        self._accepts = accepts
        self._body_default = body_default
        self._refuse_unknown = refuse_unknown
        self._plan: _Plan | None = None

    def arguments(self, request: Request) -> tuple[list[Any], dict[str, Any]]:
        """
        The positional and the keyword arguments for a call.

        Raises Violations, with all that is wrong with parameters and body; UnsupportedMediaType for a body of a type
        that the operation does not read.
        """
        plan = self._plan
        if plan is None:
            with LOCK:
                plan = self._plan
                if plan is None:
                    plan = self._plan = self._compiled()
        if plan.usually is not None:
            found = plan.usually(request)
            if found is not None:
                return [], found
        keywords: dict[str, Any] = {}
        wrong: list[Violation] = []
        for part, steps in plan.parts:
            take(steps, part(request), keywords, wrong)
        if plan.known is not None:
            wrong += plan.known.unknown(parse_query(request.query), "query")
        body: list[Any] = []
        if plan.body is not None:
            try:
                plan.body(request, body, keywords)
            except Violations as error:
                if not wrong:
                    raise
                wrong += error.violations
        if wrong:
            raise Violations(wrong)
        return body, keywords

    @once
    def wants_raw_path(self) -> bool:
        """Whether a value of the path is read of its percent-encoded text."""
        return any(is_encoded(parameter, self._schemas) for parameter in self._operation.parameters)

    @once
    def secrets(self) -> frozenset[str]:
        """
        The keywords whose values no log or report may show, by their names or by format password; `body` stands for
        the body, where all of it is such a value. What is inside of objects `shown` masks; `name=` is what stands in
        the URL of a parameter that holds any, and of its members.
        """
        found = {
            keyword
            for keyword, parameter in arguments(self._operation).items()
            if is_secret(parameter.name) or self._is_password(schema_of(parameter, self._schemas))
        }
        content = self._operation.body.content.values() if self._operation.body is not None else ()
        for parameter in self._operation.parameters:
            schema = schema_of(parameter, self._schemas)
            if parameter.location != "query" or schema is None or parameter.name in found:
                continue
            if self._schemas.shapes.holds_password(schema):
                found |= {f"{name}=" for name in (parameter.name, *self._schemas.shapes.passwords(schema))}
        return frozenset(found | ({"body"} if any(self._is_password(one.schema) for one in content) else set()))

    def _is_password(self, node: Node | None) -> bool:
        return node is not None and self._schemas.shapes.is_password(node)

    def named(
        self, positional: Sequence[Any], keywords: Mapping[str, Any], sent: bytes | None = None
    ) -> dict[str, Any]:
        """What `shown` shows as it is, secrets too, so that they can be found elsewhere."""
        return {**({"body": _as_sent(positional[0], sent)} if positional else {}), **keywords}

    def shown(
        self, positional: Sequence[Any], keywords: Mapping[str, Any], sent: bytes | None = None
    ) -> dict[str, Any]:
        """
        What `arguments` gave as plain JSON values by keyword, the body as `body`, for logs and reports: secrets are
        `***` at any depth, by their names or by format password, also in a body of plain values. *sent*: the JSON text
        of the body, which is shown in place of what the handler has made of it. Fails never.
        """
        found = {"body": self._shown_body(_as_sent(positional[0], sent))} if positional else {}
        found.update((keyword, shown(value)) for keyword, value in keywords.items())
        return {name: MASK if name in self.secrets and value is not None else value for name, value in found.items()}

    def _shown_body(self, body: Any) -> Any:
        content = self._operation.body.content.values() if self._operation.body is not None else ()
        codecs = [self._schemas.codec(one.schema, "request") for one in content if one.schema is not None]
        if isinstance(body, bytes) or (isinstance(body, str) and len(body) > _LONG_TEXT):
            return f"<{len(body)} {'bytes' if isinstance(body, bytes) else 'characters'}>"  # a file, as it were
        if not isinstance(body, (dict, list)) or not codecs:
            return shown(body)
        return next((codec for codec in codecs if not codec.violations(body, "body")), codecs[0]).shown(body)

    def _compiled(self) -> _Plan:
        named = arguments(self._operation)
        steps: dict[str, list[Step]] = {}
        for keyword, parameter in named.items():
            others = frozenset(
                other.name
                for other in named.values()
                if other is not parameter and other.location == parameter.location
            ) | self._keys(parameter.location)
            absent = stand_in(keyword in self._defaults, parameter, self._schemas)
            passed = self._accepts is None or keyword in self._accepts
            step = Step(keyword if passed else None, parameter, self._schemas, others, absent)
            steps.setdefault(parameter.location, []).append(step)
        path = steps.get("path", ())
        parts: list[tuple[Callable[[Request], Any], Iterable[Step]]] = [
            (attrgetter("path"), [step for step in path if not step.encoded]),
            (_encoded, [step for step in path if step.encoded]),
            (lambda request: parse_query(request.query), steps.get("query", ())),
            (attrgetter("query"), steps.get("querystring", ())),
            (attrgetter("header"), steps.get("header", ())),
            (lambda request: parse_cookies(request.header("Cookie")), steps.get("cookie", ())),
        ]
        body, known = self._body(tuple(steps.get("form", ()))), self._known()
        is_usual = body is None and known is None and not steps.keys() - {"path", "query"}
        return _Plan(
            tuple((part, tuple(found)) for part, found in parts if found),
            body,
            known,
            usually(path, steps.get("query", ())) if is_usual else None,
        )

    def _keys(self, location: str) -> frozenset[str]:
        """The names there of the api's keys, which are no parameters and which no object of free names takes."""
        schemes = self._schemas.api.security_schemes.values()
        return frozenset(one.key for one in schemes if one.type == "apiKey" and one.location == location)

    def _known(self) -> Known | None:
        """What a query may hold, where nothing else is to be in it."""
        if not self._refuse_unknown:
            return None
        names, starts = {*self._keys("query"), *_chosen_by(self._operation.path)}, []
        for parameter in self._operation.parameters:
            if parameter.location in ("query", "querystring"):
                found = known_names(parameter, self._schemas)
                if found is None:
                    return None
                names |= found[0]
                starts += [found[1]] if found[1] else []
        return Known(frozenset(names), tuple(starts))

    def _body(self, fields: tuple[Step, ...]) -> Callable[[Request, list[Any], dict[str, Any]], None] | None:
        body = self._operation.body
        if body is None:
            return None
        if body.fields:
            return Fields(body, fields, self._schemas, self._refuse_unknown)
        return Body(body, self._schemas, self._plain_body, self._body_default)


@dataclass(frozen=True, slots=True)
class _Plan:
    """
    What is read of a request for one operation: `parts` of it, each by its steps; names that a query may have.
    `usually` does all of it where it can.
    """

    parts: tuple[tuple[Callable[[Request], Any], tuple[Step, ...]], ...]
    body: Callable[[Request, list[Any], dict[str, Any]], None] | None
    known: Known | None
    usually: Callable[[Request], dict[str, Any] | None] | None


def _encoded(request: Request) -> Mapping[str, str]:
    """The texts of the path, percent-encoded; where only the decoded ones are known, as if nothing in them had been."""
    if request.raw_path is not None:
        return request.raw_path
    return {name: text.replace("%", "%25") for name, text in request.path.items()}


def _as_sent(body: Any, sent: bytes | None) -> Any:
    """The value of *sent*, where *body* was made of it; else *body*."""
    if not sent or not isinstance(body, (Model, dict, list)):
        return body
    try:
        return json_decode(sent)
    except Violations:
        return body


def _chosen_by(path: str) -> Iterable[str]:
    """The names in the query of a path such as `/items?state=open`, by which an operation is chosen."""
    return parse_query(path.partition("#")[0].partition("?")[2])
