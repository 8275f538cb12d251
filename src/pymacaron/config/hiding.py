"""The secrets of a config, and its values without them."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from pymacaron.config.clients import is_constant, secrets_of
from pymacaron.config.kinds import is_huge
from pymacaron.config.settings import MASK, SETTINGS, is_secret

__all__ = ["displayed", "hidden"]


def hidden(values: Mapping[str, Any], masked: Container[str], environ: Mapping[str, str]) -> set[str]:
    """Every text in *values*, dict of key -> value, that is a secret: those of the keys *masked*, too."""
    found: set[str] = set()
    for key, value in list(values.items()):
        if key in SETTINGS and SETTINGS[key].kind == "guards":
            continue  # a scheme may be called api_key, and then what enforces it is no secret
        if key == "clients":
            found.update(text for _, text in secrets_of(value) if not is_constant(text))
            _collect(_without_auth(value), key in masked, found, 8)
            continue
        _collect(value, key in masked or is_secret(key), found, 8)
    found.update(environ.get(name, "") for name in values.get("env_secrets") or ())
    found.discard("")
    return found


def _without_auth(clients: Any) -> Any:
    """*clients* without what secrets_of() knows all about: URLs and scopes of a scheme are no secrets."""
    if not isinstance(clients, Mapping):
        return clients
    return {
        api: {key: one for key, one in given.items() if key != "auth"} if isinstance(given, Mapping) else given
        for api, given in clients.items()
    }


def _collect(value: Any, secret: bool, found: set[str], depth: int) -> None:
    if isinstance(value, str):
        if secret:
            found.add(value)
        elif "://" in value:
            found.add(_password(value))
    elif depth and isinstance(value, Mapping):
        for key, member in value.items():
            _collect(member, secret or is_secret(str(key)), found, depth - 1)
    elif depth and isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, secret, found, depth - 1)


def _password(url: str) -> str:
    """The password in `scheme://user:password@host`, else ''."""
    credentials, _, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    return credentials.partition(":")[2]


def displayed(value: Any, secrets: set[str], depth: int = 8) -> str:
    """The repr of *value*, a key of the user's own, without the texts in *secrets* and what is named like a secret."""
    if isinstance(value, str):
        if value in secrets:
            return MASK
        for secret in sorted(secrets, key=len, reverse=True):
            value = value.replace(secret, MASK) if len(secret) >= 6 else value
        password = _password(value)
        return repr(value.replace(f":{password}@", f":{MASK}@") if password else value)
    if is_huge(value):
        return "a huge number"
    if isinstance(value, (Mapping, list, tuple)) and not depth:
        return "..."
    if isinstance(value, Mapping):
        members = (
            f"{key!r}: {MASK if is_secret(str(key)) and member is not None else displayed(member, secrets, depth - 1)}"
            for key, member in value.items()
        )
        return f"{{{', '.join(members)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(displayed(item, secrets, depth - 1) for item in value)}]"
    shown = repr(value)
    return MASK if any(secret in shown for secret in secrets if len(secret) >= 6) else shown
