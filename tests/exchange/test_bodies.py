"""A body becomes the one positional argument, by its Content-Type and the schema of its entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

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


def json_body(schema: Any, required: bool = True, *types: str) -> dict[str, Any]:
    return {"required": required, "content": {name: {"schema": schema} for name in types or ("application/json",)}}


def told_apart(*names: str) -> dict[str, Any]:
    """A body whose entries of `content` tell which of them was taken: each asks for its own index."""
    return {"required": True, "content": {name: {"schema": {"const": index}} for index, name in enumerate(names)}}


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
def test_a_type_that_no_entry_describes_is_refused(operation: Make, declared: str, given: str):
    called = operation({"requestBody": json_body(INTEGER, True, declared)})
    with pytest.raises(UnsupportedMediaType) as caught:
        called.arguments(body=b"5", content_type=given)
    assert (caught.value.status, caught.value.headers) == (415, {"Accept": declared})


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "us-ascii"])
def test_json_may_say_that_it_is_utf_8(operation: Make, charset: str):
    called = operation({"requestBody": json_body(STRING)})
    body = '"\u00e9"'.encode()
    assert called.arguments(body=body, content_type=f"application/json; charset={charset}") == (["\u00e9"], {})


@pytest.mark.parametrize("charset", ["latin-1", "iso-8859-1", "utf-16", "nonsense", ""])
def test_json_and_forms_in_another_charset_are_refused_rather_than_read_as_something_else(
    operation: Make, charset: str
):
    for declared in ("application/json", "application/x-www-form-urlencoded"):
        called = operation({"requestBody": json_body({"type": ["string", "object"]}, True, declared)})
        with pytest.raises(UnsupportedMediaType, match="reads only UTF-8"):
            called.arguments(body=b'"\xe9"', content_type=f"{declared}; charset={charset}")
        assert called.wrong(content_type=f"{declared}; charset={charset}") == [("body", "", "required", "is missing")]


def test_a_body_without_a_type_is_read_where_only_one_reading_is_possible(operation: Make):
    def read(*declared: str) -> Any:
        return operation({"requestBody": json_body(INTEGER, True, *declared)}).arguments(body=b"5")

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


def test_a_body_that_is_refused_is_not_read_where_its_length_is_told(operation: Make):
    called = operation({"requestBody": json_body(INTEGER)})
    headers = {"Content-Length": "5000000000"}
    with pytest.raises(UnsupportedMediaType):
        called.arguments(content_type="text/csv", headers=headers)
    assert called.wrong(content_type="text/csv", headers={"Content-Length": "0"}) == [
        ("body", "", "required", "is missing")
    ]


def test_null_is_a_body_where_the_schema_allows_it(operation: Make):
    called = operation({"requestBody": json_body({"type": "object", "nullable": True})}, version="3.0.3")
    assert called.arguments(body=b"null", content_type="application/json") == ([None], {})
    called = operation({"requestBody": json_body({"type": "object"})}, version="3.0.3")
    assert called.wrong(body=b"null", content_type="application/json") == [
        ("body", "", "type", "null is not an object")
    ]


def test_an_absent_body_is_the_default_of_its_schema(operation: Make):
    schema = {**ORDER, "default": {"sku": "A", "due": "2026-01-02"}}
    called = operation({"requestBody": json_body(schema, False)})
    (first,), _ = called.arguments()
    assert isinstance(first, Model)
    assert (first.sku, first.due) == ("A", date(2026, 1, 2))
    first.sku = "B"
    assert called.arguments()[0][0].sku == "A"
    plain = operation({"requestBody": json_body(schema, False)}, plain_body=True)
    assert plain.arguments() == ([{"sku": "A", "due": "2026-01-02"}], {})
    assert operation({"requestBody": json_body(schema, False)}, body_default=True).arguments() == ([], {})
    required = operation({"requestBody": json_body(schema)})
    assert required.wrong() == [("body", "", "required", "is missing")]


def test_defaults_of_properties_are_attributes_of_what_was_sent(operation: Make):
    schema = {"type": "object", "properties": {"sku": STRING, "qty": {"type": "integer", "default": 1}}}
    for declared, body in (("application/json", b'{"sku":"A"}'), ("application/x-www-form-urlencoded", b"sku=A")):
        called = operation({"requestBody": json_body(schema, True, declared)})
        (order,), _ = called.arguments(body=body, content_type=declared)
        assert (order.sku, order.qty, order.to_json()) == ("A", 1, {"sku": "A"})


def test_a_required_property_that_is_read_only_is_not_asked_of_requests(operation: Make):
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}}
    for version in ("3.0.3", "3.1.0"):
        for declared, body in (("application/json", b"{}"), ("application/x-www-form-urlencoded", b"a=b")):
            called = operation({"requestBody": json_body(schema, True, declared)}, version=version)
            (found,), _ = called.arguments(body=body, content_type=declared)
            assert found.id is None


def test_a_file_is_bytes_whose_length_the_schema_may_bound(operation: Make):
    schema = {"type": "string", "format": "binary", "minLength": 1, "maxLength": 3}
    called = operation({"requestBody": json_body(schema, True, "application/octet-stream", "image/*")}, version="3.0.3")
    assert called.arguments(body=b"\xff\xfe", content_type="image/png") == ([b"\xff\xfe"], {})
    for body, fault in (
        (b"abcd", ("maxLength", "has 4 bytes, more than 3")),
        (b"", ("minLength", "has 0 bytes, fewer than 1")),
    ):
        assert called.wrong(body=body, content_type="application/octet-stream") == [("body", "", *fault)]


def test_a_range_of_files_reads_json_as_bytes_too(operation: Make):
    schema = {"type": "string", "format": "binary"}
    called = operation({"requestBody": json_body(schema, True, "*/*")}, version="3.0.3")
    assert called.arguments(body=b'{"a":1}', content_type="application/json") == ([b'{"a":1}'], {})


def test_plain_text_is_json_where_the_schema_is_of_objects(operation: Make):
    called = operation({"requestBody": json_body(ORDER, True, "application/json", "text/plain")})
    (order,), _ = called.arguments(body=b'{"sku":"A"}', content_type="text/plain;charset=UTF-8")
    assert order.sku == "A"
    assert called.wrong(body=b"{}", content_type="text/plain") == [("body", "/sku", "required", "is missing")]


def test_what_is_shown_of_a_body_of_bytes_is_not_its_content(operation: Make):
    called = operation({"requestBody": json_body({"type": "string"}, True, "application/octet-stream")})
    args, kwargs = called.arguments(body=b"secret", content_type="application/octet-stream")
    assert called.inbound.shown(args, kwargs) == {"body": "<6 bytes>"}


# Lists of parts


MIXED = {
    "type": "array",
    "maxItems": 3,
    "prefixItems": [ORDER],
    "items": {"type": "string", "contentMediaType": "image/png"},
}


def parts(*contents: Any) -> list[tuple[None, Any]]:
    return [(None, content) for content in contents]


def test_a_multipart_body_without_names_is_a_list_of_its_parts(operation: Make):
    photo = Upload(b"1", content_type="image/png")
    for declared in ("multipart/mixed", "multipart/related"):
        called = operation({"requestBody": json_body(MIXED, True, declared)})
        ((order, *photos),), _ = called.arguments(
            content_type=f"{declared}; boundary=x",
            fields=parts('{"sku":"A","due":"2026-01-02"}'),
            files=parts(photo),
        )
        assert (order.sku, order.due, photos) == ("A", date(2026, 1, 2), [photo])


def test_the_items_of_a_list_of_parts_are_validated(operation: Make):
    called = operation({"requestBody": json_body(MIXED, True, "multipart/mixed")})
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


def test_the_parts_of_another_multipart_type_have_names_where_the_schema_is_of_objects(operation: Make):
    called = operation({"requestBody": json_body(ORDER, True, "multipart/mixed")}, version="3.0.3")
    (order,), _ = called.arguments(content_type="multipart/mixed", fields=[("sku", "A"), ("qty", "2")])
    assert (order.sku, order.qty) == ("A", 2)
    assert called.wrong(content_type="multipart/mixed", fields=parts("A")) == [
        ("form", "", "name", "has a part without a name")
    ]


def test_a_form_that_is_modelled_as_an_array_is_a_list_of_its_parts(operation: Make):
    photo = Upload(b"1", content_type="image/png")
    called = operation({"requestBody": json_body(MIXED, True, "multipart/form-data")}, version="3.2.0")
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
