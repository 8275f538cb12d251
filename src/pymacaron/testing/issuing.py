"""
`issuer()`: who else issues tokens, as a login provider does: over HTTP on 127.0.0.1, with OpenID Connect discovery and
a set of keys, which a service reads as it would read those of the real one.

Neighbour: keypairs.py makes its keys.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from pymacaron import clocks
from pymacaron.auth.algorithms import Key
from pymacaron.auth.keysets import DISCOVERY
from pymacaron.testing.keypairs import jwk, key_pair

__all__ = ["Issuer", "issuer"]

_KEYS = "/keys"
#: Seconds for which a token is good
_LASTS_S = 3600.0


class Issuer:
    """
    An issuer at `url`, which is its name, too. Its tokens are for `audience`.

    `asked`: list of the paths that were asked for. `status`: what it answers with; anything but 200 is an outage.
    `keys`: the public keys that it publishes, JWKs, by kid.
    """

    def __init__(self, url: str, algorithm: str, audience: str):
        self.url = url
        self.audience = audience
        self.asked: list[str] = []
        self.status = 200
        self.keys: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._numbers = count(1)
        #: dict: algorithm -> the pair that signs
        self._pairs: dict[str, Key] = {}
        self._algorithm = algorithm
        self.rotate()

    def __repr__(self) -> str:
        return f"<Issuer {self.url}>"

    def settings(self) -> dict[str, Any]:
        """What pym-config.yaml would say for its tokens to count: dict of `jwt_issuers`, for API(settings=...)."""
        return {"jwt_issuers": [{"issuer": self.url, "audience": self.audience}]}

    def token(
        self,
        user_id: str = "test",
        *,
        expire_in: float = _LASTS_S,
        algorithm: str | None = None,
        header: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """
        A token of *user_id* with these *claims*, which take the place of its own (iss, sub, aud, iat, exp); one that is
        None is left out. *expire_in*: seconds, negative for one that has expired; services wait 300 more.

        *algorithm*: another than the issuer's; the key for it is published when it is first asked for, and read by
        services as any that is new. *header*: members of the header, in place of its own, None as in *claims*.
        """
        pair = self._pair(algorithm or self._algorithm)
        return self._signed(pair, pair.kid, user_id, expire_in, claims, header or {})

    def forged(
        self,
        user_id: str = "test",
        *,
        expire_in: float = _LASTS_S,
        header: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """As token(), signed with a key that nobody has published, under the name of the one that is."""
        kid = self._pair(self._algorithm).kid
        return self._signed(key_pair(self._algorithm, ""), kid, user_id, expire_in, claims, header or {})

    def rotate(self, *, keep: bool = False) -> str:
        """
        Sign with a new key from now on, published in place of all before it, or with *keep* beside them; its kid.
        Services read it, and forget the others, when docs/auth.md says: a test's clock() has it be then.
        """
        with self._lock:
            before = self.keys if keep else {}
            self._pairs.clear()
            return str(self._published(self._algorithm, before).kid)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Inside, whoever asks is connected, and answered when the block ends."""
        self._may_answer.clear()
        try:
            yield
        finally:
            self._may_answer.set()

    def _pair(self, algorithm: str) -> Key:
        with self._lock:
            return self._pairs.get(algorithm) or self._published(algorithm, self.keys)

    def _published(self, algorithm: str, beside: Mapping[str, dict[str, Any]]) -> Key:
        """A new pair, whose public key is published *beside* those, all at once: somebody may just be reading them."""
        pair = key_pair(algorithm, f"key-{next(self._numbers)}")
        self._pairs[algorithm] = pair
        self.keys = {**beside, str(pair.kid): jwk(pair)}
        return pair

    def _signed(
        self,
        pair: Key,
        kid: str | None,
        user_id: str,
        expire_in: float,
        claims: Mapping[str, Any],
        header: Mapping[str, Any],
    ) -> str:
        now = int(clocks.time())
        own = {"iss": self.url, "sub": user_id, "aud": self.audience, "iat": now, "exp": now + int(expire_in)}
        parts = {"alg": pair.algorithms[0], "typ": "JWT", "kid": kid, **header}, {**own, **claims}
        message = b".".join(_part({name: one for name, one in part.items() if one is not None}) for part in parts)
        return (message + b"." + _base64url(pair.signature(message))).decode()

    def _answer(self, path: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        self._may_answer.wait()
        if self.status != 200:
            return self.status, {}
        if path == DISCOVERY:
            return 200, {"issuer": self.url, "jwks_uri": f"{self.url}{_KEYS}"}
        return (200, {"keys": list(self.keys.values())}) if path == _KEYS else (404, {})


def _part(members: Mapping[str, Any]) -> bytes:
    return _base64url(json.dumps(members, separators=(",", ":")).encode())


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


class _Server(ThreadingHTTPServer):
    """Ends without waiting for who holds a connection open."""

    daemon_threads = True
    block_on_close = False
    issuer: Issuer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        status, body = self.server.issuer._answer(self.path)
        content = json.dumps(body).encode()
        with suppress(OSError):  # whoever asked has gone
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests print nothing."""


@contextmanager
def issuer(*, algorithm: str = "ES256", audience: str = "test", port: int = 0) -> Iterator[Issuer]:
    """
    `with issuer() as login:` is an issuer of tokens that runs on 127.0.0.1 until the block ends: `login.token("ada")`
    is a token of its, `API(app, settings=login.settings())` a service that takes it.

    *algorithm*: RS256, ES256, EdDSA, ... of its keys. *audience*: whom its tokens are for. *port*: 0 is a free one.
    Raises ValueError for another algorithm, ConfigError without `pymacaron[crypto]`, OSError for a port in use.
    """
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}", algorithm, audience)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="pymacaron-issuer")
        thread.start()
        try:
            yield server.issuer
        finally:
            server.issuer._may_answer.set()
            server.shutdown()
            thread.join()
