"""The fields of Swagger 2.0's forms become keyword arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.exchange.files import Upload
from pymacaron.exchange.media import UnsupportedMediaType

Make = Callable[..., Any]
INTEGER, STRING = {"type": "integer"}, {"type": "string"}
URLENCODED = "application/x-www-form-urlencoded"
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


def test_unknown_fields_of_a_swagger_2_form_are_refused_where_that_is_asked(operation: Make):
    photo = [("photo", Upload(b"1", "a.png"))]
    sent = {"content_type": "multipart/form-data", "fields": [("title", "t"), ("ratng", "1")], "files": photo}
    assert operation(SWAGGER_FORM, version="2.0").arguments(**sent)[1]["rating"] == 3
    assert operation(SWAGGER_FORM, version="2.0", refuse_unknown=True).wrong(**sent) == [
        ("form", "/ratng", "unknown", "is no field here. Did you mean 'rating'?")
    ]


FORM_DATA = "multipart/form-data"


@pytest.mark.parametrize(
    ("field", "sent", "value"),
    [
        ({"type": "integer"}, "p=5", 5),
        ({"type": "array", "items": INTEGER}, "p=1,2", [1, 2]),
        ({"type": "array", "items": INTEGER, "collectionFormat": "ssv"}, "p=1+2", [1, 2]),
        ({"type": "array", "items": INTEGER, "collectionFormat": "pipes"}, "p=1|2", [1, 2]),
        ({"type": "array", "items": INTEGER, "collectionFormat": "tsv"}, "p=1%092", [1, 2]),
        ({"type": "array", "items": INTEGER, "collectionFormat": "multi"}, "p=1&p=2", [1, 2]),
        ({"type": "string", "default": "d"}, "q=1", "d"),
        ({"type": "string"}, "q=1", None),
        ({"type": "file"}, "", None),
    ],
)
def test_the_fields_of_swagger_2_have_collection_formats_and_defaults(
    operation: Make, field: Any, sent: str, value: Any
):
    declared = {"name": "p", "in": "formData", **field}
    consumes = [FORM_DATA] if field["type"] == "file" else [URLENCODED, FORM_DATA]
    called = operation({"consumes": consumes, "parameters": [declared]}, version="2.0")
    content_type = URLENCODED if sent else None
    assert called.arguments(body=sent.encode(), content_type=content_type) == ([], {"p": value})


def test_a_file_where_swagger_2_asks_for_a_value_is_refused(operation: Make):
    called = operation(SWAGGER_FORM, version="2.0")
    title, photo = ("title", Upload(b"1", "a", content_type="image/png")), ("photo", Upload(b"1", "a"))
    for sent, wrong in (
        ([title, photo], ("/title", "type", "is a file; a value is asked for")),
        ([("title", b"\xff"), photo], ("/title", "encoding", "is not UTF-8")),
        ([("title", "t"), ("photo", Upload(b"", ""))], ("/photo", "required", "is missing")),
        ([("title", "t"), photo, photo], ("/photo", "repeated", "is given 2 times")),
    ):
        assert called.wrong(content_type=FORM_DATA, fields=sent) == [("form", *wrong)]


def test_a_body_that_is_no_utf_8_form_is_refused_by_swagger_2_too(operation: Make):
    called = operation({"parameters": [{"name": "p", "in": "formData", "type": "string"}]}, version="2.0")
    for content_type in (f"{URLENCODED}; charset=latin-1", "text/plain", None):
        with pytest.raises(UnsupportedMediaType) as caught:
            called.arguments(body=b"p=%E9", content_type=content_type)
        assert caught.value.accepts == [URLENCODED, FORM_DATA]


def test_a_file_in_an_urlencoded_form_is_read_where_swagger_2_consumes_it(operation: Make):
    declared = {"name": "p", "in": "formData", "type": "file"}
    called = operation({"consumes": [URLENCODED], "parameters": [declared]}, version="2.0")
    _, keywords = called.arguments(body=b"p=%C3%A4", content_type=URLENCODED)
    assert keywords["p"].read() == "ä".encode()
    _, keywords = called.arguments(
        content_type=f"{FORM_DATA}; boundary=x", files=[("p", Upload(b"1", content_type="a"))]
    )
    assert keywords["p"].read() == b"1"


@pytest.mark.parametrize("version", ["3.1.0", "2.0"])
def test_of_many_fields_that_are_not_utf_8_a_thousand_are_told(operation: Make, taking: Make, version: str):
    if version == "2.0":
        field = {"name": "s", "in": "formData", "type": "string"}
        called = operation({"consumes": [URLENCODED], "parameters": [field]}, version=version)
    else:
        called = taking({"type": "object"}, URLENCODED)
    body = b"&".join(b"f%d=%%ff" % number for number in range(5000))
    wrong = called.wrong(body=body, content_type=URLENCODED)
    assert wrong[:1000] == [("form", f"/f{number}", "encoding", "is not UTF-8") for number in range(1000)]
    assert wrong[1000:] == [("form", "", "more", "has more violations than these 1000")]
