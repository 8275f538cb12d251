"""Where keys come from: by https from whom a certificate vouches for, and by no way round."""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from pymacaron.auth import fetching
from pymacaron.auth.algorithms import KeyFault
from pymacaron.auth.fetching import _Exchange, _told, fetched
from pymacaron.auth.keysets import discovered


@pytest.fixture
def secure(pairs: dict[str, Any], pem: Any, tmp_path: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """A server of https: URL, the certificate that vouches for it, and dict: path -> what it says there, or does."""
    key = pairs["P-256"]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    from cryptography.hazmat.primitives.serialization import Encoding

    (tmp_path / "key.pem").write_bytes(pem(key))
    (tmp_path / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    says: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if callable(says[self.path]):
                says[self.path](self.wfile)
                return
            body = json.dumps(says[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Whoever does not trust the certificate hangs up."""

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}", tmp_path / "certificate.pem", says
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Any, monkeypatch: pytest.MonkeyPatch):
    url, certificate, says = secure
    says["/keys"] = {"keys": []}
    with pytest.raises(KeyFault, match="CERTIFICATE_VERIFY_FAILED"):
        fetched(f"{url}/keys")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert fetched(f"{url}/keys") == ({"keys": []}, None)
    with pytest.raises(KeyFault, match="URLError"):
        fetched(f"{url.replace('127.0.0.1', 'localhost')}/keys")


def test_an_issuer_by_https_cannot_send_us_to_where_there_is_none(
    secure: Any, provider: Any, jwk: Any, pairs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    url, certificate, says = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    provider.keys = [jwk(pairs["rsa"], "RS256", kid="one")]
    says["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": f"{provider.url}/keys"}
    with pytest.raises(KeyFault, match=r"^its jwks_uri is not https$"):
        discovered(url)()
    assert provider.asked == []
    says["/keys"] = {"keys": provider.keys}
    says["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": f"{url}/keys"}
    (key,), _ = discovered(url)()
    assert key.kid == "one"


def test_no_proxy_stands_between_us_and_an_address_of_this_machine(provider: Any, monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, nobody)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert fetched(f"{provider.url}/keys") == ({"keys": []}, None)


def test_to_others_leads_the_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch):
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def serve() -> None:
            connection, _ = proxy.accept()
            with connection:
                asked.append(connection.recv(10_000))

        thread = threading.Thread(target=serve)
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(KeyFault):
            fetched("https://issuer.invalid/keys", timeout_s=20)
        thread.join(20)
    assert asked[0].startswith(b"CONNECT issuer.invalid:443 ")


def test_an_answer_by_https_that_does_not_end_is_given_up_and_hung_up(secure: Any, monkeypatch: pytest.MonkeyPatch):
    url, certificate, says = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ended, hung_up = threading.Event(), threading.Event()

    def drip(to: Any) -> None:
        try:
            to.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not ended.wait(0.02):
                to.write(b" ")
        except OSError:
            hung_up.set()

    says["/keys"] = drip
    try:
        with pytest.raises(KeyFault, match=r"^the answer took more than 0.5 seconds$"):
            fetched(f"{url}/keys", timeout_s=0.5)
        assert hung_up.wait(20)
    finally:
        ended.set()


def test_who_takes_no_connection_is_given_up():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        address = server.getsockname()
        for _ in range(8):  # more than the kernel lets wait: the next one gets no answer
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(address)
        exchange = _Exchange()
        exchange.run(f"http://127.0.0.1:{address[1]}/keys", 0.1)
        assert exchange.fault == "the answer took more than 0.1 seconds"


def test_a_part_of_an_answer_is_waited_for_no_longer_than_the_whole(provider: Any):
    provider.gate.clear()
    exchange = _Exchange()
    exchange.run(f"{provider.url}/keys", 0.05)
    assert (exchange.fault, exchange.ended.is_set()) == ("the answer took more than 0.05 seconds", True)


def test_where_no_thread_can_begin_nothing_is_fetched(provider: Any, monkeypatch: pytest.MonkeyPatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(KeyFault, match=r"^no thread can be started$"):
            fetched(f"{provider.url}/keys")


def test_whatever_ends_the_asking_is_told_to_who_waits(provider: Any, monkeypatch: pytest.MonkeyPatch):
    def fail(url: str) -> None:
        raise MemoryError

    monkeypatch.setattr(fetching, "_request", fail)
    exchange = _Exchange()
    with pytest.raises(MemoryError):
        exchange.run(f"{provider.url}/keys", 20)
    assert (exchange.fault, exchange.ended.is_set()) == ("MemoryError", True)


def test_what_the_other_side_has_cut_is_cut():
    exchange = _Exchange()
    with socket.socket() as unconnected:  # the kernel knows of no other side any more
        exchange._note(unconnected)
        exchange.cut()
        exchange._end()


def test_of_what_the_machine_says_a_line_is_told():
    assert _told(OSError(5, "x" * 200)) == f"OSError: {'x' * 120}"


def test_of_an_answer_no_more_is_read_than_a_document_may_have():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n" + b" " * 1_000_001)
                connection.recv(1)  # until the other side hangs up

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(KeyFault, match=r"^more than 1000000 bytes came$"):
            fetched(f"http://127.0.0.1:{server.getsockname()[1]}/keys", timeout_s=20)
        thread.join(20)
        assert not thread.is_alive()


def test_what_was_given_up_before_it_had_connected_asks_for_nothing(provider: Any):
    exchange = _Exchange()
    exchange.cut()
    exchange.run(f"{provider.url}/keys", 20)
    assert (exchange.fault, exchange.content, exchange.ended.is_set()) == (
        "the answer took more than 20 seconds",
        b"",
        True,
    )
    assert provider.asked == []
