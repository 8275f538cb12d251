"""
The security requirements of a description, enforced: alternatives of schemes, all of which must hold in one of them.

Worked out once per operation, at start. `http` with scheme `bearer`, oauth2, openIdConnect, and Swagger 2.0's way to
say bearer, an apiKey in the header Authorization, are enforced by our own JWTs where the config has their keys; any
scheme by an authenticator, `callable(credential, scopes)`, which gives the caller's claims (a dict; True for none),
None to refuse, or raises a PyMacaronException.
Source: OpenAPI 3.1.1, "Security Requirement Object"; RFC 6750; RFC 7617.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any

from pymacaron import config
from pymacaron.auth import identity, keys, tokens
from pymacaron.auth.keysets import DISCOVERY
from pymacaron.context import Call
from pymacaron.exceptions import (
    AuthInvalidTokenError,
    AuthMissingHeaderError,
    HTTPError,
    PyMacaronException,
)
from pymacaron.finding import Finding
from pymacaron.source import Node

if TYPE_CHECKING:
    from pymacaron.spec.model import Operation, SecurityScheme

__all__ = ["Authenticator", "Enforcer", "enforcer", "is_ours", "unenforced"]

#: `authenticator(credential, scopes)`: the token of bearer, oauth2 and openIdConnect, (user, password) of basic, the
#: key of apiKey, the whole Call for everything else
Authenticator = Callable[[Any, tuple[str, ...]], Any]

#: Of an Authorization header, the claims and the token, where that token is known to suffice; None: ask the Enforcer
Quick = Callable[[str], tuple[dict[str, Any], str] | None]


@dataclass(frozen=True, slots=True)
class Enforcer:
    """
    Gives the claims of the caller, None for an anonymous one, and leaves them on the Call; see enforcer().

    `quick` spares whoever has no Call yet to make one, for a token that was seen before; None where nothing can.
    """

    enforce: Callable[[Call], dict[str, Any] | None]
    quick: Quick | None = None

    def __call__(self, call: Call) -> dict[str, Any] | None:
        return self.enforce(call)


_MISSING = AuthMissingHeaderError("There is no Authorization header in the HTTP request")


class _Absent(Exception):
    """A call has no credential for a scheme."""


@dataclass(frozen=True, slots=True)
class _Check:
    """One scheme of a requirement: `credential(call)`, then `accept(credential, scopes)`. `challenge`: of a 401."""

    credential: Callable[[Call], Any]
    accept: Authenticator
    scopes: tuple[str, ...]
    challenge: str
    wanted: str
    #: Whether the credential is a JWT that our settings trust
    is_own: bool = False
    #: The one whose tokens of ours count; None: all
    issuer: str | None = None

    def __call__(self, call: Call) -> dict[str, Any]:
        """The claims. Raises _Absent, or PyMacaronException for a credential that is no good."""
        claims = self.accept(self.credential(call), self.scopes)
        if isinstance(claims, Mapping):
            return dict(claims)
        if claims is True:
            return {}
        if claims is None or claims is False:
            if self.challenge == "Bearer":
                raise AuthInvalidTokenError("the token was refused")
            raise HTTPError(401, f"{self.wanted} was refused", {"WWW-Authenticate": self.challenge})
        kind = type(claims).__name__
        raise TypeError(f"an authenticator gives the claims as a dict, or None to refuse, not a {kind}")


def enforcer(
    operation: Operation, schemes: Mapping[str, SecurityScheme], authenticators: Mapping[str, Authenticator]
) -> Enforcer | None:
    """
    What enforces the security of *operation*, or None where it asks for none.

    It raises a PyMacaronException, 401 as a rule, with challenges in `headers`. Good credentials for one alternative
    suffice; where it takes several, the claims of our own JWT win, so that the user is the one of get_user_token().
    Without credentials, an alternative `{}` lets the caller in as nobody, but a bad credential is then refused, too. A
    scheme that nothing can enforce refuses everybody (see unenforced). The setting `security: off` enforces nothing.
    """
    if not operation.security or not config.get_config().security:
        return None
    alternatives = [
        [_check(name, schemes.get(name), scopes, authenticators.get(name)) for name, scopes in requirement.items()]
        for requirement in operation.security
    ]
    optional = any(not alternative for alternative in alternatives)
    required = [alternative for alternative in alternatives if alternative]
    checks = [check for alternative in required for check in alternative]
    challenges = ", ".join(dict.fromkeys(check.challenge for check in checks))
    wanted = " or ".join(dict.fromkeys(" and ".join(check.wanted for check in one) for one in required))

    def enforce(call: Call) -> dict[str, Any] | None:
        bad: PyMacaronException | None = None
        for alternative in required:
            call.claims = call.token = None
            try:
                claims: dict[str, Any] = {}
                own: dict[str, Any] = {}
                for check in alternative:
                    (own if check.is_own else claims).update(check(call))
                claims |= own
            except _Absent:
                continue
            except PyMacaronException as error:
                bad = bad or error
                continue
            call.claims = claims
            return claims
        call.claims = call.token = None
        if bad is not None:
            raise bad
        if optional:
            return None
        if any(check.challenge.startswith("Bearer") for check in checks):
            missing: PyMacaronException = AuthMissingHeaderError(_MISSING.error_description)
        else:
            missing = HTTPError(401, f"This operation wants {wanted}")
        missing.headers = {"WWW-Authenticate": challenges}
        raise missing

    return Enforcer(enforce, _quick(required[0][0]) if required and len(required[0]) == 1 else None)


def _quick(check: _Check) -> Quick | None:
    """What lets calls pass for which *check*, alone, suffices: those with a good token of ours in the header."""
    if not check.is_own:
        return None
    scopes, issuer = check.scopes, check.issuer

    def quick(header: str) -> tuple[dict[str, Any], str] | None:
        verifier = keys.configured()
        found = verifier.seen(header, time()) if verifier is not None else None
        if found is None or (issuer is not None and found[0]["iss"] != issuer):
            return None
        return None if scopes and _lacking(found[0], scopes) else found

    return quick


def unenforced(
    operation: Operation,
    schemes: Mapping[str, SecurityScheme],
    authenticators: Mapping[str, Authenticator],
    jwt_configured: bool | None = None,
) -> list[Finding]:
    """
    A Finding `unenforced-security` for every scheme of *operation* that nothing can enforce; empty when all is well.

    *jwt_configured*: whether our own JWTs can be verified; None looks into the config.
    """
    names = dict.fromkeys(name for requirement in operation.security for name in requirement)
    names = dict.fromkeys(name for name in names if name not in authenticators)
    if not names or not config.get_config().security:
        return []
    if jwt_configured is None:
        jwt_configured = keys.configured() is not None
    found = []
    for name in names:
        scheme = schemes.get(name)
        ours = scheme is not None and is_ours(scheme)
        if ours and jwt_configured:
            continue
        fact = f"nothing enforces the security scheme {name!r}{'' if scheme is not None else ', which is not declared'}"
        jwt = "set jwt_secret, jwt_issuer and jwt_audience in pym-config.yaml, " if ours else ""
        if scheme is not None and scheme.type == "openIdConnect":
            jwt = "name its issuer in jwt_issuers in pym-config.yaml, "
        mend = f"Give API(authenticators={{{name!r}: f}}), {jwt}or leave it to others with the setting security: off"
        node = scheme.node if scheme is not None else _requirement(operation, name)
        found.append(node.finding("unenforced-security", fact, mend))
    return found


def _requirement(operation: Operation, name: str) -> Node:
    """Where *operation* asks for the scheme *name*: its own `security`, else the document's."""
    root = Node(operation.node.document.value, operation.node.document)
    for node in (operation.node.get("security"), root.get("security")):
        for item in node.items() if node is not None else ():
            if isinstance(item.value, dict) and name in item.value:
                return item
    return operation.node


