"""
The queues that the suite is run against, each with who works for it; and the service of tests/tasks/service, whose
tasks they run.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from brokers.servers import Aws, Redis
from flask import Flask

from pymacaron import config, crash
from pymacaron.tasks import Handle, current
from pymacaron.tasks.celery import scripts
from pymacaron.tasks.celery.envelope import envelope
from pymacaron.tasks.celery.ledger import definition
from pymacaron.tasks.celery.redisbooks import RedisBooks
from pymacaron.tasks.memory import MemoryQueue
from pymacaron.tasks.message import unread
from pymacaron.tasks.queues import ENDED, Outcome, Queue

SERVICE = Path(__file__).parent / "service"
#: How long anything may take that a worker does, in seconds
WITHIN_S = 60

CONFIG = """\
name: jobs
live_host: http://localhost
jwt_issuer: jobs.example.com
jwt_audience: jobs
jwt_secret: JWT_SECRET
env_secrets: [JWT_SECRET]
"""


class Worked(Protocol):
    """A queue, and who works for it."""

    queue: Queue

    def work(self) -> None:
        """Have somebody work for the queue, from now on: they come with the first ends(), too."""

    def ends(self, *handles: Handle[Any]) -> list[Outcome]:
        """What became of them, once all have ended. Time that they would have to wait may be passed over."""

    def put(self, text: bytes) -> None:
        """Have *text* wait as it is, as though another version had sent it."""


class InMemory:
    """Works in the thread of the test, and passes over the time that tasks wait."""

    def __init__(self) -> None:
        self.queue = current.queue()
        assert isinstance(self.queue, MemoryQueue)
        self.put = self.queue.put

    def work(self) -> None:
        pass

    def ends(self, *handles: Handle[Any]) -> list[Outcome]:
        while any(handle.state not in ENDED for handle in handles):
            if not self.queue.run():
                self.queue.advance(max(0.0, self.queue.waiting[0].due - self.queue.now()))
        return [handle.outcome for handle in handles]


class InProcesses:
    """Works in a process of its own: `pymacaron worker`. *put*: see Worked."""

    def __init__(self, folder: Path, put: Callable[[bytes], None]):
        self.queue = current.queue()
        self.put = put
        self._folder = folder
        self._worker: subprocess.Popen[bytes] | None = None

    @property
    def _log(self) -> Path:
        return self._folder / "worker.log"

    def work(self) -> None:
        if self._worker is None:
            command = [sys.executable, "-m", "pymacaron", "worker"]
            with self._log.open("wb") as log:
                self._worker = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)

    def ends(self, *handles: Handle[Any]) -> list[Outcome]:
        self.work()
        deadline = time.monotonic() + WITHIN_S
        while any(handle.state not in ENDED for handle in handles):
            assert time.monotonic() < deadline, f"{[handle.state for handle in handles]}:\n{self._log.read_text()}"
            assert self._worker is not None
            assert self._worker.poll() is None, self._log.read_text()
            time.sleep(0.02)
        return [handle.outcome for handle in handles]

    def stop(self) -> None:
        if self._worker is None:
            return
        self._worker.send_signal(signal.SIGTERM)
        try:
            assert self._worker.wait(WITHIN_S) == 0, self._log.read_text()
        finally:
            if self._worker.poll() is None:
                self._worker.kill()
                self._worker.wait()


@contextmanager
def in_memory(folder: Path, configure: Callable[[str], None]) -> Iterator[Worked]:
    configure("broker_url: memory://\n")
    yield InMemory()


@contextmanager
def in_processes(
    folder: Path, configure: Callable[[str], None], settings: str, put: Callable[[bytes], None]
) -> Iterator[Worked]:
    """Of a queue that several processes share. *settings*: those that name it; *put*: see Worked."""
    configure(settings)
    worked = InProcesses(folder, put)
    try:
        yield worked
    finally:
        worked.stop()


@contextmanager
def embedded(folder: Path, configure: Callable[[str], None]) -> Iterator[Worked]:
    """One in a file beside the service, with its worker."""

    def put(text: bytes) -> None:
        found = unread(text)
        with current.queue()._database.writing() as to:  # type: ignore[attr-defined]
            to.execute(
                "INSERT INTO tasks (id, task, queue, state, due, text, failures) VALUES (?, ?, ?, 'waiting', ?, ?, 0)",
                (found.id, found.task, "default", time.time(), text),
            )

    with in_processes(folder, configure, "", put) as worked:
        yield worked


@contextmanager
def redis(folder: Path, configure: Callable[[str], None]) -> Iterator[Worked]:
    """One in a Redis, with Celery's worker."""

    def put(text: bytes) -> None:
        found, books = unread(text), current.queue()
        assert isinstance(books, RedisBooks)
        kept = b"jobs-default\n" + envelope(found, "jobs-default", text)
        books._ask(scripts.SEND, found.id, kept, repr(time.time()), "")

    server = Redis(folder).start()
    try:
        with in_processes(folder, configure, f"broker_url: {server.url}\n", put) as worked:
            yield worked
    finally:
        server.kill()


