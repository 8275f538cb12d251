"""What comes to an address of this machine goes on to a port of 127.0.0.1: the way out of containers, to AWS here."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

__all__ = ["Relay", "joined"]


class Relay(ThreadingTCPServer):
    """From *address*, a free `port` of it, to *to* of 127.0.0.1, until `close`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, to: int) -> None:
        self.to = to
        super().__init__((address, 0), _Handler)
        self.port = int(self.server_address[1])
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.to)) as there:
            joined(self.request, there)


def joined(here: socket.socket, there: socket.socket) -> None:
    """What one sends, the other gets, until one of them ends."""
    while True:
        for one in select.select([here, there], [], [])[0]:
            content = one.recv(65536)
            if not content:
                return
            (there if one is here else here).sendall(content)
