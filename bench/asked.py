"""
The same questions to services on PyMacaron, Connexion and FastAPI, which have the same operations: what comes back?
`python bench/asked.py [--write]`: a table of who does what, with `--write` into docs/peers.md.

Each service is called in a process of its own environment (environments.py), through its WSGI or ASGI app. A case says
what is sent, and looks at nothing but the reply.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import environments
import page

__all__ = ["CASES", "Case", "Reply", "table"]

PAGE = page.PAGE.with_name("peers.md")
SERVICES = {"PyMacaron": "ours", "Connexion": "connexion", "FastAPI": "fastapi"}
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its value, None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def says(self, *words: str) -> bool:
        return all(word.encode() in self.body for word in words)


@dataclass(frozen=True)
class Case:
    """`asks`: method, path, body and headers. `holds`: whether the reply is one that does what `what` says."""

    what: str
    holds: Callable[[Reply], bool]
    method: str = "GET"
    path: str = "/items"
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def _post(what: str, body: bytes, holds: Callable[[Reply], bool]) -> Case:
    return Case(what, holds, "POST", body=body, headers=_JSON)


def _refused(reply: Reply) -> bool:
    return 400 <= reply.status < 500


CASES = (
    _post(
        "Two mistakes in a body are both told, by their places",
        b'{"name": "", "count": 0}',
        lambda reply: _refused(reply) and reply.says("name", "count"),
    ),
    _post(
        "A date-time arrives as one",
        b'{"name": "a", "born": "2026-01-31T00:00:00Z"}',
        lambda reply: reply.says("datetime"),
    ),
    _post("A member that is not described is kept", b'{"name": "a", "more": [1]}', lambda reply: reply.says("more")),
    _post(
        "So is an integer of 30 digits in it",
        b'{"name": "a", "more": 123456789012345678901234567890}',
        lambda reply: reply.status == 200 and reply.says("123456789012345678901234567890"),
    ),
    _post("A body with a name twice is refused", b'{"name": "a", "name": "b"}', _refused),
    _post("NaN is refused", b'{"name": "a", "more": NaN}', _refused),
    _post("A body that is not UTF-8 is the caller's mistake", b'{"name": "\xff"}', _refused),
    Case(
        "A header arrives as the integer that it is",
        lambda reply: reply.status == 200 and (reply.json or {}).get("header") == 7,
        headers={"X-Count": "7"},
    ),
    Case("An object by `deepObject` arrives", lambda reply: (reply.json or {}).get("deep") == 7, query="where[age]=7"),
    Case(
        "An object spread over the query arrives", lambda reply: (reply.json or {}).get("spread") == 7, query="blue=7"
    ),
    Case("A reply that does not fit is not sent", lambda reply: reply.status == 500, path="/misfit"),
    Case("Nor is a status that is not described", lambda reply: reply.status == 500, path="/undeclared"),
    Case(
        "A crash is JSON, and tells nothing",
        lambda reply: reply.json is not None and not reply.says("swordfish"),
        path="/crash",
    ),
    Case("It has an id, by which its report is found", lambda reply: reply.says("error_id"), path="/crash"),
    Case(
        "What is not there is told in JSON", lambda reply: reply.status == 404 and reply.json is not None, path="/none"
    ),
    Case(
        "A method that is not there is a 405, with all that are in `Allow`",
        lambda reply: (
            reply.status == 405 and {"GET", "POST"} <= set(reply.headers.get("allow", "").replace(" ", "").split(","))
        ),
        method="DELETE",
    ),
    Case("OPTIONS is answered", lambda reply: reply.status in (200, 204), method="OPTIONS"),
    Case("An `Accept` that nothing fits is a 406", lambda reply: reply.status == 406, headers={"Accept": "image/png"}),
)


def ask(app: Any, case: Case) -> Reply:
    """What the WSGI or ASGI *app* answers; a failure that escapes it is what its server makes of that, a plain 500."""
    try:
        return _wsgi(app, case) if hasattr(app, "wsgi_app") else asyncio.run(_asgi(app, case))
    except Exception:
        return Reply(500, {}, b"Internal Server Error")


def _wsgi(app: Any, case: Case) -> Reply:
    started: list[Any] = []
    environ = {
        "REQUEST_METHOD": case.method,
        "PATH_INFO": case.path,
        "QUERY_STRING": case.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(case.body),
        "wsgi.errors": sys.stderr,
        "CONTENT_LENGTH": str(len(case.body)),
    }
    for name, value in case.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    body = b"".join(app(environ, lambda status, headers, *rest: started.append((status, headers))))
    status, headers = started[-1]
    return Reply(int(status[:3]), {name.lower(): value for name, value in headers}, body)


async def _asgi(app: Any, case: Case) -> Reply:
    sent: list[dict[str, Any]] = []
    headers = {"host": "127.0.0.1", "content-length": str(len(case.body)), **case.headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": case.method,
        "scheme": "http",
        "path": case.path,
        "raw_path": case.path.encode(),
        "root_path": "",
        "query_string": case.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": case.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception:
        if not any(message["type"] == "http.response.start" for message in sent):
            raise
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Reply(start["status"], {name.decode().lower(): value.decode() for name, value in start["headers"]}, body)


def table(versions: Mapping[str, str], answers: Mapping[str, list[bool]]) -> list[str]:
    """Lines of Markdown."""
    heads = [f"{name} {versions[name]}".strip() for name in answers]
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for number, case in enumerate(CASES):
        cells = ["yes" if answers[name][number] else "no" for name in answers]
        lines.append(f"| {case.what} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/peers.md")
    parser.add_argument("--of", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.of:
        logging.disable()
        app = import_module(f"asked_{options.of}").app()
        print(json.dumps([case.holds(ask(app, case)) for case in CASES]))
        return
    answers, versions = {}, {}
    for name, module in SERVICES.items():
        environment = "pymacaron" if module == "ours" else module
        environments.install(environment)
        python = environments.python(environment)
        done = subprocess.run([python, __file__, "--of", module], check=True, stdout=subprocess.PIPE, text=True)
        answers[name] = json.loads(done.stdout.splitlines()[-1])
        asked = f"from importlib.metadata import version; print(version({environment!r}))"
        told = subprocess.run([python, "-c", asked], check=True, stdout=subprocess.PIPE, text=True)
        versions[name] = told.stdout.strip()
    lines = [f"{datetime.date.today()}.", "", *table(versions, answers)]
    print("\n".join(lines))
    if options.write:
        page.write("asked", "\n".join(lines), PAGE)


if __name__ == "__main__":
    main()
