"""A multipart body without names is a list of its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pymacaron.exchange.files import Upload

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
MIXED = {
    "type": "array",
    "maxItems": 3,
    "prefixItems": [ORDER],
    "items": {"type": "string", "contentMediaType": "image/png"},
}


def parts(*contents: Any) -> list[tuple[None, Any]]:
    return [(None, content) for content in contents]


def test_a_multipart_body_without_names_is_a_list_of_its_parts(taking: Make):
    photo = Upload(b"1", content_type="image/png")
    for declared in ("multipart/mixed", "multipart/related"):
        called = taking(MIXED, declared)
        ((order, *photos),), _ = called.arguments(
            content_type=f"{declared}; boundary=x",
            fields=parts('{"sku":"A","due":"2026-01-02"}'),
            files=parts(photo),
        )
        assert (order.sku, order.due, photos) == ("A", date(2026, 1, 2), [photo])


def test_the_items_of_a_list_of_parts_are_validated(taking: Make):
    called = taking(MIXED, "multipart/mixed")
    photos = parts(*[Upload(b"1", content_type="image/png")] * 3)
    assert called.wrong(content_type="multipart/mixed", fields=parts("{}"), files=photos) == [
        ("body", "", "maxItems", "has 4 items, more than 3"),
        ("body", "/0/sku", "required", "is missing"),
    ]
    assert called.wrong(content_type="multipart/mixed", fields=parts("{")) == [
        ("body", "/0", "json", "is not JSON: expecting property name enclosed in double quotes, line 1, column 2")
    ]


def test_item_schema_and_item_encoding_speak_of_each_part(operation: Make):
    content = {
        "multipart/mixed": {
            "itemSchema": {"type": "object", "required": ["n"], "properties": {"n": INTEGER}},
            "itemEncoding": {"contentType": "application/json"},
        }
    }
    called = operation({"requestBody": {"required": True, "content": content}}, version="3.2.0")
    ((first, second),), _ = called.arguments(content_type="multipart/mixed", fields=parts('{"n":1}', '{"n":2}'))
    assert (first.n, second.n) == (1, 2)
    wrong = called.wrong(
        content_type="multipart/mixed",
        fields=parts("{}"),
        files=parts(Upload(b"{}", content_type="text/csv")),
    )
    assert wrong == [
        ("body", "/1", "contentType", "is of type 'text/csv'; application/json is asked for"),
        ("body", "/0/n", "required", "is missing"),
    ]


def test_the_parts_of_another_multipart_type_have_names_where_the_schema_is_of_objects(taking: Make):
    called = taking(ORDER, "multipart/mixed", version="3.0.3")
    (order,), _ = called.arguments(content_type="multipart/mixed", fields=[("sku", "A"), ("qty", "2")])
    assert (order.sku, order.qty) == ("A", 2)
    assert called.wrong(content_type="multipart/mixed", fields=parts("A")) == [
        ("form", "", "name", "has a part without a name")
    ]


def test_a_form_that_is_modelled_as_an_array_is_a_list_of_its_parts(taking: Make):
    photo = Upload(b"1", content_type="image/png")
    called = taking(MIXED, "multipart/form-data", version="3.2.0")
    sent = {"content_type": "multipart/form-data; boundary=x", "files": [("photo", photo)]}
    ((order, *photos),), _ = called.arguments(fields=[("order", '{"sku":"A"}')], **sent)
    assert (order.sku, photos) == ("A", [photo])
    assert called.wrong(fields=[("order", "{}")], **sent) == [("body", "/0/sku", "required", "is missing")]


def test_a_form_of_items_is_a_list_of_its_parts(operation: Make):
    content = {"multipart/form-data": {"itemSchema": INTEGER, "prefixEncoding": [{"contentType": "text/plain"}]}}
    called = operation({"requestBody": {"required": True, "content": content}}, version="3.2.0")
    form = "multipart/form-data; boundary=x"
    assert called.arguments(content_type=form, fields=[("n", "1"), ("n", "2")])[0] == [[1, 2]]
    assert called.wrong(content_type=form, fields=[("n", "1"), ("n", "b")]) == [
        ("body", "/1", "type", "'b' is not an integer")
    ]
