"""Tasks that leave marks: each writes a line to the file `ran` in the folder that MARKS names."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from pymacaron.context import current
from pymacaron.tasks import asynctask

__all__ = [
    "add",
    "broken",
    "die",
    "file",
    "flaky",
    "long",
    "marks",
    "once",
    "seen",
    "stubborn",
    "waits",
]


def file(name: str) -> Path:
    return Path(os.environ["MARKS"]) / name


def mark(text: str) -> None:
    descriptor = os.open(file("ran"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{text}\n".encode())
    os.close(descriptor)


def marks() -> list[str]:
    """What has run, in the order of its ends."""
    return file("ran").read_text().splitlines() if file("ran").exists() else []


@asynctask
def add(a: int, b: int) -> int:
    mark(f"add {a} {b}")
    return a + b


@asynctask(retries=2, backoff=0.1)
def flaky(name: str, fails: int) -> str:
    """Fails so often, then gives its name."""
    mark(f"flaky {name}")
    if marks().count(f"flaky {name}") <= fails:
        raise ValueError(f"not yet: {name}")
    return name


@asynctask
def broken(text: str) -> None:
    mark(f"broken {text}")
    raise ValueError(text)


@asynctask(unique=True)
def once(key: str) -> str:
    """Runs until the file `go` is there."""
    mark(f"once {key}")
    waited()
    return key


@asynctask
def waits(name: str) -> str:
    """Runs until the file `go` is there."""
    mark(f"begins {name}")
    waited()
    mark(f"ends {name}")
    return name


@asynctask
def leave(name: str) -> None:
    mark(f"leave {name}")
    raise {"SystemExit": SystemExit, "GeneratorExit": GeneratorExit}[name]("bye")


@asynctask
def die(name: str, times: int) -> str:
    """Its process is killed so often."""
    mark(f"die {name}")
    if marks().count(f"die {name}") <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return name


@asynctask(timeout=0.3)
def long(name: str) -> None:
    mark(f"long {name}")
    time.sleep(600)


@asynctask(timeout=0.3, retries=1, backoff=0.1)
def stubborn(name: str) -> str:
    """Hears of no limit the first time."""
    mark(f"stubborn {name}")
    if marks().count(f"stubborn {name}") == 1:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        time.sleep(600)
    return name


@asynctask
def seen() -> dict[str, Any]:
    """What it knows of its call."""
    call = current()
    assert call is not None
    return {"id": call.call_id, "path": call.call_path, "claims": dict(call.claims or {}), "pid": os.getpid()}


def waited() -> None:
    deadline = time.monotonic() + 120
    while not file("go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
