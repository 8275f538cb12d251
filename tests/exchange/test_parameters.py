"""The text of a parameter becomes the value that its schema and its style mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from pymacaron.exchange.parameters.reading import parse_query

INTEGER, NUMBER, BOOLEAN, STRING = ({"type": name} for name in ("integer", "number", "boolean", "string"))
STRINGS = {"type": "array", "items": STRING}
INTEGERS = {"type": "array", "items": INTEGER}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER, "B": INTEGER}}
RGB = {"R": 100, "G": 200, "B": 150}

FREE = {"type": "object", "additionalProperties": STRING}

Make = Callable[..., Any]


def plain(value: Any) -> Any:
    """*value* as JSON has it, whatever models are in it."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value.to_json() if hasattr(value, "to_json") else value


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
        ("query", "form", False, STRINGS, "p=", [""]),
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
    ("style", "explode", "schema", "raw", "value"),
    [
        ("simple", False, STRINGS, "a%2Cb,c%2F", ["a,b", "c/"]),
        ("simple", False, INTEGERS, "1%2C2", [1, 2]),
        ("simple", True, FREE, "a%3Db=1%2C2,c=", {"a=b": "1,2", "c": ""}),
        ("label", True, STRINGS, ".a%2Eb.c", ["a.b", "c"]),
        ("label", False, FREE, ".a%2Cb,c", {"a,b": "c"}),
        ("matrix", False, STRINGS, ";p=a%3Bb%2C,c", ["a;b,", "c"]),
        ("matrix", True, STRINGS, ";p=a%3Bp%3Db;p", ["a;p=b", ""]),
        ("matrix", True, FREE, ";a=1%3B;b", {"a": "1;", "b": ""}),
        ("simple", False, {"oneOf": [INTEGER, STRINGS]}, "a%2Cb", ["a,b"]),
    ],
)
def test_an_encoded_separator_in_the_path_is_part_of_a_value(
    parameter: Make, style: str, explode: bool, schema: Any, raw: str, value: Any
):
    found = parameter(schema, "path", style=style, explode=explode).arguments(raw_path={"p": raw})[1]["p"]
    assert plain(found) == value


def test_where_only_the_decoded_path_is_known_it_is_taken_as_it_stands(parameter: Make):
    called = parameter(STRINGS, "path")
    assert called.arguments(path={"p": "a,b%2C"})[1] == {"p": ["a", "b%2C"]}
    assert called.wrong(raw_path={"p": "%FF,a"}) == [("path", "/p", "encoding", "is not UTF-8")]


@pytest.mark.parametrize(
    ("style", "explode", "schema", "raw", "detail"),
    [
        ("label", False, STRING, "blue", "does not begin with '.', as style label does"),
        ("matrix", False, STRING, "blue", "is not written ';p=', as style matrix is"),
        ("matrix", False, STRINGS, ";q=a", "is not written ';p=', as style matrix is"),
        ("matrix", True, STRINGS, ";p=a;q=b", "is not written ';p=', as style matrix is"),
        ("matrix", True, COLOR, "R=1", "does not begin with ';', as style matrix does"),
        ("simple", True, COLOR, "R=1,G", "is not a list of pairs name=value"),
    ],
)
def test_a_path_that_is_not_of_its_style_is_refused(
    parameter: Make, style: str, explode: bool, schema: Any, raw: str, detail: str
):
    called = parameter(schema, "path", style=style, explode=explode)
    assert called.wrong(raw_path={"p": raw}) == [("path", "/p", "style", detail)]


# ---- empty, absent and null

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
    assert plain(called.arguments("p=")[1]["p"]) == empty
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


# ---- headers


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
    assert plain(parameter(schema, "header").arguments(headers={"P": sent})[1]["p"]) == value


def test_a_header_that_does_not_fit_is_a_violation(parameter: Make):
    assert parameter(INTEGER, "header").wrong(headers={"P": "5, 6"}) == [
        ("header", "/p", "type", "'5, 6' is not an integer")
    ]


@pytest.mark.parametrize(("collection", "sent"), [("csv", "1, 2"), ("ssv", "1 2"), ("tsv", "1\t2"), ("pipes", "1|2")])
def test_headers_of_swagger_2_have_collection_formats(parameter: Make, collection: str, sent: str):
    called = parameter({**INTEGERS, "collectionFormat": collection}, "header", "2.0")
    assert called.arguments(headers={"P": sent})[1] == {"p": [1, 2]}


