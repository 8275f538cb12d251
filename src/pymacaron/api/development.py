"""
The development server of `pymacaron run`: a version of the service, in a process that its parent has started.

It answers at a socket that it is given, a thread for each request, and prints a line for each. It goes when its parent
does. That this module is loaded tells letsgo that it is development.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from pymacaron import ending
from pymacaron.api import loading, workers
from pymacaron.api.service import API

__all__ = ["Server", "main"]

_POLL_S = 0.05
#: How long a connection may have sent nothing when the server stops, and how long requests go on without a parent
_SILENT_S, _ORPHAN_S = 0.5, 3.0
_COLOURS = {"2": "32", "3": "36", "4": "33", "5": "31"}


class Server(ThreadedWSGIServer):
    """
    Werkzeug's server for *api* at a socket that others have as well; requests under way are finished at its end.
    """

    def __init__(self, api: API, listener: socket.socket):
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, api.app, _Handler, fd=listener.fileno())
        self.socket.setblocking(False)  # of several processes that see a connection, one gets it
        self._operations = loading.operations(api)
        self._url_map = api.app.url_map
        self._is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._open: dict[socket.socket, bool] = {}
        self._change = threading.Condition()

    def get_request(self) -> tuple[socket.socket, Any]:
        """The next connection."""
        connection, address = super().get_request()
        connection.setblocking(True)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer *request*, a connection, in a thread."""
        with self._change:
            self._open[request] = False
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close *request*, a connection that was answered."""
        super().shutdown_request(request)
        with self._change:
            self._open.pop(request, None)
            self._change.notify_all()

    def begun(self, connection: socket.socket) -> None:
        """Note that *connection* has sent a request."""
        with self._change:
            self._open[connection] = True

    def finish(self, grace_s: float) -> None:
        """Wait for requests under way, *grace_s* seconds at most, and not long for who has sent none yet."""
        end = time.monotonic() + grace_s
        silent = time.monotonic() + min(grace_s, _SILENT_S)
        with self._change:
            self._change.wait_for(lambda: not self._open, silent - time.monotonic())
            for connection, has_begun in self._open.items():
                if not has_begun:
                    with suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)
            self._change.wait_for(lambda: not any(self._open.values()), max(0, end - time.monotonic()))

    def print_line(self, environ: dict[str, Any] | None, request: str, status: str, seconds: float) -> None:
        """A line for a request that was answered; *environ* None: it could not be read."""
        operation = "-" if environ is None else self._operation(environ)
        shown = f"\x1b[{_COLOURS.get(status[:1], '0')}m{status}\x1b[0m" if self._is_coloured else status
        method, _, path = "".join(char if char.isprintable() else "?" for char in request).partition(" ")
        line = f"{method:<6} {path}  {operation}  {shown}  {seconds * 1000:.1f} ms\n"
        try:
            sys.stdout.write(line)  # whole: print() writes the end apart, and another thread's line gets between
            sys.stdout.flush()
        except (OSError, ValueError):  # nobody reads it any more
            return

    def _operation(self, environ: dict[str, Any]) -> str:
        try:
            rule, _ = self._url_map.bind_to_environ(environ).match(return_rule=True)
        except (HTTPException, RequestRedirect):
            return "-"
        endpoint = str(rule.endpoint)
        return self._operations.get(endpoint, endpoint)


class _Handler(WSGIRequestHandler):
    server: Server
    environ: dict[str, Any]
    protocol_version = "HTTP/1.1"

    def parse_request(self) -> bool:
        self.server.begun(self.connection)
        self._started = time.perf_counter()
        return super().parse_request()

    def handle_one_request(self) -> None:
        self._status = ""
        self._started = time.perf_counter()  # until its first line is there, which may be one too long to parse
        try:
            super().handle_one_request()
        finally:
            if self._status:
                seconds = time.perf_counter() - self._started
                path = getattr(self, "path", "").partition("?")[0]  # a query may hold what is secret
                request = f"{self.command or '-'} {path}"
                self.server.print_line(getattr(self, "environ", None), request, self._status, seconds)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self._status = str(getattr(code, "value", code))

    def log_error(self, format: str, *args: Any) -> None:
        """Nothing: the request's line says it."""


def main() -> None:
    """Load the server.py that the command line names when the parent says so, and serve it until it says stop."""
    # A Ctrl-C is the parent's to handle, who tells; what the service starts does not inherit this, as it would SIG_IGN
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    parent = loading.Parent(int(sys.argv[2]))
    listener = socket.socket(fileno=int(sys.argv[3]))
    listener.set_inheritable(False)
    orders = parent.orders()
    nothing: tuple[str, Any] = ("stop", None)
    order, value = next(orders, nothing)
    if order != "load":
        return
    stopping = _Stopping()
    threading.Thread(target=stopping.hear, args=(orders,), daemon=True).start()
    os.environ.update(value)
    sys.dont_write_bytecode = True  # of two changes in one second, bytecode on the disk does not tell the second
    api = loading.load(sys.argv[1])
    if api is None:
        parent.say({"loaded": False})
        return
    server = Server(api, listener)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stopping.stop, args=(_ORPHAN_S,)).start())
    parent.say(loading.about(api))
    stopping.server = server
    workers.start(sys.argv[1])
    server.serve_forever(_POLL_S)
    server.finish(stopping.grace_s)
    ending.end()  # not left to the end of the process, which waits for the user's threads, or is ended before


class _Stopping:
    """How the process is stopped: at once while there is no `server`."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self.grace_s = _ORPHAN_S

    def hear(self, orders: Any) -> None:
        """Stop as the parent says, or when it is gone."""
        for order, value in orders:
            if order == "stop":
                self.stop(value)
                break
        else:
            self.stop(_ORPHAN_S)

    def stop(self, grace_s: float) -> None:
        if self.server is None:
            os._exit(0)
        self.grace_s = grace_s
        last = threading.Timer(grace_s + 1, os._exit, (0,))  # of the user's threads, one may never end
        last.daemon = True
        last.start()
        self.server.shutdown()