def is_ours(scheme: SecurityScheme) -> bool:
    """Whether a JWT of ours may be the credential."""
    return _is_bearer(scheme) or (
        scheme.type == "apiKey" and scheme.location == "header" and scheme.key.lower() == "authorization"
    )


def _is_bearer(scheme: SecurityScheme) -> bool:
    return scheme.type in ("oauth2", "openIdConnect") or (scheme.type == "http" and scheme.scheme == "bearer")


def _check(
    name: str, scheme: SecurityScheme | None, scopes: tuple[str, ...], authenticator: Authenticator | None
) -> _Check:
    if scheme is not None and authenticator is None and is_ours(scheme):
        # OpenAPI 3.1.1: the roles that a scheme without scopes may name are not exchanged in-band
        asked = scopes if scheme.type in ("oauth2", "openIdConnect") else ()
        issuer = _issuer_of(scheme)
        accept = _own_token if issuer is None else _token_of(issuer)
        return _Check(_self, accept, asked, "Bearer", "a bearer token", is_own=True, issuer=issuer)
    if scheme is not None and authenticator is not None and _is_bearer(scheme):
        return _Check(_bearer, authenticator, scopes, "Bearer", "a bearer token")
    if scheme is not None and scheme.type == "http" and scheme.scheme == "basic":
        accept = authenticator or _refuse
        return _Check(_basic, accept, scopes, 'Basic realm="service", charset="UTF-8"', "user name and password")
    if scheme is not None and scheme.type == "apiKey":
        wanted = f"the {scheme.location} {scheme.key!r}"
        return _Check(_api_key(scheme), authenticator or _refuse, scopes, "ApiKey", wanted)
    kind = scheme.scheme.capitalize() if scheme is not None and scheme.type == "http" and scheme.scheme else "Unknown"
    return _Check(_self, _or_absent(authenticator) if authenticator else _refuse, scopes, kind, f"the scheme {name!r}")


