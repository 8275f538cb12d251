"""The parts of a call become the arguments of its handler, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from pymacaron.exchange.files import Upload
from pymacaron.exchange.media import UnsupportedMediaType
from pymacaron.schema.models import Model

Make = Callable[..., Any]

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
ORDER = {
    "type": "object",
    "required": ["sku"],
    "properties": {
        "sku": STRING,
        "qty": {"type": "integer", "minimum": 1},
        "due": {"type": "string", "format": "date"},
    },
}


def query(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


def json_body(schema: Any, required: bool = True, *types: str) -> dict[str, Any]:
    return {"required": required, "content": {name: {"schema": schema} for name in types or ("application/json",)}}


def test_values_reach_the_handler_converted_and_named_for_python(operation: Make):
    called = operation(
        {
            "parameters": [
                {"name": "order-id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
                query("since", {"type": "string", "format": "date-time"}),
                query("class", INTEGER),
                {"name": "X-Count", "in": "header", "schema": INTEGER},
                {"name": "session", "in": "cookie", "schema": STRING},
                query("X-Count", INTEGER),
            ]
        },
        path="/orders/{order-id}",
    )
    text = "9f8b0c9e-7f6a-4a1e-8d6a-0a1b2c3d4e5f"
    positional, keywords = called.arguments(
        "since=2026-01-02T03:04:05Z&class=1&unknown=1",
        path={"order-id": text},
        headers={"x-count": "7"},
        cookies={"session": "s1"},
    )
    assert positional == []
    assert keywords == {
        "order_id": UUID(text),
        "since": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "class_": 1,
        "x_count": 7,
        "session": "s1",
        "X_Count": None,
    }


def test_an_absent_value_is_the_handlers_default_else_the_schemas_else_none(operation: Make):
    called = operation(
        {
            "parameters": [
                query("mine", {"type": "integer", "default": 1}),
                query("theirs", {"type": "string", "format": "date", "default": "2026-01-02"}),
                query("list", {"type": "array", "items": INTEGER, "default": [1]}),
                query("wrong", {"type": "integer", "default": "ten"}),
                query("none", INTEGER),
            ]
        },
        defaults={"mine"},
    )
    _, first = called.arguments()
    assert first == {"theirs": date(2026, 1, 2), "list": [1], "wrong": "ten", "none": None}
    first["list"].append(2)
    assert called.arguments()[1]["list"] == [1]


def test_what_the_handler_does_not_take_is_validated_all_the_same(operation: Make):
    called = operation({"parameters": [query("a", INTEGER), query("b", INTEGER)]}, accepts={"a"})
    assert called.arguments("a=1&b=2") == ([], {"a": 1})
    assert called.wrong("a=1&b=x") == [("query", "/b", "type", "'x' is not an integer")]


def test_everything_that_is_wrong_is_said_at_once(operation: Make):
    called = operation(
        {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": INTEGER},
                query("limit", INTEGER, required=True),
                {"name": "X-Count", "in": "header", "schema": INTEGER},
                {"name": "session", "in": "cookie", "required": True, "schema": STRING},
            ],
            "requestBody": json_body(ORDER),
        },
        path="/it/{id}",
    )
    wrong = called.wrong(
        path={"id": "x"}, headers={"X-Count": "many"}, body=b'{"qty":0}', content_type="application/json"
    )
    assert wrong == [
        ("path", "/id", "type", "'x' is not an integer"),
        ("query", "/limit", "required", "is missing"),
        ("header", "/X-Count", "type", "'many' is not an integer"),
        ("cookie", "/session", "required", "is missing"),
        ("body", "/qty", "minimum", "0 is below 1"),
        ("body", "/sku", "required", "is missing"),
    ]


def test_the_value_of_a_secret_is_not_shown(operation: Make):
    called = operation({"parameters": [{"name": "api_token", "in": "query", "schema": INTEGER}]})
    assert called.wrong("api_token=geheim") == [("query", "/api_token", "type", "a value is not an integer")]


def test_a_json_body_is_the_one_positional_argument(operation: Make):
    called = operation({"requestBody": json_body({"$ref": "#/components/schemas/Order"})}, schemas={"Order": ORDER})
    (order,), keywords = called.arguments(body=b'{"sku":"A","due":"2026-01-02"}', content_type="application/json")
    assert (order.get_model_name(), order.sku, order.due, keywords) == ("Order", "A", date(2026, 1, 2), {})


def test_a_handler_of_plain_values_gets_plain_values(operation: Make):
    called = operation({"requestBody": json_body(ORDER)}, plain_body=True)
    (order,), _ = called.arguments(body=b'{"sku":"A","due":"2026-01-02"}', content_type="application/json")
    assert (type(order), order) == (dict, {"sku": "A", "due": "2026-01-02"})


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/vnd.x+json",
        "text/json",
        None,
    ],
)
def test_what_counts_as_json(operation: Make, content_type: str | None):
    called = operation({"requestBody": json_body(INTEGER)})
    assert called.arguments(body=b"5", content_type=content_type) == ([5], {})


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "nonsense", "text/csv"])
def test_a_body_of_another_type_is_refused_with_what_is_accepted(operation: Make, content_type: str):
    called = operation({"requestBody": json_body(INTEGER)})
    with pytest.raises(UnsupportedMediaType) as caught:
        called.arguments(body=b"5", content_type=content_type)
    assert caught.value.accepts == ["application/json"]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", None])
def test_an_absent_body_is_none_or_the_handlers_default_or_missing(operation: Make, content_type: str | None):
    optional = {"requestBody": json_body(INTEGER, False)}
    assert operation(optional).arguments(content_type=content_type) == ([None], {})
    assert operation(optional, body_default=True).arguments(content_type=content_type) == ([], {})
    required = operation({"requestBody": json_body(INTEGER)})
    assert required.wrong(content_type=content_type) == [("body", "", "required", "is missing")]


def test_a_body_is_read_on_get_and_delete_where_it_is_declared(operation: Make):
    for method in ("get", "delete"):
        called = operation({"requestBody": json_body(INTEGER)}, method=method)
        assert called.arguments(body=b"5", content_type="application/json") == ([5], {})


def test_a_body_that_is_not_declared_is_not_read(operation: Make):
    assert operation({}).arguments(body=b"{", content_type="application/json") == ([], {})


@pytest.mark.parametrize(
    ("declared", "content_type", "body", "value"),
    [
        ("text/plain", "text/plain", b"5", "5"),
        ("text/plain", "text/plain; charset=latin-1", b"\xe9", "é"),
        ("text/*", "text/csv", b"a,b", "a,b"),
        ("text/plain", None, b"5", "5"),
        ("application/octet-stream", "application/octet-stream", b"\xff", b"\xff"),
        ("application/octet-stream", "application/octet-stream", b"", b""),
        ("image/*", "image/png", b"\xff", b"\xff"),
        ("application/xml", "application/xml", b"<a/>", b"<a/>"),
        ("*/*", "image/png", b"\xff", b"\xff"),
    ],
)
def test_other_media_types_are_text_or_bytes(
    operation: Make, declared: str, content_type: str | None, body: bytes, value: Any
):
    called = operation({"requestBody": json_body({"type": "string"}, True, declared)})
    assert called.arguments(body=body, content_type=content_type) == ([value], {})


def test_a_range_reads_each_type_as_what_it_is(operation: Make):
    called = operation({"requestBody": json_body(ORDER, True, "*/*")})
    (order,), _ = called.arguments(body=b'{"sku":"A"}', content_type="application/json")
    assert order.sku == "A"
    (order,), _ = called.arguments(body=b'{"sku":"A"}')
    assert order.sku == "A"
    (order,), _ = called.arguments(fields=[("sku", "A")], content_type="application/x-www-form-urlencoded")
    assert order.sku == "A"


def test_a_text_is_validated_and_must_be_of_its_charset(operation: Make):
    called = operation({"requestBody": json_body({"type": "string", "maxLength": 2}, True, "text/plain")})
    assert called.wrong(body=b"abc", content_type="text/plain") == [
        ("body", "", "maxLength", "'abc' is longer than 2 characters")
    ]
    assert called.wrong(body=b"\xff", content_type="text/plain") == [("body", "", "encoding", "is not UTF-8")]
    for charset in ("nonsense", "hex", '"\0"'):
        with pytest.raises(UnsupportedMediaType):
            called.arguments(body=b"a", content_type=f"text/plain; charset={charset}")


def test_a_charset_is_one_that_is_known_whatever_its_spelling(operation: Make):
    called = operation({"requestBody": json_body({"type": "string"}, True, "text/plain")})
    for charset in ("iso-8859-1", "ISO_8859-1", "latin1", "windows-1252", '"l1"'):
        assert called.arguments(body=b"\xe9", content_type=f"text/plain; charset={charset}") == (["\u00e9"], {})
    for charset in ("idna", "unicode_escape", "utf-7", "rot13", "undefined", "c" * 4000):
        with pytest.raises(UnsupportedMediaType):
            called.arguments(body=b"a", content_type=f"text/plain; charset={charset}")


URLENCODED = "application/x-www-form-urlencoded"


def test_an_urlencoded_form_is_read_exactly(operation: Make):
    schema = {"type": "object", "properties": {"s": {"type": "string"}, "n": {"type": "array", "items": {}}}}
    called = operation({"requestBody": json_body(schema, True, URLENCODED)}, plain_body=True)
    (form,), _ = called.arguments(body=b"s=a+b%2Bc%EF%BF%BD%26&n=1&n=&&%C3%A9=\xc3\xa9&x", content_type=URLENCODED)
    assert form == {"s": "a b+c\ufffd&", "n": ["1", ""], "\u00e9": "\u00e9", "x": ""}


def test_what_is_not_utf_8_in_a_form_is_refused_by_its_field(operation: Make):
    schema = {"type": "object", "properties": {"s": {"type": "string"}, "t": {"type": "string"}}}
    called = operation({"requestBody": json_body(schema, True, URLENCODED)})
    wrong = [("form", "/s", "encoding", "is not UTF-8"), ("form", "/t", "encoding", "is not UTF-8")]
    assert called.wrong(body=b"s=%ff&t=\xff&u=%C3%A9", content_type=URLENCODED) == wrong
    assert called.wrong(body=b"%ff=1", content_type=URLENCODED) == [
        ("form", "", "encoding", "has a field whose name is not UTF-8")
    ]
    called = operation({"requestBody": json_body(schema, True, "multipart/form-data")})
    parts = [("s", b"\xff"), ("t", "a\ufffd"), ("u", b"\xc3\xa9")]
    assert called.wrong(content_type="multipart/form-data", fields=parts) == wrong


def test_the_bytes_of_a_part_are_its_text(operation: Make):
    schema = {"type": "object", "properties": {"s": {"type": "string"}}}
    called = operation({"requestBody": json_body(schema, True, "multipart/form-data")}, plain_body=True)
    (form,), _ = called.arguments(content_type="multipart/form-data", fields=[("s", "\u00e9\ufffd".encode())])
    assert form == {"s": "\u00e9\ufffd"}


LOGIN = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "pin": {"type": "string", "format": "password"},
        "cards": {"type": "array", "items": {"type": "object", "properties": {"cvc": {"format": "password"}}}},
    },
}


@pytest.mark.parametrize("plain_body", [True, False])
def test_what_is_shown_of_a_call_has_no_secrets(operation: Make, plain_body: bool):
    pin = {"type": "string", "format": "password"}
    called = operation(
        {
            "parameters": [
                {"name": "q", "in": "query", "schema": {"type": "integer"}},
                {"name": "pw", "in": "query", "schema": pin},
                {"name": "old", "in": "query", "schema": {"type": "array", "items": pin}},
                {"name": "X-Api-Key", "in": "header", "schema": {"type": "string"}},
                {"name": "reset_token", "in": "query", "schema": {"type": "string"}},
            ],
            "requestBody": json_body(LOGIN, True),
        },
        plain_body=plain_body,
    )
    assert called.inbound.secrets == {"pw", "old", "x_api_key", "reset_token"}
    body = b'{"name":"Ada","pin":"1234","cards":[{"cvc":"567","n":1}]}'
    args, kwargs = called.arguments("q=1&pw=a&old=b&old=c", body=body, headers={"X-Api-Key": "d"})
    assert called.inbound.shown(args, kwargs) == {
        "body": {"name": "Ada", "pin": "***", "cards": [{"cvc": "***", "n": 1}]},
        "q": 1,
        "pw": "***",
        "old": "***",
        "x_api_key": "***",
        "reset_token": None,
    }
    assert (args[0]["pin"], kwargs["pw"]) == ("1234", "a")


def test_a_body_that_is_a_password_is_not_shown(operation: Make):
    called = operation({"requestBody": json_body({"type": "string", "format": "password"}, True, "text/plain")})
    assert called.inbound.secrets == {"body"}
    args, kwargs = called.arguments(body=b"hush", content_type="text/plain")
    assert called.inbound.shown(args, kwargs) == {"body": "***"}


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
MULTIPART = {"requestBody": json_body(FORM, True, "multipart/form-data")}


def test_a_form_is_one_model_with_its_values_by_type_and_uploads(operation: Make):
    photo, first, second = Upload(b"1", "a.png"), Upload(b"2"), Upload(b"3")
    (form,), keywords = operation(MULTIPART, version="3.0.3").arguments(
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


def test_the_fields_of_a_form_are_validated_and_files_must_be_there(operation: Make):
    called = operation(MULTIPART, version="3.0.3")
    assert called.wrong(content_type="multipart/form-data", fields=[("rating", "x"), ("size", "{")]) == [
        ("form", "/size", "json", "is not JSON: expecting property name enclosed in double quotes, line 1, column 2"),
        ("form", "/rating", "type", "'x' is not an integer"),
        ("form", "/title", "required", "is missing"),
        ("form", "/photo", "required", "is missing"),
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


def test_a_plain_form_is_a_dict(operation: Make):
    called = operation(MULTIPART, version="3.0.3", plain_body=True)
    photo = Upload(b"1")
    (form,), _ = called.arguments(
        content_type="multipart/form-data", fields=[("title", "t"), ("extra", "e")], files=[("photo", photo)]
    )
    assert form == {"title": "t", "extra": "e", "photo": photo}


def test_a_field_where_a_file_is_asked_is_read_like_one(operation: Make):
    (form,), _ = operation(MULTIPART, version="3.0.3").arguments(
        content_type="multipart/form-data", fields=[("title", "t"), ("photo", "data")]
    )
    assert form.photo.read() == b"data"


def test_a_part_where_a_file_is_asked_may_be_any_bytes(operation: Make):
    fields = [("title", "t"), ("photo", b"\xff")]
    (form,), _ = operation(MULTIPART, version="3.0.3").arguments(content_type="multipart/form-data", fields=fields)
    assert form.photo.read() == b"\xff"


def test_more_than_one_byte_order_mark_in_a_json_part_is_refused(operation: Make):
    fields = [("title", "t"), ("photo", ""), ("size", "\ufeff" * 3000 + "{}")]
    called = operation(MULTIPART, version="3.0.3")
    assert called.wrong(content_type="multipart/form-data", fields=fields) == [
        ("form", "/size", "json", "is not JSON: it begins with more than one byte order mark")
    ]


def test_a_json_part_may_come_as_a_file(operation: Make):
    size = Upload(b'{"w":5}', "blob", content_type="application/json")
    (form,), _ = operation(MULTIPART, version="3.0.3").arguments(
        content_type="multipart/form-data",
        fields=[("title", "t")],
        files=[("photo", Upload(b"1")), ("size", size)],
    )
    assert form.size.w == 5


def test_files_of_3_1_are_told_by_their_media_type(operation: Make):
    schema = {"type": "object", "properties": {"photo": {"type": "string", "contentMediaType": "image/png"}}}
    photo = Upload(b"1")
    (form,), _ = operation({"requestBody": json_body(schema, True, "multipart/form-data")}).arguments(
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


def test_an_empty_form_is_absent_where_it_is_optional(operation: Make):
    called = operation({"requestBody": json_body(FORM, False, "multipart/form-data")})
    assert called.arguments(content_type="multipart/form-data; boundary=x") == ([None], {})


SWAGGER_FORM = {
    "consumes": ["multipart/form-data"],
    "parameters": [
        {"name": "title", "in": "formData", "type": "string", "required": True},
        {"name": "rating", "in": "formData", "type": "integer", "default": 3},
        {"name": "tags", "in": "formData", "type": "array", "items": INTEGER, "collectionFormat": "csv"},
        {"name": "photo", "in": "formData", "type": "file", "required": True},
    ],
}


def test_the_fields_of_a_swagger_2_form_are_keyword_arguments(operation: Make):
    called = operation(SWAGGER_FORM, version="2.0")
    photo = Upload(b"1", "a.png")
    arguments = called.arguments(
        content_type="multipart/form-data", fields=[("title", "t"), ("tags", "1,2")], files=[("photo", photo)]
    )
    assert arguments == ([], {"title": "t", "rating": 3, "tags": [1, 2], "photo": photo})
    assert called.wrong(content_type="multipart/form-data", fields=[("rating", "x")]) == [
        ("form", "/title", "required", "is missing"),
        ("form", "/rating", "type", "'x' is not an integer"),
        ("form", "/photo", "required", "is missing"),
    ]
    with pytest.raises(UnsupportedMediaType):
        called.arguments(content_type="application/json", body=b"{}")
