"""
The log as lines of JSON, each with the call that it belongs to, and the access log: a line for each request.

Both are off unless a setting says so, and cost nothing then. Nothing that the config knows as a secret is written.
"""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any, Protocol

from flask import Flask

from pymacaron import config, context, crash
from pymacaron.context import Call

__all__ = ["ACCESS", "CALL", "AccessLog", "Around", "JsonFormatter", "Line", "write_json"]

#: In the environ of a request, where there is an access log: its Call
CALL = "pymacaron.logged"
ACCESS = logging.getLogger("pymacaron.access")

_STANDARD = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message"))
#: The loggers of servers that have handlers of their own
_SERVERS = ("gunicorn.error", "gunicorn.access", "_granian", "granian.access")


class JsonFormatter(logging.Formatter):
    """
    `time` (RFC 3339, UTC), `level`, `logger`, `message`; in a call `call_id`, `call_path`, `api`, `operation_id` and
    `traceparent`; `exception`, with its traceback; and whatever was logged as `extra`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        call = context.current()
        if call is not None:
            fields |= _known(call)
        fields |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and isinstance(record.exc_info[1], BaseException):
            fields["exception"] = crash.scrubbed_traceback(record.exc_info[1])
        if record.stack_info:
            fields["stack"] = record.stack_info
        secrets = config.secret_values()
        return json.dumps({name: _masked(value, secrets) for name, value in fields.items()})


def _known(call: Call) -> dict[str, Any]:
    told = {
        "call_id": call.call_id,
        "call_path": call.call_path,
        "api": call.api_name,
        "operation_id": call.operation_id,
        "traceparent": call.trace.traceparent,
    }
    return {name: value for name, value in told.items() if value}


def _masked(value: Any, secrets: list[str]) -> Any:
    """*value* as JSON has it, without the *secrets*; what is no text, number or switch is its repr."""
    if value is None or isinstance(value, (bool, int, float)):
        return value if value == value and value not in (float("inf"), float("-inf")) else str(value)
    text = value if isinstance(value, str) else repr(value)
    for secret in secrets:
        text = text.replace(secret, config.MASK)
    return text


def write_json() -> None:
    """Have all that the process logs be lines of JSON: on stderr, where nobody has said where it goes."""
    root, formatter = logging.getLogger(), JsonFormatter()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
        root.setLevel(min(root.level, logging.INFO))
    for logger in (root, *map(logging.getLogger, _SERVERS)):
        for handler in logger.handlers:
            handler.setFormatter(formatter)


class Line(Protocol):
    """What is told of one request: `status` and `headers` once they are known; then, with its size in bytes, all."""

    status: str
    headers: list[tuple[str, str]]

    def write(self, size: int) -> None: ...


class Around(ABC):
    """What stands around the WSGI application of *app*, and has a Line for each request; but for the paths *unsaid*."""

    def __init__(self, app: Flask, unsaid: frozenset[str] = frozenset()):
        self._answer: Callable[..., Any] = app.wsgi_app
        self._unsaid = unsaid

    @abstractmethod
    def line(self, environ: dict[str, Any]) -> Line:
        """That of a request which begins."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ.get("PATH_INFO") in self._unsaid:
            return self._answer(environ, start_response)
        line = self.line(environ)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            line.status, line.headers = status, headers
            return start_response(status, headers, *rest)

        try:
            body = self._answer(environ, start)
        except BaseException:
            line.write(0)
            raise
        if isinstance(body, (list, tuple)):
            line.write(sum(map(len, body)))
            return body
        wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(wrapper, type) and isinstance(body, wrapper):  # a server sends it faster where it is left alone
            line.write(next((int(value) for name, value in line.headers if name.lower() == "content-length"), 0))
            return body
        return _Counted(body, line)


class AccessLog(Around):
    """Logs what the WSGI application of *app* has answered; but for the paths *unsaid*."""

    def __init__(self, app: Flask, unsaid: frozenset[str]):
        super().__init__(app, unsaid)
        ACCESS.setLevel(logging.INFO)
        if not ACCESS.hasHandlers():  # a server that has said nothing of where the log goes
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
            ACCESS.addHandler(handler)

    def line(self, environ: dict[str, Any]) -> Line:
        return _Line(environ)


class _Line:
    """What is known of one request."""

    def __init__(self, environ: dict[str, Any]):
        self._environ = environ
        self._started = perf_counter_ns()
        self.status = "500"
        self.headers: list[tuple[str, str]] = []

    def write(self, size: int) -> None:
        """Log it; *size*: bytes of the body that was sent."""
        call: Call | None = self._environ.pop(CALL, None)
        ms = (perf_counter_ns() - self._started) / 1_000_000
        known = _known(call) if call is not None else {}
        method = self._environ.get("REQUEST_METHOD", "")
        method = method if method.isascii() and method.isalpha() else crash.one_line(method)
        path = (call.path_template if call is not None else "") or "-"
        operation, call_id = known.get("operation_id", "-"), known.get("call_id", "-")
        status = int(self.status[:3])
        told = {"method": method, "path": path, "status": status, "ms": round(ms, 3), "bytes": size}
        values = (method, path, operation, status, ms, size, call_id)
        ACCESS.info("%s %s %s %d %.1f ms %d bytes %s", *values, extra={**known, **told})


class _Counted:
    """The body of a reply, logged when it is closed."""

    def __init__(self, body: Any, line: Line):
        self._body = body
        self._line = line
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._body:
            self._size += len(part)
            yield part

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._line.write(self._size)
