"""The queue that the settings name: `broker_url`. Made when a task is first sent, and again in a forked process."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from typing import TypeVar

from pymacaron import config
from pymacaron.exceptions import ConfigError
from pymacaron.standins import StandIns
from pymacaron.tasks.queues import Queue

__all__ = ["embedded_file", "kind", "queue", "service_name", "use"]


class _Current:
    """The queue of this process, and what it was made for."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: tuple[object, Queue] | None = None


_CURRENT = _Current()
_STAND_INS: StandIns[Queue] = StandIns()

_Q = TypeVar("_Q", bound=Queue)


def queue() -> Queue:
    """The queue that tasks are sent to. Raises ConfigError for a `broker_url` that is none."""
    stand_in = _STAND_INS.latest
    if stand_in is not None:
        return stand_in
    wanted = os.getpid(), config.get_config().broker_url, config.folder()
    made = _CURRENT.made
    if made is not None and made[0] == wanted:
        return made[1]
    with _CURRENT.lock:
        if _CURRENT.made is None or _CURRENT.made[0] != wanted:
            _CURRENT.made = wanted, _queue(config.get_config().broker_url)
        return _CURRENT.made[1]


def use(other: _Q) -> AbstractContextManager[_Q]:
    """Inside, tasks of all threads are sent to *other*, whatever the settings say."""
    return _STAND_INS.use(other)


def kind(url: str | None) -> str:
    """
    What tasks wait in, by `broker_url`: embedded, memory, redis or sqs. Raises ConfigError for one that cannot be used,
    without anything of it. Whoever makes a queue asks here first.
    """
    if not url:
        return "embedded"
    wrong = config.broker_fault(url)
    if wrong is not None:
        raise ConfigError(". ".join(wrong))
    scheme = url.partition("://")[0]
    return "redis" if scheme == "rediss" else scheme


def embedded_file() -> str:
    """Where tasks wait when no `broker_url` is set: a file in the folder of pym-config.yaml."""
    return os.path.join(config.folder(), f"{service_name()}-tasks.sqlite3")


def service_name() -> str:
    """What queues and tables of this service begin with."""
    return str(config.resolved().values.get("name") or "pymacaron")


def _queue(url: str | None) -> Queue:
    where = kind(url)
    if where == "memory":
        from pymacaron.tasks.memory import MemoryQueue

        return MemoryQueue()
    if where == "embedded":
        from pymacaron.tasks.embedded.queue import EmbeddedQueue

        return EmbeddedQueue(embedded_file())
    from pymacaron.tasks.celery.queue import books

    return books(url or "")
