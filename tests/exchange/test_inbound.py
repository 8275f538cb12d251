"""The parts of a call become the arguments of its handler, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

Make = Callable[..., Any]

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
ORDER = {
    "type": "object",
    "required": ["sku"],
    "properties": {
        "sku": STRING,
        "qty": {"type": "integer", "minimum": 1},
        "due": {"type": "string", "format": "date"},
    },
}


def query(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


def test_values_reach_the_handler_converted_and_named_for_python(operation: Make):
    called = operation(
        {
            "parameters": [
                {"name": "order-id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
                query("since", {"type": "string", "format": "date-time"}),
                query("class", INTEGER),
                {"name": "X-Count", "in": "header", "schema": INTEGER},
                {"name": "session", "in": "cookie", "schema": STRING},
                query("X-Count", INTEGER),
            ]
        },
        path="/orders/{order-id}",
    )
    text = "9f8b0c9e-7f6a-4a1e-8d6a-0a1b2c3d4e5f"
    positional, keywords = called.arguments(
        "since=2026-01-02T03:04:05Z&class=1&unknown=1",
        path={"order-id": text},
        headers={"x-count": "7"},
        cookies={"session": "s1"},
    )
    assert positional == []
    assert keywords == {
        "order_id": UUID(text),
        "since": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "class_": 1,
        "x_count": 7,
        "session": "s1",
        "X_Count": None,
    }


def test_an_absent_value_is_the_handlers_default_else_the_schemas_else_none(operation: Make):
    called = operation(
        {
            "parameters": [
                query("mine", {"type": "integer", "default": 1}),
                query("theirs", {"type": "string", "format": "date", "default": "2026-01-02"}),
                query("list", {"type": "array", "items": INTEGER, "default": [1]}),
                query("wrong", {"type": "integer", "default": "ten"}),
                query("none", INTEGER),
            ]
        },
        defaults={"mine"},
    )
    _, first = called.arguments()
    assert first == {"theirs": date(2026, 1, 2), "list": [1], "wrong": "ten", "none": None}
    first["list"].append(2)
    assert called.arguments()[1]["list"] == [1]


def test_what_the_handler_does_not_take_is_validated_all_the_same(operation: Make):
    called = operation({"parameters": [query("a", INTEGER), query("b", INTEGER)]}, accepts={"a"})
    assert called.arguments("a=1&b=2") == ([], {"a": 1})
    assert called.wrong("a=1&b=x") == [("query", "/b", "type", "'x' is not an integer")]


def test_everything_that_is_wrong_is_said_at_once(operation: Make):
    called = operation(
        {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": INTEGER},
                query("limit", INTEGER, required=True),
                {"name": "X-Count", "in": "header", "schema": INTEGER},
                {"name": "session", "in": "cookie", "required": True, "schema": STRING},
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": ORDER}}},
        },
        path="/it/{id}",
    )
    wrong = called.wrong(
        path={"id": "x"}, headers={"X-Count": "many"}, body=b'{"qty":0}', content_type="application/json"
    )
    assert wrong == [
        ("path", "/id", "type", "'x' is not an integer"),
        ("query", "/limit", "required", "is missing"),
        ("header", "/X-Count", "type", "'many' is not an integer"),
        ("cookie", "/session", "required", "is missing"),
        ("body", "/sku", "required", "is missing"),
        ("body", "/qty", "minimum", "0 is below 1"),
    ]


def test_the_value_of_a_secret_is_not_shown(operation: Make):
    called = operation({"parameters": [{"name": "api_token", "in": "query", "schema": INTEGER}]})
    assert called.wrong("api_token=geheim") == [("query", "/api_token", "type", "a value is not an integer")]


LOGIN = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "pin": {"type": "string", "format": "password"},
        "cards": {"type": "array", "items": {"type": "object", "properties": {"cvc": {"format": "password"}}}},
    },
}


@pytest.mark.parametrize("plain_body", [True, False])
def test_what_is_shown_of_a_call_has_no_secrets(operation: Make, plain_body: bool):
    pin = {"type": "string", "format": "password"}
    called = operation(
        {
            "parameters": [
                {"name": "q", "in": "query", "schema": {"type": "integer"}},
                {"name": "pw", "in": "query", "schema": pin},
                {"name": "old", "in": "query", "schema": {"type": "array", "items": pin}},
                {"name": "X-Api-Key", "in": "header", "schema": {"type": "string"}},
                {"name": "reset_token", "in": "query", "schema": {"type": "string"}},
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": LOGIN}}},
        },
        plain_body=plain_body,
    )
    assert called.inbound.secrets == {"pw", "old", "x_api_key", "reset_token"}
    body = b'{"name":"Ada","pin":"1234","cards":[{"cvc":"567","n":1}]}'
    args, kwargs = called.arguments("q=1&pw=a&old=b&old=c", body=body, headers={"X-Api-Key": "d"})
    assert called.inbound.shown(args, kwargs) == {
        "body": {"name": "Ada", "pin": "********", "cards": [{"cvc": "********", "n": 1}]},
        "q": 1,
        "pw": "********",
        "old": "********",
        "x_api_key": "********",
        "reset_token": None,
    }
    assert (args[0]["pin"], kwargs["pw"]) == ("1234", "a")


def test_a_parameter_that_holds_a_secret_is_none_in_the_url(operation: Make):
    held = {"type": "object", "properties": {"pin": {"type": "string", "format": "password"}, "n": INTEGER}}
    called = operation({"parameters": [{"name": "o", "in": "query", "style": "deepObject", "schema": held}]})
    assert called.inbound.secrets == {"o=", "pin="}


def test_a_body_that_is_a_password_is_not_shown(taking: Make):
    called = taking({"type": "string", "format": "password"}, "text/plain")
    assert called.inbound.secrets == {"body"}
    args, kwargs = called.arguments(body=b"hush", content_type="text/plain")
    assert called.inbound.shown(args, kwargs) == {"body": "********"}
