"""
A request -> the context of a call of an operation, where it is plainly one; all else is Flask's.

What has to be told apart with care (methods, other hosts, encoded slashes, sessions and upgrades of the user's own) is
not plain. Neighbours: matching.py knows the paths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from pymacaron.server.answering import Answering
from pymacaron.server.calls import Hooks
from pymacaron.server.direct.contexts import LazyContext
from pymacaron.server.direct.matching import Matcher
from pymacaron.server.direct.sending import Usually
from pymacaron.server.dispatch import Mounted

if TYPE_CHECKING:
    from pymacaron.server.direct.around import Around

__all__ = ["Find", "Target", "finder", "targets"]

#: How many values of the Host header are remembered
_HOSTS = 256
#: Those that every version of Werkzeug takes: names as in RFC 1123, of at most 63 characters each, and a port
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_PORT = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_PLAIN_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}(?::{_PORT})?")

#: What finds the context of a call for an environ; None where Flask is to say what that asks for
Find = Callable[[dict[str, Any]], LazyContext | None]

_new = object.__new__
_NO_PATH: dict[str, str] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """
    One operation as it is reached here. `view`: what answers it where Flask dispatches, at `endpoint`. `names`: of its
    path's variables, `variables`: the same in the rule.
    """

    rule: Any
    endpoint: str
    view: Any
    names: tuple[str, ...]
    variables: tuple[str, ...]
    answering: Answering
    around: Around
    sending: Usually


def finder(app: Flask, targets: Sequence[tuple[str, Target]]) -> Find:
    """
    What finds the context of the call that an environ asks for, of one of *targets*, by method; it gives None where
    *app* is to say what that asks for.
    """
    matcher = Matcher(app.url_map.iter_rules(), {id(one.rule): (method, one) for method, one in targets})
    fixed, tails, settings = matcher.fixed, matcher.tails, app.config
    views, hosts = app.view_functions, set[str | None]()

    def find(environ: dict[str, Any]) -> LazyContext | None:
        path = environ.get("PATH_INFO", "")
        methods: Mapping[str, Target] | None = fixed.get(path)
        values: Sequence[str] = ()
        if methods is None:
            before, _, last = path.rpartition("/")
            tail = tails.get(before)  # nearly every path has its one variable at its end
            if tail is not None and last and last not in tail.fixed and last.isascii():
                methods = tail.methods
            elif not path.isascii() or (found := matcher.find(path)) is None:
                return None
            else:
                methods, values = found
        target = methods.get(environ["REQUEST_METHOD"])
        if (
            target is None
            or views.get(target.endpoint) is not target.view
            or "HTTP_UPGRADE" in environ
            or "werkzeug.debug.preserve_context" in environ
            or settings["TRUSTED_HOSTS"] is not None
            or app.session_interface.__class__ is not SecureCookieSessionInterface
        ):
            return None
        uri = environ.get("RAW_URI") or environ.get("REQUEST_URI")
        if uri and "%2" in uri and "%2F" in uri.partition("?")[0].upper():
            return None
        host = environ.get("HTTP_HOST")
        if host not in hosts:
            if host is None or not _PLAIN_HOST.fullmatch(host):
                return None
            if len(hosts) < _HOSTS:
                hosts.add(host)
        ctx = _new(LazyContext)
        ctx.app = app
        ctx.environ = environ
        ctx.target = target
        ctx.is_touched = False  # on the class it would be found in three times the time
        if values:
            ctx.path = dict(zip(target.names, values, strict=True))
        else:
            ctx.path = {target.names[0]: last} if target.names else _NO_PATH
        ctx.started = perf_counter_ns()
        return ctx

    return find


def targets(app: Flask, mounted: Sequence[Mounted], around: Around, own: Hooks) -> list[tuple[str, Target]]:
    """What may be reached directly of *mounted*, with its method: what the app's map and views have as it was put."""
    return [
        (
            one.method,
            Target(
                one.rule,
                one.rule.endpoint,
                one.view,
                one.names,
                one.variables,
                one.answering,
                around,
                Usually(one.answering.replies, own.cors, own.added, one.answering.headers),
            ),
        )
        for one in mounted
        if app.view_functions.get(one.rule.endpoint) is one.view
        and one.method not in ("HEAD", "OPTIONS")
        and one.rule.rule.isascii()
    ]
