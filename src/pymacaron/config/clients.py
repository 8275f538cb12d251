"""What the setting `clients` may say of one api: its keys, what their values are, and which of them are secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from pymacaron.config.checks import Check, says
from pymacaron.config.places import Place
from pymacaron.finding import Finding, did_you_mean

__all__ = ["CLIENT_KEYS", "USER", "fault", "findings", "guarded", "is_constant", "secrets_of"]

#: What `auth` says of a scheme that is filled with the token of the user who calls
USER = "user"
#: dict: key of a map in `auth` -> whether it is a secret
_BASIC = {"username": False, "password": True}
_OAUTH = {
    "client_id": False,
    "client_secret": True,
    "refresh_token": True,
    "token_url": False,
    "scopes": False,
    "audience": False,
    "client_auth": False,
}
_CLIENT_AUTH = ("client_secret_basic", "client_secret_post")
#: Where a URL of http or https with a host and no user begins. urlsplit, which is asked, sees more than a pattern does
_HOST = r"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\s]+"
_FILLED = {"type": "string", "minLength": 1}
#: What a scheme is filled with, as JSON Schema: user and password, and what a token of OAuth2 is asked for with
_PASSWORD = {
    "type": "object",
    "required": list(_BASIC),
    "properties": dict.fromkeys(_BASIC, _FILLED),
    "additionalProperties": False,
}
_CLIENT = {
    "type": "object",
    "required": ["client_id"],
    "anyOf": [{"required": ["client_secret"]}, {"required": ["refresh_token"]}],
    "properties": {
        **dict.fromkeys(_OAUTH, _FILLED),
        "scopes": {"anyOf": [_FILLED, {"type": "array", "items": _FILLED}]},
        "token_url": {"type": "string", "pattern": rf"{_HOST}(?:[/#?].*)?$"},
        "client_auth": {"enum": list(_CLIENT_AUTH)},
    },
    "additionalProperties": False,
}
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


@says(type="string", pattern=rf"{_HOST}(?:[/#][^?]*)?$")
def _url(value: Any) -> str:
    return _url_fault(value, query=False)


def _url_fault(value: Any, *, query: bool = True) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or (parts.query and not query):
            return "no URL such as https://login.example.com"
        _ = parts.port  # one that there cannot be raises
    except ValueError:
        return "no URL such as https://login.example.com"
    return "a URL with a password in it: those belong to auth" if parts.username is not None else ""


@says(type="number", exclusiveMinimum=0)
def _seconds(value: Any) -> str:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
    return "" if fits else "no number of seconds above 0"


@says(type="integer", minimum=1)
def _whole(value: Any) -> str:
    return "" if isinstance(value, int) and not isinstance(value, bool) and value > 0 else "no whole number above 0"


@says(type="string", minLength=1)
def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value else "no text"


@says(type="object", additionalProperties={"type": "string"})
def _texts(value: Any) -> str:
    fits = isinstance(value, dict) and all(isinstance(one, str) for pair in value.items() for one in pair)
    return "" if fits else "no map of names to texts"


@says(anyOf=[{"const": False}, {"type": "string", "pattern": "://"}])
def _proxy(value: Any) -> str:
    return "" if value is False or (isinstance(value, str) and "://" in value) else "neither a URL nor false"


@says(enum=["strict", "report", "off", False])
def _validation(value: Any) -> str:
    fits = value is False or (isinstance(value, str) and value in ("strict", "report", "off"))
    return "" if fits else "not one of strict, report, off"


@says(type="object", additionalProperties={"anyOf": [_FILLED, _PASSWORD, _CLIENT]})
def _auth(value: Any) -> str:
    if not isinstance(value, dict):
        return "no map of security schemes"
    faults = (f"a map whose {name!s:.80} {told}" for name, one in value.items() if (told := _credential(name, one)))
    return next(faults, "")


def _credential(name: Any, value: Any) -> str:
    """What is wrong with what `auth` says of the scheme *name*, with its verb."""
    if not isinstance(name, str):
        return "is no name of a security scheme: put it in quotes"
    if isinstance(value, str):
        return "" if value else "is empty"
    if not isinstance(value, dict):
        return "is neither a text nor a map"
    known = _BASIC if "username" in value or "password" in value else _OAUTH
    for key in value:
        if key not in known:
            near = "" if key in _BASIC or key in _OAUTH else did_you_mean(str(key), (*_BASIC, *_OAUTH))
            hint = near or f"There is {', '.join(known)}"
            return f"has {str(key)[:80]!r}. {hint}"
    return _incomplete(value) or next((f"has no text as {key}" for key in value if not _fits(key, value[key])), "")


def _incomplete(value: dict[str, Any]) -> str:
    if "username" in value or "password" in value:
        return "" if len(value) == 2 else "lacks its username or password"
    if "client_id" not in value:
        return "lacks username and password, or client_id"
    if "client_secret" not in value and "refresh_token" not in value:
        return "lacks client_secret or refresh_token"
    if value.get("client_auth", _CLIENT_AUTH[0]) not in _CLIENT_AUTH:
        return f"has a client_auth that is not one of {', '.join(_CLIENT_AUTH)}"
    if "token_url" in value and _url_fault(value["token_url"]):
        return "has a token_url that is no URL such as https://login.example.com/oauth/token"
    return ""


def _fits(key: str, value: Any) -> bool:
    if key == "scopes" and isinstance(value, list):
        return all(isinstance(one, str) and one for one in value)
    return isinstance(value, str) and bool(value)


def secrets_of(clients: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each secret in the setting *clients*, behind the names that lead to it: `("stripe", "auth", "key")`."""
    for api, given in clients.items() if isinstance(clients, Mapping) else ():
        auth = given.get("auth") if isinstance(given, Mapping) else None
        for scheme, value in auth.items() if isinstance(auth, Mapping) else ():
            path = (str(api), "auth", str(scheme))
            if isinstance(value, str) and value != USER:
                yield path, value
            for key, one in value.items() if isinstance(value, Mapping) else ():
                if isinstance(one, str) and (_BASIC.get(key) or _OAUTH.get(key)):
                    yield (*path, str(key)), one


