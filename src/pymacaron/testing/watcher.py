"""
What ends a service that was started for tests when nobody else does: whoever is killed (kill -9) ends nothing.

`watched` starts a process beside the service, which does nothing but wait for the end of ours, and then ends the
service. Run as `python -m pymacaron.testing.watcher PARENT process|container ID`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from pymacaron.parent import when_gone

__all__ = ["end_container", "end_process", "main", "watched"]

#: Seconds that a service may take to end, and between two looks
_END_S, _TICK_S = 10.0, 0.05


@contextmanager
def watched(kind: str, name: str, environ: Mapping[str, str] | None = None) -> Iterator[None]:
    """
    While the block lasts, have the service end where this process does. *kind*: `process`, whose *name* is the id of
    the leader of a group; or `container`, with its id. *environ*: the variables of docker.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "pymacaron.testing.watcher", str(os.getpid()), kind, name],
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def main(arguments: list[str]) -> None:
    """Wait for the end of the process that has started this one, then end the service."""
    parent, kind, name = arguments
    gone = threading.Event()
    when_gone(int(parent), gone.set)
    gone.wait()
    if kind == "container":
        end_container(name)
    else:
        end_process(int(name))


def end_process(leader: int) -> None:
    """Have the process *leader*, no child of ours, end by SIGTERM; whatever is left of its group is killed."""
    deadline = time.monotonic() + _END_S
    with suppress(ProcessLookupError):
        os.kill(leader, signal.SIGTERM)
        while time.monotonic() < deadline:
            os.kill(leader, 0)
            time.sleep(_TICK_S)
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def end_container(container: str) -> None:
    """Stop it, and remove it."""
    for command in (["stop", "-t", f"{_END_S:.0f}"], ["rm", "--force", "--volumes"]):
        subprocess.run(["docker", *command, container], check=False)


if __name__ == "__main__":
    main(sys.argv[1:])
