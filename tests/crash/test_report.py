"""What is in a report, and what is kept out of it."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pymacaron import config, crash
from pymacaron.context import Call
from pymacaron.crash.report import build, failure_title, scrubbed_traceback, warning_title
from pymacaron.crash.sent import scrubbing_of
from pymacaron.exceptions import PyMacaronException
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

NOW = datetime(2026, 3, 4, 12, 0, 0, 500, tzinfo=UTC)


def shop_call(**more: Any) -> Call:
    call = Call(
        headers={
            "User-Agent": "curl/8",
            "X-Forwarded-For": "1.2.3.4",
            "PymCallID": "c-1",
            "PymCallPath": "public.user",
        },
        method="POST",
        path="/v1/orders/3",
        url="http://shop.example.com:8080/v1/orders/3?verbose=1&token=abcdefgh",
        base_url="http://shop.example.com:8080/v1/orders/3",
        remote_addr="10.0.0.1",
        claims={"sub": "bob", "name": "Bob", "email": "bob@example.com", "language": "sv", "role": "admin"},
        handler_name="shop.api.put_order",
        **more,
    )
    call.api_name, call.api_version = "shop", "1.2.3"
    call.endpoint_id = "shop POST /v1/orders/{id}"
    call.params = {"id": 3, "body": {"card": "4711", "password": "hunter2"}}
    return call


def test_a_report_has_every_key():
    error = {
        "status": 500,
        "error": "OOPS",
        "error_description": "it broke",
        "error_id": "e-1",
        "user_message": "Oh",
    }
    report = build(
        "a title",
        call=shop_call(),
        is_fatal=True,
        now=NOW,
        elapsed_us=1500,
        status=500,
        error=error,
        caught=KeyError("id"),
        data={"mine": [1, 2], "user": "clash"},
    )
    assert report.pop("trace") == "KeyError: 'id'\n"
    assert "test_a_report_has_every_key" in report.pop("stack")
    assert report == {
        "title": "a title",
        "is_fatal_error": True,
        "call_id": "c-1",
        "call_path": "public.user.shop",
        "error_id": "e-1",
        "error_caught": "KeyError: 'id'",
        "time": {
            "start": "2026-03-04T11:59:59.999000+00:00",
            "end": "2026-03-04T12:00:00.000500+00:00",
            "microsecs": 1500,
        },
        "response": {
            "type": "Error",
            "status": "500",
            "is_error": 1,
            "error_code": "OOPS",
            "error_description": "it broke",
            "user_message": "Oh",
        },
        "request": {"params": {"id": 3, "body": {"card": "4711", "password": "********"}}},
        "user": {
            "id": "bob",
            "is_auth": 1,
            "ip": "10.0.0.1",
            "forwarded_ip": "1.2.3.4",
            "user_agent": "curl/8",
            "name": "Bob",
            "email": "bob@example.com",
            "language": "sv",
        },
        "server": {"fqdn": socket.gethostname(), "port": 8080, "api_name": "shop", "api_version": "1.2.3"},
        "endpoint": {
            "id": "shop POST /v1/orders/{id}",
            "url": "http://shop.example.com:8080/v1/orders/3?verbose=1&token=********",
            "base_url": "http://shop.example.com:8080/v1/orders/3",
            "path": "/v1/orders/3",
            "method": "POST",
        },
        "mine": [1, 2],
        "data": {"user": "clash"},
    }


def test_outside_of_a_call_the_keys_are_the_same():
    report = build("a title", call=None, is_fatal=False, now=NOW)
    within = build("a title", call=shop_call(), is_fatal=False, now=NOW)
    assert list(report) == list(within)
    assert report["user"] == {"id": "", "is_auth": 0, "ip": "", "forwarded_ip": "", "user_agent": ""}
    assert report["response"]["is_error"] == 0
    assert (report["trace"], report["error_caught"], report["call_id"]) == ("", "", "")


@pytest.mark.parametrize(("base_url", "port"), [("http://x/", 80), ("https://x/", 443), ("http://x:81/", 81), ("", "")])
def test_the_port_is_that_of_the_url_or_the_servers(base_url: str, port: int | str):
    assert build("t", call=Call(base_url=base_url), is_fatal=False, now=NOW)["server"]["port"] == port
    assert build("t", call=Call(base_url=base_url, port=5), is_fatal=False, now=NOW)["server"]["port"] == 5


def test_the_exception_that_is_handled_is_in_the_trace():
    try:
        raise ValueError("wtf!")
    except ValueError:
        report = build("t", call=None, is_fatal=False, now=NOW)
    assert "ValueError: wtf!" in report["trace"]
    assert "test_the_exception_that_is_handled" in report["trace"]


DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths: {}
components:
  schemas:
    Card:
      type: object
      properties:
        holder: {type: string}
        pin: {type: string, format: password}
        owner:
          type: object
          properties: {code: {type: string, format: password}, age: {type: integer}}
"""


