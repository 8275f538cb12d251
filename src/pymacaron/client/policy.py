"""
How often a call is tried, and how long anything may take: one frozen record, and the budget that retries draw from.

Clocks, sleep and chance are fields, so that tests neither wait nor guess. No I/O here.
Source: "Exponential Backoff And Jitter" (full jitter); RFC 9110, sections 9.2.2 and 10.2.3.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

__all__ = ["IDEMPOTENT", "SAFE", "Budget", "Policy", "retry_after"]

#: Methods that may be carried out twice and mean the same. Source: RFC 9110, section 9.2.2
IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "QUERY"))
#: Methods that change nothing. Source: RFC 9110, section 9.2.1
SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", "QUERY"))


async def _asleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Policy:
    """
    All times are seconds.

    `attempts`: how often a call is sent at most. `connect_timeout`, `read_timeout`, `write_timeout`: the longest wait
    for a connection, for the next bytes, for bytes to leave; `pool_timeout`: for a connection that others use.
    `timeout`: the whole call, with all attempts and the waits between them, until its reply is read; of a stream, until
    it begins. `backoff`, `backoff_most`: before attempt n+1 it waits for a time between 0 and `backoff * 2**(n-1)`, by
    lot, never above `backoff_most`; a `Retry-After` is obeyed if it is longer. `budget_ratio`, `budget_least`: of a
    client, how many retries each call adds to the budget, and how many each second does.

    `clock` is monotonic, `wall` seconds since the epoch, `random` gives 0 to 1.
    """

    attempts: int = 3
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    write_timeout: float = 20.0
    pool_timeout: float = 20.0
    timeout: float = 20.0
    backoff: float = 0.1
    backoff_most: float = 5.0
    budget_ratio: float = 0.2
    budget_least: float = 10.0
    retry_statuses: frozenset[int] = frozenset((429, 502, 503, 504))
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    asleep: Callable[[float], Awaitable[None]] = _asleep
    random: Callable[[], float] = random.random

    def wait(self, number: int, headers: Mapping[str, str] | None = None) -> float:
        """Seconds to wait after attempt *number*, the first is 1, that was answered with *headers*, in lower case."""
        drawn = self.random() * min(self.backoff_most, self.backoff * 2.0 ** min(number - 1, 32))
        asked = retry_after(headers.get("retry-after"), self.wall()) if headers is not None else None
        return drawn if asked is None else max(asked, drawn)


def retry_after(value: str | None, now: float) -> float | None:
    """
    The seconds that a Retry-After header asks for, which is a number or a date; None where it says nothing of use.

    *now*: seconds since the epoch.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)


class Budget:
    """
    How many retries a client has left: a bucket of tokens that calls and time fill, and each retry takes one of.

    Where a service fails altogether, few of the calls to it are tried again: its load grows by a fifth, not threefold.
    Thread-safe, also over a fork.
    """

    def __init__(self, ratio: float, least: float):
        self._ratio = ratio
        self._least = least
        self._most = max(10.0 * least, 10.0 * ratio)
        self._tokens = least
        self._at: float | None = None

    def deposit(self, now: float) -> None:
        """A call was made, at *now* by the policy's clock."""
        if self._tokens < self._most:  # it is full, nearly always; a race makes it a fifth of a retry less
            with _LOCK:
                self._fill(now, self._ratio)

    def withdraw(self, now: float) -> bool:
        """Whether there may be a retry now; it is taken from the budget then."""
        with _LOCK:
            self._fill(now, 0.0)
            if self._tokens < 1.0:
                return False
            self._tokens -= 1.0
            return True

    def _fill(self, now: float, more: float) -> None:
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._tokens = min(self._most, self._tokens + passed * self._least + more)


#: Of all budgets, each of which holds it for a few additions
_LOCK = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_LOCK._at_fork_reinit)  # type: ignore[attr-defined]
