"""
Our codec against jsonschema-rs on schemas and values by lot: a fixed number of them, the same in every run.
`make fuzz` looks at others, without end.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from conformance.differential import EXAMPLES, Case, accepts, differences, run
from conformance.strategies import DIALECTS, JSON, api_of, descriptions_of, schema_of
from conformance.translation import Translation
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from lots import number

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.violations import Violations
from pymacaron.spec.model import Dialect


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_jsonschema_rs_accepts_is_accepted_and_comes_back_unchanged(dialect: Dialect) -> None:
    assert run(dialect, number(EXAMPLES // 4, EXAMPLES), 0) == []


def test_a_difference_is_seen() -> None:
    case = Case("3.1", {"It": {"type": "string", "maxLength": 2}}, "request", lambda values: "ab")
    assert differences(case) == []
    case.api = api_of({"It": {"type": "integer"}}, "3.1")
    assert differences(case) == ["jsonschema-rs says valid, we say [\"body 'ab' is not an integer\"]"]


def survives(codec: Codec, data: bytes) -> bool:
    """Whether *data* is decoded and encoded, or refused with violations; any other exception is raised."""
    try:
        codec.encode(codec.decode(data))
    except Violations as refused:
        return refused.violations != []
    return True


TEXTS = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda value: json.dumps(value).encode(), JSON),
    st.builds(
        lambda value, at, more: _spliced(json.dumps(value).encode(), at, more), JSON, st.integers(0, 60), st.binary()
    ),
    st.sampled_from(
        (b"", b" ", b"NaN", b"[1e999]", b"1" * 5000, b"[" * 100_000, b'{"a":' * 50_000, b'"\\ud800"', b"\xff")
    ),
)


def _spliced(text: bytes, at: int, more: bytes) -> bytes:
    return text[:at] + more + text[at:]


@seed(0)
@settings(max_examples=number(50, 200), deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(DIALECTS).flatmap(lambda one: st.tuples(st.just(one), descriptions_of(one))), TEXTS)
def test_any_bytes_are_accepted_or_refused_with_violations(
    described: tuple[Dialect, dict[str, Any]], data: bytes
) -> None:
    dialect, schemas = described
    api = api_of(schemas, dialect)
    codec = Schemas(api).codec(schema_of(api), "request")
    assert survives(codec, data)


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf", "not"])
@pytest.mark.parametrize("data", [b'""', b"[]", b"{}", b'{"a": 1}', b"7"])
def test_a_schema_that_applies_itself_to_the_same_value_is_survived(keyword: str, data: bytes) -> None:
    """JSON Schema 2020-12 Core, 9.4.1, leaves open what it means."""
    itself: Any = {"$ref": "#/components/schemas/It"}
    api = api_of({"It": {"properties": {"a": {}}, keyword: itself if keyword == "not" else [itself]}}, "3.1")
    codec = Schemas(api).codec(schema_of(api), "request")
    assert survives(codec, data)


# ---- the second opinion itself: what translation.py says, worked out by hand

JUDGED: list[tuple[Dialect, str, Any, Any, bool]] = [
    ("2.0", "request", {"type": "string", "x-nullable": True}, None, True),
    ("2.0", "request", {"type": "string", "anyOf": [{"maxLength": 1}]}, "ab", True),
    ("2.0", "request", {"type": "file"}, 7, True),
    ("3.0", "request", {"type": "string", "nullable": True}, None, True),
    ("3.0", "request", {"nullable": True, "enum": ["a"]}, None, False),
    ("3.0", "request", {"minimum": 1, "exclusiveMinimum": True}, 1, False),
    ("3.0", "request", {"minimum": 1, "exclusiveMinimum": False}, 1, True),
    ("3.0", "request", {"exclusiveMinimum": True}, 1, True),
    ("3.0", "request", {"$ref": "#/components/schemas/A", "maxLength": 1}, "ab", True),
    ("3.1", "request", {"$ref": "#/components/schemas/A", "maxLength": 1}, "ab", False),
    ("3.0", "request", {"const": 1}, 2, True),
    ("3.1", "request", {"const": 1}, 2, False),
    ("3.1", "request", {"const": 1}, 1.0, True),
    ("3.0", "request", {"type": "integer"}, 1.0, True),
    ("3.0", "request", {"format": "int32"}, 2**31, False),
    ("3.0", "request", {"format": "time"}, "x", True),
    ("3.1", "request", {"format": "time"}, "x", False),
    ("3.0", "request", {"format": "of-nobody"}, "x", True),
    ("3.0", "request", {"required": ["a"], "properties": {"a": {"readOnly": True}}}, {}, True),
    ("3.0", "response", {"required": ["a"], "properties": {"a": {"readOnly": True}}}, {}, False),
    ("3.1", "response", {"required": ["a"], "properties": {"a": {"writeOnly": True}}}, {}, True),
    ("3.1", "request", {"properties": {"a": True}, "unevaluatedProperties": False}, {"b": 1}, False),
    ("3.2", "request", {"oneOf": [True, {}]}, 1, False),
]


@pytest.mark.parametrize(("dialect", "direction", "schema", "value", "valid"), JUDGED)
def test_both_opinions_are_as_the_specification_has_it(
    dialect: Dialect, direction: Any, schema: Any, value: Any, valid: bool
) -> None:
    api = api_of({"A": {}, "It": schema}, dialect)
    node, translation = schema_of(api), Translation(api, direction)
    ours = Schemas(api).codec(node, direction).violations(value, "body")
    assert (accepts(translation, translation.alone(node), value), not ours) == (valid, valid)
