"""What a part of a multipart form holds, by its own type and that of its property."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.exchange.files import Upload

Make = Callable[..., Any]
INTEGER, STRING = {"type": "integer"}, {"type": "string"}
POINT = {"type": "object", "properties": {"x": INTEGER, "y": INTEGER}}


def upload(data: bytes, content_type: str = "", filename: str | None = None, **headers: str) -> Upload:
    """A part with headers; without *filename* it has none, which conftest tells by its being None."""
    return Upload(data, filename, content_type=content_type, headers=headers)  # type: ignore[arg-type]


def multipart(called: Any, **sent: Any) -> Any:
    """*sent*: dict of name -> text, bytes, Upload, or a list of them."""
    pairs = [(name, one) for name, many in sent.items() for one in (many if isinstance(many, list) else [many])]
    return called.arguments(content_type="multipart/form-data; boundary=x", fields=pairs)[0][0]


def refused(called: Any, **sent: Any) -> Any:
    pairs = [(name, one) for name, many in sent.items() for one in (many if isinstance(many, list) else [many])]
    return called.wrong(content_type="multipart/form-data; boundary=x", fields=pairs)


FORM_DATA = "multipart/form-data"
JSON = "application/json"
FILE = {"type": "string", "contentMediaType": "application/octet-stream"}


@pytest.mark.parametrize(
    ("schema", "sent", "value"),
    [
        (POINT, '{"x":1}', {"x": 1}),
        (POINT, upload(b'{"x":1}', "text/plain; charset=utf-8"), {"x": 1}),
        (POINT, upload(b'{"x":1}', JSON), {"x": 1}),
        (POINT, upload(b'{"x":1}', JSON, "blob"), {"x": 1}),
        (POINT, upload(b'{"x":1}', "application/vnd.x+json"), {"x": 1}),
        (INTEGER, upload(b"5", JSON), 5),
        (INTEGER, upload(b"5", "text/plain"), 5),
        (STRING, upload(b'"a"', JSON), "a"),
        (STRING, upload(b'{"a":1}', JSON), '{"a":1}'),
        (STRING, upload(b"5", JSON), "5"),
        (STRING, upload(b"<a/>", "application/xml"), "<a/>"),
        (STRING, upload(b"a", "text/plain", "a.txt"), "a"),
        ({}, "5", "5"),
        ({}, upload(b'{"a":1}', JSON), {"a": 1}),
        ({"type": ["object", "string"]}, '{"a":1}', {"a": 1}),
        ({"type": ["object", "string"]}, "{a", "{a"),
        ({"type": "array", "items": INTEGER}, ["1", "2"], [1, 2]),
        ({"type": "array", "items": INTEGER}, "1", [1]),
        ({"type": "array", "items": INTEGER}, upload(b"[1,2]", JSON), [1, 2]),
        ({"type": "array", "items": POINT}, ['{"x":1}', upload(b'{"x":2}', JSON, "b")], [{"x": 1}, {"x": 2}]),
        ({"type": "array", "items": POINT}, '[{"x":1}]', [{"x": 1}]),
        ({"type": "string", "contentEncoding": "base64"}, "YQ==", "YQ=="),
    ],
)
def test_a_part_is_read_by_its_own_type_and_that_of_its_property(form: Make, schema: Any, sent: Any, value: Any):
    assert multipart(form({"p": schema}, FORM_DATA), p=sent) == {"p": value}


@pytest.mark.parametrize(
    ("schema", "sent", "code", "detail"),
    [
        (POINT, upload(b"<a/>", "application/xml"), "type", "is of type 'application/xml'; JSON is asked for"),
        (POINT, upload(b"1", "image/png", "a.png"), "type", "is a file; a value is asked for"),
        (INTEGER, ["1", "2"], "repeated", "is given 2 times"),
        (INTEGER, upload(b'"a"', JSON), "type", "'a' is not an integer"),
        (STRING, b"\xff", "encoding", "is not UTF-8"),
        (STRING, upload(b"\xff", "text/plain; charset=ascii"), "encoding", "is not ASCII"),
        (STRING, upload(b"a", "text/plain; charset=x"), "encoding", "has a charset that is not known, 'x'"),
        (
            INTEGER,
            upload(b"1", f"{JSON}; charset=latin-1"),
            "encoding",
            "is JSON, which is UTF-8 whatever its charset says",
        ),
        (
            STRING,
            upload(b"YQ==", **{"Content-Transfer-Encoding": "base64"}),
            "encoding",
            "has the Content-Transfer-Encoding 'base64', which is not read",
        ),
    ],
)
def test_a_part_that_does_not_fit_its_property_is_told(form: Make, schema: Any, sent: Any, code: str, detail: str):
    assert refused(form({"p": schema}, FORM_DATA), p=sent) == [("form", "/p", code, detail)]


def test_the_text_of_a_part_is_of_its_own_charset(form: Make):
    called = form({"a": STRING, "b": STRING}, FORM_DATA)
    latin = upload(b"\xe9", "text/plain; charset=iso-8859-1")
    assert multipart(called, a=latin, b="\u00e9\ufffd") == {"a": "\u00e9", "b": "\u00e9\ufffd"}


def test_the_charset_field_speaks_for_the_texts_that_name_none(form: Make):
    called = form({"a": STRING, "b": STRING}, FORM_DATA)
    sent = {"a": b"\xe9", "b": upload("\u00e9".encode(), "text/plain; charset=utf-8"), "_charset_": "iso-8859-1"}
    assert multipart(called, **sent) == {"a": "\u00e9", "b": "\u00e9"}
    declared = form({"_charset_": STRING}, FORM_DATA)
    assert multipart(declared, _charset_="utf-8") == {"_charset_": "utf-8"}
    assert refused(called, _charset_="x") == [("form", "/_charset_", "encoding", "names a charset that is not known")]


def test_the_type_of_a_part_is_one_that_encoding_lists(form: Make):
    photo = {"p": {"contentType": "image/png, image/svg+xml"}}
    for schema in (FILE, {}, {"type": "string"}):
        called = form({"p": schema}, FORM_DATA, photo)
        png = upload(b"1", "image/png", "a.png")
        assert multipart(called, p=png) == {"p": png}
        assert refused(called, p=upload(b"1", "image/gif", "a.gif")) == [
            ("form", "/p", "contentType", "is of type 'image/gif'; image/png or image/svg+xml is asked for")
        ]
    ranged = form({"p": FILE}, FORM_DATA, {"p": {"contentType": "image/*"}})
    gif = upload(b"1", "image/gif", "a.gif")
    assert multipart(ranged, p=gif) == {"p": gif}
    assert refused(ranged, p=upload(b"1", "nonsense", "a")) == [
        ("form", "/p", "contentType", "is of type 'nonsense'; image/* is asked for")
    ]
    untold = upload(b"1", filename="a")
    assert multipart(ranged, p=untold) == {"p": untold}


def test_a_part_that_is_wrong_is_told_by_its_place_among_those_of_its_name(form: Make):
    files = {"type": "array", "items": FILE, "minItems": 3}
    called = form(
        {"p": files, "n": {"type": "array", "items": INTEGER}}, FORM_DATA, {"p": {"contentType": "image/png"}}
    )
    png, gif = upload(b"1", "image/png", "a.png"), upload(b"2", "image/gif", "a.gif")
    wrong = "is of type 'image/gif'; image/png is asked for"
    assert refused(called, p=[png, gif]) == [("form", "/p/1", "contentType", wrong)]
    assert refused(called, p=[gif]) == [("form", "/p/0", "contentType", wrong)]
    assert refused(called, n=["1", "1e999"]) == [("form", "/n/1", "range", "is a number that is out of range")]


def test_an_object_in_a_type_that_is_not_json_is_handed_over_as_it_came(form: Make):
    called = form({"p": POINT}, FORM_DATA, {"p": {"contentType": "application/xml; charset=utf-8"}}, required=["p"])
    xml = upload(b"<a/>", "application/xml")
    assert multipart(called, p=xml) == {"p": xml}


def test_the_headers_of_a_part_are_those_that_encoding_asks_for(form: Make):
    headers = {"X-Count": {"required": True, "schema": {"type": "integer", "maximum": 5}}, "Content-Type": {}}
    called = form({"p": FILE, "n": INTEGER}, FORM_DATA, {"p": {"headers": headers}, "n": {"headers": headers}})
    good = upload(b"1", filename="a", **{"x-count": "5"})
    assert multipart(called, p=good, n=upload(b"1", **{"X-Count": "1"})) == {"p": good, "n": 1}
    bad = {"p": upload(b"1", filename="a", **{"X-Count": "6"}), "n": upload(b"1", **{"X-Count": "x"})}
    assert refused(called, **bad) == [
        ("form", "/p", "maximum", "has a header X-Count that 6 is above 5"),
        ("form", "/n", "type", "has a header X-Count that 'x' is not an integer"),
    ]
    assert refused(called, p=upload(b"1", filename="a")) == [("form", "/p", "required", "has no header X-Count")]


def test_styles_apply_to_multipart_forms_from_3_1_on(form: Make):
    encoding = {"p": {"style": "form", "explode": False}, "q": {"style": "deepObject", "explode": True}}
    properties = {"p": {"type": "array", "items": INTEGER}, "q": POINT}
    called = form(properties, FORM_DATA, encoding)
    assert multipart(called, **{"p": "1,2", "q[x]": "1"}) == {"p": [1, 2], "q": {"x": 1}}
    earlier = form(properties, FORM_DATA, encoding, version="3.0.3")
    assert multipart(earlier, p=["1", "2"], q='{"x":1}') == {"p": [1, 2], "q": {"x": 1}}


def test_files_of_any_names_where_the_schema_says_so(form: Make):
    called = form({}, FORM_DATA, additionalProperties=FILE)
    first, second = upload(b"1", filename="a"), upload(b"2", filename="b")
    assert multipart(called, one=first, two=second) == {"one": first, "two": second}


def test_a_part_that_is_not_declared_is_what_it_says_itself(form: Make):
    file, image = upload(b'{"a":1}', JSON, "a.json"), upload(b"1", "image/png")
    called = form({}, FORM_DATA)
    value = multipart(called, text="a", json=upload(b'{"a":1}', JSON), file=file, image=image, many=["a", "b"])
    assert value == {"text": "a", "json": {"a": 1}, "file": file, "image": image, "many": ["a", "b"]}


def test_parts_that_are_not_declared_are_refused_where_the_schema_is_closed(form: Make):
    called = form({"a": INTEGER}, FORM_DATA, additionalProperties=False)
    assert refused(called, a="1", file=upload(b"1", filename="a"), b="2") == [
        ("form", "/b", "additionalProperties", "is not a declared property"),
        ("form", "/file", "additionalProperties", "is not a declared property"),
    ]


def test_a_file_that_nobody_has_chosen_was_not_sent(form: Make):
    empty = upload(b"", "application/octet-stream", "")
    optional = form({"p": FILE, "q": {"type": "array", "items": FILE}}, FORM_DATA)
    assert multipart(optional, p=empty, q=empty, other=empty) == {}
    required = form({"p": FILE}, FORM_DATA, required=["p"])
    assert refused(required, p=empty) == [("form", "/p", "required", "is missing")]


def test_the_number_and_the_lengths_of_files_are_bounded_by_the_schema(form: Make):
    files = {"type": "array", "minItems": 2, "uniqueItems": True, "items": {**FILE, "maxLength": 3, "minLength": 1}}
    called = form({"p": files, "q": {**FILE, "maxLength": 1}}, FORM_DATA)
    one, two = upload(b"1", filename="a"), upload(b"123", filename="b")
    assert multipart(called, p=[one, two]) == {"p": [one, two]}
    assert refused(called, p=[upload(b"1234", filename="c")], q=two) == [
        ("form", "/p/0", "maxLength", "has 4 bytes, more than 3"),
        ("form", "/q", "maxLength", "has 3 bytes, more than 1"),
    ]
    assert refused(called, p=[one]) == [("form", "/p", "minItems", "has 1 item, fewer than 2")]


def test_texts_and_numbers_of_parts_are_validated(form: Make):
    called = form({"a": {"type": "string", "maxLength": 2}, "b": {"type": "integer", "maximum": 1}}, FORM_DATA)
    assert refused(called, a="abc", b="2") == [
        ("form", "/a", "maxLength", "'abc' is longer than 2 characters"),
        ("form", "/b", "maximum", "2 is above 1"),
    ]


def test_a_part_without_a_name_is_refused(form: Make):
    called = form({}, FORM_DATA)
    assert called.wrong(content_type=FORM_DATA, fields=[(None, "a")]) == [
        ("form", "", "name", "has a part without a name")
    ]


def test_what_is_shown_of_a_form_has_no_contents_of_files(taking: Make):
    schema = {"type": "object", "properties": {"title": STRING, "photo": FILE}}
    for plain in (True, False):
        called = taking(schema, FORM_DATA, plain_body=plain)
        sent = [("title", "t"), ("photo", upload(b"secret", "image/png", "a.png"))]
        args, kwargs = called.arguments(content_type=FORM_DATA, fields=sent)
        assert called.inbound.shown(args, kwargs) == {"body": {"title": "t", "photo": "<Upload>"}}
