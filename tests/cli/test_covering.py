"""`pymacaron test --coverage`: with --loop, with --contract, and what does not get into what is written."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pymacaron.testing.contract import Budget, Options, run
from pymacaron.testing.reached import Target

from .conftest import Command
from .test_test import interrupted

CONFIG = "name: shop\n"
SHOP = """\
openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /pets:
    get: {operationId: list_pets, responses: {"200": {description: All}}}
    delete: {operationId: no_pets, responses: {"204": {description: None}}}
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Of a service that answers 404 to all but /ping. After 200 calls there is the file `reached`."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Tests print nothing."""

        def answer(self) -> None:
            paths.append(self.path)
            if len(paths) == 200:
                (tmp_path / "reached").touch()
            self.send_response(200 if self.path == "/ping" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = do_TRACE = answer

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield http.server_address[1]
        http.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def service(tmp_path: Path) -> Path:
    (tmp_path / "pym-config.yaml").write_text(CONFIG)
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text(SHOP)
    (tmp_path / "testaccept").mkdir()
    return tmp_path


def written(folder: Path, *lines: str) -> None:
    """The one test of the service."""
    body = "".join(f"    {line}\n" for line in lines)
    imports = "import http.client, os, time\n"
    (folder / "testaccept" / "test_it.py").write_text(f"{imports}def test_it(server):\n{body}")


CALL = (
    "connection = http.client.HTTPConnection(server.host, server.port, timeout=20)",
    "connection.request('GET', '/pets?access_token=a0secret&key=b0', headers={'Authorization': 'Bearer c0secret'})",
    "connection.getresponse().read()",
    "connection.close()",
)


def test_what_a_loop_has_reached_is_told_when_it_is_stopped(service: Path, port: int) -> None:
    runs = ("file = open('runs', 'a'); file.write('x'); file.flush()",)
    end = ("if file.tell() == 3:", "    open('reached', 'w').close(); time.sleep(600)")
    written(service, *CALL, *runs, *end)
    options = ("--host", "127.0.0.1", "--port", str(port), "--loop", "--coverage-json", "c.json", "--fail-under", "90")
    code, told, said = interrupted(service, signal.SIGINT, *options, "--", "-q")
    assert (code, said.splitlines()[-1]) == (1, "2 runs: 2 passed, 0 failed")
    assert "coverage is 25.0 %, and 90 % is wanted: 1 of 4 reached" in told
    assert json.loads((service / "c.json").read_text())["calls"] == 3


def test_no_secret_is_written(pymacaron: Command, service: Path, port: int) -> None:
    written(
        service,
        *CALL,
        "connection.request('GET', '/reset/' + 'd0secret' * 5, headers={'Cookie': 'session=e0secret'})",
        "connection.getresponse().read()",
    )
    files = ("--coverage", "--coverage-json", "c.json", "--coverage-html", "c.html")
    done = pymacaron("test", "--host", "127.0.0.1", "--port", str(port), *files)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout + done.stderr + (service / "c.json").read_text() + (service / "c.html").read_text()
    assert "GET /reset/***: 404, 1 call" in done.stdout
    assert [secret for secret in ("a0secret", "b0", "c0secret", "d0secret", "e0secret") if secret in told] == []


def test_the_contract_is_tested_with_coverage(pymacaron: Command, service: Path, port: int) -> None:
    options = ("--contract", "--budget", "1", "--seed", "1", "--coverage", "--fail-under", "50")
    done = pymacaron("test", "--host", "127.0.0.1", "--port", str(port), *options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "breach[undeclared-status]: GET /pets answers 404, and declares 200" in done.stdout
    assert f"curl -i http://127.0.0.1:{port}/pets" in done.stdout  # not at the proxy, which is gone
    assert "operations               2 of 2      100.0 %" in done.stdout


def test_a_service_elsewhere_is_not_here_because_a_proxy_is(
    own_config: None, service: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(service)
    between = Target("127.0.0.1", port, behind=Target("shop.example.com", 443, "https"))
    found = run(between, [service / "apis"], Options(1, Budget(1), None))
    assert (found.is_safe, found.url) == (True, "https://shop.example.com")
    assert [one.called for one in found.tested] == ["GET /pets"]


@pytest.mark.parametrize(("percent", "said"), [("nan", "is no number"), ("101", "0<=x<=100"), ("-1", "0<=x<=100")])
def test_what_is_no_percentage_is_a_wrong_usage(pymacaron: Command, percent: str, said: str) -> None:
    done = pymacaron("test", "--fail-under", percent)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_without_a_description_there_is_nothing_to_cover(pymacaron: Command, service: Path) -> None:
    (service / "apis" / "shop.yaml").unlink()
    written(service, "pass")
    done = pymacaron("test", "--coverage")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_a_contract_that_is_stopped_tells_what_was_found_and_reached(service: Path, port: int) -> None:
    options = ("--contract", "--coverage", "--json", "new/out.json", "--budget", "10m", "--host", "127.0.0.1")
    code, told, said = interrupted(service, signal.SIGINT, *options, "--port", str(port))
    assert (code, "Traceback" in told + said) == (130, False)
    assert "breach[undeclared-status]: GET /pets answers 404" in told
    assert "Stopped: there may be more than was found until then" in told.splitlines()
    assert "Coverage of shop by " in told
    written = json.loads((service / "new" / "out.json").read_text())
    assert (written["stopped"], written["exit_code"]) == (True, 1)


def test_a_gate_says_how_much_was_reached_and_no_log_hides_it(
    pymacaron: Command, service: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(service, *CALL)
    where = ("--host", "127.0.0.1", "--port", str(port))
    done = pymacaron("test", *where, "--fail-under", "1")
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[-1]) == (0, "Coverage: 1 of 4, 25.0 %")
    done = pymacaron("test", *where, "--fail-under", "99")
    assert done.returncode == 1
    assert "the last that the server wrote" not in done.stderr


def test_where_the_base_path_is_ignored_it_is_in_coverage_too(pymacaron: Command, service: Path, port: int) -> None:
    (service / "apis" / "shop.yaml").write_text(SHOP.replace("paths:", "servers: [{url: /v1}]\npaths:"))
    (service / "pym-config.yaml").write_text(f"{CONFIG}ignore_base_path: true\n")
    written(service, *CALL)
    done = pymacaron("test", "--host", "127.0.0.1", "--port", str(port), "--coverage-json", "out.json")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Coverage: 1 of 4, 25.0 %")
    assert "/v1" not in (service / "out.json").read_text()
