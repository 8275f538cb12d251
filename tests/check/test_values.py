"""Examples and defaults that do not fit their schemas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pymacaron.check import examples
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

Files = Callable[[dict[str, str]], None]
EMPTY = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths: {}\n"


def wrong(text: str) -> list[tuple[str, int, int, str]]:
    Path("shop.yaml").write_text(text, encoding="utf-8")
    api = load("shop.yaml")
    found = examples(api, Schemas(api))
    return sorted((one.code, one.line, one.column, one.fact) for one in found)


def test_examples_and_defaults_of_schemas_must_fit(files: Files) -> None:
    files({})
    text = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
components:
  schemas:
    Age: {type: integer, default: four, example: 4, examples: [1, five]}
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string}, age: {$ref: '#/components/schemas/Age'}}
      example: {name: Rex, age: old}
      default: {age: 3}
"""
    assert wrong(text) == [
        ("default-mismatch", 5, 35, "the default does not fit its schema: 'four' is not an integer"),
        ("default-mismatch", 11, 16, "the default does not fit its schema: /name is missing"),
        ("example-mismatch", 5, 67, "the example does not fit its schema: 'five' is not an integer"),
        ("example-mismatch", 10, 33, "the example does not fit its schema: /age 'old' is not an integer"),
    ]


def test_examples_of_parameters_headers_and_media_types_must_fit(files: Files) -> None:
    files({})
    text = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /pets:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer}, example: many}
        - {name: page, in: query, schema: {type: integer}, examples: {one: {value: 1}, two: {value: two}}}
      responses:
        "200":
          description: All pets
          headers: {X-Count: {schema: {type: integer}, example: many}}
          content:
            application/json:
              schema: {type: array, items: {type: string}}
              examples: {bad: {$ref: '#/components/examples/bad'}, far: {externalValue: far.json}}
            application/vnd.pet+json:
              schema: {type: array}
              example: '["Rex"]'
components:
  examples: {bad: {value: [Rex, 5]}}
"""
    assert wrong(text) == [
        ("example-mismatch", 7, 70, "the example does not fit its schema: 'many' is not an integer"),
        ("example-mismatch", 8, 101, "the example 'two' does not fit its schema: 'two' is not an integer"),
        ("example-mismatch", 12, 65, "the example does not fit its schema: 'many' is not an integer"),
        ("example-mismatch", 21, 33, "the example 'bad' does not fit its schema: /1 5 is not a string"),
    ]


def test_the_items_of_an_example_of_a_stream_must_fit(files: Files) -> None:
    files({})
    text = """\
openapi: 3.2.0
info: {title: Shop, version: 1.0.0}
paths:
  /pets:
    get:
      responses:
        "200":
          description: All pets
          content:
            application/jsonl:
              itemSchema: {type: integer}
              examples: {list: {dataValue: [1, two]}, text: {value: "1 2"}, one: {value: true}}
"""
    assert wrong(text) == [
        ("example-mismatch", 12, 48, "the example 'list' does not fit its schema: 'two' is not an integer"),
        ("example-mismatch", 12, 90, "the example 'one' does not fit its schema: true is not an integer"),
    ]


def test_examples_and_defaults_of_swagger_2_must_fit(files: Files) -> None:
    files({})
    text = """\
swagger: "2.0"
info: {title: Shop, version: 1.0.0}
paths:
  /pets:
    get:
      parameters:
        - {name: limit, in: query, type: integer, default: many}
      responses:
        "200":
          description: All pets
          schema: {type: array}
          examples: {application/json: {}, text/plain: some}
definitions:
  Age: {type: integer, example: old}
"""
    assert wrong(text) == [
        ("default-mismatch", 7, 60, "the default does not fit its schema: 'many' is not an integer"),
        ("example-mismatch", 12, 40, "the example does not fit its schema: an object is not an array"),
        ("example-mismatch", 14, 33, "the example does not fit its schema: 'old' is not an integer"),
    ]


def test_an_example_may_be_a_request_or_a_response(files: Files) -> None:
    files({})
    text = (
        EMPTY
        + """\
components:
  schemas:
    User:
      type: object
      required: [id, password]
      properties: {id: {type: integer, readOnly: true}, password: {type: string, writeOnly: true}}
      examples: [{id: 1}, {password: secret}, {}]
"""
    )
    assert [line for _, line, _, _ in wrong(text)] == [10]
