"""What each version of the format makes of a schema, and that nothing broken in one keeps it from being used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas

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
        hidden = ["/password"] if version == "2.0" else []  # Swagger 2.0 has no writeOnly
        assert asked == [["/name", "/password"], ["/id", "/name", *hidden, "/link"]]
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


# ---- readOnly and writeOnly


def demanded(shop: Schemas, name: str, value: Any) -> list[list[str]]:
    """The pointers of what is missing in *value*, in requests and in responses."""
    schema = shop.api.schemas[name]
    ways: tuple[Any, ...] = ("request", "response")
    return [
        [v.pointer for v in shop.codec(schema, way).violations(value, "body") if v.code == "required"] for way in ways
    ]


READ_ONLY = {"type": "string", "readOnly": True}
WRITE_ONLY = {"type": "string", "writeOnly": True}


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["id", "a"], "properties": {"id": READ_ONLY}},
        {"required": ["id", "a"], "properties": {"id": {"$ref": "Marked"}}},
        {"required": ["id", "a"], "properties": {"id": {"allOf": [{"$ref": "Marked"}, {"maxLength": 9}]}}},
        {"allOf": [{"required": ["id", "a"]}, {"properties": {"id": READ_ONLY}}]},
        {"allOf": [{"properties": {"id": READ_ONLY}}, {"allOf": [{"required": ["id", "a"]}]}]},
        {"allOf": [{"$ref": "Demands"}, {"$ref": "Declares"}]},
        {"allOf": [{"$ref": "Demands"}], "properties": {"id": READ_ONLY}},
        {"allOf": [{"$ref": "Declares"}], "required": ["id", "a"]},
        {"allOf": [{"$ref": "Declares"}, {"properties": {"id": {"maxLength": 9}}}, {"$ref": "Demands"}]},
        {"allOf": [{"properties": {"id": {"maxLength": 9}}}, {"$ref": "Declares"}], "required": ["id", "a"]},
        {"required": ["id", "a"], "properties": {"id": READ_ONLY, "a": {}}, "additionalProperties": False},
    ],
)
def test_a_required_property_that_is_read_only_is_not_demanded_in_requests(
    schemas_of: Callable[..., Schemas], version: str, schema: dict[str, Any]
) -> None:
    place = "#/definitions/" if version == "2.0" else "#/components/schemas/"

    def written(value: Any) -> Any:
        if isinstance(value, list):
            return [written(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {key: place + item if key == "$ref" else written(item) for key, item in value.items()}

    others = {"Marked": READ_ONLY, "Demands": {"required": ["id", "a"]}, "Declares": {"properties": {"id": READ_ONLY}}}
    shop = schemas_of({"It": written(schema), **others}, version)
    assert demanded(shop, "It", {}) == [["/a"], ["/id", "/a"]]
    assert demanded(shop, "Demands", {}) == [["/id", "/a"], ["/id", "/a"]]


@pytest.mark.parametrize(("version", "lifted"), [("2.0", False), ("3.0.3", True), ("3.1.0", True), ("3.2.0", True)])
def test_a_required_property_that_is_write_only_is_not_demanded_in_responses(
    schemas_of: Callable[..., Schemas], version: str, lifted: bool
) -> None:
    shop = schemas_of({"It": {"required": ["key"], "properties": {"key": WRITE_ONLY}}}, version)
    assert demanded(shop, "It", {}) == [["/key"], [] if lifted else ["/key"]]  # Swagger 2.0 has no writeOnly


@pytest.mark.parametrize(
    ("schema", "request_lacks"),
    [
        ({"properties": {"id": READ_ONLY}, "anyOf": [{"required": ["id", "a"]}]}, ["/a"]),
        ({"properties": {"id": READ_ONLY}, "oneOf": [{"required": ["id", "a"]}]}, ["/a"]),
        ({"properties": {"id": READ_ONLY}, "if": True, "then": {"required": ["id", "a"]}}, ["/a"]),
        ({"required": ["id"], "oneOf": [{"properties": {"id": READ_ONLY}}]}, []),
        ({"required": ["id"], "anyOf": [{"properties": {"id": READ_ONLY}}, {"properties": {"id": {}}}]}, ["/id"]),
        ({"$ref": "#/components/schemas/Demands", "properties": {"id": READ_ONLY}}, []),
    ],
)
def test_alternatives_and_siblings_demand_no_more_than_allof(
    schemas_of: Callable[..., Schemas], schema: dict[str, Any], request_lacks: list[str]
) -> None:
    shop = schemas_of({"It": schema, "Demands": {"required": ["id"]}})
    assert demanded(shop, "It", {})[0] == request_lacks
    assert "/id" in demanded(shop, "It", {})[1]


def test_alternatives_that_are_told_apart_by_what_they_demand_still_are(codec_of: Make) -> None:
    schema = {"properties": {"id": READ_ONLY}, "oneOf": [{"required": ["id"]}, {"required": ["name"]}]}
    assert accepted(codec_of(schema), {"name": "a"}, {"id": "1"}, {}) == [True, True, False]
    schema = {"properties": {"id": READ_ONLY}, "if": {"required": ["id"]}, "then": False, "else": {"required": ["b"]}}
    assert accepted(codec_of(schema), {}, {"b": 1}, {"id": "1"}) == [False, True, False]


def test_what_depends_on_another_property_is_not_demanded_either(codec_of: Make) -> None:
    schema = {"properties": {"id": READ_ONLY}, "dependentRequired": {"a": ["id", "b"]}}
    assert accepted(codec_of(schema), {"a": 1}, {"a": 1, "b": 1}) == [False, True]
    assert accepted(codec_of(schema, direction="response"), {"a": 1, "b": 1}) == [False]


def test_a_read_only_property_that_is_sent_is_validated(codec_of: Make) -> None:
    schema = {"required": ["id"], "properties": {"id": READ_ONLY}, "additionalProperties": False}
    assert accepted(codec_of(schema), {}, {"id": "1"}, {"id": 1}) == [True, True, False]


# ---- discriminators

CAT = {
    "type": "object",
    "required": ["lives"],
    "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
}
DOG = {"type": "object", "required": ["tail"], "properties": {"kind": {"type": "string"}, "tail": {"type": "boolean"}}}
BOTH = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_a_discriminator_changes_nothing_of_what_is_valid(codec_of: Make, version: str, keyword: str) -> None:
    values: list[Any] = [{"kind": kind, "lives": 9} for kind in ("Cat", "Dog", "Cow", 3)] + [{"lives": 9}, {}, 3]
    others = {"Cat": CAT, "Dog": DOG}
    discriminator = {"propertyName": "kind", "mapping": {"Cow": "Dog"}, "defaultMapping": "Dog"}
    plain = codec_of({keyword: BOTH}, version, others=others)
    assert accepted(codec_of({keyword: BOTH, "discriminator": discriminator}, version, others=others), *values) == (
        accepted(plain, *values)
    )


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0", "3.2.0"])
def test_a_schema_that_others_extend_asks_nothing_of_them(schemas_of: Callable[..., Schemas], version: str) -> None:
    place = "#/definitions/" if version == "2.0" else "#/components/schemas/"
    pet = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": "kind" if version == "2.0" else {"propertyName": "kind"},
    }
    cat = {"allOf": [{"$ref": f"{place}Pet"}, {"required": ["lives"]}]}
    shop = schemas_of({"Pet": pet, "Cat": cat}, version)
    values = {"kind": "Cat"}, {"kind": "Cat", "lives": 9}, {"kind": "Cow"}, {}
    codecs = [shop.codec(shop.api.schemas[name], "request") for name in ("Pet", "Cat")]
    assert [accepted(codec, *values) for codec in codecs] == [[True, True, True, False], [False, True, False, False]]


@pytest.mark.parametrize("named", ["Dog", "#/components/schemas/Dog", "shop.json#/components/schemas/Dog"])
def test_a_mapping_names_schemas_by_name_or_reference(codec_of: Make, named: str) -> None:
    discriminator = {"propertyName": "kind", "mapping": {"d": named}}
    codec = codec_of({"oneOf": BOTH, "discriminator": discriminator}, others={"Cat": CAT, "Dog": DOG})
    assert [str(v) for v in codec.violations({"kind": "d"}, "body")] == ["body /tail is missing"]
    assert [str(v) for v in codec.violations({"kind": "Cat"}, "body")] == ["body /lives is missing"]
    assert [str(v) for v in codec.violations({"kind": "c"}, "body")] == ["body /kind 'c' is none of 'Cat', 'Dog', 'd'"]


def test_a_mapping_names_schemas_by_their_id(codec_of: Make) -> None:
    cat, dog = {**CAT, "$id": "https://example.com/cat"}, {**DOG, "$id": "https://example.com/dog"}
    discriminator = {"propertyName": "kind", "mapping": {"d": "https://example.com/dog"}}
    codec = codec_of({"oneOf": BOTH, "discriminator": discriminator}, others={"Cat": cat, "Dog": dog})
    assert [str(v) for v in codec.violations({"kind": "d"}, "body")] == ["body /tail is missing"]


# ---- numbers and formats


@pytest.mark.parametrize(
    ("step", "good", "bad"),
    [
        (0.01, [19.99, 0.07, 4.35, 1234567.89, 1e22, 10**30], [0.075, 19.999]),
        (0.1, [0.3, 0.7, 1.1], [0.35]),
        (1e-8, [12391239123, 1e-8], [1.5e-8]),
        (3, [9.0, 3 * 10**40], [3 * 10**40 + 1, 1e300]),
        (10**30, [10**31], [10**31 + 1]),
    ],
)
def test_multiples_are_counted_in_decimals(codec_of: Make, step: Any, good: list[Any], bad: list[Any]) -> None:
    codec = codec_of({"multipleOf": step})
    assert accepted(codec, *good) == [True] * len(good)
    assert accepted(codec, *bad) == [False] * len(bad)


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_big_numbers_are_compared_exactly(codec_of: Make, version: str) -> None:
    assert accepted(codec_of({"type": "integer"}, version), 1.0, 10**400, 1e300, 1.5) == [True, True, True, False]
    assert accepted(codec_of({"maximum": 2**53}, version), 2**53 + 1, 2.0**53) == [False, True]
    assert accepted(codec_of({"enum": [2**53 + 1]}, version), 2**53 + 1, 2**53) == [True, False]
    assert accepted(codec_of({"format": "int64"}, version), 2**63 - 1, 2**63, -(2**63), -(2**63) - 1) == [
        *(True, False, True, False)
    ]


@pytest.mark.parametrize(
    ("version", "form", "value", "fits"),
    [
        ("2.0", "uuid", "no", False),
        ("3.0.3", "uuid", "no", False),
        ("3.0.3", "int32", 2**31, False),
        ("2.0", "float", 1e39, False),
        ("3.1.0", "double", 1e308, True),
        ("2.0", "byte", "%", False),
        ("3.0.3", "duration", "no", True),
        ("3.1.0", "duration", "no", False),
        ("2.0", "hostname", "ab--cd.example", True),
        ("3.1.0", "hostname", "ab--cd.example", False),
        ("2.0", "hostname", "-a.example", False),
        ("3.1.0", "our-own", "anything", True),
    ],
)
def test_formats_by_version(codec_of: Make, version: str, form: str, value: Any, fits: bool) -> None:
    assert accepted(codec_of({"format": form}, version), value) == [fits]


def test_the_text_of_a_host_name_is_the_same_in_all_versions(codec_of: Make) -> None:
    for version in ("2.0", "3.0.3", "3.1.0"):
        assert [v.as_dict() for v in codec_of({"format": "hostname"}, version).violations("-", "body")] == [
            {"in": "body", "pointer": "", "code": "format", "detail": "'-' is not a host name"}
        ]


# ---- what has no end


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_references_that_lead_in_a_circle_end(codec_of: Make, version: str) -> None:
    place = "#/definitions/" if version == "2.0" else "#/components/schemas/"
    codec = codec_of({"$ref": f"{place}B"}, version, others={"B": {"$ref": f"{place}It"}})
    assert accepted(codec, 1, "a", None, {}) == [True, True, True, True]
    schema = {"required": ["id"], "properties": {"id": READ_ONLY}, "allOf": [{"$ref": f"{place}It"}]}
    assert accepted(codec_of(schema, version), {}, {"id": 1}) == [True, False]


def test_unevaluated_members_are_known_across_references(codec_of: Make) -> None:
    schema = {
        "allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"b": True}}],
        "oneOf": [{"required": ["c"], "properties": {"c": True}}, {"required": ["d"], "properties": {"d": True}}],
        "unevaluatedProperties": False,
    }
    codec = codec_of(schema, others={"A": {"properties": {"a": True}}})
    assert accepted(codec, {"a": 1, "b": 2, "c": 3}, {"c": 1, "e": 2}) == [True, False]
    codec = codec_of({"prefixItems": [True], "anyOf": [{"contains": {"const": 9}}, True], "unevaluatedItems": False})
    assert accepted(codec, [1, 9], [1, 8]) == [True, False]


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


@pytest.mark.parametrize(
    "schema",
    [
        {"patternProperties": {"^i": READ_ONLY}},
        {"properties": {"id": {}}, "patternProperties": {"^i": READ_ONLY}},
        {"properties": {"a": {}}, "additionalProperties": READ_ONLY},
        {"properties": {"a": {}}, "unevaluatedProperties": READ_ONLY},
        {"allOf": [{"patternProperties": {"^i": {"allOf": [READ_ONLY]}}}]},
    ],
)
def test_read_only_counts_for_names_told_by_a_pattern_or_not_at_all(codec_of: Any, schema: Any) -> None:
    codec = codec_of({**schema, "required": ["id", "a"]})
    assert [one.pointer for one in codec.violations({}, "body")] == ["/a"]
    assert [
        one.pointer
        for one in codec_of({**schema, "required": ["id", "a"]}, direction="response").violations({}, "body")
    ] == ["/id", "/a"]


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_a_value_whose_discriminator_names_no_heir_is_valid(codec_of: Any, version: str) -> None:
    said = "kind" if version == "2.0" else {"propertyName": "kind"}
    pet = {"type": "object", "discriminator": said, "required": ["kind"], "properties": {"kind": {"type": "string"}}}
    codec = codec_of(pet, version, others={"Cat": {"allOf": [{"$ref": f"#/{_schemas_of(version)}/It"}]}})
    assert codec.violations({"kind": "Nobody"}, "body") == []


def _schemas_of(version: str) -> str:
    return "definitions" if version == "2.0" else "components/schemas"
