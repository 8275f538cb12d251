"""
What a handler returned -> a Response of Flask, and what becomes of one that does not fit the description.

How much is checked is worked out once for each operation. Neighbours: exchange/outbound.py says what is sent and what
is wrong with it, errors.py answers with errors, dispatch.py calls.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from flask import current_app, request
from werkzeug.wrappers import Response

from pymacaron import context, crash
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.outbound import Outbound, Reply, Usual
from pymacaron.exchange.problem import summary
from pymacaron.exchange.sampling import FIRST, SHARE, gap
from pymacaron.exchange.streams import Outflow
from pymacaron.schema.models import Model
from pymacaron.schema.once import once
from pymacaron.schema.violations import Violation
from pymacaron.server import streaming
from pymacaron.server.errors import Errors, response
from pymacaron.server.streaming import Streaming
from pymacaron.spec.model import Operation

__all__ = ["Answer", "Checking", "InvalidResponseError", "Replies", "Validation"]

Validation = Literal["strict", "report", "off"]

#: dict: what x-response-validation may be -> what it means; YAML reads off as false
_VALIDATIONS: dict[Any, Validation] = {
    "strict": "strict", True: "strict", "report": "report", "off": "off", False: "off"
}  # fmt: skip


#: What Replies.reply gives
Answer = bytes | Reply | Response

#: Classes of results that are a body, and nothing else
_BODIES = frozenset((list, str, bytes, int, float, bool, type(None)))
#: What every operation begins with
_NO_CLASSES: frozenset[type] = frozenset()


class InvalidResponseError(Exception):
    """A handler's reply does not fit the description: the caller gets a 500, the report says what is wrong."""


@dataclass(frozen=True, slots=True)
class Checking:
    """
    What becomes of a reply that does not fit: `validation` strict (a 500), report or off (it is not looked at).

    `sample`: the share of replies that are looked at, 0 to 1, where they are only reported; None for the first ones of
    each operation, and then a small share. `chance()` gives a number of at least 0 and below 1 for each that is looked
    at.
    """

    validation: Validation
    sample: float | None = None
    chance: Callable[[], float] = random.random

    def of(self, operation: Operation) -> Checking:
        """The same for *operation*, which may say otherwise: x-response-validation, x-response-sample."""
        said = operation.extensions.get("x-response-validation")
        share = operation.extensions.get("x-response-sample")
        own = self
        if isinstance(said, (str, bool)):
            own = replace(own, validation=_VALIDATIONS.get(said, self.validation))
        if isinstance(share, (int, float)) and not isinstance(share, bool):
            own = replace(own, sample=share)
        return own