def test_values_of_the_format_password_are_masked_in_models(tmp_path: Path):
    (tmp_path / "shop.yaml").write_text(DESCRIPTION)
    api = load(tmp_path / "shop.yaml")
    card = (
        Schemas(api)
        .codec(api.schemas["Card"], "request")
        .decode(b'{"holder": "Ann", "pin": "leak-1", "owner": {"code": "leak-2", "age": 3}, "my_password": "leak-3"}')
    )
    call = shop_call()
    call.params = {"body": card, "pw": "leak-4", "n": 3, "none": None}
    call.secrets = frozenset(("pw", "none"))
    report = build("t", call=call, is_fatal=False, now=NOW, data={"cards": [card]})
    assert "leak" not in json.dumps(report)
    body = report["request"]["params"]["body"]
    assert (body["holder"], body["owner"]["age"]) == ("Ann", 3)
    assert {**report["request"]["params"], "body": 0} == {"body": 0, "pw": "********", "n": 3, "none": None}
    assert report["cards"] == [body]


def failing() -> Any:
    raise RuntimeError("no json")


def test_the_parameters_may_be_asked_for_when_there_is_a_report():
    call = Call()
    call.params = lambda: {"id": 3, "pw": "leak"}
    call.secrets = frozenset(("pw",))
    assert build("t", call=call, is_fatal=False, now=NOW)["request"] == {"params": {"id": 3, "pw": "********"}}
    call.params = failing
    assert build("t", call=call, is_fatal=False, now=NOW)["request"] == {"params": "<raises RuntimeError>"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("a=1&b", "a=1&b"),
        ("pw=leak&a=1", "pw=********&a=1"),
        ("p%77=leak", "p%77=********"),
        ("api%5Fkey=leak", "api%5Fkey=********"),
        ("creds[pin]=leak", "creds[pin]=********"),
        ("held[pin]=leak", "held[pin]=********"),
        ("held=pin,leak", "held=********"),
        ("creds%5Bpin%5D=leak", "creds%5Bpin%5D=********"),
        ("filter=%7B%22password%22%3A%22leak%22%7D", "filter=********"),
        ("next=%2Flogin%3Ftoken%3Dleak", "next=********"),
    ],
)
def test_the_url_shows_no_secret_of_its_query(query: str, shown: str):
    call = Call(url=f"http://x/orders?{query}")
    call.secrets = frozenset(("pw", "creds", "held="))
    assert build("t", call=call, is_fatal=False, now=NOW)["endpoint"]["url"] == f"http://x/orders?{shown}"


@pytest.mark.parametrize(
    ("template", "path", "shown"),
    [
        ("/reset/{token}", "/v1/reset/leak", "/v1/reset/********"),
        ("/reset/{token}/{id}", "/v1/reset/leak/3", "/v1/reset/********/3"),
        ("/cards/{id}/{pin}", "/v1/cards/3/leak", "/v1/cards/3/********"),
        ("/cards/{id}.{pin}", "/v1/cards/3.leak", "/v1/cards/3.********"),
        ("/cards/{id}", "/v1/cards/3", "/v1/cards/3"),
        ("/other/{pin}", "/v1/cards/leak", "********"),
    ],
)
def test_the_path_shows_no_secret(template: str, path: str, shown: str):
    call = Call(url=f"http://x{path}?a=1", base_url=f"http://x{path}", path=path)
    call.path_template, call.secrets = template, frozenset(("pin",))
    endpoint = build("t", call=call, is_fatal=False, now=NOW)["endpoint"]
    whole = shown if shown.startswith("*") else f"http://x{shown}"
    assert (endpoint["path"], endpoint["base_url"], endpoint["url"]) == (shown, whole, f"{whole}?a=1")


