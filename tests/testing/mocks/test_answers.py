"""What a mock answers: examples, else values; by what a caller prefers; and how it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pymacaron import config
from pymacaron.pool import ApiPool
from pymacaron.testing.mocks.service import Mock, Options

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers: [{url: /v1}]
paths:
  /pets/{number}:
    get:
      operationId: no.such.module.get_pet
      x-bind-server: neither.is.this
      x-decorate-server: nor.this
      parameters: [{name: number, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: A pet
          headers: {X-Age: {required: true, schema: {type: integer, minimum: 7, maximum: 7}}, X-Not: {schema: false}}
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Pet"}
              examples:
                rex: {value: {name: Rex}}
                tom: {$ref: "#/components/examples/Tom"}
                wrong: {value: {nmae: Tom}}
            application/xml: {schema: {$ref: "#/components/schemas/Pet"}}
            text/plain: {schema: {type: string}, example: "Rex, a dog"}
        "404":
          description: No such pet
          content: {application/json: {schema: {type: object, required: [told], properties: {told: {const: gone}}}}}
        "400":
          description: No
          content: {application/json: {schema: {type: object, required: [why], properties: {why: {const: wrong}}}}}
        5XX: {description: Fault}
    delete: {x-no-bind-server: true, parameters: [{name: number, in: path, required: true, schema: {type: integer}}],
             responses: {"204": {description: Gone}}}
  /made:
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"201": {description: Made, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
  /moved: {get: {responses: {default: {description: no}, "302": {description: There, headers: {
    Location: {required: true, schema: {type: string, format: uri}}}}}}}
  /any: {get: {responses: {default: {description: All, content: {"application/*+json": {schema: {const: 1}}}}}}}
  /never: {get: {responses: {"404": {description: Never}}}}
  /none: {get: {responses: {"200": {description: None, content: {application/json: {schema: {allOf: [
    {type: string}, {type: integer}]}}}}}}}
  /lines: {get: {responses: {"200": {description: Lines, content: {application/jsonl: {itemSchema: {const: 1}}}}}}}
  /events: {get: {responses: {"200": {description: Events, content: {text/event-stream: {itemSchema: {
    type: object, required: [data], properties: {data: {const: hello}}}}}}}}}
  /file: {get: {responses: {"200": {description: A picture, content: {image/png: {}}}}}}
  /parts: {get: {responses: {"200": {description: Parts, content: {multipart/form-data: {schema: {
    type: object, required: [a], properties: {a: {const: b}}}}}}}}}
  /mine: {get: {security: [{token: []}, {key: []}], responses: {"200": {description: Mine}}}}
  /basic: {get: {security: [{basic: []}], responses: {"200": {description: Mine}}}}
components:
  examples: {Tom: {value: {name: Tom}}}
  schemas:
    Pet:
      type: object
      required: [name]
      xml: {name: pet}
      additionalProperties: false
      properties:
        name: {type: string, minLength: 3}
        tags: {type: array, xml: {wrapped: true}, items: {const: small, xml: {name: tag}}}
        id: {const: 1, xml: {attribute: true}}
  securitySchemes:
    token: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
"""

Client = Any


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ApiPool, "_apis", dict(ApiPool._apis))
    config.reset()
    yield
    config.reset()


