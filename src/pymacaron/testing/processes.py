"""A server of the service's own, for the time of a test: its server.py on a free port, what it writes, and its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pymacaron import config
from pymacaron.config import MASK
from pymacaron.testing.reached import Target, TargetError, is_well
from pymacaron.testing.watcher import watched

__all__ = ["Last", "awaited", "concealed", "started"]

#: Seconds until a server answers, seconds that it may take to end, and between two looks
_START_S, _END_S, _TICK_S = 60.0, 15.0, 0.05
#: How often it is started where another process has taken the port that was free
_ATTEMPTS = 3
_BYTES = 32_768


@dataclass
class Last:
    """What is left of a service that was started: its last words, once it has ended, and how it ended if not well."""

    log: str | None = None
    end: str = ""


@contextmanager
def started(server: Path, environ: Mapping[str, str]) -> Iterator[Target]:
    """
    *server*, the path of a server.py, run in its folder with the variables *environ*, while the block lasts.

    It belongs to a group of processes of its own, so that a Ctrl-C at the terminal reaches the tests, and it is ended
    after them; by watcher.py where this process is killed. Raises TargetError, with what it has written, where it does
    not answer.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        with ExitStack() as ends:
            try:
                target = ends.enter_context(_running(server, environ))
            except TargetError as error:
                if attempt == _ATTEMPTS or "cannot listen on" not in error.log:
                    raise
                continue
            yield target
            return


@contextmanager
def _running(server: Path, environ: Mapping[str, str]) -> Iterator[Target]:
    last = Last()
    with TemporaryFile() as written:

        def log() -> str:
            return _tail(written) if last.log is None else last.log

        target = Target("127.0.0.1", _free_port(), log=log, end=lambda: last.end)
        process = subprocess.Popen(
            [sys.executable, server.name, "--port", str(target.port)],
            cwd=server.parent,
            env={**environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            process_group=0,
        )
        try:
            with watched("process", str(process.pid)):
                try:
                    awaited(target, lambda: process.poll() is None, server.name)
                    yield target
                finally:
                    last.end = _end(process, server.name)
        finally:
            if process.returncode is None:  # a Ctrl-C has come before anybody watched it
                _end(process, server.name)
            last.log = _tail(written)


def awaited(target: Target, is_running: Callable[[], bool], name: str) -> None:
    """Wait until *target* answers /ping with 200. Raises TargetError, with its log, where it ends or takes a minute."""
    deadline = time.monotonic() + _START_S
    while is_running():
        if is_well(target):
            if is_running():
                return
            break  # it was another that has the port
        if time.monotonic() > deadline:
            raise TargetError(f"{name} did not answer /ping with 200 within {_START_S:.0f} s", target.log())
        time.sleep(_TICK_S)
    raise TargetError(f"{name} ended before it answered", target.log())


def concealed(text: str) -> str:
    """*text* without the secrets of the config that is loaded."""
    for secret in config.secret_values():
        text = text.replace(secret, MASK)
    return text


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _tail(written: IO[bytes]) -> str:
    """The last that it wrote. By os.pread: where the process writes is the file's one position, which is shared."""
    size = os.fstat(written.fileno()).st_size
    content = os.pread(written.fileno(), _BYTES, max(0, size - _BYTES))
    return concealed(content.decode("utf-8", "replace")).rstrip()


def _end(process: subprocess.Popen[bytes], name: str) -> str:
    """Have it end by SIGTERM; whatever is left of its group is killed. How it ended, '' where it did so well."""
    early = process.poll()
    try:
        process.terminate()
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        return f"{name} did not end within {_END_S:.0f} s of a SIGTERM, and was killed"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if early is not None:
        return f"{name} had ended before the tests did, {_told(early)}"
    return "" if process.returncode in (0, -signal.SIGTERM) else f"{name} ended {_told(process.returncode)}"


def _told(code: int) -> str:
    return f"with exit code {code}" if code >= 0 else f"by signal {-code}"