@pytest.mark.parametrize(
    ("collection", "sent"), [("csv", "1%2C2"), ("ssv", "1%202"), ("tsv", "1%092"), ("pipes", "1|2")]
)
def test_paths_of_swagger_2_have_collection_formats(parameter: Make, collection: str, sent: str):
    called = parameter({**INTEGERS, "collectionFormat": collection}, "path", "2.0")
    assert called.arguments(raw_path={"p": sent})[1] == {"p": [1, 2]}


# ---- cookies


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
    assert plain(called.arguments(headers={"Cookie": header})[1]["p"]) == value


def test_a_cookie_that_was_not_sent_is_absent(parameter: Make):
    called = parameter(STRINGS, "cookie", "3.2.0", style="cookie")
    assert called.arguments()[1] == called.arguments(headers={"Cookie": "q=1; P=2; p"})[1] == {"p": None}


# ---- deepObject


@pytest.mark.parametrize(
    ("schema", "query", "value"),
    [
        ({"type": "object", "properties": {"ids": INTEGERS}}, "p[ids]=1&p[ids]=2", {"ids": [1, 2]}),
        ({"type": "object", "properties": {"ids": INTEGERS}}, "p[ids]=1", {"ids": [1]}),
        ({"type": "object", "properties": {"ids": INTEGERS}}, "p[ids][]=1&p[ids][]=2", {"ids": [1, 2]}),
        ({"type": "object"}, "p[a]=1&p[a]=2&p[b]=3", {"a": ["1", "2"], "b": "3"}),
        (
            {"type": "object", "properties": {"color": COLOR}},
            "p[color][R]=1&p[color][G]=2",
            {"color": {"R": 1, "G": 2}},
        ),
        ({"type": "object", "properties": {"color": COLOR}}, "p[color]=%7B%22R%22:1%7D", {"color": {"R": 1}}),
        ({"type": "object"}, "p[a][b][c]=1", {"a": {"b": {"c": "1"}}}),
        ({"type": "object", "additionalProperties": COLOR}, "p[x][R]=1", {"x": {"R": 1}}),
        (FREE, "p[a%26b]=%5D&p%5Bc.d%5D=", {"a&b": "]", "c.d": ""}),
    ],
)
def test_deep_objects(parameter: Make, schema: Any, query: str, value: Any):
    assert plain(parameter(schema, style="deepObject").arguments(query)[1]["p"]) == value


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("p[R]=1&p[R]=2", ("query", "/p", "repeated", "is given 2 times")),
        ("p[R]=1&p[R][x]=2", ("query", "/p", "style", "has 'R' both with a value and with members")),
        ("p[R][x]=2&p[R]=1", ("query", "/p", "style", "has 'R' both with a value and with members")),
        (f"p{'[a]' * 17}=1", ("query", "/p", "style", "has more than 16 names in brackets")),
        ("p[R][x]=2", ("query", "/p/R", "type", "an object is not an integer")),
        ("p=1", ("query", "/p", "style", "is asked as p[name]=value")),
        ("p=&p[R]=1", ("query", "/p", "style", "is asked as p[name]=value")),
    ],
)
def test_a_deep_object_that_makes_no_sense_is_refused(parameter: Make, query: str, wrong: tuple[str, ...]):
    assert parameter(COLOR, style="deepObject").wrong(query) == [wrong]


def test_a_deep_object_that_may_be_a_number_is_asked_by_its_bare_name_too(parameter: Make):
    called = parameter({**COLOR, "type": ["object", "integer"]}, style="deepObject")
    assert (called.arguments("p=1")[1], plain(called.arguments("p[R]=1")[1]["p"])) == ({"p": 1}, {"R": 1})


def test_a_schema_that_contains_itself_is_read_as_deep_as_what_is_sent(operation: Make):
    tree = {"type": "object", "properties": {"name": STRING, "next": {"$ref": "#/components/schemas/Tree"}}}
    node = {"name": "p", "in": "query", "style": "deepObject", "schema": {"$ref": "#/components/schemas/Tree"}}
    called = operation({"parameters": [node]}, method="get", schemas={"Tree": tree})
    found = called.arguments("p[name]=a&p[next][name]=b&p[next][next][name]=c")[1]["p"]
    assert found.to_json() == {"name": "a", "next": {"name": "b", "next": {"name": "c"}}}