@pytest.fixture
def mock(tmp_path: Path) -> Callable[..., Client]:
    """mock(**options): what calls the mock of SHOP, in this process."""

    def make(text: str = SHOP, **options: Any) -> Client:
        (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
        return Mock([tmp_path / "shop.yaml"], Options(**options)).app.test_client()

    return make


def test_the_first_example_that_fits_is_sent_whatever_the_description_says_of_code(mock: Callable[..., Client]) -> None:
    reply = mock().get("/v1/pets/1")
    assert (reply.status_code, reply.json) == (200, {"name": "Rex"})
    assert reply.headers["X-Age"] == "7"
    assert "X-Not" not in reply.headers


@pytest.mark.parametrize(
    ("prefer", "status", "sent"),
    [
        ("code=404", 404, {"told": "gone"}),
        ("example=tom", 200, {"name": "Tom"}),
        ('example="tom", code=200; more=1, unknown', 200, {"name": "Tom"}),
        ("code=200, code=404", 200, {"name": "Rex"}),
        ("dynamic=false", 200, {"name": "Rex"}),
    ],
)
def test_a_caller_may_prefer_a_status_and_an_example(
    mock: Callable[..., Client], prefer: str, status: int, sent: Any
) -> None:
    reply = mock().get("/v1/pets/1", headers={"Prefer": prefer})
    assert (reply.status_code, reply.json) == (status, sent)


def test_a_status_of_a_range_can_be_preferred(mock: Callable[..., Client]) -> None:
    reply = mock().get("/v1/pets/1", headers={"Prefer": "code=503"})
    assert (reply.status_code, reply.data) == (503, b"")


@pytest.mark.parametrize(
    ("prefer", "told"),
    [
        ("code=418", "Prefer: code=418: GET /pets/{number} declares 200, 404, 400, 5XX"),
        ("code=99", "Prefer: code=99 is no status: write a number from 200 to 599"),
        ("dynamic=maybe", "Prefer: dynamic=maybe is neither true nor false"),
        (
            "example=ton",
            "Prefer: example=ton: there is none for 200 of GET /pets/{number} as application/json. "
            "It has 'rex', 'tom', 'wrong'",
        ),
        ("code=200; example=tom", "Prefer: example stands behind a semicolon: separate preferences by commas"),
        (
            "example=tom, code=404",
            "Prefer: example=tom: there is none for 404 of GET /pets/{number}. It has none that has a name",
        ),
    ],
)
def test_what_cannot_be_preferred_is_refused(mock: Callable[..., Client], prefer: str, told: str) -> None:
    reply = mock().get("/v1/pets/1", headers={"Prefer": prefer})
    assert (reply.status_code, reply.headers["X-Mock-Error"]) == (400, told)


def test_an_example_that_is_named_and_does_not_fit_is_not_sent(mock: Callable[..., Client]) -> None:
    reply = mock().get("/v1/pets/1", headers={"Prefer": "example=wrong"})
    assert reply.status_code == 501
    assert "/name: is missing" in reply.json["error_description"]


def test_dynamic_values_differ_from_call_to_call_and_not_from_run_to_run(mock: Callable[..., Client]) -> None:
    def names(client: Client) -> list[str]:
        return [client.get("/v1/pets/1", headers={"Prefer": "dynamic=true"}).json["name"] for _ in range(5)]

    one, other = names(mock()), names(mock())
    assert one == other
    assert len(set(one)) > 1
    always = mock(dynamic=True, seed="other")
    found = [always.get("/v1/pets/1").json["name"] for _ in range(5)]
    assert found != one
    assert "Rex" not in found
    assert always.get("/v1/pets/1", headers={"Prefer": "example=rex"}).json == {"name": "Rex"}


def test_requests_are_read_as_by_every_service(mock: Callable[..., Client]) -> None:
    client = mock()
    assert client.post("/v1/made", json={"name": "Rex"}).status_code == 201
    assert client.post("/v1/made", json={"name": "R"}).status_code == 400
    assert client.post("/v1/made", data="name", content_type="text/csv").status_code == 415
    assert client.put("/v1/made").status_code == 405
    assert client.get("/v1/nothing").status_code == 404
    assert client.get("/v1/lines", headers={"Accept": "image/png"}).status_code == 406


def test_a_refusal_has_the_form_that_is_declared_for_it(mock: Callable[..., Client]) -> None:
    reply = mock().get("/v1/pets/one")
    assert (reply.status_code, reply.json) == (400, {"why": "wrong"})
    assert reply.headers["X-Mock-Error"] == "path number: 'one' is not an integer"
    assert mock().post("/v1/made", json=1).json["error"] == "INVALID_PARAMETER"


def test_each_media_type_is_written_as_it_is(mock: Callable[..., Client]) -> None:
    client = mock()
    pet = client.get("/v1/pets/1", headers={"Accept": "application/xml"})
    assert pet.headers["Content-Type"] == "application/xml"
    name = pet.text.partition("<name>")[2].partition("<")[0]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    assert pet.text == f'{head}<pet id="1"><name>{name}</name><tags><tag>small</tag></tags></pet>'
    assert client.get("/v1/pets/1", headers={"Accept": "text/plain"}).text == "Rex, a dog"
    assert client.get("/v1/lines").data == b"1\n"
    assert client.get("/v1/events").data.endswith(b"data: hello\n\n")
    assert client.get("/v1/file").data.startswith(b"\x89PNG")
    parts = client.get("/v1/parts")
    assert b'name="a"\r\n' in parts.data
    assert parts.headers["Content-Type"] == "multipart/form-data; boundary=pymacaron-mock"
    assert (client.get("/v1/any").headers["Content-Type"], client.get("/v1/any").json) == ("application/json", 1)


def test_the_status_is_the_first_success_else_a_redirect_else_what_there_is(mock: Callable[..., Client]) -> None:
    client = mock()
    assert client.delete("/v1/pets/1").status_code == 204
    assert client.get("/v1/moved").status_code == 302
    assert client.get("/v1/moved").headers["Location"].startswith("https://example.com/")
    assert client.get("/v1/any").status_code == 200
    assert client.get("/v1/never").status_code == 404


def test_where_nothing_fits_the_schema_is_named(mock: Callable[..., Client]) -> None:
    reply = mock().get("/v1/none")
    assert reply.status_code == 501
    told = reply.json["error_description"]
    assert told.startswith("No reply of 200 can be made for GET /none by the schema at ")
    assert "shop.yaml:42: the value: no value fits all that is said of it" in told


def test_any_credential_that_is_well_formed_is_good(mock: Callable[..., Client]) -> None:
    client = mock()
    assert client.get("/v1/mine").status_code == 401
    assert client.get("/v1/mine", headers={"Authorization": "Bearer x"}).status_code == 200
    assert client.get("/v1/mine", headers={"X-Key": "x"}).status_code == 200
    assert client.get("/v1/mine", headers={"Authorization": "Basic x"}).status_code == 401
    assert client.get("/v1/basic", auth=("ada", "x")).status_code == 200
    assert client.get("/v1/basic", headers={"Authorization": "Basic x"}).status_code == 401


def test_a_token_that_is_given_is_the_only_one(mock: Callable[..., Client]) -> None:
    client = mock(token="sesame")
    assert client.get("/v1/mine", headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get("/v1/mine", headers={"Authorization": "Bearer sesame"}).status_code == 200
    assert client.get("/v1/mine", headers={"X-Key": "sesame"}).status_code == 200
    assert client.get("/v1/basic", auth=("ada", "sesame")).status_code == 200
    assert client.get("/v1/basic", auth=("ada", "x")).status_code == 401


def test_security_can_be_left_out(mock: Callable[..., Client]) -> None:
    assert mock(auth=False).get("/v1/mine").status_code == 200


def test_what_is_faulty_is_told_and_the_rest_is_served(mock: Callable[..., Client], tmp_path: Path) -> None:
    text = SHOP.replace("  /made:", "  /broken: {get: {responses: {}, parameters: 3}}\n  /made:")
    (tmp_path / "other.yaml").write_text("openapi: 4.0.0\n", encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
    service = Mock([tmp_path])
    errors = {finding.code for finding in service.findings if finding.severity == "error"}
    assert "unknown-version" in errors
    assert len(errors) > 1
    assert service.app.test_client().get("/v1/pets/1").json == {"name": "Rex"}


def test_the_config_of_a_service_has_no_say(
    mock: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pym-config.yaml").write_text("name: 3\njwt_secret: $NOT_THERE\nignore_base_path: true\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYM_RESPONSE_VALIDATION", "nonsense")
    assert mock().get("/v1/pets/1").status_code == 200


def test_swagger_2_is_answered_by_the_examples_of_responses(mock: Callable[..., Client]) -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": "Old", "version": "1"},
        "produces": ["application/json"],
        "paths": {
            "/a": {
                "get": {
                    "responses": {
                        "200": {
                            "description": "",
                            "schema": {"type": "integer"},
                            "examples": {"application/json": 5},
                        }
                    }
                }
            },
            "/file": {"get": {"responses": {"200": {"description": "", "schema": {"type": "file"}}}}},
        },
    }
    client = mock(json.dumps(document))
    assert client.get("/a").json == 5
    assert client.get("/file").status_code == 200


SENT = """
openapi: 3.1.0
info: {title: Sent, version: "1"}
paths:
  /news: {get: {responses: {"200": {description: "", content: {text/event-stream: {schema: {type: string}}}}}}}
  /form: {get: {responses: {"200": {description: "", content: {multipart/form-data: {schema: {
    type: object, properties: {file: {type: string, format: binary}, n: {const: 1}}}}}}}}}
  /pdf: {get: {responses: {"200": {description: "", content: {application/pdf: {schema: {
    type: string, contentMediaType: application/pdf}}}}}}}
  /both: {get: {responses: {"200": {description: "", content: {
    application/json: {schema: {}, examples: {one: {value: 1}}},
    text/plain: {schema: {type: string}, examples: {two: {value: "2"}, "a b": {value: "3"}}}}}}}}
"""


def test_texts_of_events_and_parts_that_are_files_are_sent_as_clients_read_them(mock: Callable[..., Client]) -> None:
    client = mock(SENT)
    assert re.fullmatch(r"data: [a-z]+\n\n", client.get("/news").text)
    assert client.get("/form").data.count(b'; filename="a-file"\r\nContent-Type: application/octet-stream\r\n') == 1
    assert client.get("/pdf").data.startswith(b"%PDF")


def test_an_example_is_sent_as_the_media_type_that_has_it(mock: Callable[..., Client]) -> None:
    client = mock(SENT)
    found = client.get("/both", headers={"Prefer": "example=two"})
    assert (found.text, found.headers["Content-Type"]) == ("2", "text/plain")
    found = client.get("/both", headers={"Prefer": "example=two", "Accept": "application/json"})
    told = "Prefer: example=two: there is none for 200 of GET /both as application/json. It has 'one'"
    assert (found.status_code, found.json["error_description"]) == (400, told)


def test_a_reply_says_which_preferences_it_follows(mock: Callable[..., Client]) -> None:
    client = mock(SENT)
    told = 'handling=lenient, code="200", example="a b"; x=1, dynamic=false'
    found = client.get("/both", headers={"Prefer": told})
    assert (found.text, found.headers["Preference-Applied"]) == ("3", 'code=200, example="a b", dynamic=false')
    assert [value for name, value in found.headers if name == "Vary"] == ["Prefer", "Accept"]
    assert "Preference-Applied" not in client.get("/both", headers={"Prefer": "handling=lenient"}).headers
    several = client.get("/both", headers=[("Prefer", "code=200"), ("Prefer", "example=two")])
    assert several.headers["Preference-Applied"] == "code=200, example=two"
