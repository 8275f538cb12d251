"""
One operation as a Python method, with three faces: `client` returns errors, `call` raises them, `acall` is awaited.

What there is to know of the operation is worked out at its first call; a call looks it up. Everything but the last
step, in driving.py, is the same for all three.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from pymacaron import context, crash
from pymacaron.client.attempts import DEADLINE, Outcome, Received, Send, attempts, within
from pymacaron.client.decorators import decorators
from pymacaron.client.driving import aperform, asent, perform, sent
from pymacaron.client.errors import ClientError, ResponseMismatch, TransportError, status_error
from pymacaron.client.events import Event, note
from pymacaron.client.options import Options
from pymacaron.client.policy import IDEMPOTENT, Budget
from pymacaron.client.prepared import Prepared, Usual, complete, content_type_of, of_call, timeouts_of, wrong
from pymacaron.client.returned import returned
from pymacaron.client.servers import base_url
from pymacaron.context import Call
from pymacaron.exceptions import ConfigError, uuid4_text
from pymacaron.exchange import media
from pymacaron.exchange.answered import Answered
from pymacaron.exchange.asking import Asking
from pymacaron.exchange.problem import summary
from pymacaron.pool import LoadedApi
from pymacaron.schema.once import once
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments

if TYPE_CHECKING:
    from pymacaron.client.pages import Walk

__all__ = ["ClientOperation", "Diversion"]

#: Keywords that every method takes, unless its operation has a parameter of that name
_KEYWORDS = ("max_attempts", "read_timeout", "connect_timeout", "request_headers")
_KEY = "Idempotency-Key"
_NOTHING: Mapping[str, Any] = {}
_NONE = frozenset[str]()
#: How many Options are remembered
_MOST_OPTIONS = 64

#: What changes the options and the policy of a call that can be sent
Diversion = Callable[["ClientOperation", Prepared], None]


class ClientOperation:
    """*operation* of the api that was *loaded*, which is called *name*. Making one costs nothing."""

    #: Whether divert() has somebody change all calls
    _is_diverted = False

    def __init__(self, loaded: LoadedApi, operation: Operation, name: str):
        self.operation = operation
        self.name = name
        self.loaded = self._loaded = loaded
        self._api = loaded.api
        self._answered: dict[tuple[Any, ...], Answered] = {}
        self._bases: dict[tuple[Any, ...], str] = {}
        #: By the id of Options, which each of them holds
        self._usually: dict[int, Usual] = {}

    # ---- the faces

    def client(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value of the reply, or the Error model of what went wrong."""
        try:
            return self.call(options, budget, args, kwargs)
        except ClientError as error:
            return returned(error, self._loaded)

    def call(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value of the reply. Raises ClientError, and WrongArguments where the arguments do not fit."""
        usual = self._usually.get(id(options)) or self._usual(options)
        headers: dict[str, str] | None = None
        if usual.is_lean and self._keywords.isdisjoint(kwargs) and not options.observers:
            prepared = self._lean(usual, budget, args, kwargs)
        else:
            prepared, headers = self._prepared(options, budget, args, kwargs)
        body = prepared.send.body
        if body is not None and body.__class__ is not bytes and hasattr(body, "__aiter__"):
            raise wrong("body", "", "type", "is an async iterator, which only .acall sends")
        try:
            if headers is not None:
                received = self._request(prepared, headers=headers)
                value = self._value(prepared, received)
                if prepared.event is not None:
                    prepared.event.end(received.status, received.attempts)
                return value
            received = self._sent(prepared, usual)
            if received.status < 300 and received.streamed is None:
                try:
                    return usual.answered.value(received.status, received.headers, received.body)
                except ResponseMismatch as error:
                    raise _unfit(error, usual.answered, received) from error.__cause__
            return self._value(prepared, received)
        except ClientError as error:
            raise self._told(error, prepared) from error.__cause__
        except BaseException as error:
            if prepared.event is not None:
                prepared.event.end(0, 0, type(error).__name__)
            raise

    async def acall(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As call(), awaited."""
        usual = self._usually.get(id(options)) or self._usual(options)
        headers: dict[str, str] | None = None
        if usual.is_lean and self._keywords.isdisjoint(kwargs) and not options.observers:
            prepared = self._lean(usual, budget, args, kwargs)
        else:
            prepared, headers = self._prepared(options, budget, args, kwargs)
        try:
            if headers is not None:
                received = await self._arequest(prepared, headers=headers)
                value = self._value(prepared, received)
                if prepared.event is not None:
                    prepared.event.end(received.status, received.attempts)
                return value
            return self._value(prepared, await self._asent(prepared))
        except ClientError as error:
            raise self._told(error, prepared) from error.__cause__
        except BaseException as error:
            if prepared.event is not None:
                prepared.event.end(0, 0, type(error).__name__)
            raise

    def page(self, options: Options, budget: Budget, args: tuple[Any, ...], walk: Walk) -> Any:
        """As call(), for the page that *walk* is at, which is told what came."""
        prepared, headers = self._prepared(options, budget, args, walk.kwargs)
        prepared.send.url = walk.url or prepared.send.url
        try:
            received = self._request(prepared, headers=headers)
            value = self._value(prepared, received)
        except ClientError as error:
            raise self._told(error, prepared) from error.__cause__
        walk.turn(value, received.headers, prepared.url, partial(self._told, prepared=prepared))
        return value

    async def apage(self, options: Options, budget: Budget, args: tuple[Any, ...], walk: Walk) -> Any:
        """As page(), awaited."""
        prepared, headers = self._prepared(options, budget, args, walk.kwargs)
        prepared.send.url = walk.url or prepared.send.url
        try:
            received = await self._arequest(prepared, headers=headers)
            value = self._value(prepared, received)
        except ClientError as error:
            raise self._told(error, prepared) from error.__cause__
        walk.turn(value, received.headers, prepared.url, partial(self._told, prepared=prepared))
        return value

    # ---- what is worked out once

    @once
    def _asking(self) -> Asking:
        return Asking(self.operation, self._loaded.schemas)

    def _answers(self, options: Options) -> Answered:
        key = options.validation, options.sample, options.max_reply_bytes
        found = self._answered.get(key)
        if found is None:
            made = Answered(
                self.operation,
                self._loaded.schemas,
                validation=options.validation,
                report=self._report,
                sample=options.sample,
                max_item_bytes=options.max_reply_bytes,
                mismatch=self._mismatch,
            )
            found = self._answered.setdefault(key, made)
        return found

    def _mismatch(self, violations: list[Violation], where: str) -> ResponseMismatch:
        """What is raised of a reply that does not fit; what more is known of its call is told where it is raised."""
        error = ResponseMismatch(violations, where)
        error.api, error.operation = self._api.name, self.name
        error.method = self.operation.method
        return error

    def _report(self, mismatch: Violations) -> None:
        fact = f"the reply of {self._api.name}.{self.name} does not fit its description: {summary(mismatch.violations)}"
        crash.report_error(fact, data={"violations": mismatch.errors})

    def _usual(self, options: Options) -> Usual:
        own = [one.name for one in arguments(self.operation).values() if one.location == "header"]
        is_decorated = bool(self.operation.extensions.get("x-decorate-request")) or self._key is not None
        is_decorated = is_decorated or self._is_diverted
        if len(self._usually) >= _MOST_OPTIONS:  # somebody makes others for each call
            self._usually.clear()
        made = Usual(options, own, is_decorated, self._answers(options), self._may_stream)
        return self._usually.setdefault(id(options), made)

    @once
    def _keywords(self) -> frozenset[str]:
        """The keywords that are not the operation's own."""
        return frozenset(_KEYWORDS) - arguments(self.operation).keys()

    @once
    def _key(self) -> str | None:
        """The argument of the Idempotency-Key that the operation declares: '' where x-idempotency alone asks for it."""
        for name, parameter in arguments(self.operation).items():
            if parameter.location == "header" and parameter.name.lower() == _KEY.lower():
                return name
        return "" if self.operation.extensions.get("x-idempotency") else None

    @once
    def _may_stream(self) -> bool:
        """Whether a success may be read while it comes: it is something else than JSON or text."""
        responses = self.operation.responses.items()
        declared = [one for status, response in responses if status[:1] in "2d" for one in response.content.values()]
        return any(one.item_schema is not None or not _is_whole(one.name) for one in declared)

    @once
    def _request(self) -> Callable[..., Received]:
        """The function that sends, as `x-decorate-request` decorates it: request(prepared, headers=...)."""
        return self._sender()

    def _sender(self) -> Callable[..., Received]:
        def request(prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
            complete(prepared, headers)
            steps = self._steps(prepared)
            return perform(steps, prepared.options, prepared.policy, self.operation, self._api.name, prepared.inside)

        made: Callable[..., Any] = request
        for decorate in reversed(decorators(self.operation)):
            made = decorate(made)
        return made

    @once
    def _arequest(self) -> Callable[..., Any]:
        return self._asender()

    def _asender(self) -> Callable[..., Any]:
        async def request(prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
            complete(prepared, headers)
            steps = self._steps(prepared)
            return await aperform(
                steps, prepared.options, prepared.policy, self.operation, self._api.name, prepared.inside
            )

        made: Callable[..., Any] = request
        for decorate in reversed(decorators(self.operation)):
            made = decorate(made)
        return made

    def divert(self, by: Diversion) -> Callable[[], None]:
        """
        Have *by* change each call before it is sent, until what is returned is called. An api whose URL nobody says is
        at one that nobody has.
        """
        names = ("_request", "_arequest", "_base", "_usually", "_is_diverted")
        before = {name: self.__dict__.get(name) for name in names}
        base, made = self._base, dict[str, Callable[..., Any]]()

        def diverted(prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
            by(self, prepared)
            send = made.get("send") or made.setdefault("send", self._sender())
            return send(prepared, headers=headers)  # type: ignore[no-any-return]

        async def adiverted(prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
            by(self, prepared)
            send = made.get("asend") or made.setdefault("asend", self._asender())
            return await send(prepared, headers=headers)  # type: ignore[no-any-return]

        def found(options: Options) -> str:
            try:
                return base(options)
            except ConfigError:
                return f"https://{self._api.name}.invalid{self._api.base_path}"

        def end() -> None:
            for name, value in before.items():
                self.__dict__.pop(name, None)
                if value is not None:
                    self.__dict__[name] = value

        self.__dict__.update(zip(names, (diverted, adiverted, found, {}, True), strict=True))
        return end

    # ---- a call

    def _prepared(
        self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Prepared, dict[str, str]]:
        """The call, and its headers that are no parameters, which a decorator may add to."""
        policy, request_headers = options.policy, _NOTHING
        given = kwargs.keys() & self._keywords
        if given:
            kwargs = dict(kwargs)
            extra = {name: kwargs.pop(name) for name in given}
            request_headers = extra.pop("request_headers", None) or _NOTHING
            policy = of_call(policy, extra)
        key = self._key
        if key and kwargs.get(key) is None:
            kwargs = {**kwargs, key: uuid4_text()}
        content_type = content_type_of(request_headers) if request_headers else None
        asked = self._asking.asked(args, kwargs, content_type=content_type)
        operation = self.operation
        inside = self._loaded.inside
        if inside is not None and (options.url or options.transport is not None or options.atransport is not None):
            inside = None  # somebody says where it is
        url = (self._base(options) if inside is None else inside.base) + asked.path
        call = context.current() or Call()
        headers: dict[str, str] = {**options.headers, **call.outgoing}
        lower = _NONE
        if request_headers:
            if content_type is not None and any(name == "Content-Type" for name, _ in asked.headers):
                # The body was made for it; that of a form has a boundary besides
                request_headers = {k: v for k, v in request_headers.items() if k.lower() != "content-type"}
            lower = frozenset(name.lower() for name, value in request_headers.items() if value is not None)
            others = {name: value for name, value in headers.items() if name.lower() not in lower}
            headers = {**request_headers, **others}
        if key == "" and not any(name.lower() == _KEY.lower() for name in headers):
            headers[_KEY] = uuid4_text()
        now = policy.clock()
        until, known = now + policy.timeout, call.deadline
        send = Send(
            operation.method,
            f"{url}?{asked.query}" if asked.query else url,
            asked.headers,
            asked.body,
            timeouts_of(policy),
            until if known is None else min(until, now + known - time.monotonic()),
            stream=self._answers(options).stream if self._may_stream else None,
            most=options.max_reply_bytes,
        )
        prepared = Prepared(options, policy, budget, send, call.call_id, False, lower, inside, now)
        if send.stream is not None:
            self._follow(prepared)
        if options.observers:
            self._observed(prepared, headers)
        prepared.is_idempotent = operation.method in IDEMPOTENT or bool(key) or key == ""
        return prepared, headers

    def base(self, options: Options) -> str:
        """The URL that the operation's path is put behind."""
        return self._base(options)

    def _lean(self, usual: Usual, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Prepared:
        """As _prepared() and complete() together, for a call that has nothing of its own but its arguments."""
        options = usual.options
        policy = options.policy
        asked = self._asking.asked(args, kwargs)
        inside = None if options.url else self._loaded.inside
        url = (self._base(options) if inside is None else inside.base) + asked.path
        call = context.current() or Call()
        now = policy.clock()
        until, known = now + policy.timeout, call.deadline
        if known is not None:
            until = min(until, now + known - time.monotonic())
        left = until - now
        headers = asked.headers
        sent_on = call.sent_on()
        headers += sent_on
        own = len(headers)
        headers += usual.headers
        if left > 0:
            headers.append((DEADLINE, str(int(left * 1000) or 1)))
        send = Send(
            self.operation.method,
            f"{url}?{asked.query}" if asked.query else url,
            headers,
            asked.body,
            usual.timeouts if left >= usual.longest else within(usual.timeouts, left),
            until,
            1,
            usual.stream,
            options.max_reply_bytes,
        )
        prepared = Prepared(
            options, policy, budget, send, sent_on[0][1], False, _NONE, inside, now, None, left, own, call.is_served
        )
        if usual.stream is not None:
            self._follow(prepared)
        return prepared

    def _follow(self, prepared: Prepared) -> None:
        """Have errors in the midst of a stream told what they belong to; without a circle."""
        send = prepared.send
        told = partial(self._of_call, method=send.method, url=send.url, call_id=prepared.call_id)
        send.told = told
        send.stream = partial(self._answers(prepared.options).stream, told=told)

    def _sent(self, prepared: Prepared, usual: Usual) -> Received:
        """The reply to a lean call: nearly all end with their first attempt. Raises TransportError."""
        send, policy, options, inside = prepared.send, prepared.policy, prepared.options, prepared.inside
        outcome: Received | TransportError | None = None
        if prepared.left > 0:
            try:
                if inside is not None:
                    outcome = inside.send(send, usual.environ(inside), prepared.own, prepared.is_served)
                else:
                    outcome = sent(send, options, policy, None)
            except TransportError as error:
                outcome = error
            if outcome.status < 300:
                prepared.budget.deposit(prepared.started)
                return outcome  # type: ignore[return-value]  # no error has such a status
            send.headers.pop()
        prepared.is_idempotent = self.operation.method in IDEMPOTENT
        steps = self._steps(prepared, outcome)
        return perform(steps, options, policy, self.operation, self._api.name, inside)

    async def _asent(self, prepared: Prepared) -> Received:
        """As _sent(), awaited."""
        send, policy, options = prepared.send, prepared.policy, prepared.options
        outcome: Received | TransportError | None = None
        if prepared.left > 0:
            try:
                outcome = await asent(send, options, policy, prepared.inside)
            except TransportError as error:
                outcome = error
            if outcome.status < 300:
                prepared.budget.deposit(prepared.started)
                return outcome  # type: ignore[return-value]
            send.headers.pop()
        prepared.is_idempotent = self.operation.method in IDEMPOTENT
        steps = self._steps(prepared, outcome)
        return await aperform(steps, options, policy, self.operation, self._api.name, prepared.inside)

    def _base(self, options: Options) -> str:
        key = (options.url, *sorted(options.variables.items())) if options.variables else (options.url,)
        found = self._bases.get(key)
        if found is None:
            found = self._bases[key] = base_url(self._api, self.operation, options.url, options.variables)
        return found

    def _steps(self, prepared: Prepared, begun: Outcome = None) -> Any:
        credentials = prepared.options.credentials
        return attempts(
            prepared.send,
            prepared.policy,
            prepared.budget,
            is_idempotent=prepared.is_idempotent,
            is_declared=self._is_declared,
            refused=None if credentials is None else partial(credentials.refused, self.operation),
            begun=begun,
        )

    def _is_declared(self, status: int) -> bool:
        return str(status) in self.operation.responses or "3XX" in self.operation.responses

    def _value(self, prepared: Prepared, received: Received) -> Any:
        """What the caller gets of a reply. Raises HTTPStatusError."""
        if received.streamed is not None:
            return received.streamed
        answered = self._answers(prepared.options)
        status, headers, body = received.status, received.headers, received.body
        try:
            if answered.is_success(status) or (300 <= status < 400 and self._is_declared(status)):
                return answered.value(status, headers, body)
            decoded = answered.decoded(status, headers, body)
            raise status_error(status, received.fields, decoded, answered.error_of(status, headers, decoded))
        except ResponseMismatch as error:
            raise _unfit(error, answered, received) from error.__cause__
        except ClientError as error:
            error.attempts = received.attempts
            raise

    def _told(self, error: ClientError, prepared: Prepared) -> ClientError:
        """*error* with what is known of the call; who observes it is told, and who reports what it belongs to."""
        told = self._of_call(error, prepared.method, prepared.url, prepared.call_id)
        ms = 1000 * (prepared.policy.clock() - prepared.started)
        note(told, self._base_of(prepared), self.operation.path, ms)
        if prepared.event is not None:
            prepared.event.failed(told)
        return told

    def _observed(self, prepared: Prepared, headers: dict[str, str]) -> None:
        """Have those be told of the call who observe calls; they may add to its *headers*."""
        url, operation = self._base_of(prepared), self.operation
        observers = prepared.options.observers
        event = Event(observers, self._api.name, self.name, operation.method, url, operation.path)
        event.headers, event.own, event.call_id = headers, prepared.given, prepared.call_id
        prepared.event = event
        event.begin()

    def _base_of(self, prepared: Prepared) -> str:
        return self._base(prepared.options) if prepared.inside is None else prepared.inside.base

    def _of_call(self, error: ClientError, method: str, url: str, call_id: str) -> ClientError:
        error.api, error.operation = self._api.name, self.name
        error.method, error.url, error.call_id = method, url.partition("?")[0], call_id
        return error


def _unfit(error: ResponseMismatch, answered: Answered, received: Received) -> ResponseMismatch:
    """*error*, of what was *received*, with what there is to know of that."""
    error.attempts, error.headers = received.attempts, received.fields
    error.body = answered.decoded(received.status, received.headers, received.body)
    return error


def _is_whole(name: str) -> bool:
    kind = media.parse(name)
    return kind is not None and (
        kind.is_json or kind.is_form or (kind.type == "text" and kind.subtype != "event-stream")
    )
