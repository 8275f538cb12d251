"""Whatever stands in a description, load gives an Api or a FindingsError: nothing else."""

import contextlib
import copy
import json
import os
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymacaron.finding import FindingsError
from pymacaron.spec.load import load
from pymacaron.spec.model import Api
from pymacaron.spec.names import arguments, clashes

SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Shop", "version": "1"},
    "basePath": "/v1",
    "consumes": ["application/json"],
    "security": [{"key": []}],
    "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X"}},
    "definitions": {"Pet": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/definitions/Pet"}}}},
    "parameters": {"Id": {"name": "id", "in": "path", "required": True, "type": "string"}},
    "responses": {"Bad": {"description": "bad", "headers": {"X": {"type": "integer"}}}},
    "paths": {
        "/pets/{id}": {
            "parameters": [{"$ref": "#/parameters/Id"}],
            "get": {"operationId": "get", "responses": {"200": {"$ref": "#/responses/Bad"}}},
            "put": {
                "tags": ["a"],
                "parameters": [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}],
                "responses": {"default": {"description": "ok", "schema": {"type": "array", "items": {}}}},
            },
            "post": {
                "parameters": [
                    {"name": "f", "in": "formData", "type": "file"},
                    {"name": "q", "in": "query", "type": "array", "items": {"type": "string"}, "enum": [1]},
                ],
            },
        }
    },
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.2.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://{a}/v1", "variables": {"a": {"default": "b", "enum": ["b"]}}}],
    "security": [{"key": []}],
    "tags": [{"name": "a"}],
    "components": {
        "schemas": {"Pet": {"$id": "pet", "discriminator": {"propertyName": "a"}, "allOf": [{"$ref": "#"}]}},
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "parameters": {"Q": {"name": "q", "in": "query", "schema": {"type": "string"}}},
        "headers": {"H": {"schema": {"type": "string"}}},
        "mediaTypes": {"M": {"itemSchema": {}}},
    },
    "paths": {
        "/pets/{id}": {
            "$ref": "#/paths/~1x",
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}],
            "post": {
                "operationId": "post",
                "security": [{}],
                "parameters": [
                    {"$ref": "#/components/parameters/Q"},
                    {"name": "c", "in": "cookie", "content": {"a": {}}},
                ],
                "requestBody": {"content": {"a/b": {"schema": {}, "encoding": {"a": {"headers": {}}}}}},
                "responses": {
                    "2xx": {
                        "description": "",
                        "headers": {"H": {"$ref": "#/components/headers/H"}},
                        "content": {"a/b": {"$ref": "#/components/mediaTypes/M"}},
                        "links": {"l": {"operationId": "post"}},
                    }
                },
                "callbacks": {"c": {"{$url}": {"get": {}}}},
            },
            "additionalOperations": {"COPY": {"responses": {}}},
        },
        "/x": {"query": {}},
    },
    "webhooks": {"w": {"post": {"responses": {}}}},
}
JUNK = [None, [], 0, "x", {}, True, [None], {"": [{}]}, {"$ref": 1}, {"$ref": "#"}]


def places(value: Any, pointer: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in *value*, except the version."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [place for key, inner in children for place in places(inner, (*pointer, key))]
    return [pointer, *below] if pointer and pointer[0] not in ("swagger", "openapi") else below


def replaced(value: Any, pointer: tuple[Any, ...], junk: Any) -> Any:
    value = copy.deepcopy(value)
    parent = value
    for key in pointer[:-1]:
        try:
            parent = parent[key]
        except (KeyError, IndexError, TypeError):  # replaced before, further up
            return value
    if isinstance(parent, dict) or (
        isinstance(parent, list) and isinstance(pointer[-1], int) and pointer[-1] < len(parent)
    ):
        parent[pointer[-1]] = junk
    return value


def loaded(folder: Path, value: Any) -> Api | None:
    path = folder / "shop.json"
    path.write_text(json.dumps(value))
    try:
        api = load(path)
    except FindingsError:
        return None
    assert api.base_path == "" or (api.base_path.startswith("/") and not api.base_path.endswith("/"))
    for operation in (*api.operations, *api.webhooks):
        assert operation.method == operation.method.upper()
        assert operation.id
        assert clashes(operation) is not None
        declared = operation.parameters + (operation.body.fields if operation.body else ())
        assert list(arguments(operation).values()) == list(declared)
        for parameter in declared:
            assert parameter.schema is None or isinstance(parameter.schema.value, dict | bool)
        assert all(isinstance(response.node.value, dict) for response in operation.responses.values())
    assert str(FindingsError(api.findings)) is not None
    return api


@pytest.mark.parametrize("document", [SWAGGER, OPENAPI], ids=["swagger", "openapi"])
def test_any_part_may_be_junk(tmp_path, document):
    assert loaded(tmp_path, document) is not None
    for place, junk in product(places(document), JUNK):
        loaded(tmp_path, replaced(document, place, junk))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    data=st.data(), document=st.sampled_from([SWAGGER, OPENAPI]), version=st.sampled_from(["3.0.0", "3.1.0", "3.2.0"])
)
def test_several_parts_may_be_junk(tmp_path, data, document, version):
    if "openapi" in document:
        document = {**document, "openapi": version}
    at = places(document)
    for _ in range(data.draw(st.integers(1, 4))):
        other = st.sampled_from(at).map(lambda place: _at(OPENAPI, place))
        junk = data.draw(st.sampled_from(JUNK) | other)
        document = replaced(document, data.draw(st.sampled_from(at)), junk)
    loaded(tmp_path, document)


def _at(value: Any, pointer: tuple[Any, ...]) -> Any:
    for key in pointer:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(text=st.text(alphabet=st.sampled_from("ab:-?,[]{}&*!|>'\"%@`#\n \t<~0é"), max_size=40) | st.binary(max_size=30))
def test_any_text_is_read_or_refused(tmp_path, text):
    path = tmp_path / "shop.yaml"
    path.write_bytes(b"openapi: 3.1.0\nx: " + text.encode() if isinstance(text, str) else text)
    with contextlib.suppress(FindingsError):
        load(path)


CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
DESCRIPTIONS = sorted(
    path
    for folder in ("specs", "features")
    for path in (CORPUS / folder).glob("*.*")
    if path.suffix in (".json", ".yaml", ".yml")
)


def test_there_are_real_descriptions():
    if not DESCRIPTIONS:
        assert not os.environ.get("CI"), f"no descriptions below {CORPUS}: set PYMACARON_CORPUS"
        pytest.skip(f"no descriptions below {CORPUS}: set PYMACARON_CORPUS")


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: path.name)
def test_a_real_description_is_read(path):
    api = load(path)
    if path.parent.name == "specs":
        assert [finding for finding in api.findings if finding.severity == "error"] == []
    assert all(finding.line and finding.column and finding.fact for finding in api.findings)
    for operation in api.operations:
        assert len(arguments(operation)) >= len(operation.parameters)
