"""The command lines of servers for production: gunicorn with the settings of gunicorn.py, and granian with the like."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

__all__ = ["MissingServerError", "command"]

_INSTALL = {"gunicorn": "pip install gunicorn", "granian": "pip install 'pymacaron[granian]'"}


class MissingServerError(Exception):
    """A server that is not installed: a message for people."""


def command(name: str, server: str, host: str, port: int, workers: int | None) -> list[str]:
    """
    What starts the server *name* for *server*, the path of a server.py, in whose folder it is to be run.

    *workers*: processes; None leaves it to the environment, the config and the machine. Reads the config. Raises
    MissingServerError.
    """
    if find_spec(name) is None:
        raise MissingServerError(f"{name} is not installed. Install it with: {_INSTALL[name]}")
    app = f"{os.path.splitext(os.path.basename(server))[0]}:app"
    if name == "gunicorn":
        bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        given = [] if workers is None else ["--workers", str(workers)]
        return [sys.executable, "-m", "gunicorn", "--config", "python:pymacaron.gunicorn", "--bind", bind, *given, app]
    return [sys.executable, "-m", "pymacaron.granian", *_granian(host, port, workers), app]


def _granian(host: str, port: int, workers: int | None) -> list[str]:
    """
    A worker for each CPU, since granian's own threads do what is not Python; as many blocking threads as gunicorn has,
    since its default, hundreds, all wait for the interpreter's lock. Without a time-out, a worker whose handler hangs
    never ends.
    """
    from pymacaron import gunicorn

    if workers is None:
        workers = gunicorn._number("WEB_CONCURRENCY") or gunicorn._config("worker_count") or gunicorn._cpus()
    return [
        *("--interface", "wsgi", "--no-ws", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(gunicorn.threads)),
        *("--workers-kill-timeout", str(gunicorn.graceful_timeout), "--respawn-failed-workers"),
    ]
