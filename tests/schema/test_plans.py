"""What values become: by patterns of names, by discriminators at any depth, where null is allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pymacaron.schema.codec import Schemas

Make = Callable[..., Schemas]

DAY = {"type": "string", "format": "date"}
PET = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}


def ref(name: str, version: str = "3.1.0") -> dict[str, Any]:
    return {"$ref": f"#/{'definitions' if version == '2.0' else 'components/schemas'}/{name}"}


def decoded(shop: Schemas, name: str, text: bytes) -> Any:
    return shop.codec(shop.api.schemas[name], "request").decode(text)


def test_members_are_converted_by_what_their_names_match(schemas_of: Make) -> None:
    line = {"type": "object", "properties": {"n": {"type": "integer"}}}
    shop = schemas_of(
        {
            "Line": line,
            "It": {
                "type": "object",
                "properties": {"d_own": {"type": "string"}},
                "patternProperties": {"^d_": DAY, "^l_": ref("Line"), "x$": {}},
                "additionalProperties": ref("Line"),
            },
            "Map": {"type": "array", "items": {"patternProperties": {"^d_": DAY}}},
        }
    )
    text = b'{"d_own":"2026-01-31","d_a":"2026-01-31","l_a":{"n":1},"x":{"n":2},"more":{"n":3}}'
    it = decoded(shop, "It", text)
    assert (it.d_own, it["d_a"], it["l_a"].n, it["x"], it["more"].n) == (
        "2026-01-31",
        date(2026, 1, 31),
        1,
        {"n": 2},
        3,
    )
    assert shop.codec(shop.api.schemas["It"], "response").encode(it) == text
    assert decoded(shop, "Map", b'[{"d_a":"2026-01-31","a":"2026-01-31"}]') == [
        {"d_a": date(2026, 1, 31), "a": "2026-01-31"}
    ]


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0", "3.2.0"])
def test_a_discriminator_chooses_the_model_at_any_depth(schemas_of: Make, version: str) -> None:
    discriminator: Any = "kind" if version == "2.0" else {"propertyName": "kind"}
    pet = ref("Pet", version)
    shop = schemas_of(
        {
            "Pet": {**PET, "discriminator": discriminator},
            "Cat": {"allOf": [pet, {"properties": {"lives": {"type": "integer"}, "born": DAY}}]},
            "Persian": {"allOf": [ref("Cat", version), {"properties": {"fur": {"type": "string"}}}]},
            "Home": {
                "type": "object",
                "properties": {
                    "pet": pet,
                    "wrapped": {"allOf": [pet]},
                    "pets": {"type": "array", "items": pet},
                    "by_name": {"type": "object", "additionalProperties": {"type": "array", "items": pet}},
                },
            },
        },
        version,
    )
    text = (
        b'{"pet":{"kind":"Cat","lives":9},"wrapped":{"kind":"Persian","fur":"long"},'
        b'"pets":[{"kind":"Cat"},{"kind":"Dog"},{"kind":"Pet"}],"by_name":{"a":[{"kind":"Persian"}]}}'
    )
    home = decoded(shop, "Home", text)
    models = shop.models
    assert [type(one) for one in (home.pet, home.wrapped, *home.pets, *home.by_name["a"])] == [
        *(models.Cat, models.Persian),
        *(models.Cat, models.Pet, models.Pet),
        models.Persian,
    ]
    assert type(decoded(shop, "Pet", b'{"kind":"Cat"}')) is models.Cat
    assert shop.codec(shop.api.schemas["Home"], "response").encode(home) == text


def test_what_the_chosen_model_does_not_fit_stays_what_json_has(schemas_of: Make) -> None:
    shop = schemas_of(
        {
            "Pet": {**PET, "discriminator": {"propertyName": "kind"}},
            "Cat": {
                "allOf": [
                    ref("Pet"),
                    {
                        "properties": {
                            "born": DAY,
                            "lives": {"type": "integer"},
                            "toys": {"items": DAY},
                            "of": ref("Pet"),
                        }
                    },
                ]
            },
        }
    )
    cat = shop.codec(shop.api.schemas["Pet"], "request").convert(
        {"kind": "Cat", "born": "long ago", "lives": "9", "toys": {"a": 1}, "of": ["x"]}
    )
    assert (type(cat), cat.born, cat.lives, cat.toys, cat.of) == (
        shop.models.Cat,
        "long ago",
        "9",
        {"a": 1},
        ["x"],
    )


def test_a_default_mapping_chooses_for_names_that_are_not_known(schemas_of: Make) -> None:
    shop = schemas_of(
        {
            "Cat": {"type": "object", "properties": {"kind": {"type": "string"}, "lives": {}}},
            "Other": {"type": "object", "properties": {"kind": {"type": "string"}, "name": {}}},
            "Pet": {
                "oneOf": [ref("Cat"), ref("Other")],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}, "defaultMapping": "Other"},
            },
        },
        "3.2.0",
    )
    convert = shop.codec(shop.api.schemas["Pet"], "request").convert
    kinds = [type(convert(value)) for value in ({"kind": "cat"}, {"kind": "Cat"}, {"kind": "dog"}, {})]
    assert kinds == [shop.models.Cat, shop.models.Cat, shop.models.Other, shop.models.Other]


@pytest.mark.parametrize(
    ("version", "schema"),
    [
        ("2.0", {**DAY, "x-nullable": True}),
        ("2.0", {"$ref": "#/definitions/Day", "x-nullable": True}),
        ("3.0.3", {**DAY, "nullable": True}),
        ("3.0.3", {**DAY, "nullable": True, "enum": ["2026-01-31", None]}),
        ("3.0.3", {"allOf": [{"$ref": "#/components/schemas/NullableDay"}]}),
        ("3.1.0", {**DAY, "type": ["string", "null"]}),
        ("3.1.0", {"anyOf": [ref("Day"), {"type": "null"}]}),
    ],
)
def test_null_is_told_from_unset_wherever_it_is_allowed(schemas_of: Make, version: str, schema: Any) -> None:
    others = {"Day": DAY, "NullableDay": {**DAY, "nullable": True}}
    shop = schemas_of({**others, "It": {"type": "object", "properties": {"day": schema}}}, version)
    it = decoded(shop, "It", b'{"day":null}')
    assert (it.day, "day" in it, it.to_json()) == (None, True, {"day": None})
    it.day = date(2026, 1, 31)
    assert (it.day, it.to_json()) == (date(2026, 1, 31), {"day": "2026-01-31"})
    it.day = None
    assert it.to_json() == {"day": None}


def test_tuples_are_converted_item_by_item(schemas_of: Make) -> None:
    at = {"type": "string", "format": "date-time"}
    it = {"type": "object", "properties": {"pair": {"type": "array", "prefixItems": [DAY, {"const": 1}], "items": at}}}
    text = b'{"pair":["2026-01-31",1,"2026-01-31T00:00:00Z"]}'
    shop = schemas_of({"It": it})
    made = decoded(shop, "It", text)
    assert made.pair == [date(2026, 1, 31), 1, datetime(2026, 1, 31, tzinfo=UTC)]
    assert shop.codec(shop.api.schemas["It"], "response").encode(made) == text
