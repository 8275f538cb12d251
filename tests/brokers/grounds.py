"""Where tasks wait, for tests that are the same for all: `GROUNDS`, each with its broker and its workers."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from brokers.servers import Aws, Redis
from brokers.worker import Worker
from pymacaron import config
from pymacaron.exceptions import uuid4_text
from pymacaron.tasks.celery.ledger import definition
from pymacaron.tasks.message import Message

__all__ = ["GROUNDS", "Broker", "Ground", "message", "prepare", "standing"]


class Broker(Protocol):
    """A server that can be killed and started again."""

    def start(self) -> object: ...

    def kill(self) -> None: ...


@dataclass
class Ground:
    """
    `settings`: the environment of who sends and who works. `broker`: None where there is no server; `keeps`: whether it
    has what it had when it is started again. `is_plain`: tasks are Celery's, without anything of ours.
    """

    folder: Path
    settings: dict[str, str]
    broker: Broker | None = None
    keeps: bool = True
    workers: list[Worker] = field(default_factory=list)
    is_plain: bool = False

    def worker(self, module: str, processes: int = 2, **environment: str) -> Worker:
        """A worker more, which has started. Of plain Celery, it has the tasks of plainly.py."""
        made = Worker(self.folder, {**self.settings, **environment}, module, processes)
        if self.is_plain:
            made.command = [
                *(sys.executable, "-m", "celery", "-A", "brokers.plainly", "worker", "--loglevel", "ERROR"),
                *("--concurrency", str(processes), "--hostname", f"w{len(self.workers)}@%h"),
            ]
        self.workers.append(made)
        return made.start()

    def client(self, service: str) -> Any:
        """A client of AWS at its broker."""
        assert isinstance(self.broker, Aws)
        return self.broker.client(service)

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()
        if self.broker is not None:
            self.broker.kill()


def _embedded(folder: Path) -> Ground:
    return Ground(folder, {"PYM_NAME": "shop"})


def _redis(folder: Path) -> Ground:
    redis = Redis(folder).start()
    return Ground(folder, {"PYM_BROKER_URL": redis.url, "PYM_NAME": "shop"}, redis)


def _sqs(folder: Path) -> Ground:
    aws = Aws(folder).start()
    settings = {
        "PYM_BROKER_URL": f"sqs://127.0.0.1:{aws.port}",
        "PYM_NAME": "shop",
        "PYM_AWS_ACCESS_KEY_ID": "key",
        "PYM_AWS_SECRET_ACCESS_KEY": "secret",
        "PYM_AWS_REGION": "eu-west-1",
    }
    prepare(aws)
    return Ground(folder, settings, aws, keeps=False)


def prepare(aws: Aws) -> None:
    """Make what the tasks of the service need, which AWS forgets when it is killed here."""
    aws.create(definition("shop-tasks"))
    aws.client("sqs").create_queue(QueueName="shop-default", Attributes={"VisibilityTimeout": "4"})  # not a minute


def _celery(folder: Path, **settings: str) -> Ground:
    redis = Redis(folder).start()
    return Ground(folder, {"CELERY_BROKER": redis.url, **settings}, redis, is_plain=True)


#: dict: name -> what makes a Ground in a folder
GROUNDS: dict[str, Callable[[Path], Ground]] = {
    "embedded": _embedded,
    "redis": _redis,
    "sqs": _sqs,
    "celery": _celery,
    "celery-late": lambda folder: _celery(folder, LATE="1"),
}


@contextmanager
def standing(name: str, folder: Path) -> Iterator[Ground]:
    """The ground *name*, whose settings are those of this process meanwhile; marks are left in *folder*."""
    made = GROUNDS[name](folder)
    made.settings["MARKS"] = str(folder)
    before, here = dict(os.environ), os.getcwd()
    os.environ.update(made.settings)
    os.chdir(folder)  # where a file beside the service is
    config.reset()
    try:
        yield made
    finally:
        made.end()
        os.environ.clear()
        os.environ.update(before)
        os.chdir(here)
        config.reset()


def message(arguments: bytes = b"[[1,2],{}]", **more: object) -> Message:
    """One that has jobs.add add two numbers."""
    made = Message(uuid4_text(), "brokers.jobs.add", "brokers.jobs", arguments, sent=time.time())
    return replace(made, **more)  # type: ignore[arg-type]
