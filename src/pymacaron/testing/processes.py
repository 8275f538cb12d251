"""A server of the service's own, for the time of a test: its server.py on a free port, what it writes, and its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pymacaron import config
from pymacaron.config import MASK
from pymacaron.testing.reached import Target, TargetError, is_well

__all__ = ["awaited", "concealed", "started"]

#: Seconds until a server answers, seconds that it may take to end, and between two looks
_START_S, _END_S, _TICK_S = 60.0, 15.0, 0.05
#: How often it is started where another process has taken the port that was free
_ATTEMPTS = 3
_BYTES = 32_768


@contextmanager
def started(server: Path, environ: Mapping[str, str]) -> Iterator[Target]:
    """
    *server*, the path of a server.py, run in its folder with the variables *environ*, while the block lasts.

    It belongs to a group of processes of its own, so that a Ctrl-C at the terminal reaches the tests, and it is ended
    after them. Raises TargetError, with what it has written, where it does not answer.
    """
    with TemporaryFile() as written:
        target, process = _answering(server, environ, written)
        try:
            yield target
        finally:
            _end(process)


def _answering(server: Path, environ: Mapping[str, str], written: IO[bytes]) -> tuple[Target, subprocess.Popen[bytes]]:
    for attempt in range(1, _ATTEMPTS + 1):
        written.seek(0)
        written.truncate()
        target = Target("127.0.0.1", _free_port(), log=lambda: _tail(written))
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
            awaited(target, lambda process=process: process.poll() is None, server.name)  # type: ignore[misc]
        except BaseException as error:
            _end(process)
            if not isinstance(error, TargetError) or attempt == _ATTEMPTS or "cannot listen on" not in error.log:
                raise
        else:
            return target, process
    raise AssertionError("unreachable")


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


def _end(process: subprocess.Popen[bytes]) -> None:
    """Have it end by SIGTERM; whatever is left of its group is killed."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_END_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
