"""
Flask's contexts of a request, whose parts are made when somebody looks at them: most handlers look at none.

They are Flask's own classes, and what is made is what Flask would have made. Nothing here decides or answers anything.
Neighbours: matching.py has found what the request is for, passage.py answers it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import Token
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Flask, Request
from flask.ctx import AppContext, RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import SessionMixin
from flask.signals import appcontext_popped, appcontext_pushed, appcontext_tearing_down, request_tearing_down
from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from pymacaron import context
from pymacaron.context import Call
from pymacaron.server.calls import ARRIVING, KEY, close, is_served, part, traced
from pymacaron.server.incoming import Incoming

if TYPE_CHECKING:
    from pymacaron.server.direct.finding import Target

__all__ = ["LazyAppContext", "LazyContext"]

_MISSING: Any = object()
_new = object.__new__


class _Lazy:
    """
    An attribute that is made when it is first read, and stands on the object then, which is `is_touched` from there on.
    """

    def __init__(self, make: Callable[[Any], Any]):
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        made = instance.__dict__[self._name] = self._make(instance)
        instance.is_touched = True
        return made


class LazyAppContext(AppContext):
    """The context of the app while a request is answered. `app` and `token`, of its push, are set by who makes it."""

    #: What it was pushed with; None once it was popped: stream_with_context pushes it again
    token: Token[AppContext] | None
    is_touched = False

    @_Lazy
    def _cv_tokens(self) -> list[Any]:
        return [] if self.token is None else [self.token]

    @_Lazy
    def url_adapter(self) -> MapAdapter | None:
        """What url_for() goes by outside of requests."""
        return self.app.create_url_adapter(None)

    @_Lazy
    def g(self) -> Any:
        """The namespace of this call."""
        return self.app.app_ctx_globals_class()


class LazyContext(Incoming, RequestContext):
    """
    The context of one request that `target` answers, and what is read of the request, and its Call.

    Who makes one sets `app`, `environ`, `target`, `path` and `started` (nanoseconds of time.perf_counter_ns): a call of
    an __init__ would cost as much as all of that.
    """

    app: Flask
    target: Target
    started: int
    #: What the call ended in, noted for its Call
    error: dict[str, Any] | None = None
    exception: BaseException | None = None
    is_ascii = True
    #: Whether anything was made because somebody looked at it
    is_touched = False
    #: Whether its operation was reached: where hooks stand before it, one of them may answer
    is_reached = True
    #: Of Flask's; None: none were asked for
    flashes = None
    #: Who calls, noted for its Call: claims and token
    admitted: tuple[dict[str, Any] | None, str | None] = None, None
    #: What it was pushed with, and what its Call was entered with
    token: Token[RequestContext] | None = None
    entered: Token[Any] | None = None
    #: The context of the app that was pushed with it
    inner: LazyAppContext | None = None

    @property
    def holder(self) -> RequestContext:  # type: ignore[override]
        return self

    # ---- what is made when somebody looks at it

    @_Lazy
    def request(self) -> Request:
        """The request, as Flask makes it, with what was matched and read already."""
        made = self.app.request_class(self.environ)
        made.json_module = self.app.json
        made.url_rule = self.target.rule
        target, path = self.target, self.path
        made.view_args = {
            variable: path[name] for variable, name in zip(target.variables, target.names, strict=True) if name in path
        }
        if self.body is not None:
            made._cached_data = self.body
            vars(made)["stream"] = BytesIO()
        return made

    @_Lazy
    def url_adapter(self) -> MapAdapter | None:
        """What url_for() goes by, and redirects."""
        try:
            return self.app.create_url_adapter(self.request)
        except HTTPException as error:
            self.request.routing_exception = error
            return None

    @_Lazy
    def _session(self) -> SessionMixin:
        """The session, opened now; a null session where the app has no key."""
        interface = self.app.session_interface
        opened = interface.open_session(self.app, self.request)
        return interface.make_null_session(self.app) if opened is None else opened

    @_Lazy
    def _after_request_functions(self) -> list[Callable[[Any], Any]]:
        """What after_this_request() was given."""
        return []

    @_Lazy
    def _cv_tokens(self) -> list[Any]:
        """Of whom was here before; who asks for it has this context popped by Flask."""
        return [] if self.token is None else [(self.token, self.inner)]

    @_Lazy
    def call(self) -> Call:
        """The Call."""
        call = Call(look_up=self._part)
        call.started, call.error, call.exception = self.started, self.error, self.exception
        call.claims, call.token = self.admitted
        return self.target.answering.tell(call, self) if self.is_reached else call

    def _part(self, name: str) -> Any:
        if name == "trace":  # without a Request
            return traced(self.environ)
        if name == "is_served":
            return is_served(self.environ)
        return EnvironHeaders(self.environ) if name == "headers" else part(self.request, name)

    def is_admitted(self, quick: Callable[[str], Any]) -> bool:
        header = self.environ.get("HTTP_AUTHORIZATION")
        if header is None or (self.is_touched and "call" in self.__dict__):
            return False
        admitted = quick(header)
        if admitted is None:
            return False
        self.admitted = admitted
        return True

    def reach(self) -> None:
        """Its operation is reached now: the Call is told which it is."""
        self.is_reached = True
        if self.is_touched and "call" in self.__dict__:
            self.target.answering.tell(self.call, self)

    def reread_path(self) -> None:
        """Take the path's values of the request's view_args, which a hook may have changed."""
        pairs = zip(self.target.names, self.target.variables, strict=True)
        given = self.request.view_args or {}
        self.path = {name: given[variable] for name, variable in pairs if variable in given}

    # ---- what Flask does with a context

    def copy(self) -> RequestContext:
        return RequestContext(self.app, self.environ, self.request, self._session)

    def push(self) -> None:
        """As Flask does, but for what is made later; once more, as stream_with_context does, by Flask itself."""
        if self.token is not None:
            super().push()
            return
        app, around = self.app, _cv_app.get(None)
        if around is None or around.app is not app:
            self.inner = inner = _new(LazyAppContext)
            inner.app = app
            inner.token = _cv_app.set(inner)
            if appcontext_pushed.receivers:
                appcontext_pushed.send(app, _async_wrapper=app.ensure_sync)
        else:
            self.inner = None
        self.token = _cv_request.set(self)

    def pop(self, exc: BaseException | None = _MISSING) -> None:
        """As Flask does; in a few steps where nobody else holds it and nobody listens."""
        entered = self.entered
        if exc is _MISSING:
            exc = sys.exc_info()[1]
        if (
            entered is None
            or (self.is_touched and "_cv_tokens" in self.__dict__)
            or request_tearing_down.receivers
            or appcontext_tearing_down.receivers
            or appcontext_popped.receivers
        ):
            is_last = len(self._cv_tokens) == 1
            if entered is not None:
                self.environ[KEY], self.entered = (entered, self), None
            try:
                super().pop(exc)
            finally:
                if is_last:
                    self._let_go()
            return
        around = self.target.around
        try:
            try:
                for teardown in around.teardown_request:
                    teardown(exc)
            finally:
                context.leave(entered)
                if self.is_touched:
                    self._close()
        finally:
            top = _cv_request.get()
            _cv_request.reset(self.token)  # type: ignore[arg-type]
            self.token = self.entered = None
            if self.inner is not None:
                try:
                    for teardown in around.teardown_appcontext:
                        teardown(exc)
                finally:
                    _cv_app.reset(self.inner.token)  # type: ignore[arg-type]
                    self.inner.token = None
            if top is not self:
                raise AssertionError(f"Popped wrong request context. ({top!r} instead of {self!r})")

    def _close(self) -> None:
        """Close what was made of the request."""
        self._let_go()
        if ARRIVING in self.environ:
            close(self.environ)
        if "request" in self.__dict__:
            self.request.close()
            self.environ["werkzeug.request"] = None

    def _let_go(self) -> None:
        """Break the circles in which this request, with its body, would wait for the garbage collector."""
        self.__dict__.pop("call", None)
        self.exception = None


if not isinstance(vars(RequestContext).get("session"), property):  # Flask before 3.1.3, where it is set by push()

    def _set_session(ctx: LazyContext, session: SessionMixin) -> None:
        vars(ctx)["_session"] = session

    setattr(LazyContext, "session", property(lambda ctx: ctx._session, _set_session))  # noqa: B010
