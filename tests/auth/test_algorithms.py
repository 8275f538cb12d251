"""Keys, each good for one algorithm: of PEM files and of JWKs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa, x25519
from jwt.algorithms import get_default_algorithms

from pymacaron.auth.algorithms import ASYMMETRIC, Key, KeyFault, jwk_key, pem_key, secret_key

KINDS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "rsa"),
    **{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "ed25519"},
}


def refusal(jwk: dict[str, Any], *allowed: str) -> str:
    with pytest.raises(KeyFault) as caught:
        jwk_key(jwk, allowed)
    return str(caught.value)


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_private_key_signs_and_its_public_key_verifies(algorithm: str, pairs: dict[str, Any], pem: Any, jwk: Any):
    private = pairs[KINDS[algorithm]]
    signing = pem_key(pem(private), algorithm)
    signature = signing.signature(b"message")
    for key in (signing, pem_key(pem(private, public=True), algorithm), jwk_key(jwk(private, algorithm))):
        assert key.algorithms == (algorithm,)
        assert key.verifies(algorithm, b"message", signature)
        assert not key.verifies(algorithm, b"massage", signature)
        assert not key.verifies(algorithm, b"message", signature[:-1] + bytes([signature[-1] ^ 1]))
        assert not key.verifies(algorithm, b"message", b"")


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_key_verifies_nothing_by_another_algorithm(algorithm: str, pairs: dict[str, Any], pem: Any):
    key = pem_key(pem(pairs[KINDS[algorithm]]), algorithm)
    for other in {*ASYMMETRIC, "HS256", "none"} - {algorithm}:
        assert not key.verifies(other, b"message", key.signature(b"message"))
    assert not secret_key("s" * 32).verifies(algorithm, b"message", secret_key("s" * 32).signature(b"message"))


def test_a_public_key_does_not_sign(pairs: dict[str, Any], pem: Any):
    with pytest.raises(KeyFault, match=r"^the key is a public one: it verifies tokens and cannot sign them$"):
        pem_key(pem(pairs["P-256"], public=True), "ES256").signature(b"message")


def test_ed448_is_a_key_of_eddsa_too(pairs: dict[str, Any], pem: Any):
    key = pem_key(pem(pairs["ed448"]), "EdDSA")
    assert key.verifies("EdDSA", b"message", key.signature(b"message"))


@pytest.mark.parametrize(
    ("kind", "algorithm", "fact"),
    [
        ("P-384", "ES256", "it is a key of the curve secp384r1, which ES256 does not take"),
        ("secp256k1", "ES256", "it is a key of the curve secp256k1, which ES256 does not take"),
        ("P-256", "ES512", "it is a key of the curve secp256r1, which ES512 does not take"),
        ("P-256", "RS256", "it is a key of the curve secp256r1, which RS256 does not take"),
        ("rsa", "EdDSA", "it is an RSAPublicKey, which EdDSA does not take"),
        ("ed25519", "PS256", "it is an Ed25519PublicKey, which PS256 does not take"),
        ("rsa-weak", "RS256", "it has 1024 bits; RSA needs 2048 or more"),
    ],
)
def test_a_key_that_does_not_fit_its_algorithm_is_refused(
    kind: str, algorithm: str, fact: str, pairs: dict[str, Any], pem: Any
):
    for public in (False, True):
        with pytest.raises(KeyFault) as caught:
            pem_key(pem(pairs[kind], public=public), algorithm)
        assert str(caught.value) == fact


@pytest.mark.parametrize("content", [b"", b"secret", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_pem_is_refused(content: bytes):
    with pytest.raises(KeyFault, match=r"^it is not a private or public key in PEM$"):
        pem_key(content, "RS256")


def test_a_broken_private_key_is_refused():
    with pytest.raises(KeyFault, match=r"^it is not a private or public key in PEM$"):
        pem_key(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "RS256")


def test_a_key_behind_a_password_is_refused(pairs: dict[str, Any], pem: Any):
    with pytest.raises(KeyFault, match=r"^the key is protected by a password; give one without$"):
        pem_key(pem(pairs["P-256"], password=b"x"), "ES256")


def test_a_key_that_signs_nothing_is_refused(pem: Any):
    with pytest.raises(KeyFault, match="X25519PublicKey, which EdDSA does not take"):
        pem_key(pem(x25519.X25519PrivateKey.generate()), "EdDSA")


@pytest.mark.parametrize(
    ("kind", "change", "fact"),
    [
        ("P-256", {"kty": "oct", "k": "AAAA"}, "its kty is none of RSA, EC and OKP"),
        ("P-256", {"kty": ["EC"]}, "its kty is none of RSA, EC and OKP"),
        ("P-256", {"kid": 1}, "its kid is not a text"),
        ("P-256", {"use": "enc"}, "it is not for signatures"),
        ("P-256", {"key_ops": ["encrypt"]}, "it is not for signatures"),
        ("P-256", {"key_ops": "verify"}, "it is not for signatures"),
        ("P-256", {"alg": "HS256"}, "its algorithm is none of those that count"),
        ("P-256", {"alg": "none"}, "its algorithm is none of those that count"),
        ("P-256", {"alg": ["ES256"]}, "its algorithm is none of those that count"),
        ("P-256", {"alg": "ES384"}, "it is a key of the curve secp256r1, which ES384 does not take"),
        ("P-256", {"alg": "RS256"}, "it is a key of the curve secp256r1, which RS256 does not take"),
        ("P-256", {"x": "AAAA"}, "its numbers are no key"),
        ("P-256", {"x": None}, "its numbers are no key"),
        ("P-256", {"x": 4}, "its numbers are no key"),
        ("P-256", {"crv": "P-999", "alg": "ES256"}, "its numbers are no key"),
        ("P-256", {"crv": "P-999", "alg": None}, "its algorithm is none of those that count"),
        ("ed25519", {"x": "AAAA"}, "its numbers are no key"),
        ("rsa", {"n": "AAAA"}, "its numbers are no key"),
        ("rsa", {"e": "AQ"}, "its numbers are no key"),
        ("rsa-weak", {}, "it has 1024 bits; RSA needs 2048 or more"),
    ],
)
def test_a_jwk_that_is_none_for_tokens_is_refused(
    kind: str, change: dict[str, Any], fact: str, pairs: dict[str, Any], jwk: Any
):
    usual = {"P-256": "ES256", "ed25519": "EdDSA"}.get(kind, "RS256")
    assert refusal(jwk(pairs[kind], usual, **change)) == fact


def test_a_jwk_without_an_algorithm_is_good_for_that_of_its_curve_or_rs256(pairs: dict[str, Any], jwk: Any):
    for kind, algorithm in (("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512"), ("ed25519", "EdDSA")):
        assert jwk_key(jwk(pairs[kind], algorithm, alg=None)).algorithms == (algorithm,)
    bare = jwk(pairs["rsa"], "RS256", alg=None)
    assert jwk_key(bare).algorithms == ("RS256",)
    assert jwk_key(bare, ["PS256", "ES256"]).algorithms == ("PS256",)
    assert jwk_key(bare, ["RS256", "PS256"]).algorithms == ("RS256", "PS256")


def test_of_jwks_only_those_of_the_algorithms_that_are_allowed_count(pairs: dict[str, Any], jwk: Any):
    assert jwk_key(jwk(pairs["P-256"], "ES256"), ["ES256"]).algorithms == ("ES256",)
    for allowed in ("RS256", "ES384"):
        assert refusal(jwk(pairs["P-256"], "ES256"), allowed) == "its algorithm is none of those that count"
        assert refusal(jwk(pairs["P-256"], "ES256", alg=None), allowed) == "its algorithm is none of those that count"


def test_of_a_private_jwk_only_the_public_half_is_read(pairs: dict[str, Any]):
    made = json.loads(get_default_algorithms()["ES256"].to_jwk(pairs["P-256"]))
    assert "d" in made
    made.pop("key_ops", None)
    assert jwk_key({**made, "alg": "ES256"}).private is None


def test_keys_show_nothing_of_themselves(pairs: dict[str, Any], jwk: Any):
    key = jwk_key(jwk(pairs["P-256"], "ES256", kid="k1"))
    assert repr(key) == "Key(algorithms=('ES256',), kid='k1')"
    assert repr(Key(("HS256",), b"secret", b"secret")) == "Key(algorithms=('HS256',), kid=None)"


def test_without_the_extra_it_says_what_to_install(pairs: dict[str, Any]):
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from pymacaron.auth.algorithms import KeyFault, jwk_key, pem_key, secret_key\n"
        "assert secret_key('s').verifies('HS256', b'm', secret_key('s').signature(b'm'))\n"
        "for make in (lambda: pem_key(b'', 'ES256'), lambda: jwk_key({'kty': 'RSA'})):\n"
        "    try: make()\n"
        "    except KeyFault as fault: print(fault)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        "ES256 needs the extra `crypto`: pip install 'pymacaron[crypto]'",
        "RS256 needs the extra `crypto`: pip install 'pymacaron[crypto]'",
    ], done.stderr


def test_without_the_extra_the_algorithm_that_needs_it_is_named(
    jwk: Any, pem: Any, pairs: Any, monkeypatch: pytest.MonkeyPatch
):
    public = jwk(pairs["P-256"], "ES256", alg=None)
    monkeypatch.setattr("jwt.algorithms.has_crypto", False)
    for made in (lambda: jwk_key(public), lambda: pem_key(pem(pairs["P-256"]), "ES256")):
        with pytest.raises(KeyFault, match=r"^ES256 needs the extra `crypto`: pip install 'pymacaron\[crypto\]'$"):
            made()


def test_a_secret_may_be_any_text_that_python_has():
    key = secret_key("\ud800 half of a pair \U0001f511")
    assert key.verifies("HS256", b"message", key.signature(b"message"))
    assert key.private == b"\xed\xa0\x80 half of a pair \xf0\x9f\x94\x91"


def test_the_least_rsa_key_has_2048_bits(pem: Any, jwk: Any):
    weak, strong = (rsa.generate_private_key(65537, bits) for bits in (2047, 2048))
    assert pem_key(pem(strong), "RS256").algorithms == jwk_key(jwk(strong, "RS256")).algorithms == ("RS256",)
    fact = "it has 2047 bits; RSA needs 2048 or more"
    assert refusal(jwk(weak, "RS256")) == fact
    with pytest.raises(KeyFault, match=f"^{fact}$"):
        pem_key(pem(weak), "RS256")


def test_a_key_without_a_name_or_more_to_tell_it_by_has_neither(pairs: dict[str, Any], pem: Any, jwk: Any):
    for key in (secret_key("s"), pem_key(pem(pairs["P-256"]), "ES256"), Key(("ES256",), None)):
        assert (key.kid, key.identity) == (None, "")
    one, other = (jwk_key(jwk(pairs[kind], "ES256", kid="k")) for kind in ("P-256", "P-256-other"))
    assert one.identity == jwk_key(jwk(pairs["P-256"], "ES256", kid="other")).identity != other.identity
