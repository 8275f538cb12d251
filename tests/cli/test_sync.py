"""`pymacaron sync`: what it adds to a service, what it says, and that all else stays as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pymacaron.cli.described import described
from pymacaron.cli.sync import write
from pymacaron.scaffold.growth import grown

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders:
    get:
      operationId: shop.api.list_orders
      responses: {"200": {description: All}}
"""
MORE = """\
  /orders/{id}:
    delete:
      operationId: shop.api.cancel_order
      summary: Cancel it
      parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
      responses:
        "200":
          description: The order
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}, example: {id: 7}}}
  /stock:
    get:
      operationId: getStock
      responses: {"200": {description: All, content: {application/json: {schema: {type: integer, example: 3}}}}}
components:
  schemas:
    Order: {type: object, properties: {id: {type: integer}}}
"""
API = '''\
"""Handlers."""


def list_orders():
    return  {"odd" :   'formatting'}
'''
SERVER = """\
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def start(port, debug):
    api = API(app, port=port, debug=debug)
    api.load_apis("apis")
    api.start(serve="shop")


letsgo(__name__, callback=start)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A service whose description has two operations that nothing answers."""
    (tmp_path / "apis").mkdir()
    (tmp_path / "shop").mkdir()
    (tmp_path / "apis/shop.yaml").write_text(SHOP + MORE)
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/api.py").write_text(API)
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "pym-config.yaml").write_text("name: shop\n")
    return tmp_path


def files(folder: Path) -> dict[str, str]:
    paths = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


def test_what_is_missing_is_added_and_nothing_else_changes(shop: Path, pymacaron: Any) -> None:
    before = files(shop)
    done = pymacaron("sync")
    assert (done.returncode, done.stderr, done.stdout) == (
        0,
        "",
        "shop/api.py: added cancel_order  DELETE /orders/{id}\nshop/api.py: added getStock  GET /stock\n",
    )
    after = files(shop)
    assert {name for name in after if after[name] != before.get(name)} == {
        "apis/shop.yaml",
        "shop/api.py",
        "shop/apis.py",
        "shop/apis.pyi",
    }
    assert after["apis/shop.yaml"] == before["apis/shop.yaml"].replace(
        "      operationId: getStock", "      x-bind-server: shop.api.getStock\n      operationId: getStock"
    )
    assert after["shop/api.py"] == (
        '"""Handlers."""\n\nfrom uuid import UUID\n\n'
        "from pymacaron import example\n\nfrom shop.apis import shop as api\n"
        + API.removeprefix('"""Handlers."""\n')
        + '\n\ndef cancel_order(*, id: UUID) -> api.model.Order:\n    """DELETE /orders/{id}: Cancel it"""\n'
        '    return example()\n\n\ndef getStock() -> int:\n    """GET /stock"""\n    return example()\n'
    )


def test_then_the_service_answers_and_there_is_nothing_left_to_do(shop: Path, pymacaron: Any, start: Any) -> None:
    assert pymacaron("sync").returncode == 0
    before = files(shop)
    done = pymacaron("sync")
    assert (done.returncode, done.stdout) == (0, "every operation of shop has its handler\n")
    assert (pymacaron("sync", "--check").returncode, files(shop)) == (0, before)
    with start("werkzeug", shop) as service:
        assert service.call("DELETE", "/orders/0b4f3a52-7c1e-4d7e-9a55-2f7d1c9e8a10").json == {"id": 7}
        assert service.get("/stock").json == 3


def test_check_tells_what_is_missing_and_writes_nothing(shop: Path, pymacaron: Any) -> None:
    before = files(shop)
    done = pymacaron("sync", "--check")
    assert (done.returncode, done.stdout, files(shop)) == (1, "", before)
    assert (
        "apis/shop.yaml:9:5: error[no-handler]: DELETE /orders/{id} has no handler 'shop.api.cancel_order' yet\n"
        in (done.stderr)
    )
    assert done.stderr.count("Run: pymacaron sync") == 2


def test_a_new_version_of_the_description_is_bound_to_the_functions_that_are_there(shop: Path, pymacaron: Any) -> None:
    assert pymacaron("sync").returncode == 0
    (shop / "apis/shop.yaml").write_text(SHOP + MORE)
    before = files(shop)["shop/api.py"]
    done = pymacaron("sync")
    assert (done.returncode, done.stdout) == (0, "shop/api.py: bound getStock  GET /stock\n")
    assert files(shop)["shop/api.py"] == before


def test_files_keep_their_modes_links_stay_links_and_what_lies_beside_them_is_left_alone(
    shop: Path, pymacaron: Any
) -> None:
    (shop / "real").mkdir()
    (shop / "shop/api.py").rename(shop / "real/handlers.py")
    (shop / "real/handlers.py").chmod(0o640)
    (shop / "shop/api.py").symlink_to("../real/handlers.py")
    for name in (".handlers.py.new", "handlers.py~"):
        (shop / "real" / name).write_text("mine\n")
    assert pymacaron("sync").returncode == 0
    assert (shop / "shop/api.py").readlink() == Path("../real/handlers.py")
    assert "def getStock()" in (shop / "real/handlers.py").read_text()
    assert (shop / "real/handlers.py").stat().st_mode & 0o777 == 0o640
    assert {path.name: path.read_text() for path in (shop / "real").iterdir() if path.name != "handlers.py"} == {
        ".handlers.py.new": "mine\n",
        "handlers.py~": "mine\n",
    }


