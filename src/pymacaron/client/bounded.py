"""
A network that is over when a call's time is, for httpx2's blocking transport.

Its own timeouts are for each read and each write: a server that sends a byte a second, or more than can be read, would
hold a call for ever. Here no wait is longer than what the thread's call has left, and none begins when nothing is. A
connection on which more came than was asked for is not used again, and one whose handshake fails is closed. It wraps
what it is given and imports nothing of httpx2.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import weakref
from typing import Any

from pymacaron.client.errors import DeadlineExceeded

__all__ = ["CALL", "Backend", "Stream", "close_sockets"]

#: Bytes that are handed to the network in one wait
_PIECE = 65_536


class _OfThread(threading.local):
    #: When the call of this thread is over, by time.monotonic; None: nobody says
    until: float | None = None
    #: The socket whose handshake this thread has begun
    shaking: _Socket | None = None


CALL = _OfThread()
_STREAMS: weakref.WeakSet[Stream] = weakref.WeakSet()


def _left(timeout: float | None) -> float | None:
    until = CALL.until
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0.0:
        raise DeadlineExceeded("the time that the call has is over")
    return left if timeout is None else min(left, timeout)


def _addresses(host: str, port: int) -> list[str]:
    """Where *host* is; itself, where nobody knows."""
    try:
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return [host]
    numbers = [(str(told[0]), told[3] if len(told) == 4 else 0) for *_, told in found]
    return [f"{number}%{scope}" if scope else number for number, scope in dict.fromkeys(numbers)] or [host]


class _Socket(ssl.SSLSocket):
    """
    One with TLS, of which its thread knows from the first. Where the peer has reset the connection before the handshake
    SSLContext.wrap_socket() raises, and leaves the socket, which nobody else has then, to the garbage collector.
    """

    def __new__(cls, *args: Any, **options: Any) -> _Socket:
        CALL.shaking = made = super().__new__(cls, *args, **options)
        return made


class Backend:
    """What makes connections, as *inner* does."""

    def __init__(self, inner: Any):
        self._inner = inner

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> Stream:
        """Of several addresses each has its share of the time: else each had all of it, one after the other."""
        until = None if timeout is None else time.monotonic() + timeout
        addresses = _addresses(host, port)
        for index, address in enumerate(addresses):
            left = _left(None if until is None else until - time.monotonic())
            share = None if left is None else max(0.001, left / (len(addresses) - index))
            try:
                return Stream(self._inner.connect_tcp(address, port, timeout=share, **options))
            except Exception:
                if index == len(addresses) - 1:
                    raise
        raise AssertionError("there is one address at least")

    def connect_unix_socket(self, path: str, timeout: float | None = None, **options: Any) -> Stream:
        return Stream(self._inner.connect_unix_socket(path, timeout=_left(timeout), **options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class Stream:
    """One connection. `parser`: what finds the replies in what it reads; None: nobody knows."""

    parser: Any = None

    def __init__(self, inner: Any):
        self._inner = inner
        _STREAMS.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))  # type: ignore[no-any-return]

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if len(buffer) <= _PIECE:
            self._inner.write(buffer, _left(timeout))
            return
        for start in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[start : start + _PIECE], _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Stream:
        """A connection over which no handshake comes about is closed, also where its time was over before."""
        ssl_context.sslsocket_class = _Socket
        try:
            return Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))
        except BaseException:
            self.close()
            if CALL.shaking is not None:
                CALL.shaking.close()
            raise
        finally:
            CALL.shaking = None

    def get_extra_info(self, info: str) -> Any:
        # Asked before it is used again: an idle connection that has something to say is closed
        if info == "is_readable" and self.parser is not None and self.parser.trailing_data[0]:
            return True
        return self._inner.get_extra_info(info)


def close_sockets() -> None:
    """In a forked child: close its copies of the parent's connections, so that they end when the parent ends them."""
    for stream in list(_STREAMS):
        connection = stream.get_extra_info("socket")
        if connection is not None:
            connection.close()
    _STREAMS.clear()
