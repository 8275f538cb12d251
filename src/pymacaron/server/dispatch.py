"""
One call from top to bottom: authentication, arguments, handler, reply.

Everything about an operation is worked out once at start; a call looks it up. This is the one file that knows how a
request of Flask reaches an operation: as an ordinary view.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from pymacaron import config, context
from pymacaron.context import Call
from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.outbound import Outbound
from pymacaron.schema.codec import Schemas
from pymacaron.server import loop, rules, streaming
from pymacaron.server.binding import Bound
from pymacaron.server.errors import Errors
from pymacaron.server.incoming import raw, refuse_bytes
from pymacaron.server.rawpath import Segments
from pymacaron.server.replies import Checking, Replies
from pymacaron.server.routes import Target, concrete, routes, shape
from pymacaron.spec.model import Api, Operation
from pymacaron.spec.names import arguments

__all__ = ["Enforce", "Served", "mount"]

log = logging.getLogger("pymacaron.server")

Enforce = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Served:
    """
    One operation of an api with what answers it; `enforce` checks its security requirements, or is None. `is_webhook`:
    it is one that the service receives, at a path of its own choice.
    """

    api: Api
    base_path: str
    bound: Bound
    schemas: Schemas
    enforce: Enforce | None
    is_webhook: bool = False


def mount(app: Flask, served: list[Served], errors: Errors, checking: Checking) -> None:
    """Register every operation with *app*; one whose path and method the app answers already is left to it."""
    taken = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    operations = [
        (one.bound.operation.method, one.base_path + one.bound.operation.path, _call(one, errors, checking))
        for one in served
    ]
    found = routes(operations)
    declared = {(route.method, shape(route.rule.text)) for route in found}
    for route in found:
        if (route.method, route.rule.text) in taken:
            continue
        own = frozenset(method for method in ("HEAD", "OPTIONS") if (method, shape(route.rule.text)) in declared)
        rules.add(app, route.rule.text, route.method, _view(route.rule.variables, route.targets), own)
    for text in concrete(route.rule for route in found):
        rules.close(app, text)


def _view(
    variables: tuple[str, ...], targets: tuple[Target[Callable[[dict[str, str]], Response]], ...]
) -> Callable[..., Response]:
    if len(targets) == 1 and not targets[0].query:
        call, names = targets[0].what, dict(zip(variables, targets[0].names, strict=True))
        if all(variable == name for variable, name in names.items()):
            return lambda **values: call(values)
        return lambda **values: call(
            {names[variable]: value for variable, value in values.items() if variable in names}
        )

    def chosen(**values: str) -> Response:
        given = set(request.args.items(multi=True))
        for target in targets:
            if given.issuperset(target.query):
                return target.what(dict(zip(target.names, (values[variable] for variable in variables), strict=True)))
        raise NotFound

    return chosen


def _call(served: Served, errors: Errors, checking: Checking) -> Callable[[dict[str, str]], Response]:
    """What answers a call of one operation, given its path's values."""
    api, bound, enforce = served.api, served.bound, served.enforce
    operation = bound.operation
    inbound = Inbound(
        operation,
        served.schemas,
        plain_body=bound.plain_body,
        defaults=bound.defaults,
        accepts=bound.accepts,
        body_default=bound.body_default,
        refuse_unknown=config.get_config().unknown_parameters == "refuse",
    )
    secrets = functools.cache(lambda: _secrets(operation, inbound.secrets))
    segments = functools.cache(lambda: _segments(served.base_path + operation.path, inbound))
    outbound = Outbound(operation, served.schemas, streaming.on_loop)
    replies = Replies(operation, outbound, errors, checking.of(operation))
    endpoint_id = f"{api.name} {operation.method} {served.base_path}{operation.path}"
    handler_name = f"{getattr(bound.handler, '__module__', '')}.{getattr(bound.handler, '__qualname__', bound.handler)}"
    handler = bound.handler
    for decorate in reversed(bound.decorators):
        handler = decorate(handler)

    def answer(path: dict[str, str], current: Call, incoming: Request) -> Any:
        outbound.demand(incoming.environ.get("HTTP_ACCEPT"))
        for value in path.values():
            if "\ufffd" in value:
                refuse_bytes(incoming.environ)
        current.secrets = secrets()
        args, kwargs = inbound.arguments(raw(incoming, path, segments()))
        current.params = lambda: inbound.shown(args, kwargs, _sent_json(incoming))
        try:
            result = handler(*args, **kwargs)
        except Exception:
            raise
        except BaseException as error:
            if not loop.is_failure(error):
                raise
            fact = f"the handler raised {type(error).__name__}: {error}".removesuffix(": ")
            raise loop.StoppedError(fact) from error
        return loop.run(result) if inspect.iscoroutine(result) else result

    for decorate in reversed(bound.before):
        answer = decorate(answer)

    def call(path: dict[str, str]) -> Response:
        current = context.current()
        if current is None:
            raise RuntimeError("an operation was called outside of a request of its app: nothing could say who calls")
        current.api_name, current.api_version = api.name, api.version
        current.endpoint_id, current.handler_name = endpoint_id, handler_name
        current.path_template = operation.path
        if enforce is not None:
            enforce(current)
        incoming: Request = request._get_current_object()  # type: ignore[attr-defined]
        return replies.reply(answer(path, current, incoming), incoming.environ.get("HTTP_ACCEPT"))

    return call


def _sent_json(incoming: Request) -> bytes | None:
    """The body as it was sent, where it is JSON that was read whole: the handler may have changed what it was given."""
    return vars(incoming).get("_cached_data") if incoming.is_json else None


def _segments(template: str, inbound: Inbound) -> Segments | None:
    """What reads the values of a path of its raw text, where the decoded one does not tell them."""
    segments = Segments(template)
    return segments if segments.is_shared or inbound.wants_raw_path else None


def _secrets(operation: Operation, keywords: frozenset[str]) -> frozenset[str]:
    """The arguments whose values nobody may see, by keyword and by the name that they have in a request."""
    return keywords | {one.name for name, one in arguments(operation).items() if name in keywords}
