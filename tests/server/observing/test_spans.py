"""What an OTLP collector is sent by real servers: the spans of calls, with their parents, and no secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{CALLER}-01"
SERVER, INTERNAL, ERROR = 2, 1, 2
CONFIG = "traces: true\nlog_format: json\naccess_log: true\n"

servers = pytest.mark.parametrize("server", ["gunicorn", "granian"])


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def environment(collector: Any, **more: str) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=shop", **more}


@servers
def test_a_call_is_a_span_of_the_callers_trace_and_what_is_in_it_and_called_by_it_too(
    server: str, served: Any, collector: Any
) -> None:
    with served(server, CONFIG, environment(collector)) as service:
        headers = {"traceparent": PARENT, "tracestate": "shop=1", "PymCallID": "call-1", "User-Agent": "test/1"}
        outgoing = json.loads(service.get("/v1/orders/7?token=sesame-7731", **headers)[2])
        service.process.terminate()
        service.process.wait()
        log = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
    [span] = [one for one in collector.spans() if one.kind == SERVER]
    [inner] = [one for one in collector.spans() if one.kind == INTERNAL]
    assert (span.name, span.trace_id.hex(), span.parent_span_id.hex()) == ("GET /v1/orders/{id}", TRACE, CALLER)
    assert (inner.name, inner.trace_id, inner.parent_span_id) == ("look up", span.trace_id, span.span_id)
    assert outgoing["traceparent"] == f"00-{TRACE}-{span.span_id.hex()}-01"
    assert outgoing["tracestate"] == "shop=1"
    assert {line["traceparent"] for line in log if "traceparent" in line} == {outgoing["traceparent"]}
    assert len([line for line in log if line.get("call_id") == "call-1"]) == 2
    assert attributes(span) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/v1/orders/{id}",
        "network.protocol.version": "1.1",
        "pymacaron.api": "shop",
        "pymacaron.call_id": "call-1",
        "pymacaron.operation_id": "shop.order",
        "server.address": "127.0.0.1",
        "server.port": service.port,
        "url.path": "/v1/orders/7",
        "url.scheme": "http",
        "user_agent.original": "test/1",
    }
    [name] = {
        one.value.string_value
        for request in collector.requests
        for resource in request.resource_spans
        for one in resource.resource.attributes
        if one.key == "service.name"
    }
    assert name == "shop"
    assert {one["x-tenant"] for one in collector.headers} == {"shop"}
    assert "sesame" not in collector.text()


@servers
def test_what_a_call_ended_in_is_told_without_secrets(server: str, served: Any, collector: Any) -> None:
    with served(server, CONFIG, environment(collector)) as service:
        assert service.get("/v1/orders/fails", Authorization="Bearer sesame-7731-of-a-caller")[0] == 500
        assert service.get("/v1/orders/gone")[0] == 410
        assert service.get("/missing/7")[0] == 404
        assert service.get("/own/7")[0] == 200
        assert service.get("/v1/resets/sesame-7731")[0] == 200
        assert service.get("/v1/lines")[2] == b"1\n2\n"
        assert service.get("/readyz")[0] == 200
        service.process.terminate()
        service.process.wait()
    spans = {one.name: one for one in collector.spans() if one.kind == SERVER}
    by_path = {attributes(one).get("url.path"): one for one in collector.spans() if one.kind == SERVER}
    assert set(spans) == {"GET", "GET /own/<int:number>", "GET /v1/orders/{id}", "GET /v1/lines"} | {
        "GET /v1/resets/{password}"
    }
    failed, gone = by_path["/v1/orders/fails"], by_path["/v1/orders/gone"]
    assert failed.status.code == ERROR
    assert (attributes(failed)["error.type"], attributes(failed)["http.response.status_code"]) == ("RuntimeError", 500)
    assert attributes(failed)["pymacaron.error"] == "UNHANDLED_SERVER_ERROR"
    [event] = failed.events
    told = attributes(event)
    assert (event.name, told["exception.type"]) == ("exception", "RuntimeError")
    assert told["exception.message"] == "it was password=********"
    assert "in order" in told["exception.stacktrace"]
    assert (gone.status.code, list(gone.events)) == (0, [])
    assert attributes(gone)["pymacaron.error"] == "ORDER_GONE"
    assert "http.route" not in attributes(spans["GET"])
    assert attributes(spans["GET /v1/resets/{password}"])["url.path"] == "/v1/resets/********"
    [inner] = [one for one in collector.spans() if one.name == "lines"]
    assert inner.parent_span_id == spans["GET /v1/lines"].span_id
    assert spans["GET /v1/lines"].end_time_unix_nano >= inner.end_time_unix_nano
    assert "sesame" not in collector.text()


def test_what_the_caller_does_not_record_is_not_exported_but_keeps_its_trace(served: Any, collector: Any) -> None:
    with served("gunicorn", CONFIG, environment(collector)) as service:
        outgoing = json.loads(service.get("/v1/orders/7", traceparent=f"00-{TRACE}-{CALLER}-00")[2])
        service.get("/v1/orders/8")
        service.process.terminate()
        service.process.wait()
    assert outgoing["traceparent"].startswith(f"00-{TRACE}-")
    assert outgoing["traceparent"].endswith("-00")
    assert CALLER not in outgoing["traceparent"]
    assert {attributes(one)["url.path"] for one in collector.spans() if one.kind == SERVER} == {"/v1/orders/8"}


def test_the_sampler_of_the_environment_is_used(served: Any, collector: Any) -> None:
    with served("gunicorn", CONFIG, environment(collector, OTEL_TRACES_SAMPLER="always_off")) as service:
        outgoing = json.loads(service.get("/v1/orders/7")[2])
        service.process.terminate()
        service.process.wait()
    assert outgoing["traceparent"].endswith("-00")
    assert collector.spans() == []


def test_where_the_sdk_is_off_calls_have_traces_as_without_it(served: Any, collector: Any) -> None:
    with served("gunicorn", CONFIG, environment(collector, OTEL_SDK_DISABLED="true")) as service:
        outgoing = json.loads(service.get("/v1/orders/7", traceparent=PARENT)[2])
        service.process.terminate()
        service.process.wait()
    assert outgoing["traceparent"].startswith(f"00-{TRACE}-")
    assert CALLER not in outgoing["traceparent"]
    assert collector.spans() == []
