"""
What makes spans, and sends them: the service's own TracerProvider where it has set one, else one of ours.

Ours goes by the variables of OpenTelemetry (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_ENDPOINT and so
on), sends by OTLP over HTTP, in a thread of its own, and has what waits sent when the process ends.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from importlib.metadata import version
from typing import Any

from opentelemetry import trace

from pymacaron import ending
from pymacaron.schema.once import LOCK

__all__ = ["shut_down", "tracer"]

log = logging.getLogger("pymacaron.server")

#: Under which ours is known to the process
_OURS = "_pymacaron"


def tracer(name: str) -> trace.Tracer:
    """The tracer of the service *name*."""
    with LOCK:
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            trace.set_tracer_provider(_provider(name))
            ending.at_end(shut_down)
    return trace.get_tracer("pymacaron", version("pymacaron"))


def _provider(name: str) -> trace.TracerProvider:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    resource = Resource.create({} if named or not name else {"service.name": name})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    setattr(provider, _OURS, True)
    exporter = _exporter(os.environ.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower())
    if exporter is not None:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _exporter(name: str) -> Any:
    if name == "none":
        return None
    if name == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(out=sys.stderr)
    if name not in ("", "otlp"):
        log.warning("OTEL_TRACES_EXPORTER is %r; pymacaron knows otlp, console and none: otlp it is", name)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def shut_down() -> None:
    """The process ends: what waits is sent, in five seconds at most. A provider of the service's own is its affair."""
    provider: Any = trace.get_tracer_provider()
    if not getattr(provider, _OURS, False):
        return
    setattr(provider, _OURS, False)
    thread = threading.Thread(target=provider.shutdown, name="pymacaron-spans", daemon=True)
    try:
        thread.start()
        thread.join(ending.left_s())
    except RuntimeError:  # too late for another thread: the exporter has a timeout of its own
        if ending.left_s():
            provider.shutdown()
