"""
The way of a request past Flask's dispatch: found, answered, sent; hooks, signals, sessions, errors as Flask has them.

Flask's `wsgi_app` stays, and whatever is wrapped around it. What it calls on the app, `request_context` and
`full_dispatch_request`, is set on the app itself. A request that is not plainly one of an operation, and an app that is
not plainly Flask's, go Flask's own way. Neighbours: seams.py puts methods on the app, obstacles.py says on which,
finding.py tells what a request is for, contexts.py has the contexts, around.py the hooks; what leaves is made by
sending.py, and by finishing.py where somebody looks at it.
Source: Flask 3.1, `Flask.full_dispatch_request` and what it calls.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Any

from flask import Flask
from flask.ctx import RequestContext
from flask.globals import _cv_request
from flask.signals import request_finished, request_started

from pymacaron import context, crash
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.outbound import Reply
from pymacaron.schema.once import LOCK
from pymacaron.schema.violations import Violations
from pymacaron.server.calls import Hooks, leave
from pymacaron.server.direct.around import Around
from pymacaron.server.direct.contexts import LazyContext
from pymacaron.server.direct.finding import Find, finder, targets
from pymacaron.server.direct.finishing import Finisher, is_looked_at, slow_ns
from pymacaron.server.direct.obstacles import unknown_flask
from pymacaron.server.direct.seams import Seams
from pymacaron.server.direct.sending import LENGTHS, Leaving, Sender, Sent
from pymacaron.server.dispatch import Mounted
from pymacaron.server.errors import Errors
from pymacaron.server.observing.watching import SEEN

__all__ = ["Passage", "install"]

#: What contexts are made and requests are dispatched by when a server calls; others who ask get what Flask gives them
_WSGI_APP = getattr(inspect.unwrap(Flask.wsgi_app), "__code__", None)

_HOOKS = "hooks stand before ours"

#: How long nobody looks at what may have been replaced on an app, in nanoseconds; of hooks and views it is seen at once
_LOOK_NS = 1_000_000_000


def install(app: Flask, mounted: Sequence[Mounted], errors: Errors, own: Hooks) -> None:
    """
    Have *app* answer *mounted* directly, as long as nothing stands against it. *own*: our hooks of Flask's, whose work
    is done here.
    """
    Passage(app, mounted, errors, own)


class Passage:
    """How one app answers. It looks at the app when the first request comes, when all is registered."""

    def __init__(self, app: Flask, mounted: Sequence[Mounted], errors: Errors, own: Hooks):
        self._app = app
        self._mounted = mounted
        self._errors = errors
        self._own = own
        self._around = Around(app, own, errors)
        self._sender = Sender(own.cors, own.compression, own.added)
        self._finisher = Finisher(app, own, self._sender, self._around)
        #: So many bytes of a usual reply need no thought, whoever asks
        self._least = min(own.compression.least, len(LENGTHS)) if own.cors.always is not None else 0
        self._slow_ns = slow_ns()
        if own.is_noted:
            self._preprocessed = self._noted  # type: ignore[method-assign]
        self._is_ready = False
        self._find: Find = self._first_found
        self._map: Any = None
        self._config: Any = None
        #: When to look at the app again, by the clock of LazyContext.started
        self._look_ns = 0
        mine = (self.request_context, self.full_dispatch_request, self.wsgi_app)
        self._seams = Seams(app, {one.__name__: one for one in mine})

    # ---- what is worked out once

    def _first_found(self, environ: dict[str, Any]) -> LazyContext | None:
        """Look at the app, once, and find: other requests that come meanwhile wait for it."""
        with LOCK:
            if not self._is_ready:
                self._is_ready = True
                find: Find = _nothing_found
                try:
                    find = self._look_at_app()
                finally:
                    self._find = find
        return self._find(environ)

    def _look_at_app(self) -> Find:
        self._watch_map()
        if self._is_obstructed(unknown_flask()):
            return _nothing_found
        self._config = self._app.config
        self._around.look()
        return finder(self._app, targets(self._app, self._mounted, self._around, self._own))

    def _look_again(self) -> None:
        """See what was replaced since: by an agent that is attached to a service that runs, say."""
        app = self._app
        if app.url_map is not self._map or app.config is not self._config:
            self._is_ready, self._find = False, self._first_found
        elif not self._is_obstructed():
            self._around.look()

    def _is_obstructed(self, reason: str | None = None) -> bool:
        reason = reason or self._seams.obstacle() or (None if self._around.has_ours_first() else _HOOKS)
        if reason is not None:
            self._give_up(reason)
        return reason is not None

    def _give_up(self, reason: str) -> None:
        self._find = _nothing_found
        self._seams.take_away(reason)

    def _watch_map(self) -> None:
        """Look again when the map gets a rule: once it has answered a request Flask adds none, but Werkzeug would."""
        url_map = self._app.url_map
        if url_map is self._map:
            return
        self._map, add = url_map, url_map.add

        def added(rulefactory: Any) -> None:
            if self._find is not _nothing_found:
                self._is_ready, self._find = False, self._first_found
            add(rulefactory)

        url_map.add = added  # type: ignore[method-assign]

    # ---- what Flask's wsgi_app calls, and itself

    def request_context(self, environ: dict[str, Any]) -> RequestContext:
        """In the place of Flask.request_context: a LazyContext for what is plainly a request for an operation."""
        ctx = self._found(environ) if sys._getframe(1).f_code is _WSGI_APP else None
        return self._seams.stock("request_context")(environ) if ctx is None else ctx

    def full_dispatch_request(self) -> Any:
        """In the place of Flask.full_dispatch_request: gives what wsgi_app sends, to anybody else a Response."""
        ctx = _cv_request.get()
        if ctx.__class__ is not LazyContext:
            return self._seams.stock("full_dispatch_request")()
        answer = self._answered(ctx)
        if answer.__class__ is not tuple:
            return answer
        if sys._getframe(1).f_code is _WSGI_APP:
            return Sent(*answer)
        line, headers, body = answer
        return self._app.response_class(body, line, headers)

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """In the place of Flask.wsgi_app, and the same: where nobody has wrapped it, it costs less."""
        ctx = self._find(environ)
        if ctx is not None and ctx.started > self._look_ns:
            ctx = self._found(environ)
        if ctx is None:
            return self._stock_answer(environ, start_response)
        error: BaseException | None = None
        try:
            try:
                ctx.push()
                around = self._around
                if (
                    around.live != around.known
                    or not around.is_quiet
                    or request_started.receivers
                    or request_finished.receivers
                ):
                    answer = self._answered(ctx)
                else:
                    self._app._got_first_request = True
                    ctx.entered = context.enter(ctx)
                    target = ctx.target
                    try:
                        answer = target.answering.reply(ctx)
                    except Exception as failure:
                        answer = self._failed(ctx, failure)
                    usually = target.sending
                    if (  # nearly every reply
                        answer.__class__ is bytes
                        and len(answer) < self._least
                        and usually.line is not None
                        and not ctx.is_touched
                        and "HTTP_COOKIE" not in environ
                        and perf_counter_ns() - ctx.started <= self._slow_ns
                    ):
                        start_response(usually.line, [*usually.headers, LENGTHS[len(answer)]])
                        return [answer]
                    answer = self._leaving(ctx, self._made(ctx, answer))
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

    def _found(self, environ: dict[str, Any]) -> LazyContext | None:
        """What is found; where nobody has looked at the app for a second, that is done before."""
        ctx = self._find(environ)
        if ctx is None or ctx.started <= self._look_ns:
            return ctx
        self._look_ns = ctx.started + _LOOK_NS
        with LOCK:
            self._look_again()
        return self._find(environ)

    def _stock_answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        try:
            return self._seams.stock("wsgi_app")(environ, start_response)
        except BaseException:
            leave(environ)  # Flask calls no more teardown functions after one that has failed, and ours is the last
            raise

    def _answered(self, ctx: LazyContext) -> Any:
        """A Leaving, or a Response of Flask's where somebody is to see one."""
        app, around = self._app, self._around
        app._got_first_request = True
        if around.live != around.known:
            if not around.has_ours_first():
                self._give_up(_HOOKS)
                return self._seams.stock("full_dispatch_request")()
            around.look()
        answer: Any = None
        try:
            if request_started.receivers:
                request_started.send(app, _async_wrapper=app.ensure_sync)
            if around.has_before:
                answer = self._preprocessed(ctx)
            else:
                ctx.entered = context.enter(ctx)
            if answer is None:
                answer = ctx.target.answering.reply(ctx)
        except Exception as error:
            answer = self._failed(ctx, error)
        return self._leaving(ctx, self._made(ctx, answer))

    def _made(self, ctx: LazyContext, answer: Any) -> Any:
        """*answer*; where its body is no bytes, the Response that has it."""
        if answer.__class__ is not Reply or answer.body.__class__ is bytes:
            return answer
        try:
            return ctx.target.answering.replies.response(answer)
        except Exception as error:
            return self._failed(ctx, error)

    def _failed(self, ctx: LazyContext, error: Exception) -> Any:
        """What is answered to what was raised. Raises what nothing answers."""
        if (
            isinstance(error, (Violations, PyMacaronException))
            and self._around.is_lean_error
            and ctx.entered is not None
        ):
            return self._errors.answer(error, ctx.environ.get("HTTP_ACCEPT"))
        return self._given(self._app.handle_user_exception(error))

    def _leaving(self, ctx: LazyContext, answer: Any) -> Any:
        """A Leaving, or a Response of Flask's where somebody is to see one."""
        environ, target = ctx.environ, ctx.target
        if (
            not self._around.is_lean
            or request_finished.receivers
            or (ctx.is_touched and is_looked_at(ctx))
            or ("HTTP_COOKIE" in environ and self._app.secret_key)
        ):
            return self._finisher.finished(ctx, answer)
        leaving: Leaving | None = None
        status = 0
        if answer.__class__ is bytes:
            leaving = self._sender.usual(answer, target.sending, environ)
        elif answer.__class__ is Reply:
            leaving = self._sender.sent(answer, environ)
            status = answer.status
        if leaving is None:
            return self._finisher.finished(ctx, answer)
        if status >= 500 or perf_counter_ns() - ctx.started > self._slow_ns:
            crash.after_call(ctx.call, int(leaving[0][:3]), ctx.call.error, ctx.call.exception)
        if status >= 400:
            # Its traceback holds all that this request was made of, in a circle that only the garbage collector ends
            ctx.exception = None
            if ctx.is_touched and "call" in vars(ctx):
                ctx.call.exception = None
        return leaving

    def _noted(self, ctx: LazyContext) -> Any:
        """The same, where somebody observes what requests are for: a hook may answer before that is reached."""
        seen = ctx.environ.get(SEEN)
        if seen is not None:
            seen.routed(ctx.target.rule)
        return Passage._preprocessed(self, ctx)

    def _preprocessed(self, ctx: LazyContext) -> Any:
        """What a hook answers in the place of the operation; None where none does."""
        ctx.is_reached = False
        for preprocess in self._around.preprocessors:
            preprocess(ctx.request.endpoint, ctx.request.view_args)
        ctx.entered = context.enter(ctx)
        for hook in self._around.before:
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


def _nothing_found(environ: dict[str, Any]) -> None:
    """Flask answers all."""
