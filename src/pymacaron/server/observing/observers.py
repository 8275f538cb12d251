"""
Which observers the settings ask for, and what is put around the app for them. Loaded where there are any.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

from flask import Flask

from pymacaron import config
from pymacaron.finding import Finding
from pymacaron.server.dispatch import Mounted
from pymacaron.server.observing import workers
from pymacaron.server.observing.watching import Observer, Watching

__all__ = ["observe", "unready"]

log = logging.getLogger("pymacaron.server")

#: dict: setting -> the packages that it needs, the extra of ours that has them
_NEEDS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "metrics": (("prometheus_client",), "prometheus"),
    "traces": (("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"), "otel"),
}


def unready() -> list[Finding]:
    """What the settings need, and is not installed."""
    findings = []
    for key, (packages, extra) in _NEEDS.items():
        if not getattr(config.get_config(), key):
            continue
        missing = next((name for name in packages if not _is_there(name)), None)
        if missing is not None:
            fact = f"the setting {key} is on, and the package {missing.replace('.', '-')} is not installed"
            mend = f"Install it with: pip install 'pymacaron[{extra}]'"
            findings.append(Finding(config.FILE, 0, 0, "missing-library", fact, mend))
    return findings


def observe(app: Flask, mounted: Iterable[Mounted], unsaid: frozenset[str]) -> None:
    """
    Put what the settings ask for around *app*, whose operations are *mounted*, and mount the page of the metrics where
    nothing else answers. Requests of the paths *unsaid* are not observed, nor are those of that page.
    """
    settings = config.get_config()
    observers: list[Observer] = []
    if settings.traces:
        from pymacaron.server.observing.spans import Spans

        observers.append(Spans(app, str(getattr(settings, "name", "") or app.name)))
    if settings.metrics:
        observers.append(_metrics(app, settings))
    routes = {one.rule.endpoint: one.answering.known for one in mounted}
    watching = Watching(app.wsgi_app, observers, routes, unsaid | {settings.metrics})
    vars(app)["wsgi_app"] = watching


def _metrics(app: Flask, settings: Any) -> Observer:
    if workers.folder() is None and _has_siblings():
        log.warning(
            "metrics are those of one worker: set `metrics` in %s, and start the service with pymacaron run, or with "
            "gunicorn --config python:pymacaron.gunicorn",
            config.FILE,
        )
    from pymacaron.server.observing.metrics import Metrics
    from pymacaron.server.observing.scraping import Scraping

    taken = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    if settings.metrics in taken:
        log.info("%s is answered by a route of the service itself, not by its metrics", settings.metrics)
    else:
        Scraping(settings.metrics_token).mount(app, settings.metrics)
    return Metrics()


def _has_siblings() -> bool:
    process: Any = sys.modules.get("multiprocessing.process")
    return "gunicorn.arbiter" in sys.modules or (process is not None and process.parent_process() is not None)


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
