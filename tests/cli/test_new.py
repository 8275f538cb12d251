"""`pymacaron new`: what it prints, what it makes, and that this runs, passes its own checks and answers."""

from __future__ import annotations

import http.client
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import Command, environment

DEADLINE_S = 60
BANNER = re.compile(r"^(.*)  http://127\.0\.0\.1:(\d+)/doc$", re.MULTILINE)
BIN = Path(sys.executable).parent


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the environment of these tests, in *folder*."""
    command = [str(BIN / words[0]), *words[1:]]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


# ---- what it prints


def test_it_tells_what_to_look_at_and_what_is_next(pymacaron: Command, tmp_path: Path) -> None:
    done = pymacaron("new", "shop")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "apis/shop.yaml  shop/api.py  shop/apis.py  shop/apis.pyi  server.py  test/  testaccept/\nnext: pymacaron run\n"
    )
    (line,) = (tmp_path / "shop/.env").read_text().splitlines()[-1:]
    assert line.partition("=")[2] not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Error: Say what it is called: pymacaron new shop\n"),
        (["my", "shop"], "Error: A name is one word. Did you mean: pymacaron new my-shop?\n"),
        (["My Shop"], "at most 60. Try: pymacaron new my-shop\n"),
        (["shöp"], "at most 60. Try: pymacaron new shop\n"),
        ([""], "Error: A service needs a name. Try: pymacaron new shop\n"),
        (["shop", "--from", "https://x.example/api.yaml"], "name the file: curl -LO https://x.example/api.yaml\n"),
        (["shop", "--from", "file:///srv/api.yaml"], "not a URL. Name the path: --from /srv/api.yaml\n"),
        (["json"], "it would hide the module 'json' of Python. Try: pymacaron new json-service\n"),
        (["shop", "--title", ""], "'' is no title. A title is a line of 1 to 100 characters: --title 'My shop'\n"),
        (["shop", "--titel", "x"], "--title"),  # the other words are those of click
    ],
)
def test_a_wrong_call_is_told_what_to_write(
    arguments: list[str], told: str, pymacaron: Command, tmp_path: Path
) -> None:
    done = pymacaron("new", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_there_are_all_named_and_nothing_is_written(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    for name in ("server.py", "Makefile"):
        (tmp_path / "shop" / name).write_text("mine")
    done = pymacaron("new", "shop")
    assert (done.returncode, done.stdout) == (1, "")
    fact = "nothing was written: there already, or in the way: shop/Makefile, shop/server.py."
    assert done.stderr == f"error: {fact} Take another name, or move them away\n"
    assert sorted(path.name for path in (tmp_path / "shop").iterdir()) == ["Makefile", "server.py"]


def test_a_file_in_the_place_of_the_folder_is_told(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("mine")
    done = pymacaron("new", "shop")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: nothing was written: ")
    assert (tmp_path / "shop").read_text() == "mine"


def answered(folder: Path, answers: bytes, *words: str) -> tuple[int, str, str]:
    """`pymacaron new` on a terminal where *answers* are typed: exit code, what it printed, what it asked."""
    ours, theirs = pty.openpty()
    os.write(ours, answers)
    command = [sys.executable, "-m", "pymacaron", "new", *words]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True
    )
    printed, _ = process.communicate(timeout=DEADLINE_S)
    asked = os.read(ours, 65536).decode()
    os.close(theirs)
    os.close(ours)
    return process.returncode, printed, asked


def test_on_a_terminal_name_and_title_are_asked_for(tmp_path: Path) -> None:
    code, printed, _ = answered(tmp_path, b"my-shop\nShop of tea\n")
    assert code == 0
    assert printed.endswith("next: pymacaron run\n")
    assert "title: Shop of tea," in (tmp_path / "my-shop/apis/my_shop.yaml").read_text()


def test_on_a_terminal_a_name_that_is_none_is_asked_for_again(tmp_path: Path) -> None:
    code, _, asked = answered(tmp_path, b"json\nshop\n\n")
    assert code == 0
    assert "Error: A service cannot be called 'json': it would hide the module 'json' of Python" in asked
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_on_a_terminal_the_title_of_a_description_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text("openapi: 3.0.3\ninfo: {title: Shop of tea, version: '1'}\npaths: {}\n")
    code, _, asked = answered(tmp_path, b"shop\n", "--from", "old.yaml")
    assert (code, "Title" in asked) == (0, False)
    assert (tmp_path / "shop/README.md").read_text().startswith("# Shop of tea\n")


# ---- what it makes


@pytest.fixture(scope="module", params=["shop", "my-shop"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new service."""
    folder = tmp_path_factory.mktemp("new")
    done = run(folder, "python", "-m", "pymacaron", "new", request.param)
    assert done.returncode == 0, done.stderr
    return folder / request.param


