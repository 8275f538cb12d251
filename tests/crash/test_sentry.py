"""Reports to a Sentry that really listens: what its SDK sends, and what it does not."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli

from pymacaron import config, crash
from pymacaron.context import Call


class Envelopes(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Envelope)
        self.events: list[dict[str, Any]] = []
        self.paths: list[str] = []


class _Envelope(BaseHTTPRequestHandler):
    server: Envelopes

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        match self.headers.get("Content-Encoding"):
            case "gzip":
                body = gzip.decompress(body)
            case "br":
                body = brotli.decompress(body)
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        self.server.paths.append(self.path)
        self.server.events += [event for head, event in zip(lines[1::2], lines[2::2], strict=False)
                               if head.get("type") == "event"]  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def listening() -> Iterator[Envelopes]:
    with Envelopes() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_a_report_is_an_event_without_secrets():
    import sentry_sdk

    with listening() as server:
        dsn = f"http://0123456789abcdef0123456789abcdef@127.0.0.1:{server.server_port}/7"
        config.load(start_dir="/", settings={"name": "shop", "sentry_dsn": dsn}, environ={})
        crash.set_error_reporter(None)
        call = Call(method="GET", path="/orders/3", handler_name="shop.api.get_order")
        call.api_name, call.api_version, call.endpoint_id = "shop", "1.2.3", "shop GET /orders/{id}"
        hidden = "a-local-variable-of-the-test"
        try:
            raise ValueError("postgres://ann:hunter2@db/ is gone")
        except ValueError as error:
            crash.after_call(call, 500, {"error": "GONE", "error_id": "e-1"}, error)
        assert crash.flush(30)
        [event] = server.events
        crash.set_error_reporter(None)
    assert server.paths == ["/api/7/envelope/"]
    assert event["message"] == (
        "FATAL BACKEND ERROR shop 500 GONE: shop.api.get_order(): postgres://ann:********@db/ is gone"
    )
    assert (event["level"], event["transaction"], event["release"]) == ("fatal", "shop GET /orders/{id}", "1.2.3")
    assert event["fingerprint"] == ["shop GET /orders/{id}", "GONE", "ValueError"]
    assert event["extra"]["error_id"] == "e-1"
    assert "ValueError: postgres://ann:********@db/ is gone" in event["extra"]["trace"]
    text = json.dumps(event)
    assert "hunter2" not in text
    assert hidden not in text
    assert "0123456789abcdef" not in text
    assert not sentry_sdk.is_initialized()
