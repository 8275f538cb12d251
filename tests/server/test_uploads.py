"""Multipart bodies under Flask: what reaches the handler, the limits, what is left to the user's own code."""

from __future__ import annotations

import gc
import io
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from pymacaron import Upload
from pymacaron.crash import set_error_reporter

Service = Callable[..., Flask]

FORM = """
openapi: 3.1.0
info: {title: Files, version: "1"}
paths:
  /files:
    post:
      operationId: add
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [title]
              properties:
                title: {type: string}
                size: {type: object, properties: {w: {type: integer}}}
                file: {type: string, contentMediaType: application/octet-stream}
                more: {type: array, items: {type: string, contentMediaType: application/octet-stream}}
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {title: {type: string}}}
          application/json:
            schema: {type: object}
      responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}
"""
BOUNDARY = "multipart/form-data; boundary=x"


def body(*parts: tuple[str, bytes]) -> bytes:
    """*parts*: (what stands behind `form-data; `, content) each."""
    written = [
        f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"
        for disposition, content in parts
    ]
    return b"".join(written) + b"--x--\r\n"


TITLE = ('name="title"', b"t")


@pytest.mark.parametrize("size", [0, 10, 499_999, 500_000, 500_001, 3_000_000])
def test_files_of_any_size_are_read_and_saved(service: Service, tmp_path: Path, size: int):
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    def add(form: Any) -> Any:
        assert form.file.size == size
        assert form.file.read(3) == content[:3]
        form.file.save(tmp_path / "saved")
        form.file.stream.seek(-min(5, size), 2)
        end = form.file.read()
        return {"end": end.decode("latin-1"), "name": form.file.filename, "type": form.file.content_type}

    client = service(FORM, {"add": add}).test_client()
    sent = body(TITLE, ('name="file"; filename="a.bin"\r\nContent-Type: application/x-a', content))
    reply = client.post("/files", data=sent, content_type=BOUNDARY)
    end = content[-5:].decode("latin-1")
    assert reply.json == {"end": end, "name": "a.bin", "type": "application/x-a"}
    assert (tmp_path / "saved").read_bytes() == content[3:]


def unnamed_files() -> int:
    """How many files without a name are open; sockets of other threads come and go."""
    found = 0
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += str(handle.readlink()).endswith(" (deleted)")
    return found


def test_many_files_stand_in_one_temporary_file(service: Service):
    files = [(f'name="more"; filename="{index}"', bytes([index]) * 20_000) for index in range(100)]
    before: list[int] = []

    def add(form: Any) -> Any:
        opened = unnamed_files() - before[0]
        assert [file.read() for file in form.more] == [content for _, content in files]
        return {"opened": opened, "sizes": sum(file.size for file in form.more)}

    client = service(FORM, {"add": add}).test_client()
    sent = body(TITLE, *files)
    gc.collect()
    before.append(unnamed_files())
    assert client.post("/files", data=sent, content_type=BOUNDARY).json == {"opened": 1, "sizes": 2_000_000}
    gc.collect()
    assert unnamed_files() == before[0]


def test_an_upload_outlives_its_request_as_long_as_somebody_holds_it(service: Service):
    kept: list[Upload] = []
    client = service(FORM, {"add": lambda form: kept.append(form.file) or {}}).test_client()
    client.post("/files", data=body(TITLE, ('name="file"; filename="a"', b"a" * 600_000)), content_type=BOUNDARY)
    read: list[bytes] = []
    thread = threading.Thread(target=lambda: read.append(kept[0].read()))
    thread.start()
    thread.join()
    assert read == [b"a" * 600_000]


def test_the_users_own_code_finds_form_and_files_where_flask_has_them(service: Service):
    def add(form: Any) -> Any:
        file = request.files["file"]
        return {"form": request.form.to_dict(), "file": [file.filename, file.mimetype, file.read().decode()]}

    client = service(FORM, {"add": add}).test_client()
    sent = {"title": "\u00e9", "file": (io.BytesIO(b"abc"), "a.txt", "text/plain")}
    assert client.post("/files", data=sent).json == {
        "form": {"title": "\u00e9"},
        "file": ["a.txt", "text/plain", "abc"],
    }


