"""Reports to a webhook that really listens."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pymacaron import config, crash
from pymacaron.crash.webhook import Webhook, WebhookError

WAIT_S = 30


class Hook(ThreadingHTTPServer):
    """Keeps what is posted; answers with `status`, after `hold` is set where it is there."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Posted)
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.status = 200
        self.location = ""
        self.hold: threading.Event | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/T0/B0/the-secret-part"


class _Posted(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers.items()), json.loads(body)))
        if self.server.hold is not None:
            self.server.hold.wait(WAIT_S)
            return
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def listening() -> Iterator[Hook]:
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as server:
        yield server


def test_a_report_is_posted_as_slack_wants_it(hook: Hook):
    Webhook(hook.url, 10)("it <broke> & fell", '{"a": "```"}')
    [(path, headers, body)] = hook.got
    assert (path, headers["Content-Type"]) == ("/services/T0/B0/the-secret-part", "application/json")
    assert body == {"text": '*it &lt;broke&gt; &amp; fell*\n```{"a": "` ` `"}```'}


def test_a_long_report_is_cut(hook: Hook):
    Webhook(hook.url, 10)("title", "x" * 50_000)
    assert len(hook.got[0][2]["text"]) < 12_100


@pytest.mark.parametrize("status", [302, 307, 404, 429, 500])
def test_a_webhook_that_does_not_take_it_is_an_error_and_a_redirect_is_not_followed(hook: Hook, status: int):
    hook.status, hook.location = status, hook.url
    with pytest.raises(WebhookError, match=rf"^the webhook answered {status}$"):
        Webhook(hook.url, 10)("title", "{}")
    assert len(hook.got) == 1


def test_a_webhook_that_hangs_is_given_up(hook: Hook):
    hook.hold = threading.Event()
    with pytest.raises(WebhookError, match="could not be reached: TimeoutError"):
        Webhook(hook.url, 0.05)("title", "{}")
    hook.hold.set()


@pytest.mark.parametrize("path", ["hooks/se cret9876543", "hooks/secret9876543\x7f"])
def test_a_url_that_cannot_be_asked_is_an_error_that_does_not_name_it(path: str):
    with pytest.raises(WebhookError, match=r"^the webhook could not be reached: InvalidURL$"):
        Webhook(f"https://127.0.0.1:9/{path}", 10)("title", "{}")


def test_a_peer_that_does_not_speak_http_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as peer:

        def answer() -> None:
            with peer.accept()[0] as caller:
                caller.sendall(b"220 ready\r\n")
                caller.recv(10_000)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(WebhookError, match="could not be reached: BadStatusLine"):
            Webhook(f"http://127.0.0.1:{peer.getsockname()[1]}/secret", 10)("title", "{}")
        thread.join()


def test_the_setting_says_where_and_neither_log_nor_report_does(hook: Hook, caplog: pytest.LogCaptureFixture):
    settings = {"name": "shop", "report_webhook": hook.url}
    config.load(start_dir="/", settings=settings, environ={})
    crash.set_error_reporter(None)
    crash.report_error(f"posted to {hook.url}")
    assert len(hook.got) == 1
    assert "the-secret-part" not in json.dumps(hook.got[0][2])
    hook.status = 500
    crash.report_error("again")
    assert "the webhook failed; the report was: NON-FATAL" in caplog.text
    assert "the webhook answered 500" in caplog.text
    assert "the-secret-part" not in caplog.text
    assert crash.report_counts()["destinations"] == {"the webhook": {"sent": 1, "failed": 1, "lost": 0, "waiting": 0}}
    crash.set_error_reporter(None)
