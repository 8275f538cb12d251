"""`context["user"]`, `context["token_info"]`: what a call's security functions told, and what handlers put there."""

from __future__ import annotations

from typing import Any

from flask import g
from werkzeug.local import LocalProxy

from pymacaron import context as calls

__all__ = ["context", "told"]


def told() -> dict[str, Any]:
    """
    `user`, None for nobody, and `token_info` of the current call, where something has looked at its credentials; {}
    where not.
    """
    call = calls.current()
    if call is None or call.claims is None:
        return {}
    return {"user": call.claims.get("sub", call.claims.get("uid")), "token_info": call.claims}


def _values() -> dict[str, Any]:
    """The dict of the current request, the same for as long as it lasts."""
    values: dict[str, Any] = g.setdefault("pymacaron_connexion", {})
    for name, value in told().items():
        values.setdefault(name, value)
    return values


#: dict of the current request; Connexion's own members are `user` and `token_info`
context: Any = LocalProxy(_values)