@pytest.mark.parametrize("read", [lambda: request.form, lambda: request.files, lambda: request.get_data()])
def test_the_users_own_code_may_read_the_body_first(service: Service, read: Callable[[], Any]):
    app = Flask("shop")

    @app.before_request
    def first() -> None:
        read()

    def add(form: Any) -> Any:
        file = getattr(form, "file", None)
        size = getattr(form, "size", None)
        return {"title": form.title, "w": size and size.w, "file": file and file.read().decode()}

    client = service(FORM, {"add": add}, app).test_client()
    sent = body(TITLE, ('name="size"', b'{"w":5}'), ('name="file"; filename="a"', b"abc"))
    assert client.post("/files", data=sent, content_type=BOUNDARY).json == {"title": "t", "w": 5, "file": "abc"}
    form = client.post("/files", data={"title": "a&b \u00e9"})
    assert form.json == {"title": "a&b \u00e9", "w": None, "file": None}


def test_the_bytes_of_a_text_arrive_as_they_are(service: Service):
    client = service(FORM, {"add": lambda form: {"title": form.title}}).test_client()
    sent = "\u00e9\ufffd\r\n\u2028".encode()
    assert client.post("/files", data=body(('name="title"', sent)), content_type=BOUNDARY).json == {
        "title": "\u00e9\ufffd\r\n\u2028"
    }
    wrong = client.post("/files", data=body(('name="title"', b"\xff")), content_type=BOUNDARY)
    assert (wrong.status_code, wrong.json["errors"]) == (
        400,
        [{"in": "form", "pointer": "/title", "code": "encoding", "detail": "is not UTF-8"}],
    )


@pytest.mark.parametrize(
    ("sent", "content_type", "detail"),
    [
        (body(TITLE), "multipart/form-data", "has no boundary in its Content-Type"),
        (body(TITLE)[:-7], BOUNDARY, "is cut short"),
        (b"--x\r\nno header\r\n\r\n--x--", BOUNDARY, "has a part with a header that is none"),
        (body(('name="a"; name="b"', b"")), BOUNDARY, "has a part with more than one name"),
    ],
)
def test_a_malformed_body_is_a_400_that_says_why(service: Service, sent: bytes, content_type: str, detail: str):
    client = service(FORM, {"add": lambda form: {}}).test_client()
    reply = client.post("/files", data=sent, content_type=content_type)
    assert (reply.status_code, reply.json["errors"]) == (
        400,
        [{"in": "body", "pointer": "", "code": "read", "detail": detail}],
    )


def test_a_body_of_no_bytes_is_missing(service: Service):
    client = service(FORM, {"add": lambda form: {}}).test_client()
    reply = client.post("/files", data=b"", content_type=BOUNDARY)
    assert reply.json["errors"] == [{"in": "form", "pointer": "/title", "code": "required", "detail": "is missing"}]


def test_an_urlencoded_form_may_be_empty(service: Service):
    client = service(FORM, {"add": lambda form: {"title": form.title}}).test_client()
    reply = client.post("/files", data=b"", content_type="application/x-www-form-urlencoded")
    assert (reply.status_code, reply.json) == (200, {"title": None})


MIXED = """
openapi: 3.2.0
info: {title: Files, version: "1"}
paths:
  /files:
    post:
      operationId: add
      requestBody: {content: {multipart/mixed: {itemSchema: {}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}
"""


def test_the_parts_of_a_mixed_body_are_a_list(service: Service):
    app = Flask("shop")

    @app.before_request
    def first() -> None:
        assert not request.form  # which reads forms only

    def add(parts: Any) -> Any:
        return [part.read().decode() if isinstance(part, Upload) else part for part in parts]

    client = service(MIXED, {"add": add}, app).test_client()
    sent = b'--x\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--x\r\nContent-Type: image/png\r\n\r\npng\r\n--x--'
    reply = client.post("/files", data=sent, content_type="multipart/mixed; boundary=x")
    assert reply.json == [{"a": 1}, "png"]


def test_a_form_that_is_modelled_as_an_array_is_a_list_of_its_parts(service: Service):
    description = MIXED.replace("multipart/mixed: {item", "multipart/form-data: {item")
    client = service(description, {"add": lambda parts: parts}).test_client()
    sent = body(('name="n"', b"1"), ('name="m"', b"a"), ('name="n"', b"2"))
    reply = client.post("/files", data=sent, content_type=BOUNDARY)
    assert (reply.status_code, reply.json) == (200, ["1", "a", "2"])


# Limits


