"""
Who calls, and as whom we call others: what handlers, custom Flask views and clients import from pymacaron.auth.

The current Call (see context.py) gives the headers and cookies and keeps the claims, so nothing here knows Flask. Only
what was verified counts: on a call that nothing authenticated, get_userid() is ''.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from pymacaron import clocks, config, context
from pymacaron.auth import keys, sites, tokens
from pymacaron.context import Call
from pymacaron.exceptions import AuthInvalidTokenError

__all__ = [
    "add_auth",
    "authenticate",
    "authenticate_http_request",
    "backend_token",
    "generate_token",
    "get_token_issuer",
    "get_user_token",
    "get_user_token_data",
    "get_userid",
    "load_auth_token",
    "outgoing_token",
    "requires_auth",
]

log = logging.getLogger("pymacaron.auth")

Function = TypeVar("Function", bound=Callable[..., Any])

#: The token that backend_token() made, for the client calls inside it
_BACKEND: ContextVar[str | None] = ContextVar("pymacaron.backend_token", default=None)


def generate_token(
    user_id: str | None = None,
    expire_in: float | None = None,
    data: Mapping[str, Any] | None = None,
    issuer: str | None = None,
    iat: float | None = None,
) -> str:
    """
    A JWT for the user *user_id* (default: default_user_id of the config), valid for *expire_in* seconds.

    *data*: more claims; it cannot change iss, sub, aud, iat and exp. *issuer*: instead of jwt_issuer. *iat*: seconds
    since the epoch, default now. Raises ConfigError if jwt_secret, jwt_issuer or jwt_audience is not set.
    """
    signer = keys.demanded()
    user = config.demand("default_user_id") if user_id is None or user_id == "" else user_id
    now = clocks.time() if iat is None else iat
    return tokens.issue(str(user), signer=signer, now=now, expire_in=expire_in, data=data, issuer=issuer)


def load_auth_token(token: str, load: bool = True) -> dict[str, Any]:
    """
    The claims of *token*, verified; with *load*, the current call is from then on that of its user.

    Raises AuthTokenExpiredError or AuthInvalidTokenError.
    """
    return _verified(token, context.current(), load)


def _verified(token: str, call: Call | None, load: bool = True) -> dict[str, Any]:
    if call is not None and call.claims is not None and call.token == token:
        return call.claims
    verifier = keys.configured()
    if verifier is None:
        log.error("a token came in that cannot be verified: jwt_secret, jwt_issuer and jwt_audience are not all set")
        raise AuthInvalidTokenError("token signature is invalid")
    claims = verifier.verify(token, clocks.time())
    if load and call is not None:
        call.claims, call.token = claims, token
    return claims


def authenticate_http_request(token: str | None = None) -> dict[str, Any]:
    """
    The claims of the caller, verified, who is from then on the user of the current call.

    The token is *token*, else the one in the Authorization header, else the one in the cookie that jwt_cookie names.
    Raises AuthMissingHeaderError, AuthTokenExpiredError or AuthInvalidTokenError.
    """
    if token is not None and token.strip():
        return load_auth_token(token.strip() if len(token.split()) == 1 else tokens.bearer(token))
    call = context.current()
    if call is None:
        return load_auth_token(tokens.bearer(None))
    return authenticate(call)


def authenticate(call: Call) -> dict[str, Any]:
    """As authenticate_http_request(), for *call*, which is the current one."""
    header = call.headers.get("Authorization")
    if header is None:
        cookie = config.resolved().values.get("jwt_cookie")
        header = call.cookies.get(cookie) if cookie else None
        if cookie and header:
            from urllib.parse import unquote

            header = unquote(header)
            if sites.times(call, cookie) > 1:
                raise AuthInvalidTokenError(f"the cookie {cookie!r} is there twice")
            if sites.is_foreign(call):
                raise AuthInvalidTokenError(sites.REFUSAL)
    return _verified(tokens.bearer(header), call)


def requires_auth(function: Function) -> Function:
    """
    A decorator: calls of *function*, an operation or a view, need a token of ours; others get a 401.

    In `x-decorate-server` it runs before the arguments are read. Works for `async def`, too.
    """
    if iscoroutinefunction(function):

        @wraps(function)
        async def authenticated_async(*args: Any, **kwargs: Any) -> Any:
            authenticate_http_request()
            return await function(*args, **kwargs)

        return cast(Function, authenticated_async)

    @wraps(function)
    def authenticated(*args: Any, **kwargs: Any) -> Any:
        authenticate_http_request()
        return function(*args, **kwargs)

    return cast(Function, authenticated)


def get_userid() -> str:
    """The `sub` of the verified user who calls; '' when nobody."""
    return _text("sub")


def get_user_token() -> str:
    """The verified JWT of the user who calls, in a task a fresh one of the same claims; '' when nobody."""
    call = context.current()
    if call is None:
        return ""
    if call.token_of is not None:
        call.token = call.token_of()
    return call.token or ""


def get_user_token_data() -> dict[str, Any]:
    """A copy of the claims of the verified user who calls; empty when nobody."""
    return dict(_claims())


def get_token_issuer() -> str:
    """The `iss` of the verified user who calls; '' when nobody."""
    return _text("iss")


@contextmanager
def backend_token(
    issuer: str | None = None, user_id: str | None = None, data: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """
    Inside `with backend_token(user_id=...):` client calls carry a token made for that user, which `as` gives.

    *issuer*, *user_id* and *data* as in generate_token().
    """
    token = generate_token(user_id, data=data, issuer=issuer)
    before = _BACKEND.set(token)
    try:
        yield token
    finally:
        _BACKEND.reset(before)


def add_auth(request: Function) -> Function:
    """
    A decorator of a client's request function, which takes `headers`: adds the Authorization header.

    Its token is that of backend_token(), inside one, else the one that the current call was authenticated with. An
    Authorization header that is there stays; where there is no token, nothing is added.
    """
    if iscoroutinefunction(request):

        @wraps(request)
        async def authorized_async(*args: Any, **kwargs: Any) -> Any:
            return await request(*args, **_authorized(kwargs))

        return cast(Function, authorized_async)

    @wraps(request)
    def authorized(*args: Any, **kwargs: Any) -> Any:
        return request(*args, **_authorized(kwargs))

    return cast(Function, authorized)


def outgoing_token() -> str:
    """The token that calls of others carry: that of backend_token(), else of the user who calls; '' where none is."""
    return _BACKEND.get() or get_user_token()


def _authorized(kwargs: dict[str, Any]) -> dict[str, Any]:
    headers = dict(kwargs.get("headers") or {})
    token = outgoing_token()
    if token and not any(name.lower() == "authorization" for name in headers):
        headers["Authorization"] = f"Bearer {token}"
    return {**kwargs, "headers": headers}


def _claims() -> Mapping[str, Any]:
    call = context.current()
    return call.claims if call is not None and call.claims is not None else {}


def _text(name: str) -> str:
    """The claim *name*; '' for one that is not there, or that an authenticator gave as None."""
    value = _claims().get(name)
    return "" if value is None else str(value)
