"""A service under a real server with two workers, and a collector that takes spans over OTLP."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

DEADLINE_S = 60
SHOP = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
servers: [{url: /v1}]
paths:
  /orders/{id}:
    get:
      operationId: shop.order
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: x}}
    put:
      operationId: shop.put_order
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: x}}
  /resets/{password}:
    get:
      operationId: shop.reset
      parameters: [{name: password, in: path, required: true, schema: {type: string, format: password}}]
      responses: {"200": {description: x}}
  /lines:
    get:
      operationId: shop.lines
      responses: {"200": {description: x, content: {application/jsonl: {itemSchema: {type: integer}}}}}
  /often:
    get:
      operationId: shop.often
      x-rate-limit: 1/hour
      responses: {"200": {description: x}}
  /waits:
    get:
      operationId: shop.waits
      responses: {"200": {description: x}}
"""
HANDLERS = """
import logging
import os
import time
from pathlib import Path

from opentelemetry import trace

from pymacaron import context
from pymacaron.crash import report_slow
from pymacaron.exceptions import PyMacaronException


class Gone(PyMacaronException):
    code = "ORDER_GONE"
    status = 410


def order(id):
    if id == "fails":
        raise RuntimeError("it was password=sesame-7731")
    if id == "gone":
        raise Gone("it is gone")
    if id == "pid":
        return {"id": str(os.getpid())}
    if id == "folder":
        return {"id": os.environ["PROMETHEUS_MULTIPROC_DIR"]}
    with trace.get_tracer("shop").start_as_current_span("look up"):
        logging.getLogger("shop").warning("order")
    return {"id": id, **context.current().outgoing}


def put_order(body, *, id):
    return {}


def reset(password):
    return {}


@report_slow(max_ms=0.000001)
def lines():
    with trace.get_tracer("shop").start_as_current_span("lines"):
        yield from (1, 2)


def often():
    return {}


def waits():
    Path(f"waiting-{os.getpid()}").touch()
    deadline = time.monotonic() + 60
    while not Path("go").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return {}
"""
SERVER = """
import os
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


@app.get("/own/<int:number>")
def own(number):
    return "mine"


def start(port, debug):
    API(app).load_apis(os.path.dirname(os.path.realpath(__file__))).start(serve="shop")


letsgo(__name__, callback=start)
"""


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    folder: Path

    def until(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + DEADLINE_S
        while not (found := condition()):
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.01)
        return found

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            sent = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, body, {**sent, **headers})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, Any, bytes]:
        return self.call("GET", path, None, **headers)

    def is_ready(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.get("/readyz")[0] == 200
        return False


@contextmanager
def running(
    folder: Path, server: str, config: str = "", environment: dict[str, str] | None = None, workers: int = 2
) -> Iterator[Running]:
    settings = f"name: shop\nlive_host: http://localhost\nshutdown_delay: 0\n{config}"
    files = {"server.py": SERVER, "shop.yaml": SHOP, "shop.py": HANDLERS, "pym-config.yaml": settings}
    for name, text in files.items():
        (folder / name).write_text(text)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pymacaron", "run", "--server", server, "--port", str(port)]
    known = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYM_", "COV_", "OTEL_", "PROMETHEUS"))
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--workers", str(workers)],
            cwd=folder,
            env={**known, **(environment or {})},
            stdout=output,
            stderr=output,
        )
    service = Running(process, port, log, folder)
    try:
        service.until(service.is_ready)
        yield service
    finally:
        (folder / "go").touch()
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(DEADLINE_S)
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def served(tmp_path: Path) -> Callable[..., Any]:
    """served(server, config='', environment={}): a context manager that gives the Running service."""
    return lambda server, config="", environment=None, workers=2: running(
        tmp_path, server, config, environment, workers
    )


@dataclass
class Collector:
    """What was exported: `requests`, and the headers that came with them."""

    port: int = 0
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spans(self) -> list[Any]:
        return [
            span
            for request in list(self.requests)
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def text(self) -> str:
        return "\n".join(map(str, self.requests))


@pytest.fixture
def collector() -> Iterator[Collector]:
    """An OTLP collector on a free port of 127.0.0.1."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.headers.append(dict(self.headers.items()))
            found.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def secret() -> str:
    return secrets.token_hex(32)
