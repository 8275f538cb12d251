"""
A call that can be sent, with its headers, and what its own keywords change of it.

Neighbours: operation.py makes and sends it; decorators get it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pymacaron.client.attempts import Send
from pymacaron.client.options import Options, timed
from pymacaron.client.policy import Budget, Policy
from pymacaron.exchange.misuse import WrongArguments
from pymacaron.schema.violations import Violation

__all__ = ["Prepared", "complete", "content_type_of", "of_call", "wrong"]

_AGENT = ("User-Agent", "pymacaron")
_CODINGS = ("Accept-Encoding", "gzip, deflate")
#: What no header can hold
_BREAKS = re.compile(r"[\r\n\0]")
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

    @property
    def method(self) -> str:
        return self.send.method

    @property
    def url(self) -> str:
        return self.send.url


def of_call(policy: Policy, extra: Mapping[str, Any]) -> Policy:
    """*policy* with the keywords of one call, None among them left out. Raises WrongArguments."""
    changes: dict[str, Any] = {}
    faults: list[Violation] = []
    for name, value in extra.items():
        if value is None:
            continue
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not value > 0 or (name == "max_attempts" and not isinstance(value, int)):
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
        if not isinstance(value, str) or _BREAKS.search(value) or not _TOKEN.fullmatch(name):
            raise wrong("header", f"/{name!s:.80}", "header", "cannot be sent: it is no text, or has a line break")
        more.append((name, value))
        taken.add(name.lower())
    more += [pair for pair in (_AGENT, _CODINGS) if pair[0].lower() not in taken]
    send.headers = [*own, *more]


def content_type_of(headers: Mapping[str, Any]) -> str | None:
    """The Content-Type that the caller has chosen for the body; None for one that cannot be sent, see complete()."""
    told = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
    return told if isinstance(told, str) and not _BREAKS.search(told) else None


def wrong(location: str, pointer: str, code: str, detail: str) -> WrongArguments:
    """One thing that is wrong with a call."""
    return WrongArguments([Violation(location, pointer, code, detail)])
