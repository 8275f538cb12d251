"""Of schemas that have values, made by lot around one: a value is made, and python-jsonschema takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymacaron.schema.codec import Schemas
from pymacaron.schema.specimens.specimens import Specimens

Make = Callable[..., Schemas]

_NAMES = st.sampled_from(("a", "b", "c", "id", "name", "email", "x-1"))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.sampled_from((0.5, -2.25, 99.99, 1e6))
    | st.sampled_from(("", "tea", "ada@example.com", "2024-02-29", "A-17", "ä ö"))
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=6
)
_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


def _type(value: Any) -> str:
    kinds = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return kinds.get(type(value), "object")


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@st.composite
def _around(draw: st.DrawFn, value: Any, depth: int = 2) -> Any:
    """A schema that *value* fits."""
    own = _BY_TYPE.get(_type(value), lambda *_: {})(draw, value, depth)
    if draw(st.booleans()):
        own["type"] = draw(st.sampled_from((_type(value), sorted({_type(value), "null"}))))
    if draw(st.integers(0, 5)) == 0:
        own["enum"] = draw(st.permutations((value, "another", None) if value not in ("another", None) else (value,)))
    if depth:
        for keyword in draw(st.lists(st.sampled_from(tuple(_APPLIED)), max_size=2, unique=True)):
            own[keyword] = _APPLIED[keyword](draw, value, depth - 1)
    return own


def _inner(draw: st.DrawFn, value: Any, depth: int) -> Any:
    return draw(_around(value, depth)) if depth else draw(st.sampled_from((True, {"type": _type(value)})))


def _text(draw: st.DrawFn, value: str, depth: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "minLength": max(0, len(value) - draw(st.integers(0, 3))),
        "maxLength": len(value) + draw(st.integers(0, 30)),
        "pattern": draw(st.sampled_from(("", "^", ".*$", "^[^!]*$"))),
    }
    if value == "2024-02-29":
        told |= {"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    if value == "A-17":
        told["pattern"] = r"^[A-Z]-\d+$"
    return _some(draw, told)


def _number(draw: st.DrawFn, value: float, depth: int) -> dict[str, Any]:
    return _some(
        draw,
        {
            "minimum": value - draw(st.sampled_from((0, 0.25, 7))),
            "exclusiveMaximum": value + draw(st.sampled_from((0.25, 3, 1000))),
            "exclusiveMinimum": value - draw(st.sampled_from((0.25, 3, 1000))),
            "maximum": value + draw(st.sampled_from((0, 0.25, 7))),
            "multipleOf": abs(value) or 4,
        },
    )


def _array(draw: st.DrawFn, value: list[Any], depth: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "minItems": max(0, len(value) - draw(st.integers(0, 2))),
        "maxItems": len(value) + draw(st.integers(0, 2)),
        "prefixItems": [_inner(draw, one, depth - 1) for one in value] if value and depth else [True],
    }
    if value:
        told["contains"] = _inner(draw, draw(st.sampled_from(value)), depth - 1 if depth else 0)
        told["items"] = {"anyOf": [_inner(draw, one, depth - 1 if depth else 0) for one in value]}
        if draw(st.booleans()):
            told.pop("prefixItems")
    if len({_key(one) for one in value}) == len(value):
        told["uniqueItems"] = True
    return _some(draw, told)


def _object(draw: st.DrawFn, value: dict[str, Any], depth: int) -> dict[str, Any]:
    deeper = depth - 1 if depth else 0
    told: dict[str, Any] = {
        "properties": {name: _inner(draw, one, deeper) for name, one in value.items()},
        "required": draw(st.lists(st.sampled_from(sorted(value)), unique=True)) if value else [],
        "minProperties": max(0, len(value) - draw(st.integers(0, 2))),
        "maxProperties": len(value) + draw(st.integers(0, 2)),
        "propertyNames": {"pattern": "^[a-z0-9-]+$"},
        "patternProperties": {"^zz": {"type": "integer"}},
        "dependentRequired": {name: sorted(value) for name in list(value)[:1]},
        "dependentSchemas": {name: {"required": [name]} for name in list(value)[:1]},
    }
    found = _some(draw, told)
    closing = draw(st.sampled_from(("", "", "additionalProperties", "unevaluatedProperties")))
    if closing and "properties" in found:
        found[closing] = False
    return found


def _some(draw: st.DrawFn, told: dict[str, Any]) -> dict[str, Any]:
    kept = draw(st.sets(st.sampled_from(sorted(told)), max_size=4)) if told else set()
    return {key: one for key, one in told.items() if key in kept}


def _other(draw: st.DrawFn, value: Any) -> Any:
    """A schema that *value* does not fit."""
    others = [one for one in _TYPES if one not in (_type(value), "number" if _type(value) == "integer" else "")]
    return draw(st.sampled_from(({"type": draw(st.sampled_from(others))}, {"const": [_key(value)]}, {"not": True})))


_BY_TYPE: dict[str, Callable[[st.DrawFn, Any, int], dict[str, Any]]] = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "array": _array,
    "object": _object,
}
_APPLIED: dict[str, Callable[[st.DrawFn, Any, int], Any]] = {
    "allOf": lambda draw, value, depth: [_inner(draw, value, depth), _inner(draw, value, depth)],
    "anyOf": lambda draw, value, depth: [_other(draw, value), _inner(draw, value, depth)],
    "oneOf": lambda draw, value, depth: [_inner(draw, value, depth), _other(draw, value)],
    "not": lambda draw, value, depth: _other(draw, value),
    "if": lambda draw, value, depth: _inner(draw, value, depth),
}


@given(value=_VALUES, data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.parametrize("way", ["first", "other"])
def test_a_schema_that_has_a_value_gets_one(schemas_of: Make, way: str, value: Any, data: st.DataObject) -> None:
    schema = data.draw(_around(value))
    if "if" in schema and data.draw(st.booleans()):
        schema["then"], schema["else"] = data.draw(_around(value, 1)), False
    judge = jsonschema.Draft202012Validator(schema)
    assert judge.is_valid(value), "the test itself"
    schemas = schemas_of({"It": schema})
    specimens = Specimens(schemas.api.schemas["It"], schemas)
    made = specimens.first() if way == "first" else specimens.other(1)
    assert [error.message for error in judge.iter_errors(made)] == []
