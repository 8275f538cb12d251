"""Files of a form where there are several schemas to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.exchange.files import Upload

Make = Callable[..., Any]

FORM_DATA = "multipart/form-data"
STRING = {"type": "string"}
FILE = {"type": "string", "format": "binary"}
URI = {"type": "string", "format": "uri"}


def sent(called: Any, **fields: Any) -> Any:
    return called.arguments(content_type=FORM_DATA, fields=list(fields.items()))[0][0]


def refused(called: Any, **fields: Any) -> Any:
    return called.wrong(content_type=FORM_DATA, fields=list(fields.items()))


def file(data: bytes, kind: str = "application/octet-stream") -> Upload:
    return Upload(data, "a.bin", content_type=kind)


PHOTO_OR_URL = {
    "type": "object",
    "oneOf": [
        {"required": ["photo"], "properties": {"photo": {**FILE, "minLength": 1}}},
        {"required": ["url"], "properties": {"url": URI}},
    ],
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("plain", [True, False])
def test_a_file_fits_the_alternative_that_asks_for_it(taking: Make, version: str, plain: bool):
    called = taking(PHOTO_OR_URL, FORM_DATA, version=version, plain_body=plain)
    photo = file(b"123")
    form = sent(called, photo=photo)
    assert (form["photo"] if plain else form.photo) is photo
    form = sent(called, url="https://example.com")
    assert (form["url"] if plain else form.url) == "https://example.com"
    assert [one[1:3] for one in refused(called, photo=photo, url="https://example.com")] == [("", "oneOf")]


CHOSEN = {
    "type": "object",
    "required": ["k"],
    "oneOf": [
        {"properties": {"k": {"const": "a"}, "f": {**FILE, "maxLength": 1}}},
        {"properties": {"k": {"const": "b"}, "f": {**FILE, "minLength": 1}}},
        {"properties": {"k": {"const": "c"}, "f": {"type": "integer"}}},
    ],
}


@pytest.mark.parametrize(("k", "data"), [("a", b""), ("a", b"1"), ("b", b"1"), ("b", b"123")])
def test_the_size_of_a_file_is_bounded_by_the_alternative_that_holds(taking: Make, k: str, data: bytes):
    called = taking(CHOSEN, FORM_DATA, plain_body=True)
    one = file(data)
    assert sent(called, k=k, f=one) == {"k": k, "f": one}


def test_a_field_is_a_file_or_a_value_as_the_alternative_that_holds_says(taking: Make):
    called = taking(CHOSEN, FORM_DATA, plain_body=True)
    assert sent(called, k="c", f="5") == {"k": "c", "f": 5}
    text = sent(called, k="a", f="5")["f"]
    assert isinstance(text, Upload)
    assert text.read() == b"5"
    for k, data in (("a", b"123"), ("b", b""), ("c", b"123")):
        assert refused(called, k=k, f=file(data)) != []


IF_SMALL = {
    "type": "object",
    "properties": {"k": STRING, "f": FILE},
    "if": {"properties": {"k": {"const": "small"}}, "required": ["k"]},
    "then": {"properties": {"f": {"maxLength": 2}}},
    "else": {"properties": {"f": {"minLength": 3}}},
}


def test_what_is_wrong_with_the_size_of_a_file_is_told_in_bytes(taking: Make):
    called = taking(IF_SMALL, FORM_DATA, plain_body=True)
    small, large = file(b"12"), file(b"1234")
    assert sent(called, k="small", f=small) == {"k": "small", "f": small}
    assert sent(called, k="large", f=large) == {"k": "large", "f": large}
    assert refused(called, k="small", f=large) == [("form", "/f", "maxLength", "has 4 bytes, more than 2")]
    assert refused(called, k="large", f=small) == [("form", "/f", "minLength", "has 2 bytes, fewer than 3")]
    assert refused(called, k="large", f=file(b"")) == [("form", "/f", "minLength", "has 0 bytes, fewer than 3")]


def test_a_file_of_which_only_the_size_is_known_is_not_copied_beyond_what_counts(taking: Make):
    called = taking(IF_SMALL, FORM_DATA, plain_body=True)
    endless = Upload(b"", "a.bin")
    endless.size = 10**15
    assert sent(called, k="large", f=endless) == {"k": "large", "f": endless}
    assert refused(called, k="small", f=endless) == [
        ("form", "/f", "maxLength", "has 1000000000000000 bytes, more than 2")
    ]


@pytest.mark.parametrize("schema", [
    {"oneOf": [FILE, URI]},
    {"anyOf": [URI, FILE]},
    {"anyOf": [{**FILE, "maxLength": 3}, {"type": "null"}]},
    {"oneOf": [{"type": "integer"}, {"oneOf": [FILE, {"type": "boolean"}]}]},
])  # fmt: skip
@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain", "application/json"])
def test_a_property_may_be_a_file_or_something_else(taking: Make, schema: Any, kind: str):
    called = taking({"type": "object", "properties": {"p": schema}}, FORM_DATA, plain_body=True)
    one = file(b"1", kind)
    assert sent(called, p=one) == {"p": one}


def test_a_text_is_the_alternative_that_is_no_file(taking: Make):
    called = taking({"type": "object", "properties": {"p": {"oneOf": [FILE, URI]}}}, FORM_DATA, plain_body=True)
    [(_, pointer, code, detail)] = refused(called, p="https://example.com")
    assert (pointer, code) == ("/p", "oneOf")  # a text is binary, too
    assert "fits more than one" in detail
    called = taking({"type": "object", "properties": {"p": {"anyOf": [FILE, URI]}}}, FORM_DATA, plain_body=True)
    assert sent(called, p="https://example.com") == {"p": "https://example.com"}


def test_a_list_of_files_or_of_addresses(taking: Make):
    schema = {"type": "array", "items": {"anyOf": [{**FILE, "maxLength": 2}, URI]}}
    called = taking({"type": "object", "properties": {"p": schema}}, FORM_DATA, plain_body=True)
    one = file(b"1")
    fields = [("p", one), ("p", "https://example.com")]
    assert called.arguments(content_type=FORM_DATA, fields=fields)[0][0] == {"p": [one, "https://example.com"]}
    wrong = called.wrong(content_type=FORM_DATA, fields=[("p", one), ("p", file(b"123"))])
    assert [found[1] for found in wrong] == ["/p/1"]
    assert "\\x00" not in wrong[0][3]


def test_files_behind_a_pattern_of_their_names(taking: Make):
    schema = {"type": "object", "patternProperties": {"^f": {**FILE, "maxLength": 2}, "^n": {"type": "integer"}}}
    called = taking(schema, FORM_DATA, plain_body=True)
    one = file(b"12")
    assert sent(called, f1=one, n1="5") == {"f1": one, "n1": 5}
    assert refused(called, f1=file(b"123")) == [("form", "/f1", "maxLength", "has 3 bytes, more than 2")]
