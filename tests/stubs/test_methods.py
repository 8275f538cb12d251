"""The types of the methods of clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load
from pymacaron.stubs.classes import Module
from pymacaron.stubs.methods import Method, Methods
from pymacaron.stubs.signatures import Signatures
from pymacaron.stubs.types import Type

PET = {"type": "object", "properties": {"name": {"type": "string"}}}
ERROR = {"type": "object", "properties": {"status": {}, "error": {}, "error_description": {}}}
REF = {"$ref": "#/components/schemas/Pet"}


def method(folder: Path, operation: dict[str, Any], verb: str = "get", **schemas: Any) -> Method:
    components = {"schemas": {"Pet": PET, **schemas}}
    document = {"openapi": "3.2.0", "info": {"title": "", "version": "1"}, "components": components}
    (folder / "shop.json").write_text(json.dumps({**document, "paths": {"/": {verb: operation}}}))
    api = load(folder / "shop.json")
    schemas_of = Schemas(api)
    return Methods(schemas_of, Signatures(schemas_of)).of(api.operations[0])


def text(one: Type) -> str:
    return Module(["shop"], ("_Stream", "_AsyncStream", "_List")).text(one, "shop")


def content(**types: Any) -> dict[str, Any]:
    return {
        "description": "",
        "content": {name.replace("_", "/"): {"schema": schema} for name, schema in types.items()},
    }


FILE = {"type": "string", "contentMediaType": "image/png"}


@pytest.mark.parametrize(
    ("responses", "called", "awaited"),
    [
        ({"200": content(application_json=REF)}, "shop.model.Pet", "shop.model.Pet"),
        ({"200": content(application_json=REF), "204": {"description": ""}}, "shop.model.Pet | None", None),
        ({"204": {"description": ""}}, "None", "None"),
        ({"200": {"description": ""}}, "Any", "Any"),
        ({"default": content(application_json=REF)}, "shop.model.Pet", None),
        ({"200": content(application_json=REF), "default": content(text_plain={})}, "shop.model.Pet", None),
        ({"200": content(application_json=REF), "304": {"description": ""}}, "shop.model.Pet | None", None),
        ({"200": content(application_json=REF, application_xml={})}, "shop.model.Pet | str", None),
        ({"200": content(text_plain={"type": "integer"})}, "int", "int"),
        ({"200": content(image_png=FILE)}, "Received", "AsyncReceived"),
        ({"200": content(**{"image_*": FILE})}, "Any", "Any"),
    ],
)
def test_results(tmp_path: Path, responses: dict[str, Any], called: str, awaited: str | None) -> None:
    made = method(tmp_path, {"responses": responses})
    assert (text(made.result), text(made.awaited)) == (called, awaited or called)
    assert text(method(tmp_path, {"responses": responses}, "head").result) == "None"


def test_streams(tmp_path: Path) -> None:
    responses = {"200": {"description": "", "content": {"application/jsonl": {"itemSchema": REF}}}}
    made = method(tmp_path, {"responses": responses})
    assert (text(made.result), text(made.awaited)) == ("_Stream[shop.model.Pet]", "_AsyncStream[shop.model.Pet]")


def test_errors(tmp_path: Path) -> None:
    responses = {"200": content(application_json=REF), "404": content(application_json=REF)}
    assert text(method(tmp_path, {"responses": responses}).error) == "ErrorReply"
    assert text(method(tmp_path, {"responses": responses}, Error=ERROR).error) == "shop.model.Error"
    assert text(method(tmp_path, {"responses": responses}, Error=PET).error) == "ErrorReply"
    responses["404"] = content(application_json={"$ref": "#/components/schemas/Own"})
    found = text(method(tmp_path, {"responses": responses}, Error=ERROR, Own=ERROR).error)
    assert found == "shop.model.Own | shop.model.Error"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"application/json": {"schema": REF}}, "shop.model.Pet | Mapping[str, Any]"),
        ({"application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}}, "_List[int]"),
        ({"text/plain": {"schema": {"type": "string"}}}, "str"),
        (
            {"image/png": {"schema": FILE}},
            "bytes | BinaryIO | Upload | Path | tuple[str, bytes | BinaryIO] | tuple[str, bytes | BinaryIO, str]"
            " | Iterator[bytes] | AsyncIterator[bytes]",
        ),
        (
            {"application/jsonl": {"itemSchema": REF}},
            "Iterable[shop.model.Pet | Mapping[str, Any]] | AsyncIterable[shop.model.Pet | Mapping[str, Any]]",
        ),
    ],
)
def test_bodies(tmp_path: Path, given: dict[str, Any], expected: str) -> None:
    operation = {"requestBody": {"content": given, "required": True}, "responses": {"204": {"description": ""}}}
    made = method(tmp_path, operation, "post")
    assert made.body is not None
    assert (text(made.body.type), made.body.passed) == (expected, True)


def test_keywords_that_an_operation_has_by_itself_are_its_own(tmp_path: Path) -> None:
    parameters = [{"name": "max_attempts", "in": "query", "schema": {"type": "string", "default": "x"}}]
    made = method(tmp_path, {"parameters": parameters, "responses": {"204": {"description": ""}}})
    assert [(one.name, text(one.type), one.passed) for one in made.keywords] == [("max_attempts", "str", False)]
    assert list(made.extra) == ["read_timeout", "connect_timeout", "request_headers"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [({"kind": "link", "items": "/a/b"}, "shop.model.Pet"), ({"kind": "link"}, "Any"), ({"kind": "x"}, None)],
)
def test_items_of_pages(tmp_path: Path, said: dict[str, Any], expected: str | None) -> None:
    listed = {"type": "object", "properties": {"b": {"type": "array", "items": REF}}}
    responses = {"200": content(application_json={"type": "object", "properties": {"a": listed}})}
    made = method(tmp_path, {"x-pagination": said, "responses": responses})
    assert (None if made.item is None else text(made.item)) == expected
