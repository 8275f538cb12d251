"""
Where Prometheus asks: the page of the setting `metrics`. It is a view of the app, no operation: no description has it.

With several workers, whichever answers gives the sum over all of them; what each is (memory, CPU) is told by its pid.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator

from flask import Flask, Response, request
from prometheus_client import REGISTRY, CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from pymacaron import context
from pymacaron.exceptions import HTTPError
from pymacaron.server.observing import metrics, workers

__all__ = ["Scraping"]


class Scraping:
    """*token*: what a scrape has to send as its bearer token; None: whoever asks is answered."""

    def __init__(self, token: str | None):
        self._token = token

    def mount(self, app: Flask, path: str) -> None:
        """Answer at *path*."""
        app.add_url_rule(path, f"GET {path}", self.answer, methods=["GET"])

    def answer(self) -> Response:
        """All that is counted, as text of Prometheus or OpenMetrics, whichever Accept asks for."""
        call = context.current()
        if call is not None:
            call.slow_ms = 0
        self._admit()
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        metrics.publish()
        place = workers.folder()
        if place is None:
            text = encode(REGISTRY)
        else:
            with workers.alone(place):
                workers.bury_dead(place)
                text = encode(_of_all(place))
        return Response(text, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    def _admit(self) -> None:
        """Raises HTTPError, a 401, for who has no token."""
        if self._token is None:
            return
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), self._token.encode()):
            challenge = {"WWW-Authenticate": "Bearer"}
            raise HTTPError(401, "The metrics are for who has the metrics_token", challenge)


def _of_all(place: str) -> CollectorRegistry:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, place)  # type: ignore[no-untyped-call]
    registry.register(_Processes(place))
    PlatformCollector(registry=registry)
    return registry


class _Processes(Collector):
    """Memory, CPU and files of each worker that counts in the folder *place*, and of this one."""

    def __init__(self, place: str):
        self._place = place

    def collect(self) -> Iterator[Metric]:
        found: dict[str, Metric] = {}
        for pid in sorted({os.getpid(), *workers.living(self._place)}):
            for one in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
                metric = found.setdefault(one.name, Metric(one.name, one.documentation, one.type))
                for sample in one.samples:
                    metric.add_sample(sample.name, {**sample.labels, "pid": str(pid)}, sample.value)
        yield from found.values()
