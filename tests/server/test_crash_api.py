"""
The api of crashes of a service that really runs, each of its operations called twice: what it answers, and what arrives
at a webhook and at an SMTP server, with every key.
"""

from __future__ import annotations

import html
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

SERVER = """\
from flask import Flask
from pymacaron import API, letsgo

app = Flask("shop")


def start(port, debug):
    API(app, port=port).load_apis("apis", include_crash_api=True).start(serve="shop")


letsgo(__name__, callback=start)
"""
SHOP = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n"
CONFIG = """\
name: shop
live_host: http://localhost
report_webhook: http://127.0.0.1:{hook}/services/T0/B0/hidden
report_email_to: [ops@example.com]
smtp_host: 127.0.0.1
smtp_port: {smtp}
smtp_security: "off"
"""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
FATAL, NON_FATAL = "FATAL BACKEND ERROR crash", "NON-FATAL BACKEND ERROR crash"
PURPOSE = "This error was returned on purpose"
BUILTIN = "pymacaron.server.builtin"

#: path -> status, code and description of the answer; title, type of the exception and description in the report
CRASHES: dict[str, tuple[int, str, str, str, str]] = {
    "internalexception": (
        *(500, "UNHANDLED_SERVER_ERROR"),
        "The server met an error that it did not foresee; it is reported under this error_id",
        f"{FATAL} 500 UNHANDLED_SERVER_ERROR: {BUILTIN}.internal_exception(): This exception was raised on purpose",
        "RuntimeError: This exception was raised on purpose",
    ),
    "pymacaronexception": (401, "NON_FATAL_CUSTOM_ERROR", "This error was raised on purpose", "", ""),
    "reporterror": (200, "", "", f"{NON_FATAL} report_one_error(): This error was reported on purpose", ""),
    "slowcall": (200, "", "", f"{NON_FATAL} 200: {BUILTIN}.slow_call() calltime exceeded 1 millisec!", ""),
    "returnfatalerrorresponse": (
        *(543, "FATAL_CUSTOM_ERROR", PURPOSE),
        f"{FATAL} 543 FATAL_CUSTOM_ERROR: {BUILTIN}.return_fatal_error_response(): {PURPOSE}",
        f"FATAL_CUSTOM_ERROR: {PURPOSE}",
    ),
    "returnnonfatalerrorresponse": (401, "NON_FATAL_CUSTOM_ERROR", PURPOSE, "", ""),
    "returnerrormodel": (
        *(543, "ANOTHER_CUSTOM_ERROR", PURPOSE),
        f"{FATAL} 543 ANOTHER_CUSTOM_ERROR: {BUILTIN}.return_error_model(): {PURPOSE}",
        "",
    ),
    "returnerrorinstance": (401, "NON_FATAL_CUSTOM_ERROR", PURPOSE, "", ""),
}
MORE = " (1 more in 60 s)"


class Hook(ThreadingHTTPServer):
    """Keeps what is posted."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Posted)
        self.texts: list[str] = []


class _Posted(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.server.texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Inbox:
    """Keeps mails."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture(scope="module")
