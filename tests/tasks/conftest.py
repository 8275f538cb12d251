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
from dataclasses import dataclass, field
from functools import partial
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
report_window_s: 0
env_secrets: [JWT_SECRET]
"""


class Worked(Protocol):
    """A queue, and who works for it."""

    queue: Queue

    def rest(self) -> None:
        """Have nobody work for the queue until the next ends()."""

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

    def rest(self) -> None:
        pass

    def ends(self, *handles: Handle[Any]) -> list[Outcome]:
        while any(handle.state not in ENDED for handle in handles):
            if not self.queue.run():
                self.queue.advance(max(0.0, self.queue.waiting[0].due - self.queue.now()))
        return [handle.outcome for handle in handles]


@dataclass
class Worker:
    """`pymacaron worker` of the service in *folder*, in processes of its own, from when it is first needed."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    def work(self) -> None:
        """Begin, or go on after a rest()."""
        if self._process is None:
            command = [sys.executable, "-m", "pymacaron", "worker"]
            with self.log.open("wb") as log:
                self._process = subprocess.Popen(
                    command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
                )
        assert self._process.poll() is None, self.log.read_text()
        os.killpg(self._process.pid, signal.SIGCONT)

    def rest(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGSTOP)

    def stop(self) -> None:
        if self._process is None:
            return
        self.work()
        self._process.send_signal(signal.SIGTERM)
        try:
            assert self._process.wait(WITHIN_S) == 0, self.log.read_text()
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()


class InProcesses:
    """*worker* works. *put*: see Worked; it gets the queue, too."""

    def __init__(self, worker: Worker, put: Callable[[Any, bytes], None]):
        self.queue = current.queue()
        self.put = partial(put, self.queue)
        self.rest = worker.rest
        self._worker = worker

    def ends(self, *handles: Handle[Any]) -> list[Outcome]:
        deadline = time.monotonic() + WITHIN_S
        self._worker.work()
        while any(handle.state not in ENDED for handle in handles):
            assert time.monotonic() < deadline, f"{[one.state for one in handles]}:\n{self._worker.log.read_text()}"
            self._worker.work()
            time.sleep(0.02)
        return [handle.outcome for handle in handles]


@dataclass(frozen=True)
class Place:
    """
    A queue, for the tests of a module: they share the folder of its service, `settings`, the lines of its config that
    name it, and its worker. `worked`: what it is to a test, once the service is loaded.
    """

    folder: Path
    settings: str
    worked: Callable[[], Worked]
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)


@contextmanager
def in_memory(folder: Path) -> Iterator[Place]:
    yield Place(folder, "broker_url: memory://\n", InMemory)


@contextmanager
def in_processes(folder: Path, settings: str, put: Callable[[Any, bytes], None]) -> Iterator[Place]:
    """A queue that several processes share."""
    worker = Worker(folder)
    try:
        yield Place(folder, settings, lambda: InProcesses(worker, put))
    finally:
        worker.stop()


@contextmanager
def embedded(folder: Path) -> Iterator[Place]:
    """One in a file beside the service, with its worker."""

    def put(queue: Any, text: bytes) -> None:
        found = unread(text)
        with queue._database.writing() as to:
            to.execute(
                "INSERT INTO tasks (id, task, queue, state, due, text, failures) VALUES (?, ?, ?, 'waiting', ?, ?, 0)",
                (found.id, found.task, "default", time.time(), text),
            )

    with in_processes(folder, "", put) as place:
        yield place


@contextmanager
def redis(folder: Path) -> Iterator[Place]:
    """One in a Redis, with Celery's worker."""

    def put(books: RedisBooks, text: bytes) -> None:
        found = unread(text)
        kept = b"jobs-default\n" + envelope(found, "jobs-default", text)
        books._ask(scripts.SEND, found.id, kept, repr(time.time()), "")

    server = Redis(folder).start()
    try:
        with in_processes(folder, f"broker_url: {server.url}\n", put) as place:
            yield place
    finally:
        server.kill()


@contextmanager
def sqs(folder: Path) -> Iterator[Place]:
    """One in SQS, with Celery's worker."""
    aws = Aws(folder).start()
    aws.create(definition("jobs-tasks"))
    url = aws.client("sqs").create_queue(QueueName="jobs-default", Attributes={"VisibilityTimeout": "4"})["QueueUrl"]

    def put(_: Any, text: bytes) -> None:
        body = envelope(unread(text), "jobs-default", text).decode()
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)

    settings = f"broker_url: sqs://127.0.0.1:{aws.port}\naws_region: eu-west-1\n"
    settings += "aws_access_key_id: key\naws_secret_access_key: secret\n"
    try:
        with in_processes(folder, settings, put) as place:
            yield place
    finally:
        aws.kill()


#: dict: queue -> a context manager that gives its Place in the folder of the service
QUEUES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
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


@contextmanager
def served(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worked]:
    """The queue of *place*, with its service loaded in this process, and nothing noted so far."""
    monkeypatch.chdir(place.folder)
    monkeypatch.setenv("JWT_SECRET", place.secret)
    monkeypatch.setenv("JOBS_FOLDER", str(place.folder))
    for notes in ("ran", "reports"):
        (place.folder / notes).unlink(missing_ok=True)
    config.load(environ=os.environ, start_dir=str(place.folder))
    load_jobs().serve(Flask("jobs"), place.folder)
    worked = place.worked()
    for dead in worked.queue.dead():
        worked.queue.drop(dead.message.id)
    yield worked
    crash.set_error_reporter(None)


@contextmanager
def placed(queue: str, folder: Path) -> Iterator[Place]:
    """The place of *queue*, in a new *folder*."""
    shutil.copytree(SERVICE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with QUEUES[queue](folder) as place:
        (folder / "pym-config.yaml").write_text(CONFIG + place.settings)
        yield place


@pytest.fixture(scope="module", params=QUEUES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Each queue."""
    with placed(request.param, tmp_path_factory.mktemp("place") / "service") as place:
        yield place


@pytest.fixture
def worked(place: Place, own_config: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worked]:
    """Each queue, of which nobody knows anything that matters. A test ends all that it fires."""
    with served(place, monkeypatch) as worked:
        yield worked


@pytest.fixture
def folder(place: Place) -> Path:
    """That of the service."""
    return place.folder


@pytest.fixture
def jobs() -> Any:
    """The module of the tasks."""
    return load_jobs()


@pytest.fixture
def memory(tmp_path: Path, own_config: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryQueue]:
    """A queue in memory, to which tasks are sent, with the service loaded."""
    with placed("memory", tmp_path / "service") as place, served(place, monkeypatch) as worked:
        assert isinstance(worked.queue, MemoryQueue)
        yield worked.queue
