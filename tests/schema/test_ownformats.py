"""Formats of one's own: converted wherever they stand, turned back wherever they are sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.ownformats import Own, own_formats
from pymacaron.schema.violations import Violations

Make = Callable[..., Codec]


@dataclass
class Vat:
    country: str
    number: int


def vat(text: str) -> Vat:
    return Vat(text[:2], int(text[2:]))


VAT = (lambda text: len(text) > 2, vat, lambda value: f"{value.country}{value.number}")
#: its Python values are texts too: only where a value stands tells which it is
REVERSED = (None, lambda text: text[::-1], lambda text: text[::-1])
CENTS = (lambda number: number >= 0, lambda number: number / 100, lambda euros: round(euros * 100))
FORMATS = {"vat": VAT, "reversed": REVERSED, "cents": CENTS}
V = {"type": "string", "format": "vat"}


def array(items: Any) -> Any:
    return {"type": "array", "items": items}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (V, '"SE5"', Vat("SE", 5)),
        ({"type": "array", "items": V}, '["SE5"]', [Vat("SE", 5)]),
        ({"type": "array", "items": {"type": "array", "items": V}}, '[["SE5"]]', [[Vat("SE", 5)]]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, V], "items": V}, '[1,"SE5","SE6"]', None),
        (array({"type": "object", "additionalProperties": V}), '[{"a":"SE5"}]', [{"a": Vat("SE", 5)}]),
        (array({"patternProperties": {"^v": V}}), '[{"v":"SE5","w":"SE5"}]', [{"v": Vat("SE", 5), "w": "SE5"}]),
        ({"type": ["string", "null"], "format": "vat"}, "null", None),
        ({"oneOf": [V, {"type": "integer"}]}, '"SE5"', Vat("SE", 5)),
        ({"oneOf": [V, {"type": "integer"}]}, "5", 5),
        ({"allOf": [V, {"minLength": 3}]}, '"SE5"', Vat("SE", 5)),
        ({"type": "string", "format": "reversed"}, '"abc"', "cba"),
        ({"type": "array", "items": {"type": "string", "format": "reversed"}}, '["abc"]', ["cba"]),
        ({"type": "integer", "format": "cents"}, "150", 1.5),
        (array({"additionalProperties": {"format": "cents"}}), '[{"a":150,"b":true}]', [{"a": 1.5, "b": True}]),
    ],
)
def test_values_are_converted_wherever_they_stand_and_back(codec_of: Make, schema: Any, text: str, value: Any) -> None:
    codec = codec_of(schema, formats=FORMATS)
    decoded = codec.decode(text.encode())
    if value is not None:
        assert (decoded, type(decoded)) == (value, type(value))
    assert codec.encode(decoded).decode() == text


SHOP = {
    "Order": {
        "type": "object",
        "properties": {
            "vat": V,
            "vats": {"type": "array", "items": V},
            "by_name": {"type": "object", "additionalProperties": V},
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
            "first": {"$ref": "#/components/schemas/Line"},
        },
        "additionalProperties": {"type": "string", "format": "reversed"},
    },
    "Line": {"type": "object", "properties": {"code": {"type": "string", "format": "reversed"}, "vat": V}},
}
TEXT = (
    '{"vat":"SE1","vats":["SE2"],"by_name":{"a":"SE3"},"lines":[{"code":"abc","vat":"SE4"}],"first":{"code":"xyz"},'
    '"more":"olleh"}'
)


def test_models_hold_python_values_at_any_depth(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of(SHOP, formats=FORMATS)
    codec = shop.codec(shop.api.schemas["Order"], "response")
    order = codec.decode(TEXT.encode())
    assert codec.encode(order).decode() == TEXT
    assert (order.vat, order.vats, order.by_name) == (Vat("SE", 1), [Vat("SE", 2)], {"a": Vat("SE", 3)})
    assert (order.lines[0].code, order.lines[0].vat, order.first.code) == ("cba", Vat("SE", 4), "zyx")
    assert order["more"] == "hello"
    assert codec.encode(order).decode() == TEXT
    assert order.to_json() == json.loads(TEXT)
    assert shop.models.Order.from_json(json.loads(TEXT)) == order


def test_what_is_changed_in_place_is_sent(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of(SHOP, formats=FORMATS)
    order = shop.models.Order.from_json(json.loads(TEXT))
    order.vat.number = 9
    order.vats.append(Vat("DE", 7))
    order.by_name["b"] = Vat("DE", 8)
    order.lines[0].code = "new"
    order["more"] = "bye"
    assert order.to_json() == {
        "vat": "SE9",
        "vats": ["SE2", "DE7"],
        "by_name": {"a": "SE3", "b": "DE8"},
        "lines": [{"code": "wen", "vat": "SE4"}],
        "first": {"code": "xyz"},
        "more": "eyb",
    }


@pytest.mark.parametrize(
    "given",
    [
        lambda models: models.Order(vat=Vat("SE", 1), lines=[models.Line(code="cba", vat=Vat("SE", 4))]),
        lambda models: models.Order(vat=Vat("SE", 1), lines=[{"code": "cba", "vat": Vat("SE", 4)}]),
        lambda models: {"vat": Vat("SE", 1), "lines": [models.Line(code="cba", vat=Vat("SE", 4))]},
        lambda models: {"vat": Vat("SE", 1), "lines": ({"code": "cba", "vat": Vat("SE", 4)},)},
        lambda models: {"vat": "SE1", "lines": [{"code": "cba", "vat": "SE4"}]},
    ],
)
def test_what_a_handler_builds_is_turned_back(schemas_of: Callable[..., Schemas], given: Callable[[Any], Any]) -> None:
    shop = schemas_of(SHOP, formats=FORMATS)
    codec = shop.codec(shop.api.schemas["Order"], "response")
    assert codec.encode(given(shop.models)).decode() == '{"vat":"SE1","lines":[{"code":"abc","vat":"SE4"}]}'


def test_a_dict_in_a_model_reads_as_the_model_that_it_is(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of(SHOP, formats=FORMATS)
    order = shop.models.Order(first={"code": "cba", "vat": Vat("SE", 4)}, vats=["SE1"])
    assert (order.first.code, order.first.vat, order.vats) == ("cba", Vat("SE", 4), [Vat("SE", 1)])
    assert order.to_json() == {"first": {"code": "abc", "vat": "SE4"}, "vats": ["SE1"]}


def test_a_model_without_a_schema_around_it_is_turned_back_too(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of({**SHOP, "Any": {}}, formats=FORMATS)
    codec = shop.codec(shop.api.schemas["Any"], "response")
    assert codec.encode({"x": [shop.models.Line(code="abc")]}) == b'{"x":[{"code":"cba"}]}'


def test_what_does_not_turn_back_is_refused_at_its_place(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of(SHOP, formats=FORMATS)
    codec = shop.codec(shop.api.schemas["Order"], "response")
    text = (
        "/lines/0/vat: a value of class object does not turn back into JSON: 'object' object has no attribute 'country'"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        codec.encode({"lines": [{"vat": object()}]})


@pytest.mark.parametrize(
    ("functions", "good", "bad"),
    [
        ((lambda value: value == "a", None, None), "a", "b"),
        ((lambda value: value[3] == "a", None, None), "bcda", "b"),
        ((None, int, str), "5", "b"),
        ((lambda value: True, Decimal, str), "5.5", "b"),
        ((None, None, None), "a", None),
    ],
)
def test_what_check_denies_or_convert_refuses_does_not_fit(codec_of: Make, functions: Any, good: Any, bad: Any) -> None:
    codec = codec_of({"type": "string", "format": "mine"}, formats={"mine": functions})
    assert codec.violations(good, "body") == []
    assert [violation.code for violation in codec.violations(bad, "body")] == (["format"] if bad else ["type"])


def test_a_check_that_fails_says_no(codec_of: Make) -> None:
    def check(value: Any) -> bool:
        raise RuntimeError("no database")

    codec = codec_of({"format": "mine"}, formats={"mine": (check, None, None)})
    assert [one.detail for one in codec.violations("a", "body")] == ["'a' is not of format mine"]


def test_without_unconvert_the_python_value_is_written(codec_of: Make) -> None:
    codec = codec_of({"type": "array", "items": {"format": "lower"}}, formats={"lower": (None, str.lower, None)})
    assert codec.encode(codec.decode(b'["ABC"]')) == b'["abc"]'


def test_a_format_of_ones_own_that_is_nested_too_deep_is_refused(codec_of: Make) -> None:
    schema = {
        "type": "object",
        "properties": {"it": {"$ref": "#/components/schemas/It"}, "vat": V},
    }
    codec = codec_of(schema, formats=FORMATS)
    with pytest.raises(Violations) as caught:
        codec.decode(b'{"it":' * 900 + b"{}" + b"}" * 900)
    assert [(one.code, one.detail) for one in caught.value.violations] == [("json", "is nested too deep")]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([], "formats is a list; it has to be a dict of name -> (check, convert, unconvert)"),
        ({5: VAT}, "formats: 5 is no name of a format; names are strings"),
        (
            {"vat": (None, None)},
            "formats['vat'] is a tuple of 2; it has to be a tuple of three functions or None: "
            "(check, convert, unconvert)",
        ),
        (
            {"vat": str},
            "formats['vat'] is of class type; it has to be a tuple of three functions or None: "
            "(check, convert, unconvert)",
        ),
        (
            {"vat": (None, "int", None)},
            "formats['vat']: convert is 'int'; it has to be a function or None: (check, convert, unconvert)",
        ),
    ],
)
def test_a_bad_entry_is_refused_with_its_mend(given: Any, text: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        own_formats(given)


def test_entries_become_formats_once() -> None:
    made = own_formats({"vat": VAT})
    assert (type(made["vat"]), own_formats(made), own_formats(None)) == (Own, made, {})


#: Texts written backwards, and euros of which JSON has the cents: what is one's JSON could be the other's Python value
_BACKWARDS = (None, lambda text: text[::-1], lambda text: text[::-1])
_CENTS = (None, lambda cents: cents / 100, lambda euros: round(euros * 100))


@pytest.mark.parametrize("reply", ["Line", "Wide", "Any"])
def test_a_model_and_more_is_sent_as_the_model_is(schemas_of: Callable[..., Schemas], reply: str) -> None:
    price, name = {"type": "integer", "format": "cents"}, {"type": "string", "format": "backwards"}
    line = {"price": price, "names": {"type": "array", "items": name}, "by_day": {"additionalProperties": price}}
    inner = {"more": {"$ref": "#/components/schemas/Line"}}
    schemas = {
        "Line": {"type": "object", "properties": {**line, **inner}},
        "Wide": {"type": "object", "properties": {**line, **inner, "extra": price}},
        "Any": {},
    }
    shop = schemas_of(schemas, formats={"cents": _CENTS, "backwards": _BACKWARDS})
    text = b'{"price":500,"names":["abc"],"by_day":{"mon":7},"more":{"price":3,"names":["de"]}}'
    read = shop.codec(shop.api.schemas["Line"], "request").decode(text)
    assert (read.price, read.names, read.more.price) == (5, ["cba"], 0.03)
    codec = shop.codec(shop.api.schemas[reply], "response")
    assert codec.encode(read | {}) == text
    assert codec.encode({} | read | {"x": 1}) == text[:-1] + b',"x":1}'
    assert codec.checked(read | {}) == (text, [])


def test_what_a_handler_adds_to_a_model_is_turned_back(schemas_of: Callable[..., Schemas]) -> None:
    price = {"type": "integer", "format": "cents"}
    schemas = {name: {"type": "object", "properties": {"a": price, "b": price}} for name in ("Asked", "Told")}
    shop = schemas_of(schemas, formats={"cents": _CENTS})
    read = shop.codec(shop.api.schemas["Asked"], "request").decode(b'{"a":500}')
    assert shop.codec(shop.api.schemas["Told"], "response").encode(read | {"b": read.a * 2}) == b'{"a":500,"b":1000}'
