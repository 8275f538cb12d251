"""
A line for each request in the files that Elastic Beanstalk's health agent reads, where no nginx of its own writes them.

Off unless the setting `healthd_log` names a folder. All processes of a service append to one file an hour, with one
write for a line, which the kernel does not mix with others. Source: Elastic Beanstalk Developer Guide, "Enhanced health
log format": unix time, path, status, request time, upstream time, X-Forwarded-For; in seconds, with '"' between them.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

from flask import Flask

from pymacaron.server.logs import Around

__all__ = ["HealthdFile", "HealthdLog"]

log = logging.getLogger("pymacaron.server")

_PREFIX = "application.log."
_NAME = re.compile(r"application\.log\.[0-9]{4}(?:-[0-9]{2}){3}")
#: Seconds of an hour, and how many of them are kept: the agent reads what was written just now
_HOUR_S, _KEPT = 3600, 6
#: Characters of a path, and of X-Forwarded-For
_LONGEST = 500
_UNSAFE = re.compile(r"[^!#-\[\]-~]")


class HealthdFile:
    """The file of this hour in *folder*. What it cannot write is lost, and said once."""

    def __init__(self, folder: str, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock
        self._lock = Lock()
        self._file, self._until = -1, 0.0
        self._is_told = False

    def write(self, path: str, status: int, seconds: float, forwarded: str) -> None:
        """A line; *path* without its query."""
        now = self._clock()
        line = f'{now:.3f}"{_safe(path)}"{status}"{seconds:.3f}"{seconds:.3f}"{_safe(forwarded)}\n'
        try:
            with self._lock:
                if now >= self._until:
                    self._turn(now)
                if self._file >= 0:
                    os.write(self._file, line.encode())
        except OSError as error:
            self._say(error)

    def _turn(self, now: float) -> None:
        """Go on in the file of the hour of *now*. Where there can be none, the next hour is another try."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._until = (now // _HOUR_S + 1) * _HOUR_S
        name = os.path.join(self._folder, _name(now))
        self._file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        oldest = _name(now - _KEPT * _HOUR_S)
        for one in os.listdir(self._folder):
            if _NAME.fullmatch(one) and one < oldest:
                with suppress(OSError):  # another process was faster
                    os.unlink(os.path.join(self._folder, one))

    def _say(self, error: OSError) -> None:
        if not self._is_told:
            self._is_told = True
            log.warning("healthd_log: no line can be written to %s: %s", self._folder, error.strerror)


class HealthdLog(Around):
    """Stands around the WSGI application of *app*, and has *file* tell what it has answered, whatever the path."""

    def __init__(self, app: Flask, file: HealthdFile):
        super().__init__(app)
        self._file = file

    def line(self, environ: dict[str, Any]) -> _Line:
        return _Line(self._file, environ)


class _Line:
    """What is known of one request."""

    def __init__(self, file: HealthdFile, environ: dict[str, Any]):
        self._file, self._started = file, time.perf_counter()
        self._path, self._forwarded = environ.get("PATH_INFO", ""), environ.get("HTTP_X_FORWARDED_FOR", "-")
        self.status = "500"
        self.headers: list[tuple[str, str]] = []

    def write(self, size: int) -> None:
        self._file.write(self._path, int(self.status[:3]), time.perf_counter() - self._started, self._forwarded)


def _name(now: float) -> str:
    return _PREFIX + time.strftime("%Y-%m-%d-%H", time.gmtime(now))


def _safe(text: str) -> str:
    """*text* without what could end a field or a line, as nginx writes it: \\xHH."""
    return _UNSAFE.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02X}", text[:_LONGEST])
