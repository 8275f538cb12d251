"""The pages of /doc in Chromium: what a person does there, and that nothing leaves the machine meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
BROWSER = Path(__file__).parent / "browser"
#: Where pictures of the pages are kept, and what was seen
PICTURES = ROOT / "build" / "docs"

SHOP = """
openapi: 3.1.0
info:
  title: Shop
  version: 1.0.0
  description: |
    Orders of a shop, by `curl` or here. ![A picture](https://pictures.example/logo.png)
servers: [{url: /v1}]
tags: [{name: orders, description: What customers want}]
paths:
  /orders:
    get:
      tags: [orders]
      operationId: listOrders
      summary: All orders
      parameters:
        - {name: limit, in: query, description: At most so many, schema: {type: integer, maximum: 100}}
      responses:
        "200":
          description: The orders
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Order"}}}}
    post:
      tags: [orders]
      operationId: addOrder
      summary: Add an order
      security: [{bearer: []}, {key: []}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
      responses:
        "201":
          description: The order
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
  /orders/{id}:
    delete:
      tags: [orders]
      operationId: dropOrder
      deprecated: true
      summary: Drop an order
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: It is gone}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer, bearerFormat: JWT}
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Order:
      type: object
      required: [customer, lines]
      properties:
        customer: {type: string, examples: [c1]}
        lines:
          type: array
          items: {type: object, required: [qty], properties: {qty: {type: integer, minimum: 1}}}
"""

SERVER = """
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)
HANDLERS = {
    "listOrders": lambda limit=None: [],
    "addOrder": lambda order: (order, 201),
    "dropOrder": lambda id: ("", 204),
}


def start(port=80, debug=False):
    authenticators = {"key": lambda key, scopes: {"sub": "ali"} if key == "sesame" else None}
    api = API(app, port=port, debug=debug, authenticators=authenticators, resolver=lambda one: HANDLERS.get(one.id))
    api.load_apis("apis")
    api.publish_apis()
    api.start(serve="shop")


letsgo(__name__, callback=start)
"""

CONFIG = """
name: shop
live_host: http://127.0.0.1
jwt_issuer: shop.example
jwt_audience: shop
jwt_secret: JWT_SECRET
env_secrets: [JWT_SECRET]
"""


def chromium() -> str:
    """Where Chromium is. Skips where something is missing; fails in CI. `make browser` installs it all."""
    found = shutil.which("chromium")
    missing = [name for name in ("node", "chromium") if shutil.which(name) is None]
    if not (BROWSER / "node_modules" / "playwright-core").exists():
        missing.append("playwright-core")
    if missing:
        reason = f"{', '.join(missing)} not here: make browser"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def seen(run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What browser/visit.js saw on the pages of the shop."""
    executable = chromium()
    folder = tmp_path_factory.mktemp("shop")
    (folder / "apis").mkdir()
    (folder / "apis" / "shop.yaml").write_text(SHOP)
    (folder / "server.py").write_text(SERVER)
    (folder / "pym-config.yaml").write_text(CONFIG)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with run_service("gunicorn", folder, folder / "log") as shop:
        token = shop.run("-c", "from pymacaron.auth import generate_token; print(generate_token('u1'))")
        address = f"http://127.0.0.1:{shop.port}/doc/shop"
        done = subprocess.run(
            ["node", "visit.js", executable, address, token, str(PICTURES)],
            cwd=BROWSER,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    (PICTURES / "seen.json").write_text(done.stdout)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nothing_leaves_the_machine(seen: dict[str, Any]) -> None:
    assert seen["elsewhere"] == []


def test_the_policy_stops_only_what_the_description_shows_from_elsewhere(seen: dict[str, Any]) -> None:
    assert set(seen["violations"]) == {"img-src https://pictures.example/logo.png"}
    assert [told for told in seen["complaints"] if "https://pictures.example/logo.png" not in told] == []


def test_the_index_lists_the_apis(seen: dict[str, Any]) -> None:
    assert "Shop 1.0.0 3 operations" in " ".join(seen["index"].split())


def test_every_response_and_error_of_an_operation_is_shown(seen: dict[str, Any]) -> None:
    assert seen["statuses"] == ["Code", "201", "400", "401", "500"]


def test_an_operation_that_is_opened_is_in_the_address(seen: dict[str, Any]) -> None:
    assert seen["opened"] == "#/orders/listOrders"


def test_an_operation_is_tried_out_with_a_token(seen: dict[str, Any]) -> None:
    assert "AUTHORIZATION_HEADER_MISSING" in seen["unauthorized"]
    assert '"customer": "c1"' in seen["added"]


def test_a_violation_is_shown_where_it_is(seen: dict[str, Any]) -> None:
    assert "INVALID_PARAMETER" in seen["refused"]
    assert '"pointer": "/customer"' in seen["refused"]
    assert '"pointer": "/lines/0/qty"' in seen["refused"]


def test_a_token_is_kept_for_the_session_of_the_browser_alone(seen: dict[str, Any]) -> None:
    assert '"customer": "c1"' in seen["again"]
    assert seen["stored"] == 0


def test_the_page_is_dark_where_the_system_is_or_somebody_asks_for_it(seen: dict[str, Any]) -> None:
    assert (seen["isDark"], seen["followsSystem"]) == (True, True)


@pytest.mark.parametrize("state", ["index", "closed", "authorizing", "refused", "parameters", "dark"])
def test_nothing_keeps_people_out(seen: dict[str, Any], state: str) -> None:
    assert seen["faults"][state] == []
