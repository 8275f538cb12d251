"""
Operations as views of Flask: what a request of Flask's reaches an operation by.

Neighbours: answering.py has the call itself, direct/ the way past Flask's own dispatch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from flask.globals import request_ctx
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from pymacaron.server import rules
from pymacaron.server.answering import Answering, Served
from pymacaron.server.errors import Errors
from pymacaron.server.incoming import Incoming
from pymacaron.server.replies import Checking
from pymacaron.server.routes import Route, routes

__all__ = ["Mounted", "mount"]

View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Mounted:
    """
    One rule of the app that an operation answers: `variables` in it, in the path's order, and `names`, which the
    description has for them.
    """

    rule: Rule
    method: str
    variables: tuple[str, ...]
    names: tuple[str, ...]
    answering: Answering
    view: View


def mount(app: Flask, served: list[Served], errors: Errors, checking: Checking) -> list[Mounted]:
    """
    Register every operation with *app*; one whose path and method the app answers already is left to it. Gives those
    that alone answer their rule: others are chosen by the query.
    """
    operations = [
        (one.bound.operation.method, one.base_path + one.bound.operation.path, _answering(one, errors, checking))
        for one in served
    ]
    return [
        Mounted(rule, route.method, route.rule.variables, route.targets[0].names, route.targets[0].what, view)
        for route, rule, view in rules.register(app, routes(operations), _view)
        if len(route.targets) == 1 and not route.targets[0].query
    ]


def _answering(one: Served, errors: Errors, checking: Checking) -> Answering:
    """What answers calls of *one*. Limits and kept replies are loaded where an operation asks for them."""
    said = one.bound.operation.extensions
    demands: tuple[Callable[[], None], ...] = ()
    if "x-rate-limit" in said:
        from pymacaron.server.limits.limiting import limited

        one, limit = limited(one)
        demands = (limit,)
    if "x-idempotency" in said:
        from pymacaron.server.idempotency.keeping import Keeping

        return Keeping(one, errors, checking, demands)
    return Answering(one, errors, checking, demands)


def _view(route: Route[Answering]) -> View:
    variables, targets = route.rule.variables, route.targets
    if len(targets) == 1 and not targets[0].query:
        answering, names = targets[0].what, dict(zip(variables, targets[0].names, strict=True))
        return lambda **values: _answer(
            answering, {names[variable]: value for variable, value in values.items() if variable in names}
        )

    def chosen(**values: str) -> Response:
        # Not request.args: a query may be any bytes, and Werkzeug's reading fails of what is no UTF-8
        target = route.chosen(request_ctx.request.query_string.decode("utf-8", "replace"))
        if target is None:
            raise NotFound
        path = dict(zip(target.names, (values[variable] for variable in variables), strict=True))
        return _answer(target.what, path)

    return chosen


def _answer(answering: Answering, path: dict[str, str]) -> Response:
    """The reply to the request that Flask has at hand; *path*: name -> value."""
    holder = request_ctx._get_current_object()  # type: ignore[attr-defined]
    incoming = Incoming(holder.request.environ, path, holder)
    answering.tell(incoming.call, incoming)
    return answering.replies.response(answering.reply(incoming))
