"""
The header Idempotency-Key, and what it is kept under: the key of one caller, for one operation, of one service.

Source: draft-ietf-httpapi-idempotency-key-header-07, section 2.1; RFC 9651, section 3.3.3 (a String: `"8e03978e"`).
Most clients send the bare text, without quotes: that means the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from pymacaron.context import Call
from pymacaron.server.idempotency.refusals import HEADER, KeyInvalidError

__all__ = ["caller", "place", "sent"]

#: A String of RFC 9651, and parameters behind it, which mean nothing here
_STRING = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"\s*(?:;.*)?')
_BARE = re.compile(r"[A-Za-z0-9!#$%&'*+\-./:=?@^_`|~]+")
_LONGEST = 255

#: Claims that differ from token to token of one caller
_PASSING = frozenset(("exp", "iat", "nbf", "jti", "auth_time", "sid"))


def sent(header: str | None) -> str | None:
    """The key that *header* says, None where there is none. Raises KeyInvalidError."""
    if header is None:
        return None
    text = header.strip()
    quoted = _STRING.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted is not None else text
    if quoted is None and not _BARE.fullmatch(key):
        raise KeyInvalidError(f"{HEADER} is one text of ASCII characters, in quotes where it has blanks or commas")
    if len(key) > _LONGEST:
        raise KeyInvalidError(f"{HEADER} has {len(key)} characters; {_LONGEST} are allowed")
    return key


def caller(call: Call) -> Any:
    """
    Who calls: `sub` of the claims, which means somebody to their `iss` alone; where they have none, all that they say
    of more than this one token; where they say nothing, the address; None for anonymous callers, who are one.
    """
    claims = call.claims
    if claims is None:
        return None
    if all(value is None for value in claims.values()):
        return ["address", call.remote_addr]
    if claims.get("sub") is not None:
        return ["sub", claims.get("iss"), claims["sub"]]
    return ["claims", {name: value for name, value in claims.items() if name not in _PASSING}]


def place(service: str, operation: str, call: Call, key: str) -> str:
    """Where a store has what belongs to *key*: a hash, so that no store has keys or names of callers."""
    told = json.dumps([service, operation, caller(call), key], sort_keys=True, default=str)
    return f"pymacaron:idempotency:{hashlib.sha256(told.encode()).hexdigest()}"
