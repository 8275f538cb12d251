"""Bodies that calls send and replies that they give, of all kinds, over real sockets."""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from upstreams.server import Server, clients, reply

from pymacaron import ApiPool
from pymacaron.client import errors
from pymacaron.client.loading import load_clients
from pymacaron.exceptions import ValidationError, is_error

STORE = """
openapi: 3.2.0
info: {title: Store, version: "1"}
paths:
  /files:
    put:
      operationId: keep
      requestBody:
        content:
          application/json: {schema: {type: object}}
          application/x-www-form-urlencoded: {schema: {type: object}}
          application/octet-stream: {schema: {type: string, format: binary}}
          multipart/form-data:
            schema: {type: object, properties: {name: {type: string}, file: {type: string, format: binary}}}
          application/x-ndjson: {itemSchema: {type: object, required: [n], properties: {n: {type: integer}}}}
      parameters: [{name: X-Who, in: header, schema: {type: string}}]
      responses: {"200": {description: ""}}
  /lines:
    get:
      operationId: lines
      responses:
        "200":
          description: ""
          content:
            application/x-ndjson: {itemSchema: {$ref: "#/components/schemas/Line"}}
            text/event-stream: {itemSchema: {type: object}}
        "409":
          description: ""
          content: {application/json: {schema: {$ref: "#/components/schemas/Line"}}}
  /line:
    get:
      operationId: line
      responses:
        "200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/Line"}}}}
components:
  schemas:
    Line: {type: object, required: [n], properties: {n: {type: integer}}}
"""
ERROR = """
    Error:
      type: object
      properties:
        {status: {type: integer}, error: {type: string}, error_description: {type: string}, error_id: {type: string}}
"""
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def store(tmp_path: Path, server: Server) -> Any:
    return made(tmp_path, server, "store", STORE)


def made(folder: Path, server: Server, name: str, text: str) -> Any:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    load_clients(folder, [name])
    return clients(getattr(ApiPool, name).clients, url=server.url)


def failing_once(server: Server) -> None:
    """Have every first answer of two be a 503."""
    server.answer = lambda asked: reply(503 if len(server.asked) % 2 else 200)


# ---- what is sent


def test_files_are_sent_again_from_where_they_stood(store: Any, server: Server, tmp_path: Path) -> None:
    failing_once(server)
    path = tmp_path / "rex.bin"
    path.write_bytes(b"0123456789" * 20_000)
    with path.open("rb") as file:
        file.seek(5)
        store.call.keep(file)
        file.seek(5)
        asyncio.run(store.acall.keep(file))
        store.call.keep(path)
        asyncio.run(store.acall.keep({"name": "Rex", "file": path}))
    whole = path.read_bytes()
    bodies = [asked.body for asked in server.asked]
    assert bodies[:6] == [whole[5:]] * 4 + [whole] * 2
    assert bodies[6] == bodies[7]
    assert whole in bodies[6]
    assert all(int(asked.headers["content-length"]) == len(asked.body) for asked in server.asked)
    assert all("transfer-encoding" not in asked.headers for asked in server.asked)


def test_iterators_are_sent_once_whatever_comes(store: Any, server: Server) -> None:
    server.answer = lambda asked: reply(503)
    with pytest.raises(errors.ServiceUnavailable):
        store.call.keep(iter([{"n": 1}, {"n": 2}]))

    async def items() -> AsyncIterator[Any]:
        yield {"n": 1}
        yield {"n": 2}

    with pytest.raises(errors.ServiceUnavailable):
        asyncio.run(store.acall.keep(items()))
    with pytest.raises(errors.ServiceUnavailable):
        asyncio.run(store.acall.keep(iter([{"n": 1}, {"n": 2}])))
    assert [asked.body for asked in server.asked] == [b'{"n":1}\n{"n":2}\n'] * 3
    assert {asked.headers["content-type"] for asked in server.asked} == {"application/x-ndjson"}


def test_an_item_that_does_not_fit_breaks_the_call_off(store: Any, server: Server) -> None:
    for send in (store.call.keep, lambda body: asyncio.run(store.acall.keep(body))):
        with pytest.raises(ValidationError, match="body /1"):
            send(iter([{"n": 1}, {"n": "x"}]))
    server.answer = lambda asked: reply(200)
    store.call.keep({"n": 1})
    assert [asked.headers["content-type"] for asked in server.asked][-1] == "application/json"


