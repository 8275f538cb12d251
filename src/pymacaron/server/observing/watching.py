"""
What stands around a WSGI application, and tells observers of each request: when it came, what it is for, how it ended.

There is none unless a setting asks for it. Neighbours: metrics.py and spans.py observe, observers.py puts them there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any, Protocol

from pymacaron import context
from pymacaron.traces import Trace

__all__ = ["METHODS", "SEEN", "Known", "Observer", "Seen", "Watching"]

log = logging.getLogger("pymacaron.server")

#: In the environ of a request that is observed: its Seen
SEEN = "pymacaron.seen"
#: The methods that are told by name; whatever else callers write is "_OTHER"
METHODS = frozenset(("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"))


@dataclass(frozen=True, slots=True)
class Known:
    """What a request is for. `route`: the path as it is described; of a route that is no operation, as Flask has it."""

    api: str = ""
    operation: str = ""
    route: str = ""
    method: str = ""


_NOTHING = Known()


class Observer(Protocol):
    """What is told of requests, in this order. It waits for nobody; what it raises is logged."""

    def begin(self, seen: Seen) -> None:
        """It came."""

    def found(self, seen: Seen) -> None:
        """What it is for is known. Not told of a request that is for nothing."""

    def answered(self, seen: Seen) -> None:
        """Its status is known; its Call is still the current one."""

    def leave(self, seen: Seen) -> None:
        """Its thread turns to something else: the body of a stream may follow, after resume()."""

    def resume(self, seen: Seen) -> None:
        """More of its body is made."""

    def end(self, seen: Seen) -> None:
        """All of it was sent."""


class Seen:
    """
    One request. `started`: nanoseconds of time.perf_counter_ns; `status` 0: none yet; `error`: the code of its JSON
    error; `slow_ms`: from when on it counts as slow, None is the config's limit; `size`: bytes of its body that were
    sent; `raised`: what ended it without an answer, or ended its stream. `trace`: what its Call belongs to, where an
    observer says so. `kept`: of observers, by their own keys.
    """

    __slots__ = (
        *("_observers", "_routes", "environ", "error", "is_found", "kept", "known", "method"),
        *("raised", "size", "slow_ms", "started", "status", "trace"),
    )

    def __init__(self, environ: dict[str, Any], observers: Sequence[Observer], routes: Mapping[str, Known]):
        method = environ.get("REQUEST_METHOD", "")
        self.environ = environ
        self.method: str = method if method in METHODS else "_OTHER"
        self.known = _NOTHING
        self.is_found = False
        self.status = 0
        self.error: str | None = None
        self.slow_ms: float | None = None
        self.size = 0
        self.raised: BaseException | None = None
        self.trace: Trace | None = None
        self.kept: dict[str, Any] = {}
        self._observers = observers
        self._routes = routes
        self.started = perf_counter_ns()
        self._tell("begin")

    def _tell(self, what: str) -> None:
        for observer in self._observers:
            try:
                getattr(observer, what)(self)
            except Exception as error:  # where a hook ends: no call fails since nobody could be told of it
                log.error("a request could not be observed (%s): %s", what, type(error).__name__)

    def routed(self, rule: Any) -> None:
        """Flask has found *rule* for it; None: nothing."""
        if rule is None or self.is_found:
            return
        known = self._routes.get(rule.endpoint)
        if known is None:
            known = Known(route=rule.rule)
        elif known.method != self.method and (known.method, self.method) != ("GET", "HEAD"):
            known = Known(api=known.api, route=known.route)  # an OPTIONS that Flask answers
        self.reached(known)

    def reached(self, known: Known) -> None:
        """What it is for is found."""
        if self.is_found and self.known.operation == known.operation:
            return
        was_found, self.known, self.is_found = self.is_found, known, True
        if not was_found:
            self._tell("found")

    def answered(self, status: str) -> None:
        """The line *status* is about to be sent. Only the first time counts."""
        was_answered, self.status = bool(self.status), int(status[:3])
        if was_answered:
            return
        noted = context.noted()
        if noted is not None:
            self.slow_ms = getattr(noted, "slow_ms", None)
            if noted.error is not None:
                self.error = str(noted.error.get("error") or "")
        self._tell("answered")

    def leave(self) -> None:
        self._tell("leave")

    def resume(self) -> None:
        self._tell("resume")

    def end(self, size: int) -> None:
        """All of it was sent, *size* bytes. Only the first time counts."""
        if self.environ.pop(SEEN, None) is None:
            return
        self.size = size
        self.status = self.status or 500
        self._tell("end")


class Watching:
    """
    The WSGI application *answer*, observed; but for requests of the paths *unsaid*. *routes*: dict of an endpoint of
    Flask's -> what is for it.
    """

    def __init__(
        self,
        answer: Callable[..., Any],
        observers: Sequence[Observer],
        routes: Mapping[str, Known],
        unsaid: frozenset[str],
    ):
        self._answer = answer
        self._observers = tuple(observers)
        self._routes = routes
        self._unsaid = unsaid

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ.get("PATH_INFO") in self._unsaid:
            return self._answer(environ, start_response)
        seen = environ[SEEN] = Seen(environ, self._observers, self._routes)

        told: list[tuple[str, str]] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seen.answered(status)
            told[:] = headers
            return start_response(status, headers, *rest)

        try:
            body = self._answer(environ, start)
        except BaseException as error:
            seen.raised = error
            seen.leave()
            seen.end(0)
            raise
        seen.leave()
        if isinstance(body, (list, tuple)):
            seen.end(sum(map(len, body)))
            return body
        wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(wrapper, type) and isinstance(body, wrapper):  # a server sends it faster where it is left alone
            seen.end(next((int(value) for name, value in told if name.lower() == "content-length"), 0))
            return body
        return _Body(body, seen)


class _Body:
    """The body of a reply that is still being made; the request ends when it is closed."""

    def __init__(self, body: Any, seen: Seen):
        self._body = body
        self._seen = seen
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        parts = iter(self._body)
        while True:
            self._seen.resume()
            try:
                part = next(parts, None)
            except BaseException as error:
                self._seen.raised = error
                raise
            finally:
                self._seen.leave()
            if part is None:
                return
            self._size += len(part)
            yield part

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._seen.end(self._size)
