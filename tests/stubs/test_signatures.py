"""What a handler gets and may return, as types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load
from pymacaron.stubs.classes import Module
from pymacaron.stubs.signatures import ITEMS, Argument, Signature, Signatures
from pymacaron.stubs.types import Type

SCHEMAS = {
    "Order": {"type": "object", "properties": {"item": {"type": "string"}}},
    "Photo": {
        "type": "object",
        "required": ["photo"],
        "properties": {
            "title": {"type": "string"},
            "photo": {"type": "string", "contentMediaType": "image/png"},
            "others": {"type": "array", "items": {"type": "string", "contentMediaType": "image/png"}},
        },
    },
    "Event": {"type": "object", "properties": {"data": {"$ref": "#/components/schemas/Order"}}},
    "Error": {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("status", "error", "error_description")},
    },
}
ORDER = {"$ref": "#/components/schemas/Order"}
TOLD = {"type": "string", "contentMediaType": "application/json"}


def several(item: str) -> str:
    return f"Iterator[{item}] | AsyncIterator[{item}]"


ERROR = {"$ref": "#/components/schemas/Error"}


@pytest.fixture
def signatures_of(tmp_path: Path) -> Any:
    """make(operation, version) -> Signatures and the Signature of that operation."""

    def make(operation: dict[str, Any], version: str = "3.2.0") -> tuple[Signatures, Signature]:
        document: dict[str, Any] = {"info": {"title": "Shop", "version": "1"}, "paths": {"/a": {"post": operation}}}
        if version == "2.0":
            document |= {"swagger": "2.0", "definitions": {}}
        else:
            document |= {"openapi": version, "components": {"schemas": SCHEMAS}}
        path = tmp_path / "shop.json"
        path.write_text(json.dumps(document))
        api = load(path)
        signatures = Signatures(Schemas(api))
        return signatures, signatures.of(api.operations[0])

    return make


def text(one: Type | None) -> str | None:
    return None if one is None else Module(["shop"], [ITEMS]).text(one, "shop")


def told(argument: Argument | None) -> str | None:
    return None if argument is None else f"{argument.name}: {text(argument.type)}{'' if argument.passed else ' = ...'}"


def result(signatures_of: Any, responses: dict[str, Any]) -> tuple[str | None, str | None]:
    found = {
        status: {"description": "", **({"content": content} if content else {})}
        for status, content in responses.items()
    }
    signature = signatures_of({"responses": found})[1].result
    return text(signature.alone), text(signature.elsewhere)


def test_a_parameter_that_is_optional_may_be_left_out_unless_the_description_has_a_default(signatures_of: Any) -> None:
    parameters = [
        {"name": "id", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "X-Trace", "in": "header", "schema": {"type": "string", "format": "uuid"}},
        {"name": "page", "in": "query", "schema": {"type": "integer", "default": 1}},
        {"name": "none", "in": "query", "schema": {"type": ["integer", "null"], "default": None}},
        {"name": "from", "in": "query", "allowEmptyValue": True, "schema": {"type": "string", "format": "date"}},
        {"name": "filter", "in": "query", "content": {"application/json": {"schema": ORDER}}},
        {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"enum": ["a", "b"]}}},
    ]
    signature = signatures_of({"parameters": parameters, "responses": {}})[1]
    assert signature.body is None
    assert [told(one) for one in signature.keywords] == [
        "id: int",
        "x_trace: UUID = ...",
        "page: int",
        "none: int | None = ...",
        'from_: date | Literal[""] = ...',
        "filter: shop.model.Order = ...",
        'tags: list[Literal["a", "b"]] = ...',
    ]


def test_the_form_fields_of_swagger_2_are_keywords(signatures_of: Any) -> None:
    fields = [
        {"name": "title", "in": "formData", "type": "string", "required": True},
        {"name": "photo", "in": "formData", "type": "file"},
    ]
    operation = {"consumes": ["multipart/form-data"], "parameters": fields, "responses": {}}
    signature = signatures_of(operation, "2.0")[1]
    assert signature.body is None
    assert [told(one) for one in signature.keywords] == ["title: str", "photo: Upload = ..."]


@pytest.mark.parametrize(
    ("content", "body", "plain"),
    [
        ({"application/json": {"schema": ORDER}}, "body: shop.model.Order", "body: dict[str, Any]"),
        (
            {"application/json": {"schema": {"type": "array", "items": ORDER}}},
            "body: list[shop.model.Order]",
            "list[dict[str, Any]]",
        ),
        ({"application/json": {"schema": {"type": "string", "format": "date"}}}, "body: date", "body: str"),
        ({"application/json": {}}, "body: Any", None),
        ({"text/plain": {}}, "body: str", None),
        ({"text/plain": {"schema": {"type": "integer"}}}, "body: int", None),
        ({"application/pdf": {}}, "body: bytes", None),
        ({"*/*": {}}, "body: Any", None),
        ({"application/x-www-form-urlencoded": {"schema": ORDER}}, "body: shop.model.Order", "body: dict[str, Any]"),
        (
            {"application/json": {"schema": ORDER}, "text/plain": {}},
            "body: shop.model.Order | str",
            "dict[str, Any] | str",
        ),
        (
            {"application/jsonl": {"itemSchema": ORDER}},
            "body: _Items[shop.model.Order]",
            "body: _Items[dict[str, Any]]",
        ),
    ],
)
def test_a_body_is_what_its_media_types_give(signatures_of: Any, content: Any, body: str, plain: str | None) -> None:
    operation = {"requestBody": {"required": True, "content": content}, "responses": {}}
    signature = signatures_of(operation)[1]
    assert told(signature.body) == body
    assert told(signature.plain_body) == (plain if plain is None or plain.startswith("body") else f"body: {plain}")


def test_a_body_is_called_otherwise_where_a_parameter_is_called_so(signatures_of: Any) -> None:
    operation = {
        "parameters": [{"name": "body", "in": "query", "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": ORDER}}},
        "responses": {},
    }
    assert told(signatures_of(operation)[1].body) == "body_: shop.model.Order = ..."


def test_the_files_of_a_form_are_uploads(signatures_of: Any) -> None:
    content = {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Photo"}}}
    signatures, signature = signatures_of({"requestBody": {"content": content}, "responses": {}})
    assert told(signature.body) == "body: shop.model.Photo = ..."
    assert {one.name: text(one.read) for one in signatures.types.attributes(signatures.types.models["Photo"])} == {
        "title": "str | None",
        "photo": "Upload",
        "others": "list[Upload] | None",
    }


@pytest.mark.parametrize(
    ("responses", "alone", "elsewhere"),
    [
        ({"200": {"application/json": {"schema": ORDER}}}, "shop.model.Order | dict[str, Any]", None),
        (
            {"200": {"application/json": {"schema": {"type": "array", "items": ORDER}}}},
            "list[shop.model.Order] | list[dict[str, Any]]",
            None,
        ),
        ({"204": None}, "None", None),
        ({"303": None}, "NoReturn", "str | None"),
        ({"303": None, "404": None}, "Any", "Any"),
        (
            {"303": None, "409": {"application/json": {"schema": ERROR}}},
            "shop.model.Error | dict[str, Any]",
            "str | None",
        ),
        (
            {"200": {"text/event-stream": {"itemSchema": {"$ref": "#/components/schemas/Event"}}}},
            several("shop.model.Event | shop.model.Order | dict[str, Any]")
            + " | list[shop.model.Event | shop.model.Order] | list[dict[str, Any]]",
            None,
        ),
        (
            {"200": {"text/event-stream": {"itemSchema": {"properties": {"data": TOLD | {"contentSchema": ORDER}}}}}},
            several("shop.model.PostAResponse200Item | str | shop.model.Order | dict[str, Any]")
            + " | list[shop.model.PostAResponse200Item | str | shop.model.Order] | list[dict[str, Any] | str]",
            None,
        ),
        ({"200": {"text/event-stream": {"itemSchema": {"type": "object"}}}}, several("Any") + " | list[Any]", None),
        ({"200": {"text/event-stream": {}}}, several("Any") + " | list[Any]", None),
        ({"200": None}, "Any", "Any"),
        ({}, "Any", "Any"),
        ({"201": {"application/json": {"schema": {"type": "integer"}}}, "204": None}, "int | None", None),
        ({"200": {"text/html": {}}}, "str | bytes", None),
        (
            {"200": {"application/json": {"schema": ORDER}}, "409": {"text/plain": {}}},
            "shop.model.Order | dict[str, Any]",
            "str | bytes",
        ),
        (
            {"204": None, "default": {"application/json": {"schema": ERROR}}},
            "shop.model.Error | dict[str, Any] | None",
            None,
        ),
        (
            {
                "200": {"application/json": {"schema": {"type": "string"}}},
                "404": {"application/json": {"schema": ORDER}},
            },
            "str",
            "shop.model.Order | dict[str, Any]",
        ),
        ({"default": {"application/json": {"schema": {"type": "string"}}}}, "str", None),
        (
            {"200": {"application/jsonl": {"itemSchema": ORDER}}},
            "Iterator[shop.model.Order | dict[str, Any]] | AsyncIterator[shop.model.Order | dict[str, Any]]"
            " | list[shop.model.Order] | list[dict[str, Any]]",
            None,
        ),
    ],
)
def test_a_handler_returns_what_its_responses_have(
    signatures_of: Any, responses: Any, alone: str, elsewhere: str | None
) -> None:
    assert result(signatures_of, responses) == (alone, elsewhere)


def test_a_file_may_be_returned_as_text_bytes_a_path_or_open(signatures_of: Any) -> None:
    schema = {"type": "string", "contentMediaType": "image/png"}
    found = result(signatures_of, {"200": {"image/png": {"schema": schema}}})
    assert found == ("bytes | str | BinaryIO | Upload | Path | Iterator[bytes]", None)
