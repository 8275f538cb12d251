"""
A span for each request, for OpenTelemetry: what it was for, how it ended, and why; without secrets.

Source: OpenTelemetry, "Semantic conventions for HTTP spans", those that are stable. Neighbour: tracing.py, the tracer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask.signals import got_request_exception
from opentelemetry import context as contexts
from opentelemetry import propagate
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, get_current_span, set_span_in_context

from pymacaron import context, crash
from pymacaron.config import MASK
from pymacaron.context import Call
from pymacaron.crash.scrubbing import said
from pymacaron.crash.sent import path_secrets, scrubbing_of
from pymacaron.schema.once import once
from pymacaron.server.observing.tracing import tracer
from pymacaron.server.observing.watching import Seen
from pymacaron.traces import Trace

__all__ = ["Spans"]

_SPAN, _CONTEXT, _TOKEN, _RAISED = "span", "context", "token", "raised"
#: In the context of OpenTelemetry: the Seen
_SEEN = contexts.create_key("pymacaron.seen")
_PORTS = {"http": 80, "https": 443}


class Spans:
    """An Observer, see watching.py, of *app*; *name* of the service."""

    def __init__(self, app: Flask, name: str):
        self._name = name
        got_request_exception.connect(self._raised, app)

    @once
    def _tracer(self) -> Tracer:
        """Made when the first request comes: a worker that is forked later has none of its parent's threads."""
        return tracer(self._name)

    def begin(self, seen: Seen) -> None:
        around = propagate.extract(seen.environ, context=contexts.Context(), getter=_HEADERS)
        span = self._tracer.start_span(_name(seen), around, kind=SpanKind.SERVER, attributes=_request(seen))
        seen.kept[_SPAN] = span
        seen.kept[_CONTEXT] = contexts.set_value(_SEEN, seen, set_span_in_context(span, around))
        seen.trace = _trace(span, get_current_span(around))
        self.resume(seen)

    def found(self, seen: Seen) -> None:
        span: Span = seen.kept[_SPAN]
        if not span.is_recording():
            return
        span.update_name(f"{_name(seen)} {seen.known.route}")
        span.set_attribute("http.route", seen.known.route)

    def answered(self, seen: Seen) -> None:
        span: Span = seen.kept[_SPAN]
        call = context.current()
        if call is None:
            return
        call.trace  # noqa: B018  # worked out while it is known to be that of the span
        if not span.is_recording():
            return
        span.set_attribute("pymacaron.call_id", call.call_id)
        span.set_attribute("url.path", _path(call))
        if seen.error:
            span.set_attribute("pymacaron.error", crash.one_line(seen.error, 100))

    def leave(self, seen: Seen) -> None:
        token = seen.kept.pop(_TOKEN, None)
        if token is not None:
            contexts.detach(token)

    def resume(self, seen: Seen) -> None:
        if _TOKEN not in seen.kept:
            seen.kept[_TOKEN] = contexts.attach(seen.kept[_CONTEXT])

    def end(self, seen: Seen) -> None:
        span: Span = seen.kept[_SPAN]
        if span.is_recording():
            span.set_attribute("http.response.status_code", seen.status)
            if seen.known.api:
                span.set_attribute("pymacaron.api", seen.known.api)
            if seen.known.operation:
                span.set_attribute("pymacaron.operation_id", seen.known.operation)
            if seen.raised is not None:
                _record(span, seen.raised)
            elif seen.status >= 500:
                span.set_status(Status(StatusCode.ERROR))
                if not seen.kept.get(_RAISED):
                    span.set_attribute("error.type", str(seen.status))
        span.end()

    def _raised(self, sender: Any, exception: BaseException, **_: Any) -> None:
        """Flask's signal: nobody foresaw *exception*, which the current request ended in."""
        seen = contexts.get_value(_SEEN)
        if isinstance(seen, Seen) and seen.kept[_SPAN].is_recording():
            seen.kept[_RAISED] = True
            _record(seen.kept[_SPAN], exception)


def _record(span: Span, error: BaseException) -> None:
    """Say of *span* that it ended in *error*, without the secrets of its call."""
    scrubbing = scrubbing_of(context.current())
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    attributes = {"exception.type": name, "exception.message": scrubbing.text(said(error))}
    span.add_event("exception", {**attributes, "exception.stacktrace": crash.scrubbed_traceback(error)})
    span.set_attribute("error.type", name)
    span.set_status(Status(StatusCode.ERROR))


def _name(seen: Seen) -> str:
    return "HTTP" if seen.method == "_OTHER" else seen.method


def _request(seen: Seen) -> dict[str, Any]:
    """What is known of a request when it comes. Its path may hold secrets, which are known later."""
    environ = seen.environ
    scheme = environ.get("wsgi.url_scheme", "http")
    address, _, port = environ.get("HTTP_HOST", "").rpartition(":")
    if not port.isdecimal() or port.endswith("]"):
        address, port = environ.get("HTTP_HOST", "") or environ.get("SERVER_NAME", ""), ""
    found: dict[str, Any] = {
        "http.request.method": seen.method,
        "url.scheme": scheme,
        "server.address": crash.one_line(address, 255),
        "server.port": int(port[:5]) if port else _PORTS.get(scheme, 0),
        "network.protocol.version": environ.get("SERVER_PROTOCOL", "").removeprefix("HTTP/"),
    }
    if agent := environ.get("HTTP_USER_AGENT"):
        found["user_agent.original"] = crash.one_line(agent, 500)
    return found


def _path(call: Call) -> str:
    """The path of *call*, with the values masked of parameters that are secrets."""
    path = call.path
    spans = path_secrets(call, path)
    if spans is None:
        return MASK
    for start, end in spans:
        path = path[:start] + MASK + path[end:]
    return crash.one_line(path)


def _trace(span: Span, parent: Span) -> Trace | None:
    """What a Call of *span* belongs to; None where there is no such span: the SDK is off."""
    own, before = span.get_span_context(), parent.get_span_context()
    if not own.is_valid or own.span_id == before.span_id:
        return None
    caller = f"{before.span_id:016x}" if before.is_valid else ""
    state = own.trace_state.to_header()
    return Trace(f"{own.trace_id:032x}", f"{own.span_id:016x}", caller, bool(own.trace_flags.sampled), state)


class _Headers(Getter[Mapping[str, Any]]):
    """The headers of a request, of its environ."""

    def get(self, carrier: Mapping[str, Any], key: str) -> list[str] | None:
        value = carrier.get(f"HTTP_{key.upper().replace('-', '_')}")
        return None if value is None else [value]

    def keys(self, carrier: Mapping[str, Any]) -> list[str]:
        return [name[5:].replace("_", "-").lower() for name in carrier if name.startswith("HTTP_")]


_HEADERS = _Headers()
