"""
The table of objects -> a JSON Schema (2020-12) of descriptions, from which editors complete fields and our extensions.

One schema for Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2: a description's own version says which part of it counts. It
takes what `examine` says nothing of, and refuses what is wrong with types, with fields that an object has not or needs,
and with values of our extensions; what several fields say together is left to `pymacaron check`.
"""

from __future__ import annotations

from typing import Any

from pymacaron.spec import deprecations
from pymacaron.spec.meanings import MEANINGS
from pymacaron.spec.model import Dialect
from pymacaron.spec.objects import EXTENSIONS
from pymacaron.spec.shapes import Kind, Shape, kinds_of

__all__ = ["description_schema"]

#: dict: version -> the field that says it, and the pattern of its value
_VERSIONS: dict[Dialect, tuple[str, str]] = {
    "2.0": ("swagger", r"^2\.0"),
    "3.0": ("openapi", r"^3\.0(?:\.|$)"),
    "3.1": ("openapi", r"^3\.1(?:\.|$)"),
    "3.2": ("openapi", r"^3\.2(?:\.|$)"),
}
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}
_ROOT = "OpenAPI"
_REFERENCE = {"type": "object", "required": ["$ref"], "properties": {"$ref": {"type": "string"}}}
#: Of operations, too, but no misspelling of these is told
_DATES = (deprecations.AT, deprecations.SUNSET)


def description_schema() -> dict[str, Any]:
    """A JSON Schema of descriptions, of every version."""
    definitions: dict[str, Any] = {name: {"description": told[0], **told[1]} for name, told in MEANINGS.items()}
    definitions["Reference"] = _REFERENCE
    for dialect in _VERSIONS:
        definitions |= _objects(dialect)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Descriptions that PyMacaron serves and calls",
        "type": "object",
        "anyOf": [{"required": [field]} for field in ("openapi", "swagger")],
        "properties": {"swagger": {"const": "2.0"}, "openapi": {"type": "string", "pattern": r"^3\.[012](?:\.|$)"}},
        "allOf": [_version(dialect, *said) for dialect, said in _VERSIONS.items()],
        "$defs": definitions,
    }


def _version(dialect: Dialect, field: str, pattern: str) -> dict[str, Any]:
    is_it = {"required": [field], "properties": {field: {"type": "string", "pattern": pattern}}}
    return {"if": is_it, "then": _ref(dialect, _ROOT)}


def _ref(dialect: Dialect, name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{dialect}.{name}"}


def _objects(dialect: Dialect) -> dict[str, Any]:
    """dict: `3.1.Operation` -> its schema, of each object that a description of *dialect* can have."""
    kinds = kinds_of(dialect)
    found: dict[str, Any] = {}
    pending = [_ROOT]
    while pending:
        name = pending.pop()
        if f"{dialect}.{name}" in found:
            continue
        kind = kinds[name]
        assert kind.shape is not None
        met: list[str] = []
        found[f"{dialect}.{name}"] = _definition(kind, kind.shape, dialect, met)
        pending += met
    return found


def _definition(kind: Kind, shape: Shape, dialect: Dialect, met: list[str]) -> dict[str, Any]:
    body = _body(shape, dialect, met)
    if shape.siblings:
        body["properties"]["$ref"] = {"type": "string"}
    alternatives = [{"$ref": "#/$defs/Reference"}] if shape.reference and not shape.siblings else []
    alternatives += [{"type": _TYPES[of]} for of in kind.plain]
    return {"anyOf": [body, *alternatives]} if alternatives else body


def _body(shape: Shape, dialect: Dialect, met: list[str]) -> dict[str, Any]:
    """
    Of an object itself. *met* gets the names of others that it holds. What a schema has besides is no mistake: it may
    be a keyword of a vocabulary of its own.
    """
    fields = {key: _value(kind, dialect, met) for key, kind in shape.fields.items()}
    words = EXTENSIONS.get(shape.name, {}).items()
    own = [key for key, version in words if key not in fields and (not version or dialect == "2.0")]
    own += _DATES if shape.name == "Operation" else ()
    fields |= {key: {"$ref": f"#/$defs/{key}"} for key in own}
    body: dict[str, Any] = {"type": "object", "properties": fields}
    if shape.required or shape.wanted:
        body["required"] = [*shape.required, *shape.wanted]
    if shape.extensible and shape.name != "Schema":
        body["patternProperties"] = {"^x-": True}
    if shape.name != "Schema":
        body["additionalProperties"] = _value(shape.free, dialect, met) if shape.free is not None else False
    return body


def _value(kind: Kind, dialect: Dialect, met: list[str]) -> Any:
    """A schema of what may stand at a field; True where that is anything."""
    if len(kind.plain) > len(_TYPES):
        return True
    types = [name for of, name in _TYPES.items() if of in kind.plain and not (of is int and float in kind.plain)]
    alternatives: list[Any] = [{"type": name} for name in types]
    if kind.shape is not None and kind.shape.name[0] == "{":
        alternatives.append(_body(kind.shape, dialect, met))
    elif kind.shape is not None:
        met.append(kind.shape.name)
        alternatives.append(_ref(dialect, kind.shape.name))
    if kind.items is not None:
        alternatives.append({"type": "array", "items": _value(kind.items, dialect, met)})
    return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}
