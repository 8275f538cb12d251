"""The published document is the user's own, whole, where the service is, and without names of code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from lots import each_version

from pymacaron.finding import FindingsError
from pymacaron.source import dump_yaml, parse
from pymacaron.spec.load import load
from pymacaron.spec.model import Api
from pymacaron.spec.publish import published

CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
INFO = {"title": "It", "version": "1"}


def described(folder: Path, document: dict[str, Any], **files: Any) -> Api:
    """The Api of *document*, in a file beside *files* (name -> content; `__` in a name is a slash)."""
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    version = {} if "swagger" in document else {"openapi": "3.1.0"}
    main = folder / "it.json"
    main.write_text(json.dumps({**version, "info": INFO, "paths": {}, **document}))
    return load(main)


def part(document: dict[str, Any], *path: str) -> Any:
    value: Any = document
    for key in path:
        value = value[key]
    return value


def reloaded(document: dict[str, Any], folder: Path) -> Api:
    """*document* loaded again, from a folder of its own: what it needs must be in it."""
    alone = folder / "published"
    alone.mkdir(exist_ok=True)
    path = alone / "it.json"
    path.write_text(json.dumps(document))
    return load(path)


def told(api: Api) -> list[tuple[Any, ...]]:
    """What an api's operations are: to be compared with those of the published one."""
    return [
        (
            operation.id,
            operation.method,
            operation.path,
            [(p.name, p.location, p.required, p.style, p.explode) for p in operation.parameters],
            None if operation.body is None else (operation.body.required, list(operation.body.content)),
            {status: list(response.content) for status, response in operation.responses.items()},
            operation.security,
        )
        for operation in api.operations
    ]


@pytest.mark.parametrize(("base_path", "url"), [("", "/"), ("/v2", "/v2"), ("/v2/", "/v2")])
def test_servers_are_where_the_service_is(tmp_path: Path, base_path: str, url: str):
    servers = [{"url": "https://api.example.com/v1"}]
    operation = {"servers": servers, "responses": {"200": {"description": "ok"}}}
    document = {"servers": servers, "paths": {"/a": {"servers": servers, "get": operation}, "/b": {"get": operation}}}
    found = published(described(tmp_path, document), base_path)
    kept = {"get": {"responses": {"200": {"description": "ok"}}}}
    assert found == {"openapi": "3.1.0", "info": INFO, "servers": [{"url": url}], "paths": {"/a": kept, "/b": kept}}
    assert list(found) == ["openapi", "info", "paths", "servers"]


def test_an_operation_that_is_not_served_keeps_the_servers_that_hold_for_it(tmp_path: Path):
    here, there = [{"url": "https://api.example.com/v1"}], [{"url": "https://files.example.com"}]
    ok = {"responses": {"200": {"description": "ok"}}}
    callback = {"{$request.body#/url}": {"servers": there, "post": {**ok, "servers": there}}}
    item = {
        "servers": here,
        "get": {**ok, "servers": there},
        "put": {**ok, "servers": there, "x-no-bind-server": True},
        "post": {**ok, "x-no-bind-server": "true"},
        "patch": {**ok, "callbacks": {"done": callback}},
    }
    document = {"paths": {"/a": item}, "webhooks": {"new": {"servers": there, "post": {**ok, "servers": there}}}}
    found = published(described(tmp_path, document), "")
    assert found["paths"]["/a"] == {
        "get": ok,
        "put": {**ok, "servers": there},
        "post": {"servers": here, **ok},
        "patch": {**ok, "callbacks": {"done": callback}},
    }
    assert found["webhooks"] == document["webhooks"]


def test_servers_come_after_info_where_there_were_none(tmp_path: Path):
    found = published(described(tmp_path, {}), "/v1", server_url="https://a.example/")
    assert list(found) == ["openapi", "info", "servers", "paths"]
    assert found["servers"] == [{"url": "https://a.example/v1"}]


