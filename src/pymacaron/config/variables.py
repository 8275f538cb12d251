"""The content of environment variables, put where the config names them; and which of them are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymacaron.config.clients import is_constant, secrets_of
from pymacaron.config.places import Place
from pymacaron.config.settings import SETTINGS
from pymacaron.finding import Finding, nearest

__all__ = ["AWS_KEYS", "substitute"]

#: The settings that say who asks AWS
AWS_KEYS = ("aws_access_key_id", "aws_secret_access_key")
#: What is asked with them: a setting, and the scheme of its URL
_ASKS_AWS = (("store_url", "dynamodb"), ("broker_url", "sqs"))


def substitute(
    values: dict[str, Any], places: Mapping[str, Place], environ: Mapping[str, str], masked: set[str]
) -> list[tuple[str, Finding]]:
    """
    Put the content of variables where their names stand, in *values*: those of env_secrets, and any that a jwt_* or a
    key of AWS names.

    Returns what is missing: the key that it leaves without a value ('' where there is none), and the Finding.
    """
    missing: list[tuple[str, Finding]] = []
    secrets = values.get("env_secrets") or []
    if isinstance(values.get("clients"), dict):
        values["clients"] = _filled(values["clients"], {name: environ[name] for name in secrets if environ.get(name)})
        _fill_secrets(values["clients"], environ)
    users: dict[str, list[str]] = {}
    for key, value in values.items():
        for one in [value] if isinstance(value, str) else value if _is_secrets(key, value) else ():
            users.setdefault(one, []).append(key)
    for index, name in enumerate(secrets):
        for key in users.get(name, ()):
            masked.add(key)
            if environ.get(name):
                values[key] = _in_place(values[key], name, environ[name])
        if environ.get(name):
            continue
        place = places["env_secrets"]
        at = place.at(str(index)) if place.node is not None and isinstance(place.node.value, list) else place
        if not _is_variable(name):
            fact = f"env_secrets names the variables that hold secrets; its entry {index + 1} cannot be such a name"
            missing.append(("", at.at(masked=True).finding("missing-secret", fact, "Write names, never the secrets")))
            continue
        fact = f"{name} is {'empty' if name in environ else 'not set'}; env_secrets asks for it"
        if name in users:
            fact += ", and so does " + ", ".join(str(places[key]) for key in users[name] if key in places)
        finding = at.finding("missing-secret", fact, _set_it(name, environ, secrets))
        missing.append(("", finding))
        missing += [(key, finding) for key in users.get(name, ())]
    for key, given in [(key, value) for key, value in values.items() if key.startswith("jwt_") or key in AWS_KEYS]:
        if key in SETTINGS and SETTINGS[key].kind in ("choice", "cookie"):
            continue
        for index, value in enumerate([given] if isinstance(given, str) else given if _is_secrets(key, given) else ()):
            if value in secrets:
                continue
            if environ.get(value):
                values[key] = _in_place(values[key], value, environ[value])
                masked.add(key)
            elif _is_constant(value) if key == "jwt_secret" else _is_asked_for(key, value, values):
                place = places[key].at(*([] if isinstance(given, str) else [str(index)]), masked=False)
                fact = f"{value} is {'empty' if value in environ else 'not set'}; {places[key].key} asks for it"
                missing.append((key, place.finding("missing-secret", fact, _set_it(value, environ, secrets))))
    return missing


def _set_it(name: str, environ: Mapping[str, str], secrets: Sequence[str]) -> str:
    """How the variable *name* gets a value; and one that is set, is asked for by nobody, and is called nearly so."""
    near = nearest(name, environ.keys() - set(secrets)) if name not in environ else None
    return f"Set it with: export {name}=..." + (f" ({near} is set: is that what is meant?)" if near else "")


def _filled(value: Any, contents: Mapping[str, str]) -> Any:
    """*value* with the *contents* of variables where a text in it is the name of one."""
    if isinstance(value, dict):
        return {key: _filled(one, contents) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, contents) for one in value]
    return contents.get(value, value) if isinstance(value, str) else value


def _fill_secrets(clients: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Put the content of variables where the secrets in *clients*, a copy of its own, are what those are called."""
    for path, text in list(secrets_of(clients)):
        if is_constant(text) and environ.get(text):
            holder: Any = clients
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = environ[text]


def _is_asked_for(key: str, value: str, values: Mapping[str, Any]) -> bool:
    """
    Whether *value*, that of *key*, names a variable with a key of AWS, and something there is asked with it. An id of a
    key is in capitals itself, and has no underscore.
    """
    asks = any(str(values.get(name)).startswith(f"{scheme}://") for name, scheme in _ASKS_AWS)
    return key in AWS_KEYS and asks and is_constant(value)


def _is_secrets(key: str, value: Any) -> bool:
    """Whether *value* is a list of secrets."""
    return key in SETTINGS and SETTINGS[key].kind == "secrets" and isinstance(value, list)


def _in_place(value: str | list[str], name: str, content: str) -> str | list[str]:
    """*value* with the *content* of the variable *name* where it says that name."""
    return content if isinstance(value, str) else [content if one == name else one for one in value]


def _is_variable(name: str) -> bool:
    return name.isascii() and name.isidentifier() and len(name) <= 128


def _is_constant(name: str) -> bool:
    """`[A-Z][A-Z0-9_]*`: what a variable is called and a good secret is not."""
    return bool(name) and _is_variable(name) and name == name.upper() and name[0] != "_"
