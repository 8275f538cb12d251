"""The text of a parameter becomes the value that its schema means, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

INTEGER, NUMBER, BOOLEAN, STRING = ({"type": name} for name in ("integer", "number", "boolean", "string"))
STRINGS = {"type": "array", "items": STRING}
INTEGERS = {"type": "array", "items": INTEGER}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER, "B": INTEGER}}
Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (INTEGER, "12", 12),
        (INTEGER, "-12", -12),
        (INTEGER, "007", 7),
        (INTEGER, "123456789012345678901234567890", 123456789012345678901234567890),
        (INTEGER, "1.0", 1),
        (INTEGER, "1e3", 1000),
        (NUMBER, "1.5", 1.5),
        (NUMBER, "-1e-3", -0.001),
        (NUMBER, "2", 2),
        (NUMBER, "12345678901234567890", 12345678901234567890),
        (BOOLEAN, "true", True),
        (BOOLEAN, "false", False),
        (STRING, "12", "12"),
        (STRING, "null", "null"),
        (STRING, "", ""),
        (STRING, "a%20b+c%C3%A9", "a b cé"),
        ({"type": "null"}, "null", None),
        ({"type": ["integer", "string"]}, "12", 12),
        ({"type": ["integer", "string"]}, "x12", "x12"),
        ({"type": ["integer", "string"]}, "007", "007"),
        ({"type": ["integer", "string"]}, "1.0", "1.0"),
        ({"type": ["integer", "string"]}, "-0", "-0"),
        ({"type": ["number", "string"]}, "1.5", 1.5),
        ({"type": ["number", "string"]}, "1.50", "1.50"),
        ({"type": ["number", "string"]}, "1e3", "1e3"),
        ({"type": ["integer", "string"], "enum": [7]}, "007", 7),
        ({"type": ["boolean", "integer", "string"]}, "true", True),
        ({"type": ["integer", "null"]}, "5", 5),
        ({"oneOf": [{"type": "integer", "minimum": 10}, {"type": "string", "maxLength": 1}]}, "5", "5"),
        ({}, "5", "5"),
        ({"enum": [1, 2]}, "2", 2),
        ({"enum": ["1", "2"]}, "2", "2"),
        ({"type": "string", "format": "date-time"}, "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_text_becomes_the_value_of_its_schemas_type(parameter: Make, schema: Any, text: str, value: Any):
    _, keywords = parameter(schema).arguments(f"p={text}")
    assert keywords == {"p": value}
    assert type(keywords["p"]) is type(value)


@pytest.mark.parametrize(
    ("schema", "text", "code", "detail"),
    [
        (INTEGER, "abc", "type", "'abc' is not an integer"),
        (INTEGER, "", "type", "'' is not an integer"),
        (INTEGER, "1_000", "type", "'1_000' is not an integer"),
        (INTEGER, "%201", "type", "' 1' is not an integer"),
        (INTEGER, "+1", "type", "' 1' is not an integer"),
        (INTEGER, "1.5", "type", "'1.5' is not an integer"),
        (INTEGER, "%D9%A1", "type", "'\u0661' is not an integer"),
        (INTEGER, "%C2%B2", "type", "'²' is not an integer"),
        (INTEGER, "-", "type", "'-' is not an integer"),
        (INTEGER, "null", "type", "'null' is not an integer"),
        (INTEGER, "1e999", "range", "is a number that is out of range"),
        (INTEGER, "9" * 5000, "range", "is a number that is out of range"),
        (INTEGER, f"-{'9' * 5000}.0", "range", "is a number that is out of range"),
        ({"type": ["boolean", "number"]}, "9" * 5000, "range", "is a number that is out of range"),
        (NUMBER, "NaN", "type", "'NaN' is not a number"),
        (NUMBER, "1e999", "range", "is a number that is out of range"),
        (NUMBER, ".5", "type", "'.5' is not a number"),
        (BOOLEAN, "True", "type", "'True' is not a boolean"),
        (BOOLEAN, "1", "type", "'1' is not a boolean"),
        ({"type": "integer", "minimum": 1}, "0", "minimum", "0 is below 1"),
        ({"type": "string", "maxLength": 1}, "ab", "maxLength", "'ab' is longer than 1 character"),
        (STRING, "%ff", "encoding", "is not UTF-8"),
        (STRING, "\xff", "encoding", "is not UTF-8"),
    ],
)
def test_a_text_that_does_not_fit_is_a_violation(parameter: Make, schema: Any, text: str, code: str, detail: str):
    assert parameter(schema).wrong(f"p={text}") == [("query", "/p", code, detail)]


def test_raw_bytes_of_a_query_are_read_as_utf_8(parameter: Make):
    assert parameter(STRING).arguments("p=" + "é".encode().decode("latin-1"))[1] == {"p": "é"}


MAYBE = {"type": ["integer", "null"]}
WORDS = {"type": "array", "items": {"type": "string", "minLength": 1}}


@pytest.mark.parametrize(
    ("schema", "explode", "empty"),
    [
        (STRING, True, ""),
        ({"type": ["string", "null"]}, True, ""),
        (MAYBE, True, None),
        ({"type": "null"}, True, None),
        (STRINGS, True, [""]),
        (STRINGS, False, [""]),
        (INTEGERS, True, []),
        (INTEGERS, False, []),
        ({**INTEGERS, "type": ["array", "null"]}, False, None),
        (COLOR, False, {}),
        ({**COLOR, "type": ["object", "null"]}, False, None),
    ],
)
def test_an_empty_text_is_a_text_where_one_may_be_else_null_else_nothing(
    parameter: Make, schema: Any, explode: bool, empty: Any
):
    called = parameter(schema, explode=explode, required=True)
    assert called.plain("p=")["p"] == empty
    assert called.wrong("") == [("query", "/p", "required", "is missing")]


@pytest.mark.parametrize(
    ("schema", "wrong"),
    [
        (INTEGER, ("query", "/p", "type", "'' is not an integer")),
        (BOOLEAN, ("query", "/p", "type", "'' is not a boolean")),
        (WORDS, ("query", "/p/0", "minLength", "'' is shorter than 1 character")),
    ],
)
def test_an_empty_text_that_fits_nothing_is_a_violation(parameter: Make, schema: Any, wrong: tuple[str, ...]):
    assert parameter(schema).wrong("p=") == [wrong]


def test_an_empty_array_of_swagger_2_is_joined_of_no_items(parameter: Make):
    assert parameter(STRINGS, version="2.0").arguments("p=")[1] == {"p": []}
    assert parameter({**STRINGS, "collectionFormat": "multi"}, version="2.0").arguments("p=")[1] == {"p": [""]}


def test_each_call_gets_an_empty_array_of_its_own(parameter: Make):
    called = parameter(INTEGERS)
    called.arguments("p=")[1]["p"].append(1)
    assert called.arguments("p=")[1] == {"p": []}


def test_an_empty_value_that_is_allowed_is_null_where_that_is_allowed(parameter: Make):
    assert parameter(MAYBE, allowEmptyValue=True).arguments("p=")[1] == {"p": None}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "enum": [1]}, ""),
        ({"type": "string", "enum": ["a"]}, ""),
        ({"type": "string", "format": "date"}, ""),
        ({"type": "string", "minLength": 1}, ""),
        ({"type": ["string", "null"], "enum": ["a", None]}, ""),
        ({**INTEGERS, "minItems": 1}, ""),
        (INTEGERS, []),
        (STRINGS, [""]),
    ],
)
def test_an_empty_value_that_is_allowed_is_an_empty_text_where_it_fits_nothing(
    parameter: Make, schema: Any, value: Any
):
    assert parameter(schema, allowEmptyValue=True).arguments("p=")[1] == {"p": value}


def test_an_empty_value_is_allowed_whatever_is_declared_of_others(parameter: Make):
    assert parameter(COLOR, style="deepObject", allowEmptyValue=True).arguments("p=")[1] == {"p": ""}
    dated = parameter({"type": "string", "format": "date"}, allowEmptyValue=True)
    assert dated.wrong("p=x") == [("query", "/p", "format", "'x' is not a date as in 2026-03-04")]
    assert dated.wrong("p=&p=") == [("query", "/p", "repeated", "is given 2 times")]


def test_an_empty_value_is_allowed_in_queries_and_forms_alone(parameter: Make):
    called = parameter(INTEGER, "header", allowEmptyValue=True)
    assert called.wrong(headers={"p": ""}) == [("header", "/p", "type", "'' is not an integer")]


def test_a_number_out_of_range_is_a_text_where_one_may_be(parameter: Make):
    called = parameter({"type": ["integer", "string"]})
    assert [called.plain(f"p={text}")["p"] for text in ("9" * 5000, "1e999")] == ["9" * 5000, "1e999"]


def test_an_item_that_cannot_be_read_is_told_by_its_place(parameter: Make):
    called = parameter(INTEGERS)
    assert called.wrong("p=1&p=1e999") == [("query", "/p/1", "range", "is a number that is out of range")]
    nested = parameter({"type": "array", "items": INTEGERS})
    assert nested.wrong("p=[1]&p=[1") == [
        ("query", "/p/1", "json", "is not JSON: expecting ',' delimiter, line 1, column 3")
    ]
