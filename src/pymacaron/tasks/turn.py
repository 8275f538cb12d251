"""
A worker of a release: it runs while the live URL answers with its own label, and at no other time.

So the workers of a release that is not live yet take no task of the one that is; after a swap the ones stop and the
others start, by themselves, and after a swap back as well. Where nobody answers, all stays as it is.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Turn", "live_label", "probe"]

log = logging.getLogger("pymacaron.tasks")

#: Answers in a row that mean it: resolvers and balancers lead to both for a while
_IN_A_ROW = 3
_TIMEOUT_S, _LARGEST = 10.0, 1_000_000


class Turn:
    """
    Runs *command*, a worker, while `asks()` gives *label*; `every_s` seconds are between two questions. A SIGTERM, or a
    Ctrl-C, is the worker's to handle, and so is a second one.
    """

    def __init__(
        self, command: Sequence[str], label: str, asks: Callable[[], str | None], *, every_s: float = 5.0
    ) -> None:
        self._command, self._label, self._asks, self._every_s = [*command], label, asks, every_s
        self._worker: subprocess.Popen[bytes] | None = None
        self._signals, self._is_stopping = 0, False
        self._said: tuple[str | None, int] = (None, 0)
        self._woken, self._waking = os.pipe()

    def run(self) -> int:
        """Until a signal, or the worker's own end. Gives its exit code; 0 where none was running."""
        before = {number: signal.signal(number, self._hear) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self._signals and (self._worker is None or self._worker.poll() is None):
                self._look()
                select.select([self._woken], [], [], self._every_s)
            return self._ended()
        except _Over:
            return 0
        finally:
            for number, hear in before.items():
                signal.signal(number, hear)
            os.close(self._woken)
            os.close(self._waking)

    def _look(self) -> None:
        """Start or stop the worker, where the answer has been the same often enough."""
        said = self._asks()
        if said is None:
            self._said = (None, 0)
            return
        count = self._said[1] + 1 if said == self._said[0] else 1
        if count == 1:
            log.info("%r is live; this is a worker of %r", said[:100], self._label)
        self._said = (said, count)
        if count < _IN_A_ROW or self._signals:
            return
        if said == self._label and self._worker is None:
            self._worker = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, start_new_session=True)
        elif said != self._label and self._worker is not None and self._worker.poll() is None:
            self._is_stopping = True
            self._worker.terminate()
            self._worker.wait()  # what it runs may end
            self._worker, self._is_stopping = None, False
            log.info("the worker has stopped, until %r is live again", self._label)

    def _hear(self, number: int, frame: object) -> None:
        self._signals += 1
        if self._worker is None:
            raise _Over
        if self._signals > 1 or not self._is_stopping:
            self._worker.terminate()
        os.write(self._waking, b".")

    def _ended(self) -> int:
        if self._worker is None:
            return 0
        code = self._worker.wait()
        if self._signals and code == -signal.SIGTERM:
            return 0  # it had not begun
        return code if code >= 0 else 128 - code


def live_label(url: str) -> str | None:
    """The label that the server at *url* says that it is; None where it says none."""
    request = urllib.request.Request(f"{url.rstrip('/')}/version", headers={"Cache-Control": "no-cache"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            found = json.loads(answer.read(_LARGEST))
    except (OSError, HTTPException, ValueError):
        return None
    label = found.get("container") if isinstance(found, dict) else None
    return label if isinstance(label, str) and label else None


def probe(port: int) -> Any:
    """A server at *port*, 0 for a free one, that answers 200 as long as this process is there. Raises OSError."""
    server = ThreadingHTTPServer(("0.0.0.0", port), _Well)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="pymacaron-probe", daemon=True).start()
    return server


class _Over(BaseException):
    """A signal, while nothing is to be waited for."""


class _Well(BaseHTTPRequestHandler):
    timeout = _TIMEOUT_S

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: object) -> None:
        pass
