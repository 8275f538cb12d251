"""Going down into a value says the same as the validator does of all of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymacaron.schema.descent import Descent, Nodes
from pymacaron.schema.formats import FORMATS
from pymacaron.schema.validators import validator
from pymacaron.schema.violations import explain

Schema = dict[str, Any]

NAMES = ("a", "b", "c", "a/b", "token")
LEAVES: list[Schema | bool] = [
    *({"type": name} for name in ("string", "integer", "number", "boolean", "null", "object", "array")),
    {"type": ["string", "null"]},
    {"type": "string", "minLength": 2, "maxLength": 3},
    {"type": "string", "minLength": 2, "pattern": "^[a-c]+$"},
    {"type": "string", "pattern": "^(?!b)"},
    {"type": "string", "format": "date"},
    {"type": "integer", "minimum": 1, "maximum": 3},
    {"type": "number", "exclusiveMinimum": 0.5, "multipleOf": 0.5},
    {"type": "string", "enum": ["x", "yy"]},
    {"enum": [1, None, "x", [1]]},
    {"const": {"a": 1}},
    {"minimum": 2},
    {"type": "array", "minItems": 2, "uniqueItems": True},
    {"type": "object", "minProperties": 2},
    {"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 1}]},
    {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "null"}]},
    {"type": "object", "patternProperties": {"^a": {"type": "integer"}}},
    {},
    True,
    False,
]
REFERENCES: list[Schema] = [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}]


def objects(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", ["object", "null"]]),
            "properties": st.dictionaries(st.sampled_from(NAMES), schemas, max_size=4),
            "required": st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
            "additionalProperties": st.one_of(st.just(False), schemas),
            "maxProperties": st.just(2),
        },
    ).map(declared)


def declared(schema: Schema) -> Schema:
    """*schema* without a demand that nothing fulfils: the validator calls it missing where it is not."""
    if schema.get("additionalProperties") is False and "required" in schema:
        return {**schema, "required": [name for name in schema["required"] if name in schema.get("properties", ())]}
    return schema


def arrays(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries({"items": schemas}, optional={"type": st.just("array"), "minItems": st.just(2)})


def compositions(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries(
        {"allOf": st.lists(schemas, min_size=1, max_size=2)}, optional={"$ref": st.just("#/$defs/B")}
    )


SCHEMAS = st.recursive(
    st.sampled_from([*LEAVES, *REFERENCES]),
    lambda inner: st.one_of(objects(inner), objects(inner), arrays(inner), compositions(inner)),
    max_leaves=8,
)
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1, 1.0, 2.5, 10**30, "", "b", "x", "abc", "abcd", "2026-03-04", "ab\U0001f600"]),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from([*NAMES, "d"]), inner, max_size=4), st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)


def make(schema: Any) -> Any:
    return validator(schema, FORMATS)


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries({"root": objects(SCHEMAS), "A": SCHEMAS, "B": objects(SCHEMAS)}).filter(
        lambda definitions: definitions["A"] not in REFERENCES
    ),
    st.lists(VALUES, min_size=1, max_size=4),
    st.sampled_from(["", "/limit", "/token"]),
)
def test_it_says_what_the_validator_says(definitions: dict[str, Any], values: list[Any], pointer: str) -> None:
    bundle = {"$ref": "#/$defs/root", "$defs": definitions}
    whole, descent = make(bundle), Descent(bundle, Nodes(make), False)
    for value in values:
        if not whole.is_valid(value):
            found = descent.violations(value, "body", pointer)
            assert found is None or found == explain(
                whole.iter_errors(value), value, bundle, "body", pointer, passwords=False
            )


LINE: Schema = {
    "type": "object",
    "required": ["b", "a"],
    "additionalProperties": False,
    "properties": {
        "a": {"type": "string", "pattern": "^[a-c]+$"},
        "b": {"type": "integer", "minimum": 1, "maximum": 3},
        "c": {"type": "string", "minLength": 1, "maxLength": 2},
        "a/b": {"type": "number", "minimum": 0.5},
        "token": {"type": "string", "enum": ["x", "yy"]},
    },
}
PLACE: Schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}, "b": {"type": "null"}}}
ORDER: Schema = {
    "type": "object",
    "required": ["lines", "date", "b"],
    "properties": {
        "b": {"type": ["integer", "null"]},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/A"}, "maxItems": 3},
        "a/b": {"$ref": "#/$defs/B"},
        "date": {"type": "string", "format": "date"},
        "places": {"type": "object", "additionalProperties": {"$ref": "#/$defs/B"}},
        "pairs": {"type": "array", "items": {"$ref": "#/$defs/B"}},
    },
}


def nearly(good: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of *good* members in any order, of which some are missing, are something else, or are not declared."""
    members = {name: st.one_of(st.just(None) if value is None else value, VALUES) for name, value in good.items()}
    return st.fixed_dictionaries({}, optional={**members, "d": VALUES}).flatmap(
        lambda made: st.permutations(list(made)).map(lambda names: {name: made[name] for name in names})
    )


