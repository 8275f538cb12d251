"""
The way of a request past Flask's dispatch: found, answered, sent; hooks, signals, sessions, errors as Flask has them.

Flask's `wsgi_app` stays, and whatever is wrapped around it. What it calls on the app, `request_context` and
`full_dispatch_request`, is set on the app itself. A request that is not plainly one of an operation, and an app that is
not plainly Flask's, go Flask's own way. Neighbours: obstacles.py says which apps, matching.py finds the operation,
contexts.py has the contexts, sending.py what leaves.
Source: Flask 3.1, `Flask.full_dispatch_request` and what it calls.
"""

from __future__ import annotations

import inspect
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from operator import itemgetter
from time import perf_counter_ns
from typing import Any

from flask import Flask, Response
from flask.ctx import RequestContext
from flask.globals import _cv_request
from flask.sessions import SecureCookieSessionInterface
from flask.signals import request_finished, request_started

from pymacaron import config, context, crash
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.outbound import Reply
from pymacaron.schema.once import LOCK
from pymacaron.schema.violations import Violations
from pymacaron.server.answering import Answering
from pymacaron.server.calls import Hooks
from pymacaron.server.cors import has_own
from pymacaron.server.direct.contexts import LazyContext
from pymacaron.server.direct.matching import Matcher, Tail
from pymacaron.server.direct.obstacles import has_own_errors, is_own, obstacle
from pymacaron.server.direct.sending import Leaving, Light, Sender, Sent, Usually
from pymacaron.server.dispatch import Mounted
from pymacaron.server.errors import Errors

__all__ = ["Passage", "Target", "install"]

log = logging.getLogger("pymacaron.server")

#: How many values of the Host header are remembered
_HOSTS = 256
#: Those that every version of Werkzeug takes: names as in RFC 1123, of at most 63 characters each, and a port
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_PORT = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_PLAIN_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}(?::{_PORT})?")

#: What contexts are made and requests are dispatched by when a server calls; others who ask get what Flask gives them
_WSGI_APP = getattr(inspect.unwrap(Flask.wsgi_app), "__code__", None)
_new = object.__new__
_NO_PATH: dict[str, str] = {}

_registered = itemgetter(
    *("before_request_funcs", "after_request_funcs", "teardown_request_funcs", "url_value_preprocessors"),
    "teardown_appcontext_funcs",
)
_HOOKS = "hooks stand before ours"


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One operation as it is reached here. `names`: of its path's variables, `variables`: the same in the rule."""

    rule: Any
    names: tuple[str, ...]
    variables: tuple[str, ...]
    answering: Answering
    passage: Passage
    sending: Usually


def install(app: Flask, mounted: Sequence[Mounted], errors: Errors, own: Hooks) -> None:
    """
    Have *app* answer *mounted* directly, as long as nothing stands against it. *own*: our hooks of Flask's, whose work
    is done here.
    """
    vars(app).update(Passage(app, mounted, errors, own).put)


