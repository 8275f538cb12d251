"""
What `changes` calls compatible, tried: values of one schema are made, and the other has to accept them. And the other
way round: an instance that is told is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymacaron.changes.containment.containment import Containment
from pymacaron.changes.containment.definitions import Definitions
from pymacaron.schema.codec import Schemas
from pymacaron.schema.specimens.specimens import NoValue, Specimens

Make = Callable[..., Schemas]
NAMES = ("a", "b", "c")
#: PYMACARON_EXAMPLES=20000 looks longer
EXAMPLES = int(os.environ.get("PYMACARON_EXAMPLES", "40"))


def _some(**members: Any) -> Any:
    """A dict that may have each of *members*."""
    return st.fixed_dictionaries({}, optional=members)


def _typed(kind: Any, **members: Any) -> Any:
    return st.builds(lambda name, rest: {"type": name, **rest}, st.sampled_from(kind), _some(**members))


SMALL = st.integers(0, 3)
LEAVES = st.one_of(
    st.sampled_from([True, {}, {"type": "null"}, {"const": 1}, {"const": "x"}, {"const": None}]),
    _typed(
        ["integer", "number", ["integer", "null"]],
        minimum=SMALL,
        maximum=st.integers(2, 6),
        exclusiveMinimum=SMALL,
        multipleOf=st.sampled_from([1, 2, 0.5]),
    ),
    _typed(
        ["string", ["string", "null"]],
        minLength=SMALL,
        maxLength=st.integers(3, 6),
        pattern=st.sampled_from(["^[a-z]+$", "^a", ".*"]),
        format=st.sampled_from(["date", "uuid", "uri"]),
    ),
    st.builds(
        lambda some: {"enum": some}, st.lists(st.sampled_from(["x", "y", 1, 2, None, True]), min_size=1, max_size=3)
    ),
    st.sampled_from([{"$ref": "#/components/schemas/P"}, {"$ref": "#/components/schemas/Q"}]),
)


def _larger(inner: Any) -> Any:
    some = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        _typed(
            ["object", ["object", "null"]],
            properties=st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
            required=st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
            additionalProperties=st.one_of(st.just(False), inner),
            patternProperties=st.dictionaries(st.sampled_from(["^a", "^x-"]), inner, max_size=1),
            minProperties=SMALL,
            maxProperties=st.integers(2, 4),
            unevaluatedProperties=st.just(False),
            dependentRequired=st.just({"a": ["b"]}),
        ),
        _typed(
            ["array"],
            items=st.one_of(st.just(False), inner),
            prefixItems=some,
            minItems=SMALL,
            maxItems=st.integers(2, 4),
            uniqueItems=st.booleans(),
            contains=inner,
        ),
        st.builds(lambda keyword, branches: {keyword: branches}, st.sampled_from(["anyOf", "oneOf", "allOf"]), some),
        st.builds(lambda one: {"not": one}, inner),
        st.builds(lambda test, yes: {"if": test, "then": yes}, inner, inner),
    )


SCHEMAS = st.recursive(LEAVES, _larger, max_leaves=8)


@st.composite
def _pairs(draw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Three schemas, and the same with one of them, or a part of one, put in another's place."""
    old = {name: draw(SCHEMAS) for name in ("It", "P", "Q")}
    new = {name: _changed(schema, draw) for name, schema in old.items()}
    return old, new


def _changed(schema: Any, draw: Any) -> Any:
    """*schema*, of which at most one member is another, or is gone."""
    how = draw(st.sampled_from(["same", "same", "in", "in", "gone", "other"]))
    if how == "same" or not isinstance(schema, dict) or not schema:
        return schema if how != "other" else draw(SCHEMAS)
    name = draw(st.sampled_from(sorted(schema)))
    said = schema[name]
    if how == "gone":
        return {key: value for key, value in schema.items() if key != name}
    if name in ("properties", "patternProperties"):
        return {**schema, name: {key: _changed(value, draw) for key, value in said.items()}}
    if name in ("anyOf", "oneOf", "allOf", "prefixItems"):
        return {
            **schema,
            name: [_changed(one, draw) for one in said] + ([draw(SCHEMAS)] if draw(st.booleans()) else []),
        }
    if isinstance(said, dict) and name not in ("const", "dependentRequired"):
        return {**schema, name: _changed(said, draw)}
    if isinstance(said, int) and not isinstance(said, bool) and name != "const":
        return {**schema, name: max(1, said + draw(st.sampled_from([-1, 1])))}
    return schema


def _compared(schemas_of: Make, old: Any, new: Any) -> tuple[Definitions, Containment, list[Any], list[Schemas]]:
    both = [schemas_of(old, "3.1.0"), schemas_of(new, "3.1.0")]
    definitions = Definitions(both[0], both[1], "response")
    roots = [definitions.root(side, one.api.schemas["It"]) for side, one in enumerate(both)]
    definitions.learn(roots)
    return definitions, Containment(definitions), roots, both


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(_pairs())
def test_what_is_contained_is_accepted_with_every_value(schemas_of: Make, pair: Any) -> None:
    definitions, containment, roots, both = _compared(schemas_of, *pair)
    for side in (0, 1):
        left, right = roots[side], roots[1 - side]
        gaps = [gap for gap in containment.gaps(left, right) if not gap.is_soft]
        specimens = Specimens(both[side].api.schemas["It"], both[side], "changes")
        for turn in range(8):
            try:
                value = specimens.other(turn) if turn else specimens.first()
            except NoValue:
                break
            assert gaps or definitions.accepts(right, value), (side, value)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(_pairs())
def test_a_schema_that_stays_is_no_change(schemas_of: Make, pair: Any) -> None:
    _, containment, roots, _ = _compared(schemas_of, pair[0], pair[0])
    assert containment.gaps(*roots) == containment.gaps(*reversed(roots)) == []


CHAIN = 12


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf", "allOf"])
def test_schemas_that_lead_to_one_another_many_times_over_come_to_an_end(schemas_of: Make, keyword: str) -> None:
    def those(last: str) -> dict[str, Any]:
        chain = {
            f"S{number}": {
                "type": "object",
                "properties": {
                    f"p{i}": {"$ref": f"#/components/schemas/S{(number * 7 + i) % CHAIN}"} for i in range(5)
                },
                keyword: [
                    {"required": ["p0"]},
                    {"properties": {"q": {"$ref": f"#/components/schemas/S{(number + 1) % CHAIN}"}}},
                ],
            }
            for number in range(CHAIN)
        }
        return {"It": {"$ref": "#/components/schemas/S0"}, **chain, "S7": {"type": last}}

    _, containment, roots, _ = _compared(schemas_of, those("integer"), those("number"))
    assert [gap for gap in containment.gaps(*roots) if gap.kind == "type"] == []
    gaps = [gap for gap in containment.gaps(*reversed(roots)) if gap.kind == "type"]
    assert [gap.wanted for gap in gaps] == [["integer"]]


def test_a_schema_that_means_itself_proves_nothing(schemas_of: Make) -> None:
    old = {"It": {"type": "string"}, "P": {}}
    new = {
        "It": {"$ref": "#/components/schemas/P"},
        "P": {"anyOf": [{"$ref": "#/components/schemas/P"}, {"type": "integer"}]},
    }
    _, containment, roots, _ = _compared(schemas_of, old, new)
    assert containment.gaps(*roots) != []
