"""
Whatever goes wrong in a request, as the JSON error of the service: 404, 405 and custom routes included.

The handlers are registered with Flask as any handler, so that one of the user's own that is more specific goes first.
What an error says is decided in exchange/problem.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, cast

from flask import Flask, Response, current_app, request
from flask.signals import got_request_exception
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response as BaseResponse

from pymacaron import context, crash
from pymacaron.exceptions import PyMacaronException, is_error
from pymacaron.exchange import problem
from pymacaron.exchange.outbound import Reply
from pymacaron.schema.codec import json_encode
from pymacaron.schema.models import Model, to_json
from pymacaron.schema.violations import Violations

__all__ = ["Callback", "Decorator", "Errors", "response"]

log = logging.getLogger("pymacaron.server")

Decorator = Callable[[dict[str, Any]], dict[str, Any]]
Callback = Callable[[Exception], Any]

#: Whether an error_callback is being asked: what it makes a reply of, with http_reply(), is not shown to it again
_ASKED: ContextVar[bool] = ContextVar("pymacaron.server.errors.asked", default=False)


class Errors:
    """
    Makes replies of errors. `debug` shows what an unforeseen exception says; `decorator` may change the JSON error;
    `callback` sees every exception first and may answer itself, with a Response or an Error model. *is_problem*: they
    are problem+json for callers who do not say what they want.
    """

    def __init__(
        self,
        app: Flask,
        *,
        debug: bool,
        decorator: Decorator | None,
        callback: Callback | None,
        is_problem: bool = False,
    ):
        self._app = app
        self._is_problem = is_problem
        self._debug = debug
        self._decorator = decorator
        self._callback = callback

    def install(self) -> None:
        """Register with the app, where its user has not registered a handler of the same scope."""
        own = self._app.error_handler_spec[None][None]
        for kind in (Exception, HTTPException, PyMacaronException, Violations):
            if kind not in own:
                self._app.register_error_handler(kind, self.reply)

    def reply(self, error: Exception) -> BaseResponse:
        """The Response to a request that ended in *error*. Leaves on the current Call what a report needs."""
        answer = self.answer(error, request.headers.get("Accept"))
        return answer if isinstance(answer, BaseResponse) else response(answer)

    def answer(self, error: Exception, accept: str | None) -> Reply | BaseResponse:
        """The same to a caller who sent *accept*, and a Response only where somebody else has made one."""
        if isinstance(error, HTTPException) and error.response is not None:
            return cast(BaseResponse, error.response)  # abort(response): the handler's own reply
        noted = context.noted()
        if noted is not None:
            noted.exception = error
        if error.__class__ is Violations and self._callback is None:
            refused = problem.refusal(error)
            if refused is not None:
                return self._reply(refused[0], [], accept, refused[1])
        if not isinstance(error, HTTPException) and not problem.is_foreseen(error):
            trace = crash.scrubbed_traceback(error)
            call = context.current()
            where = call.endpoint_id if call is not None else ""  # a path may hold a secret, its template does not
            log.error("%s failed\n%s", where or crash.one_line(f"{request.method} {request.path}"), trace)
            got_request_exception.send(self._app, _async_wrapper=self._app.ensure_sync, exception=error)
        answer = self._answer(error)
        if isinstance(answer, BaseResponse):
            return answer
        if isinstance(answer, PyMacaronException):
            error = answer  # it is not shown to the callback, of which it is
            if noted is not None:
                noted.exception = error
        elif answer is not None:
            return self.from_fields(answer, accept)
        if isinstance(error, HTTPException):
            body = problem.http_error(error.code or 500, _description(error))
            kept = [
                (name, value)
                for name, value in error.get_headers()
                if name.lower() not in ("content-type", "content-length")
            ]
            return self._reply(body, kept, accept)
        return self._reply(problem.error_body(error, debug=self._debug), problem.headers(error), accept)

    def _answer(self, error: Exception) -> Any:
        """What the user's error_callback says to *error*: a Response, an error or None. One that fails says nothing."""
        if self._callback is None or _ASKED.get():
            return None
        asked = _ASKED.set(True)
        try:
            answer = self._callback(error)
        except Exception as failure:  # where a hook ends
            crash.report_error("error_callback failed", caught=failure)
            return None
        finally:
            _ASKED.reset(asked)
        if answer is None or isinstance(answer, BaseResponse) or _is_error(answer):
            return answer
        kind = type(answer).__name__
        crash.report_error(f"error_callback gave a {kind}, not a Response, an Error model or None")
        return None

    def _decorated(self, body: dict[str, Any]) -> dict[str, Any]:
        """*body* as the user's error_decorator gives it back; as it is where that fails or gives no JSON error."""
        if self._decorator is None:
            return body
        try:
            decorated: object = self._decorator(dict(body))
            if not isinstance(decorated, dict):
                raise TypeError(f"it gave a {type(decorated).__name__}, not a dict")
            json_encode(decorated)
            return problem.completed(decorated)
        except Exception as failure:  # where a hook ends
            crash.report_error("error_decorator failed", caught=failure)
            return body

    def from_fields(self, error: Any, accept: str | None) -> Reply | BaseResponse:
        """The reply for an Error model, a dict, or anything else with `status`, `error` and `error_description`."""
        if isinstance(error, PyMacaronException):
            return self.answer(error, accept)
        fields = (
            dict(error) if isinstance(error, Mapping) else to_json(error) if isinstance(error, Model) else vars(error)
        )
        body = problem.completed(fields)
        if body["status"] >= 500 and not self._debug:
            body.pop("error_caught", None)
        return self._reply(body, [], accept)

    def _reply(
        self, body: dict[str, Any], headers: list[tuple[str, str]], accept: str | None, text: bytes | None = None
    ) -> Reply:
        """The reply for *body*. *text*: its JSON, where that is known."""
        decorated = self._decorated(body)
        noted = context.noted()
        if noted is not None:
            noted.error = decorated
        media_type = "application/json"
        sent: dict[str, Any] = decorated
        if problem.wants_problem_json(accept, self._is_problem):
            media_type, sent = "application/problem+json", problem.problem_json(decorated)
        pairs = [("Content-Type", media_type)]
        if headers:
            # Of several headers of one name the last holds
            pairs = list(({"content-type": pairs[0]} | {pair[0].lower(): pair for pair in headers}).values())
        data = json_encode(sent) if text is None or sent is not body else text
        return Reply(decorated.get("status", 500), pairs, data)


def response(reply: Reply) -> Response:
    """*reply* as the app's own kind of Response."""
    made = current_app.response_class(reply.body, status=reply.status, headers=reply.headers)
    if not reply.body and not any(name.lower() == "content-type" for name, _ in reply.headers):
        # Flask's default, text/html, would speak of a body that is not there
        del made.headers["Content-Type"]
    return made


def _is_error(answer: Any) -> bool:
    """Whether what a hook of the service gave is an error. For what handlers return see Outbound.is_error."""
    return isinstance(answer, (PyMacaronException, Model, dict)) and is_error(answer)


def _description(error: HTTPException) -> str | None:
    """What *error* says; where that is Werkzeug's own text for people with browsers, what a program's author needs."""
    if error.description != type(error).description:
        return error.description
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        *others, last = sorted(error.valid_methods)
        allowed = f"{', '.join(others)} and {last} are" if others else f"{last} is"
        return f"{request.method} is not allowed here; {allowed}"
    return "There is nothing at this path" if isinstance(error, NotFound) else error.description
