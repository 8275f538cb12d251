"""The acceptance test case against a real server: what passes, and the words in which it fails."""

from __future__ import annotations

import inspect
import socket
from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.test import PyMacaronTestCase
from pymacaron.testing.testcase import Reply


@pytest.fixture
def case(server: Any) -> PyMacaronTestCase:
    made = PyMacaronTestCase()
    made.setUp()
    return made


def failure(call: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def test_host_port_and_token_come_from_the_environment(case: PyMacaronTestCase, server: Any) -> None:
    assert (case.host, case.port, case.token) == ("127.0.0.1", server.port, "a.b.c")


def test_without_an_environment_it_is_localhost_80_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYM_SERVER_HOST", "PYM_SERVER_PORT", "PYM_JWT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    case = PyMacaronTestCase()
    case.setUp()
    assert (case.host, case.port, case.token) == ("localhost", 80, "")


def test_json_is_given_back(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/v1/list?a=%C3%A9&b=1", b'[1, {"a": null}]')
    assert case.assertGetReturnJson("v1/list?a=é&b=1") == [1, {"a": None}]
    assert case.assertGetReturnJson("/v1/list?a=%C3%A9&b=1") == [1, {"a": None}]


def test_a_problem_is_json_too(case: PyMacaronTestCase, server: Any) -> None:
    server.answers["/x"] = (400, {"Content-Type": "application/problem+json; charset=utf-8"}, b'{"title": "Bad"}')
    assert case.assertGetReturnJson("x", 400) == {"title": "Bad"}


def test_post_sends_json_and_the_header_as_it_is_given(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/things", b'{"id": 7}', 201)
    assert case.assertPostReturnJson("things", {"name": "é"}, 201, "Bearer a.b.c") == {"id": 7}
    method, path, headers, body = server.received[0]
    assert (method, path, headers["content-type"], headers["authorization"], body) == (
        "POST",
        "/things",
        "application/json",
        "Bearer a.b.c",
        b'{"name": "\\u00e9"}',
    )


def test_a_model_is_sent_as_its_json(case: PyMacaronTestCase, server: Any) -> None:
    class Thing:
        def to_json(self) -> dict[str, int]:
            return {"size": 1}

    server.json("/things", b"{}")
    case.assertPostReturnOk("things", Thing())
    assert server.received[0][3] == b'{"size": 1}'


def test_text_and_bytes_are_sent_as_they_are(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/raw", b"{}")
    case.assertPostReturnOk("raw", "a=1")
    case.assertPostReturnOk("raw", b"\x00")
    assert [(headers["content-type"], body) for _, _, headers, body in server.received] == [
        ("text/plain; charset=utf-8", b"a=1"),
        ("application/octet-stream", b"\x00"),
    ]


def test_delete_and_any_other_method(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/things/7", b'{"gone": true}')
    assert case.assertDeleteReturnJson("things/7") == {"gone": True}
    assert case.assertCallReturnJson("patch", "things/7", {"a": 1}) == {"gone": True}
    assert [method for method, *_ in server.received] == ["DELETE", "PATCH"]


def test_a_dict_may_have_more_than_was_asked(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/x", b'{"a": 1, "b": [2]}')
    assert case.assertGetReturnDict("x", {"b": [2]}) == {"a": 1, "b": [2]}
    assert case.assertPostReturnDict("x", {}, {"a": 1}) == {"a": 1, "b": [2]}
    assert case.assertCallReturnDict("DELETE", "x", {}) == {"a": 1, "b": [2]}


def test_ok_is_an_empty_object(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/ok", b"{}")
    assert case.assertGetReturnOk("ok") == {}
    assert case.assertPostReturnOk("ok", {"a": 1}) == {}
    assert case.assertCallReturnOk("DELETE", "ok") == {}


def test_an_error_is_known_by_status_and_code(case: PyMacaronTestCase, server: Any) -> None:
    error = {"status": 404, "error": "NOT_FOUND", "error_description": "no such thing"}
    server.json("/no", b'{"status": 404, "error": "NOT_FOUND", "error_description": "no such thing"}', 404)
    assert case.assertGetReturnError("no", 404, "NOT_FOUND") == error
    assert case.assertPostReturnError("no", {}, 404, "NOT_FOUND") == error
    assert case.assertCallReturnError("DELETE", "no", 404, "NOT_FOUND") == error


def test_html_and_text_come_as_text_by_their_charset(case: PyMacaronTestCase, server: Any) -> None:
    server.answers["/page"] = (200, {"Content-Type": "text/html; charset=ISO-8859-1"}, "<p>é".encode("latin-1"))
    server.answers["/text"] = (200, {"Content-Type": "text/plain"}, "é".encode())
    assert case.assertCallReturnHtml("GET", "page") == "<p>é"
    assert case.assertCallReturnText("GET", "text") == "é"


def test_a_redirect_that_is_expected_is_not_followed(case: PyMacaronTestCase, server: Any) -> None:
    server.answers["/old"] = (302, {"Location": "/new"}, b"")
    assert case.assertCallReturnRedirect("GET", "old") == "/new"
    assert [path for _, path, *_ in server.received] == ["/old"]


def test_another_redirect_is_followed_as_a_browser_does(case: PyMacaronTestCase, server: Any) -> None:
    server.answers["/old"] = (303, {"Location": "new?a=1"}, b"")
    server.answers["/moved"] = (307, {"Location": "/new?a=1"}, b"")
    server.json("/new?a=1", b"{}")
    case.assertPostReturnOk("old", {"a": 1}, "Bearer x")
    case.assertPostReturnOk("moved", {"a": 1})
    assert [(method, path, body) for method, path, _, body in server.received] == [
        ("POST", "/old", b'{"a": 1}'),
        ("GET", "/new?a=1", b""),
        ("POST", "/moved", b'{"a": 1}'),
        ("POST", "/new?a=1", b'{"a": 1}'),
    ]
    assert server.received[1][2]["authorization"] == "Bearer x"


def test_a_redirect_to_another_host_does_not_carry_the_token(case: PyMacaronTestCase, server: Any) -> None:
    server.answers["/old"] = (302, {"Location": f"http://localhost:{server.port}/new"}, b"")
    server.json("/new", b"{}")
    case.assertGetReturnOk("old", "Bearer a.b.c")
    assert ["authorization" in headers for _, _, headers, _ in server.received] == [True, False]


def test_a_redirect_that_never_ends_is_given_up(case: PyMacaronTestCase, server: Any) -> None:
    server.answers["/round"] = (302, {"Location": "/round"}, b"")
    assert "the status is 302, not 200" in failure(case.assertGetReturnOk, "round")
    assert len(server.received) == 6


def test_a_wrong_status_shows_call_and_reply(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/x?a=1", b'{"error": "SERVER_ERROR"}', 500)
    assert failure(case.assertGetReturnJson, "x?a=1", auth="Bearer secret") == (
        f"GET http://127.0.0.1:{server.port}/x?a=1: the status is 500, not 200\n"
        'The reply was 500 application/json:\n{"error": "SERVER_ERROR"}'
    )


@pytest.mark.parametrize(
    ("body", "fact"),
    [
        (b"[]", "the reply is no JSON object"),
        (b"{}", "no JSON error: it has no status, error, error_description"),
        (b'{"status": 500, "error": "X", "error_description": ""}', "the status in the body is 500, not 404"),
        (b'{"status": 404, "error": "Y", "error_description": ""}', "the error is 'Y', not 'X'"),
        (
            b"{",
            "the reply is no valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ],
)
def test_a_wrong_error_says_what_is_wrong(case: PyMacaronTestCase, server: Any, body: bytes, fact: str) -> None:
    server.json("/x", body, 404)
    assert failure(case.assertGetReturnError, "x", 404, "X").splitlines()[0] == (
        f"GET http://127.0.0.1:{server.port}/x: {fact}"
    )


def test_a_wrong_body_says_what_is_wrong(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/x", b'{"a": 1}')
    url = f"http://127.0.0.1:{server.port}/x"
    told = [
        failure(case.assertGetReturnDict, "x", {"a": 2}),
        failure(case.assertGetReturnDict, "x", {"b": 2}),
        failure(case.assertPostReturnOk, "x", {}),
        failure(case.assertCallReturnHtml, "GET", "x"),
        failure(case.assertCallReturnText, "GET", "x"),
        failure(case.assertCallReturnRedirect, "GET", "x", status=200),
    ]
    assert [text.splitlines()[0] for text in told] == [
        f"GET {url}: 'a' is 1, not 2",
        f"GET {url}: no 'b' in it, which should be 2",
        f"POST {url}: the body is not {{}}",
        f"GET {url}: the reply is not text/html",
        f"GET {url}: the reply is not text/plain",
        f"GET {url}: a redirect without a Location",
    ]


def test_a_page_instead_of_json_says_so(case: PyMacaronTestCase, server: Any) -> None:
    server.answers["/x"] = (200, {"Content-Type": "text/html"}, b"<p>")
    assert failure(case.assertGetReturnJson, "x").splitlines()[0].endswith("/x: the reply is not JSON")


def test_a_long_body_is_cut_in_a_failure() -> None:
    reply = Reply("GET", "http://h/x", 200, {}, b"x" * 1001)
    assert reply.told("wrong") == (
        f"GET http://h/x: wrong\nThe reply was 200 without a type:\n{'x' * 1000}... (1001 characters)"
    )


def test_no_server_is_a_failure_that_asks_whether_it_runs(case: PyMacaronTestCase) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        case.port = unused.getsockname()[1]
        told = failure(case.assertGetReturnOk, "ping")
    assert told.startswith(f"GET http://127.0.0.1:{case.port}/ping: no answer: ConnectionRefusedError: ")
    assert told.endswith("Is the server running there?")


def test_port_443_is_called_by_https(case: PyMacaronTestCase) -> None:
    case.host, case.port = "name.invalid", "443"
    assert failure(case.assertGetReturnOk, "ping").startswith("GET https://name.invalid:443/ping: no answer: ")
    assert failure(case.assertGetReturnOk, "ping", verify_ssl=False).startswith("GET https://name.invalid:443/ping: ")


def test_an_ipv6_host_gets_its_brackets(case: PyMacaronTestCase) -> None:
    case.host, case.port = "::1", 1
    assert failure(case.assertGetReturnOk, "ping").startswith("GET http://[::1]:1/ping: no answer: ")


def test_built_in_endpoints_are_asserted(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/ping", b"{}")
    server.json("/version", b'{"name": "ping", "version": "0.0.1", "container": ""}')
    case.assertHasPing()
    assert case.assertHasVersion() == {"name": "ping", "version": "0.0.1", "container": ""}


def test_auth_version_is_asked_without_and_with_the_token(case: PyMacaronTestCase, server: Any) -> None:
    server.json("/auth/version", b'{"name": "ping", "version": "0.0.1", "container": ""}')
    told = failure(case.assertHasAuthVersion)
    assert told.splitlines()[0].endswith("/auth/version: the status is 200, not 401")
    unauthorized = b'{"status": 401, "error": "AUTHORIZATION_HEADER_MISSING", "error_description": "There is none"}'
    server.json("/auth/version", unauthorized, 401)
    told = failure(case.assertHasAuthVersion)
    assert told.splitlines()[0].endswith("/auth/version: the status is 401, not 200")
    assert [headers.get("authorization") for _, _, headers, _ in server.received] == [None, None, "Bearer a.b.c"]
    case.token = ""
    case.assertHasAuthVersion()


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ([], "A version is a JSON object, not []"),
        ({"name": "x"}, "'version' of a version is text, not None: {'name': 'x'}"),
    ],
)
def test_what_is_no_version_is_told(case: PyMacaronTestCase, version: Any, told: str) -> None:
    assert failure(case.assertIsVersion, version) == told


def test_the_old_import_name_gives_the_same_class() -> None:
    from pymacaron_unit import testcase

    assert testcase.PyMacaronTestCase is PyMacaronTestCase


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("assertGetReturnJson", "path, status=200, auth=None, verify_ssl=True"),
        ("assertPostReturnJson", "path, data, status=200, auth=None, verify_ssl=True"),
        ("assertDeleteReturnJson", "path, status=200, auth=None, verify_ssl=True"),
        ("assertGetReturnDict", "path, kv, status=200, auth=None, verify_ssl=True"),
        ("assertPostReturnDict", "path, data, kv, status=200, auth=None, verify_ssl=True"),
        ("assertGetReturnOk", "path, auth=None, verify_ssl=True"),
        ("assertPostReturnOk", "path, data, auth=None, verify_ssl=True"),
        ("assertGetReturnError", "path, status, error, auth=None, verify_ssl=True"),
        ("assertPostReturnError", "path, data, status, error, auth=None, verify_ssl=True"),
        ("assertCallReturnJson", "method, path, data=None, auth=None, status=200, verify_ssl=True"),
        ("assertCallReturnDict", "method, path, kv, data=None, auth=None, status=200, verify_ssl=True"),
        ("assertCallReturnOk", "method, path, data=None, auth=None, verify_ssl=True"),
        ("assertCallReturnError", "method, path, status, error, data=None, auth=None, verify_ssl=True"),
        ("assertCallReturnHtml", "method, path, data=None, auth=None, status=200, verify_ssl=True"),
        ("assertCallReturnText", "method, path, data=None, auth=None, status=200, verify_ssl=True"),
        ("assertCallReturnRedirect", "method, path, data=None, auth=None, status=302, verify_ssl=True"),
        ("assertIsVersion", "j"),
        ("assertHasPing", "verify_ssl=True"),
        ("assertHasVersion", "verify_ssl=True"),
        ("assertHasAuthVersion", "verify_ssl=True"),
    ],
)
def test_tests_of_old_services_find_every_assertion_with_its_arguments(name: str, parameters: str) -> None:
    _self, *found = inspect.signature(getattr(PyMacaronTestCase, name)).parameters.values()
    assert ", ".join(str(one.replace(annotation=inspect.Parameter.empty)) for one in found) == parameters


def test_a_scheme_that_the_environment_says_is_that_of_its_server(
    case: PyMacaronTestCase, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYM_SERVER_SCHEME", "https")
    assert f"GET https://127.0.0.1:{server.port}/ping: no answer" in failure(case.assertHasPing)
    case.port = server.port + 1
    assert f"GET http://127.0.0.1:{server.port + 1}/ping: no answer" in failure(case.assertHasPing)
