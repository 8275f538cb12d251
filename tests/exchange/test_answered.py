"""What a client gets of a reply, and what is said of one that does not fit its description."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from pymacaron.exceptions import is_error
from pymacaron.exchange.answered import Answered, ResponseMismatch
from pymacaron.exchange.inflow import AsyncReceived, Received

Make = Callable[..., Any]

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
PET = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": INTEGER, "born": {"type": "string", "format": "date"}},
}
JSON = [("Content-Type", "application/json")]


@pytest.fixture
def answered(operation: Make) -> Make:
    """make(content of 200, validation='strict', version='3.2.0', responses={}, **Answered's) -> Answered."""

    def make(content: Any = None, validation: Any = "strict", responses: Any = None, **more: Any) -> Answered:
        told = {k: more.pop(k) for k in ("version", "schemas", "method") if k in more}
        declared = {"200": {"description": "", "content": content}, **(responses or {})} if content else responses or {}
        called = operation({"responses": declared or {"200": {"description": ""}}}, **{"version": "3.2.0", **told})
        return Answered(called.operation, called.schemas, validation=validation, **more)

    return make


def of(name: str, schema: Any) -> dict[str, Any]:
    return {name: {"schema": schema}}


# ---- values


def test_json_is_a_model(answered: Make) -> None:
    schemas = {"Pet": PET}
    pet = answered(of("application/json", {"$ref": "#/components/schemas/Pet"}), schemas=schemas).value(
        200, JSON, b'{"id": 1, "born": "2026-01-02"}'
    )
    assert (type(pet).__name__, pet.id, pet.born.year) == ("Pet", 1, 2026)


@pytest.mark.parametrize(
    ("name", "schema", "body", "value"),
    [
        ("text/plain", STRING, "ä".encode(), "ä"),
        ("text/plain; charset=latin-1", STRING, b"\xe4", "ä"),
        ("text/plain", INTEGER, b"5", 5),
        ("application/xml", {"type": "object"}, b"<a/>", "<a/>"),
        ("image/png", {"type": "string", "format": "binary"}, b"\0png", b"\0png"),
        ("text/csv", {"type": "string", "format": "binary"}, b"a,b", b"a,b"),
        ("application/x-ndjson", {"type": "array", "items": INTEGER}, b"1\n2\n", [1, 2]),
        ("application/x-www-form-urlencoded", {"type": "object", "properties": {"n": INTEGER}}, b"n=1", {"n": 1}),
        ("text/plain", {"type": "array"}, b"not JSON", "not JSON"),
    ],
)
def test_each_media_type_is_a_value(answered: Make, name: str, schema: Any, body: bytes, value: Any) -> None:
    found = answered(of(name, schema)).value(200, [("content-type", name)], body)
    assert (found.to_json() if hasattr(found, "to_json") else found) == value


@pytest.mark.parametrize(("status", "method"), [(204, "get"), (304, "get"), (200, "head")])
def test_what_has_no_body_is_none(answered: Make, status: int, method: str) -> None:
    responses = {str(status): {"description": "", "content": {"application/json": {}}}}
    assert answered(responses=responses, method=method).value(status, [], b"") is None


def test_what_is_write_only_is_not_demanded(answered: Make) -> None:
    schema = {"type": "object", "required": ["pin"], "properties": {"pin": {"type": "string", "writeOnly": True}}}
    assert answered(of("application/json", schema)).value(200, JSON, b"{}").to_json() == {}


def test_json_that_is_called_a_text_is_read_all_the_same(answered: Make) -> None:
    found: list[ResponseMismatch] = []
    of_json = answered(of("application/json", INTEGER), "report", report=found.append)
    assert of_json.value(200, [("Content-Type", "text/html")], b"5") == 5
    assert [str(one) for one in found] == ["POST /it: 200: response 'text/html' is not declared; application/json is"]


def test_without_a_content_type_the_only_one_that_is_declared_holds(answered: Make) -> None:
    assert answered(of("application/json", INTEGER)).value(200, [], b"5") == 5


# ---- what does not fit


@pytest.mark.parametrize(
    ("status", "headers", "body", "told"),
    [
        (200, JSON, b'{"id": "x"}', "response /id 'x' is not an integer"),
        (200, JSON, b"", "response is missing: the reply has no body"),
        (201, JSON, b"{}", "response 201 is not declared"),
        (200, [("Content-Type", "image/png")], b"", "response 'image/png' is not declared; application/json is"),
    ],
)
def test_what_does_not_fit_is_raised_reported_or_passed_over(
    answered: Make, status: int, headers: Any, body: bytes, told: str
) -> None:
    content = of("application/json", PET)
    with pytest.raises(ResponseMismatch) as caught:
        answered(content).value(status, headers, body)
    assert str(caught.value) == f"POST /it: {status}: {told}"
    found: list[ResponseMismatch] = []
    value = answered(content, "report", report=found.append).value(status, headers, body)
    assert [str(one) for one in found] == [str(caught.value)]
    off = answered(content, "off", report=found.append).value(status, headers, body)
    assert len(found) == 1
    assert (value.to_json() if hasattr(value, "to_json") else value) == (
        off.to_json() if hasattr(off, "to_json") else off
    )


@pytest.mark.parametrize("validation", ["strict", "report", "off"])
def test_what_is_no_json_is_never_a_value(answered: Make, validation: str) -> None:
    with pytest.raises(ResponseMismatch, match="is not JSON"):
        answered(of("application/json", PET), validation).value(200, JSON, b'{"id": 1')


def test_headers_are_looked_at(answered: Make) -> None:
    responses = {"200": {"description": "", "headers": {"X-Left": {"required": True, "schema": INTEGER}}}}
    of_headers = answered(responses=responses)
    assert of_headers.value(200, [("X-Left", "3")], b"") is None
    with pytest.raises(ResponseMismatch, match="header /X-Left is missing"):
        of_headers.value(200, [], b"")


def test_a_mismatch_is_a_bad_gateway_and_can_be_pickled(answered: Make) -> None:
    with pytest.raises(ResponseMismatch) as caught:
        answered(of("application/json", INTEGER)).value(200, JSON, b'"x"')
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.status, again.error) == (str(caught.value), 502, "RESPONSE_MISMATCH")


