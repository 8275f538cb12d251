"""
An SQLite file, and the connections of this process to it. None is used by two threads at once, and none is there in a
fork: what SQLite knows of the locks of a process is wrong in a copy of it, where not even closing a connection is safe.
So a fork waits until nobody uses one, and closes all.

What is answered as written is on the disk (WAL, synchronous=FULL). A file is made readable by its owner alone.
Users are interrupted anywhere, by the time limit of a task: what they have taken is given back all the same.
Source: sqlite.org, "How To Corrupt An SQLite Database File".
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import random
from typing import TypeVar

__all__ = ["MovedFileError", "SQLiteFile", "is_busy"]

_T = TypeVar("_T")

#: How long SQLite itself waits for others that write: soon it would look ten times a second, and find each time one who
#: writes on and on; and the longest pause before it is asked again
_OWN_S, _PAUSE_S = 0.01, 0.002


class MovedFileError(sqlite3.OperationalError):
    """The file was deleted, or another one was put in its place, while it was in use here."""


class SQLiteFile:
    """
    The file *path*, which is made when it is first used. *busy_s*: how long one waits for others that write; *prepare*
    is called with each connection that is opened, again where others were busy.

    A file that is gone, or another one, is noticed before a connection is opened, and before each transaction that
    writes: raises MovedFileError until the file is back, or close() was called. What is beside the file (-wal, -shm)
    may be the old one's. *reopens*: noticed before each use, and that file is opened, or made, instead.

    Every method may raise sqlite3.Error, and OSError where the file cannot be made.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        busy_s: float,
        prepare: Callable[[sqlite3.Connection], object],
        reopens: bool = False,
    ):
        self.path = os.fspath(path)
        self._busy_s = busy_s
        self._prepare = prepare
        self._reopens = reopens
        self._idle: list[_Connection] = []
        #: What the file was when it was opened: device and inode; None: it is not open
        self._file: tuple[int, int] | None = None
        self.renew()
        weakref.finalize(self, _close, self._idle)
        _FORKING.watch(self)

    def close(self) -> None:
        """Close the connections that are not in use. The next use opens one again."""
        with self._lock:
            _close(self._idle)
            self._file = None

    def reading(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """What *work* makes of a connection; it may be called again."""
        lent: list[_Connection] = []
        try:
            connection = self._lend(lent, looks=self._reopens)
            return self._patient(lambda: work(connection))
        except sqlite3.Error:
            _spend(lent)
            raise
        finally:
            try:
                self._take_back(lent)
            finally:
                self._take_back(lent)  # the first may have been interrupted

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction, beside which nobody writes: all of it is on the disk then, or nothing."""
        turn, lent = _Turn(), list[_Connection]()
        try:
            self._turns.wait_for(turn)
            connection = self._lend(lent, looks=True)
            try:
                self._patient(lambda: connection.execute("BEGIN IMMEDIATE"))
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error:
            _spend(lent)
            raise
        finally:
            try:
                self._take_back(lent, turn)
            finally:
                self._take_back(lent, turn)  # the first may have been interrupted

    def _lend(self, lent: list[_Connection], *, looks: bool) -> _Connection:
        """A connection, which is in *lent* then. *looks*: whether the file is still the one that was opened."""
        with self._lock:
            while self._is_forking:
                self._given_back.wait()
            if (looks or not self._idle) and self._file is not None and self._file != _identity(self.path):
                if not self._reopens:
                    raise MovedFileError("it was deleted or replaced while it was in use")
                _close(self._idle)
                self._file = None
            connection = self._idle.pop() if self._idle else self._opened()
            lent.append(connection)
            self._used.append(connection)
            return connection

    def _take_back(self, lent: list[_Connection], turn: _Turn | None = None) -> None:
        """What was *lent*, and the *turn* of who has written; nothing where that was done before."""
        for connection in lent:
            with self._lock:
                if connection in self._used:
                    self._used.remove(connection)
                if connection.is_spent or connection.file != self._file or connection.in_transaction:
                    connection.close()
                elif connection not in self._idle:
                    self._idle.append(connection)
                lent.clear()
                if self._is_forking:
                    self._given_back.notify_all()
        if turn is not None and not turn.is_over:
            self._turns.end(turn)

    def _opened(self) -> _Connection:
        # Not opened where it is there: to close it again would give up what this process has locked in it
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        file = self._file or _identity(self.path)
        connection = sqlite3.connect(
            self.path,
            timeout=_OWN_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=_Connection,
        )
        try:
            self._patient(lambda: _set_up(connection))
            self._patient(lambda: self._prepare(connection))
        except BaseException:
            connection.close()
            raise
        connection.file = self._file = file
        return connection

    def _patient(self, ask: Callable[[], _T]) -> _T:
        """What *ask* gives, which is asked again while others write."""
        try:
            return ask()
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
        deadline = time.monotonic() + self._busy_s
        while True:
            time.sleep(random() * _PAUSE_S)
            try:
                return ask()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > deadline:
                    raise

    # ---- what a fork tells

    def before_fork(self) -> None:
        self._lock.acquire()
        self._is_forking = True
        while self._used:
            self._given_back.wait()
        with suppress(sqlite3.Error):
            _close(self._idle)

    def after_fork(self) -> None:
        self._is_forking = False
        self._given_back.notify_all()
        self._lock.release()

    def renew(self) -> None:
        """Have nobody use it: in the child of a fork, where nobody does."""
        #: Who takes a connection, or gives it back; those that are in use; whether a fork waits for them
        self._lock = threading.RLock()
        self._given_back = threading.Condition(self._lock)
        self._used: list[_Connection] = []
        self._is_forking = False
        #: Who writes: within a process they queue up here, each in its turn, which is faster than to poll a file
        self._turns = _Turns()


class _Connection(sqlite3.Connection):
    """`file`: which one it was opened for; `is_spent`: whether it is of no more use."""

    file: tuple[int, int] | None = None
    is_spent = False


class _Turn:
    """A place in the queue. `is_first`: whether it has come; `is_over`: whether it was given up."""

    def __init__(self) -> None:
        self.is_first = False
        self.is_over = False
        self.comes = threading.Lock()
        self.comes.acquire()


class _Turns:
    """A lock that goes to whoever has waited longest. Python's own goes to who asks first when it is free again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[_Turn] = deque()

    def wait_for(self, turn: _Turn) -> None:
        with self._lock:
            self._queue.append(turn)
            if self._queue[0] is turn:
                turn.is_first = True
                return
        turn.comes.acquire()

    def end(self, turn: _Turn) -> None:
        """Whether it has come or not."""
        with self._lock:
            if turn in self._queue:
                self._queue.remove(turn)
            if self._queue and not self._queue[0].is_first:
                self._queue[0].is_first = True
                self._queue[0].comes.release()
            turn.is_over = True


class _Forking:
    """The files that a fork has to wait for; threads that fork take turns."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._files: weakref.WeakSet[SQLiteFile] = weakref.WeakSet()
        self._waiting: list[SQLiteFile] = []

    def watch(self, file: SQLiteFile) -> None:
        with self._lock:
            self._files.add(file)

    def before(self) -> None:
        self._lock.acquire()
        for file in list(self._files):
            file.before_fork()
            self._waiting.append(file)

    def after(self) -> None:
        while self._waiting:
            self._waiting.pop().after_fork()
        self._lock.release()

    def after_in_child(self) -> None:
        self._lock = threading.RLock()
        while self._waiting:
            self._waiting.pop().renew()


def is_busy(error: sqlite3.Error) -> bool:
    """Whether SQLite has raised *error* since others write."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _spend(connections: list[_Connection]) -> None:
    """Have those that SQLite has failed with be closed: another one may do."""
    for connection in connections:
        connection.is_spent = True


def _close(connections: list[_Connection]) -> None:
    while connections:
        connections.pop().close()


def _set_up(connection: sqlite3.Connection) -> None:
    """Both ask for the file, which another process may have to itself while it makes it."""
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")


_FORKING = _Forking()
os.register_at_fork(before=_FORKING.before, after_in_parent=_FORKING.after, after_in_child=_FORKING.after_in_child)
