"""
Each rule of schemas, by real values: what is told as breaking shows a value that was right and is refused now; of what
is told as compatible, no value that is made is refused. The values are judged by the validators that services use.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pymacaron.changes.change import KINDS
from pymacaron.schema.codec import Schemas
from pymacaron.schema.dialect import Direction
from pymacaron.schema.specimens.specimens import NoValue, Specimens
from pymacaron.spec.load import load

from .test_rules import found, with_schema

_PAIR = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}
_CLOSED = {"type": "object", "additionalProperties": False}

#: dict: rule -> a schema, one that takes less, and a value of the first that is none of the second
PAIRS: dict[str, tuple[Any, Any, Any]] = {
    "type": ({"type": ["string", "integer"]}, {"type": "string"}, 1),
    "enum": ({"enum": ["a", "b", "c"]}, {"enum": ["a", "b"]}, "c"),
    "range": ({"type": "number", "maximum": 9}, {"type": "number", "exclusiveMaximum": 9}, 9),
    "multiple": ({"type": "integer"}, {"type": "integer", "multipleOf": 2}, 3),
    "length": ({"type": "string"}, {"type": "string", "maxLength": 3}, "abcd"),
    "pattern": ({"type": "string"}, {"type": "string", "pattern": "^a"}, "b"),
    "format": ({"type": "string"}, {"type": "string", "format": "date"}, "today"),
    "count": (
        {"type": "array", "items": {"type": "integer"}},
        {"type": "array", "items": {"type": "integer"}, "maxItems": 1},
        [1, 2],
    ),
    "unique": (
        {"type": "array", "items": {"type": "integer"}},
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
        [1, 1],
    ),
    "contains": ({"type": "array"}, {"type": "array", "contains": {"const": 1}}, [2]),
    "closed": ({"type": "object"}, _CLOSED, {"a": 1}),
    "size": (_PAIR, {**_PAIR, "maxProperties": 1}, {"a": 1, "b": 2}),
    "names": ({"type": "object"}, {"type": "object", "propertyNames": {"pattern": "^a"}}, {"b": 1}),
    "pattern-properties": (
        {"type": "object"},
        {"type": "object", "patternProperties": {"^x": {"type": "integer"}}},
        {"x1": "a"},
    ),
    "dependency": (_PAIR, {**_PAIR, "dependentRequired": {"a": ["b"]}}, {"a": 1}),
    "alternative": (
        {"anyOf": [{"$ref": "#/components/schemas/Dog"}, {"$ref": "#/components/schemas/Cat"}]},
        {"anyOf": [{"$ref": "#/components/schemas/Cat"}]},
        {"kind": "dog"},
    ),
    "overlap": (
        {"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]},
        {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]},
        7,
    ),
    "condition": ({"type": "string"}, {"type": "string", "not": {"const": "a"}}, "a"),
    "nothing": ({"type": "string"}, False, "a"),
    "other": ({"type": "array"}, {"type": "array", "unevaluatedItems": False}, [1]),
    "null": ({"type": ["string", "null"]}, {"type": "string"}, None),
    "required": (_PAIR, {**_PAIR, "required": ["a"]}, {}),
    "property": ({"type": "object"}, {"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": "b"}),
    "property-refused": ({**_CLOSED, "properties": {"a": {"type": "integer"}}}, _CLOSED, {"a": 1}),
}
#: What is told as compatible, though fewer values fit: by what people agree on
AGREED = {"request-property-added"}


def fits(folder: Path, name: str, place: str, value: Any) -> bool:
    """Whether {"it": *value*} is a value of the schema *place* of the description *name*."""
    schemas = Schemas(load(folder / name / "shop.json"))
    direction: Direction = "request" if place == "In" else "response"
    return schemas.codec(schemas.api.schemas[place], direction).fits({"it": value})


def specimens(folder: Path, name: str, place: str) -> list[Any]:
    """Values of it, some."""
    schemas = Schemas(load(folder / name / "shop.json"))
    made = Specimens(schemas.api.schemas[place], schemas, "changes")
    values = []
    for turn in range(8):
        try:
            values.append((made.other(turn) if turn else made.first()).get("it"))
        except NoValue:
            break
    return values


def test_every_rule_of_schemas_has_a_pair() -> None:
    assert PAIRS.keys() == KINDS.keys()


@pytest.mark.parametrize("place", ["In", "Out"])
@pytest.mark.parametrize("kind", PAIRS)
def test_less_that_is_taken_or_more_that_is_given_shows_a_value_that_was_right(
    kind: str, place: str, tmp_path: Path
) -> None:
    wide, narrow, value = PAIRS[kind]
    schemas = (wide, narrow) if place == "In" else (narrow, wide)
    changes = found(tmp_path, *(with_schema(one, place) for one in schemas))
    code = KINDS[kind][0 if place == "In" else 2]
    assert {change.code for change in changes} == {code}
    assert {change.severity == "compatible" for change in changes} == {code in AGREED}
    # What a caller sent before: the old server took it. What the new server gives: it is right there
    sender, reader = ("old", "new") if place == "In" else ("new", "old")
    assert fits(tmp_path, sender, place, value)
    assert not fits(tmp_path, reader, place, value)


@pytest.mark.parametrize("place", ["In", "Out"])
@pytest.mark.parametrize("kind", PAIRS)
def test_of_more_that_is_taken_or_less_that_is_given_every_value_is_right(
    kind: str, place: str, tmp_path: Path
) -> None:
    wide, narrow, _ = PAIRS[kind]
    schemas = (narrow, wide) if place == "In" else (wide, narrow)
    changes = found(tmp_path, *(with_schema(one, place) for one in schemas))
    code = KINDS[kind][1 if place == "In" else 3]
    assert {change.code for change in changes} == {code}
    assert {change.severity for change in changes} == {"risky" if "property-removed" in code else "compatible"}
    sender, reader = ("old", "new") if place == "In" else ("new", "old")
    made = specimens(tmp_path, sender, place)
    assert made or narrow is False
    assert [value for value in made if value is not None and not fits(tmp_path, reader, place, value)] == []
