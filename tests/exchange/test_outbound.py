"""What a handler returned becomes status, headers and body, and is compared with the description when that is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest

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


@pytest.mark.parametrize("result", [({}, 200, {}, 1), ({}, "many"), ({}, 99)])
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
        ({"problem": {}}, None, {"a": 1}, "application/vnd.shop+json", b'{"a":1}'),
        ({"json": {}, "problem": {}}, "application/vnd.shop+json", {}, "application/vnd.shop+json", b"{}"),
    ],
)
def test_the_media_type_is_the_declared_one_that_fits(
    operation: Make, content: Any, accept: str | None, result: Any, content_type: str, body: bytes
):
    called = operation({"responses": answers(**content)})
    assert sent(called, result, accept=accept) == (200, [("Content-Type", content_type)], body)


def test_the_handlers_content_type_decides_how_a_text_is_sent(operation: Make):
    called = operation({"responses": answers(json={})})
    headers = {"Content-Type": "text/plain; charset=latin-1"}
    assert sent(called, ("é", 200, headers)) == (200, list(headers.items()), b"\xe9")


def test_none_is_null_where_that_is_declared_and_nothing_elsewhere(operation: Make):
    nullable = operation({"responses": answers(json={"type": ["object", "null"]})})
    assert sent(nullable, None) == (200, [JSON], b"null")
    assert sent(operation({"responses": {"200": {"description": "ok"}}}), None) == (200, [], b"")
    assert sent(operation({"responses": answers(json=ORDER)}), None) == (200, [], b"")
    assert sent(operation({}), ({"a": 1}, 204, {"X-A": "1"})) == (204, [("X-A", "1")], b"")


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
        ("/qty", "type", "'many' is not an integer"),
        ("/sku", "required", "is missing"),
    ]
    assert called.outbound.reply({"qty": "many"}).violations == []
    assert wrong(called, ({"status": "x"}, 404)) == [("/status", "type", "'x' is not an integer")]
    assert wrong(called, ("x", 404)) == [("", "type", "'x' is not an object")]
    assert wrong(called, (5, 400)) == []
    assert wrong(called, ({}, 400)) == [("", "type", "an object is not an integer")]
    assert wrong(called, ("ab", 500)) == [("", "maxLength", "'ab' is longer than 1 character")]
    assert wrong(called, None) == [("", "required", "is missing: the handler returned None")]


def test_a_status_that_is_not_declared_is_a_violation(operation: Make):
    called = operation({"responses": answers(json=ORDER)})
    assert wrong(called, ({}, 201)) == [("", "status", "201 is not declared")]
    assert wrong(operation({"responses": {"2XX": {"description": "ok"}}}), ({}, 201)) == []


def test_headers_are_validated_too(operation: Make):
    response = {"description": "ok", "headers": {"X-Total": {"schema": INTEGER}}}
    called = operation({"responses": {"200": response}})
    assert wrong(called, ({}, 200, {"x-total": "5"})) == []
    assert wrong(called, ({}, 200, {"x-total": "many"})) == [("/X-Total", "type", "'many' is not an integer")]
