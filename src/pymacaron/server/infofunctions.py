"""
The functions that a description itself names for its security schemes, as descriptions written for Connexion do.

`x-basicInfoFunc(username, password)`, `x-apikeyInfoFunc(key)`, `x-bearerInfoFunc(token)` and, of oauth2,
`x-tokenInfoFunc(token)` give a dict of what is known of the caller, or None to refuse; each may take `required_scopes`,
too. What they give becomes claims: `sub` is who calls, or `uid` where that is all. Neighbour: guards.py has those of
the config and of code, which go before these.
Source: Connexion 2.14, "Security"; RFC 6750, section 3.1, of scopes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from types import CoroutineType
from typing import Any

from pymacaron import loop
from pymacaron.auth.schemes import Authenticator, Authenticators
from pymacaron.exceptions import HTTPError, quotable
from pymacaron.finding import Finding
from pymacaron.server.dotted import Importer, Problem, no_callable
from pymacaron.spec.model import Api, Operation, SecurityScheme

__all__ = ["described", "extension_of"]

#: What of OAuth2's scopes is asked by: `(wanted, granted) -> bool`
_Suffices = Callable[..., Any]

_SCOPES = "x-scopeValidateFunc"
_BEARER = "bearer "


def extension_of(scheme: SecurityScheme) -> str:
    """The extension by which *scheme* may name its function; "" where it has none."""
    if scheme.type == "http":
        return {"basic": "x-basicInfoFunc", "bearer": "x-bearerInfoFunc"}.get(scheme.scheme, "")
    if scheme.type == "apiKey":
        return "x-bearerInfoFunc" if _is_bearer(scheme) else "x-apikeyInfoFunc"
    return "x-tokenInfoFunc" if scheme.type in ("oauth2", "openIdConnect") else ""


def described(
    api: Api, operations: Iterable[Operation], others: Authenticators
) -> tuple[dict[str, Authenticator], list[Finding]]:
    """
    The authenticators that *api* itself names for the schemes of *operations*, but for those that *others* enforce; and
    what is wrong with them. Imports them.
    """
    importer = Importer()
    found: dict[str, Authenticator] = {}
    findings: list[Finding] = []
    for name in dict.fromkeys(name for one in operations for requirement in one.security for name in requirement):
        scheme = api.security_schemes.get(name)
        key = extension_of(scheme) if scheme is not None and name not in others else ""
        if scheme is None or key not in scheme.node.value:
            continue
        try:
            function = _named(importer, scheme, key, 2 if key == "x-basicInfoFunc" else 1)
            suffices = _named(importer, scheme, _SCOPES, 2) if _SCOPES in scheme.node.value else _has_all
        except Problem as problem:
            findings += problem.findings(scheme.node.get(key) or scheme.node)
            found[name] = _refuse
        else:
            found[name] = _authenticator(scheme, function, suffices)
    return found, findings


def _refuse(credential: Any, scopes: tuple[str, ...]) -> None:
    """In the place of a function that cannot be used."""


def _named(importer: Importer, scheme: SecurityScheme, key: str, count: int) -> Callable[..., Any]:
    """The function that *scheme* names by *key*, which takes *count* arguments. Raises Problem."""
    path = scheme.node.value[key]
    what = f"{key} {path!r}"
    if not isinstance(path, str):
        raise Problem("unbound-authenticator", f"{key} is no dotted path", "Write it as package.module.function")
    function = importer.named(path, what, code="unbound-authenticator")
    if not callable(function):
        raise no_callable(function, what, "unbound-authenticator", "function")
    named: dict[str, Any] = {"required_scopes": []} if _takes_scopes(function) and key != _SCOPES else {}
    try:
        inspect.signature(function).bind(*([""] * count), **named)
    except TypeError as error:
        wanted = {"x-basicInfoFunc": "username, password", _SCOPES: "required_scopes, token_scopes"}.get(key, "token")
        fact = f"{what} does not take what it is given: {error}"
        raise Problem("unbound-authenticator", fact, f"Write it as: def function({wanted})") from None
    except ValueError:  # written in C, and says nothing of its arguments
        pass
    result: Callable[..., Any] = function
    return result


def _takes_scopes(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    return "required_scopes" in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def _authenticator(scheme: SecurityScheme, function: Callable[..., Any], suffices: _Suffices) -> Authenticator:
    """What *function* is to those who enforce: `(credential, scopes) -> claims, or None`."""
    has_scopes = scheme.type in ("oauth2", "openIdConnect")
    takes_scopes, strips = _takes_scopes(function), scheme.type == "apiKey" and _is_bearer(scheme)

    def authenticate(credential: Any, scopes: tuple[str, ...]) -> dict[str, Any] | None:
        if strips and not credential.lower().startswith(_BEARER):
            return None
        shown = credential if isinstance(credential, tuple) else (credential[len(_BEARER) :] if strips else credential,)
        wanted = {"required_scopes": list(scopes) if has_scopes else None} if takes_scopes else {}
        told = _asked(function, shown, wanted)
        if told is None:
            return None
        if not isinstance(told, Mapping):
            raise TypeError(f"{function.__name__}() gave a {type(told).__name__}, not a dict or None")
        claims = dict(told)
        if has_scopes:
            _demand(scopes, claims, suffices)
        if "uid" in claims:
            claims.setdefault("sub", claims["uid"])
        return claims

    return authenticate


def _asked(function: Callable[..., Any], shown: tuple[Any, ...], wanted: Mapping[str, Any]) -> Any:
    """What *function* gives, awaited where it is async. An exception of Werkzeug's becomes an error of ours."""
    try:
        told = function(*shown, **wanted)
        return loop.run(told) if told.__class__ is CoroutineType else told
    except Exception as error:  # where a hook ends
        from werkzeug.exceptions import HTTPException  # whoever lists operations has no server

        if not isinstance(error, HTTPException) or error.response is not None:
            raise
        raise HTTPError(error.code or 401, error.description or "") from error


def _demand(scopes: tuple[str, ...], claims: Mapping[str, Any], suffices: _Suffices) -> None:
    granted = claims.get("scope", claims.get("scopes", ""))
    if not suffices(list(scopes), granted):
        challenge = f'Bearer error="insufficient_scope", scope="{quotable(" ".join(scopes))}"'
        raise HTTPError(403, "Provided token doesn't have the required scope", {"WWW-Authenticate": challenge})


def _has_all(wanted: Iterable[str], granted: Any) -> bool:
    """Whether every scope that is *wanted* is among *granted*, a list or words in a text."""
    return set(wanted) <= set(granted.split() if isinstance(granted, str) else granted or ())


def _is_bearer(scheme: SecurityScheme) -> bool:
    """Whether an apiKey says that its header has a bearer token, as Swagger 2.0 cannot."""
    return str(scheme.node.value.get("x-authentication-scheme", "")).lower() == "bearer"
