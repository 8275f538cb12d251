"""
What is told of each call that is made: to observers, to the log, and to the reports of the call that it belongs to.

A call is told once, with all its attempts; of a stream, when it has begun. No I/O here but the log's. Neighbours:
operation.py tells; what counts and traces calls is server/observing/calling.py, which api/ hands in.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any, Protocol

from pymacaron import clocks, context, crash
from pymacaron.client.attempts import shown
from pymacaron.client.errors import ClientError, HTTPStatusError

__all__ = ["LOG", "Event", "Log", "Observer", "note"]

log = logging.getLogger("pymacaron.client")
LOG = logging.getLogger("pymacaron.calls")

#: Failed calls that a report tells, the last ones; and characters of what is said of each
_MOST, _LONGEST = 20, 300


class Observer(Protocol):
    """What is told of calls, in the thread or on the loop of each. What it raises is logged."""

    def begin(self, event: Event) -> None:
        """It is about to be sent: `event.headers` may be added to."""

    def end(self, event: Event) -> None:
        """It is over."""


class Event:
    """
    A call that is made. `api`, `operation`: their names. `url`: where to, with the path as it is described. `headers`:
    what is sent besides the parameters; `own`: lower-case names of those that the caller gave. `status` 0: there is no
    reply; `error`: the code of what went wrong, '' where nothing did. `attempts`: how often it was sent. `started`, of
    time.perf_counter_ns, is nanoseconds, `ms` milliseconds. `kept`: of observers, by keys of their own.
    """

    __slots__ = (
        *("_observers", "api", "attempts", "call_id", "error", "headers", "kept", "method", "ms", "operation", "own"),
        *("path", "started", "status", "url"),
    )

    def __init__(self, observers: Sequence[Observer], api: str, operation: str, method: str, url: str, path: str):
        self._observers = tuple(observers)
        self.api = api
        self.operation = operation
        self.method = method
        self.url = shown(url) + path
        self.path = path
        self.headers: dict[str, str] = {}
        self.own = frozenset[str]()
        self.call_id = ""
        self.status = 0
        self.error = ""
        self.attempts = 0
        self.ms = 0.0
        self.kept: dict[str, Any] = {}
        self.started = perf_counter_ns()

    def begin(self) -> None:
        self._tell("begin")

    def end(self, status: int, attempts: int, error: str = "") -> None:
        """It has ended so."""
        self.status, self.attempts, self.error = status, attempts, error
        self.ms = (perf_counter_ns() - self.started) / 1_000_000
        self._tell("end")

    def failed(self, error: ClientError) -> None:
        """It has ended in *error*."""
        self.end(error.status if isinstance(error, HTTPStatusError) else 0, error.attempts, error.error)

    def _tell(self, what: str) -> None:
        for observer in self._observers:
            try:
                getattr(observer, what)(self)
            except Exception as error:  # where a hook ends: no call fails since nobody could be told of it
                log.error("a call could not be observed (%s): %s", what, type(error).__name__)


class Log:
    """An Observer that writes a line for each call: the setting `client_log`."""

    def __init__(self) -> None:
        LOG.setLevel(logging.INFO)
        if not LOG.hasHandlers():  # nobody has said where the log goes
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
            LOG.addHandler(handler)

    def begin(self, event: Event) -> None:
        pass

    def end(self, event: Event) -> None:
        error = crash.one_line(event.error, 100) if event.error else ""
        told = {
            "called_api": event.api,
            "called_operation": event.operation,
            "method": event.method,
            "url": event.url,
            "status": event.status,
            "attempts": event.attempts,
            "ms": round(event.ms, 3),
            "error": error,
            "call_id": event.call_id,
        }
        values = (event.method, event.url, event.api, event.operation, event.status, error, event.ms, event.attempts)
        LOG.info("%s %s %s.%s %d%.0s %.1f ms %d attempts" if not error else _FAILED, *values, extra=told)


_FAILED = "%s %s %s.%s %d %s %.1f ms %d attempts"


def note(error: ClientError, url: str, path: str, ms: float) -> None:
    """Keep *error* for the reports of the call that is being answered, where there is one. *url*, *path*: see Event."""
    call = context.current()
    if call is None:
        return
    calls: deque[dict[str, Any]] | None = getattr(call, "calls", None)
    if calls is None:
        calls = call.calls = deque(maxlen=_MOST)
    calls.append(
        {
            "api": error.api,
            "operation": error.operation,
            "method": error.method,
            "url": shown(url) + path,
            "status": error.status if isinstance(error, HTTPStatusError) else 0,
            "error": error.error[:_LONGEST],
            "error_description": error.error_description[:_LONGEST],
            "attempts": error.attempts,
            "ms": round(ms, 3),
            "at": datetime.fromtimestamp(clocks.time(), UTC).isoformat(),
        }
    )
