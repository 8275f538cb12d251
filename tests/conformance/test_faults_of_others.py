"""
Faults that another server of descriptions, Connexion 3.3, was seen to have: what we answer in each case.

Those of authentication are not here. Where a fault is about several versions or styles, each is called.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API
from pymacaron.finding import FindingsError

Service = Callable[..., Any]

HEAD = 'openapi: {version}\ninfo: {{title: Shop, version: "1"}}\n'


def described(paths: str, version: str = "3.0.4", more: str = "") -> str:
    """A description with *paths*, indented as it stands below `paths:`."""
    return HEAD.format(version=version) + f"paths:\n{paths}\n{more}"


@pytest.mark.parametrize("version", ["3.0.4", "3.1.0", "3.1.2", "3.2.0"])
def test_openapi_3_1_and_3_2_are_served(service: Service, version: str) -> None:
    type_of_name = "string" if version.startswith("3.0") else "[string, 'null']"
    client = service(
        described(
            "  /hello:\n    get:\n      operationId: hello\n"
            f"      parameters: [{{name: name, in: query, schema: {{type: {type_of_name}}}}}]\n"
            '      responses: {"200": {description: ok}}',
            version,
        ),
        {"hello": lambda name=None: {"hello": name}},
    )
    assert client.get("/hello?name=Bob").json == {"hello": "Bob"}


SEARCH = """
  /search:
    get:
      operationId: search
      parameters:
        - name: filter
          in: query
          style: form
          explode: true
          schema: {type: object, properties: {color: {type: string}, size: {type: integer}}}
      responses: {"200": {description: ok}}
"""


def test_an_exploded_form_object_is_read(service: Service) -> None:
    client = service(described(SEARCH), {"search": lambda filter=None: filter.to_json()})
    assert client.get("/search?color=red&size=3").json == {"color": "red", "size": 3}


CONTENT = """
  /search:
    get:
      operationId: search
      parameters:
        - name: filter
          in: query
          content: {application/json: {schema: {type: object, required: [size], properties: {size: {type: integer}}}}}
      responses: {"200": {description: ok}}
"""


def test_a_content_parameter_is_read_and_checked(service: Service) -> None:
    client = service(described(CONTENT), {"search": lambda filter=None: filter.to_json()})
    assert client.get('/search?filter={"size":3}').json == {"size": 3}
    wrong = client.get('/search?filter={"size":"x"}')
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (400, "/filter/size")
    broken = client.get("/search?filter={")
    assert (broken.status_code, broken.json["errors"][0]["pointer"]) == (400, "/filter")


HEADERS = """
  /count:
    get:
      operationId: count
      parameters: [{name: X-Count, in: header, schema: {type: integer}}]
      responses: {"200": {description: ok}}
"""


def test_an_integer_header_is_accepted_and_reaches_the_handler(service: Service) -> None:
    client = service(described(HEADERS), {"count": lambda x_count=None: {"count": x_count}})
    assert client.get("/count", headers={"X-Count": "7"}).json == {"count": 7}
    assert client.get("/count", headers={"X-Count": "seven"}).status_code == 400
    assert client.get("/count").json == {"count": None}


STYLES = """
  /{style}/{{ids}}:
    get:
      operationId: get
      parameters:
        - {{name: ids, in: path, required: true, style: {style}, explode: {explode}, schema: {schema}}}
      responses: {{"200": {{description: ok}}}}
"""
ARRAY = "{type: array, items: {type: integer}}"
OBJECT = "{type: object, properties: {r: {type: integer}, g: {type: integer}}}"


@pytest.mark.parametrize(
    ("style", "explode", "schema", "written", "value"),
    [
        ("label", "false", "{type: integer}", ".5", 5),
        ("label", "false", ARRAY, ".3,4,5", [3, 4, 5]),
        ("label", "true", ARRAY, ".3.4.5", [3, 4, 5]),
        ("label", "true", OBJECT, ".r=1.g=2", {"r": 1, "g": 2}),
        ("matrix", "false", "{type: integer}", ";ids=5", 5),
        ("matrix", "false", ARRAY, ";ids=3,4,5", [3, 4, 5]),
        ("matrix", "true", ARRAY, ";ids=3;ids=4;ids=5", [3, 4, 5]),
        ("matrix", "true", OBJECT, ";r=1;g=2", {"r": 1, "g": 2}),
    ],
)
def test_label_and_matrix_are_read(
    service: Service, style: str, explode: str, schema: str, written: str, value: Any
) -> None:
    paths = STYLES.format(style=style, explode=explode, schema=schema)
    client = service(described(paths), {"get": lambda ids: {"ids": ids}})
    assert client.get(f"/{style}/{written}").json == {"ids": value}


UUID = """
  /items/{id}:
    get:
      operationId: get
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, format: uuid}}
        - {name: other, in: query, schema: {type: string, format: uuid}}
      responses: {"200": {description: ok}}
