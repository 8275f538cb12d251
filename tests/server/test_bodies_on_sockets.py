"""Bodies that really travel, to each server: large ones, ones in chunks, ones whose caller leaves in the middle."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DESCRIPTION = """
openapi: 3.2.0
info: {title: Files, version: "1"}
paths:
  /files:
    post:
      operationId: server.add
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [title, file]
              properties:
                title: {type: string}
                file: {type: string, contentMediaType: application/octet-stream}
          text/plain: {schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /lines:
    post:
      operationId: server.count
      requestBody: {required: true, content: {application/jsonl: {itemSchema: {type: integer}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: integer}}}}}
"""

SERVER = """
import os
import zlib

from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def peak():
    "Kilobytes that this process has had in memory at most."
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def add(body):
    if isinstance(body, str):
        return {"text": body}
    size = checksum = 0
    while piece := body.file.read(100_000):
        size, checksum = size + len(piece), zlib.crc32(piece, checksum)
    return {"title": body.title, "size": size, "checksum": checksum, "peak": peak()}


def count(items):
    return sum(1 for _ in items)


def start(port, debug):
    folder = os.path.dirname(os.path.realpath(__file__))
    API(app, port=port, settings={"max_content_length": 60_000_000}).load_apis(folder).start(serve="files")


letsgo(__name__, callback=start)
"""

BOUNDARY = "multipart/form-data; boundary=x"
BEFORE = (
    b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nt\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
)
AFTER = b"\r\n--x--\r\n"
PIECE = bytes(range(256)) * 256


@dataclass(frozen=True)
class Running:
    name: str
    port: int
    log: Path

    def send(self, head: str, pieces: Iterable[bytes], *, whole: bool = True, path: str = "/files") -> tuple[int, Any]:
        """The status and the JSON that a request is answered with. *whole*: False ends the sending half instead."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=30)) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
            try:
                for piece in pieces:
                    connection.sendall(piece)
                if not whole:
                    connection.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent
            return answer(connection)


def answer(connection: socket.socket) -> tuple[int, Any]:
    """The next reply on *connection*; (0, None) where there is none."""
    received = b""
    try:
        while b"\r\n\r\n" not in received and (data := connection.recv(65536)):
            received += data
        head, _, body = received.partition(b"\r\n\r\n")
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(lines.get(b"content-length", 0)) and (data := connection.recv(65536)):
            body += data
    except ConnectionResetError:
        return 0, None
    return (int(head.split()[1]), json.loads(body)) if head else (0, None)


def chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


def upload(megabytes: int) -> list[bytes]:
    return [BEFORE, *[PIECE] * (megabytes * 16), AFTER]


@pytest.fixture(scope="module", params=["werkzeug", "gunicorn", "granian"])
def server(
    request: pytest.FixtureRequest, run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "files.yaml").write_text(DESCRIPTION)
    (folder / "server.py").write_text(SERVER)
    (folder / "pym-config.yaml").write_text("name: files\nlive_host: http://localhost\n")
    with run_service(request.param, folder, folder / "log", WEB_CONCURRENCY="1") as service:
        yield Running(request.param, service.port, folder / "log")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_of_fifty_megabytes_is_not_held_in_memory(server: Running, chunked: bool):
    def send(megabytes: int) -> Any:
        pieces = upload(megabytes)
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {sum(map(len, pieces))}"
        sent = chunks(pieces) if chunked else pieces
        status, found = server.send(f"Content-Type: {BOUNDARY}\r\n{framing}", sent)
        assert (status, found.get("title"), found.get("size")) == (200, "t", megabytes << 20), found
        return found

    before, after = send(1), send(50)
    assert after["peak"] - before["peak"] < 20_000


def test_a_body_that_is_too_long_is_a_413_however_it_comes(server: Running):
    for framing, pieces in (
        ("Content-Length: 70000000", [BEFORE]),
        ("Transfer-Encoding: chunked", list(chunks(upload(60)))),
    ):
        status, found = server.send(f"Content-Type: {BOUNDARY}\r\n{framing}", pieces)
        # A server may close the connection on a caller who goes on sending
        assert (status, found and found["error"]) in [(413, "CONTENT_TOO_LARGE"), (0, None)]


@pytest.mark.parametrize(
    "head",
    [
        f"Content-Type: {BOUNDARY}\r\nContent-Length: 1000000",
        f"Content-Type: {BOUNDARY}\r\nTransfer-Encoding: chunked",
        "Content-Type: text/plain\r\nContent-Length: 1000000",
    ],
)
def test_a_caller_who_leaves_in_the_middle_is_no_fault_of_the_service(server: Running, head: str):
    pieces = [BEFORE, PIECE]
    sent = list(chunks(pieces))[:-1] if "chunked" in head else pieces
    status, found = server.send(head, sent, whole=False)
    assert status in (400, 0)  # some servers answer a half of a connection
    if status and found is not None:
        assert found["errors"][0]["code"] == "read"
    # It goes on answering, and has nothing to blame itself for
    assert server.send("Content-Type: text/plain\r\nContent-Length: 2", [b"ok"]) == (200, {"text": "ok"})
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "failed" not in log


@pytest.mark.parametrize("sent", [b"1000000\r\n1\r\n", b"1000000\r\n", b"1000000\r\n" + b"1\n" * 100_000])
@pytest.mark.parametrize(("path", "kind"), [("/files", "text/plain"), ("/lines", "application/jsonl")])
def test_a_chunk_that_is_cut_short_is_told_and_ends_no_server(server: Running, sent: bytes, path: str, kind: str):
    head = f"Content-Type: {kind}\r\nTransfer-Encoding: chunked"
    status, found = server.send(head, [sent], whole=False, path=path)
    # Some servers answer a half of a connection; granian takes what came for the whole of such a body, and says nothing
    assert status in ((400, 0) if server.name != "granian" else (400, 0, 200))
    if status == 400:
        assert [one["code"] for one in found["errors"]] == ["read"]
    assert server.send(head, chunks([b"1\n2"]), path=path) == (200, {"text": "1\n2"} if path == "/files" else 2)