class Replies:
    """Makes the replies of one operation."""

    def __init__(self, operation: Operation, outbound: Outbound, errors: Errors, checking: Checking):
        self._id = operation.id
        self._outbound = outbound
        self._errors = errors
        self._strict = checking.validation == "strict"
        share = SHARE if checking.sample is None else checking.sample
        self._share = 1.0 if self._strict else 0.0 if checking.validation == "off" else share
        #: How many of the next replies are looked at, whatever the share is
        self._first = FIRST if checking.sample is None and checking.validation == "report" else 0
        self._chance = checking.chance
        #: How many replies pass before the next that is looked at; a race makes them one or two more
        self._passing = 0 if self._first else gap(self._share, self._chance)
        #: Classes of models that are a body, and no error: a new set for each that is found, and none before
        self._models = _NO_CLASSES

    def reply(self, result: Any, accept: str | None) -> Answer:
        """
        The reply for *result*, to a caller who sent *accept*: bytes where it is as `usual`; a Response where the
        handler has made one, or an error. Raises what a handler returned as an error.
        """
        cls = result.__class__
        self._passing = passing = self._passing - 1
        checked = passing < 0 and self._is_looked_at()
        if ("error" not in result) if cls is dict else cls in self._models:
            usual = self.usual
            if usual is not None:
                data = usual.encode(result)
                if not checked or usual.takes is None or usual.takes(data):
                    return data
        elif cls not in _BODIES and not self._is_model(result, cls):
            if isinstance(result, Response):
                return self._looked_at(result) if checked else result
            if isinstance(result, tuple) and result and isinstance(result[0], Response):
                made = current_app.make_response(result)
                return self._looked_at(made) if checked else made
            if isinstance(result, PyMacaronException):
                raise result
            if self._outbound.is_error(result):
                return self._errors.from_fields(result, accept)
        reply = self._outbound.reply(result, validate=checked, accept=accept)
        if reply.violations:
            self._complain_of(reply.violations, reply.body)
        return reply

    @once
    def usual(self) -> Usual | None:
        """How nearly every reply is sent, see Outbound.usual."""
        return self._outbound.usual

    def _is_model(self, result: Any, cls: type) -> bool:
        """Whether *result* is a model of a class whose models are no errors; they are remembered."""
        if not isinstance(result, Model) or self._outbound.may_be_error(result):
            return False
        self._models |= {cls}
        return True

    def response(self, reply: Answer) -> Response:
        """The Response for what `reply` gave."""
        if isinstance(reply, Response):
            return reply
        if isinstance(reply, bytes):
            assert self.usual is not None
            reply = Reply(self.usual.status, self.usual.headers, reply)
        if isinstance(reply.body, Outflow):
            return self._streamed(reply, reply.body)
        return response(reply)

    def _streamed(self, reply: Reply, flow: Outflow) -> Response:
        stream = Streaming(flow, self._id, self._errors, self.complain)
        if request.method != "HEAD":
            stream.begin()
        sent = current_app.response_class(stream, status=reply.status, headers=reply.headers)
        for name, value in streaming.HEADERS if flow.is_events else ():
            sent.headers.setdefault(name, value)
        return sent

    def _is_looked_at(self) -> bool:
        """True; it is worked out how many replies pass after this one."""
        self._first -= self._first > 0
        self._passing = 0 if self._first else gap(self._share, self._chance)
        return True

    def _looked_at(self, response: Response) -> Response:
        """A Response that the handler has made, unchanged; http_reply() of an error may be anything."""
        call = context.current()
        if call is not None and call.error is not None:
            return response
        readable = not (response.is_streamed or response.direct_passthrough or "Content-Encoding" in response.headers)
        body = response.get_data() if readable else None
        if wrong := self._outbound.violations(response.status_code, list(response.headers), body):
            self._complain_of(wrong, response)
        return response

    def _complain_of(self, violations: list[Violation], body: Any) -> None:
        """Report *violations*, or raise InvalidResponseError; headers that are missing may still be added by a hook."""
        call = context.current()
        missing = [one for one in violations if one.location == "header" and one.code == "required"]
        try:
            self.complain([one for one in violations if one not in missing or call is None])
            if missing and call is not None:
                call.look_last(lambda response: self._last_look(response, missing))
        except InvalidResponseError:
            if isinstance(body, (Response, Iterator)) and hasattr(body, "close"):
                body.close()
            raise

    def complain(self, violations: list[Violation]) -> None:
        """Report *violations*, if there are any; where replies are checked strictly, raise InvalidResponseError."""
        if not violations:
            return
        fact = f"the reply of {self._id} does not fit its description: {summary(violations)}"
        if self._strict:
            raise InvalidResponseError(fact)
        crash.report_error(fact, data={"violations": [violation.as_dict() for violation in violations]})

    def _last_look(self, response: Response, missing: list[Violation]) -> Response:
        """*response*, when all hooks of the app have seen it, or a 500 if headers in *missing* are missing still."""
        try:
            self.complain([one for one in missing if _header_name(one) not in response.headers])
        except InvalidResponseError as error:
            response.close()
            return self._errors.reply(error)
        return response


def _header_name(violation: Violation) -> str:
    return violation.pointer[1:].replace("~1", "/").replace("~0", "~")
