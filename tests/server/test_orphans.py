"""Workers of granian that nobody tells to end, as their main process was killed; and one that is told twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from upstreams.process import accepts

SERVER = """
from flask import Flask
from pymacaron import API, letsgo
app = Flask("shop")
def start(port, debug):
    API(app, port=port, debug=debug).load_apis("apis").start(serve="shop")
letsgo(__name__, callback=start)
"""
SLOW = """
@app.get("/slow")
def slow():
    import os, pathlib, time
    pathlib.Path("being").write_text(str(os.getpid()))
    os.rename("being", "begun")
    while not os.path.exists("go"):
        time.sleep(0.02)
    return "done"
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


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], tuple[subprocess.Popen[bytes], int]]]:
    """What starts a server.py under granian, with two workers; gives its main process, and its port."""
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis/shop.yaml").write_text(SHOP)
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "COV_"))}
    begun: list[subprocess.Popen[bytes]] = []

    def run(server: str) -> tuple[subprocess.Popen[bytes], int]:
        (tmp_path / "server.py").write_text(server)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "server:app"]
        command = [sys.executable, "-m", "pymacaron.granian", *options]
        with (tmp_path / "log").open("wb") as log:
            main = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=log, stderr=log, start_new_session=True)
        begun.append(main)
        return main, port

    yield run
    for main in begun:
        with suppress(ProcessLookupError):  # of its workers none is left, either
            os.killpg(main.pid, signal.SIGKILL)
        main.wait()


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="/proc tells which processes a server has")


@needs_proc
@pytest.mark.parametrize("started", [1, 2], ids=["while they start", "when they serve"])
def test_workers_of_granian_end_after_their_main_process_was_killed(tmp_path: Path, start: Any, started: int) -> None:
    main, port = start(SERVER)
    until(lambda: (tmp_path / "log").read_text().count("Started worker-") >= started)
    until(lambda: started == 1 or accepts(port))
    workers = children(main.pid)
    assert len(workers) == 2
    main.kill()
    main.wait()
    until(lambda: not any(lives(pid) for pid in workers))
    assert not accepts(port)


@needs_proc
def test_a_worker_of_granian_that_is_told_twice_to_end_ends_its_calls(tmp_path: Path, start: Any) -> None:
    main, port = start(SERVER + SLOW)
    until(lambda: (tmp_path / "log").read_text().count("Started worker-") == 2)
    with socket.create_connection(("127.0.0.1", port)) as calling:
        calling.settimeout(60)
        calling.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        until((tmp_path / "begun").exists)
        (worker,) = [pid for pid in children(main.pid) if str(pid) == (tmp_path / "begun").read_text()]
        os.kill(worker, signal.SIGTERM)
        until(lambda: "Stopping worker-" in (tmp_path / "log").read_text())
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGINT)
        (tmp_path / "go").touch()
        reply = b"".join(iter(lambda: calling.recv(65_536), b""))
    assert (reply.partition(b"\r\n")[0], reply.rpartition(b"\r\n")[2]) == (b"HTTP/1.1 200 OK", b"done")
    until(lambda: not lives(worker))