def test_only_acall_sends_async_iterators(store: Any, server: Server) -> None:
    async def items() -> AsyncIterator[Any]:
        yield {"n": 1}

    with pytest.raises(ValidationError, match=r"an async iterator, which only \.acall sends"):
        store.call.keep(items())
    assert server.asked == []


def test_an_iterator_that_fails_is_closed_and_tells_why(store: Any, server: Server) -> None:
    ends: list[str] = []

    def items() -> Iterator[Any]:
        try:
            yield {"n": 1}
            raise LookupError("no more")
        finally:
            ends.append("closed")

    for send in (store.call.keep, lambda body: asyncio.run(store.acall.keep(body))):
        with pytest.raises(LookupError, match="no more"):
            send(items())
    assert ends == ["closed"] * 2


def test_request_headers_choose_among_the_media_types(store: Any, server: Server) -> None:
    def sent(body: Any, kind: str) -> tuple[str, bytes]:
        store.call.keep(body, request_headers={"content-type": kind})
        return server.asked[-1].headers["content-type"], server.asked[-1].body

    assert sent({"a": 1}, "application/x-www-form-urlencoded") == ("application/x-www-form-urlencoded", b"a=1")
    kind, body = sent({"name": "Rex"}, "multipart/form-data")
    boundary = kind.removeprefix("multipart/form-data; boundary=")
    assert body.startswith(f"--{boundary}\r\n".encode())
    with pytest.raises(ValidationError, match="'text/csv' is not declared"):
        sent("a,b", "text/csv")
    for kind in ("application/json\r\nX-A: b", 5):
        with pytest.raises(ValidationError, match="header /content-type cannot be sent"):
            sent({"a": 1}, kind)  # type: ignore[arg-type]
    store.call.lines(request_headers={"Content-Type": "x/y"})
    assert server.asked[-1].headers["content-type"] == "x/y"


def test_headers_beyond_ascii_are_utf_8(store: Any, server: Server) -> None:
    store.call.keep(x_who="Zoë")
    asyncio.run(store.acall.keep(x_who="Zoë"))
    assert {asked.headers["x-who"].encode("latin-1").decode() for asked in server.asked} == {"Zoë"}


# ---- what comes back


def test_items_are_models_and_free_their_connection_at_the_end(store: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, content=b'{"n":1}\n{"n":2}\n', headers=NDJSON)
    narrow = store.with_options(max_connections=1, timeout=30)
    for _ in range(2):
        items = list(narrow.call.lines())
        assert [(type(one), one.n) for one in items] == [(ApiPool.store.model.Line, 1), (ApiPool.store.model.Line, 2)]
    with narrow.call.lines() as stream:
        assert next(stream).n == 1

    async def awaited() -> list[int]:
        found = []
        for _ in range(2):
            found += [one.n async for one in await narrow.acall.lines()]
        async with await narrow.acall.lines() as stream:
            found.append((await anext(stream)).n)
        return found

    assert asyncio.run(awaited()) == [1, 2, 1, 2, 1]
    assert server.connections <= 4


