"""
One operation as a Python method, with three faces: `client` returns errors, `call` raises them, `acall` is awaited.

What there is to know of the operation is worked out at its first call; a call looks it up. Everything but the last
step, in driving.py, is the same for all three.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pymacaron import context
from pymacaron.client.attempts import Received, Send, attempts
from pymacaron.client.decorators import decorators
from pymacaron.client.driving import aperform, perform
from pymacaron.client.errors import ClientError, status_error
from pymacaron.client.options import Options, timed
from pymacaron.client.policy import IDEMPOTENT, Budget, Policy
from pymacaron.client.returned import returned
from pymacaron.client.servers import base_url
from pymacaron.context import Call
from pymacaron.exceptions import ValidationError, uuid4_text
from pymacaron.exchange import media
from pymacaron.exchange.answered import Answered
from pymacaron.exchange.asking import Asking
from pymacaron.pool import LoadedApi
from pymacaron.schema.once import once
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments

__all__ = ["ClientOperation", "Prepared"]

#: Keywords that every method takes, unless its operation has a parameter of that name
_KEYWORDS = ("max_attempts", "read_timeout", "connect_timeout", "request_headers")
_KEY = "Idempotency-Key"
_AGENT = ("User-Agent", "pymacaron")
_CODINGS = ("Accept-Encoding", "gzip, deflate")
#: What no header can hold
_BREAKS = re.compile(r"[\r\n\0]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)
class Prepared:
    """A call that can be sent; what `x-decorate-request` decorates gets it. `method`, `url`: what is called."""

    options: Options
    policy: Policy
    budget: Budget
    send: Send
    call_id: str
    is_idempotent: bool = False
    #: Lower-case names of headers of this call alone, which go before those of the description
    given: frozenset[str] = field(default_factory=frozenset)

    @property
    def method(self) -> str:
        return self.send.method

    @property
    def url(self) -> str:
        return self.send.url


class ClientOperation:
    """*operation* of the api that was *loaded*, which is called *name*. Making one costs nothing."""

    def __init__(self, loaded: LoadedApi, operation: Operation, name: str):
        self.operation = operation
        self.name = name
        self._loaded = loaded
        self._api = loaded.api
        self._answered: dict[str, Answered] = {}
        self._bases: dict[tuple[Any, ...], str] = {}

    # ---- the faces

    def client(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value of the reply, or the Error model of what went wrong."""
        try:
            return self.call(options, budget, args, kwargs)
        except ClientError as error:
            return returned(error, self._loaded)

    def call(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value of the reply. Raises ClientError, and ValidationError where the arguments do not fit."""
        prepared, headers = self._prepared(options, budget, args, kwargs)
        try:
            return self._value(prepared, self._request(prepared, headers=headers))
        except ClientError as error:
            raise self._told(error, prepared) from error.__cause__

    async def acall(self, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As call(), awaited."""
        prepared, headers = self._prepared(options, budget, args, kwargs)
        try:
            return self._value(prepared, await self._arequest(prepared, headers=headers))
        except ClientError as error:
            raise self._told(error, prepared) from error.__cause__

    # ---- what is worked out once

    @once
    def _asking(self) -> Asking:
        return Asking(self.operation, self._loaded.schemas)

    def _answers(self, validation: Any) -> Answered:
        found = self._answered.get(validation)
        if found is None:
            made = Answered(self.operation, self._loaded.schemas, validation=validation)
            found = self._answered.setdefault(validation, made)
        return found

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

        def request(prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
            _complete(prepared, headers)
            steps = self._steps(prepared)
            return perform(steps, prepared.options, prepared.policy, self.operation, self._api.name)

        made: Callable[..., Any] = request
        for decorate in reversed(decorators(self.operation)):
            made = decorate(made)
        return made

    @once
    def _arequest(self) -> Callable[..., Any]:
        async def request(prepared: Prepared, headers: Mapping[str, str] = _NOTHING) -> Received:
            _complete(prepared, headers)
            steps = self._steps(prepared)
            return await aperform(steps, prepared.options, prepared.policy, self.operation, self._api.name)

        made: Callable[..., Any] = request
        for decorate in reversed(decorators(self.operation)):
            made = decorate(made)
        return made

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
            policy = _of_call(policy, extra)
        key = self._key
        if key and kwargs.get(key) is None:
            kwargs = {**kwargs, key: uuid4_text()}
        asked = self._asking.asked(args, kwargs)
        operation = self.operation
        url = self._base(options) + asked.path
        call = context.current() or Call()
        headers: dict[str, str] = {**options.headers, **call.outgoing}
        lower = frozenset[str]()
        if request_headers:
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
            {
                "connect": policy.connect_timeout,
                "read": policy.read_timeout,
                "write": policy.write_timeout,
                "pool": policy.pool_timeout,
            },
            until if known is None else min(until, now + known - time.monotonic()),
            stream=self._answers(options.validation).stream if self._may_stream else None,
            most=options.max_reply_bytes,
        )
        prepared = Prepared(options, policy, budget, send, call.call_id, given=lower)
        prepared.is_idempotent = operation.method in IDEMPOTENT or bool(key) or key == ""
        return prepared, headers

    def _base(self, options: Options) -> str:
        key = (options.url, *sorted(options.variables.items())) if options.variables else (options.url,)
        found = self._bases.get(key)
        if found is None:
            found = self._bases[key] = base_url(self._api, self.operation, options.url, options.variables)
        return found

    def _steps(self, prepared: Prepared) -> Any:
        credentials = prepared.options.credentials
        return attempts(
            prepared.send,
            prepared.policy,
            prepared.budget,
            is_idempotent=prepared.is_idempotent,
            is_declared=self._is_declared,
            refused=None if credentials is None else lambda received: credentials.refused(self.operation, received),
        )

    def _is_declared(self, status: int) -> bool:
        return str(status) in self.operation.responses or "3XX" in self.operation.responses

    def _value(self, prepared: Prepared, received: Received) -> Any:
        """What the caller gets of a reply. Raises HTTPStatusError."""
        if received.streamed is not None:
            return received.streamed
        answered = self._answers(prepared.options.validation)
        status, headers, body = received.status, received.headers, received.body
        if answered.is_success(status) or (300 <= status < 400 and self._is_declared(status)):
            return answered.value(status, headers, body)
        error = status_error(status, received.fields, answered.error(status, headers, body))
        error.attempts = received.attempts
        raise error

    def _told(self, error: ClientError, prepared: Prepared) -> ClientError:
        """*error* with what is known of the call."""
        error.api, error.operation = self._api.name, self.name
        error.method, error.url = prepared.method, prepared.url.partition("?")[0]
        error.call_id = prepared.call_id
        return error


def _is_whole(name: str) -> bool:
    kind = media.parse(name)
    return kind is not None and (
        kind.is_json or kind.is_form or (kind.type == "text" and kind.subtype != "event-stream")
    )


def _of_call(policy: Policy, extra: Mapping[str, Any]) -> Policy:
    """*policy* with the keywords of one call, None among them left out. Raises ValidationError."""
    changes: dict[str, Any] = {}
    wrong = []
    for name, value in extra.items():
        if value is None:
            continue
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not value > 0 or (name == "max_attempts" and not isinstance(value, int)):
            detail = f"{name} is {value!r:.80}, not a number above 0"
            wrong.append({"in": "argument", "pointer": f"/{name}", "code": "type", "detail": detail})
        changes["attempts" if name == "max_attempts" else name] = value
    if wrong:
        raise ValidationError("; ".join(one["detail"] for one in wrong), wrong)
    return timed(policy, changes) if changes else policy


def _complete(prepared: Prepared, headers: Mapping[str, str]) -> None:
    """
    Give the call its headers: those of the description's parameters, of this call, of the config; the first that has a
    name wins, but what this call was given goes before all. Raises ValidationError for one that cannot be sent.
    """
    send = prepared.send
    own = send.headers
    if prepared.given:
        own = [(name, value) for name, value in own if name.lower() not in prepared.given]
    taken = {name.lower() for name, _ in own}
    more = []
    for name, value in headers.items():
        if value is None or name.lower() in taken:
            continue
        if not isinstance(value, str) or _BREAKS.search(value) or not _TOKEN.fullmatch(name):
            detail = f"the header {name!r:.80} cannot be sent: it is no text, or has a line break"
            raise ValidationError(detail, [{"in": "header", "pointer": "", "code": "header", "detail": detail}])
        more.append((name, value))
        taken.add(name.lower())
    more += [pair for pair in (_AGENT, _CODINGS) if pair[0].lower() not in taken]
    send.headers = [*own, *more]
