"""What each version of the format makes of a schema, and that nothing broken in one keeps it from being used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.dialect import pattern_problem, usable_pattern

Make = Callable[..., Codec]


def accepted(codec: Codec, *values: Any) -> list[bool]:
    return [not codec.violations(value, "body") for value in values]


# ---- null


@pytest.mark.parametrize(
    ("version", "schema", "null", "other"),
    [
        ("2.0", {"type": "string", "x-nullable": True}, True, "a"),
        ("2.0", {"type": "string", "x-nullable": True, "enum": ["a"]}, True, "a"),
        ("2.0", {"allOf": [{"type": "string"}], "x-nullable": True}, True, "a"),
        ("2.0", {"$ref": "#/definitions/Text", "x-nullable": True}, True, "a"),
        ("2.0", {"type": "string", "nullable": True}, False, "a"),
        ("3.0.3", {"type": "string", "nullable": True}, True, "a"),
        ("3.0.3", {"type": "string", "nullable": True, "enum": ["a"]}, False, "a"),
        ("3.0.3", {"type": "string", "nullable": True, "enum": ["a", None]}, True, "a"),
        ("3.0.3", {"nullable": False}, True, "a"),
        ("3.0.3", {"nullable": True, "allOf": [{"type": "string"}]}, False, "a"),
        ("3.0.3", {"$ref": "#/components/schemas/Text", "nullable": True}, False, "a"),
        ("3.0.3", {"type": "string", "x-nullable": True}, False, "a"),
        ("3.1.0", {"type": "string", "nullable": True}, False, "a"),
        ("3.1.0", {"type": ["string", "null"]}, True, "a"),
    ],
)
def test_null(codec_of: Make, version: str, schema: dict[str, Any], null: bool, other: Any) -> None:
    codec = codec_of(schema, version, others={"Text": {"type": "string"}})
    assert (accepted(codec, None, other, {}), codec.allows_null) == (
        [null, True, "nullable" in schema and schema == {"nullable": False}],
        null,
    )


# ---- keywords that differ


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_exclusive_limits_of_both_kinds(codec_of: Make, version: str) -> None:
    old = {"minimum": 1, "exclusiveMinimum": True, "maximum": 3, "exclusiveMaximum": True}
    assert accepted(codec_of(old, version), 1, 2, 3) == [False, True, False]
    assert accepted(codec_of({"exclusiveMinimum": 1, "exclusiveMaximum": 3}, version), 1, 2, 3) == [False, True, False]
    assert accepted(codec_of({"minimum": 1, "exclusiveMinimum": False}, version), 0, 1) == [False, True]


@pytest.mark.parametrize(("version", "applies"), [("2.0", False), ("3.0.3", False), ("3.1.0", True), ("3.2.0", True)])
def test_siblings_of_a_reference_apply_from_3_1(codec_of: Make, version: str, applies: bool) -> None:
    place = "#/definitions/Text" if version == "2.0" else "#/components/schemas/Text"
    codec = codec_of({"$ref": place, "maxLength": 1}, version, others={"Text": {"type": "string"}})
    assert accepted(codec, "a", "ab", 1) == [True, not applies, False]


def test_keywords_that_a_version_does_not_have_are_ignored(codec_of: Make) -> None:
    assert accepted(codec_of({"oneOf": [{"type": "string"}]}, "2.0"), 1) == [True]
    assert accepted(codec_of({"const": 1}, "3.0.3"), 2) == [True]
    assert accepted(codec_of({"const": 1}, "3.1.0"), 2) == [False]


def test_a_file_is_anything(codec_of: Make) -> None:
    assert accepted(codec_of({"type": "file"}, "2.0"), "a", 1, None) == [True, True, True]


def test_tuples_and_dependencies_of_draft_4(codec_of: Make) -> None:
    codec = codec_of({"items": [{"type": "string"}], "additionalItems": False}, "3.0.3")
    assert accepted(codec, ["a"], [1], ["a", 1]) == [True, False, False]
    codec = codec_of({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}, "3.0.3")
    assert accepted(codec, {"a": 1}, {"a": 1, "b": 2}, {"c": 1}) == [False, True, False]


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_required_depends_on_the_direction(schemas_of: Callable[..., Schemas], version: str) -> None:
    place = "#/definitions/" if version == "2.0" else "#/components/schemas/"
    base = {
        "required": ["id", "name", "password", "link"],
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "name": {"type": "string"},
            "password": {"type": "string", "writeOnly": True},
            "link": {"$ref": f"{place}Link"},
        },
    }
    shop = schemas_of(
        {
            "Base": base,
            "Link": {"type": "string", "readOnly": True},
            "More": {"allOf": [{"$ref": f"{place}Base"}, {"required": ["id"]}]},
        },
        version,
    )
    for name in ("Base", "More"):
        schema = shop.api.schemas[name]
        asked = [[v.pointer for v in shop.codec(schema, way).violations({}, "body")] for way in ("request", "response")]
        assert asked == [["/name", "/password"], ["/id", "/name", "/link"]]
        sent = {"id": "1", "name": "a", "password": "b", "link": "c"}
        assert [shop.codec(schema, way).violations(sent, "body") for way in ("request", "response")] == [[], []]


def test_only_what_is_reached_is_in_the_bundle(schemas_of: Callable[..., Schemas]) -> None:
    def ref(name: str) -> dict[str, Any]:
        return {"$ref": f"#/components/schemas/{name}"}

    shop = schemas_of({"A": {"properties": {"b": ref("B")}}, "B": {"items": ref("A")}, "C": {"type": "string"}})
    assert shop.bundle(shop.api.schemas["A"], "request") == {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"properties": {"b": {"$ref": "#/$defs/B"}}}, "B": {"items": {"$ref": "#/$defs/A"}}},
    }


def test_schemas_of_other_files_and_odd_names(schemas_of: Callable[..., Schemas], tmp_path: Any) -> None:
    (tmp_path / "more.yaml").write_text("A/b c:\n  type: integer\nlocal:\n  $ref: '#/A~1b%20c'\n")
    shop = schemas_of(
        {"A/b c": {"$ref": "more.yaml#/local"}, "It": {"items": {"$ref": "#/components/schemas/A~1b%20c"}}}
    )
    assert accepted(shop.codec(shop.api.schemas["It"], "request"), [1], ["a"]) == [True, False]


def test_anchors_and_ids(codec_of: Make) -> None:
    schema = {
        "$id": "https://example.com/it",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "items": {"$ref": "#number"},
        "$defs": {"n": {"$anchor": "number", "type": "integer"}},
    }
    assert accepted(codec_of(schema), [1], ["a"]) == [True, False]


def test_a_dynamic_reference_is_the_anchor_of_its_document(codec_of: Make) -> None:
    schema = {"$dynamicAnchor": "node", "type": "object", "properties": {"child": {"$dynamicRef": "#node"}}}
    assert accepted(codec_of(schema), {"child": {"child": {}}}, {"child": {"child": 1}}) == [True, False]


def test_schemas_that_reach_many_share_one_validator(schemas_of: Callable[..., Schemas]) -> None:
    names = [f"S{number}" for number in range(80)]
    schemas = {
        name: {
            "type": "object",
            "properties": {"next": {"$ref": f"#/components/schemas/{following}"}, "n": {"type": "integer"}},
        }
        for name, following in zip(names, [*names[1:], names[0]], strict=True)
    }
    shop = schemas_of(schemas)
    codecs = [shop.codec(shop.api.schemas[name], "request") for name in names]
    assert [codec.violations({"next": {"n": 1}}, "body") for codec in codecs] == [[]] * 80
    assert [[v.as_dict() for v in codec.violations({"next": {"n": "x"}}, "body", "/in")] for codec in codecs] == [
        [{"in": "body", "pointer": "/in/next/n", "code": "type", "detail": "'x' is not an integer"}]
    ] * 80
    assert len({id(codec._validator) for codec in codecs}) == 1


# ---- what is broken


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize(
    "junk",
    [
        {"type": "any"},
        {"type": []},
        {"type": ["string", "string", 3, "integer"]},
        {"type": None},
        {"required": True},
        {"required": ["a", "a", 3]},
        {"enum": "a"},
        {"enum": {"a": 1}},
        {"minimum": "3", "maximum": True, "multipleOf": 0, "minLength": -1, "maxLength": 1.5, "minItems": "1"},
        {"minLength": 1.0},
        {"pattern": "["},
        {"pattern": 3},
        {"patternProperties": {"[": {}}},
        {"properties": [], "items": 3, "additionalProperties": None, "allOf": {}, "oneOf": "a", "not": []},
        {"properties": {"a": 3, "b": None, "c": "string"}},
        {"items": []},
        {"allOf": [], "anyOf": [], "oneOf": []},
        {"allOf": [3, None, "a"], "oneOf": [3]},
        {"$ref": "#/nowhere"},
        {"$ref": 3},
        {"items": {"$ref": "missing.yaml"}},
        {"discriminator": 3},
        {"discriminator": {"propertyName": 3}},
        {"discriminator": {"propertyName": "a", "mapping": {"x": "#/nowhere", "y": 3}}, "oneOf": [{"type": "object"}]},
        {"title": 3, "description": [], "deprecated": "no", "readOnly": "yes", "example": {}, "xml": 3, "examples": 3},
        {"format": 3, "default": "x", "uniqueItems": "yes"},
        {"$anchor": "1 2", "$id": "::", "$schema": "nowhere", "$defs": 3, "definitions": 3, "$comment": 3},
        {
            "dependentRequired": 3,
            "dependencies": {"a": 3},
            "if": 3,
            "prefixItems": {},
            "contains": 3,
            "minContains": "a",
        },
    ],
)
def test_what_is_broken_in_a_schema_is_passed_over(codec_of: Make, version: str, junk: dict[str, Any]) -> None:
    codec = codec_of({"type": "object", "properties": {"it": junk}}, version)
    codec.violations({"it": 1}, "body")
    codec.convert({"it": [1]})
    other = codec_of(junk, version)
    other.violations(1, "body")
    other.violations({"a": 1}, "body")
    assert isinstance((other.types, other.items, other.properties, other.has_default), tuple)


def test_schemas_that_contain_themselves_in_place_end(codec_of: Make) -> None:
    for keyword in ("allOf", "anyOf", "oneOf"):
        codec = codec_of({"type": "string", keyword: [{"$ref": "#/components/schemas/It"}]})
        assert accepted(codec, 1) == [False]
        assert codec.types == {"string"}


def test_deeply_nested_schemas_are_used(codec_of: Make) -> None:
    schema: dict[str, Any] = {"type": "integer"}
    value: Any = 1
    wrong: Any = "x"
    for _ in range(400):
        schema = {"properties": {"a": schema}}
        value, wrong = {"a": value}, {"a": wrong}
    assert accepted(codec_of(schema), value) == [True]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("^[a-z]+$", None),
        (r"^[\w-.]+$", None),
        ("[^]", None),
        ("a{,3}", None),
        ("a{b}", None),
        (r"\a", None),
        ("(?=a)a", None),
        ("[", "is no regular expression of ECMA-262"),
        ("(", "is no regular expression of ECMA-262"),
        ("*", "is no regular expression of ECMA-262"),
        ("(?>a)", "is no regular expression of ECMA-262"),
    ],
)
def test_which_patterns_can_be_used(pattern: str, problem: str | None) -> None:
    assert pattern_problem(pattern) == problem


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^[\w-.]+$", "a-b.c", "a b"),
        ("^[^]$", "\n", ""),
        ("^a{,3}$", "a{,3}", "aa"),
        ("^a{b}$", "a{b}", "ab"),
        (r"^\d$", "3", "٣"),
        ("^a$", "a", "a\n"),
        ("b", "abc", "ac"),
        ("^(a+)+$", "a" * 40, "a" * 40 + "b"),
    ],
)
def test_patterns_mean_what_ecma_262_says(codec_of: Make, pattern: str, good: str, bad: str) -> None:
    assert usable_pattern(pattern) is not None
    assert accepted(codec_of({"pattern": pattern}), good, bad) == [True, False]


@pytest.mark.parametrize(("keyword", "fits"), [("oneOf", False), ("anyOf", True), ("allOf", True)])
def test_a_long_chain_of_pairs_of_the_same_alternative_is_validated(codec_of: Make, keyword: str, fits: bool) -> None:
    def pair(number: int) -> dict[str, Any]:
        return {keyword: [{"$ref": f"#/components/schemas/A{number}"}] * 2}

    chain: dict[str, Any] = {f"A{number}": pair(number + 1) for number in range(40)}
    codec = codec_of(pair(0), others={**chain, "A40": {"type": "integer"}})
    assert accepted(codec, 1, "x") == [fits, False]


def test_of_one_of_an_alternative_that_is_there_twice_fits_nothing(codec_of: Make) -> None:
    integer = {"$ref": "#/components/schemas/Int"}
    codec = codec_of({"oneOf": [integer, {"type": ["string", "null"]}, integer]}, others={"Int": {"type": "integer"}})
    assert accepted(codec, 1, "abc", None, 1.5) == [False, True, True, False]
