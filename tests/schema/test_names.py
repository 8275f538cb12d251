"""The models of webhooks and of callbacks, whose operations others serve."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

OBJECT = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "line": {"type": "object", "properties": {"n": {}}}},
}


def content(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def operation(**more: Any) -> dict[str, Any]:
    answer = content({"type": "object", "properties": {"ok": {"type": "boolean"}}})
    return {"requestBody": content(OBJECT), "responses": {"200": {"description": "ok", **answer}}, **more}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "webhooks": {"newPet": {"post": operation()}, "sold": {"$ref": "#/components/pathItems/Sold"}},
    "paths": {
        "/orders": {
            "post": {
                "operationId": "order",
                "responses": {"200": {"description": "ok"}},
                "callbacks": {
                    "onPaid": {"{$request.body#/url}": {"post": operation()}},
                    "shared": {"$ref": "#/components/callbacks/Shared"},
                    "x-note": "none",
                },
            }
        }
    },
    "components": {
        "pathItems": {"Sold": {"post": operation(operationId="petSold")}},
        "callbacks": {
            "Shared": {
                "http://example.com": {
                    "put": {"operationId": "tell", "requestBody": content(OBJECT), "responses": {}},
                },
            },
        },
    },
}


@pytest.fixture
def shop(tmp_path: Path) -> Schemas:
    (tmp_path / "shop.json").write_text(json.dumps(DOCUMENT))
    return Schemas(load(tmp_path / "shop.json"))


def test_webhooks_and_callbacks_name_models(shop: Schemas) -> None:
    assert sorted(shop.models.names()) == [
        *("OrderOnPaidBody", "OrderOnPaidBodyLine", "OrderOnPaidResponse200"),
        *("PetSoldBody", "PetSoldBodyLine", "PetSoldResponse200"),
        *("PostNewPetBody", "PostNewPetBodyLine", "PostNewPetResponse200"),
        *("TellBody", "TellBodyLine"),
    ]
    paid = shop.models.OrderOnPaidBody(id=5, line={"n": 1})
    assert (paid.line.n, type(paid.line), paid.to_json()) == (
        1,
        shop.models.OrderOnPaidBodyLine,
        {"id": 5, "line": {"n": 1}},
    )


def test_a_parameter_with_content_names_models_as_one_with_a_schema_does(schemas_of: Callable[..., Schemas]) -> None:
    named = {"name": "page-filter", "in": "query", **content(OBJECT)}
    whole = {"name": "rest", "in": "querystring", **content({"type": "array", "items": OBJECT})}
    paths = {
        "/a": {"get": {"operationId": "shop.api.list_a", "parameters": [named]}},
        "/b": {"get": {"operationId": "list_b", "parameters": [whole]}},
    }
    assert sorted(schemas_of({}, "3.2.0", paths).models.names()) == [
        *("ListAPageFilter", "ListAPageFilterLine", "ListBRest", "ListBRestLine"),
    ]


def test_a_second_model_of_a_status_is_no_other_status(schemas_of: Callable[..., Schemas]) -> None:
    several = {kind: {"schema": OBJECT} for kind in ("application/json", "application/hal+json", "application/a+json")}
    answers = {"200": {"description": "ok", "content": several}}
    shop = schemas_of({}, paths={"/a": {"get": {"operationId": "ret", "responses": answers}}})
    assert [name for name in shop.models.names() if not name.endswith("Line")] == [
        *("RetResponse200", "RetResponse200_2", "RetResponse200_3"),
    ]
