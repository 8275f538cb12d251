"""
Whatever goes wrong in a request, as the JSON error of the service: 404, 405 and custom routes included.

The handlers are registered with Flask as any handler, so that one of the user's own that is more specific goes first.
What an error says is decided in exchange/problem.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, current_app, request
from flask.signals import got_request_exception
from werkzeug.exceptions import HTTPException

from pymacaron import context
from pymacaron.exceptions import PyMacaronException, is_error
from pymacaron.exchange import problem
from pymacaron.schema.codec import json_encode
from pymacaron.schema.models import Model, to_json
from pymacaron.schema.violations import Violations

__all__ = ["Callback", "Decorator", "Errors"]

log = logging.getLogger("pymacaron.server")

Decorator = Callable[[dict[str, Any]], dict[str, Any]]
Callback = Callable[[Exception], Any]


class Errors:
    """
    Makes replies of errors. `debug` shows what an unforeseen exception says; `decorator` may change the JSON error;
    `callback` sees every exception first and may answer itself, with a Response or an Error model.
    """

    def __init__(self, app: Flask, *, debug: bool, decorator: Decorator | None, callback: Callback | None):
        self._app = app
        self._debug = debug
        self._decorator = decorator
        self._callback = callback

    def install(self) -> None:
        """Register with the app, where its user has not registered a handler of the same scope."""
        own = self._app.error_handler_spec[None][None]
        for kind in (Exception, HTTPException, PyMacaronException, Violations):
            if kind not in own:
                self._app.register_error_handler(kind, self.reply)

    def reply(self, error: Exception) -> Response:
        """The reply to a request that ended in *error*. Leaves on the current Call what a report needs."""
        if isinstance(error, HTTPException) and error.response is not None:
            return error.response  # type: ignore[return-value]  # abort(response): the handler's own reply
        call = context.current()
        if call is not None:
            call.exception = error
        if not isinstance(error, (PyMacaronException, HTTPException, Violations)):
            log.error("%s %s failed", request.method, request.path, exc_info=error)
            got_request_exception.send(self._app, _async_wrapper=self._app.ensure_sync, exception=error)
        if self._callback is not None:
            answer = self._callback(error)
            if isinstance(answer, Response):
                return answer
            if answer is not None:
                return self.from_fields(answer)
        if isinstance(error, HTTPException):
            body = problem.http_error(error.code or 500, error.description)
            kept = [
                (name, value)
                for name, value in error.get_headers()
                if name.lower() not in ("content-type", "content-length")
            ]
            return self._response(body, kept)
        headers = error.headers if isinstance(error, PyMacaronException) else None
        return self._response(problem.error_body(error, debug=self._debug), list((headers or {}).items()))

    def from_fields(self, error: Any) -> Response:
        """The reply for an Error model, a dict, or anything else with `status`, `error` and `error_description`."""
        if isinstance(error, PyMacaronException):
            return self.reply(error)
        fields = (
            dict(error) if isinstance(error, Mapping) else to_json(error) if isinstance(error, Model) else vars(error)
        )
        return self._response(problem.completed(fields), [])

    def is_error(self, result: Any) -> bool:
        """Whether a handler's *result* is an error to be answered as one."""
        return isinstance(result, (PyMacaronException, Model, dict)) and is_error(result)

    def _response(self, body: dict[str, Any], headers: list[tuple[str, str]]) -> Response:
        if self._decorator is not None:
            body = self._decorator(body)
        call = context.current()
        if call is not None:
            call.error = body
        mimetype = "application/json"
        sent: dict[str, Any] = body
        if problem.wants_problem_json(request.headers.get("Accept")):
            mimetype, sent = "application/problem+json", problem.problem_json(body)
        response = current_app.response_class(json_encode(sent), status=body.get("status", 500), mimetype=mimetype)
        for name, value in headers:
            response.headers[name] = value
        return response
