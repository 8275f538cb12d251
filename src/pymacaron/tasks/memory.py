"""A queue in the memory of the process, for tests: nothing runs until the test says so, and its clock can be put on."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from pymacaron.tasks import running
from pymacaron.tasks.message import Message, read, written
from pymacaron.tasks.queues import Dead, Outcome

__all__ = ["MemoryQueue"]


class MemoryQueue:
    """
    Tasks wait in here as the text that other queues send. run() runs them in this thread; advance() puts the clock on.

    *clock*: seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time):
        self._clock = clock
        self._ahead_s = 0.0
        self._lock = threading.Lock()
        self._numbers = count()
        self._waiting: list[tuple[float, int, bytes]] = []
        self._outcomes: dict[str, Outcome] = {}
        self._dead: dict[str, Dead] = {}
        #: dict: unique key -> the id of its task, and until when it is held
        self._held: dict[str, tuple[str, float]] = {}

    def now(self) -> float:
        """What this queue takes the time for, in seconds since the epoch."""
        return self._clock() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Have it be so many seconds later."""
        self._ahead_s += seconds

    @property
    def waiting(self) -> list[Message]:
        """What waits, in the order in which it will run."""
        with self._lock:
            return [read(text) for _, _, text in sorted(self._waiting)]

    def run(self) -> int:
        """Run what is due, and what that sends, until nothing is due any more. Gives how many were run."""
        done = 0
        while (message := self._next()) is not None:
            self._end(message, running.run(message, clock=self.now))
            done += 1
        return done

    def send(self, message: Message) -> str:
        with self._lock:
            if message.unique is not None:
                held = self._held.get(message.unique)
                if held is not None and held[1] > self.now():
                    return held[0]
                self._held[message.unique] = message.id, float("inf")
            self._put(message)
            return message.id

    def outcome(self, task_id: str) -> Outcome:
        with self._lock:
            return self._outcomes.get(task_id, Outcome("unknown"))

    def dead(self) -> list[Dead]:
        with self._lock:
            return list(self._dead.values())

    def retry(self, task_id: str) -> bool:
        with self._lock:
            dead = self._dead.pop(task_id, None)
            if dead is not None:
                self._put(replace(dead.message, failures=0, due=self.now(), expires=None))
            return dead is not None

    def drop(self, task_id: str) -> bool:
        with self._lock:
            return self._dead.pop(task_id, None) is not None

    def _put(self, message: Message) -> None:
        heapq.heappush(self._waiting, (message.due, next(self._numbers), written(message)))
        before = self._outcomes.get(message.id)
        error = before.error if before is not None and message.failures else None
        self._outcomes[message.id] = Outcome("waiting", error=error, failures=message.failures)

    def _next(self) -> Message | None:
        with self._lock:
            if not self._waiting or self._waiting[0][0] > self.now():
                return None
            message = read(heapq.heappop(self._waiting)[2])
            self._outcomes[message.id] = replace(self._outcomes[message.id], state="running")
            return message

    def _end(self, message: Message, ended: running.Ended) -> None:
        with self._lock:
            if ended.state == "again" and ended.message is not None:
                self._outcomes[message.id] = Outcome("waiting", error=ended.error)
                self._put(ended.message)
                return
            state = ended.state if ended.state != "again" else "failed"
            failures = message.failures + (state == "failed")
            self._outcomes[message.id] = Outcome(state, ended.result, ended.error, failures)
            if state == "failed":
                self._dead[message.id] = Dead(message, ended.error or "", self.now())
            if message.unique is not None:
                until = self.now() + message.unique_for if state == "succeeded" else 0.0
                self._held[message.unique] = message.id, until
