"""
Round trips: what was read and is written again is the same JSON, whatever was looked at in between.

Schemas and values of them are generated together; docs/values.md has the single cases, and tests/server/test_values.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymacaron.schema.codec import Schemas
from pymacaron.schema.models import Model, clone, to_json
from pymacaron.spec.load import load

#: A schema, and what generates valid values of it
Pair = tuple[Any, st.SearchStrategy[Any]]


@dataclass
class Money:
    euros: Decimal


FORMATS = {
    "money": (None, lambda text: Money(Decimal(text)), lambda money: str(money.euros)),
    "turned": (None, lambda text: text[::-1], lambda text: text[::-1]),
    "cents": (lambda number: number >= 0, Decimal, int),
}

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**100), 10**100)
DIGITS = st.integers(0, 59).map("{:02}".format)
OFFSETS = st.sampled_from(["Z", "z", "+00:00", "-00:00", "+05:30", "-11:59"])


def date_times() -> st.SearchStrategy[str]:
    fractions = st.just("") | st.integers(0, 10**12).map(".{}".format)
    times = st.builds("{:02}:{}:{}{}".format, st.integers(0, 23), DIGITS, DIGITS, fractions)
    usual = st.builds("{}{}{}{}".format, st.dates().map(str), st.sampled_from("Tt"), times, OFFSETS)
    return usual | st.sampled_from(["2016-12-31T23:59:60Z", "2017-01-01T00:59:60.5+01:00", "0000-01-01T00:00:00Z"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)

SCALARS: list[Pair] = [
    ({}, ANYTHING),
    ({"type": "null"}, st.none()),
    ({"type": "boolean"}, st.booleans()),
    ({"type": "integer"}, st.integers(-(10**100), 10**100) | st.sampled_from([1.0, -0.0, 1e22])),
    ({"type": "number"}, NUMBERS),
    ({"type": "string"}, TEXTS),
    ({"type": ["string", "integer", "null"]}, TEXTS | st.integers() | st.none()),
    ({"enum": ["a", 1, None, {"a": [1]}]}, st.sampled_from(["a", 1, None, {"a": [1]}])),
    ({"const": [1.0, {}]}, st.just([1.0, {}])),
    ({"type": "string", "format": "date-time"}, date_times()),
    ({"type": "string", "format": "date"}, st.dates().map(str)),
    ({"type": "string", "format": "uuid"}, st.uuids().map(str) | st.uuids().map(lambda one: str(one).upper())),
    ({"type": "string", "format": "byte"}, st.sampled_from(["", "aGk=", "QR==", "AAAA"])),
    ({"type": "string", "format": "money"}, st.decimals(allow_nan=False, allow_infinity=False).map(str)),
    ({"type": "string", "format": "turned"}, TEXTS),
    ({"type": "integer", "format": "cents"}, st.integers(0, 10**30)),
    ({"oneOf": [{"type": "integer"}, {"type": "string", "format": "turned"}]}, TEXTS | st.integers()),
    (
        {"anyOf": [{"type": "string", "format": "money"}, {"type": "string"}]},
        st.sampled_from(["1.50", "5", "x", "", "a:b"]),
    ),
]
NAMES = st.sampled_from(["id", "a-b", "class", "to_json", "names", "é", "__slots__", "x1", ""])


def arrays(inner: Pair) -> Pair:
    schema, values = inner
    return {"type": "array", "items": schema}, st.lists(values, max_size=3)


def maps(inner: Pair) -> Pair:
    schema, values = inner
    return {"type": "object", "additionalProperties": schema}, st.dictionaries(TEXTS, values, max_size=3)


def tuples(inner: list[Pair]) -> Pair:
    return {"type": "array", "prefixItems": [schema for schema, _ in inner]}, st.tuples(*(v for _, v in inner)).map(
        list
    )


def patterned(inner: Pair) -> Pair:
    schema, values = inner
    names = st.text("ab", max_size=3).map("x-{}".format)
    return {"type": "object", "patternProperties": {"^x-": schema}}, st.dictionaries(names, values, max_size=3)


def objects(inner: dict[str, Pair], default: Any, wrapped: bool) -> Pair:
    properties = {name: schema for name, (schema, _) in inner.items()}
    values = st.fixed_dictionaries({}, optional={name: value for name, (_, value) in inner.items()})
    if default is not None:
        properties = {
            name: {**schema, "default": default} if isinstance(schema, dict) and "default" not in schema else schema
            for name, schema in properties.items()
        }
    schema: Any = {"type": "object", "properties": properties}
    return {"allOf": [schema, {"description": "the same"}]} if wrapped else schema, values


def nested(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return (
        inner.map(arrays)
        | inner.map(maps)
        | inner.map(patterned)
        | st.lists(inner, min_size=1, max_size=3).map(tuples)
        | st.builds(
            objects,
            st.dictionaries(NAMES, inner, max_size=4),
            st.sampled_from([None, None, 5, "x", [1], {"a": 1}]),
            st.booleans(),
        )
    )


PAIRS = st.recursive(st.sampled_from(SCALARS), nested, max_leaves=6)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any]:
    schema, values = draw(PAIRS)
    return schema, draw(values)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are, -0.0 and 0.0 too, true and 1 are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def touch(value: Any) -> None:
    """Read everything in *value*, as a handler may."""
    if isinstance(value, Model):
        for name in (*value.__pym_record__.properties, *value):
            touch(value[name])
        for name in value.__pym_record__.attributes:
            touch(getattr(value, name))
    elif isinstance(value, dict):
        for inner in value.values():
            touch(inner)
    elif isinstance(value, list):
        for inner in value:
            touch(inner)


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Schemas]:
    """make(schema) -> Schemas of an api whose schema It that is."""
    path: Path = tmp_path_factory.mktemp("values") / "shop.json"

    def make(schema: Any) -> Schemas:
        document = {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1"},
            "paths": {},
            "components": {"schemas": {"It": schema}},
        }
        path.write_text(json.dumps(document))
        return Schemas(load(path), FORMATS)

    return make


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases())
def test_what_is_read_and_written_again_is_the_same(schemas: Callable[[Any], Schemas], case: tuple[Any, Any]) -> None:
    schema, value = case
    text = json.dumps(value, allow_nan=False).encode()
    shop = schemas(schema)
    node = shop.api.schemas["It"]
    request, response = shop.codec(node, "request"), shop.codec(node, "response")
    assert request.violations(value, "body") == []
    assert same(json.loads(response.encode(request.decode(text))), value)
    read = request.decode(text)
    touch(read)
    assert same(json.loads(response.encode(read)), value)
    assert same(request.plain(read), value)
    if isinstance(read, Model):
        assert same(to_json(read), value)
        assert read == request.decode(text)
        assert same(response.plain(clone(read)), value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"1" * 100, int("1" * 100)),
        (b"1.0", 1.0),
        (b"1E2", 100.0),
        (b"-0.0", -0.0),
        (b"-0", 0),
        (b"1e-400", 0.0),
        (b"0.1000000000000000055511151231257827", 0.1),
        (b'"\\u003a\\ud83d\\ude00\\u0000"', ":😀\x00"),
        (b'{"a":1, "\\u003ab":{"a":2}}', {"a": 1, ":b": {"a": 2}}),
        (b'[{"a":1},{"a":2}, ":"]', [{"a": 1}, {"a": 2}, ":"]),
        (b'\xef\xbb\xbf{"a":[{"b":1}]}', {"a": [{"b": 1}]}),
    ],
)
def test_values_at_the_edges_are_read_exactly(schemas: Callable[[Any], Schemas], text: bytes, value: Any) -> None:
    shop = schemas({})
    codec = shop.codec(shop.api.schemas["It"], "request")
    read = codec.decode(text)
    assert (read, type(read), same(json.loads(codec.encode(read)), value)) == (value, type(value), True)
    assert not isinstance(value, float) or math.copysign(1, read) == math.copysign(1, value)
