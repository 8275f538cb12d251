"""
A call that can be sent, with its headers, and what its own keywords change of it.

Neighbours: operation.py makes and sends it; decorators get it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from pymacaron.client.attempts import Send
from pymacaron.client.options import Options, timed
from pymacaron.client.policy import Budget, Policy
from pymacaron.exchange.answered import Answered
from pymacaron.exchange.misuse import WrongArguments
from pymacaron.schema.violations import Violation

if TYPE_CHECKING:
    from pymacaron.client.events import Event
    from pymacaron.client.inside import Inside

__all__ = ["Prepared", "Usual", "complete", "content_type_of", "of_call", "timeouts_of", "wrong"]

_AGENT = ("User-Agent", "pymacaron")
_CODINGS = ("Accept-Encoding", "gzip, deflate")
#: Headers that belong to the call that is being answered, and those that belong to a request's body and its reply
_OUTGOING = ("pymcallid", "pymcallpath", "traceparent", "tracestate", "pymdeadline")
_OF_BODY = ("accept", "content-type", "content-length")
#: What no header can hold. httpx2 would quote all of it in its message
_BREAKS = re.compile(r"[\r\n\v\f\0]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


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
    #: The api, where this process serves it and nobody says that it is elsewhere
    inside: Inside | None = None
    #: When it began, by the clock of the policy
    started: float = 0.0
    #: What observers are told of it, where there are any
    event: Event | None = None
    #: Of a lean call: the seconds that it may take, and how many of its headers other calls have not
    left: float = 0.0
    own: int = 0
    #: Whether the call that it belongs to is a server's
    is_served: bool = False

    @property
    def method(self) -> str:
        return self.send.method

    @property
    def url(self) -> str:
        return self.send.url


class Usual:
    """
    What calls of one operation with the same *options* have alike. `is_lean`: whether nothing asks for more thought:
    nobody decorates the request, adds credentials or observes, and no header is given twice.

    *own*: names of the headers that the operation itself may have.
    """

    __slots__ = ("_environ", "answered", "headers", "is_lean", "longest", "options", "stream", "timeouts")

    def __init__(self, options: Options, own: Iterable[str], is_decorated: bool, answered: Answered, may_stream: bool):
        self.options = options
        self.answered = answered
        self.stream = answered.stream if may_stream else None
        self._environ: tuple[Inside, dict[str, Any]] | None = None
        self.timeouts = timeouts_of(options.policy)
        self.longest = max(self.timeouts.values())
        self.headers = [*options.headers.items(), _AGENT, _CODINGS]
        plugs = (options.transport, options.atransport, options.credentials, options.observe)
        names = [name.lower() for name, _ in self.headers]
        known = {*names, *_OUTGOING}
        self.is_lean = (
            not is_decorated
            and all(plug is None for plug in plugs)
            and len(known) == len(names) + len(_OUTGOING)
            and known.isdisjoint({*_OF_BODY, *(name.lower() for name in own)})
            and all(_is_fit(name, value) for name, value in self.headers)
        )

    def environ(self, inside: Inside) -> dict[str, Any]:
        """What all calls of *inside* begin with."""
        known = self._environ
        if known is None or known[0] is not inside:
            known = self._environ = inside, inside.environ(self.headers)
        return known[1]


def timeouts_of(policy: Policy) -> dict[str, float]:
    """What the transports are told of it."""
    return {
        "connect": policy.connect_timeout,
        "read": policy.read_timeout,
        "write": policy.write_timeout,
        "pool": policy.pool_timeout,
    }


def of_call(policy: Policy, extra: Mapping[str, Any]) -> Policy:
    """*policy* with the keywords of one call, None among them left out. Raises WrongArguments."""
    changes: dict[str, Any] = {}
    faults: list[Violation] = []
    for name, value in extra.items():
        if value is None:
            continue
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not 0 < value < inf or (name == "max_attempts" and not isinstance(value, int)):
            detail = f"is {value!r:.80}, not a number above 0"
            faults.append(Violation("arguments", f"/{name}", "type", detail))
        changes["attempts" if name == "max_attempts" else name] = value
    if faults:
        raise WrongArguments(faults)
    return timed(policy, changes) if changes else policy


def complete(prepared: Prepared, headers: Mapping[str, str]) -> None:
    """
    Give the call its headers: those of the description's parameters, of this call, of the config; the first that has a
    name wins, but what this call was given goes before all. Raises WrongArguments for one that cannot be sent.
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
        if not _is_fit(name, value):
            detail = "cannot be sent: it is no text, has a line break, or white space around it"
            raise wrong("header", f"/{name!s:.80}", "header", detail)
        more.append((name, value))
        taken.add(name.lower())
    more += [pair for pair in (_AGENT, _CODINGS) if pair[0].lower() not in taken]
    send.headers = [*own, *more]


def _is_fit(name: str, value: Any) -> bool:
    """Whether there can be such a header."""
    if not isinstance(value, str) or _BREAKS.search(value) or value != value.strip(" \t"):
        return False
    return _TOKEN.fullmatch(name) is not None


def content_type_of(headers: Mapping[str, Any]) -> str | None:
    """The Content-Type that the caller has chosen for the body; None for one that cannot be sent, see complete()."""
    told = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
    return told if isinstance(told, str) and not _BREAKS.search(told) else None


def wrong(location: str, pointer: str, code: str, detail: str) -> WrongArguments:
    """One thing that is wrong with a call."""
    return WrongArguments([Violation(location, pointer, code, detail)])
