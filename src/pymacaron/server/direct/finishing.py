"""
A reply that somebody is to see before it leaves: a hook, a signal, a session, whoever has asked for the next one.

What Flask's finalize_request does, on a Response that costs little as long as nothing unusual is done to it.
Neighbour: passage.py, whose replies mostly leave without.
Source: Flask 3.1, `Flask.finalize_request` and `Flask.process_response`.
"""

from __future__ import annotations

from math import inf
from time import perf_counter_ns
from typing import Any

from flask import Flask
from flask.signals import request_finished

from pymacaron import config, crash
from pymacaron.exchange.outbound import Reply
from pymacaron.server.calls import KEY, Hooks
from pymacaron.server.direct.around import Around
from pymacaron.server.direct.contexts import LazyContext
from pymacaron.server.direct.sending import Light, Sender

__all__ = ["Finisher", "is_looked_at", "slow_ns"]


class Finisher:
    """Finishes the replies of *app*, with our own hook as the last."""

    def __init__(self, app: Flask, own: Hooks, sender: Sender, around: Around):
        self._app = app
        self._own = own
        self._sender = sender
        self._around = around
        self._slow_ns = slow_ns()

    def finished(self, ctx: LazyContext, answer: Any) -> Any:
        """What leaves of *answer*, to the request of *ctx*: a Leaving, or a Response."""
        app, around, environ, made = self._app, self._around, ctx.environ, ctx.__dict__
        if ctx.entered is None and KEY not in environ:
            # A signal's receiver has failed, or a preprocessor: before our first hook
            return app.finalize_request(answer)
        response: Any = None
        if answer.__class__ is bytes and around.is_own_response:
            response = ctx.target.sending.light(answer)
        if response is None:
            response = self._response(ctx, answer)
        if "_after_request_functions" in made:
            for function in ctx._after_request_functions:
                response = app.ensure_sync(function)(response)
        for hook in around.after:
            response = hook(response)
        call = ctx.call if "call" in made else None
        if call is not None and call.last_look is not None:
            response = call.last_look(response)
        status = response.status_code
        is_slow = perf_counter_ns() - ctx.started > self._slow_ns
        if status >= 500 or is_slow or (call is not None and call.slow_ms is not None):
            crash.after_call(ctx.call, status, ctx.call.error, ctx.call.exception)
        has_session = "_session" in made or ("HTTP_COOKIE" in environ and bool(app.secret_key))
        is_light = response.__class__ is Light and not has_session and not around.has_cors
        if is_light and not request_finished.receivers:
            leaving = self._sender.finished(response, environ)
            if leaving is not None:
                return leaving
        self._own.finish(environ, response)
        if has_session:
            session = ctx._session
            if not app.session_interface.is_null_session(session):
                app.session_interface.save_session(app, session, response)
        if request_finished.receivers:
            request_finished.send(app, _async_wrapper=app.ensure_sync, response=response)
        return response

    def _response(self, ctx: LazyContext, answer: Any) -> Any:
        """The Response for *answer*."""
        replies = ctx.target.answering.replies
        if answer.__class__ is bytes and replies.usual is not None:
            answer = Reply(replies.usual.status, replies.usual.headers, answer)
        if answer.__class__ is not Reply:
            return self._app.make_response(answer)
        light = self._sender.light(answer) if self._around.is_own_response else None
        return replies.response(answer) if light is None else light


def is_looked_at(ctx: LazyContext) -> bool:
    """Whether somebody is to see the Response to the request of *ctx*, or to add to it."""
    made = vars(ctx)
    return "_after_request_functions" in made or "_session" in made or ("call" in made and ctx.call.is_looked_at)


def slow_ns() -> float:
    """From how many nanoseconds on a call counts as slow."""
    return (config.get_config().report_call_exceeding_ms or inf) * 1_000_000
