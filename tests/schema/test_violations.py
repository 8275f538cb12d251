"""What is wrong with a value: every text, in the order of the document, without secrets."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.exceptions import ValidationError
from pymacaron.schema.codec import Codec
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.quoting import is_secret
from pymacaron.schema.violations import Violation, Violations, sendable

Found = list[tuple[str, str, str]]


def found(codec: Codec, value: Any, pointer: str = "") -> Found:
    return [(v.pointer, v.code, v.detail) for v in codec.violations(value, "body", pointer)]


@pytest.mark.parametrize(
    ("schema", "value", "code", "detail"),
    [
        ({"type": "integer"}, "blue", "type", "'blue' is not an integer"),
        ({"type": "integer"}, 1.5, "type", "1.5 is not an integer"),
        ({"type": "string"}, None, "type", "null is not a string"),
        ({"type": "string"}, True, "type", "true is not a string"),
        ({"type": "string"}, {"a": "secret"}, "type", "an object is not a string"),
        ({"type": ["string", "null"]}, [1], "type", "an array is not null or a string"),
        ({"minimum": 1}, 0, "minimum", "0 is below 1"),
        ({"maximum": 10}, 11, "maximum", "11 is above 10"),
        ({"exclusiveMinimum": 1}, 1, "exclusiveMinimum", "1 is not above 1"),
        ({"exclusiveMaximum": 1}, 1.5, "exclusiveMaximum", "1.5 is not below 1"),
        ({"multipleOf": 5}, 7, "multipleOf", "7 is not a multiple of 5"),
        ({"multipleOf": 0.01}, 0.075, "multipleOf", "0.075 is not a multiple of 0.01"),
        ({"minLength": 2}, "a", "minLength", "'a' is shorter than 2 characters"),
        ({"maxLength": 1}, "ab", "maxLength", "'ab' is longer than 1 character"),
        ({"maxLength": 9}, "x" * 200, "maxLength", f"'{'x' * 80}'... is longer than 9 characters"),
        ({"pattern": "^[a-z]+$"}, "A", "pattern", "'A' does not match ^[a-z]+$"),
        ({"format": "date-time"}, "x", "format", "'x' is not a date-time as in 2026-03-04T10:11:12Z"),
        ({"format": "uuid"}, "x", "format", "'x' is not a UUID"),
        ({"format": "email"}, "x", "format", "'x' is not an e-mail address"),
        ({"format": "idn-email"}, "x", "format", "'x' is not of format idn-email"),
        ({"enum": ["EUR", "USD", 1, None]}, "CHF", "enum", "'CHF' is none of 'EUR', 'USD', 1, null"),
        ({"enum": list(range(20))}, 21, "enum", "21 is none of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more"),
        ({"const": "a"}, "b", "const", "'b' is not 'a'"),
        ({"minItems": 2}, [1], "minItems", "has 1 item, fewer than 2"),
        ({"maxItems": 1}, [1, 2], "maxItems", "has 2 items, more than 1"),
        ({"uniqueItems": True}, [1, 1], "uniqueItems", "has items that are equal"),
        ({"contains": {"type": "string"}}, [1], "contains", "lacks an item that it has to contain"),
        ({"contains": {}, "maxContains": 1}, [1, 1], "maxContains", "has more than 1 item that fits `contains`"),
        ({"contains": {}, "maxContains": 2}, [1, 2, 3], "maxContains", "has more than 2 items that fit `contains`"),
        ({"contains": {}, "minContains": 2}, [1], "minContains", "has fewer than 2 items that fit `contains`"),
        ({"minProperties": 1}, {}, "minProperties", "has 0 members, fewer than 1"),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, "maxProperties", "has 2 members, more than 1"),
        ({"not": {"type": "string"}}, "a", "not", "'a' is what its schema excludes"),
        ({"maximum": 5}, 10**200, "maximum", f"1{'0' * 79}... is above 5"),
    ],
)
def test_each_keyword_has_its_sentence(
    codec_of: Callable[..., Codec], schema: dict[str, Any], value: Any, code: str, detail: str
) -> None:
    assert found(codec_of(schema), value) == [("", code, detail)]


def test_members_and_items_are_named_by_their_pointers(codec_of: Callable[..., Codec]) -> None:
    schema = {
        "type": "object",
        "required": ["customer", "lines"],
        "additionalProperties": False,
        "properties": {
            "customer": {"type": "string"},
            "lines": {"type": "array", "items": {"type": "object", "properties": {"a/b~c": {"minimum": 1}}}},
            "quantity": False,
        },
    }
    value = {"lines": [{"a/b~c": 1}, {"a/b~c": 0}], "quantitty": 1, "zz": 2, "quantity": 3}
    assert found(codec_of(schema), value) == [
        ("/customer", "required", "is missing"),
        ("/lines/1/a~1b~0c", "minimum", "0 is below 1"),
        ("/quantitty", "additionalProperties", "is not a declared property. Did you mean 'quantity'?"),
        ("/zz", "additionalProperties", "is not a declared property"),
        ("/quantity", "not", "is not allowed here"),
    ]


def test_more_keywords_that_point_at_members(codec_of: Callable[..., Codec]) -> None:
    schema = {
        "dependentRequired": {"card": ["address"]},
        "propertyNames": {"maxLength": 7},
        "allOf": [{"properties": {"card": {"type": "string"}}}],
        "unevaluatedProperties": False,
    }
    assert found(codec_of(schema), {"card": "x", "carrd": 1, "longer-than": 2}) == [
        ("/address", "required", "is missing"),
        ("/carrd", "unevaluatedProperties", "is not a declared property. Did you mean 'card'?"),
        ("/longer-than", "propertyNames", "is no name for a property here: 'longer-than' is longer than 7 characters"),
        ("/longer-than", "unevaluatedProperties", "is not a declared property"),
    ]
    assert found(codec_of({"prefixItems": [True], "unevaluatedItems": False}), [1, 2]) == [
        ("", "unevaluatedItems", "has 1 item too many")
    ]


def test_the_pointer_of_the_place_comes_first(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"type": "array", "items": {"type": "integer"}})
    assert codec.violations(["x"], "query", "/ids") == [Violation("query", "/ids/0", "type", "'x' is not an integer")]


def test_violations_stand_in_the_order_of_the_document_what_an_object_lacks_before_what_it_has(
    codec_of: Callable[..., Codec],
) -> None:
    schema = {
        "properties": {"b": {"type": "integer"}, "a": {"items": {"type": "integer"}}, "c": {"type": "integer"}},
        "required": ["z"],
    }
    value = json.loads('{"c": "x", "a": ["x", 1, "y"], "b": "x"}')
    assert [pointer for pointer, *_ in found(codec_of(schema), value)] == ["/z", "/c", "/a/0", "/a/2", "/b"]


def test_all_of_a_thousand_violations_are_listed(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"type": "array", "items": {"type": "integer"}})
    assert len(codec.violations(["x"] * 1000, "body")) == 1000


def test_a_million_mistakes_are_cut_and_that_there_are_more_is_told(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"type": "array", "items": {"type": "integer"}})
    many = codec.violations(["x"] * 1_000_000, "body", "/ids")
    assert [many[0], many[999]] == [Violation("body", f"/ids/{n}", "type", "'x' is not an integer") for n in (0, 999)]
    assert many[1000:] == [Violation("body", "/ids", "more", "has more violations than these 1000")]


def test_as_many_undeclared_members_are_cut_too(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"type": "object", "additionalProperties": False, "properties": {"name": {}}})
    many = found(codec, {f"nam{n}": n for n in range(80_000)})
    assert many[0] == ("/nam0", "additionalProperties", "is not a declared property. Did you mean 'name'?")
    assert (len(many), many[1000]) == (1001, ("", "more", "has more violations than these 1000"))


ROW = {
    "type": "object",
    "required": ["n"],
    "properties": {"n": {"type": "integer"}, "pin": {"type": "string", "format": "password", "maxLength": 4}},
}
LARGE = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "rows": {"type": "array", "maxItems": 9, "uniqueItems": True, "items": {"$ref": "#/components/schemas/Row"}},
        "map": {"allOf": [{"maxProperties": 3}, {"additionalProperties": {"$ref": "#/components/schemas/Row"}}]},
        "either": {"type": "array", "items": {"oneOf": [{"type": "integer"}, {"$ref": "#/components/schemas/Row"}]}},
        "deep": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    },
}


def test_a_large_value_is_told_all_that_a_small_one_is(codec_of: Callable[..., Codec]) -> None:
    rows: list[Any] = [{"n": n} for n in range(9000)]
    rows[5], rows[8000], rows[8999] = {"n": "x", "pin": "12345"}, {}, {"n": 0}
    value = {
        "rows": rows,
        "map": {f"m{n}": {"n": "x" if n == 7000 else n} for n in range(7001)},
        "either": [*range(9000), "x"],
        "deep": [list(range(9000)), [*range(9000), None]],
        "nam": 1,
    }
    assert found(codec_of(LARGE, others={"Row": ROW}), value) == [
        ("/name", "required", "is missing"),
        ("/rows", "maxItems", "has 9000 items, more than 9"),
        ("/rows", "uniqueItems", "has items that are equal"),
        ("/rows/5/n", "type", "'x' is not an integer"),
        ("/rows/5/pin", "maxLength", "a value is longer than 4 characters"),
        ("/rows/8000/n", "required", "is missing"),
        ("/map", "maxProperties", "has 7001 members, more than 3"),
        ("/map/m7000/n", "type", "'x' is not an integer"),
        ("/either/9000", "type", "'x' is not an integer or an object"),
        ("/deep/1/9000", "type", "null is not an integer"),
        ("/nam", "additionalProperties", "is not a declared property. Did you mean 'name'?"),
    ]


def test_alternatives_of_a_large_value_are_told_whole(codec_of: Callable[..., Codec]) -> None:
    schema = {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}
    assert found(codec_of(schema), [*range(9000), "x"]) == [("/9000", "type", "'x' is not an integer")]


def test_a_name_in_a_large_value_makes_its_value_a_secret(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"properties": {"tokens": {"type": "array", "items": {"type": "integer"}}}})
    assert found(codec, {"tokens": [*range(9000), "hush"]}) == [("/tokens/9000", "type", "a value is not an integer")]


# ---- alternatives

PETS: dict[str, Any] = {
    "Cat": {
        "type": "object",
        "required": ["kind", "lives"],
        "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
    },
    "Dog": {
        "type": "object",
        "required": ["kind", "tail"],
        "properties": {"kind": {"const": "dog"}, "tail": {"type": "boolean"}},
    },
}
REFS = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_no_alternative_fits_and_each_says_why(codec_of: Callable[..., Codec], keyword: str) -> None:
    codec = codec_of({"properties": {"pet": {keyword: REFS}}}, others=PETS)
    assert found(codec, {"pet": {"kind": "cow"}}) == [
        (
            "/pet",
            keyword,
            "fits none of the 2 alternatives: Cat (/kind 'cow' is not 'cat'); Dog (/kind 'cow' is not 'dog')",
        )
    ]


def test_the_discriminator_picks_whose_violations_are_told(codec_of: Callable[..., Codec]) -> None:
    schema = {
        "oneOf": REFS,
        "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog", "cat": "Cat"}},
    }
    codec = codec_of(schema, others=PETS)
    assert found(codec, {"kind": "dog", "tail": 1}) == [("/tail", "type", "1 is not a boolean")]
    assert found(codec, {"kind": "cat"}) == [("/lives", "required", "is missing")]
    assert found(codec, {"kind": "cow"}) == [("/kind", "enum", "'cow' is none of 'cat', 'dog'")]
    assert found(codec, {}) == [("/kind", "required", "is missing")]


def test_a_discriminator_offers_only_what_the_alternatives_let_pass(codec_of: Callable[..., Codec]) -> None:
    mapping = {"card": "#/components/schemas/Card", "bank": "#/components/schemas/Bank"}
    schema = {"oneOf": [{"$ref": at} for at in mapping.values()], "discriminator": {"propertyName": "by"}}
    others = {
        "Card": {"type": "object", "required": ["by", "number"], "properties": {"by": {"const": "card"}}},
        "Bank": {"type": "object", "required": ["by"], "properties": {"by": {"enum": ["bank", "Bank"]}}},
    }
    for codec in (
        codec_of(schema, others=others),  # by its const, which no mapping tells
        codec_of({**schema, "discriminator": {"propertyName": "by", "mapping": mapping}}, others=others),
    ):
        assert found(codec, {"by": "cash"})[0][2].startswith("'cash' is none of 'card', ")
        assert found(codec, {"by": "Card"})[0][2].startswith("'Card' is none of 'card', ")
        assert found(codec, {"by": "card"}) == [("/number", "required", "is missing")]
        assert found(codec, {"by": "Bank"}) == []


def test_an_enum_that_the_alternatives_share_does_not_name_them(codec_of: Callable[..., Codec]) -> None:
    pet = {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["Cat", "Dog", "Cow"]}}}
    base = {"$ref": "#/components/schemas/Pet"}
    others = {"Pet": pet, **{name: {"allOf": [base, {"required": ["tail"]}]} for name in ("Cat", "Dog")}}
    schema = {"oneOf": REFS, "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}}}
    codec = codec_of(schema, others=others)
    assert found(codec, {"kind": "Cow"}) == [("/kind", "enum", "'Cow' is none of 'Cat', 'Dog'")]
    assert found(codec, {"kind": "Dog"}) == [("/tail", "required", "is missing")]


def test_a_discriminator_has_a_default_in_3_2(codec_of: Callable[..., Codec]) -> None:
    schema = {"oneOf": REFS, "discriminator": {"propertyName": "kind", "defaultMapping": "Cat"}}
    assert found(codec_of(schema, "3.2.0", others=PETS), {"kind": "cow", "lives": 9}) == [
        ("/kind", "const", "'cow' is not 'cat'")
    ]


def test_null_is_no_alternative_worth_telling(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"oneOf": [{"type": "null"}, REFS[0]]}, others=PETS)
    assert found(codec, {"kind": "cat"}) == [("/lives", "required", "is missing")]


def test_the_only_alternative_of_the_right_type_is_told(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
    assert found(codec, ["a", 1]) == [("/1", "type", "1 is not a string")]
    assert found(codec, 5) == [("", "type", "5 is not a string or an array")]


def test_more_than_one_alternative_fits(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"oneOf": [{"type": "integer"}, {"minimum": 2}]})
    assert found(codec, 3) == [("", "oneOf", "fits more than one of the alternatives: number 1 and number 2")]


def test_alternatives_inside_of_alternatives(codec_of: Callable[..., Codec]) -> None:
    inner = {"anyOf": [{"minimum": 5}, {"multipleOf": 2}]}
    codec = codec_of({"oneOf": [{"properties": {"n": inner}, "required": ["n"]}, {"required": ["m"]}]})
    assert found(codec, {"n": 3}) == [
        (
            "",
            "oneOf",
            "fits none of the 2 alternatives: number 1 (/n fits none of the 2 alternatives: number 1 (3 is below 5); "
            "number 2 (3 is not a multiple of 2)); number 2 (/m is missing)",
        )
    ]


# ---- secrets


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("newPassword", True),
        ("PASSWD", True),
        ("client_secret", True),
        ("accessToken", True),
        ("Authorization", True),
        ("api_key", True),
        ("X-Api-Key", True),
        ("apikey", True),
        ("name", False),
        ("key", False),
        ("passport", False),
    ],
)
def test_names_of_secrets(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer"},
        {"minLength": 20},
        {"pattern": "^x$"},
        {"enum": ["x"]},
        {"format": "uuid"},
        {"const": "x"},
        {"not": {"type": "string"}},
        {"oneOf": [{"type": "integer"}, {"minLength": 20}]},
        {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
        {"anyOf": [{"minLength": 20}, {"pattern": "x"}]},
    ],
)
def test_a_secret_is_in_no_message(codec_of: Callable[..., Codec], schema: dict[str, Any]) -> None:
    by_name = codec_of({"properties": {"user": {"properties": {"api_key": schema}}, "tokens": {"items": schema}}})
    texts = [str(v) for v in by_name.violations({"user": {"api_key": "hunter2"}, "tokens": ["hunter2"]}, "body")]
    by_format = codec_of(
        {"properties": {"pin": {"allOf": [schema, {"$ref": "#/components/schemas/Pin"}]}}},
        others={"Pin": {"format": "password"}},
    )
    texts += [str(v) for v in by_format.violations({"pin": "hunter2"}, "body")]
    texts += [str(v) for v in codec_of(schema).violations("hunter2", "header", "/Authorization")]
    assert len(texts) >= 4
    assert [text for text in texts if "hunter2" in text] == []


def test_a_masked_value_is_called_a_value(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"properties": {"password": {"minLength": 8}}})
    assert found(codec, {"password": "short"}) == [("/password", "minLength", "a value is shorter than 8 characters")]


def test_violations_are_one_exception_that_can_be_pickled() -> None:
    error = Violations([Violation("body", "/a", "minimum", "0 is below 1"), Violation("query", "", "json", "is empty")])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.violations) == ("body /a 0 is below 1; query is empty", error.violations)
    assert error.violations[0].as_dict() == {"in": "body", "pointer": "/a", "code": "minimum", "detail": "0 is below 1"}


def test_violations_are_a_validation_error_that_is_sent_as_a_400() -> None:
    error = Violations([Violation("body", "/a", "minimum", "0 is below 1")])
    told = {"in": "body", "pointer": "/a", "code": "minimum", "detail": "0 is below 1"}
    assert isinstance(error, ValidationError)
    assert error.errors == [told]
    assert error.to_dict() == {
        "status": 400,
        "error": "INVALID_PARAMETER",
        "error_description": "body /a 0 is below 1",
        "error_id": error.error_id,
        "errors": [told],
    }


def test_discriminators_inside_of_one_another_are_followed(codec_of: Callable[..., Codec]) -> None:
    def one_of(*names: str) -> dict[str, Any]:
        refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
        return {"oneOf": refs, "discriminator": {"propertyName": "k"}}

    def asking(name: str) -> dict[str, Any]:
        return {"type": "object", "required": [name], "properties": {name: {"type": "integer"}}}

    others = {"B": one_of("B1", "B2"), "B1": asking("b"), "B2": asking("b2"), "C": asking("c"), "Pet": PET}
    others["Cat"] = {"allOf": [{"$ref": "#/components/schemas/Pet"}, asking("lives")]}
    codec = codec_of(one_of("B", "C", "Pet"), others=others)

    def told(value: Any) -> list[str]:
        return [f"{one.pointer} {one.detail}" for one in codec.violations(value, "body")]

    assert told({"k": "B1", "b": 1, "name": 1}) == []
    assert told({"k": "B1"}) == ["/b is missing"]
    assert told({"k": "B2"}) == ["/b2 is missing"]
    assert told({"k": "C"}) == ["/c is missing"]
    assert told({"k": "Cat", "name": 1}) == ["/name 1 is not a string"]
    assert told({"k": "B"}) == [" fits none of the 2 alternatives: B1 (/b is missing); B2 (/b2 is missing)"]
    assert told({"k": "D"}) == ["/k 'D' is none of 'B', 'C', 'Pet', 'B1', 'B2', 'Cat'"]


PET = {
    "type": "object",
    "discriminator": {"propertyName": "k"},
    "required": ["name"],
    "properties": {"name": {"type": "string"}},
}


def test_a_pointer_is_cut_where_a_name_or_the_whole_is_long() -> None:
    assert pointer_text(["a~b/c", 1, "x" * 200, "y" * 100_000, "z"]) == f"/a~0b~1c/1/{'x' * 200}/{'y' * 200}…/z"
    deep = pointer_text(["x" * 100] * 1000)
    assert deep == ("/" + "x" * 100) * 20 + "/…"


def test_long_names_make_fewer_violations_and_that_there_are_more_is_told(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"additionalProperties": {"type": "array", "items": {"type": "integer"}}})
    found = codec.violations({"n" * 100_000: ["x"] * 1000}, "body")
    assert [(one.code, one.pointer[:4], len(one.pointer) < 220) for one in found] == [
        *[("type", "/nnn", True)] * 3,
        ("more", "", True),
    ]
    assert found[-1].detail == "has more violations than these 3"


def test_of_all_values_of_a_call_a_reply_has_room_for_so_many_violations() -> None:
    short = [Violation("query", f"/{number}", "type", "is wrong") for number in range(1000)]
    more = Violation("body", "/x", "more", "has more violations than these 1000")
    assert sendable([*short, more]) == [*short, more]
    last = Violation("query", "", "more", "has more violations than these 1000")
    assert sendable([*short, *short]) == [*short, last]
    long = [Violation("body", "/a", "type", "x" * 10_000)] * 500
    assert sendable(long) == [*long[:25], Violation("body", "", "more", "has more violations than these 25")]


# ---- what costs much to explain

TREE = {"$ref": "#/components/schemas/Tree"}
TWINS: dict[str, Any] = {
    keyword: {
        keyword: [
            {"type": "object", "required": ["k", "z"], "properties": {"k": TREE}},
            {"type": "object", "required": ["k"], "properties": {"k": TREE}},
        ]
    }
    for keyword in ("anyOf", "oneOf")
}


def nested(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = {"k": value}
    return value


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
@pytest.mark.parametrize("depth", [8, 16, 100])
def test_alternatives_that_contain_themselves_are_told_in_short(
    codec_of: Callable[..., Codec], keyword: str, depth: int
) -> None:
    codec = codec_of(TREE, others={"Tree": TWINS[keyword]})
    none = "fits none of the 2 alternatives"
    assert found(codec, nested(depth, 1)) == [
        ("", keyword, f"{none}: number 1 (/k {none}); number 2 (/k {none})"),
    ]


def test_the_alternative_of_the_right_type_is_followed_however_deep(codec_of: Callable[..., Codec]) -> None:
    tree = {"type": "object", "properties": {"k": {"anyOf": [TREE, {"type": "null"}]}, "rows": {"items": TREE}}}
    codec = codec_of(TREE, others={"Tree": tree})
    value = nested(10, {"rows": [{}] * 5000 + [{"k": 1}]})
    assert found(codec, value) == [(f"{'/k' * 10}/rows/5000/k", "type", "1 is not an object")]


def test_a_discriminator_is_followed_in_alternatives_that_contain_themselves(codec_of: Callable[..., Codec]) -> None:
    branches = {
        name: {"type": "object", "required": ["kind"], "properties": {"kind": {"const": name}, "k": TREE}}
        for name in ("A", "B")
    }
    tree = {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in branches],
        "discriminator": {"propertyName": "kind"},
    }
    value: Any = {"kind": "C"}
    for _ in range(12):
        value = {"kind": "B", "k": value}
    codec = codec_of(TREE, others={"Tree": tree, **branches})
    assert found(codec, value) == [("/k" * 12 + "/kind", "enum", "'C' is none of 'A', 'B'")]


def test_the_reasons_of_alternatives_are_cut(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of(TREE, others={"Tree": TWINS["oneOf"]})
    [violation] = codec.violations(nested(5, 1), "body")
    assert len(violation.detail) < 1000


def test_thousands_of_wrong_names_are_cut(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"propertyNames": {"pattern": "^[a-c]+$"}})
    many = found(codec, {f"k{n}": n for n in range(3900)})
    assert many[0] == ("/k0", "propertyNames", "is no name for a property here: 'k0' does not match ^[a-c]+$")
    assert many[1000:] == [("", "more", "has more violations than these 1000")]


def test_large_arrays_of_alternatives_and_tuples_are_told_in_short(codec_of: Callable[..., Codec]) -> None:
    either = {"anyOf": [{"type": "array", "items": {"type": "object", "required": [name]}} for name in "ab"]}
    assert found(codec_of(either), [{}] * 100_000) == [
        ("", "anyOf", "fits none of the 2 alternatives: number 1 (/0/a is missing); number 2 (/0/b is missing)")
    ]
    pair = codec_of({"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False})
    many = found(pair, list(range(100_000)))
    assert [many[0], many[1], len(many)] == [
        ("/0", "type", "0 is not a string"),
        ("/2", "not", "is not allowed here"),
        1001,
    ]


def test_what_a_large_value_may_not_have_besides(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"allOf": [{"properties": {"rows": {"items": {}}}}], "unevaluatedProperties": False})
    value = {"rows": [0] * 5000, "else": 1}
    assert found(codec, value) == [("/else", "unevaluatedProperties", "is not a declared property")]


def test_a_pattern_that_takes_too_long_is_a_violation(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"properties": {"a": {"pattern": r"^(a*)*\1b$"}, "token": {"pattern": r"^(a*)*\1b$"}}})
    text = "a" * 25 + "c"
    assert found(codec, {"a": text}) == [("/a", "pattern", f"'{text}' takes too long to match with the pattern")]
    assert found(codec, {"token": text}) == [("/token", "pattern", "a value takes too long to match with the pattern")]


@pytest.mark.parametrize(
    "pin",
    [
        lambda pin: {"if": True, "then": {"properties": {"pin": pin}}},
        lambda pin: {"if": False, "else": {"properties": {"pin": pin}}},
        lambda pin: {"dependentSchemas": {"pin": {"properties": {"pin": pin}}}},
        lambda pin: {"unevaluatedProperties": pin},
        lambda pin: {"properties": {"pin": {"contains": pin}}},
        lambda pin: {"properties": {"pin": {"unevaluatedItems": pin}}},
    ],
)
def test_a_password_is_one_wherever_its_schema_stands(codec_of: Callable[..., Codec], pin: Any) -> None:
    schema = pin({"type": ["string", "array"], "format": "password"})
    codec = codec_of({"type": "object", **schema, "allOf": [{"properties": {"pin": {"items": {"maxLength": 3}}}}]})
    texts = [str(violation) for violation in codec.violations({"pin": ["geheim"]}, "body")]
    assert texts
    assert [text for text in texts if "geheim" in text] == []


def test_what_a_password_may_be_is_not_told(codec_of: Callable[..., Codec]) -> None:
    codec = codec_of({"properties": {"pin": {"format": "password", "enum": ["geheim"]}}})
    assert found(codec, {"pin": "x"}) == [("/pin", "enum", "a value is not what its schema accepts")]


@pytest.mark.parametrize("size", [1, 10_000])
def test_of_an_alternative_what_is_there_is_told_before_what_is_missing(
    codec_of: Callable[..., Codec], size: int
) -> None:
    rows = {"type": "array", "items": {"type": "integer"}}
    properties = {"a": {"type": "string"}, "rows": rows}
    codec = codec_of(
        {"anyOf": [{"type": "object", "required": [name], "properties": properties} for name in ("b", "c")]}
    )
    told = "number 1 (/a 1 is not a string); number 2 (/a 1 is not a string)"
    assert found(codec, {"rows": [1] * size, "a": 1}) == [("", "anyOf", f"fits none of the 2 alternatives: {told}")]


@pytest.mark.parametrize("size", [1, 10_000])
def test_what_an_object_lacks_comes_first_however_large_a_value_is(codec_of: Callable[..., Codec], size: int) -> None:
    row = {"type": "object", "required": ["id"], "properties": {"n": {"type": "integer"}}}
    schema = {"type": "object", "required": ["z", "y"], "properties": {"rows": {"items": row}, "a": {"type": "string"}}}
    assert [
        pointer for pointer, _, _ in found(codec_of(schema), {"a": 1, "rows": [{"id": 1}] * size + [{"n": "x"}]})
    ] == [
        "/z",
        "/y",
        "/a",
        f"/rows/{size}/id",
        f"/rows/{size}/n",
    ]
