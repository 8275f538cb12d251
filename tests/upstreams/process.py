"""A server in a process of its own: when it listens, and how it is ended."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["accepts", "free_port", "listening"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def listening(
    command: list[str], port: int, log: Path, within_s: float, fail: Callable[[str], NoReturn], **options: Any
) -> Iterator[None]:
    """
    While *command* runs and listens at *port*; what it writes goes to *log*. Calls *fail* with the reason where it ends
    before, or does not listen *within_s* seconds. *options*: of the process.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, **options)
        try:
            deadline = time.monotonic() + within_s
            while not accepts(port):
                if time.monotonic() > deadline:
                    fail(f"not started after {within_s:.0f} s")
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
                    fail(f"ended with {process.returncode}")
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def accepts(port: int, within_s: float = 0.2) -> bool:
    """
    Whether somebody listens at *port* of 127.0.0.1. A socket whose own port happens to be the same meets itself there,
    which is nobody: a simultaneous open, RFC 9293, section 3.5.
    """
    with socket.socket() as connection, suppress(OSError):
        connection.settimeout(within_s)
        connection.connect(("127.0.0.1", port))
        return bool(connection.getsockname() != connection.getpeername())
    return False
