"""A schema -> the Python type of its values, and that values really are of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from pymacaron.schema.codec import Schemas
from pymacaron.stubs.classes import Module
from pymacaron.stubs.types import Types

Make = Callable[..., Schemas]

PET = {"type": "object", "properties": {"name": {"type": "string"}}}
DAY = {"type": "string", "format": "date"}
OWN = {"format": "our-own"}
CAT = {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"lives": {"type": "integer"}}}]}


def text(schemas: Schemas, name: str = "It") -> str:
    types = Types(schemas)
    return Module(["shop"]).text(types.of(schemas.api.schemas[name]), "shop")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "float"),
        ({"type": ["integer", "number"]}, "float"),
        ({"type": ["string", "null"]}, "str | None"),
        ({"type": "null"}, "None"),
        ({}, "Any"),
        (True, "Any"),
        (False, "None"),
        ({"type": "string", "format": "date-time"}, "datetime"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "format": "uuid"}, "UUID"),
        ({"type": "string", "format": "byte"}, "bytes"),
        ({"type": "string", "format": "email"}, "str"),
        ({"type": "string", "format": "our-own"}, "Any"),
        ({"type": "number", "format": "double"}, "float"),
        ({"oneOf": [OWN, {"type": "boolean"}]}, "Any"),
        ({"anyOf": [{"type": "string", **OWN}, {"type": "integer"}]}, "Any"),
        ({"type": "string", "anyOf": [OWN, {"format": "uuid"}]}, "Any"),
        ({"type": "array", "items": {"type": "string", "anyOf": [{"format": "uuid"}, OWN]}}, "list[Any]"),
        ({**OWN, "enum": ["1", "2"]}, "Any"),
        ({**OWN, "const": 1}, "Any"),
        ({"anyOf": [DAY, {"type": "integer"}]}, "date | int"),
        ({"type": "string", "anyOf": [{"format": "date"}, {"format": "uuid"}]}, "date | UUID"),
        ({"anyOf": [DAY, {"anyOf": [{"type": "string"}, {"enum": ["now"]}]}]}, "date | str"),
        ({"anyOf": [DAY, {"enum": ["now", None]}]}, 'date | Literal["now"] | None'),
        ({"type": "array", "items": {"anyOf": [DAY, {"type": "string"}]}}, "list[date | str]"),
        ({"enum": ["b", "a", "b"]}, 'Literal["b", "a"]'),
        ({"enum": [1, True, None, "1"]}, 'Literal[1, True, "1"] | None'),
        ({"type": "string", "enum": ["a", 1]}, 'Literal["a"]'),
        ({"enum": [1.5, 2]}, "float"),
        ({"const": "new"}, 'Literal["new"]'),
        ({"enum": ['say "hi"', "back\\slash", "line\n", "é"]}, r'Literal["say \"hi\"", "back\\slash", "line\n", "é"]'),
        ({"type": "array"}, "list[Any]"),
        ({"type": "array", "items": {"type": "string"}}, "list[str]"),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, "list[str | int]"),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": False}, "list[str]"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, "list[Any]"),
        ({"type": "object"}, "shop.model.It"),
        ({"type": "array", "items": {"type": "object"}}, "list[dict[str, Any]]"),
        (
            {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "integer"}}},
            "list[dict[str, int]]",
        ),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "str | int"),
        ({"anyOf": [{"const": "a"}, {"const": "b"}]}, 'Literal["a", "b"]'),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, "date | None"),
        ({"oneOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "array"}]}, "shop.model.Pet | list[Any]"),
        ({"properties": {"a": {}}}, "shop.model.It"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/It"}}, "list[Any]"),
        ({"$ref": "#/components/schemas/Pet"}, "shop.model.Pet"),
        ({"allOf": [{"$ref": "#/components/schemas/Pet"}]}, "shop.model.It"),
        ({"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/Pet"}]}}, "list[shop.model.Pet]"),
    ],
)
def test_a_schema_has_the_type_of_its_values(schemas_of: Make, schema: Any, expected: str) -> None:
    assert text(schemas_of({"It": schema, "Pet": PET})) == expected


@pytest.mark.parametrize(
    ("version", "schema", "expected"),
    [
        ("2.0", {"type": "string", "x-nullable": True}, "str | None"),
        ("2.0", {"type": "string", "enum": ["a"], "x-nullable": True}, 'Literal["a"] | None'),
        ("3.0.4", {"type": "string", "nullable": True}, "str | None"),
        ("3.0.4", {"type": "string", "nullable": True, "enum": ["a", None]}, 'Literal["a"] | None'),
        ("3.0.4", {"type": "string", "nullable": True, "enum": ["a"]}, 'Literal["a"]'),
    ],
)
def test_null_is_allowed_as_each_version_says(schemas_of: Make, version: str, schema: Any, expected: str) -> None:
    assert text(schemas_of({"It": schema}, version)) == expected


def test_a_schema_that_others_extend_by_a_discriminator_may_be_any_of_them(schemas_of: Make) -> None:
    pet = {**PET, "discriminator": {"propertyName": "name"}}
    schemas = schemas_of({"Pet": pet, "Cat": CAT, "It": {"$ref": "#/components/schemas/Pet"}})
    assert text(schemas) == "shop.model.Pet | shop.model.Cat"


def test_alternatives_beside_properties_that_a_discriminator_names_are_types_where_they_have_these(
    schemas_of: Make,
) -> None:
    dog = {"type": "object", "properties": {"name": {"type": "string"}, "tail": {"type": "boolean"}}}
    fish = {"type": "object", "properties": {"fins": {"type": "integer"}}}
    both = [{"$ref": f"#/components/schemas/{name}"} for name in ("Dog", "Fish")]
    it = {"type": "object", "properties": {"name": {}}, "oneOf": both}
    others = {"Dog": dog, "Fish": fish}
    assert text(schemas_of({"It": it, **others})) == "shop.model.It"
    assert text(schemas_of({"It": {**it, "discriminator": {"propertyName": "name"}}, **others})) == (
        "shop.model.It | shop.model.Dog"
    )


def test_schemas_that_contain_each_other_end(schemas_of: Make) -> None:
    value = {
        "oneOf": [
            {"type": "string"},
            {"type": "array", "items": {"$ref": "#/components/schemas/It"}},
            {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Other"}},
        ]
    }
    other = {"oneOf": [{"$ref": "#/components/schemas/It"}, {"$ref": "#/components/schemas/Other"}]}
    schemas = schemas_of({"It": value, "Other": other})
    assert text(schemas) == "dict[str, Any] | list[Any] | str"
    doubled = {f"S{n}": {"oneOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 2} for n in range(200)}
    assert text(schemas_of({**doubled, "S200": {"type": "string"}}), "S0") == "str"


def test_a_property_reads_as_its_type_where_it_is_always_there(schemas_of: Make) -> None:
    properties = {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "count": {"type": "integer", "default": 1},
        "note": {"type": "string", "default": None},
        "due": {"type": ["string", "null"], "format": "date-time"},
        "a-b": {"type": "string"},
        "__class__": {"type": "string"},
    }
    schemas = schemas_of({"It": {"type": "object", "required": ["id", "name", "due"], "properties": properties}})
    types, module = Types(schemas), Module(["shop"])
    found = {
        one.name: [module.text(part, "shop") for part in (one.read, one.written, one.given)]
        for one in types.attributes(types.models["It"])
    }
    assert found == {
        "id": ["int | None"] * 3,
        "name": ["str"] * 3,
        "count": ["int", "int | None", "int | None"],
        "note": ["str | None"] * 3,
        "due": ["datetime | None"] * 3,
        "a_b": ["str | None"] * 3,
    }


def test_the_models_of_types_are_those_of_the_namespace(schemas_of: Make) -> None:
    named = {
        "a-b": PET,
        "a_b": PET,
        "text": {"type": "string"},
        "class": PET,
        "Alias": {"$ref": "#/components/schemas/a_b"},
    }
    schemas = schemas_of({**named, "Line": {"type": "object", "properties": {"inner": PET}}})
    types = Types(schemas)
    assert list(types.models) == ["a_b", "class_", "Alias", "Line", "LineInner"]
    for name, node in types.models.items():
        cls = getattr(schemas.models, name)
        assert cls is schemas.models.of(node)
        assert cls is getattr(schemas.models, types.model_of(node) or "")


def test_what_has_a_name_and_no_class_is_an_alias(schemas_of: Make) -> None:
    named = {"a-b": PET, "a_b": {"type": "string"}, "Ids": {"type": "array", "items": DAY}, "Same": {"type": "integer"}}
    schemas = schemas_of({**named, "Pet": PET, "Other": {"$ref": "#/components/schemas/Ids"}})
    types = Types(schemas)
    assert (list(types.models), list(types.aliases)) == (["Pet"], ["a_b", "Ids", "Same", "Other"])
    assert text(schemas, "Other") == "list[date]"


def test_values_are_what_their_types_say(schemas_of: Make) -> None:
    order = {
        "type": "object",
        "required": ["at", "lines", "tags", "size", "kind"],
        "properties": {
            "at": {"type": "string", "format": "date-time"},
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
            "tags": {"type": "object", "additionalProperties": {"type": "string", "format": "date-time"}},
            "size": {"type": "integer"},
            "kind": {"oneOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "string"}]},
        },
    }
    schemas = schemas_of({"It": order, "Pet": PET})
    time = "2026-01-31T00:00:00Z"
    it = schemas.models.It.from_json({"at": time, "lines": [{}], "tags": {"a": time}, "size": 1.0, "kind": {}})
    pet = schemas.models.Pet
    types, module = Types(schemas), Module(["shop"])
    told = {one.name: module.text(one.read, "shop") for one in types.attributes(types.models["It"])}
    assert told == {
        "at": "datetime",
        "lines": "list[shop.model.Pet]",
        "tags": "dict[str, datetime]",
        "size": "int",
        "kind": "shop.model.Pet | str",
    }
    assert (type(it.at), type(it.lines[0]), type(it.tags["a"]), type(it.size), type(it.kind)) == (
        *(datetime, pet, datetime),
        *(int, pet),
    )
