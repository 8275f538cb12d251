"""
What is counted and measured of requests, for Prometheus. The door to prometheus_client, with scraping.py.

Labels have few values: never a path as it was sent, and of error codes no more than a description's authors think of.
Source: OpenTelemetry, "Semantic conventions for HTTP metrics" 1.x, with names as its Prometheus exporters write them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from re import compile
from time import perf_counter_ns
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from pymacaron import config, crash
from pymacaron.server.observing.watching import Known, Seen

__all__ = ["Metrics", "publish"]

#: Seconds, those of the conventions
_DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
#: Bytes
_SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_OF = ("api", "operation", "http_route", "http_request_method")
#: What stands for a code that is unlike any, and for those after the first so many
_OTHER = "other"
_CODE = compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_MOST_CODES = 200
_PUBLISH_NS = 1_000_000_000


class _Instruments:
    """Those of this process: prometheus_client takes a name once."""

    def __init__(self) -> None:
        of = (*_OF, "http_response_status_code")
        self.duration = Histogram(
            "http_server_request_duration_seconds", "Duration of HTTP server requests.", of, buckets=_DURATIONS
        )
        self.active = Gauge(
            "http_server_active_requests",
            "Requests whose route is found, and that are not ended.",
            _OF,
            multiprocess_mode="livesum",
        )
        self.sent = Histogram(
            "http_server_request_body_size_bytes", "Size of HTTP server request bodies.", _OF, buckets=_SIZES
        )
        self.size = Histogram(
            "http_server_response_body_size_bytes", "Size of HTTP server response bodies.", _OF, buckets=_SIZES
        )
        self.errors = Counter("pymacaron_errors", "Replies of 400 and above, by the code of the error.", (*of, "code"))
        self.slow = Counter("pymacaron_slow_calls", "Calls that took longer than they may.", _OF)
        self.limited = Counter("pymacaron_rate_limited", "Calls that were one too many (429).", _OF)
        self.reports = Counter("pymacaron_reports", "Reports, by what became of them.", ("destination", "outcome"))
        self.unreported = Counter(
            "pymacaron_unreported_crashes", "Crashes that were counted, not reported.", ("reason",)
        )


@cache
def _instruments() -> _Instruments:
    return _Instruments()


@dataclass(frozen=True, slots=True)
class _Route:
    """What is told of one route."""

    active: Any
    sent: Any
    size: Any


class Metrics:
    """An Observer, see watching.py."""

    def __init__(self) -> None:
        self._all = _instruments()
        self._routes: dict[tuple[Known, str], _Route] = {}
        self._durations: dict[tuple[Known, str, int], Any] = {}
        self._codes: set[str] = set()
        self._publish_ns = 0

    def begin(self, seen: Seen) -> None:
        pass

    def found(self, seen: Seen) -> None:
        active = seen.kept["active"] = self._route(seen.known, seen.method).active
        active.inc()

    def answered(self, seen: Seen) -> None:
        elapsed_ms = (perf_counter_ns() - seen.started) / 1_000_000
        limit_ms = config.get_config().report_call_exceeding_ms if seen.slow_ms is None else seen.slow_ms
        if limit_ms and elapsed_ms > limit_ms:
            self._all.slow.labels(*_labels(seen.known, seen.method)).inc()
        if seen.status < 400:
            return
        of = _labels(seen.known, seen.method)
        self._all.errors.labels(*of, str(seen.status), self._code(seen.error)).inc()
        if seen.status == 429:
            self._all.limited.labels(*of).inc()

    def leave(self, seen: Seen) -> None:
        pass

    def resume(self, seen: Seen) -> None:
        pass

    def end(self, seen: Seen) -> None:
        now = perf_counter_ns()
        known, method, status = seen.known, seen.method, seen.status
        duration = self._durations.get((known, method, status))
        if duration is None:
            made = self._all.duration.labels(*_labels(known, method), str(status))
            duration = self._durations[known, method, status] = made
        duration.observe((now - seen.started) / 1_000_000_000)
        route = self._route(known, method)
        route.size.observe(seen.size)
        length = seen.environ.get("CONTENT_LENGTH")
        if length and length.isdecimal():
            route.sent.observe(int(length))
        active = seen.kept.get("active")
        if active is not None:
            active.dec()
        if now > self._publish_ns:
            self._publish_ns = now + _PUBLISH_NS
            publish()

    def _route(self, known: Known, method: str) -> _Route:
        route = self._routes.get((known, method))
        if route is None:
            of, every = _labels(known, method), self._all
            route = _Route(every.active.labels(*of), every.sent.labels(*of), every.size.labels(*of))
            self._routes[known, method] = route
        return route

    def _code(self, code: str | None) -> str:
        if not code:
            return ""
        if code not in self._codes:
            if not _CODE.fullmatch(code) or len(self._codes) >= _MOST_CODES:
                return _OTHER
            self._codes.add(code)
        return code


def _labels(known: Known, method: str) -> tuple[str, str, str, str]:
    return known.api, known.operation, known.route, method


class _Published:
    """What was told of reports so far: they are counted elsewhere, and only added here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[tuple[str, ...], int] = {}

    def tell(self) -> None:
        counts, every = crash.report_counts(), _instruments()
        with self._lock:
            for reason in ("repeated", "limited"):
                self._add(every.unreported, (reason,), counts[reason])
            for name, told in counts["destinations"].items():
                for outcome in ("sent", "failed", "lost"):
                    self._add(every.reports, (name, outcome), told[outcome])

    def _add(self, counter: Counter, labels: tuple[str, ...], count: int) -> None:
        before = self._told.get(labels, 0)
        counter.labels(*labels).inc(count - before if count >= before else count)  # it began anew
        self._told[labels] = count


@cache
def _published() -> _Published:
    return _Published()


def publish() -> None:
    """Have the counts of reports be those of now."""
    _published().tell()
