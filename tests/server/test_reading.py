"""A body is read to its end: one that is cut is told, one that is too long is refused, whatever the server does."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Request, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import DechunkedInput
from werkzeug.test import EnvironBuilder

from pymacaron.server.reading import Reader

Service = Callable[..., Flask]

TEXTS = """
openapi: 3.1.0
info: {title: Texts, version: "1"}
paths:
  /texts:
    post:
      operationId: add
      requestBody: {content: {text/plain: {schema: {type: string}}, application/json: {schema: {}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}
"""


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time, and none that was not sent."""

    def __init__(self, data: bytes, at_once: int):
        self._data = data
        self._at_once = at_once

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(self._at_once, len(buffer))
        piece, self._data = self._data[:size], self._data[size:]
        buffer[: len(piece)] = piece
        return len(piece)


def post(app: Flask, sent: bytes, length: str = "", *, terminated: bool = True, at_once: int = 3) -> Any:
    """*length*: '' where the caller tells none. *terminated*: whether the server ends the stream, as gunicorn does."""
    environ: dict[str, Any] = {
        "CONTENT_LENGTH": length,
        "CONTENT_TYPE": "text/plain",
        "wsgi.input": Trickle(sent, at_once),
    }
    environ |= {"wsgi.input_terminated": True} if terminated else {}
    environ |= {} if length else {"HTTP_TRANSFER_ENCODING": "chunked"}
    return app.test_client().post("/texts", environ_overrides=environ)


@pytest.mark.parametrize("terminated", [True, False])
def test_a_body_is_whole_however_it_comes(service: Service, terminated: bool):
    app = service(TEXTS, {"add": lambda text: {"text": text}})
    assert post(app, b"0123456789", "10", terminated=terminated).json == {"text": "0123456789"}
    assert post(app, b"0123456789 and the next request", "10", terminated=terminated).json == {"text": "0123456789"}


def test_a_body_of_unknown_length_ends_where_the_server_says_so(service: Service):
    app = service(TEXTS, {"add": lambda text: {"text": text}})
    assert post(app, b"0123456789").json == {"text": "0123456789"}
    assert post(app, b"0123456789", terminated=False).json == {"text": ""}


@pytest.mark.parametrize("terminated", [True, False])
def test_a_body_that_is_shorter_than_it_says_is_a_400(service: Service, terminated: bool):
    app = service(TEXTS, {"add": lambda text: {"text": text}})
    reply = post(app, b"012345678", "10", terminated=terminated)
    assert (reply.status_code, reply.json["errors"]) == (
        400,
        [{"in": "body", "pointer": "", "code": "read", "detail": "cannot be read: it is cut short or malformed"}],
    )


@pytest.mark.parametrize("length", ["", "10"])
def test_a_body_may_have_as_many_bytes_as_the_limit(service: Service, length: str):
    app = service(TEXTS, {"add": lambda text: {"text": text}}, settings={"max_content_length": 10})
    assert post(app, b"0123456789", length).json == {"text": "0123456789"}


@pytest.mark.parametrize("length", ["", "11"])
def test_a_body_of_more_bytes_is_a_413(service: Service, length: str):
    app = service(TEXTS, {"add": lambda text: {"text": text}}, settings={"max_content_length": 10})
    reply = post(app, b"01234567890", length)
    assert (reply.status_code, reply.json["error"], reply.json["error_description"]) == (
        413,
        "CONTENT_TOO_LARGE",
        "The body has more than 10 bytes",
    )


def test_the_users_own_code_may_read_it_again(service: Service):
    def add(text: str) -> Any:
        return {
            "data": request.data.decode(),
            "again": request.get_data(as_text=True),
            "rest": request.stream.read().decode(),
        }

    app = service(TEXTS, {"add": add})
    assert post(app, b"abc", "3").json == {"data": "abc", "again": "abc", "rest": ""}


def test_what_the_users_own_code_has_read_is_not_read_again(service: Service):
    app = Flask("shop")

    @app.before_request
    def first() -> None:
        request.stream.read(1)

    assert post(service(TEXTS, {"add": lambda text: {"text": text}}, app), b"abc", "3").json == {"text": "bc"}


def test_a_chunk_that_is_cut_short_gives_no_byte_that_was_not_sent():
    environ = EnvironBuilder("/texts", method="POST").get_environ()
    environ |= {"wsgi.input": DechunkedInput(io.BytesIO(b"100\r\n12345")), "wsgi.input_terminated": True}
    read = Reader(Request(environ))
    assert read(2) == b"12"
    with pytest.raises(ClientDisconnected):
        read(16)