def told(run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """`answers`: by operation, of its first call; `mails`; `texts` of the webhook; `port` of the service."""
    folder: Path = tmp_path_factory.mktemp("shop")
    with socket.create_server(("127.0.0.1", 0)) as free:
        smtp = free.getsockname()[1]
    hook, inbox = Hook(), Inbox()
    thread = threading.Thread(target=hook.serve_forever, daemon=True)
    thread.start()
    mailer = Controller(inbox, hostname="127.0.0.1", port=smtp)
    mailer.start()
    (folder / "apis").mkdir()
    (folder / "server.py").write_text(SERVER)
    (folder / "apis" / "shop.yaml").write_text(SHOP)
    (folder / "pym-config.yaml").write_text(CONFIG.format(hook=hook.server_port, smtp=smtp))
    sent = {"User-Agent": "curl/8", "X-Forwarded-For": "10.0.0.1", "PymCallID": "c-1", "PymCallPath": "public"}
    answers = {}
    try:
        with run_service("gunicorn", folder, folder / "log", WEB_CONCURRENCY="1") as service:
            for name in CRASHES:
                answers[name] = service.get(f"/crash/{name}", sent)
                assert service.get(f"/crash/{name}", sent).status == answers[name].status
            port = service.port
        yield {"answers": answers, "mails": inbox.mails, "texts": hook.texts, "port": port}
    finally:
        mailer.stop()
        hook.shutdown()
        hook.server_close()


@pytest.mark.parametrize("name", CRASHES)
def test_an_operation_answers_as_it_says(told: dict[str, Any], name: str):
    status, code, description, _, _ = CRASHES[name]
    answer = told["answers"][name]
    assert answer.status == status
    body = answer.json
    if not code:
        assert body == {}
        return
    assert UUID.fullmatch(body.pop("error_id"))
    expected = {"status": status, "error": code, "error_description": description}
    assert body == expected | ({"user_message": "This was meant to fail"} if name == "pymacaronexception" else {})


def test_each_is_reported_once_and_at_the_end_how_often_it_was(told: dict[str, Any]):
    titles = [title for _, _, _, title, _ in CRASHES.values() if title]
    assert [mail["Subject"] for mail in told["mails"]] == [*titles, *(title + MORE for title in titles)]
    posted = [text.partition("\n")[0].strip("*") for text in told["texts"]]
    assert [html.unescape(title) for title in posted] == [*titles, *(title + MORE for title in titles)]


@pytest.mark.parametrize("name", [name for name, told in CRASHES.items() if told[3]])
def test_a_report_says_all_that_it_is_to_say(told: dict[str, Any], name: str):
    status, code, description, title, caught = CRASHES[name]
    [mail] = [mail for mail in told["mails"] if mail["Subject"] == title]
    report = json.loads(mail.get_content())
    is_said = name == "reporterror"
    is_fatal = title.startswith("FATAL")
    started, ended = (datetime.fromisoformat(report["time"].pop(key)) for key in ("start", "end"))
    microsecs = report["time"].pop("microsecs")
    assert ended - started == timedelta(microseconds=microsecs)
    assert microsecs > (10_000 if name == "slowcall" else 0)
    trace, stack, error_id = report.pop("trace"), report.pop("stack"), report.pop("error_id")
    assert trace.rstrip().endswith(caught.partition(": ")[2])
    assert bool(trace) == bool(caught)
    assert "builtin.py" in stack or "flask" in stack or "gunicorn" in stack
    assert error_id == told["answers"][name].json.get("error_id", "")
    url = f"http://127.0.0.1:{told['port']}/crash/{name}"
    assert report.pop("server") == {
        "fqdn": socket.gethostname(),
        "port": told["port"],
        "api_name": "crash",
        "api_version": "0.0.1",
    }
    assert report == {
        "title": title,
        "is_fatal_error": is_fatal,
        "call_id": "c-1",
        "call_path": "public.crash",
        "error_caught": caught,
        "time": {},
        "response": {
            "type": "" if is_said else "Error" if is_fatal else "Response",
            "status": "" if is_said else str(status),
            "is_error": int(is_fatal),
            "error_code": code,
            "error_description": description,
            "user_message": "",
        },
        "request": {"params": {}},
        "user": {"id": "", "is_auth": 0, "ip": "127.0.0.1", "forwarded_ip": "10.0.0.1", "user_agent": "curl/8"},
        "endpoint": {
            "id": f"crash GET /crash/{name}",
            "url": url,
            "base_url": url,
            "path": f"/crash/{name}",
            "method": "GET",
        },
        **({"example": "value"} if is_said else {}),
    }


def test_the_webhook_gets_the_same_report_as_the_mail(told: dict[str, Any]):
    for mail, text in zip(told["mails"], told["texts"], strict=True):
        body = html.unescape(text.partition("\n")[2]).removeprefix("```").removesuffix("```").removesuffix("\n...")
        content = mail.get_content().replace("\r\n", "\n")
        assert body.strip() == content[: len(body)].strip()
        assert "/services/T0/B0/hidden" not in content


def test_how_often_it_was_stands_in_the_report_of_the_end(told: dict[str, Any]):
    for mail in told["mails"]:
        report = json.loads(mail.get_content())
        assert report["title"] == mail["Subject"]
        expected = {"count": 1, "seconds": 60.0} if mail["Subject"].endswith(MORE) else None
        assert report.get("repeated") == expected
