"""The process at the other end of a connection on this machine, by what Linux tells of sockets."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

__all__ = ["kill", "process"]


def process(client: int, server: int) -> int | None:
    """The id of the process whose connection goes from the port *client* to the port *server* of 127.0.0.1."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, _, _, _, _, _, inode, *_ = line.split()
        if (int(local.split(":")[1], 16), int(remote.split(":")[1], 16)) == (client, server):
            return _owner(f"socket:[{inode}]")
    return None


def _owner(socket: str) -> int | None:
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            for file in folder.iterdir():
                if os.readlink(file) == socket:
                    return int(folder.parent.name)
    return None


def kill(pid: int | None) -> None:
    """SIGKILL. Raises RuntimeError where it would be this process, or nobody."""
    if pid is None or pid == os.getpid():
        raise RuntimeError(
            "The client is in this process, or unknown: it cannot be killed. Start it as a process of its own."
        )
    os.kill(pid, signal.SIGKILL)
