"""Media types are read, compared and chosen between as RFC 9110 says; files of a form are read as FileStorage is."""

from __future__ import annotations

import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest

from pymacaron.exchange.files import Upload
from pymacaron.exchange.media import ContentType, UnsupportedMediaType, acceptance, best, matches, parse


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("application/json", ContentType("application", "json")),
        (" Text/HTML ; Charset=UTF-8 ", ContentType("text", "html", {"charset": "UTF-8"})),
        (
            'multipart/form-data; boundary="a;b\\"c"; x',
            ContentType("multipart", "form-data", {"boundary": 'a;b"c'}),
        ),
        ("*/*", ContentType("*", "*")),
        ("json", None),
        ("", None),
        ("a b/c", None),
        ("*/json", None),
        ("application/", None),
    ],
)
def test_a_content_type_is_read(text: str, read: ContentType | None):
    assert parse(text) == read


@pytest.mark.parametrize(
    ("text", "json"),
    [
        ("application/json; charset=utf-8", True),
        ("application/problem+json", True),
        ("text/json", True),
        ("application/json-seq", False),
        ("application/jsonl", False),
        ("text/plain", False),
    ],
)
def test_what_is_json(text: str, json: bool):
    kind = parse(text)
    assert kind is not None
    assert kind.is_json is json


@pytest.mark.parametrize(
    ("wanted", "given", "fits"),
    [
        ("*/*", "text/plain", True),
        ("text/*", "text/plain; charset=x", True),
        ("text/*", "image/png", False),
        ("text/plain", "text/plain; charset=x", True),
        ("text/plain", "text/html", False),
    ],
)
def test_a_range_matches_types(wanted: str, given: str, fits: bool):
    first, second = parse(wanted), parse(given)
    assert first is not None
    assert second is not None
    assert matches(first, second) is fits


@pytest.mark.parametrize(
    ("accept", "offered", "quality"),
    [
        (None, "text/plain", 1.0),
        ("", "text/plain", 1.0),
        ("*/*;q=0.1, text/*;q=0.2, text/plain;q=0.3", "text/plain", 0.3),
        ("*/*;q=0.1, text/*;q=0.2, text/plain;q=0.3", "text/html", 0.2),
        ("*/*;q=0.1, text/*;q=0.2, text/plain;q=0.3", "image/png", 0.1),
        ("text/html;level=1, text/html;q=0.5", "text/html", 0.5),
        ("text/html;level=1, text/html;q=0.5", "text/html;level=1", 1.0),
        ("text/html;q=0", "text/html", 0.0),
        ("text/html;q=0.000", "text/html", 0.0),
        ("text/html;q=many, image/png", "text/html", 0.0),
        ("text/html;q=many", "text/html", 1.0),
        ("nonsense", "text/html", 1.0),
        ("*;q=0.2", "text/html", 0.2),
        ("TEXT/HTML;Q=0.5", "text/html", 0.5),
        ("text/html;charset=utf-8", "text/html", 1.0),
        ("text/html;charset=utf-8", "text/html; charset=UTF-8", 1.0),
        ("text/html;charset=latin-1", "text/html; charset=utf-8", 0.0),
        ("application/json;version=2", "application/json", 0.0),
        ("image/png;q=0.3, image/gif;q=0.5", "image/*", 0.5),
        ("image/*;q=0.3", "*/*", 0.3),
        ("text/html", "image/*", 0.0),
        # `*+json` stands for every type that ends so, as it does in `content`
        ("application/*+json", "application/vnd.shop+json", 1.0),
        ("application/*+json, application/hal+json;q=0.5", "application/hal+json", 0.5),
        ("application/*;q=0.1, application/*+json;q=0.5", "application/hal+json", 0.5),
        ("application/*+json", "application/json", 0.0),
        ("application/hal+json", "application/*+json", 1.0),
        ("application/json", "application/*+json", 1.0),
        ("application/xml", "application/*+json", 0.0),
        ("image/png, nonsense", "text/html", 0.0),
    ],
)
def test_the_most_specific_range_says_how_much_a_type_is_wanted(accept: str | None, offered: str, quality: float):
    assert acceptance(accept, offered) == quality


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv"),
        ("image/png", None),
    ],
)
def test_the_type_that_is_wanted_most_is_chosen(accept: str | None, chosen: str | None):
    assert best(accept, ["application/json", "text/csv"]) == chosen


def test_an_upload_is_read_and_saved(tmp_path: Path):
    upload = Upload(BytesIO(b"0123456789"), "a.txt", content_type="text/plain; charset=utf-8")
    assert (upload.filename, upload.mimetype, upload.content_type) == (
        "a.txt",
        "text/plain",
        "text/plain; charset=utf-8",
    )
    assert upload.read(3) == b"012"
    upload.save(tmp_path / "rest")
    assert (tmp_path / "rest").read_bytes() == b"3456789"
    upload.stream.seek(0)
    copy = BytesIO()
    upload.save(copy)
    assert copy.getvalue() == b"0123456789"
    assert repr(Upload(b"x", "a")) == "<Upload 'a' of unknown type>"


def test_a_refused_media_type_names_what_is_read():
    error = UnsupportedMediaType("text/csv", ["application/json", "text/plain"])
    assert (error.status, error.error, error.headers) == (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        {"Accept": "application/json, text/plain"},
    )
    wanted = "this operation reads application/json or text/plain"
    assert str(error) == f"The body's Content-Type is 'text/csv'; {wanted}"
    assert str(UnsupportedMediaType(None, error.accepts)) == f"The body has no Content-Type; {wanted}"


def test_long_headers_are_not_remembered():
    def held(length: int) -> int:
        tracemalloc.start()
        for number in range(600):
            start = f"a/b{number};c="
            acceptance(start + "d" * (length - len(start)), "application/json")
            parse(start + "e" * (length - len(start)))
        left = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return left

    assert held(60_000) < 2_000_000


def test_of_an_accept_header_the_first_hundred_ranges_are_read():
    others = ",".join(f"a/b{number}" for number in range(99))
    assert best(f"{others},text/plain", ["application/json", "text/plain"]) == "text/plain"
    assert best(f"{others},a/c,text/plain", ["application/json", "text/plain"]) is None
