"""
Operations as views of Flask: what a request of Flask's reaches an operation by.

Neighbours: answering.py has the call itself, direct/ the way past Flask's own dispatch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

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
from pymacaron.server.routes import Target, concrete, routes, shape

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
    taken = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    operations = [
        (one.bound.operation.method, one.base_path + one.bound.operation.path, _answering(one, errors, checking))
        for one in served
    ]
    found = routes(operations)
    declared = {(route.method, shape(route.rule.text)) for route in found}
    mounted = []
    for route in found:
        if (route.method, route.rule.text) in taken:
            continue
        own = frozenset(method for method in ("HEAD", "OPTIONS") if (method, shape(route.rule.text)) in declared)
        view = _view(route.rule.variables, route.targets)
        rule = rules.add(app, route.rule.text, route.method, view, own)
        if len(route.targets) == 1 and not route.targets[0].query:
            [target] = route.targets
            mounted.append(Mounted(rule, route.method, route.rule.variables, target.names, target.what, view))
    for text in concrete(route.rule for route in found):
        rules.close(app, text)
    return mounted


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


def _view(variables: tuple[str, ...], targets: tuple[Target[Answering], ...]) -> View:
    if len(targets) == 1 and not targets[0].query:
        answering, names = targets[0].what, dict(zip(variables, targets[0].names, strict=True))
        return lambda **values: _answer(
            answering, {names[variable]: value for variable, value in values.items() if variable in names}
        )

    def chosen(**values: str) -> Response:
        # Not request.args: a query may be any bytes, and Werkzeug's reading fails of what is no UTF-8
        query = request_ctx.request.query_string.decode("utf-8", "replace")
        given = set(parse_qsl(query, keep_blank_values=True))
        for target in targets:
            if given.issuperset(target.query):
                path = dict(zip(target.names, (values[variable] for variable in variables), strict=True))
                return _answer(target.what, path)
        raise NotFound

    return chosen


def _answer(answering: Answering, path: dict[str, str]) -> Response:
    """The reply to the request that Flask has at hand; *path*: name -> value."""
    holder = request_ctx._get_current_object()  # type: ignore[attr-defined]
    incoming = Incoming(holder.request.environ, path, holder)
    answering.tell(incoming.call, incoming)
    return answering.replies.response(answering.reply(incoming))
