"""
Headers, cookies, tokens and bytes by lot: no failure, nobody who may not pass. `make fuzz` looks for as long as it is
told; here it is the same lot each time.
"""

from __future__ import annotations

import math
import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from security.fuzzing import KINDS, run, vaults
from security.requests import AUTHORIZATION, COOKIE, GOOD, HEADERS, LATIN, mutated
from security.vault import PASSWORD, PROTECTED, SECRET, token

from pymacaron import crash
from pymacaron.auth.algorithms import secret_key
from pymacaron.auth.tokens import Fixed, Issuer
from pymacaron.auth.verified import Verifier
from pymacaron.exceptions import AuthInvalidTokenError, AuthTokenExpiredError

LOT = settings(
    deadline=None, derandomize=True, database=None, print_blob=False, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    """See tests/conftest.py."""


@pytest.mark.parametrize("kind", KINDS)
def test_no_request_fails_lets_in_who_may_not_pass_or_splits_a_reply(kind: str, tmp_path: Path) -> None:
    reports: list[str] = []
    statuses: Counter[int] = Counter()
    assert run(vaults(tmp_path, kind, reports), 500, 0, statuses) is None
    assert {200, 400, 401, 404, 405} <= statuses.keys()
    assert crash.flush(20)
    assert not any(secret in text for text in reports for secret in (SECRET, PASSWORD, GOOD))


# ---- tokens whose claims are any JSON

NOW = 1_800_000_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
TIMES = st.one_of(JSON, st.sampled_from([NOW + way * (300 + by) for way in (-1, 1) for by in (-1, 0, 1, 0.5)]))
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "iss": st.sampled_from(["us", "US", "us ", None, ["us"], 1]) | JSON,
        "sub": st.sampled_from(["bob", "", None, 0]) | JSON,
        "aud": st.sampled_from(["vault", ["vault"], ["x", "vault"], ["vault", 1], "vaults", []]) | JSON,
        "exp": TIMES,
        "iat": TIMES,
        "nbf": TIMES,
        "scope": JSON,
    },
)
HEADER = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["HS256", "none", "hs256", "HS512", "RS256"]) | JSON,
        "typ": st.sampled_from(["JWT", "at+jwt", "JWE", "application/JWT"]) | JSON,
        "kid": st.sampled_from(["k", "../x", "\x00"]) | JSON,
        "crit": JSON,
        "b64": JSON,
        "jwk": JSON,
        "jku": JSON,
        "x5c": JSON,
        "cty": JSON,
    },
)


def is_time(value: Any) -> bool:
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    )


def counts(header: dict[str, Any], claims: dict[str, Any]) -> bool:
    """Whether a token of these, rightly signed, counts: written apart from what decides it, by docs/auth.md."""
    kind = header.get("typ", "JWT")
    if header.get("alg") != "HS256" or "crit" in header or "b64" in header:
        return False
    if not isinstance(kind, str) or kind.lower() not in ("jwt", "at+jwt", "application/jwt", "application/at+jwt"):
        return False
    if not (header.get("kid") is None or isinstance(header["kid"], str)):
        return False
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != "us" or "vault" not in audiences or not all(isinstance(one, str) for one in audiences):
        return False
    if not isinstance(claims.get("sub"), str) or not claims["sub"] or not is_time(claims.get("exp")):
        return False
    begins = [claims[name] for name in ("iat", "nbf") if claims.get(name) is not None]
    return all(map(is_time, begins)) and max(begins, default=0) <= NOW + 300 and claims["exp"] > NOW - 300


GOOD_CLAIMS = {"iss": "us", "sub": "bob", "aud": "vault", "iat": NOW, "exp": NOW + 60}


@settings(LOT, max_examples=400)
@given(
    header=st.one_of(st.just({"alg": "HS256"}), HEADER.map(lambda header: {"alg": "HS256", **header}), HEADER),
    claims=st.one_of(CLAIMS.map(lambda claims: {**GOOD_CLAIMS, **claims}), CLAIMS),
    missing=st.sampled_from(["", "", "iss", "sub", "aud", "exp", "iat"]),
)
def test_a_token_that_is_rightly_signed_counts_where_all_it_says_is_right(
    header: dict[str, Any], claims: dict[str, Any], missing: str
) -> None:
    claims = {name: value for name, value in claims.items() if name != missing}
    verifier = Verifier({"us": Issuer("us", "vault", Fixed([secret_key(SECRET)]))})
    text = token(claims, header)
    expected = counts(header, claims)
    for _ in range(2):  # the second time it may be known
        try:
            found = verifier.verify(text, NOW)
        except (AuthInvalidTokenError, AuthTokenExpiredError):
            assert not expected
        else:
            assert expected
            assert found["sub"] == claims["sub"]


