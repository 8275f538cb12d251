"""
A reverse proxy between tests and the service under test, which sees what they say to each other.

    with recorded(target) as (between, exchanges):
        ...  # tests call `between`
    exchanges.calls

Only the standard library is used. What it passes on it changes in three places: headers of the connection (RFC 9110,
7.6.1), a Host that names the proxy, a Location that names the service. Neighbours: exchanges.py has what is kept.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

from pymacaron.testing.covering.exchanges import BODY_BYTES, Body, Exchange, Exchanges, Secrets
from pymacaron.testing.reached import Target, without_checks

__all__ = ["recorded"]

#: Of one connection and not of what is said over it. Source: RFC 9110, 7.6.1
_HOP_BY_HOP = frozenset(
    ("connection", "proxy-connection", "keep-alive", "te", "transfer-encoding", "upgrade", "trailer")
)
_PIECE = 65_536
#: Seconds in which nothing comes from either side, and seconds that calls may still take when the tests have ended
_IDLE_S, _END_S = 600.0, 5.0


@contextmanager
def recorded(target: Target, secrets: Secrets | None = None) -> Iterator[tuple[Target, Exchanges]]:
    """A Target that stands for *target* while the block lasts, and the calls that are seen there."""
    exchanges = Exchanges()
    server = _Server(target, exchanges, secrets or Secrets())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield replace(target, host="127.0.0.1", port=server.server_port, scheme="http", verify=True), exchanges
    finally:
        server.shutdown()
        thread.join()
        server.end()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, target: Target, exchanges: Exchanges, secrets: Secrets):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.exchanges = exchanges
        self.secrets = secrets
        self.context = None
        if target.scheme == "https":
            self.context = ssl.create_default_context() if target.verify else without_checks()
        self._busy = 0
        self._change = threading.Condition()
        self._open: set[socket.socket] = set()

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def upstream_authority(self) -> str:
        return self.target.url.partition("://")[2]

    @contextmanager
    def call(self) -> Iterator[None]:
        """The time of one call, for whose end the proxy waits."""
        with self._change:
            self._busy += 1
        try:
            yield
        finally:
            with self._change:
                self._busy -= 1
                self._change.notify_all()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._change:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._change:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that is gone is no error of the proxy."""

    def end(self) -> None:
        """Wait for the calls that are under way, then close every connection."""
        with self._change:
            self._change.wait_for(lambda: not self._busy, _END_S)
            left = list(self._open)
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        with self._change:
            self._change.wait_for(lambda: not self._busy, _END_S)
        self.server_close()


class _Kept:
    """The first bytes of a body that passes."""

    def __init__(self, exchanges: Exchanges):
        self._exchanges = exchanges
        self._pieces: list[bytes] = []
        self._left = BODY_BYTES
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        wanted = min(self._left, len(piece))
        if wanted:
            room = self._exchanges.room(wanted)
            self._pieces.append(piece[:room])
            self._left = self._left - room if room == wanted else 0

    def body(self) -> Body:
        return Body(b"".join(self._pieces), self._size)


class _Latin1:
    """A target may hold any bytes: they are passed on, whatever they are."""

    def _encode_request(self, request: str) -> bytes:
        return request.encode("latin-1")


class _Http(_Latin1, http.client.HTTPConnection):
    pass


class _Https(_Latin1, http.client.HTTPSConnection):
    pass