LINES = nearly(
    {
        "a": st.sampled_from(["a", "abc"]),
        "b": st.integers(1, 3),
        "c": st.sampled_from(["a", "ab", "é"]),
        "a/b": st.sampled_from([1, 0.5, 7.5]),
        "token": st.sampled_from(["x", "yy"]),
    }
)
PLACES = nearly({"a": st.booleans(), "b": st.none()})
ORDERS = nearly(
    {
        "b": st.integers(),
        "lines": st.lists(LINES, max_size=4),
        "a/b": PLACES,
        "date": st.just("2026-03-04"),
        "places": st.dictionaries(st.sampled_from(["x", "a~b/c", "secret"]), PLACES, max_size=2),
        "pairs": st.lists(PLACES, max_size=3),
    }
)


@settings(max_examples=300, deadline=None)
@given(ORDERS)
def test_of_mistakes_in_what_is_nearly_right_it_says_what_the_validator_says(value: Any) -> None:
    bundle = {"$ref": "#/$defs/root", "$defs": {"root": ORDER, "A": LINE, "B": PLACE}}
    whole = make(bundle)
    if not whole.is_valid(value):
        wanted = explain(whole.iter_errors(value), value, bundle, "body", passwords=False)
        descent = Descent(bundle, Nodes(make), False)
        # Once more: what is said of a schema is kept
        assert [descent.violations(value, "body") in (None, wanted) for _ in range(2)] == [True, True]


def test_what_is_far_down_has_the_pointer_that_the_validator_has() -> None:
    name = "n/~" * 60
    schema: Any = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    for _ in range(20):
        schema = {"type": "object", "properties": {name: schema}}
    value: Any = {"a": "x"}
    for _ in range(20):
        value = {name: value}
    bundle = {"$ref": "#/$defs/root", "$defs": {"root": schema}}
    wanted = explain(make(bundle).iter_errors(value), value, bundle, "body", passwords=False)
    assert Descent(bundle, Nodes(make), False).violations(value, "body") == wanted
    assert wanted[0].pointer.endswith("/…")


def test_objects_that_fit_but_for_what_they_declare_cost_no_part_of_what_is_looked_at() -> None:
    definitions = {"root": {"type": "array", "items": PLACE}}
    descent = Descent({"$ref": "#/$defs/root", "$defs": definitions}, Nodes(make), False)
    found = descent.violations([*[{"a": True, "other": [0] * 9}] * 1_000, {"b": None}], "body")
    assert [violation.pointer for violation in found or ()] == ["/1000/a"]


def test_a_value_that_is_large_or_has_many_mistakes_is_left_to_others() -> None:
    definitions = {"root": {"type": "array", "items": {"type": "integer"}}}
    descent = Descent({"$ref": "#/$defs/root", "$defs": definitions}, Nodes(make), False)
    assert len(descent.violations(["x"] * 100, "body") or ()) == 100
    assert descent.violations(["x"] * 101, "body") is None
    assert descent.violations([1] * 2_000 + ["x"], "body") is None


def test_a_schema_that_is_itself_is_left_to_others() -> None:
    definitions = {"root": {"allOf": [{"$ref": "#/$defs/root"}], "required": ["a"]}}
    descent = Descent({"$ref": "#/$defs/root", "$defs": definitions}, Nodes(make), False)
    assert descent.violations({}, "body") is None


def test_schemas_that_refer_to_the_next_again_and_again_are_looked_at_once() -> None:
    far = {
        f"D{n}": {"type": "object", "properties": {f"p{m}": {"$ref": f"#/$defs/D{n + 1}"} for m in range(20)}}
        for n in range(7)
    }
    bundle = {"$defs": {**far, "D7": {"type": "integer"}}, "$ref": "#/$defs/D0"}
    found = Descent(bundle, Nodes(make), False).violations({"p0": 3}, "body")
    assert [(one.pointer, one.code) for one in found or ()] == [("/p0", "type")]


@pytest.mark.parametrize("keyword", ["const", "enum"])
def test_what_looks_like_a_reference_in_a_value_is_none(keyword: str) -> None:
    value: Any = {"$ref": "#/$defs/Nowhere"}
    member = {keyword: [value, 1] if keyword == "enum" else value}
    lines = {"type": "object", "properties": {"count": {"type": "integer"}}}
    root = {"type": "object", "properties": {"a": member, "lines": lines}}
    bundle = {"$ref": "#/$defs/root", "$defs": {"root": root}}
    found = Descent(bundle, Nodes(make), False).violations({"a": value, "lines": {"count": "x"}}, "body")
    assert [(one.pointer, one.code) for one in found or ()] == [("/lines/count", "type")]


NAMES_FIT: Schema = {"propertyNames": {"pattern": "^[a-c]+$"}}
MANY: dict[str, Any] = {f"k{number}": {} for number in range(1900)}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (NAMES_FIT, MANY),
        ({"anyOf": [{"type": "string"}, NAMES_FIT]}, MANY),
        ({"patternProperties": {"^a": NAMES_FIT}}, {"a": MANY}),
        ({"patternProperties": {"^k": {"required": [f"m{number}" for number in range(300)]}}}, MANY),
    ],
)
def test_what_may_have_many_errors_for_each_part_is_left_to_others_unasked(
    monkeypatch: pytest.MonkeyPatch, schema: Schema, value: Any
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("pymacaron.schema.descent.Texts", lambda *args: asked.append(args))
    bundle = {"$ref": "#/$defs/It", "$defs": {"It": schema}}
    descent = Descent(bundle, Nodes(make), False)
    assert (descent.violations(value, "body"), asked) == (None, [])