@settings(LOT, max_examples=400)
@given(text=mutated() | mutated().flatmap(mutated))
def test_a_token_of_which_a_letter_is_another_counts_for_nobody(text: str) -> None:
    verifier = Verifier({"us": Issuer("us", "vault", Fixed([secret_key(SECRET)]))})
    assert verifier.verify(GOOD, time.time())["sub"] == "bob"
    try:
        verifier.verify(text, time.time())
    except AuthInvalidTokenError:
        assert text != GOOD
    else:
        assert text == GOOD
    seen = verifier.seen(f"Bearer {text}", time.time())
    assert (seen is not None) == (text == GOOD)


# ---- bytes on the sockets of a real server


def sent(port: int, data: bytes) -> bytes:
    """What the server answers to *data* until it closes the connection, which we close for writing when all is sent."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, suppress(OSError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65_536):
            found += piece
    return found


NAMES = [name.removeprefix("HTTP_").replace("_", "-") for name in sorted(HEADERS) if name.isupper()]
LINES = st.one_of(
    st.builds("{}: {}".format, st.sampled_from(NAMES), LATIN),
    st.builds("Authorization: {}".format, AUTHORIZATION),
    st.builds("Cookie: {}".format, COOKIE),
    st.sampled_from(
        [
            *("Content-Length: 5", "Content-Length: -1", "Content-Length: 5, 5", "Content-Length : 5"),
            *("Transfer-Encoding: chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding:\x0bchunked"),
            *("Transfer-Encoding: chunked, identity", "Connection: keep-alive", "Expect: 100-continue", " folded: x"),
            *("Upgrade: h2c", "X_Key: sesame", "Host: a", "Host: b", ": x", "x", "Script-Name: /v1"),
        ]
    ),
    LATIN,
)
TARGETS = st.one_of(
    st.sampled_from([f"/v1{path}" for path in PROTECTED]),
    st.sampled_from(
        ["*", "/", "//v1/jwt", "http://evil/v1/jwt", "/v1/notes/%2e%2e%2fopen", "/v1/jwt;x", "vault:80", ""]
    ),
    st.builds("/v1/{}".format, LATIN),
)


ENDS = [
    *(b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\nx", b"-1\r\n"),
    b"0\r\n\r\nGET /v1/jwt HTTP/1.1\r\nHost: vault\r\n\r\n",
]


@st.composite
def messages(draw: Callable[..., Any]) -> bytes:
    method = draw(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PRI", "get", ""]))
    version = draw(st.sampled_from(["HTTP/1.1"] * 4 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9", "SPDY/3", ""]))
    lines = [f"{method} {draw(TARGETS)} {version}", "Host: vault", *draw(st.lists(LINES, max_size=5))]
    body = draw(st.sampled_from(ENDS))
    end = draw(st.sampled_from(["\r\n", "\r\n", "\r\n", "\n", "\r"]))
    return (end.join(lines) + end * 2).encode("latin-1") + body


#: What servers themselves say of a message, by HTTP: a transfer coding or a version that they do not know
OF_HTTP = {501, 505}


def statuses(answered: bytes) -> set[int]:
    return {int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3})", answered, re.MULTILINE)}


def test_no_bytes_on_a_socket_make_a_server_fail(served_by_each: Any) -> None:
    one = messages()
    seen: Counter[int] = Counter()

    @settings(LOT, max_examples=250)
    @given(st.one_of(one, one, st.builds(lambda first, second: first + second, one, one), st.binary()))
    def fails_never(data: bytes) -> None:
        answered = sent(served_by_each.port, data)
        found = statuses(answered)
        seen.update(found)
        assert not {status for status in found if status >= 500} - OF_HTTP
        assert GOOD.encode() in data or b'"id":"bob"' not in answered

    fails_never()
    # A server that says nothing would pass: these have come as far as the server, the dispatch and who may call
    assert seen.keys() >= {400, 401, 404}, seen


def test_the_server_lives_on(served_by_each: Any) -> None:
    for _ in range(3):
        assert served_by_each.get("/ping").json == {}
    assert served_by_each.get("/v1/jwt", {"Authorization": f"Bearer {GOOD}"}).json == {"id": "bob", "token": GOOD}
