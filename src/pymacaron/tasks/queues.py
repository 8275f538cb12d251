"""What a queue of tasks is asked: `Queue`, a Protocol, the same wherever tasks wait, and what it tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pymacaron.exceptions import BackendError
from pymacaron.tasks.message import Message

__all__ = ["ENDED", "Dead", "Outcome", "Queue", "QueueError", "QueueSettingError", "State"]

#: waiting: to be run, or run again; unknown: there is no such task, or it ended too long ago to be remembered
State = Literal["waiting", "running", "succeeded", "failed", "expired", "unknown"]

#: The states in which nothing more happens
ENDED = frozenset(("succeeded", "failed", "expired"))


class QueueError(BackendError):
    """A queue cannot be reached, or refuses a task: nothing was sent. The text says why, without any secret."""

    code = "QUEUE_UNAVAILABLE"
    status = 503
    _description = "The queue of tasks that the operation needs does not answer; ask again later"


class QueueSettingError(QueueError):
    """It can be asked only when a setting is another, or what the service needs there is made: trying again is idle."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`result`: the text of what the task has returned (see arguments.py); `error`: what it failed with, in a line."""

    state: State
    result: bytes | None = None
    error: str | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Dead:
    """A task that has failed for good: `error`, what it failed with, and `failed`, when, in seconds since the epoch."""

    message: Message
    error: str
    failed: float


class Queue(Protocol):
    """
    Where tasks wait. Every method may raise QueueError.

    `knows_waiting`: whether outcome() knows of a task before somebody has begun it. Who does not may say `unknown` of
    one that waits.
    """

    knows_waiting: bool

    def send(self, message: Message) -> str:
        """
        Have *message* be run at its `due`, by whoever works for this queue. Once this returns, it is not lost.

        Gives its id, or that of the one that waits, runs, or was run not `unique_for` seconds ago, with its `unique`.
        """
        ...

    def outcome(self, task_id: str) -> Outcome:
        """What became of the task *task_id*, remembered for `task_keep_s` seconds after its end."""
        ...

    def dead(self) -> list[Dead]:
        """The tasks that have failed for good, the latest last, until they are retried or dropped."""
        ...

    def retry(self, task_id: str) -> bool:
        """Have a task that has failed for good be run once more, as one that never failed. False: there is none."""
        ...

    def drop(self, task_id: str) -> bool:
        """Forget a task that has failed for good. False: there is none."""
        ...
