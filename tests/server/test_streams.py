"""Streams on a Flask app and on real servers: items one by one, failures in the middle, callers who leave."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, request, session

from pymacaron import context
from pymacaron.auth import generate_token, get_userid, requires_auth
from pymacaron.exceptions import add_error
from pymacaron.server.streaming import CutError

Build = Callable[..., Flask]


@pytest.fixture
def shop(service: Build) -> Build:
    """`shop(handlers, description=SHOP, **options of service)`: the app, its other operations answered with None."""
    others = dict.fromkeys(("lines", "add_lines", "events"), lambda *args: None)
    return lambda handlers, description=SHOP, **options: service(description, {**others, **handlers}, **options)


NotThere = add_error(name="StreamNotThere", code="STREAM_NOT_THERE", status=404)

SHOP = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
paths:
  /lines:
    get:
      operationId: lines
      responses:
        "200":
          description: ok
          content:
            application/x-ndjson: {itemSchema: {$ref: "#/components/schemas/Order"}}
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Order"}}}
    post:
      operationId: add_lines
      requestBody:
        required: true
        content:
          application/x-ndjson: {itemSchema: {$ref: "#/components/schemas/Order"}}
      responses:
        "200": {description: ok, content: {application/json: {schema: {}}}}
  /events:
    get:
      operationId: events
      responses:
        "200": {description: ok, content: {text/event-stream: {}}}
components:
  schemas:
    Order: {type: object, required: [item], properties: {item: {type: string}}}
"""

JWT = {"jwt_secret": "a secret of at least 32 bytes, all of it", "jwt_issuer": "shop", "jwt_audience": "shop"}


