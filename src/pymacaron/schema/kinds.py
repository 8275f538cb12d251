"""
A bundle of dialect.py -> the type by which msgspec reads its values, and the walk that gathers what that does not
check.

A type may refuse what its schema accepts (1.0 where an integer is meant), never the other way round. Neighbours:
typed.py reads by these, gathering.py has the walks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import ceil, floor
from typing import Annotated, Any, Literal, Required, TypedDict

import msgspec

from pymacaron.schema.gathering import Gathered, Lists, Maps, Nullable, Objects, Walk

__all__ = ["Kinds", "Learned"]

#: The names of members that a schema leaves open and values have nevertheless, by the id of the schema
Learned = Mapping[int, tuple[str, ...]]

#: What stands for a type that msgspec does not have
_NONE: Any = object()

#: dict: JSON type -> its values in Python, of the types that hold no others. A number may be written as an integer
_SCALARS: Mapping[str, Any] = {"string": str, "integer": int, "number": float | int, "boolean": bool, "null": None}

_OBJECTS = frozenset(("type", "properties", "required", "additionalProperties"))
_MAPS = frozenset(("type", "additionalProperties", "minProperties", "maxProperties"))
_ARRAYS = frozenset(("type", "items", "minItems", "maxItems"))
_TEXTS = frozenset(("type", "minLength", "maxLength"))
_LIMITS = frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
_NUMBERS = _LIMITS | {"type"}

#: The integers that msgspec takes as limits
_LEAST, _GREATEST = -(2**63), 2**63 - 1

_Made = tuple[Any, "Walk | None"]


class Kinds:
    """
    The types of one bundle's schemas, each with what walks through its values; None where nothing is to be done.

    *learned* members are read as what the schema says of all that it does not name.
    """

    def __init__(self, definitions: Mapping[str, Any], learned: Learned):
        self.definitions = definitions
        self._learned = learned
        #: What is gathered: the schemas to check, and the kinds ("any", "text", "") of all; the first is only counted
        self.checked: list[Any] = []
        self.kinds = ["any"]
        #: Whether any value may be anything, whether any of what is checked refers to definitions
        self.deep = False
        self.refers = False
        self._places: dict[str, Gathered] = {}
        self._known: dict[str, _Made | None] = {}

    def of(self, schema: Any) -> _Made:
        if not isinstance(schema, dict) or not schema:
            return self._anything(schema)
        if schema.keys() - {"$defs"} == {"$ref"}:
            return self._referred(schema["$ref"])
        if schema.keys() == {"anyOf"} or schema.keys() == {"oneOf"}:
            return self._alternative(schema)
        said = schema.get("type")
        types = [said] if isinstance(said, str) else said if isinstance(said, list) else _implied(schema)
        if types and all(name in _SCALARS for name in types):
            return self._scalar(schema, types)
        kinds = [name for name in types if name != "null"]
        made = None
        if kinds == ["object"]:
            made = self._object(schema)
        elif kinds == ["array"]:
            made = self._array(schema)
        if made is None:
            return self._anything(schema)
        return _or_null(*made) if "null" in types else made

    def _anything(self, schema: Any) -> _Made:
        """Any value, which is to be checked unless *schema* takes all."""
        self.deep = True
        if schema is True or schema == {}:
            return Any, Gathered(0)
        return Any, self._gathered(schema, "any")

    def _gathered(self, schema: Any, kind: str) -> Gathered:
        key = json.dumps(schema, sort_keys=True)
        found = self._places.get(key)
        if found is None:
            self.checked.append(schema)
            self.kinds.append(kind)
            self.refers = self.refers or '"$ref"' in key
            found = self._places[key] = Gathered(len(self.checked))
        return found

    def _referred(self, reference: str) -> _Made:
        name = reference.removeprefix("#/$defs/")
        if name in self._known:
            made = self._known[name]
            # a schema that contains itself
            return made if made is not None else self._anything({"$ref": reference})
        self._known[name] = None
        made = self._known[name] = self.of(self.definitions[name])
        return made

    def _alternative(self, schema: dict[str, Any]) -> _Made:
        """A schema or null, as 3.1 writes it, and 2.0 here."""
        ((keyword, branches),) = schema.items()
        others = [branch for branch in branches if branch != {"type": "null"}]
        if len(others) != 1 or len(branches) != 2:
            return self._anything(schema)
        kind, walk = self.of(others[0])
        is_other = isinstance(walk, (Objects, Maps, Lists)) and self._is_typed(others[0])
        if kind is Any or (keyword == "oneOf" and not is_other):
            return self._anything(schema)  # of oneOf, no two may fit null
        return _or_null(kind, walk)

    def _is_typed(self, schema: Any) -> bool:
        """Whether *schema* says its type: one that does not takes null, too."""
        while isinstance(schema, dict) and schema.keys() == {"$ref"}:
            schema = self.definitions[schema["$ref"].removeprefix("#/$defs/")]
        return "type" in schema

    def _object(self, schema: dict[str, Any]) -> _Made | None:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        required = schema.get("required", [])
        if not properties and not required and others is not False:
            return self._map(schema, others)
        if not schema.keys() <= _OBJECTS:
            return None
        members: dict[str, Any] = {}
        walks: dict[str, Walk] = {}
        learned = self._learned.get(id(schema), ())
        for name in dict.fromkeys((*properties, *required, *learned)):
            kind, walk = self.of(properties.get(name, others))
            members[name] = Required[kind] if name in required else kind
            if walk is not None:
                walks[name] = walk
        key = None if others is False else id(schema)
        inside = Objects(walks, frozenset(required), frozenset(members), key)
        return TypedDict("Object", members, total=False), inside  # type: ignore[operator]

    def _map(self, schema: dict[str, Any], others: Any) -> _Made | None:
        if not schema.keys() - {"properties", "required"} <= _MAPS:
            return None
        kind, walk = self.of(others)
        return _sized(dict[str, kind], schema, "minProperties", "maxProperties"), Maps(walk)  # type: ignore[valid-type]

    def _array(self, schema: dict[str, Any]) -> _Made | None:
        if not schema.keys() <= _ARRAYS:
            return None
        kind, walk = self.of(schema.get("items", True))
        inner = Lists(walk) if walk is not None else None
        return _sized(list[kind], schema, "minItems", "maxItems"), inner  # type: ignore[valid-type]

    def _scalar(self, schema: dict[str, Any], types: list[str]) -> _Made:
        kind = _exact_scalar(schema, types)
        if kind is not _NONE:
            return kind, None
        loose = _SCALARS[types[0]]
        for name in types[1:]:
            loose = loose | _SCALARS[name]
        return loose, self._gathered(schema, "text" if types == ["string"] else "")


def _implied(schema: dict[str, Any]) -> list[str]:
    """
    The type that a schema without one is mostly about. Values of others are left to the exact path.
    """
    if "properties" in schema or "additionalProperties" in schema:
        return ["object"]
    if all(one is None or isinstance(one, str) for one in schema.get("enum", [0])):
        return ["string", "null"]
    return ["array"] if "items" in schema else []


def _or_null(kind: Any, walk: Walk | None) -> _Made:
    return kind | None, None if walk is None else Nullable(walk)


def _sized(kind: Any, schema: dict[str, Any], least: str, most: str) -> Any:
    """*kind* with the limits of its size."""
    if least not in schema and most not in schema:
        return kind
    return Annotated[kind, msgspec.Meta(min_length=schema.get(least), max_length=schema.get(most))]


def _exact_scalar(schema: dict[str, Any], types: list[str]) -> Any:
    """The type that takes what *schema*, of scalars, takes, or less; _NONE where msgspec has none."""
    if "enum" in schema:
        return _words(schema, types)
    kinds = [name for name in types if name != "null"]
    if len(kinds) != 1 and schema.keys() != {"type"}:
        return _NONE
    found = [_limited(schema, name) for name in kinds]
    if any(kind is _NONE for kind in found):
        return _NONE
    kind = found[0] if found else None
    for other in (*found[1:], *([None] if found and "null" in types else [])):
        kind = kind | other
    return kind


def _limited(schema: dict[str, Any], name: str) -> Any:
    if schema.keys() == {"type"}:
        return _SCALARS[name]
    if name == "string" and schema.keys() <= _TEXTS:
        return _sized(str, schema, "minLength", "maxLength")
    if name in ("integer", "number") and schema.keys() <= _NUMBERS:
        whole = _of_integers(schema)
        if name == "integer" or whole is _NONE:
            return whole
        part = _of_floats(schema)
        return _NONE if part is _NONE else part | whole
    return _NONE


def _words(schema: dict[str, Any], types: list[str]) -> Any:
    options: list[Any] = [one for one in schema["enum"] if "string" in types and isinstance(one, str)]
    if not options or not schema.keys() <= {"type", "enum"}:
        return _NONE
    if None in schema["enum"] and "null" in types:
        options.append(None)
    return Literal[tuple(options)]


def _of_integers(schema: dict[str, Any]) -> Any:
    """Integers within the limits of *schema*, and within 64 bits where there are any that are beyond."""
    least, most = [], []
    if "minimum" in schema:
        least.append(ceil(schema["minimum"]))
    if "exclusiveMinimum" in schema:
        least.append(floor(schema["exclusiveMinimum"]) + 1)
    if "maximum" in schema:
        most.append(floor(schema["maximum"]))
    if "exclusiveMaximum" in schema:
        most.append(ceil(schema["exclusiveMaximum"]) - 1)
    lowest = max(*least, _LEAST) if least else None
    highest = min(*most, _GREATEST) if most else None
    if (lowest is not None and lowest > _GREATEST) or (highest is not None and highest < _LEAST):
        return _NONE
    return Annotated[int, msgspec.Meta(ge=lowest, le=highest)]


def _of_floats(schema: dict[str, Any]) -> Any:
    limits = {keyword: schema[keyword] for keyword in _LIMITS if keyword in schema}
    if ("minimum" in limits and "exclusiveMinimum" in limits) or ("maximum" in limits and "exclusiveMaximum" in limits):
        return _NONE
    try:
        if any(float(limit) != limit for limit in limits.values()):
            return _NONE
    except OverflowError:
        return _NONE
    names = {"minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt"}
    meta: Any = {names[keyword]: float(limit) for keyword, limit in limits.items()}
    return Annotated[float, msgspec.Meta(**meta)]
