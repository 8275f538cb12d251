"""
The SQLite file that tasks wait in: one connection for each process, opened when it is first used.

A connection must not be carried into another process, not even to be closed there: the locks that SQLite takes it to
have stay behind. So each is closed before the process forks, and nobody is in the midst of a transaction then.
Source: sqlite.org, "How To Corrupt An SQLite Database File".
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

from pymacaron.tasks.queues import QueueError

__all__ = ["Database"]

#: The version of the tables below, which the file says as well
_VERSION = 1
#: Seconds that one waits for another's transaction, and between two looks where SQLite does not wait itself
_BUSY_S, _AGAIN_S = 20.0, 0.05

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
    The file *path*, which is made where it is not there, for this user only. Every method may raise QueueError.

    Threads take turns.
    """

    def __init__(self, path: str):
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._file: tuple[int, int] | None = None
        _DATABASES.add(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to ask one thing."""
        with self._lock, self._told():
            yield self._open()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction: what was done with it is on the disk afterwards, all of it or nothing."""
        with self._lock, self._told():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Until it is used again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def __del__(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def before_fork(self) -> None:
        self._lock.acquire()
        with suppress(sqlite3.Error):
            self.close()

    def after_fork(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        self._lock = threading.RLock()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self.close()
            raise QueueError(f"the file of tasks {self.path} cannot be used: {error}") from None
        except OSError as error:
            fact = f"the file of tasks {self.path} cannot be used: {error.strerror}"
            raise QueueError(f"{fact}. Make its folder writable, or name a queue: broker_url") from None

    def _open(self) -> sqlite3.Connection:
        """The connection; another one where the file is no longer the one that it was opened for."""
        connection = self._connection
        with suppress(FileNotFoundError):
            found = os.stat(self.path)
            if connection is not None and self._file == (found.st_dev, found.st_ino):
                return connection
        self.close()
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        found = os.stat(self.path)
        self._file = found.st_dev, found.st_ino
        self._connection = connection = _connected(self.path)
        return connection


def _connected(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    _insist(connection, "PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
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
    version: Any = connection.execute("PRAGMA user_version").fetchone()[0]
    return int(version)


def _insist(connection: sqlite3.Connection, statement: str) -> None:
    """Execute what SQLite refuses, instead of waiting, while another process has the file."""
    until = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_S)


_DATABASES: WeakSet[Database] = WeakSet()


class _Forking:
    """Those that wait for the end of a fork; threads that fork take turns."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.waiting: list[Database] = []

    def before(self) -> None:
        self.lock.acquire()
        for database in list(_DATABASES):
            database.before_fork()
            self.waiting.append(database)

    def after(self) -> None:
        while self.waiting:
            self.waiting.pop().after_fork()
        self.lock.release()

    def after_in_child(self) -> None:
        self.lock = threading.RLock()
        while self.waiting:
            self.waiting.pop().after_fork_in_child()


_FORKING = _Forking()
os.register_at_fork(before=_FORKING.before, after_in_parent=_FORKING.after, after_in_child=_FORKING.after_in_child)
