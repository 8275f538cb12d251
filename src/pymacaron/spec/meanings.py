"""
What the extensions of ours may hold, as JSON Schema, and what they mean in a line: for editors.

The values are told by the tables of those who read them: paging.py, persisting.py, quotas.py and extensions.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymacaron.spec import deprecations, paging, persisting
from pymacaron.spec.extensions import CHOICES
from pymacaron.spec.quotas import QUOTA

__all__ = ["MEANINGS"]

_TEXT = {"type": "string"}
_FILLED = {"type": "string", "minLength": 1}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
#: A day, or a time with an offset. Source: deprecations.py
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d(?:[Tt ].*(?:[Zz]|[+-]\d\d:?\d\d))?$"}


def _choice(name: str) -> dict[str, Any]:
    words = CHOICES[name]
    return {"enum": [*words, *((True, False) if "off" in words else ())]}


def _rate_limit() -> dict[str, Any]:
    """Of a pattern that ignores case, in which 0 lets no call pass: in words of every reader of schemas."""
    letters = "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in _units())
    quota = rf"\s*0*[1-9]\d{{0,8}}\s*(?:/|\s[Pp][Ee][Rr]\s+)\s*(?:0*[1-9]\d{{0,5}}\s*)?(?:{letters})[Ss]?\s*"
    texts = {"type": "string", "pattern": f"^{quota}(?:,{quota})*$"}
    return {"anyOf": [texts, {"type": "array", "items": texts, "minItems": 1}]}


def _units() -> str:
    """`second|minute|hour|day`, as quotas.py has them."""
    return QUOTA.pattern.rpartition("(")[2].partition(")")[0]


def _pagination() -> dict[str, Any]:
    """One alternative for each kind, so that editors offer what it may have."""
    return {"type": "object", "required": ["kind"], "oneOf": [_of_kind(kind) for kind in paging.KINDS]}


def _of_kind(kind: str) -> dict[str, Any]:
    known = ("items", *paging.KINDS[kind])
    members = {name: {"type": "integer", "minimum": 0} if name == "start" else _FILLED for name in known}
    needed = ["kind", *(["parameter"] if "parameter" in known else [])]
    told = {"properties": {"kind": {"const": kind}, **members}, "required": needed, "additionalProperties": False}
    return {**told, "oneOf": [{"required": ["next"]}, {"required": ["last"]}]} if kind == "cursor" else told


def _persist() -> dict[str, Any]:
    key = {
        "type": "object",
        "required": [persisting.OF_KEYS[0]],
        "properties": dict.fromkeys(persisting.OF_KEYS, _TEXT),
        "additionalProperties": False,
    }
    name = f"^{persisting.NAME.pattern}$"
    values = {
        "table": {"type": "string", "pattern": name},
        "key": key,
        "indexes": {"type": "object", "propertyNames": {"pattern": name}, "additionalProperties": key},
    }
    members = {member: values.get(member, _TEXT) for member in persisting.MEMBERS}
    table = {"type": "object", "required": ["table", "key"], "properties": members, "additionalProperties": False}
    return {"anyOf": [table, _TEXT]}


#: dict: extension -> what it means, and a JSON Schema of its values. Those whose value is a schema stand in objects.py
MEANINGS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "x-bind-server": ("the function that answers: package.module.function", _FILLED),
    "x-no-bind-server": ("true: the operation is not served here", {"enum": [True, False, "true", "false"]}),
    "x-bind-client": ("what the method of clients is called", _FILLED),
    "x-decorate-server": ("a decorator of the function that answers, or a list: package.module.decorator", _TEXTS),
    "x-decorate-request": ("a decorator of the client's method, or a list: package.module.decorator", _TEXTS),
    "x-openapi-router-controller": ("the module that operationId names a function of", _FILLED),
    "x-swagger-router-controller": ("the same, by its older name", _FILLED),
    "x-response-validation": (
        "what becomes of a reply that does not fit: strict, report or off",
        _choice("x-response-validation"),
    ),
    "x-response-sample": (
        "share of replies, 0 to 1, that `report` looks at",
        {"type": "number", "minimum": 0, "maximum": 1},
    ),
    "x-rate-limit": ("how often each caller may call, such as 10/minute, or a list", _rate_limit()),
    "x-idempotency": (
        "whether calls with an Idempotency-Key are carried out once: required or optional",
        _choice("x-idempotency"),
    ),
    "x-pagination": ("how callers get from one page of a list to the next", _pagination()),
    "x-test": ("of contract tests: safe, where a call changes nothing, or skip", _choice("x-test")),
    "x-parent": ("a class that models of the schema inherit: package.module.Class", _FILLED),
    "x-persist": ("in which table models are kept, by which key; or package.module.Class", _persist()),
    "x-nullable": ("true: null is a value, too", {"type": "boolean"}),
    "x-basicInfoFunc": ("who a name and a password are of: package.module.function", _FILLED),
    "x-apikeyInfoFunc": ("who a key is of: package.module.function", _FILLED),
    "x-bearerInfoFunc": ("who a token is of: package.module.function", _FILLED),
    "x-tokenInfoFunc": ("who a token is of, and its scopes: package.module.function", _FILLED),
    "x-scopeValidateFunc": ("whether the scopes of a token are enough: package.module.function", _FILLED),
    deprecations.AT: ("since when the operation is deprecated, a date", _MOMENT),
    deprecations.SUNSET: ("when the operation ends, a date", _MOMENT),
}
