"""
What to do after each outcome of a call: send it again, wait, follow a redirect, or end. No I/O here.

`attempts` is a generator that both drivers, sync.py and aio.py, run: it yields a Send or a Wait and is sent what became
of it. Neighbours: policy.py has the figures, redirects.py says which redirects are followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

from pymacaron.client.errors import (
    BadReply,
    ClientError,
    ConnectFailed,
    ConnectionLost,
    CredentialsFailed,
    DeadlineExceeded,
    TimedOut,
    TransportError,
)
from pymacaron.client.policy import Budget, Policy
from pymacaron.client.redirects import Target, redirected

__all__ = [
    "DEADLINE",
    "Attempted",
    "Credentials",
    "Outcome",
    "Pairs",
    "Received",
    "Send",
    "Step",
    "Wait",
    "attempts",
    "shown",
    "within",
]

Pairs = list[tuple[str, str]]
#: The header by which a service tells another how many milliseconds it will wait for the answer
DEADLINE = "PymDeadline"
_REDIRECTS = 5
#: Who logs in at a URL; a password may have an @, too
_USER = re.compile(r"(?<=://)[^/?#]*@")
_AGAIN = (ConnectFailed, ConnectionLost, TimedOut)


@dataclass(slots=True)
class Send:
    """
    Send this, and tell what came. `body`: None, bytes, or what gives bytes by `for` or `async for`, again where it is
    `repeatable`. `timeouts`: dict of connect, read, write and pool -> seconds. `deadline`: by the
    policy's clock; None: none. `stream(status, headers, chunks)` makes an iterator of a reply that is to be read while
    it comes, None of one that is to be read whole, of at most `most` bytes. `told(error)` adds to an error in the midst
    of a stream what is known of its call. `is_own`: it goes to the host that the client is for, which alone may see
    credentials. Its repr shows none.
    """

    method: str
    url: str
    headers: Pairs
    body: Any
    timeouts: dict[str, float]
    deadline: float | None
    number: int = 1
    stream: Callable[[int, Pairs, Any], Any] | None = None
    most: int = 100_000_000
    told: Callable[[ClientError], Any] | None = None
    is_own: bool = True

    def __repr__(self) -> str:
        return f"<Send {self.method} {shown(self.url)}, attempt {self.number}>"


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for so many seconds."""

    seconds: float


@dataclass(slots=True)
class Received:
    """
    A reply. `headers`: pairs as they came. `body`: the bytes of one that was read whole; `streamed`: what `Send.stream`
    has made of one that is read while it comes. `attempts`: how often the call was sent for it.
    """

    status: int
    headers: Pairs
    body: bytes = b""
    streamed: Any = None
    attempts: int = 1
    _fields: dict[str, str] | None = field(default=None, repr=False)

    @property
    def fields(self) -> dict[str, str]:
        """dict: name of a header in lower case -> its value, the last of several."""
        if self._fields is None:
            self._fields = {name.lower(): value for name, value in self.headers}
        return self._fields


@dataclass(frozen=True, slots=True)
class Attempted:
    """
    One attempt that is over, for whoever observes: `url` without its query, `status` 0 where there is no reply,
    `error`: the code of a TransportError, '' else; `ms`: milliseconds.
    """

    api: str
    operation: str
    method: str
    url: str
    number: int
    status: int
    error: str
    ms: float


class Credentials(Protocol):
    """
    What says who calls. It may do I/O; `add` is asked for every attempt that goes to the host of the client, on the
    loop `aadd`. What it adds to a URL never goes to another host, as its headers do not.
    """

    def add(self, operation: Any, send: Send) -> None: ...

    async def aadd(self, operation: Any, send: Send) -> None: ...

    def refused(self, operation: Any, send: Send, received: Received) -> bool:
        """A 401 has come for *send*, as `add` has left it: whether the call may be sent once more, with others."""


Step = Send | Wait
Outcome = Received | TransportError | None


def attempts(
    first: Send,
    policy: Policy,
    budget: Budget,
    *,
    is_idempotent: bool,
    is_declared: Callable[[int], bool] = lambda status: False,
    refused: Callable[[Send, Received], bool] | None = None,
    begun: Outcome = None,
) -> Generator[Step, Outcome, Received]:
    """
    The steps of one call, until its reply is returned or a TransportError raised.

    *is_declared(status)*: whether the description has that status of a redirect, which then is a result. *refused*: see
    Credentials. *begun*: what became of the first attempt, where it was made already.
    """
    clock = policy.clock
    budget.deposit(clock())
    has_whole = first.body is None or isinstance(first.body, bytes) or bool(getattr(first.body, "repeatable", False))
    may_repeat = is_idempotent and has_whole
    target = Target(first.method, first.url, first.headers, first.body)
    number, hops, was_refused = 1, 0, False
    error: TransportError | None = None
    while True:
        now = clock()
        if begun is None and first.deadline is not None and now >= first.deadline:
            late = DeadlineExceeded("the time for it was over before it was sent" + ("" if error is None else " again"))
            late.attempts = number - 1
            raise late from error
        sent = first if begun is not None else _send(first, target, number, now)
        outcome, begun = begun or (yield sent), None
        error = outcome if isinstance(outcome, TransportError) else None
        fields: dict[str, str] | None = None
        if isinstance(outcome, Received):
            outcome.attempts = number
            fields = outcome.fields
            if 300 <= outcome.status < 400 and not is_declared(outcome.status):
                followed = redirected(target, outcome.status, fields, sent.url)
                if followed is not None and hops < _REDIRECTS:
                    target, hops = followed, hops + 1
                    continue
                return outcome
            is_refused = outcome.status == 401 and target.is_own and refused is not None and not was_refused
            if is_refused and refused is not None and refused(sent, outcome) and has_whole:
                was_refused = True
                continue
            if outcome.status not in policy.retry_statuses:
                return outcome
        elif error is not None:
            error.attempts = number - isinstance(error, CredentialsFailed)
        wait = policy.wait(number, fields)
        now = clock()
        again = may_repeat and number < policy.attempts and (error is None or _is_passing(error))
        if again and (first.deadline is None or now + wait < first.deadline) and budget.withdraw(now):
            yield Wait(wait)
            number += 1
            continue
        if error is not None:
            raise error
        assert isinstance(outcome, Received)
        return outcome


def _send(first: Send, target: Target, number: int, now: float) -> Send:
    """The attempt that is next; what time is left is its own deadline and, among its headers, that of who is called."""
    headers = target.headers
    timeouts = first.timeouts
    if first.deadline is not None:
        left = first.deadline - now
        if target.is_own:
            headers = [*headers, (DEADLINE, str(max(1, int(left * 1000))))]
        timeouts = within(timeouts, left)
    else:
        headers = list(headers)
    return Send(
        target.method,
        target.url,
        headers,
        target.body,
        timeouts,
        first.deadline,
        number,
        first.stream,
        first.most,
        first.told,
        target.is_own,
    )


def within(timeouts: dict[str, float], left: float) -> dict[str, float]:
    """*timeouts*, none of them above *left*, which are seconds, too."""
    if left < max(timeouts.values()):
        return {name: min(seconds, left) for name, seconds in timeouts.items()}
    return timeouts


def shown(url: str) -> str:
    """*url* without what may be secret in it: its query, and who logs in there."""
    url = url.partition("?")[0]
    return _USER.sub("", url, count=1) if "@" in url else url


def _is_passing(error: TransportError) -> bool:
    return isinstance(error, _AGAIN) and not isinstance(error, (DeadlineExceeded, BadReply))
