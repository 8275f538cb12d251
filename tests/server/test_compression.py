from __future__ import annotations

import gzip
from typing import Any

import brotli
import pytest
import zstandard
from flask import Flask, Response, request

from pymacaron.server.compression import Compression

TEXT = b'{"a": "' + b"x" * 5000 + b'"}'


def reply(accept: str | None, body: bytes = TEXT, mimetype: str = "application/json", **headers: Any) -> Response:
    compression = Compression(True, min_bytes=100)
    response = Response(body, mimetype=mimetype, headers=headers)
    given = {} if accept is None else {"Accept-Encoding": accept}
    with Flask("t").test_request_context("/", headers=given):
        compression.compress(request.environ, response)
    return response


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, None),
        ("", None),
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("zstd", "zstd"),
        ("*", "br"),
        ("br;q=0, *", "zstd"),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("GZIP;Q=1.0", "gzip"),
        ("gzip;q=junk", None),
    ],
)
def test_the_coding_is_the_one_that_the_caller_likes_best(accept: str | None, expected: str | None):
    assert reply(accept).headers.get("Content-Encoding") == expected


def test_every_coding_gives_the_body_back():
    assert gzip.decompress(reply("gzip").data) == TEXT
    assert brotli.decompress(reply("br").data) == TEXT
    assert zstandard.ZstdDecompressor().decompress(reply("zstd").data) == TEXT


def test_caches_are_told_that_the_reply_depends_on_the_coding_also_where_none_was_chosen():
    assert reply(None).headers["Vary"] == reply("gzip").headers["Vary"] == "Accept-Encoding"


def test_small_pictures_and_encoded_replies_pass_untouched():
    assert "Content-Encoding" not in reply("gzip", b"x" * 99).headers
    assert "Content-Encoding" not in reply("gzip", mimetype="image/png").headers
    assert reply("gzip", **{"Content-Encoding": "br"}).data == TEXT


def test_a_strong_etag_becomes_weak():
    assert reply("gzip", ETag='"abc"').headers["ETag"] == 'W/"abc"'


def test_the_setting_turns_it_off():
    response = Response(TEXT, mimetype="application/json")
    Compression(False).compress({"HTTP_ACCEPT_ENCODING": "gzip"}, response)
    assert "Content-Encoding" not in response.headers
