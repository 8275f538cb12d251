"""What contract tests are told on a command line, and how they end."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pymacaron.cli.contract import contract

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /pets: {get: {operationId: list_pets, responses: {"200": {description: All}}}}
"""


@pytest.fixture(autouse=True)
def _in_a_service(own_config: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text(SHOP, encoding="utf-8")


def called(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(contract, arguments, prog_name="pymacaron test")
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--budget", "many"], "'many' is no budget. Write examples per operation, a time, or both: 25, 60s, 25,5m"),
        (["--credential", "hunter2"], "this says nothing of a security scheme. Write it as NAME=VALUE."),
        (["--seed", "x"], "'x' is not a valid integer"),
    ],
)
def test_a_wrong_option_is_told_and_ends_with_2(arguments: list[str], expected: str) -> None:
    code, output = called(*arguments)
    assert code == 2
    assert expected in " ".join(output.split())
    assert "hunter2" not in output


def test_a_service_that_does_not_answer_ends_with_3() -> None:
    code, output = called("--port", "1")
    assert code == 3
    assert "http://127.0.0.1:1 does not answer" in output


def test_a_description_with_errors_ends_with_2(serving: Any) -> None:
    Path("apis/shop.yaml").write_text(SHOP.replace("paths", "pats"), encoding="utf-8")
    code, output = called("--port", str(serving))
    assert code == 2
    assert "apis/shop.yaml" in output


def test_an_operation_that_is_not_there_ends_with_2(serving: Any) -> None:
    code, output = called("--port", str(serving), "--operation", "list_pet")
    assert code == 2
    assert "There is no operation 'list_pet'. Did you mean 'list_pets'?" in output


def test_breaches_end_with_1_and_are_written(serving: Any) -> None:
    arguments = ["--budget", "1", "--seed", "1", "--safe", "--junit", "out.xml", "--json", "out.json"]
    code, output = called("--port", str(serving), *arguments)
    assert code == 1
    assert "apis/shop.yaml:5:41: breach[undeclared-status]: GET /pets answers 404, and declares 200" in output
    assert "1 example per operation, seed 1, only what is safe" in output
    assert [one["code"] for one in json.loads(Path("out.json").read_text())["breaches"]] == ["undeclared-status"]
    assert 'failures="1"' in Path("out.xml").read_text()


@pytest.fixture
def serving() -> Any:
    """The port of a server that answers 404, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Tests print nothing."""

        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_OPTIONS = do_HEAD = do_GET

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield http.server_address[1]
        http.shutdown()
        thread.join()


def test_the_command_that_makes_the_same_calls_is_told(serving: Any) -> None:
    arguments = [
        "--port",
        str(serving),
        "--budget",
        "1,60s",
        "--safe",
        "--operation",
        "GET /pets",
        "--json",
        "out.json",
    ]
    code, output = called(*arguments, "--credential", "key=hunter2")
    assert code == 1
    seed = json.loads(Path("out.json").read_text())["seed"]
    again = f"pymacaron test --port {serving} --budget 1,60s --safe --operation 'GET /pets' --credential key=..."
    assert f"\nThe same calls: {again} --seed {seed}\n1 breach of the contract\n" in output
    assert "hunter2" not in output
    done = [
        CliRunner().invoke(contract, ["--port", str(serving), "--budget", "1", "--safe", "--seed", str(seed)])
        for _ in range(2)
    ]
    told = [re.sub(r"in [0-9.]+ s", "", one.stdout) for one in done]
    assert told[0] == told[1]


def test_a_live_service_is_called_safely_wherever_it_is(serving: Any) -> None:
    Path("pym-config.yaml").write_text(f"name: shop\nlive_url: http://127.0.0.1:{serving}\n", encoding="utf-8")
    code, output = called("--live", "--budget", "1", "--seed", "1")
    assert code == 1
    assert "seed 1, only what is safe" in output
