"""What is seen of calls: in the log, in metrics and spans, and in the reports of the call that they belong to."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from upstreams.server import Server, clients, reply

from pymacaron import ApiPool, context
from pymacaron.client.errors import ResponseMismatch
from pymacaron.client.events import Event
from pymacaron.client.loading import load_clients
from pymacaron.config import load as load_config
from pymacaron.crash import flush, report_error, set_error_reporter

FRONT = """
openapi: 3.1.0
info: {title: Front, version: "1"}
paths:
  /front:
    get:
      operationId: front
      responses: {"200": {description: ""}}
"""
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /pets/{token}:
    get:
      operationId: get_pet
      parameters:
        - {name: token, in: path, required: true, schema: {type: string}}
        - {name: q, in: query, schema: {type: string}}
      responses:
        "200": {description: "", content: {application/json: {schema: {type: object, required: [name]}}}}
  /items:
    get:
      operationId: items
      responses:
        "200":
          description: ""
          content: {application/x-ndjson: {schema: {type: object, required: [n]}}}
"""
SECRET = "hunter2-of-the-caller"


@pytest.fixture
def calls(tmp_path: Path, server: Server) -> Callable[..., Any]:
    """calls(**options) -> the clients of SHOP, at *server*, which wait for nothing."""

    def made(**options: Any) -> Any:
        (tmp_path / "seen.yaml").write_text(SHOP, encoding="utf-8")
        load_clients(tmp_path, ["seen"])
        return clients(ApiPool.seen.clients, url=server.url, **options)

    return made


class Seen:
    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def begin(self, event: Event) -> None:
        event.headers["X-Seen"] = "1"

    def end(self, event: Event) -> None:
        self.events.append((event.api, event.operation, event.method, event.status, event.error, event.attempts))


