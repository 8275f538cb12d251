"""
What is told of the calls that a service makes: metrics for Prometheus, spans for OpenTelemetry.

Neighbours: metrics.py and spans.py do the same for the requests that it answers; client/events.py tells of calls.
Source: OpenTelemetry, "Semantic conventions for HTTP spans", client, those that are stable.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from pymacaron import config, crash

__all__ = ["Call", "calling"]

_DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_PORTS = {"http": 80, "https": 443}
_SPAN = "span"


class Call(Protocol):
    """What is known of a call that is made: see Event in client/events.py."""

    api: str
    operation: str
    method: str
    url: str
    path: str
    headers: dict[str, str]
    own: frozenset[str]
    call_id: str
    status: int
    error: str
    attempts: int
    ms: float
    kept: dict[str, Any]


class _Observer(Protocol):
    def begin(self, event: Call) -> None: ...

    def end(self, event: Call) -> None: ...


def calling(name: str) -> Sequence[_Observer]:
    """What the settings want to be told of calls; *name* of the service."""
    settings = config.get_config()
    found: list[_Observer] = []
    if settings.traces:
        found.append(_Spans(name))
    if settings.metrics:
        found.append(_Metrics())
    return found


class _Metrics:
    """Counts calls by api, operation and status, or by the code of why there is no reply."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int, str], tuple[Any, Any]] = {}

    def begin(self, event: Call) -> None:
        pass

    def end(self, event: Call) -> None:
        # What a service calls its errors is its own affair: that could be anything
        key = event.api, event.operation, event.status, "" if event.status else event.error
        known = self._known.get(key)
        if known is None:
            duration, attempts = _instruments()
            status = str(event.status) if event.status else ""
            made = duration.labels(event.api, event.operation, event.method, status, key[3])
            known = self._known[key] = made, attempts.labels(event.api, event.operation)
        known[0].observe(event.ms / 1000)
        known[1].inc(event.attempts)


@cache
def _instruments() -> tuple[Any, Any]:
    """Those of this process: prometheus_client takes a name once."""
    from prometheus_client import Counter, Histogram

    of = ("api", "operation")
    duration = Histogram(
        "pymacaron_client_request_duration_seconds",
        "Duration of calls to other services, with all their attempts.",
        (*of, "http_request_method", "http_response_status_code", "error_type"),
        buckets=_DURATIONS,
    )
    return duration, Counter("pymacaron_client_attempts", "How often calls to other services were sent.", of)


class _Spans:
    """Has each call be a span, whose ids are sent on."""

    def __init__(self, name: str):
        self._name = name

    def begin(self, event: Call) -> None:
        from opentelemetry.trace import SpanKind

        from pymacaron.server.observing.tracing import tracer

        attributes: dict[str, Any] = {
            "http.request.method": event.method,
            "url.template": event.path,
            "pymacaron.api": event.api,
            "pymacaron.operation_id": event.operation,
            "pymacaron.call_id": event.call_id,
        }
        parts = urlsplit(event.url)
        attributes["server.address"] = parts.hostname or ""
        attributes["server.port"] = parts.port or _PORTS.get(parts.scheme, 0)
        span = tracer(self._name).start_span(
            f"{event.method} {event.path}", kind=SpanKind.CLIENT, attributes=attributes
        )
        event.kept[_SPAN] = span
        own = span.get_span_context()
        if own.is_valid and "traceparent" not in event.own:
            flags = int(own.trace_flags.sampled)
            event.headers["traceparent"] = f"00-{own.trace_id:032x}-{own.span_id:016x}-{flags:02x}"
            event.headers.pop("tracestate", None)
            if state := own.trace_state.to_header():
                event.headers["tracestate"] = state

    def end(self, event: Call) -> None:
        from opentelemetry.trace import Status, StatusCode

        span = event.kept.get(_SPAN)
        if span is None:
            return
        if span.is_recording():
            if event.status:
                span.set_attribute("http.response.status_code", event.status)
            if event.attempts > 1:
                span.set_attribute("http.request.resend_count", event.attempts - 1)
            if event.error:
                code = crash.one_line(event.error, 100)
                span.set_attribute("error.type", str(event.status) if event.status else code)
                span.set_attribute("pymacaron.error", code)
                span.set_status(Status(StatusCode.ERROR))
        span.end()