def test_base_path_of_swagger_2(tmp_path: Path):
    document = {"swagger": "2.0", "host": "api.example.com", "schemes": ["https"], "basePath": "/old"}
    api = described(tmp_path, document)
    assert published(api, "/new") == {"swagger": "2.0", "basePath": "/new", "info": INFO, "paths": {}}
    assert published(api, "", server_url="https://a.example:81") == {
        "swagger": "2.0",
        "host": "a.example:81",
        "basePath": "/",
        "schemes": ["https"],
        "info": INFO,
        "paths": {},
    }


def test_names_of_code_are_left_out_wherever_they_stand(tmp_path: Path):
    document = {
        "x-openapi-router-controller": "shop.api",
        "x-logo": {"url": "/logo", "x-bind-server": "a.b"},
        "paths": {
            "/a": {
                "x-openapi-router-controller": "shop.api",
                "get": {
                    "x-bind-server": "shop.api.get",
                    "x-bind-client": "get",
                    "x-no-bind-server": True,
                    "x-decorate-server": "pymacaron.auth.requires_auth",
                    "x-decorate-request": "pymacaron.auth.add_auth",
                    "x-persistent": True,
                    "operationId": "shop.api.get",
                    "responses": {"200": {"description": "ok", "x-bind-other": 1}},
                },
            }
        },
        "components": {
            "schemas": {
                "Order": {
                    "x-persist": "shop.Order",
                    "x-parent": "shop.Parent",
                    "properties": {"x-parent": {"type": "string"}},
                    "example": {"x-parent": "data"},
                }
            }
        },
    }
    found = published(described(tmp_path, document), "")
    operation = {"x-persistent": True, "operationId": "shop.api.get", "responses": {"200": {"description": "ok"}}}
    assert found == {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/"}],
        "x-logo": {"url": "/logo"},
        "paths": {"/a": {"get": operation}},
        "components": {
            "schemas": {
                "Order": {"properties": {"x-parent": {"type": "string"}}, "example": {"x-parent": "data"}},
            }
        },
    }


def test_names_of_code_are_found_behind_escapes(tmp_path: Path):
    path = tmp_path / "it.json"
    path.write_text(
        '{"openapi":"3.1.0","info":{"title":"It","version":"1"},"paths":{},"\\u0078-\\u0062ind-server":"a.b"}'
    )
    assert "x-bind-server" not in published(load(path), "")


def test_a_document_without_them_is_not_copied(tmp_path: Path):
    schema = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/A"}}}
    api = described(tmp_path, {"components": {"schemas": {"A": schema}}})
    assert published(api, "")["components"] is api.root.value["components"]


def test_the_api_itself_is_not_changed(tmp_path: Path):
    document = {
        "paths": {"/a": {"get": {"x-bind-server": "a.b", "responses": {"200": {"$ref": "other.json#/Ok"}}}}},
        "components": {"schemas": {"A": {"properties": {"b": {"$ref": "other.json#/B"}}}}},
    }
    api = described(tmp_path, document, other={"Ok": {"description": "ok"}, "B": {"x-parent": "a.B"}})
    before = json.dumps(api.root.value)
    published(api, "/v1")
    assert json.dumps(api.root.value) == before
    assert published(api, "/v1") == published(api, "/v1")


