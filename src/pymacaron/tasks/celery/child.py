"""
What a process of Celery's worker does with a message that was delivered: it holds the task, runs it, and writes down
how that ended. Where the broker does not answer meanwhile, it waits until that does: the work is done, and is not to
be done again.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from pymacaron.tasks import running
from pymacaron.tasks.celery.books import DEATHS, Begun, Books, Pace
from pymacaron.tasks.message import Message
from pymacaron.tasks.queues import QueueError
from pymacaron.tasks.running import Ended, WorkerKilledError

__all__ = ["MARK", "handle", "insisted", "owner"]

log = logging.getLogger("pymacaron.tasks")

_T = TypeVar("_T")

#: By which the processes of one worker are told from those of another on this machine, with the same number
MARK = f"{socket.gethostname()}:{random.getrandbits(48):012x}"

#: Seconds that a broker is asked again and again: to begin a task, and to write down how it ended
_BEGIN_S, _END_S = 30.0, 3600.0


def owner(pid: int) -> str:
    """By which the process *pid* of this worker is known in the books."""
    return f"{MARK}:{pid}"


def handle(books: Books, task_id: str, text: bytes, pace: Pace) -> bool:
    """
    Run the task *task_id*, of which *text* was delivered, if it is to be run. False: it has to be delivered again.
    """
    mine = owner(os.getpid())
    try:
        begun = insisted(lambda: books.begin(task_id, text, mine, pace.lease), _BEGIN_S)
    except QueueError as error:
        log.warning("the task %s was not begun, and will be delivered again: %s", task_id, error)
        return False
    if begun is None:
        return True
    with _Holding(books, task_id, mine, pace.lease):
        ended = _ended(begun, task_id)
        try:
            insisted(lambda: books.end(task_id, mine, begun.message, ended), _END_S)
        except QueueError as error:
            log.error("how the task %s has ended could not be written down, it may run again: %s", task_id, error)
            return False
    return True


def insisted(ask: Callable[[], _T], within_s: float, pause_s: float = 0.2) -> _T:
    """What *ask* gives, asked again where the broker does not answer, for *within_s* seconds. Raises QueueError."""
    until = time.monotonic() + within_s
    while True:
        try:
            return ask()
        except QueueError:
            if time.monotonic() > until:
                raise
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 2.0)


def _ended(begun: Begun, task_id: str) -> Ended:
    message: Message | None = begun.message
    if message is None:
        log.error("the task %s cannot be read: %s", task_id, begun.error)
        return Ended("failed", error=f"its message cannot be read: {begun.error}")
    if begun.deliveries > DEATHS:
        return running.broken_off(
            message, WorkerKilledError(f"{DEATHS} processes that ran it have died"), for_good=True
        )
    return running.run_out(message, _is_signal)


def _is_signal(error: BaseException) -> bool:
    """Whether billiard's handler of a SIGTERM has raised it: its codes are below 0, which none of a user's is."""
    return isinstance(error, SystemExit) and isinstance(error.code, int) and error.code < 0


class _Holding:
    """Holds a task while it runs: renews that from a thread of its own, three times before it would be over."""

    def __init__(self, books: Books, task_id: str, owner: str, lease_s: float):
        self._ask: Callable[[], bool] = lambda: books.renew(task_id, owner, lease_s)
        self._every_s = lease_s / 3
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="pymacaron-task-held", daemon=True)

    def __enter__(self) -> _Holding:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()

    def _renew(self) -> None:
        while not self._is_over.wait(self._every_s):
            try:
                if not self._ask():
                    return
            except QueueError as error:
                log.warning("a task that runs could not be held: %s", error)
