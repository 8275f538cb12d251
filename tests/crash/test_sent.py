"""What a call was sent where a secret stands is masked wherever else it stands: title, message, trace."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymacaron import crash
from pymacaron.context import Call
from pymacaron.crash.sent import scrubbing_of

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: k}
  schemas:
    Card:
      type: object
      properties:
        holder: {type: string}
        pin: {type: string, format: password}
        inner: {type: object, properties: {code: {type: string, format: password}}}
paths:
  /cards/{number}:
    post:
      operationId: add
      security: [{key: []}]
      parameters:
        - {name: number, in: path, required: true, schema: {type: string, format: password}}
        - {name: X-Shop-Password, in: header, schema: {type: string}}
        - {name: held, in: query, schema: {type: string, format: password}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Card'}}}}
      responses: {'200': {description: ok}}
"""

secrets = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ23456789", min_size=6, max_size=30).map(
    lambda text: f"zz{text}"
)
PLACES = ("body", "inner", "named", "path", "header", "query", "key", "bearer", "basic", "cookie")


def request_with(secret: str, place: str) -> dict[str, Any]:
    """A request of a Flask client that has *secret* at *place*."""
    pair = base64.b64encode(f"ann:{secret}".encode()).decode()
    bodies = {"body": {"pin": secret}, "inner": {"inner": {"code": secret}}, "named": {"x": [{"api_key": [secret]}]}}
    headers = {
        "header": {"X-Shop-Password": secret},
        "bearer": {"Authorization": f"Bearer {secret}"},
        "basic": {"Authorization": f"Basic {pair}"},
    }
    query = {"query": f"&held={secret}"}.get(place, "")
    return {
        "path": f"/cards/{secret if place == 'path' else 'n-4711'}?k={secret if place == 'key' else 'key'}{query}",
        "method": "POST",
        "json": bodies.get(place, {"holder": "Ann"}),
        "headers": headers.get(place, {}),
    }


@pytest.fixture
def reported(service: Any, own_config: None) -> Any:
    """reported(secret, place): title and message of a call with *secret* at *place*, whose handler tells it to all."""
    told: list[str] = []
    reports: list[tuple[str, str]] = []

    def add(card: Any = None, **others: Any) -> Any:
        [secret] = told
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise ValueError(f"no {secret!r}, {error}: {card}") from error

    app: Flask = service(
        DESCRIPTION,
        {"add": add},
        authenticators={"key": lambda credential, scopes: True},
        error_reporter=lambda title, message: reports.append((title, message)),
        settings={"report_window_s": 0, "reports_per_minute": 0},
    )

    def call(secret: str, place: str) -> tuple[str, str]:
        told[:] = [secret]
        reports.clear()
        client = app.test_client()
        client.set_cookie("session-token", secret if place == "cookie" else "none")
        assert client.open(**request_with(secret, place)).status_code == 500
        [found] = reports
        return found

    return call


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(secret=secrets, place=st.sampled_from(PLACES))
def test_no_report_has_what_the_call_was_sent_as_a_secret(reported: Any, secret: str, place: str):
    title, message = reported(secret, place)
    assert secret not in title
    assert secret not in message
    assert "********" in title
    assert json.loads(message)["title"] == title


def test_the_log_of_a_crash_has_it_neither(reported: Any, caplog: pytest.LogCaptureFixture):
    for place in PLACES:
        reported("hunter2-hunter2", place)
    assert "hunter2" not in caplog.text
    assert caplog.text.count("ValueError: no '********'") == len(PLACES)


def test_a_token_is_masked_where_it_stands_alone():
    call = Call(headers={"Authorization": "Bearer abc-def"}, token="ghi-jkl")
    assert scrubbing_of(call).text("abc-def, ghi-jkl, mno-pqr") == "********, ********, mno-pqr"


def test_short_values_and_ordinary_cookies_stay():
    call = Call(headers={}, cookies={"theme": "darkness", "session-token": "lightness"})
    call.params = {"password": "ab", "name": "darkness"}
    assert scrubbing_of(call).text("darkness ab lightness") == "darkness ab ********"


def test_what_cannot_be_asked_is_left_out():
    call = Call(look_up=lambda name: 1 // 0)
    call.params = lambda: 1 // 0
    call.token = "abcdef-ghi"
    assert scrubbing_of(call).text("abcdef-ghi") in ("********", "abcdef-ghi")
    crash.set_error_reporter(None)


def test_numbers_are_secrets_too():
    call = Call()
    call.params = {"pin": 12345678, "n": 87654321}
    call.secrets = frozenset(("pin",))
    assert scrubbing_of(call).text("12345678 87654321") == "******** 87654321"