def too_large(reply: Any) -> str:
    assert (reply.status_code, reply.json["error"]) == (413, "CONTENT_TOO_LARGE")
    return str(reply.json["error_description"])


def chunked(sent: bytes) -> dict[str, Any]:
    """A body whose length nobody tells, as servers hand it on that have read chunks."""
    overrides = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    return {"input_stream": io.BytesIO(sent), "environ_overrides": overrides}


def test_a_body_of_too_many_bytes_is_a_413_whatever_it_is(service: Service):
    client = service(FORM, {"add": lambda form: {}}, settings={"max_content_length": 1000}).test_client()
    large = body(TITLE, ('name="file"; filename="a"', b"a" * 1000))
    assert too_large(client.post("/files", data=large, content_type=BOUNDARY)) == "The body has more than 1000 bytes"
    for sent, content_type in (
        (large, BOUNDARY),
        (b"a" * 1001, "application/x-www-form-urlencoded"),
        (b" " * 1001, "application/json"),
    ):
        reply = client.post("/files", content_type=content_type, **chunked(sent))
        assert too_large(reply) == "The body has more than 1000 bytes"
    assert client.post("/files", content_type=BOUNDARY, **chunked(body(TITLE))).json == {}


def test_the_number_of_parts_is_bounded(service: Service):
    client = service(FORM, {"add": lambda form: {}}).test_client()
    part = ('name="a"', b"")
    assert client.post("/files", data=body(TITLE, *[part] * 999), content_type=BOUNDARY).json == {}
    reply = client.post("/files", data=body(TITLE, *[part] * 1000), content_type=BOUNDARY)
    assert too_large(reply) == "The form has more than 1000 parts"


def test_the_bytes_of_fields_are_bounded_those_of_files_are_not(service: Service):
    client = service(FORM, {"add": lambda form: {}}).test_client()
    fields = [(f'name="{index}"', b"a" * 100_000) for index in range(5)]
    file = ('name="file"; filename="a"', b"a" * 600_000)
    unnamed = ('name="file"', b"a" * 600_000)
    assert client.post("/files", data=body(TITLE, *fields[:4], file), content_type=BOUNDARY).json == {}
    assert client.post("/files", data=body(TITLE, unnamed), content_type=BOUNDARY).json == {}
    reply = client.post("/files", data=body(TITLE, *fields), content_type=BOUNDARY)
    assert too_large(reply) == "The fields of the form have more than 500000 bytes"


@pytest.mark.parametrize("by", ["settings", "app"])
def test_the_limits_are_those_of_the_settings_or_of_flask(service: Service, by: str):
    app = Flask("shop")
    limits = {"max_form_parts": 2, "max_form_memory_size": 10}
    if by == "app":
        app.config.update({name.upper(): value for name, value in limits.items()})
    client = service(FORM, {"add": lambda form: {}}, app, settings=limits if by == "settings" else {}).test_client()
    part = ('name="a"', b"")
    assert client.post("/files", data=body(TITLE, part), content_type=BOUNDARY).json == {}
    assert "2 parts" in too_large(client.post("/files", data=body(TITLE, part, part), content_type=BOUNDARY))
    long = ('name="a"', b"a" * 10)
    assert "10 bytes" in too_large(client.post("/files", data=body(TITLE, long), content_type=BOUNDARY))
    large = ('name="file"; filename="a"', b"a" * 200_000)
    assert client.post("/files", data=body(TITLE, large), content_type=BOUNDARY).json == {}


def test_flasks_config_may_lift_the_limits(service: Service):
    app = Flask("shop")
    app.config.update(MAX_FORM_PARTS=None, MAX_FORM_MEMORY_SIZE=None)
    client = service(FORM, {"add": lambda form: {}}, app).test_client()
    assert client.post("/files", data=body(TITLE, *[('name="a"', b"a" * 400)] * 2000), content_type=BOUNDARY).json == {}


# Reports


def test_the_report_of_a_crash_has_no_contents_of_files(service: Service):
    reports: list[str] = []

    def add(form: Any) -> Any:
        raise RuntimeError("broken")

    client = service(FORM, {"add": add}).test_client()
    set_error_reporter(lambda title, message: reports.append(message))
    sent = body(('name="title"', b"shown"), ('name="file"; filename="a"', b"geheim"))
    assert client.post("/files", data=sent, content_type=BOUNDARY).status_code == 500
    assert "shown" in reports[0]
    assert "geheim" not in reports[0]
