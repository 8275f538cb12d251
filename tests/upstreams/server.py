"""A server that answers what a test says, byte by byte where it wants to, and clients that never sleep."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass
class Asked:
    """What came: `line` is the first, headers by lower-case name."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int


def reply(
    status: int = 200, body: Any = None, headers: dict[str, str] | None = None, content: bytes | None = None
) -> bytes:
    """The bytes of a reply; *body* as JSON."""
    data = content if content is not None else b"" if body is None else json.dumps(body).encode()
    own = {"Content-Length": str(len(data)), **({"Content-Type": "application/json"} if body is not None else {})}
    lines = [f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in {**own, **(headers or {})}.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


#: Gives the bytes of a reply, or None: the connection is closed without one; or an iterator of pieces
Answer = Callable[[Asked], Any]


@dataclass
class Server:
    """Answers by `answer`, a thread for each connection. `asked`: all that came."""

    answer: Answer = lambda asked: reply()
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection
    _lock: Any = field(default_factory=threading.Lock)
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), self.wrap(connection) as connection, connection.makefile("rb") as reader:
            while (asked := _read(reader, number)) is not None:
                with self._lock:
                    self.asked.append(asked)
                answer = self.answer(asked)
                if answer is None:
                    return
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    connection.sendall(piece)
                if not isinstance(answer, bytes):
                    return

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def _read(reader: Any, number: int) -> Asked | None:
    line = reader.readline().decode().strip()
    if not line:
        return None
    headers: dict[str, str] = {}
    while header := reader.readline().decode("latin-1").strip():
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", 0)))
    if headers.get("transfer-encoding") == "chunked":
        while size := int(reader.readline() or b"0", 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
    return Asked(line, headers, body, number)


def clients(made: Any, **options: Any) -> Any:
    """*made* with those options, and a policy whose waits are none."""
    made = made.with_options(**options)
    waits: list[float] = []

    async def asleep(seconds: float) -> None:
        waits.append(seconds)

    policy = replace(made.options.policy, sleep=waits.append, asleep=asleep, random=lambda: 1.0)
    made = made.with_options(policy=policy)
    made.waits = waits
    return made
