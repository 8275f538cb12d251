from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pymacaron.deploy.smoke import smoke
from pymacaron.deploy.target import Verdict


@pytest.fixture
def answers() -> Iterator[tuple[str, list[bytes]]]:
    """A URL, and what /version answers there: one after the other, the last for ever."""
    given: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            content = given.pop(0) if len(given) > 1 else given[0]
            self.send_response(200 if self.path == "/version" and content else 503)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", given
    server.shutdown()
    server.server_close()


def tried(url: str) -> tuple[Verdict, int]:
    """What it says, and how often it has waited."""
    times = [0]

    def sleep(seconds: float) -> None:
        times[0] += 1

    return smoke(url, "v2", clock=lambda: times[0] * 10.0, sleep=sleep, longest_s=60), times[0]


def version(label: str) -> bytes:
    return json.dumps({"name": "shop", "container": label}).encode()


def test_the_label_three_times_in_a_row_is_enough(answers: tuple[str, list[bytes]]) -> None:
    url, given = answers
    given += [version("v1"), version("v2"), version("v1"), version("v2")]
    assert tried(f"{url}/") == (Verdict(True), 5)


@pytest.mark.parametrize(
    ("content", "said"),
    [(version("v1"), "'v1'"), (b"", "HTTPError 503"), (b"?", "no JSON"), (b"[]", "no object")],
)
def test_what_comes_instead_is_told(answers: tuple[str, list[bytes]], content: bytes, said: str) -> None:
    url, given = answers
    given.append(content)
    assert tried(url) == (Verdict(False, f"{url}/version answers {said}, not 'v2', after 1 minutes"), 6)


def test_nobody_who_answers_is_told() -> None:
    assert tried("http://127.0.0.1:1")[0].reason == (
        "http://127.0.0.1:1/version answers URLError, not 'v2', after 1 minutes"
    )


def test_what_is_no_http_is_told_in_a_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(1000)
                        connection.sendall(b"220 mail.example.com\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        verdict, _ = tried(url)
        server.shutdown(socket.SHUT_RDWR)
    assert verdict == Verdict(False, f"{url}/version answers BadStatusLine, not 'v2', after 1 minutes")
