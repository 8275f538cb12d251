"""Services that really run, and a server that only writes down what it is asked."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pymacaron.testing import targets
from pymacaron.testing.reached import Target

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    """See tests/conftest.py."""


@pytest.fixture
def serving(tmp_path: Path) -> Callable[..., Any]:
    """serving(name, **environment): a context manager that gives the Target of a copy of a service of this folder."""

    @contextmanager
    def serve(name: str, **environment: str) -> Iterator[tuple[Target, Path]]:
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(HERE / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
        known = {name: value for name, value in os.environ.items() if not name.startswith("PYM_")}
        known |= {"PYM_SERVER_PORT": "1", **environment}
        with targets.local(folder, environ=known) as target:
            yield target, folder

    return serve


@dataclass
class Recorder:
    """
    `target`: where it is. `asked`: (method, path with query, body) of each call, in their order. `silent`: the paths
    where it closes the connection instead of answering.
    """

    target: Target
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """It answers everything with 200 and an empty object."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Tests print nothing."""

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if "X-Schemathesis-TestCaseId" in self.headers:
                state.asked.append((self.command, self.path, body))
            if self.path.partition("?")[0] in state.silent:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"{}")

        do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = do_TRACE = do_QUERY = answer

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state = Recorder(Target("127.0.0.1", http.server_address[1]))
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        http.shutdown()
        thread.join()
