"""
What a call shows for a security scheme: a token, user and password, a key; and what it is refused with.

A credential that is not there is Absent, one in an Authorization header of another scheme Foreign: neither says that
somebody tried this one. What is there and cannot be read, or is there twice, is refused; so is a header that is there
and empty, which is all that some servers leave of one that is not ASCII.
Source: RFC 6750, section 2.1; RFC 7617, section 2; OpenAPI 3.1.1, "Security Scheme Object".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable

from pymacaron.auth import identity, sites, tokens
from pymacaron.context import Call
from pymacaron.exceptions import (
    AuthInvalidTokenError,
    AuthMissingHeaderError,
    AuthTokenExpiredError,
    HTTPError,
    PyMacaronException,
)
from pymacaron.spec.model import SecurityScheme

__all__ = ["BASIC", "BEARER", "Absent", "Foreign", "api_key", "basic", "bearer", "challenged", "names", "own", "whole"]

BASIC = 'Basic realm="service", charset="UTF-8"'
BEARER = 'Bearer realm="service"'

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Absent(Exception):
    """A call has no credential for a scheme."""


class Foreign(Exception):
    """The Authorization header of a call has a credential, and not of the scheme `kind`."""

    def __init__(self, kind: str):
        super().__init__(kind)
        self.kind = kind


def whole(call: Call) -> Call:
    """The call itself, for an authenticator that knows where to look."""
    return call


def names(call: Call, kind: str) -> bool:
    """Whether the Authorization header has a credential of the scheme *kind*."""
    words = (call.headers.get("Authorization") or "").split()
    return bool(words) and words[0].lower() == kind.lower()


def own(call: Call) -> dict[str, object]:
    """The claims of the token of ours that *call* shows, verified. Raises Absent, Foreign, or what refuses it."""
    try:
        return identity.authenticate(call)
    except AuthMissingHeaderError:
        if call.headers.get("Authorization") is None:
            raise Absent from None
        raise
    except AuthInvalidTokenError:
        words = (call.headers.get("Authorization") or "").split()
        if words and words[0].lower() != "bearer":
            raise Foreign("Bearer") from None
        raise


def bearer(call: Call) -> str:
    """The token in the Authorization header, whoever issued it."""
    _demand_kind(call, "Bearer")
    return tokens.bearer(call.headers.get("Authorization"))


def basic(call: Call) -> tuple[str, str]:
    """User and password, without control characters. Source: RFC 7617, section 2."""
    text = _demand_kind(call, "Basic")
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except ValueError:
        colon = ""
    if not colon or _CONTROL.search(user) or _CONTROL.search(password):
        raise HTTPError(401, "Authorization header must be Basic + \\s + base64 of user:password")
    return user, password


def _demand_kind(call: Call, kind: str) -> str:
    """What stands behind *kind* in the Authorization header. Raises Absent, Foreign."""
    header = call.headers.get("Authorization")
    if header is None:
        raise Absent
    said, _, rest = header.strip().partition(" ")
    if not said:
        raise AuthMissingHeaderError("There is nothing in the Authorization header of the HTTP request")
    if said.split()[0].lower() != kind.lower():
        raise Foreign(kind)
    return rest.strip()


def api_key(scheme: SecurityScheme) -> Callable[[Call], str]:
    """What gives the key of *scheme*, an apiKey, from the header, the query or the cookie that it names."""
    location, name = scheme.location, scheme.key

    def credential(call: Call) -> str:
        if location == "header":
            value = call.headers.get(name)
        elif location == "cookie":
            value = call.cookies.get(name)
        else:
            value = _query(call, name)
        if not value:
            if location == "header" and value is not None:
                raise HTTPError(401, f"the header {name!r} is empty")
            raise Absent
        if location == "cookie":
            _demand_own(call, name)
        if _CONTROL.search(value):
            raise HTTPError(401, f"the {location} {name!r} has a control character")
        return value

    return credential


def _demand_own(call: Call, cookie: str) -> None:
    if (times := sites.times(call, cookie)) > 1:
        raise HTTPError(401, f"the cookie {cookie!r} is there {times} times")
    if sites.is_foreign(call):
        raise HTTPError(401, sites.REFUSAL)


def _query(call: Call, name: str) -> str | None:
    from urllib.parse import parse_qs

    values = parse_qs(call.url.partition("?")[2].partition("#")[0]).get(name, [])
    if len(values) > 1:
        # What stands in front of the service may have looked at the other one
        raise HTTPError(401, f"the query {name!r} is there {len(values)} times")
    return values[0] if values else None


def challenged(error: PyMacaronException, own: str, challenges: Iterable[str]) -> PyMacaronException:
    """
    *error*, which refused the credential whose challenge is *own*; a 401 with all *challenges*, in which what it says
    itself stands for that one. Source: RFC 9110, section 11.6.1.
    """
    if error.status != 401:
        return error
    said = (error.headers or {}).get("WWW-Authenticate")
    if said is not None and own != BEARER and isinstance(error, _OF_TOKENS):
        said = None  # what these bring along is the challenge of another scheme
    others = [one for one in challenges if one != own]
    if said is not None and others and all(f", {one}" in said or f"{one}, " in said for one in others):
        return error  # an authenticator raises the same one each time
    told = (one if one != own or said is None else said for one in challenges)
    error.headers = {**(error.headers or {}), "WWW-Authenticate": ", ".join(told)}
    return error


_OF_TOKENS = (AuthMissingHeaderError, AuthInvalidTokenError, AuthTokenExpiredError)
