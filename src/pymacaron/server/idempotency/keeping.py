"""
Calls of an operation that takes an Idempotency-Key: the first with a key is answered, the next get the same reply.

A key is taken when the arguments of a call are known to fit, before its handler is called, and given back where that
ends in a 5xx: the caller may try again. Whatever else is answered is kept, and the 500 of a reply that cannot be sent
or does not fit its description: its handler has done what it was asked. A worker that dies in between holds the key
for `idempotency_hold_s` seconds; one that lives, for as long as the call takes. Neighbours: renewing.py holds it,
server/answering.py has all that other operations do, too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from werkzeug.wrappers import Response

from pymacaron import config
from pymacaron.exceptions import HTTPError, PyMacaronException, uuid4_text
from pymacaron.exchange.outbound import Reply
from pymacaron.schema.once import once
from pymacaron.server.answering import Answering, Served
from pymacaron.server.errors import Errors
from pymacaron.server.idempotency import keys
from pymacaron.server.idempotency.payload import payload
from pymacaron.server.idempotency.record import Record
from pymacaron.server.idempotency.refusals import (
    HEADER,
    KeyInUseError,
    KeyMissingError,
    KeyReusedError,
    ReplyNotKeptError,
)
from pymacaron.server.idempotency.renewing import LOST, Renewing, renewing_of
from pymacaron.server.incoming import Incoming
from pymacaron.server.outage import StoreError
from pymacaron.server.replies import Answer, Checking, InvalidResponseError
from pymacaron.spec.names import arguments

__all__ = ["REPLAYED", "Claim", "Keeping"]

log = logging.getLogger("pymacaron.server")

#: In replies that were kept of an earlier request
REPLAYED = "Idempotent-Replayed"

#: Headers that belong to one connection or one moment, not to what was answered
_PASSING = frozenset(("connection", "content-length", "date", "keep-alive", "transfer-encoding"))


class _Replayed(Exception):
    """There is a reply already."""

    def __init__(self, reply: Reply):
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that was taken for one call, and is *held* until it is kept or released."""

    held: Renewing
    place: str
    record: Record

    def keep(self, status: int, headers: list[tuple[str, str]], body: bytes | None) -> None:
        """
        Have the next ones get that reply. One that cannot be kept now is sent all the same, since its handler was
        called, and kept later: until then the key is held.
        """
        settings = config.get_config()
        if body is not None and len(body) > settings.idempotency_max_bytes:
            body = None
        kept = tuple(pair for pair in headers if pair[0].lower() not in _PASSING)
        done = Record(self.record.payload, self.record.holder, status, kept, body)
        value = self.record.encoded()
        new, keep_s = done.encoded(), settings.idempotency_keep_s
        is_held = False
        try:
            if not self.held.store.replace(self.place, value, new, keep_s):
                log.error(LOST)
        except StoreError as error:
            bare = replace(done, headers=(), body=None).encoded()
            is_held = any(self.held.keep_later(self.place, value, one, keep_s) for one in (new, bare))
            if not is_held:
                log.error("a reply could not be kept under its key: %s in the idempotency_store", error)
            elif error.is_new:
                log.error("a reply is kept under its key later: %s in the idempotency_store", error)
        finally:
            if not is_held:
                self.held.end(self.place, value)

    def release(self) -> None:
        """Have the next one be carried out."""
        value = self.record.encoded()
        self.held.end(self.place, value)
        try:
            self.held.store.release(self.place, value)
        except StoreError as error:
            log.error("a key could not be given back: %s in the idempotency_store; it ends by itself", error)


class Keeping(Answering):
    """Answers calls of an operation with `x-idempotency`."""

    def __init__(self, served: Served, errors: Errors, checking: Checking, demands: tuple[Callable[[], Any], ...] = ()):
        super().__init__(served, errors, checking, demands)
        operation = served.bound.operation
        self._is_required = operation.extensions["x-idempotency"] == "required"
        self._service = str(getattr(config.get_config(), "name", ""))
        self._fields = frozenset(name for name, one in arguments(operation).items() if one.location == "form")
        self._fitting = self._arguments
        self._arguments = self._claiming

    @once
    def _held(self) -> Renewing:
        return renewing_of(current_app)

    def reply(self, incoming: Incoming) -> Answer:
        is_done = is_begun = False
        try:
            answer = super().reply(incoming)
            is_begun = True
            if answer.__class__ is Reply and answer.body.__class__ is not bytes:
                answer = self.replies.response(answer)  # which begins the stream, and may fail
        except _Replayed as replayed:
            return replayed.reply
        except Exception as error:
            claim = incoming.claim
            if claim is None:
                raise
            is_unsent = incoming.is_returned and not (is_begun or isinstance(error, PyMacaronException))
            is_done = is_unsent or isinstance(error, InvalidResponseError)
            answer = _failed(error, claim, is_done)
        except BaseException:
            if incoming.claim is not None:
                incoming.claim.release()
            raise
        if incoming.claim is not None:
            self._settle(incoming.claim, answer, is_done)
        return answer

    def _claiming(self, incoming: Incoming) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a call, once its key was taken. Raises _Replayed, and what a caller is told of a key."""
        key = keys.sent(incoming.header(HEADER))
        if key is None and self._is_required:
            raise KeyMissingError
        body, keywords = self._fitting(incoming)
        if key is not None:
            fields = {name: keywords[name] for name in self._fields if name in keywords}
            asked = payload(incoming.path, incoming.query, body, fields)
            place = keys.place(self._service, self._endpoint_id, incoming.call, key)
            incoming.claim = self._claim(place, asked)
        return body, keywords

    def _claim(self, place: str, asked: str) -> Claim:
        held = self._held
        claim = Claim(held, place, Record(asked, uuid4_text()))
        value = claim.record.encoded()
        try:
            found = held.store.take(place, value, held.hold_s)
        except StoreError as error:
            if error.is_new:
                log.error("no key can be taken: %s in the idempotency_store", error)
            fact = "The store of idempotency keys does not answer; without it the request might be carried out twice"
            raise HTTPError(503, fact, {"Retry-After": "5"}) from None
        if found is None:
            held.begin(place, value)
            return claim
        known = Record.of(found)
        if known.payload != asked:
            raise KeyReusedError
        if known.status is None:
            raise KeyInUseError
        if known.body is None:
            raise ReplyNotKeptError
        raise _Replayed(Reply(known.status, [*known.headers, (REPLAYED, "true")], known.body))

    def _settle(self, claim: Claim, answer: Answer, is_done: bool) -> None:
        """Keep what was answered, or give the key back. *is_done*: the handler has succeeded, whatever is answered."""
        if isinstance(answer, bytes):
            usual = self.replies.usual
            assert usual is not None
            status, headers, body = usual.status, usual.headers, answer
        else:
            status, headers, body = _parts(answer)  # type: ignore[assignment]
        if status >= 500 and not is_done:
            claim.release()
        else:
            claim.keep(status, list(headers), body)


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