class Passage:
    """How one app answers. It looks at the app when the first request comes, when all is registered."""

    def __init__(self, app: Flask, mounted: Sequence[Mounted], errors: Errors, own: Hooks):
        self._app = app
        self._mounted = mounted
        self._errors = errors
        self._own = own
        #: What is put on the app, and what stood there
        self.put: dict[str, Any] = {
            "request_context": self.request_context,
            "full_dispatch_request": self.full_dispatch_request,
        }
        if "wsgi_app" not in vars(app) and is_own(type(app).wsgi_app):
            self.put["wsgi_app"] = self.wsgi_app
        self._before = {name: vars(app)[name] for name in self.put if name in vars(app)}
        self._is_ready = False
        self._map: Any = None
        self._sender = Sender(own.cors, own.compression)
        #: So many bytes of a usual reply need no thought, whoever asks
        self._least = own.compression.least if own.cors.always is not None else 0
        self._fixed: dict[str, dict[str, Target]] = {}
        self._tails: dict[str, Tail[Target]] = {}
        self._matcher: Matcher[Target] | None = None
        self._hosts: set[str | None] = set()
        self._known: tuple[Any, ...] = ()
        self._vars = vars(app)
        self._config = app.config
        self._slow_ns = (config.get_config().report_call_exceeding_ms or inf) * 1_000_000

    # ---- what is worked out once

    def _prepare(self) -> None:
        """Look at the app, once: other requests that come meanwhile wait for it."""
        with LOCK:
            if self._is_ready:
                return
            try:
                self._look_at_app()
            finally:
                self._is_ready = True

    def _look_at_app(self) -> None:
        app = self._app
        self._watch_map()
        reason = self._obstacle()
        if reason is not None:
            self._give_up(reason)
            return
        known: dict[int, tuple[str, Target]] = {}
        for one in self._mounted:
            if app.view_functions.get(one.rule.endpoint) is not one.view or one.method in ("HEAD", "OPTIONS"):
                continue
            if not one.rule.rule.isascii():
                continue
            target = Target(
                one.rule, one.names, one.variables, one.answering, self, Usually(one.answering.replies, self._own.cors)
            )
            known[id(one.rule)] = one.method, target
        self._look_at_hooks()
        self._matcher = Matcher(app.url_map.iter_rules(), known)
        self._fixed, self._tails = self._matcher.fixed, self._matcher.tails

    def _obstacle(self) -> str | None:
        """What keeps the app from being answered directly, as the end of a sentence."""
        app = self._app
        for name, mine in self.put.items():
            if name in self._before or (name != "wsgi_app" and vars(app).get(name) is not mine):
                return f"its {name} was replaced"
        return obstacle(app, self.put) or (None if self._has_own_hooks() else _HOOKS)

    def _give_up(self, reason: str) -> None:
        """Have all answered by Flask's own dispatch, as if nothing had been put on the app."""
        app = self._app
        log.info("%s answers by Flask's own dispatch: %s", app.name, reason)
        self._is_ready = True
        self._matcher, self._fixed, self._tails = None, {}, {}
        for name, mine in self.put.items():
            if vars(app).get(name) is mine:
                del vars(app)[name]
                vars(app).update({name: self._before[name]} if name in self._before else {})

    def _stock(self, name: str) -> Any:
        """The method *name* without us: what the user has put on the app, or that of its class, wrapped or not."""
        return self._before[name] if name in self._before else getattr(type(self._app), name).__get__(self._app)

    def _watch_map(self) -> None:
        """Look again when the map gets a rule: once it has answered a request Flask adds none, but Werkzeug would."""
        url_map = self._app.url_map
        if url_map is self._map:
            return
        self._map, add = url_map, url_map.add

        def added(rulefactory: Any) -> None:
            self._is_ready = self._is_ready and self._matcher is None
            add(rulefactory)

        url_map.add = added  # type: ignore[method-assign]

    def _has_own_hooks(self) -> bool:
        """Whether our hooks stand first, where they were put."""
        app, own = self._app, self._own
        hooks = (
            (app.before_request_funcs, own.before),
            (app.after_request_funcs, own.after),
            (app.teardown_request_funcs, own.teardown),
        )
        return all(found.get(None, [])[:1] == [mine] for found, mine in hooks)

    def _look_at_hooks(self) -> None:
        """What is registered with the app, without our own."""
        app, sync = self._app, self._app.ensure_sync
        *funcs, of_app = _registered(vars(app))
        #: What is registered: compared in one step at each request, whoever has put it there in whichever way
        self._known = (*({name: [*one] for name, one in found.items()} for found in funcs), [*of_app])
        before, after, teardown = (found[None][1:] for found in self._known[:3])
        self.preprocessors = tuple(self._known[3].get(None, ()))
        self._has_before = bool(before or self.preprocessors)
        self.before = tuple(sync(one) for one in before)
        self.after = tuple(sync(one) for one in reversed(after))
        self.teardown_request = tuple(sync(one) for one in reversed(teardown))
        self.teardown_appcontext = tuple(sync(one) for one in reversed(app.teardown_appcontext_funcs))
        handlers = [
            one for codes in app.error_handler_spec.values() for kinds in codes.values() for one in kinds.values()
        ]
        self._is_lean_error = all(one == self._errors.reply for one in handlers) and has_own_errors(app)
        self._has_cors = has_own(self.after)
        self._is_own_response = app.response_class is Response
        self._is_lean = not self.after and self._is_own_response

    # ---- what Flask's wsgi_app calls

    def request_context(self, environ: dict[str, Any]) -> RequestContext:
        """In the place of Flask.request_context: a LazyContext for what is plainly a request for an operation."""
        ctx = self._context(environ) if sys._getframe(1).f_code is _WSGI_APP else None
        return self._stock("request_context")(environ) if ctx is None else ctx

    def _context(self, environ: dict[str, Any]) -> LazyContext | None:
        if not self._is_ready:
            self._prepare()
        path = environ.get("PATH_INFO", "")
        methods: Mapping[str, Target] | None = self._fixed.get(path)
        values: Sequence[str] = ()
        if methods is None:
            before, _, last = path.rpartition("/")
            tail = self._tails.get(before)  # nearly every path has its one variable at its end
            if tail is not None and last and last not in tail.fixed and last.isascii():
                methods = tail.methods
            elif self._matcher is None or not path.isascii() or (found := self._matcher.find(path)) is None:
                return None
            else:
                methods, values = found
        target = methods.get(environ["REQUEST_METHOD"])
        if (
            target is None
            or "HTTP_UPGRADE" in environ
            or "werkzeug.debug.preserve_context" in environ
            or self._config["TRUSTED_HOSTS"] is not None
            or self._app.session_interface.__class__ is not SecureCookieSessionInterface
        ):
            return None
        uri = environ.get("RAW_URI") or environ.get("REQUEST_URI")
        if uri and "%2" in uri and "%2F" in uri.partition("?")[0].upper():
            return None
        host = environ.get("HTTP_HOST")
        if host not in self._hosts and not self._is_plain(host):
            return None
        ctx = _new(LazyContext)
        ctx.app = self._app
        ctx.environ = environ
        ctx.target = target
        if values:
            ctx.path = dict(zip(target.names, values, strict=True))
        else:
            ctx.path = {target.names[0]: last} if target.names else _NO_PATH
        ctx.started = perf_counter_ns()
        return ctx

    def _is_plain(self, host: str | None) -> bool:
        plain = host is not None and _PLAIN_HOST.fullmatch(host) is not None
        if plain and len(self._hosts) < _HOSTS:
            self._hosts.add(host)
        return plain

    def full_dispatch_request(self) -> Any:
        """In the place of Flask.full_dispatch_request: gives what wsgi_app sends, to anybody else a Response."""
        ctx = _cv_request.get()
        if ctx.__class__ is not LazyContext:
            return self._stock("full_dispatch_request")()
        answer = self._answered(ctx)
        if answer.__class__ is not tuple:
            return answer
        if sys._getframe(1).f_code is _WSGI_APP:
            return Sent(*answer)
        line, headers, body = answer
        return self._app.response_class(body, line, headers)

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """In the place of Flask.wsgi_app, and the same: where nobody has wrapped it, it costs less."""
        ctx = self._context(environ)
        if ctx is None:
            return self._stock("wsgi_app")(environ, start_response)
        error: BaseException | None = None
        try:
            try:
                ctx.push()
                answer = self._answered(ctx)
            except Exception as raised:
                error = raised
                answer = self._app.handle_exception(raised)
            except BaseException as raised:
                error = raised
                raise
            if answer.__class__ is not tuple:
                return answer(environ, start_response)
            line, headers, body = answer
            start_response(line, headers)
            return [body]
        finally:
            if error is not None and self._app.should_ignore_error(error):
                error = None
            ctx.pop(error)

    def _answered(self, ctx: LazyContext) -> Any:
        """A Leaving, or a Response of Flask's where somebody is to see one."""
        app, environ, target = self._app, ctx.environ, ctx.target
        app._got_first_request = True
        if _registered(self._vars) != self._known:
            if not self._has_own_hooks():
                self._give_up(_HOOKS)
                return self._stock("full_dispatch_request")()
            self._look_at_hooks()
        answer: Any = None
        try:
            if request_started.receivers:
                request_started.send(app, _async_wrapper=app.ensure_sync)
            if self._has_before:
                answer = self._preprocessed(ctx)
            else:
                ctx.entered = context.enter(ctx)
            if answer is None:
                answer = target.answering.reply(ctx)
                cls = answer.__class__
                if cls is not bytes and (cls is not Reply or answer.body.__class__ is not bytes):
                    answer = target.answering.replies.response(answer)
        except (Violations, PyMacaronException) as error:
            if self._is_lean_error and ctx.entered is not None:
                answer = self._errors.answer(error, environ.get("HTTP_ACCEPT"))
            else:
                answer = self._given(app.handle_user_exception(error))
        except Exception as error:
            answer = self._given(app.handle_user_exception(error))
        if (
            not self._is_lean
            or request_finished.receivers
            or (ctx.is_touched and _is_looked_at(ctx))
            or ("HTTP_COOKIE" in environ and app.secret_key)
        ):
            return self._finished(ctx, answer)
        status = 0
        if answer.__class__ is bytes:
            usually = target.sending
            if usually.line is not None and len(answer) < self._least:
                leaving: Leaving | None = usually.line, [*usually.headers, ("Content-Length", str(len(answer)))], answer
            else:
                leaving = self._sender.usual(answer, usually, environ)
        else:
            leaving = self._sender.sent(answer, environ) if answer.__class__ is Reply else None
            status = answer.status if leaving is not None else 0
        if leaving is None:
            return self._finished(ctx, answer)
        if status >= 500 or perf_counter_ns() - ctx.started > self._slow_ns:
            crash.after_call(ctx.call, int(leaving[0][:3]), ctx.call.error, ctx.call.exception)
        if status >= 400:
            # Its traceback holds all that this request was made of, in a circle that only the garbage collector ends
            ctx.exception = None
            if ctx.is_touched and "call" in vars(ctx):
                ctx.call.exception = None
        return leaving

    def _finished(self, ctx: LazyContext, answer: Any) -> Any:
        """What Flask.finalize_request makes of *answer*, with our own hook as the last."""
        app, own = self._app, ctx.__dict__
        if ctx.entered is None:  # a signal's receiver has failed, or a preprocessor: before our first hook
            return app.finalize_request(answer)
        replies = ctx.target.answering.replies
        response: Any = None
        if answer.__class__ is bytes and replies.usual is not None:
            answer = Reply(replies.usual.status, replies.usual.headers, answer)
        if answer.__class__ is Reply:
            response = self._sender.light(answer) if self._is_own_response else None
            response = replies.response(answer) if response is None else response
        else:
            response = app.make_response(answer)
        if "_after_request_functions" in own:
            for function in ctx._after_request_functions:
                response = app.ensure_sync(function)(response)
        for hook in self.after:
            response = hook(response)
        call = ctx.call if "call" in own else None
        if call is not None and call.last_look is not None:
            response = call.last_look(response)
        status = response.status_code
        is_slow = perf_counter_ns() - ctx.started > self._slow_ns
        if status >= 500 or is_slow or (call is not None and call.slow_ms is not None):
            crash.after_call(ctx.call, status, ctx.call.error, ctx.call.exception)
        has_session = "_session" in own or ("HTTP_COOKIE" in ctx.environ and bool(app.secret_key))
        if response.__class__ is Light and not has_session and not request_finished.receivers and not self._has_cors:
            leaving = self._sender.finished(response, ctx.environ)
            if leaving is not None:
                return leaving
        self._own.finish(ctx.environ, response)
        if has_session:
            session = ctx._session
            if not app.session_interface.is_null_session(session):
                app.session_interface.save_session(app, session, response)
        if request_finished.receivers:
            request_finished.send(app, _async_wrapper=app.ensure_sync, response=response)
        return response

    def _preprocessed(self, ctx: LazyContext) -> Any:
        """What a hook answers in the place of the operation; None where none does."""
        ctx.is_reached = False
        for preprocess in self.preprocessors:
            preprocess(ctx.request.endpoint, ctx.request.view_args)
        ctx.entered = context.enter(ctx)
        for hook in self.before:
            answer = hook()
            if answer is not None:
                return self._given(answer)
        if ctx.is_touched and "request" in vars(ctx):
            request = ctx.request
            if request.url_rule is not ctx.target.rule or request.routing_exception is not None:
                return self._app.make_response(self._app.dispatch_request())  # a hook has routed it anew
            ctx.reread_path()
        ctx.reach()
        return None

    def _given(self, answer: Any) -> Any:
        """*answer* of the user's; bytes as the Response that Flask makes of them: bare ones are an operation's."""
        return self._app.response_class(answer) if answer.__class__ is bytes else answer


def _is_looked_at(ctx: LazyContext) -> bool:
    """Whether somebody is to see the Response to the request of *ctx*, or to add to it."""
    made = vars(ctx)
    return "_after_request_functions" in made or "_session" in made or ("call" in made and ctx.call.is_looked_at)
