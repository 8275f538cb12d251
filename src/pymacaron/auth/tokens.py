"""
JWTs: made and verified. Pure: keys and time are arguments, and there is no other way in.

The policy is ours: a token is three parts of strict base64url; its algorithm is one that the key is pinned to; `iss`,
`aud`, `exp` and `sub` are required; nothing that a header brings along (`jwk`, `jku`, `x5u`, `x5c`) is looked at, and
what must be understood (`crit`) is not. Every text that is no such token ends in AuthInvalidTokenError or
AuthTokenExpiredError.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple, NoReturn, Protocol

from pymacaron.auth.algorithms import Key
from pymacaron.exceptions import AuthInvalidTokenError, AuthMissingHeaderError, AuthTokenExpiredError

__all__ = [
    "LEEWAY_S",
    "LONGEST",
    "Fixed",
    "Issuer",
    "Parsed",
    "Signer",
    "Source",
    "bearer",
    "check",
    "issue",
    "issuer_of",
    "parse",
    "unpacked",
    "verify",
    "window",
]

LEEWAY_S = 300
#: Characters that a token may have: beyond, nothing of it is looked at
LONGEST = 16_384
#: How often maps and lists may stand in each other in the claims, which are walked through when they are copied
_DEEPEST = 64

_OURS = ("iss", "sub", "aud", "iat", "exp")
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)")
#: Of the header `typ`, in any case, without `application/`: RFC 7519, section 5.1; RFC 9068. What is made for another
#: purpose says so: RFC 8725, section 3.11
_TYPES = frozenset(("jwt", "at+jwt"))


#: Of headers: extensions that must be understood, and the one of RFC 7797, which changes what is signed
_NOT_UNDERSTOOD = frozenset(("crit", "b64"))


class Source(Protocol):
    """Where the keys of an issuer are found."""

    @property
    def keeps_s(self) -> float:
        """For how long what they verify now may be taken for verified."""

    @property
    def is_unread(self) -> bool:
        """Whether there may be others, which cannot be read now."""

    def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        """The keys that may have signed a token with that header."""


class Fixed:
    """Keys that are the same as long as the process runs. They have no names: `kid` is ignored."""

    keeps_s = float("inf")
    is_unread = False

    def __init__(self, keys: Iterable[Key]):
        self._keys = tuple(keys)

    def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        return self._keys


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are good: those whose `iss` is *name*, meant for *audience*, signed with a key of *source*."""

    name: str
    audience: str
    source: Source


@dataclass(frozen=True, slots=True)
class Signer:
    """What our own tokens are made with. `timeout_s`: how long one is valid."""

    issuer: str
    audience: str
    key: Key
    timeout_s: float = 86400


class Parsed(NamedTuple):
    """A token that was read, of which nothing is verified."""

    algorithm: str
    kid: str | None
    claims: dict[str, Any]
    message: bytes
    signature: bytes


def issue(
    user_id: str,
    *,
    signer: Signer,
    now: float,
    expire_in: float | None = None,
    data: Mapping[str, Any] | None = None,
    issuer: str | None = None,
) -> str:
    """
    A token for the user *user_id*, issued *now* (seconds since the epoch), valid for *expire_in* seconds.

    *data* becomes claims beside iss, sub, aud, iat and exp, which it cannot change. *issuer* instead of the signer's.
    Raises TypeError if *data* is nothing that JSON can say, ValueError if a text in it is not Unicode, KeyFault for a
    key that only verifies.
    """
    issuer = issuer or signer.issuer
    issued_at = int(now)
    expires = issued_at + int(signer.timeout_s if expire_in is None else expire_in)
    claims = {name: value for name, value in (data or {}).items() if name not in _OURS}
    claims |= {"iss": issuer, "sub": user_id, "aud": signer.audience, "iat": issued_at, "exp": expires}
    header = {"typ": "JWT", "alg": signer.key.algorithms[0], "iss": issuer}
    message = b".".join(_encoded(_json(part)) for part in (header, claims))
    return (message + b"." + _encoded(signer.key.signature(message))).decode("ascii")


def verify(token: str, *, issuers: Mapping[str, Issuer], now: float, leeway_s: float = LEEWAY_S) -> dict[str, Any]:
    """
    The claims of *token*, at the time *now* (seconds since the epoch). *issuers*: dict of `iss` -> Issuer.

    Raises AuthTokenExpiredError for a token that was good, AuthInvalidTokenError for everything else, and nothing else.
    Source: RFC 7519, section 7.2; RFC 8725.
    """
    parsed = parse(token)
    return check(parsed, issuer_of(parsed, issuers), now=now, leeway_s=leeway_s)


