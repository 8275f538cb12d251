"""
The books of the worker: which task is run by which process, and how each has ended.

Only the holder of the lock and its children write here, so that no task has a lease: what is running when nobody holds
the lock was run by a process that has died.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pymacaron.tasks.embedded.database import Database
from pymacaron.tasks.message import Message, MessageError, read, written
from pymacaron.tasks.running import Ended

__all__ = ["DEATHS", "KILLED", "LATE", "Books", "Taken"]

#: A task is run no more when so many of the processes that ran it have died
DEATHS = 5
#: Why a task is not run again but booked as failed: it was at work beyond its time limit, or killed too often
LATE, KILLED = "late", "killed"


@dataclass(frozen=True, slots=True)
class Taken:
    """A task that this process is to run; `broken`: KILLED or LATE, where it is to be booked as failed instead."""

    message: Message
    broken: str | None


class Books:
    """Those in the file of *database*. *queues*: names of those that are worked for; none: all. *clock*: seconds."""

    def __init__(self, database: Database, queues: Sequence[str] = (), clock: Callable[[], float] = time.time):
        self._database = database
        self._clock = clock
        self._queues = tuple(queues)
        names = ", ".join("?" * len(self._queues))
        self._which = "state = 'waiting'" + (f" AND queue IN ({names})" if self._queues else "")
        #: When the next one is due, None: none waits, and what SQLite said of changes when that was so
        self._next: float | None = 0.0
        self._seen: tuple[sqlite3.Connection, int] | None = None

    @property
    def path(self) -> str:
        """The file."""
        return self._database.path

    def turn(self, pid: int, done: tuple[Message, Ended] | None, *, takes: bool = True) -> Taken | None:
        """
        Book how the task of the process *pid* has ended, and give it the one that is due for longest, as one
        transaction. None: there is none, or it *takes* none.
        """
        while True:
            with self._database.writing() as to:
                if done is not None:
                    self._end(to, pid, *done)
                    done = None
                row = self._due(to) if takes else None
                if row is None:
                    return None
                task_id, text, broken = row
                try:
                    taken = Taken(read(text), broken)
                except MessageError as error:
                    self._refuse(to, task_id, f"its message cannot be read: {error}")
                    continue
                change = "UPDATE tasks SET state = 'running', pid = ? WHERE id = ?"
                to.execute(change, (pid, task_id))
                return taken

    def may_be_due(self) -> bool:
        """Whether turn() may have something to give since it had nothing: another has written, or time has come."""
        if self._database.reading(self._is_changed):
            return True
        return self._next is not None and self._next <= self._clock()

    def put_back(self, pid: int | None = None, *, late: bool = False, counts: bool = True) -> int:
        """
        Have what the process *pid*, or any, was running when it ended be run again; gives how many that are.

        *late*: it was ended since the task did not. *counts*: whether that was its death, of which few are borne.
        """
        which = "state = 'running'" + (" AND pid = :pid" if pid is not None else "")
        values = {"pid": pid, "late": LATE if late else None, "more": counts and not late, "most": DEATHS}
        with self._database.writing() as to:
            return to.execute(
                "UPDATE tasks SET state = 'waiting', pid = NULL, deaths = deaths + :more, broken = "
                f"coalesce(broken, :late, CASE WHEN deaths + :more >= :most THEN '{KILLED}' END) WHERE {which}",
                values,
            ).rowcount

    def tidy(self, keep_s: float) -> None:
        """Forget what has ended more than *keep_s* seconds ago, but not what has failed and waits for somebody."""
        now = self._clock()
        with self._database.writing() as to:
            to.execute("DELETE FROM tasks WHERE ended < ? AND NOT dead", (now - keep_s,))
            to.execute("DELETE FROM held WHERE until <= ?", (now,))

    def _is_changed(self, of: sqlite3.Connection) -> bool:
        return self._seen is None or self._seen[0] is not of or self._seen[1] != _data_version(of)

    def _due(self, of: sqlite3.Connection) -> tuple[str, bytes, str | None] | None:
        query = f"SELECT id, text, broken, due FROM tasks WHERE {self._which} ORDER BY due, seq LIMIT 1"
        row = of.execute(query, self._queues).fetchone()
        if row is not None and row[3] <= self._clock():
            return row[0], bytes(row[1]), row[2]
        self._next = None if row is None else row[3]
        self._seen = of, _data_version(of)  # nobody else writes before this transaction is over
        return None

    def _end(self, to: sqlite3.Connection, pid: int, message: Message, ended: Ended) -> None:
        if ended.state == "again" and ended.message is not None:
            again = ended.message
            to.execute(
                "UPDATE tasks SET state = 'waiting', due = ?, text = ?, failures = ?, error = ?, deaths = 0, "
                "pid = NULL, broken = NULL WHERE id = ? AND state = 'running' AND pid = ?",
                (again.due, written(again), again.failures, ended.error, message.id, pid),
            )
            return
        is_dead, now = ended.state == "failed", self._clock()
        change = to.execute(
            "UPDATE tasks SET state = :state, result = :result, error = :error, failures = :failures, ended = :now, "
            "dead = :is_dead, pid = NULL, broken = NULL, text = CASE WHEN :is_dead THEN text END "
            "WHERE id = :id AND state = 'running' AND pid = :pid",
            {
                "state": ended.state,
                "result": ended.result,
                "error": ended.error,
                "failures": message.failures + is_dead,
                "now": now,
                "is_dead": is_dead,
                "id": message.id,
                "pid": pid,
            },
        )
        if message.unique is None or not change.rowcount:
            return
        if ended.state == "succeeded" and message.unique_for > 0:
            until = "UPDATE held SET until = ? WHERE key = ? AND id = ?"
            to.execute(until, (now + message.unique_for, message.unique, message.id))
        else:
            to.execute("DELETE FROM held WHERE key = ? AND id = ?", (message.unique, message.id))

    def _refuse(self, to: sqlite3.Connection, task_id: str, why: str) -> None:
        change = "UPDATE tasks SET state = 'failed', error = ?, ended = ?, dead = 1 WHERE id = ?"
        to.execute(change, (why, self._clock(), task_id))
        to.execute("DELETE FROM held WHERE id = ?", (task_id,))


def _data_version(of: sqlite3.Connection) -> int:
    """Another number whenever another connection has written; that of each connection is its own."""
    version: int = of.execute("PRAGMA data_version").fetchone()[0]
    return version
