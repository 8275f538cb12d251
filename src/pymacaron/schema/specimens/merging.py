"""
A schema of a bundle (see dialect.py) with all that it applies to the same value -> one flat schema for each way to
choose between its alternatives.

A flat schema has no `$ref`, allOf, anyOf, oneOf, if: what these say stands in it. `members` are those schemas whose
values are parts of its values. What cannot be said so (`not`, exactly one of oneOf) is left to who judges the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, tee
from typing import Any

__all__ = ["TYPES", "Flat", "Flats", "both", "merged", "same"]

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")

#: Of one schema: so many ways to choose are looked at
_WAYS = 40

_Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flat:
    """
    `said`: keyword -> what holds of it. `pattern`, `multipleOf`, `contains`, `propertyNames`: lists of what each schema
    says. `refs`: the definitions that it is made of. `chose`: whether something is left to who judges.
    """

    said: Mapping[str, Any]
    refs: frozenset[str] = frozenset()
    chose: bool = False


@dataclass
class Flats:
    """Those of a bundle whose definitions are *definitions*."""

    definitions: Mapping[str, Any]
    _known: dict[str, Iterator[Flat]] = field(default_factory=dict)

    def of(self, schema: Any) -> Iterator[Flat]:
        """The ways to choose, the best first; nothing where no value can be."""
        name = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
        if not isinstance(name, str):
            return islice(self._of(schema, frozenset()), _WAYS)
        # A definition is looked at in many places: its ways are worked out once
        ways = self._known.get(name) or islice(self._of(schema, frozenset()), _WAYS)
        self._known[name], found = tee(ways)
        return found

    def _of(self, schema: Any, above: frozenset[str]) -> Iterator[Flat]:
        if schema is True or schema == {}:
            yield Flat({})
        if not isinstance(schema, dict) or not schema:
            return
        own = {key: value for key, value in schema.items() if key not in _APPLYING}
        ways: Iterator[Flat] = iter([Flat(_listed(own), frozenset(), "not" in own)])
        for step in self._steps(schema, above):
            ways = self._each(ways, step)
        yield from ways

    def _each(self, ways: Iterator[Flat], step: Callable[[], Iterator[Flat]]) -> Iterator[Flat]:
        for one in ways:
            for other in islice(step(), _WAYS):
                said = merged(one.said, other.said)
                if said is not None:
                    yield Flat(said, one.refs | other.refs, one.chose or other.chose)

    def _steps(self, schema: Mapping[str, Any], above: frozenset[str]) -> Iterator[Callable[[], Iterator[Flat]]]:
        """What is merged with what *schema* itself says: each gives the ways that there are for it."""
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = reference.removeprefix("#/$defs/")
            if name not in above:
                yield lambda: self._referred(name, above)
        for part in schema.get("allOf", ()):
            yield lambda part=part: self._of(part, above)  # type: ignore[misc]
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                yield lambda keyword=keyword: self._chosen(schema, keyword, above)  # type: ignore[misc]
        if "if" in schema and ("then" in schema or "else" in schema):
            yield lambda: self._conditional(schema, above)
        if "x-heirs" in schema and not above & set(schema["x-heirs"]):
            yield lambda: self._heirs(schema["x-heirs"], above)

    def _referred(self, name: str, above: frozenset[str]) -> Iterator[Flat]:
        for one in self._of(self.definitions.get(name, True), above | {name}):
            yield Flat(one.said, one.refs | {name}, one.chose)

    def _chosen(self, schema: Mapping[str, Any], keyword: str, above: frozenset[str]) -> Iterator[Flat]:
        """Those of the alternatives; null last. Of a discriminator the value that names the alternative is said."""
        rule = schema.get("discriminator")
        names: dict[int, str] = {}
        for value, index in (rule.get(keyword, {}) if isinstance(rule, dict) else {}).items():
            names.setdefault(index, value)
        places = sorted(enumerate(schema[keyword]), key=lambda one: _is_null(one[1]))
        for index, part in places:
            for one in self._of(part, above):
                said = dict(one.said)
                if index in names and isinstance(rule, dict):
                    told = {**said.get("x-discriminated", {}), rule["propertyName"]: names[index]}
                    said = {**said, "x-discriminated": told}
                yield Flat(said, one.refs, one.chose or keyword == "oneOf" or "not" in said)

    def _conditional(self, schema: Mapping[str, Any], above: frozenset[str]) -> Iterator[Flat]:
        for one in self._of({"allOf": [schema["if"], schema.get("then", True)]}, above):
            yield Flat(one.said, one.refs, True)
        for one in self._of(schema.get("else", True), above):
            yield Flat(one.said, one.refs, True)

    def _heirs(self, names: list[str], above: frozenset[str]) -> Iterator[Flat]:
        """Those of the schemas that extend this one, and at last nothing more than it says itself."""
        for name in names:
            yield from self._referred(name, above | set(names))
        yield Flat({})


#: The keywords that are no part of a flat schema
_APPLYING = frozenset(("$ref", "allOf", "anyOf", "oneOf", "if", "then", "else", "x-heirs", "discriminator"))

#: The keywords of which each schema's own has to hold
_LISTS = frozenset(("pattern", "multipleOf", "contains", "propertyNames", "not"))


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _listed(said: _Said) -> _Said:
    """What a schema says, as flat schemas have it."""
    found = {key: [value] if key in _LISTS else value for key, value in said.items()}
    if "const" in found:
        found["enum"] = [found.pop("const")]
    if isinstance(found.get("type"), str):
        found["type"] = [found["type"]]
    if "contains" in found:
        found["contains"] = [(said["contains"], said.get("minContains", 1), said.get("maxContains"))]
    return found


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> _Said | None:
    """What holds where both flat schemas do; None where no value can fit both."""
    if not other or not one:
        return dict(one or other)
    found = {**other, **one}
    _merge_members(one, other, found)
    _merge_items(one, other, found)
    for key in one.keys() & other.keys():
        if key in _MERGES:
            found[key] = _MERGES[key](one[key], other[key])
    return None if found.get("type") == [] or found.get("enum") == [] else found


def _types(one: list[str], other: list[str]) -> list[str]:
    wide = [set(types) | ({"integer"} if "number" in types else set()) for types in (one, other)]
    found = [kind for kind in dict.fromkeys([*one, *other]) if kind in wide[0] and kind in wide[1]]
    return [kind for kind in found if not (kind == "integer" and "number" in found)]


def _options(one: list[Any], other: list[Any]) -> list[Any]:
    return [value for value in one if any(same(value, each) for each in other)]


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def _dependent(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: [*one.get(name, []), *other.get(name, [])] for name in {**one, **other}}


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {**other, **{key: both(one[key], other[key]) if key in other else one[key] for key in one}}


def both(one: Any, other: Any) -> Any:
    """The schema of what fits both."""
    if one == other or other is True or other == {}:
        return one
    return other if one is True or one == {} else {"allOf": [one, other]}


#: dict: keyword -> what holds where two schemas say it
_MERGES: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "enum": _options,
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
    "pattern": lambda one, other: [*one, *(each for each in other if each not in one)],
    "multipleOf": lambda one, other: [*one, *other],
    "contains": lambda one, other: [*one, *other],
    "propertyNames": lambda one, other: [*one, *other],
    "not": lambda one, other: [*one, *other],
    "uniqueItems": lambda one, other: one or other,
    "required": lambda one, other: list(dict.fromkeys([*other, *one])),
    "dependentRequired": _dependent,
    "dependentSchemas": _both,
    "x-discriminated": lambda one, other: {**other, **one},
}


def _merge_members(one: Mapping[str, Any], other: Mapping[str, Any], found: _Said) -> None:
    """What both say of members: `additionalProperties` is about those that its own schema does not name."""
    if not any(key in each for each in (one, other) for key in ("properties", "patternProperties")):
        if "additionalProperties" in one and "additionalProperties" in other:
            found["additionalProperties"] = both(one["additionalProperties"], other["additionalProperties"])
        return
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    properties: _Said = {}
    for name in dict.fromkeys([*theirs, *mine]):
        schema = both(_member(one, name), _member(other, name))
        properties[name] = schema
    found["properties"] = properties
    if "patternProperties" in one and "patternProperties" in other:
        found["patternProperties"] = _both(one["patternProperties"], other["patternProperties"])
    others = both(one.get("additionalProperties", True), other.get("additionalProperties", True))
    if others is not True:
        found["additionalProperties"] = others


def _member(said: Mapping[str, Any], name: str) -> Any:
    """What a flat schema says of the member *name*, its patterns apart."""
    properties = said.get("properties", {})
    if name in properties:
        return properties[name]
    return True if said.get("patternProperties") else said.get("additionalProperties", True)


def _merge_items(one: Mapping[str, Any], other: Mapping[str, Any], found: _Said) -> None:
    """The same of arrays: `items` is about those behind `prefixItems`."""
    mine, theirs = one.get("prefixItems", []), other.get("prefixItems", [])
    rest = both(one.get("items", True), other.get("items", True))
    if mine or theirs:
        found["prefixItems"] = [
            both(
                mine[index] if index < len(mine) else one.get("items", True),
                theirs[index] if index < len(theirs) else other.get("items", True),
            )
            for index in range(max(len(mine), len(theirs)))
        ]
    if rest is not True:
        found["items"] = rest
