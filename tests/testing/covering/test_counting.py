"""What calls reach of a description: every number here was worked out by hand."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pymacaron.spec.load import load
from pymacaron.testing.covering import Report, counted
from pymacaron.testing.covering.exchanges import Body, Exchange, Secrets

#: Each line says in its comment which points there are: what counts is in docs/coverage.md
PETS = """\
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
servers: [{url: /v1}]
paths:
  /pets:
    get:                                         # operation 1
      parameters:
        - name: limit                            # parameter 1 (sent), 2 (left out)
          in: query
          schema: {type: integer}
        - name: sort                             # parameter 3 (sent), 4 (left out)
          in: query
          schema: {type: string, enum: [name, age]}   # enum value 1, 2 (of requests)
      responses:
        "200":                                   # status 1
          description: Pets
          content:
            application/json:                    # media type 1
              schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}
            text/csv: {}                         # media type 2
        "400": {description: Wrong}              # error 1
    post:                                        # operation 2
      requestBody:                               # media type 3: without a body, since it is not required
        content:
          application/json:                      # media type 4
            schema: {$ref: "#/components/schemas/Pet"}
      responses:
        "201": {description: It}                 # status 2
        4XX: {description: Wrong}                # error 2
        default: {description: Else}             # status 3
  /pets/{id}:
    delete:                                      # operation 3
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}   # parameter 5 (sent)
      responses:
        "204": {description: Gone}               # status 4
        "404": {description: None}               # error 3
components:
  schemas:
    Pet:                                         # in requests and in responses: all of it is there twice
      type: object
      required: [name]
      properties:
        id: {type: integer, readOnly: true}      # property: of responses present and absent: 2
        name: {type: string}                     # required: nothing
        tag: {type: [string, "null"]}            # property: present and absent, 2 x 2 = 4; null: 2
        kind: {type: string, enum: [cat, dog]}   # property: 2 x 2 = 4; enum values: 2 x 2 = 4
        food:                                    # property: 2 x 2 = 4
          oneOf: [{$ref: "#/components/schemas/Dry"}, {$ref: "#/components/schemas/Wet"}]   # branches: 2 x 2 = 4
    Dry: {type: object, required: [grams], properties: {grams: {type: integer}}}
    Wet: {type: object, required: [tins], properties: {tins: {type: integer}}}
