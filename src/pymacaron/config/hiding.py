"""The secrets of a config, and its values without them."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import unquote

from pymacaron.config.clients import is_constant, secrets_of
from pymacaron.config.kinds import is_huge
from pymacaron.config.settings import MASK, SETTINGS, is_secret

__all__ = ["displayed", "hidden"]

#: Where an authority ends, and where parsers may think that it does
_END = re.compile(r"[/?#]")
_PIECES = re.compile(r"[/?#@]")
_PORT = re.compile(r"[^/?#:@]*:\d{1,5}(?:[/?#]|$)")


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
        if "://" in value:
            found.update(_credentials(value, secret))
    elif depth and isinstance(value, Mapping):
        for key, member in value.items():
            _collect(member, secret or is_secret(str(key)), found, depth - 1)
    elif depth and isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, secret, found, depth - 1)


def _credentials(url: str, secret: bool) -> set[str]:
    """
    The password in `scheme://user:password@host`, of a *secret* the only name before an @, too; as they stand, as they
    are meant, and in the pieces in which a parser tells them that takes a `/`, `?`, `#` or `@` in them for an end.
    """
    rest = url.partition("://")[2]
    authority = _END.split(rest, maxsplit=1)[0]
    found: set[str] = set()
    # A port and what follows is no password, though an @ may stand in the path or the query
    is_odd = not _PORT.match(rest) and (secret or "@" not in authority)
    for part in (authority, rest) if is_odd else (authority,):
        name, at, _ = part.rpartition("@")
        user, colon, password = name.partition(":")
        value = password if colon else user if secret else ""
        if at and value and (part is authority or colon):
            found |= {value, unquote(value), *_PIECES.split(value)}
    return found


def _password(url: str) -> str:
    """The password in `scheme://user:password@host`, else ''."""
    return max(_credentials(url, False), key=len, default="") if "://" in url else ""


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
