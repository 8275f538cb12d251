"""What the parameters of an operation are, together: inherited, and absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.request import Parts
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER}}


def query(name: str, schema: Any, **fields: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **fields}


def arguments(folder: Path, document: dict[str, Any], text: str = "") -> dict[str, Any]:
    """The keywords for a call of the one operation of *document* with the query *text*."""
    file = folder / "it.json"
    file.write_text(json.dumps({"info": {"title": "It", "version": "1"}, **document}))
    api = load(file)
    request = Parts({"id": "7"}, text, lambda name: None, None, lambda: b"", lambda in_memory: [])
    found = Inbound(api.operations[0], Schemas(api)).arguments(request)[1]
    return {name: value.to_json() if hasattr(value, "to_json") else value for name, value in found.items()}


def test_parameters_of_the_path_item_are_inherited_and_overridden_by_name_and_location(tmp_path: Path):
    item = {
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": STRING},
            query("limit", STRING, required=True),
            query("page", {"type": "integer", "default": 1}),
            {"$ref": "#/components/parameters/sort"},
            {"name": "page", "in": "header", "schema": STRING},
        ],
        "get": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": INTEGER},
                query("limit", {"type": "integer", "default": 20}),
            ],
            "responses": {"200": {"description": "ok"}},
        },
    }
    components = {"parameters": {"sort": query("sort", {"type": "array", "items": STRING}, explode=False)}}
    document = {"openapi": "3.1.0", "paths": {"/it/{id}": item}, "components": components}
    found = {"id": 7, "limit": 20, "page_query": 1, "sort": None, "page_header": None}
    assert arguments(tmp_path, document) == found
    assert arguments(tmp_path, document, "limit=5&sort=a,b") == {**found, "limit": 5, "sort": ["a", "b"]}


@pytest.mark.parametrize("version", ["3.0.4", "3.1.1", "3.2.0"])
def test_defaults_of_every_kind_reach_the_handler(tmp_path: Path, version: str):
    content = {"application/json": {"schema": {**COLOR, "default": {"R": 1}}}}
    parameters = [
        query("list", {"type": "array", "items": INTEGER, "default": [1, 2]}),
        query("color", {**COLOR, "default": {"R": 5}}),
        query("named", {"$ref": "#/components/schemas/Size"}),
        query("both", {"allOf": [{"$ref": "#/components/schemas/Size"}]}),
        query("beside", {"$ref": "#/components/schemas/Size", "default": "small"}),
        {"name": "json", "in": "query", "content": content},
        {"name": "X-Kind", "in": "header", "schema": {"type": "string", "default": "a"}},
        query("empty", {"type": "string", "default": ""}),
    ]
    operation = {"get": {"parameters": parameters, "responses": {"200": {"description": "ok"}}}}
    schemas = {"Size": {"type": "string", "default": "large"}}
    document = {"openapi": version, "paths": {"/it": operation}, "components": {"schemas": schemas}}
    assert arguments(tmp_path, document) == {
        "list": [1, 2],
        "color": {"R": 5},
        "named": "large",
        "both": "large",
        # What stands beside a $ref counts from 3.1 on
        "beside": "large" if version == "3.0.4" else "small",
        "json": {"R": 1},
        "x_kind": "a",
        "empty": "",
    }


def test_defaults_of_swagger_2_reach_the_handler(tmp_path: Path):
    parameters = [
        {"name": "limit", "in": "query", "type": "integer", "required": False, "default": 20},
        {
            "name": "tags",
            "in": "query",
            "type": "array",
            "items": STRING,
            "collectionFormat": "multi",
            "default": ["a"],
        },
        {"name": "X-Flag", "in": "header", "type": "boolean", "default": False},
    ]
    operation = {"get": {"parameters": parameters, "responses": {"200": {"description": "ok"}}}}
    found = arguments(tmp_path, {"swagger": "2.0", "paths": {"/it": operation}})
    assert found == {"limit": 20, "tags": ["a"], "x_flag": False}
