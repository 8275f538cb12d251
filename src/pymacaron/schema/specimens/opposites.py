"""
A schema of a bundle -> schemas of values that do not fit it: for `not`, and for all but one of `oneOf`.

What is told so is a direction, no proof: who judges the value has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from pymacaron.schema.specimens.merging import TYPES

__all__ = ["Opposites"]

#: How deep in a schema something is looked for that a value can be made to lack
_DEEP = 16
#: Of each of several schemas that have to be missed at once: so many ways
_WAYS = 40
#: The member that nobody declares
_STRANGE = "unlike"

_Fits = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Opposites:
    """Those of the schemas of a bundle whose definitions are *definitions*."""

    definitions: Mapping[str, Any]

    def apart(self, schema: Any, value: Any, fits: _Fits) -> Iterator[Any]:
        """
        What to say besides *schema* for a value that it lets pass, other than *value*, which *fits* too many of its
        alternatives or what it must not: schemas, the likeliest first.
        """
        for part in self._parts(schema, _DEEP):
            alternatives = part.get("oneOf", ())
            fitting = [index for index, one in enumerate(alternatives) if fits(one, value)]
            for index in fitting if len(fitting) > 1 else ():
                others = [alternatives[one] for one in fitting if one != index]
                for told in self._none_of(others, _DEEP):
                    yield {"allOf": [alternatives[index], told]}
            if "not" in part:
                yield from self._of(part["not"], _DEEP)

    def _parts(self, schema: Any, deep: int) -> Iterator[Mapping[str, Any]]:
        """*schema*, and what it applies to the same values whatever they are."""
        if not isinstance(schema, dict) or not deep:
            return
        yield schema
        if "$ref" in schema:
            yield from self._parts(self._referred(schema), deep - 1)
        for part in schema.get("allOf", ()):
            yield from self._parts(part, deep - 1)

    def _referred(self, schema: Mapping[str, Any]) -> Any:
        return self.definitions.get(str(schema["$ref"]).removeprefix("#/$defs/"), True)

    def _none_of(self, schemas: list[Any], deep: int) -> Iterator[Any]:
        """What fits none of *schemas*."""
        if len(schemas) == 1:
            yield from self._of(schemas[0], deep)
            return
        for ways in product(*(islice(self._of(one, deep), _WAYS) for one in schemas)):
            yield {"allOf": list(ways)}

    def _of(self, schema: Any, deep: int) -> Iterator[Any]:
        """Schemas of what does not fit *schema*."""
        if schema is False:
            yield True
        if not isinstance(schema, dict) or not deep:
            return
        if "not" in schema:
            yield schema["not"]
        for name in schema.get("required", ()):
            yield {"type": "object", "properties": {name: False}}
        yield from self._by_limits(schema)
        if "enum" in schema or "const" in schema:
            yield {"not": {key: schema[key] for key in ("enum", "const") if key in schema}}
        yield from self._by_parts(schema, deep - 1)
        yield from self._by_members(schema, deep - 1)
        types = schema.get("type")
        if types is not None:
            told = {types} if isinstance(types, str) else set(types)
            alike = {"integer", "number"} if told & {"integer", "number"} else set()
            yield {"type": [one for one in TYPES if one not in told | alike]}

    def _by_parts(self, schema: Mapping[str, Any], deep: int) -> Iterator[Any]:
        if "$ref" in schema:
            yield from self._of(self._referred(schema), deep)
        for part in schema.get("allOf", ()):
            yield from self._of(part, deep)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                yield from self._none_of(schema[keyword], deep)

    def _by_members(self, schema: Mapping[str, Any], deep: int) -> Iterator[Any]:
        for name, part in schema.get("properties", {}).items():
            for told in self._of(part, deep):
                yield {"type": "object", "required": [name], "properties": {name: told}}
        others = schema.get("additionalProperties", schema.get("unevaluatedProperties"))
        if others is not None:
            for told in self._of(others, deep):
                yield {"type": "object", "required": [_STRANGE], "properties": {_STRANGE: told}}
        before = schema.get("prefixItems", [])
        for index, part in enumerate([*before, schema.get("items", True)]):
            for told in self._of(part, deep):
                yield {"type": "array", "minItems": index + 1, "prefixItems": [*[True] * index, told]}

    def _by_limits(self, schema: Mapping[str, Any]) -> Iterator[Any]:
        for keyword, (kind, other, beyond) in _BEYOND.items():
            limit = schema.get(keyword)
            if limit is not None and (kind == "number" or limit + beyond >= 0):
                yield {"type": kind, other: limit + beyond}
        if "pattern" in schema or "format" in schema:
            yield {"type": "string", "not": {key: schema[key] for key in ("pattern", "format") if key in schema}}


#: dict: keyword that limits -> the type that it limits, the keyword that begins where it ends, and how far behind
_BEYOND: Mapping[str, tuple[str, str, int]] = {
    "minimum": ("number", "exclusiveMaximum", 0),
    "maximum": ("number", "exclusiveMinimum", 0),
    "exclusiveMinimum": ("number", "maximum", 0),
    "exclusiveMaximum": ("number", "minimum", 0),
    "minLength": ("string", "maxLength", -1),
    "maxLength": ("string", "minLength", 1),
    "minItems": ("array", "maxItems", -1),
    "maxItems": ("array", "minItems", 1),
    "minProperties": ("object", "maxProperties", -1),
    "maxProperties": ("object", "minProperties", 1),
}
