"""The names that a query may have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.request import Parts
from pymacaron.schema.codec import Schemas
from pymacaron.schema.violations import Violations
from pymacaron.spec.load import load

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER}}
Make = Callable[..., Any]


def query(name: str, schema: Any, **fields: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **fields}


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
    request = Parts({}, "state=open&key=secret", lambda name: None, None, lambda: b"", lambda in_memory: [])
    found = [Inbound(one, Schemas(api), refuse_unknown=True).arguments(request)[1] for one in api.operations]
    assert found == [{}, {"rest": {"state": "open"}}]


def test_no_more_unknown_names_are_told_than_of_other_mistakes(operation: Make):
    called = operation({"parameters": [query("page", INTEGER)]}, method="get", refuse_unknown=True)
    assert len(unknown(called, "&".join(f"n{number}=" for number in range(5000)))) == 1000
