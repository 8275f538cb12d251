"""
One operation as a Python method, with three faces: `client` returns errors, `call` raises them, `acall` is awaited.

Everything but the last step, in driving.py, is the same for all three. Neighbours: target.py knows the operation,
preparing.py makes of arguments what is sent here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from pymacaron.client.attempts import Outcome, Received, attempts
from pymacaron.client.decorators import decorators
from pymacaron.client.driving import aperform, asent, perform, sent
from pymacaron.client.errors import ClientError, ResponseMismatch, TransportError, status_error
from pymacaron.client.events import note
from pymacaron.client.options import Options
from pymacaron.client.policy import IDEMPOTENT, Budget
from pymacaron.client.prepared import Prepared, Usual, complete, wrong
from pymacaron.client.preparing import lean, prepared
from pymacaron.client.returned import returned
from pymacaron.client.target import Target
from pymacaron.exceptions import ConfigError
from pymacaron.exchange.answered import Answered
from pymacaron.schema.once import once

if TYPE_CHECKING:
    from pymacaron.client.pages import Walk

__all__ = ["ClientOperation", "Diversion"]

_NOTHING: Mapping[str, Any] = {}

#: What changes the options and the policy of a call that can be sent
Diversion = Callable[["ClientOperation", Prepared], None]


class ClientOperation(Target):
    """An operation whose calls are sent."""

    #: Ends what _divert() has begun; None: nothing is
    _put_back: Callable[[], None] | None = None

    @once
    def _diversions(self) -> list[tuple[Diversion]]:
        """What changes its calls now; the last one does."""
        return []

    # ---- the faces

    def client(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value of the reply, or the Error model of what went wrong."""
        try:
            return self.call(options, budget, args, kwargs)
        except ClientError as error:
            return returned(error, self.loaded)

    def call(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value of the reply. Raises ClientError, and WrongArguments where the arguments do not fit."""
        usual = self._usually.get(id(options)) or self.usual(options)
        if not usual.is_lean or options.observers or not self.keywords.isdisjoint(kwargs):
            return self._answer(*prepared(self, options, budget, args, kwargs))[1]
        made = lean(self, usual, budget, args, kwargs)
        if made.send.body.__class__ is not bytes:
            _demand_no_aiter(made)
        try:
            received = self._sent(made, usual)
            if received.status >= 300 or received.streamed is not None:
                return self._value(made, received)
            try:
                return usual.answered.value(received.status, received.headers, received.body)
            except ResponseMismatch as error:
                raise _unfit(error, usual.answered, received) from error.__cause__
        except ClientError as error:
            raise self._told(error, made) from error.__cause__

    async def acall(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As call(), awaited."""
        usual = self._usually.get(id(options)) or self.usual(options)
        if not usual.is_lean or options.observers or not self.keywords.isdisjoint(kwargs):
            return (await self._aanswer(*prepared(self, options, budget, args, kwargs)))[1]
        made = lean(self, usual, budget, args, kwargs)
        try:
            return self._value(made, await self._asent(made))
        except ClientError as error:
            raise self._told(error, made) from error.__cause__

    def page(self, options: Options, budget: Budget, args: tuple[Any, ...], walk: Walk) -> Any:
        """As call(), for the page that *walk* is at, which is told what came."""
        made, headers = prepared(self, options, budget, args, walk.kwargs)
        made.send.url = walk.url or made.send.url
        received, value = self._answer(made, headers)
        walk.turn(value, received.headers, made.url, partial(self._told, made=made))
        return value

    async def apage(self, options: Options, budget: Budget, args: tuple[Any, ...], walk: Walk) -> Any:
        """As page(), awaited."""
        made, headers = prepared(self, options, budget, args, walk.kwargs)
        made.send.url = walk.url or made.send.url
        received, value = await self._aanswer(made, headers)
        walk.turn(value, received.headers, made.url, partial(self._told, made=made))
        return value

    # ---- a call that has more than its arguments

    def _answer(self, made: Prepared, headers: dict[str, str]) -> tuple[Received, Any]:
        """The reply to a call, and its value; observers are told of both. Raises ClientError."""
        try:
            _demand_no_aiter(made)
            received = self._request(made, headers=headers)
            value = self._value(made, received)
        except ClientError as error:
            raise self._told(error, made) from error.__cause__
        except BaseException as error:
            if made.event is not None:
                made.event.end(0, 0, type(error).__name__)
            raise
        if made.event is not None:
            made.event.end(received.status, received.attempts)
        return received, value

    async def _aanswer(self, made: Prepared, headers: dict[str, str]) -> tuple[Received, Any]:
        """As _answer(), awaited."""
        try:
            received = await self._arequest(made, headers=headers)
            value = self._value(made, received)
        except ClientError as error:
            raise self._told(error, made) from error.__cause__
        except BaseException as error:
            if made.event is not None:
                made.event.end(0, 0, type(error).__name__)
            raise
        if made.event is not None:
            made.event.end(received.status, received.attempts)
        return received, value

    @once
    def _request(self) -> Callable[..., Received]:
        """The function that sends, as `x-decorate-request` decorates it: request(prepared, headers=...)."""
        return self._decorated(self._undecorated)

    @once
    def _arequest(self) -> Callable[..., Awaitable[Received]]:
        return self._decorated(self._aundecorated)

    def _decorated(self, send: Callable[..., Any]) -> Callable[..., Any]:
        for decorate in reversed(decorators(self.operation)):
            send = decorate(send)
        return send

    def _undecorated(self, prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
        complete(prepared, headers)
        return self._performed(prepared, None)

    async def _aundecorated(self, prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
        complete(prepared, headers)
        return await self._aperformed(prepared, None)

    def divert(self, by: Diversion) -> Callable[[], None]:
        """
        Have *by* change each call before it is sent, until what is returned is called. Of several it is the last that
        has not ended, in whatever order they end. An api whose URL nobody says is at one that nobody has.
        """
        own = (by,)
        self._diversions.append(own)
        if self._put_back is None:
            self._put_back = self._divert()

        def end() -> None:
            self._diversions[:] = [one for one in self._diversions if one is not own]
            if not self._diversions and self._put_back is not None:
                put_back, self._put_back = self._put_back, None
                put_back()

        return end

    def _divert(self) -> Callable[[], None]:
        """Have the last diversion see each call, until what is returned is called."""
        names = ("_request", "_arequest", "base", "_usually", "is_diverted")
        before = {name: self.__dict__.get(name) for name in names}
        base, made = self.base, dict[str, Callable[..., Any]]()
        diversions = self._diversions

        def diverted(prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
            diversions[-1][0](self, prepared)
            send = made.get("send") or made.setdefault("send", self._decorated(self._undecorated))
            return send(prepared, headers=headers)  # type: ignore[no-any-return]

        async def adiverted(prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
            diversions[-1][0](self, prepared)
            send = made.get("asend") or made.setdefault("asend", self._decorated(self._aundecorated))
            return await send(prepared, headers=headers)  # type: ignore[no-any-return]

        def found(options: Options) -> str:
            try:
                return base(options)
            except ConfigError:
                return f"https://{self.api.name}.invalid{self.api.base_path}"

        def end() -> None:
            for name, value in before.items():
                self.__dict__.pop(name, None)
                if value is not None:
                    self.__dict__[name] = value

        self.__dict__.update(zip(names, (diverted, adiverted, found, {}, True), strict=True))
        return end

    # ---- a lean call

    def _sent(self, made: Prepared, usual: Usual) -> Received:
        """The reply to a lean call: nearly all end with their first attempt. Raises TransportError."""
        send, inside = made.send, made.inside
        outcome: Received | TransportError | None = None
        if made.left > 0:
            try:
                if inside is not None:
                    outcome = inside.send(send, usual.environ(inside), made.own, made.is_served)
                else:
                    outcome = sent(send, made.options, made.policy, None)
            except TransportError as error:
                outcome = error
            if outcome.status < 300:
                made.budget.deposit(made.started)
                return outcome  # type: ignore[return-value]  # no error has such a status
            send.headers.pop()
        made.is_idempotent = self.operation.method in IDEMPOTENT
        return self._performed(made, outcome)

    async def _asent(self, made: Prepared) -> Received:
        """As _sent(), awaited."""
        send = made.send
        outcome: Received | TransportError | None = None
        if made.left > 0:
            try:
                outcome = await asent(send, made.options, made.policy, made.inside)
            except TransportError as error:
                outcome = error
            if outcome.status < 300:
                made.budget.deposit(made.started)
                return outcome  # type: ignore[return-value]
            send.headers.pop()
        made.is_idempotent = self.operation.method in IDEMPOTENT
        return await self._aperformed(made, outcome)

    # ---- for both

    def _performed(self, made: Prepared, begun: Outcome) -> Received:
        """The reply, after as many attempts as there may be; *begun*: what became of the first, if there was one."""
        steps = self._steps(made, begun)
        return perform(steps, made.options, made.policy, self.operation, self.api.name, made.inside)

    async def _aperformed(self, made: Prepared, begun: Outcome) -> Received:
        """As _performed(), awaited."""
        steps = self._steps(made, begun)
        return await aperform(steps, made.options, made.policy, self.operation, self.api.name, made.inside)

    def _steps(self, made: Prepared, begun: Outcome) -> Any:
        credentials = made.options.credentials
        return attempts(
            made.send,
            made.policy,
            made.budget,
            is_idempotent=made.is_idempotent,
            is_declared=self.is_declared,
            refused=None if credentials is None else partial(credentials.refused, self.operation),
            begun=begun,
        )

    def _value(self, made: Prepared, received: Received) -> Any:
        """What the caller gets of a reply. Raises HTTPStatusError."""
        if received.streamed is not None:
            return received.streamed
        answered = self.answers(made.options)
        status, headers, body = received.status, received.headers, received.body
        try:
            if answered.is_success(status) or (300 <= status < 400 and self.is_declared(status)):
                return answered.value(status, headers, body)
            decoded = answered.decoded(status, headers, body)
            raise status_error(status, received.fields, decoded, answered.error_of(status, headers, decoded))
        except ResponseMismatch as error:
            raise _unfit(error, answered, received) from error.__cause__
        except ClientError as error:
            error.attempts = received.attempts
            raise

    def _told(self, error: ClientError, made: Prepared) -> ClientError:
        """*error* with what is known of the call; who observes it is told, and who reports what it belongs to."""
        told = self.of_call(error, made.method, made.url, made.call_id)
        ms = 1000 * (made.policy.clock() - made.started)
        note(told, self.base_of(made), self.operation.path, ms)
        if made.event is not None:
            made.event.failed(told)
        return told


def _demand_no_aiter(made: Prepared) -> None:
    """Raises WrongArguments for a body that only asyncio can send."""
    body = made.send.body
    if body is not None and body.__class__ is not bytes and hasattr(body, "__aiter__"):
        raise wrong("body", "", "type", "is an async iterator, which only .acall sends")


def _unfit(error: ResponseMismatch, answered: Answered, received: Received) -> ResponseMismatch:
    """*error*, of what was *received*, with what there is to know of that."""
    error.attempts, error.headers = received.attempts, received.fields
    error.body = answered.decoded(received.status, received.headers, received.body)
    return error
