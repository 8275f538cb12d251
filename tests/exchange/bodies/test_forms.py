"""Forms, urlencoded and multipart, become one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.exchange.files import Upload
from pymacaron.schema.models import Model

Make = Callable[..., Any]
INTEGER, STRING = {"type": "integer"}, {"type": "string"}
URLENCODED = "application/x-www-form-urlencoded"


def test_an_urlencoded_form_is_read_exactly(taking: Make):
    schema = {"type": "object", "properties": {"s": {"type": "string"}, "n": {"type": "array", "items": {}}}}
    called = taking(schema, URLENCODED, plain_body=True)
    (form,), _ = called.arguments(body=b"s=a+b%2Bc%EF%BF%BD%26&n=1&n=&&%C3%A9=\xc3\xa9&x", content_type=URLENCODED)
    assert form == {"s": "a b+c\ufffd&", "n": ["1", ""], "\u00e9": "\u00e9", "x": ""}


def test_what_is_not_utf_8_in_a_form_is_refused_by_its_field(taking: Make):
    schema = {"type": "object", "properties": {"s": {"type": "string"}, "t": {"type": "string"}}}
    called = taking(schema, URLENCODED)
    wrong = [("form", "/s", "encoding", "is not UTF-8"), ("form", "/t", "encoding", "is not UTF-8")]
    assert called.wrong(body=b"s=%ff&t=\xff&u=%C3%A9", content_type=URLENCODED) == wrong
    assert called.wrong(body=b"%ff=1", content_type=URLENCODED) == [
        ("form", "", "encoding", "has a field whose name is not UTF-8")
    ]
    called = taking(schema, "multipart/form-data")
    parts = [("s", b"\xff"), ("t", b"a\xff"), ("u", b"\xc3\xa9")]
    assert called.wrong(content_type="multipart/form-data", fields=parts) == wrong


def test_the_bytes_of_a_part_are_its_text(taking: Make):
    schema = {"type": "object", "properties": {"s": {"type": "string"}}}
    called = taking(schema, "multipart/form-data", plain_body=True)
    (form,), _ = called.arguments(content_type="multipart/form-data", fields=[("s", "\u00e9\ufffd".encode())])
    assert form == {"s": "\u00e9\ufffd"}


FORM = {
    "type": "object",
    "required": ["title", "photo"],
    "properties": {
        "title": STRING,
        "rating": INTEGER,
        "tags": {"type": "array", "items": INTEGER},
        "size": {"type": "object", "properties": {"w": INTEGER}},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"n": INTEGER}}},
        "photo": {"type": "string", "format": "binary"},
        "more": {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": 2},
    },
}


def test_a_form_is_one_model_with_its_values_by_type_and_uploads(taking: Make):
    photo, first, second = Upload(b"1", "a.png"), Upload(b"2"), Upload(b"3")
    (form,), keywords = taking(FORM, "multipart/form-data", version="3.0.3").arguments(
        content_type="multipart/form-data; boundary=x",
        fields=[
            ("title", "t"),
            ("rating", "4"),
            ("tags", "1"),
            ("tags", "2"),
            ("size", '{"w":5}'),
            ("parts", '{"n":1}'),
        ],
        files=[("photo", photo), ("more", first), ("more", second)],
    )
    assert isinstance(form, Model)
    assert (form.title, form.rating, form.tags, form.size.w, form.parts[0].n) == ("t", 4, [1, 2], 5, 1)
    assert form.photo is photo
    assert form.more == [first, second]
    assert keywords == {}


def test_the_fields_of_a_form_are_validated_and_files_must_be_there(taking: Make):
    called = taking(FORM, "multipart/form-data", version="3.0.3")
    assert called.wrong(content_type="multipart/form-data", fields=[("rating", "x"), ("size", "{")]) == [
        ("form", "/size", "json", "is not JSON: expecting property name enclosed in double quotes, line 1, column 2"),
        ("form", "/title", "required", "is missing"),
        ("form", "/photo", "required", "is missing"),
        ("form", "/rating", "type", "'x' is not an integer"),
    ]
    uploads = [
        ("photo", Upload(b"1")),
        ("photo", Upload(b"2")),
        *[("more", Upload(b"3"))] * 3,
        ("rating", Upload(b"4")),
    ]
    assert called.wrong(content_type="multipart/form-data", fields=[("title", "t")], files=uploads) == [
        ("form", "/photo", "repeated", "is given 2 times"),
        ("form", "/rating", "type", "is a file; a value is asked for"),
        ("form", "/more", "maxItems", "has 3 items, more than 2"),
    ]


def test_a_plain_form_is_a_dict(taking: Make):
    called = taking(FORM, "multipart/form-data", version="3.0.3", plain_body=True)
    photo = Upload(b"1")
    (form,), _ = called.arguments(
        content_type="multipart/form-data", fields=[("title", "t"), ("extra", "e")], files=[("photo", photo)]
    )
    assert form == {"title": "t", "extra": "e", "photo": photo}


def test_a_field_where_a_file_is_asked_is_read_like_one(taking: Make):
    (form,), _ = taking(FORM, "multipart/form-data", version="3.0.3").arguments(
        content_type="multipart/form-data", fields=[("title", "t"), ("photo", "data")]
    )
    assert form.photo.read() == b"data"


def test_a_part_where_a_file_is_asked_may_be_any_bytes(taking: Make):
    fields = [("title", "t"), ("photo", b"\xff")]
    (form,), _ = taking(FORM, "multipart/form-data", version="3.0.3").arguments(
        content_type="multipart/form-data", fields=fields
    )
    assert form.photo.read() == b"\xff"


def test_more_than_one_byte_order_mark_in_a_json_part_is_refused(taking: Make):
    fields = [("title", "t"), ("photo", ""), ("size", "\ufeff" * 3000 + "{}")]
    called = taking(FORM, "multipart/form-data", version="3.0.3")
    assert called.wrong(content_type="multipart/form-data", fields=fields) == [
        ("form", "/size", "json", "is not JSON: it begins with more than one byte order mark")
    ]


def test_a_json_part_may_come_as_a_file(taking: Make):
    size = Upload(b'{"w":5}', "blob", content_type="application/json")
    (form,), _ = taking(FORM, "multipart/form-data", version="3.0.3").arguments(
        content_type="multipart/form-data",
        fields=[("title", "t")],
        files=[("photo", Upload(b"1")), ("size", size)],
    )
    assert form.size.w == 5


def test_files_of_3_1_are_told_by_their_media_type(taking: Make):
    schema = {"type": "object", "properties": {"photo": {"type": "string", "contentMediaType": "image/png"}}}
    photo = Upload(b"1")
    (form,), _ = taking(schema, "multipart/form-data").arguments(
        content_type="multipart/form-data", files=[("photo", photo)]
    )
    assert form.photo is photo


def test_encoding_gives_a_field_of_a_form_its_style(operation: Make):
    content = {
        "application/x-www-form-urlencoded": {
            "schema": FORM | {"required": []},
            "encoding": {"tags": {"style": "form", "explode": False}, "size": {"style": "deepObject"}},
        }
    }
    (form,), _ = operation({"requestBody": {"content": content}}).arguments(
        content_type="application/x-www-form-urlencoded", fields=[("tags", "1,2"), ("size[w]", "5")]
    )
    assert (form.tags, form.to_json()) == ([1, 2], {"tags": [1, 2], "size": {"w": 5}})


def test_an_empty_form_is_absent_where_it_is_optional(taking: Make):
    called = taking(FORM, "multipart/form-data", required=False)
    assert called.arguments(content_type="multipart/form-data; boundary=x") == ([None], {})


def urlencoded(called: Any, body: str) -> Any:
    return called.arguments(body=body.encode(), content_type=URLENCODED)[0][0]


TAGS = {"type": "array", "items": STRING}
POINT = {"type": "object", "properties": {"x": INTEGER, "y": INTEGER}}


@pytest.mark.parametrize(
    ("schema", "sent", "value"),
    [
        (INTEGER, "p=5", 5),
        ({"type": "number"}, "p=1.5", 1.5),
        ({"type": "boolean"}, "p=true", True),
        (STRING, "p=5", "5"),
        (STRING, "p=", ""),
        (TAGS, "p=a,b&p=c%2Cd", ["a,b", "c,d"]),
        ({"type": "array", "items": INTEGER}, "p=1&p=2", [1, 2]),
        (POINT, "p=%7B%22x%22%3A1%7D", {"x": 1}),
        ({"type": "array", "items": POINT}, 'p={"x":1}&p={"x":2}', [{"x": 1}, {"x": 2}]),
        ({"type": "array", "items": POINT}, 'p=[{"x":1},{"x":2}]', [{"x": 1}, {"x": 2}]),
        ({"type": ["integer", "null"]}, "p=", None),
        ({}, "p=5", "5"),
        ({}, "p=5&p=6", ["5", "6"]),
    ],
)
def test_a_field_is_read_by_the_type_of_its_property(form: Make, schema: Any, sent: str, value: Any):
    assert urlencoded(form({"p": schema}, URLENCODED), sent) == {"p": value}


@pytest.mark.parametrize(
    ("schema", "encoding", "sent", "value"),
    [
        (TAGS, {"style": "form", "explode": False}, "p=a,b", ["a", "b"]),
        (TAGS, {"style": "form", "explode": False}, "p=a%2Cb,c", ["a,b", "c"]),
        (TAGS, {"explode": False}, "p=a+b,c", ["a b", "c"]),
        (TAGS, {"allowReserved": True}, "p=/a:b&p=c", ["/a:b", "c"]),
        (TAGS, {"style": "spaceDelimited", "explode": False}, "p=a%20b", ["a", "b"]),
        (TAGS, {"style": "pipeDelimited", "explode": False}, "p=a|b%7Cc", ["a", "b", "c"]),
        (POINT, {"style": "form", "explode": False}, "p=x,1,y,2", {"x": 1, "y": 2}),
        (POINT, {"style": "deepObject", "explode": True}, "p[x]=1&p%5By%5D=2", {"x": 1, "y": 2}),
        (INTEGER, {"style": "form"}, "p=5", 5),
        (POINT, {"contentType": "application/json"}, 'p={"x":1}', {"x": 1}),
        ({"type": "array", "items": INTEGER}, {"contentType": "application/json"}, "p=[1,2]", [1, 2]),
    ],
)
def test_encoding_says_how_a_field_is_written(form: Make, schema: Any, encoding: Any, sent: str, value: Any):
    for version in ("3.0.3", "3.1.0", "3.2.0"):
        assert urlencoded(form({"p": schema}, URLENCODED, {"p": encoding}, version), sent) == {"p": value}


def test_an_exploded_object_is_spread_over_fields_of_its_own(form: Make):
    called = form({"p": POINT, "q": STRING}, URLENCODED, {"p": {"style": "form", "explode": True}})
    assert urlencoded(called, "x=1&y=2&q=s") == {"p": {"x": 1, "y": 2}, "q": "s"}


def test_fields_that_are_not_declared_are_kept_or_refused_as_the_schema_says(form: Make):
    assert urlencoded(form({}, URLENCODED), "a=1&a=2&b=") == {"a": ["1", "2"], "b": ""}
    assert urlencoded(form({}, URLENCODED, additionalProperties=INTEGER), "a=1") == {"a": 1}
    closed = form({"a": INTEGER}, URLENCODED, additionalProperties=False)
    assert closed.wrong(body=b"a=1&b=2", content_type=URLENCODED) == [
        ("form", "/b", "additionalProperties", "is not a declared property")
    ]


def test_a_field_that_is_no_json_or_repeated_is_told_by_its_name(form: Make):
    called = form({"p": POINT, "n": INTEGER}, URLENCODED)
    assert called.wrong(body=b"p={&n=1&n=2", content_type=URLENCODED) == [
        ("form", "/p", "json", "is not JSON: expecting property name enclosed in double quotes, line 1, column 2"),
        ("form", "/n", "repeated", "is given 2 times"),
    ]
