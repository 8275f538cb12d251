"""The socket that a service listens on, and why there is none, in words that say what to do."""

from __future__ import annotations

import errno
import os
import socket

__all__ = ["ListenError", "address", "listen"]


class ListenError(Exception):
    """Why nothing can listen there: a message for people."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on *host* and *port*; port 0 is any that is free. Raises ListenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        fact = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise ListenError(f"cannot listen on {host}:{port}: {fact}. {_mend(error.errno, port)}") from None


def address(host: str, port: int) -> str:
    """The URL at which somebody on this machine finds what listens on *host* and *port*."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _mend(number: int | None, port: int) -> str:
    if number == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 8080
        return f"Stop the program that listens there, or choose another port: --port {other}"
    if number == errno.EACCES:
        return "Ports below 1024 need special rights: choose another with --port 8080"
    return "Choose another host or port: --port 8080"
