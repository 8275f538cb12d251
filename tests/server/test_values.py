"""Values at the edges of JSON, through a whole service: each row of docs/values.md, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

DESCRIPTION = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /echo/{vat}:
    post:
      operationId: echo
      parameters:
        - {name: vat, in: path, required: true, schema: {type: string, format: vat}}
        - {name: vats, in: query, schema: {type: array, items: {type: string, format: vat}}}
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Box"}}}}
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Box"}}}}
  /any:
    post:
      operationId: any
      requestBody: {required: true, content: {application/json: {schema: {}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}
  /plain:
    post:
      operationId: plain
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Box"}}}}
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Box"}}}}
components:
  schemas:
    Box:
      type: object
      properties:
        at: {type: string, format: date-time}
        count: {type: integer, default: 3}
        code: {type: string, writeOnly: true}
        vat: {type: string, format: vat}
        vats: {type: array, items: {type: string, format: vat}}
        box: {$ref: "#/components/schemas/Box"}
"""

VAT = (lambda text: text.startswith("SE"), lambda text: Decimal(text[2:]), lambda number: f"SE{number}")


def plain(body: dict) -> dict:  # type: ignore[type-arg]
    return body


@pytest.fixture
def seen() -> list[Any]:
    return []


@pytest.fixture
def client(service: Callable[..., Flask], seen: list[Any]) -> FlaskClient:
    def echo(body: Any, vat: Any, vats: Any) -> Any:
        seen.extend((vat, vats))
        box = body
        while box is not None:  # read everything
            seen.extend((box.at, box.count, box.vat, box.vats))
            box = box.box
        return body

    app = service(
        DESCRIPTION,
        {"echo": echo, "any": lambda body: body, "plain": plain},
        formats={"vat": VAT},
        settings={"response_validation": "strict"},
    )
    return app.test_client()


def post(client: FlaskClient, path: str, data: bytes) -> tuple[int, Any]:
    reply = client.post(path, data=data, content_type="application/json")
    if reply.status_code == 200:
        return 200, reply.data
    return reply.status_code, [(one["pointer"], one["code"], one["detail"]) for one in reply.get_json()["errors"]]


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100,
        "-0.0",
        "1.0",
        "1e22",
        "0.1",
        '"\\u0000"',
        '"😀"',
        "[" * 500 + "]" * 500,
        '{"a":' * 500 + "{}" + "}" * 500,
        '[{"a":1},{"a":1},"\\":"]',
        '{"":{"a:b":":"}}',
    ],
)
def test_a_value_comes_back_as_it_was_sent(client: FlaskClient, text: str) -> None:
    assert post(client, "/any", text.encode()) == (200, text.encode())


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (b"1E2", b"100.0"),
        (b"-0", b"0"),
        (b"1e-400", b"0.0"),
        (b"0.1000000000000000055511151231257827", b"0.1"),
        (b"123456789012345678901234567890.0", b"1.2345678901234568e29"),
        (b'"\\u00e9\\/\\u003a"', '"é/:"'.encode()),
        (b"\xef\xbb\xbf[1]", b"[1]"),
        (b' { "a" : [ ] } ', b'{"a":[]}'),
    ],
)
def test_the_same_value_may_be_spelt_otherwise(client: FlaskClient, text: bytes, sent: bytes) -> None:
    assert post(client, "/any", text) == (200, sent)


@pytest.mark.parametrize(
    ("text", "pointer", "detail"),
    [
        (b'{"a":1,"a":1}', "/a", "stands there more than once"),
        (b'{"a":1,"\\u0061":2}', "/a", "stands there more than once"),
        (b'{"x":[0,{"a:":1,"b":{"c":1,"d":2,"c":":"}}]}', "/x/1/b/c", "stands there more than once"),
        (b'{"a":1,"a":"\\u003a"}', "/a", "stands there more than once"),
        (b'{"a":1,"a":"\\u003A"}', "/a", "stands there more than once"),
        (b'[{"a":1,"a":2},3]', "/0/a", "stands there more than once"),
        (b'{"":1,"":2}', "/", "stands there more than once"),
        (b'"\\ud800"', "", "is not JSON: it holds half of a surrogate pair"),
        (b'{"\\udc00":1}', "", "is not JSON: it holds half of a surrogate pair"),
        (b'"\xed\xa0\x80"', "", "is not UTF-8: line 1, column 2"),
        (b'"\xe9"', "", "is not UTF-8: line 1, column 2"),
        ('"é"'.encode("utf-16"), "", "is not UTF-8: line 1, column 1"),
        (b"NaN", "", "is not JSON: NaN is no JSON number"),
        (b"[-Infinity]", "", "is not JSON: -Infinity is no JSON number"),
        (b"1e400", "", "holds a number that is out of range"),
        (b"-1E400", "", "holds a number that is out of range"),
        (b"1" * 5000, "", "holds a number that is out of range"),
        (b"[" * 100_000 + b"]" * 100_000, "", "is nested too deep"),
        (b'{"a":' * 100_000, "", "is nested too deep"),
        (b" \n", "", "is empty; JSON is asked"),
        (b"\xef\xbb\xbf", "", "is empty; JSON is asked"),
        (b"\xef\xbb\xbf\xef\xbb\xbf1", "", "is not JSON: it begins with more than one byte order mark"),
        (b"01", "", "is not JSON: extra data, line 1, column 2"),
        (b"'a'", "", "is not JSON: expecting value, line 1, column 1"),
    ],
)
def test_what_would_be_changed_or_is_no_json_is_a_400(
    client: FlaskClient, text: bytes, pointer: str, detail: str
) -> None:
    assert post(client, "/any", text) == (400, [(pointer, "json", detail)])


