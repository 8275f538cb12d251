"""What values become: by patterns of names, by discriminators at any depth, where null is allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pymacaron.schema.codec import Schemas
from pymacaron.schema.formats import TextUUID

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
    assert (type(cat), cat["born"], cat["lives"], cat["toys"], cat["of"]) == (
        shop.models.Pet,
        "long ago",
        "9",
        {"a": 1},
        ["x"],
    )


CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {}, "lives": {"type": "integer"}}}
DOG = {"type": "object", "required": ["kind", "tail"], "properties": {"kind": {}, "tail": {"type": "boolean"}}}
BY_KIND = {"propertyName": "kind"}


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0", "3.2.0"])
def test_an_object_that_does_not_fit_the_schema_that_it_names_has_the_model_of_the_place(
    schemas_of: Make, version: str
) -> None:
    shop = schemas_of(
        {
            "Pet": {**PET, "discriminator": "kind" if version == "2.0" else BY_KIND},
            "Cat": {
                "allOf": [ref("Pet", version), {"required": ["lives"], "properties": {"lives": {"type": "integer"}}}]
            },
        },
        version,
    )
    texts = [b'{"kind":"Cat","lives":9}', b'{"kind":"Cat"}', b'{"kind":"Cat","lives":"9"}']
    assert [decoded(shop, "Pet", text).get_model_name() for text in texts] == ["Cat", "Pet", "Pet"]
    held = shop.models.Cat(kind="Cat", lives=1)
    assert shop.codec(shop.api.schemas["Pet"], "response").convert({"kind": "Cat", "lives": 9, "friend": held}) == (
        shop.models.Cat(kind="Cat", lives=9, friend=held)
    )


def test_what_only_a_request_may_lack_does_not_keep_an_object_from_its_model(schemas_of: Make) -> None:
    own = {"id": {"type": "integer", "readOnly": True}, "pin": {"type": "string", "writeOnly": True}}
    shop = schemas_of(
        {
            "Pet": {**PET, "discriminator": BY_KIND},
            "Cat": {"allOf": [ref("Pet"), {"required": ["id", "pin"], "properties": own}]},
            "One": {"oneOf": [{**CAT, "required": ["id", "lives"], "properties": {"lives": {}, **own}}, ref("Dog")]},
            "Dog": DOG,
        }
    )
    names = [decoded(shop, "Pet", text).get_model_name() for text in (b'{"kind":"Cat","pin":"1"}', b'{"kind":"Cat"}')]
    assert names == ["Cat", "Pet"]
    assert shop.codec(shop.api.schemas["Pet"], "response").decode(b'{"kind":"Cat","id":1}').get_model_name() == "Cat"
    assert decoded(shop, "One", b'{"lives":9}').lives == 9


def test_what_an_object_would_hide_in_the_schema_that_it_names_stays_hidden(schemas_of: Make) -> None:
    own = {"pin": {"type": "string", "format": "password"}, "lives": {"type": "integer"}}
    shop = schemas_of({"Pet": {**PET, "discriminator": BY_KIND}, "Cat": {"allOf": [ref("Pet"), {"properties": own}]}})
    codec = shop.codec(shop.api.schemas["Pet"], "response")
    assert codec.shown({"kind": "Cat", "pin": "1", "lives": "x"}) == {"kind": "Cat", "pin": "********", "lives": "x"}
    assert codec.shown({"kind": "Cat", "pin": 1}) == {"kind": "Cat", "pin": "********"}


def test_an_object_that_holds_values_of_formats_of_ones_own_fits_as_it_would_be_sent(schemas_of: Make) -> None:
    price = {"type": "string", "format": "price"}
    shop = schemas_of(
        {
            "Pet": {**PET, "discriminator": BY_KIND},
            "Cat": {"allOf": [ref("Pet"), {"required": ["price"], "properties": {"price": price}}]},
            "Home": {"type": "object", "properties": {"pet": ref("Pet")}},
        },
        formats={"price": (None, Decimal, str)},
    )
    values: list[dict[str, Any]] = [{"price": Decimal("9.50")}, {"price": "9.50"}, {}]
    found = [shop.models.Home(pet={"kind": "Cat", **value}).pet for value in values]
    assert [pet.get_model_name() for pet in found] == ["Cat", "Cat", "Pet"]


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_a_discriminator_names_an_alternative_only_if_the_object_fits_it(schemas_of: Make, keyword: str) -> None:
    pets = {keyword: [ref("Cat"), ref("Dog")], "discriminator": BY_KIND}
    shop = schemas_of({"Cat": CAT, "Dog": DOG, "Pet": pets})
    texts = [b'{"kind":"Dog","tail":true}', b'{"kind":"Dog","lives":9}']
    assert [decoded(shop, "Pet", text).get_model_name() for text in texts] == ["Dog", "Cat"]


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_beside_properties_a_discriminator_chooses_alternatives_that_have_these(schemas_of: Make, keyword: str) -> None:
    fish = {"type": "object", "required": ["fins"], "properties": {"fins": {"type": "integer"}}}
    pet = {**PET, keyword: [ref("Cat"), ref("Dog"), ref("Fish")], "discriminator": BY_KIND}
    shop = schemas_of({"Pet": pet, "Cat": CAT, "Dog": DOG, "Fish": fish})
    texts = [
        *(b'{"kind":"Dog","tail":true}', b'{"kind":"Dog","lives":9}', b'{"kind":"Fish","fins":2}'),
        b'{"kind":"Cow","lives":9}',
    ]
    found = [decoded(shop, "Pet", text) for text in texts]
    assert [pet.get_model_name() for pet in found] == ["Dog", "Pet", "Pet", "Pet"]
    assert (found[0].kind, found[0].tail, found[2].fins) == ("Dog", True, 2)


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


ID = {"type": "string", "format": "uuid"}
ANY_TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("alternatives", "text", "value"),
    [
        ([DAY, {"type": "integer"}], b'"2026-01-31"', date(2026, 1, 31)),
        ([DAY, {"type": "integer"}], b"7", 7),
        ([ID, ANY_TEXT], b'"no uuid"', "no uuid"),
        ([ID, ANY_TEXT], b'"00000000-0000-0000-0000-00000000000A"', UUID(int=10)),
        ([ANY_TEXT, ID], b'"00000000-0000-0000-0000-00000000000a"', "00000000-0000-0000-0000-00000000000a"),
        ([DAY, ANY_TEXT, ID], b'"00000000-0000-0000-0000-00000000000a"', "00000000-0000-0000-0000-00000000000a"),
        ([{**ANY_TEXT, "maxLength": 3}, DAY], b'"2026-01-31"', date(2026, 1, 31)),
        ([ID, ANY_TEXT], b'"{00000000-0000-0000-0000-00000000000a}"', "{00000000-0000-0000-0000-00000000000a}"),
        ([DAY, ID, {"type": "null"}], b'"00000000-0000-0000-0000-00000000000a"', UUID(int=10)),
        ([{"anyOf": [DAY, ID]}, {"type": "boolean"}], b'"2026-01-31"', date(2026, 1, 31)),
        ([DAY, {"type": "array", "items": DAY}], b'["2026-01-31"]', [date(2026, 1, 31)]),
    ],
)
@pytest.mark.parametrize("formats", [None, {"money": (None, Decimal, str)}])
def test_a_text_is_converted_by_the_first_alternative_that_it_fits(
    schemas_of: Make, alternatives: Any, text: bytes, value: Any, formats: Any
) -> None:
    either = {"anyOf": alternatives}
    held = {
        "one": either,
        "several": {"type": "array", "items": either},
        "price": {"type": "string", "format": "money"},
    }
    shop = schemas_of({"It": {"type": "object", "properties": held}, "Either": either}, formats=formats)
    made = decoded(shop, "Either", text)
    assert (made, type(made) in (type(value), TextUUID)) == (value, True)
    assert shop.codec(shop.api.schemas["Either"], "response").encode(made) == text
    it = decoded(shop, "It", b'{"one":%b,"several":[%b]}' % (text, text))
    assert (it.one, it.several) == (value, [value])
    assert shop.codec(shop.api.schemas["It"], "response").encode(it) == b'{"one":%b,"several":[%b]}' % (text, text)
    assert shop.models.It(one=made, several=[made]) == it


def test_beside_formats_of_ones_own_a_text_is_what_it_fits(schemas_of: Make) -> None:
    either = {"anyOf": [{"type": "string", "format": "money"}, DAY, ANY_TEXT]}
    shop = schemas_of({"It": {"properties": {"a": either}}}, formats={"money": (None, Decimal, str)})
    for text, value in (("9.50", Decimal("9.50")), ("2026-01-31", date(2026, 1, 31)), ("none", "none")):
        it = decoded(shop, "It", b'{"a":"%b"}' % text.encode())
        assert (it.a, type(it.a), it.to_json()) == (value, type(value), {"a": text})