def test_a_traceback_for_the_log_shows_no_secret_and_forges_no_line():
    config.load(start_dir="/", settings={"jwt_secret": "zxcvbnm-asdfghjkl"}, environ={})
    try:
        try:
            raise ValueError("key zxcvbnm-asdfghjkl")
        except ValueError as cause:
            raise RuntimeError("Bearer abcdefghijklmnopqrst\r\nINFO root: forged \x1b[2J\ud800") from cause
    except RuntimeError as error:
        lines = crash.scrubbed_traceback(error).split("\n")
    assert lines[0] == "  Traceback (most recent call last):"
    assert "  ValueError: key ********" in lines
    assert lines[-2:] == ["  RuntimeError: Bearer ********\\r", "  INFO root: forged \\x1b[2J\\ud800"]
    assert all(line == "" or line.startswith("  ") for line in lines)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("/orders/3", "/orders/3"),
        ("/r\u00e4v\u2603", "/r\u00e4v\u2603"),
        ("/x\r\nINFO forged", "/x\\r\\nINFO forged"),
        ("/x\x1b[2J\x00\x7f", "/x\\x1b[2J\\x00\\x7f"),
        ("/x\x85\u2028\u202e", "/x\\x85\\u2028\\u202e"),
        ("/x\ud800", "/x\\ud800"),
        ("/a?token=hunter2", "/a?token=********"),
        ("x" * 1005, "x" * 1000 + "... <5 more characters>"),
    ],
)
def test_a_text_of_a_caller_is_one_line_in_the_log(text: str, line: str):
    assert crash.one_line(text) == line


def test_a_trace_shows_no_secret_and_keeps_its_end(sent: list[dict[str, Any]]):
    def deep(depth: int) -> None:
        if depth == 0:
            raise ValueError("cannot login with Bearer abcdefghijklmnopqrstuvwxyz")
        (deep if depth % 2 else deeper)(depth - 1)

    def deeper(depth: int) -> None:
        deep(depth - 1)

    try:
        deep(400)
    except ValueError as error:
        crash.report_error("oops", caught=error)
    assert sent[0]["trace"].endswith("ValueError: cannot login with Bearer ********\n")
    assert len(sent[0]["trace"]) <= 20_010


@pytest.mark.parametrize(
    ("caught", "error", "text"),
    [
        (PyMacaronException("x").caught(ValueError("inner")), None, "ValueError: inner"),
        (PyMacaronException("x").caught({"error": "GONE", "error_description": "", "status": 410}), None, "GONE: "),
        ({"error": "GONE", "error_description": "went", "status": 410, "error_caught": "why"}, None, "why"),
        (None, {"error": "GONE", "error_caught": "why"}, "why"),
        (None, {"error": "GONE"}, ""),
    ],
)  # fmt: skip
def test_the_cause_of_an_error_is_in_the_report(caught: Any, error: dict[str, Any] | None, text: str):
    report = build("t", call=None, is_fatal=False, now=NOW, error=error, caught=caught)
    assert report["error_caught"] == text


def test_an_error_keeps_its_id_in_the_report():
    error = PyMacaronException("failed")
    report = build("t", call=None, is_fatal=False, now=NOW, caught=error)
    assert (report["error_id"], report["error_caught"]) == (error.error_id, "SERVER_ERROR: failed")


def reported_call(params: Any) -> Call:
    call = Call(handler_name="shop.api.put_order")
    call.params = params
    return call


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"a": [[list(range(100)) for _ in range(100)] for _ in range(50)]}, id="numbers"),
        pytest.param({"a": ["token" * 40_000 for _ in range(20)]}, id="texts"),
        pytest.param({"a": [["x" * 20 for _ in range(100)] for _ in range(100)]}, id="many texts"),
        pytest.param({"a": [[10**300] * 100] * 100}, id="long numbers"),
        pytest.param({"a": {f"{number:0>5000}": "x" for number in range(100)}}, id="long names"),
        pytest.param(
            {"password": [f"secret{number:06}" for number in range(30_000)], "z": "secret000001" * 9}, id="known"
        ),
    ],
)
def test_a_report_is_of_a_bounded_size_whatever_a_call_was_sent(params: Any):
    report = build("a title", call=reported_call(params), is_fatal=True, now=NOW, data={"mine": [1, 2]})
    assert len(json.dumps(report, indent=4)) < 250_000
    assert report["mine"] == ([1, 2] if report["request"]["params"] != "********" else "********")
    assert report["endpoint"]["id"] == ""


