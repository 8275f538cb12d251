"""An api that this process serves, called by its clients: the whole way of a request, and no socket."""

from __future__ import annotations

import asyncio
import contextvars
import gzip
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g, request, session
from upstreams.server import Server, reply

from pymacaron import API, ApiPool, context
from pymacaron.client.errors import (
    BadReply,
    ConnectionLost,
    DeadlineExceeded,
    NotFound,
    ServerError,
    Unauthorized,
)
from pymacaron.exceptions import add_error, is_error

INSIDE = """
openapi: 3.1.0
info: {title: Inside, version: "1"}
servers: [{url: "https://inside.invalid/v1"}]
paths:
  /pets/{name}:
    get:
      operationId: get_pet
      parameters:
        - {name: name, in: path, required: true, schema: {type: string}}
        - {name: tag, in: query, schema: {type: string}}
        - {name: X-Lang, in: header, schema: {type: string}}
      responses: {"200": {description: "", content: {application/json: {schema: {type: object}}}}}
  /pets:
    post:
      operationId: add_pet
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}
      responses: {"200": {description: "", content: {application/json: {schema: {type: object}}}}}
  /other:
    get:
      operationId: other
      parameters: [{name: depth, in: query, schema: {type: integer}}]
      responses: {"200": {description: "", content: {application/json: {schema: {}}}}}
  /mine:
    get:
      operationId: mine
      security: [{key: []}]
      responses: {"200": {description: ""}}
  /items:
    get:
      operationId: items
      responses: {"200": {description: "", content: {application/x-ndjson: {schema: {type: object}}}}}
    post:
      operationId: add_items
      requestBody: {content: {application/x-ndjson: {schema: {type: object}}}}
      responses: {"200": {description: "", content: {application/json: {schema: {}}}}}
  /photo:
    get:
      operationId: photo
      responses:
        "200": {description: "", content: {application/octet-stream: {schema: {type: string, format: binary}}}}
    post:
      operationId: add_photo
      requestBody: {content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {"200": {description: "", content: {application/json: {schema: {}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
"""

