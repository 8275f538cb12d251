"""The text of a parameter becomes the value that its schema and its style mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pymacaron.exchange.parameters import parse_query

INTEGER, NUMBER, BOOLEAN, STRING = ({"type": name} for name in ("integer", "number", "boolean", "string"))
STRINGS = {"type": "array", "items": STRING}
INTEGERS = {"type": "array", "items": INTEGER}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER, "B": INTEGER}}
RGB = {"R": 100, "G": 200, "B": 150}

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
        (INTEGER, "1e999", "type", "'1e999' is not an integer"),
        (INTEGER, "9" * 5000, "type", f"'{'9' * 80}'... is not an integer"),
        (NUMBER, "NaN", "type", "'NaN' is not a number"),
        (NUMBER, "1e999", "type", "'1e999' is not a number"),
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


def test_a_repeated_name_is_refused_where_one_value_is_asked(parameter: Make):
    assert parameter(INTEGER).wrong("p=1&p=2") == [("query", "/p", "repeated", "is given 2 times")]


def test_an_empty_value_is_allowed_where_the_description_says_so(parameter: Make):
    called = parameter(INTEGER, allowEmptyValue=True)
    assert [called.arguments(query)[1]["p"] for query in ("p=", "p", "", "p=1")] == ["", "", None, 1]


@pytest.mark.parametrize(
    ("location", "style", "explode", "schema", "sent", "value"),
    [
        # the style tables of OpenAPI 3.1.1
        ("path", "matrix", False, STRING, ";p=blue", "blue"),
        ("path", "matrix", False, STRINGS, ";p=blue,black,brown", ["blue", "black", "brown"]),
        ("path", "matrix", False, COLOR, ";p=R,100,G,200,B,150", RGB),
        ("path", "matrix", True, STRINGS, ";p=blue;p=black;p=brown", ["blue", "black", "brown"]),
        ("path", "matrix", True, COLOR, ";R=100;G=200;B=150", RGB),
        ("path", "label", False, STRING, ".blue", "blue"),
        ("path", "label", False, STRINGS, ".blue,black,brown", ["blue", "black", "brown"]),
        ("path", "label", False, COLOR, ".R,100,G,200,B,150", RGB),
        ("path", "label", True, STRINGS, ".blue.black.brown", ["blue", "black", "brown"]),
        ("path", "label", True, COLOR, ".R=100.G=200.B=150", RGB),
        ("path", "simple", False, STRING, "blue", "blue"),
        ("path", "simple", False, INTEGERS, "1,2,3", [1, 2, 3]),
        ("path", "simple", False, COLOR, "R,100,G,200,B,150", RGB),
        ("path", "simple", True, COLOR, "R=100,G=200,B=150", RGB),
        ("header", "simple", False, INTEGERS, "1, 2,3", [1, 2, 3]),
        ("header", "simple", True, COLOR, "R=100,G=200,B=150", RGB),
        ("query", "form", True, INTEGERS, "p=1&p=2", [1, 2]),
        ("query", "form", True, INTEGERS, "p=1", [1]),
        ("query", "form", True, STRINGS, "p=a,b", ["a,b"]),
        ("query", "form", False, INTEGERS, "p=1,2", [1, 2]),
        ("query", "form", False, INTEGERS, "p=1%2C2", [1, 2]),
        ("query", "form", False, STRINGS, "p=a%2Cb,c", ["a,b", "c"]),
        ("query", "form", False, STRINGS, "p=", []),
        ("query", "form", True, COLOR, "R=100&G=200&B=150&X=1", RGB),
        ("query", "form", False, COLOR, "p=R,100,G,200,B,150", RGB),
        ("query", "spaceDelimited", False, INTEGERS, "p=1%202+3", [1, 2, 3]),
        ("query", "pipeDelimited", False, INTEGERS, "p=1|2%7C3", [1, 2, 3]),
        ("query", "spaceDelimited", False, COLOR, "p=R%20100%20G%20200%20B%20150", RGB),
        ("query", "deepObject", True, COLOR, "p[R]=100&p%5BG%5D=200&p[B]=150", RGB),
        ("cookie", "form", False, STRINGS, "blue,bl%61ck", ["blue", "black"]),
        ("cookie", "form", True, STRING, "a%20b", "a b"),
    ],
)
def test_styles(parameter: Make, location: str, style: str, explode: bool, schema: Any, sent: str, value: Any):
    parts: dict[str, Any] = {
        "path": {"path": {"p": sent}},
        "query": {"query": sent},
        "header": {"headers": {"P": sent}},
        "cookie": {"cookies": {"p": sent}},
    }[location]
    _, keywords = parameter(schema, location, style=style, explode=explode).arguments(**parts)
    found = keywords["p"]
    assert (found.to_json() if hasattr(found, "to_json") else found) == value


@pytest.mark.parametrize(
    ("collection", "sent", "value"),
    [
        ("csv", "p=1,2", [1, 2]),
        ("csv", "p=1%2C2", [1, 2]),
        ("ssv", "p=1%202", [1, 2]),
        ("tsv", "p=1%092", [1, 2]),
        ("pipes", "p=1|2", [1, 2]),
        ("multi", "p=1&p=2", [1, 2]),
    ],
)
def test_collection_formats_of_swagger_2(parameter: Make, collection: str, sent: str, value: list[int]):
    called = parameter({**INTEGERS, "collectionFormat": collection}, version="2.0")
    assert called.arguments(sent)[1] == {"p": value}


def test_commas_of_swagger_2_come_percent_encoded(parameter: Make):
    assert parameter(STRINGS, version="2.0").arguments("p=a%2Cb")[1] == {"p": ["a", "b"]}


def test_arrays_in_arrays_of_swagger_2_have_a_collection_format_each(parameter: Make):
    schema = {"type": "array", "collectionFormat": "pipes", "items": {**INTEGERS, "collectionFormat": "csv"}}
    assert parameter(schema, version="2.0").arguments("p=1,2|3")[1] == {"p": [[1, 2], [3]]}


def test_an_array_that_is_not_exploded_is_not_repeated(parameter: Make):
    wrong = parameter(INTEGERS, explode=False).wrong("p=1&p=2")
    assert wrong == [("query", "/p", "repeated", "is given 2 times")]


def test_pointers_lead_into_arrays_and_objects(parameter: Make):
    assert parameter(INTEGERS).wrong("p=1&p=x") == [("query", "/p/1", "type", "'x' is not an integer")]
    deep = parameter(COLOR, style="deepObject")
    assert deep.wrong("p[R]=red") == [("query", "/p/R", "type", "'red' is not an integer")]


def test_a_list_of_names_without_values_is_refused(parameter: Make):
    wrong = parameter(COLOR, explode=False).wrong("p=R,100,G")
    assert wrong == [("query", "/p", "style", "is not a list of names and values")]


def test_an_object_of_free_names_takes_the_names_of_no_other_parameter(operation: Make):
    free = {"name": "rest", "in": "query", "schema": {"type": "object", "additionalProperties": INTEGER}}
    called = operation({"parameters": [{"name": "q", "in": "query", "schema": STRING}, free]}, method="get")
    keywords = called.arguments("q=x&a=1&b=2")[1]
    assert keywords == {"q": "x", "rest": {"a": 1, "b": 2}}


def test_one_value_or_several(parameter: Make):
    called = parameter({"oneOf": [INTEGER, INTEGERS]})
    assert [called.arguments(query)[1]["p"] for query in ("p=1", "p=1&p=2", "")] == [1, [1, 2], None]


def test_a_parameter_with_content_is_json(operation: Make):
    declared = {"name": "p", "in": "query", "content": {"application/json": {"schema": COLOR}}}
    called = operation({"parameters": [declared]}, method="get")
    assert called.arguments("p=%7B%22R%22:1%7D")[1]["p"].to_json() == {"R": 1}
    assert called.wrong("p=%7B%22R%22:true%7D") == [("query", "/p/R", "type", "true is not an integer")]
    assert [one[:3] for one in called.wrong("p=%7B")] == [("query", "/p", "json")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {}),
        ("a=1&b=2&a=3", {"a": ["1", "3"], "b": ["2"]}),
        ("a&=&b=", {"a": [""], "": [""], "b": [""]}),
        ("a%5B%5D=1", {"a[]": ["1"]}),
        ("a+b=c+d", {"a b": ["c+d"]}),
        ("a=1=2&&", {"a": ["1=2"]}),
        ("%ff=1", {"\ufffd": ["1"]}),
    ],
)
def test_a_query_is_taken_apart_by_name(query: str, found: dict[str, list[str]]):
    assert parse_query(query) == found
