"""No wait of a call is longer than what it has left: for a place among connections, for addresses of a name."""

from __future__ import annotations

import gc
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx2
import pytest
from upstreams.misbehaving import Misbehaving, Peer
from upstreams.server import Server, reply

from pymacaron import context
from pymacaron.client import errors
from pymacaron.client.bounded import CALL, Backend, Stream

from .test_misbehaving import within


def test_the_wait_for_a_free_connection_ends_with_the_call(shop: Any, server: Server) -> None:
    taken, go_on = threading.Event(), threading.Event()

    def answer(asked: Any) -> bytes:
        taken.set()
        go_on.wait(60)
        return reply(200, [])

    server.answer = answer
    narrow = shop.with_options(max_connections=1)
    policy = replace(narrow.options.policy, connect_timeout=0.1, read_timeout=0.1, pool_timeout=60.0, timeout=60.0)
    first = threading.Thread(target=narrow.with_options(read_timeout=60).client.list_pets, daemon=True)
    first.start()
    assert taken.wait(30)
    try:
        for options in ({}, {"headers": {"User-Agent": "x"}}):  # a lean call, and one with more than its arguments
            impatient = narrow.with_options(policy=policy, **options)
            with pytest.raises(errors.DeadlineExceeded):
                within(partial(_called, impatient))
    finally:
        go_on.set()
        first.join(30)


def _called(shop: Any) -> None:
    with context.Call(headers={"PymDeadline": "300"}):
        shop.call.list_pets()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port of this machine, on all of its addresses, where nobody takes the calls."""
    with socket.create_server(("0.0.0.0", 0), backlog=0) as listening:
        port = listening.getsockname()[1]
        waiting = []
        for number in range(1, 9):
            for _ in range(4):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex((f"127.0.0.{number}", port))
                waiting.append(one)
        yield port
        for one in waiting:
            one.close()


def known(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have the name many.test be known: there is no other way to have one with several addresses."""
    real = socket.getaddrinfo

    def found(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        names = addresses if host in ("many.test", b"many.test") else (host,)
        return [one for name in names for one in real(name, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_several_addresses_share_the_time_that_there_is(
    shop: Any, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, *(f"127.0.0.{number}" for number in range(1, 9)))
    asked: list[float] = []
    create = socket.create_connection

    def connect(address: Any, timeout: Any = None, *args: Any, **kwargs: Any) -> Any:
        asked.append(timeout)
        return create(address, timeout, *args, **kwargs)

    monkeypatch.setattr(socket, "create_connection", connect)
    hidden = shop.with_options(url=f"http://many.test:{silent}", max_attempts=1, connect_timeout=0.8)
    with pytest.raises(errors.TimedOut):
        within(hidden.call.list_pets)
    assert len(asked) == 8
    assert sum(asked) <= 0.8 + 0.1
    with pytest.raises(errors.DeadlineExceeded):
        within(hidden.with_options(timeout=0.4).call.list_pets)


def test_an_address_that_is_dead_leaves_time_for_the_others(
    shop: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = lambda asked: reply(200, [])
    known(monkeypatch, "127.0.0.2", "127.0.0.1")
    both = shop.with_options(url=f"http://many.test:{server.port}", max_attempts=1)
    assert both.call.list_pets() == []
    assert server.asked[0].headers["host"] == f"many.test:{server.port}"
    known(monkeypatch, "127.0.0.2", "127.0.0.3")
    with pytest.raises(errors.ConnectFailed):
        shop.with_options(url=f"http://many.test:{server.port}", max_connections=2, max_attempts=1).call.list_pets()


@pytest.fixture
def dial() -> Iterator[Callable[[Callable[[Peer], Any]], Stream]]:
    """What makes a connection, as a client does, to a peer that does to it what it is told."""
    made: list[Any] = []

    def connect(act: Callable[[Peer], Any]) -> Stream:
        server, transport = Misbehaving(act), httpx2.HTTPTransport(trust_env=False)
        made.extend((server, transport))
        backend: Any = transport._pool._network_backend
        return Backend(backend).connect_tcp("127.0.0.1", server.port, timeout=30)

    yield connect
    for one in made:
        one.close()


def left_open(address: Any) -> int:
    """How many sockets of this process are bound to *address* and not closed, whoever has them."""
    found = [one for one in gc.get_objects() if isinstance(one, socket.socket) and one.fileno() != -1]
    return sum(one.getsockname() == address for one in found)


def test_a_connection_that_was_reset_before_its_handshake_is_closed_at_once(dial: Any) -> None:
    is_there = threading.Event()  # else the reset may come while it is made
    stream = dial(lambda peer: is_there.wait(30) and peer.reset())
    mine, gone = stream.get_extra_info("client_addr"), select.poll()
    gone.register(stream.get_extra_info("socket"), select.POLLIN)
    is_there.set()
    assert gone.poll(30_000), "no reset has come"
    assert left_open(mine) == 1
    with pytest.raises(Exception, match="reset by peer") as raised:
        stream.start_tls(ssl.create_default_context(), "localhost", 30)
    assert (left_open(mine), CALL.shaking) == (0, None), raised.value


def test_a_connection_whose_call_is_over_before_its_handshake_is_closed_at_once(dial: Any) -> None:
    stream = dial(Peer.hold)
    mine = stream.get_extra_info("client_addr")
    CALL.until = 0.0
    try:
        with pytest.raises(errors.DeadlineExceeded) as raised:
            stream.start_tls(ssl.create_default_context(), "localhost", 30)
    finally:
        CALL.until = None
    assert (left_open(mine), CALL.shaking) == (0, None), raised.value
