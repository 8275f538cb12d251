"""Each rule: two descriptions that differ in one thing, and what is told of it, all of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.changes import CODES, Change, changes
from pymacaron.spec.load import load

Edit = Callable[[dict[str, Any]], None]

SHOP: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.example.com/v1"}],
    "paths": {
        "/pets/{id}": {
            "post": {
                "operationId": "add_pet",
                "security": [{"jwt": []}],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9, "default": 5}},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                "responses": {
                    "200": {
                        "description": "ok",
                        "headers": {"X-Left": {"required": True, "schema": {"type": "integer"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}},
                    }
                },
            }
        }
    },
    "components": {
        "securitySchemes": {"jwt": {"type": "http", "scheme": "bearer"}, "key": {"type": "mutualTLS"}},
        "schemas": {name: {"type": "object", "properties": {}} for name in ("In", "Out")},
    },
}
OPERATION: dict[str, Any] = SHOP["paths"]["/pets/{id}"]["post"]


def found(tmp_path: Path, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    apis = []
    for name, document in (("old", old), ("new", new)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "shop.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
        apis.append(load(folder / "shop.json"))
    assert [one for api in apis for one in api.findings if one.severity == "error"] == []
    return changes(*apis)


def told(some: list[Change]) -> list[str]:
    return [f"{one.severity} {one.code}: {one.fact}" for one in some]


def edited(*path: str | int, **to: Any) -> Edit:
    """Set members at *path*, or remove those that are None."""

    def edit(document: dict[str, Any]) -> None:
        at: Any = document
        for token in path:
            at = at[token]
        for name, value in to.items():
            if value is None:
                del at[name.replace("__", "-")]
            else:
                at[name.replace("__", "-")] = value

    return edit


ADD = ("paths", "/pets/{id}", "post")


def moved(document: dict[str, Any]) -> None:
    document["paths"]["/pets/{name}"] = item = document["paths"].pop("/pets/{id}")
    item["post"]["parameters"][0]["name"] = "name"


def header(name: str, **said: Any) -> dict[str, Any]:
    return {**OPERATION["parameters"][1], "name": name, **said}


#: What is done to SHOP, and what is told
EDITS: dict[str, tuple[Edit, list[str]]] = {
    "nothing": (lambda document: None, []),
    "operation": (
        edited("paths", "/pets/{id}", post=None),
        ["breaking operation-removed: POST /pets/{id} is removed"],
    ),
    "announced": (edited(*ADD, deprecated=True), ["compatible operation-deprecated: it is deprecated"]),
    "sunset": (
        edited(*ADD, x__sunset="2030-01-01"),
        ["compatible sunset-changed: its end is 2030-01-01, was not given"],
    ),
    "added": (
        edited(
            "paths",
            "/pets/{id}",
            delete={"responses": {"204": {"description": "gone"}}, "parameters": OPERATION["parameters"][:1]},
        ),
        ["compatible operation-added: DELETE /pets/{id} is added"],
    ),
    "id": (
        edited(*ADD, operationId="make_pet"),
        ["risky operation-id-changed: operationId is 'make_pet', was 'add_pet'"],
    ),
    "path parameter": (moved, ["compatible path-parameter-renamed: path parameter 'id' is called 'name'"]),
    "base path": (
        edited("servers", 0, url="https://shop.example.com/v2"),
        ["breaking base-path-changed: the base path is '/v2', was '/v1'"],
    ),
    "server": (
        edited("servers", 0, url="https://pets.example.com/v1"),
        [
            "risky server-removed: server 'https://shop.example.com' is not named any more",
            "compatible server-added: server 'https://pets.example.com' is named",
        ],
    ),
    "new parameter": (
        lambda document: document["paths"]["/pets/{id}"]["post"]["parameters"].append(header("page")),
        ["compatible parameter-added: parameter 'page' in query is added"],
    ),
    "new required parameter": (
        lambda document: document["paths"]["/pets/{id}"]["post"]["parameters"].append(header("page", required=True)),
        ["breaking parameter-added: required parameter 'page' in query is added"],
    ),
    "no parameter": (
        lambda document: document["paths"]["/pets/{id}"]["post"]["parameters"].pop(),
        ["risky parameter-removed: parameter 'tags' in query is removed"],
    ),
    "moved parameter": (
        edited(*ADD, "parameters", 1, **{"in": "header"}),
        ["breaking parameter-moved: parameter 'limit' is in header, was in query"],
    ),
    "required parameter": (
        edited(*ADD, "parameters", 1, required=True),
        ["breaking parameter-required: parameter 'limit' in query is required now"],
    ),
    "style": (
        edited(*ADD, "parameters", 2, explode=False),
        ["breaking parameter-style-changed: parameter 'tags' in query is written as form, was form exploded"],
    ),
    "style of what has no parts": (edited(*ADD, "parameters", 1, explode=False), []),
    "reserved": (
        edited(*ADD, "parameters", 2, allowReserved=True),
        ["risky parameter-reserved-changed: parameter 'tags' in query: allowReserved is true now"],
    ),
    "empty": (
        edited(*ADD, "parameters", 2, allowEmptyValue=True),
        ["compatible parameter-empty-accepted: parameter 'tags' in query may be empty now"],
    ),
    "content": (
        edited(*ADD, "parameters", 2, schema=None, content={"application/json": {"schema": {"type": "array"}}}),
        [
            "breaking parameter-content-changed: parameter 'tags' in query is written as application/json, was a plain value"  # noqa: E501
        ],
    ),
    "limit": (
        edited(*ADD, "parameters", 1, "schema", maximum=8),
        ["breaking request-range-narrowed: parameter 'limit' in query: the maximum is 8, was 9"],
    ),
    "default": (
        edited(*ADD, "parameters", 1, "schema", default=6),
        ["risky default-changed: parameter 'limit' in query: the default is 6, was 5"],
    ),
    "any text is taken where integers were": (
        edited(*ADD, "parameters", 1, schema={"type": "string", "default": 5}),
        [
            'compatible request-type-widened: parameter \'limit\' in query: type is ["string"], was ["integer"]',
        ],
    ),
    "body required": (
        edited(*ADD, "requestBody", required=True),
        ["breaking request-body-required: the body is required now"],
    ),
    "no body": (edited(*ADD, requestBody=None), ["risky request-body-removed: the body is removed"]),
    "another media type": (
        edited(*ADD, "requestBody", content={"application/xml": {"schema": {"$ref": "#/components/schemas/In"}}}),
        [
            "breaking request-media-type-removed: the body may not be application/json any more",
            "compatible request-media-type-added: the body may be application/xml",
        ],
    ),
    "a range of media types": (
        edited(*ADD, "requestBody", content={"application/*": {"schema": {"$ref": "#/components/schemas/In"}}}),
        ["compatible request-media-type-added: the body may be application/*"],
    ),
    "no success": (
        edited(*ADD, responses={"404": {"description": "not here"}}),
        ["breaking response-removed: response 200 is removed", "compatible response-added: response 404 is added"],
    ),
    "another success": (
        edited(*ADD, "responses", **{"202": {"description": "later"}}),
        ["risky response-added: response 202 is added"],
    ),
    "no reply": (
        edited(*ADD, "responses", "200", content=None),
        ["breaking response-body-removed: response 200 has no body any more"],
    ),
    "another type of reply": (
        edited(*ADD, "responses", "200", content={"text/csv": {}}),
        [
            "breaking response-media-type-removed: response 200 is not application/json any more",
            "compatible response-media-type-added: response 200 may be text/csv",
        ],
    ),
    "no header": (
        edited(*ADD, "responses", "200", headers=None),
        ["breaking response-header-removed: header 'X-Left' of 200 is removed"],
    ),
    "optional header": (
        edited(*ADD, "responses", "200", "headers", "X-Left", required=False),
        ["breaking response-header-optional: header 'X-Left' of 200 is optional now"],
    ),
    "text in a header": (
        edited(*ADD, "responses", "200", "headers", "X-Left", schema={"type": "string"}),
        ['breaking response-type-widened: header \'X-Left\' of 200: type is ["string"], was ["integer"]'],
    ),
    "another scheme": (
        edited(*ADD, security=[{"key": []}]),
        ["breaking security-tightened: calls with jwt are refused: asked for is key"],
    ),
    "both schemes": (
        edited(*ADD, security=[{"jwt": [], "key": []}]),
        ["breaking security-tightened: calls with jwt are refused: asked for is jwt + key"],
    ),
    "a scope": (
        edited(*ADD, security=[{"jwt": ["write"]}]),
        ["breaking security-tightened: calls with jwt are refused: asked for is jwt[write]"],
    ),
    "one of two schemes": (
        edited(*ADD, security=[{"key": []}, {"jwt": []}]),
        ["compatible security-loosened: calls with key or jwt are let in"],
    ),
    "no security": (edited(*ADD, security=[]), ["compatible security-loosened: calls with nothing are let in"]),
    "a scheme of another name": (
        lambda document: (
            document["components"]["securitySchemes"].update(token={"type": "http", "scheme": "Bearer"}),
            document["paths"]["/pets/{id}"]["post"].update(security=[{"token": []}]),
        )[0],
        [],
    ),
    "a limit": (
        edited(*ADD, x__rate__limit="5 per minute"),
        ["risky rate-limit-lowered: x-rate-limit is 5-per-minute, was not given"],
    ),
    "keys": (
        edited(*ADD, x__idempotency="required"),
        ["breaking idempotency-required: x-idempotency is required, was not given"],
    ),
    "code": (edited(*ADD, **{"x-bind-server": "shop.api.add_pet"}), []),
    "another name of a schema": (
        lambda document: (
            document["components"]["schemas"].update(Given=document["components"]["schemas"].pop("Out")),
            edited(
                *ADD,
                "responses",
                "200",
                content={"application/json": {"schema": {"$ref": "#/components/schemas/Given"}}},
            )(document),
        )[0],
        ["compatible schema-renamed: schema 'Out' is called 'Given'"],
    ),
    "a webhook": (
        edited(webhooks={"sold": {"post": {"responses": {"200": {"description": "ok"}}}}}),
        ["compatible webhook-added: webhook 'sold' is added"],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_change_of_a_description_is_told_by_its_rule(name: str, tmp_path: Path) -> None:
    edit, expected = EDITS[name]
    new = copy.deepcopy(SHOP)
    edit(new)
    assert told(found(tmp_path, SHOP, new)) == expected


#: Schema before, after; what is told of it in a request, in a response. `It` is the member.
SCHEMAS: dict[str, tuple[Any, Any, list[str], list[str]]] = {
    "type": (
        {"type": "integer"},
        {"type": "string"},
        ["breaking request-type-narrowed"],
        ["breaking response-type-widened"],
    ),
    "integers are numbers": (
        {"type": "integer"},
        {"type": "number"},
        ["compatible request-type-widened"],
        ["breaking response-type-widened"],
    ),
    "a value less": (
        {"enum": ["a", "b"]},
        {"enum": ["a"]},
        ["breaking request-enum-narrowed"],
        ["compatible response-enum-narrowed"],
    ),
    "a value more": (
        {"enum": ["a"]},
        {"enum": ["a", "b"]},
        ["compatible request-enum-widened"],
        ["breaking response-enum-widened"],
    ),
    "const is an enum of one": ({"enum": ["a"]}, {"const": "a"}, [], []),
    "null": (
        {"type": ["string", "null"]},
        {"type": "string"},
        ["breaking request-null-refused"],
        ["compatible response-null-removed"],
    ),
    "null in other words": (
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        [],
        [],
    ),
    "a nullable reference": (
        {"$ref": "#/components/schemas/Kind"},
        {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Kind"}]},
        ["compatible request-null-accepted"],
        ["breaking response-null-added"],
    ),
    "allOf of parts": (
        {"type": "string", "maxLength": 5, "pattern": "^a"},
        {"allOf": [{"maxLength": 5}, {"pattern": "^a"}, {"type": "string"}]},
        [],
        [],
    ),
    "a limit that says nothing": ({"type": "integer"}, {"type": "integer", "maxLength": 3}, [], []),
    "a limit of integers in other words": (
        {"type": "integer", "minimum": 1},
        {"type": "integer", "exclusiveMinimum": 0},
        [],
        [],
    ),
    "minimum": (
        {"type": "integer", "minimum": 1},
        {"type": "integer", "minimum": 2},
        ["breaking request-range-narrowed"],
        ["compatible response-range-narrowed"],
    ),
    "multipleOf": (
        {"type": "integer", "multipleOf": 4},
        {"type": "integer", "multipleOf": 2},
        ["compatible request-multiple-widened"],
        ["breaking response-multiple-widened"],
    ),
    "length": (
        {"type": "string", "maxLength": 5},
        {"type": "string"},
        ["compatible request-length-widened"],
        ["breaking response-length-widened"],
    ),
    "pattern": (
        {"type": "string", "pattern": "^a"},
        {"type": "string", "pattern": "^a*b?"},
        ["risky request-pattern-narrowed"],
        ["breaking response-pattern-widened"],
    ),
    "format": (
        {"type": "string", "format": "hostname"},
        {"type": "string", "format": "idn-hostname"},
        ["compatible request-format-widened"],
        ["risky response-format-widened"],
    ),
    "items": (
        {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
        {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 3},
        ["breaking request-range-narrowed", "compatible request-count-widened"],
        ["breaking response-count-widened", "compatible response-range-narrowed"],
    ),
    "unique": (
        {"type": "array"},
        {"type": "array", "uniqueItems": True},
        ["breaking request-unique-narrowed"],
        ["compatible response-unique-narrowed"],
    ),
    "a tuple of one item more": (
        {"type": "array", "prefixItems": [{"type": "integer"}], "items": False},
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False},
        ["compatible request-count-widened"],
        ["breaking response-count-widened"],
    ),
    "required": (
        {"type": "object", "properties": {"a": {}}},
        {"type": "object", "properties": {"a": {}}, "required": ["a"]},
        ["breaking request-property-required"],
        ["compatible response-property-required"],
    ),
    "a property more": (
        {"type": "object"},
        {"type": "object", "properties": {"a": {"type": "string"}}},
        ["compatible request-property-added"],
        ["compatible response-property-added"],
    ),
    "a property less": (
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"type": "object"},
        ["risky request-property-removed"],
        ["risky response-property-removed"],
    ),
    "a property less of those that may be there": (
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        {"type": "object", "additionalProperties": False},
        ["breaking request-property-removed"],
        ["risky response-property-removed"],
    ),
    "a property more of those that may be there": (
        {"type": "object", "additionalProperties": False},
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        ["compatible request-property-added"],
        ["breaking response-property-added"],
    ),
    "closed": (
        {"type": "object"},
        {"type": "object", "additionalProperties": False},
        ["breaking request-closed-narrowed"],
        ["compatible response-closed-narrowed"],
    ),
    "closed in other words": (
        {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
        {"type": "object", "allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False},
        [],
        [],
    ),
    "a map": (
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"type": "object", "additionalProperties": {"type": "number"}},
        ["compatible request-type-widened"],
        ["breaking response-type-widened"],
    ),
    "size": (
        {"type": "object", "maxProperties": 2},
        {"type": "object", "maxProperties": 3},
        ["compatible request-size-widened"],
        ["breaking response-size-widened"],
    ),
    "an alternative more": (
        {"oneOf": [{"$ref": "#/components/schemas/Cat"}]},
        {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]},
        ["compatible request-alternative-widened"],
        ["breaking response-alternative-widened"],
    ),
    "an alternative less": (
        {"anyOf": [{"$ref": "#/components/schemas/Dog"}, {"$ref": "#/components/schemas/Cat"}]},
        {"anyOf": [{"$ref": "#/components/schemas/Cat"}]},
        ["breaking request-alternative-narrowed"],
        ["compatible response-alternative-narrowed"],
    ),
    "alternatives in another order": (
        {"oneOf": [{"$ref": "#/components/schemas/Dog"}, {"$ref": "#/components/schemas/Cat"}]},
        {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]},
        [],
        [],
    ),
    "not": (
        {"type": "string"},
        {"type": "string", "not": {"const": "a"}},
        ["risky request-condition-narrowed"],
        ["compatible response-condition-narrowed"],
    ),
    "not what it cannot be": ({"type": "string"}, {"type": "string", "not": {"type": "integer"}}, [], []),
    "a list that holds itself": (
        {"$ref": "#/components/schemas/Tree"},
        {"$ref": "#/components/schemas/Copy"},
        [],
        [],
    ),
    "the end of a list that holds itself": (
        {"$ref": "#/components/schemas/Tree"},
        {"$ref": "#/components/schemas/Large"},
        ["compatible request-type-widened"],
        ["breaking response-type-widened"],
    ),
    "what is only read": (
        {"type": "string"},
        {"type": "string", "readOnly": True},
        ["risky read-only-changed"],
        ["risky read-only-changed"],
    ),
    "a default": (
        {"type": "string", "default": "a"},
        {"type": "string", "default": "b"},
        ["risky default-changed"],
        [],
    ),
}
KNOWN: dict[str, Any] = {
    "Kind": {"type": "string", "enum": ["cat", "dog"]},
    "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}}},
    "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}}},
    **{
        name: {
            "type": "object",
            "properties": {
                "size": {"type": kind},
                "below": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
            },
        }
        for name, kind in (("Tree", "integer"), ("Copy", "integer"), ("Large", "number"))
    },
}


def with_schema(schema: Any, place: str) -> dict[str, Any]:
    document = copy.deepcopy(SHOP)
    document["components"]["schemas"] |= KNOWN
    document["components"]["schemas"][place]["properties"]["it"] = schema
    return document


@pytest.mark.parametrize("place", ["In", "Out"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_change_of_a_schema_is_told_for_who_sends_and_for_who_reads(name: str, place: str, tmp_path: Path) -> None:
    old, new, *expected = SCHEMAS[name]
    some = found(tmp_path, with_schema(old, place), with_schema(new, place))
    assert [f"{one.severity} {one.code}" for one in some] == expected[place == "Out"]


def test_a_change_says_where_it_stands_in_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    new = copy.deepcopy(SHOP)
    new["paths"]["/pets/{id}"]["post"]["parameters"][1]["schema"] = {"default": 5, "maximum": 8, "type": "integer"}
    (one,) = found(tmp_path, SHOP, new)
    assert (one.api, one.operation, one.why) == ("shop", "add_pet", "")
    assert [str(one.old), str(one.new)] == ["old/shop.json:35:19", "new/shop.json:35:19"]
    assert one.old is not None
    assert one.old.pointer == "/paths/~1pets~1{id}/post/parameters/1/schema/maximum"


def test_every_code_that_is_told_is_known_with_its_severity(tmp_path: Path) -> None:
    lines = [line.split(":")[0].split() for _, expected in EDITS.values() for line in expected]
    lines += [line.split() for _, _, *both in SCHEMAS.values() for expected in both for line in expected]
    assert [line for line in lines if line[0] not in CODES[line[1]]] == []


def test_paths_that_differ_in_names_only_are_paired_by_them(tmp_path: Path) -> None:
    old = copy.deepcopy(SHOP)
    other = copy.deepcopy(OPERATION)
    other["operationId"], other["parameters"][0]["name"] = "add_other", "name"
    old["paths"]["/pets/{name}"] = {"post": other}
    new = copy.deepcopy(old)
    new["paths"] = dict(reversed(new["paths"].items()))
    new["paths"]["/pets/{name}"]["post"]["deprecated"] = True
    some = found(tmp_path, old, new)
    assert [(one.code, one.operation) for one in some] == [("operation-deprecated", "add_other")]
