"""
What a server sends behind a reply is nobody's, also where it came together with the reply, and no socket tells of it.

Over TLS it waits, encrypted, in the stream; of much that came at once not all is read at once.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from upstreams.certificates import certificate, serving
from upstreams.server import Server, reply

#: Keeps what is written until it is told to send it, all in one
CORK = getattr(socket, "TCP_CORK", 4)


class Corked:
    """A connection whose writes of one reply leave together."""

    def __init__(self, inner: Any, more: bytes):
        self._inner = inner
        self._more = more

    def __enter__(self) -> Corked:
        return self

    def __exit__(self, *_: object) -> None:
        self._inner.close()

    def makefile(self, mode: str) -> Any:
        return self._inner.makefile(mode)

    def sendall(self, data: bytes) -> None:
        self._inner.setsockopt(socket.IPPROTO_TCP, CORK, 1)
        self._inner.sendall(data)
        if self._more:
            self._inner.sendall(self._more)
        self._inner.setsockopt(socket.IPPROTO_TCP, CORK, 0)


@pytest.fixture
def secure(shop: Any, server: Server, tmp_path: Path) -> Any:
    """secure(more) -> clients over TLS of a server that sends *more* behind each reply."""
    file, key = certificate(tmp_path, "localhost")
    tls = serving((file, key))

    def build(more: bytes) -> Any:
        server.wrap = lambda made: Corked(tls.wrap_socket(made, server_side=True), more)  # type: ignore[return-value, assignment]
        return shop.with_options(url=f"https://localhost:{server.port}", ca_file=str(file))

    return build


def of_pet(asked: Any) -> bytes:
    return reply(200, {"name": asked.line.split()[1]})


async def names(shop: Any) -> list[str]:
    return [(await shop.acall.get_pet(number=number)).name for number in (1, 2, 3)]


def test_over_tls_it_is_not_the_reply_of_the_next_call(secure: Any, server: Server) -> None:
    server.answer = of_pet
    shop = secure(reply(200, {"name": "Eve"}))
    assert asyncio.run(names(shop)) == ["/pets/1", "/pets/2", "/pets/3"]
    assert server.connections == 3
    assert [shop.call.get_pet(number=number).name for number in (1, 2, 3)] == ["/pets/1", "/pets/2", "/pets/3"]


def test_nor_of_a_stream_that_was_read_to_its_end(secure: Any, server: Server) -> None:
    kind = {"Content-Type": "application/octet-stream"}
    server.answer = lambda asked: reply(200, content=asked.headers["x-a"].encode(), headers=kind)
    shop = secure(reply(200, content=b"Eve", headers=kind))

    async def read() -> list[bytes]:
        return [await (await shop.acall.photo(request_headers={"X-A": name})).read() for name in ("a", "b", "c")]

    assert asyncio.run(read()) == [b"a", b"b", b"c"]


def test_connections_over_tls_are_used_again_where_nothing_is_behind(secure: Any, server: Server) -> None:
    server.answer = of_pet
    assert asyncio.run(names(secure(b""))) == ["/pets/1", "/pets/2", "/pets/3"]
    assert server.connections == 1


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072])
def test_what_is_behind_as_much_as_is_read_at_once_is_nobodys(shop: Any, server: Server, size: int) -> None:
    def answer(asked: Any) -> bytes:
        own = asked.line.split()[1]
        short = reply(200, {"name": own})
        fill = size - len(short) - (len(str(size)) - 2)
        made = reply(200, {"name": own + "x" * fill})
        assert len(made) == size
        return made + reply(200, {"name": "Eve"})

    server.answer = answer
    assert [name.rstrip("x") for name in asyncio.run(names(shop))] == ["/pets/1", "/pets/2", "/pets/3"]
