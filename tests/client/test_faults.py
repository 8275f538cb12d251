"""What policy, deadlines, proxies and certificates do where a server fails; test_misbehaving.py has all faults."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest
from upstreams.certificates import certificate, serving
from upstreams.server import Server, reply

from pymacaron import context
from pymacaron.client import errors

OK = b"HTTP/1.1 200 OK\r\n"
JSON = b"Content-Type: application/json\r\n"


def called(shop: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(shop.call, name)(*args, **kwargs)


def awaited(shop: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return asyncio.run(getattr(shop.acall, name)(*args, **kwargs))


Way = Callable[..., Any]
both = pytest.mark.parametrize("way", [called, awaited])


def broken(*pieces: bytes) -> Callable[[Any], Iterator[bytes]]:
    return lambda asked: iter(pieces)


@both
def test_what_has_passed_is_a_success(shop: Any, server: Server, way: Way) -> None:
    answers = iter([None, reply(503, headers={"Retry-After": "1"}), reply(200, {"name": "Ada"})])
    server.answer = lambda asked: next(answers)
    assert way(shop, "get_pet", number=1).name == "Ada"
    assert shop.waits == [0.1, 1.0]


@both
def test_the_idempotency_key_makes_a_post_repeatable_and_stays_the_same(shop: Any, server: Server, way: Way) -> None:
    for name in ("order", "book"):
        server.asked.clear()
        answers = iter([None, reply(502), reply(200)])
        server.answer = lambda asked, answers=answers: next(answers)
        way(shop, name)
        keys = {asked.headers["idempotency-key"] for asked in server.asked}
        assert (len(server.asked), len(keys)) == (3, 1)


def dripping(piece: bytes, before: bytes = b"") -> tuple[Callable[[Any], Iterator[bytes]], threading.Event]:
    """What sends *piece* again and again, each time before any read would time out."""
    stopped = threading.Event()

    def pieces(asked: Any) -> Iterator[bytes]:
        yield before
        while not stopped.wait(0.02):
            yield piece

    return pieces, stopped


@both
def test_a_silent_server_times_out_each_attempt(shop: Any, server: Server, way: Way) -> None:
    server.answer, stopped = dripping(b"")
    try:
        with pytest.raises(errors.TimedOut) as raised:
            way(shop, "get_pet", number=1, read_timeout=0.05, max_attempts=2)
    finally:
        stopped.set()
    assert type(raised.value) is errors.TimedOut
    assert "no answer within 0.05 s" in str(raised.value)
    assert len(server.asked) == 2


@both
def test_the_deadline_of_the_caller_is_not_overrun(shop: Any, server: Server, way: Way) -> None:
    server.answer, stopped = dripping(b"")
    try:
        with context.Call(headers={"PymDeadline": "200"}), pytest.raises(errors.DeadlineExceeded):
            way(shop, "get_pet", number=1)
    finally:
        stopped.set()
    assert 0 < int(server.asked[0].headers["pymdeadline"]) <= 200
    with context.Call(headers={"PymDeadline": "0"}), pytest.raises(errors.DeadlineExceeded):
        way(shop, "get_pet", number=1)
    assert len(server.asked) == 1


@both
def test_no_free_connection_is_told(shop: Any, server: Server, way: Way) -> None:
    server.answer, stopped = dripping(b"x", OK + b"Content-Type: application/octet-stream\r\n\r\n")
    narrow = shop.with_options(max_connections=1, timeout=0.2)

    def called_twice() -> None:
        with closing(narrow.call.photo()):
            narrow.call.add_pet({"name": "Ada"})

    async def awaited_twice() -> None:
        async with aclosing(await narrow.acall.photo()):
            await narrow.acall.add_pet({"name": "Ada"})

    try:
        with pytest.raises(errors.TimedOut):
            called_twice() if way is called else asyncio.run(awaited_twice())
    finally:
        stopped.set()
    assert len(server.asked) == 1


@both
def test_certificates_are_verified_by_the_machine_or_a_ca_file(
    shop: Any, server: Server, tmp_path: Path, way: Way
) -> None:
    file, key = certificate(tmp_path, "localhost")
    tls = serving((file, key))
    server.wrap = lambda connection: tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    url = f"https://localhost:{server.port}"
    with pytest.raises(errors.ConnectFailed, match="CERTIFICATE_VERIFY_FAILED"):
        way(shop.with_options(url=url), "add_pet", {"name": "Ada"})
    with pytest.raises(errors.ConnectFailed, match="CERTIFICATE_VERIFY_FAILED"):
        way(shop.with_options(url=f"https://127.0.0.1:{server.port}", ca_file=str(file)), "add_pet", {"name": "Ada"})
    assert server.asked == []
    way(shop.with_options(url=url, ca_file=str(file)), "add_pet", {"name": "Ada"})
    assert len(server.asked) == 1


@both
def test_a_host_that_nobody_knows_is_no_connection(shop: Any, way: Way) -> None:
    with pytest.raises(errors.ConnectFailed, match=r"no connection to no-such-host\.invalid: "):
        way(shop.with_options(url="http://no-such-host.invalid"), "add_pet", {"name": "Ada"})


@both
def test_a_proxy_that_nobody_reaches_is_named_without_its_password(shop: Any, way: Way) -> None:
    with pytest.raises(errors.ConnectFailed, match=r"no connection to the proxy 127\.0\.0\.1:1: ") as raised:
        way(shop.with_options(proxy="http://ada:hush@127.0.0.1:1", max_attempts=1), "get_pet", number=1)
    assert "hush" not in str(raised.value)


@both
def test_a_connection_that_fails_after_a_redirect_is_told_with_its_host(shop: Any, server: Server, way: Way) -> None:
    server.answer = lambda asked: reply(307, headers={"Location": "http://no-such-host.invalid/x?key=hush"})
    with pytest.raises(errors.ConnectFailed, match=r"/pets/1\): no connection to no-such-host\.invalid: ") as raised:
        way(shop.with_options(max_attempts=1), "get_pet", number=1)
    assert "hush" not in str(raised.value)


@both
def test_redirects_of_safe_methods_are_followed(shop: Any, server: Server, way: Way) -> None:
    server.answer = lambda asked: (
        reply(200, {"name": asked.headers["x-a"]}) if "/new" in asked.line else reply(307, headers={"Location": "/new"})
    )
    assert way(shop, "get_pet", number=1, request_headers={"X-A": "Ada"}).name == "Ada"
    with pytest.raises(errors.Redirected) as raised:
        way(shop, "add_pet", {"name": "Ada"})
    assert raised.value.headers["location"] == "/new"
    assert [asked.line.split()[0] for asked in server.asked] == ["GET", "GET", "POST"]


@both
def test_a_proxy_is_that_of_the_config_or_the_environment(
    shop: Any, server: Server, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    far = "http://far.example"
    way(shop.with_options(url=far, proxy=server.url), "book")
    monkeypatch.setenv("http_proxy", server.url)
    way(shop.with_options(url=far), "book")
    assert [asked.line for asked in server.asked] == [f"POST {far}/bookings HTTP/1.1"] * 2
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    way(shop, "book")
    way(shop.with_options(url=server.url.replace("127.0.0.1", "localhost"), proxy=""), "book")
    assert len(server.asked) == 4