def test_what_stands_in_other_files_is_bundled(tmp_path: Path):
    api = described(
        tmp_path,
        {
            "paths": {
                "/orders": {"$ref": "paths/orders.json"},
                "/ping": {"get": {"responses": {"200": {"$ref": "common.json#/responses/Ok"}}}},
            },
            "components": {"schemas": {"Order": {"$ref": "models/order.json"}, "Local": {"type": "integer"}}},
        },
        paths__orders={
            "post": {
                "operationId": "make",
                "parameters": [{"$ref": "../common.json#/parameters/Limit"}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "../models/order.json"}}},
                },
                "responses": {"200": {"$ref": "../common.json#/responses/Ok"}},
            }
        },
        models__order={
            "type": "object",
            "properties": {
                "lines": {"type": "array", "items": {"$ref": "line.json"}},
                "parent": {"$ref": "#"},
                "count": {"$ref": "../it.json#/components/schemas/Local"},
            },
        },
        models__line={"type": "object", "properties": {"order": {"$ref": "order.json"}}},
        common={
            "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"$ref": "#/schemas/Order"}}},
            "responses": {"Ok": {"description": "ok"}},
            "schemas": {"Order": {"type": "string", "enum": ["up"]}},
        },
    )
    assert [finding.fact for finding in api.findings] == []
    found = published(api, "")
    assert found["paths"] == {
        "/orders": {
            "post": {
                "operationId": "make",
                "parameters": [{"$ref": "#/components/parameters/Limit"}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {"200": {"$ref": "#/components/responses/Ok"}},
            }
        },
        "/ping": {"get": {"responses": {"200": {"$ref": "#/components/responses/Ok"}}}},
    }
    assert found["components"] == {
        "schemas": {
            "Order": {
                "type": "object",
                "properties": {
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/line"}},
                    "parent": {"$ref": "#/components/schemas/Order"},
                    "count": {"$ref": "#/components/schemas/Local"},
                },
            },
            "Local": {"type": "integer"},
            "common_Order": {"type": "string", "enum": ["up"]},
            "line": {"type": "object", "properties": {"order": {"$ref": "#/components/schemas/Order"}}},
        },
        "parameters": {
            "Limit": {"name": "limit", "in": "query", "schema": {"$ref": "#/components/schemas/common_Order"}}
        },
        "responses": {"Ok": {"description": "ok"}},
    }
    again = reloaded(found, tmp_path)
    assert ([finding.fact for finding in again.findings], told(again)) == ([], told(api))


def test_definitions_of_swagger_2_take_what_is_bundled(tmp_path: Path):
    api = described(
        tmp_path,
        {
            "swagger": "2.0",
            "paths": {
                "/a": {
                    "get": {
                        "parameters": [{"$ref": "other.json#/parameters/limit"}],
                        "responses": {"200": {"description": "ok", "schema": {"$ref": "other.json#/definitions/a b"}}},
                    }
                }
            },
        },
        other={
            "parameters": {"limit": {"name": "limit", "in": "query", "type": "integer"}},
            "definitions": {"a b": {"type": "object"}},
        },
    )
    found = published(api, "")
    assert found["definitions"] == {"a_b": {"type": "object"}}
    assert found["parameters"] == {"limit": {"name": "limit", "in": "query", "type": "integer"}}
    get = part(found, "paths", "/a", "get")
    assert get["parameters"] == [{"$ref": "#/parameters/limit"}]
    assert get["responses"]["200"]["schema"] == {"$ref": "#/definitions/a_b"}
    assert told(reloaded(found, tmp_path)) == told(api)


def test_names_that_clash_are_told_apart_by_their_files(tmp_path: Path):
    schemas = {"properties": {name: {"$ref": f"{name}.json#/Pet"} for name in ("a", "b")}}
    api = described(
        tmp_path,
        {"components": {"schemas": {"Pet": {"type": "null"}, "Both": schemas}}},
        a={"Pet": {"type": "string"}},
        b={"Pet": {"type": "integer"}},
    )
    assert part(published(api, ""), "components", "schemas") == {
        "Pet": {"type": "null"},
        "Both": {
            "properties": {"a": {"$ref": "#/components/schemas/a_Pet"}, "b": {"$ref": "#/components/schemas/b_Pet"}}
        },
        "a_Pet": {"type": "string"},
        "b_Pet": {"type": "integer"},
    }


def test_callbacks_that_lead_back_to_their_own_path_end(tmp_path: Path):
    item = {
        "post": {
            "operationId": "again",
            "callbacks": {"done": {"{$request.body#/url}": {"$ref": "item.json"}}},
            "responses": {"200": {"description": "ok"}},
        }
    }
    found = published(described(tmp_path, {"paths": {"/a": {"$ref": "item.json"}}}, item=item), "")
    done = part(found, "paths", "/a", "post", "callbacks", "done", "{$request.body#/url}")
    assert done == {"$ref": "#/paths/~1a"}


def test_what_stands_beside_a_reference_to_a_path_is_kept(tmp_path: Path):
    paths = {"/a": {"$ref": "item.json", "summary": "mine"}}
    found = published(described(tmp_path, {"paths": paths}, item={"summary": "theirs", "description": "d"}), "")
    assert found["paths"] == {"/a": {"summary": "mine", "description": "d"}}


def test_a_discriminators_mapping_is_bundled(tmp_path: Path):
    pet = {
        "oneOf": [{"$ref": "pets.json#/Cat"}],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"cat": "pets.json#/Cat", "dog": "Dog", "x": "pets.json#/X"},
        },
    }
    api = described(
        tmp_path,
        {"components": {"schemas": {"Pet": pet, "Dog": {"type": "object"}}}},
        pets={"Cat": {"type": "object"}, "X": {"type": "object"}},
    )
    found = published(api, "")["components"]["schemas"]
    assert found["Pet"]["discriminator"]["mapping"] == {
        "cat": "#/components/schemas/Cat",
        "dog": "Dog",
        "x": "#/components/schemas/X",
    }
    assert set(found) == {"Pet", "Dog", "Cat", "X"}