class Reports:
    """What was reported: `found` has (title, report) each."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, title: str, message: str) -> None:
        self.found.append((title, json.loads(message)))

    @property
    def titles(self) -> list[str]:
        return [title for title, _ in self.found]


def orders(*items: Any) -> Callable[[], Iterator[Any]]:
    """A handler that gives *items*, and raises what of them is an exception."""

    def handler() -> Iterator[Any]:
        for item in items:
            if isinstance(item, BaseException):
                raise item
            yield item

    return handler


def pieces(response: Any) -> list[bytes]:
    """Each piece of a streamed reply, as the server would get it, and what ends it, by name, if it is an exception."""
    found: list[bytes] = []
    try:
        found += response.response
    except Exception as error:
        found.append(type(error).__name__.encode())
    finally:
        response.close()
    return found


# ---- the beginning


def test_the_reply_is_a_stream_without_a_length(shop: Build):
    client = shop({"lines": orders({"item": "a"}, {"item": "b"})}).test_client()
    response = client.get("/lines", headers={"Accept-Encoding": "gzip", "Origin": "https://x.example"}, buffered=False)
    assert (response.status_code, dict(response.headers)) == (
        200,
        {
            "Content-Type": "application/x-ndjson",
            "Vary": "Accept",
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
        },
    )
    assert pieces(response) == [b'{"item":"a"}\n', b'{"item":"b"}\n']


def test_the_accept_header_chooses_between_an_array_and_a_stream(shop: Build):
    client = shop({"lines": orders({"item": "a"})}).test_client()
    assert client.get("/lines", headers={"Accept": "application/json"}).data == b'[{"item":"a"}]'
    assert client.get("/lines", headers={"Accept": "application/x-ndjson"}).data == b'{"item":"a"}\n'
    assert client.get("/lines", headers={"Accept": "text/html"}).status_code == 406


@pytest.mark.parametrize(
    ("failure", "status", "code", "reported"),
    [(NotThere("no"), 404, "STREAM_NOT_THERE", 0), (ValueError("no"), 500, "UNHANDLED_SERVER_ERROR", 1)],
)
def test_a_failure_before_the_first_item_is_an_ordinary_error(
    shop: Build, failure: Exception, status: int, code: str, reported: int
):
    reports = Reports()
    client = shop({"lines": orders(failure)}, error_reporter=reports).test_client()
    response = client.get("/lines")
    assert (response.status_code, response.json["error"], len(reports.found)) == (status, code, reported)


def test_the_headers_of_events_do_not_wait_for_the_first(shop: Build):
    made: list[int] = []

    def events() -> Iterator[Any]:
        made.append(1)
        yield {"n": 1}

    response = shop({"events": events}).test_client().get("/events", buffered=False)
    sent = {name: value for name, value in response.headers if not name.startswith("Access-")}
    assert (sent, made) == (
        {
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-cache",
            "X-Accel-Buffering": "no",
            "X-Content-Type-Options": "nosniff",
        },
        [],
    )
    assert pieces(response) == [b":\n\n", b'data: {"n":1}\n\n']


def test_a_status_and_headers_go_with_a_stream(shop: Build):
    handler = orders({"item": "a"})
    client = shop({"lines": lambda: (handler(), 200, {"X-Total": "1"})}).test_client()
    response = client.get("/lines")
    assert (response.headers["X-Total"], response.data) == ("1", b'{"item":"a"}\n')


def test_head_makes_no_item(shop: Build):
    made: list[int] = []

    def lines() -> Iterator[Any]:
        made.append(1)
        yield {"item": "a"}

    response = shop({"lines": lines}).test_client().head("/lines")
    assert (response.status_code, response.headers["Content-Type"], response.data, made) == (
        200,
        "application/x-ndjson",
        b"",
        [],
    )


# ---- the middle


def test_the_call_and_the_contexts_of_flask_hold_while_items_are_made(shop: Build):
    torn_down: list[str] = []
    app = Flask("shop")
    app.secret_key = "x"
    app.teardown_request(lambda error: torn_down.append("request"))
    app.teardown_appcontext(lambda error: torn_down.append("app"))

    def lines() -> Iterator[Any]:
        g.name, session["name"] = "g", "session"
        yield {"item": get_userid()}
        call = context.current()
        assert call is not None
        yield {"item": f"{call.call_id} {request.path} {g.name} {session['name']} {len(torn_down)}"}

    description = SHOP.replace("operationId: lines", "operationId: lines\n      x-decorate-server: " + AUTH)
    client = shop({"lines": lines}, description, app=app, settings=JWT).test_client()
    headers = {"Authorization": f"Bearer {generate_token('ali')}", "PymCallID": "c7"}
    response = client.get("/lines", headers=headers, buffered=False)
    assert (torn_down, context.current() is None) == ([], False)
    assert pieces(response) == [b'{"item":"ali"}\n', b'{"item":"c7 /lines g session 0"}\n']
    assert (torn_down, context.current()) == (["request", "app"], None)


AUTH = f"{requires_auth.__module__}.requires_auth".replace("pymacaron.auth.identity", "pymacaron.auth")


def test_an_async_generator_runs_on_the_loop_in_one_context(shop: Build):
    seen: contextvars.ContextVar[int] = contextvars.ContextVar("seen", default=0)

    async def lines() -> AsyncIterator[Any]:
        for _ in range(3):
            await asyncio.sleep(0)
            seen.set(seen.get() + 1)
            yield {"item": f"{request.path} {seen.get()}"}

    client = shop({"lines": lines}).test_client()
    assert client.get("/lines").data == b'{"item":"/lines 1"}\n{"item":"/lines 2"}\n{"item":"/lines 3"}\n'
    assert client.get("/lines", headers={"Accept": "application/json"}).json == [
        {"item": "/lines 1"},
        {"item": "/lines 2"},
        {"item": "/lines 3"},
    ]


def test_the_life_of_a_stream_is_no_slow_call(shop: Build):
    reports = Reports()

    def lines() -> Iterator[Any]:
        yield {"item": "a"}
        call = context.current()
        assert call is not None
        call.started -= 10_000_000_000
        yield {"item": "b"}

    app = shop({"lines": lines}, error_reporter=reports, settings={"report_call_exceeding_ms": 5000})
    assert len(app.test_client().get("/lines").data.splitlines()) == 2
    assert reports.titles == []


# ---- what does not fit


def test_an_item_that_does_not_fit_is_sent_and_reported_once(shop: Build):
    reports = Reports()
    handlers = {"lines": orders({"item": 1}, {"item": "b"}, {"item": 3})}
    client = shop(handlers, error_reporter=reports, settings={"response_validation": "report"}).test_client()
    response = client.get("/lines", buffered=False)
    assert pieces(response) == [b'{"item":1}\n', b'{"item":"b"}\n', b'{"item":3}\n']
    assert reports.titles == [
        "NON-FATAL BACKEND ERROR shop handler(): the reply of lines does not fit its description: "
        "response /0/item: 1 is not a string"
    ]


def test_an_item_that_does_not_fit_ends_a_strict_stream(shop: Build):
    reports = Reports()
    handlers = {"lines": orders({"item": "a"}, {"item": 2}, {"item": "c"})}
    client = shop(handlers, error_reporter=reports, settings={"response_validation": "strict"}).test_client()
    assert pieces(client.get("/lines", buffered=False)) == [b'{"item":"a"}\n', b"CutError"]
    [(title, report)] = reports.found
    assert title == "FATAL BACKEND ERROR shop handler(): the stream of lines ended early, after 1 items"
    assert report["error_caught"] == (
        "InvalidResponseError: the reply of lines does not fit its description: response /1/item: 2 is not a string"
    )


def test_a_first_item_that_does_not_fit_is_a_500_where_replies_are_strict(shop: Build):
    settings = {"response_validation": "strict"}
    response = shop({"lines": orders({"item": 2})}, settings=settings).test_client().get("/lines")
    assert (response.status_code, response.json["error"]) == (500, "UNHANDLED_SERVER_ERROR")


def test_items_are_not_looked_at_where_validation_is_off(shop: Build):
    reports = Reports()
    settings = {"response_validation": "off"}
    client = shop({"lines": orders({"item": 2})}, error_reporter=reports, settings=settings).test_client()
    assert (client.get("/lines").data, reports.titles) == (b'{"item":2}\n', [])


# ---- failures


def test_a_failure_in_the_middle_cuts_a_stream_and_is_reported(shop: Build):
    reports = Reports()
    client = shop({"lines": orders({"item": "a"}, ValueError("no"))}, error_reporter=reports).test_client()
    assert pieces(client.get("/lines", buffered=False)) == [b'{"item":"a"}\n', b"CutError"]
    [(title, report)] = reports.found
    assert title == "FATAL BACKEND ERROR shop handler(): the stream of lines ended early, after 1 items"
    assert report["error_caught"] == "ValueError: no"


def test_a_failure_that_is_no_crash_is_not_reported(shop: Build):
    reports = Reports()
    client = shop({"lines": orders({"item": "a"}, NotThere("no"))}, error_reporter=reports).test_client()
    assert pieces(client.get("/lines", buffered=False)) == [b'{"item":"a"}\n', b"CutError"]
    assert reports.titles == []


def test_why_a_stream_was_cut_for_a_mistake_of_the_caller_is_logged_and_raised(
    service: Build, caplog: pytest.LogCaptureFixture
):
    description = SHOP.replace(
        "{type: string}", "{type: string}, code: {type: string, format: password, maxLength: 3}"
    ).replace("ok, content: {application/json: {schema: {}}}", "ok, content: {application/x-ndjson: {}}")
    handlers: Any = {"lines": list, "events": list, "add_lines": lambda items: (item for item in items)}
    client = service(description, handlers).test_client()
    data = b'{"item":"a"}\n{"item":3,"code":"hunter2"}\n'
    answer = client.post("/lines", data=data, content_type="application/x-ndjson", buffered=False)
    said = (
        "the stream of add_lines ended early, after 1 items: "
        "body /1/item: 3 is not a string; body /1/code: a value is longer than 3 characters"
    )
    with pytest.raises(CutError) as caught:
        answer.get_data()
    assert str(caught.value) == said
    assert [(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("WARNING", said, None)
    ]
    answer.close()


def test_a_failure_ends_events_with_one_that_says_so(shop: Build):
    reports = Reports()
    client = shop({"events": orders("a", ValueError("a secret"))}, error_reporter=reports).test_client()
    [_, first, last] = pieces(client.get("/events", buffered=False))
    [event, data, *end] = last.decode().split("\n")
    error = json.loads(data.removeprefix("data: "))
    assert (first, event, end) == (b"data: a\n\n", "event: error", ["", ""])
    assert (error["status"], error["error"], "a secret" in data) == (500, "UNHANDLED_SERVER_ERROR", False)
    assert [report["error_id"] for _, report in reports.found] == [error["error_id"]]


def test_a_generator_that_exits_fails_and_does_not_end_the_worker(shop: Build):
    reports = Reports()
    app = shop({"lines": orders({"item": "a"}, GeneratorExit())}, error_reporter=reports)
    assert pieces(app.test_client().get("/lines", buffered=False)) == [b'{"item":"a"}\n', b"CutError"]
    assert [report["error_caught"] for _, report in reports.found] == ["StoppedError: the stream raised GeneratorExit"]


def test_an_item_that_has_no_json_ends_the_stream(shop: Build):
    reports = Reports()
    client = shop({"lines": orders({"item": "a"}, {"item": object()})}, error_reporter=reports).test_client()
    assert pieces(client.get("/lines", buffered=False)) == [b'{"item":"a"}\n', b"CutError"]
    assert len(reports.found) == 1


# ---- callers who leave


def test_what_makes_the_items_is_closed_when_the_caller_leaves(shop: Build):
    reports, ended = Reports(), []

    def lines() -> Iterator[Any]:
        try:
            while True:
                yield {"item": "a"}
        finally:
            ended.append(request.path)

    async def events() -> AsyncIterator[Any]:
        try:
            while True:
                yield {}
        finally:
            await asyncio.sleep(0)
            ended.append(request.path)

    client = shop({"lines": lines, "events": events}, error_reporter=reports).test_client()
    for path in ("/lines", "/events"):
        response = client.get(path, buffered=False)
        parts = iter(response.response)
        assert [next(parts), next(parts)] in ([b'{"item":"a"}\n'] * 2, [b":\n\n", b"data: {}\n\n"])
        response.close()
    assert (ended, reports.titles) == (["/lines", "/events"], [])


def test_a_finally_that_fails_is_reported(shop: Build):
    reports = Reports()

    def lines() -> Iterator[Any]:
        try:
            yield {"item": "a"}
        finally:
            raise ValueError("no")

    client = shop({"lines": lines}, error_reporter=reports).test_client()
    client.get("/lines", buffered=False).close()
    assert reports.titles == ["FATAL BACKEND ERROR shop lines(): the stream of lines failed when it was closed"]


def test_a_stream_that_a_hook_replaces_is_closed(shop: Build):
    torn_down, ended = [], []
    app = Flask("shop")
    app.teardown_request(lambda error: torn_down.append("request"))
    app.after_request(lambda response: app.response_class("other"))

    def lines() -> Iterator[Any]:
        try:
            yield {"item": "a"}
        finally:
            ended.append(1)

    client = shop({"lines": lines}, app=app).test_client()
    assert client.get("/lines").data == b"other"
    gc.collect()
    assert (torn_down, ended) == (["request"], [1])


# ---- requests


def test_a_handler_reads_items_and_a_wrong_one_is_a_400(shop: Build):
    client = shop({"add_lines": lambda items: [one.item for one in items]}).test_client()
    sent = {"content_type": "application/x-ndjson"}
    assert client.post("/lines", data=b'{"item":"a"}\n{"item":"b"}', **sent).json == ["a", "b"]
    response = client.post("/lines", data=b'{"item":"a"}\n{"item":2}', **sent)
    assert (response.status_code, response.json["errors"]) == (
        400,
        [{"in": "body", "pointer": "/1/item", "code": "type", "detail": "2 is not a string"}],
    )


def test_an_async_handler_awaits_items(shop: Build):
    async def add_lines(items: AsyncIterator[dict[str, Any]]) -> list[str]:
        return [one["item"] async for one in items]

    client = shop({"add_lines": add_lines}).test_client()
    data = b'{"item":"a"}\n{"item":"b"}'
    assert client.post("/lines", data=data, content_type="application/x-ndjson").json == ["a", "b"]


def test_an_item_that_is_too_large_is_a_413(shop: Build):
    handlers = {"add_lines": lambda items: len(list(items))}
    client = shop(handlers, settings={"max_item_bytes": 20}).test_client()
    response = client.post("/lines", data=b'{"item":"%s"}' % (b"a" * 20), content_type="application/x-ndjson")
    assert (response.status_code, response.json["error_description"]) == (
        413,
        "An item of the body has more than 20 bytes (max_item_bytes)",
    )


@pytest.mark.parametrize("chunked", [True, False])
def test_the_limit_of_a_body_is_that_of_a_stream(shop: Build, chunked: bool):
    handlers = {"add_lines": lambda items: len(list(items))}
    client = shop(handlers, settings={"max_content_length": 30}).test_client()
    data = b'{"item":"a"}\n' * 3
    how: dict[str, Any] = {"data": data}
    if chunked:
        environ = {"wsgi.input": BytesIO(data), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        how = {"environ_overrides": environ}
    response = client.post("/lines", content_type="application/x-ndjson", **how)
    assert (response.status_code, response.json["error_description"]) == (413, "The body has more than 30 bytes")


def test_items_cannot_be_read_when_the_call_is_over(shop: Build):
    kept: list[Any] = []

    def add_lines(items: Iterator[Any]) -> dict[str, Any]:
        kept.append(items)
        return {}

    client = shop({"add_lines": add_lines}).test_client()
    assert client.post("/lines", data=b'{"item":"a"}', content_type="application/x-ndjson").json == {}
    with pytest.raises(RuntimeError, match="the call is over"):
        next(kept[0])


def test_a_body_that_was_read_before_is_a_stream_still(shop: Build):
    app = Flask("shop")
    app.before_request(lambda: request.get_data() and None)
    client = shop({"add_lines": lambda items: len(list(items))}, app=app).test_client()
    assert client.post("/lines", data=b'{"item":"a"}', content_type="application/x-ndjson").json == 1


# ---- servers that really run

SERVED = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
paths:
  /feed: {get: {operationId: server.feed, responses: {"200": {$ref: "#/components/responses/Lines"}}}}
  /go: {post: {operationId: server.go, responses: {"200": {$ref: "#/components/responses/Json"}}}}
  /endless: {get: {operationId: server.endless, responses: {"200": {$ref: "#/components/responses/Lines"}}}}
  /ended: {get: {operationId: server.ended, responses: {"200": {$ref: "#/components/responses/Json"}}}}
  /broken: {get: {operationId: server.broken, responses: {"200": {$ref: "#/components/responses/Lines"}}}}
  /events: {get: {operationId: server.events, responses: {"200": {$ref: "#/components/responses/Events"}}}}
  /reports: {get: {operationId: server.reported, responses: {"200": {$ref: "#/components/responses/Json"}}}}
  /echo:
    post:
      operationId: server.echo
      requestBody: {$ref: "#/components/requestBodies/Lines"}
      responses: {"200": {$ref: "#/components/responses/Lines"}}
  /give_up:
    post:
      operationId: server.give_up
      requestBody: {$ref: "#/components/requestBodies/Lines"}
      responses: {"200": {$ref: "#/components/responses/Json"}}
  /count:
    post:
      operationId: server.count
      requestBody: {$ref: "#/components/requestBodies/Lines"}
      responses: {"200": {$ref: "#/components/responses/Json"}}
components:
  mediaTypes:
    Lines: {itemSchema: {type: object, required: [n]}}
  requestBodies:
    Lines: {required: true, content: {application/x-ndjson: {$ref: "#/components/mediaTypes/Lines"}}}
  responses:
    Lines: {description: ok, content: {application/x-ndjson: {$ref: "#/components/mediaTypes/Lines"}}}
    Json: {description: ok, content: {application/json: {}}}
    Events: {description: ok, content: {text/event-stream: {}}}
"""

