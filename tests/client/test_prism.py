"""
Our clients against Prism, a server that nobody here wrote: it reads each request by the description, and refuses what
does not fit. `make conformance-clients` has it answer descriptions that nobody here wrote either.
"""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from upstreams.prism import prism, why_no_prism

from pymacaron import ApiPool, load_clients
from pymacaron.client.errors import Gone, NotFound, ResponseMismatch, ServiceUnavailable, Unauthorized
from pymacaron.exceptions import is_error

ZOO = """
openapi: 3.0.3
info: {title: Zoo, version: "1"}
servers: [{url: https://zoo.example.com/v1}]
security: [{bearer: []}]
paths:
  /simple/{numbers}/{word}/of: {get: {operationId: simple, parameters: [
    {name: numbers, in: path, required: true, schema: {type: array, minItems: 1, maxItems: 1, items: {type: integer}}},
    {name: word, in: path, required: true, schema: {type: string, enum: ["a&b=c d/\u00e9+%"]}}],
    responses: &ok {"200": {description: "", content: {application/json: {schema: {type: string}, example: fine}}}}}}
  /label/{number}/{more}: {get: {operationId: label, parameters: [
    {name: number, in: path, required: true, style: label, schema: {type: integer}},
    {name: more, in: path, required: true, style: label, explode: true,
     schema: {$ref: "#/components/schemas/Numbers"}}],
    responses: *ok}}
  /matrix/{numbers}/{pair}: {get: {operationId: matrix, parameters: [
    {name: numbers, in: path, required: true, style: matrix, explode: true,
     schema: {$ref: "#/components/schemas/Numbers"}},
    {name: pair, in: path, required: true, style: matrix, explode: true, schema: {$ref: "#/components/schemas/Pair"}}],
    responses: *ok}}
  /query: {get: {operationId: query, parameters: [
    {name: exploded, in: query, required: true, schema: {$ref: "#/components/schemas/Numbers"}},
    {name: joined, in: query, required: true, explode: false, schema: {$ref: "#/components/schemas/Numbers"}},
    {name: piped, in: query, required: true, style: pipeDelimited, explode: false,
     schema: {$ref: "#/components/schemas/Numbers"}},
    {name: deep, in: query, required: true, style: deepObject, explode: true,
     schema: {$ref: "#/components/schemas/Pair"}},
    {name: word, in: query, required: true, schema: {type: string, enum: ["a&b=c d/\u00e9+%"]}},
    {name: is_it, in: query, required: true, schema: {type: boolean}}], responses: *ok}}
  /headers: {get: {operationId: headers, parameters: [
    {name: X-Numbers, in: header, required: true, schema: {$ref: "#/components/schemas/Numbers"}},
    {name: X-Pair, in: header, required: true, explode: true, schema: {$ref: "#/components/schemas/Pair"}},
    {name: session, in: cookie, required: true, schema: {type: string, enum: [abc]}}], responses: *ok}}
  /animals:
    post:
      operationId: add_animal
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Animal"}}}
      responses:
        "201":
          description: ""
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Animal"}
              example: {name: Rex, born: "2020-02-03", seen: "2026-01-02T03:04:05Z", weight: 12.5}
  /form: {post: {operationId: form, responses: *ok, requestBody: {required: true, content: {
    application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Form"},
      encoding: {tags: {style: form, explode: true}}}}}}}
  /parts: {post: {operationId: parts, responses: *ok, requestBody: {required: true, content: {
    multipart/form-data: {schema: {$ref: "#/components/schemas/Form"}}}}}}
  /text: {post: {operationId: text, responses: *ok, requestBody: {required: true, content: {
    text/plain: {schema: {type: string}}}}}}
  /bytes: {post: {operationId: send_bytes, responses: *ok, requestBody: {required: true, content: {
    application/octet-stream: {schema: {type: string, format: binary}}}}}}
  /animals/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get:
      operationId: get_animal
      responses:
        "200":
          description: ""
          headers: {X-Count: {schema: {type: integer, minimum: 3, maximum: 3}}}
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Animal"}
              examples:
                rex: {value: {name: Rex, born: "2020-02-03"}}
                wrong: {value: {name: 5}}
        "404":
          description: ""
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Error"}
              example: {status: 404, error: NO_SUCH_ANIMAL, error_description: There is no such animal}
        "410":
          description: ""
          content: {text/plain: {schema: {type: string}, example: It is gone}}
        "503":
          description: ""
          content: {application/problem+json: {schema: {type: object}, example: {title: Closed, detail: At night}}}
    delete: {operationId: drop_animal, responses: {"204": {description: ""}}}
  /story: {get: {operationId: story, responses: {"200": {description: "", content: {
    text/plain: {schema: {type: string}, example: "Once \u00fcpon"}}}}}}
  /by-key: {get: {operationId: by_key, security: [{key: []}], responses: *ok}}
  /by-query: {get: {operationId: by_query, security: [{query: []}], responses: *ok}}
  /by-basic: {get: {operationId: by_basic, security: [{basic: []}], responses: *ok}}
  /by-oauth: {get: {operationId: by_oauth, security: [{oauth: [read]}], responses: *ok}}
  /by-two: {get: {operationId: by_two, security: [{key: [], query: []}], responses: *ok}}
  /open: {get: {operationId: open, security: [], responses: *ok}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    key: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: api_key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://zoo.example.com/token", scopes: {read: ""}}}}
  schemas:
    Numbers: {type: array, minItems: 2, maxItems: 2, items: {type: integer}}
    Pair:
      type: object
      required: [kind, count]
      additionalProperties: false
      properties: {kind: {type: string, enum: [cat]}, count: {type: integer, minimum: 3, maximum: 3}}
    Animal:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: {type: string}
        born: {type: string, format: date}
        seen: {type: string, format: date-time}
        weight: {type: number}
        tags: {type: array, items: {type: string}}
    Form:
      type: object
      required: [name, count]
      properties: {name: {type: string, enum: ["a&b=c d/\u00e9+%"]}, count: {type: integer},
        tags: {$ref: "#/components/schemas/Tags"}}
    Tags: {type: array, items: {type: string}}
    Error:
      type: object
      required: [status, error, error_description]
      properties: {status: {type: integer}, error: {type: string}, error_description: {type: string}}
"""
OLD = """
swagger: "2.0"
info: {title: Old, version: "1"}
host: old.example.com
basePath: /v2
consumes: [application/x-www-form-urlencoded]
produces: [application/json]
paths:
  /form:
    post:
      operationId: form
      parameters:
        - {name: count, in: formData, type: integer, required: true}
        - {name: names, in: formData, type: array, items: {type: string}, collectionFormat: multi}
        - {name: numbers, in: query, type: array, items: {type: integer}, minItems: 3, required: true}
      responses: {200: {description: "", schema: {type: object, properties: {done: {type: boolean}}}}}
"""
WORD = "a&b=c d/\u00e9+%"
AUTH = {"bearer": "a", "basic": {"username": "ada", "password": "xy"}, "key": "k", "query": "q&r", "oauth": "o"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where Prism serves ZOO. Skips where it is not installed; fails in CI. `make prism` installs it."""
    with _served(tmp_path_factory.mktemp("zoo"), "zoo", ZOO) as found:
        yield found


def _served(folder: Path, name: str, description: str) -> Any:
    if (reason := why_no_prism()) is not None:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    (folder / f"{name}.yaml").write_text(description, encoding="utf-8")
    return prism(folder / f"{name}.yaml", folder / "log")


@pytest.fixture
def zoo(url: str, tmp_path: Path) -> Any:
    (tmp_path / "zoo.yaml").write_text(ZOO, encoding="utf-8")
    load_clients(tmp_path, ["zoo"])
    return ApiPool.zoo.clients.with_options(url=url, auth=AUTH, validation="strict", max_attempts=1)


PAIR = {"kind": "cat", "count": 3}
CALLS: dict[str, dict[str, Any]] = {
    "simple": {"numbers": [3], "word": WORD},
    "label": {"number": 3, "more": [5, 6]},
    "matrix": {"numbers": [3, 4], "pair": PAIR},
    "query": {
        **{"exploded": [3, 4], "joined": [3, 4], "piped": [3, 4]},
        **{"deep": PAIR, "word": WORD, "is_it": True},
    },
    "headers": {"x_numbers": [3, 4], "x_pair": PAIR, "session": "abc"},
}


# What Prism itself reads otherwise is left out: of a comma in a path it ends; spaceDelimited is joined by `+` for it
@pytest.mark.parametrize("name", CALLS)
def test_parameters_of_every_style_are_read_as_they_were_meant(zoo: Any, name: str) -> None:
    assert getattr(zoo.call, name)(**CALLS[name]) == "fine"
    assert asyncio.run(getattr(zoo.acall, name)(**CALLS[name])) == "fine"


def test_what_is_written_otherwise_is_refused(url: str) -> None:
    told = httpx2.get(f"{url}simple/3/another/of", headers={"Authorization": "Bearer a"})
    assert told.status_code == 422


def test_a_model_goes_there_and_another_comes_back(zoo: Any) -> None:
    model = ApiPool.zoo.model
    rex = model.Animal(name="Rex", born=datetime.date(2020, 2, 3), tags=["a", "b"])
    for added in (zoo.call.add_animal(rex), asyncio.run(zoo.acall.add_animal(rex))):
        assert type(added) is model.Animal
        assert (added.born, added.weight) == (datetime.date(2020, 2, 3), 12.5)
        assert added.seen == datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize("name", ["form", "parts"])
def test_forms_are_read_as_they_were_meant(zoo: Any, name: str) -> None:
    body = {"name": WORD, "count": 3}
    if name == "form":  # of several parts of one name, Prism makes no list
        body["tags"] = ["a", "b"]
    assert getattr(zoo.call, name)(body) == "fine"
    assert asyncio.run(getattr(zoo.acall, name)(body)) == "fine"


def test_texts_and_bytes_are_taken(zoo: Any) -> None:
    assert zoo.call.text(WORD) == "fine"
    assert zoo.call.send_bytes(b"\x00\xff") == "fine"
    assert zoo.call.send_bytes(iter([b"\x00", b"\xff"])) == "fine"


def test_a_text_and_nothing_are_given(zoo: Any) -> None:
    assert zoo.call.story() == "Once \u00fcpon"
    assert zoo.call.drop_animal(name="Rex") is None


def _preferring(what: str) -> dict[str, Any]:
    return {"name": "Rex", "request_headers": {"Prefer": what}}


def test_errors_are_raised_with_what_the_description_says_of_them(zoo: Any) -> None:
    with pytest.raises(NotFound) as missing:
        zoo.call.get_animal(**_preferring("code=404"))
    assert missing.value.body["error"] == missing.value.model.error == "NO_SUCH_ANIMAL"
    assert type(missing.value.model) is ApiPool.zoo.model.Error
    with pytest.raises(Gone) as gone:
        asyncio.run(zoo.acall.get_animal(**_preferring("code=410")))
    assert gone.value.body == "It is gone"
    with pytest.raises(ServiceUnavailable) as closed:
        zoo.call.get_animal(**_preferring("code=503"))
    assert (closed.value.body["title"], closed.value.model.error_description) == ("Closed", "At night")


def test_errors_are_returned_by_the_other_face(zoo: Any) -> None:
    for status in (404, 410, 503):
        result = zoo.client.get_animal(**_preferring(f"code={status}"))
        assert is_error(result)
        assert result.status == status


def test_a_reply_that_does_not_fit_is_told(zoo: Any) -> None:
    assert zoo.call.get_animal(**_preferring("example=rex")).name == "Rex"
    with pytest.raises(ResponseMismatch) as wrong:
        zoo.call.get_animal(**_preferring("example=wrong"))
    assert "name" in str(wrong.value)
    assert zoo.with_options(validation="off").call.get_animal(**_preferring("example=wrong")).to_json() == {"name": 5}


@pytest.mark.parametrize("name", ["by_key", "by_query", "by_basic", "by_oauth", "by_two", "story"])
def test_who_calls_is_told_by_every_scheme(zoo: Any, name: str) -> None:
    getattr(zoo.call, name)()
    with pytest.raises(Unauthorized) as unknown:
        getattr(zoo.with_options(auth={}).call, name)()
    assert unknown.value.body["title"].startswith("Invalid security scheme")
    assert zoo.with_options(auth={}).call.open() == "fine"


def test_many_calls_at_once_are_all_answered(zoo: Any) -> None:
    async def many() -> list[Any]:
        return await asyncio.gather(*(zoo.acall.query(**CALLS["query"]) for _ in range(40)))

    assert asyncio.run(many()) == ["fine"] * 40


def test_the_fields_of_an_old_description_are_read_as_they_were_meant(tmp_path: Path) -> None:
    with _served(tmp_path, "old", OLD) as url:
        load_clients(tmp_path / "old.yaml")
        old = ApiPool.old.clients.with_options(url=url, validation="strict", max_attempts=1)
        assert old.call.form(count=3, names=["a", "b c"], numbers=[1, 2, 3]) is not None
