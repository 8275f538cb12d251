"""A server of plain sockets that does to each connection what a test says, and counts what reached it."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

#: What is done to a connection; it is closed afterwards
Act = Callable[["Peer"], Any]
#: Seconds between two bytes that drip: less than any read may take
DRIP_S = 0.002


@dataclass
class Misbehaving:
    """
    `act` is run for each connection, in a thread of its own. `asked`: the first lines of all requests whose head came;
    `tries`: those, and the connections on which none was read. `stopped` ends whatever goes on without an end.
    """

    act: Act = lambda peer: peer.asked()
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    silent: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def tries(self) -> int:
        with self._lock:
            return len(self.asked) + self.silent

    def read(self, line: str | None) -> None:
        """A request has come; None: a connection is there, and none has come on it yet."""
        with self._lock:
            if line is None:
                self.silent += 1
                self.connections += 1
            else:
                self.asked.append(line)

    def spoke(self) -> None:
        """The first request of a connection has come."""
        with self._lock:
            self.silent -= 1

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.read(None)
            with self._lock:
                self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        peer = Peer(self, connection)
        with suppress(OSError, ValueError):
            self.act(peer)
        peer.close()

    def close(self) -> None:
        self.stopped.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.close()


class Peer:
    """One connection, from the side of the server."""

    def __init__(self, server: Misbehaving, connection: socket.socket):
        self.server = server
        self.socket = connection
        self._buffer = b""
        self._has_spoken = False

    def head(self) -> bytes | None:
        """The head of the next request, None where there is none."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        if not self._has_spoken:
            self._has_spoken = True
            self.server.spoke()
        self.server.read(head.partition(b"\r\n")[0].decode())
        return head.lower()

    def asked(self) -> bool:
        """Read the next request, whole."""
        head = self.head()
        if head is None:
            return False
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        while len(self._buffer) < int(length or 0):
            if not self._more():
                return False
        self._buffer = self._buffer[int(length or 0) :]
        return True

    def _more(self) -> bool:
        found = self.socket.recv(65_536)
        self._buffer += found
        return bool(found)

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def drip(self, data: bytes) -> None:
        """A byte at a time."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(len(data)):
            if self.server.stopped.wait(DRIP_S):
                return
            self.send(data[number : number + 1])

    def endlessly(self, piece: bytes, pause_s: float = 0.0) -> None:
        """*piece* again and again, until the client has gone or the test is over."""
        while not self.server.stopped.wait(pause_s):
            self.send(piece)

    def hold(self) -> None:
        """Nothing, for as long as the test goes on."""
        self.server.stopped.wait()

    def reset(self) -> None:
        """End the connection by RST: what was not read yet is lost."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            self.socket.close()
