"""
JWTs of our own: made and verified. Pure: keys and time are arguments, and there is no other way in.

The policy is ours, not PyJWT's defaults: HS256 and nothing else, `iss`, `aud`, `exp` and `sub` required, 300 seconds of
leeway, and every text that is no such token ends in AuthInvalidTokenError or AuthTokenExpiredError. PyJWT, which signs
and checks signatures, is loaded when the first token comes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from pymacaron.exceptions import AuthInvalidTokenError, AuthMissingHeaderError, AuthTokenExpiredError

if TYPE_CHECKING:
    from jwt import PyJWS

__all__ = ["ALGORITHM", "LEEWAY_S", "LONGEST", "Keys", "bearer", "issue", "verify"]

ALGORITHM = "HS256"
LEEWAY_S = 300
#: Characters that a token may have: beyond, nothing of it is looked at
LONGEST = 16_384

_OURS = ("iss", "sub", "aud", "iat", "exp")


@dataclass(frozen=True, slots=True)
class Keys:
    """What tokens are made and verified with. `secret`: the key of HS256; `timeout_s`: how long a token is valid."""

    secret: str = field(repr=False)
    issuer: str
    audience: str
    timeout_s: float = 86400


def issue(
    user_id: str,
    *,
    keys: Keys,
    now: float,
    expire_in: float | None = None,
    data: Mapping[str, Any] | None = None,
    issuer: str | None = None,
) -> str:
    """
    A token for the user *user_id*, issued *now* (seconds since the epoch), valid for *expire_in* seconds.

    *data* becomes claims beside iss, sub, aud, iat and exp, which it cannot change. *issuer* instead of that of *keys*.
    Raises TypeError if *data* is nothing that JSON can say, ValueError if a text in it is not Unicode.
    """
    issuer = issuer or keys.issuer
    issued_at = int(now)
    expires = issued_at + int(keys.timeout_s if expire_in is None else expire_in)
    claims = {name: value for name, value in (data or {}).items() if name not in _OURS}
    claims |= {"iss": issuer, "sub": user_id, "aud": keys.audience, "iat": issued_at, "exp": expires}
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    return _jws().encode(payload, _key(keys), algorithm=ALGORITHM, headers={"iss": issuer})


def verify(token: str, *, keys: Keys, now: float) -> dict[str, Any]:
    """
    The claims of *token*, at the time *now* (seconds since the epoch).

    Raises AuthTokenExpiredError for a token that was good, AuthInvalidTokenError for everything else, and nothing else.
    Source: RFC 7519, section 7.2; RFC 8725.
    """
    claims = _signed(token, keys)
    for name in ("iss", "aud", "exp", "sub"):
        if claims.get(name) is None:
            raise AuthInvalidTokenError(f"token has no {name}")
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if keys.audience not in audiences or not all(isinstance(audience, str) for audience in audiences):
        raise AuthInvalidTokenError("incorrect audience")
    if claims["iss"] != keys.issuer:
        raise AuthInvalidTokenError("incorrect issuer")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise AuthInvalidTokenError("sub of the token is not a text")
    if _seconds(claims, "iat", now) > now + LEEWAY_S:
        raise AuthInvalidTokenError("Token was issued in the future")
    if _seconds(claims, "nbf", now) > now + LEEWAY_S:
        raise AuthInvalidTokenError("Token is not valid yet")
    if _seconds(claims, "exp", now) <= now - LEEWAY_S:
        raise AuthTokenExpiredError("Auth token is expired")
    return claims


def bearer(header: str | None) -> str:
    """
    The token in *header*, the value of an Authorization header.

    Raises AuthMissingHeaderError if it is None or blank, AuthInvalidTokenError if it is not Bearer and one token.
    """
    words = header.split() if header else []
    if not words:
        raise AuthMissingHeaderError("There is no Authorization header in the HTTP request")
    if words[0].lower() != "bearer":
        raise AuthInvalidTokenError("Authorization header must start with Bearer")
    if len(words) == 1:
        raise AuthInvalidTokenError("Token not found in Authorization header")
    if len(words) > 2:
        raise AuthInvalidTokenError("Authorization header must be Bearer + \\s + token")
    return words[1]


def _signed(token: str, keys: Keys) -> dict[str, Any]:
    """The payload of *token*, if its signature is ours and it is an object."""
    refused = AuthInvalidTokenError("token signature is invalid")
    # PyJWT bears padding, which would give one token many spellings
    if not isinstance(token, str) or len(token) > LONGEST or not token.isascii() or "=" in token:
        raise refused
    from jwt import PyJWTError

    try:
        payload = _jws().decode(token, _key(keys), algorithms=[ALGORITHM])
        text = payload.decode("utf-8")
        claims = json.loads(text)
    # ValueError: also of JSON and of Unicode; the others: headers of odd types
    except (PyJWTError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        raise refused from None
    if not isinstance(claims, dict):
        raise refused
    if "\\u" in text and not _is_unicode(claims):
        raise AuthInvalidTokenError("a text in the token is not Unicode")
    return claims


def _is_unicode(claims: Mapping[str, Any]) -> bool:
    """Whether no text has half of a surrogate pair, which JSON can say and no reply can."""
    try:
        json.dumps(claims, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _seconds(claims: Mapping[str, Any], name: str, default: float) -> float:
    """The NumericDate (RFC 7519, section 2) in *claims*, or *default* if there is none."""
    value = claims.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (type(value) is float and not isfinite(value)):
        raise AuthInvalidTokenError(f"{name} of the token is not a time")
    return value


def _key(keys: Keys) -> bytes:
    return keys.secret.encode("utf-8", "surrogatepass")


def _jws() -> PyJWS:
    """PyJWT's signer, that knows one algorithm and warns of no short secret: config.py refuses or warns, once."""
    global _JWS
    if _JWS is None:
        from jwt import PyJWS
        from jwt.algorithms import HMACAlgorithm

        class HS256(HMACAlgorithm):
            def check_key_length(self, key: bytes) -> str | None:
                return None

        made = PyJWS(algorithms=[])
        made.register_algorithm(ALGORITHM, HS256(HMACAlgorithm.SHA256))
        _JWS = made
    return _JWS


_JWS: PyJWS | None = None