@contextmanager
def sqs(folder: Path, configure: Callable[[str], None]) -> Iterator[Worked]:
    """One in SQS, with Celery's worker."""
    aws = Aws(folder).start()
    aws.create(definition("jobs-tasks"))
    url = aws.client("sqs").create_queue(QueueName="jobs-default", Attributes={"VisibilityTimeout": "4"})["QueueUrl"]

    def put(text: bytes) -> None:
        body = envelope(unread(text), "jobs-default", text).decode()
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)

    settings = f"broker_url: sqs://127.0.0.1:{aws.port}\naws_region: eu-west-1\n"
    settings += "aws_access_key_id: key\naws_secret_access_key: secret\n"
    try:
        with in_processes(folder, configure, settings, put) as worked:
            yield worked
    finally:
        aws.kill()


#: dict: queue -> a context manager that gives it as Worked. It gets the folder of the service, and what writes its
#: config, which has to be done first
QUEUES: dict[str, Callable[[Path, Callable[[str], None]], AbstractContextManager[Worked]]] = {
    "memory": in_memory,
    "embedded": embedded,
    "redis": redis,
    "sqs": sqs,
}


def load_jobs() -> Any:
    """The module of the tasks, in this process."""
    if "jobs" not in sys.modules:
        spec = importlib.util.spec_from_file_location("jobs", SERVICE / "jobs.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules["jobs"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["jobs"]


@pytest.fixture
def folder(tmp_path: Path, own_config: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The service, in a folder of its own, which is the current one. It has no config yet."""
    folder = tmp_path / "service"
    shutil.copytree(SERVICE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JWT_SECRET", secrets.token_hex(32))
    monkeypatch.setenv("JOBS_FOLDER", str(folder))
    yield folder
    crash.set_error_reporter(None)


@pytest.fixture
def configure(folder: Path) -> Callable[[str], None]:
    """configure(lines of pym-config.yaml): have the service be loaded here, with these settings besides the usual."""

    def configured(lines: str) -> None:
        (folder / "pym-config.yaml").write_text(CONFIG + lines)
        config.load(environ=os.environ, start_dir=str(folder))
        load_jobs().serve(Flask("jobs"), folder)

    return configured


@pytest.fixture
def jobs(folder: Path) -> Any:
    """The module of the tasks."""
    return load_jobs()


@pytest.fixture(params=QUEUES)
def worked(request: pytest.FixtureRequest, folder: Path, configure: Callable[[str], None]) -> Iterator[Worked]:
    """Each queue."""
    with QUEUES[request.param](folder, configure) as worked:
        yield worked


@pytest.fixture
def memory(folder: Path, configure: Callable[[str], None]) -> Iterator[MemoryQueue]:
    """A queue in memory, to which tasks are sent, with the service loaded."""
    with in_memory(folder, configure) as worked:
        assert isinstance(worked.queue, MemoryQueue)
        yield worked.queue