@pytest.mark.parametrize("command", ["sync", "stubs"])
def test_what_cannot_be_read_or_written_is_told_and_nothing_is_written(
    shop: Path, pymacaron: Any, command: str
) -> None:
    (shop / "shop/apis.pyi").mkdir()
    before = files(shop)
    done = pymacaron(command)
    assert (done.returncode, done.stderr) == (1, "error: shop/apis.pyi: Is a directory\n")
    assert files(shop) == before


def test_a_file_that_was_saved_meanwhile_is_not_overwritten(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop)
    service = described(())
    growth = grown(service.apis, service.root, {"shop": "shop.api"}, "shop.apis")
    (shop / "shop/api.py").write_text(f"{API}\n\nsaved = True\n")
    before = files(shop)
    with pytest.raises(SystemExit, match="1"):
        write(service, growth, Path("shop/apis.py"))
    assert files(shop) == before
    assert "nothing was written: shop/api.py was changed meanwhile. Run it again" in capsys.readouterr().err


def test_apis_that_are_called_and_not_served_are_left_alone(shop: Path, pymacaron: Any) -> None:
    (shop / "apis/bank.json").write_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "Bank", "version": "1"},
                "paths": {"/pay": {"post": {"responses": {"200": {"description": "Paid"}}}}},
            }
        )
    )
    before = files(shop)["apis/bank.json"]
    assert "/pay" not in pymacaron("sync").stdout
    assert files(shop)["apis/bank.json"] == before
    assert "bank = ApiPool.bank" in files(shop)["shop/apis.py"]


def test_handlers_go_where_others_of_their_api_are(shop: Path, pymacaron: Any) -> None:
    paths = {"/pay": {"get": {"operationId": "shop.bank.pay"}, "post": {}}}
    for method in ("get", "post"):
        paths["/pay"][method]["responses"] = {"200": {"description": "Paid"}}  # type: ignore[assignment]
    bank = {"openapi": "3.1.0", "info": {"title": "Bank", "version": "1"}, "paths": paths}
    (shop / "apis/bank.json").write_text(json.dumps(bank))
    (shop / "shop/bank.py").write_text("def pay(): ...\n")
    (shop / "server.py").write_text(SERVER.replace('serve="shop"', 'serve=["bank", "shop"]'))
    assert pymacaron("sync").stdout.splitlines() == [
        "shop/bank.py: added post_pay  POST /pay",
        "shop/api.py: added cancel_order  DELETE /orders/{id}",
        "shop/api.py: added getStock  GET /stock",
    ]


def test_the_module_of_new_handlers_can_be_named(shop: Path, pymacaron: Any) -> None:
    done = pymacaron("sync", "apis/shop.yaml", "--module", "shop.stock.api")
    assert done.stdout.splitlines()[1] == "shop/stock/api.py: added getStock  GET /stock"
    assert {"shop/stock/__init__.py", "shop/stock/api.py"} <= files(shop).keys()


@pytest.mark.parametrize(
    ("changes", "arguments", "code", "told"),
    [
        ({"server.py": "app = 1\n", "apis/two.yaml": SHOP}, (), 2, "Which of these apis is served is not clear"),
        ({"server.py": "start(serve='old')\n"}, (), 2, "server.py serves 'old', and no description here is called so"),
        ({}, ("--module", "api"), 2, "'api' is no module of a package, such as shop.api"),
        ({}, ("--module", "shop.a-b"), 2, "'shop.a-b' is no module of a package"),
        ({"shop/api.py": "def f(:\n"}, (), 1, "shop/api.py:1:7: error[module-import]: it is no Python"),
        ({"shop/apis.py": "mine = 1\n"}, (), 2, "shop/apis.py was not written by `pymacaron stubs`"),
        ({"apis/shop.yaml": "openapi: 3.1.0\n"}, (), 1, "apis/shop.yaml:1:1: error["),
        ({}, ("apis/none.yaml",), 1, "apis/none.yaml: error[missing-file]"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(
    shop: Path, pymacaron: Any, changes: dict[str, str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    for name, text in changes.items():
        (shop / name).write_text(text)
    before = files(shop)
    done = pymacaron("sync", *arguments)
    assert (done.returncode, files(shop)) == (code, before)
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_what_it_writes_passes_mypy_and_ruff(shop: Path, pymacaron: Any) -> None:
    (shop / "shop/api.py").write_text(API.replace("def list_orders():", "def list_orders() -> dict[str, str]:"))
    assert pymacaron("sync").returncode == 0
    (shop / "shop/api.py").write_text(
        (shop / "shop/api.py").read_text().replace("  {\"odd\" :   'formatting'}", ' {"a": "b"}')
    )
    for command in (
        ("mypy", "--strict", "shop"),
        ("ruff", "format", "--isolated", "--line-length", "120", "--check", "shop/api.py"),
        ("ruff", "check", "--isolated", "--select", "E,F,W,I,UP,RUF", "--line-length", "120", "shop/api.py"),
    ):
        done = subprocess.run([sys.executable, "-m", *command], cwd=shop, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
