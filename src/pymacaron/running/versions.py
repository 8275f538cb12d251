"""
One version of a service, in a process of its own that loads it and answers at a socket that it is given.

Parent and process write lines of JSON to each other. The process says once what became of it: `{"loaded": true, ...}`,
with what `about` of api/loading.py gives, or `{"loaded": false}`, after it has told people why. It is told
`{"load": {...}}`, with variables to set, and `{"stop": seconds}`; where its parent is gone, it ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

__all__ = ["Version"]

_BYTES = 1 << 16


class Version:
    """
    A process for *server*, the path of a server.py, that stands ready: it has loaded the framework, and of the service
    nothing. *listener*: where it is to answer; None has it load the service, say so and end.
    """

    def __init__(self, server: str, listener: socket.socket | None):
        self.control, theirs = socket.socketpair()
        module = "loading" if listener is None else "development"
        code = f"from pymacaron.api.{module} import main; main()"
        descriptors = [theirs.fileno(), *([] if listener is None else [listener.fileno()])]
        # A Ctrl-C at the terminal is its parent's to handle; the signal is blocked while the process cannot ignore it
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, server, *map(str, descriptors)],
                cwd=os.path.dirname(server),
                pass_fds=descriptors,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        self._heard = b""
        self.is_over = False

    def load(self, variables: Mapping[str, str]) -> None:
        """Have it load the service, with *variables* in its environment besides those of this process."""
        self._tell({"load": dict(variables)})

    def stop(self, grace_s: float) -> None:
        """Have it take no more requests, and end when those under way are answered, or after *grace_s* seconds."""
        self._tell({"stop": grace_s})

    def said(self) -> dict[str, Any] | None:
        """What it says next, once `control` can be read; None while that is not complete. `is_over`: it has ended."""
        with suppress(ConnectionError):
            received = self.control.recv(_BYTES)
            self.is_over = not received
            self._heard += received
        line, ended, rest = self._heard.partition(b"\n")
        if not ended:
            return None
        self._heard = rest
        heard: dict[str, Any] = json.loads(line)
        return heard

    def close(self, grace_s: float = 0) -> None:
        """Wait for its end; kill it after *grace_s* seconds."""
        self.control.close()  # which has it end, too
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _tell(self, message: Mapping[str, Any]) -> None:
        with suppress(OSError):  # it has ended, as its parent is about to see
            self.control.sendall(json.dumps(message).encode() + b"\n")
