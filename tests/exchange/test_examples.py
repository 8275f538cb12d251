"""What a handler that is not written yet answers: the example that its description gives, if that fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from pymacaron import example

Make = Callable[..., Flask]

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer", "example": 7},
        "name": {"type": "string", "examples": ["tea", "pot"]},
        "kind": {"enum": ["a", "b"]},
        "size": {"type": "integer", "default": 3},
        "secret": {"type": "string", "writeOnly": True, "example": "hidden"},
        "unknown": {"type": "string"},
        "next": {"$ref": "#/components/schemas/Order"},
    },
}
ANSWER = {"id": 7, "name": "tea", "kind": "a", "size": 3}


def served(service: Make, responses: dict[str, Any], version: str = "3.1.0", **more: Any) -> Any:
    """A client of the service whose GET /orders gives `example()`."""
    schemas = {"Order": ORDER, **more}
    document: dict[str, Any] = {"info": {"title": "Shop", "version": "1"}}
    operation: dict[str, Any] = {"operationId": "list", "responses": responses}
    if version == "2.0":
        document |= {"swagger": "2.0", "definitions": schemas, "produces": ["application/json"]}
    else:
        document |= {"openapi": version, "components": {"schemas": schemas}}
    document["paths"] = {"/orders": {"get": operation}}
    app = service(json.dumps(document), {"list": lambda: example()}, settings={"response_validation": "strict"})
    return app.test_client()


def answered(service: Make, responses: dict[str, Any], version: str = "3.1.0", **more: Any) -> Any:
    """The reply of GET /orders."""
    return served(service, responses, version, **more).get("/orders")


def content(schema: Any = None, name: str = "application/json", **more: Any) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Order"} if schema is None else schema
    return {"description": "All", "content": {name: {"schema": schema, **more}}}


@pytest.mark.parametrize(
    ("response", "wanted"),
    [
        (content(example={"id": 1}), {"id": 1}),
        (content(examples={"a": {"value": {"id": 2}}, "b": {"value": {"id": 3}}}), {"id": 2}),
        (content(examples={"a": {"externalValue": "x.json"}, "b": {"value": {"id": 3}}}), {"id": 3}),
        (content(example={"id": "no integer"}), ANSWER),
        (content(example='{"id": 4}'), {"id": 4}),
        (content(), ANSWER),
        (content({"type": "array", "items": {"$ref": "#/components/schemas/Order"}}), [ANSWER]),
        (content({"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/Order"}]}), ANSWER),
        (content({"type": "integer", "example": 5}), 5),
        (content({"allOf": [{"$ref": "#/components/schemas/Order"}, {"example": {"id": 9}}]}), {"id": 9}),
    ],
)
def test_a_reply_is_the_first_example_that_fits(service: Make, response: dict[str, Any], wanted: Any) -> None:
    reply = answered(service, {"200": response})
    assert (reply.status_code, reply.json) == (200, wanted)


def test_the_success_that_is_declared_first_is_the_one_that_is_answered(service: Make) -> None:
    reply = answered(service, {"404": content(example={"id": 1}), "202": content(example={"id": 2}), "200": content()})
    assert (reply.status_code, reply.json) == (202, {"id": 2})
    reply = answered(service, {"default": content(example={"id": 3})})
    assert (reply.status_code, reply.json) == (200, {"id": 3})


def test_swagger_2_has_its_examples_in_the_response(service: Make) -> None:
    response = {
        "description": "All",
        "schema": {"$ref": "#/definitions/Order"},
        "examples": {"application/json": {"id": 6}},
    }
    order = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    assert answered(service, {"200": response}, "2.0", Order=order).json == {"id": 6}
    response["examples"] = {"text/plain": "no", "application/json; charset=utf-8": {"id": 7}}
    assert answered(service, {"200": response}, "2.0", Order=order).json == {"id": 7}


def test_an_example_of_3_2_may_be_a_data_value(service: Make) -> None:
    response = content(examples={"a": {"dataValue": {"id": 8}}})
    assert answered(service, {"200": response}, "3.2.0").json == {"id": 8}


def test_texts_are_sent_as_such_and_json_goes_before_them(service: Make) -> None:
    text = content({"type": "string"}, "text/plain", example="hello")
    reply = answered(service, {"200": text})
    assert (reply.mimetype, reply.text) == ("text/plain", "hello")
    text["content"] |= content(example={"id": 1})["content"]
    assert answered(service, {"200": text}).json == {"id": 1}


def test_headers_that_are_required_come_from_their_examples(service: Make) -> None:
    response = content(example={"id": 1})
    response["headers"] = {"X-Next": {"required": True, "schema": {"type": "string", "example": "/orders?page=2"}}}
    reply = answered(service, {"200": response})
    assert (reply.status_code, reply.headers["X-Next"]) == (200, "/orders?page=2")


@pytest.mark.parametrize(
    "responses",
    [
        {"204": {"description": "None"}},
        {"200": {"description": "Anything"}},
        {"200": content({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}})},
        {"200": content({"type": "object", "properties": {"a": {"default": 1}}})},
        {"200": content({"type": "string"}, example=3)},
        {"404": content(example={"id": 1})},
    ],
)
def test_without_an_example_it_is_501_in_the_form_of_every_error(service: Make, responses: dict[str, Any]) -> None:
    reply = answered(service, responses)
    assert (reply.status_code, reply.json["status"], reply.json["error"]) == (501, 501, "NOT_IMPLEMENTED")
    assert (
        reply.json["error_description"]
        == "GET /orders is not implemented, and its description has no example that fits"
    )


def test_an_example_that_looks_like_an_error_is_sent_as_the_success_that_it_is_one_of(service: Make) -> None:
    error = {"status": 404, "error": "GONE", "error_description": "It was deleted"}
    responses = {"200": content({"type": "object"}, example=error), "default": content({"type": "object"})}
    assert (answered(service, responses).status_code, answered(service, responses).json) == (200, error)
    members = {name: {} for name in error}
    reply = answered(service, {"200": content({"type": "object", "properties": members}, example=error)})
    assert (reply.status_code, reply.json) == (200, error)


def test_what_a_caller_does_not_accept_is_no_example(service: Make) -> None:
    text = content({"type": "string"}, "text/plain", example="hello")
    text["content"] |= content({"type": "object"})["content"]
    client = served(service, {"200": text})
    for accept, wanted in (("text/plain", 200), ("application/json", 501), ("*/*", 200)):
        assert client.get("/orders", headers={"Accept": accept}).status_code == wanted


def test_what_is_put_together_has_empty_lists_and_follows_alternatives(service: Make) -> None:
    tree = {
        "type": "object",
        "required": ["leaves"],
        "properties": {
            "name": {"type": "string", "example": "oak"},
            "leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }
    reply = answered(service, {"200": content({"$ref": "#/components/schemas/Tree"})}, Tree=tree)
    assert reply.json == {"name": "oak", "leaves": []}
    dog = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "example": "Dog"}}}
    pet = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}, "oneOf": [dog]}
    assert answered(service, {"200": content(pet)}).json == {"kind": "Dog"}


def test_whoever_changes_an_example_changes_no_other(service: Make) -> None:
    def changed() -> Any:
        found: Any = example()
        found["ids"].append(7)
        return found

    document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}}
    responses = {"200": content({"type": "object"}, example={"ids": [1]})}
    document["paths"] = {"/orders": {"get": {"operationId": "list", "responses": responses}}}  # type: ignore[assignment]
    client = service(json.dumps(document), {"list": changed}).test_client()
    assert [client.get("/orders").json for _ in range(2)] == [{"ids": [1, 7]}] * 2