def test_a_report_has_two_thousand_values_of_what_a_service_and_a_caller_tell():
    numbers = [[7] * 100] * 100
    report = build("a title", call=reported_call({"a": numbers}), is_fatal=True, now=NOW, data={"mine": numbers[:10]})
    assert report["mine"] == numbers[:10]
    assert 900 < json.dumps(report["request"]).count("7") < 1_000
    assert " more>" in json.dumps(report["request"])


def test_of_a_thousand_secrets_each_is_masked_wherever_it_stands():
    secrets = [f"p&ss=w0rd!{number:06}" for number in range(1_000)]
    call = reported_call({"users": [{"password": secret} for secret in secrets]})
    caught = ValueError(f"too weak: {secrets[7]}")
    report = build("a title", call=call, is_fatal=True, now=NOW, caught=caught)
    assert report["error_caught"] == "ValueError: too weak: ********"
    assert "w0rd" not in json.dumps(report)


def refused(secret: str) -> None:
    try:
        try:
            raise ValueError(f"too weak: {secret}")
        except ValueError as error:
            raise KeyError(secret) from error
    except KeyError:
        raise RuntimeError(f"refused {secret}")  # noqa: B904  # it has a context, no cause


def test_where_not_all_secrets_can_be_looked_for_nothing_is_told_that_may_be_one():
    secrets = [f"p&ss=w0rd!{number:06}" for number in range(3_000)]
    call = reported_call({"password": secrets, "z": "x".join(secrets)})
    scrubbing = scrubbing_of(call)
    assert not scrubbing.knows_all
    with pytest.raises(RuntimeError) as raised:
        refused(secrets[-1])
    error = {"error": "OOPS", "error_description": secrets[-1], "user_message": secrets[-2]}
    call.api_name = "shop"
    title = failure_title(call, 500, error, raised.value, scrubbing)
    assert title == "FATAL BACKEND ERROR shop 500 OOPS: shop.api.put_order(): ********"
    said = {"data": {"a": secrets[-1]}, "error": error, "caught": raised.value, "scrubbing": scrubbing}
    report = build(title, call=call, is_fatal=True, now=NOW, **said)
    assert report["request"] == {"params": "********"}
    assert (report["a"], report["error_caught"]) == ("********", "********")
    assert report["response"]["error_description"] == report["response"]["user_message"] == "********"
    told = [line for line in report["trace"].split("\n") if line and not line.startswith("  ")]
    assert told == [
        "Traceback (most recent call last):",
        "ValueError: ********",
        "The above exception was the direct cause of the following exception:",
        "Traceback (most recent call last):",
        "KeyError: ********",
        "During handling of the above exception, another exception occurred:",
        "Traceback (most recent call last):",
        "RuntimeError: ********",
    ]
    assert "in refused" in report["trace"]
    assert "in test_where_not_all" in report["stack"]
    assert warning_title(call, "put_order", secrets[-1], False, scrubbing).endswith("put_order(): ********")
    with call:
        logged = scrubbed_traceback(raised.value)
    assert "in refused" in logged
    assert "w0rd" not in json.dumps(report) + logged


def test_what_nests_too_much_to_be_looked_at_is_not_told():
    call = reported_call({"a": [{"b": 1} for _ in range(30_000)], "password": "secret-of-the-call"})
    assert build("a title", call=call, is_fatal=True, now=NOW)["request"] == {"params": "********"}


def test_the_secrets_of_a_call_are_gathered_once():
    asked = []

    def params(*, masked: bool = True) -> dict[str, Any]:
        asked.append(masked)
        return {"password": "hunter2-hunter2"}

    with reported_call(params) as call:
        for _ in range(3):
            assert "hunter2" not in crash.scrubbed_traceback(ValueError("hunter2-hunter2"))
        report = build("a title", call=call, is_fatal=True, now=NOW, caught=ValueError("hunter2-hunter2"))
    assert "hunter2" not in json.dumps(report)
    # To find secrets with and without masks, and once for the report itself
    assert asked == [True, False, True]


def test_what_is_learned_of_a_call_later_is_masked_too():
    with reported_call(None) as call:
        assert "hunter2" in crash.scrubbed_traceback(ValueError("hunter2-hunter2"))
        call.params = {"password": "hunter2-hunter2"}
        assert "hunter2" not in crash.scrubbed_traceback(ValueError("hunter2-hunter2"))
        assert "abcdef-ghi" in crash.scrubbed_traceback(ValueError("abcdef-ghi"))
        call.token = "abcdef-ghi"
        assert "abcdef-ghi" not in crash.scrubbed_traceback(ValueError("abcdef-ghi"))
