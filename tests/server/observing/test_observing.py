"""What is observed, on both dispatches, in the process of the test: a provider of its own, hooks, what is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import get_tracer_provider, set_tracer_provider
from prometheus_client import REGISTRY

from pymacaron import context
from pymacaron.finding import FindingsError

DURATION = "http_server_request_duration_seconds_count"
OBSERVED = {"metrics": "/metrics", "traces": True}
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders/{id}:
    get:
      operationId: order
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: x}}
"""


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """What the process's own provider exports to; there is one for all tests, as in a service."""
    provider = get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        set_tracer_provider(provider)
    found = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(found))
    return found


@pytest.fixture(params=["direct", "stock"])
def app_of(
    request: pytest.FixtureRequest,
    own_config: None,
    service: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Flask]:
    # No collector listens: a thread that tries again and again would outlive the test, and draw lots beside others
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")

    def make(handler: Callable[..., Any], app: Flask | None = None, **settings: Any) -> Flask:
        return service(SHOP, {"order": handler}, app, settings={"dispatch": request.param, **settings})

    return make


def counted(**labels: str) -> float:
    names = ("api", "operation", "http_route", "http_request_method", "http_response_status_code")
    return REGISTRY.get_sample_value(DURATION, {name: labels.get(name, "") for name in names}) or 0


def status(app: Flask) -> int:
    """Of a call whose reply is closed, as servers do."""
    with app.test_client().get("/orders/7") as reply:
        return reply.status_code


ORDER = {"api": "shop", "operation": "order", "http_route": "/orders/{id}", "http_request_method": "GET"}


def test_the_provider_of_the_service_is_used(app_of: Any, exporter: InMemorySpanExporter) -> None:
    found: list[Any] = []

    def order(id: str) -> Any:
        call = context.current()
        assert call is not None
        found.append(call.trace)
        return {}

    app = app_of(order, **OBSERVED)
    assert status(app) == 200
    [span] = exporter.get_finished_spans()
    assert (found[0].span, found[0].id) == (f"{span.context.span_id:016x}", f"{span.context.trace_id:032x}")
    assert span.name == "GET /orders/{id}"


def test_what_a_hook_answers_belongs_to_the_operation(app_of: Any, exporter: InMemorySpanExporter) -> None:
    app = Flask("shop")
    app.before_request(lambda: ("no", 403))
    before = counted(**ORDER, http_response_status_code="403")
    app = app_of(lambda id: {}, app, **OBSERVED)
    assert status(app) == 403
    assert counted(**ORDER, http_response_status_code="403") == before + 1
    assert exporter.get_finished_spans()[-1].name == "GET /orders/{id}"


def test_an_exception_that_nothing_answers_is_counted_and_told(app_of: Any, exporter: InMemorySpanExporter) -> None:
    app = Flask("shop")

    def fail(response: Any) -> Any:
        raise LookupError("password=sesame")

    app.after_request(fail)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    before = counted(**ORDER, http_response_status_code="500")
    app = app_of(lambda id: {}, app, **OBSERVED)
    with pytest.raises(LookupError):
        status(app)
    assert counted(**ORDER, http_response_status_code="500") == before + 1
    span = exporter.get_finished_spans()[-1]
    assert span.attributes is not None
    assert span.attributes["error.type"] == "LookupError"
    assert "sesame" not in span.to_json()


def test_codes_of_errors_are_few(app_of: Any) -> None:
    def order(id: str) -> Any:
        return {"status": 400, "error": f"CODE_{id}", "error_description": "x"}

    client = app_of(order, metrics="/metrics").test_client()
    for number in range(300):
        client.get(f"/orders/{number}").close()
    codes = {
        one.labels["code"]
        for family in REGISTRY.collect()
        for one in family.samples
        if one.name == "pymacaron_errors_total" and one.labels["code"].startswith(("CODE_", "other"))
    }
    assert "other" in codes
    assert 100 < len(codes) <= 1 + 200 * 2  # of this service, on both dispatches


def test_a_service_without_the_settings_loads_nothing_and_is_not_wrapped(tmp_path: Path) -> None:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text(SHOP)
    code = """if 1:
    import json, sys
    from flask import Flask
    from pymacaron import API
    app = Flask("shop")
    API(app, resolver=lambda operation: lambda id: {}).load_apis("apis").start(serve="shop")
    app.test_client().get("/orders/7")
    print(json.dumps([type(app.wsgi_app).__name__, sorted({name.partition(".")[0] for name in sys.modules})]))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    kind, loaded = json.loads(done.stdout.splitlines()[-1])
    assert kind == "method"
    assert {"prometheus_client", "opentelemetry", "requests"} & set(loaded) == set()


@pytest.mark.parametrize(
    ("setting", "package", "extra"),
    [
        ({"metrics": "/metrics"}, "prometheus_client", "prometheus"),
        ({"traces": True}, "opentelemetry.exporter.otlp.proto.http", "otel"),
    ],
)
@pytest.mark.usefixtures("own_config")
def test_a_package_that_is_missing_is_named_at_the_start(
    setting: Any, package: str, extra: str, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as Python has what cannot be imported
    with pytest.raises(FindingsError, match=rf"missing-library.*{package.replace('.', '-')}[^§]*pymacaron\[{extra}\]"):
        service(SHOP, {"order": lambda id: {}}, settings=setting)


def test_an_observer_that_fails_fails_no_call(app_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = app_of(lambda id: {}, metrics="/metrics")
    app.wsgi_app._observers = (object(),)
    assert status(app) == 200
    assert "a request could not be observed (end): AttributeError" in caplog.text