SERVER = """
import asyncio
import os
import re
import threading
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)
GO, ENDED, REPORTS = threading.Event(), threading.Event(), []


def feed():
    yield {"n": 1}
    yield {"n": 2 if GO.wait(30) else None}


def go():
    GO.set()
    return {}


def endless():
    try:
        while True:
            yield {"n": "x" * 100_000}
    finally:
        ENDED.set()


def ended():
    return ENDED.wait(30)


def broken():
    yield {"n": 1}
    raise ValueError("in the middle")


async def events():
    yield {"n": 1}
    raise ValueError("in the middle")


async def echo(items):
    async def answers():
        async for item in items:
            yield item
    return answers()


async def give_up(items):
    try:
        await asyncio.wait_for(anext(items), 0.3)
        await asyncio.wait_for(anext(items), 0.3)
    except TimeoutError:
        return {"given": "up"}


def memory():
    with open("/proc/self/status") as file:
        return int(re.search("VmHWM:\\\\s+([0-9]+) kB", file.read())[1])


def count(items):
    first = next(items)
    before = memory()
    return {"items": 1 + sum(1 for item in items), "grown_kb": memory() - before}


def reported():
    return REPORTS


def start(port, debug):
    api = API(app, port=port, error_reporter=lambda title, message: REPORTS.append(title))
    api.load_apis(os.path.join(os.path.dirname(os.path.realpath(__file__)), "apis")).start(serve="shop")


letsgo(__name__, callback=start)
"""


