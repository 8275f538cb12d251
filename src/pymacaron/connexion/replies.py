"""
What a handler written for Connexion returned -> what a handler of ours returns.

Connexion looks at no reply whose status is not declared: such a one is sent past our look at it, as by Flask's abort().
"""

from __future__ import annotations

import json
from collections.abc import Container
from http import HTTPStatus
from typing import Any

from flask import Response, current_app
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from pymacaron.connexion.encoding import plain

__all__ = ["NoContent", "reply"]


class _NoContent:
    """Returned in the place of a body where there is none: `return NoContent, 204`."""

    def __repr__(self) -> str:
        return "NoContent"


NoContent = _NoContent()


def reply(result: Any, encoder: type[json.JSONEncoder], declared: Container[str]) -> Any:
    """
    *result*, which is a body, `(body, status)`, `(body, headers)` or `(body, status, headers)`, as a handler of ours
    may return it. No body, None or NoContent, is a 204 unless it says otherwise. *declared*: statuses, `200` or `4XX`.

    Raises Werkzeug's HTTPException with the reply where its status is not declared.
    """
    body, status, headers = _parts(result)
    if body is None or body is NoContent:
        body = Response(status=204)
        del body.headers["Content-Type"]
    if isinstance(body, BaseResponse):
        made = current_app.make_response((body, status or body.status_code, headers or {}))
        return _sent(made, declared)
    body = plain(body, encoder)
    if status is None and headers is None:
        return body
    if status is None or not _is_declared(status, declared):
        is_text = isinstance(body, (str, bytes))
        made = Response(body if is_text else json.dumps(body), status, headers)
        if not is_text and "Content-Type" not in (headers or {}):
            made.mimetype = "application/json"
        return _sent(made, declared)
    return (body, status) if headers is None else (body, status, headers)


def _sent(made: Response, declared: Container[str]) -> Response:
    if not _is_declared(made.status_code, declared):
        raise HTTPException(response=made)
    return made


def _is_declared(status: int, declared: Container[str]) -> bool:
    return str(status) in declared or f"{status // 100}XX" in declared or "default" in declared


def _parts(result: Any) -> tuple[Any, int | None, Any]:
    """Body, status and headers; None for those that are not said."""
    if not isinstance(result, tuple) or not 2 <= len(result) <= 3:
        return (result[0] if isinstance(result, tuple) and len(result) == 1 else result), None, None
    body, second = result[:2]
    if len(result) == 2 and not isinstance(second, (int, HTTPStatus)):
        return body, None, second
    return body, int(second), result[2] if len(result) == 3 else None
