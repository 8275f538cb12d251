"""Servers that misbehave: each fault is an error with a name, in time, and what is not idempotent is sent once."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
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


FAULTS: dict[str, tuple[Callable[[Any], Any], type[errors.ClientError]]] = {
    "no reply": (lambda asked: None, errors.ConnectionLost),
    "half a head": (broken(OK + b"Content-Ty"), errors.ConnectionLost),
    "half a body": (broken(OK + JSON + b'Content-Length: 100\r\n\r\n{"name":'), errors.ConnectionLost),
    "half a chunk": (broken(OK + JSON + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{"), errors.ConnectionLost),
    "no last chunk": (broken(OK + JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), errors.ConnectionLost),
    "broken chunks": (broken(OK + JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"), errors.BadReply),
    "a wrong length": (broken(OK + JSON + b"Content-Length: -1\r\n\r\n{}"), errors.BadReply),
    "two lengths": (broken(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), errors.BadReply),
    "no HTTP": (broken(b"220 smtp.example.com ESMTP\r\n\r\n"), errors.BadReply),
    "huge headers": (broken(OK + b"X: " + b"x" * 500_000 + b"\r\n\r\n"), errors.BadReply),
    "no gzip": (broken(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"), errors.BadReply),
}


@both
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_error(shop: Any, server: Server, fault: str, way: Way) -> None:
    server.answer, error = FAULTS[fault]
    with pytest.raises(error) as raised:
        way(shop, "add_pet", {"name": "Ada"})
    assert type(raised.value) is error
    assert len(server.asked) == 1
    with pytest.raises(error):
        way(shop, "get_pet", number=1)
    assert len(server.asked) == 1 + (3 if error is errors.ConnectionLost else 1)


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
@pytest.mark.parametrize(
    ("before", "piece"),
    [(b"", b""), (OK + b"X: ", b"x"), (OK + b"Content-Length: 1000000\r\n\r\n", b"x"), (OK + b"\r\n", b"x")],
    ids=["nothing", "a head", "a body", "a body without length"],
)
def test_a_server_that_drips_does_not_hold_a_call(
    shop: Any, server: Server, before: bytes, piece: bytes, way: Way
) -> None:
    server.answer, stopped = dripping(piece, before)
    try:
        with pytest.raises(errors.DeadlineExceeded):
            way(shop.with_options(timeout=0.3), "get_pet", number=1)
        with pytest.raises(errors.DeadlineExceeded):
            way(shop.with_options(timeout=0.3), "add_pet", {"name": "Ada"})
    finally:
        stopped.set()
    assert [asked.line for asked in server.asked] == ["GET /pets/1 HTTP/1.1", "POST /pets HTTP/1.1"]


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
def test_a_stream_that_breaks_tells_so_while_it_is_read(shop: Any, server: Server, way: Way) -> None:
    server.answer = broken(OK + b"Content-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nfirst")

    async def read() -> None:
        async for _ in await shop.acall.photo():
            pass

    with pytest.raises(errors.ConnectionLost):
        list(shop.call.photo()) if way is called else asyncio.run(read())


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of its own for *name*, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(*encoding))
    return files


@both
def test_certificates_are_verified_by_the_machine_or_a_ca_file(
    shop: Any, server: Server, tmp_path: Path, way: Way
) -> None:
    file, key = certificate(tmp_path, "localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file, key)
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
def test_a_server_without_tls_is_no_connection(shop: Any, server: Server, way: Way) -> None:
    def refuse(connection: socket.socket) -> socket.socket:
        connection.sendall(reply(400))
        connection.close()
        return connection

    server.wrap = refuse
    with pytest.raises(errors.ConnectFailed):
        way(shop.with_options(url=f"https://127.0.0.1:{server.port}"), "add_pet", {"name": "Ada"})
    assert server.asked == []


@both
def test_a_host_that_nobody_knows_is_no_connection(shop: Any, way: Way) -> None:
    with pytest.raises(errors.ConnectFailed):
        way(shop.with_options(url="http://no-such-host.invalid"), "add_pet", {"name": "Ada"})


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
