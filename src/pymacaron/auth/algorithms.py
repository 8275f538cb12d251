"""
The algorithms of JWS, and keys that are good for one of them only, so that a token never chooses how it is verified.

Pure: keys come as text or bytes. PyJWT, and behind it `cryptography` for everything but HS256 (the extra `crypto`), are
loaded when a key needs them.
Source: RFC 7518, section 3; RFC 8037; RFC 8725, sections 3.1 to 3.5.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

__all__ = ["ASYMMETRIC", "HS256", "Key", "KeyFault", "jwk_key", "pem_key", "secret_key"]

HS256 = "HS256"

#: dict: curve as JWK calls it -> as cryptography does
_CURVES = {"P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1"}
#: dict: algorithm -> the curve that belongs to it
_CURVE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
ASYMMETRIC = (*_RSA, *_CURVE_OF, "EdDSA")
_LEAST_RSA_BITS = 2048
#: dict: kty -> the members of a JWK that make the public key. A private one that somebody published is not read
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}


class KeyFault(ValueError):
    """A key cannot be used; the text says why, and contains nothing of it."""


@dataclass(frozen=True, slots=True)
class Key:
    """
    A key and the algorithms that it is good for: one, but where somebody allows several for an RSA key that names none.

    `private`: what signs, None where the key only verifies. `kid`: its name in a set of keys. `identity`: what tells
    it from another of that name.
    """

    algorithms: tuple[str, ...]
    public: Any = field(repr=False)
    private: Any = field(default=None, repr=False)
    kid: str | None = None
    identity: str = field(default="", repr=False)

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Whether *signature* is that of *message* by this key. False for an algorithm that is not the key's."""
        if algorithm not in self.algorithms:
            return False
        return bool(_algorithm(algorithm).verify(message, self.public, signature))

    def signature(self, message: bytes) -> bytes:
        """Of *message*, by the first of the key's algorithms. Raises KeyFault for a key that only verifies."""
        if self.private is None:
            raise KeyFault("the key is a public one: it verifies tokens and cannot sign them")
        signed: bytes = _algorithm(self.algorithms[0]).sign(message, self.private)
        return signed


def secret_key(secret: str) -> Key:
    """The key of HS256 that is the text *secret*."""
    material = secret.encode("utf-8", "surrogatepass")
    return Key((HS256,), material, material)


def pem_key(content: bytes, algorithm: str) -> Key:
    """The key in *content*, a PEM file with a private or a public key, for *algorithm* alone. Raises KeyFault."""
    _demand_crypto(algorithm)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    private = None
    try:
        if b" PRIVATE KEY-----" in content:
            private = serialization.load_pem_private_key(content, password=None)
            public: Any = private.public_key()
        else:
            public = serialization.load_pem_public_key(content)
    except TypeError:
        raise KeyFault("the key is protected by a password; give one without") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFault("it is not a private or public key in PEM") from None
    if not _fits(public, algorithm):
        raise KeyFault(f"it is {_kind(public)}, which {algorithm} does not take")
    _demand_strength(public)
    return Key((algorithm,), public, private)


def jwk_key(jwk: Mapping[str, Any], allowed: Iterable[str] = ()) -> Key:
    """
    The key that *jwk* says, good for its `alg`. Of those without one, an elliptic curve has but one algorithm, and an
    RSA key is one for those of *allowed* (default RS256).

    *allowed*: the algorithms that count, where there are any. Raises KeyFault for a key that is not for signatures, is
    secret, weak or broken, or whose algorithm is not one of them. Source: RFC 7517, section 4; RFC 7518, section 6.
    """
    kind, kid = jwk.get("kty"), jwk.get("kid")
    if not isinstance(kind, str) or kind not in _PUBLIC:
        raise KeyFault("its kty is none of RSA, EC and OKP")
    if kid is not None and not isinstance(kid, str):
        raise KeyFault("its kid is not a text")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise KeyFault("it is not for signatures")
    algorithms = _algorithms_of(jwk, tuple(allowed))
    _demand_crypto(algorithms[0])
    from cryptography.exceptions import UnsupportedAlgorithm
    from jwt import PyJWTError
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    readers: Mapping[str, Callable[[str], Any]] = {
        "RSA": RSAAlgorithm.from_jwk,
        "EC": ECAlgorithm.from_jwk,
        "OKP": OKPAlgorithm.from_jwk,
    }
    members = {"kty": kind, **{name: jwk.get(name) for name in _PUBLIC[kind]}}
    try:
        public = readers[kind](json.dumps(members))
    except (PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, AttributeError, LookupError, OverflowError):
        raise KeyFault("its numbers are no key") from None
    if not all(_fits(public, algorithm) for algorithm in algorithms):
        raise KeyFault(f"it is {_kind(public)}, which {algorithms[0]} does not take")
    _demand_strength(public)
    return Key(algorithms, public, None, kid, json.dumps(members, sort_keys=True))


def _algorithms_of(jwk: Mapping[str, Any], allowed: tuple[str, ...]) -> tuple[str, ...]:
    said = jwk.get("alg")
    if said is not None:
        possible: tuple[Any, ...] = (said,)
    elif jwk["kty"] == "RSA":
        possible = tuple(name for name in allowed if name in _RSA) if allowed else ("RS256",)
    elif jwk["kty"] == "EC":
        possible = tuple(name for name, curve in _CURVE_OF.items() if curve == jwk.get("crv"))
    else:
        possible = ("EdDSA",)
    found = tuple(name for name in possible if name in (allowed or ASYMMETRIC) and name in ASYMMETRIC)
    if not found:
        raise KeyFault("its algorithm is none of those that count")
    return found


def _demand_crypto(algorithm: str) -> None:
    from jwt.algorithms import has_crypto

    if not has_crypto:
        raise KeyFault(f"{algorithm} needs the extra `crypto`: pip install 'pymacaron[crypto]'")


def _fits(public: Any, algorithm: str) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    if algorithm in _RSA:
        return isinstance(public, rsa.RSAPublicKey)
    if algorithm in _CURVE_OF:
        curve = _CURVES[_CURVE_OF[algorithm]]
        return isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name == curve
    return isinstance(public, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey))


def _kind(public: Any) -> str:
    curve = getattr(public, "curve", None)
    return f"a key of the curve {curve.name}" if curve is not None else f"an {type(public).__name__}"


def _demand_strength(public: Any) -> None:
    bits = getattr(public, "key_size", _LEAST_RSA_BITS) if not hasattr(public, "curve") else _LEAST_RSA_BITS
    if bits < _LEAST_RSA_BITS:
        raise KeyFault(f"it has {bits} bits; RSA needs {_LEAST_RSA_BITS} or more")


@cache
def _algorithm(name: str) -> Any:
    """PyJWT's algorithm *name*: it signs and checks signatures, nothing else of PyJWT is used."""
    from jwt import algorithms

    if name == "EdDSA":
        return algorithms.OKPAlgorithm()
    family = {
        "HS": algorithms.HMACAlgorithm,
        "RS": getattr(algorithms, "RSAAlgorithm", None),
        "PS": getattr(algorithms, "RSAPSSAlgorithm", None),
        "ES": getattr(algorithms, "ECAlgorithm", None),
    }[name[:2]]
    return family(getattr(family, f"SHA{name[2:]}"))  # type: ignore[misc]