"""
JSON = ("Content-Type", "application/json")


def call(method: str, target: str, status: int, sent: Any = None, answer: Any = None) -> Exchange:
    """A call with JSON bodies, None: without one."""
    body, came = (b"" if one is None else json.dumps(one).encode() for one in (sent, answer))
    headers, answered = ((JSON,) if one is not None else () for one in (sent, answer))
    return Exchange(method, target, headers, Body(body, len(body)), status, answered, Body(came, len(came)))


def report(tmp_path: Path, *calls: Exchange, description: str = PETS) -> Report:
    path = tmp_path / "pets.yaml"
    path.write_text(description)
    api = load(path)
    assert [one for one in api.findings if one.severity == "error"] == []
    return counted([api], calls)


def sums(found: Report) -> dict[str, tuple[int, int]]:
    return {kind: (one.reached, one.total) for kind, one in found.kinds().items()}


def reached(found: Report) -> set[str]:
    return {point.what for point in found.points if point.count}


def test_everything_that_there_is_to_reach_is_counted(tmp_path: Path) -> None:
    found = report(tmp_path)
    assert sums(found) == {
        "operation": (0, 3),
        "status": (0, 4),
        "error": (0, 3),
        "parameter": (0, 5),
        "media-type": (0, 4),
        "branch": (0, 4),
        "property": (0, 14),
        "enum": (0, 6),
        "null": (0, 2),
    }
    assert (found.total.reached, found.total.total, found.total.percent) == (0, 45, 0.0)


def test_what_calls_reach_is_counted(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        # GET is called, 200, limit and sort are sent, sort is name, as JSON: 6 points. Of Pet in responses: id, tag and
        # kind are there, food is not, tag is null, kind is cat: 6 points. 12
        call("GET", "/v1/pets?limit=3&sort=name", 200, None, [{"id": 1, "name": "Tom", "tag": None, "kind": "cat"}]),
        # limit and sort are left out: 2 points. Of Pet: food is there, which is Dry, id, tag and kind are not: 5. 19
        call("GET", "/v1/pets", 200, None, [{"name": "Rex", "food": {"grams": 5}}]),
        # 400 is answered: 1. limit does not fit, which says nothing about it. 20
        call("GET", "/v1/pets?limit=x", 400),
        # POST is called, 201, as JSON: 3. Of Pet in requests: tag, kind and food are not there: 3. 26
        call("POST", "/v1/pets", 201, {"name": "Tom"}),
        # kind is there and is dog: 2; 422 is one of 4XX: 1. 29
        call("POST", "/v1/pets", 422, {"name": "Tom", "kind": "dog"}),
        # kind does not fit, so that nothing of this Pet counts; 503 is by default: 1. 30
        call("POST", "/v1/pets", 503, {"name": "Tom", "kind": "cow", "tag": "x"}),
        # DELETE is called with an id, 204: 3. 33
        call("DELETE", "/v1/pets/7", 204),
    )
    assert sums(found) == {
        "operation": (3, 3),
        "status": (4, 4),
        "error": (2, 3),  # not 404
        "parameter": (5, 5),
        "media-type": (2, 4),  # not text/csv, not without a body
        "branch": (1, 4),  # of responses Dry
        "property": (12, 14),  # of requests neither tag nor food was there
        "enum": (3, 6),  # name; cat of responses, dog of requests
        "null": (1, 2),  # of responses
    }
    assert (found.total.reached, found.total.total, found.total.percent) == (33, 45, 73.3)
    assert sorted((point.line, point.what) for point in found.missed()) == [
        (13, 'request: query sort is "age"'),
        (20, "200: text/csv"),
        (23, "request: without a body"),
        (37, "404"),
        (46, "request: tag is null"),
        (46, "request: tag present"),
        (47, 'request: kind is "cat"'),
        (47, 'response: kind is "dog"'),
        (48, "request: food present"),
        (49, "request: food is Dry"),
        (49, "request: food is Wet"),
        (49, "response: food is Wet"),
    ]
    assert {owner.name: sum(1 for one in points if one.count) for owner, points in found.owners().items()} == {
        "GET /v1/pets": 9,
        "POST /v1/pets": 5,
        "DELETE /v1/pets/{id}": 3,
        "Pet": 16,
    }


def test_calls_that_no_description_knows_are_listed(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        call("GET", "/ping", 200),
        call("GET", "/ping?x=1", 200),
        call("PUT", "/v1/pets", 405),
        call("GET", "/v1/pets", 500, None, {"error": "UNHANDLED_SERVER_ERROR"}),
    )
    assert found.strays == [("", "GET /ping", 200, 2), ("", "PUT /v1/pets", 405, 1)]
    assert found.undeclared == [("pets", "GET /v1/pets", 500, 1)]
    assert found.codes == {"UNHANDLED_SERVER_ERROR": 1}
    assert found.unseen == ["CONTENT_TOO_LARGE", "INVALID_PARAMETER", "NOT_ACCEPTABLE", "UNSUPPORTED_MEDIA_TYPE"]


def test_a_body_that_is_packed_is_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(b'[{"name": "Tom", "tag": "x"}]')
    headers = (JSON, ("Content-Encoding", "gzip"))
    found = report(tmp_path, Exchange("GET", "/v1/pets", (), Body(), 200, headers, Body(packed, len(packed))))
    assert "response: tag present" in reached(found)
    assert found.unread == 0


@pytest.mark.parametrize(("coding", "size"), [("br", 10), ("", 2_000_000)])
def test_a_body_that_cannot_be_looked_into_is_told(tmp_path: Path, coding: str, size: int) -> None:
    headers = (JSON, ("Content-Encoding", coding)) if coding else (JSON,)
    found = report(tmp_path, Exchange("GET", "/v1/pets", (), Body(), 200, headers, Body(b"[{}]  .  .", size)))
    assert found.unread == 1
    assert "200: application/json" in reached(found)


FORMS = """\
swagger: "2.0"
info: {title: Forms, version: 1.0.0}
basePath: /f
paths:
  /send/{where}.{ending}:
    post:
      consumes: [application/x-www-form-urlencoded]
      parameters:
        - {name: where, in: path, required: true, type: string}
        - {name: ending, in: path, required: true, type: string, enum: [txt, md]}
        - {name: kind, in: formData, type: string, enum: [a, b]}
        - {name: X-Tags, in: header, type: array, collectionFormat: csv, items: {type: string, enum: [p, q]}}
      responses: {200: {description: Done}}
