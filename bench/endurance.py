"""
What must not grow with what is sent, and what must not wait, under gunicorn's gthread, ours beside bare Flask: a
multipart upload of 100 MB, an NDJSON stream of 1,000,000 lines in both directions at once, 40 handlers that sleep for
0.5 s at a time.

Figures are ratios of CPU, of the highest memory and of the time that all 40 took; how much the memory of each grew is
told beside them.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

import environments
from figures import Figures
from peers import Peer
from servers import Server

__all__ = ["measure"]

_PLACE = "gthread"
_PEERS = (Peer("pymacaron", "bulky_pymacaron", "pymacaron"), Peer("bare-flask", "bulky_flask", "flask"))
_UPLOAD_MB, _LINES, _WAITING = 100, 1_000_000, 40
_LINES_AT_ONCE = 2_000


def measure(figures: Figures, share: float = 1.0) -> None:
    """*share*: of the megabytes and lines that are sent."""
    for peer in _PEERS:
        environments.install(peer.environment)
    megabytes, lines = max(1, int(_UPLOAD_MB * share)), max(1, int(_LINES * share))
    _bulk(
        figures,
        f"multipart-{megabytes}MB",
        lambda server: _upload(server, 1),
        lambda server: _upload(server, megabytes),
    )
    _bulk(figures, f"ndjson-{lines}", lambda server: _echo(server, 10_000), lambda server: _echo(server, lines))
    _waiting(figures)


def _bulk(figures: Figures, name: str, small: Callable[[Server], None], big: Callable[[Server], None]) -> None:
    """CPU and memory of *big*, in a server that has done *small*."""
    spent: dict[str, tuple[float, float]] = {}
    for peer in _PEERS:
        with Server(peer, _PLACE) as server:
            small(server)
            cpu_s, before_mb = server.cpu_s(), server.peak_mb()
            big(server)
            spent[peer.name] = server.cpu_s() - cpu_s, server.peak_mb()
            figures.note(_PLACE, f"{name}-cpu-s", peer.name, spent[peer.name][0])
            figures.note(_PLACE, f"{name}-peak-MB", peer.name, spent[peer.name][1])
            figures.note(_PLACE, f"{name}-grown-MB", peer.name, server.peak_mb() - before_mb)
    (our_s, our_mb), (their_s, their_mb) = (spent[peer.name] for peer in _PEERS)
    figures.add(_PLACE, f"{name}-cpu", _PEERS[1].name, their_s, our_s)
    figures.add(_PLACE, f"{name}-memory", _PEERS[1].name, their_mb, our_mb)


def _upload(server: Server, megabytes: int) -> None:
    """Sends one file of *megabytes* in pieces, so that this process does not hold it either."""
    field = 'Content-Disposition: form-data; name="'
    head = f'--x\r\n{field}title"\r\n\r\nSea\r\n--x\r\n{field}file"; filename="sea.raw"\r\n\r\n'.encode()
    tail, piece = b"\r\n--x--\r\n", bytes(1_000_000)

    def body() -> Iterator[bytes]:
        yield head
        for _ in range(megabytes):
            yield piece
        yield tail

    length = len(head) + len(tail) + megabytes * len(piece)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(length)}
    connection.request("POST", "/upload", body(), headers)
    response = connection.getresponse()
    found, wanted = json.loads(response.read()), {"title": "Sea", "size": megabytes * len(piece)}
    connection.close()
    if found != wanted:
        sys.exit(f"upload to {server.peer.name}: {response.status} {found}")


def _echo(server: Server, lines: int) -> None:
    """Sends *lines* items in one thread, while the same number is read in this one."""

    def body() -> Iterator[bytes]:
        for start in range(0, lines, _LINES_AT_ONCE):
            numbers = range(start, min(start + _LINES_AT_ONCE, lines))
            yield b"".join(b'{"id":%d,"name":"Blue widget"}\n' % (1_000_000 + number) for number in numbers)

    length = lines * len(b'{"id":1000000,"name":"Blue widget"}\n')
    with socket.create_connection(("127.0.0.1", server.port), 120) as connection:
        head = (
            "POST /lines HTTP/1.1",
            "Host: bench",
            "Content-Type: application/x-ndjson",
            f"Content-Length: {length}",
        )
        connection.sendall("\r\n".join([*head, "", ""]).encode())

        def send() -> None:
            for piece in body():
                connection.sendall(piece)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        response = http.client.HTTPResponse(connection, method="POST")
        response.begin()
        found, last = 0, b""
        while piece := response.read1(65536):
            found += piece.count(b"\n")
            last = (last + piece)[-200:]
        sender.join(10)
    wanted = b'{"id":%d,"name":"Blue widget"}\n' % (1_000_000 + lines)
    if (response.status, found) != (200, lines) or not last.endswith(wanted):
        sys.exit(f"lines to {server.peer.name}: {response.status}, {found} of {lines} came back, the last {last!r}")


def _waiting(figures: Figures) -> None:
    """Seconds until all have been answered, with a thread of the server for each."""
    spent: dict[str, dict[str, float]] = {}
    for peer in _PEERS:
        with Server(peer, _PLACE, threads=_WAITING) as server:
            for path in ("/wait", "/wait-async"):
                _all_at_once(server, path)
                spent.setdefault(path, {})[peer.name] = _all_at_once(server, path)
    for path, seconds in spent.items():
        name = f"{_WAITING}-{path.removeprefix('/')}"
        for one, amount in seconds.items():
            figures.note(_PLACE, f"{name}-s", one, amount)
        ours, theirs = (seconds[peer.name] for peer in _PEERS)
        figures.add(_PLACE, name, _PEERS[1].name, theirs, ours)


def _all_at_once(server: Server, path: str) -> float:
    statuses: list[int] = []

    def call() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("GET", path)
        statuses.append(connection.getresponse().status)
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(_WAITING)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if statuses != [200] * _WAITING:
        sys.exit(f"{path} of {server.peer.name}: {sorted(statuses)}")
    return time.monotonic() - started
