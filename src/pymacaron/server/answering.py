"""
One call of one operation from top to bottom: authentication, arguments, handler, reply.

Everything about the operation is worked out once at start; a call looks it up. Neighbours: dispatch.py has it called
for a request of Flask, direct/ without one being made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import CoroutineType
from typing import Any

from pymacaron import config, loop
from pymacaron.context import Call
from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.outbound import Outbound
from pymacaron.schema.codec import Schemas
from pymacaron.schema.once import once
from pymacaron.server import streaming
from pymacaron.server.added import OPERATION
from pymacaron.server.binding import Bound
from pymacaron.server.errors import Errors
from pymacaron.server.incoming import Incoming, refuse_bytes
from pymacaron.server.late import INSIDE, LATE, refuse_late
from pymacaron.server.logs import CALL
from pymacaron.server.observing.watching import SEEN, Known
from pymacaron.server.rawpath import Segments, raw_path
from pymacaron.server.replies import Answer, Checking, Replies
from pymacaron.spec.deprecations import deprecation
from pymacaron.spec.model import Api
from pymacaron.spec.names import arguments

__all__ = ["Answering", "Enforce", "Served"]

Enforce = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Served:
    """
    One operation of an api with what answers it; `enforce` checks its security requirements, or is None. `is_webhook`:
    it is one that the service receives, at a path of its own choice.
    """

    api: Api
    base_path: str
    bound: Bound
    schemas: Schemas
    enforce: Enforce | None
    is_webhook: bool = False


class Answering:
    """
    What answers calls of one operation. `replies` makes Responses of what `reply` gives. *demands*: what more is asked
    of a call whose caller is known; each raises what refuses it.
    """

    def __init__(self, served: Served, errors: Errors, checking: Checking, demands: tuple[Callable[[], Any], ...] = ()):
        bound, operation = served.bound, served.bound.operation
        self._api, self._operation = served.api, operation
        handler = bound.handler
        self._inbound = Inbound(
            operation,
            served.schemas,
            plain_body=bound.plain_body,
            defaults=bound.defaults,
            accepts=bound.accepts,
            body_default=bound.body_default,
            refuse_unknown=config.get_config().unknown_parameters == "refuse",
        )
        self._arguments: Callable[[Incoming], tuple[list[Any], dict[str, Any]]] = self._inbound.arguments
        self._outbound = Outbound(operation, served.schemas, streaming.on_loop)
        self._enforce = served.enforce
        self._quick = getattr(served.enforce, "quick", None)
        self._base_path = served.base_path
        self._has_path = "{" in operation.path
        self._undecorated = handler
        self.replies = Replies(operation, self._outbound, errors, checking.of(operation))
        for decorate in reversed(bound.decorators):
            handler = decorate(handler)
        self._handler = handler
        #: What is asked of a call before its arguments are read; each raises what refuses it
        self._before = (*(decorate(_nothing) for decorate in bound.before), *demands)
        #: What all replies have besides their own headers
        self.headers = deprecation(operation)
        settings = config.get_config()
        self._is_logged = settings.access_log
        self._is_noted = settings.access_log or settings.traces or bool(settings.metrics)
        self._is_guarded = bool(self._before or self.headers) or self._enforce is not None or self._is_noted

    def reply(self, incoming: Incoming) -> Answer:
        """The reply to *incoming*, whose Call is entered. Raises what is an error."""
        if self._is_guarded:
            self._guard(incoming)
        accept = incoming.environ.get("HTTP_ACCEPT")
        if accept is not None and accept != "*/*":
            self._outbound.demand(accept)
        if LATE in incoming.environ and INSIDE not in incoming.environ:
            refuse_late(incoming)
        if self._has_path and (self._segments is not None or not incoming.is_ascii):
            self._read_path(incoming)
        args, kwargs = incoming.given = self._arguments(incoming)
        try:
            result = self._handler(*args, **kwargs)
        except Exception:
            raise
        except BaseException as error:
            if not loop.is_failure(error):
                raise
            fact = f"the handler raised {type(error).__name__}: {error}".removesuffix(": ")
            raise loop.StoppedError(fact) from error
        if result.__class__ is CoroutineType:
            result = loop.run(result)
        incoming.is_returned = True
        return self.replies.reply(result, accept)

    def _guard(self, incoming: Incoming) -> None:
        if self._is_noted:
            self._note(incoming)
        if self.headers:
            incoming.environ[OPERATION] = self.headers
        if self._enforce is not None and (self._quick is None or not incoming.is_admitted(self._quick)):
            self._enforce(incoming.call)
        for demand in self._before:
            demand()

    def _note(self, incoming: Incoming) -> None:
        """Say that *incoming* has reached its operation to those who log or observe."""
        if self._is_logged:
            incoming.environ[CALL] = incoming.call
        seen = incoming.environ.get(SEEN)
        if seen is not None:
            seen.reached(self.known)

    def _read_path(self, incoming: Incoming) -> None:
        for value in incoming.path.values():
            if not value.isascii() and "\ufffd" in value:
                refuse_bytes(incoming.environ)
        if self._segments is not None:
            incoming.read_path(self._segments.texts(raw_path(incoming.environ)))

    @once
    def _segments(self) -> Segments | None:
        """What reads the values of the path of its raw text, where the decoded one does not tell them."""
        segments = Segments(self._base_path + self._operation.path)
        return segments if segments.is_shared or self._inbound.wants_raw_path else None

    @once
    def known(self) -> Known:
        """What observers are told that a call is for."""
        operation = self._operation
        return Known(self._api.name, operation.id, self._base_path + operation.path, operation.method)

    @once
    def _endpoint_id(self) -> str:
        return f"{self._api.name} {self._operation.method} {self._base_path}{self._operation.path}"

    @once
    def _handler_name(self) -> str:
        handler = self._undecorated
        return f"{getattr(handler, '__module__', '')}.{getattr(handler, '__qualname__', handler)}"

    @once
    def _secrets(self) -> frozenset[str]:
        """The arguments whose values nobody may see, by keyword and by the name that they have in a request."""
        keywords = self._inbound.secrets
        keys = {scheme.key for scheme in self._api.security_schemes.values() if scheme.type == "apiKey"}
        return keywords | keys | {one.name for name, one in arguments(self._operation).items() if name in keywords}

    def tell(self, call: Call, incoming: Incoming) -> Call:
        """*call*, of which is said what is known of it now that *incoming* is found to be for this operation."""
        call.operation_id = self._operation.id
        call.api_name, call.api_version = self._api.name, self._api.version
        call.endpoint_id, call.handler_name = self._endpoint_id, self._handler_name
        call.path_template = self._operation.path
        call.secrets = self._secrets
        call.params = lambda masked=True: self._params(incoming, masked)
        call.example = lambda: self._outbound.example(incoming.environ.get("HTTP_ACCEPT"))
        return call

    def _params(self, incoming: Incoming, masked: bool) -> dict[str, Any] | None:
        """What the handler was called with, as reports show it; secrets, too, where it is not *masked*."""
        if incoming.given is None:
            return None
        args, kwargs = incoming.given
        if not masked:
            return self._inbound.named(args, kwargs, incoming.sent_json())
        return self._inbound.shown(args, kwargs, incoming.sent_json())


def _nothing() -> None:
    """What is done by a handler that is decorated for what its decorator does before it is called."""