def test_an_empty_body_is_no_body(client: FlaskClient) -> None:
    assert post(client, "/any", b"") == (400, [("", "required", "is missing")])


@pytest.mark.parametrize(
    "text",
    [
        "2016-12-31T23:59:60Z",
        "2017-01-01T00:59:60.25+01:00",
        "2026-01-31T10:11:12.123456789Z",
        "2026-01-31t10:11:12z",
        "2026-01-31T10:11:12+00:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_moment_that_python_cannot_hold_comes_back_as_it_was_sent(client: FlaskClient, text: str) -> None:
    data = json.dumps({"at": text}, separators=(",", ":")).encode()
    assert post(client, "/echo/SE1", data) == (200, data)
    assert post(client, "/plain", data) == (200, data)


@pytest.mark.parametrize("text", ["2026-01-31T10:11:60Z", "2026-01-31 10:11:12Z", "2026-01-31T10:11:12", "2026-01-31"])
def test_what_is_no_moment_is_a_400(client: FlaskClient, text: str) -> None:
    status, errors = post(client, "/echo/SE1", json.dumps({"at": text}).encode())
    assert (status, [(pointer, code) for pointer, code, _ in errors]) == (400, [("/at", "format")])


def test_formats_of_ones_own_are_converted_in_parameters_and_bodies(client: FlaskClient, seen: list[Any]) -> None:
    data = b'{"vat":"SE2","vats":["SE3"],"box":{"vat":"SE4"}}'
    assert post(client, "/echo/SE1?vats=SE5,SE6&vats=SE7", data)[0] == 400
    assert post(client, "/echo/SE1?vats=SE5&vats=SE6", data) == (200, data)
    assert seen == [
        *(Decimal(1), [Decimal(5), Decimal(6)]),
        *(None, 3, Decimal(2), [Decimal(3)]),
        *(None, 3, Decimal(4), None),
    ]
    assert post(client, "/plain", data) == (200, data)
    status, errors = post(client, "/echo/DE1", b'{"vat":"SEx","vats":["DE1"]}')
    assert (status, [(pointer, code) for pointer, code, _ in errors]) == (
        400,
        [("/vat", "format"), ("/vat", "format"), ("/vats/0", "format")],
    )


def test_defaults_are_read_and_not_sent_on(client: FlaskClient, seen: list[Any]) -> None:
    assert post(client, "/echo/SE1", b"{}") == (200, b"{}")
    assert seen[3] == 3


def test_what_is_write_only_is_not_sent_back(client: FlaskClient) -> None:
    data = b'{"count":1,"code":"x","box":{"code":"y","count":2}}'
    for path in ("/echo/SE1", "/plain"):
        assert post(client, path, data) == (200, b'{"count":1,"box":{"count":2}}')


@pytest.mark.parametrize("depth", [100, 400])
def test_what_is_nested_deep_comes_back_or_is_refused(client: FlaskClient, depth: int) -> None:
    data = b'{"box":' * depth + b"{}" + b"}" * depth
    refused = (400, [("", "json", "is nested too deep")])  # formats of one's own are looked for as deep as they may be
    assert post(client, "/echo/SE1", data) == ((200, data) if depth == 100 else refused)
    assert post(client, "/plain", data) == (200, data)


def test_models_that_were_read_at_every_depth_are_sent_back(service: Callable[..., Flask]) -> None:
    def echo(body: Any, vat: Any, vats: Any) -> Any:
        box = body
        while box is not None:
            box = box.box
        return body

    app = service(DESCRIPTION, {"echo": echo, "any": lambda body: body, "plain": plain})
    data = b'{"box":' * 600 + b"{}" + b"}" * 600
    assert post(app.test_client(), "/echo/SE1", data) == (200, data)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", object()])
def test_what_a_handler_cannot_send_is_its_mistake(service: Callable[..., Flask], value: Any) -> None:
    handlers = {"any": lambda body: value, "echo": lambda body, vat, vats: body, "plain": plain}
    app = service(DESCRIPTION, handlers, formats={"vat": VAT})
    reply = app.test_client().post("/any", data=b"1", content_type="application/json")
    assert (reply.status_code, reply.get_json()["error"]) == (500, "UNHANDLED_SERVER_ERROR")


@pytest.mark.parametrize("formats", [{"vat": (None, None)}, {5: VAT}, {"vat": str}])
def test_a_bad_format_is_refused_where_it_is_given(service: Callable[..., Flask], formats: Any) -> None:
    with pytest.raises(TypeError, match=r"^formats"):
        service(DESCRIPTION, {}, formats=formats)