def test_a_deep_object_leaves_other_parameters_their_names(operation: Make):
    deep = {"name": "filter", "in": "query", "style": "deepObject", "schema": FREE}
    single = {"name": "filter[name]", "in": "query", "schema": STRING}
    keywords = operation({"parameters": [deep, single]}, method="get").arguments("filter[name]=a&filter[b]=c")[1]
    assert (plain(keywords["filter"]), keywords["filter_name_"]) == ({"b": "c"}, "a")


# ---- names, nested values, objects that are spread


@pytest.mark.parametrize("name", ["filter[name]", "x.y", "ids[]", "a-b", "ä ö", "1st"])
def test_names_may_have_any_characters(operation: Make, name: str):
    called = operation({"parameters": [{"name": name, "in": "query", "schema": INTEGERS}]}, method="get")
    assert list(called.arguments(f"{quote(name)}=1&{quote(name)}=2")[1].values()) == [[1, 2]]
    assert list(called.arguments(f"{name.replace(' ', '+')}=1")[1].values()) == ([[1]] if name.isascii() else [None])


def test_what_stands_inside_of_an_array_or_an_object_is_json(parameter: Make):
    colors = {"type": "array", "items": COLOR}
    called = parameter(colors)
    assert plain(called.arguments("p=%7B%22R%22:1%7D&p=%7B%7D")[1]["p"]) == [{"R": 1}, {}]
    assert called.wrong("p=red") == [("query", "/p/0", "type", "'red' is not an object")]
    assert [one[:3] for one in called.wrong("p=%7B")] == [("query", "/p", "json")]
    lists = parameter({"type": "array", "items": INTEGERS})
    assert lists.arguments("p=%5B1,2%5D&p=3,4&p=")[1] == {"p": [[1, 2], [3, 4], []]}
    free = parameter({"type": "object", "properties": {"color": COLOR, "ids": INTEGERS}})
    assert plain(free.arguments("color=%7B%22R%22:1%7D&ids=1&ids=2")[1]["p"]) == {"color": {"R": 1}, "ids": [1, 2]}


def test_an_object_that_declares_members_and_takes_others_takes_all_that_are_no_parameters(operation: Make):
    open_object = {**COLOR, "additionalProperties": BOOLEAN}
    declared = [
        {"name": "q", "in": "query", "schema": STRING},
        {"name": "p", "in": "query", "schema": open_object},
    ]
    keywords = operation({"parameters": declared}, method="get").arguments("R=1&x=true&q=r")[1]
    assert (plain(keywords["p"]), keywords["q"]) == ({"R": 1, "x": True}, "r")


@pytest.mark.parametrize(("style", "query"), [("spaceDelimited", "R=100&G=200&B=150"), ("deepObject", "p=1&p=2")])
def test_what_openapi_leaves_undefined_is_read_as_style_form_has_it(parameter: Make, style: str, query: str):
    called = parameter(COLOR if style == "spaceDelimited" else INTEGERS, style=style, explode=True)
    assert plain(called.arguments(query)[1]["p"]) == (RGB if style == "spaceDelimited" else [1, 2])


def test_raw_reserved_characters_are_read_as_they_are(parameter: Make):
    called = parameter(STRING, allowReserved=True)
    assert called.arguments("p=a/b?c:d@e!$'()*,;=[]%2F+x")[1] == {"p": "a/b?c:d@e!$'()*,;=[]/ x"}


# ---- content


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
    assert plain(called.arguments(**parts)[1]["p"]) == {"R": 1}


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
    assert plain(called.arguments(**parts)[1]["p"]) == {"R": 1, "G": 2}


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
    assert plain(called.arguments(query)[1]["p"]) == {
        "q": "a b",
        "ids": [1, 2],
        "color": {"R": 1},
        "at": {"R": 2},
        "colors": [{"R": 3}, {}],
    }
    assert called.wrong("x=1") == [
        ("querystring", "/p/x", "additionalProperties", "is not a declared property"),
        ("querystring", "/p/q", "required", "is missing"),
    ]


def test_a_query_string_of_text_is_percent_decoded_and_no_form(operation: Make):
    called = operation(content("querystring", "text/plain", STRING), method="get", version="3.2.0")
    assert called.arguments("a+b%20%C3%A9&c=" + "é".encode().decode("latin-1"))[1] == {"p": "a+b é&c=é"}
    assert called.arguments("")[1] == {"p": None}


def test_a_parameter_of_text_is_typed(operation: Make):
    assert operation(content("query", "text/plain", INTEGER), method="get").arguments("p=7")[1] == {"p": 7}


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
