"""The SQLite file that tasks wait in: its tables, and what is told where it cannot be used."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pymacaron.sqlite import SQLiteFile
from pymacaron.store.files import trouble
from pymacaron.tasks.queues import QueueError

__all__ = ["Database"]

_T = TypeVar("_T")

#: The version of the tables below, which the file says as well
_VERSION = 1
#: Seconds that one waits for another's transaction
_BUSY_S = 20.0

# tasks: `due`, `begun` and `ended` are seconds since the epoch; `pid`, who runs it; `deaths`, how many of those have
# died while they did; `broken`, why it is not to be run but booked as failed; `text`, the message, as long as it may be
# run; `dead`, whether it is among those that have failed for good.
# held: which task has a unique key, until when; NULL: while it waits or runs.
_TABLES = """
CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    task TEXT NOT NULL,
    queue TEXT NOT NULL,
    state TEXT NOT NULL,
    due REAL NOT NULL,
    text BLOB,
    failures INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    pid INTEGER,
    broken TEXT,
    ended REAL,
    result BLOB,
    error TEXT,
    dead INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX waiting ON tasks (due, seq) WHERE state = 'waiting';
CREATE INDEX running ON tasks (pid) WHERE state = 'running';
CREATE INDEX ended ON tasks (ended) WHERE ended IS NOT NULL;
CREATE INDEX dead ON tasks (ended) WHERE dead;
CREATE TABLE held (key TEXT PRIMARY KEY, id TEXT NOT NULL, until REAL) WITHOUT ROWID;
"""


class Database:
    """
    The file *path*, which is made where it is not there, for this user only, and made again where it was deleted. Every
    method may raise QueueError.
    """

    def __init__(self, path: str):
        self.path = path
        self._file = SQLiteFile(path, busy_s=_BUSY_S, prepare=_prepare, reopens=True)

    def reading(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """What *work* makes of a connection; it may be called again."""
        with self._told():
            return self._file.reading(work)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction: what was done with it is on the disk afterwards, all of it or nothing."""
        with self._told(), self._file.writing() as connection:
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            fact = trouble(error, "name a queue: broker_url")
            raise QueueError(f"the file of tasks {self.path} cannot be used: {fact}") from None


def _prepare(connection: sqlite3.Connection) -> None:
    if _version(connection) == _VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    found = _version(connection)  # somebody else may have made the tables meanwhile
    if found == 0:
        for statement in filter(str.strip, _TABLES.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")
    if found not in (0, _VERSION):
        raise sqlite3.DatabaseError(f"a later version of pymacaron has written it ({found}; this one knows {_VERSION})")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
