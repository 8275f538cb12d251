"""
The connections of a process to one SQLite file. None is used by two threads at once, and none is there in a fork: what
SQLite knows of the locks of a process is wrong in a copy of it. So a fork waits until nobody uses one, and closes all.

A file is made readable by its owner alone. Every error of SQLite's becomes a StoreError that names the file.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import random
from typing import TypeVar

from pymacaron.store.stores import StoreError

__all__ = ["Connections"]

_T = TypeVar("_T")

#: How long one waits for others that write
_BUSY_S = 10.0

#: How long SQLite itself waits for them: soon it would look ten times a second, and find each time one who writes on
#: and on; and the longest pause before it is asked again
_OWN_S, _PAUSE_S = 0.01, 0.002


class Connections:
    """Those to the file *path*, which is made when it is first used."""

    def __init__(self, path: Path, busy_s: float = _BUSY_S):
        self._path = path
        self._busy_s = busy_s
        self._idle: list[sqlite3.Connection] = []
        self._unlocked()
        weakref.finalize(self, _close, self._idle)
        own = weakref.ref(self)
        os.register_at_fork(
            before=lambda: _told(own, Connections._before_fork),
            after_in_parent=lambda: _told(own, Connections._after_fork),
            after_in_child=lambda: _told(own, Connections._unlocked),
        )

    def close(self) -> None:
        """Close those that are not in use. The next use opens one again."""
        with self._turn:
            _close(self._idle)

    def reading(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """What *work* makes of a connection; it may be called again."""
        return self._using(lambda connection: self._patient(lambda: work(connection)))

    def writing(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """What *work* makes of one in a transaction, beside which nobody writes: all of it is kept, or nothing."""
        with self._writer:
            return self._using(lambda connection: self._transaction(connection, work))

    def _using(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            connection = self._taken()
            try:
                return work(connection)
            finally:
                self._given(connection)
        except sqlite3.Error as error:
            raise self._refused(error) from None

    def _taken(self) -> sqlite3.Connection:
        with self._turn:
            while self._forking:
                self._turn.wait()
            connection = self._idle.pop() if self._idle else self._opened()
            self._used += 1
            return connection

    def _given(self, connection: sqlite3.Connection) -> None:
        with self._turn:
            self._idle.append(connection)
            self._used -= 1
            if self._forking:
                self._turn.notify_all()

    def _opened(self) -> sqlite3.Connection:
        # Not opened where it is there: to close it again would give up what this process has locked in it
        with suppress(FileExistsError):
            try:
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            except OSError as error:
                if isinstance(error, FileExistsError):
                    raise
                raise StoreError(f"{self._path} cannot be made: {error.strerror}; store_url says where it is") from None
        connection = sqlite3.connect(
            self._path, timeout=_OWN_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            connection.text_factory = bytes
            self._patient(lambda: _set_up(connection))
        except BaseException:
            connection.close()
            raise
        return connection

    def _transaction(self, connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], _T]) -> _T:
        self._patient(lambda: connection.execute("BEGIN IMMEDIATE"))
        try:
            result = work(connection)
            connection.execute("COMMIT")
            return result
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _patient(self, ask: Callable[[], _T]) -> _T:
        """What *ask* gives, which is asked again while others write."""
        try:
            return ask()
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
        deadline = time.monotonic() + self._busy_s
        while True:
            time.sleep(random() * _PAUSE_S)
            try:
                return ask()
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > deadline:
                    raise

    def _refused(self, error: sqlite3.Error) -> StoreError:
        if _is_busy(error):
            fact = f"has been written by others for {self._busy_s:g} s"
            return StoreError(f"{self._path} {fact}; have fewer processes write, or keep tables in DynamoDB")
        return StoreError(f"{self._path} cannot be used: {error}; store_url says where it is")

    def _before_fork(self) -> None:
        self._turn.acquire()
        self._forking = True
        while self._used:
            self._turn.wait()
        _close(self._idle)

    def _after_fork(self) -> None:
        self._forking = False
        self._turn.notify_all()
        self._turn.release()

    def _unlocked(self) -> None:
        #: Who takes a connection, or gives it back; how many are in use; whether a fork waits for those
        self._turn, self._used, self._forking = threading.Condition(), 0, False
        #: Who writes: within a process they queue up here, each in its turn, which is faster than to poll a file
        self._writer = _Queue()


class _Queue:
    """A lock that goes to whoever has waited longest. Python's own goes to who asks first when it is free again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if not self._held:
                self._held = True
                return
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        try:
            called.acquire()
        except BaseException:  # interrupted: whoever is called meanwhile has to pass it on
            with self._lock:
                was_called = called not in self._waiting
                if not was_called:
                    self._waiting.remove(called)
            if was_called:
                self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


def _told(own: weakref.ref[Connections], told: Callable[[Connections], None]) -> None:
    if (connections := own()) is not None:
        told(connections)


def _close(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()


def _set_up(connection: sqlite3.Connection) -> None:
    """Both ask for the file, which another process may have to itself while it makes it."""
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != b"wal":
        connection.execute("PRAGMA journal_mode = WAL")


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
