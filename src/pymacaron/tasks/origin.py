"""
The call that sends a task -> what its worker knows of it: whose it is, its id and path, its deadline, its trace.

The caller's token does not travel, which may expire in a queue: get_user_token() in a worker makes a fresh one of the
claims, where those came in a token of ours.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pymacaron import clocks, config
from pymacaron.auth.identity import generate_token
from pymacaron.context import Call
from pymacaron.exceptions import ConfigError
from pymacaron.finding import with_article
from pymacaron.tasks.arguments import UnreadableError, packed, unpacked
from pymacaron.tasks.message import Message

__all__ = ["call_of", "identify", "origin"]

#: Claims that each token has of its own
_OWN = frozenset(("iss", "sub", "aud", "iat", "exp", "nbf", "jti"))


def origin(call: Call | None, *, waits: bool) -> dict[str, Any]:
    """
    What a worker is told of *call*, as plain JSON values; empty where there is none. The deadline of a task that
    *waits* on purpose is not its caller's.
    """
    if call is None:
        return {}
    told: dict[str, Any] = {
        "id": call.call_id,
        "path": call.call_path,
        "api": call.api_name,
        "version": call.api_version,
        "traceparent": call.trace.traceparent,
        "tracestate": call.trace.state,
        "claims": packed(call.claims, "the caller's claims") if call.claims is not None else None,
    }
    if not waits and call.deadline is not None:
        told["deadline"] = clocks.time() + call.deadline - time.monotonic()
    return {name: value for name, value in told.items() if value not in (None, "")}


def call_of(message: Message, now: float) -> Call:
    """
    The Call in which a worker runs the task of *message*, which begins *now* (seconds since the epoch): with the call
    id of who has sent it, or else that of the task. The deadline of a caller who waits no longer binds nobody.
    Fails never: what is told in another way than origin() tells it was not told.
    """
    told = message.call
    api, version, path, call_id = (_text(told, name) for name in ("api", "version", "path", "id"))
    headers = {
        "PymCallPath": path.removesuffix(api).removesuffix("."),
        "traceparent": _text(told, "traceparent"),
        "tracestate": _text(told, "tracestate"),
    }
    call = Call(
        headers={name: value for name, value in headers.items() if value},
        method="TASK",
        path=message.task,
        call_id=call_id or message.id,
        handler_name=message.task,
    )
    call.api_name, call.api_version = api, version
    call.endpoint_id = f"{api} TASK {message.task}".strip()
    deadline = told.get("deadline")
    if isinstance(deadline, (int, float)) and deadline > now:
        call.deadline = time.monotonic() + deadline - now
    return call


def identify(call: Call, told: Mapping[str, Any]) -> None:
    """Have *call* be of the user of whom origin() has *told*. Raises UnreadableError for claims that cannot be read."""
    claims = unpacked(told.get("claims"))
    if claims is None:
        return
    if not isinstance(claims, dict):
        raise UnreadableError(f"the caller's claims are {with_article(type(claims).__name__)}")
    call.claims, call.token_of = claims, _FreshToken(claims)


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


class _FreshToken:
    """
    Gives a token of ours for whom the claims tell of, made when it is asked for, and again when half its time is over;
    '' where they came from somebody else, or this service signs no tokens.
    """

    def __init__(self, claims: Mapping[str, Any]):
        self._claims = claims
        self._token = ""
        self._until = 0.0

    def __call__(self) -> str:
        if clocks.monotonic() >= self._until:
            self._token = self._made()
            self._until = clocks.monotonic() + config.get_config().jwt_token_timeout / 2
        return self._token

    def _made(self) -> str:
        claims = self._claims
        issuer = config.resolved().values.get("jwt_issuer")
        if not claims.get("sub") or not issuer or claims.get("iss") != issuer:
            return ""
        try:
            return generate_token(str(claims["sub"]), data={k: v for k, v in claims.items() if k not in _OWN})
        except ConfigError:
            return ""
