"""
The security requirements of a description, enforced: alternatives of schemes, all of which must hold in one of them.

Worked out once per operation, at start. `http` with scheme `bearer`, oauth2, openIdConnect, and Swagger 2.0's way to
say bearer, an apiKey in the header Authorization, are enforced by our own JWTs where the config has their keys; any
scheme by an authenticator, `callable(credential, scopes)`, which gives the caller's claims (a dict; True for none),
None to refuse, or raises a PyMacaronException. credentials.py has what a call shows.
Source: OpenAPI 3.1.1, "Security Requirement Object"; RFC 6750; RFC 7617.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pymacaron import clocks, config
from pymacaron.auth import credentials, keys
from pymacaron.auth.credentials import BASIC, BEARER, Absent, Foreign, challenged
from pymacaron.context import Call
from pymacaron.exceptions import (
    AuthInvalidTokenError,
    AuthMissingHeaderError,
    HTTPError,
    PyMacaronException,
    quotable,
)
from pymacaron.finding import Finding
from pymacaron.source import Node

if TYPE_CHECKING:
    from pymacaron.spec.model import Operation, SecurityScheme

__all__ = ["Authenticator", "Authenticators", "Enforcer", "enforcer", "is_ours", "strange", "unenforced"]

#: `authenticator(credential, scopes)`: the token of bearer, oauth2 and openIdConnect, (user, password) of basic, the
#: key of apiKey, the whole Call for everything else
Authenticator = Callable[[Any, tuple[str, ...]], Any]
#: dict: name of a security scheme -> its authenticator; False: what the scheme asks for is not looked at
Authenticators = Mapping[str, Authenticator | Literal[False]]

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
    #: Raises what refuses claims of ours that lack some of `scopes`
    demand: Callable[[Mapping[str, Any], tuple[str, ...]], None] | None = None

    def __call__(self, call: Call) -> dict[str, Any]:
        """The claims. Raises Absent, Foreign, or PyMacaronException for a credential that is no good."""
        claims = self.accept(self.credential(call), self.scopes)
        if isinstance(claims, Mapping):
            return dict(claims)
        if claims is True:
            return {}
        if claims is None or claims is False:
            if self.challenge == BEARER:
                raise AuthInvalidTokenError("the token was refused")
            verb = "were" if self.challenge == BASIC else "was"
            raise HTTPError(401, f"{self.wanted} {verb} refused")
        kind = type(claims).__name__
        raise TypeError(f"an authenticator gives the claims as a dict, or None to refuse, not a {kind}")


def enforcer(
    operation: Operation, schemes: Mapping[str, SecurityScheme], authenticators: Authenticators
) -> Enforcer | None:
    """
    What enforces the security of *operation*, or None where it asks for none.

    It raises a PyMacaronException, 401 as a rule, with challenges in `headers`. Good credentials for one alternative
    suffice; where it takes several, the claims of our own JWT win, so that the user is the one of get_user_token().
    Without credentials, an alternative `{}` lets the caller in as nobody, but a bad credential is then refused, too,
    also one of an alternative that lacks another. A scheme that nothing can enforce refuses everybody (see unenforced);
    one whose authenticator is False is as good as not asked for. The setting `security: off` enforces nothing.
    """
    if not operation.security or not config.resolved().values.get("security", True):
        return None
    alternatives = [
        [
            _check(name, schemes.get(name), scopes, authenticator)
            for name, scopes in requirement.items()
            if (authenticator := authenticators.get(name)) is not False
        ]
        for requirement in operation.security
    ]
    optional = any(not alternative for alternative in alternatives)
    required = [alternative for alternative in alternatives if alternative]
    if not required:
        return None
    checks = [check for alternative in required for check in alternative]
    challenges = tuple(dict.fromkeys(check.challenge for check in checks))
    wanted = " or ".join(dict.fromkeys(" and ".join(check.wanted for check in one) for one in required))

    enforce = _Requirements(required, optional, challenges, wanted).enforce
    return Enforcer(enforce, _quick(required[0][0]) if len(required[0]) == 1 else None)


@dataclass(frozen=True, slots=True)
class _Requirements:
    """
    What an operation asks for: one of `required`, of which all checks must hold; or nothing, where it is `is_optional`.

    `challenges`: of a 401. `wanted`: what a caller lacks who shows nothing.
    """

    required: list[list[_Check]]
    is_optional: bool
    challenges: tuple[str, ...]
    wanted: str

    def enforce(self, call: Call) -> dict[str, Any] | None:
        bad: PyMacaronException | None = None
        foreign: list[str] = []
        lacking: list[_Check] = []
        for alternative in self.required:
            call.claims = call.token = None
            claims: dict[str, Any] = {}
            own: dict[str, Any] = {}
            absent: list[_Check] = []
            holds = True
            for check in alternative:
                try:
                    (own if check.is_own else claims).update(check(call))
                except Absent:
                    holds = False
                    absent.append(check)
                except Foreign as error:
                    holds = False
                    foreign.append(error.kind)
                except PyMacaronException as error:
                    holds = False
                    bad = bad or challenged(error, check.challenge, self.challenges)
                    break
            if holds:
                claims |= own
                call.claims = claims
                return claims
            if len(absent) < len(alternative):
                lacking = lacking or absent
        call.claims = call.token = None
        if bad is not None:
            raise bad
        if self.is_optional and not foreign:
            return None
        raise self._refusal(foreign, lacking)

    def _refusal(self, foreign: list[str], lacking: list[_Check]) -> PyMacaronException:
        """Of who shows nothing, or all but what is *lacking*, or credentials that are *foreign* to the schemes."""
        if foreign:
            kinds = " or ".join(dict.fromkeys(foreign))
            fact = f"Authorization header must start with {kinds}"
            if "Bearer" in foreign:
                return challenged(AuthInvalidTokenError(fact), BEARER, self.challenges)
            return challenged(HTTPError(401, fact), BASIC, self.challenges)
        missing: PyMacaronException
        if lacking and all(check.challenge != BEARER for check in lacking):
            missing = HTTPError(401, f"This operation wants {' and '.join(check.wanted for check in lacking)}, too")
        elif BEARER in self.challenges:
            missing = AuthMissingHeaderError(_MISSING)
        else:
            missing = HTTPError(401, f"This operation wants {self.wanted}")
        missing.headers = {"WWW-Authenticate": ", ".join(self.challenges)}
        return missing


_MISSING = "There is no Authorization header in the HTTP request"


def _quick(check: _Check) -> Quick | None:
    """What lets calls pass for which *check*, alone, suffices: those with a good token of ours in the header."""
    if not check.is_own:
        return None
    scopes, issuer, demand = check.scopes, check.issuer, check.demand

    def quick(header: str) -> tuple[dict[str, Any], str] | None:
        verifier = keys.configured()
        found = verifier.seen(header, clocks.time()) if verifier is not None else None
        if found is None or (issuer is not None and found[0]["iss"] != issuer):
            return None
        if scopes and demand is not None:
            try:
                demand(found[0], scopes)
            except HTTPError:
                return None
        return found

    return quick


def unenforced(
    operation: Operation,
    schemes: Mapping[str, SecurityScheme],
    authenticators: Authenticators,
    jwt_configured: bool | None = None,
) -> list[Finding]:
    """
    A Finding `unenforced-security` for every scheme of *operation* that nothing can enforce; empty when all is well.

    *jwt_configured*: whether our own JWTs can be verified; None looks into the config.
    """
    names = dict.fromkeys(name for requirement in operation.security for name in requirement)
    names = dict.fromkeys(name for name in names if name not in authenticators)
    if not names or not config.resolved().values.get("security", True):
        return []
    if jwt_configured is None:
        jwt_configured = keys.configured() is not None
    unusable = [] if jwt_configured else keys.faults()
    found = []
    for name in names:
        scheme = schemes.get(name)
        ours = scheme is not None and is_ours(scheme)
        if scheme is not None and ours and jwt_configured:
            found += strange(scheme, keys.issuers())
            continue
        fact = f"nothing enforces the security scheme {name!r}{'' if scheme is not None else ', which is not declared'}"
        if scheme is not None and ours and unusable:
            found.append(scheme.node.finding("unenforced-security", f"{fact}: {unusable[0].fact}", unusable[0].mend))
            continue
        jwt = "set jwt_secret, jwt_issuer and jwt_audience in pym-config.yaml, " if ours else ""
        if scheme is not None and scheme.type == "openIdConnect":
            jwt = "name its issuer in jwt_issuers in pym-config.yaml, "
        mend = (
            f"Name what does, as in security: {{{name}: module.function}} or API(authenticators={{{name!r}: f}}), "
            f"{jwt}or leave it to others with security: {{{name}: off}}"
        )
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
        issuer = _issuer_of(scheme, keys.issuers())
        demand = _demand_scopes if scheme.type in ("oauth2", "openIdConnect") else _demand_roles
        accept = _token_of(issuer, demand)
        return _Check(credentials.own, accept, scopes, BEARER, "a bearer token", True, issuer, demand)
    if scheme is not None and authenticator is not None and _is_bearer(scheme):
        return _Check(credentials.bearer, authenticator, scopes, BEARER, "a bearer token")
    if scheme is not None and scheme.type == "http" and scheme.scheme == "basic":
        return _Check(credentials.basic, authenticator or _refuse, scopes, BASIC, "user name and password")
    if scheme is not None and scheme.type == "apiKey":
        wanted = f"the {scheme.location} {scheme.key!r}"
        return _Check(credentials.api_key(scheme), authenticator or _refuse, scopes, "ApiKey", wanted)
    kind = scheme.scheme.capitalize() if scheme is not None and scheme.type == "http" and scheme.scheme else "Unknown"
    named = scheme.scheme if scheme is not None and scheme.type == "http" else ""
    accept = _or_absent(authenticator, named) if authenticator else _refuse
    return _Check(credentials.whole, accept, scopes, kind, f"the scheme {name!r}")


def _issuer_of(scheme: SecurityScheme, known: Collection[str]) -> str | None:
    """
    The issuer whose tokens alone count: that of *known* whose document an openIdConnect names, or an oauth2 of
    OpenAPI 3.2 by its oauth2MetadataUrl (RFC 8414, section 3.1: its place is before the path of the issuer). None where
    nothing is named, or nobody known; "", whose tokens are those of nobody, where it is somebody else.
    """
    url = scheme.node.value.get(_DOCUMENTS.get(scheme.type, ""))
    if not isinstance(url, str) or not known:
        return None
    from pymacaron.auth.keysets import DISCOVERY, METADATA

    name = url.removesuffix(DISCOVERY) if url.endswith(DISCOVERY) else url.replace(METADATA, "", 1)
    return next((issuer for issuer in (name, name + "/") if name != url and issuer in known), "")


#: dict: type of a scheme -> what names the document in which its issuer tells of itself
_DOCUMENTS = {"openIdConnect": "openIdConnectUrl", "oauth2": "oauth2MetadataUrl"}


def strange(scheme: SecurityScheme, known: Collection[str]) -> list[Finding]:
    """A Finding where *scheme* names an issuer that is none of those *known*: it refuses everybody."""
    if _issuer_of(scheme, known) != "":
        return []
    from pymacaron.auth.keysets import DISCOVERY

    node = scheme.node.get(_DOCUMENTS[scheme.type]) or scheme.node
    fact = f"nothing enforces the security scheme {scheme.name!r}: its issuer is none of those whose tokens count"
    there = ", ".join(issuer.removesuffix("/") + DISCOVERY for issuer in list(known)[:5])
    mend = (
        f"Name its issuer in jwt_issuers in pym-config.yaml (known are {there}), or say with security what enforces it"
    )
    return [node.finding("unenforced-security", fact, mend)]


def _token_of(issuer: str | None, demand: Callable[[Mapping[str, Any], tuple[str, ...]], None]) -> Authenticator:
    """What accepts claims of our own JWT, of *issuer* alone where there is one, which lack nothing of what is asked."""

    def accept(claims: dict[str, Any], scopes: tuple[str, ...]) -> dict[str, Any]:
        if issuer is not None and claims["iss"] != issuer:
            raise AuthInvalidTokenError("incorrect issuer")
        if scopes:
            demand(claims, scopes)
        return claims

    return accept


def _demand_scopes(claims: Mapping[str, Any], scopes: tuple[str, ...]) -> None:
    """Demand *scopes* in the claim `scope` (RFC 8693, section 4.2), `scopes` or `scp`."""
    lacking = _lacking(claims.get("scope", claims.get("scopes", claims.get("scp"))), scopes)
    if lacking is not None:
        challenge = f'Bearer error="insufficient_scope", scope="{quotable(" ".join(scopes))}"'
        raise HTTPError(403, f"the token lacks the scope {lacking!r}", {"WWW-Authenticate": challenge})


def _demand_roles(claims: Mapping[str, Any], roles: tuple[str, ...]) -> None:
    """Demand *roles*, which OpenAPI 3.1 has for schemes without scopes, in the claim `roles` (RFC 9068, 2.2.3.1)."""
    lacking = _lacking(claims.get("roles"), roles)
    if lacking is not None:
        raise HTTPError(
            403, f"the token lacks the role {lacking!r}", {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
        )


def _lacking(granted: Any, wanted: tuple[str, ...]) -> str | None:
    """The first of *wanted* that is not *granted*, a list or words in a text; None where all are."""
    granted = granted.split() if isinstance(granted, str) else granted if isinstance(granted, list) else ()
    return next((one for one in wanted if one not in granted), None)


def _or_absent(authenticator: Authenticator, named: str) -> Authenticator:
    """
    Of a scheme whose credential is the Call: only its authenticator knows that there is none, and says None; but there
    is one where an Authorization header has the scheme *named*.
    """

    def accept(call: Call, scopes: tuple[str, ...]) -> Any:
        claims = authenticator(call, scopes)
        if claims is None and not (named and credentials.names(call, named)):
            raise Absent
        return claims

    return accept


def _refuse(credential: Any, scopes: tuple[str, ...]) -> None:
    """Of a scheme that nothing enforces."""
