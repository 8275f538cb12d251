"""
What is asked of a call before anything of it is read: whether its caller may call this operation now.

Who calls is told by `iss` and `sub` of the claims, else by the address. Callers who are not let in count by their
address, apart from those who are: so passwords and keys cannot be guessed faster than the operation may be called. What
is left stands in the headers of every reply.
Source: draft-ietf-httpapi-ratelimit-headers-11; RFC 6585, section 4; RFC 9110, section 10.2.3 (Retry-After).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from flask import current_app

from pymacaron import config, context
from pymacaron.auth.schemes import Enforcer
from pymacaron.context import Call
from pymacaron.exceptions import HTTPError, PyMacaronException
from pymacaron.server.answering import Served
from pymacaron.server.limits.counting import Count, Counter, counter_of
from pymacaron.server.outage import StoreError
from pymacaron.spec.quotas import Quota, quotas

__all__ = ["Limit", "limited"]

log = logging.getLogger("pymacaron.server")

#: What is answered to callers who are not let in
_REFUSALS = (401, 403)
#: Bits of an IPv6 address that tell networks apart; each has billions of addresses of its own
_NETWORK_BITS = 64


def limited(served: Served) -> tuple[Served, Limit]:
    """*served*, an operation with x-rate-limit, counting who is not let in; and what counts its other calls."""
    operation = served.bound.operation
    name = f"{served.api.name} {operation.method} {served.base_path}{operation.path}"
    limit = Limit(name, quotas(operation.extensions["x-rate-limit"]))
    before = tuple(_admitting(limit, decorate) for decorate in served.bound.before)
    enforce = served.enforce
    if enforce is not None:
        quick = getattr(enforce, "quick", None)
        enforce = Enforcer(limit.admitting(enforce, quick), quick)
    return replace(served, bound=replace(served.bound, before=before), enforce=enforce), limit


def _admitting(limit: Limit, decorate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda function: limit.admitting(decorate(function))


class Limit:
    """Counts the calls of one operation. Called for each, it raises HTTPError, 429, for one too many."""

    def __init__(self, operation: str, allowed: Sequence[Quota]):
        self._operation = operation
        self._quotas = allowed
        self._known: Counter | None = None
        self._service = str(getattr(config.get_config(), "name", ""))
        self._refuses = config.get_config().rate_limit_without_store == "refuse"
        self._policy = ", ".join(f'"{quota.name}";q={quota.amount};w={quota.seconds}' for quota in allowed)

    @property
    def _counter(self) -> Counter:
        if self._known is None:
            self._known = counter_of(current_app)
        return self._known

    def __call__(self) -> None:
        call = context.current()
        if call is None:
            return
        claims = call.claims or {}
        subject = claims.get("sub")
        who = ("address", _address(call)) if subject is None else ("sub", claims.get("iss"), subject)
        caller = self._caller(*who)
        passes, counts = self._take(call, caller)
        if not passes:
            raise self._too_many(counts, "This operation takes {} of each caller")

    def admitting(self, ask: Callable[..., Any], quick: Callable[[str], Any] | None = None) -> Callable[..., Any]:
        """
        *ask*, which raises a 401 or a 403 for who is not let in: not asked any more where it did that too often, but
        for those whom *quick* knows by their Authorization header.
        """

        def asked(*args: Any) -> Any:
            call = context.current()
            if call is None or (quick is not None and quick(call.headers.get("Authorization") or "") is not None):
                return ask(*args)
            caller = self._caller("refused", _address(call))
            self._refuse_guesses(call, caller)
            try:
                return ask(*args)
            except PyMacaronException as error:
                if error.status in _REFUSALS:
                    self._take(call, caller)
                raise

        return asked

    def _refuse_guesses(self, call: Call, caller: str) -> None:
        try:
            counts = self._counter.left(self._quotas, caller)
        except StoreError as error:
            self._without_store(error)
            return
        if any(left <= 0 for left, _ in counts):
            self._tell(call, counts)
            raise self._too_many(counts, "Of calls that are refused this operation takes {} from each address")

    def _take(self, call: Call, caller: str) -> tuple[bool, list[Count]]:
        """Whether the call passes, and what is left of each quota."""
        try:
            passes, counts = self._counter.take(self._quotas, caller)
        except StoreError as error:
            self._without_store(error)
            return True, []
        self._tell(call, counts)
        return passes, counts

    def _caller(self, *who: Any) -> str:
        """A hash of who calls what, so that no store has names of callers."""
        told = json.dumps([self._service, self._operation, who], default=str)
        return hashlib.sha256(told.encode()).hexdigest()

    def _tell(self, call: Call, counts: Sequence[Count]) -> None:
        """Have the reply say what is left."""
        told = zip(self._quotas, counts, strict=True)
        left = ", ".join(f'"{quota.name}";r={count[0]};t={count[1]}' for quota, count in told)

        def tell(reply: Any) -> Any:
            reply.headers["RateLimit-Policy"] = self._policy
            reply.headers["RateLimit"] = left
            return reply

        call.look_last(tell)

    def _too_many(self, counts: Sequence[Count], fact: str) -> HTTPError:
        """*fact* has a place for what is allowed."""
        wait_s = max([seconds for left, seconds in counts if left <= 0], default=1)  # until all of them let one pass
        allowed = " and ".join(quota.name.replace("-", " ") for quota in self._quotas)
        return HTTPError(429, f"{fact.format(allowed)}; ask again in {wait_s} s", {"Retry-After": str(wait_s)})

    def _without_store(self, error: StoreError) -> None:
        if error.is_news("limits"):
            said = "are refused" if self._refuses else "pass uncounted"
            log.error("the rate_limit_store cannot be asked (%s): calls %s", error, said)
        if self._refuses:
            raise HTTPError(503, "The store of rate limits does not answer", {"Retry-After": "5"})


class _Proxies:
    """Tells once that there seem to be proxies which the settings know nothing of."""

    def __init__(self) -> None:
        self.is_told = False

    def look(self, call: Call) -> None:
        if self.is_told or not call.headers.get("X-Forwarded-For") or config.get_config().trusted_proxies:
            return
        self.is_told = True
        log.warning(
            "a call with x-rate-limit has the header X-Forwarded-For, and trusted_proxies is 0: where a proxy sent it, "
            "all its callers share one limit; say how many proxies there are"
        )


#: Of this process
_PROXIES = _Proxies()


def _address(call: Call) -> str | None:
    """Where *call* comes from: an address, of IPv6 the network."""
    _PROXIES.look(call)
    told = call.remote_addr
    try:
        address = ip_address(told or "")
    except ValueError:
        return told
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address.packed, _NETWORK_BITS), strict=False))
