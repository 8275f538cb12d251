"""
Services of other frameworks, in processes of their own: fast.py is FastAPI, con.py Connexion. What they
need is in an environment of their own, which `make peers` makes.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

__all__ = ["peer"]

HERE = Path(__file__).parent
_VENV = Path(__file__).resolve().parents[2] / ".venv-peers"


@contextmanager
def peer(name: str, log: Path) -> Iterator[str]:
    """The URL of the service of that name, which logs into *log*. Skips where it is not installed; fails in CI."""
    done = _VENV / ".installed"
    if not done.exists() or done.read_bytes() != (HERE / "peers.txt").read_bytes():
        if os.environ.get("CI"):
            pytest.fail("FastAPI and Connexion are not installed: make peers")
        pytest.skip("FastAPI and Connexion are not installed: make peers")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYM_", "COV_"))}
    command = [str(_VENV / "bin" / "python"), f"{name}.py", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=HERE, stdout=output, stderr=output, env=environment)
        try:
            deadline = time.monotonic() + 60
            while not _accepts(port):
                assert time.monotonic() < deadline, f"{name} did not listen:\n{log.read_text()}"
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
                    pytest.fail(f"{name} ended with {process.returncode}:\n{log.read_text()}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _accepts(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(0.05)
        return connection.connect_ex(("127.0.0.1", port)) == 0
