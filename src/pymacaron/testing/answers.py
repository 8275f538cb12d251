"""
What a test says that another service answers -> the reply that its client receives, held against the description.

Neighbours: fakes.py finds the answer of an operation.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from pymacaron.client.attempts import Received, Send
from pymacaron.client.errors import STATUSES, HTTPStatusError, TransportError
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.outbound import Outbound, Reply
from pymacaron.exchange.problem import summary
from pymacaron.exchange.responses import response_of
from pymacaron.schema.violations import Violation
from pymacaron.spec.model import Operation
from pymacaron.testing.asked import MockError

__all__ = ["InTurn", "areceived", "in_turn", "received", "replied"]


class InTurn:
    """See in_turn()."""

    def __init__(self, answers: tuple[Any, ...]):
        if not answers:
            raise TypeError("in_turn() needs an answer")
        self._answers = answers
        self._next = 0
        self._lock = threading.Lock()

    def take(self) -> Any:
        with self._lock:
            at = min(self._next, len(self._answers) - 1)
            self._next += 1
        return self._answers[at]


def in_turn(*answers: Any) -> InTurn:
    """One answer after the other, one for each attempt; the last one for all that follow."""
    return InTurn(answers)


def replied(where: str, operation: Operation, outbound: Outbound, answer: Any, accept: str | None) -> Reply:
    """
    The reply that *answer* is: what a handler may return, `...` for the description's example, or an exception.

    Raises a TransportError that it is; MockError for one that does not fit the description.
    """
    if isinstance(answer, type) and issubclass(answer, BaseException):
        told = "a fake says so"
        answer = answer(told) if issubclass(answer, (TransportError, HTTPStatusError, PyMacaronException)) else answer()
    if isinstance(answer, (HTTPStatusError, PyMacaronException)):
        answer = copy.copy(answer)
        answer.status = _status(answer)
        answer = (answer.to_dict(), answer.status)
    elif isinstance(answer, BaseException):
        raise copy.copy(answer)
    elif answer is ...:
        found = outbound.example(accept)
        if not found:
            none = f"the description of {where} has no example{_why(outbound, accept)}"
            raise MockError(f"{none}: give an answer of your own")
        answer = found[0]
    try:
        reply = outbound.reply(answer, validate=True, accept=accept)
    except (TypeError, ValueError, OSError) as error:
        raise MockError(f"the answer for {where} cannot be sent: {error}") from error
    is_free = reply.status >= HTTPStatus.MULTIPLE_CHOICES and (
        response_of(operation.responses, reply.status) is None or reply.body == b""
    )
    if reply.violations and not is_free:
        raise _unfit(where, reply, reply.violations)
    return reply


def received(where: str, reply: Reply, send: Send) -> Received:
    """*reply* as a client gets it that blocks."""
    if send.stream is not None and _is_success(reply):
        streamed = send.stream(reply.status, reply.headers, _pieces(where, reply))
        if streamed is not None:
            return Received(reply.status, reply.headers, streamed=streamed)
    return Received(reply.status, reply.headers, b"".join(_pieces(where, reply)))


def areceived(where: str, reply: Reply, send: Send) -> Received:
    """*reply* as a client gets it that awaits."""
    if send.stream is not None and _is_success(reply):
        streamed = send.stream(reply.status, reply.headers, _apieces(where, reply))
        if streamed is not None:
            return Received(reply.status, reply.headers, streamed=streamed)
    return Received(reply.status, reply.headers, b"".join(_pieces(where, reply)))


def _is_success(reply: Reply) -> bool:
    return HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES


def _pieces(where: str, reply: Reply) -> Iterator[bytes]:
    """The bytes of a reply. Raises MockError at an item that does not fit."""
    if isinstance(reply.body, bytes):
        yield reply.body
        return
    try:
        for piece in reply.body:
            _look(where, reply)
            yield piece
        _look(where, reply)
    finally:
        close = getattr(reply.body, "close", None)
        if close is not None:
            close()


async def _apieces(where: str, reply: Reply) -> AsyncIterator[bytes]:
    for piece in _pieces(where, reply):
        yield piece


def _look(where: str, reply: Reply) -> None:
    wrong = getattr(reply.body, "wrong", None)
    if wrong:
        raise _unfit(where, reply, wrong)


def _why(outbound: Outbound, accept: str | None) -> str:
    """What is wrong with the first example of a description, none of which fits; '' where it has none."""
    if not outbound.examples:
        return ""
    with suppress(TypeError, ValueError):
        reply = outbound.reply(outbound.examples[0][0], validate=True, accept=accept)
        if reply.violations:
            return f" that fits ({summary(reply.violations)})"
    return " that fits"


def _unfit(where: str, reply: Reply, wrong: list[Violation]) -> MockError:
    return MockError(f"the answer for {where} does not fit its description: status {reply.status}: {summary(wrong)}")


def _status(error: HTTPStatusError | PyMacaronException) -> int:
    if isinstance(error, HTTPStatusError) and "status" not in vars(error):
        return next((status for status, kind in STATUSES.items() if kind is type(error)), error.status)
    return error.status
