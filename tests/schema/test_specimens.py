"""Values that are made of schemas: they fit, they are pleasant to read, and they are the same in every process."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.schema.codec import Schemas
from pymacaron.schema.specimens.lots import Lot
from pymacaron.schema.specimens.numbers import number
from pymacaron.schema.specimens.regexes import matching
from pymacaron.schema.specimens.specimens import NoValue, Specimens

Make = Callable[..., Schemas]

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "format": "int64", "minimum": 10, "maximum": 12, "multipleOf": 4},
        "name": {"type": "string", "example": "Rex"},
        "email": {"type": "string"},
        "born": {"type": "string", "format": "date"},
        "secret": {"type": "string", "writeOnly": True},
        "made": {"type": "string", "format": "date-time", "readOnly": True},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["small", "large"]}},
        "parent": {"$ref": "#/components/schemas/It"},
    },
}

#: Each has values, and says something that is easily missed
SCHEMAS: dict[str, Any] = {
    "limits": {"type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 0.52},
    "a multiple of cents": {"type": "number", "multipleOf": 0.05, "minimum": 0.99},
    "two multiples": {"allOf": [{"type": "integer", "multipleOf": 4}, {"multipleOf": 6, "minimum": 1}]},
    "negative": {"type": "integer", "maximum": -5},
    "lengths": {"type": "string", "minLength": 37, "maxLength": 39},
    "a letter": {"type": "string", "maxLength": 1},
    "a pattern with a length": {"type": "string", "pattern": "^[a-z]{2,4}(-[A-Z0-9]+)*$", "minLength": 9},
    "two patterns": {"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "z$", "maxLength": 2}]},
    "a pattern that looks ahead": {"type": "string", "pattern": "^(?=.*[0-9])[a-z0-9]{8}$"},
    "an e-mail with a length": {"type": "string", "format": "email", "minLength": 30},
    "a short URI": {"type": "string", "format": "uri", "maxLength": 5},
    "an enum that a type cuts": {"type": "string", "enum": [None, 1, "one"]},
    "a null that may be": {"type": ["null", "integer"]},
    "a const": {"const": {"a": [1]}},
    "types that are met": {"allOf": [{"type": ["string", "integer"]}, {"type": ["integer", "null"]}]},
    "exactly one": {
        "oneOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
            {"type": "object", "required": ["b"], "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}},
        ]
    },
    "exactly one number": {"oneOf": [{"type": "integer", "minimum": 1}, {"type": "integer", "maximum": 10}]},
    "not": {"type": "object", "properties": {"a": {}, "b": {}}, "not": {"required": ["a"]}},
    "if": {
        "type": "object",
        "properties": {"kind": {"enum": ["cat", "dog"]}, "lives": {"type": "integer"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "cat"}}},
        "then": {"required": ["lives"], "properties": {"lives": {"const": 9}}},
        "else": {"properties": {"lives": False}},
    },
    "a tuple": {"type": "array", "prefixItems": [{"const": 1}, {"type": "string"}], "items": False, "minItems": 2},
    "contains": {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 50}, "minContains": 2},
    "unique": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    "unique booleans": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True},
    "patterns of names": {"type": "object", "patternProperties": {"^x-[a-z]+$": {"type": "integer"}}},
    "names": {"type": "object", "propertyNames": {"pattern": "^[A-Z]{3}$"}, "minProperties": 2},
    "a map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3},
    "closed beside allOf": {
        "allOf": [{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}],
        "properties": {"a": {"maximum": 3}},
        "additionalProperties": False,
    },
    "unevaluated": {
        "allOf": [{"properties": {"a": {"type": "integer"}}}],
        "properties": {"b": {"type": "string"}},
        "required": ["a"],
        "unevaluatedProperties": False,
    },
    "dependentRequired": {"properties": {"a": {}, "b": {}}, "dependentRequired": {"a": ["b", "c"]}},
    "dependentSchemas": {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "dependentSchemas": {"a": {"required": ["c"], "properties": {"c": {"const": 3}}}},
    },
    "few members": {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": ["c"], "maxProperties": 2},
    "an example that does not fit": {"type": "object", "properties": {"a": {"type": "string", "minLength": 3}},
                                     "example": {"a": "b"}},
    "required within itself, with an end": {
        "oneOf": [
            {"type": "object", "required": ["of"], "properties": {"of": {"$ref": "#/components/schemas/It"}}},
            {"type": "integer"},
        ]
    },
    "anything": {},
    "exactly one, by a member of an item that only one refuses": {
        "oneOf": [
            {"type": "object", "properties": {"cells": {"type": "array", "items": {"type": "object"}}}},
            {"type": "object", "properties": {"cells": {"type": "array", "items": {
                "allOf": [{"type": "object"}, {"properties": {"name": {"type": "string"}}}]}}}},
        ]
    },
    "exactly one of three": {"oneOf": [{"maxLength": 5}, {"maxLength": 9}, {"type": ["string", "null"]}]},
    "not a limit": {"type": "integer", "minimum": 1, "not": {"maximum": 900}},
    "an enum that a limit cuts": {"enum": [1, 2, 3], "minimum": 3},
    "an enum that another alternative has": {"maxItems": 0, "anyOf": [{"const": [1]}, {}]},
    "contains behind others": {"type": "array", "prefixItems": [{"type": "integer"}], "contains": {"type": "null"}},
    "contains twice in one": {"allOf": [{"contains": {"minimum": 5}}, {"contains": {"maximum": 7}, "maxItems": 1}]},
    "contains anything": {"type": "array", "allOf": [{"contains": {}}, {"contains": True}], "maxItems": 1},
    "closed items": {"type": "array", "prefixItems": [{"const": 1}], "unevaluatedItems": False},
    "many different texts": {"type": "array", "items": {"type": "string"}, "minItems": 200, "uniqueItems": True},
    "names beside those of a pattern": {"type": "object", "patternProperties": {"^zz$": {}}, "minProperties": 3},
    "members that need not be, but some": {"properties": {"a": {}, "b": {}}, "type": "object", "minProperties": 2,
                                           "additionalProperties": False},
    "a format and a pattern": {"type": "string", "format": "date", "pattern": "^20"},
    "a long text": {"type": "string", "minLength": 5000},
}  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_what_is_made_fits(schemas_of: Make, schema: Any) -> None:
    schemas = schemas_of({"It": schema})
    node = schemas.api.schemas["It"]
    specimens, codec = Specimens(node, schemas), schemas.codec(node, "response")
    made = [specimens.first(), *(specimens.other(turn) for turn in range(10))]
    assert [codec.violations(one, "it") for one in made] == [[]] * 11


def test_what_is_made_is_pleasant_to_read(schemas_of: Make) -> None:
    schemas = schemas_of({"It": PET})
    found = Specimens(schemas.api.schemas["It"], schemas).first()
    assert list(found) == ["id", "name", "email", "born", "made", "tags"]
    assert found["id"] == 12
    assert found["name"] == "Rex"
    assert found["tags"] == ["small"]
    assert re.fullmatch(r"[a-z]+@example\.com", found["email"])


def test_a_member_that_is_added_changes_no_other(schemas_of: Make) -> None:
    less = schemas_of({"It": PET})
    before = Specimens(less.api.schemas["It"], less).first()
    more = schemas_of({"It": {**PET, "properties": {"new": {"type": "integer"}, **PET["properties"]}}})  # type: ignore[dict-item]
    after = Specimens(more.api.schemas["It"], more).first()
    assert {**before, "new": after["new"]} == after


def test_a_seed_says_which_values_are_made(schemas_of: Make) -> None:
    schemas = schemas_of({"It": {"type": "string", "format": "uuid"}})
    node = schemas.api.schemas["It"]
    one, other = Specimens(node, schemas, "1"), Specimens(node, schemas, "2")
    assert one.first() == Specimens(node, schemas, "1").first() != other.first()
    assert one.other(1) == Specimens(node, schemas, "1").other(1) != one.other(2)


def test_another_process_makes_the_same(schemas_of: Make, tmp_path: Path) -> None:
    schemas = schemas_of({"It": PET})
    program = (
        "import json, sys; from pymacaron.spec.load import load; from pymacaron.schema.codec import Schemas;"
        "from pymacaron.schema.specimens.specimens import Specimens;"
        "s = Schemas(load(sys.argv[1])); print(json.dumps(Specimens(s.api.schemas['It'], s).first()))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "shop.json")]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == Specimens(schemas.api.schemas["It"], schemas).first()


def test_alternatives_are_known_by_their_discriminator(schemas_of: Make) -> None:
    def kind(name: str) -> dict[str, Any]:
        return {"type": "object", "required": ["kind", name], "properties": {"kind": {"type": "string"}, name: {}}}

    either = {
        "oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bill"}],
        "discriminator": {"propertyName": "kind", "mapping": {"by-card": "#/components/schemas/Card"}},
    }
    schemas = schemas_of({"It": either, "Card": kind("number"), "Bill": kind("address")})
    found = Specimens(schemas.api.schemas["It"], schemas).first()
    assert found["kind"] == "by-card"
    assert "number" in found


@pytest.mark.parametrize("version", ["2.0", "3.0.3"])
def test_of_a_schema_that_others_extend_one_of_these_is_made(schemas_of: Make, version: str) -> None:
    where = "definitions" if version == "2.0" else "components/schemas"
    rule: Any = "kind" if version == "2.0" else {"propertyName": "kind"}
    pet = {"type": "object", "required": ["kind"], "discriminator": rule, "properties": {"kind": {"type": "string"}}}
    cat = {"allOf": [{"$ref": f"#/{where}/Pet"}, {"properties": {"lives": {"type": "integer", "enum": [9]}}}]}
    schemas = schemas_of({"Pet": pet, "Cat": cat}, version)
    assert Specimens(schemas.api.schemas["Pet"], schemas).first() == {"kind": "Cat", "lives": 9}
    assert Specimens(schemas.api.schemas["Cat"], schemas).first() == {"kind": "Cat", "lives": 9}


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "object", "required": ["of"], "properties": {"of": {"$ref": "#/components/schemas/It"}}},
        {"type": "array", "items": {"enum": [1]}, "minItems": 2, "uniqueItems": True},
    ],
)
def test_where_there_is_no_value_it_is_said_so(schemas_of: Make, schema: Any) -> None:
    schemas = schemas_of({"It": schema})
    with pytest.raises(NoValue):
        Specimens(schemas.api.schemas["It"], schemas).first()


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{3}-\d{2}$", r"[^a-z]+", r"(?:ab|cd){2,}", r"^(a)(b)\2\1$", r"^\p{Lu}\w*$", r"^[\w.+-]+@[\w-]+\.[a-z]{2}$",
        r"^$", r"", r"^\x41\u0042$", r"^.{5}$", r"^(?!no)[a-z]+$", r"^[a-zA-Z0-9_\-]*$", r"^\S+\s\S+$", r"[\]\[]",
    ],
)  # fmt: skip
def test_a_text_is_made_that_a_pattern_matches(schemas_of: Make, pattern: str) -> None:
    schemas = schemas_of({"It": {"type": "string", "pattern": pattern}})
    codec = schemas.codec(schemas.api.schemas["It"], "response")
    texts = [matching(pattern, Lot(str(turn))) for turn in range(20)]
    assert [text for text in texts if text is None or not codec.fits(text)] == []


@pytest.mark.parametrize("pattern", ["(", "[a", "a)", r"\k<name>"])
def test_of_a_pattern_that_cannot_be_read_nothing_is_made(pattern: str) -> None:
    assert matching(pattern, Lot("")) is None


def test_numbers_stay_within_limits_that_are_far_out() -> None:
    assert number({"minimum": 2**62}, Lot(""), integer=True) >= 2**62  # type: ignore[operator]
    assert number({"minimum": 0.2, "maximum": 0.8}, Lot(""), integer=True) is None


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "array", "minItems": 10**9}, "the value: more than 10,000 items are not made"),
        ({"type": "string", "minLength": 10**9}, "the value: no string fits all that is said of it"),
        ({"type": "integer", "multipleOf": 7, "minimum": 100, "maximum": 104},
         "the value: no integer fits all that is said of it"),
        ({"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/It"}}},
         "/a/a/a: it has no end"),
    ],
)  # fmt: skip
def test_what_is_not_made_is_told_at_once(schemas_of: Make, schema: Any, why: str) -> None:
    schemas = schemas_of({"It": schema})
    with pytest.raises(NoValue) as told:
        Specimens(schemas.api.schemas["It"], schemas).first()
    assert str(told.value) == why


def test_a_pattern_has_the_usual_text_where_that_fits(schemas_of: Make) -> None:
    email = "(?:[a-z.]+|\\[[a-z]])@(?:[a-z]+[.])+[a-z]+"
    schemas = schemas_of({"It": {"properties": {"email_address": {"type": "string", "pattern": email}}}})
    found = Specimens(schemas.api.schemas["It"], schemas).first()
    assert re.fullmatch(r"[a-z]+@example\.com", found["email_address"])


def test_a_text_with_a_content_encoding_is_encoded(schemas_of: Make) -> None:
    schemas = schemas_of({"It": {"type": "string", "contentEncoding": "base64"}})
    found = Specimens(schemas.api.schemas["It"], schemas).first()
    assert base64.b64decode(found, validate=True).isalpha()
