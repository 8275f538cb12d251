"""
What somebody from outside tries at a running service in an afternoon: each door that has a lock, by every spelling of
its path, by other methods, by headers that other servers believe.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from security.requests import GOOD
from security.vault import API_KEY, PASSWORD, PROTECTED, SECRET, app_in, token

BEARER = {"Authorization": f"Bearer {GOOD}"}
LETTERS = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    """See tests/conftest.py."""


def passed(answer: Any) -> bool:
    """Whether the handler behind the lock was reached."""
    return b'"token"' in answer.body or answer.status < 300


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/v1/jwt",
            "//v1/jwt",
            "/v1//jwt",
            "/v1/jwt/",
            "/v1/jwt//",
            "/v1%2fjwt",
            "/v1/%6awt",
            "/v1/%256awt",
            "/V1/jwt",
        ),
        *(
            "/v1/JWT",
            "/v1/jwt;a=b",
            "/v1/jwt;/..",
            "/v1/jwt%00",
            "/v1/jwt%20",
            "/v1/jwt%0a",
            "/v1/jwt.json",
            "/v1/./jwt",
        ),
        *(
            "/v1/open/../jwt",
            "/v1/open/..%2fjwt",
            "/v1/open%2f..%2fjwt",
            "/v1/..;/v1/jwt",
            "/v1/jwt?",
            "/v1/jwt?x=/v1/open",
        ),
        *("/v1/jwt#/v1/open", "http://vault/v1/jwt", "/v1\\jwt", "/%2e/v1/jwt", "/v1/jwt/.", "/v1/j%77t", "/v1/jwt%3f"),
        *(
            "/static/../v1/jwt",
            "/ping/../v1/jwt",
            "/doc/../v1/jwt",
            "/v1/notes/..%2fopen",
            "/v1/notes/%2e%2e",
            "/v1/slash",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_no_spelling_of_a_path_opens_it(served: Any, path: str, method: str) -> None:
    answer = served.call(method, path, {"text": "x"} if method == "POST" else None)
    assert answer.status in {308, 400, 401, 404, 405}
    assert not passed(answer)


@pytest.mark.parametrize(
    "method", ["OPTIONS", "TRACE", "TRACK", "CONNECT", "PROPFIND", "PATCH", "DELETE", "PUT", "DEBUG"]
)
@pytest.mark.parametrize("path", PROTECTED)
def test_no_other_method_reaches_a_handler(served: Any, method: str, path: str) -> None:
    answer = served.call(method, f"/v1{path}")
    assert answer.status == (200 if method == "OPTIONS" else 405)
    assert b'"token"' not in answer.body
    assert set(answer.header("Allow")[0].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "GET"},
        {"X-HTTP-Method": "GET"},
        {"X-Method-Override": "GET"},
        {"X-Original-URL": "/v1/open"},
        {"X-Rewrite-URL": "/v1/open"},
        {"X-Forwarded-Prefix": "/v1/open/.."},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
        {"X-Forwarded-User": "bob", "Remote-User": "bob", "X-Remote-User": "bob", "X-User-Id": "bob"},
        {"X-Forwarded-Host": "localhost", "Host": "localhost"},
        {"Connection": "Upgrade", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA"},
        {"Connection": "close, Authorization"},
        {"X_Authorization": f"Bearer {GOOD}", "X-Authorization": f"Bearer {GOOD}", "Token": GOOD},
        {"Authorization": GOOD},
        {"Authorization": f"Bearer {GOOD},Bearer {GOOD}"},
        {"Authorization": f"Bearer {GOOD} {GOOD}"},
        {"Authorization": f"Token {GOOD}"},
        {"Authorization": "Bearer null"},
        {"Authorization": "Bearer undefined"},
        {"Authorization": f"Basic {base64.b64encode(f'bob:{GOOD}'.encode()).decode()}"},
        {"Proxy-Authorization": f"Bearer {GOOD}"},
        {"Cookie": f"token={GOOD}"},
        {"Cookie": f"Token=Bearer%20{GOOD}"},
        {"Cookie": f"x=1, token=Bearer%20{GOOD}"},
        {"Cookie": f"token=Bearer%2520{GOOD}"},
    ],
)
def test_no_header_that_others_believe_lets_in(served: Any, headers: Mapping[str, str]) -> None:
    for method in ("GET", "POST"):
        answer = served.call(method, "/v1/jwt", {"text": "x"} if method == "POST" else None, headers)
        assert answer.status == 401
        assert answer.header("WWW-Authenticate")[0].startswith("Bearer")


def test_a_websocket_is_not_answered_as_a_call(served: Any) -> None:
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "eA==",
    }
    for path in ("/v1/jwt", "/v1/open"):
        for headers in (asked, {**asked, **BEARER}):
            answer = served.get(path, headers)
            assert answer.status in {400, 405}
            assert not passed(answer)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/header-key", {"X-Key": f"{API_KEY} "[:-2]}),
        ("/header-key", {"X-Key": f"{API_KEY}x"}),
        ("/header-key", {"X-Key": API_KEY.upper()}),
        ("/header-key", {"Cookie": f"X-Key={API_KEY}"}),
        ("/query-key", {"key": API_KEY, "X-Key": API_KEY}),
        ("/cookie-key", {"Cookie": f"session2={API_KEY}"}),
        ("/basic", {"Authorization": f"Basic {base64.b64encode(b'ali:').decode()}"}),
        ("/basic", {"Authorization": f"Basic {base64.b64encode(f'ALI:{PASSWORD}'.encode()).decode()}"}),
        ("/basic", {"Authorization": f"Basic {base64.b64encode(f'ali:{PASSWORD}'.encode()).decode()}!"}),
        ("/both", BEARER),
        ("/both", {"X-Key": API_KEY}),
        ("/both", {**BEARER, "X-Key": "x"}),
        ("/either", {"Authorization": "Bearer x"}),
        ("/optional", {"Authorization": "Bearer x"}),
        ("/optional", {"Cookie": "token=Bearer%20x"}),
        ("/optional-both", {"Authorization": "Bearer x"}),
        ("/optional-both", {"X-Key": "x"}),
        (
            "/scoped",
            {"Authorization": f"Bearer {token({'iss': 'us', 'sub': 'b', 'aud': 'vault', 'exp': 4_000_000_000})}"},
        ),
    ],
)
def test_no_credential_that_is_not_all_right_passes(served: Any, path: str, wrong: Mapping[str, str]) -> None:
    answer = served.get(f"/v1{path}", wrong)
    assert answer.status == (403 if path == "/scoped" else 401)
    assert not passed(answer)


@pytest.mark.parametrize(
    "query", ["?key=", "?KEY=x", "?key[]=x", "?key=x&key={0}", "?a=?key={0}", "?key=%00{0}", "?key={0}%20"]
)
def test_no_spelling_of_a_query_has_the_key_in_it(served: Any, query: str) -> None:
    assert served.get(f"/v1/query-key{query.format(API_KEY)}").status == 401
    assert served.get(f"/v1/query-key?key={API_KEY}").status == 200


def test_documents_behind_a_token_are_shown_by_no_spelling(served: Any) -> None:
    for path in ("/doc/", "/doc/vault", "/doc/vault.json", "/doc/vault.yaml", "/doc/vault%2ejson", "/doc/ping.json"):
        for method in ("GET", "HEAD"):
            for headers in ({}, {"If-None-Match": "*"}, {"Range": "bytes=0-99"}, {"Cookie": "token=x"}):
                answer = served.call(method, path, None, headers)
                assert answer.status == 401
                assert b"openapi" not in answer.body
        assert b"openapi" not in served.call("OPTIONS", path).body
    for path in (
        "/doc/../pym-config.yaml",
        "/doc/%2e%2e/pym-config.yaml",
        "/doc/_/../../server.py",
        "/server.py",
        "/.git/HEAD",
    ):
        assert served.get(path).status == 404


def test_without_documents_none_is_there(tmp_path: Path) -> None:
    client = app_in(tmp_path).test_client()
    for path in ("/doc", "/doc/", "/doc/vault", "/doc/vault.json", "/doc/vault.yaml", "/openapi.json", "/swagger.json"):
        assert client.get(path, headers=BEARER).status_code == 404


def test_an_error_says_nothing_of_the_inside(served: Any) -> None:
    answers = [
        served.get("/v1/crash"),
        served.call("POST", "/v1/crash", {"text": "x"}),
        served.get("/nowhere"),
        served.get("/v1/jwt", {"Authorization": "Bearer x"}),
        served.call("POST", "/v1/notes", b"{", BEARER),
    ]
    assert [answer.status for answer in answers] == [500, 500, 404, 401, 400]
    for answer in answers:
        text = answer.body.decode()
        assert not any(
            word in text for word in ("Traceback", ".py", "postgres", "RuntimeError", "vault.", SECRET, PASSWORD)
        )
    told = answers[0].json
    assert set(told) == {"status", "error", "error_description", "error_id"}
    assert "gunicorn/" not in str(answers[0].headers)
    assert "Werkzeug" not in str(answers[0].headers)


def test_the_crash_api_is_not_there_unless_it_is_asked_for(served: Any) -> None:
    assert served.get("/crash/internalexception").status == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:99", "vault@evil.example", "[::1]"])
def test_a_host_of_the_callers_is_in_no_reply(served: Any, host: str) -> None:
    for path in ("/v1/slash", "/v1/slash/", "/doc", "/doc/vault", "/doc/vault.json", "/nowhere", "/version"):
        answer = served.get(path, {**BEARER, "Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "evil"})
        assert host.encode() not in answer.body.replace(b"evil.example.com", b"")
        assert not any(host in value for name, value in answer.headers if path != "/doc")


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "https://www.example.com.evil.example", "HTTPS://WWW.EXAMPLE.COM"]
)
def test_only_origins_that_are_named_may_read_with_credentials(tmp_path: Path, origin: str) -> None:
    named = {"cors": ["https://www.example.com"], "cors_credentials": True}
    client = app_in(tmp_path, settings=named).test_client()
    for method in ("GET", "POST", "OPTIONS"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST", **BEARER}
        headers = client.open("/v1/jwt", method=method, headers=asked, json={"text": "x"}).headers
        assert not [name for name in headers.keys() if name.startswith("Access-Control-Allow")]  # noqa: SIM118
        assert "Origin" in headers["Vary"]
    good = client.get("/v1/jwt", headers={"Origin": "https://www.example.com", **BEARER}).headers
    assert (good["Access-Control-Allow-Origin"], good["Access-Control-Allow-Credentials"]) == (named["cors"][0], "true")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"text":' * 200_000,
        b'{"text": "x", "count": ' + b"9" * 1_000_000 + b"}",
        b'{"text": "x", "count": 1e999999999}',
        b"{" + b",".join(b'"a%d":1' % number for number in range(100_000)) + b"}",
        b'{"text": "\\ud800"}',
        b'{"text": "x", "text": "y"}',
        b'{"text": "x", "__class__": "y", "__proto__": {}}',
        b'{"text": NaN}',
    ],
    ids=["lists", "objects", "digits", "exponent", "members", "half", "twice", "dunder", "nan"],
)
def test_a_bomb_is_a_400(served: Any, body: bytes) -> None:
    answer = served.call("POST", "/v1/notes", body, BEARER)
    assert (answer.status, answer.json["error"]) == (400, "INVALID_PARAMETER")
    assert len(answer.body) < 200_000


def test_a_packed_body_is_not_unpacked(served: Any) -> None:
    answer = served.call("POST", "/v1/notes", b"x" * 100, {**BEARER, "Content-Encoding": "gzip"})
    assert answer.status == 415


def test_two_users_at_once_are_never_taken_for_one_another(served: Any) -> None:
    claims = {"iss": "us", "aud": "vault", "exp": 4_000_000_000}
    tokens = {f"user-{number}": token({**claims, "sub": f"user-{number}"}) for number in range(8)}
    wrong: list[Any] = []

    def ask(user: str, own: str) -> None:
        for number in range(25):
            headers = {"Authorization": f"Bearer {own}"} if number % 2 else {"Cookie": f"token=Bearer%20{own}"}
            told = served.get("/v1/jwt", headers).json
            if told != {"id": user, "token": own}:
                wrong.append((user, told))
            nobody = served.get("/v1/open").json
            if nobody != {"id": "", "token": ""}:
                wrong.append(("nobody", nobody))

    threads = [threading.Thread(target=ask, args=pair) for pair in tokens.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("dispatch", ["direct", "stock"])
def test_a_token_that_is_revoked_counts_from_then_on_at_every_door(tmp_path: Path, dispatch: str) -> None:
    revoked: set[str] = set()
    options: dict[str, Any] = {"is_revoked": lambda claims: claims["sub"] in revoked}
    client = app_in(tmp_path, settings={"dispatch": dispatch, "docs": "auth"}, **options).test_client()
    doors = ("/v1/jwt", "/v1/scoped", "/v1/either", "/v1/optional", "/doc/vault.json", "/auth/version")
    try:
        assert [client.get(path, headers=BEARER).status_code for path in doors] == [200] * len(doors)
        revoked.add("bob")
        assert [client.get(path, headers=BEARER).status_code for path in doors] == [401] * len(doors)
    finally:
        from pymacaron.auth.verified import set_is_revoked

        set_is_revoked(None)


def test_a_page_of_another_site_changes_nothing_with_a_cookie(served: Any) -> None:
    cookie = {"Cookie": f"token=Bearer%20{GOOD}; session={API_KEY}"}
    forged = {**cookie, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for path in ("/v1/jwt", "/v1/cookie-key", "/v1/optional"):
        assert served.call("POST", path, {"text": "x"}, forged).status == 401
        assert served.call("POST", path, {"text": "x"}, {**cookie, "Origin": "null"}).status == 401
        assert served.call("POST", path, {"text": "x"}, {**cookie, "Sec-Fetch-Site": "same-origin"}).status == 200
    form = {**forged, "Content-Type": "application/x-www-form-urlencoded"}
    assert served.call("POST", "/v1/notes", b"text=x", form).status == 401


def test_replies_are_split_by_nothing_that_a_caller_sends(served: Any) -> None:
    sent = "x%0d%0aX-Evil:%201%0d%0a%0d%0a<script>"
    for path in (f"/v1/notes/{sent}", f"/{sent}", f"/v1/slash?{sent}", f"/v1/query-key?key={sent}"):
        answer = served.get(path, {**BEARER, "Accept": f"a/b;{sent}", "Origin": sent, "Idempotency-Key": sent})
        assert answer.header("X-Evil") == []
        assert answer.header("Content-Type")[0].split(";")[0] in {"application/json", "text/html"}
        assert b"<script>" not in answer.body or answer.header("Content-Type") == ["application/json"]


def test_the_report_of_what_was_refused_is_the_same_for_all(served: Any) -> None:
    """Nothing tells a token with a wrong signature from one of a user who is not there."""
    wrong = [GOOD[:-4] + "AAAA", token({"iss": "us", "sub": "nobody", "aud": "vault", "exp": 4e9}, secret="x" * 32)]
    told = {
        LETTERS.sub(b"", json.dumps(served.get("/v1/jwt", {"Authorization": f"Bearer {one}"}).json).encode())
        for one in wrong
    }
    assert len(told) == 1
