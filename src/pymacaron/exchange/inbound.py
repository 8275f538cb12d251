"""
The raw parts of a call -> the arguments of its handler, or everything that is wrong with them.

An operation is compiled at its first call into steps, one for each parameter and one for the body. The body is the one
positional argument, all else goes by keyword (see spec/names.py). Every violation is collected before any is raised.
Neighbours: steps.py has the parameters, bodies.py and forms.py the body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pymacaron.exchange.bodies import Body
from pymacaron.exchange.forms import Fields
from pymacaron.exchange.parameters import parse_query
from pymacaron.exchange.request import Request
from pymacaron.exchange.steps import Step, schema_of, stand_in, take
from pymacaron.schema.codec import Schemas
from pymacaron.schema.models import MASK, shown
from pymacaron.schema.violations import Violation, Violations, is_secret
from pymacaron.source import Node
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments

__all__ = ["Inbound"]


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
            take(plan.path, request.path, keywords, wrong)
        if plan.query:
            take(plan.query, parse_query(request.query), keywords, wrong)
        if plan.querystring:
            take(plan.querystring, request.query, keywords, wrong)
        if plan.header:
            take(plan.header, request.header, keywords, wrong)
        if plan.cookie:
            take(plan.cookie, request.cookies, keywords, wrong)
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
            if is_secret(parameter.name) or self._is_password(schema_of(parameter, self._schemas))
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
        steps: dict[str, list[Step]] = {}
        for keyword, parameter in named.items():
            others = frozenset(
                other.name
                for other in named.values()
                if other is not parameter and other.location == parameter.location
            )
            absent = stand_in(keyword in self._defaults, parameter, self._schemas)
            passed = self._accepts is None or keyword in self._accepts
            step = Step(keyword if passed else None, parameter, self._schemas, others, absent)
            steps.setdefault(parameter.location, []).append(step)
        return _Plan(
            tuple(steps.get("path", ())),
            tuple(steps.get("query", ())),
            tuple(steps.get("querystring", ())),
            tuple(steps.get("header", ())),
            tuple(steps.get("cookie", ())),
            self._body(tuple(steps.get("form", ()))),
        )

    def _body(self, fields: tuple[Step, ...]) -> Callable[[Request, list[Any], dict[str, Any]], None] | None:
        body = self._operation.body
        if body is None:
            return None
        if body.fields:
            return Fields(body, fields, self._schemas)
        return Body(body, self._schemas, self._plain_body, self._body_default)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The steps of one operation, by the part of the request that they read."""

    path: tuple[Step, ...]
    query: tuple[Step, ...]
    querystring: tuple[Step, ...]
    header: tuple[Step, ...]
    cookie: tuple[Step, ...]
    body: Callable[[Request, list[Any], dict[str, Any]], None] | None