def issuer_of(parsed: Parsed, issuers: Mapping[str, Issuer]) -> Issuer:
    """Who says to have issued a token; the first, whose name the claim is then compared with, where nobody knows it."""
    name = parsed.claims.get("iss")
    found = issuers.get(name) if isinstance(name, str) else None
    return found or next(iter(issuers.values()))


def check(parsed: Parsed, issuer: Issuer, *, now: float, leeway_s: float) -> dict[str, Any]:
    """The claims of a token, if *issuer* signed it and it is good at the time *now*. Raises as verify() does."""
    keys = issuer.source.find(parsed.kid, parsed.algorithm)
    if not keys and issuer.source.is_unread:
        raise AuthInvalidTokenError("the keys of its issuer cannot be read now")
    if not any(key.verifies(parsed.algorithm, parsed.message, parsed.signature) for key in keys):
        _refuse()
    claims = parsed.claims
    for name in ("iss", "aud", "exp", "sub"):
        if claims.get(name) is None:
            raise AuthInvalidTokenError(f"token has no {name}")
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if issuer.audience not in audiences or not all(isinstance(audience, str) for audience in audiences):
        raise AuthInvalidTokenError("incorrect audience")
    if claims["iss"] != issuer.name:
        raise AuthInvalidTokenError("incorrect issuer")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise AuthInvalidTokenError("sub of the token is not a text")
    if _seconds(claims, "iat", now) > now + leeway_s:
        raise AuthInvalidTokenError("Token was issued in the future")
    if _seconds(claims, "nbf", now) > now + leeway_s:
        raise AuthInvalidTokenError("Token is not valid yet")
    if _seconds(claims, "exp", now) <= now - leeway_s:
        raise AuthTokenExpiredError("Auth token is expired")
    return claims


def window(claims: Mapping[str, Any], leeway_s: float) -> tuple[float, float]:
    """From when until when a token with *claims*, which were checked, is good: seconds since the epoch."""
    begin = max(claims[name] if claims.get(name) is not None else 0 for name in ("iat", "nbf"))
    return begin - leeway_s, claims["exp"] + leeway_s


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


def parse(token: str) -> Parsed:
    """*token*, read as far as that goes without a key. Raises AuthInvalidTokenError."""
    header, payload, message, signature = unpacked(token)
    claims = _object(payload)
    if payload.count(b"[") + payload.count(b"{") > _DEEPEST and _is_deep(claims):
        raise AuthInvalidTokenError("a claim of the token is too deep")
    if b"\\u" in payload and not _is_unicode(claims):
        raise AuthInvalidTokenError("a text in the token is not Unicode")
    return Parsed(header["alg"], header.get("kid"), claims, message, signature)


def unpacked(token: str) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """
    Header, payload, what is signed and the signature of *token*, a JWS in compact form whose header we understand.

    Raises AuthInvalidTokenError. Source: RFC 7515, section 5.2.
    """
    if not isinstance(token, str) or len(token) > LONGEST or (match := _COMPACT.fullmatch(token)) is None:
        _refuse()
    head, payload, signature = (_decoded(part) for part in match.groups())
    header = _object(head)
    kind = header.get("typ", "JWT")
    if (
        not isinstance(header.get("alg"), str)
        or not isinstance(header.get("kid"), str | None)
        or not isinstance(kind, str)
        or kind.lower().removeprefix("application/") not in _TYPES
        or not _NOT_UNDERSTOOD.isdisjoint(header)
    ):
        _refuse()
    return header, payload, token.rpartition(".")[0].encode("ascii"), signature


def _refuse() -> NoReturn:
    raise AuthInvalidTokenError("token signature is invalid")


def _decoded(part: str) -> bytes:
    """The bytes that *part* says in base64url, which says them in one way only: spare bits are zero."""
    try:
        content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        _refuse()
    if _encoded(content) != part.encode("ascii"):
        _refuse()
    return content


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _object(content: bytes) -> dict[str, Any]:
    """The JSON object in *content*, which says no name twice."""
    try:
        value = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        _refuse()
    if not isinstance(value, dict):
        _refuse()
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_number(text: str) -> NoReturn:
    """For NaN and Infinity."""
    raise ValueError


def _is_deep(value: Any) -> bool:
    """Whether maps and lists stand in each other more than _DEEPEST times."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            one
            for outer in level
            if isinstance(outer, (dict, list))
            for one in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(one, (dict, list)) for one in level)


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