# ---- streams


class Chunks(Iterator[bytes]):
    """Pieces of a reply. `left`: those that were not asked for; `is_closed`."""

    def __init__(self, *pieces: bytes):
        self.left = [*pieces]
        self.is_closed = False

    def __next__(self) -> bytes:
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

    def close(self) -> None:
        self.is_closed = True


class AsyncChunks(AsyncIterator[bytes]):
    def __init__(self, *pieces: bytes):
        self._chunks = Chunks(*pieces)

    async def __anext__(self) -> bytes:
        for piece in self._chunks:
            return piece
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._chunks.is_closed = True

    @property
    def is_closed(self) -> bool:
        return self._chunks.is_closed


STREAMS = [
    ("application/x-ndjson", INTEGER, (b"1\n", b"2", b"\n3\n"), [1, 2, 3]),
    ("application/json-seq", INTEGER, (b"\x1e1\n\x1e2", b"\n"), [1, 2]),
    ("text/event-stream", {}, (b"data: a\n", b"\nda", b"ta: b\n\n"), [{"data": "a"}, {"data": "b"}]),
]


@pytest.mark.parametrize(("name", "schema", "pieces", "items"), STREAMS)
def test_items_are_given_while_they_come(
    answered: Make, name: str, schema: Any, pieces: tuple[bytes, ...], items: Any
) -> None:
    chunks = Chunks(*pieces)
    stream = answered({name: {"itemSchema": schema}}).stream(200, [("Content-Type", name)], chunks)
    assert (next(stream), bool(chunks.left), chunks.is_closed) == (items[0], True, False)
    assert ([items[0], *stream], chunks.is_closed) == (items, True)


