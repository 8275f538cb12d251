"""What firing a task gives: `Handle`, which tells what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pymacaron.tasks.arguments import decode
from pymacaron.tasks.queues import ENDED, Outcome, Queue, State

__all__ = ["Handle", "TaskFailedError", "TaskPendingError", "TaskUnknownError"]

_R = TypeVar("_R")

#: Seconds between two looks of who waits: the first, and the longest
_SOON_S, _OFTEN_S = 0.01, 0.5


class TaskFailedError(Exception):
    """The task has failed for good, or expired; the text says what with. `outcome` is what the queue tells of it."""

    def __init__(self, text: str, outcome: Outcome):
        super().__init__(text)
        self.outcome = outcome


class TaskPendingError(TimeoutError):
    """The task did not end while it was waited for."""


class TaskUnknownError(LookupError):
    """The queue has no task of that id: none was sent, or it ended longer ago than task_keep_s."""


class Handle(Generic[_R]):
    """
    A task that was sent: `id`, a text by which any process finds it again (`send_mail.handle(id)`).

    `state`: waiting, running, succeeded, failed, expired, or unknown: it was never sent, or ended longer ago than
    task_keep_s. What waits in SQS is unknown to all but the handle that has sent it.
    """

    def __init__(self, task_id: str, name: str, queue: Queue, is_sent: bool = False):
        self.id = task_id
        self.name = name
        self._queue = queue
        self._is_sent = is_sent

    @property
    def outcome(self) -> Outcome:
        """State, result and error at one moment."""
        outcome = self._queue.outcome(self.id)
        if outcome.state == "unknown" and self._is_sent and not self._queue.knows_waiting:
            return Outcome("waiting")
        self._is_sent = False
        return outcome

    @property
    def state(self) -> State:
        return self.outcome.state

    @property
    def error(self) -> str | None:
        """What it failed with, the latest time, in a line; None where it did not."""
        return self.outcome.error

    @property
    def result(self) -> _R | None:
        """What it has returned; None while it has not, or if it failed. See wait()."""
        outcome = self.outcome
        return decode(outcome.result) if outcome.state == "succeeded" and outcome.result is not None else None

    def wait(
        self,
        timeout_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> _R:
        """
        What it returns, as soon as it has. Raises TaskFailedError where it fails for good or expires, TaskPendingError
        after *timeout_s* seconds, and TaskUnknownError at once where there is no such task, as far as the queue tells.
        """
        is_number = isinstance(timeout_s, (int, float)) and not isinstance(timeout_s, bool)
        if not is_number or timeout_s != timeout_s:
            raise TypeError(
                f"wait() was given {timeout_s!r:.80}: write how many seconds to wait at most, as in wait(10)"
            )
        until, pause_s = clock() + timeout_s, _SOON_S
        while True:
            outcome = self.outcome
            if outcome.state in ENDED:
                break
            if outcome.state == "unknown" and self._queue.knows_waiting:
                why = "none was sent with this id, or it ended longer ago than task_keep_s"
                raise TaskUnknownError(f"the task {self.name} ({self.id}) is unknown: {why}")
            left_s = until - clock()
            if left_s <= 0:
                raise TaskPendingError(f"the task {self.name} ({self.id}) is {outcome.state} after {timeout_s:g} s")
            sleep(min(pause_s, left_s))
            pause_s = min(pause_s * 1.5, _OFTEN_S)
        if outcome.state != "succeeded":
            raise TaskFailedError(f"the task {self.name} ({self.id}) has {outcome.state}: {outcome.error}", outcome)
        result: Any = decode(outcome.result) if outcome.result is not None else None
        return result  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<Handle {self.id} of {self.name}>"
