"""A docker daemon: the one that runs here, else one of the test's own, ended after it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["dock", "docker"]

_STARTS_WITHIN_S = 60


def docker(host: str, *arguments: str, stdin: bytes | None = None) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run(
        ["docker", *arguments], env={**os.environ, "DOCKER_HOST": host}, input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


@contextmanager
def dock() -> Iterator[str]:
    """
    The DOCKER_HOST of a daemon. One test process at a time has it: two daemons would give the same addresses away.

    Skips where there is none and none can be started; in CI there must be one.
    """
    with (Path(tempfile.gettempdir()) / "pymacaron-tests-docker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        usual = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        if shutil.which("docker") is not None and _answers(usual):
            yield usual
            return
        reason = _obstacle()
        if reason:
            assert not os.environ.get("CI"), reason
            pytest.skip(reason)
        with tempfile.TemporaryDirectory(prefix="pym-docker-", ignore_cleanup_errors=True) as folder:
            yield from _daemon(Path(folder))


def _obstacle() -> str:
    for name in ("docker", "dockerd"):
        if shutil.which(name) is None:
            return f"{name} is not installed: apt-get install docker.io"
    return "" if os.geteuid() == 0 else "dockerd is started by root only"


def _daemon(folder: Path) -> Iterator[str]:
    host, log = f"unix://{folder}/sock", folder / "log"
    command = [
        *("dockerd", "--host", host, "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
        *("--pidfile", str(folder / "pid")),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not _answers(host):
            assert process.poll() is None, f"dockerd ended:\n{log.read_text()}"
            assert time.monotonic() < deadline, f"dockerd did not answer:\n{log.read_text()}"
            time.sleep(0.1)
        yield host
    finally:
        process.terminate()
        process.wait()


def _answers(host: str) -> bool:
    command = ["docker", "--host", host, "version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
