"""Codecs: what a schema says, decoding and encoding, and what never gets through as another exception."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.violations import Violation, Violations

Make = Callable[..., Codec]
ALL = {"null", "boolean", "integer", "number", "string", "array", "object"}


@pytest.mark.parametrize(
    ("version", "schema", "types"),
    [
        ("3.1.0", {}, ALL),
        ("3.1.0", True, ALL),
        ("3.1.0", False, set()),
        ("3.1.0", {"type": "string"}, {"string"}),
        ("3.1.0", {"type": "number"}, {"number", "integer"}),
        ("3.1.0", {"type": "integer"}, {"integer"}),
        ("3.1.0", {"type": ["array", "null"]}, {"array", "null"}),
        ("3.1.0", {"$ref": "#/components/schemas/Text"}, {"string"}),
        ("3.1.0", {"allOf": [{"type": ["string", "array"]}, {"$ref": "#/components/schemas/Text"}]}, {"string"}),
        ("3.1.0", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"integer", "null"}),
        ("3.1.0", {"type": "string", "oneOf": [{"type": "string"}, {"type": "integer"}]}, {"string"}),
        ("3.1.0", {"enum": ["a", 1, 1.5]}, {"string", "integer", "number"}),
        ("3.1.0", {"const": True}, {"boolean"}),
        ("3.0.3", {"type": "string", "nullable": True}, {"string", "null"}),
        ("2.0", {"type": "string", "x-nullable": True}, {"string", "null"}),
        ("2.0", {"type": "file"}, ALL),
    ],
)
def test_the_types_that_a_schema_accepts(codec_of: Make, version: str, schema: Any, types: set[str]) -> None:
    codec = codec_of(schema, version, others={"Text": {"type": "string"}})
    assert (codec.types, codec.allows_null) == (frozenset(types), "null" in types)


def test_items_and_properties_are_found_behind_references(codec_of: Make) -> None:
    others = {
        "List": {"type": "array", "items": {"type": "integer"}},
        "A": {"properties": {"a": {"type": "string"}}},
        "B": {"allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"b": {}}}]},
    }
    items = codec_of({"allOf": [{"$ref": "#/components/schemas/List"}]}, others=others).items
    assert items is not None
    assert (items.value, items.pointer) == ({"type": "integer"}, ("components", "schemas", "List", "items"))
    assert codec_of({"type": "string"}).items is None
    codec = codec_of({"$ref": "#/components/schemas/B"}, others=others)
    assert {name: node.value for name, node in codec.properties.items()} == {"a": {"type": "string"}, "b": {}}


def test_a_default_is_a_copy_each_time(codec_of: Make) -> None:
    codec = codec_of({"$ref": "#/components/schemas/List"}, others={"List": {"default": {"a": [1]}}})
    codec.default["a"].append(2)
    assert (codec.has_default, codec.default) == (True, {"a": [1]})
    null, none = codec_of({"default": None}), codec_of({})
    assert [(c.has_default, c.default) for c in (null, none)] == [(True, None), (False, None)]


def test_a_codec_is_the_same_for_the_same_place(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of({"It": {}})
    schema = shop.api.schemas["It"]
    assert shop.codec(schema, "request") is shop.codec(schema, "request")
    assert shop.codec(schema, "request") is not shop.codec(schema, "response")


def test_decode_validates_and_converts(codec_of: Make) -> None:
    codec = codec_of({"type": "array", "items": {"type": "string", "format": "date-time"}})
    assert codec.decode(b'["2026-03-04T10:11:12Z"]') == [datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC)]
    assert codec.decode_plain(b'["2026-03-04T10:11:12Z"]') == ["2026-03-04T10:11:12Z"]
    for decode in (codec.decode, codec.decode_plain):
        with pytest.raises(Violations) as caught:
            decode(b'["x"]', "response")
        assert caught.value.violations == [
            Violation("response", "/0", "format", "'x' is not a date-time as in 2026-03-04T10:11:12Z")
        ]


def test_what_is_no_json_is_a_violation_of_its_location(codec_of: Make) -> None:
    with pytest.raises(Violations) as caught:
        codec_of({}).decode(b"{", "response")
    assert [(v.location, v.code) for v in caught.value.violations] == [("response", "json")]


def test_scalars_are_converted_and_encoded(codec_of: Make) -> None:
    codec = codec_of({"type": "string", "format": "byte"})
    assert (codec.decode(b'"aGk="'), codec.encode(b"hi"), codec.plain(b"hi")) == (b"hi", b'"aGk="', "aGk=")
    when = codec_of({"type": "string", "format": "date-time"})
    text = b'"2026-03-04T10:11:12.123456789Z"'
    assert when.encode(when.decode(text)) == text
    with pytest.raises(ValueError, match=r"^a datetime without a time zone; give it one, as datetime.now\(UTC\) has$"):
        when.encode(datetime(2026, 3, 4))


def test_plain_is_what_encode_writes(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of({"It": {"properties": {"inner": {"$ref": "#/components/schemas/It"}}}})
    codec = shop.codec(shop.api.schemas["It"], "response")
    model = shop.models.It(inner=shop.models.It(), at=datetime(2026, 3, 4, tzinfo=UTC), n=Decimal("1.5"))
    assert codec.plain(model) == {"inner": {}, "at": "2026-03-04T00:00:00Z", "n": 1.5}
    assert codec.encode([model, {"a": model}]) == (
        b'[{"inner":{},"at":"2026-03-04T00:00:00Z","n":1.5},{"a":{"inner":{},"at":"2026-03-04T00:00:00Z","n":1.5}}]'
    )


def test_checked_gives_the_text_and_what_is_wrong_with_it(codec_of: Make) -> None:
    codec = codec_of({"properties": {"n": {"type": "integer"}}}, direction="response")
    assert codec.checked({"n": 1}) == (b'{"n":1}', [])
    assert codec.checked({"n": "x"}) == (b'{"n":"x"}', [Violation("response", "/n", "type", "'x' is not an integer")])
    with pytest.raises(ValueError, match=r"^/n: NaN is no number of JSON$"):
        codec.checked({"n": Decimal("NaN")})


def test_values_that_are_no_json_are_a_violation(codec_of: Make) -> None:
    codec = codec_of({"type": "object", "properties": {"a": {"type": "string"}}})
    assert [v.code for v in codec.violations({1: 2}, "body") + codec.violations({"a": object()}, "body")] == [
        "json",
        "json",
    ]


@pytest.mark.parametrize("depth", [100, 300, 900])
def test_deep_bodies_are_valid_or_not_but_never_break(codec_of: Make, depth: int) -> None:
    codec = codec_of({"type": ["array", "string"], "items": {"$ref": "#/components/schemas/It"}})
    assert codec.decode_plain(b"[" * depth + b'"a"' + b"]" * depth)
    with pytest.raises(Violations) as caught:
        codec.decode(b"[" * depth + b"1" + b"]" * depth)
    assert [(v.pointer, v.code) for v in caught.value.violations] == [("/0" * depth, "type")]


@pytest.mark.parametrize(
    ("depth", "said"), [(200, "is missing"), (800, "is nested too deep to tell what in it does not fit")]
)
def test_what_is_wrong_with_a_value_that_is_nested_too_deep_is_not_told(codec_of: Make, depth: int, said: str) -> None:
    codec = codec_of({"type": "object", "required": ["item"]})
    with pytest.raises(Violations) as caught:
        codec.decode(b'{"w":' + b"[" * depth + b"]" * depth + b"}")
    assert [v.detail for v in caught.value.violations] == [said]


def test_too_deep_bodies_are_one_violation(codec_of: Make) -> None:
    with pytest.raises(Violations) as caught:
        codec_of({}).decode(b"[" * 50_000 + b"]" * 50_000)
    assert caught.value.violations == [Violation("body", "", "json", "is nested too deep")]


def test_integers_are_of_any_size_and_may_be_written_as_floats(codec_of: Make) -> None:
    codec = codec_of({"type": "integer"})
    assert codec.decode(b"123456789012345678901234567890") == 123456789012345678901234567890
    assert codec.decode(b"1.0") == 1


def test_importing_the_room_does_not_import_the_validator() -> None:
    import subprocess
    import sys

    code = "import sys, pymacaron.schema.codec, pymacaron.models; print('jsonschema_rs' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_places_that_refer_to_one_schema_share_what_validates_and_reads(schemas_of: Callable[..., Schemas]) -> None:
    named = {
        "Pet": {"type": "object", "properties": {"n": {"type": "integer"}}},
        "Same": ref("Pet"),
        "Also": ref("Same"),
    }
    shop = schemas_of(named)
    pet, *others = [shop.codec(shop.api.schemas[name], "response") for name in named]
    for codec in others:
        assert codec.decode(b'{"n": 1}').to_json() == {"n": 1}
        assert [one.pointer for one in codec.violations({"n": "x"}, "body")] == ["/n"]
        assert codec._typed is pet._typed is not None
        assert codec._accepts is pet._accepts
        assert codec._bundle is pet._bundle
    assert shop.codec(shop.api.schemas["Same"], "request")._bundle is not pet._bundle


def test_references_that_go_round_in_a_circle_take_any_value(schemas_of: Callable[..., Schemas]) -> None:
    for count in (1, 2, 3, 4, 7):
        shop = schemas_of({f"S{at}": ref(f"S{(at + 1) % count}") for at in range(count)})
        codecs = [shop.codec(node, "response") for node in shop.api.schemas.values()]
        assert [codec.decode(b"[1]") for codec in codecs] == [[1]] * count


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
