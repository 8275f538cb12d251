"""
Tokens that were verified: seen again, one costs a lookup, as long as it is good.

What time and revocation say is asked every time; nothing is kept of a token that was refused. Bounded, and of threads
at once. A change of keys makes a new Verifier, which has seen nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, NamedTuple

from pymacaron.auth import tokens
from pymacaron.auth.tokens import Issuer
from pymacaron.exceptions import AuthInvalidTokenError, HTTPError, PyMacaronException

__all__ = ["MOST_CHARACTERS", "Verifier", "set_is_revoked"]

#: Of all tokens that are kept, together: some five thousand usual ones
MOST_CHARACTERS = 2_000_000
#: A longer token is verified each time
_LONGEST_KEPT = 4096

_IsRevoked = Callable[[dict[str, Any]], Any]


class _Kept(NamedTuple):
    """`is_flat`: no value of the claims can be changed in place."""

    claims: dict[str, Any]
    begin: float
    end: float
    is_flat: bool


@dataclass(slots=True)
class _Revocation:
    asked: _IsRevoked | None = None


_REVOCATION = _Revocation()


def set_is_revoked(is_revoked: _IsRevoked | None) -> None:
    """
    From now on no token counts of whose claims *is_revoked(claims)* says True; None asks nobody.

    It is asked for each call; where it raises, nobody is let in: with the PyMacaronException that it raised, else with
    a 503. Raises TypeError for what is not a plain function.
    """
    if is_revoked is not None and (
        not callable(is_revoked)
        or iscoroutinefunction(is_revoked)
        or iscoroutinefunction(getattr(is_revoked, "__call__", None))  # noqa: B004
    ):
        raise TypeError("is_revoked is a function, not an async one: is_revoked(claims) -> bool")
    _REVOCATION.asked = is_revoked


class Verifier:
    """Verifies tokens of *issuers*, a dict of `iss` -> Issuer, with *leeway_s* seconds between clocks."""

    def __init__(self, issuers: Mapping[str, Issuer], leeway_s: int = tokens.LEEWAY_S, most: int = MOST_CHARACTERS):
        self.issuers = issuers
        self.leeway_s = leeway_s
        self._most = most
        self._kept: dict[str, _Kept] = {}
        self._characters = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many tokens are kept."""
        return len(self._kept)

    def verify(self, token: str, now: float) -> dict[str, Any]:
        """
        The claims of *token* at the time *now* (seconds since the epoch), a dict of the caller's own.

        Raises AuthTokenExpiredError or AuthInvalidTokenError, and what set_is_revoked() tells.
        """
        kept = self._kept.get(token) if isinstance(token, str) else None
        if kept is None or not kept.begin <= now < kept.end:
            kept = self._verified(token, now)
        claims = kept.claims.copy() if kept.is_flat else _copied(kept.claims)
        asked = _REVOCATION.asked
        if asked is not None and _is_revoked(asked, claims):
            raise AuthInvalidTokenError("the token was revoked")
        return claims

    def seen(self, header: str, now: float) -> tuple[dict[str, Any], str] | None:
        """
        Claims and token of *header*, `Bearer <token>`, where that was verified before and is good at the time *now*;
        None where it must be looked at more closely.
        """
        token = header[7:]
        kept = self._kept.get(token)
        if kept is None or header[:7] != "Bearer " or _REVOCATION.asked is not None:
            return None
        if not kept.begin <= now < kept.end:
            return None
        return (kept.claims.copy() if kept.is_flat else _copied(kept.claims)), token

    def _verified(self, token: str, now: float) -> _Kept:
        parsed = tokens.parse(token)
        issuer = tokens.issuer_of(parsed, self.issuers)
        claims = tokens.check(parsed, issuer, now=now, leeway_s=self.leeway_s)
        begin, end = tokens.window(claims, self.leeway_s)
        is_flat = not any(isinstance(value, (dict, list)) for value in claims.values())
        kept = _Kept(claims, begin, min(end, now + issuer.source.keeps_s), is_flat)
        if len(token) <= _LONGEST_KEPT:
            self._keep(token, kept)
        return kept

    def _keep(self, token: str, kept: _Kept) -> None:
        with self._lock:
            if self._kept.pop(token, None) is None:
                self._characters += len(token)
            self._kept[token] = kept
            while self._characters > self._most:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                self._characters -= len(oldest)


def _is_revoked(asked: _IsRevoked, claims: dict[str, Any]) -> bool:
    """Raises what *asked* raises that is for the caller; a 503, which is reported, of what it could not find out."""
    try:
        return bool(asked(claims))
    except PyMacaronException:
        raise
    except Exception as error:
        raise HTTPError(503, "it cannot be told now whether the token was revoked") from error


def _copied(value: Any) -> Any:
    """*value*, which JSON said, in dicts and lists of its own."""
    if type(value) is dict:
        return {name: _copied(member) for name, member in value.items()}
    return [_copied(item) for item in value] if type(value) is list else value
