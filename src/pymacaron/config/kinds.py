"""What a value of a setting may be, by its kind, and what to say of one that is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pymacaron.config import deploying
from pymacaron.config.clients import CLIENT_KEYS, fault
from pymacaron.config.settings import ASYMMETRIC, MOST, Setting
from pymacaron.finding import nearest

__all__ = ["COOKIE", "KINDS", "PATH", "SWITCH", "Unfit", "brief", "example", "is_huge", "kind_of", "shown"]

Number = TypeVar("Number", int, float)

#: A path of a URL without variables, a query, or what would have to be encoded
PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


#: What the name of a cookie may have: a token of RFC 9110
COOKIE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class Unfit(Exception):
    """
    A value is not of a setting's kind; the text says what is wanted. `path`: its place in a map; `such`: a value that
    is, where the usual one of the setting does not tell it; `others`: what else is wrong in the map.
    """

    def __init__(self, fact: str, path: tuple[str, ...] = (), such: str = "", others: Sequence[Unfit] = ()):
        super().__init__(fact)
        self.path, self.such, self.others = path, such, tuple(others)


def _text(value: Any, setting: Setting, from_environ: bool) -> str:
    if isinstance(value, str):
        return value
    raise Unfit("not a text")


def _whole(value: Any, setting: Setting, from_environ: bool) -> int:
    if from_environ and isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        # More digits than that are too many, and Python refuses thousands of them
        digits = value.strip().lstrip("0") or "0"
        value = int(digits) if len(digits) < 20 else MOST + 1
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return _bounded(value, setting)
    raise Unfit("not a whole number of 0 or more" if _is_below(value) else "not a whole number")


def _is_below(value: Any) -> bool:
    """Whether *value* is a whole number, or says one, and less than 0."""
    if isinstance(value, str):
        digits = value.strip().removeprefix("-")
        return value.strip().startswith("-") and digits.isascii() and digits.isdigit()
    return isinstance(value, int) and not isinstance(value, bool)


def _bounded(value: Number, setting: Setting) -> Number:
    if setting.is_positive and not value:
        raise Unfit("not more than 0")
    if value > setting.most:
        raise Unfit(f"more than {setting.most}")
    return value


def _number(value: Any, setting: Setting, from_environ: bool) -> float:
    if from_environ and isinstance(value, str):
        try:
            value = float(value)
            value = int(value) if value.is_integer() else value
        except ValueError:
            raise Unfit("not a number") from None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return _bounded(value, setting)
    raise Unfit("not a number of 0 or more")


SWITCH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _switch(value: Any, setting: Setting, from_environ: bool) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in SWITCH:
        return SWITCH[value.strip().lower()]
    raise Unfit("not true or false")


def _names(value: Any, setting: Setting, from_environ: bool) -> list[str]:
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    if isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value):
        return list(value)
    raise Unfit("not a list of texts")


def _secrets(value: Any, setting: Setting, from_environ: bool) -> str | list[str]:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and value and all(isinstance(one, str) and one for one in value):
        return list(value)
    raise Unfit("not a text, nor a list of texts")


def _issuers(value: Any, setting: Setting, from_environ: bool) -> list[dict[str, Any]]:
    """Each with `issuer`, `audience` and `jwks` (None where it is not given) and `algorithms`, a list."""
    given = [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)):
        raise Unfit("not a list")
    found = []
    for index, one in enumerate(given):
        entry = {"issuer": one} if isinstance(one, str) else one
        texts = {"issuer", "audience", "jwks"}
        if not isinstance(entry, dict):
            raise Unfit("not a list of maps with issuer, and maybe audience, jwks and algorithms", (str(index),))
        for name in entry:
            if name not in (*sorted(texts), "algorithms"):
                fact = f"of which one has {brief(name)}, which is none of issuer, audience, jwks and algorithms"
                meant = nearest(str(name), (*sorted(texts), "algorithms"))
                raise Unfit(fact + (f": maybe {meant!r} is meant" if meant else ""), (str(index), name))
        if not entry.get("issuer"):
            raise Unfit("of which one has no issuer", (str(index),))
        if not all(isinstance(entry.get(name, ""), str) for name in texts):
            raise Unfit("whose issuer, audience and jwks are not all texts", (str(index),))
        algorithms = entry.get("algorithms", [])
        if not isinstance(algorithms, list) or not all(name in ASYMMETRIC for name in algorithms):
            fact = f"whose algorithms are not a list of some of {', '.join(ASYMMETRIC)}"
            raise Unfit(fact, (str(index), "algorithms"))
        found.append({**{name: entry.get(name) for name in sorted(texts)}, "algorithms": list(algorithms)})
    return found


def _origins(value: Any, setting: Setting, from_environ: bool) -> bool | list[str]:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in SWITCH:
        return SWITCH[value.strip().lower()]
    try:
        origins = _names(value, setting, from_environ)
    except Unfit:
        raise Unfit("not true, false or a list of origins such as https://example.com") from None
    return True if "*" in origins else origins


def _clients(value: Any, setting: Setting, from_environ: bool) -> dict[str, dict[str, Any]]:
    if from_environ and isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Unfit("not a map in JSON") from None
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise Unfit("not a map of the names of apis to maps")
    for name, given in value.items():
        for key, one in given.items():
            wrong = fault(key, one)
            if wrong:
                hint = nearest(str(key), CLIENT_KEYS) if key not in CLIENT_KEYS else None
                fact = f"whose {name}.{key} is {wrong}" + (f": did you mean {hint!r}?" if hint else "")
                raise Unfit(fact, (str(name), str(key)))
    return {str(name): dict(given) for name, given in value.items()}


def _deploy(value: Any, setting: Setting, from_environ: bool) -> dict[str, Any]:
    if from_environ and isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Unfit("not a map in JSON") from None
    if not isinstance(value, dict):
        raise Unfit("not a map")
    found = []
    for key, one in value.items():
        wrong = deploying.fault(key, one)
        if wrong:
            hint = nearest(str(key), deploying.DEPLOY_KEYS) if key not in deploying.DEPLOY_KEYS else None
            such = deploying.EXAMPLES.get(hint or key, "")
            fact = f"whose {key} is {wrong}" + (f": did you mean {hint!r}?" if hint else "")
            found.append(Unfit(fact, (str(key),), f"{{{hint or key}: {such}}}" if such else ""))
    if found:
        raise Unfit(str(found[0]), found[0].path, found[0].such, found[1:])
    return dict(value)


def _path(value: Any, setting: Setting, from_environ: bool) -> str:
    if isinstance(value, str) and value.strip().lower() in ("off", "false", "no", ""):
        value = False
    if isinstance(value, bool):
        return setting.default if value else ""
    if isinstance(value, str) and PATH.fullmatch(value):
        return value
    raise Unfit(f"not false, nor a path such as {_usual_path(setting)}")


def _usual_path(setting: Setting) -> str:
    return setting.default or f"/{setting.name}"


def _cookie(value: Any, setting: Setting, from_environ: bool) -> str:
    if isinstance(value, str) and value.strip().lower() in ("off", "false", "no"):
        value = False
    if isinstance(value, bool):
        return setting.default if value else ""
    if isinstance(value, str) and COOKIE.fullmatch(value):
        return value
    raise Unfit("not off, nor the name of a cookie")


def _guards(value: Any, setting: Setting, from_environ: bool) -> bool | dict[str, Any]:
    """A switch; or dict: name of a scheme -> dotted path or False, name of an api -> False or such a dict."""
    if isinstance(value, str):
        switched = SWITCH.get(value.strip().lower())
        value = _pairs(value) if switched is None else switched
    if isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {_name(name): _guard(name, one) for name, one in value.items()} or True
    raise Unfit("not off, nor a map of security schemes to functions")


def _pairs(text: str) -> dict[str, str]:
    """`name=value, name=value`, as a variable has it."""
    found = {}
    for pair in text.split(","):
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise Unfit("not off, nor such as scheme=module.function,other=off")
        found[name.strip()] = value.strip()
    return found


def _name(name: Any) -> str:
    if isinstance(name, str):
        return name
    raise Unfit(f"in which {brief(name)} is no name of a security scheme: put it in quotes")


def _guard(name: str, value: Any, path: tuple[str, ...] = ()) -> Any:
    path = (*path, name)
    if value is False or (isinstance(value, str) and SWITCH.get(value.strip().lower()) is False):
        return False
    if isinstance(value, str) and "." in value:
        return value
    if isinstance(value, Mapping) and len(path) == 1:
        return {_name(scheme): _guard(scheme, one, path) for scheme, one in value.items()}
    raise Unfit(f"whose {name!r} is {kind_of(value)}, neither off nor a function such as module.function", path)


def _choice(value: Any, setting: Setting, from_environ: bool) -> str:
    if "off" in setting.choices:  # YAML reads off as false
        switched = SWITCH.get(value.strip().lower()) if from_environ and isinstance(value, str) else value
        if isinstance(switched, bool):
            return setting.choices[0] if switched else "off"
    if isinstance(value, str):
        for choice in setting.choices:
            if choice.lower() == value.strip().lower():
                return choice
    raise Unfit(f"not one of {', '.join(setting.choices)}")


KINDS: Mapping[str, Callable[[Any, Setting, bool], Any]] = {
    "text": _text,
    "whole": _whole,
    "number": _number,
    "switch": _switch,
    "names": _names,
    "secrets": _secrets,
    "issuers": _issuers,
    "origins": _origins,
    "guards": _guards,
    "clients": _clients,
    "deploy": _deploy,
    "path": _path,
    "cookie": _cookie,
    "choice": _choice,
}


_EXAMPLES = {
    "guards": "{scheme: module.function}",
    "cookie": "token",
    "secrets": '"a text in quotes"',
    "issuers": "[{issuer: 'https://login.example.com', audience: shop}]",
    "clients": "{login: {url: 'https://login.example.com', timeout: 5}}",
    "deploy": '{account: "123456789012", strategy: blue-green}',
    "text": '"a text in quotes"',
    "switch": "true",
    "names": "[ONE, TWO]",
}


def example(setting: Setting, value: Any) -> str:
    """A value of the setting's kind, as it is written in YAML, like *value* where that is possible."""
    if setting.kind == "text" and not setting.secret and isinstance(value, (int, float)) and not is_huge(value):
        return f'"{value}"'
    if setting.kind == "path":
        return _usual_path(setting)
    if setting.choices:
        return (nearest(value, setting.choices) if isinstance(value, str) else None) or setting.choices[0]
    if setting.kind in ("whole", "number"):
        return str(setting.example if setting.default is None else setting.default)
    return _EXAMPLES.get(setting.kind, "[https://example.com]")


def kind_of(value: Any) -> str:
    kinds = {dict: "a map", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "something else")


def shown(setting: Setting, value: Any) -> str:
    """*value* for a message: nothing of a secret, at most 80 characters of anything else."""
    if setting.secret or isinstance(value, (dict, list)):
        return kind_of(value)
    return brief(value)


def brief(value: Any) -> str:
    """*value* for a message: its repr, at most 80 characters of it."""
    if is_huge(value):
        return "a huge number"
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def is_huge(value: Any) -> bool:
    """Whether *value* is a number that Python, which knows it, refuses to write: one of thousands of digits."""
    return isinstance(value, int) and value.bit_length() > 1024
