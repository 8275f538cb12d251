"""
Services of other frameworks, in processes of their own: fast.py is FastAPI, con.py Connexion. What they
need is in an environment of their own, which `make peers` makes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from upstreams.process import free_port, listening

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
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYM_", "COV_"))}
    command = [str(_VENV / "bin" / "python"), f"{name}.py", str(port)]

    def fail(fact: str) -> NoReturn:
        pytest.fail(f"{name}: {fact}:\n{log.read_text()}")

    with listening(command, port, log, 60, fail, cwd=HERE, env=environment):
        yield f"http://127.0.0.1:{port}"
