"""Who has connected to a socket that is about to close is taken; nobody else connects."""

from __future__ import annotations

import socket
import sys

import pytest

from pymacaron.server.backlog import refuse_others


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_who_waits_is_taken_and_nobody_else_connects(family: socket.AddressFamily) -> None:
    try:
        listener = socket.create_server(("127.0.0.1" if family is socket.AF_INET else "::1", 0), family=family)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener, socket.create_connection(listener.getsockname()[:2]) as waits, socket.socket(family) as late:
        assert refuse_others([listener])
        late.setblocking(False)
        late.connect_ex(listener.getsockname())
        taken, _ = listener.accept()
        with taken:
            waits.sendall(b"asked")
            assert taken.recv(5) == b"asked"
            taken.sendall(b"answered")
            assert waits.recv(8) == b"answered"
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_what_is_no_socket_of_tcp_is_left_alone() -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        assert not refuse_others([listener])
