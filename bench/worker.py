"""
One app in a process of its own, called without a server: `python worker.py MODULE wsgi|asgi`. inprocess.py starts it
in the environment of its peer.

Reads one command in a line, answers each with one line of JSON: `W1` calls once and gives `{"status", "body"}`;
`W2 500` calls 500 times and gives `{"cpu_s"}`, CPU seconds of the process, all threads, user and system.
A call costs a fresh environ or scope and what a server does with the reply; nothing else is counted.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
import time
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Protocol

from workloads import WORKLOADS, Workload

__all__ = ["main"]

HEADERS = {"Host": "127.0.0.1:8080", "User-Agent": "bench", "Accept": "*/*"}


class Driver(Protocol):
    def once(self, workload: Workload) -> tuple[int, bytes]: ...

    def cpu_s(self, workload: Workload, calls: int) -> float: ...


def main() -> None:
    module, interface = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what an app prints is no answer
    app = importlib.import_module(module).app
    driver: Driver = Wsgi(app) if interface == "wsgi" else Asgi(app)
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        name, *calls = line.split()
        if calls:
            print(json.dumps({"cpu_s": driver.cpu_s(WORKLOADS[name], int(calls[0]))}), file=answers)
        else:
            status, body = driver.once(WORKLOADS[name])
            print(json.dumps({"status": status, "body": body.decode()}), file=answers)


class Wsgi:
    def __init__(self, app: Any):
        self.app = app

    def once(self, workload: Workload) -> tuple[int, bytes]:
        told: list[str] = []
        environ = self._environ(workload)
        environ["wsgi.input"] = BytesIO(workload.body)
        replied: Iterable[bytes] = self.app(environ, lambda status, headers, exc_info=None: told.append(status))
        body = b"".join(replied)
        getattr(replied, "close", bool)()
        return int(told[0].split()[0]), body

    def cpu_s(self, workload: Workload, calls: int) -> float:
        app, body, ready = self.app, workload.body, self._environ(workload)
        told = ""

        def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
            nonlocal told
            told = status

        started = time.process_time()
        for _ in range(calls):
            environ = ready.copy()
            environ["wsgi.input"] = BytesIO(body)
            replied = app(environ, start_response)
            for _ in replied:
                pass
            close = getattr(replied, "close", None)
            if close is not None:
                close()
        spent = time.process_time() - started
        if int(told.split()[0]) != workload.status:
            raise RuntimeError(f"{workload.name}: {told}")
        return spent

    def _environ(self, workload: Workload) -> dict[str, Any]:
        environ = {
            "REQUEST_METHOD": workload.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": workload.path,
            "QUERY_STRING": workload.query,
            "RAW_URI": workload.target,
            "REQUEST_URI": workload.target,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_PORT": "50000",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in HEADERS.items()},
        }
        if workload.body:
            environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(workload.body))}
        return environ


class Asgi:
    """On one event loop, which stays; the app's lifespan has begun, as under a server."""

    def __init__(self, app: Any):
        self.app = app
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._begin())

    def once(self, workload: Workload) -> tuple[int, bytes]:
        return self.loop.run_until_complete(self._call(workload.body, self._scope(workload)))

    def cpu_s(self, workload: Workload, calls: int) -> float:
        status, spent = self.loop.run_until_complete(self._calls(workload, calls))
        if status != workload.status:
            raise RuntimeError(f"{workload.name}: {status}")
        return spent

    async def _calls(self, workload: Workload, calls: int) -> tuple[int, float]:
        status, body, ready = 0, workload.body, self._scope(workload)
        started = time.process_time()
        for _ in range(calls):
            status, _ = await self._call(body, {**ready, "headers": ready["headers"].copy(), "state": {}})
        return status, time.process_time() - started

    async def _call(self, body: bytes, scope: dict[str, Any]) -> tuple[int, bytes]:
        status, sent, pieces, over = 0, False, [], None

        async def receive() -> dict[str, Any]:
            nonlocal sent, over
            if not sent:
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            over = over or self.loop.create_future()
            await over
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                pieces.append(message.get("body", b""))
                if over is not None and not over.done() and not message.get("more_body", False):
                    over.set_result(None)

        await self.app(scope, receive, send)
        return status, pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _begin(self) -> None:
        begun, messages = self.loop.create_future(), asyncio.Queue[dict[str, Any]]()
        await messages.put({"type": "lifespan.startup"})

        async def send(message: Any) -> None:
            begun.set_result(message["type"])

        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        self._lifespan = self.loop.create_task(self.app(scope, messages.get, send))
        await asyncio.wait({self._lifespan, begun}, return_when=asyncio.FIRST_COMPLETED)
        if not begun.done() or begun.result() != "lifespan.startup.complete":
            raise RuntimeError("the app's lifespan did not begin")

    def _scope(self, workload: Workload) -> dict[str, Any]:
        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        if workload.body:
            headers.append((b"content-type", b"application/json"))
            headers.append((b"content-length", str(len(workload.body)).encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8080),
            "client": ("127.0.0.1", 50000),
            "scheme": "http",
            "method": workload.method,
            "root_path": "",
            "path": workload.path,
            "raw_path": workload.path.encode(),
            "query_string": workload.query.encode(),
            "headers": headers,
            "state": {},
        }


if __name__ == "__main__":
    main()
