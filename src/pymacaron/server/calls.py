"""
The Call of every request of the app, custom routes too: opened before anything of the user's, closed after everything.

What every reply gets (CORS headers, compression) and what every call is asked at its end (was it slow, did it fail) is
done here, so that one hook of Flask's serves for all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from flask import Flask, Request, Response, request
from flask.globals import request_ctx

from pymacaron import config, context, crash
from pymacaron.context import Call
from pymacaron.server import addresses
from pymacaron.server.added import Added
from pymacaron.server.compression import Compression
from pymacaron.server.cors import Cors
from pymacaron.server.logs import CALL
from pymacaron.server.observing.watching import SEEN
from pymacaron.server.rawpath import reroute
from pymacaron.server.rules import stay

__all__ = ["ARRIVING", "KEY", "Hooks", "close", "is_served", "leave", "part", "traced"]

#: In the environ of a request: what leaves its Call, and the context that it was entered for
KEY = "pymacaron.call"
#: In the environ of a request: what reads its body as it arrives, closed with the call
ARRIVING = "pymacaron.arriving"


@dataclass(frozen=True, slots=True, eq=False)
class Hooks:
    """What is done around every request of the app, as hooks of Flask's; `cors`, `compression`, `added` of replies."""

    cors: Cors
    compression: Compression
    added: Added = field(default_factory=Added)
    #: Whether requests are logged, and whether they are that, or observed
    is_logged: bool = False
    is_noted: bool = False

    def before(self) -> None:
        """Enter the Call."""
        incoming: Request = request._get_current_object()  # type: ignore[attr-defined]
        call = Call(look_up=lambda name: part(incoming, name))
        if self.is_noted:
            self._note(incoming, call)
        entered = context.enter(call)
        incoming.environ[KEY] = entered, request_ctx._get_current_object()  # type: ignore[attr-defined]
        if "%2" in (incoming.environ.get("RAW_URI") or incoming.environ.get("REQUEST_URI") or ""):
            reroute(incoming)

    def _note(self, incoming: Request, call: Call) -> None:
        if self.is_logged:
            incoming.environ[CALL] = call
        seen = incoming.environ.get(SEEN)
        if seen is not None:
            seen.routed(incoming.url_rule)

    def after(self, response: Response) -> Response:
        """Report what is to be reported, and finish the reply."""
        call = context.current()
        if call is not None:
            if call.last_look is not None:
                response = call.last_look(response)
            crash.after_call(call, response.status_code, call.error, call.exception)
        if request.method == "OPTIONS" and response.is_sequence and not any(response.response):
            del response.headers["Content-Type"]  # Flask's default, text/html, would speak of a body that is not there
        if response.status_code == 308:
            stay(request, response)
        self.finish(request.environ, response)
        return response

    def finish(self, environ: Mapping[str, Any], response: Response) -> None:
        """Add what every reply gets."""
        self.cors.add(environ, response)
        self.added.add(environ, response)
        self.compression.compress(environ, response)

    def teardown(self, _: BaseException | None) -> None:
        """Leave the Call; that of a copied context goes on."""
        _, holder = request.environ.get(KEY, (None, None))
        if holder is request_ctx._get_current_object():  # type: ignore[attr-defined]
            close(request.environ)

    def install(self, app: Flask) -> None:
        """Hook into *app*. Flask runs what comes after a request in reverse order: ours stand first, to run last."""
        app.before_request_funcs.setdefault(None, []).insert(0, self.before)
        app.after_request_funcs.setdefault(None, []).insert(0, self.after)
        app.teardown_request_funcs.setdefault(None, []).insert(0, self.teardown)


def close(environ: dict[str, Any]) -> None:
    """Leave the Call of the request with that *environ*, and what reads its body as it arrives."""
    leave(environ)
    arriving = environ.pop(ARRIVING, None)
    if arriving is not None:
        arriving.close()


def leave(environ: dict[str, Any]) -> None:
    """Leave the Call of the request with that *environ*, unless that was done."""
    found: tuple[Token[Any], Any] | None = environ.pop(KEY, None)
    if found is None:
        return
    try:
        context.leave(found[0])
    except ValueError:
        return  # entered in another thread's context: that of copy_current_request_context, or a client's `with`


def traced(environ: Mapping[str, Any]) -> Any:
    """The Trace of the request with that *environ*, where an observer has begun a span for it; else None."""
    seen = environ.get(SEEN)
    return None if seen is None else seen.trace


def is_served(environ: Mapping[str, Any]) -> bool:
    """Whether a server waits for the reply. Servers say who they are; what tests make has its body in memory."""
    return "SERVER_SOFTWARE" in environ or not isinstance(environ.get("wsgi.input"), BytesIO)


def part(incoming: Request, name: str) -> Any:
    """What a Call asks for by the name that Werkzeug has for it, too; the port is the server's."""
    if name == "remote_addr":
        return addresses.caller(incoming.environ, config.get_config().trusted_proxies)
    if name == "trace":
        return traced(incoming.environ)
    if name == "is_served":
        return is_served(incoming.environ)
    if name != "port":
        return getattr(incoming, name)
    port = incoming.environ.get("SERVER_PORT", "")
    return int(port) if port.isdecimal() else None
