"""What the parameters of an operation are, together: inherited, absent, unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.request import Request
from pymacaron.schema.codec import Schemas
from pymacaron.schema.violations import Violations
from pymacaron.spec.load import load

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER}}

Make = Callable[..., Any]


def query(name: str, schema: Any, **fields: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **fields}


def arguments(folder: Path, document: dict[str, Any], text: str = "") -> dict[str, Any]:
    """The keywords for a call of the one operation of *document* with the query *text*."""
    file = folder / "it.json"
    file.write_text(json.dumps({"info": {"title": "It", "version": "1"}, **document}))
    api = load(file)
    request = Request({"id": "7"}, text, lambda name: None, None, lambda: b"", lambda in_memory: [])
    found = Inbound(api.operations[0], Schemas(api)).arguments(request)[1]
    return {name: value.to_json() if hasattr(value, "to_json") else value for name, value in found.items()}


# ---- of the path item


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


# ---- absent


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


# ---- unknown


def unknown(made: Any, text: str) -> list[tuple[str, str, str, str]]:
    try:
        made.arguments(text)
    except Violations as error:
        return [(one.location, one.pointer, one.code, one.detail) for one in error.violations]
    return []


def test_unknown_names_in_a_query_are_passed_over(operation: Make):
    called = operation({"parameters": [query("page", INTEGER)]}, method="get")
    assert called.arguments("pgae=2&page=1")[1] == {"page": 1}


def test_unknown_names_in_a_query_are_refused_where_that_is_asked(operation: Make):
    called = operation({"parameters": [query("page", INTEGER)]}, method="get", refuse_unknown=True)
    assert called.arguments("page=1")[1] == {"page": 1}
    assert unknown(called, "pgae=2&x%2Fy=1&page=z") == [
        ("query", "/page", "type", "'z' is not an integer"),
        ("query", "/pgae", "unknown", "is no parameter here. Did you mean 'page'?"),
        ("query", "/x~1y", "unknown", "is no parameter here"),
    ]


def test_an_operation_without_parameters_refuses_every_name(operation: Make):
    called = operation({}, method="get", refuse_unknown=True)
    assert called.arguments("")[1] == {}
    assert unknown(called, "a=1&a=2") == [("query", "/a", "unknown", "is no parameter here")]


@pytest.mark.parametrize(
    ("parameter", "known", "refused"),
    [
        (query("p", COLOR, style="deepObject"), "p[R]=1&p[x]=2&p[y][z]=3", ["q[R]", "px"]),
        (query("p", COLOR), "R=1&G=2", ["p", "B"]),
        (query("p", COLOR, explode=False), "p=R,1", ["R"]),
        (query("p", {"type": "object"}), "a=1&b=2", []),
        (query("p", {**COLOR, "additionalProperties": INTEGER}), "R=1&b=2", []),
        (query("p", {"oneOf": [COLOR, INTEGER]}), "p=1", ["q"]),
        (query("p", {"type": "array", "items": COLOR}), "p=%7B%7D", ["R"]),
        ({"name": "p", "in": "query", "content": {"application/json": {"schema": COLOR}}}, "p=%7B%7D", ["R"]),
        ({"name": "p", "in": "querystring", "content": {"text/plain": {"schema": STRING}}}, "a=1", []),
    ],
)
def test_the_names_that_belong_to_a_parameter_are_known(
    operation: Make, parameter: dict[str, Any], known: str, refused: list[str]
):
    called = operation({"parameters": [parameter]}, method="get", version="3.2.0", refuse_unknown=True)
    assert [one[1] for one in unknown(called, known) if one[2] == "unknown"] == []
    for name in refused:
        assert [one[1] for one in unknown(called, f"{name}=1") if one[2] == "unknown"] == [f"/{name}"]


def test_keys_of_the_api_and_what_its_path_asks_for_are_known(tmp_path: Path):
    file = tmp_path / "it.json"
    free = query("rest", {"type": "object"})
    operations = [{"parameters": declared, "responses": {"200": {"description": "ok"}}} for declared in ([], [free])]
    key = {"type": "apiKey", "in": "query", "name": "key"}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "It", "version": "1"},
        "paths": {"/a?state=open": {"get": operations[0]}, "/b": {"get": operations[1]}},
        "components": {"securitySchemes": {"key": key}},
    }
    file.write_text(json.dumps(document))
    api = load(file)
    request = Request({}, "state=open&key=secret", lambda name: None, None, lambda: b"", lambda in_memory: [])
    found = [Inbound(one, Schemas(api), refuse_unknown=True).arguments(request)[1] for one in api.operations]
    assert found == [{}, {"rest": {"state": "open"}}]


def test_no_more_unknown_names_are_told_than_of_other_mistakes(operation: Make):
    called = operation({"parameters": [query("page", INTEGER)]}, method="get", refuse_unknown=True)
    assert len(unknown(called, "&".join(f"n{number}=" for number in range(5000)))) == 1000
