"""
`MockTransport`: the services that a service calls, played by its tests. No socket is opened.

    with MockTransport({"get_pet": {"name": "Ada"}}).of("pets") as pets:
        ...
    assert pets.calls[0].arguments == {"number": 7}

Requests and answers are held against the description. Neighbours: asked.py reads what is asked, answers.py makes the
replies.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from pymacaron.client.attempts import Received, Send
from pymacaron.client.operation import ClientOperation
from pymacaron.client.options import Options
from pymacaron.client.policy import Policy
from pymacaron.client.prepared import Prepared
from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.outbound import Outbound
from pymacaron.finding import did_you_mean
from pymacaron.pool import ApiPool, LoadedApi
from pymacaron.spec.model import Operation
from pymacaron.spec.names import client_names
from pymacaron.testing.answers import InTurn, areceived, received, replied
from pymacaron.testing.asked import Called, MockError, fits, read

__all__ = ["MockTransport"]


class MockTransport:
    """
    Answers calls by *answers*: dict of the name of a method, as `get_pet`, of an operationId or of both, as
    `pets.get_pet`, -> an answer. That is what a handler may return (a model, a dict, `(body, status, headers)`, ...),
    `...` for the description's example, an exception, in_turn(...), or a function that gets the Called and returns or
    raises any of these. Without *answers*, or with *examples*, all others are answered by their examples.

    `calls`: list of Called, in order; `faults`: list of MockError that were raised.
    """

    def __init__(self, answers: Mapping[str, Any] | None = None, *, examples: bool | None = None):
        self.calls: list[Called] = []
        self.faults: list[MockError] = []
        self._answers = dict(answers or {})
        self._examples = answers is None if examples is None else examples
        self._known: dict[int, tuple[Inbound, Outbound]] = {}
        self._looked_at: set[str] = set()

    @contextmanager
    def of(self, *apis: str) -> Iterator[MockTransport]:
        """
        For a `with` block: everything that calls the apis of these names gets its answers here, whatever its options.
        Raises at the end a MockError that was raised in the midst, as the service may have made an error of it.
        """
        loaded = [ApiPool._find(name) for name in apis]
        self._look_at(loaded)
        with ExitStack() as ends:
            for one in loaded:
                for operation in one.clients.operations.values():
                    ends.callback(operation.divert(self.divert))
            yield self
        if self.faults:
            raise self.faults[0]

    def calls_of(self, name: str) -> list[Called]:
        """The calls of one method, named as in the answers."""
        return [one for one in self.calls if name in (one.operation, f"{one.api}.{one.operation}")]

    def __call__(self, send: Send) -> Received:
        """Never called: a client that has it as its `transport` is diverted before."""
        raise MockError("a MockTransport answers operations: use .with_options(transport=...) of a client, or .of(api)")

    def divert(self, operation: ClientOperation, prepared: Prepared) -> None:
        """Have a call of *operation* answered here: without a socket, without credentials, without waiting."""
        self._look_at([operation.loaded])
        clock = _Clock(prepared.policy)
        prepared.policy = replace(prepared.policy, clock=clock.now, sleep=clock.sleep, asleep=clock.asleep)
        prepared.options = replace(
            prepared.options,
            transport=partial(self._send, operation, prepared.options),
            atransport=partial(self._asend, operation, prepared.options),
            credentials=None,
            loop=None,
        )

    # ---- one attempt

    def _send(self, operation: ClientOperation, options: Options, send: Send) -> Received:
        try:
            body = send.body
            content = body if isinstance(body, bytes) else b"".join(body or ())
            where, own, outbound, called = self._called(operation, options, send, content)
            answer = _taken(self._answer(where, own), called)
            if inspect.isawaitable(answer):
                if inspect.iscoroutine(answer):
                    answer.close()
                raise MockError(f"the answer for {where} is awaited, which only a call of .acall does")
            reply = replied(where, own, outbound, answer, called.headers.get("Accept"))
            return received(where, reply, send)
        except MockError as error:
            self.faults.append(error)
            raise

    async def _asend(self, operation: ClientOperation, options: Options, send: Send) -> Received:
        try:
            body = send.body
            if isinstance(body, AsyncIterable):
                body = [piece async for piece in body]
            content = body if isinstance(body, bytes) else b"".join(body or ())
            where, own, outbound, called = self._called(operation, options, send, content)
            answer = _taken(self._answer(where, own), called)
            if inspect.isawaitable(answer):
                answer = await answer
            if isinstance(answer, AsyncIterable):
                answer = iter([item async for item in answer])
            reply = replied(where, own, outbound, answer, called.headers.get("Accept"))
            return areceived(where, reply, send)
        except MockError as error:
            self.faults.append(error)
            raise

    def _called(
        self, operation: ClientOperation, options: Options, send: Send, content: bytes
    ) -> tuple[str, Operation, Outbound, Called]:
        """What was asked, of which operation: after a redirect it may be another one of the same api."""
        api = operation.loaded.api
        base = urlsplit(operation.base(options)).path
        path = urlsplit(send.url).path.removeprefix(base)
        named = {operation.name: operation.operation, **client_names(api.operations)}
        for name, own in named.items():
            texts = fits(own, send.method, path)
            if texts is not None:
                inbound, outbound = self._of(own, operation.loaded)
                called = read((api.name, name), inbound, texts, send, content)
                self.calls.append(called)
                return f"{api.name}.{name}", own, outbound, called
        raise MockError(f"{api.name} has no operation {send.method} {path}, which {operation.name} led to")

    def _of(self, operation: Operation, loaded: LoadedApi) -> tuple[Inbound, Outbound]:
        key = id(operation)
        found = self._known.get(key)
        if found is None:
            found = Inbound(operation, loaded.schemas), Outbound(operation, loaded.schemas)
            self._known[key] = found
        return found

    def _answer(self, where: str, operation: Operation) -> Any:
        for name in (where, where.partition(".")[2], operation.id):
            if name in self._answers:
                return self._answers[name]
        if self._examples:
            return ...
        name = where.partition(".")[2]
        raise MockError(f'nobody answers {where}: add it, as in MockTransport({{"{name}": ...}})')

    def _look_at(self, loaded: Iterable[LoadedApi]) -> None:
        """Raise MockError where an answer is for an operation that none of these apis has."""
        apis = [one for one in loaded if one.name not in self._looked_at]
        if not apis:
            return
        known: dict[str, None] = {}
        for one in apis:
            for name, operation in client_names(one.api.operations).items():
                known |= dict.fromkeys((name, operation.id, f"{one.name}.{name}"))
        names = {one.name for one in apis}
        for key in self._answers:
            is_other = "." in key and key.partition(".")[0] in ApiPool._apis.keys() - names
            if key not in known and not is_other and not self._looked_at:
                hint = did_you_mean(key, known) or f"It has {', '.join(sorted(known))}"
                raise MockError(f"{' and '.join(sorted(names))} has no operation {key!r}. {hint}")
        self._looked_at |= names


def _taken(answer: Any, called: Called) -> Any:
    """What an answer comes to for that call."""
    while True:
        if isinstance(answer, InTurn):
            answer = answer.take()
        elif callable(answer) and not isinstance(answer, type):
            answer = answer(called)
        else:
            return answer


class _Clock:
    """The time of one call, in which waiting takes none."""

    def __init__(self, policy: Policy):
        self._clock = policy.clock
        self._waited = 0.0

    def now(self) -> float:
        return self._clock() + self._waited

    def sleep(self, seconds: float) -> None:
        self._waited += seconds

    async def asleep(self, seconds: float) -> None:
        self._waited += seconds
