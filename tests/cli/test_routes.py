"""`pymacaron routes`: what it lists of a service and of descriptions, as a table and as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Command, Terminal

FEATURES = Path(__file__).resolve().parents[2] / "examples" / "features"
SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers: [{url: /v1}]
paths:
  /orders:
    get:
      operationId: shop.api.list_orders
      security: [{jwt: [read, write], key: []}, {}]
      responses:
        "200":
          description: All
          content: {application/json: {schema: {type: array}}, application/x-ndjson: {x-item-schema: {type: object}}}
        default: {description: Wrong, content: {application/problem+json: {schema: {type: object}}}}
    post:
      operationId: add_order
      x-bind-server: shop.api.add_order
      x-decorate-server: pymacaron.auth.requires_auth
      x-response-validation: strict
      requestBody:
        content: {multipart/form-data: {schema: {type: object}}, application/json: {schema: {type: object}}}
      responses: {"201": {description: Made}}
  /secret:
    get:
      operationId: shop.api.secret
      deprecated: true
      responses: {"204": {description: None}}
  /elsewhere:
    get: {x-no-bind-server: true, responses: {"204": {description: None}}}
components:
  securitySchemes:
    jwt: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {read: Read, write: Write}}}}
    key: {type: apiKey, in: header, name: X-Key}
"""
HANDLERS = """\
from pymacaron.auth import requires_auth
from pymacaron.crash import report_slow


def list_orders():
    return []


@report_slow(max_ms=250)
def add_order(body):
    return {}, 201


@report_slow(max_ms=0)
@requires_auth
def secret():
    return None, 204
"""
SERVER = """\
import os
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)
print("printed by server.py")


def start(port, debug):
    api = API(app, port=port, debug=debug, authenticators={"key": lambda key, scopes: True})
    api.load_apis(os.path.join(os.path.dirname(os.path.realpath(__file__)), "apis"))
    api.start(serve="shop")


letsgo(__name__, callback=start)
"""
CONFIG = """\
name: shop
live_host: https://shop.example.com
jwt_issuer: shop.example.com
jwt_audience: shop
jwt_secret: SHOP_SECRET
env_secrets: [SHOP_SECRET]
max_content_length: 5000000
report_call_exceeding_ms: 2000
"""
TABLE = """\
METHOD  PATH        OPERATION             HANDLER               AT              AUTH                           IN                         OUT             LIMITS
GET     /v1/orders  shop.api.list_orders  shop.api.list_orders  shop/api.py:5   jwt[read write] + key or none  -                          json, x-ndjson  -
POST    /v1/orders  add_order             shop.api.add_order    shop/api.py:9   requires_auth                  multipart/form-data, json  -               slow 250 ms, replies strict
GET     /v1/secret  shop.api.secret       shop.api.secret       shop/api.py:14  requires_auth                  -                          -               never slow

3 operations
limits of all: slow from 2000 ms on, bodies at most 5,000,000 bytes, form fields at most 500,000 bytes, forms at most 1,000 parts, replies that do not fit: report
"""  # noqa: E501
BLOCKS = """\
GET /v1/orders
    shop.api.list_orders  shop/api.py:5
    auth: jwt[read write] + key or none  out: json, x-ndjson
POST /v1/orders
    add_order  shop.api.add_order  shop/api.py:9
    auth: requires_auth  in: multipart/form-data, json  limits:
      slow 250 ms, replies strict
GET /v1/secret
    shop.api.secret  shop/api.py:14
    auth: requires_auth  limits: never slow

3 operations
"""


