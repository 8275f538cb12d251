"""
The settings -> a JSON Schema (2020-12) of pym-config.yaml, from which editors complete keys and underline values.

It says what SETTINGS and the readers of KINDS say of one file, and takes nothing that they refuse but what a schema
cannot tell: a number that is whole and written with a point, a misspelt key (keys of one's own are welcome), a key that
is no text, a URL in every detail, and what depends on variables or on other keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pymacaron.config.clients import CLIENT_KEYS
from pymacaron.config.deploying import DEPLOY_KEYS
from pymacaron.config.kinds import COOKIE, PATH, SWITCH
from pymacaron.config.settings import ASYMMETRIC, FILE, SETTINGS, Setting

__all__ = ["DIALECT", "KINDS", "config_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Mapping[str, Any] = {"type": "string"}
_FILLED: Mapping[str, Any] = {"type": "string", "minLength": 1}


def config_schema() -> dict[str, Any]:
    """A JSON Schema of the config: what each setting may be in the file, with its default and its words."""
    properties = {name: _property(setting) for name, setting in SETTINGS.items()}
    # It does nothing in a file, and a key that is refused is not to be offered
    properties["debug"] = {"description": SETTINGS["debug"].doc, "not": {}, "doNotSuggest": True}
    return {"$schema": DIALECT, "title": FILE, "type": ["object", "null"], "properties": properties}


def _property(setting: Setting) -> dict[str, Any]:
    told: dict[str, Any] = {"description": setting.doc}
    if setting.default not in (None, ()):
        told["default"] = setting.default
    # A key without a value counts as not set
    return {**told, "anyOf": [*_alternatives(KINDS[setting.kind](setting)), {"type": "null"}]}


def _alternatives(schema: Mapping[str, Any]) -> list[Any]:
    return list(schema["anyOf"]) if schema.keys() == {"anyOf"} else [schema]


def _word(words: Iterable[str]) -> dict[str, Any]:
    """A text that is one of *words*, of letters, digits and `-`, in any case, without a flag of patterns."""
    letters = ("".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in word.lower()) for word in words)
    return {"type": "string", "pattern": rf"^\s*(?:{'|'.join(letters)})\s*$"}


def _whole(setting: Setting) -> Mapping[str, Any]:
    return {"type": "integer", "minimum": int(setting.is_positive), "maximum": setting.most}


def _number(setting: Setting) -> Mapping[str, Any]:
    least = "exclusiveMinimum" if setting.is_positive else "minimum"
    return {"type": "number", least: 0, "maximum": setting.most}


def _switch(setting: Setting) -> Mapping[str, Any]:
    return {"anyOf": [{"type": "boolean"}, _word(SWITCH)]}


def _names(setting: Setting) -> Mapping[str, Any]:
    return {"anyOf": [{"type": "array", "items": _TEXT}, _TEXT]}


def _secrets(setting: Setting) -> Mapping[str, Any]:
    return {"anyOf": [_TEXT, {"type": "array", "items": _FILLED, "minItems": 1}]}


def _issuers(setting: Setting) -> Mapping[str, Any]:
    entry = {
        "type": "object",
        "required": ["issuer"],
        "properties": {
            "issuer": _FILLED,
            "audience": _TEXT,
            "jwks": _TEXT,
            "algorithms": {"type": "array", "items": {"enum": list(ASYMMETRIC)}},
        },
        "additionalProperties": False,
    }
    return {"anyOf": [{"type": "array", "items": {"anyOf": [entry, _FILLED]}}, _TEXT]}


def _origins(setting: Setting) -> Mapping[str, Any]:
    return {"anyOf": [{"type": "boolean"}, {"type": "array", "items": _TEXT}, _TEXT]}


def _guards(setting: Setting) -> Mapping[str, Any]:
    off = [word for word, is_on in SWITCH.items() if not is_on]
    function = {"type": "string", "pattern": r"\."}
    guard = [{"const": False}, _word(off), function]
    schemes = {"type": "object", "additionalProperties": {"anyOf": guard}}
    value = _word(off)["pattern"][1:-1]
    pair = rf"[^=,]*[^=,\s][^=,]*=(?:[^,]*\.[^,]*|{value})"
    pairs = {"type": "string", "pattern": f"^{pair}(?:,{pair})*$"}
    apis = {"type": "object", "additionalProperties": {"anyOf": [*guard, schemes]}}
    return {"anyOf": [{"type": "boolean"}, apis, _word(SWITCH), pairs]}


def _clients(setting: Setting) -> Mapping[str, Any]:
    return {"type": "object", "additionalProperties": _closed({key: one.schema for key, one in CLIENT_KEYS.items()})}


def _deploy(setting: Setting) -> Mapping[str, Any]:
    return _closed({key: one.schema for key, one in DEPLOY_KEYS.items()})


def _closed(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _path(setting: Setting) -> Mapping[str, Any]:
    none = _word(("off", "false", "no", ""))
    return {"anyOf": [{"type": "boolean"}, none, {"type": "string", "pattern": f"^{PATH.pattern}$"}]}


def _cookie(setting: Setting) -> Mapping[str, Any]:
    none = _word(("off", "false", "no"))
    return {"anyOf": [{"type": "boolean"}, none, {"type": "string", "pattern": f"^{COOKIE.pattern}$"}]}


def _choice(setting: Setting) -> Mapping[str, Any]:
    switched = [{"type": "boolean"}] if "off" in setting.choices else []  # YAML reads off as false
    return {"anyOf": [{"enum": list(setting.choices)}, *switched, _word(setting.choices)]}


#: dict: kind of a setting, as in kinds.py -> what makes the schema of one
KINDS: Mapping[str, Callable[[Setting], Mapping[str, Any]]] = {
    "text": lambda setting: _TEXT,
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
