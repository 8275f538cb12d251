"""Which draft a schema is written by, and what it refers to: `$schema`, `$id`, anchors, dynamic scope, metaschemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.resources import metaschema
from pymacaron.spec.load import load

Make = Callable[..., Codec]
DRAFT_04 = "http://json-schema.org/draft-04/schema#"
DRAFT_06 = "http://json-schema.org/draft-06/schema#"
DRAFT_07 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"
OAS = "https://spec.openapis.org/oas/3.1/dialect/base"


def accepted(codec: Codec, *values: Any) -> list[bool]:
    return [not codec.violations(value, "body") for value in values]


def texts(codec: Codec, value: Any) -> list[str]:
    return [str(violation) for violation in codec.violations(value, "body")]


# ---- dialects


@pytest.mark.parametrize(
    ("draft", "schema", "value"),
    [
        (DRAFT_04, {"const": 1}, 2),
        (DRAFT_04, {"if": {"type": "string"}, "then": False}, "a"),
        (DRAFT_04, {"format": "iri"}, "no iri"),
        (DRAFT_06, {"if": {"type": "string"}, "then": False}, "a"),
        (DRAFT_07, {"dependentRequired": {"a": ["b"]}}, {"a": 1}),
        (DRAFT_07, {"unevaluatedProperties": False}, {"a": 1}),
        (DRAFT_2019, {"prefixItems": [{"type": "string"}]}, [1]),
        (DRAFT_04, {"$ref": "#/$defs/any", "minimum": 9, "$defs": {"any": {}}}, 1),
    ],
)
def test_a_schema_has_the_keywords_of_the_draft_that_it_names(
    codec_of: Make, draft: str, schema: dict[str, Any], value: Any
) -> None:
    named = {"$id": "https://example.com/it", "$schema": draft, **schema}
    assert accepted(codec_of(named), value) == [True]
    assert accepted(codec_of({**named, "$schema": DRAFT_2020}), value) == [False]


def test_the_keywords_that_a_draft_has(codec_of: Make) -> None:
    def named(draft: str, schema: dict[str, Any]) -> Codec:
        return codec_of({"$schema": draft, **schema})

    assert accepted(named(DRAFT_04, {"minimum": 1, "exclusiveMinimum": True}), 1, 2) == [False, True]
    assert accepted(named(DRAFT_06, {"const": 1, "contains": {}}), 1, 2) == [True, False]
    assert accepted(named(DRAFT_07, {"if": {"type": "string"}, "then": False}), "a", 1) == [False, True]
    assert accepted(named(DRAFT_2019, {"dependentRequired": {"a": ["b"]}}), {"a": 1}, {}) == [False, True]
    assert accepted(named(OAS, {"const": 1}), 1, 2) == [True, False]


@pytest.mark.parametrize("version", ["2.0", "3.0.3"])
def test_before_3_1_there_is_no_dollar_schema(codec_of: Make, version: str) -> None:
    schema = {"$schema": DRAFT_07, "type": "string", "nullable": True, "x-nullable": True, "const": "a"}
    assert accepted(codec_of(schema, version), "b", None) == [True, True]


@pytest.mark.parametrize(
    "uri", ["https://example.com/own", "own", "::", "https://json-schema.org/draft/2099-01/schema"]
)
def test_a_dialect_that_is_not_known_counts_as_openapis(codec_of: Make, uri: str) -> None:
    assert accepted(codec_of({"$schema": uri, "const": 1, "format": "int32"}), 1, 2) == [True, False]


def test_json_schema_dialect_is_the_draft_of_schemas_that_name_none(tmp_path: Path) -> None:
    def codec(dialect: str, name: str) -> Codec:
        schemas = {"It": {"const": 1}, "Own": {"$id": "https://a.example/own", "$schema": DRAFT_2020, "const": 1}}
        document = {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1"},
            "jsonSchemaDialect": dialect,
            "components": {"schemas": {**schemas, "File": {"$ref": "file.json"}}},
        }
        (tmp_path / "shop.json").write_text(json.dumps(document))
        (tmp_path / "file.json").write_text(json.dumps({"const": 1}))
        api = load(tmp_path / "shop.json")
        return Schemas(api).codec(api.schemas[name], "request")

    assert [accepted(codec(DRAFT_04, name), 2) for name in ("It", "Own", "File")] == [[True], [False], [False]]
    assert accepted(codec(DRAFT_07, "It"), 2) == [False]
    assert accepted(codec("https://example.com/own", "It"), 2) == [False]


def test_a_draft_4_schema_is_called_by_its_id(codec_of: Make) -> None:
    schema = {
        "$schema": DRAFT_04,
        "id": "https://example.com/it",
        "items": {"$ref": "whole"},
        "definitions": {"whole": {"id": "whole", "type": "integer"}, "data": {"enum": [{"id": "whole"}]}},
    }
    assert accepted(codec_of(schema), [1], ["a"]) == [True, False]


def test_a_metaschema_of_ones_own_says_which_vocabularies_count(codec_of: Make) -> None:
    meta = {
        "$schema": DRAFT_2020,
        "$id": "https://example.com/meta",
        "$vocabulary": {"https://json-schema.org/draft/2020-12/vocab/applicator": True},
    }
    schema = {"$schema": "https://example.com/meta", "type": "object", "properties": {"a": False, "b": {"minimum": 5}}}
    codec = codec_of(schema, others={"Meta": meta})
    assert accepted(codec, 1, {"b": 1}, {"a": 1}) == [True, True, False]


# ---- metaschemas


@pytest.mark.parametrize("uri", [DRAFT_04, DRAFT_06, DRAFT_07, DRAFT_2019, DRAFT_2020])
def test_a_schema_may_ask_for_a_schema(codec_of: Make, uri: str) -> None:
    codec = codec_of({"$ref": uri})
    assert accepted(codec, {"type": "string", "maxLength": 3}, {"maxLength": -3}, {"type": "text"}) == [
        True,
        False,
        False,
    ]


def test_metaschemas_are_not_fetched() -> None:
    found = metaschema(DRAFT_2020)
    assert found is not None
    assert (found.uri, found.value["$id"]) == (DRAFT_2020, DRAFT_2020)
    assert metaschema("https://example.com/schema") is None
    assert metaschema("https://json-schema.org/draft/2020-12/meta/nothing") is None


# ---- dynamic scope

TREE = {
    "$id": "https://example.com/tree",
    "$dynamicAnchor": "node",
    "type": "object",
    "properties": {"data": {"type": "integer"}, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
}
STRICT = {
    "$id": "https://example.com/strict",
    "$dynamicAnchor": "node",
    "$ref": "tree",
    "unevaluatedProperties": False,
}


def test_a_dynamic_reference_is_the_outermost_schema_of_its_anchor(codec_of: Make) -> None:
    wrong = {"children": [{"data": 1, "daat": 2}]}
    assert texts(codec_of(TREE), wrong) == []
    assert texts(codec_of(STRICT, others={"Tree": TREE}), wrong) == [
        "body /children/0/daat is not a declared property. Did you mean 'data'?"
    ]


def test_violations_below_dynamic_references_are_told_by_their_alternatives(codec_of: Make) -> None:
    tree = {**TREE, "properties": {**TREE["properties"], "data": {"oneOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]}}}  # type: ignore[dict-item]
    tree["$defs"] = {"n": {"type": "object", "required": ["n"]}}
    codec = codec_of(STRICT, others={"Tree": tree})
    assert texts(codec, {"children": [{"children": [{"data": {}}]}]}) == [
        "body /children/0/children/0/data/n is missing"
    ]
    assert texts(codec, {"data": 3}) == ["body /data 3 is not an object"]


def test_a_large_value_of_a_schema_with_dynamic_references(codec_of: Make) -> None:
    codec = codec_of(STRICT, others={"Tree": TREE})
    value = {"children": [{"data": number} for number in range(5_000)]}
    assert texts(codec, value) == []
    assert texts(codec, {"children": [*value["children"], {"dat": 1}]}) == [
        "body /children/5000/dat is not a declared property. Did you mean 'data'?"
    ]


def test_required_and_formats_below_dynamic_references_are_those_of_openapi(codec_of: Make) -> None:
    node = {
        "$dynamicAnchor": "node",
        "required": ["id"],
        "properties": {
            "id": {"type": "integer", "format": "int32", "readOnly": True},
            "next": {"$dynamicRef": "#node"},
        },
    }
    asked = [accepted(codec_of(node, direction=way), {"next": {}}, {"id": 2**31}) for way in ("request", "response")]
    assert asked == [[True, False], [False, False]]


def test_a_generic_list_of_what_the_one_says_who_uses_it(codec_of: Make) -> None:
    listed = {
        "$id": "https://example.com/list",
        "type": "array",
        "items": {"$dynamicRef": "#item"},
        "$defs": {"item": {"$dynamicAnchor": "item"}},
    }
    numbers = {
        "$id": "https://example.com/numbers",
        "$ref": "list",
        "$defs": {"item": {"$dynamicAnchor": "item", "type": "number"}},
    }
    assert accepted(codec_of(numbers, others={"List": listed}), [1], ["a"]) == [True, False]
    assert accepted(codec_of(listed, others={"Numbers": numbers}), [1], ["a"]) == [True, True]


def test_the_recursive_reference_of_2019_09(codec_of: Make) -> None:
    tree = {
        "$schema": DRAFT_2019,
        "$id": "https://example.com/tree",
        "$recursiveAnchor": True,
        "properties": {"data": True, "child": {"$recursiveRef": "#"}},
    }
    strict = {
        "$schema": DRAFT_2019,
        "$id": "https://example.com/strict",
        "$recursiveAnchor": True,
        "$ref": "tree",
        "unevaluatedProperties": False,
    }
    values = {"child": {"data": 1}}, {"child": {"daat": 1}}
    assert accepted(codec_of(tree), *values) == [True, True]
    assert accepted(codec_of(strict, others={"Tree": tree}), *values) == [True, False]


def test_an_anchor_that_is_not_dynamic_is_a_plain_reference(codec_of: Make) -> None:
    schema = {
        "properties": {"a": {"$dynamicRef": "#n"}, "b": {"$dynamicRef": "#/$defs/n"}},
        "$defs": {"n": {"$anchor": "n", "type": "integer"}},
        "$id": "https://example.com/it",
    }
    assert accepted(codec_of(schema), {"a": 1, "b": 1}, {"a": "x"}, {"b": "x"}) == [True, False, False]


def test_both_kinds_of_references_apply(codec_of: Make) -> None:
    schema = {
        "$ref": "#/components/schemas/Small",
        "$dynamicRef": "#whole",
        "$defs": {"whole": {"$dynamicAnchor": "whole", "type": "integer"}},
    }
    assert accepted(codec_of(schema, others={"Small": {"maximum": 5}}), 1, 1.5, 6) == [True, False, False]
