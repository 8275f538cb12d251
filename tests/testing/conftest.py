"""A small real server on 127.0.0.1 that answers what a test lays out, and what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Server:
    """`answers`: dict of path -> (status, headers, body). `received`: (method, path, headers by lower name, body)."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    received: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def json(self, path: str, body: bytes, status: int = 200) -> None:
        self.answers[path] = (status, {"Content-Type": "application/json"}, body)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Tests print nothing."""

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.received.append((self.command, self.path, headers, body))
            status, reply_headers, content = state.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {**reply_headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = do_PATCH = answer

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.port = http.server_address[1]
        monkeypatch.setenv("PYM_SERVER_HOST", "127.0.0.1")
        monkeypatch.setenv("PYM_SERVER_PORT", str(state.port))
        monkeypatch.setenv("PYM_JWT_TOKEN", "a.b.c")
        yield state
        http.shutdown()
        thread.join()
