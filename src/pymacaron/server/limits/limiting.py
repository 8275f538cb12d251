"""
What is asked of a call before anything of it is read: whether its caller may call this operation now.

Who calls is told by `sub` of the claims, else by the address. What is left stands in the headers of every reply.
Source: draft-ietf-httpapi-ratelimit-headers-10; RFC 6585, section 4; RFC 9110, section 10.2.3 (Retry-After).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, current_app

from pymacaron import config, context
from pymacaron.context import Call
from pymacaron.exceptions import HTTPError
from pymacaron.schema.once import LOCK, once
from pymacaron.server.answering import Served
from pymacaron.server.limits.counting import Count, Counter, StoreDownError
from pymacaron.spec.quotas import Quota, quotas

__all__ = ["limiting"]

_KEPT = "pymacaron.limits"

log = logging.getLogger("pymacaron.server")


def limiting(served: Served) -> Callable[[], None]:
    """What counts a call of the operation *served*. It raises HTTPError, 429, for one too many."""
    operation = served.bound.operation
    name = f"{served.api.name} {operation.method} {served.base_path}{operation.path}"
    return _Limiting(name, quotas(operation.extensions["x-rate-limit"]))


class _Limiting:
    def __init__(self, operation: str, allowed: Sequence[Quota]):
        self._operation = operation
        self._quotas = allowed
        self._service = str(getattr(config.get_config(), "name", ""))
        self._refuses = config.get_config().rate_limit_without_store == "refuse"
        self._policy = ", ".join(f'"{quota.name}";q={quota.amount};w={quota.seconds}' for quota in allowed)

    @once
    def _counter(self) -> Counter:
        return _counter_of(current_app)

    def __call__(self) -> None:
        call = context.current()
        if call is None:
            return
        try:
            passes, counts = self._counter.take(self._quotas, self._caller(call))
        except StoreDownError as error:
            self._without_store(error)
            return
        left = ", ".join(
            f'"{quota.name}";r={count[0]};t={count[1]}' for quota, count in zip(self._quotas, counts, strict=True)
        )
        call.look_last(lambda reply: self._told(reply, left))
        if not passes:
            wait_s = _wait_s(counts)
            allowed = " and ".join(quota.name.replace("-", " ") for quota in self._quotas)
            fact = f"This operation takes {allowed} of each caller; ask again in {wait_s} s"
            raise HTTPError(429, fact, {"Retry-After": str(wait_s)})

    def _caller(self, call: Call) -> str:
        """A hash of who calls what, so that no store has names of callers."""
        subject = call.claims.get("sub") if call.claims else None
        who = ["address", call.remote_addr] if subject is None else ["sub", subject]
        told = json.dumps([self._service, self._operation, who], default=str)
        return hashlib.sha256(told.encode()).hexdigest()

    def _told(self, reply: Any, left: str) -> Any:
        reply.headers["RateLimit-Policy"] = self._policy
        reply.headers["RateLimit"] = left
        return reply

    def _without_store(self, error: StoreDownError) -> None:
        if error.is_new:
            said = "are refused" if self._refuses else "pass uncounted"
            log.error("the rate_limit_store cannot be asked (%s): calls %s", error, said)
        if self._refuses:
            raise HTTPError(503, "The store of rate limits does not answer", {"Retry-After": "5"})


def _wait_s(counts: Sequence[Count]) -> int:
    """Seconds until each quota that is used up lets a call pass again."""
    return max([seconds for left, seconds in counts if left <= 0], default=1)


def _counter_of(app: Flask) -> Counter:
    """What counts calls of all operations of *app*."""
    with LOCK:
        if _KEPT not in app.extensions:
            app.extensions[_KEPT] = Counter(config.get_config().rate_limit_store)
        found: Counter = app.extensions[_KEPT]
        return found