"""


@pytest.mark.parametrize("version", ["3.0.4", "3.1.2", "3.2.0"])
def test_the_format_uuid_is_checked(service: Service, version: str) -> None:
    client = service(described(UUID, version), {"get": lambda id, other=None: {"id": id}})
    good = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
    assert client.get(f"/items/{good}").json == {"id": good}
    assert client.get("/items/6fa459ea").json["errors"][0]["code"] == "format"
    assert client.get(f"/items/{good}?other=x").status_code == 400


READ_ONLY = """
  /items:
    post:
      operationId: add
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}, required: true}
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}
"""
ITEM = """
components:
  schemas:
    Item:
      type: object
      required: [id, name]
      properties: {id: {type: string, readOnly: true}, name: {type: string}}
"""


@pytest.mark.parametrize("version", ["3.0.4", "3.1.2", "3.2.0"])
def test_a_required_read_only_member_is_demanded_of_responses_only(service: Service, version: str) -> None:
    replies = iter([{"id": "1", "name": "a"}, {"name": "a"}])
    client = service(
        described(READ_ONLY, version, ITEM), {"add": lambda body: next(replies)}, response_validation="strict"
    )
    assert client.post("/items", json={"name": "a"}).json == {"id": "1", "name": "a"}
    assert client.post("/items", json={"name": "a"}).status_code == 500
    assert client.post("/items", json={"id": "1"}).json["errors"][0]["pointer"] == "/name"


DEFAULTS = """
  /items:
    post:
      operationId: add
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}, required: true}
      responses: {"200": {description: ok}}
"""
WITH_DEFAULT = """
components:
  schemas:
    Item: {type: object, properties: {name: {type: string}, size: {type: integer, default: 3}}}
"""


def test_the_defaults_of_a_body_reach_the_handler(service: Service) -> None:
    client = service(described(DEFAULTS, more=WITH_DEFAULT), {"add": lambda body: {"size": body.size}})
    assert client.post("/items", json={"name": "a"}).json == {"size": 3}
    assert client.post("/items", json={"size": 4}).json == {"size": 4}


PETS = """
  /pets:
    post:
      operationId: add
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}, required: true}
      responses: {"200": {description: ok}}
"""
ONE_OF = """
components:
  schemas:
    Pet:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {tom: '#/components/schemas/Cat'}}
    Cat:
      type: object
      required: [kind, lives]
      properties: {kind: {type: string}, lives: {type: integer}}
    Dog:
      type: object
      required: [kind, bark]
      properties: {kind: {type: string}, bark: {type: string}}
"""


def test_a_discriminator_chooses_what_is_validated_and_reported(service: Service) -> None:
    client = service(described(PETS, more=ONE_OF), {"add": lambda body: {"is": type(body).__name__}})
    assert client.post("/pets", json={"kind": "tom", "lives": 9}).json == {"is": "Cat"}
    wrong = client.post("/pets", json={"kind": "tom", "lives": "nine"}).json["errors"]
    assert [(one["pointer"], one["code"]) for one in wrong] == [("/lives", "type")]
    wrong = client.post("/pets", json={"kind": "Dog"}).json["errors"]
    assert [(one["pointer"], one["code"]) for one in wrong] == [("/bark", "required")]


SEVERAL = """
  /items/{id}:
    post:
      operationId: add
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: page, in: query, schema: {type: integer, minimum: 1}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string}, tags: {type: array, items: {type: string}}}
      responses: {"200": {description: ok}}
"""


def test_every_error_is_told_with_its_pointer(service: Service) -> None:
    client = service(described(SEVERAL), {"add": lambda *args, **kwargs: {}})
    reply = client.post("/items/x?page=0", json={"tags": [1, "a", {}]})
    assert reply.status_code == 400
    assert sorted((one["in"], one["pointer"], one["code"]) for one in reply.json["errors"]) == [
        ("body", "/name", "required"),
        ("body", "/tags/0", "type"),
        ("body", "/tags/2", "type"),
        ("path", "/id", "type"),
        ("query", "/page", "minimum"),
    ]


STATUS = """
  /items:
    get:
      operationId: items
      responses: {"200": {description: ok}, "4XX": {description: no}}
