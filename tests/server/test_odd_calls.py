"""What callers, handlers and hooks should not do, and what a service answers when they do it."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, jsonify

from pymacaron import config
from pymacaron.exceptions import PyMacaronException
from pymacaron.finding import FindingsError

Service = Callable[..., Flask]

ODD = """
openapi: 3.1.0
info: {title: Odd, version: "1"}
paths:
  /items/{id}:
    get:
      operationId: get
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
    post:
      operationId: post
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
    head:
      operationId: head
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: ok}}
    options:
      operationId: options
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
  "/a<b/{c}/<d>":
    get:
      operationId: angles
      parameters: [{name: c, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
"""


def odd(service: Service, **given: Any) -> Any:
    settings = given.pop("api", {})
    names = ("get", "post", "head", "options", "angles")
    handlers = {name: given.get(name, lambda *args, **kwargs: {}) for name in names}
    return service(ODD, handlers, **settings).test_client()


async def exits(id: str) -> Any:
    if id == "exit":
        sys.exit(3)
    if id == "cancel":
        raise asyncio.CancelledError
    if id == "task":
        await asyncio.gather(asyncio.sleep(0), asyncio.create_task(exits("exit")))
    return {"id": id}


@pytest.mark.parametrize("kind", ["exit", "cancel", "task"])
def test_an_async_handler_that_exits_fails_alone(service: Service, kind: str):
    client = odd(service, get=exits)
    reply = client.get(f"/items/{kind}")
    assert (reply.status_code, reply.json["error"]) == (500, "UNHANDLED_SERVER_ERROR")
    assert client.get("/items/x").json == {"id": "x"}


def test_a_handler_that_exits_in_a_servers_thread_is_a_500(service: Service):
    client = odd(service, get=lambda id: sys.exit(3))
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(client.get("/items/x")))
    thread.start()
    thread.join()
    assert [(reply.status_code, reply.json["error"]) for reply in found] == [(500, "UNHANDLED_SERVER_ERROR")]
    with pytest.raises(SystemExit):  # in the main thread it may come from a signal
        client.get("/items/x")


@pytest.mark.parametrize("error", [asyncio.CancelledError, BaseException, GeneratorExit])
def test_a_handler_that_raises_what_is_no_exception_fails_alone(service: Service, error: type[BaseException]):
    def get(id: str) -> Any:
        raise error

    reply = odd(service, get=get).get("/items/x")
    assert (reply.status_code, reply.json["error"]) == (500, "UNHANDLED_SERVER_ERROR")


def test_the_log_names_the_template_of_a_path_and_not_what_a_caller_put_there(
    service: Service, caplog: pytest.LogCaptureFixture
):
    odd(service, get=lambda id: 1 / 0).get("/items/what-nobody-may-see")
    [said] = [record.getMessage() for record in caplog.records if record.name == "pymacaron.server"]
    assert said.splitlines()[0] == "shop GET /items/{id} failed"


def test_head_and_options_of_a_description_reach_their_handlers(service: Service):
    called: list[str] = []
    client = odd(
        service,
        head=lambda id: called.append(f"head {id}"),
        options=lambda id: called.append(f"options {id}") or {"methods": ["GET"]},
    )
    assert client.head("/items/1").status_code == 204
    assert client.options("/items/2").json == {"methods": ["GET"]}
    assert called == ["head 1", "options 2"]
    assert set(client.patch("/items/1").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


class Broken:
    """The body of a request as a server hands it over whose caller sends chunks that are none."""

    def read(self, *_: Any) -> bytes:
        raise OSError("Missing chunk terminating newline")

    readline = readinto = read


def test_a_body_that_cannot_be_read_to_its_end_is_a_400(service: Service):
    reply = odd(service).post(
        "/items/1",
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": Broken(), "wsgi.input_terminated": True},
    )
    assert (reply.status_code, reply.json["error"]) == (400, "INVALID_PARAMETER")
    assert reply.json["errors"] == [
        {"in": "body", "pointer": "", "code": "read", "detail": "cannot be read: it is cut short or malformed"}
    ]


def test_a_compressed_body_is_a_415_that_says_so(service: Service):
    headers = {"Content-Encoding": "gzip"}
    reply = odd(service).post("/items/1", data=b"x", content_type="application/json", headers=headers)
    assert (reply.status_code, reply.json["error"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert reply.headers["Accept-Encoding"] == "identity"


def test_a_path_that_is_no_utf_8_is_a_400_and_the_replacement_character_itself_is_not(service: Service):
    client = odd(service, get=lambda id: {"id": id})
    wrong = client.get("/items/x", environ_overrides={"PATH_INFO": "/items/\xff"})  # %FF, decoded as WSGI has it
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (400, "encoding")
    assert client.get("/items/%EF%BF%BD").json == {"id": "\ufffd"}


def test_angle_brackets_in_a_path_are_matched_as_they_are(service: Service):
    client = odd(service, angles=lambda c: {"c": c})
    assert client.get("/a%3Cb/x/%3Cd%3E").json == {"c": "x"}
    assert client.get("/ab/x/%3Cd%3E").status_code == 404


def test_a_response_may_come_with_a_status_and_headers_as_in_flask(service: Service):
    reply = odd(service, get=lambda id: (jsonify(a=1), 202, {"X-A": "b"})).get("/items/1")
    assert (reply.status_code, reply.json, reply.headers["X-A"]) == (202, {"a": 1}, "b")


def test_a_reply_without_a_body_has_no_content_type(service: Service):
    assert "Content-Type" not in odd(service, get=lambda id: None).get("/items/1").headers


class Custom(PyMacaronException):
    code = "CUSTOM"
    status = 409


def custom(id: str) -> Any:
    raise Custom("why")


@pytest.mark.parametrize(
    "decorator",
    [lambda error: None, lambda error: [error], lambda error: {**error, "x": object()}, lambda error: 1 / 0],
)
def test_an_error_decorator_that_fails_leaves_the_error_as_it_is_and_is_reported(
    service: Service, decorator: Callable[[dict[str, Any]], Any]
):
    reports: list[str] = []
    options = {"error_decorator": decorator, "error_reporter": lambda title, message: reports.append(title)}
    reply = odd(service, get=custom, api=options).get("/items/1")
    assert (reply.status_code, reply.json["error"], reply.json["error_description"]) == (409, "CUSTOM", "why")
    assert len(reports) == 1
    assert "error_decorator" in reports[0]


@pytest.mark.parametrize("callback", [lambda error: 1 / 0, lambda error: "text", lambda error: ({}, 200)])
def test_an_error_callback_that_fails_is_passed_over_and_reported(
    service: Service, callback: Callable[[Exception], Any]
):
    reports: list[str] = []
    options = {"error_callback": callback, "error_reporter": lambda title, message: reports.append(title)}
    reply = odd(service, get=custom, api=options).get("/items/1")
    assert (reply.status_code, reply.json["error"]) == (409, "CUSTOM")
    assert len(reports) == 1
    assert "error_callback" in reports[0]


def test_debug_given_as_a_text_is_read_as_a_switch(service: Service):
    odd(service, api={"debug": "false"})
    assert not config.is_dev()


def test_the_names_of_the_built_in_apis_are_taken(service: Service, tmp_path: Any):
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "ping.yaml").write_text('openapi: 3.1.0\ninfo: {title: P, version: "1"}\npaths: {}\n')
    with pytest.raises(FindingsError) as raised:
        odd(service)
    assert [finding.code for finding in raised.value.findings] == ["reserved-name"]


def test_an_operation_called_outside_of_a_request_is_refused(service: Service):
    client = odd(service)
    app = client.application
    with app.test_request_context("/items/1"), pytest.raises(RuntimeError, match="outside of a request"):
        app.view_functions["GET /items/<id>"](id="1")


def test_errors_are_json_whatever_the_caller_accepts(service: Service):
    for accept in ("text/html", "*/*", "image/png", "nonsense", ""):
        reply = odd(service).get("/nowhere", headers={"Accept": accept})
        assert json.loads(reply.data)["error"] == "NOT_FOUND"


BY_QUERY = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /pick?kind=a: {get: {operationId: pickA, responses: {'200': {description: ok}}}}
  /pick?kind=%C3%A9: {get: {operationId: pickB, responses: {'200': {description: ok}}}}
"""


@pytest.mark.parametrize("dispatch", ["direct", "stock"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("kind=a", "a"),
        ("x=\x80&kind=a", "a"),
        ("kind=%C3%A9", "b"),
        ("kind=\xc3\xa9", "b"),
        ("\x80", None),
        ("kind=\xe9", None),
    ],
)
def test_a_query_that_chooses_an_operation_may_be_any_bytes(service: Service, dispatch: str, query: str, said: Any):
    handlers = {"pickA": lambda: {"said": "a"}, "pickB": lambda: {"said": "b"}}
    client = service(BY_QUERY, handlers, settings={"dispatch": dispatch}).test_client()
    reply = client.get("/pick", environ_overrides={"QUERY_STRING": query})
    assert (reply.status_code, reply.json.get("said")) == (200 if said else 404, said)
