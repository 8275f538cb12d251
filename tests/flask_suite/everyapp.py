"""
A plugin of pytest: every Flask app is answered by our dispatch, as far as its rules are such as operations have.

Each rule that is plain, and of no blueprint, is mounted as an operation would be; what answers it calls the view, and
hands over a text as an operation's usual reply, so that it leaves without a Response. Everything else of the dispatch
is the real one. How many calls went its way is told at the end.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from _pytest import monkeypatch
from flask import Flask, Response
from werkzeug.routing import Rule

from pymacaron.context import Call
from pymacaron.exchange.outbound import Reply
from pymacaron.server.calls import Hooks
from pymacaron.server.compression import Compression
from pymacaron.server.cors import Cors
from pymacaron.server.direct import passage
from pymacaron.server.dispatch import Mounted

_PLAIN = re.compile(r"(?:/(?:[^<>/]+|<[A-Za-z_][A-Za-z0-9_]*>))+|/")
_TEXT = [("Content-Type", "text/html; charset=utf-8")]

#: How many calls were answered, and how many of them directly
COUNTED = {"all": 0, "direct": 0}


class _Quiet(Hooks):
    """Our hooks of Flask's, without what replies get: Flask's suite looks at whole replies."""

    def after(self, response: Response) -> Response:
        return response

    def finish(self, environ: Any, response: Response) -> None:
        pass


class _View:
    """A view of Flask's in the place of an operation's Answering; it is what it asks of its replies, too."""

    usual = None
    #: Of all replies, as of an Answering
    headers = ()

    def __init__(self, app: Flask, rule: Rule):
        self._app = app
        self._rule = rule
        self.replies = self

    def reply(self, incoming: Any) -> Any:
        COUNTED["direct"] += 1
        app = self._app
        given = app.ensure_sync(app.view_functions[self._rule.endpoint])(**incoming.path)
        if given.__class__ is str and given and app.response_class is Response:
            return Reply(200, _TEXT, given.encode())
        return given

    def response(self, given: Any) -> Any:
        return given  # Flask makes a Response of it

    def tell(self, call: Call, incoming: Any) -> Call:
        return call


class _NoErrors:
    """Flask's own apps raise none of our errors."""

    def reply(self, error: Exception) -> None:
        raise AssertionError(error)


class _Rules:
    """Those of *app* that are plain, as they are when the first request comes."""

    def __init__(self, app: Flask):
        self._app = app

    def __iter__(self) -> Iterator[Mounted]:
        app = self._app
        for rule in app.url_map.iter_rules():
            unusual = rule.defaults or rule.redirect_to or rule.host or rule.subdomain or rule.alias or rule.websocket
            if unusual or rule.build_only or "." in rule.endpoint or not _PLAIN.fullmatch(rule.rule):
                continue
            names = tuple(re.findall("<(.*?)>", rule.rule))
            view = app.view_functions.get(rule.endpoint)
            for method in sorted(rule.methods or ()):
                if view is not None:
                    yield Mounted(rule, method, names, names, _View(app, rule), view)  # type: ignore[arg-type]


def pytest_configure() -> None:
    if not hasattr(monkeypatch, "notset"):  # what Flask's suite takes out of pytest's inner parts, by its older name
        monkeypatch.notset = monkeypatch.NOTSET  # type: ignore[attr-defined]
    if os.environ.get("FLASK_SUITE") == "direct":
        _install()


def _install() -> None:
    make, call = Flask.__init__, Flask.__call__

    def made(self: Flask, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        own = _Quiet(Cors(False), Compression(False))
        own.install(self)
        passage.install(self, _Rules(self), _NoErrors(), own)  # type: ignore[arg-type]

    def called(self: Flask, environ: Any, start_response: Any) -> Any:
        COUNTED["all"] += 1
        return call(self, environ, start_response)

    Flask.__init__ = made  # type: ignore[method-assign]
    Flask.__call__ = called  # type: ignore[method-assign]


def pytest_unconfigure() -> None:
    if COUNTED["all"]:
        print(f"{COUNTED['direct']} of {COUNTED['all']} calls were answered directly")
