"""
A container of an image, for the time of a test: the secrets that the service wants, a free port, health, and its end.

The docker command line does it. Secrets are handed on by the names of their variables: no command line has a value.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from pymacaron.testing.processes import Last, awaited, concealed
from pymacaron.testing.reached import Target, TargetError
from pymacaron.testing.watcher import watched

__all__ = ["contained"]

#: The port of a container whose image exposes none
_PORT = 80
#: Lines of a container's log that are kept; seconds that it may take to end
_LINES, _END_S = 200, 10
#: The exit code of who was killed: 128, and the number of the signal
_KILLED = 137


@contextmanager
def contained(image: str, names: Iterable[str], environ: Mapping[str, str]) -> Iterator[Target]:
    """
    A container of *image* (an id or a name of one that is here), while the block lasts: stopped as in production, by
    SIGTERM, and removed after it; by watcher.py where this process is killed.

    *names*: variables of *environ* that it gets. It is published at 127.0.0.1, on a port that is free. Raises
    TargetError, with its log, where it does not answer.
    """
    port = _exposed(image, environ)
    given = [word for name in names if environ.get(name) for word in ("--env", name)]
    container = f"pymacaron-test-{secrets.token_hex(8)}"  # known before it is there: a Ctrl-C may come in between
    run = ["run", "--detach", "--name", container, "--pull", "never", "--publish", f"127.0.0.1::{port}", *given, image]
    last = Last()
    with watched("container", container, environ):
        try:
            _docker(run, environ)
            yield _answering(container, image, port, environ, last)
        finally:
            _end(container, image, environ, last)


def _answering(container: str, image: str, port: int, environ: Mapping[str, str], last: Last) -> Target:
    def log() -> str:
        return _log(container, environ) if last.log is None else last.log

    published = _state(container, environ)["NetworkSettings"]["Ports"].get(f"{port}/tcp")
    if not published:  # it has ended already
        raise TargetError(f"the container of {image} ended before it answered", log())
    target = Target("127.0.0.1", int(published[0]["HostPort"]), log=log, end=lambda: last.end)
    awaited(target, lambda: bool(_state(container, environ)["State"]["Running"]), f"the container of {image}")
    return target


def _end(container: str, image: str, environ: Mapping[str, str], last: Last) -> None:
    """Stop it, write down what is *last* known of it, and remove it."""
    try:
        is_early = not _state(container, environ)["State"]["Running"]
        _docker(["stop", "-t", str(_END_S), container], environ, fails=False)
        code = _state(container, environ)["State"]["ExitCode"]
        last.log = _log(container, environ)
        if is_early:
            last.end = f"the container of {image} had ended before the tests did, with exit code {code}"
        elif code == _KILLED:
            last.end = f"the container of {image} did not end within {_END_S} s of a SIGTERM, and was killed"
        elif code:
            last.end = f"the container of {image} ended with exit code {code}"
    except TargetError:  # the daemon itself is gone
        last.log = last.log or ""
    finally:
        _docker(["rm", "--force", "--volumes", container], environ, fails=False)


def _log(container: str, environ: Mapping[str, str]) -> str:
    return concealed(_docker(["logs", "--tail", str(_LINES), container], environ, fails=False)).rstrip()


def _exposed(image: str, environ: Mapping[str, str]) -> int:
    """The port that *image* says it listens on; of several the first, of none 80."""
    try:
        found: list[dict[str, Any]] = json.loads(_docker(["image", "inspect", image], environ))
    except TargetError as error:
        if "No such image" not in str(error):
            raise
        raise TargetError(f"there is no image {image!r} here. Build it, or fetch it: docker pull {image}") from None
    ports = (found[0].get("Config") or {}).get("ExposedPorts") or {}
    numbers = sorted(int(port.partition("/")[0]) for port in ports if port.endswith("/tcp"))
    return numbers[0] if numbers else _PORT


def _state(container: str, environ: Mapping[str, str]) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(_docker(["container", "inspect", container], environ))
    return found[0]


def _docker(arguments: list[str], environ: Mapping[str, str], *, fails: bool = True) -> str:
    """
    What docker prints, what it says of errors behind it where it may not fail. Raises TargetError.

    In a group of its own, so that a Ctrl-C at the terminal ends the tests, and not what removes the container.
    """
    try:
        process = subprocess.Popen(
            ["docker", *arguments],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if fails else subprocess.STDOUT,
            process_group=0,
        )
    except FileNotFoundError:
        raise TargetError(
            "docker is not installed, and --image needs it: https://docs.docker.com/engine/install"
        ) from None
    with process:
        try:
            told, wrong = process.communicate()
        except BaseException:  # what it has begun is done before it is undone
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_END_S)
            process.kill()
            raise
    if process.returncode and fails:
        raise TargetError(f"docker {arguments[0]} failed: {_first(wrong)}")
    return told.decode("utf-8", "replace")


def _first(said: bytes) -> str:
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return next((line for line in lines if "rror" in line or "annot" in line), lines[0] if lines else "no reason given")
