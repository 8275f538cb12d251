"""
The access tokens that clients hold: each asked for once, by whoever needs it first, and again before it ends.

A thread of its own asks, by issuers.py, so that nobody's deadline or cancelled task ends it for the others; calls and
tasks wait for it as long as they have time. Nothing is asked while an issuer is known to fail.
Source: RFC 6749, sections 4.4 and 6.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillWaiting
from dataclasses import dataclass, field

from pymacaron import clocks, config
from pymacaron.client.errors import CredentialsFailed, DeadlineExceeded
from pymacaron.client.issuers import Fault, Grant, Issued, asked
from pymacaron.client.options import Network

__all__ = ["TOKENS", "Tokens"]

#: Seconds that nobody waits longer for: what asks for a token ends before
_LONGEST_WAIT_S = 30.0
#: Of a token whose issuer does not say for how long it is good, in seconds
_USUAL_S = 3600.0
#: An issuer that fails is asked again after 1 s, 2 s, 4 s and so on, up to this
_LONGEST_PAUSE_S = 60.0
_LONGEST_ASKED_PAUSE_S = 300.0
#: A token that took the place of a refused one and is refused, too, is not asked for again within these seconds
_RENEWED_S = 30.0
_MOST_ENTRIES = 1000

#: Gives what an issuer says to a Grant, and a refresh token and an endpoint that are known better; raises Fault
Asks = Callable[[Grant, Network, str, str], Issued]


@dataclass(frozen=True, slots=True)
class _Held:
    """A token. By the clock: from `renew_at` on a new one is asked for, from `urgent_at` on waited for."""

    token: str = field(repr=False)
    since: float
    renew_at: float
    urgent_at: float
    ends_at: float
    #: Whether it took the place of one that was refused
    is_renewed: bool


class _Entry:
    """What is known of one Grant."""

    def __init__(self) -> None:
        self.held: _Held | None = None
        self.flight: Future[str | Fault] | None = None
        self.fault: Fault | None = None
        self.faults = 0
        self.paused_until = 0.0
        self.was_refused = False
        #: The last tokens, of which refusals may still come
        self.given: deque[str] = deque(maxlen=8)
        #: The refresh token that came last, and the endpoint that was discovered; '': those of the Grant
        self.refresh_token = ""
        self.endpoint = ""


class Tokens:
    """
    For all threads and loops of a process. *clock* is monotonic, in seconds; *asks* is what asks an issuer.
    """

    def __init__(self, clock: Callable[[], float] = clocks.steady, asks: Asks = asked):
        self._clock = clock
        self._asks = asks
        self._lock = threading.Lock()
        self._entries: dict[Grant, _Entry] = {}

    def token(self, grant: Grant, network: Network, left_s: float | None = None) -> str:
        """
        The access token that *grant* gives, after *left_s* seconds at the latest; None: as long as it takes.

        Raises CredentialsFailed, and DeadlineExceeded.
        """
        found = self._found(grant, network)
        if isinstance(found, str):
            return found
        try:
            outcome = found.result(_bounded(left_s))
        except StillWaiting:
            raise _late(grant, left_s) from None
        return self._given(grant, outcome)

    async def atoken(self, grant: Grant, network: Network, left_s: float | None = None) -> str:
        """As token(), awaited."""
        found = self._found(grant, network)
        if isinstance(found, str):
            return found
        import asyncio

        try:
            outcome = await asyncio.wait_for(asyncio.wrap_future(found), _bounded(left_s))
        except TimeoutError:
            raise _late(grant, left_s) from None
        return self._given(grant, outcome)

    def refused(self, grant: Grant, token: str) -> bool:
        """
        A 401 came for *token*: whether *grant* gave that, and another is worth a try. One that came since is; else the
        next call asks for one, unless that was done a moment ago.
        """
        now = self._clock()
        with self._lock:
            entry = self._entries.get(grant)
            held = entry.held if entry is not None else None
            if entry is None or token not in entry.given:
                return False
            if held is None or held.token != token:
                return True
            if held.is_renewed and now < held.since + _RENEWED_S:
                return False
            entry.held, entry.was_refused = None, True
            return True

    def after_fork(self) -> None:
        """In a child: what the parent holds is good here, too; the threads that asked are not here."""
        self._lock = threading.Lock()
        for entry in self._entries.values():
            entry.flight = None

    def _found(self, grant: Grant, network: Network) -> str | Future[str | Fault]:
        """The token that is there, or what will have one. Raises CredentialsFailed."""
        entry = self._entries.get(grant)
        held = entry.held if entry is not None else None
        if held is not None and self._clock() < held.renew_at:
            return held.token
        with self._lock:
            now = self._clock()
            entry = self._entries.get(grant) or self._opened(grant)
            held = entry.held
            if held is not None and now < held.renew_at:
                return held.token
            if entry.flight is None:
                if entry.fault is not None and now < entry.paused_until:
                    if held is not None and now < held.ends_at:
                        return held.token
                    raise _failed(entry.fault)
                entry.flight = self._begun(entry, grant, network)
            return held.token if held is not None and now < held.urgent_at else entry.flight

    def _opened(self, grant: Grant) -> _Entry:
        if len(self._entries) >= _MOST_ENTRIES:
            oldest = next((key for key, one in self._entries.items() if one.flight is None), None)
            if oldest is not None:
                del self._entries[oldest]
        return self._entries.setdefault(grant, _Entry())

    def _begun(self, entry: _Entry, grant: Grant, network: Network) -> Future[str | Fault]:
        flight: Future[str | Fault] = Future()
        flight.set_running_or_notify_cancel()  # a waiter that is cancelled does not cancel it for the others
        run = threading.Thread(target=self._fly, args=(flight, entry, grant, network), name="pymacaron-token")
        run.daemon = True
        try:
            run.start()
        except RuntimeError:
            raise _failed(Fault("no thread can be started to ask for a token")) from None
        return flight

    def _fly(self, flight: Future[str | Fault], entry: _Entry, grant: Grant, network: Network) -> None:
        """Ask; and whatever comes of it, tell those who wait."""
        outcome: Issued | Fault = Fault(f"no token from {grant.issuer}: asking failed")
        try:
            outcome = self._asks(grant, network, entry.refresh_token, entry.endpoint)
        except Fault as fault:
            outcome = fault
        finally:
            with self._lock:
                entry.flight = None
                result = self._noted(entry, outcome)
            flight.set_result(result)

    def _noted(self, entry: _Entry, outcome: Issued | Fault) -> str | Fault:
        now = self._clock()
        if isinstance(outcome, Fault):
            entry.fault, entry.faults, entry.endpoint = outcome, entry.faults + 1, ""
            pause = min(_LONGEST_PAUSE_S, 2.0 ** min(entry.faults - 1, 16))
            entry.paused_until = now + max(pause, min(outcome.retry_after_s, _LONGEST_ASKED_PAUSE_S))
            return outcome
        lasts = _USUAL_S if outcome.expires_in_s is None else outcome.expires_in_s
        ends_at = now + lasts
        renew_at, urgent_at = ends_at - min(60.0, lasts / 5), ends_at - min(5.0, lasts / 20)
        entry.held = _Held(outcome.token, now, renew_at, urgent_at, ends_at, entry.was_refused)
        entry.given.append(outcome.token)
        entry.fault, entry.faults, entry.was_refused = None, 0, False
        entry.refresh_token = outcome.refresh_token or entry.refresh_token
        entry.endpoint = outcome.endpoint
        config.conceal(outcome.token, outcome.refresh_token)
        return outcome.token

    def _given(self, grant: Grant, outcome: str | Fault) -> str:
        """The token of *outcome*, or one that is still good. Raises CredentialsFailed."""
        if isinstance(outcome, str):
            return outcome
        entry = self._entries.get(grant)
        held = entry.held if entry is not None else None
        if held is not None and self._clock() < held.ends_at:
            return held.token
        raise _failed(outcome)


def _bounded(left_s: float | None) -> float:
    return _LONGEST_WAIT_S if left_s is None else min(max(0.0, left_s), _LONGEST_WAIT_S)


def _late(grant: Grant, left_s: float | None) -> CredentialsFailed | DeadlineExceeded:
    if left_s is not None and left_s <= _LONGEST_WAIT_S:
        return DeadlineExceeded(f"the time that the call has is over, and {grant.issuer} has given no token yet")
    return _failed(Fault(f"no token from {grant.issuer} within {_LONGEST_WAIT_S:g} s"))


def _failed(fault: Fault) -> CredentialsFailed:
    """An error of its own for each who waited: each is told of which call it is."""
    return CredentialsFailed(fault.fact, status=fault.status)


#: Those of this process
TOKENS = Tokens()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=TOKENS.after_fork)
