"""A leaf accepts what the validator accepts, whichever way it is asked, and knows the keyword that says no."""

from __future__ import annotations

from typing import Any

import pytest

from pymacaron.schema.formats import FORMATS
from pymacaron.schema.leaves import Leaf
from pymacaron.schema.validators import validator

Schema = dict[str, Any]


def make(schema: Any) -> Any:
    return validator(schema, FORMATS)


SCHEMAS: list[Schema] = [
    *({"type": name} for name in ("string", "integer", "number", "boolean", "null", "object", "array")),
    {"type": ["string", "null"]},
    {"type": ["integer", "string"]},
    {"type": "string", "minLength": 1},
    {"type": "string", "maxLength": 2},
    {"type": "string", "minLength": 1, "maxLength": 2},
    {"minLength": 2},
    {"type": "string", "enum": ["a", "é"]},
    {"enum": ["a", 1, None]},
    {"type": ["string", "null"], "enum": ["a", None]},
    {"type": "integer", "minimum": 1, "maximum": 3},
    {"type": "number", "minimum": 0.5},
    {"type": "number", "maximum": 2**53},
    {"minimum": 1, "maximum": 2},
    {"type": "integer", "minimum": 3, "maximum": 1},
    {"type": "string", "pattern": "^a"},
    {"type": "string", "format": "date"},
    # what the validator refuses, or compares in a way of its own
    {"type": "string", "minLength": -1, "maxLength": -1},
    {"type": "string", "maxLength": 2.0},
    {"type": "string", "enum": []},
    {"type": "number", "minimum": True},
    {"type": "number", "maximum": 2**60},
    {"type": "integer", "minimum": 10**40},
    {"type": "nothing", "minimum": 1},
    {"type": ["string", "string"], "maxLength": 1},
]
VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, 4, -1, 0.5, 1.0, 2.5, -0.0, 2**53, 2**53 + 1, 2**60, 2**63, 10**40, -(10**40)),
    *(1e300, float(2**53), "", "a", "ab", "abc", "é", "éé", "ééé", "\U0001f600", "\U0001f600" * 3, "2026-03-04"),
    *([], ["a"], {}, {"a": 1}),
]
#: Values that JSON does not have: they are accepted, or the validator is asked
ODD: list[Any] = ["\ud800", "a\udfff\ud800", float("nan"), float("inf"), float("-inf")]


def told(accepts: Any, value: Any) -> Any:
    """What *accepts* says of *value*, or how it fails."""
    try:
        return accepts(value)
    except ValueError as error:
        return type(error)


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_it_accepts_what_the_validator_accepts(schema: Schema) -> None:
    is_valid, accepts = make(schema).is_valid, Leaf(schema, make).known()
    assert [told(accepts, value) for value in VALUES] == [told(is_valid, value) for value in VALUES]
    assert all(told(accepts, value) in (True, told(is_valid, value)) for value in ODD)


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_what_is_sure_of_a_value_is_so(schema: Schema) -> None:
    leaf, is_valid = Leaf(schema, make), make(schema).is_valid
    leaf.known()
    is_sure = eval(f"lambda m: {leaf.sure or False}", {"o": leaf.options})
    assert all(is_valid(value) for value in VALUES if is_sure(value))


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_it_knows_the_one_keyword_that_a_value_breaks(schema: Schema) -> None:
    leaf, whole = Leaf(schema, make), make(schema)
    for value in (*VALUES, *ODD):
        if told(leaf.known(), value) is False and told(whole.is_valid, value) is False:
            check = leaf.broken(value)
            kinds = [error.kind.name for error in whole.iter_errors(value)]
            assert check is None or [check.code] == kinds


def test_a_schema_of_keywords_whose_words_differ_has_no_checks() -> None:
    assert Leaf({"type": "array", "minItems": 2}, make).broken([1]) is None
    assert Leaf({"type": "string", "pattern": "^(?!b)"}, make).broken("b") is None
    assert Leaf(False, make).broken(1) is None