def is_constant(text: str) -> bool:
    """Whether *text* is what a variable is called, of more than one word: no secret looks like that."""
    return _CONSTANT.fullmatch(text) is not None and len(text) <= 128


def findings(clients: Any, place: Place, variables: Collection[str]) -> Iterator[Finding]:
    """
    Of the secrets in the setting *clients*, which came from *place*: those that are still the name of a variable, one
    of *variables* or what such names look like; and plain ones.
    """
    for path, text in secrets_of(clients):
        name = ".".join(("clients", *path))
        at = place.at(*path)
        if is_constant(text) or text in variables:
            fact = f"{text} is not set or empty; {name} asks for it"
            yield guarded(at.finding("missing-secret", fact, f"Set it with: export {text}=..."), clients)
        elif at.node is not None and at.node.value == text:
            fact = f"{name} stands in the file itself: who can read the file can call as this service"
            mend = "Write the name of an environment variable that holds it"
            yield guarded(at.finding("plain-secret", fact, mend), clients)


def guarded(finding: Finding, clients: Any) -> Finding:
    """*finding* without its line of the file where a secret of the setting *clients* stands in that."""
    is_there = any(text in finding.source for _, text in secrets_of(clients) if not is_constant(text))
    return replace(finding, source="", width=0) if is_there else finding


#: dict: key -> what tells what is wrong with its value
CLIENT_KEYS: Mapping[str, Check] = MappingProxyType(
    {
        "url": _url,
        "variables": _texts,
        "timeout": _seconds,
        "connect_timeout": _seconds,
        "read_timeout": _seconds,
        "max_attempts": _whole,
        "headers": _texts,
        "auth": _auth,
        "validation": _validation,
        "ca_file": _text,
        "proxy": _proxy,
        "max_connections": _whole,
        "max_reply_bytes": _whole,
    }
)


def fault(key: Any, value: Any) -> str:
    """What is wrong with *value* of *key*, after "is"; '' where nothing is. It shows no value: some are secrets."""
    look = CLIENT_KEYS.get(key) if isinstance(key, str) else None
    return "no key that a client has" if look is None else look(value)
