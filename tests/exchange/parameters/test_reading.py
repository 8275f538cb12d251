"""Where in a request a parameter is read, and as what: headers, cookies, and whatever `content` says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

INTEGER, NUMBER, BOOLEAN, STRING = ({"type": name} for name in ("integer", "number", "boolean", "string"))
STRINGS = {"type": "array", "items": STRING}
INTEGERS = {"type": "array", "items": INTEGER}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER, "B": INTEGER}}
RGB = {"R": 100, "G": 200, "B": 150}
FREE = {"type": "object", "additionalProperties": STRING}
Make = Callable[..., Any]


def test_a_repeated_name_is_refused_where_one_value_is_asked(parameter: Make):
    assert parameter(INTEGER).wrong("p=1&p=2") == [("query", "/p", "repeated", "is given 2 times")]


def test_an_empty_value_is_allowed_where_the_description_says_so(parameter: Make):
    called = parameter(INTEGER, allowEmptyValue=True)
    assert [called.arguments(query)[1]["p"] for query in ("p=", "p", "", "p=1")] == ["", "", None, 1]


@pytest.mark.parametrize(
    ("schema", "sent", "value"),
    [
        (INTEGER, "7", 7),
        (BOOLEAN, "true", True),
        (STRING, "50%25", "50%25"),
        (STRING, '"a", b', '"a", b'),
        (STRING, "\xe9", "é"),
        (STRING, "é".encode().decode("latin-1"), "é"),
        (STRINGS, "a ,b", ["a", "b"]),
        # RFC 9110, section 5.6.1.2: a recipient must ignore empty elements of a list
        (STRINGS, "a ,b,, c", ["a", "b", "c"]),
        (INTEGERS, ", 1,,2 ,", [1, 2]),
        (STRINGS, " , ", []),
        (STRINGS, "", []),
        (INTEGERS, "1, 2", [1, 2]),
        (COLOR, "R,100,G,200,B,150", RGB),
    ],
)
def test_headers_are_typed_and_never_percent_decoded(parameter: Make, schema: Any, sent: str, value: Any):
    assert parameter(schema, "header").plain(headers={"P": sent})["p"] == value


def test_a_header_that_does_not_fit_is_a_violation(parameter: Make):
    assert parameter(INTEGER, "header").wrong(headers={"P": "5, 6"}) == [
        ("header", "/p", "type", "'5, 6' is not an integer")
    ]


@pytest.mark.parametrize(
    ("style", "explode", "schema", "header", "value"),
    [
        ("cookie", True, STRINGS, "p=blue; q=1; p=bl%61ck", ["blue", "bl%61ck"]),
        ("cookie", True, COLOR, "R=100; G=200; x=1; B=150", RGB),
        ("cookie", False, STRINGS, "p=blue,black", ["blue", "black"]),
        ("cookie", False, COLOR, "p=R,100,G,200,B,150", RGB),
        ("cookie", False, STRING, 'p="a%20b"', '"a%20b"'),
        ("cookie", True, FREE, "a=1;b= 2 ;c", {"a": "1", "b": "2"}),
        ("form", True, STRINGS, "p=blue&p=black", ["blue", "black"]),
        ("form", True, STRINGS, "p=blue; p=black", ["blue", "black"]),
        ("form", True, COLOR, "R=100&G=200; B=150", RGB),
        ("form", False, STRINGS, "p=a%2Cb,c", ["a,b", "c"]),
        ("form", True, STRING, "p=a%20b; p=other", "a b"),
        ("form", True, STRING, "p=" + "é".encode().decode("latin-1"), "é"),
        ("form", True, STRING, r'p="a\054\"b\303\251"', 'a,"bé'),
    ],
)
def test_cookies(parameter: Make, style: str, explode: bool, schema: Any, header: str, value: Any):
    called = parameter(schema, "cookie", "3.2.0", style=style, explode=explode)
    assert called.plain(headers={"Cookie": header})["p"] == value


def test_a_cookie_that_was_not_sent_is_absent(parameter: Make):
    called = parameter(STRINGS, "cookie", "3.2.0", style="cookie")
    assert called.arguments()[1] == called.arguments(headers={"Cookie": "q=1; P=2; p"})[1] == {"p": None}


def content(location: str, media_type: str, schema: Any, **fields: Any) -> dict[str, Any]:
    declared = {"name": "p", "in": location, "content": {media_type: {"schema": schema, **fields}}}
    return {"parameters": [{**declared, **({"required": True} if location == "path" else {})}]}


@pytest.mark.parametrize("media_type", ["application/json", "application/vnd.x+json; v=1"])
@pytest.mark.parametrize(
    ("location", "parts"),
    [
        ("path", {"raw_path": {"p": "%7B%22R%22:1%7D"}}),
        ("query", {"query": "p=%7B%22R%22:1%7D"}),
        ("header", {"headers": {"P": '{"R": 1}'}}),
        ("cookie", {"headers": {"Cookie": "p=%7B%22R%22:1%7D"}}),
        ("querystring", {"query": "%7B%22R%22:1%7D"}),
    ],
)
def test_json_in_every_location(operation: Make, location: str, media_type: str, parts: dict[str, Any]):
    path = "/it/{p}" if location == "path" else "/it"
    called = operation(content(location, media_type, COLOR), path, "get", "3.2.0")
    assert called.plain(**parts)["p"] == {"R": 1}


@pytest.mark.parametrize(
    ("location", "parts"),
    [
        ("path", {"raw_path": {"p": "R=1&G=2"}}),
        ("query", {"query": "p=R%3D1%26G%3D2"}),
        ("header", {"headers": {"P": "R=1&G=2"}}),
        ("cookie", {"headers": {"Cookie": "p=R=1&G=2"}}),
        ("querystring", {"query": "R=1&G=2"}),
    ],
)
def test_a_form_in_every_location(operation: Make, location: str, parts: dict[str, Any]):
    path = "/it/{p}" if location == "path" else "/it"
    called = operation(content(location, "application/x-www-form-urlencoded", COLOR), path, "get", "3.2.0")
    assert called.plain(**parts)["p"] == {"R": 1, "G": 2}


def test_a_query_string_as_a_form_has_arrays_and_objects_by_their_encoding(operation: Make):
    schema = {
        "type": "object",
        "required": ["q"],
        "properties": {
            "q": STRING,
            "ids": INTEGERS,
            "color": COLOR,
            "at": COLOR,
            "colors": {"type": "array", "items": COLOR},
        },
        "additionalProperties": False,
    }
    encoding = {"at": {"style": "deepObject"}, "ids": {"style": "pipeDelimited", "explode": False}}
    declared = content("querystring", "application/x-www-form-urlencoded", schema, encoding=encoding)
    called = operation(declared, method="get", version="3.2.0")
    query = "q=a+b&ids=1%7C2&color=%7B%22R%22:1%7D&at%5BR%5D=2&colors=%7B%22R%22:3%7D&colors=%7B%7D"
    assert called.plain(query)["p"] == {
        "q": "a b",
        "ids": [1, 2],
        "color": {"R": 1},
        "at": {"R": 2},
        "colors": [{"R": 3}, {}],
    }
    assert called.wrong("x=1") == [
        ("querystring", "/p/q", "required", "is missing"),
        ("querystring", "/p/x", "additionalProperties", "is not a declared property"),
    ]


def test_a_query_string_of_text_is_percent_decoded_and_no_form(operation: Make):
    called = operation(content("querystring", "text/plain", STRING), method="get", version="3.2.0")
    assert called.arguments("a+b%20%C3%A9&c=" + "é".encode().decode("latin-1"))[1] == {"p": "a+b é&c=é"}
    assert called.arguments("")[1] == {"p": None}


def test_a_parameter_of_text_is_typed(operation: Make):
    assert operation(content("query", "text/plain", INTEGER), method="get").arguments("p=7")[1] == {"p": 7}
