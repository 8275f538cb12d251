"""JWTs of our own: what is in them, and that nothing else passes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymacaron.auth.algorithms import secret_key
from pymacaron.auth.tokens import LEEWAY_S, LONGEST, Fixed, Issuer, Signer, bearer, issue, unpacked, verify
from pymacaron.auth.verified import Verifier
from pymacaron.exceptions import (
    AuthInvalidTokenError,
    AuthMissingHeaderError,
    AuthTokenExpiredError,
    PyMacaronException,
)

SECRET = "0123456789abcdef0123456789abcdef"
SIGNER = Signer("us", "shop", secret_key(SECRET))
ISSUERS = {"us": Issuer("us", "shop", Fixed([secret_key(SECRET)]))}
NOW = 1_800_000_000.0
CLAIMS = {"iss": "us", "sub": "bob", "aud": "shop", "iat": int(NOW), "exp": int(NOW) + 60}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(payload: Any, header: Any = None, secret: str = SECRET, algorithm: Any = hashlib.sha256) -> str:
    """A token by RFC 7515, made without any library."""
    head = json.dumps({"alg": "HS256", "typ": "JWT"} if header is None else header).encode()
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    text = f"{b64(head)}.{b64(body)}"
    return f"{text}.{b64(hmac.new(secret.encode(), text.encode(), algorithm).digest())}"


def refusal(token: Any, now: float = NOW) -> tuple[str, str]:
    with pytest.raises(PyMacaronException) as caught:
        verify(token, issuers=ISSUERS, now=now)
    return caught.value.error, caught.value.error_description


def parts(token: str) -> list[dict[str, Any]]:
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def test_a_token_says_who_made_it_for_whom_and_until_when():
    header, claims = parts(issue("bob", signer=SIGNER, now=NOW + 0.9, data={"name": "Bob", "roles": ["a"]}))
    assert header == {"typ": "JWT", "alg": "HS256", "iss": "us"}
    assert claims == {
        "iss": "us",
        "sub": "bob",
        "aud": "shop",
        "iat": int(NOW),
        "exp": int(NOW) + 86400,
        "name": "Bob",
        "roles": ["a"],
    }


def test_a_token_is_written_in_few_bytes_and_in_utf_8():
    token = issue("bo\u00f6", signer=SIGNER, now=NOW, expire_in=60, data={"roles": ["a", "b"]})
    header, payload = (base64.urlsafe_b64decode(part + "==").decode() for part in token.split(".")[:2])
    assert header == '{"typ":"JWT","alg":"HS256","iss":"us"}'
    assert payload == '{"roles":["a","b"],"iss":"us","sub":"bo\u00f6","aud":"shop","iat":1800000000,"exp":1800000060}'


def test_the_longest_token_that_is_looked_at_has_16384_characters():
    assert LONGEST == 16_384
    start = b64(b'{"alg":"HS256"}') + "." + b64(b"{}") + "."
    longest = start + "A" * (LONGEST - len(start))
    assert (len(longest), len(unpacked(longest)[3])) == (LONGEST, (LONGEST - len(start)) * 3 // 4)
    assert refusal(longest + "AAAA") == ("TOKEN_INVALID", "token signature is invalid")
    with pytest.raises(AuthInvalidTokenError):
        unpacked(start[:-1] + "A." + "A" * (LONGEST - len(start)))


@pytest.mark.parametrize("signature", ["AAAX", "====", "AAA=", "AAB", "AB", "A", "XXXX", "AAA"])
def test_a_signature_is_bytes_in_one_spelling(signature: str):
    start = b64(b'{"alg":"HS256"}') + "." + b64(b"{}") + "."
    good = {"AAAX": b"\0\0\x17", "XXXX": b"\x5d\x75\xd7", "AAA": b"\0\0"}
    if signature in good:
        assert unpacked(start + signature)[3] == good[signature]
    else:
        with pytest.raises(AuthInvalidTokenError):
            unpacked(start + signature)


def test_unless_a_service_says_otherwise_clocks_may_differ_by_five_minutes():
    token = issue("bob", signer=SIGNER, now=NOW, expire_in=60)
    assert verify(token, issuers=ISSUERS, now=NOW + 359.9)["sub"] == "bob"
    assert verify(token, issuers=ISSUERS, now=NOW - 300)["sub"] == "bob"
    assert refusal(token, NOW + 360) == ("TOKEN_EXPIRED", "Auth token is expired")
    assert refusal(token, NOW - 300.1) == ("TOKEN_INVALID", "Token was issued in the future")


def test_a_token_is_valid_as_long_as_it_says():
    token = issue("bob", signer=SIGNER, now=NOW, expire_in=60, issuer="them")
    header, claims = parts(token)
    assert (header["iss"], claims["iss"], claims["exp"]) == ("them", "them", int(NOW) + 60)


def test_data_cannot_change_the_claims_that_are_ours():
    token = issue("bob", signer=SIGNER, now=NOW, data={"sub": "root", "exp": 10**12, "iss": "x", "aud": "y", "iat": 1})
    assert parts(token)[1] == {**CLAIMS, "exp": int(NOW) + 86400}


def test_what_was_issued_verifies():
    claims = verify(issue("bob", signer=SIGNER, now=NOW, data={"name": "Bob"}), issuers=ISSUERS, now=NOW)
    assert claims == {**CLAIMS, "exp": int(NOW) + 86400, "name": "Bob"}


def test_a_token_by_the_book_verifies():
    assert verify(signed(CLAIMS), issuers=ISSUERS, now=NOW) == CLAIMS
    many = {**CLAIMS, "aud": ["other", "shop"], "exp": NOW + 0.5, "nbf": NOW}
    assert verify(signed(many), issuers=ISSUERS, now=NOW) == many


@pytest.mark.parametrize(
    ("change", "code", "description"),
    [
        ({"exp": NOW - LEEWAY_S}, "TOKEN_EXPIRED", "Auth token is expired"),
        ({"exp": 0}, "TOKEN_EXPIRED", "Auth token is expired"),
        ({"exp": -1}, "TOKEN_EXPIRED", "Auth token is expired"),
        ({"iat": NOW + LEEWAY_S + 1}, "TOKEN_INVALID", "Token was issued in the future"),
        ({"nbf": NOW + LEEWAY_S + 1}, "TOKEN_INVALID", "Token is not valid yet"),
        ({"aud": "other"}, "TOKEN_INVALID", "incorrect audience"),
        ({"aud": ["other"]}, "TOKEN_INVALID", "incorrect audience"),
        ({"aud": []}, "TOKEN_INVALID", "incorrect audience"),
        ({"aud": ["shop", 1]}, "TOKEN_INVALID", "incorrect audience"),
        ({"aud": {"shop": 1}}, "TOKEN_INVALID", "incorrect audience"),
        ({"aud": "other", "exp": 0}, "TOKEN_INVALID", "incorrect audience"),
        ({"iss": "them"}, "TOKEN_INVALID", "incorrect issuer"),
        ({"iss": ["us"]}, "TOKEN_INVALID", "incorrect issuer"),
        ({"sub": ""}, "TOKEN_INVALID", "sub of the token is not a text"),
        ({"sub": 42}, "TOKEN_INVALID", "sub of the token is not a text"),
        ({"iss": None}, "TOKEN_INVALID", "token has no iss"),
        ({"aud": None}, "TOKEN_INVALID", "token has no aud"),
        ({"exp": None}, "TOKEN_INVALID", "token has no exp"),
        ({"sub": None}, "TOKEN_INVALID", "token has no sub"),
        ({"exp": str(int(NOW) + 60)}, "TOKEN_INVALID", "exp of the token is not a time"),
        ({"exp": True}, "TOKEN_INVALID", "exp of the token is not a time"),
        ({"exp": float("inf")}, "TOKEN_INVALID", "token signature is invalid"),
        ({"exp": float("nan")}, "TOKEN_INVALID", "token signature is invalid"),
        ({"iat": "now"}, "TOKEN_INVALID", "iat of the token is not a time"),
        ({"nbf": []}, "TOKEN_INVALID", "nbf of the token is not a time"),
    ],
)
def test_every_claim_is_looked_at(change: dict[str, Any], code: str, description: str):
    claims = {name: value for name, value in {**CLAIMS, **change}.items() if value is not None}
    assert refusal(signed(claims)) == (code, description)


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "sub"])
def test_every_claim_must_be_there(claim: str):
    claims = {name: value for name, value in CLAIMS.items() if name != claim}
    assert refusal(signed(claims)) == ("TOKEN_INVALID", f"token has no {claim}")


@pytest.mark.parametrize(
    "change",
    [{"exp": NOW - LEEWAY_S + 1}, {"iat": NOW + LEEWAY_S}, {"nbf": NOW + LEEWAY_S}, {"exp": 10**400}],
)
def test_clocks_may_differ_by_the_leeway(change: dict[str, Any]):
    assert verify(signed({**CLAIMS, **change}), issuers=ISSUERS, now=NOW) == {**CLAIMS, **change}


NESTED = "[" * 100_000
GOOD = signed(CLAIMS)


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "...", "a.b.c", "x" * 1000, "é.é.é", "\ud800", None, 3, b"a.b.c",
        GOOD + ".", GOOD + "=", GOOD + "!", GOOD[:-1], GOOD[:-4] + "AAAA", "." + GOOD, GOOD.replace(".", ". ", 1),
        GOOD.rpartition(".")[0] + ".", GOOD.rpartition(".")[0],
        signed(CLAIMS, secret="another secret of thirty-two bytes"),
        signed(CLAIMS, secret=""),
        signed(CLAIMS, {"alg": "none"}),
        signed(CLAIMS, {"alg": "HS512"}, algorithm=hashlib.sha512),
        signed(CLAIMS, {"alg": "HS384"}, algorithm=hashlib.sha384),
        signed(CLAIMS, {"alg": "hs256"}),
        signed(CLAIMS, {"alg": "RS256"}),
        signed(CLAIMS, {"alg": ["HS256"]}),
        signed(CLAIMS, {"alg": {"HS256": 1}}),
        signed(CLAIMS, {"alg": None}),
        signed(CLAIMS, {}),
        signed(CLAIMS, {"alg": "HS256", "crit": ["exp"]}),
        signed(CLAIMS, {"alg": "HS256", "b64": False, "crit": ["b64"]}),
        signed(CLAIMS, {"alg": "HS256", "kid": ["../../etc/passwd"]}),
        signed(CLAIMS, []),
        signed(CLAIMS, "HS256"),
        signed([]), signed("text"), signed(b"not json"), signed(b"\xff"), signed(b""), signed(NESTED.encode()[:9000]),
        b64(NESTED.encode()) + ".e30.AAAA",
        signed({**CLAIMS, "long": "x" * LONGEST}),
    ],
)  # fmt: skip
def test_what_is_no_token_of_ours_is_refused(token: Any):
    assert refusal(token) == ("TOKEN_INVALID", "token signature is invalid")


@given(st.text())
def test_no_text_is_a_token(token: str):
    assert refusal(token) == ("TOKEN_INVALID", "token signature is invalid")


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("ABab01-_.=+/ "))
def test_no_token_stays_good_with_another_character(index: int, character: str):
    changed = GOOD[:index] + character + GOOD[index + 1 :]
    if changed != GOOD:
        assert refusal(changed) == ("TOKEN_INVALID", "token signature is invalid")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda v: st.lists(v, max_size=2)
)


@given(st.dictionaries(st.sampled_from(["iss", "sub", "aud", "iat", "nbf", "exp", "x"]), JSON))
def test_no_signed_claims_raise_anything_else(claims: dict[str, Any]):
    with pytest.raises((AuthInvalidTokenError, AuthTokenExpiredError)):
        verify(signed(claims), issuers=ISSUERS, now=NOW)


@given(st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "x5u"]), JSON))
def test_no_header_raises_anything_else(header: dict[str, Any]):
    with pytest.raises(AuthInvalidTokenError):
        verify(signed(CLAIMS, header), issuers=ISSUERS, now=NOW)


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps({**CLAIMS, "sub": "\ud800"}),
        json.dumps({**CLAIMS, "name": ["\udfff"]}),
        json.dumps({**CLAIMS, "\ud800": {"a": 1}}),
    ],
)
def test_a_token_whose_texts_are_not_unicode_is_refused(payload: str):
    assert refusal(signed(payload.encode())) == ("TOKEN_INVALID", "a text in the token is not Unicode")
    raw = payload.replace("\\ud800", "\ud800").replace("\\udfff", "\udfff").encode("utf-8", "surrogatepass")
    assert refusal(signed(raw)) == ("TOKEN_INVALID", "token signature is invalid")


@pytest.mark.parametrize("text", ["\u00e5", "\U0001f600"])
def test_texts_of_a_token_may_be_written_with_escapes(text: str):
    escaped = json.dumps({**CLAIMS, "sub": text})
    assert "\\u" in escaped
    assert verify(signed(escaped.encode()), issuers=ISSUERS, now=NOW)["sub"] == text
    assert verify(issue(text, signer=SIGNER, now=NOW), issuers=ISSUERS, now=NOW)["sub"] == text


def test_no_token_is_made_for_what_is_not_unicode():
    with pytest.raises(ValueError, match="surrogates"):
        issue("\ud800", signer=SIGNER, now=NOW)


def test_a_short_secret_warns_nobody_here():
    signer, issuers = (
        Signer("us", "shop", secret_key("short")),
        {"us": Issuer("us", "shop", Fixed([secret_key("short")]))},
    )
    assert verify(issue("bob", signer=signer, now=NOW), issuers=issuers, now=NOW)["sub"] == "bob"


def test_where_there_is_no_key_no_signature_is_good():
    token = issue("bob", signer=SIGNER, now=NOW)
    with pytest.raises(AuthInvalidTokenError, match=r"^token signature is invalid$"):
        verify(token, issuers={"us": Issuer("us", "shop", Fixed([]))}, now=NOW)


def test_keys_do_not_show_their_secret():
    assert repr(SIGNER.key) == "Key(algorithms=('HS256',), kid=None)"
    assert SECRET not in repr(SIGNER) + repr(ISSUERS)


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER   abc ", "  Bearer\tabc"])
def test_bearer_gives_the_token(header: str):
    assert bearer(header) == "abc"


@pytest.mark.parametrize(
    ("header", "error", "description"),
    [
        (None, AuthMissingHeaderError, "There is no Authorization header in the HTTP request"),
        ("", AuthMissingHeaderError, "There is no Authorization header in the HTTP request"),
        ("  ", AuthMissingHeaderError, "There is no Authorization header in the HTTP request"),
        ("Basic abc", AuthInvalidTokenError, "Authorization header must start with Bearer"),
        ("abc", AuthInvalidTokenError, "Authorization header must start with Bearer"),
        ("Bearerabc", AuthInvalidTokenError, "Authorization header must start with Bearer"),
        ("Bearer", AuthInvalidTokenError, "Token not found in Authorization header"),
        ("Bearer a b", AuthInvalidTokenError, "Authorization header must be Bearer + \\s + token"),
    ],
)
def test_an_authorization_header_is_bearer_and_a_token(
    header: str | None, error: type[PyMacaronException], description: str
):
    with pytest.raises(error) as caught:
        bearer(header)
    assert (type(caught.value), caught.value.error_description) == (error, description)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_no_json_is_refused(number: str):
    payload = json.dumps({**CLAIMS, "share": 0}).replace(": 0}", f": {number}}}").encode()
    assert refusal(signed(payload)) == ("TOKEN_INVALID", "token signature is invalid")


@pytest.mark.parametrize("deep", [64, 65, 3000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_claims_may_be_64_maps_and_lists_deep(opens: str, closes: str, deep: int):
    inner = opens * (deep - 1) + ("1" if opens != "[" else "") + closes * (deep - 1)
    payload = json.dumps({**CLAIMS, "deep": 0}).replace(": 0}", f": {inner or 1}}}").encode()
    token = signed(payload)
    verifier = Verifier(ISSUERS)
    if deep == 64:
        assert verifier.verify(token, NOW) == verifier.verify(token, NOW) == json.loads(payload)
        return
    with pytest.raises(AuthInvalidTokenError):
        verifier.verify(token, NOW)


def test_claims_may_be_many_where_they_are_not_deep():
    roles = [{"name": str(number)} for number in range(200)]
    assert verify(signed({**CLAIMS, "roles": roles}), issuers=ISSUERS, now=NOW)["roles"] == roles


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_a_number_beyond_all_times_is_none(name: str):
    payload = json.dumps({**CLAIMS, name: 0}).replace(f'"{name}": 0', f'"{name}": 1e999').encode()
    assert refusal(signed(payload)) == ("TOKEN_INVALID", f"{name} of the token is not a time")