def _issuer_of(scheme: SecurityScheme) -> str | None:
    """The issuer whose tokens alone count: that of jwt_issuers whose discovery document an openIdConnect names."""
    url = scheme.node.value.get("openIdConnectUrl") if scheme.type == "openIdConnect" else None
    if not isinstance(url, str) or not url.endswith(DISCOVERY):
        return None
    name = url.removesuffix(DISCOVERY)
    return next((issuer for issuer in (name, name + "/") if keys.trusts(issuer)), None)


def _self(call: Call) -> Call:
    return call


def _bearer(call: Call) -> str:
    try:
        return tokens.bearer(call.headers.get("Authorization"))
    except AuthMissingHeaderError:
        raise _Absent from None


def _own_token(call: Call, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Our own JWT, from header or cookie, with *scopes* in its claim `scope` (RFC 8693, section 4.2) or `scopes`."""
    claims = _claims(call)
    _demand_scopes(claims, scopes)
    return claims


def _claims(call: Call) -> dict[str, Any]:
    try:
        return identity.authenticate(call)
    except AuthMissingHeaderError:
        raise _Absent from None


def _demand_scopes(claims: Mapping[str, Any], scopes: tuple[str, ...]) -> None:
    lacking = _lacking(claims, scopes) if scopes else ()
    if lacking:
        challenge = f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'
        raise HTTPError(403, f"the token lacks the scope {lacking[0]!r}", {"WWW-Authenticate": challenge})


def _lacking(claims: Mapping[str, Any], scopes: tuple[str, ...]) -> list[str]:
    granted = claims.get("scope", claims.get("scopes", claims.get("scp", ())))
    granted = granted.split() if isinstance(granted, str) else granted if isinstance(granted, list) else ()
    return [scope for scope in scopes if scope not in granted]


def _token_of(issuer: str) -> Authenticator:
    """As _own_token, of *issuer* alone."""

    def accept(call: Call, scopes: tuple[str, ...]) -> dict[str, Any]:
        claims = _claims(call)
        if claims["iss"] != issuer:
            raise AuthInvalidTokenError("incorrect issuer")
        _demand_scopes(claims, scopes)
        return claims

    return accept


def _basic(call: Call) -> tuple[str, str]:
    """User and password. Source: RFC 7617, section 2."""
    kind, _, text = (call.headers.get("Authorization") or "").strip().partition(" ")
    if not kind:
        raise _Absent
    if kind.lower() != "basic":
        raise AuthInvalidTokenError("Authorization header must start with Basic")
    try:
        user, colon, password = base64.b64decode(text.strip(), validate=True).decode("utf-8").partition(":")
    except ValueError:
        colon = ""
    if not colon:
        challenge = {"WWW-Authenticate": 'Basic realm="service", charset="UTF-8"'}
        raise HTTPError(401, "Authorization header must be Basic + \\s + base64 of user:password", challenge)
    return user, password


def _api_key(scheme: SecurityScheme) -> Callable[[Call], str]:
    location, name = scheme.location, scheme.key

    def credential(call: Call) -> str:
        if location == "header":
            value = call.headers.get(name)
        elif location == "cookie":
            value = call.cookies.get(name)
        else:
            from urllib.parse import parse_qs

            value = parse_qs(call.url.partition("?")[2].partition("#")[0]).get(name, [None])[0]
        if not value:
            raise _Absent
        return value

    return credential


def _or_absent(authenticator: Authenticator) -> Authenticator:
    """Of a scheme whose credential is the Call: only its authenticator knows that there is none, and says None."""

    def accept(call: Any, scopes: tuple[str, ...]) -> Any:
        claims = authenticator(call, scopes)
        if claims is None or claims is False:
            raise _Absent
        return claims

    return accept


def _refuse(credential: Any, scopes: tuple[str, ...]) -> None:
    """Of a scheme that nothing enforces."""
