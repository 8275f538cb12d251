"""
What there is to know of an operation that is called: worked out at its first call, looked up by all others.

Neighbours: preparing.py makes calls of it, operation.py sends them.
"""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any

from pymacaron import crash
from pymacaron.client.attempts import shown
from pymacaron.client.errors import ClientError, ResponseMismatch
from pymacaron.client.options import OPTIONS, Options
from pymacaron.client.prepared import Prepared, Usual
from pymacaron.client.servers import base_url
from pymacaron.exchange import media
from pymacaron.exchange.answered import Answered
from pymacaron.exchange.asking import Asking
from pymacaron.exchange.problem import summary
from pymacaron.pool import LoadedApi
from pymacaron.schema.once import once
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments

__all__ = ["KEY", "Target"]

KEY = "Idempotency-Key"
#: Keywords that every method takes, unless its operation has a parameter of that name
_KEYWORDS = ("max_attempts", "read_timeout", "connect_timeout", "request_headers")
#: How many Options are remembered
_MOST_OPTIONS = 64


class Target:
    """*operation* of the api that was *loaded*, which is called *name*. Making one costs nothing."""

    #: Whether somebody changes all calls before they are sent
    is_diverted = False

    def __init__(self, loaded: LoadedApi, operation: Operation, name: str):
        self.operation = operation
        self.name = name
        self.loaded = loaded
        self.api = loaded.api
        self._answered: dict[tuple[Any, ...], Answered] = {}
        self._bases: dict[tuple[Any, ...], str] = {}
        #: By the id of Options, which each of them holds
        self._usually: dict[int, Usual] = {}

    @once
    def asking(self) -> Asking:
        """What makes requests of arguments."""
        return Asking(self.operation, self.loaded.schemas, keywords=self.keywords, options=OPTIONS)

    def answers(self, options: Options) -> Answered:
        """What makes values of replies, as *options* want them."""
        key = options.validation, options.sample, options.max_reply_bytes
        found = self._answered.get(key)
        if found is None:
            made = Answered(
                self.operation,
                self.loaded.schemas,
                validation=options.validation,
                report=self._report,
                sample=options.sample,
                max_item_bytes=options.max_reply_bytes,
                mismatch=self._mismatch,
            )
            found = self._answered.setdefault(key, made)
        return found

    def usual(self, options: Options) -> Usual:
        """What calls with *options* have alike."""
        known = self._usually.get(id(options))
        if known is not None:
            return known
        own = [one.name for one in arguments(self.operation).values() if one.location == "header"]
        is_decorated = bool(self.operation.extensions.get("x-decorate-request")) or self.key is not None
        is_decorated = is_decorated or self.is_diverted
        if len(self._usually) >= _MOST_OPTIONS:  # somebody makes others for each call
            self._usually.clear()
        made = Usual(options, own, is_decorated, self.answers(options), self.may_stream)
        return self._usually.setdefault(id(options), made)

    @once
    def keywords(self) -> frozenset[str]:
        """The keywords that are not the operation's own."""
        return frozenset(_KEYWORDS) - arguments(self.operation).keys()

    @once
    def signature(self) -> Signature:
        """The arguments of its method, for help() and editors; those that can be left out are None."""
        body = self.operation.body
        listed = []
        if body is not None and not body.fields:
            default = Parameter.empty if body.required else None
            listed.append(Parameter("body", Parameter.POSITIONAL_ONLY, default=default))
        own = arguments(self.operation)
        for name, one in sorted(own.items(), key=lambda pair: not pair[1].required):
            default = Parameter.empty if one.required and name != self.key else None
            listed.append(Parameter(name, Parameter.KEYWORD_ONLY, default=default))
        listed += [Parameter(name, Parameter.KEYWORD_ONLY, default=None) for name in _KEYWORDS if name not in own]
        return Signature(listed)

    @once
    def key(self) -> str | None:
        """The argument of the Idempotency-Key that the operation declares: '' where x-idempotency alone asks for it."""
        for name, parameter in arguments(self.operation).items():
            if parameter.location == "header" and parameter.name.lower() == KEY.lower():
                return name
        return "" if self.operation.extensions.get("x-idempotency") else None

    @once
    def may_stream(self) -> bool:
        """Whether a success may be read while it comes: it is something else than JSON or text."""
        responses = self.operation.responses.items()
        declared = [one for status, response in responses if status[:1] in "2d" for one in response.content.values()]
        return any(one.item_schema is not None or not _is_whole(one.name) for one in declared)

    def is_declared(self, status: int) -> bool:
        """Whether the description says what a redirect of that *status* means."""
        return str(status) in self.operation.responses or "3XX" in self.operation.responses

    def base(self, options: Options) -> str:
        """The URL that the operation's path is put behind. Raises ConfigError where nobody says it."""
        key = (options.url, *sorted(options.variables.items())) if options.variables else (options.url,)
        found = self._bases.get(key)
        if found is None:
            found = self._bases[key] = base_url(self.api, self.operation, options.url, options.variables)
        return found

    def base_of(self, prepared: Prepared) -> str:
        """The same of a call, which may be one in this process."""
        return self.base(prepared.options) if prepared.inside is None else prepared.inside.base

    def of_call(self, error: ClientError, method: str, url: str, call_id: str) -> ClientError:
        """*error*, with what is known of its call."""
        error.api, error.operation = self.api.name, self.name
        error.method, error.url, error.call_id = method, shown(url), call_id
        return error

    def _mismatch(self, violations: list[Violation], where: str) -> ResponseMismatch:
        """What is raised of a reply that does not fit; what more is known of its call is told where it is raised."""
        error = ResponseMismatch(violations, where)
        error.api, error.operation = self.api.name, self.name
        error.method = self.operation.method
        return error

    def _report(self, mismatch: Violations) -> None:
        fact = f"the reply of {self.api.name}.{self.name} does not fit its description: {summary(mismatch.violations)}"
        crash.report_error(fact, data={"violations": mismatch.errors})


def _is_whole(name: str) -> bool:
    kind = media.parse(name)
    return kind is not None and (
        kind.is_json or kind.is_form or (kind.type == "text" and kind.subtype != "event-stream")
    )
