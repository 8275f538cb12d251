"""
The worker of a service that needs no broker: it has loaded the service, holds the lock, and forks who runs tasks.

It runs none itself: it watches its children, ends those whose task does not heed its time limit, puts back what they
leave behind, and forks others in their place. They die with it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pymacaron.tasks.embedded.books import Books
from pymacaron.tasks.embedded.child import Limit, become_child
from pymacaron.tasks.embedded.database import Database
from pymacaron.tasks.lock import Lock
from pymacaron.tasks.queues import QueueError

__all__ = ["work"]

log = logging.getLogger("pymacaron.tasks")

_LOOK_S = 0.05
#: Seconds between two times that what ended long ago is forgotten
_TIDY_S = 60.0
#: Seconds until another child is forked in place of one that has ended at once: the first, and the longest
_SOON_S, _OFTEN_S, _AT_ONCE_S = 0.1, 10.0, 1.0
_SIGNALS = frozenset((signal.SIGTERM, signal.SIGINT))


@dataclass(slots=True)
class _Child:
    """A place for a child: its process, 0 while there is none; since when it runs, and when the next one may begin."""

    pid: int = 0
    began: float = 0.0
    next: float = 0.0
    pause_s: float = _SOON_S
    limit: Limit = field(default_factory=Limit)


def work(
    lock: Lock,
    path: str,
    *,
    processes: int,
    queues: Sequence[str] = (),
    keep_s: float,
    stop_s: float,
    heeds_s: float = 10.0,
    parent: int | None = None,
) -> int:
    """
    Run the tasks of the file *path*, whose *lock* this process has, until it is told to stop; gives an exit code.

    *queues*: of which; none: of all. *keep_s*: for how many seconds what became of one is remembered. *heeds_s*: how
    long one may go on beyond its time limit, of which it is told, before its process is killed. A SIGTERM or SIGINT
    stops the worker: what runs has *stop_s* seconds to end, and is put back else; a second one stops it at once.
    *parent*: the process that has started it, with which it stops, and which alone tells it to.
    """
    return _Worker(lock, Books(Database(path), queues), _Pace(keep_s, stop_s, heeds_s), processes, parent).run()


@dataclass(frozen=True, slots=True)
class _Pace:
    """How long, in seconds, as work() says."""

    keep_s: float
    stop_s: float
    heeds_s: float


class _Worker:
    def __init__(self, lock: Lock, books: Books, pace: _Pace, processes: int, parent: int | None):
        self._lock = lock
        self._books = books
        self._pace = pace
        self._parent = parent
        self._children = [_Child() for _ in range(processes)]
        self._told = 0
        self._tidied = 0.0
        #: Processes that have ended, whose tasks are to be put back; and whether they were at work for too long
        self._owed: dict[int, bool] = {}

    def run(self) -> int:
        for number in _SIGNALS:
            signal.signal(number, self._hear)
        if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # nohup has it ignored
            signal.signal(signal.SIGHUP, self._hear)
        self._lock.sign()
        self._lock.lend_to_children()
        try:
            put_back = self._books.put_back()
        except QueueError as error:
            log.error("%s", error)
            return 1
        log.info("runs tasks of %s, %d at a time", self._books.path, len(self._children))
        if put_back:
            log.warning("%d tasks that were running when the worker before ended are run again", put_back)
        while not self._told:
            if self._parent is not None and os.getppid() != self._parent:
                log.info("the server that has started this worker is gone")
                break
            if not self._lock.is_whole():
                log.error("%s was deleted: another worker may begin, and this one stops", self._lock.path)
                break
            self._look()
            time.sleep(_LOOK_S)
        self._stop()
        return 0

    def _hear(self, number: int, frame: Any) -> None:
        """A Ctrl-C is heard by the server as well, and a process manager may tell all: only it tells this one."""
        if self._parent is None:
            self._told += 1
        elif number == signal.SIGTERM:
            self._told = 1

    def _look(self) -> None:
        now = time.monotonic()
        self._pay()
        for child in self._children:
            if child.pid:
                self._end_late(child, now)
                self._reap(child)
            elif now >= child.next:
                self._fork(child)
        if now - self._tidied >= _TIDY_S:
            self._tidied = now
            with _told():
                self._books.tidy(self._pace.keep_s)

    def _fork(self, child: _Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        child.limit.until = None
        child.began = time.monotonic()
        # Until the child has its own handlers a signal waits: with those of its parent it would be lost
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            with warnings.catch_warnings():  # of threads that the service has started, which are not forked
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
            if pid == 0:
                become_child(parent, self._books, child.limit)
            child.pid = pid
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _end_late(self, child: _Child, now: float) -> None:
        until = child.limit.until
        if until is None or now < until + self._pace.heeds_s:
            return
        log.error("a task goes on %g s after its time limit: its process is killed", self._pace.heeds_s)
        _kill(child.pid)
        self._clear(child, late=True)

    def _reap(self, child: _Child) -> None:
        how = _end_of(child.pid) if child.pid else None
        if how is not None:
            log.error("a process that runs tasks has ended%s; another one takes its place", how)
            self._clear(child)

    def _clear(self, child: _Child, *, late: bool = False) -> None:
        """Put back what *child*, which has ended, was running; another one begins, later where that was soon."""
        self._owed[child.pid] = late
        child.pid = 0
        self._pay()
        now = time.monotonic()
        child.pause_s = min(child.pause_s * 2, _OFTEN_S) if now - child.began < _AT_ONCE_S else _SOON_S
        child.next = now + child.pause_s

    def _stop(self) -> None:
        """Have the children finish what they run, `stop_s` seconds long, and put back what they did not."""
        running = [child.pid for child in self._children if child.pid]
        until = time.monotonic() + self._pace.stop_s
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        log.info("stops, when what it runs has ended, in %g s at most", self._pace.stop_s)
        while (
            (running := [pid for pid in running if _end_of(pid) is None])
            and time.monotonic() < until
            and self._told < 2
        ):
            time.sleep(_LOOK_S)
        for pid in running:
            _kill(pid)
        self._pay()
        with _told():
            left = self._books.put_back(counts=False)
            if left:
                log.warning("%d tasks did not end in time, and are run again by the next worker", left)
        log.info("the worker has stopped")

    def _pay(self) -> None:
        for pid, late in list(self._owed.items()):
            with _told():
                self._books.put_back(pid, late=late)
                del self._owed[pid]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except QueueError as error:
        log.error("%s", error)


def _end_of(pid: int) -> str | None:
    """How the child *pid* has ended, in words; None: it runs."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # code of the service's has asked for it before
        return ""
    if not ended:
        return None
    code = os.waitstatus_to_exitcode(status)
    return f" with signal {-code}" if code < 0 else f" with code {code}"


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
