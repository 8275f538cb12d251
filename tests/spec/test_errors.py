"""The document that is published says the errors that every operation can give, and leaves what is said there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pymacaron.spec.catalogue import KNOWN
from pymacaron.spec.errors import with_errors
from pymacaron.spec.load import load
from pymacaron.spec.publish import published

OK = {"200": {"description": "Good"}}
BODY = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}


def document(folder: Path, described: dict[str, Any], **options: Any) -> dict[str, Any]:
    version = {} if "swagger" in described else {"openapi": "3.1.0"}
    path = folder / "it.json"
    path.write_text(json.dumps({**version, "info": {"title": "It", "version": "1"}, **described}))
    api = load(path)
    before = json.dumps(api.root.value)
    made = with_errors(api, published(api, ""), **options)
    assert json.dumps(api.root.value) == before  # of the Api nothing changed
    load_again = folder / "again.json"
    load_again.write_text(json.dumps(made))
    assert [found.text() if hasattr(found, "text") else found for found in load(load_again).findings] == []
    return made


def statuses(folder: Path, operation: dict[str, Any], **described: Any) -> list[str]:
    made = document(folder, {"paths": {"/a": {"post": {"responses": OK, **operation}}}, **described})
    return sorted(made["paths"]["/a"]["post"]["responses"])


BEARER = {"components": {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}}}


def test_an_operation_gives_400_where_it_takes_anything_401_where_it_asks_who_calls_and_500(tmp_path: Path) -> None:
    parameter = {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}]}
    assert statuses(tmp_path, {}) == ["200", "500"]
    assert statuses(tmp_path, BODY) == ["200", "400", "413", "415", "500"]
    assert statuses(tmp_path, parameter) == ["200", "400", "500"]
    assert statuses(tmp_path, {"security": [{"b": []}]}, **BEARER) == ["200", "401", "500"]
    assert statuses(tmp_path, {"security": []}, security=[{"b": []}], **BEARER) == ["200", "500"]
    assert statuses(tmp_path, BODY, security=[{"b": []}], **BEARER) == ["200", "400", "401", "413", "415", "500"]


def test_an_operation_gives_403_where_it_wants_a_scope(tmp_path: Path) -> None:
    flow = {"tokenUrl": "https://example.com/token", "scopes": {"a": "All"}}
    scheme = {"components": {"securitySchemes": {"o": {"type": "oauth2", "flows": {"clientCredentials": flow}}}}}
    assert statuses(tmp_path, {"security": [{"o": []}]}, **scheme) == ["200", "401", "500"]
    assert statuses(tmp_path, {"security": [{"o": ["a"]}]}, **scheme) == ["200", "401", "403", "500"]


def test_the_example_of_a_status_is_an_error_of_the_catalogue(tmp_path: Path) -> None:
    every = {**BODY, "security": [{"b": ["a"]}], "x-idempotency": "required", "x-rate-limit": "10/minute"}
    made = document(tmp_path, {"paths": {"/a": {"post": {"responses": OK, **every}}}, **BEARER})
    told = made["paths"]["/a"]["post"]["responses"]
    del told["200"]
    assert list(told) == ["400", "401", "403", "409", "413", "415", "422", "429", "500", "503"]
    for status, response in told.items():
        example = response["content"]["application/json"]["example"]
        assert example["status"] == int(status)
        assert (example["error"], example["status"]) in {(one.code, one.status) for one in KNOWN}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"400": {"description": "Mine"}}, ["200", "400", "413", "415", "500"]),
        ({"4XX": {"description": "Mine"}}, ["200", "4XX", "500"]),
        ({"5XX": {"description": "Mine"}}, ["200", "400", "413", "415", "5XX"]),
        ({"default": {"description": "Mine"}}, ["200", "default"]),
    ],
)
def test_what_the_description_says_stays(tmp_path: Path, said: dict[str, Any], expected: list[str]) -> None:
    made = document(tmp_path, {"paths": {"/a": {"post": {**BODY, "responses": {**OK, **said}}}}})
    responses = made["paths"]["/a"]["post"]["responses"]
    assert sorted(responses) == expected
    assert said.items() <= responses.items()


def test_a_reply_refers_to_one_schema_under_a_name_that_is_free(tmp_path: Path) -> None:
    paths = {"/a": {"get": {"responses": OK}}}
    own = {"Error": {"type": "string"}, "ServiceError": {"type": "string"}}
    for taken, name in (({}, "Error"), ({"Error": {}}, "ServiceError"), (own, "ServiceError2")):
        made = document(tmp_path, {"paths": paths, "components": {"schemas": taken}})
        content = made["paths"]["/a"]["get"]["responses"]["500"]["content"]
        assert content["application/json"]["schema"] == {"$ref": f"#/components/schemas/{name}"}
        assert taken.items() <= made["components"]["schemas"].items()
        assert "errors" in made["components"]["schemas"][name]["properties"]


def test_the_same_in_swagger_2(tmp_path: Path) -> None:
    paths = {"/a": {"get": {"responses": OK, "x-decorate-server": "pymacaron.auth.requires_auth"}}}
    made = document(tmp_path, {"swagger": "2.0", "paths": paths})
    operation = made["paths"]["/a"]["get"]
    assert sorted(operation["responses"]) == ["200", "401", "500"]
    assert operation["responses"]["500"]["schema"] == {"$ref": "#/definitions/Error"}
    assert operation["security"] == [{"token": []}]
    assert made["securityDefinitions"]["token"]["name"] == "Authorization"


def test_what_a_decorator_guards_has_a_scheme_that_can_be_tried_out(tmp_path: Path) -> None:
    guarded = {"responses": OK, "x-decorate-server": "pymacaron.auth.requires_auth"}
    made = document(tmp_path, {"paths": {"/a": {"get": guarded, "post": {**guarded, "x-decorate-server": "a.b"}}}})
    assert made["paths"]["/a"]["get"]["security"] == [{"token": []}]
    assert "401" in made["paths"]["/a"]["get"]["responses"]
    assert "security" not in made["paths"]["/a"]["post"]
    assert made["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def test_a_scheme_of_tokens_that_the_description_has_is_that_of_a_decorator_too(tmp_path: Path) -> None:
    guarded = {"paths": {"/a": {"get": {"responses": OK, "x-decorate-server": "pymacaron.auth.requires_auth"}}}}
    made = document(tmp_path, {**guarded, **BEARER})
    assert made["paths"]["/a"]["get"]["security"] == [{"b": []}]
    assert list(made["components"]["securitySchemes"]) == ["b"]
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    schemes["mine"] = {"type": "apiKey", "in": "header", "name": "authorization"}
    made = document(tmp_path, {"swagger": "2.0", **guarded, "securityDefinitions": schemes})
    assert made["paths"]["/a"]["get"]["security"] == [{"mine": []}]
    assert list(made["securityDefinitions"]) == ["key", "mine"]


def test_a_path_that_refers_to_another_is_told_in_its_place(tmp_path: Path) -> None:
    item = {"get": {"responses": OK}}
    made = document(
        tmp_path, {"paths": {"/a": {"$ref": "#/components/pathItems/It"}}, "components": {"pathItems": {"It": item}}}
    )
    assert sorted(made["paths"]["/a"]["get"]["responses"]) == ["200", "500"]


def test_an_operation_that_is_answered_elsewhere_stays_as_it_is(tmp_path: Path) -> None:
    elsewhere = {"responses": OK, "x-no-bind-server": True}
    assert "components" not in document(tmp_path, {"paths": {"/a": {"get": elsewhere}}})


def test_errors_in_a_form_of_the_services_own_have_no_schema(tmp_path: Path) -> None:
    made = document(tmp_path, {"paths": {"/a": {"get": {"responses": OK}}}}, own_form=True)
    assert list(made["paths"]["/a"]["get"]["responses"]["500"]) == ["description"]
    assert "components" not in made


def test_an_operation_with_an_idempotency_key_says_so(tmp_path: Path) -> None:
    made = document(tmp_path, {"paths": {"/a": {"post": {"x-idempotency": "required", "responses": OK}}}})
    operation = made["paths"]["/a"]["post"]
    assert sorted(operation["responses"]) == ["200", "400", "409", "422", "500", "503"]
    [header] = operation["parameters"]
    assert (header["name"], header["in"], header["required"]) == ("Idempotency-Key", "header", True)
    assert header["schema"] == {"type": "string", "maxLength": 255}


def test_an_idempotency_key_that_is_declared_is_not_told_twice(tmp_path: Path) -> None:
    own = {"name": "idempotency-key", "in": "header", "schema": {"type": "string"}}
    described = {"x-idempotency": "optional", "parameters": [own], "responses": OK}
    made = document(tmp_path, {"paths": {"/a": {"post": described}}})
    assert made["paths"]["/a"]["post"]["parameters"] == [own]


def test_the_idempotency_key_of_swagger_2_is_a_parameter_of_its_kind(tmp_path: Path) -> None:
    described = {"x-idempotency": "optional", "responses": OK}
    made = document(tmp_path, {"swagger": "2.0", "paths": {"/a": {"post": described}}})
    [header] = made["paths"]["/a"]["post"]["parameters"]
    assert (header["type"], header["maxLength"], header["required"]) == ("string", 255, False)


def test_an_operation_with_a_rate_limit_says_429(tmp_path: Path) -> None:
    assert statuses(tmp_path, {"x-rate-limit": "10/minute"}) == ["200", "429", "500", "503"]
    own = {**OK, "429": {"description": "Slowly"}}
    made = document(tmp_path, {"paths": {"/a": {"post": {"x-rate-limit": "10/minute", "responses": own}}}})
    assert made["paths"]["/a"]["post"]["responses"]["429"] == {"description": "Slowly"}
