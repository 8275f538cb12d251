"""Workers of granian whose main process was killed: nobody tells them to end, so they look for themselves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SERVER = """
from flask import Flask
from pymacaron import API, letsgo
app = Flask("shop")
def start(port, debug):
    API(app, port=port, debug=debug).load_apis("apis").start(serve="shop")
letsgo(__name__, callback=start)
"""
SHOP = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n"


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def lives(pid: int) -> bool:
    """Whether the process *pid* runs; one that ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def accepts(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(0.2)
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="/proc tells which processes a server has")
def test_workers_of_granian_end_after_their_main_process_was_killed(tmp_path: Path):
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis/shop.yaml").write_text(SHOP)
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "server:app"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "COV_"))}
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "pymacaron.granian", *options]
        main = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=log, stderr=log)
        workers: list[int] = []
        try:
            until(lambda: accepts(port) and (tmp_path / "log").read_text().count("Started worker-") == 2)
            workers = children(main.pid)
            assert len(workers) == 2
            main.kill()
            main.wait()
            until(lambda: not any(lives(pid) for pid in workers))
            assert not accepts(port)
        finally:
            main.kill()
            main.wait()
            for pid in filter(lives, workers):
                os.kill(pid, signal.SIGKILL)
