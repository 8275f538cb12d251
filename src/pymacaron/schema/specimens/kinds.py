"""The types of JSON values: which a flat schema (see merging.py) lets a value have, and whether a value has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymacaron.schema.specimens.merging import TYPES

__all__ = ["is_of", "kinds"]

#: dict: keyword -> the type that values have for which somebody writes it
_MEANT = {
    **dict.fromkeys(("properties", "required", "additionalProperties", "patternProperties", "minProperties"), "object"),
    **dict.fromkeys(("maxProperties", "propertyNames", "dependentRequired", "dependentSchemas"), "object"),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"), "array"),
    **dict.fromkeys(("pattern", "minLength", "maxLength", "format"), "string"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
}


def kinds(said: Mapping[str, Any]) -> list[str]:
    """The types that a value may have, the one that is meant first, null last."""
    meant = list(dict.fromkeys(_MEANT[keyword] for keyword in said if keyword in _MEANT))
    types = said.get("type")
    if types is None:
        return meant[:1] or ["string", "object", "integer"]
    found = [kind for kind in types if kind in TYPES]
    return sorted(found, key=lambda kind: (kind == "null", kind not in meant))


def is_of(value: Any, types: list[str] | None) -> bool:
    """Whether *value* has one of *types*."""
    if types is None:
        return True
    if value is None:
        return "null" in types
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, (int, float)):
        return "number" in types or ("integer" in types and value == value // 1)
    kind = "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
    return kind in types
