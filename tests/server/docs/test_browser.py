"""The pages of /doc in Chromium: what a person does there, and that nothing leaves the machine meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import socket
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
    <img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" onerror="window.ran = 1">
    <video src="https://pictures.example/film.mp4"></video>
  contact: {name: Ali, email: ali@example.com}
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
      security: [{bearer: []}, {key: []}, {oauth: []}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
      responses:
        "201":
          description: The order
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
  /orders/mine:
    get:
      tags: [orders]
      operationId: myOrders
      security: [{basic: [], session: []}]
      parameters: [{name: shop, in: cookie, required: true, example: old, schema: {type: string}}]
      responses:
        "200":
          description: Whose
          headers: {X-Count: {schema: {type: integer}}}
          content: {application/json: {schema: {type: object}}}
  /orders/picture:
    get:
      tags: [orders]
      operationId: picture
      responses: {"200": {description: It, content: {image/png: {schema: {type: string, format: binary}}}}}
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
    basic: {type: http, scheme: basic}
    session: {type: apiKey, in: cookie, name: session}
    company: {type: openIdConnect, openIdConnectUrl: "https://login.example/.well-known/openid-configuration"}
    oauth:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: http://127.0.0.1:AUTHORIZATION_PORT/authorize
          tokenUrl: http://127.0.0.1:AUTHORIZATION_PORT/token
          scopes: {}
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
from pathlib import Path

import pymacaron
from flask import Flask, Response
from pymacaron import API, letsgo
from pymacaron.auth import get_userid

app = Flask(__name__)
ICON = Path(pymacaron.__file__).parent / "server" / "docs" / "files" / "swagger-ui" / "favicon-32x32.png"


class Below:
    # As a proxy does that serves all of this below /prefix as well, and says so to nobody
    def __init__(self, inner):
        self.inner = inner

    def __call__(self, environ, start_response):
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/prefix")
        return self.inner(environ, start_response)


app.wsgi_app = Below(app.wsgi_app)
HANDLERS = {
    "listOrders": lambda limit=None: [],
    "addOrder": lambda order: (order, 201),
    "dropOrder": lambda id: ("", 204),
    "myOrders": lambda shop=None: {"whose": get_userid(), "shop": shop},
    "picture": lambda: Response(ICON.read_bytes(), mimetype="image/png"),
}


def start(port=80, debug=False):
    authenticators = {
        "key": lambda key, scopes: {"sub": "ali"} if key == "sesame" else None,
        "basic": lambda given, scopes: {"sub": ":".join(given)},
        "session": lambda key, scopes: {} if key == "s1" else None,
    }
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
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]  # for the server where OAuth2 gets the token
    (folder / "apis" / "shop.yaml").write_text(SHOP.replace("AUTHORIZATION_PORT", str(port)))
    (folder / "server.py").write_text(SERVER)
    (folder / "pym-config.yaml").write_text(CONFIG)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with run_service("gunicorn", folder, folder / "log") as shop:
        token = shop.run("-c", "from pymacaron.auth import generate_token; print(generate_token('u1'))")
        address = f"http://127.0.0.1:{shop.port}/doc/shop"
        done = subprocess.run(
            ["node", "visit.js", executable, address, token, str(PICTURES), str(port)],
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
    stopped = {"img-src https://pictures.example/logo.png", "media-src https://pictures.example/film.mp4"}
    assert set(seen["violations"]) == {*stopped, "script-src-attr inline"}
    known = ("https://pictures.example/", "inline event handler", "Loading the image 'blob:")
    assert [told for told in seen["complaints"] if not any(one in told for one in known)] == []
    assert not seen["ran"]


def test_the_index_lists_the_apis(seen: dict[str, Any]) -> None:
    assert "Shop 1.0.0 5 operations" in " ".join(seen["index"].split())


def test_every_response_and_error_of_an_operation_is_shown(seen: dict[str, Any]) -> None:
    assert seen["statuses"] == ["Code", "201", "400", "401", "413", "415", "500"]


def test_the_page_of_errors_says_which_operations_give_each(seen: dict[str, Any]) -> None:
    told = " ".join(seen["errors"].split())
    assert "UNSUPPORTED_MEDIA_TYPE 415 The body's Content-Type is none that the operation reads 1 operation" in told
    assert "shop POST /v1/orders" in told


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


def test_a_password_may_be_of_any_letters_and_a_cookie_is_there_for_its_request_alone(seen: dict[str, Any]) -> None:
    assert '"whose": "ü:☕"' in seen["mine"]
    assert '"shop": "old"' in seen["mine"]
    assert seen["cookies"] == ""


def test_an_image_that_is_answered_is_shown(seen: dict[str, Any]) -> None:
    assert seen["picture"] == 32


def test_a_token_is_fetched_where_the_description_says(seen: dict[str, Any]) -> None:
    assert seen["fetched"] == ["GET /authorize", "POST /token"]
    assert '"customer": "c1"' in seen["below"]


def test_below_a_prefix_that_the_service_knows_nothing_of_operations_are_tried_out_there(seen: dict[str, Any]) -> None:
    assert seen["called"].endswith("/prefix/v1/orders")


def test_a_token_of_openid_connect_can_be_entered(seen: dict[str, Any]) -> None:
    assert [kind for kind in seen["schemes"] if kind.startswith("company")] == ["company (http, Bearer)"]


def test_on_a_narrow_screen_the_page_is_as_wide_as_the_screen(seen: dict[str, Any]) -> None:
    assert seen["widths"] == [320, 320, 320]


def test_the_page_is_dark_where_the_system_is_or_somebody_asks_for_it(seen: dict[str, Any]) -> None:
    assert (seen["isDark"], seen["followsSystem"]) == (True, True)


@pytest.mark.parametrize(
    "state", ["index", "closed", "authorizing", "refused", "parameters", "dark", "headers", "narrow", "errors"]
)
def test_nothing_keeps_people_out(seen: dict[str, Any], state: str) -> None:
    assert seen["faults"][state] == []
