"""
The lock that the one worker of a service holds on this machine: a file beside the service, locked as flock(2) does.

A lock belongs to whoever has the opened file: the process that took it, and those that it was lent to. It is free when
all of them have ended, however they did. The file names the process that works.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from weakref import WeakSet

from pymacaron.tasks import current

__all__ = ["Lock", "lock_file"]


def lock_file() -> str:
    """The file of this service's lock: beside the file of its tasks, or where nobody may write there, in /tmp."""
    wanted = f"{current.embedded_file()}.lock"
    folder = os.path.dirname(wanted)
    if os.access(folder, os.W_OK):
        return wanted
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    return os.path.join(tempfile.gettempdir(), f"pymacaron-{os.getuid()}-{digest}.lock")


class Lock:
    """That of the file *path*. *descriptor*: the opened file, locked, that another process has lent."""

    def __init__(self, path: str, descriptor: int | None = None):
        self.path = path
        self._descriptor = descriptor
        #: The process whose children have the lock as well
        self._lender = 0
        if descriptor is not None:
            os.set_inheritable(descriptor, False)
        _LOCKS.add(self)

    def take(self) -> bool:
        """Whether this process has it now; False: another one has. May raise OSError."""
        while self._descriptor is None:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            except BaseException:
                os.close(descriptor)
                raise
            self._descriptor = descriptor
            if not self.is_whole():  # its file was deleted meanwhile
                self.close()
        return True

    def is_whole(self) -> bool:
        """Whether the file is still there, so that nobody else can take the lock."""
        if self._descriptor is None:
            return False
        with suppress(OSError):
            return os.path.samestat(os.stat(self.path), os.fstat(self._descriptor))
        return False

    def sign(self) -> None:
        """Write down that this process works; on a disk that is full nobody does."""
        if self._descriptor is None:
            return
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def holder(self) -> int | None:
        """The process that has signed last; None: nobody has."""
        with suppress(OSError, ValueError), open(self.path, encoding="ascii") as file:
            return int(file.read())
        return None

    @contextmanager
    def lent(self) -> Iterator[int]:
        """
        Inside, a process can be started that is passed what this gives, a descriptor. take() was called before.

        gevent's subprocess forks as os.fork does, of which this one is told.
        """
        assert self._descriptor is not None
        before, self._lender = self._lender, os.getpid()
        try:
            yield self._descriptor
        finally:
            self._lender = before

    def lend_to_children(self) -> None:
        """Have processes that this one forks hold it as well, but not those that they fork."""
        self._lender = os.getpid()

    def close(self) -> None:
        """Hold it no more; who it was lent to still does."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def after_fork_in_child(self) -> None:
        if os.getppid() != self._lender:
            self.close()


_LOCKS: WeakSet[Lock] = WeakSet()


def _after_fork_in_child() -> None:
    for lock in list(_LOCKS):
        lock.after_fork_in_child()


os.register_at_fork(after_in_child=_after_fork_in_child)
