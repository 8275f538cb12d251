"""
The security schemes of a description -> what calls show for each, as far as it is known, and how it is told without
being said.

Bearer tokens of any kind (http, oauth2, openIdConnect, an apiKey in the header Authorization) are the token of the
Target, which the config of the service makes; others are given, by option or by environment.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from pymacaron.auth.schemes import is_ours
from pymacaron.spec.model import SecurityScheme

__all__ = ["Credential", "credentials", "variable"]


@dataclass(frozen=True, slots=True)
class Credential:
    """`configured`: what the scheme is answered with, for schemathesis; `secrets`: dict of text -> what is told."""

    configured: Mapping[str, str]
    secrets: Mapping[str, str]


def variable(scheme: str) -> str:
    """The environment variable that says what calls show for the security scheme of that name."""
    return f"PYM_CREDENTIAL_{re.sub('[^A-Za-z0-9]', '_', scheme).upper()}"


def credentials(
    schemes: Mapping[str, SecurityScheme],
    asked: Iterable[str],
    said: Mapping[str, str],
    environ: Mapping[str, str],
    token: str,
    others: Collection[str],
) -> tuple[dict[str, Credential], list[str]]:
    """
    dict of security scheme -> its Credential, of those *asked* for, and the names of those of which nobody knows one.

    *said*: those given; *token*: the Target's, '' for none; *others*: the names of schemes that something else than our
    own tokens enforces.
    """
    found: dict[str, Credential] = {}
    missing = []
    for name in asked:
        scheme = schemes.get(name)
        value, shown = said.get(name) or environ.get(variable(name), ""), f"${variable(name)}"
        if scheme is not None and not value and is_ours(scheme) and name not in others:
            value, shown = token, "$PYM_JWT_TOKEN"
        made = _credential(scheme, value, shown) if scheme is not None and value else None
        if made is None:
            missing.append(name)
        else:
            found[name] = made
    return found, missing


def _credential(scheme: SecurityScheme, value: str, shown: str) -> Credential | None:
    """None for a scheme that nothing which is sent can answer: mutualTLS, other schemes of http."""
    secrets = {value: shown, quote(value, safe=""): shown, quote_plus(value): shown}
    if is_ours(scheme):
        if scheme.type == "apiKey":
            return Credential({"api_key": f"Bearer {value.removeprefix('Bearer ')}"}, secrets)
        return Credential({"bearer": value}, secrets)
    if scheme.type == "apiKey":
        return Credential({"api_key": value}, secrets)
    if scheme.type == "http" and scheme.scheme == "basic":
        user, _, password = value.partition(":")
        sent = base64.b64encode(value.encode()).decode("ascii")
        return Credential(
            {"username": user, "password": password}, {password: "***", sent: f'$(printf %s "{shown}" | base64)'}
        )
    return None
