"""
The attack table: what people try with tokens, each as a test. Every row is refused with one of our two errors, though
the service has secrets, a PEM file and an issuer whose keys it fetches, all at once.

Source: RFC 8725; RFC 7515, section 10; the CVEs of JWT libraries.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymacaron.auth.algorithms import pem_key, secret_key
from pymacaron.auth.keysets import KeySet, from_url
from pymacaron.auth.tokens import LONGEST, Fixed, Issuer
from pymacaron.auth.verified import Verifier
from pymacaron.exceptions import AuthInvalidTokenError, AuthTokenExpiredError

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = 1_800_000_000.0
LEEWAY_S = 300


def claims(issuer: str, **change: Any) -> dict[str, Any]:
    made = {"iss": issuer, "sub": "bob", "aud": "shop", "iat": int(NOW), "exp": int(NOW) + 60, **change}
    return {name: value for name, value in made.items() if value is not None}


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def hs256(payload: Any, header: Any = None, secret: bytes = SECRET) -> str:
    """A token, made without any library; *payload* and *header*: values, or the bytes to be written."""
    parts = ({"alg": "HS256", "typ": "JWT"} if header is None else header, payload)
    text = ".".join(b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in parts)
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


@dataclass
class Service:
    """Three issuers: `us` by a secret, `pem` by a PEM file (RS256), and the provider, by the keys that it publishes."""

    verifier: Verifier
    provider: Any
    pairs: Any
    sign: Callable[..., str]
    jwk: Callable[..., Any]
    pem: Callable[..., bytes]

    def outcome(self, token: Any, now: float = NOW) -> str:
        """Whose token it is; or the description of the refusal."""
        try:
            return str(self.verifier.verify(token, now)["sub"])
        except (AuthInvalidTokenError, AuthTokenExpiredError) as error:
            return str(error.error_description)


@pytest.fixture
def service(provider: Any, pairs: Any, sign: Any, jwk: Any, pem: Any) -> Service:
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="k1"), jwk(pairs["rsa"], "RS256", kid="k2")]
    issuers = {
        "us": Issuer("us", "shop", Fixed([secret_key(SECRET.decode())])),
        "pem": Issuer("pem", "shop", Fixed([pem_key(pem(pairs["rsa"], public=True), "RS256")])),
        "them": Issuer("them", "shop", KeySet("them", from_url(f"{provider.url}/keys"))),
    }
    return Service(Verifier(issuers, LEEWAY_S), provider, pairs, sign, jwk, pem)


REFUSED = "token signature is invalid"


def test_the_tokens_that_are_attacked_are_good_ones(service: Service):
    assert service.outcome(hs256(claims("us"))) == "bob"
    assert service.outcome(service.sign(service.pairs["rsa"], "RS256", claims("pem"))) == "bob"
    assert service.outcome(service.sign(service.pairs["P-256"], "ES256", claims("them"), kid="k1")) == "bob"
    assert service.outcome(service.sign(service.pairs["rsa"], "RS256", claims("them"), kid="k2")) == "bob"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "null", "HS0", "HS256 ", "hs256"])
@pytest.mark.parametrize("issuer", ["us", "pem", "them"])
def test_alg_none(service: Service, algorithm: str, issuer: str):
    text = f"{b64(json.dumps({'alg': algorithm}).encode())}.{b64(json.dumps(claims(issuer)).encode())}"
    for token in (text, f"{text}.", f"{text}.AA", hs256(claims(issuer), {"alg": algorithm})):
        assert service.outcome(token) == REFUSED


def test_hmac_with_a_public_key_for_secret(service: Service):
    public = service.pairs["rsa"].public_key()
    pem = service.pem(service.pairs["rsa"], public=True)
    numbers = public.public_numbers().n.to_bytes(256, "big")
    jwk = json.dumps(service.jwk(service.pairs["rsa"], "RS256")).encode()
    for issuer in ("pem", "them"):
        for secret in (pem, pem.strip(), pem.replace(b"\n", b""), numbers, jwk, b""):
            for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": "k2"}, {"alg": "RS256", "kid": "k2"}):
                assert service.outcome(hs256(claims(issuer), header, secret)) == REFUSED


def test_another_algorithm_of_the_same_key(service: Service):
    for algorithm in ("RS384", "RS512", "PS256", "PS384", "PS512"):
        assert service.outcome(service.sign(service.pairs["rsa"], algorithm, claims("pem"))) == REFUSED
        assert service.outcome(service.sign(service.pairs["rsa"], algorithm, claims("them"), kid="k2")) == REFUSED
    for algorithm in ("HS384", "HS512"):
        assert service.outcome(service.sign(SECRET, algorithm, claims("us"))) == REFUSED


def test_the_key_of_one_issuer_for_a_token_of_another(service: Service):
    assert service.outcome(hs256(claims("pem"))) == REFUSED
    assert service.outcome(hs256(claims("them"))) == REFUSED
    assert service.outcome(service.sign(service.pairs["P-256"], "ES256", claims("us"), kid="k1")) == REFUSED
    assert service.outcome(service.sign(service.pairs["P-256"], "ES256", claims("pem"), kid="k1")) == REFUSED


@pytest.mark.parametrize(
    "kid",
    [
        *("", "k1", "../../../../dev/null", "/dev/null", "x' UNION SELECT 'secret", "| sleep 9"),
        *("http://127.0.0.1:1/k", "k\x00", "é", "x" * 5000),
    ],
)
def test_kid_that_names_a_file_a_query_or_a_command(service: Service, kid: str):
    # For shared secrets it is ignored; elsewhere it is compared, and nothing else
    assert service.outcome(hs256(claims("us"), {"alg": "HS256", "kid": kid})) == "bob"
    assert service.outcome(hs256(claims("us"), {"alg": "HS256", "kid": kid}, b"")) == REFUSED
    wrong = service.sign(service.pairs["P-256-other"], "ES256", claims("them"), kid=kid)
    assert service.outcome(wrong) == REFUSED


def test_kid_that_names_another_key_of_the_issuer(service: Service):
    other = service.jwk(service.pairs["P-256-other"], "ES256", kid="k3")
    service.provider.keys = [*service.provider.keys, other]
    for name, kid in (("P-256", "k3"), ("P-256-other", "k1"), ("P-256", "k2"), ("P-256", ""), ("P-256", "K1")):
        assert service.outcome(service.sign(service.pairs[name], "ES256", claims("them"), kid=kid)) == REFUSED
    for name, kid in (("P-256", "k1"), ("P-256-other", "k3")):
        assert service.outcome(service.sign(service.pairs[name], "ES256", claims("them"), kid=kid)) == "bob"


@pytest.mark.parametrize("kid", [None, 1, True, [], ["k1"], {"k1": 1}])
def test_kid_that_is_no_text(service: Service, kid: Any):
    expected = "bob" if kid is None else REFUSED
    assert service.outcome(hs256(claims("us"), {"alg": "HS256", "kid": kid})) == expected


def test_a_thousand_names_of_keys_make_one_question(service: Service):
    for number in range(1000):
        token = hs256(claims("them"), {"alg": "ES256", "kid": f"k-{number}"})
        assert service.outcome(token) == REFUSED
    assert service.provider.asked == ["/keys"]


@pytest.mark.parametrize("header", ["jku", "x5u"])
def test_a_header_that_says_where_the_key_is(service: Service, header: str):
    key, place = service.pairs["P-256-other"], {header: f"{service.provider.url}/evil"}
    for issuer in ("us", "pem", "them"):
        assert service.outcome(service.sign(key, "ES256", claims(issuer), **place)) == REFUSED
        assert service.outcome(service.sign(key, "ES256", claims(issuer), kid="k1", **place)) == REFUSED
    assert "/evil" not in service.provider.asked
    good = service.sign(service.pairs["P-256"], "ES256", claims("them"), kid="k1", **place)
    assert service.outcome(good) == "bob"


def test_a_header_that_brings_its_own_key(service: Service):
    key = service.pairs["P-256-other"]
    own = service.jwk(key, "ES256", kid="k1")
    secret = {"kty": "oct", "k": b64(b"mine")}
    for issuer in ("us", "pem", "them"):
        for extra in ({"jwk": own}, {"jwk": own, "kid": "k1"}, {"x5c": ["MIIB"]}, {"jwks": {"keys": [own]}}):
            assert service.outcome(service.sign(key, "ES256", claims(issuer), **extra)) == REFUSED
        assert service.outcome(hs256(claims(issuer), {"alg": "HS256", "jwk": secret}, b"mine")) == REFUSED


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("JWT", "bob"),
        ("jwt", "bob"),
        ("application/jwt", "bob"),
        ("at+jwt", "bob"),
        ("Application/AT+JWT", "bob"),
        ("JWE", REFUSED),
        ("dpop+jwt", REFUSED),
        ("logout+jwt", REFUSED),
        ("secevent+jwt", REFUSED),
        ("JOSE", REFUSED),
        ("text/jwt", REFUSED),
        ("", REFUSED),
        (None, REFUSED),
        (1, REFUSED),
        (["JWT"], REFUSED),
    ],
)
def test_a_token_that_was_made_for_another_purpose(service: Service, kind: Any, outcome: str):
    assert service.outcome(hs256(claims("us"), {"alg": "HS256", "typ": kind})) == outcome


@pytest.mark.parametrize(
    "extra",
    [{"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": None}, {"b64": True}],
)
def test_extensions_that_must_be_understood(service: Service, extra: dict[str, Any]):
    assert service.outcome(hs256(claims("us"), {"alg": "HS256", **extra})) == REFUSED


def test_huge_tokens(service: Service):
    assert service.outcome(hs256(claims("us", x="y" * 11_000))) == "bob"
    assert service.outcome(hs256(claims("us", x="y" * LONGEST))) == REFUSED
    assert service.outcome("x" * 10_000_000) == REFUSED
    assert service.outcome("." * 10_000_000) == REFUSED


def test_deep_tokens(service: Service):
    deep = b"[" * 5000
    assert service.outcome(hs256(b'{"a":' + deep)) == REFUSED
    assert service.outcome(hs256(claims("us"), b'{"alg":' + deep)) == REFUSED
    assert service.outcome(hs256(json.dumps(claims("us"))[:-1].encode() + b',"n":' + b"9" * 5000 + b"}")) == REFUSED


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "x"])
def test_claims_that_are_said_twice(service: Service, name: str):
    text = json.dumps({**claims("us"), "x": 1})[:-1] + f', "{name}": "root"}}'
    assert service.outcome(hs256(text.encode())) == REFUSED
    nested = json.dumps(claims("us"))[:-1] + ', "x": {"a": 1, "a": 2}}'
    assert service.outcome(hs256(nested.encode())) == REFUSED


def test_a_header_that_says_its_algorithm_twice(service: Service):
    assert service.outcome(hs256(claims("us"), b'{"alg":"none","alg":"HS256"}')) == REFUSED
    assert service.outcome(hs256(claims("us"), b'{"alg":"HS256","\\u0061lg":"none"}')) == REFUSED


def test_a_token_in_a_token(service: Service):
    inner = hs256(claims("us"))
    for payload in (inner.encode(), json.dumps(inner).encode(), json.dumps({"jwt": inner}).encode()):
        refused = service.outcome(hs256(payload, {"alg": "HS256", "typ": "JWT", "cty": "JWT"}))
        assert refused in (REFUSED, "token has no iss")


@pytest.mark.parametrize(
    "token", ["{}", '{"payload":"","signatures":[]}', "a.b.c.d.e", "a..b..c", " a.b.c", {}, [], None, b"a.b.c"]
)
def test_other_serializations(service: Service, token: Any):
    assert service.outcome(token) == REFUSED


def test_other_spellings_of_a_good_token(service: Service):
    good = hs256(claims("us"))
    head, payload, signature = good.split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = signature[:-1] + last[last.index(signature[-1]) | 1]
    assert spare != signature
    for token in (
        *(f"{good}=", f"{good} ", f" {good}", f"{good}\n", f"{good}\x00", good.replace(".", "..", 1)),
        *(f"{head}.{payload}.{spare}", f"{head}=.{payload}.{signature}", f"{head}.{payload}.{signature}.{signature}"),
        f"{head}.{payload}.{signature}".replace("-", "+").replace("_", "/") + "==",
        f"{head[:4]}\n{head[4:]}.{payload}.{signature}",
    ):
        assert service.outcome(token) == REFUSED


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"exp": NOW - LEEWAY_S + 1}, "bob"),
        ({"exp": NOW - LEEWAY_S}, "Auth token is expired"),
        ({"exp": NOW - LEEWAY_S - 1}, "Auth token is expired"),
        ({"exp": str(NOW + 60)}, "exp of the token is not a time"),
        ({"exp": float("inf")}, "token signature is invalid"),
        ({"exp": True}, "exp of the token is not a time"),
        ({"iat": False}, "iat of the token is not a time"),
        ({"nbf": [NOW]}, "nbf of the token is not a time"),
        ({"exp": None}, "token has no exp"),
        ({"iat": NOW + LEEWAY_S}, "bob"),
        ({"iat": NOW + LEEWAY_S + 1}, "Token was issued in the future"),
        ({"nbf": NOW + LEEWAY_S}, "bob"),
        ({"nbf": NOW + LEEWAY_S + 1}, "Token is not valid yet"),
    ],
)
@pytest.mark.parametrize("issuer", ["us", "pem", "them"])
def test_times_within_and_beyond_the_leeway(service: Service, issuer: str, change: dict[str, Any], outcome: str):
    kind, algorithm = {"us": ("", "HS256"), "pem": ("rsa", "RS256"), "them": ("P-256", "ES256")}[issuer]
    key = service.pairs[kind] if kind else SECRET
    token = service.sign(key, algorithm, claims(issuer, **change), kid="k1")
    assert service.outcome(token) == outcome
    assert service.outcome(token) == outcome


def test_a_token_that_was_good_before_is_not_good_for_ever(service: Service):
    token = hs256(claims("us"))
    assert service.outcome(token) == "bob"
    assert service.outcome(token, NOW + 60 + LEEWAY_S - 1) == "bob"
    assert service.outcome(token, NOW + 60 + LEEWAY_S) == "Auth token is expired"
    assert service.outcome(token, NOW - LEEWAY_S - 1) == "Token was issued in the future"
    assert service.outcome(f"{token[:-1]}{'A' if token[-1] != 'A' else 'E'}") == REFUSED


@pytest.mark.parametrize("user", ["", 0, 1, True, ["bob"], {"bob": 1}])
def test_a_user_that_is_no_text(service: Service, user: Any):
    assert service.outcome(hs256({**claims("us"), "sub": user})) == "sub of the token is not a text"


@pytest.mark.parametrize("issuer", ["", "US", "us ", "us\x00", "https://us", 1, True, ["us"], {"us": 1}])
def test_an_issuer_that_is_nobodys(service: Service, issuer: Any):
    assert service.outcome(hs256({**claims("us"), "iss": issuer})) == "incorrect issuer"


@pytest.mark.parametrize(
    ("audience", "outcome"),
    [
        (["shop"], "bob"),
        (["other", "shop"], "bob"),
        ([], "incorrect audience"),
        (["other"], "incorrect audience"),
        (["shop", 1], "incorrect audience"),
        ([["shop"]], "incorrect audience"),
        ("shop ", "incorrect audience"),
        ("shopper", "incorrect audience"),
        ("", "incorrect audience"),
        ({"shop": 1}, "incorrect audience"),
        (1, "incorrect audience"),
        (None, "token has no aud"),
    ],
)
def test_an_audience_that_is_not_us(service: Service, audience: Any, outcome: str):
    assert service.outcome(hs256(claims("us", aud=audience))) == outcome


def test_a_signature_of_zeros_and_of_other_forms(service: Service):
    text = service.sign(service.pairs["P-256"], "ES256", claims("them"), kid="k1").rpartition(".")[0]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for signature in (bytes(64), b"\x00" * 31 + b"\x01" + bytes(32), order.to_bytes(32, "big") * 2, bytes(70), b"0"):
        assert service.outcome(f"{text}.{b64(signature)}") == REFUSED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda v: st.lists(v, max_size=2)
)
HEADERS = st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "x5u", "cty"]), JSON)
QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)


@QUICK
@given(token=st.text() | st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,40}", fullmatch=True))
def test_no_text_raises_anything_else(service: Service, token: str):
    assert service.outcome(token) == REFUSED


@QUICK
@given(header=HEADERS, change=st.dictionaries(st.sampled_from(["iss", "sub", "aud", "iat", "nbf", "exp"]), JSON))
def test_no_header_and_no_claims_raise_anything_else(service: Service, header: dict[str, Any], change: dict[str, Any]):
    made = {**claims("us"), **change}
    for head in (header, {"alg": "HS256", "typ": "JWT"}):
        assert isinstance(service.outcome(hs256(made, head)), str)