def test_identifiers_of_bundled_schemas_go_with_their_references(tmp_path: Path):
    definitions = {"n": {"type": "null"}}
    inner = {"$id": "https://a.example/i", "$anchor": "top", "items": {"$ref": "#/$defs/n"}, "$defs": definitions}
    api = described(tmp_path, {"components": {"schemas": {"A": {"items": {"$ref": "inner.json"}}}}}, inner=inner)
    found = published(api, "")["components"]["schemas"]
    assert found["inner"] == {"items": {"$ref": "#/components/schemas/n"}, "$defs": definitions}


def test_references_that_lead_nowhere_stay(tmp_path: Path):
    schemas = {"A": {"$ref": "missing.json"}, "B": {"properties": {"a": {"$ref": "https://a.example/x.json"}}}}
    found = published(described(tmp_path, {"components": {"schemas": schemas}}), "")
    assert found["components"] == {"schemas": schemas}


def test_examples_and_defaults_are_left_alone(tmp_path: Path):
    data = {"$ref": "other.json", "x-parent": "mine"}
    schema = {"default": data, "example": data, "enum": [data], "items": {"$ref": "other.json"}}
    api = described(tmp_path, {"components": {"schemas": {"A": schema}}}, other={"type": "string", "examples": [data]})
    assert published(api, "")["components"]["schemas"] == {
        "A": {"default": data, "example": data, "enum": [data], "items": {"$ref": "#/components/schemas/other"}},
        "other": {"type": "string", "examples": [data]},
    }


def test_a_deep_document_is_walked(tmp_path: Path):
    schema: dict[str, Any] = {"type": "string", "x-parent": "a.B"}
    for _ in range(450):
        schema = {"items": schema}
    found = published(described(tmp_path, {"components": {"schemas": {"A": schema}}}), "")
    inner = found["components"]["schemas"]["A"]
    while "items" in inner:
        inner = inner["items"]
    assert inner == {"type": "string"}


def descriptions() -> list[Path]:
    found = [path for folder in ("specs", "features") for path in (CORPUS / folder).glob("*.*")]
    return each_version(sorted(path for path in found if path.suffix in (".json", ".yaml", ".yml")), 4)


def test_the_descriptions_are_here():
    if not descriptions():
        fact = f"no descriptions below {CORPUS}: set PYMACARON_CORPUS"
        pytest.fail(fact) if os.environ.get("CI") else pytest.skip(fact)


@pytest.mark.parametrize("path", descriptions(), ids=lambda path: path.name)
def test_a_real_description_is_published_whole(path: Path, tmp_path: Path):
    try:
        api = load(path)
    except FindingsError:
        return
    document = published(api, "/base")
    assert parse(dump_yaml(document).encode(), "it.yaml", "it.yaml").value == json.loads(json.dumps(document))
    again = reloaded(document, tmp_path)
    assert again.base_path == "/base"
    assert told(again) == told(api)
    assert {finding.code for finding in again.findings} <= {finding.code for finding in api.findings}