Build = Callable[..., Any]


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """inside(app=None, **handlers) -> ApiPool's api, which is served; a handler that is not given says what it got."""

    def build(
        app: Flask | None = None, started: bool = True, settings: Any = None, reporter: Any = None, **handlers: Any
    ) -> Any:
        (tmp_path / "inside.yaml").write_text(INSIDE, encoding="utf-8")
        app = app or Flask("inside")
        api = API(
            app,
            settings=settings,
            error_reporter=reporter,
            resolver=lambda operation: handlers.get(operation.id) or (lambda *args, **kwargs: kwargs),
            authenticators={"key": lambda credential, scopes: {"sub": "7"} if credential == "sesame" else None},
        )
        api.load_apis(tmp_path / "inside.yaml")
        if started:
            api.start(serve="inside")
        return ApiPool.inside

    return build


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection can be made."""

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket.socket, "connect", refused)


@pytest.mark.usefixtures("offline")
def test_a_call_has_no_socket_and_no_thread(inside: Build) -> None:
    threads: list[threading.Thread] = []
    pets = inside(get_pet=lambda **given: threads.append(threading.current_thread()) or given)
    found = pets.call.get_pet(name="a/b ü", tag="x&y")
    assert (found["name"], found["tag"]) == ("a/b ü", "x&y")
    assert pets.client.get_pet(name="b")["name"] == "b"
    assert threads == [threading.current_thread()] * 2
    assert asyncio.run(pets.acall.get_pet(name="c"))["name"] == "c"
    assert threads[-1] is not threading.current_thread()


@pytest.mark.parametrize("dispatch", ["direct", "stock"])
def test_nothing_of_the_request_that_is_answered_is_there(inside: Build, dispatch: str) -> None:
    own: contextvars.ContextVar[str] = contextvars.ContextVar("own", default="")
    app = Flask("inside")
    app.secret_key = "key"
    seen: list[Any] = []

    def get_pet(**given: Any) -> Any:
        call = context.current()
        assert call is not None
        seen.append((g.get("who"), dict(session), request.headers.get("X-Own"), own.get(), call.claims, call.call_path))
        if given["name"] == "outer":
            own.set("outer")
            g.who = "outer"
            session["who"] = "outer"
            call.claims = {"sub": "1"}
            assert pets.call.get_pet(name="inner") == {}
            assert (g.who, session["who"], own.get(), context.current()) == ("outer", "outer", "outer", call)
            assert request.path == "/v1/pets/outer"
        return {}

    pets = inside(app, settings={"dispatch": dispatch}, get_pet=get_pet)
    headers = {"X-Own": "1", "PymCallID": "id-1"}
    assert app.test_client().get("/v1/pets/outer", headers=headers).status_code == 200
    assert seen[0][2] == "1"
    assert seen[1] == (None, {}, None, "", None, "inside.inside")


def test_ids_and_the_deadline_go_on(inside: Build) -> None:
    def other(**_: Any) -> Any:
        call = context.current()
        assert call is not None
        assert call.deadline is not None
        return {
            "id": call.call_id,
            "path": call.call_path,
            "trace": call.trace.id,
            "left": call.deadline - time.monotonic(),
        }

    pets = inside(other=other)
    with context.Call(call_id="id-7") as call:
        call.api_name = "front"
        call.deadline = time.monotonic() + 5
        found = pets.call.other()
        assert (found["id"], found["path"], found["trace"]) == ("id-7", "front.inside", call.trace.id)
        assert 0 < found["left"] <= 5
        call.deadline = time.monotonic() - 1
        with pytest.raises(DeadlineExceeded):
            pets.call.other()


def test_hooks_authentication_validation_and_errors_are_those_of_any_request(inside: Build) -> None:
    app = Flask("inside")
    told: list[str] = []
    app.before_request(lambda: told.append("before"))
    app.after_request(lambda response: told.append("after") or response)
    app.teardown_request(lambda _: told.append("teardown"))
    gone = add_error("GoneFishing", "GONE_FISHING", 404)

    def get_pet(**given: Any) -> Any:
        if given["name"] == "crash":
            raise RuntimeError("not for callers")
        raise gone("by the lake")

    pets = inside(app, get_pet=get_pet)
    with pytest.raises(NotFound) as caught:
        pets.call.get_pet(name="x")
    assert caught.value.error == "GONE_FISHING"
    assert caught.value.url == "http://localhost/v1/pets/x"
    assert told == ["before", "after", "teardown"]
    result = pets.client.get_pet(name="crash")
    assert is_error(result)
    assert (result["status"], result["error"]) == (500, "UNHANDLED_SERVER_ERROR")
    with pytest.raises(Unauthorized):
        pets.call.mine()
    assert pets.call.mine(request_headers={"X-Key": "sesame"}) == {}


def test_what_escapes_the_application_is_a_500(inside: Build, caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("inside")
    pets = inside(app)
    stock = app.wsgi_app

    def failing(environ: Any, start_response: Any) -> Any:
        raise LookupError("in a middleware")

    app.wsgi_app = failing  # type: ignore[method-assign]
    with pytest.raises(ServerError) as caught:
        pets.call.get_pet(name="x")
    assert caught.value.status == 500
    assert "in a middleware" in caplog.text
    app.wsgi_app = stock  # type: ignore[method-assign]
    assert pets.call.get_pet(name="x")["name"] == "x"


def test_an_application_may_begin_late_write_and_compress(inside: Build) -> None:
    app = Flask("inside")
    pets = inside(app)
    closed: list[str] = []

    class Late:
        def __init__(self, start: Any):
            self._start = start

        def __iter__(self) -> Iterator[bytes]:
            write = self._start("200 OK", [("Content-Type", "application/json"), ("Content-Encoding", "gzip")])
            packed = gzip.compress(json.dumps({"name": "late"}).encode())
            write(packed[:5])
            yield packed[5:]

        def close(self) -> None:
            closed.append("closed")

    app.wsgi_app = lambda environ, start: Late(start)  # type: ignore[method-assign]
    assert pets.call.get_pet(name="x") == {"name": "late"}
    assert asyncio.run(pets.acall.get_pet(name="x")) == {"name": "late"}
    assert closed == ["closed"] * 2


def test_a_reply_is_bounded_and_one_that_is_cut_is_lost(inside: Build) -> None:
    def cut() -> Iterator[bytes]:
        yield b'{"a": '
        raise OSError("the disk is gone")

    pets = inside(
        get_pet=lambda **given: Response(cut(), mimetype="application/json"), other=lambda **_: ["x" * 100] * 100
    )
    with pytest.raises(BadReply, match="max_reply_bytes"):
        pets.call.with_options(max_reply_bytes=1000).other()
    with pytest.raises(ConnectionLost):
        pets.call.get_pet(name="x", max_attempts=1)


def test_streams_come_as_they_are_made_and_end_with_the_request(inside: Build) -> None:
    app = Flask("inside")
    made: list[int] = []
    ended: list[int] = []

    def items() -> Iterator[Any]:
        try:
            for number in range(100):
                made.append(number)
                yield {"number": number, "path": request.path}
        finally:
            ended.append(1)

    pets = inside(app, items=items)
    stream = pets.call.items()
    assert next(stream) == {"number": 0, "path": "/v1/items"}
    assert len(made) < 5
    stream.close()
    assert ended == [1]
    assert [one["number"] for one in pets.call.items()] == list(range(100))
    assert ended == [1, 1]

    async def awaited() -> list[int]:
        found = [one["number"] async for one in await pets.acall.items()]
        async with await pets.acall.items() as begun:
            await anext(begun)
        return found

    assert asyncio.run(awaited()) == list(range(100))
    assert len(ended) == 4


def test_bodies_that_are_iterators_are_made_in_the_contextvars_of_the_caller(inside: Build) -> None:
    own: contextvars.ContextVar[str] = contextvars.ContextVar("own", default="")
    seen: list[tuple[str, str]] = []

    def add_items(items: Any) -> Any:
        own.set("inner")
        return [one["number"] for one in items]

    def numbers() -> Iterator[Any]:
        for number in range(3):
            seen.append((own.get(), context.current().call_id))  # type: ignore[union-attr]
            yield {"number": number}

    async def anumbers() -> AsyncIterator[Any]:
        for number in range(3):
            await asyncio.sleep(0)
            yield {"number": number}

    pets = inside(add_items=add_items, add_photo=lambda body: {"size": len(body)})
    own.set("outer")
    with context.Call(call_id="id-1"):
        assert pets.call.add_items(numbers()) == [0, 1, 2]
    assert seen == [("outer", "id-1")] * 3
    assert asyncio.run(pets.acall.add_items(anumbers())) == [0, 1, 2]
    assert pets.call.add_photo(b"x" * 100_000) == {"size": 100_000}


def test_a_download_is_a_file(inside: Build) -> None:
    pets = inside(photo=lambda: b"x" * 200_000)
    with pets.call.photo() as file:
        assert len(file.read()) == 200_000
    assert len(pets.call.get_pet(name="y" * 3000)["name"]) == 3000


def test_what_is_begun_is_not_stopped_and_who_awaits_it_waits_no_longer(inside: Build) -> None:
    gate = threading.Event()
    done = threading.Event()

    def other(**_: Any) -> Any:
        assert gate.wait(30)
        done.set()
        return {}

    pets = inside(other=other)

    async def impatient() -> None:
        with pytest.raises(DeadlineExceeded):
            await pets.acall.with_options(timeout=0.05, max_attempts=1).other()

    asyncio.run(impatient())
    assert not done.is_set()
    gate.set()
    assert done.wait(30)


def test_a_handler_that_is_async_awaits_others_of_its_service_however_deep_and_many(inside: Build) -> None:
    depth, many = 5, 200

    async def other(depth: int = 0) -> Any:
        await asyncio.sleep(0)
        return 0 if not depth else 1 + await pets.acall.other(depth=depth - 1)

    async def get_pet(**_: Any) -> Any:
        found = await asyncio.gather(*(pets.acall.other(depth=depth) for _ in range(many)))
        return {"sum": sum(found)}

    pets = inside(other=other, get_pet=get_pet)
    pets = pets.clients.with_options(timeout=120)
    inside_of = ApiPool.inside
    assert pets.call.get_pet(name="x") == {"sum": depth * many}
    assert inside_of.clients is not pets


def test_the_loop_goes_on_while_a_handler_blocks(inside: Build) -> None:
    gate = threading.Event()
    pets = inside(other=lambda **_: {"waited": gate.wait(30)})

    async def both() -> Any:
        blocked = asyncio.create_task(pets.acall.other())
        await asyncio.sleep(0)
        assert (await pets.acall.get_pet(name="x"))["name"] == "x"
        assert not blocked.done()
        gate.set()
        return await blocked

    assert asyncio.run(both()) == {"waited": True}


def test_a_url_that_is_told_is_called_over_the_network(inside: Build, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"name": "far"})
    pets = inside()
    assert pets.call.with_options(url=server.url).get_pet(name="x") == {"name": "far"}
    assert [asked.line for asked in server.asked] == ["GET /v1/pets/x HTTP/1.1"]
    pets = inside(settings={"clients": {"inside": {"url": server.url}}})
    assert pets.call.get_pet(name="y") == {"name": "far"}


def test_before_start_it_is_an_api_like_any_other(inside: Build, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"name": "far"})
    pets = inside(started=False, settings={"clients": {"inside": {"url": server.url}}})
    assert pets.inside is None
    assert pets.call.get_pet(name="x") == {"name": "far"}


def test_a_redirect_to_elsewhere_leaves_the_process(inside: Build, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"name": "far"})
    pets = inside(
        get_pet=lambda name, **_: Response(
            status=302, headers={"Location": server.url + "/x" if name == "far" else "/v1/other"}
        ),
        other=lambda **_: {"name": "near"},
    )
    assert pets.call.get_pet(name="near") == {"name": "near"}
    assert server.asked == []
    assert pets.call.get_pet(name="far") == {"name": "far"}
    assert len(server.asked) == 1


def test_an_app_that_answers_to_one_host_is_called_by_it(inside: Build) -> None:
    app = Flask("inside")
    app.config["TRUSTED_HOSTS"] = ["shop.example.com"]
    pets = inside(app, other=lambda **_: {"host": request.host})
    assert pets.call.other() == {"host": "shop.example.com"}


def test_a_crash_in_a_call_of_a_script_is_reported_when_the_reply_is_there(inside: Build) -> None:
    def other(**_: Any) -> Any:
        raise RuntimeError("boom")

    titles: list[str] = []
    pets = inside(other=other, reporter=lambda title, message: titles.append(title))
    assert pets.client.other(max_attempts=1)["error"] == "UNHANDLED_SERVER_ERROR"
    assert [title.partition(":")[0] for title in titles] == ["FATAL BACKEND ERROR inside 500 UNHANDLED_SERVER_ERROR"]


def test_options_that_are_made_for_each_call_are_not_kept(inside: Build) -> None:
    pets = inside()
    for _ in range(200):
        assert pets.call.with_options(timeout=5).other() == {"depth": None}
    assert len(pets.clients.operations["other"]._usually) <= 64


def test_a_call_that_blocks_the_loop_of_the_handler_that_it_calls_fails_at_once(inside: Build) -> None:
    async def other(**_: Any) -> Any:
        return {}

    async def get_pet(**_: Any) -> Any:
        return {"error": pets.client.other(max_attempts=1)["error"]}

    titles: list[str] = []
    pets = inside(other=other, get_pet=get_pet, reporter=lambda title, message: titles.append(title))
    assert pets.call.get_pet(name="x") == {"error": "UNHANDLED_SERVER_ERROR"}
    assert "await it instead" in titles[0]