class _BadRequestError(Exception):
    """A body whose framing cannot be followed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_S

    @property
    def proxy(self) -> _Server:
        return cast(_Server, self.server)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._pass_on
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """What was called is told by the coverage."""

    def _pass_on(self) -> None:
        with self.proxy.call():
            try:
                self._exchange()
            except _BadRequestError as error:
                self._refuse(400, str(error))

    def _exchange(self) -> None:
        target = self.requestline.split()[1]  # self.path has lost slashes at its start
        if "close" in (self.headers.get("Connection") or "").lower().replace(" ", "").split(","):
            self.close_connection = True
        sent, came = _Kept(self.proxy.exchanges), _Kept(self.proxy.exchanges)
        connection = self._connection()
        try:
            try:
                self._ask(connection, target, sent)
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException, ValueError) as error:
                where = f"{self.command} {target.partition('?')[0]}"
                fact = f"{where}: {self.proxy.target.url} does not answer: {_told(error)}"
                self.proxy.exchanges.fail(fact)
                self._refuse(502, fact)
                return
            try:
                self._answer(answer, came)
            except (OSError, http.client.HTTPException):
                self.close_connection = True  # what is cut off upstream is cut off here
            finally:
                self._keep(target, sent, answer, came)
        finally:
            connection.close()

    def _keep(self, target: str, sent: _Kept, answer: http.client.HTTPResponse, came: _Kept) -> None:
        secrets = self.proxy.secrets
        self.proxy.exchanges.add(
            Exchange(
                self.command,
                secrets.target(target),
                secrets.without(self.headers.items()),
                sent.body(),
                answer.status,
                secrets.without(answer.headers.items()),
                came.body(),
            )
        )

    def _connection(self) -> http.client.HTTPConnection:
        proxy = self.proxy
        if proxy.context is not None:
            return _Https(proxy.target.host, proxy.target.port, timeout=_IDLE_S, context=proxy.context)
        return _Http(proxy.target.host, proxy.target.port, timeout=_IDLE_S)

    # ---- towards the service

    def _ask(self, connection: http.client.HTTPConnection, target: str, sent: _Kept) -> None:
        pieces, is_chunked = self._pieces()
        connection.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
        for name, value in _end_to_end(self.headers.items()):
            is_own = name.lower() == "host" and value == self.proxy.authority
            connection.putheader(name, self.proxy.upstream_authority if is_own else value)
        if is_chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        connection.putheader("Connection", "close")
        connection.endheaders()
        try:
            for piece in pieces:
                sent.add(piece)
                connection.send(b"%X\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
            if is_chunked:
                connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # it has answered before it has read all, and says why

    def _pieces(self) -> tuple[Iterator[bytes], bool]:
        """The body as it comes, and whether it comes in chunks."""
        coding, length = self.headers.get("Transfer-Encoding"), self.headers.get("Content-Length")
        if coding is not None:
            if coding.strip().lower() != "chunked" or length is not None:
                raise _BadRequestError("Transfer-Encoding is chunked, and goes without Content-Length")
            return self._chunks(), True
        if length is None:
            return iter(()), False
        if not (length.isascii() and length.isdigit()):
            raise _BadRequestError("Content-Length is no number")
        return self._counted(int(length)), False

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self.rfile.read1(min(left, _PIECE))
            if not piece:
                raise ConnectionAbortedError("the caller is gone")
            left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = self.rfile.readline(_PIECE).partition(b";")[0].strip()
            try:
                left = int(size, 16)
            except ValueError:
                raise ConnectionAbortedError("the caller sent no chunk") from None
            if not left:
                break
            yield from self._counted(left)
            self.rfile.readline(_PIECE)
        while self.rfile.readline(_PIECE) not in (b"\r\n", b"\n", b""):
            pass  # trailers

    # ---- towards the tests

    def _answer(self, answer: http.client.HTTPResponse, came: _Kept) -> None:
        has_body = self.command != "HEAD" and answer.status not in (204, 304) and answer.status >= 200
        is_sized = answer.headers.get("Content-Length") is not None and not answer.chunked
        is_chunked = has_body and not is_sized and self.request_version == "HTTP/1.1"
        self.send_response_only(answer.status, answer.reason)
        for name, value in _end_to_end(answer.headers.items()):
            self.send_header(name, self._located(value) if name.lower() in ("location", "content-location") else value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif has_body and not is_sized:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        while has_body:
            self.wfile.flush()
            piece = answer.read1(_PIECE)
            if not piece:
                break
            came.add(piece)
            self.wfile.write(b"%X\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
        if has_body and is_sized and answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _located(self, value: str) -> str:
        """Where a redirect to the service leads: here, so that what follows is seen."""
        place = urlsplit(value)
        if f"{place.scheme}://{place.netloc}" != self.proxy.target.url:
            return value
        return f"http://{self.proxy.authority}{value.removeprefix(self.proxy.target.url)}"

    def _refuse(self, status: int, fact: str) -> None:
        body = json.dumps({"status": status, "error": "PROXY_ERROR", "error_description": fact}).encode()
        self.close_connection = True
        with suppress(OSError):
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            self.wfile.flush()


def _end_to_end(pairs: Any) -> Iterator[tuple[str, str]]:
    """The headers that are passed on: not those of the connection, nor those that Connection names."""
    pairs = list(pairs)
    named = {one.strip().lower() for name, value in pairs if name.lower() == "connection" for one in value.split(",")}
    for name, value in pairs:
        if name.lower() not in _HOP_BY_HOP and name.lower() not in named:
            yield name, value


def _told(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return f"nothing came in {_IDLE_S:.0f} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