@pytest.mark.parametrize(("name", "schema", "pieces", "items"), STREAMS)
def test_the_same_is_there_for_asyncio(
    answered: Make, name: str, schema: Any, pieces: tuple[bytes, ...], items: Any
) -> None:
    chunks = AsyncChunks(*pieces)
    stream = answered({name: {"itemSchema": schema}}).stream(200, [("Content-Type", name)], chunks)

    async def collected() -> list[Any]:
        return [item async for item in stream]

    assert (asyncio.run(collected()), chunks.is_closed) == (items, True)


def test_a_strict_client_may_ask_for_the_item_behind_one_that_is_wrong(answered: Make) -> None:
    ndjson = {"application/x-ndjson": {"itemSchema": INTEGER}}
    stream = answered(ndjson).stream(200, [("Content-Type", "application/x-ndjson")], Chunks(b'"x"\n5\n'))
    with pytest.raises(ResponseMismatch, match="response /0 'x' is not an integer"):
        next(stream)
    assert next(stream) == 5


def test_an_item_that_is_too_large_ends_the_stream(answered: Make) -> None:
    ndjson = {"application/x-ndjson": {"itemSchema": {}}}
    chunks = Chunks(b"1\n", b"x" * 20, b"x" * 20)
    stream = answered(ndjson, max_item_bytes=30).stream(200, [("Content-Type", "application/x-ndjson")], chunks)
    assert next(stream) == 1
    with pytest.raises(ResponseMismatch, match="response /1 has more than 30 bytes"):
        next(stream)
    assert (chunks.is_closed, list(stream)) == (True, [])


def test_a_stream_that_is_left_is_closed(answered: Make) -> None:
    chunks = Chunks(b"1\n", b"2\n")
    ndjson = {"application/x-ndjson": {"itemSchema": {}}}
    with answered(ndjson).stream(200, [("Content-Type", "application/x-ndjson")], chunks) as stream:
        next(stream)
    assert (chunks.is_closed, list(stream)) == (True, [])


def test_a_file_is_read_as_it_comes(answered: Make, tmp_path: Any) -> None:
    headers = [
        ("Content-Type", "image/png"),
        ("Content-Length", "6"),
        ("Content-Disposition", 'attachment; filename="../rex.png"'),
    ]
    chunks = Chunks(b"ab", b"cd", b"ef")
    png = answered(of("image/png", {"type": "string", "format": "binary"}))
    with png.stream(200, headers, chunks) as file:
        assert isinstance(file, Received)
        assert (file.filename, file.mimetype, file.size, file.read(3)) == ("rex.png", "image/png", 6, b"abc")
        file.save(tmp_path / "rex.png")
    assert ((tmp_path / "rex.png").read_bytes(), chunks.is_closed) == (b"def", True)
    assert b"".join(png.stream(200, headers, Chunks(b"ab", b"cd"))) == b"abcd"


def test_a_file_is_read_by_asyncio(answered: Make, tmp_path: Any) -> None:
    async def read() -> list[bytes]:
        chunks = AsyncChunks(b"ab", b"cd", b"ef", b"gh")
        file = answered(of("image/png", {})).stream(200, [("Content-Type", "image/png")], chunks)
        assert isinstance(file, AsyncReceived)
        async with file:
            found = [await file.read(3), b"".join([piece async for piece in file])]
        assert chunks.is_closed
        return found

    assert asyncio.run(read()) == [b"abc", b"defgh"]


@pytest.mark.parametrize(("status", "name"), [(200, "application/json"), (500, "image/png"), (200, "text/plain")])
def test_all_else_is_read_whole(answered: Make, status: int, name: str) -> None:
    chunks = Chunks(b"x")
    assert (
        answered({"application/json": {}, "image/png": {}, "text/plain": {}}).stream(
            status, [("Content-Type", name)], chunks
        )
        is None
    )
    assert chunks.left == [b"x"]