@pytest.fixture(scope="module", params=["werkzeug", "gunicorn"])
def served(
    request: pytest.FixtureRequest, run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("streams")
    (folder / "apis").mkdir()
    (folder / "apis" / "shop.yaml").write_text(SERVED)
    (folder / "server.py").write_text(SERVER)
    (folder / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    with run_service(request.param, folder, folder / "log", WEB_CONCURRENCY="1") as service:
        yield service


class Caller:
    """A connection, byte by byte: what `http.client` would put together is what is looked at here."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, method: str, path: str, *headers: str) -> None:
        self.socket.sendall("\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode())

    def chunk(self, data: bytes) -> None:
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def headers(self) -> list[str]:
        lines = iter(lambda: self.file.readline().strip().decode(), "")
        return list(lines)

    def next_chunk(self) -> bytes | None:
        """The next chunk of the reply, b'' for the one that ends it, None where the connection ends without."""
        size = self.file.readline()
        if not size:
            return None
        data = self.file.read(int(size, 16))
        self.file.readline()
        return data


def test_each_item_arrives_before_the_next_is_made(served: Any):
    with Caller(served.port) as caller:
        caller.send("GET", "/feed")
        headers = caller.headers()
        assert "Transfer-Encoding: chunked" in headers
        assert not any(line.startswith(("Content-Length", "Content-Encoding")) for line in headers)
        assert caller.next_chunk() == b'{"n":1}\n'
        assert served.call("POST", "/go").json == {}  # the second item waits for this
        assert (caller.next_chunk(), caller.next_chunk()) == (b'{"n":2}\n', b"")


def test_each_item_of_a_request_is_read_before_the_next_is_sent(served: Any):
    with Caller(served.port) as caller:
        caller.send("POST", "/echo", "Content-Type: application/x-ndjson", "Transfer-Encoding: chunked")
        caller.chunk(b'{"n":1}\n')
        caller.headers()
        assert caller.next_chunk() == b'{"n":1}\n'
        caller.chunk(b'{"n":')
        caller.chunk(b'2}\n{"n":3}\n')
        assert (caller.next_chunk(), caller.next_chunk()) == (b'{"n":2}\n', b'{"n":3}\n')
        caller.chunk(b"")
        assert caller.next_chunk() == b""


@pytest.mark.parametrize("how", ["Transfer-Encoding: chunked", "Content-Length: 1000"])
def test_a_handler_that_gives_up_on_a_body_has_one_reply_and_the_connection_ends(served: Any, how: str):
    with Caller(served.port) as caller:
        caller.send("POST", "/give_up", "Content-Type: application/x-ndjson", how)
        if how.startswith("Transfer"):
            caller.chunk(b'{"n":1}\n')
        else:
            caller.socket.sendall(b'{"n":1}\n')
        lines = caller.file.readlines()
    assert [line for line in lines if line.startswith(b"HTTP/")] == [lines[0]]
    assert (lines[0].split()[1], lines[-1]) == (b"200", b'{"given":"up"}')
    assert served.get("/feed").status == 200


def test_an_item_of_known_length_is_read_as_it_arrives(served: Any):
    with Caller(served.port) as caller:
        caller.send("POST", "/echo", "Content-Type: application/x-ndjson", "Content-Length: 16")
        caller.socket.sendall(b'{"n":1}\n')
        caller.headers()
        assert caller.next_chunk() == b'{"n":1}\n'
        caller.socket.sendall(b'{"n":2}\n')
        assert (caller.next_chunk(), caller.next_chunk()) == (b'{"n":2}\n', b"")


@pytest.mark.parametrize("chunked", [True, False])
def test_a_large_upload_is_not_held_in_memory(served: Any, chunked: bool):
    line = b'{"n":1,"x":"%s"}\n' % (b"x" * 49_985)
    block, blocks = line * 20, 100
    assert (len(line), len(block) * blocks) == (50_000, 100_000_000)
    with Caller(served.port) as caller:
        how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(block) * blocks}"
        caller.send("POST", "/count", "Content-Type: application/x-ndjson", how)
        for _ in range(blocks):
            if chunked:
                caller.chunk(block)
            else:
                caller.socket.sendall(block)
        if chunked:
            caller.chunk(b"")
        [length] = [line.partition(":")[2] for line in caller.headers() if line.lower().startswith("content-length:")]
        answer = json.loads(caller.file.read(int(length)))
    assert answer["items"] == 2000
    assert answer["grown_kb"] < 20_000


def test_a_failure_in_the_middle_leaves_the_reply_unfinished(served: Any):
    before = served.get("/reports").json
    with Caller(served.port) as caller:
        caller.send("GET", "/broken")
        caller.headers()
        assert (caller.next_chunk(), caller.next_chunk()) == (b'{"n":1}\n', None)
    after = served.get("/reports").json[len(before) :]
    assert after == ["FATAL BACKEND ERROR shop broken(): the stream of server.broken ended early, after 1 items"]


def test_a_failure_of_events_is_the_last_of_them(served: Any):
    with Caller(served.port) as caller:
        caller.send("GET", "/events")
        caller.headers()
        assert [caller.next_chunk(), caller.next_chunk()] == [b":\n\n", b'data: {"n":1}\n\n']
        last = caller.next_chunk()
        assert last is not None
        assert last.startswith(b'event: error\ndata: {"status":500,')
        assert b"in the middle" not in last
        assert caller.next_chunk() == b""


def test_a_wrong_item_after_the_reply_has_begun_cuts_it_and_is_no_crash(served: Any):
    with Caller(served.port) as caller:
        caller.send("POST", "/echo", "Content-Type: application/x-ndjson", "Transfer-Encoding: chunked")
        caller.chunk(b'{"n":1}\n')
        caller.headers()
        assert caller.next_chunk() == b'{"n":1}\n'
        caller.chunk(b"{}\n")
        assert caller.next_chunk() is None
    # Those of calls before may come late
    assert not [title for title in served.get("/reports").json if "server.echo" in title]
    log = (served.folder / "log").read_text()
    assert log.count("the stream of server.echo ended early, after 1 items: body /1/n: is missing\n") >= 1
    if served.get("/reports").header("Server") == ["gunicorn"]:
        assert "Traceback" not in log.partition("server.echo ended early")[2]


def test_a_caller_who_leaves_ends_what_makes_the_items_and_is_no_crash(served: Any):
    before = served.get("/reports").json
    with Caller(served.port) as caller:
        caller.send("GET", "/endless")
        caller.headers()
        assert caller.next_chunk() is not None
    assert served.get("/ended").json is True
    assert served.get("/reports").json == before


def test_a_caller_who_leaves_in_the_middle_of_a_request_is_no_crash(served: Any):
    before = served.get("/reports").json
    for framing in ("Transfer-Encoding: chunked", "Content-Length: 1000"):
        with Caller(served.port) as caller:
            caller.send("POST", "/count", "Content-Type: application/x-ndjson", framing)
            caller.socket.sendall(b'8\r\n{"n":1}\n\r\n' if "chunked" in framing else b'{"n":1}\n')
            caller.socket.shutdown(socket.SHUT_WR)
            [status, *_] = caller.headers()
            assert status.split()[1] == "400"
    assert served.get("/reports").json == before


# ---- the schema of a sequence as a whole


COUNTED = SHOP.replace(
    "application/x-ndjson: {item", "application/x-ndjson: {schema: {type: array, minItems: 2, maxItems: 2}, item"
)


@pytest.mark.parametrize(("sent", "wrong"), [
    (1, [{"in": "body", "pointer": "", "code": "minItems", "detail": "has 1 item, fewer than 2"}]),
    (2, None),
    (3, [{"in": "body", "pointer": "/2", "code": "maxItems", "detail": "is item 3, where there are at most 2"}]),
])  # fmt: skip
def test_too_many_items_or_too_few_are_a_400(shop: Build, sent: int, wrong: Any):
    client = shop({"add_lines": lambda items: [one.item for one in items]}, COUNTED).test_client()
    answer = client.post("/lines", data=b'{"item": "a"}\n' * sent, headers={"Content-Type": "application/x-ndjson"})
    assert (answer.status_code, answer.json if wrong is None else answer.json["errors"]) == (
        (200, ["a", "a"]) if wrong is None else (400, wrong)
    )


def test_a_stream_that_ends_too_early_is_cut_where_replies_are_strict_and_reported_elsewhere(shop: Build):
    for mode, end in (("strict", [b"CutError"]), ("report", [])):
        reports = Reports()
        handlers = {"lines": orders({"item": "a"})}
        settings = {"response_validation": mode}
        client = shop(handlers, COUNTED, error_reporter=reports, settings=settings).test_client()
        answer = client.get("/lines", headers={"Accept": "application/x-ndjson"})
        assert pieces(answer) == [b'{"item":"a"}\n', *end]
        assert any("has 1 item, fewer than 2" in str(one) for one in reports.found)
