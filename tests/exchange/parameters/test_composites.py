"""Arrays and objects out of a request, by style and explode, and by the collection formats of Swagger 2.0."""

from __future__ import annotations

from collections.abc import Callable
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
    called = parameter(schema, "path", style=style, explode=explode)
    assert called.plain(raw_path={"p": raw})["p"] == value


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
    assert parameter(schema, style="deepObject").plain(query)["p"] == value


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("p[R]=1&p[R]=2", ("query", "/p/R", "repeated", "is given 2 times")),
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
    assert (called.arguments("p=1")[1], called.plain("p[R]=1")["p"]) == ({"p": 1}, {"R": 1})


def test_a_schema_that_contains_itself_is_read_as_deep_as_what_is_sent(operation: Make):
    tree = {"type": "object", "properties": {"name": STRING, "next": {"$ref": "#/components/schemas/Tree"}}}
    node = {"name": "p", "in": "query", "style": "deepObject", "schema": {"$ref": "#/components/schemas/Tree"}}
    called = operation({"parameters": [node]}, method="get", schemas={"Tree": tree})
    found = called.arguments("p[name]=a&p[next][name]=b&p[next][next][name]=c")[1]["p"]
    assert found.to_json() == {"name": "a", "next": {"name": "b", "next": {"name": "c"}}}


def test_a_deep_object_leaves_other_parameters_their_names(operation: Make):
    deep = {"name": "filter", "in": "query", "style": "deepObject", "schema": FREE}
    single = {"name": "filter[name]", "in": "query", "schema": STRING}
    called = operation({"parameters": [deep, single]}, method="get")
    assert called.plain("filter[name]=a&filter[b]=c") == {"filter": {"b": "c"}, "filter_name_": "a"}


@pytest.mark.parametrize("name", ["filter[name]", "x.y", "ids[]", "a-b", "ä ö", "1st"])
def test_names_may_have_any_characters(operation: Make, name: str):
    called = operation({"parameters": [{"name": name, "in": "query", "schema": INTEGERS}]}, method="get")
    assert list(called.arguments(f"{quote(name)}=1&{quote(name)}=2")[1].values()) == [[1, 2]]
    assert list(called.arguments(f"{name.replace(' ', '+')}=1")[1].values()) == ([[1]] if name.isascii() else [None])


def test_what_stands_inside_of_an_array_or_an_object_is_json(parameter: Make):
    colors = {"type": "array", "items": COLOR}
    called = parameter(colors)
    assert called.plain("p=%7B%22R%22:1%7D&p=%7B%7D")["p"] == [{"R": 1}, {}]
    assert called.wrong("p=red") == [("query", "/p/0", "type", "'red' is not an object")]
    assert [one[:3] for one in called.wrong("p=%7B")] == [("query", "/p/0", "json")]
    lists = parameter({"type": "array", "items": INTEGERS})
    assert lists.arguments("p=%5B1,2%5D&p=3,4&p=")[1] == {"p": [[1, 2], [3, 4], []]}
    free = parameter({"type": "object", "properties": {"color": COLOR, "ids": INTEGERS}})
    assert free.plain("color=%7B%22R%22:1%7D&ids=1&ids=2")["p"] == {"color": {"R": 1}, "ids": [1, 2]}


def test_an_object_that_declares_members_and_takes_others_takes_all_that_are_no_parameters(operation: Make):
    open_object = {**COLOR, "additionalProperties": BOOLEAN}
    declared = [
        {"name": "q", "in": "query", "schema": STRING},
        {"name": "p", "in": "query", "schema": open_object},
    ]
    called = operation({"parameters": declared}, method="get")
    assert called.plain("R=1&x=true&q=r") == {"p": {"R": 1, "x": True}, "q": "r"}


@pytest.mark.parametrize(("style", "query"), [("spaceDelimited", "R=100&G=200&B=150"), ("deepObject", "p=1&p=2")])
def test_what_openapi_leaves_undefined_is_read_as_style_form_has_it(parameter: Make, style: str, query: str):
    called = parameter(COLOR if style == "spaceDelimited" else INTEGERS, style=style, explode=True)
    assert called.plain(query)["p"] == (RGB if style == "spaceDelimited" else [1, 2])


def test_raw_reserved_characters_are_read_as_they_are(parameter: Make):
    called = parameter(STRING, allowReserved=True)
    assert called.arguments("p=a/b?c:d@e!$'()*,;=[]%2F+x")[1] == {"p": "a/b?c:d@e!$'()*,;=[]/ x"}


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
