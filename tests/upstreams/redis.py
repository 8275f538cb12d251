"""A Redis on a free port of 127.0.0.1, in a process of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from upstreams.process import free_port

__all__ = ["Redis"]

STARTS_WITHIN_S = 60


@dataclass
class Redis:
    """
    A redis-server that can be killed and started again. Where it *keeps*, each change is on the disk before it is
    answered; what it writes stands in *folder*. *tls*: the files of its certificate for localhost, and of the key; then
    it speaks nothing else.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)
    keeps: bool = True
    tls: tuple[Path, Path] | None = None

    @property
    def url(self) -> str:
        scheme, host = ("redis", "127.0.0.1") if self.tls is None else ("rediss", "localhost")
        return f"{scheme}://{f':{self.password}@' if self.password else ''}{host}:{self.port}/0"

    def start(self) -> Redis:
        """Gives itself, once it answers. Skips the test where it is not installed, except in CI."""
        if shutil.which("redis-server") is None:
            assert not os.environ.get("CI"), "redis-server is not installed: make redis"
            pytest.skip("redis-server is not installed")
        command = ["redis-server", "--bind", "127.0.0.1", "--dir", str(self.folder)]
        if self.tls is None:
            command += ["--port", str(self.port)]
        else:
            command += ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
            command += ["--tls-cert-file", str(self.tls[0]), "--tls-key-file", str(self.tls[1])]
        command += ["--save", "", "--appendonly", "yes" if self.keeps else "no", "--appendfsync", "always"]
        command += ["--requirepass", self.password] if self.password else []
        log = self.folder / "redis.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            assert time.monotonic() < deadline, log.read_text()
            assert self.process.poll() is None, log.read_text()
            time.sleep(0.01)
        return self

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                if self.tls is not None:
                    return True
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False
