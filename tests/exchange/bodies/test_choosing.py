"""A body becomes the one positional argument, by its Content-Type and the schema of its entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

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


def told_apart(*names: str) -> dict[str, Any]:
    """A body whose entries of `content` tell which of them was taken: each asks for its own index."""
    return {"required": True, "content": {name: {"schema": {"const": index}} for index, name in enumerate(names)}}


def test_a_json_body_is_the_one_positional_argument(taking: Make):
    called = taking({"$ref": "#/components/schemas/Order"}, schemas={"Order": ORDER})
    (order,), keywords = called.arguments(body=b'{"sku":"A","due":"2026-01-02"}', content_type="application/json")
    assert (order.get_model_name(), order.sku, order.due, keywords) == ("Order", "A", date(2026, 1, 2), {})


def test_a_handler_of_plain_values_gets_plain_values(taking: Make):
    called = taking(ORDER, plain_body=True)
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
def test_what_counts_as_json(taking: Make, content_type: str | None):
    called = taking(INTEGER)
    assert called.arguments(body=b"5", content_type=content_type) == ([5], {})


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "nonsense", "text/csv"])
def test_a_body_of_another_type_is_refused_with_what_is_accepted(taking: Make, content_type: str):
    called = taking(INTEGER)
    with pytest.raises(UnsupportedMediaType) as caught:
        called.arguments(body=b"5", content_type=content_type)
    assert caught.value.accepts == ["application/json"]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", None])
def test_an_absent_body_is_none_or_the_handlers_default_or_missing(taking: Make, content_type: str | None):
    assert taking(INTEGER, required=False).arguments(content_type=content_type) == ([None], {})
    assert taking(INTEGER, required=False, body_default=True).arguments(content_type=content_type) == ([], {})
    assert taking(INTEGER).wrong(content_type=content_type) == [("body", "", "required", "is missing")]


def test_a_body_is_read_on_get_and_delete_where_it_is_declared(taking: Make):
    for method in ("get", "delete"):
        called = taking(INTEGER, method=method)
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
    taking: Make, declared: str, content_type: str | None, body: bytes, value: Any
):
    called = taking({"type": "string"}, declared)
    assert called.arguments(body=body, content_type=content_type) == ([value], {})


def test_a_range_reads_each_type_as_what_it_is(taking: Make):
    called = taking(ORDER, "*/*")
    (order,), _ = called.arguments(body=b'{"sku":"A"}', content_type="application/json")
    assert order.sku == "A"
    (order,), _ = called.arguments(body=b'{"sku":"A"}')
    assert order.sku == "A"
    (order,), _ = called.arguments(fields=[("sku", "A")], content_type="application/x-www-form-urlencoded")
    assert order.sku == "A"


def test_a_text_is_validated_and_must_be_of_its_charset(taking: Make):
    called = taking({"type": "string", "maxLength": 2}, "text/plain")
    assert called.wrong(body=b"abc", content_type="text/plain") == [
        ("body", "", "maxLength", "'abc' is longer than 2 characters")
    ]
    assert called.wrong(body=b"\xff", content_type="text/plain") == [("body", "", "encoding", "is not UTF-8")]
    for charset in ("nonsense", "hex", '"\0"'):
        with pytest.raises(UnsupportedMediaType):
            called.arguments(body=b"a", content_type=f"text/plain; charset={charset}")


def test_a_charset_is_one_that_is_known_whatever_its_spelling(taking: Make):
    called = taking({"type": "string"}, "text/plain")
    for charset in ("iso-8859-1", "ISO_8859-1", "latin1", "windows-1252", '"l1"'):
        assert called.arguments(body=b"\xe9", content_type=f"text/plain; charset={charset}") == (["\u00e9"], {})
    for charset in ("idna", "unicode_escape", "utf-7", "rot13", "undefined", "c" * 4000):
        with pytest.raises(UnsupportedMediaType):
            called.arguments(body=b"a", content_type=f"text/plain; charset={charset}")


@pytest.mark.parametrize(
    ("declared", "given", "taken"),
    [
        # The most specific entry wins, wherever it stands
        (["*/*", "application/*", "application/json"], "application/json", 2),
        (["*/*", "application/*"], "application/json", 1),
        (["application/*", "application/*+json"], "application/vnd.x+json", 1),
        (["application/json", "application/vnd.x+json"], "application/vnd.x+json", 1),
        (["application/vnd.x+json", "application/json"], "application/json; charset=utf-8", 1),
        # Parameters tell entries apart
        (["application/json; version=1", "application/json; version=2"], "application/json;version=2", 1),
        (["application/json", "application/json; version=2"], "application/json; version=2; a=b", 1),
        (["application/json; version=2", "application/json"], "application/json", 1),
        (["application/json; version=2", "application/json"], "application/json; version=3", 1),
        (["application/json; version=1", "application/json; version=2"], "application/json", 0),
        (['application/json; profile="a b"', "application/json"], 'application/json; profile="A B"', 0),
        # Plain JSON reads a type that ends in +json, and the other way around
        (["text/plain", "application/json"], "application/vnd.x+json", 1),
        (["text/plain", "application/vnd.x+json"], "application/json", 1),
        (["text/plain", "application/*+json"], "application/json", 1),
    ],
)
def test_the_most_specific_entry_reads_the_body(operation: Make, declared: list[str], given: str, taken: int):
    called = operation({"requestBody": told_apart(*declared)})
    assert called.arguments(body=str(taken).encode(), content_type=given) == ([taken], {})


@pytest.mark.parametrize(
    ("declared", "given"),
    [
        ("application/json; version=2", "application/json; version=3"),
        ("application/merge-patch+json", "application/json-patch+json"),
        ("text/*", "application/json"),
        ("application/*", "text/json"),
        ("application/json", "application/json, text/plain"),
        ("application/json", "application"),
        ("application/json", "application/json/x"),
        ("application/json", "*/*"),
        ("application/json", "application/x-ndjson"),
    ],
)
def test_a_type_that_no_entry_describes_is_refused(taking: Make, declared: str, given: str):
    called = taking(INTEGER, declared)
    with pytest.raises(UnsupportedMediaType) as caught:
        called.arguments(body=b"5", content_type=given)
    assert (caught.value.status, caught.value.headers) == (415, {"Accept": declared})


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "us-ascii"])
def test_json_may_say_that_it_is_utf_8(taking: Make, charset: str):
    called = taking(STRING)
    body = '"\u00e9"'.encode()
    assert called.arguments(body=body, content_type=f"application/json; charset={charset}") == (["\u00e9"], {})


@pytest.mark.parametrize("charset", ["latin-1", "iso-8859-1", "utf-16", "nonsense", ""])
def test_json_and_forms_in_another_charset_are_refused_rather_than_read_as_something_else(taking: Make, charset: str):
    for declared in ("application/json", "application/x-www-form-urlencoded"):
        called = taking({"type": ["string", "object"]}, declared)
        with pytest.raises(UnsupportedMediaType, match="reads only UTF-8"):
            called.arguments(body=b'"\xe9"', content_type=f"{declared}; charset={charset}")
        assert called.wrong(content_type=f"{declared}; charset={charset}") == [("body", "", "required", "is missing")]


def test_a_body_without_a_type_is_read_where_only_one_reading_is_possible(taking: Make):
    def read(*declared: str) -> Any:
        return taking(INTEGER, *declared).arguments(body=b"5")

    assert read("application/json") == ([5], {})
    assert read("application/json", "application/vnd.x+json") == ([5], {})
    assert read("text/plain") == ([5], {})
    assert read("application/octet-stream") == ([b"5"], {})
    assert read("application/*+json") == ([5], {})
    for declared in (
        ["application/json", "text/plain"],
        ["application/x-www-form-urlencoded"],
        ["multipart/form-data"],
    ):
        with pytest.raises(UnsupportedMediaType, match="The body has no Content-Type"):
            read(*declared)


def test_a_body_that_is_refused_is_not_read_where_its_length_is_told(taking: Make):
    called = taking(INTEGER)
    headers = {"Content-Length": "5000000000"}
    with pytest.raises(UnsupportedMediaType):
        called.arguments(content_type="text/csv", headers=headers)
    assert called.wrong(content_type="text/csv", headers={"Content-Length": "0"}) == [
        ("body", "", "required", "is missing")
    ]


def test_null_is_a_body_where_the_schema_allows_it(taking: Make):
    called = taking({"type": "object", "nullable": True}, version="3.0.3")
    assert called.arguments(body=b"null", content_type="application/json") == ([None], {})
    called = taking({"type": "object"}, version="3.0.3")
    assert called.wrong(body=b"null", content_type="application/json") == [
        ("body", "", "type", "null is not an object")
    ]


def test_an_absent_body_is_the_default_of_its_schema(taking: Make):
    schema = {**ORDER, "default": {"sku": "A", "due": "2026-01-02"}}
    called = taking(schema, required=False)
    (first,), _ = called.arguments()
    assert isinstance(first, Model)
    assert (first.sku, first.due) == ("A", date(2026, 1, 2))
    first.sku = "B"
    assert called.arguments()[0][0].sku == "A"
    plain = taking(schema, required=False, plain_body=True)
    assert plain.arguments() == ([{"sku": "A", "due": "2026-01-02"}], {})
    assert taking(schema, required=False, body_default=True).arguments() == ([], {})
    required = taking(schema)
    assert required.wrong() == [("body", "", "required", "is missing")]


def test_defaults_of_properties_are_attributes_of_what_was_sent(taking: Make):
    schema = {"type": "object", "properties": {"sku": STRING, "qty": {"type": "integer", "default": 1}}}
    for declared, body in (("application/json", b'{"sku":"A"}'), ("application/x-www-form-urlencoded", b"sku=A")):
        called = taking(schema, declared)
        (order,), _ = called.arguments(body=body, content_type=declared)
        assert (order.sku, order.qty, order.to_json()) == ("A", 1, {"sku": "A"})


def test_a_required_property_that_is_read_only_is_not_asked_of_requests(taking: Make):
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}}
    for version in ("3.0.3", "3.1.0"):
        for declared, body in (("application/json", b"{}"), ("application/x-www-form-urlencoded", b"a=b")):
            called = taking(schema, declared, version=version)
            (found,), _ = called.arguments(body=body, content_type=declared)
            assert found.id is None


def test_a_file_is_bytes_whose_length_the_schema_may_bound(taking: Make):
    schema = {"type": "string", "format": "binary", "minLength": 1, "maxLength": 3}
    called = taking(schema, "application/octet-stream", "image/*", version="3.0.3")
    assert called.arguments(body=b"\xff\xfe", content_type="image/png") == ([b"\xff\xfe"], {})
    for body, fault in (
        (b"abcd", ("maxLength", "has 4 bytes, more than 3")),
        (b"", ("minLength", "has 0 bytes, fewer than 1")),
    ):
        assert called.wrong(body=body, content_type="application/octet-stream") == [("body", "", *fault)]


def test_a_range_of_files_reads_json_as_bytes_too(taking: Make):
    schema = {"type": "string", "format": "binary"}
    called = taking(schema, "*/*", version="3.0.3")
    assert called.arguments(body=b'{"a":1}', content_type="application/json") == ([b'{"a":1}'], {})


def test_plain_text_is_json_where_the_schema_is_of_objects(taking: Make):
    called = taking(ORDER, "application/json", "text/plain")
    (order,), _ = called.arguments(body=b'{"sku":"A"}', content_type="text/plain;charset=UTF-8")
    assert order.sku == "A"
    assert called.wrong(body=b"{}", content_type="text/plain") == [("body", "/sku", "required", "is missing")]


def test_what_is_shown_of_a_body_of_bytes_is_not_its_content(taking: Make):
    called = taking({"type": "string"}, "application/octet-stream")
    args, kwargs = called.arguments(body=b"secret", content_type="application/octet-stream")
    assert called.inbound.shown(args, kwargs) == {"body": "<6 bytes>"}
