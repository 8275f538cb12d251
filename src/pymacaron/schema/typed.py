"""
A bundle of dialect.py -> what decodes and checks a JSON text in one pass, and says nothing about what it does not take.

msgspec checks all that its types can say exactly: types, limits, lengths, words, members. What it cannot say (patterns,
formats, alternatives, ...) is gathered from the value, and checked by jsonschema-rs in one call. The value is the one
that wire.py would read: numbers as they were written, members in their order, none lost. Whatever is refused here, or
might be, has to be asked of the exact path (codec.py), which overrules or explains. So a type here may refuse what its
schema accepts (1.0 where an integer is meant), never the other way round.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import chain
from math import ceil, floor
from operator import itemgetter
from typing import Annotated, Any, Literal, Protocol, Required, TypedDict

import msgspec

from pymacaron.schema.formats import Format
from pymacaron.schema.validators import validator
from pymacaron.schema.wire import MALFORMED, is_whole, json_encode, read_by

__all__ = ["MISSED", "Typed", "typed"]

#: What stands for a value that was not taken
MISSED: Any = object()

#: What was found in a value, by what has to be done with it
_Found = list[list[Any]]

#: After so many texts in a row that were not taken, one in so many is tried
_PATIENCE = 32


class _Walk(Protocol):
    """Walks through typed values of one schema: one of them, or many, which is far cheaper than one by one."""

    def one(self, value: Any, found: _Found) -> int:
        """Add to *found* what types do not check in *value*; gives the number of members of objects in there."""

    def many(self, values: list[Any], found: _Found) -> int:
        """The same, of each of *values*."""


class Typed:
    """
    `typed(data)`: the plain JSON value of *data*, valid and whole, or MISSED, after which nothing is known about it.

    Thread-safe: what threads share only tells whether it is worth trying.
    """

    __slots__ = ("_decode", "_is_valid", "_loose", "_misses", "_skipped", "_texts", "_walk", "_width")

    def __init__(self, decode: Callable[[bytes], Any], walk: _Walk, made: _Maker, formats: Mapping[str, Format]):
        self._decode = decode
        self._walk = walk.one
        self._width = len(made.checked) + 1
        #: Where in what was found the values are of any kind, and where they are texts
        self._loose = [index for index, kind in enumerate(made.kinds) if kind == "any"]
        self._texts = [index for index, kind in enumerate(made.kinds) if kind == "text"]
        self._misses = 0
        self._skipped = 0
        self._is_valid: Callable[[Any], bool] | None = None
        if made.checked:
            lists = [{"items": schema} for schema in made.checked]
            rest = {"prefixItems": [True, *lists], "$defs": made.definitions if made.refers else {}}
            self._is_valid = validator(rest, formats).is_valid

    def __call__(self, data: bytes) -> Any:
        """`take`, with less and less patience for texts that are not taken."""
        if self._misses:
            # Senders repeat themselves: what is always refused, or always has members that no schema names, is not
            # to be looked at twice
            self._skipped += 1
            if self._skipped < self._misses:
                return MISSED
            self._skipped = 0
        value = self.take(data)
        if value is not MISSED:
            self._misses = 0
        else:
            self._misses = min(self._misses * 2 or 1, _PATIENCE)
        return value

    def take(self, data: bytes) -> Any:
        """The plain JSON value of *data*, where that is valid for certain; else MISSED."""
        try:
            value = self._decode(data)
            found: _Found = [[] for _ in range(self._width)]
            members = self._walk(value, found)
            if (self._is_valid is None or self._is_valid(found)) and self._has_all(data, value, members, found):
                return value
        except MALFORMED:
            pass
        return MISSED

    def _has_all(self, data: bytes, value: Any, members: int, found: _Found) -> bool:
        """
        Whether *value*, which has *members* in objects whose types are known, has all that stands in *data*.

        A type leaves out members that it does not name, and the first of two that have the same name. With each of them
        goes a colon: where *data* has no more of them than what is in *value*, nothing was lost.
        """
        colons = data.count(b":")
        if b"\\" not in data:  # the texts of *data* are those of *value*, letter by letter
            for index in self._loose:
                if found[index]:
                    members += json_encode(found[index]).count(b":")
            if colons == members:
                return True
            members += sum("".join(found[index]).count(":") for index in self._texts)
            if colons == members:
                return True
        return is_whole(data, value, colons)


def typed(bundle: dict[str, Any], formats: Mapping[str, Format]) -> Typed | None:
    """The Typed of *bundle*; None where its values are neither objects nor arrays that a type is known for."""
    made = _Maker(bundle["$defs"])
    try:
        kind, walk = made.of(bundle)
        if walk is None or isinstance(walk, _Gathered):
            return None
        decode = msgspec.json.Decoder(kind).decode
        return Typed((lambda data: read_by(decode, data)) if made.deep else decode, walk, made, formats)
    except (TypeError, ValueError, ArithmeticError, RecursionError):  # what msgspec has no types for
        return None


# ---- what is walked through


class _Gathered:
    """Values that jsonschema-rs has to look at, or whose members have to be counted."""

    __slots__ = ("index",)

    def __init__(self, index: int):
        self.index = index

    def one(self, value: Any, found: _Found) -> int:
        found[self.index].append(value)
        return 0

    def many(self, values: list[Any], found: _Found) -> int:
        found[self.index] += values
        return 0


class _Objects:
    """Objects of known members: those of *walks* that are *required* are in each."""

    __slots__ = ("_demanded", "_leaves", "_offered", "_several")

    def __init__(self, walks: Mapping[str, _Walk], required: frozenset[str]):
        self._leaves = [(name, walk.index) for name, walk in walks.items() if isinstance(walk, _Gathered)]
        self._demanded = [(name, walk) for name, walk in walks.items() if not isinstance(walk, _Gathered)]
        self._offered = [(name, walk) for name, walk in walks.items() if name not in required]
        self._leaves = [leaf for leaf in self._leaves if leaf[0] in required]
        self._demanded = [inner for inner in self._demanded if inner[0] in required]
        self._several = [(itemgetter(name), index) for name, index in self._leaves]

    def one(self, value: Any, found: _Found) -> int:
        count = len(value)
        for name, index in self._leaves:
            found[index].append(value[name])
        for name, walk in self._demanded:
            count += walk.one(value[name], found)
        for name, walk in self._offered:
            if name in value:
                count += walk.one(value[name], found)
        return count

    def many(self, values: list[Any], found: _Found) -> int:
        count = sum(map(len, values))
        for get, index in self._several:
            found[index] += map(get, values)
        for name, walk in self._demanded:
            count += walk.many([value[name] for value in values], found)
        for name, walk in self._offered:
            count += walk.many([value[name] for value in values if name in value], found)
        return count


class _Maps:
    """Objects of any members, which are all of one schema."""

    __slots__ = ("_inner",)

    def __init__(self, inner: _Walk | None):
        self._inner = inner

    def one(self, value: Any, found: _Found) -> int:
        return len(value) + (0 if self._inner is None else self._inner.many(list(value.values()), found))

    def many(self, values: list[Any], found: _Found) -> int:
        return sum(self.one(value, found) for value in values)


class _Lists:
    """Arrays whose items are all of one schema."""

    __slots__ = ("_inner",)

    def __init__(self, inner: _Walk):
        self._inner = inner

    def one(self, value: Any, found: _Found) -> int:
        return self._inner.many(value, found)

    def many(self, values: list[Any], found: _Found) -> int:
        return self._inner.many(list(chain.from_iterable(values)), found)


class _Nullable:
    """What may be null instead."""

    __slots__ = ("_inner",)

    def __init__(self, inner: _Walk):
        self._inner = inner

    def one(self, value: Any, found: _Found) -> int:
        return 0 if value is None else self._inner.one(value, found)

    def many(self, values: list[Any], found: _Found) -> int:
        return self._inner.many([value for value in values if value is not None], found)


# ---- types


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

_Made = tuple[Any, "_Walk | None"]


class _Maker:
    """The types of one bundle's schemas, each with what walks through its values; None where nothing is to be done."""

    def __init__(self, definitions: Mapping[str, Any]):
        self.definitions = definitions
        #: What is gathered: the schemas to check, and the kinds ("any", "text", "") of all; the first is only counted
        self.checked: list[Any] = []
        self.kinds = ["any"]
        #: Whether any value may be anything, whether any of what is checked refers to definitions
        self.deep = False
        self.refers = False
        self._places: dict[str, _Gathered] = {}
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
            return Any, _Gathered(0)
        return Any, self._gathered(schema, "any")

    def _gathered(self, schema: Any, kind: str) -> _Gathered:
        key = json.dumps(schema, sort_keys=True)
        found = self._places.get(key)
        if found is None:
            self.checked.append(schema)
            self.kinds.append(kind)
            self.refers = self.refers or '"$ref"' in key
            found = self._places[key] = _Gathered(len(self.checked))
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
        if kind is Any or (keyword == "oneOf" and not isinstance(walk, (_Objects, _Maps, _Lists))):
            return self._anything(schema)  # of oneOf, no two may fit null
        return _or_null(kind, walk)

    def _object(self, schema: dict[str, Any]) -> _Made | None:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        required = schema.get("required", [])
        if not properties and not required and others is not False:
            return self._map(schema, others)
        if not schema.keys() <= _OBJECTS:
            return None
        members: dict[str, Any] = {}
        walks: dict[str, _Walk] = {}
        for name in dict.fromkeys((*properties, *required)):
            kind, walk = self.of(properties.get(name, others))
            members[name] = Required[kind] if name in required else kind
            if walk is not None:
                walks[name] = walk
        return TypedDict("Object", members, total=False), _Objects(walks, frozenset(required))  # type: ignore[operator]

    def _map(self, schema: dict[str, Any], others: Any) -> _Made | None:
        if not schema.keys() - {"properties", "required"} <= _MAPS:
            return None
        kind, walk = self.of(others)
        return _sized(dict[str, kind], schema, "minProperties", "maxProperties"), _Maps(walk)  # type: ignore[valid-type]

    def _array(self, schema: dict[str, Any]) -> _Made | None:
        if not schema.keys() <= _ARRAYS:
            return None
        kind, walk = self.of(schema.get("items", True))
        inner = _Lists(walk) if walk is not None else None
        return _sized(list[kind], schema, "minItems", "maxItems"), inner  # type: ignore[valid-type]

    def _scalar(self, schema: dict[str, Any], types: list[str]) -> _Made:
        kind = _exact_scalar(schema, types)
        if kind is not MISSED:
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


