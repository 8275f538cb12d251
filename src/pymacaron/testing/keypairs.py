"""
Pairs of keys for an issuer that a test plays. The keys are for the test: made when they are asked for, kept nowhere.

The door to cryptography and PyJWT, which the extra `crypto` brings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymacaron.auth.algorithms import ASYMMETRIC, Key
from pymacaron.exceptions import ConfigError
from pymacaron.finding import did_you_mean

__all__ = ["jwk", "key_pair"]

_RSA_BITS = 2048


def key_pair(algorithm: str, kid: str) -> Key:
    """
    A new pair for *algorithm*, one that a service may use, named *kid*. Raises ValueError for another algorithm,
    ConfigError where the extra `crypto` is not installed.
    """
    if algorithm not in ASYMMETRIC:
        hint = did_you_mean(algorithm, ASYMMETRIC) or f"There are {', '.join(ASYMMETRIC)}"
        raise ValueError(f"{algorithm!r} is no algorithm of key pairs. {hint}")
    try:
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    except ModuleNotFoundError:
        raise ConfigError("an issuer of tokens needs cryptography: pip install 'pymacaron[crypto]'") from None
    makers: dict[str, Callable[[], Any]] = {
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }
    make = makers.get(algorithm, lambda: rsa.generate_private_key(65537, _RSA_BITS))
    private = make()
    return Key((algorithm,), private.public_key(), private, kid)


def jwk(key: Key) -> dict[str, Any]:
    """The public JWK of *key*, as an issuer publishes it. Source: RFC 7517, section 4."""
    from jwt.algorithms import get_default_algorithms

    algorithm = key.algorithms[0]
    made: Any = get_default_algorithms()[algorithm]
    members = dict(made.to_jwk(key.public, as_dict=True))
    members.pop("key_ops", None)
    return {**members, "use": "sig", "alg": algorithm, "kid": key.kid}
