"""
Each test has a config of its own, with keys, and no variables of the machine. And an issuer of tokens, which publishes
its keys over HTTP on 127.0.0.1 as OpenID Connect wants it.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from pymacaron import config
from pymacaron.auth.verified import set_is_revoked


@pytest.fixture(autouse=True)
def _config(own_config: None) -> Iterator[None]:
    config.load(
        start_dir="/",
        settings={"jwt_secret": "0123456789abcdef0123456789abcdef", "jwt_issuer": "us", "jwt_audience": "shop"},
        environ={},
    )
    yield
    set_is_revoked(None)


def _rsa(bits: int = 2048) -> Any:
    return rsa.generate_private_key(65537, bits)


@pytest.fixture(scope="session")
def pairs() -> dict[str, Any]:
    """dict: what a key is -> a private key of that kind. Made once: primes take their time."""
    return {
        "rsa": _rsa(),
        "rsa-other": _rsa(),
        "rsa-weak": _rsa(1024),
        "P-256": ec.generate_private_key(ec.SECP256R1()),
        "P-256-other": ec.generate_private_key(ec.SECP256R1()),
        "P-384": ec.generate_private_key(ec.SECP384R1()),
        "P-521": ec.generate_private_key(ec.SECP521R1()),
        "secp256k1": ec.generate_private_key(ec.SECP256K1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "ed448": ed448.Ed448PrivateKey.generate(),
    }


def pem_of(key: Any, *, public: bool = False, password: bytes | None = None) -> bytes:
    if public:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token_of(key: Any, algorithm: str, claims: Any, **header: Any) -> str:
    """A token, signed by PyJWT's algorithm; *key*: bytes for HMAC, else a private key."""
    head = {"alg": algorithm, "typ": "JWT", **header}
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{text}.{b64(get_default_algorithms()[algorithm].sign(text.encode(), key))}"


def jwk_of(key: Any, algorithm: str, **more: Any) -> dict[str, Any]:
    """The public JWK of *key*; a member that is None is left out."""
    made = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    made.pop("key_ops", None)
    members = {**made, "alg": algorithm, **more}
    return {name: value for name, value in members.items() if value is not None}


@pytest.fixture(scope="session")
def pem() -> Callable[..., bytes]:
    """pem(key, public=False, password=None): the content of a PEM file."""
    return pem_of


@pytest.fixture(scope="session")
def jwk() -> Callable[..., dict[str, Any]]:
    """jwk(key, algorithm, **more): the public JWK of a private key."""
    return jwk_of


@pytest.fixture(scope="session")
def sign() -> Callable[..., str]:
    """sign(key, algorithm, claims, **header): a token, by PyJWT's algorithm."""
    return token_of


@dataclass
class Provider:
    """
    What an issuer publishes: its JWKS, and where that is. `asked`: the paths that were asked for, in that order.

    `said`: what its discovery document says instead. `raw`: a body instead of the JWKS. `held`: while it is set nothing
    is answered.
    """

    server: ThreadingHTTPServer
    keys: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    status: int = 200
    gate: threading.Event = field(default_factory=threading.Event)
    #: Set when somebody asked
    knocked: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str) -> bytes:
        if path == "/.well-known/openid-configuration":
            return json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.said}).encode()
        return json.dumps({"keys": self.keys}).encode() if self.raw is None else self.raw


@pytest.fixture
def provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            made.knocked.set()
            made.gate.wait(30)
            body = made.answer(self.path)
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            with suppress(OSError):  # whoever asked has gone
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Provider(server)
    made.gate.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