@pytest.mark.parametrize(
    "command",
    ["ruff check .", "ruff format --check .", "mypy", "pymacaron check --strict", "pymacaron stubs --check", "pytest"],
)
def test_a_new_service_passes_its_own_checks(command: str, service: Path) -> None:
    done = run(service, *command.split())
    assert done.returncode == 0, done.stdout + done.stderr
    if command.endswith("--strict"):
        assert done.stdout == "no findings in 2 files\n"
    if command == "pytest":
        assert " 15 passed in " in done.stdout


@pytest.mark.parametrize("name", ["a", "no", "a-" + "long" * 9 + "-x"])
def test_a_name_of_any_length_leaves_lines_as_they_should_be(name: str, tmp_path: Path) -> None:
    assert run(tmp_path, "python", "-m", "pymacaron", "new", name).returncode == 0
    for command in ("ruff check .", "ruff format --check .", "pymacaron check --strict"):
        done = run(tmp_path / name, *command.split())
        assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_knows_the_attributes_of_an_order(tmp_path: Path) -> None:
    assert run(tmp_path, "python", "-m", "pymacaron", "new", "shop").returncode == 0
    file = tmp_path / "shop/shop/api.py"
    file.write_text(file.read_text().replace("order.qty", "order.qyt"))
    done = run(tmp_path / "shop", "mypy", "--strict", "shop")
    assert done.stdout.startswith('shop/api.py:12: error: "Order" has no attribute "qyt"')


def test_its_secrets_are_read_by_nobody_else_and_never_committed(service: Path) -> None:
    assert (service / ".env").stat().st_mode & 0o777 == 0o600
    ignored = (service / ".gitignore").read_text().splitlines()
    assert {".env", "*-store.sqlite3*", "*-tasks.sqlite3*"} <= set(ignored)
    if shutil.which("git") is None:  # a bare machine, where what git would make of it is not seen
        return
    for words in ("init -q", "add -A"):
        subprocess.run(["git", *words.split()], cwd=service, check=True, capture_output=True)
    listed = subprocess.run(["git", "ls-files"], cwd=service, check=True, capture_output=True, text=True)
    names = listed.stdout.splitlines()
    assert {"server.py", ".gitignore", ".github/workflows/test.yml", "Makefile"} <= set(names)
    assert ".env" not in names


def test_it_runs_and_answers(service: Path, tmp_path: Path) -> None:
    token = run(service, "pymacaron", "token", "--user", "u1").stdout.strip()
    with running(service, tmp_path / "log") as (title, port):
        assert title == f"{service.name.replace('-', '_')} 1.0.0  6 operations, all bound"
        status, error = call(port, "POST", "/orders", {"lines": [{"qty": 0}]})
        assert (status, error["error"]) == (400, "INVALID_PARAMETER")
        assert error["errors"] == [
            {"in": "body", "pointer": "/customer", "code": "required", "detail": "is missing"},
            {"in": "body", "pointer": "/lines/0/qty", "code": "minimum", "detail": "0 is below 1"},
        ]
        status, order = call(port, "POST", "/orders", {"customer": "Ada", "lines": [{"qty": 2}]})
        assert (status, order["qty"]) == (201, 2)
        assert call(port, "GET", f"/orders/{order['id']}") == (200, order)
        assert call(port, "GET", "/me", token=token) == (200, {"id": "u1"})


@contextmanager
def running(folder: Path, log: Path) -> Iterator[tuple[str, int]]:
    """What the banner of `pymacaron run` says of the service, and its port."""
    command = [sys.executable, "-m", "pymacaron", "run", "--port", "0", "--no-reload"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while (match := BANNER.search(log.read_text())) is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield match[1], int(match[2])
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0


def call(port: int, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    reply = connection.getresponse()
    found = reply.status, json.loads(reply.read())
    connection.close()
    return found
