"""Where keys come from: by https from whom a certificate vouches for, and by no way round."""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from pymacaron.auth.algorithms import KeyFault
from pymacaron.auth.fetching import _Exchange, fetched
from pymacaron.auth.keysets import discovered


@pytest.fixture
def secure(pairs: dict[str, Any], pem: Any, tmp_path: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """A server of https: its URL, the certificate that vouches for it, and dict: path -> what it says there."""
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
    with pytest.raises(KeyFault, match="its jwks_uri is not https"):
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
