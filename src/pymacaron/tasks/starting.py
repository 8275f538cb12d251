"""
`with_async: true`: the worker of a service is started with its server, one for a service on this machine.

Each process that serves has a thread that tries to take the lock. Who has it starts `pymacaron worker`, to which it
lends it, and starts another one when that has ended, until the server ends: then another process has the lock.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from pymacaron import config, ending
from pymacaron.tasks import current
from pymacaron.tasks.lock import Lock, lock_file

__all__ = ["Guardian", "start"]

log = logging.getLogger("pymacaron.tasks")

#: Seconds between two tries to take the lock, and two looks at the worker
_TRY_S, _LOOK_S = 1.0, 0.2
#: How a worker ends that was well until somebody ended it
_KILLS = frozenset((signal.SIGKILL, signal.SIGTERM))
#: Seconds until a worker is started again: the first time, the longest, and when all is well again
_SOON_S, _OFTEN_S, _WELL_S = 1.0, 60.0, 60.0


class _Started:
    """The Guardian of this process."""

    guardian: Guardian | None = None


def start(server: str) -> None:
    """
    Have this process, which serves *server*, the path of a server.py, see to it that there is a worker: where
    `with_async` says so. Once for a process.
    """
    settings: Any = config.get_config()
    if not settings.with_async or current.kind(settings.broker_url) == "memory":
        return
    before = _Started.guardian
    if before is not None and before.pid == os.getpid():
        return
    _Started.guardian = guardian = Guardian(server, lock_file())
    ending.at_end(guardian.stop)
    guardian.start()


class Guardian(threading.Thread):
    """Sees to it that *server* has a worker: who holds the lock of the file *lock* starts one."""

    def __init__(self, server: str, lock: str):
        super().__init__(name="pymacaron-worker", daemon=True)
        self.pid = os.getpid()
        self._server = server
        self._lock = lock
        self._over = threading.Event()
        self._starting = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Until stop()."""
        is_told = False
        while not self._over.is_set():
            try:
                lock = Lock(self._lock)
                if lock.take():
                    self._keep(lock)
            except OSError as error:
                if not is_told:
                    log.error("no worker for tasks can be started: %s: %s", self._lock, error.strerror)
                is_told = True
            self._over.wait(_TRY_S)

    def stop(self) -> None:
        """Have the worker stop, and wait for its end, not beyond that of this process. Nothing in a forked one."""
        if os.getpid() != self.pid:
            return
        with self._starting:
            self._over.set()
            worker = self._worker
        if worker is None or worker.poll() is not None:
            return
        worker.terminate()
        with suppress(subprocess.TimeoutExpired):  # it finishes what it runs
            worker.wait(ending.left_s())

    def _keep(self, lock: Lock) -> None:
        """Start workers, one when another has ended, as long as this process serves. It has the *lock*."""
        pause_s = _SOON_S
        try:
            while (worker := self._begin(lock)) is not None:
                began = time.monotonic()
                while worker.poll() is None:
                    if self._over.wait(_LOOK_S):
                        return
                if self._over.is_set() or not lock.is_whole():
                    return
                code = worker.returncode
                if -code in _KILLS or time.monotonic() - began >= _WELL_S:
                    pause_s = _SOON_S
                how = f"signal {-code}" if code < 0 else f"code {code}"
                log.error("the worker for tasks has ended with %s; another one is started in %g s", how, pause_s)
                lock.sign()
                if self._over.wait(pause_s):
                    return
                pause_s = min(pause_s * 2, _OFTEN_S)
        finally:
            lock.close()

    def _begin(self, lock: Lock) -> subprocess.Popen[bytes] | None:
        """Another worker; None where this process ends."""
        mode = ["--debug"] if config.is_dev() else []
        with self._starting, lock.lent() as descriptor:
            if self._over.is_set():
                return None
            options = ["--server-pid", str(self.pid), "--lock", str(descriptor), *mode]
            self._worker = subprocess.Popen(
                [sys.executable, "-m", "pymacaron", "worker", *options, self._server],
                cwd=os.path.dirname(self._server),
                stdin=subprocess.DEVNULL,
                pass_fds=[descriptor],
            )
            return self._worker
