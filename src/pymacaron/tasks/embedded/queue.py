"""The queue in a file: what services send tasks to, and ask what became of them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace

from pymacaron.tasks.embedded.database import Database
from pymacaron.tasks.message import Message, MessageError, read, written
from pymacaron.tasks.queues import Dead, Outcome

__all__ = ["EmbeddedQueue"]


class EmbeddedQueue:
    """
    Tasks wait in the SQLite file *path*. What was sent is on the disk; any process of this machine may send.

    *clock*: seconds since the epoch.
    """

    knows_waiting = True

    def __init__(self, path: str, clock: Callable[[], float] = time.time):
        self._database = Database(path)
        self._clock = clock

    def __repr__(self) -> str:
        return f"<EmbeddedQueue {self._database.path}>"

    def send(self, message: Message) -> str:
        with self._database.writing() as to:
            if message.unique is not None:
                held = _holder(to, message.unique, self._clock())
                if held is not None:
                    return held
                to.execute("INSERT OR REPLACE INTO held VALUES (?, ?, NULL)", (message.unique, message.id))
            to.execute(
                "INSERT INTO tasks (id, task, queue, state, due, text, failures) VALUES (?, ?, ?, 'waiting', ?, ?, ?)",
                (message.id, message.task, message.queue, message.due, written(message), message.failures),
            )
        return message.id

    def outcome(self, task_id: str) -> Outcome:
        query = "SELECT state, result, error, failures FROM tasks WHERE id = ?"
        row = self._database.reading(lambda of: of.execute(query, (task_id,)).fetchone())
        return Outcome("unknown") if row is None else Outcome(*row)

    def dead(self) -> list[Dead]:
        query = "SELECT id, task, queue, text, error, ended FROM tasks WHERE dead ORDER BY ended, seq"
        return [_dead(*row) for row in self._database.reading(lambda of: of.execute(query).fetchall())]

    def retry(self, task_id: str) -> bool:
        with self._database.writing() as to:
            row = to.execute("SELECT text FROM tasks WHERE id = ? AND dead", (task_id,)).fetchone()
            if row is None:
                return False
            now, text = self._clock(), bytes(row[0])
            try:
                message = read(text)
            except MessageError:  # written by a later version, perhaps, which runs here by now
                pass
            else:
                text = written(replace(message, failures=0, due=now, expires=None))
                if message.unique is not None and _holder(to, message.unique, now) is None:
                    to.execute("INSERT OR REPLACE INTO held VALUES (?, ?, NULL)", (message.unique, message.id))
            to.execute(
                "UPDATE tasks SET state = 'waiting', due = ?, text = ?, failures = 0, deaths = 0, pid = NULL, "
                "broken = NULL, ended = NULL, error = NULL, dead = 0 WHERE id = ?",
                (now, text, task_id),
            )
            return True

    def drop(self, task_id: str) -> bool:
        with self._database.writing() as to:
            done = to.execute("UPDATE tasks SET dead = 0, text = NULL WHERE id = ? AND dead", (task_id,))
            return done.rowcount == 1


def _holder(of: sqlite3.Connection, key: str, now: float) -> str | None:
    """The id of the task that has the unique *key* *now*; None: nobody has."""
    query = "SELECT id FROM held WHERE key = ? AND (until IS NULL OR until > ?)"
    row = of.execute(query, (key, now)).fetchone()
    return None if row is None else str(row[0])


def _dead(task_id: str, task: str, queue: str, text: bytes, error: str, ended: float) -> Dead:
    try:
        message = read(text)
    except MessageError:
        message = Message(task_id, task, "", b"[[],{}]", queue)
    return Dead(message, error, ended)