"""


def test_forms_headers_and_several_values_in_a_segment_are_read(tmp_path: Path) -> None:
    form = (("Content-Type", "application/x-www-form-urlencoded"), ("X-Tags", "p,q"))
    sent = Exchange("POST", "/f/send/home.md", form, Body(b"kind=a", 6), 200, (), Body())
    found = report(tmp_path, sent, description=FORMS)
    assert reached(found) == {
        "called",
        "200",
        "path where: sent",
        "path ending: sent",
        'request: path ending is "md"',
        "form kind: sent",
        'request: form kind is "a"',
        "header X-Tags: sent",
        'request: header X-Tags[] is "p"',
        'request: header X-Tags[] is "q"',
        "request: application/x-www-form-urlencoded",
    }


HEIRS = """\
openapi: 3.0.3
info: {title: Heirs, version: 1.0.0}
paths:
  /first:
    get:
      responses:
        "200": {description: It, content: {application/json: {schema: {$ref: "#/components/schemas/Animal"}}}}
components:
  schemas:
    Animal:
      type: object
      required: [type]
      discriminator: {propertyName: type}
      properties: {type: {type: string}, name: {type: string, nullable: true}}
    Cat: {allOf: [{$ref: "#/components/schemas/Animal"}, {type: object, properties: {lives: {type: integer}}}]}
    Dog:
      allOf:
        - {$ref: "#/components/schemas/Animal"}
        - {type: object, properties: {friends: {$ref: "#/components/schemas/Dogs"}}}
    Dogs: {type: array, items: {$ref: "#/components/schemas/Dog"}}
"""


def test_heirs_of_a_schema_are_its_branches(tmp_path: Path) -> None:
    answer = {"type": "Dog", "name": None, "friends": [{"type": "Dog"}]}
    found = report(tmp_path, call("GET", "/first", 200, None, answer), description=HEIRS)
    assert reached(found) == {
        "called",
        "200",
        "200: application/json",
        "response: it is Dog",
        "response: name present",
        "response: name absent",
        "response: name is null",
        "response: friends present",
        "response: friends absent",
    }
    assert {point.what for point in found.missed()} == {
        "response: it is Cat",
        "response: lives present",
        "response: lives absent",
    }


def test_what_proves_who_calls_is_not_kept() -> None:
    secrets = Secrets(frozenset(("x-key",)), frozenset(("key",)))
    headers = [("Authorization", "Bearer t0"), ("Cookie", "a=1; b=2"), ("X-Key", "k0"), ("X-Other", "1")]
    assert secrets.without(headers) == (
        ("Authorization", "***"),
        ("Cookie", "a=***; b=***"),
        ("X-Key", "***"),
        ("X-Other", "1"),
    )
    assert secrets.without([("Set-Cookie", "session=s0; Secure")]) == (("Set-Cookie", "session=***"),)
    assert secrets.target("/a?key=k0&limit=3&access_token=t0&x") == "/a?key=***&limit=3&access_token=***&x"


CONDITIONS = """\
openapi: 3.1.0
info: {title: Conditions, version: 1.0.0}
paths:
  /a:
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Sent"}}}}
      responses:
        "200":
          description: It
          headers:
            X-Kind: {schema: {type: string, enum: [p, q]}}
            X-Always: {required: true, schema: {type: integer}}
            Content-Type: {schema: {type: string}}
webhooks:
  made: {post: {operationId: made, responses: {"200": {description: It}}}}
components:
  schemas:
    Sent:
      type: object
      required: [kind]
      properties: {kind: {type: string}}
      if: {properties: {kind: {const: far}}}
      then: {required: [way], properties: {way: {enum: [sea, air]}}}
      not: {required: [never], properties: {never: {enum: [1, 2]}}}
      patternProperties:
        ^x-: {enum: [1, 2]}
        ^list: {contains: {type: string, enum: [u, v]}}
      additionalProperties: {type: [string, array, "null"]}
"""


def test_conditions_patterns_items_of_a_kind_and_headers_are_reached(tmp_path: Path) -> None:
    far = {"kind": "far", "way": "sea", "list": [1, "u"], "x-a": 2}
    one, two = call("POST", "/a", 200, far), call("POST", "/a", 200, {"kind": "near", "other": None})
    one = replace(one, answer_headers=(("X-Always", "1"), ("x-kind", "q")))
    found = report(tmp_path, one, two, description=CONDITIONS)
    assert sums(found) == {
        "operation": (1, 1),
        "status": (1, 1),
        "media-type": (1, 1),
        "header": (3, 3),
        "branch": (2, 2),
        "enum": (4, 8),
        "null": (1, 1),
    }
    assert {point.what for point in found.missed()} == {
        'response: 200 header X-Kind is "p"',
        'request: way is "air"',
        'request: *[] is "v"',
        "request: * is 1",
    }
