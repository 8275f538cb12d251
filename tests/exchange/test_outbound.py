"""What a handler returned becomes status, headers and body, and is compared with the description when that is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pymacaron.exchange.files import Upload
from pymacaron.exchange.media import NotAcceptable

Make = Callable[..., Any]

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
ORDER = {"type": "object", "required": ["sku"], "properties": {"sku": STRING, "qty": INTEGER}}
ERROR = {"type": "object", "properties": {"status": INTEGER, "error": STRING, "error_description": STRING}}
JSON = ("Content-Type", "application/json")


def answers(status: str = "200", **content: Any) -> dict[str, Any]:
    """responses with one status: answers("201", json=schema, html=schema, csv=schema, binary=schema, any=schema)."""
    names = {
        "json": "application/json",
        "html": "text/html",
        "csv": "text/csv",
        "binary": "application/octet-stream",
        "problem": "application/vnd.shop+json",
        "image": "image/*",
        "any": "*/*",
    }
    return {
        status: {"description": "it", "content": {names[name]: {"schema": schema} for name, schema in content.items()}}
    }


def sent(called: Any, result: Any, **options: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    reply = called.outbound.reply(result, **options)
    return reply.status, reply.headers, reply.body


def wrong(called: Any, result: Any) -> list[tuple[str, str, str]]:
    reply = called.outbound.reply(result, validate=True)
    return [(one.pointer, one.code, one.detail) for one in reply.violations]


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ({"sku": "A"}, b'{"sku":"A"}'),
        ([1, None], b"[1,null]"),
        (True, b"true"),
        (1.5, b"1.5"),
        ("text", b'"text"'),
        ({"at": datetime(2026, 1, 2, tzinfo=UTC), "id": UUID(int=1)}, None),
    ],
)
def test_values_are_sent_as_json_where_json_is_declared(operation: Make, result: Any, body: bytes | None):
    body = body or b'{"at":"2026-01-02T00:00:00Z","id":"00000000-0000-0000-0000-000000000001"}'
    assert sent(operation({"responses": answers(json={})}), result) == (200, [JSON], body)


def test_a_model_is_sent_as_json(operation: Make):
    called = operation({"responses": answers(json={"$ref": "#/components/schemas/Order"})}, schemas={"Order": ORDER})
    assert sent(called, called.schemas.models.Order(sku="A")) == (200, [JSON], b'{"sku":"A"}')


@pytest.mark.parametrize(
    ("statuses", "success", "nothing"),
    [
        (("201", "200"), 201, 201),
        (("400", "202"), 202, 202),
        (("2XX",), 200, 200),
        (("default",), 200, 200),
        (("404",), 200, 200),
        (("200", "204"), 200, 204),
    ],
)
def test_the_status_is_the_first_success_that_is_declared(
    operation: Make, statuses: tuple[str, ...], success: int, nothing: int
):
    called = operation({"responses": {status: {"description": "it"} for status in statuses}})
    assert (sent(called, {})[0], sent(called, None)[0]) == (success, nothing)


@pytest.mark.parametrize(
    ("result", "status", "headers"),
    [
        (({}, 202), 202, [JSON]),
        (({}, HTTPStatus.ACCEPTED), 202, [JSON]),
        (({}, "202"), 202, [JSON]),
        (({}, {"X-A": 1}), 200, [("X-A", "1"), JSON]),
        (({}, None, {"X-A": "1"}), 200, [("X-A", "1"), JSON]),
        (({}, 202, [("X-A", "1"), ("X-A", "2")]), 202, [("X-A", "1"), ("X-A", "2"), JSON]),
        (({}, 202, {"X-A": ["1", "2"]}), 202, [("X-A", "1"), ("X-A", "2"), JSON]),
        (({}, 202, {"content-type": "application/x+json"}), 202, [("content-type", "application/x+json")]),
    ],
)
def test_a_tuple_says_status_and_headers(operation: Make, result: Any, status: int, headers: Any):
    assert sent(operation({"responses": answers(json={})}), result) == (status, headers, b"{}")


@pytest.mark.parametrize("result", [({}, 200, {}, 1), ({}, "many"), ({}, 99), ({}, 103)])
def test_a_tuple_that_says_no_status_is_refused(operation: Make, result: Any):
    with pytest.raises(TypeError, match="the handler of post_it returned"):
        operation({}).outbound.reply(result)


@pytest.mark.parametrize("value", ["1\r\nX-B: 2", "a\0", "a\x01", "a\x0b", "a\x7f", "\u20ac", "\udcff"])
def test_a_header_whose_value_cannot_be_sent_is_refused_by_name(operation: Make, value: str):
    with pytest.raises(ValueError, match="the header 'X-A' has a control character or one beyond Latin-1 in its value"):
        operation({}).outbound.reply(({}, 200, {"X-A": value}))


@pytest.mark.parametrize("name", ["", "X A", "X-A:", "X-A\r\nX-Evil", "X-\u00e9", "X\0", 'X"'])
def test_a_header_whose_name_is_no_token_is_refused(operation: Make, name: str):
    with pytest.raises(ValueError, match=f"^{re.escape(repr(name))} is no name of a header"):
        operation({}).outbound.reply(({}, 200, {name: "1"}))


def test_blanks_tabs_and_latin_1_are_sent_in_headers(operation: Make):
    headers = [("X-A", "caf\u00e9 \t \xff"), ("X-B", ""), ("X-C", "1")]
    assert sent(operation({}), ({}, 200, {"X-A": "caf\u00e9 \t \xff", "X-B": "", "X-C": 1}))[1] == [*headers, JSON]


@pytest.mark.parametrize("result", [{"n": float("nan")}, ({"n": float("inf")}, 200), {"n": datetime(2026, 3, 4)}])
@pytest.mark.parametrize("declared", [{}, {"responses": answers(json={"type": "object"})}])
@pytest.mark.parametrize("validate", [True, False])
def test_what_json_cannot_say_is_never_sent(operation: Make, result: Any, declared: Any, validate: bool):
    with pytest.raises(ValueError, match=r"^/n: "):
        operation(declared).outbound.reply(result, validate=validate)


@pytest.mark.parametrize(
    ("content", "accept", "result", "content_type", "body"),
    [
        ({"html": STRING}, None, "<p>é", "text/html; charset=utf-8", "<p>é".encode()),
        ({"json": STRING, "csv": STRING}, None, "a,b", "text/csv; charset=utf-8", b"a,b"),
        ({"json": STRING, "csv": STRING}, "application/json", "a,b", "application/json", b'"a,b"'),
        ({"json": STRING}, None, "a", "application/json", b'"a"'),
        ({"any": STRING}, None, "a", "text/plain; charset=utf-8", b"a"),
        ({}, None, "a", "text/plain; charset=utf-8", b"a"),
        ({"binary": {}}, None, b"\xff", "application/octet-stream", b"\xff"),
        ({}, None, b"\xff", "application/octet-stream", b"\xff"),
        ({"csv": STRING}, None, b"a,b", "text/csv", b"a,b"),
        ({"json": {}}, None, b"{}", "application/json", b"{}"),
        ({"any": {}}, None, {"a": 1}, "application/json", b'{"a":1}'),
        ({"csv": STRING}, None, {"a": 1}, "application/json", b'{"a":1}'),
        ({"csv": INTEGER}, None, 5, "text/csv; charset=utf-8", b"5"),
        ({"csv": STRING}, None, True, "text/csv; charset=utf-8", b"true"),
        ({"json": {}, "csv": {}}, None, 5, "application/json", b"5"),
        ({"json": {"type": "string", "format": "byte"}}, None, b"\xff", "application/json", b'"/w=="'),
        ({"json": {}, "binary": {}}, None, memoryview(b"\xff"), "application/octet-stream", b"\xff"),
        ({"json": {}, "binary": {}, "csv": STRING}, None, "a,b", "text/csv; charset=utf-8", b"a,b"),
        ({"json": {}, "binary": {}, "csv": STRING}, "application/octet-stream", "a", "application/octet-stream", b"a"),
        ({"csv": STRING, "html": STRING}, "*/*", "a", "text/csv; charset=utf-8", b"a"),
        ({"csv": STRING, "html": STRING}, "text/*;q=0.1, text/html", "a", "text/html; charset=utf-8", b"a"),
        ({"problem": {}, "json": {}}, "*/*", {}, "application/vnd.shop+json", b"{}"),
        ({"problem": {}, "json": {}}, "image/png", {}, "application/vnd.shop+json", b"{}"),
        ({"problem": {}}, None, {"a": 1}, "application/vnd.shop+json", b'{"a":1}'),
        ({"json": {}, "problem": {}}, "application/vnd.shop+json", {}, "application/vnd.shop+json", b"{}"),
    ],
)
def test_the_media_type_is_the_declared_one_that_fits(
    operation: Make, content: Any, accept: str | None, result: Any, content_type: str, body: bytes
):
    called = operation({"responses": answers(**content)})
    vary = [("Vary", "Accept")] if len(content) > 1 else []
    assert sent(called, result, accept=accept) == (200, [("Content-Type", content_type), *vary], body)


def test_the_handlers_content_type_decides_how_a_text_is_sent(operation: Make):
    called = operation({"responses": answers(json={})})
    headers = {"Content-Type": "text/plain; charset=latin-1"}
    assert sent(called, ("é", 200, headers)) == (200, list(headers.items()), b"\xe9")


@pytest.mark.parametrize("name", ["text/html", "application/xml", "image/svg+xml"])
def test_a_character_that_the_charset_lacks_has_its_number_in_markup(operation: Make, name: str):
    headers = {"Content-Type": f"{name}; charset=latin-1"}
    assert sent(operation({}), ("\u20ac", 200, headers))[2] == b"&#8364;"


def test_a_character_that_the_charset_lacks_is_an_error_elsewhere(operation: Make):
    with pytest.raises(ValueError, match=r"can't encode character '\\u20ac'"):
        operation({}).outbound.reply(("\u20ac", 200, {"Content-Type": "text/plain; charset=latin-1"}))


def test_none_is_null_where_that_is_declared_and_nothing_elsewhere(operation: Make):
    nullable = operation({"responses": answers(json={"type": ["object", "null"]})})
    assert sent(nullable, None) == (200, [JSON], b"null")
    assert sent(operation({"responses": {"200": {"description": "ok"}}}), None) == (200, [], b"")
    assert sent(operation({"responses": answers(json=ORDER)}), None) == (200, [], b"")
    assert sent(operation({}), ({"a": 1}, 204, {"X-A": "1"})) == (204, [("X-A", "1")], b"")


@pytest.mark.parametrize(
    ("version", "schema"),
    [
        ("3.1.0", {}),
        ("3.1.0", True),
        ("3.1.0", {"description": "anything"}),
        ("3.1.0", {"type": ["null", "boolean", "integer", "number", "string", "array", "object"]}),
        ("3.1.0", {"anyOf": [{}, {"type": "null"}]}),
        ("3.0.3", {"nullable": True}),
        ("3.0.3", {"type": "object", "nullable": True}),
    ],
)
def test_none_is_null_where_anything_is_declared(operation: Make, version: str, schema: Any):
    called = operation({"responses": answers(json=schema)}, version=version)
    assert sent(called, None) == (200, [JSON], b"null")
    assert (sent(called, (None, 200, {"X-A": "1"})), wrong(called, None)) == ((200, [("X-A", "1"), JSON], b"null"), [])


def test_none_is_null_where_json_is_declared_without_a_schema(operation: Make):
    called = operation({"responses": {"200": {"description": "ok", "content": {"application/json": {}}}}})
    assert (sent(called, None), wrong(called, None)) == ((200, [JSON], b"null"), [])


MISSING = ("", "required", "is missing: the handler returned None")


@pytest.mark.parametrize(
    "content",
    [
        {"application/json": {"schema": ORDER}},
        {"application/json": {"schema": {"not": {"type": "null"}}}},
        {"application/json": {"schema": False}},
        {"text/plain": {}},
        {"text/csv": {"schema": {"type": "string", "minLength": 1}}},
        {"text/csv": {"schema": {"type": ["string", "null"]}}},
        {"image/png": {}},
        {"application/octet-stream": {}},
        {"application/x-ndjson": {}},
        {"text/event-stream": {}},
        {"image/*": {}},
    ],
)
def test_none_where_a_body_is_declared_is_a_violation(operation: Make, content: Any):
    called = operation({"responses": {"200": {"description": "ok", "content": content}}})
    assert (sent(called, None), wrong(called, None)) == ((200, [], b""), [MISSING])
    assert wrong(called, (None, 200, {"X-Accel-Redirect": "/files/a.png"})) == []


def test_none_where_a_file_of_swagger_2_is_declared_is_a_violation(operation: Make):
    response = {"description": "ok", "schema": {"type": "file"}}
    called = operation({"produces": ["application/json"], "responses": {"200": response}}, version="2.0")
    assert (sent(called, None), wrong(called, None)) == ((200, [], b""), [MISSING])


def test_an_error_has_its_own_status(operation: Make):
    called = operation({"responses": answers(json=ORDER)}, schemas={"Error": ERROR})
    fields = {"status": 409, "error": "OUT_OF_STOCK", "error_description": "no more"}
    for error in (fields, called.schemas.models.Error(**fields)):
        reply = called.outbound.reply(error)
        assert (reply.status, reply.body) == (
            409,
            b'{"status":409,"error":"OUT_OF_STOCK","error_description":"no more"}',
        )


def test_a_reply_is_validated_where_that_is_asked(operation: Make):
    called = operation(
        {
            "responses": {
                **answers(json=ORDER),
                **answers("404", json=ERROR),
                **answers("4XX", json=INTEGER),
                **answers("default", csv={"type": "string", "maxLength": 1}),
            }
        }
    )
    assert wrong(called, {"sku": "A", "qty": 1}) == []
    assert wrong(called, {"qty": "many"}) == [
        ("/sku", "required", "is missing"),
        ("/qty", "type", "'many' is not an integer"),
    ]
    assert called.outbound.reply({"qty": "many"}).violations == []
    assert wrong(called, ({"status": "x"}, 404)) == [("/status", "type", "'x' is not an integer")]
    assert wrong(called, ("x", 404)) == [("", "type", "'x' is not an object")]
    assert wrong(called, (5, 400)) == []
    assert wrong(called, ({}, 400)) == [("", "type", "an object is not an integer")]
    assert wrong(called, ("ab", 500)) == [("", "maxLength", "'ab' is longer than 1 character")]
    assert wrong(called, (b"ab", 500)) == [("", "maxLength", "'ab' is longer than 1 character")]
    assert wrong(called, (b"\xff", 500)) == [("", "encoding", "is not utf-8")]
    assert wrong(called, (b'{"qty": 1}', 200)) == [("/sku", "required", "is missing")]
    assert wrong(called, (b"{", 200)) == [("", "json", "is not JSON: expecting property name enclosed in double "
                                           "quotes, line 1, column 2")]  # fmt: skip
    assert wrong(called, None) == [("", "required", "is missing: the handler returned None")]


def test_a_status_that_is_not_declared_is_a_violation(operation: Make):
    called = operation({"responses": answers(json=ORDER)})
    assert wrong(called, ({}, 201)) == [("", "status", "201 is not declared")]
    assert wrong(operation({"responses": {"2XX": {"description": "ok"}}}), ({}, 201)) == []


def test_a_media_type_that_is_not_declared_is_a_violation(operation: Make):
    called = operation({"responses": answers(json=ORDER, html=STRING)})
    undeclared = ("", "media-type", "'text/csv' is not declared; application/json or text/html is")
    assert wrong(called, ("a,b", 200, {"Content-Type": "text/csv"})) == [undeclared]
    assert wrong(called, ("<p>", 200, {"Content-Type": "text/html; charset=latin-1"})) == []
    assert wrong(operation({"responses": answers(csv=STRING)}), {"a": 1}) == [
        ("", "media-type", "'application/json' is not declared; text/csv is")
    ]
    assert wrong(operation({}), ("a,b", 200, {"Content-Type": "text/csv"})) == []
    assert wrong(operation({"responses": answers(any={})}), ("a", 200, {"Content-Type": "image/png"})) == []


def test_bytes_where_only_a_range_is_declared_are_told_to_name_their_type(operation: Make):
    assert wrong(operation({"responses": answers(image={})}), b"png") == [
        (
            "",
            "media-type",
            "'application/octet-stream' is not declared; image/* is: "
            "name the type in a Content-Type header, or declare it",
        )
    ]


def test_a_body_where_there_can_be_none_is_left_out_and_a_violation(operation: Make):
    called = operation({"responses": {"2XX": {"description": "ok"}, "304": {"description": "same"}}})
    for status in (204, 205, 304):
        assert sent(called, ({"a": 1}, status)) == (status, [], b"")
        detail = f"cannot be sent: a reply of {status} has none"
        assert wrong(called, ({"a": 1}, status)) == [("", "body", detail)]
        assert [wrong(called, (nothing, status)) for nothing in (None, "", {}, b"")] == [[], [], [], []]


def test_a_documented_head_needs_no_body(operation: Make):
    assert wrong(operation({"responses": answers(json=ORDER)}, method="head"), None) == []


def test_a_reply_made_elsewhere_is_looked_at_too(operation: Make):
    outbound = operation({"responses": answers(json=ORDER)}).outbound
    found = [
        outbound.violations(status, [("Content-Type", kind)], body)
        for status, kind, body in (
            (200, "application/json", b'{"sku": "A"}'),
            (200, "application/json", b"{}"),
            (200, "application/json", None),
            (200, "text/html", b"<p>"),
            (200, "text/html", None),
            (200, "text/html", b""),
            (200, "application/json", b""),
            (302, "text/html", b"<p>"),
        )
    ]
    assert [[(one.pointer, one.code) for one in wrong] for wrong in found] == [
        [],
        [("/sku", "required")],
        [],
        [("", "media-type")],
        [("", "media-type")],
        [("", "required")],
        [("", "json")],
        [("", "status")],
    ]


def test_a_reply_made_elsewhere_is_of_the_declared_type_and_there(operation: Make):
    outbound = operation({"responses": {**answers(json=ORDER), "404": {"description": "none"}}}).outbound
    found = [
        outbound.violations(status, headers, body)
        for status, headers, body in (
            (200, [], b"[]"),
            (200, [], None),
            (200, [], b""),
            (200, [("Content-Type", "image/png"), ("X-Sendfile", "/a.png")], b""),
            (404, [], b""),
            (404, [], b"x"),
            (404, [("Content-Type", "text/html")], b""),
        )
    ]
    untyped = ("media-type", "has no Content-Type; application/json is declared")
    assert [[(one.code, one.detail) for one in wrong] for wrong in found] == [
        [untyped],
        [untyped],
        [("required", "is missing: the reply has no body")],
        [],
        [],
        [],
        [],
    ]


def test_an_empty_text_is_checked_and_an_empty_file_is_one(operation: Make):
    outbound = operation({"responses": answers(csv={"type": "string", "minLength": 1}, binary={})}).outbound
    found = outbound.violations(200, [("Content-Type", "text/csv")], b"")
    assert [(one.pointer, one.code) for one in found] == [("", "minLength")]
    assert outbound.violations(200, [("Content-Type", "application/octet-stream")], b"") == []


IMAGE = {"200": {"description": "ok", "content": {"image/*": {}, "application/pdf": {}}}}


class Unseekable:
    """A file as a network gives it: read() and no more."""

    content_type = "image/png"

    def __init__(self, data: bytes):
        self._data = BytesIO(data)
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)

    def close(self) -> None:
        self.closed = True


def test_a_file_is_sent_in_pieces_from_where_it_stands_and_closed(operation: Make):
    file = BytesIO(b"skipped" + b"x" * 100_000)
    file.seek(7)
    reply = operation({"responses": answers(binary={})}).outbound.reply(file)
    assert reply.headers == [("Content-Type", "application/octet-stream"), ("Content-Length", "100000")]
    assert [len(piece) for piece in reply.body] == [65_536, 34_464]
    assert file.closed


def test_a_file_that_cannot_tell_its_length_has_no_content_length(operation: Make):
    file = Unseekable(b"png")
    reply = operation({"responses": IMAGE}).outbound.reply((file, 200, {"X-A": "1"}), validate=True)
    assert reply.headers == [("X-A", "1"), ("Content-Type", "image/png"), ("Vary", "Accept")]
    assert (b"".join(reply.body), file.closed, reply.violations) == (b"png", True, [])


def test_the_type_of_a_file_is_the_declared_one_that_its_name_tells(operation: Make, tmp_path: Path):
    called = operation({"responses": IMAGE})
    names = ("a.png", "a.pdf", "a.zip", "a")
    kinds = []
    for name in names:
        (tmp_path / name).write_bytes(b"12")
        reply = called.outbound.reply(tmp_path / name, validate=True)
        kinds.append((reply.headers[0][1], dict(reply.headers)["Content-Length"], b"".join(reply.body)))
        assert reply.violations == []
    assert kinds == [
        ("image/png", "2", b"12"),
        ("application/pdf", "2", b"12"),
        ("application/pdf", "2", b"12"),
        ("application/pdf", "2", b"12"),
    ]
    for declared, kind in (({}, "image/png"), ({"responses": answers(json={})}, "application/json")):
        reply = operation(declared).outbound.reply(tmp_path / "a.png")
        assert (reply.headers[0], b"".join(reply.body)) == (("Content-Type", kind), b"12")


def test_an_upload_can_be_sent_back(operation: Make):
    reply = operation({"responses": IMAGE}).outbound.reply(Upload(b"gif", "a", "image/gif"))
    assert (reply.headers[0], b"".join(reply.body)) == (("Content-Type", "image/gif"), b"gif")


def test_a_file_that_is_open_for_text_is_refused_and_closed(operation: Make):
    file = StringIO("text")
    with pytest.raises(TypeError, match="the file gives str, not bytes: open it with mode 'rb'"):
        operation({}).outbound.reply(file)
    assert file.closed


def test_a_file_that_is_not_sent_is_closed(operation: Make):
    file = BytesIO(b"1")
    assert sent(operation({}), (file, 204)) == (204, [], b"")
    assert file.closed


def test_no_more_of_a_file_is_sent_than_its_content_length_says(operation: Make):
    file = BytesIO(b"12")
    reply = operation({}).outbound.reply(file)
    file.getbuffer().release()
    file.seek(2)
    file.write(b"345")
    file.seek(0)
    assert b"".join(reply.body) == b"12"


HEADERS = {
    "X-Total": {"schema": INTEGER},
    "X-Ids": {"schema": {"type": "array", "items": INTEGER, "maxItems": 3}},
    "X-Page": {"schema": {"type": "object", "properties": {"n": INTEGER}}},
    "X-Point": {"explode": True, "schema": {"type": "object", "properties": {"x": INTEGER}}},
    "X-Json": {"content": {"application/json": {"schema": ORDER}}},
    "Set-Cookie": {"schema": {"type": "string", "pattern": "^a=[^,]*$"}},
    "Content-Type": {"schema": INTEGER},
}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-total": "5"}, []),
        ({"x-total": "many"}, [("/X-Total", "type", "'many' is not an integer")]),
        ({"X-Ids": "1, 2,3"}, []),
        ({"X-Ids": ["1", "2, 3"]}, []),
        ({"X-Ids": ["1,2", "3,4"]}, [("/X-Ids", "maxItems", "has 4 items, more than 3")]),
        ({"X-Ids": "1,x"}, [("/X-Ids/1", "type", "'x' is not an integer")]),
        ({"X-Page": "n,1"}, []),
        ({"X-Page": "n,x"}, [("/X-Page/n", "type", "'x' is not an integer")]),
        ({"X-Page": "n"}, [("/X-Page", "style", "is not a list of names and values")]),
        ({"X-Point": "x=1"}, []),
        ({"X-Point": "x=a"}, [("/X-Point/x", "type", "'a' is not an integer")]),
        ({"X-Json": '{"sku": "A"}'}, []),
        ({"X-Json": "{}"}, [("/X-Json/sku", "required", "is missing")]),
        ({"Set-Cookie": ["a=1", "a=2"]}, []),
        ({"Set-Cookie": ["a=1", "b=2"]}, [("/Set-Cookie", "pattern", "'b=2' does not match ^a=[^,]*$")]),
        ({"X-Other": "anything", "Content-Type": "text/csv"}, []),
    ],
)
def test_headers_are_validated_by_their_style(operation: Make, headers: Any, expected: Any):
    called = operation({"responses": {"200": {"description": "ok", "headers": HEADERS}}})
    assert wrong(called, ({}, 200, headers)) == expected


@pytest.mark.parametrize("produces", ["text/csv", "application/octet-stream", "application/json"])
def test_a_file_of_swagger_2_may_be_a_text_bytes_or_a_file(operation: Make, produces: str):
    response = {"description": "ok", "schema": {"type": "file"}}
    called = operation({"produces": [produces], "responses": {"200": response}}, version="2.0")
    for result in ("a,b", b"1", BytesIO(b"1")):
        assert wrong(called, result) == []


def test_a_required_header_that_is_missing_is_a_violation(operation: Make):
    headers = {name: {"required": True, "schema": STRING} for name in ("X-A", "Date", "Vary", "Content-Type")}
    called = operation({"responses": {"200": {"description": "ok", "headers": headers}}})
    assert wrong(called, {}) == [("/X-A", "required", "is missing")]
    assert called.outbound.reply({}, validate=True).violations[0].location == "header"
    assert wrong(called, ({}, 200, {"x-a": ""})) == []


def test_headers_of_swagger_2_are_validated_by_collection_format(operation: Make):
    header = {"type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes"}
    response = {"description": "ok", "headers": {"X-Ids": header}}
    called = operation({"responses": {"200": response}}, version="2.0")
    assert wrong(called, ({}, 200, {"X-Ids": "1|2"})) == []
    assert wrong(called, ({}, 200, {"X-Ids": "1|x"})) == [("/X-Ids/1", "type", "'x' is not an integer")]


@pytest.mark.parametrize(
    ("responses", "accept", "offers"),
    [
        (answers(json={}), "text/html", "application/json"),
        (answers(json={}), "application/json;q=0, */*;q=0", "application/json"),
        (answers(json={}), "application/json;q=0", "application/json"),
        (answers(json={}), "application/problem+json, text/html", "application/json"),
        ({**answers(json={}), **answers("201", csv={})}, "text/html", "application/json or text/csv"),
        ({**answers("2XX", json={}), **answers("default", html={})}, "text/html", "application/json"),
        (answers("default", json={}), "text/html", "application/json"),
        (IMAGE, "text/html", "image/* or application/pdf"),
    ],
)
def test_who_wants_nothing_of_what_is_declared_is_refused(operation: Make, responses: Any, accept: str, offers: str):
    called = operation({"responses": responses})
    for _ in range(2):
        with pytest.raises(NotAcceptable) as raised:
            called.outbound.demand(accept)
        assert (raised.value.status, raised.value.error) == (406, "NOT_ACCEPTABLE")
        assert str(raised.value) == f"The Accept header wants {accept!r}; this operation sends {offers}"


@pytest.mark.parametrize(
    ("responses", "accept"),
    [
        (answers(json={}), None),
        (answers(json={}), ""),
        (answers(json={}), "nonsense"),
        (answers(json={}), "*/*;q=0.1"),
        (answers(json={}), "text/html, application/*"),
        (answers(json={}), "application/json; charset=utf-8"),
        (answers(json={}), "application/problem+json"),
        (answers("201", json={}) | answers("404", html={}), "application/json"),
        ({"204": {"description": "gone"}, **answers("404", json={})}, "text/html"),
        ({**answers("404", json={})}, "text/html"),
        (IMAGE, "image/webp"),
        (answers(any={}), "text/html"),
    ],
)
def test_who_wants_something_of_it_is_not(operation: Make, responses: Any, accept: str | None):
    called = operation({"responses": responses})
    assert [called.outbound.demand(accept) for _ in range(2)] == [None, None]


ANY_JSON = {"200": {"description": "ok", "content": {"application/*+json": {"schema": {"type": "object"}}}}}


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/hal+json", "application/hal+json"),
        ("application/hal+json;q=0.5, application/json;q=0.1", "application/hal+json"),
        ("application/hal+json, */*", "application/json"),
        ("application/*+json", "application/json"),
    ],
)
def test_any_type_of_json_is_the_one_that_the_caller_names_or_plain(
    operation: Make, accept: str | None, content_type: str
):
    called = operation({"responses": ANY_JSON})
    called.outbound.demand(accept)
    reply = called.outbound.reply({"a": 1}, validate=True, accept=accept)
    assert (reply.headers, reply.violations) == ([("Content-Type", content_type), ("Vary", "Accept")], [])


def test_any_type_of_json_may_be_named_by_the_handler_and_nothing_else(operation: Make):
    called = operation({"responses": ANY_JSON})
    for name in ("application/json", "application/hal+json"):
        assert wrong(called, ({"a": 1}, 200, {"Content-Type": name})) == []
    found = wrong(called, ({"a": 1}, 200, {"Content-Type": "application/xml"}))
    assert [one[:2] for one in found] == [("", "media-type")]
    with pytest.raises(NotAcceptable):
        called.outbound.demand("application/xml")


# ---- the types of Swagger 2.0


@pytest.mark.parametrize("produces", [{}, {"produces": []}, {"produces": ["application/json"]}])
def test_a_file_of_swagger_2_is_no_json_whatever_is_produced(operation: Make, produces: Any):
    response = {"description": "ok", "schema": {"type": "file"}}
    called = operation({**produces, "responses": {"200": response}}, version="2.0")
    own = Upload(b"\x89PNG", "a.png", content_type="image/png")
    for result, content_type in (
        (b"\x89PNG", "application/octet-stream"),
        (BytesIO(b"\x89PNG"), "application/octet-stream"),
        (own, "image/png"),
        ("a,b", "text/plain; charset=utf-8"),
    ):
        reply = called.outbound.reply(result, validate=True, accept="application/json")
        assert (dict(reply.headers)["Content-Type"], reply.violations) == (content_type, [])
    assert [called.outbound.demand(accept) for accept in ("image/png", "application/json")] == [None, None]


def test_a_file_of_swagger_2_is_of_the_type_that_is_produced_and_is_no_json(operation: Make):
    response = {"description": "ok", "schema": {"type": "file"}}
    declared = {"produces": ["application/json", "image/png"], "responses": {"200": response}}
    called = operation(declared, version="2.0")
    for accept in (None, "application/json"):  # which generated clients send where it is produced
        called.outbound.demand(accept)
        reply = called.outbound.reply(b"1", validate=True, accept=accept)
        assert (reply.headers, reply.violations) == ([("Content-Type", "image/png")], [])
    with pytest.raises(NotAcceptable):
        called.outbound.demand("text/csv")


@pytest.mark.parametrize("produces", [{}, {"produces": []}])
def test_swagger_2_that_names_no_type_refuses_nobody(operation: Make, produces: Any):
    response = {"description": "ok", "schema": {"type": "object"}}
    called = operation({**produces, "responses": {"200": response}}, version="2.0")
    called.outbound.demand("text/csv")
    reply = called.outbound.reply({"a": 1}, validate=True, accept="text/csv")
    assert (reply.headers, reply.violations) == ([("Content-Type", "application/json")], [])
    assert wrong(called, []) == [("", "type", "an array is not an object")]
    assert wrong(called, ("a", 200, {"Content-Type": "text/csv"})) == []


# ---- the headers that are declared

STRINGS = {"type": "array", "items": STRING}
WRITTEN = {
    "X-B": {"schema": {"type": "boolean"}},
    "X-D": {"schema": {"type": "string", "format": "date-time"}},
    "X-By": {"schema": {"type": "string", "format": "byte"}},
    "X-S": {"schema": STRING},
    "X-O": {"schema": {"type": "object"}},
    "X-E": {"explode": True, "schema": {"type": "object"}},
    "X-L": {"schema": {"type": "array", "items": {"type": "boolean"}}},
    "X-T": {"schema": STRINGS},
    "X-J": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "X-JS": {"content": {"application/json": {"schema": STRING}}},
    "X-JL": {"content": {"application/json": {"schema": STRINGS}}},
    "Set-Cookie": {"schema": STRINGS},
    "X-Any": {"schema": {}},
}


def written(operation: Make, headers: Any, **more: Any) -> list[tuple[str, str]]:
    called = operation({"responses": {"200": {"description": "ok", "headers": WRITTEN}}}, **more)
    reply = called.outbound.reply((None, 200, headers), validate=True)
    assert reply.violations == []
    return reply.headers


@pytest.mark.parametrize(
    ("name", "value", "texts"),
    [
        ("X-B", True, ["true"]),
        ("x-b", False, ["false"]),
        ("X-B", "true", ["true"]),
        ("X-B", None, []),
        ("X-D", datetime(2020, 1, 1, tzinfo=UTC), ["2020-01-01T00:00:00Z"]),
        ("X-D", "2020-01-01T00:00:00+00:00", ["2020-01-01T00:00:00+00:00"]),
        ("X-By", b"a", ["YQ=="]),
        ("X-S", UUID(int=1), ["00000000-0000-0000-0000-000000000001"]),
        ("X-S", ["a, b", 1], ["a, b", "1"]),
        ("X-S", Path("/a"), ["/a"]),  # of a class that JSON does not know
        ("X-O", {"a": 1, "b": True}, ["a,1,b,true"]),
        ("X-E", {"a": 1, "b": True}, ["a=1,b=true"]),
        ("X-L", [True, False], ["true,false"]),
        ("X-L", (True,), ["true"]),
        ("X-L", [], [""]),
        ("X-L", ["true", "false, true"], ["true", "false, true"]),
        ("X-L", "true, false", ["true, false"]),
        ("X-T", ["a", "b"], ["a,b"]),
        ("X-J", {"a": [1, "€😀"]}, ['{"a":[1,"\\u20ac\\ud83d\\ude00"]}']),
        ("X-J", '{"a": 1}', ['{"a": 1}']),
        ("X-JS", "a", ['"a"']),
        ("X-JL", ["a", "b,c"], ['["a","b,c"]']),
        ("Set-Cookie", ["a=1", "b=2"], ["a=1", "b=2"]),
        ("X-Any", [1, "b"], ["1", "b"]),
        ("X-Other", [True, None, datetime(2020, 1, 1)], ["True", "None", "2020-01-01 00:00:00"]),
    ],
)
def test_a_header_is_written_as_it_is_declared(operation: Make, name: str, value: Any, texts: list[str]):
    assert written(operation, {name: value}) == [(name, text) for text in texts]


def test_a_header_of_swagger_2_is_written_by_its_collection_format(operation: Make):
    headers = {
        "X-P": {"type": "array", "items": INTEGER, "collectionFormat": "pipes"},
        "X-B": {"type": "boolean"},
    }
    called = operation({"responses": {"200": {"description": "ok", "headers": headers}}}, version="2.0")
    reply = called.outbound.reply((None, 200, {"X-P": [1, 2], "X-B": True}), validate=True)
    assert (reply.headers, reply.violations) == ([("X-P", "1|2"), ("X-B", "true")], [])


def test_a_header_is_written_by_the_response_of_the_status_that_is_sent(operation: Make):
    declared = {"description": "ok", "headers": {"X-B": {"schema": {"type": "boolean"}}}}
    called = operation({"responses": {"200": {"description": "ok"}, "201": declared}})
    assert [called.outbound.reply((None, status, {"X-B": True})).headers for status in (200, 201)] == [
        [("X-B", "True")],
        [("X-B", "true")],
    ]


@pytest.mark.parametrize(
    ("headers", "match"),
    [
        ({"X-T": ["a,b"]}, "the header 'X-T' cannot be sent: 'a,b' has ',' in it"),
        ({"X-D": datetime(2020, 1, 1)}, "the header 'X-D' cannot be sent: .*without a time zone"),
    ],
)
def test_a_header_that_would_be_read_as_something_else_is_refused(operation: Make, headers: Any, match: str):
    with pytest.raises(ValueError, match=match):
        written(operation, headers)