"""


def test_an_undeclared_status_of_a_response_is_found(service: Service) -> None:
    replies = iter([({}, 200), ({}, 404), ({}, 202)])
    client = service(described(STATUS), {"items": lambda: next(replies)}, response_validation="strict")
    assert [client.get("/items").status_code for _ in range(3)] == [200, 404, 500]


LINES = """
  /items:
    get:
      operationId: items
      responses:
        "200":
          description: ok
          content:
            application/x-ndjson:
              x-item-schema: {type: object, required: [id], properties: {id: {type: integer}}}
"""


def test_lines_of_json_are_sent_with_validation_on(service: Service) -> None:
    client = service(described(LINES), {"items": lambda: ({"id": n} for n in range(3))}, response_validation="strict")
    reply = client.get("/items")
    assert (reply.status_code, reply.mimetype) == (200, "application/x-ndjson")
    assert [json.loads(line) for line in reply.text.splitlines()] == [{"id": 0}, {"id": 1}, {"id": 2}]


ACCEPT = """
  /items:
    get:
      operationId: items
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: object}}}}
"""


def test_what_no_media_type_satisfies_is_a_406_before_the_handler(service: Service) -> None:
    calls: list[str] = []
    client = service(described(ACCEPT), {"items": lambda: calls.append("called") or {}})
    reply = client.get("/items", headers={"Accept": "image/png"})
    assert (reply.status_code, reply.json["error"], calls) == (406, "NOT_ACCEPTABLE", [])
    assert client.get("/items", headers={"Accept": "image/png, */*;q=0.1"}).json == {}


METHODS = """
  /items:
    get: {operationId: items, responses: {"200": {description: ok}}}
    put: {operationId: put, responses: {"200": {description: ok}}}
    delete: {operationId: remove, responses: {"200": {description: ok}}}
  /items/{id}:
    get:
      operationId: item
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
"""
ITEMS = dict.fromkeys(("items", "put", "remove", "item"), lambda **given: {})


def allowed(reply: Any) -> set[str]:
    return {method.strip() for method in reply.headers["Allow"].split(",")}


def test_options_is_answered_with_what_is_allowed(service: Service) -> None:
    reply = service(described(METHODS), ITEMS).options("/items")
    assert reply.status_code in (200, 204)
    assert allowed(reply) == {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/items", {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}), ("/items/1", {"GET", "HEAD", "OPTIONS"})],
)
def test_allow_of_a_405_has_every_method_that_is_described(service: Service, path: str, methods: set[str]) -> None:
    reply = service(described(METHODS), ITEMS).patch(path)
    assert (reply.status_code, allowed(reply)) == (405, methods)


def test_a_body_that_is_no_utf_8_is_a_400(service: Service) -> None:
    client = service(described(DEFAULTS, more=WITH_DEFAULT), {"add": lambda body: {}})
    reply = client.post("/items", data=b'{"name": "\xff"}', content_type="application/json")
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (400, "json")


def test_an_error_of_a_description_names_the_file_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(described('  /a:\n    get:\n      operationId: a\n      responses: {"200": {$ref: "#/no"}}'))
    with pytest.raises(FindingsError) as refused:
        API(Flask("shop")).load_apis(tmp_path).start(serve="shop")
    assert any(one.file.endswith("shop.yaml") and one.line == 7 for one in refused.value.findings)


MEETING = """
import os
import threading

from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)
barrier = threading.Barrier(40)


def meet():
    barrier.wait(25)
    return {"met": barrier.parties}


def start(port, debug):
    folder = os.path.dirname(os.path.realpath(__file__))
    API(app, resolver=lambda operation: meet).load_apis(folder).start(serve="shop")


letsgo(__name__, callback=start)
"""
MEET = """
  /meet:
    get: {operationId: meet, responses: {"200": {description: ok}}}
"""


def test_forty_calls_are_in_their_handlers_at_the_same_time(
    start: Callable[[str, Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each handler waits for the other 39, so that none returns unless all run."""
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "server.py").write_text(MEETING)
    (folder / "shop.yaml").write_text(described(MEET))
    (folder / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 1 --threads 40")
    with start("gunicorn", folder) as running:

        def met(_: int) -> Any:
            reply = running.get("/meet")
            return reply.status, reply.json

        with ThreadPoolExecutor(40) as pool:
            assert list(pool.map(met, range(40))) == [(200, {"met": 40})] * 40


def test_the_published_document_keeps_its_references(service: Service) -> None:
    client = service(described(READ_ONLY, "3.1.2", ITEM), {"add": lambda body: body}, docs="public")
    document = client.get("/doc/shop.json").json
    schema = {"$ref": "#/components/schemas/Item"}
    assert document["paths"]["/items"]["post"]["requestBody"]["content"]["application/json"]["schema"] == schema
    assert list(document["components"]["schemas"]) == ["Item", "Error"]
