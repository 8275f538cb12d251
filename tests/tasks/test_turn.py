"""Workers of two releases at one Redis, as processes of `pymacaron worker --when-live`: whose turn it is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from brokers import jobs
from brokers.grounds import Ground, standing
from brokers.servers import free_port, until
from click.testing import CliRunner

from pymacaron.cli.worker import worker
from pymacaron.tasks.turn import live_label

SERVER = """
import os
from brokers import jobs
from flask import Flask
from pymacaron import API, letsgo

app = Flask("jobs")
with open(os.environ["MARKS"] + "/loaded", "a") as file:
    file.write("x")


def start(port=80, debug=False):
    API(app).start()


letsgo(__name__, callback=start)
"""


class Live:
    """The live URL; `answers`: status and content of /version, in turn."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = [(503, b"")]
        self.asked = 0
        live = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = live.answers[live.asked % len(live.answers)]
                assert self.path == "/version"
                live.asked += 1
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def is_now(self, *labels: str) -> None:
        self.answers = [(200, json.dumps({"container": label}).encode()) for label in labels]

    def looks(self, times: int = 20) -> None:
        """Until it was asked so often."""
        last = self.asked + times
        until(lambda: self.asked >= last)


@pytest.fixture
def live() -> Iterator[Live]:
    made = Live()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Ground]:
    with standing("redis", tmp_path) as made:
        yield made


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(redis: Ground, live: Live, tmp_path: Path) -> Iterator[Start]:
    """`start(label, *options)`: a worker of that release, which marks what it runs in the folder of its name."""
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    begun: list[subprocess.Popen[bytes]] = []

    def make(label: str, *options: str) -> subprocess.Popen[bytes]:
        (tmp_path / label).mkdir(exist_ok=True)
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        given = {"PYM_CONTAINER_VERSION": label, "MARKS": str(tmp_path / label), "PYTHONPATH": path}
        command = [sys.executable, "-m", "pymacaron", "worker", "--when-live", live.url, "--every", "0.02", *options]
        with (tmp_path / f"{label}.log").open("ab") as log:
            begun.append(
                subprocess.Popen(
                    command, cwd=tmp_path, env={**os.environ, **redis.settings, **given}, stdout=log, stderr=log
                )
            )
        return begun[-1]

    yield make
    for one in begun:
        one.kill()
        one.wait()
    until(lambda: not _left(tmp_path), told=lambda: _left(tmp_path))


def _left(folder: Path) -> list[str]:
    """Workers whose working directory is *folder*; not who asks, which pytest calls by the name of the test."""
    found = []
    for one in Path("/proc").iterdir():
        try:
            if one.name.isdigit() and int(one.name) != os.getpid() and os.readlink(one / "cwd") == str(folder):
                command = (one / "cmdline").read_bytes().decode()
                found += [command] if "worker" in command else []
        except OSError:
            continue
    return found


def ran(folder: Path, label: str) -> list[str]:
    file = folder / label / "ran"
    return file.read_text().splitlines() if file.exists() else []


def stopped(folder: Path, label: str) -> bool:
    """Whether its worker has stopped, as it is not live any more."""
    return "the worker has stopped" in (folder / f"{label}.log").read_text()


def ended(process: subprocess.Popen[bytes]) -> int:
    until(lambda: process.poll() is not None)
    return int(process.returncode)


def test_tasks_are_run_by_the_workers_of_what_is_live(start: Start, live: Live, tmp_path: Path) -> None:
    live.is_now("v1")
    start("v1")
    start("v2")
    assert jobs.add.fire(1, 1).wait(60) == 2
    assert (ran(tmp_path, "v1"), ran(tmp_path, "v2")) == (["add 1 1"], [])
    live.is_now("v2")
    until(lambda: stopped(tmp_path, "v1"))
    handles = [jobs.add.fire(2, number) for number in range(5)]
    assert [one.wait(60) for one in handles] == [2, 3, 4, 5, 6]
    assert (ran(tmp_path, "v1"), len(ran(tmp_path, "v2"))) == (["add 1 1"], 5)
    live.is_now("v1")  # as after a swap back
    until(lambda: stopped(tmp_path, "v2"))
    assert jobs.add.fire(3, 1).wait(60) == 4
    assert ran(tmp_path, "v1") == ["add 1 1", "add 3 1"]


