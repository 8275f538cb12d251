"""One api, written in each version of the format: no change, whichever is compared with whichever."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from pymacaron.changes import changes
from pymacaron.spec.load import load

VERSIONS = {
    "2.0": """
swagger: "2.0"
info: {title: Shop, version: "1"}
host: shop.example.com
basePath: /v1
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  basic: {type: basic}
  key: {type: apiKey, in: header, name: X-Key}
security: [{basic: []}]
paths:
  /pets/{id}:
    put:
      operationId: put_pet
      parameters:
        - {name: id, in: path, required: true, type: integer, format: int64}
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: pet, in: body, required: true, schema: {$ref: "#/definitions/Pet"}}
      responses:
        200: {description: ok, schema: {$ref: "#/definitions/Pet"}, headers: {X-Left: {type: integer}}}
definitions:
  Pet:
    type: object
    required: [name]
    properties:
      name: {type: string, x-nullable: true, maxLength: 9}
      price: {type: number, minimum: 0, exclusiveMinimum: true}
      parts: {type: array, items: {$ref: "#/definitions/Pet"}}
""",
    "3.0": """
openapi: 3.0.4
info: {title: Shop, version: "1"}
servers: [{url: "https://{host}/v1", variables: {host: {default: shop.example.com}}}]
paths:
  /pets/{pet_id}:
    put:
      operationId: put_pet
      security: [{plain: []}]
      parameters:
        - {name: pet_id, in: path, required: true, schema: {type: integer, format: int64}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "200":
          description: ok
          headers: {x-left: {schema: {type: integer}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
components:
  securitySchemes: {plain: {type: http, scheme: basic}}
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        name: {type: string, nullable: true, maxLength: 9}
        price: {type: number, minimum: 0, exclusiveMinimum: true}
        parts: {type: array, items: {$ref: "#/components/schemas/Pet"}}
""".replace("pet_id", "id"),
    "3.1": """
openapi: 3.1.1
info: {title: Shop, version: "1"}
servers: [{url: "https://shop.example.com"}]
paths:
  /v1/pets/{id}:
    parameters: [{$ref: "#/components/parameters/id"}]
    put:
      operationId: put_pet
      security: [{plain: []}]
      parameters: [{name: tags, in: query, style: form, explode: true, schema: {type: array, items: {type: string}}}]
      requestBody: {$ref: "#/components/requestBodies/Pet"}
      responses:
        "200":
          description: ok
          headers: {X-Left: {schema: {type: integer}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
components:
  securitySchemes: {plain: {type: http, scheme: Basic}}
  parameters: {id: {name: id, in: path, required: true, schema: {type: integer, format: int64}}}
  requestBodies: {Pet: {required: true, content: {Application/JSON: {schema: {$ref: "#/components/schemas/Pet"}}}}}
  schemas:
    Pet:
      allOf: [{$ref: "#/components/schemas/Named"}]
      properties:
        price: {type: number, exclusiveMinimum: 0}
        parts: {type: array, items: {$ref: "#/components/schemas/Pet"}}
    Named:
      type: object
      required: [name]
      properties:
        name: {anyOf: [{type: string, maxLength: 9}, {type: "null"}]}
""",
}


@pytest.mark.parametrize(("old", "new"), list(permutations(VERSIONS, 2)))
def test_an_api_that_is_written_in_another_version_has_not_changed(old: str, new: str, tmp_path: Path) -> None:
    apis = []
    for version in (old, new):
        (tmp_path / version).mkdir()
        file = tmp_path / version / "shop.yaml"
        file.write_text(VERSIONS[version], encoding="utf-8")
        apis.append(load(file))
    assert [one for api in apis for one in api.findings if one.severity == "error"] == []
    assert changes(*apis) == []
