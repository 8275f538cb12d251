"""
Prism, a server that nobody here wrote: it answers from a description, and refuses what does not fit it.

`make prism` installs it, into the folder npm.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from upstreams.process import free_port, listening

__all__ = ["NotServed", "prism", "why_no_prism"]

NPM = Path(__file__).parent / "npm"
_PROGRAM = NPM / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"


class NotServed(Exception):
    """Prism ended without serving the description."""


def why_no_prism() -> str | None:
    """Why Prism cannot be started here; None where it can."""
    if shutil.which("node") is None:
        return "node is not here: on Debian, apt-get install nodejs npm; then make prism"
    done = NPM / "node_modules" / ".installed"
    if not done.exists() or done.read_bytes() != (NPM / "package-lock.json").read_bytes():
        return "Prism is not installed: make prism"
    return None


@contextmanager
def prism(description: Path, log: Path, within_s: float = 180.0) -> Iterator[str]:
    """
    The URL of a Prism that serves *description*, at the root: it knows no base path. What it writes goes to *log*.
    Raises NotServed where it does not start.
    """
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    command = ["node", str(_PROGRAM), "mock", "--host", "127.0.0.1", "--port", str(port), str(description)]

    def fail(fact: str) -> NoReturn:
        raise NotServed(fact if fact.startswith("not") else _why(log))

    with listening(command, port, log, within_s, fail, env=environment):
        yield f"http://127.0.0.1:{port}/"


def _why(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    told = [line for line in lines if "Error" in line or "fatal" in line]
    return (told or lines or ["it says nothing"])[-1][:200]