@pytest.fixture(autouse=True)
def service(tmp_path: Path) -> None:
    for name, text in {
        "apis/shop.yaml": SHOP,
        "shop/__init__.py": "",
        "shop/api.py": HANDLERS,
        "server.py": SERVER,
        "pym-config.yaml": CONFIG,
        ".env": "SHOP_SECRET='a secret of this test, of 32 bytes or more'\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)


def found(printed: str) -> dict[str, dict[str, Any]]:
    """dict: operationId -> what --json has of it."""
    return {one["operationId"]: one for one in json.loads(printed)["operations"]}


def test_a_server_is_imported_and_its_operations_stand_in_a_table(pymacaron: Command) -> None:
    done = pymacaron("routes")
    assert (done.returncode, done.stdout) == (0, TABLE)
    assert done.stderr == "printed by server.py\n"


def test_descriptions_give_the_same_without_a_server(pymacaron: Command) -> None:
    service, described = pymacaron("routes", "--json"), pymacaron("routes", "apis", "--json")
    assert (service.returncode, described.returncode) == (0, 0)
    assert json.loads(service.stdout) == json.loads(described.stdout)


def test_json_has_all_that_is_known_of_an_operation(pymacaron: Command) -> None:
    done = pymacaron("routes", "apis/shop.yaml", "--json")
    assert json.loads(done.stdout)["findings"] == []
    assert found(done.stdout)["add_order"] == {
        "api": "shop",
        "method": "POST",
        "path": "/v1/orders",
        "operationId": "add_order",
        "handler": "shop.api.add_order",
        "file": "shop/api.py",
        "line": 9,
        "security": [],
        "security_enforced": True,
        "requires_auth": True,
        "consumes": ["multipart/form-data", "application/json"],
        "produces": [],
        "limits": {
            "slow_ms": 250,
            "body_bytes": 5_000_000,
            "form_parts": 1000,
            "form_bytes": 500_000,
            "item_bytes": None,
            "response_validation": "strict",
            "response_sample": None,
        },
        "webhook": False,
        "deprecated": False,
        "extensions": {
            "x-bind-server": "shop.api.add_order",
            "x-decorate-server": "pymacaron.auth.requires_auth",
            "x-response-validation": "strict",
        },
    }
    assert found(done.stdout)["shop.api.list_orders"]["security"] == [{"jwt": ["read", "write"], "key": []}, {}]
    secret = found(done.stdout)["shop.api.secret"]
    assert (secret["requires_auth"], secret["deprecated"], secret["limits"]["slow_ms"]) == (True, True, 0)


def test_a_server_shows_webhooks_and_nothing_that_every_service_has(pymacaron: Command) -> None:
    done = pymacaron("routes", str(FEATURES / "server.py"), "--json", JWT_SECRET="x" * 32)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["operations"]
    assert {one["api"] for one in rows} == {"feeds", "legacy", "pets", "shop"}
    assert [(one["method"], one["path"]) for one in rows if one["webhook"]] == [("POST", "/hooks/order-paid")]


def test_settings_of_the_environment_count(pymacaron: Command) -> None:
    done = pymacaron("routes", "apis", "--json", PYM_SECURITY="off", PYM_IGNORE_BASE_PATH="on")
    orders = found(done.stdout)["shop.api.list_orders"]
    assert (orders["path"], orders["security_enforced"]) == ("/orders", False)


def test_a_scheme_that_is_off_is_not_listed(pymacaron: Command) -> None:
    done = pymacaron("routes", "apis", "--json", PYM_SECURITY="key=off")
    orders = found(done.stdout)["shop.api.list_orders"]
    assert (orders["security"], orders["security_enforced"]) == ([{"jwt": ["read", "write"]}, {}], True)


def test_a_narrow_terminal_gets_a_few_lines_for_each(on_terminal: Terminal) -> None:
    code, told = on_terminal(sys.executable, "-m", "pymacaron", "routes", "apis", columns=64, NO_COLOR="1")
    assert code == 0
    assert told.startswith(BLOCKS)
    assert all(len(line) <= 64 for line in told.splitlines())


def test_a_wide_terminal_gets_the_table_in_colours(on_terminal: Terminal) -> None:
    _, told = on_terminal(sys.executable, "-m", "pymacaron", "routes", "apis", columns=250)
    assert told.startswith("\x1b[1mMETHOD  PATH")
    assert "\n\x1b[36mPOST  \x1b[0m  /v1/orders  add_order" in told


def test_a_mistake_in_a_description_is_told_below_what_can_be_listed(tmp_path: Path, pymacaron: Command) -> None:
    (tmp_path / "apis/shop.yaml").write_text(SHOP.replace("shop.api.secret", "shop.api.secrt"))
    done = pymacaron("routes", "apis")
    assert done.returncode == 1
    assert "GET     /v1/secret  shop.api.secrt " in done.stdout
    assert "apis/shop.yaml:24:20: error[unbound]: operationId 'shop.api.secrt' names no function" in done.stderr
    assert "Did you mean 'shop.api.secret'?" in done.stderr
    as_json = pymacaron("routes", "apis", "--json")
    assert (as_json.returncode, as_json.stderr) == (1, "")
    assert [one["code"] for one in json.loads(as_json.stdout)["findings"]] == ["unbound"]
    assert found(as_json.stdout)["shop.api.secrt"]["file"] is None


def test_a_service_that_cannot_start_says_why_and_its_descriptions_are_listed(
    tmp_path: Path, pymacaron: Command
) -> None:
    (tmp_path / ".env").unlink()
    done = pymacaron("routes")
    assert done.returncode == 1
    assert "error[missing-secret]: SHOP_SECRET is not set" in done.stderr
    assert done.stderr.endswith("error: the service does not start: listed are the descriptions beside it\n")
    assert "POST    /v1/orders  add_order " in done.stdout
    (tmp_path / "server.py").write_text("1 +\n")
    broken = pymacaron("routes")
    assert broken.returncode == 1
    assert "error[module-syntax]" in broken.stderr
    assert "Traceback" not in broken.stderr
    assert "POST    /v1/orders  add_order " in broken.stdout


def test_a_description_of_others_is_listed_without_handlers(tmp_path: Path, pymacaron: Command) -> None:
    (tmp_path / "pym-config.yaml").unlink()
    (tmp_path / "books.yaml").write_text(
        "swagger: '2.0'\ninfo: {title: Books, version: '1'}\nbasePath: /b\nproduces: [application/xml]\n"
        "paths:\n  /books:\n    get:\n      operationId: books.list\n"
        "      responses: {200: {description: All, schema: {type: string}}}\n"
        "    put: {responses: {204: {description: None}}}\n"
    )
    done = pymacaron("routes", "books.yaml", "--json")
    rows = json.loads(done.stdout)["operations"]
    assert [(one["operationId"], one["handler"], one["file"]) for one in rows] == [
        ("books.list", "books.list", None),
        ("put_books", None, None),
    ]
    assert (done.returncode, rows[0]["produces"]) == (0, ["application/xml"])


def test_limits_and_idempotency_keys_stand_with_what_an_operation_says_itself(
    tmp_path: Path, pymacaron: Command
) -> None:
    said = "      x-rate-limit: [5/second, 1000/day]\n      x-idempotency: required\n      deprecated: true\n"
    (tmp_path / "apis/shop.yaml").write_text(SHOP.replace("      deprecated: true\n", said))
    [row] = [line for line in pymacaron("routes", "apis").stdout.splitlines() if "/v1/secret" in line]
    assert row.endswith(" 5/second, 1000/day, key required")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["servr.py"], 2, "Error: There is no file 'servr.py'.\n"),
        (["server.py", "apis"], 2, "Error: Name one server.py, or descriptions.\n"),
        (["nothing.yaml"], 1, "nothing.yaml: error[missing-file]: there is no such file"),
    ],
)
def test_what_is_not_there_is_said(arguments: list[str], code: int, told: str, pymacaron: Command) -> None:
    done = pymacaron("routes", *arguments)
    assert done.returncode == code
    assert told in done.stderr


@pytest.mark.parametrize("command", ["routes", "check"])
def test_threads_of_the_service_do_not_keep_a_command_from_its_end(
    command: str, tmp_path: Path, pymacaron: Command
) -> None:
    with (tmp_path / "shop" / "api.py").open("a") as file:
        file.write("\nimport threading\nthreading.Thread(target=lambda: threading.Event().wait()).start()\n")
    done = pymacaron(command)
    assert (done.returncode, done.stdout != "") == (0, True)


def test_check_takes_variables_of_the_file_as_well(tmp_path: Path, pymacaron: Command) -> None:
    assert pymacaron("check").returncode == 0
    (tmp_path / ".env").write_text("SHOP_SECRET\n")
    done = pymacaron("check")
    assert (done.returncode, done.stdout) == (1, "")
    assert ".env:1 is no line KEY=VALUE" in done.stderr
    (tmp_path / ".env").unlink()
    assert "SHOP_SECRET is not set" in pymacaron("check").stdout