def test_one_that_is_not_live_any_more_ends_what_it_runs(start: Start, live: Live, tmp_path: Path) -> None:
    live.is_now("v1")
    start("v1")
    handle = jobs.waits.fire("a")
    until(lambda: "begins a" in ran(tmp_path, "v1"))
    live.is_now("v2")
    live.looks(3)
    (tmp_path / "v1" / "go").touch()
    assert handle.wait(60) == "a"
    until(lambda: stopped(tmp_path, "v1"))
    assert ran(tmp_path, "v1") == ["begins a", "ends a"]


def test_where_nobody_says_what_is_live_all_stays_as_it_is(start: Start, live: Live, tmp_path: Path) -> None:
    start("v1")
    live.looks()
    assert not (tmp_path / "v1" / "loaded").exists()
    live.is_now("v1")
    assert jobs.add.fire(1, 1).wait(60) == 2
    live.answers = [(503, b"")]
    live.looks()
    assert jobs.add.fire(1, 2).wait(60) == 3


def test_one_answer_is_none(start: Start, live: Live, tmp_path: Path) -> None:
    live.is_now("v1", "v1", "v2")
    start("v1")
    live.looks()
    assert not (tmp_path / "v1" / "loaded").exists()


def test_a_signal_ends_it_whether_it_waits_or_works(start: Start, live: Live, tmp_path: Path) -> None:
    live.is_now("v2")
    waiting = start("v1")
    live.looks()
    waiting.send_signal(signal.SIGTERM)
    assert ended(waiting) == 0
    live.is_now("v1")
    working = start("v1")
    handle = jobs.waits.fire("a")
    until(lambda: "begins a" in ran(tmp_path, "v1"))
    working.send_signal(signal.SIGTERM)
    (tmp_path / "v1" / "go").touch()
    assert (ended(working), handle.wait(60)) == (0, "a")


def test_one_that_is_killed_leaves_nobody(start: Start, live: Live, tmp_path: Path) -> None:
    live.is_now("v1")
    working = start("v1")
    assert jobs.add.fire(1, 1).wait(60) == 2
    working.kill()
    working.wait()
    until(lambda: not _left(tmp_path))


def test_it_ends_as_its_worker_ends_and_the_probe_with_it(start: Start, live: Live, tmp_path: Path) -> None:
    port = free_port()
    live.is_now("v2")
    one = start("v1", "--probe", str(port))
    live.looks(1)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        assert (answer.status, answer.read()) == (200, b"{}")
    (tmp_path / "server.py").write_text("raise SystemExit(7)")
    live.is_now("v1")
    assert ended(one) != 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)


def test_the_label_is_what_version_says(live: Live) -> None:
    live.is_now("v7")
    assert live_label(f"{live.url}/") == "v7"
    for answer in [
        (503, b""),
        (200, b"no JSON"),
        (200, b"[]"),
        (200, b'{"container": null}'),
        (200, b'{"container": ""}'),
    ]:
        live.answers = [answer]
        assert live_label(live.url) is None
    assert live_label("http://127.0.0.1:1") is None


@pytest.mark.parametrize(
    ("arguments", "label", "said"),
    [
        (["--probe", "1"], "v1", "--probe goes with --when-live."),
        (["--when-live", "http://x"], "", "--when-live compares with PYM_CONTAINER_VERSION, which is not set."),
        (["--when-live", "shop"], "v1", "no URL such as https://api.example.com."),
    ],
)
def test_what_cannot_be_is_said(
    arguments: list[str], label: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYM_CONTAINER_VERSION", label)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "server.py").write_text(SERVER)
    result = CliRunner().invoke(worker, arguments)
    assert (result.exit_code, said in result.output) == (2, True), result.output
