"""
Calls of an operation that takes an Idempotency-Key: the first with a key is answered, the next get the same reply.

A key is taken when the arguments of a call are known to fit and no decorator has refused it, before its handler is
called, and given back where that ends in a 5xx, a 401 or a 403: the caller may try again. Whatever else is answered is
kept, as it is sent, and the 500 of a reply that cannot be sent or does not fit its description: its handler has done
what it was asked. A worker that dies in between holds the key for `idempotency_hold_s` seconds; one that lives, for as
long as the call takes. Neighbours: claims.py has the key of a call, renewing.py holds it, server/answering.py has all
that other operations do, too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import current_app
from werkzeug.wrappers import Response

from pymacaron import config, context
from pymacaron.context import Call
from pymacaron.exceptions import HTTPError, PyMacaronException, uuid4_text
from pymacaron.exchange.outbound import Reply
from pymacaron.loop import StoppedError
from pymacaron.server.answering import Answering, Served
from pymacaron.server.errors import Errors
from pymacaron.server.idempotency import keys
from pymacaron.server.idempotency.claims import Asked, Claim, NotCalled, claiming, late
from pymacaron.server.idempotency.payload import payload
from pymacaron.server.idempotency.record import Record
from pymacaron.server.idempotency.refusals import (
    HEADER,
    KeyInUseError,
    KeyMissingError,
    KeyReusedError,
    ReplyNotKeptError,
)
from pymacaron.server.idempotency.renewing import Renewing, renewing_of
from pymacaron.server.incoming import Incoming
from pymacaron.server.outage import StoreError
from pymacaron.server.replies import Answer, Checking, InvalidResponseError
from pymacaron.spec.names import arguments

__all__ = ["REPLAYED", "Keeping"]

log = logging.getLogger("pymacaron.server")

#: In replies that were kept of an earlier request
REPLAYED = "Idempotent-Replayed"

#: What is answered to callers who are not let in: whoever they are, it is no reply to somebody else
_REFUSALS = (401, 403)


class Keeping(Answering):
    """Answers calls of an operation with `x-idempotency`."""

    def __init__(self, served: Served, errors: Errors, checking: Checking, demands: tuple[Callable[[], Any], ...] = ()):
        bound = served.bound
        #: By call, where decorators stand between the arguments and the handler
        self._asked: dict[Call, Asked | None] | None = {} if bound.decorators else None
        if bound.decorators:
            handler = claiming(bound.handler, bound.is_async, self._asked_now)
            served = replace(served, bound=replace(bound, handler=handler))
        super().__init__(served, errors, checking, demands)
        self._undecorated = bound.handler
        operation = bound.operation
        self._is_required = operation.extensions["x-idempotency"] == "required"
        self._service = str(getattr(config.get_config(), "name", ""))
        self._fields = frozenset(name for name, one in arguments(operation).items() if one.location == "form")
        self._fitting = self._arguments
        self._arguments = self._asking
        self._renewing: Renewing | None = None

    def reply(self, incoming: Incoming) -> Answer:
        try:
            return self._carried_out(incoming)
        except (NotCalled, StoppedError):  # which a NotCalled becomes that has passed a decorator
            why = None if incoming.asked is None else incoming.asked.why
            if why is None:
                raise
        finally:
            if self._asked:
                self._asked.pop(incoming.call, None)
        if isinstance(why, Reply):
            return why
        raise why

    def _carried_out(self, incoming: Incoming) -> Answer:
        is_done = is_begun = False
        try:
            answer = super().reply(incoming)
            is_begun = True
            if incoming.asked is not None and incoming.asked.why is not None:  # a decorator has caught even that
                raise NotCalled(incoming.asked.why)
            if answer.__class__ is Reply and answer.body.__class__ is not bytes:
                answer = self.replies.response(answer)  # which begins the stream, and may fail
        except Exception as error:
            claim = _ended(incoming)
            if claim is None:
                raise
            is_unsent = incoming.is_returned and not (is_begun or isinstance(error, PyMacaronException))
            is_done = is_unsent or isinstance(error, InvalidResponseError)
            answer = _failed(error, claim, is_done)
        except BaseException:
            claim = _ended(incoming)
            if claim is not None:
                claim.release()
            raise
        else:
            claim = _ended(incoming)
        if claim is not None:
            self._settle(claim, answer, is_done)
        return answer

    def _asking(self, incoming: Incoming) -> tuple[list[Any], dict[str, Any]]:
        """
        The arguments of a call, which has its key then, or takes it when its handler is called. Raises NotCalled, and
        what a caller is told of a key.
        """
        key = keys.sent(incoming.header(HEADER))
        if key is None and self._is_required:
            raise KeyMissingError
        body, keywords = self._fitting(incoming)
        if key is not None:
            known = key
            fields = {name: keywords[name] for name in self._fields if name in keywords}
            asked = payload(incoming.path, incoming.query, body, fields)  # before a decorator may change it
            incoming.asked = Asked(lambda: self._claim(incoming, known, asked))
            if self._asked is None:
                incoming.asked.take()
        if self._asked is not None:
            self._asked[incoming.call] = incoming.asked
        return body, keywords

    def _asked_now(self) -> Asked | None:
        """What the call that is being answered wants; None where it has no key."""
        call = context.current()
        if call is None or self._asked is None or call not in self._asked:
            raise late()
        return self._asked[call]

    def _claim(self, incoming: Incoming, key: str, asked: str) -> Claim:
        """Raises NotCalled."""
        held = self._renewing
        if held is None:
            held = self._renewing = renewing_of(current_app)
        place = keys.place(self._service, self._endpoint_id, incoming.call, key)
        claim = Claim(held, place, Record(asked, uuid4_text()))
        value = claim.record.encoded()
        try:
            found = held.store.take(place, value, held.hold_s)
        except StoreError as error:
            if error.is_news("keys"):
                log.error("no key can be taken: %s in the idempotency_store; requests with one get a 503", error)
            fact = "The store of idempotency keys does not answer; without it the request might be carried out twice"
            raise NotCalled(HTTPError(503, fact, {"Retry-After": "5"})) from None
        if found is None:
            held.begin(place, value)
            return claim
        known = Record.of(found)
        if known.payload != asked:
            raise NotCalled(KeyReusedError())
        if known.status is None:
            raise NotCalled(KeyInUseError())
        if known.body is None:
            raise NotCalled(ReplyNotKeptError())
        raise NotCalled(Reply(known.status, [*known.headers, (REPLAYED, "true")], known.body))

    def _settle(self, claim: Claim, answer: Answer, is_done: bool) -> None:
        """Keep what was answered, or give the key back. *is_done*: the handler has succeeded, whatever is answered."""
        if isinstance(answer, bytes):
            usual = self.replies.usual
            assert usual is not None
            status, headers, body = usual.status, usual.headers, answer
        else:
            status, headers, body = _parts(answer)  # type: ignore[assignment]
        if (status >= 500 or status in _REFUSALS) and not is_done:
            claim.release()
        else:
            claim.keep(status, list(headers), body)


def _ended(incoming: Incoming) -> Claim | None:
    """The claim of a call that is over, where it has one."""
    return None if incoming.asked is None else incoming.asked.end()


def _failed(error: Exception, claim: Claim, is_done: bool) -> Response:
    """What Flask answers to *error*, by handlers of the service's own, too."""
    try:
        return current_app.make_response(current_app.handle_user_exception(error))
    except BaseException:
        if is_done:
            claim.keep(500, [], None)
        else:
            claim.release()
        raise


def _parts(answer: Any) -> tuple[int, list[tuple[str, str]], bytes | None]:
    """Status, headers and body of a reply; None for a body that is made while it is sent."""
    if isinstance(answer, Reply):
        return answer.status, answer.headers, answer.body if isinstance(answer.body, bytes) else None
    is_whole = not (answer.is_streamed or answer.direct_passthrough)
    return answer.status_code, list(answer.headers), answer.get_data() if is_whole else None
