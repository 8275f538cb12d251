"""
The worker for tasks of a service that says `with_async: true`: which processes start it.

Those that serve do, and no process that only imports server.py: the main one of gunicorn, a test, the worker itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

from pymacaron import config

__all__ = ["is_granian", "start", "start_under_server"]

#: Seconds between two looks whether a process that gunicorn has forked is one of its workers yet, and until it is none
_LOOK_S, _WORKER_S = 0.05, 60.0


def start(server: str) -> None:
    """Have this process, which serves *server*, the path of a server.py, see to it that there is a worker."""
    if not config.get_config().with_async:
        return
    from pymacaron.tasks import starting

    starting.start(os.path.abspath(server))


def start_under_server(server: str) -> None:
    """The same in each worker of gunicorn or granian that has loaded *server*, or is forked with it."""
    if is_granian() or _is_gunicorn_worker():
        start(server)
        return
    if "gunicorn.arbiter" not in sys.modules or not config.get_config().with_async:
        return
    arbiter = os.getpid()  # that has loaded it for workers to come: preload_app

    def begin() -> None:
        if os.getppid() == arbiter:
            threading.Thread(target=_start_in_worker, args=(server,), name="pymacaron-worker", daemon=True).start()

    os.register_at_fork(after_in_child=begin)


def is_granian() -> bool:
    """Whether this is a worker of granian."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.current_process().name == "granian-worker"


def _start_in_worker(server: str) -> None:
    """A process that gunicorn has forked may be none of its workers: that which tries whether the service starts."""
    until = time.monotonic() + _WORKER_S
    while not _is_gunicorn_worker():
        if time.monotonic() > until:
            return
        time.sleep(_LOOK_S)
    start(server)


def _is_gunicorn_worker() -> bool:
    """Whether this is a worker of gunicorn: it has said who hears of signals, whose class is no name of gunicorn's."""
    base = sys.modules.get("gunicorn.workers.base")
    hears: Any = getattr(signal.getsignal(signal.SIGABRT), "__self__", None)
    return base is not None and isinstance(hears, base.Worker)
