"""A queue in the memory of the process, for tests: nothing runs until the test says so, and its clock can be put on."""

from __future__ import annotations

import heapq
import math
import threading
from dataclasses import replace
from itertools import count

from pymacaron import clocks
from pymacaron.tasks import running
from pymacaron.tasks.message import Message, MessageError, read, unread, written
from pymacaron.tasks.queues import Dead, Outcome, State

__all__ = ["MemoryQueue"]


class MemoryQueue:
    """Tasks wait in here as the text that other queues send. run() runs them, in this thread; advance() ends delays."""

    knows_waiting = True

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._lock = threading.Lock()
        self._numbers = count()
        self._waiting: list[tuple[float, int, bytes]] = []
        self._outcomes: dict[str, Outcome] = {}
        #: dict: id -> what failed for good, and its text
        self._dead: dict[str, tuple[Dead, bytes]] = {}
        #: dict: unique key -> the id of its task, and until when it is held
        self._held: dict[str, tuple[str, float]] = {}

    def now(self) -> float:
        """What this queue takes the time for, in seconds since the epoch."""
        return clocks.time() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Have it be so many seconds later."""
        self._ahead_s += seconds

    @property
    def waiting(self) -> list[Message]:
        """What waits, in the order in which it will run. Raises MessageError for what put() has that is none."""
        with self._lock:
            return [read(text) for _, _, text in sorted(self._waiting)]

    def run(self) -> int:
        """Run what is due, and what that sends, until nothing is due any more. Gives how many were run."""
        done = 0
        while (message := self._next()) is not None:
            try:
                ended = running.run(message, clock=self.now)
            except (
                BaseException
            ):  # a test that was stopped, or a task that stops the process: it waits on, as elsewhere
                with self._lock:
                    self._put(message)
                raise
            self._end(message, ended)
            done += 1
        return done

    def put(self, text: bytes) -> None:
        """Have *text* wait as it is, as though another version had sent it."""
        with self._lock:
            self._put_text(text)

    def send(self, message: Message) -> str:
        ahead_s = self._ahead_s
        expires = message.expires + ahead_s if message.expires is not None else None
        message = replace(message, sent=message.sent + ahead_s, due=message.due + ahead_s, expires=expires)
        with self._lock:
            if message.unique is not None:
                holder = self._holder(message.unique)
                if holder is not None:
                    return holder
                self._held[message.unique] = message.id, math.inf
            self._put(message)
            return message.id

    def outcome(self, task_id: str) -> Outcome:
        with self._lock:
            return self._outcomes.get(task_id, Outcome("unknown"))

    def dead(self) -> list[Dead]:
        with self._lock:
            return [dead for dead, _ in self._dead.values()]

    def retry(self, task_id: str) -> bool:
        with self._lock:
            if task_id not in self._dead:
                return False
            text = self._dead.pop(task_id)[1]
            try:
                message = replace(read(text), failures=0, due=self.now(), expires=None)
            except MessageError:
                self._put_text(text)
                return True
            if message.unique is not None and self._holder(message.unique) is None:
                self._held[message.unique] = message.id, math.inf
            self._put(message)
            return True

    def drop(self, task_id: str) -> bool:
        with self._lock:
            return self._dead.pop(task_id, None) is not None

    def _holder(self, unique: str) -> str | None:
        task_id, until = self._held.get(unique, (None, 0.0))
        return task_id if until > self.now() else None

    def _put_text(self, text: bytes) -> None:
        heapq.heappush(self._waiting, (self.now(), next(self._numbers), text))

    def _put(self, message: Message, error: str | None = None) -> None:
        heapq.heappush(self._waiting, (message.due, next(self._numbers), written(message)))
        self._outcomes[message.id] = Outcome("waiting", error=error, failures=message.failures)

    def _next(self) -> Message | None:
        with self._lock:
            while self._waiting and self._waiting[0][0] <= self.now():
                text = heapq.heappop(self._waiting)[2]
                try:
                    message = read(text)
                except MessageError as error:
                    self._bury(unread(text), text, f"its message cannot be read: {error}")
                    continue
                before = self._outcomes.get(message.id, Outcome("waiting"))
                self._outcomes[message.id] = Outcome("running", error=before.error, failures=message.failures)
                return message
            return None

    def _end(self, message: Message, ended: running.Ended) -> None:
        with self._lock:
            if ended.message is not None:
                self._put(ended.message, ended.error)
                return
            if ended.state == "failed":
                self._bury(message, written(message), ended.error or "")
            else:
                state: State = "succeeded" if ended.state == "succeeded" else "expired"
                self._outcomes[message.id] = Outcome(state, ended.result, ended.error, message.failures)
            if message.unique is not None and self._holder(message.unique) == message.id:
                until = self.now() + message.unique_for if ended.state == "succeeded" else 0.0
                self._held[message.unique] = message.id, until

    def _bury(self, message: Message, text: bytes, error: str) -> None:
        self._dead[message.id] = Dead(message, error, self.now()), text
        self._outcomes[message.id] = Outcome("failed", error=error, failures=message.failures + 1)