def test_a_call_is_a_line_of_the_log_without_its_query_and_path(
    calls: Any, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    load_config(settings={"client_log": True})
    answers = [reply(200, {"name": "Ada"}), reply(503), reply(404, {"error": "GONE"})]
    server.answer = lambda asked: answers.pop(0)
    shop = calls()
    with caplog.at_level(logging.INFO, "pymacaron.calls"), context.Call(call_id="id-1"):
        shop.call.get_pet(token=SECRET, q=SECRET)
        shop.client.get_pet(token=SECRET)
    records = [record for record in caplog.records if record.name == "pymacaron.calls"]
    told = [(one.called_api, one.called_operation, one.status, one.attempts, one.call_id) for one in records]  # type: ignore[attr-defined]
    assert told == [("seen", "get_pet", 200, 1, "id-1"), ("seen", "get_pet", 404, 2, "id-1")]
    assert records[0].url == f"{server.url}/pets/{{token}}"  # type: ignore[attr-defined]
    assert [one.error for one in records] == ["", "GONE"]  # type: ignore[attr-defined]
    assert SECRET not in caplog.text
    assert "404 GONE" in caplog.text


def test_nothing_is_logged_unless_it_is_asked_for(calls: Any, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda asked: reply(200, {"name": "Ada"})
    with caplog.at_level(logging.INFO):
        calls().call.get_pet(token="x")
    assert [record for record in caplog.records if record.name == "pymacaron.calls"] == []


def test_observers_see_each_call_once_and_may_add_headers(calls: Any, server: Server) -> None:
    seen = Seen()
    server.answer = lambda asked: reply(200, {"name": "Ada"})
    shop = calls(observers=[seen])
    shop.call.get_pet(token="x")
    asyncio.run(shop.acall.get_pet(token="x"))
    assert seen.events == [("seen", "get_pet", "GET", 200, "", 1)] * 2
    assert [asked.headers["x-seen"] for asked in server.asked] == ["1", "1"]
    server.answer = lambda asked: None
    shop.client.get_pet(token="x", max_attempts=2)
    assert seen.events[2] == ("seen", "get_pet", "GET", 0, "CONNECTION_LOST", 2)


def test_an_observer_that_fails_harms_no_call(calls: Any, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Seen):
        def begin(self, event: Event) -> None:
            raise RuntimeError(SECRET)

    server.answer = lambda asked: reply(200, {"name": "Ada"})
    assert calls(observers=[Broken()]).call.get_pet(token="x")["name"] == "Ada"
    assert "could not be observed (begin): RuntimeError" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("face", ["client", "call", "acall"])
def test_a_report_has_the_calls_that_have_failed_before(
    service: Callable[..., Flask], calls: Any, server: Server, face: str
) -> None:
    reports: list[dict[str, Any]] = []
    failures: list[Exception] = []
    answer = {"error": "NO_PET", "error_description": f"password={SECRET}"}
    server.answer = lambda asked: reply(200, {"name": "A"}) if "fine" in asked.line else reply(404, answer)
    shop = calls()

    def front() -> Any:
        def one(token: str) -> Any:
            made = getattr(shop, face).get_pet(token=token)
            return asyncio.run(made) if face == "acall" else made

        one("fine")
        for _ in range(25):
            try:
                one(SECRET)
            except Exception as error:
                failures.append(error)
        raise RuntimeError("boom")

    app = service(FRONT, {"front": front}, error_reporter=lambda title, message: reports.append(json.loads(message)))
    assert app.test_client().get("/front").status_code == 500
    flush(10)
    [told] = [one for one in reports if one["is_fatal_error"]]
    assert len(told["calls"]) == 20
    assert SECRET not in json.dumps(told)
    last = told["calls"][-1]
    assert last.pop("ms") >= 0
    assert last.pop("at").endswith("+00:00")
    assert last == {
        "api": "seen",
        "operation": "get_pet",
        "method": "GET",
        "url": f"{server.url}/pets/{{token}}",
        "status": 404,
        "error": "NO_PET",
        "error_description": "404 password=********",
        "attempts": 1,
    }


def test_a_call_without_failures_has_none_in_its_report(calls: Any) -> None:
    reports: list[dict[str, Any]] = []
    set_error_reporter(lambda title, message: reports.append(json.loads(message)))
    with context.Call():
        report_error("a test")
    flush(10)
    set_error_reporter(None)
    assert "calls" not in reports[0]


def test_replies_that_are_only_reported_are_looked_at_by_lot(calls: Any, server: Server) -> None:
    titles: list[str] = []
    set_error_reporter(lambda title, message: titles.append(title))
    load_config(settings={"report_window_s": 0, "reports_per_minute": 0})
    server.answer = lambda asked: reply(200, {})
    shop = calls(validation="report")
    for _ in range(110):
        assert shop.call.get_pet(token="x") == {}
    flush(10)
    assert 100 <= len(titles) <= 105
    titles.clear()
    never = shop.with_options(sample=0.0)
    always = shop.with_options(sample=1.0)
    for _ in range(5):
        never.call.get_pet(token="x")
        always.call.get_pet(token="x")
    flush(10)
    set_error_reporter(None)
    assert len(titles) == 5


def test_a_mismatch_in_the_midst_of_a_stream_says_whose_it_is(calls: Any, server: Server) -> None:
    server.answer = lambda asked: reply(
        200, content=b'{"n": 1}\n{"m": 2}\n', headers={"Content-Type": "application/x-ndjson"}
    )
    shop = calls(validation="strict")
    with context.Call(call_id="id-9"):
        stream = shop.call.items()
        assert next(stream) == {"n": 1}
        with pytest.raises(ResponseMismatch) as caught:
            next(stream)
    assert (caught.value.url, caught.value.call_id) == (f"{server.url}/items", "id-9")
    assert (caught.value.api, caught.value.operation) == ("seen", "items")


def test_metrics_and_spans_of_calls(start: Callable[[str, Path], Any], tmp_path: Path, server: Server) -> None:
    """A real service, which calls another; what it tells of that."""
    answers = {"/pets/a": reply(200, {"name": "A"}), "/pets/b": reply(404, {"error": "NO_PET"})}
    server.answer = lambda asked: answers[asked.line.split()[1]]
    folder = tmp_path / "service"
    (folder / "apis").mkdir(parents=True)
    (folder / "apis" / "front.yaml").write_text(FRONT, encoding="utf-8")
    (folder / "apis" / "seen.yaml").write_text(SHOP, encoding="utf-8")
    (folder / "pym-config.yaml").write_text(
        f"name: front\nmetrics: /metrics\ntraces: true\nlog_format: json\nclient_log: true\n"
        f"clients: {{seen: {{url: '{server.url}'}}}}\n"
    )
    (folder / "server.py").write_text(SERVICE, encoding="utf-8")
    with start("werkzeug", folder) as running:
        told = running.get("/front", {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}).json
        lines = running.get("/metrics").body.decode().splitlines()
    spans = {one["name"]: one for one in told["spans"]}
    made = spans["GET /pets/{token}"]
    assert made["kind"] == "CLIENT"
    assert made["parent"] == told["server"]
    assert made["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert server.asked[0].headers["traceparent"] == f"00-{made['trace']}-{told['spans'][0]['id']}-01"
    assert told["spans"][0]["attributes"]["http.response.status_code"] == 200
    assert told["spans"][1]["attributes"]["error.type"] == "404"
    [fine] = [one for one in lines if "client_request_duration_seconds_count" in one and '="200"' in one]
    assert 'api="seen"' in fine
    assert 'operation="get_pet"' in fine
    assert fine.endswith(" 1.0")
    [attempts] = [one for one in lines if one.startswith("pymacaron_client_attempts_total{")]
    assert attempts.endswith(" 2.0")


SERVICE = """
from flask import Flask
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pymacaron import API, ApiPool, letsgo

exporter = InMemorySpanExporter()
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))
app = Flask(__name__)


def front():
    ApiPool.seen.call.get_pet(token="a")
    ApiPool.seen.client.get_pet(token="b")
    spans = [
        {
            "name": one.name,
            "kind": one.kind.name,
            "id": f"{one.context.span_id:016x}",
            "trace": f"{one.context.trace_id:032x}",
            "parent": f"{one.parent.span_id:016x}",
            "attributes": dict(one.attributes),
        }
        for one in exporter.get_finished_spans()
    ]
    return {"spans": spans, "server": f"{trace.get_current_span().get_span_context().span_id:016x}"}


def start(port, debug):
    API(app, port=port, resolver=lambda operation: front).load_apis("apis").start(serve="front")


letsgo(__name__, callback=start)
"""
