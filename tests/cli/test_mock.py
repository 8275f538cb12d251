"""`pymacaron mock`: what is printed, where it listens, and how it ends."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import Command, environment

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders/{id}:
    get:
      operationId: no.such.handler
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200": {description: Order, content: {application/json: {schema: {type: object}, example: {id: 1}}}}
        "404": {description: None}
"""
FAULTY = SHOP.replace("paths:", "paths:\n  /broken: {get: {parameters: 3, responses: {}}}")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "apis").mkdir()
    path = tmp_path / "apis" / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


@contextmanager
def mocking(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """The process, its first line, and its port; it is ended with a SIGTERM."""
    command = [sys.executable, "-m", "pymacaron", "mock", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().rstrip("\n")
        port = int(line.partition("127.0.0.1:")[2].partition("/")[0] or 0)
        yield process, line.replace(str(port), "<port>"), port
    finally:
        process.terminate()
        process.communicate(timeout=30)


def asked(port: int, path: str, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    read = response.read()
    connection.close()
    return response.status, json.loads(read) if read.startswith(b"{") else read


def test_it_says_where_and_what_it_serves_and_a_line_for_each_request(tmp_path: Path, shop: Path) -> None:
    with mocking(tmp_path) as (process, line, port):
        assert line == "shop 1.0.0  1 operation  http://127.0.0.1:<port>/doc  (mock)"
        assert process.stdout is not None
        assert asked(port, "/orders/1") == (200, {"id": 1})
        told = process.stdout.readline()  # written after the reply, by the thread of the call
        assert told.startswith("GET    /orders/1  no.such.handler  200  ")
        assert asked(port, "/orders/1", Prefer="code=404") == (404, b"")
        assert asked(port, "/doc/shop.json")[1]["info"]["title"] == "Shop"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_errors_are_shown_and_the_rest_is_served(tmp_path: Path, shop: Path) -> None:
    shop.write_text(FAULTY, encoding="utf-8")
    with mocking(tmp_path, "apis/shop.yaml") as (process, line, port):
        assert "(mock)" in line
        assert asked(port, "/orders/1") == (200, {"id": 1})
        process.terminate()
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert "apis/shop.yaml:5:31: error[" in process.stderr.read()


def test_a_port_that_is_taken_is_told_with_another(pymacaron: Command, shop: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pymacaron("mock", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: cannot listen on 127.0.0.1:{port}: Address already in use.")


def test_the_token_stands_in_no_line(tmp_path: Path, shop: Path) -> None:
    with mocking(tmp_path, "--token", "sesame-secret") as (process, line, port):
        assert "sesame" not in line
        asked(port, "/orders/1?key=sesame-secret")
        assert process.stdout is not None
        assert "sesame" not in process.stdout.readline()
