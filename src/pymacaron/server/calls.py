"""
The Call of every request of the app, custom routes too: opened before anything of the user's, closed after everything.

What every reply gets (CORS headers, compression) and what every call is asked at its end (was it slow, did it fail) is
done here, so that one hook of Flask's serves for all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Token
from typing import Any

from flask import Flask, Request, Response, request

from pymacaron import context, crash
from pymacaron.context import Call
from pymacaron.server.rawpath import reroute

__all__ = ["ARRIVING", "Finish", "install", "leave"]

#: Something done to a reply before it leaves
Finish = Callable[[Request, Response], None]

_KEY = "pymacaron.call"
#: In the environ of a request: what reads its body as it arrives, closed with the call
ARRIVING = "pymacaron.arriving"


def install(app: Flask, finishers: list[Finish]) -> None:
    """Hook into *app*. Flask runs what comes after a request in reverse order: ours stand first, to run last."""

    def begin() -> None:
        incoming: Request = request._get_current_object()  # type: ignore[attr-defined]
        incoming.environ[_KEY] = context.enter(Call(look_up=lambda name: _part(incoming, name)))
        if "%2" in (incoming.environ.get("RAW_URI") or incoming.environ.get("REQUEST_URI") or ""):
            reroute(incoming)

    def finish(response: Response) -> Response:
        call = context.current()
        if call is not None:
            if call.last_look is not None:
                response = call.last_look(response)
            crash.after_call(call, response.status_code, call.error, call.exception)
        if request.method == "OPTIONS" and response.is_sequence and not any(response.response):
            del response.headers["Content-Type"]  # Flask's default, text/html, would speak of a body that is not there
        for one in finishers:
            one(request, response)
        return response

    def end(_: BaseException | None) -> None:
        leave(request.environ)
        arriving = request.environ.pop(ARRIVING, None)
        if arriving is not None:
            arriving.close()

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request_funcs.setdefault(None, []).insert(0, finish)
    app.teardown_request_funcs.setdefault(None, []).insert(0, end)


def leave(environ: dict[str, Any]) -> None:
    """Leave the Call of the request with that *environ*, unless that was done."""
    token: Token[Any] | None = environ.pop(_KEY, None)
    if token is None:
        return
    try:
        context.leave(token)
    except ValueError:
        return  # entered in another thread's context: that of copy_current_request_context, or a client's `with`


def _part(incoming: Request, name: str) -> Any:
    """What a Call asks for by the name that Werkzeug has for it, too; the port is the server's."""
    if name != "port":
        return getattr(incoming, name)
    port = incoming.environ.get("SERVER_PORT", "")
    return int(port) if port.isdecimal() else None
