"""A server and the clients of a description that is short, which call it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from upstreams.pool import alone
from upstreams.server import Server, clients

from pymacaron import ApiPool
from pymacaron.client import connections
from pymacaron.client.loading import load_clients

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /pets:
    get:
      operationId: list_pets
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses:
        "200":
          description: ""
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
    post:
      operationId: add_pet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "201": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        default: {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  /pets/{number}:
    get:
      operationId: shop.api.get_pet
      parameters:
        - {name: number, in: path, required: true, schema: {type: integer}}
        - {name: X-Lang, in: header, schema: {type: string}}
      responses:
        "200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        default: {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
    put:
      operationId: shop.api.change_pet
      x-bind-client: replace_pet
      parameters: [{name: number, in: path, required: true, schema: {type: integer}}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "200": {description: ""}
  /orders:
    post:
      operationId: order
      parameters: [{name: Idempotency-Key, in: header, required: true, schema: {type: string}}]
      responses: {"200": {description: ""}}
  /bookings:
    post:
      operationId: book
      x-idempotency: required
      responses: {"200": {description: ""}}
  /mine:
    get:
      operationId: mine
      x-decorate-request: pymacaron.auth.add_auth
      responses: {"200": {description: ""}}
  /photo:
    get:
      operationId: photo
      responses:
        "200": {description: "", content: {application/octet-stream: {schema: {type: string, format: binary}}}}
    post:
      operationId: add_photo
      requestBody: {content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {"200": {description: ""}}
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string}, number: {type: integer}}
    Error:
      type: object
      required: [status, error, error_description]
      properties:
        status: {type: integer}
        error: {type: string}
        error_description: {type: string}
        error_id: {type: string}
"""


@pytest.fixture(autouse=True)
def _clean(own_config: None) -> Iterator[None]:
    """A config, apis and connections of the test's own, whatever tests of other rooms have left."""
    with alone():
        yield
        connections.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def shop(tmp_path: Path, server: Server) -> Any:
    """The clients of SHOP, at *server*, which wait for nothing between attempts."""
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    load_clients(tmp_path, ["shop"])
    return clients(ApiPool.shop.clients, url=server.url)