def _or_null(kind: Any, walk: _Walk | None) -> _Made:
    return kind | None, None if walk is None else _Nullable(walk)


def _sized(kind: Any, schema: dict[str, Any], least: str, most: str) -> Any:
    """*kind* with the limits of its size."""
    if least not in schema and most not in schema:
        return kind
    return Annotated[kind, msgspec.Meta(min_length=schema.get(least), max_length=schema.get(most))]


def _exact_scalar(schema: dict[str, Any], types: list[str]) -> Any:
    """The type that takes what *schema*, of scalars, takes, or less; MISSED where msgspec has none."""
    if "enum" in schema:
        return _words(schema, types)
    kinds = [name for name in types if name != "null"]
    if len(kinds) > 1 and schema.keys() != {"type"}:
        return MISSED
    found = [_limited(schema, name) for name in kinds]
    if any(kind is MISSED for kind in found):
        return MISSED
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
        if name == "integer" or whole is MISSED:
            return whole
        part = _of_floats(schema)
        return MISSED if part is MISSED else part | whole
    return MISSED


def _words(schema: dict[str, Any], types: list[str]) -> Any:
    options: list[Any] = [one for one in schema["enum"] if "string" in types and isinstance(one, str)]
    if not options or not schema.keys() <= {"type", "enum"}:
        return MISSED
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
        return MISSED
    return Annotated[int, msgspec.Meta(ge=lowest, le=highest)]


def _of_floats(schema: dict[str, Any]) -> Any:
    limits = {keyword: schema[keyword] for keyword in _LIMITS if keyword in schema}
    if ("minimum" in limits and "exclusiveMinimum" in limits) or ("maximum" in limits and "exclusiveMaximum" in limits):
        return MISSED
    try:
        if any(float(limit) != limit for limit in limits.values()):
            return MISSED
    except OverflowError:
        return MISSED
    names = {"minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt"}
    meta: Any = {names[keyword]: float(limit) for keyword, limit in limits.items()}
    return Annotated[float, msgspec.Meta(**meta)]
