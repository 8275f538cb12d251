"""
What a mock was asked: written down by the process that answers, read by the one that tests.

A call stands in the file before its caller is answered, so that who has an answer finds it there.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from pymacaron.context import Headers

__all__ = ["ERROR", "MockCall", "Recording", "note", "read_calls", "read_operations", "write_operations"]

#: The header of a refusal in the form that is declared: what is wrong
ERROR = "X-Mock-Error"

_Note = dict[str, str]
_NOTE: ContextVar[_Note | None] = ContextVar("pymacaron.testing.mocks.calls", default=None)


@dataclass(frozen=True)
class MockCall:
    """
    `api`, `operation` (its operationId): "" where none was called. `path` as it was sent, below the host; `query`: dict
    of name -> list of texts; `headers` by name in any case; `content`: the bytes of the body. `status`: of the answer;
    `error`: why the call was refused, where the answer has another form than our own.
    """

    api: str
    operation: str
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    content: bytes
    status: int
    error: str

    @property
    def json(self) -> Any:
        """The body, which is JSON. Raises ValueError, with what was sent, where it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            sent = self.content[:80].decode(errors="replace") if self.content else "nothing"
            raise ValueError(f"{self.method} {self.path} was not sent JSON but: {sent}") from None


def note(api: str, operation: str) -> None:
    """Say which operation the call under way is for."""
    known = _NOTE.get()
    if known is not None:
        known.update(api=api, operation=operation)


class Recording:
    """The WSGI application *app*, each call of which is added to the file *path*, but for those of *unsaid* paths."""

    def __init__(self, app: Callable[..., Iterable[bytes]], path: str, unsaid: Iterable[str] = ()):
        self._app = app
        self._path = path
        self._unsaid = frozenset(unsaid)
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in self._unsaid:
            return self._app(environ, start_response)
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) if _has_length(environ) else b""
        if _has_length(environ):
            environ["wsgi.input"] = BytesIO(content)
        known: _Note = {}
        token = _NOTE.set(known)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            error = next((value for name, value in headers if name == ERROR), "")
            self._write(environ, known, content, {"status": int(status[:3]), "error": error})
            return start_response(status, headers, *rest)

        try:
            return self._app(environ, start)
        finally:
            _NOTE.reset(token)

    def _write(self, environ: dict[str, Any], known: _Note, content: bytes, answer: dict[str, Any]) -> None:
        headers = {name[5:].replace("_", "-").title(): one for name, one in environ.items() if name.startswith("HTTP_")}
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if environ.get(name):
                headers[name.replace("_", "-").title()] = environ[name]
        line = {
            "api": known.get("api", ""),
            "operation": known.get("operation", ""),
            "method": environ.get("REQUEST_METHOD", ""),
            "path": str(environ.get("REQUEST_URI") or environ.get("PATH_INFO", "")).partition("?")[0],
            "query": environ.get("QUERY_STRING", ""),
            "headers": headers,
            "content": base64.b64encode(content).decode(),
            **answer,
        }
        with self._lock, open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _has_length(environ: Mapping[str, Any]) -> bool:
    return str(environ.get("CONTENT_LENGTH") or "").isdecimal()


def write_operations(path: str, operations: Iterable[tuple[str, str]]) -> None:
    """Write down the (api, operation) that calls may be of, beside the file *path* of calls."""
    with open(f"{path}-operations", "w", encoding="utf-8") as file:
        json.dump(list(operations), file)


def read_operations(path: str) -> list[tuple[str, str]]:
    """The (api, operation) that calls may be of, where *path* is the file of calls."""
    with open(f"{path}-operations", encoding="utf-8") as file:
        return [(api, operation) for api, operation in json.load(file)]


def read_calls(path: str) -> list[MockCall]:
    """Those in the file *path*, in their order."""
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return [
        MockCall(
            **{name: line[name] for name in ("api", "operation", "method", "path", "status", "error")},
            query=parse_qs(line["query"], keep_blank_values=True),
            headers=Headers(line["headers"]),
            content=base64.b64decode(line["content"]),
        )
        for line in lines
    ]