def test_a_stream_leaves_nothing_to_the_garbage_collector(store: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, content=b'{"n":1}\n', headers=NDJSON)
    list(store.call.lines())
    gc.collect()
    gc.disable()
    try:
        list(store.call.lines())
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = {type(one).__name__ for one in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not left & {"Prepared", "Send", "Received", "Inflow", "Chunks"}


def test_a_stream_that_breaks_off_is_an_error_that_knows_its_call(store: Any, server: Server) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100\r\n\r\n"
    server.answer = lambda asked: [head, b'{"n":1}\n']
    stream = store.call.lines()
    assert next(stream).n == 1
    with pytest.raises(errors.ConnectionLost) as lost:
        next(stream)
    assert (lost.value.api, lost.value.operation, lost.value.url) == ("store", "lines", f"{server.url}/lines")

    async def awaited() -> None:
        stream = await store.acall.lines()
        assert (await anext(stream)).n == 1
        with pytest.raises(errors.ConnectionLost, match=r"store\.lines"):
            await anext(stream)

    asyncio.run(awaited())


def test_an_item_that_does_not_fit_is_a_client_error(store: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, content=b'{"n":"x"}\n{"n":2}\n', headers=NDJSON)
    stream = store.with_options(validation="strict").call.lines()
    with pytest.raises(errors.ResponseMismatch, match=r"store\.lines.*/0/n 'x' is not an integer"):
        next(stream)
    assert next(stream).n == 2


def test_an_item_has_the_limit_of_a_whole_reply(store: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, content=b'{"n":1}\n{"n":' + b"1" * 100 + b"}\n", headers=NDJSON)
    stream = store.with_options(max_reply_bytes=50).call.lines()
    assert next(stream).n == 1
    with pytest.raises(errors.ResponseMismatch, match="more than 50 bytes"):
        next(stream)


def test_a_reply_that_does_not_fit_is_a_client_error_of_502(store: Any, server: Server) -> None:
    strict = store.with_options(validation="strict")
    server.answer = lambda asked: reply(200, {"n": "x"}, {"X-More": "yes"})
    for call in (strict.call.line, lambda: asyncio.run(strict.acall.line())):
        with pytest.raises(errors.ResponseMismatch) as caught:
            call()
        error = caught.value
        assert (error.status, error.error, error.attempts) == (502, "RESPONSE_MISMATCH", 1)
        assert (error.where, error.api, error.operation) == ("GET /line: 200", "store", "line")
        assert [one["pointer"] for one in error.errors] == ["/n"]
        assert (error.headers["x-more"], error.body["n"]) == ("yes", "x")
        assert not isinstance(error, ValidationError)
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), again.errors, again.where) == (str(error), error.errors, error.where)
    returned = strict.client.line()
    assert is_error(returned)
    assert (returned.status, returned.error) == (502, "RESPONSE_MISMATCH")


@pytest.mark.parametrize("validation", ["strict", "report", "off"])
def test_what_cannot_be_read_is_never_a_value(store: Any, server: Server, validation: Any) -> None:
    server.answer = lambda asked: reply(200, content=b'{"n":', headers={"Content-Type": "application/json"})
    with pytest.raises(errors.ResponseMismatch, match="not JSON"):
        store.with_options(validation=validation).call.line()
    assert len(server.asked) == 1


# ---- errors


def test_the_body_of_an_error_is_what_the_description_says_and_the_model_an_error(store: Any, server: Server) -> None:
    server.answer = lambda asked: reply(409, {"n": 5})
    with pytest.raises(errors.Conflict) as caught:
        store.call.lines()
    error = caught.value
    assert (type(error.body), error.body.n) == (ApiPool.store.model.Line, 5)
    assert is_error(error.model)
    assert (error.model.status, error.model.error, error.error) == (409, "CONFLICT", "CONFLICT")
    returned = store.client.lines()
    assert (is_error(returned), returned.status, returned.error_id) == (True, 409, None)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (reply(404, {"status": 404, "error": "NO", "error_description": "none", "more": 1}), (404, "NO", "none")),
        (reply(404, {"message": "none"}), (404, "NOT_FOUND", "none")),
        (reply(502, content=b"<h1>Bad</h1>", headers={"Content-Type": "text/html"}), (502, "BAD_GATEWAY", "Bad")),
        (None, (502, "CONNECTION_LOST", None)),
    ],
)
def test_errors_are_of_the_api_s_own_model_where_it_has_one(
    tmp_path: Path, server: Server, answer: Any, told: tuple[Any, ...]
) -> None:
    server.answer = lambda asked: answer
    plain = made(tmp_path, server, "plain", STORE).client.line()
    own = made(tmp_path, server, "own", STORE + ERROR).client.line()
    for found in (plain, own):
        assert is_error(found)
        assert (found.status, found.error) == told[:2]
        assert told[2] is None or found.error_description == told[2]
    assert isinstance(plain, dict)
    assert json.loads(json.dumps(plain))["status"] == told[0]
    assert type(own) is ApiPool.own.model.Error
