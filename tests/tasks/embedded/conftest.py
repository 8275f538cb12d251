"""A service whose tasks wait in a file beside it, its processes, and who of them works."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from upstreams.process import accepts

from pymacaron.tasks.arguments import decode, encode
from pymacaron.tasks.embedded.queue import EmbeddedQueue
from pymacaron.tasks.message import Message
from pymacaron.tasks.queues import ENDED, Outcome

DEADLINE_S = 60
SERVER = """
import os
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def report(title, message):
    with open("reports", "a") as file:
        file.write(title + "\\n")


def start(port, debug):
    API(app, port=port, debug=debug, error_reporter=report).load_apis("apis").start(serve="shop")


letsgo(__name__, callback=start)
"""
DESCRIPTION = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /fire/{name}:
    post:
      operationId: shop.fire
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: The id of a task, content: {application/json: {schema: {type: object}}}}}
"""
SHOP = """
import os
import signal
import time
from pymacaron.tasks import asynctask

VERSION = 1


def ran(name):
    with open("ran", "a") as file:
        file.write(f"{name} {os.getpid()}\\n")


@asynctask
def mark(what=""):
    ran("mark")
    return [what, VERSION, os.environ.get("SHOP_KEY")]


@asynctask
def slow():
    ran("slow")
    deadline = time.monotonic() + 60
    while not os.path.exists("go") and time.monotonic() < deadline:
        time.sleep(0.01)
    return "done"


@asynctask(retries=1, backoff=0.01, timeout=0.05)
def deaf():
    ran("deaf")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            time.sleep(60)
        except Exception:
            pass


@asynctask
def die():
    ran("die")
    os.kill(os.getpid(), signal.SIGKILL)


@asynctask(retries=1, backoff=0.01)
def leave():
    ran("leave")
    raise SystemExit("bye")


@asynctask
def fork():
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    return pid


def fire(name):
    return {"id": globals()[name].fire().id}
"""


class Shop:
    """The service in *folder*, and what was started there."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.queue = EmbeddedQueue(str(folder / "shop-tasks.sqlite3"))
        self.processes: list[subprocess.Popen[bytes]] = []
        self.variables: dict[str, str] = {}
        for name, text in {"server.py": SERVER, "shop.py": SHOP, "apis/shop.yaml": DESCRIPTION}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        self.configure()

    def configure(self, **settings: Any) -> None:
        settings = {"name": "shop", "live_host": "http://localhost", **settings}
        (self.folder / "pym-config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Have Python run *command*, with what it forks in a group of its own."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "COV_", "PORT"))}
        own |= {"JWT_SECRET": secrets.token_hex(32), "PYM_SHUTDOWN_DELAY": "0", **self.variables}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=self.folder, env=own, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def work(self, *options: str) -> subprocess.Popen[bytes]:
        """A worker, from when it has the lock."""
        before = self.log.count("runs tasks of")
        process = self.start("-m", "pymacaron", "worker", *options)
        self.until(lambda: self.log.count("runs tasks of") > before)
        return process

    def serve(self, *command: str, port: int = 0) -> int:
        """A server that *command* starts, which has {port} in it, from when it listens: its port."""
        if not port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
        self.start(*(word.format(port=port) for word in command))
        self.until(lambda: accepts(port))
        return port

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text() if (self.folder / "log").exists() else ""

    def until(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + DEADLINE_S
        while not (value := condition()):
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)
        return value

    def fire(self, name: str, *args: Any, delay_s: float = 0, **members: Any) -> str:
        """Send the task *name* as another process would; gives its id."""
        now = time.time()
        sent = Message(
            id=str(uuid.uuid4()),
            task=f"shop.{name}",
            module="shop",
            arguments=encode([list(args), {}], "the arguments"),
            sent=now,
            due=now + delay_s,
            **members,
        )
        return self.queue.send(sent)

    def post(self, port: int, name: str, path: str = "/fire/{}") -> str:
        """Have the server at *port* fire the task *name*; gives its id."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", path.format(name))
            return str(json.loads(connection.getresponse().read())["id"])
        finally:
            connection.close()

    def ended(self, task_id: str) -> Outcome:
        """What became of a task, when it has."""
        self.until(lambda: self.queue.outcome(task_id).state in ENDED)
        return self.queue.outcome(task_id)

    def result(self, task_id: str) -> Any:
        outcome = self.ended(task_id)
        assert outcome.state == "succeeded", outcome
        return decode(outcome.result or b"null")

    def ran(self, name: str) -> list[int]:
        """By which processes the task *name* was begun, once for each time."""
        with suppress(FileNotFoundError):
            lines = (self.folder / "ran").read_text().splitlines()
            return [int(line.split()[1]) for line in lines if line.split()[0] == name]
        return []

    def reports(self) -> list[str]:
        path = self.folder / "reports"
        return path.read_text().splitlines() if path.exists() else []

    def workers(self) -> list[int]:
        """The processes `pymacaron worker` of this service, without those that they have forked."""
        found = {pid: parent for pid, parent, command in processes() if self._is_worker(command, pid)}
        return [pid for pid, parent in found.items() if parent not in found]

    def lives(self) -> list[int]:
        """All processes of workers of this service."""
        return [pid for pid, _, command in processes() if self._is_worker(command, pid)]

    def _is_worker(self, command: str, pid: int) -> bool:
        with suppress(OSError):
            return "pymacaron worker" in command and os.readlink(f"/proc/{pid}/cwd") == str(self.folder)
        return False

    def close(self) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def processes() -> Iterator[tuple[int, int, str]]:
    """Those that run: id, that of the parent, command line."""
    for place in Path("/proc").iterdir():
        with suppress(OSError, IndexError):
            if place.name.isdecimal():
                state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    yield int(place.name), int(parent), (place / "cmdline").read_text().replace("\0", " ")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    if not Path("/proc/self/stat").exists():
        pytest.skip("/proc tells which processes work")
    shop = Shop(tmp_path.resolve())
    try:
        yield shop
    finally:
        shop.close()
