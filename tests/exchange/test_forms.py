"""Forms, urlencoded and multipart, become one value; the fields of Swagger 2.0 keyword arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.exchange.files import Upload
from pymacaron.exchange.media import UnsupportedMediaType
from pymacaron.schema.models import Model

Make = Callable[..., Any]

INTEGER, STRING = {"type": "integer"}, {"type": "string"}


def json_body(schema: Any, required: bool = True, *types: str) -> dict[str, Any]:
    return {"required": required, "content": {name: {"schema": schema} for name in types or ("application/json",)}}


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
    parts = [("s", b"\xff"), ("t", b"a\xff"), ("u", b"\xc3\xa9")]
    assert called.wrong(content_type="multipart/form-data", fields=parts) == wrong


def test_the_bytes_of_a_part_are_its_text(operation: Make):
    schema = {"type": "object", "properties": {"s": {"type": "string"}}}
    called = operation({"requestBody": json_body(schema, True, "multipart/form-data")}, plain_body=True)
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


def test_unknown_fields_of_a_swagger_2_form_are_refused_where_that_is_asked(operation: Make):
    photo = [("photo", Upload(b"1", "a.png"))]
    sent = {"content_type": "multipart/form-data", "fields": [("title", "t"), ("ratng", "1")], "files": photo}
    assert operation(SWAGGER_FORM, version="2.0").arguments(**sent)[1]["rating"] == 3
    assert operation(SWAGGER_FORM, version="2.0", refuse_unknown=True).wrong(**sent) == [
        ("form", "/ratng", "unknown", "is no field here. Did you mean 'rating'?")
    ]


@pytest.fixture
def form(operation: Make) -> Callable[..., Any]:
    """form(properties, media type, encoding={}, version='3.1.0', **schema) -> Called, its body as plain values."""

    def make(properties: dict[str, Any], name: str, encoding: Any = None, version: str = "3.1.0", **schema: Any) -> Any:
        described = {"schema": {"type": "object", "properties": properties, **schema}, "encoding": encoding or {}}
        body = {"required": True, "content": {name: described}}
        return operation({"requestBody": body}, version=version, plain_body=True)

    return make


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


# Parts


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
        ("form", "/p", "maxLength", "has 4 bytes, more than 3"),
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


def test_what_is_shown_of_a_form_has_no_contents_of_files(operation: Make):
    schema = {"type": "object", "properties": {"title": STRING, "photo": FILE}}
    for plain in (True, False):
        called = operation({"requestBody": json_body(schema, True, FORM_DATA)}, plain_body=plain)
        sent = [("title", "t"), ("photo", upload(b"secret", "image/png", "a.png"))]
        args, kwargs = called.arguments(content_type=FORM_DATA, fields=sent)
        assert called.inbound.shown(args, kwargs) == {"body": {"title": "t", "photo": "<Upload>"}}


# Swagger 2.0


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
    photo = upload(b"1", filename="a")
    assert refused(called, title=upload(b"1", "image/png", "a"), photo=photo) == [
        ("form", "/title", "type", "is a file; a value is asked for")
    ]
    assert refused(called, title=b"\xff", photo=photo) == [("form", "/title", "encoding", "is not UTF-8")]
    assert refused(called, title="t", photo=upload(b"", filename="")) == [("form", "/photo", "required", "is missing")]
    assert refused(called, title="t", photo=[photo, photo]) == [("form", "/photo", "repeated", "is given 2 times")]


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
    _, keywords = called.arguments(content_type=f"{FORM_DATA}; boundary=x", files=[("p", upload(b"1", "a"))])
    assert keywords["p"].read() == b"1"


@pytest.mark.parametrize("version", ["3.1.0", "2.0"])
def test_of_many_fields_that_are_not_utf_8_a_thousand_are_told(operation: Make, version: str):
    if version == "2.0":
        field = {"name": "s", "in": "formData", "type": "string"}
        called = operation({"consumes": [URLENCODED], "parameters": [field]}, version=version)
    else:
        called = operation({"requestBody": json_body({"type": "object"}, True, URLENCODED)})
    body = b"&".join(b"f%d=%%ff" % number for number in range(5000))
    wrong = called.wrong(body=body, content_type=URLENCODED)
    assert wrong[:1000] == [("form", f"/f{number}", "encoding", "is not UTF-8") for number in range(1000)]
    assert wrong[1000:] == [("form", "", "more", "has more violations than these 1000")]