# ---- errors

ERROR = {
    "type": "object",
    "properties": {"status": INTEGER, "error": STRING, "error_description": STRING, "error_id": STRING},
}


@pytest.mark.parametrize(
    ("name", "body", "error", "description"),
    [
        ("application/json", b'{"status":404,"error":"NO_PET","error_description":"no"}', "NO_PET", "no"),
        ("application/problem+json", b'{"title":"Not Found","detail":"no pet"}', "NOT_FOUND", "no pet"),
        ("application/json", b'{"error":"invalid_grant"}', "invalid_grant", "invalid_grant"),
        ("application/json", b'{"error":{"code":"gone","message":"it went"}}', "gone", "it went"),
        ("application/json", b'{"message":"no"}', "NOT_FOUND", "no"),
        ("application/json", b'{"errors":[{"message":"a"},{"detail":"b"},"c"]}', "NOT_FOUND", "a; b; c"),
        (
            "application/json",
            b'{"detail":[{"loc":["body",1],"msg":"a"},{"loc":[],"msg":"b"}]}',
            "NOT_FOUND",
            "body.1: a; b",
        ),
        ("application/json", b'{"detail":{"message":"a"}}', "NOT_FOUND", "a"),
        ("application/json", b'["a"]', "NOT_FOUND", "a"),
        ("application/json", b"{broken", "NOT_FOUND", "{broken"),
        ("text/html", b"<html><head><title>404 Not &amp; Found</title></head>x</html>", "NOT_FOUND", "404 Not & Found"),
        ("text/html", b"<p>It is <b>gone</b></p>", "NOT_FOUND", "It is gone"),
        (
            "text/html",
            b"<!-- <h1>--><STYLE>a</b></Style >It <script>x</script>is gone<style>",
            "NOT_FOUND",
            "It is gone",
        ),
        ("text/html", b"<title>" * 7000 + b"<h1 a>It is\n<i>gone</i></H1>", "NOT_FOUND", "It is gone"),
        ("text/html", b"<script " * 6000 + b"<!--" * 300 + b"<" * 500, "NOT_FOUND", ("<script " * 99)[:500] + "..."),
        ("text/plain", b"no such pet", "NOT_FOUND", "no such pet"),
        ("image/png", b"\xff\xfe", "NOT_FOUND", "Not Found"),
        ("", b"", "NOT_FOUND", "Not Found"),
    ],
)
@pytest.mark.parametrize("declared", [False, True])
def test_any_reply_that_is_an_error_is_one(
    answered: Make, name: str, body: bytes, error: str, description: str, declared: bool
) -> None:
    of_error = answered({"application/json": {}}, schemas={"Error": ERROR} if declared else {})
    found = of_error.error(404, [("Content-Type", name)] if name else [], body)
    assert is_error(found)
    assert (found.status, found.error, found.error_description) == (404, error, description)


def test_the_error_that_is_declared_is_its_model(answered: Make) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    of_error = answered(responses={"default": {"description": "", "content": content}}, schemas={"Error": ERROR})
    found = of_error.error(404, JSON, b'{"status":404,"error":"E","error_description":"d","error_id":"1"}')
    assert (type(found).__name__, found.error_id) == ("Error", "1")
    made = of_error.error(502, [("Content-Type", "text/html")], b"<h1>Bad</h1>")
    assert (type(made).__name__, made.status, made.error_description) == ("Error", 502, "Bad")


def test_an_error_s_body_is_what_was_declared_whatever_else_it_says(answered: Make) -> None:
    content = {"application/json": {"schema": PET}}
    of_error = answered(responses={"409": {"description": "", "content": content}})
    assert of_error.decoded(409, JSON, b'{"id": 5}').id == 5
    assert of_error.decoded(409, JSON, b"{broken") == "{broken"
