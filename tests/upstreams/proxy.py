"""A small HTTP proxy on 127.0.0.1, for which every name is that of this machine."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cloud.quiet import QuietHandler, QuietServer
from cloud.relay import joined

__all__ = ["Proxy", "proxy"]


@dataclass
class Proxy:
    """`asked`: method and place of each request, in their order; `logins`: the Proxy-Authorization of each."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environ(self, no_proxy: str = "") -> dict[str, str]:
        """The variables that lead to it."""
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")
        return {**dict.fromkeys(names, self.url), "NO_PROXY": no_proxy, "no_proxy": no_proxy}


@contextmanager
def proxy() -> Iterator[Proxy]:
    made = Proxy()

    class Handler(QuietHandler):
        def note(self, place: str) -> None:
            made.asked.append(f"{self.command} {place}")
            made.logins.append(self.headers["Proxy-Authorization"])

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self.note(parts.netloc)
            connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if not name.startswith("Proxy-")}
            connection.request("GET", parts.path, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"] or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_CONNECT(self) -> None:
            self.note(self.path)
            with socket.create_connection(("127.0.0.1", int(self.path.rpartition(":")[2]))) as there:
                self.send_response(200)
                self.end_headers()
                joined(self.connection, there)
            self.close_connection = True

    server = QuietServer(Handler)
    made.port = server.port
    try:
        yield made
    finally:
        server.close()
