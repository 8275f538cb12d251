"""
One JSON document from the network: what an issuer publishes about its keys.

Only http and https, no redirects, bounded in time and size; https only, but for addresses of this machine. `urllib`
is loaded when something is fetched.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from socket import SHUT_RDWR, socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pymacaron.auth.algorithms import KeyFault

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import OpenerDirector, Request

__all__ = ["TIMEOUT_S", "fetched", "is_safe", "object_of"]

TIMEOUT_S = 5.0
_MOST_BYTES = 1_000_000
_HERE = frozenset(("localhost", "127.0.0.1", "::1"))


def is_safe(url: str) -> bool:
    """Whether keys may come from *url*: nobody between us and there can change them."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if "@" in parts.netloc or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)


def fetched(url: str, timeout_s: float = TIMEOUT_S) -> tuple[dict[str, Any], float | None]:
    """
    The JSON object at *url*, and for how many seconds the server says that it is good.

    Raises KeyFault, after *timeout_s* seconds at the latest: a thread of its own asks, and is not waited for any
    longer, whatever it is that takes long: names, certificates, headers or the body. Its connection is then cut.
    """
    if not is_safe(url):
        raise KeyFault("keys are fetched by https only")
    exchange = _Exchange()
    asking = threading.Thread(target=exchange.run, args=(url, timeout_s), name="pymacaron-fetch", daemon=True)
    try:
        asking.start()
    except RuntimeError:
        raise KeyFault("no thread can be started") from None
    if not exchange.ended.wait(timeout_s):
        exchange.cut()
        raise KeyFault(f"the answer took more than {timeout_s:g} seconds")
    if exchange.fault:
        raise KeyFault(exchange.fault)
    match = re.search(r"(?:^|[\s,])max-age=([0-9]{1,9})\b", exchange.said, re.IGNORECASE)
    return object_of(exchange.content), float(match[1]) if match else None


class _Exchange:
    """One request and its answer: `content`, its Cache-Control in `said`; or `fault`, why there is none."""

    def __init__(self) -> None:
        self.content, self.said, self.fault = b"", "", ""
        self.ended = threading.Event()
        self._sockets: list[socket] = []
        self._is_cut = False
        self._lock = threading.Lock()

    def run(self, url: str, timeout_s: float) -> None:
        """Ask *url*. No part of the answer is waited for longer than *timeout_s*."""
        from http.client import HTTPException

        try:
            with self._opener(url).open(_request(url), timeout=timeout_s) as response:
                self.said = response.headers.get("Cache-Control") or ""
                self.content = response.read(_MOST_BYTES + 1)
            if len(self.content) > _MOST_BYTES:
                self.fault = f"more than {_MOST_BYTES} bytes came"
        except TimeoutError:
            self.fault = f"the answer took more than {timeout_s:g} seconds"
        except (OSError, HTTPException, ValueError) as error:
            is_late = isinstance(getattr(error, "reason", None), TimeoutError)
            self.fault = f"the answer took more than {timeout_s:g} seconds" if is_late else _told(error)
        except BaseException as error:
            self.fault = type(error).__name__
            raise
        finally:
            self._end()
            self.ended.set()

    def cut(self) -> None:
        """Have run() end: nothing comes any more."""
        with self._lock:
            self._is_cut = True
            for connected in self._sockets:
                with suppress(OSError):
                    connected.shutdown(SHUT_RDWR)

    def _end(self) -> None:
        with self._lock:
            for connected in self._sockets:
                connected.close()
            self._sockets.clear()

    def _note(self, connected: socket) -> None:
        """Keep a second handle of the connection, which works whatever becomes of the first: TLS takes that over."""
        with self._lock:
            if self._is_cut:
                raise TimeoutError
            self._sockets.append(connected.dup())

    def _opener(self, url: str) -> OpenerDirector:
        from http.client import HTTPConnection, HTTPSConnection
        from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, ProxyHandler, build_opener

        note = self._note

        class Noted(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                note(self.sock)

        class NotedSafe(HTTPSConnection, Noted):
            """Its own connect() has that of Noted connect, before certificates are looked at."""

        class Plain(HTTPHandler):
            def http_open(self, request: Request) -> HTTPResponse:
                return self.do_open(Noted, request)

        class Safe(HTTPSHandler):
            def https_open(self, request: Request) -> HTTPResponse:
                return self.do_open(NotedSafe, request)

        class Straight(HTTPRedirectHandler):
            def redirect_request(self, *_: Any) -> None:
                return None

        # To an address of this machine no proxy that the environment names leads: it could change what comes in clear
        # text
        proxies = [ProxyHandler({})] if urlsplit(url).scheme == "http" else []
        return build_opener(Plain, Safe, Straight, *proxies)


def _request(url: str) -> Request:
    from urllib.request import Request

    return Request(url, headers={"Accept": "application/json"})


def _told(error: Exception) -> str:
    """What went wrong, in the words of this machine: nothing that the other side says but the status code."""
    from urllib.error import HTTPError, URLError

    name = type(error).__name__
    if isinstance(error, HTTPError):
        error.close()
        return f"{name}: HTTP Error {error.code}"
    cause = error.reason if isinstance(error, URLError) else error
    said = cause.strerror if isinstance(cause, OSError) else None
    return f"{name}: {str(said)[:120]}" if said else name


def object_of(content: bytes) -> dict[str, Any]:
    """The JSON object in *content*. Raises KeyFault."""
    try:
        value = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise KeyFault("it is no JSON") from None
    if not isinstance(value, dict):
        raise KeyFault("it is not a JSON object")
    return value
