"""Odd calls at the doors of a served description: what is refused says how to come in, and nothing is told onwards."""

from __future__ import annotations

import contextvars
import http.client
import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import auth, context
from pymacaron.exceptions import HTTPError

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    jwt: {type: http, scheme: bearer}
    login: {type: http, scheme: basic}
    query: {type: apiKey, in: query, name: key}
    header: {type: apiKey, in: header, name: X-Api-Key}
    session: {type: apiKey, in: cookie, name: sid}
    mutual: {type: mutualTLS}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://example.com/t', scopes: {read: r}}}}
paths:
  /jwt: {get: {operationId: jwt, security: [{jwt: []}], responses: &ok {'200': {description: ok}}}}
  /login: {get: {operationId: login, security: [{login: []}], responses: *ok}}
  /query: {get: {operationId: query, security: [{query: []}], responses: *ok}}
  /header: {get: {operationId: header, security: [{header: []}], responses: *ok}}
  /session: {get: {operationId: session, security: [{session: []}], responses: *ok}}
  /mutual: {get: {operationId: mutual, security: [{mutual: []}], responses: *ok}}
  /oauth: {get: {operationId: oauth, security: [{oauth: [read]}], responses: *ok}}
  /any: {get: {operationId: any, security: [{jwt: []}, {login: []}, {header: []}], responses: *ok}}
  /optional:
    get: {operationId: optional, security: [{}, {jwt: []}, {query: [], session: []}, {login: []}], responses: *ok}
  /decorated: {get: {operationId: decorated, x-decorate-server: pymacaron.auth.requires_auth, responses: *ok}}
  /crash: {get: {operationId: crash, security: [{query: []}], responses: *ok}}
"""
OURS = {"jwt_secret": "0123456789abcdef0123456789abcdef", "jwt_issuer": "us", "jwt_audience": "shop"}
SECRET = "k1-a-secret-that-nobody-may-see"
PATHS = ("jwt", "login", "query", "header", "session", "mutual", "oauth", "any", "decorated")


def by_key(key: str, scopes: tuple[str, ...]) -> Any:
    return {"sub": "bob"} if key == SECRET else None


def by_password(credential: tuple[str, str], scopes: tuple[str, ...]) -> Any:
    return {"sub": credential[0]} if credential[1] == "hunter2" else None


def by_certificate(call: context.Call, scopes: tuple[str, ...]) -> Any:
    return None


AUTHENTICATORS = {
    **dict.fromkeys(("query", "header", "session"), by_key),
    "login": by_password,
    "mutual": by_certificate,
}


def who() -> Any:
    return {"id": auth.get_userid()}


def crash() -> Any:
    raise RuntimeError("it broke")


@pytest.fixture(params=["direct", "stock"])
def app(request: pytest.FixtureRequest, service: Any) -> Flask:
    handlers = {**dict.fromkeys((*PATHS, "optional"), who), "crash": crash}
    told: list[str] = []
    made: Flask = service(
        DESCRIPTION,
        handlers,
        settings={**OURS, "dispatch": request.param, "access_log": True, "docs": "auth"},
        authenticators=AUTHENTICATORS,
        error_reporter=lambda title, message: told.append(title + message),
    )
    made.told = told  # type: ignore[attr-defined]
    return made


# --- every 401 says how to come in


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eDp5"}, {"X-Api-Key": "no"}]
)
def test_every_401_has_a_challenge(app: Flask, path: str, headers: dict[str, str]):
    for url in (f"/{path}", f"/{path}?key=no", "/doc/", "/auth/version"):
        answer = app.test_client().get(url, headers=headers)
        assert (answer.status_code, bool(answer.headers.get("WWW-Authenticate"))) == (401, True)
        assert len(answer.headers.getlist("WWW-Authenticate")) == 1


def test_an_expired_token_is_an_invalid_one_in_words_of_the_standard(app: Flask):
    token = auth.generate_token("ada", expire_in=-1000)
    for path in ("/jwt", "/decorated", "/auth/version"):
        answer = app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.json["error"] == "TOKEN_EXPIRED"
        assert answer.headers["WWW-Authenticate"] == (
            'Bearer error="invalid_token", error_description="Auth token is expired"'
        )


def test_a_view_of_the_apps_own_that_raises_a_401_says_what_it_says(app: Flask):
    answer = app.test_client().get("/jwt", headers={"Authorization": f"Bearer {auth.generate_token('ada')}"})
    assert (answer.status_code, answer.json) == (200, {"id": "ada"})
    answer = app.test_client().get("/oauth", headers={"Authorization": f"Bearer {auth.generate_token('ada')}"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (
        403,
        'Bearer error="insufficient_scope", scope="read"',
    )


# --- odd credentials, as a server hands them over


@pytest.mark.parametrize(
    "extra",
    [
        {"HTTP_AUTHORIZATION": "Bearer a,Bearer b"},
        {"HTTP_AUTHORIZATION": "Bearer \xe9\xff"},
        {"HTTP_AUTHORIZATION": "\xe9"},
        {"HTTP_AUTHORIZATION": "Bearer " + "x" * 200_000},
        {"HTTP_AUTHORIZATION": "Basic " + "x" * 200_000},
        {"HTTP_AUTHORIZATION": "Basic Ym9iAGE6eA=="},
        {"HTTP_AUTHORIZATION": "Bearer a\x00b"},
        {"HTTP_COOKIE": "token=Bearer%20x; token=Bearer%20y"},
        {"HTTP_COOKIE": 'token="Bearer\\000x"'},
        {"HTTP_COOKIE": "token=%ff%fe%00"},
        {"HTTP_COOKIE": "sid=a; sid=b"},
        {"QUERY_STRING": "key=no&key=" + SECRET},
        {"QUERY_STRING": "key=" + SECRET + "&key=" + SECRET},
        {"QUERY_STRING": "key=%00"},
        {"QUERY_STRING": "key=%ff%fe"},
        {"QUERY_STRING": "key=\xe9"},
    ],
    ids=repr,
)
def test_odd_credentials_are_refused_and_never_anonymous(app: Flask, extra: dict[str, str]):
    client = app.test_client(use_cookies=False)  # else it has HTTP_COOKIE say what it knows
    for path in (*PATHS, "optional"):
        answer = client.get(f"/{path}", environ_overrides=extra)
        assert answer.status_code == 401, (path, answer.data)


def test_a_header_that_is_there_twice_lets_nobody_in(run_service: Any, tmp_path: Path):
    folder = tmp_path / "service"
    (folder / "apis").mkdir(parents=True)
    (folder / "apis" / "shop.yaml").write_text(DESCRIPTION)
    (folder / "guards.py").write_text(
        "def key(key, scopes):\n    return {'sub': key} if key == 'k1' else None\n"
        "def other(credential, scopes):\n    return None\n"
    )
    (folder / "server.py").write_text(
        "from flask import Flask\nfrom pymacaron import API, letsgo\napp = Flask(__name__)\n"
        "def start(port, debug):\n"
        "    api = API(app, port=port, debug=debug, resolver=lambda operation: lambda: {})\n"
        "    api.load_apis('apis').start(serve='shop')\n"
        "letsgo(__name__, callback=start)\n"
    )
    (folder / "pym-config.yaml").write_text(
        "name: shop\nlive_host: x\njwt_secret: JWT_SECRET\njwt_issuer: us\njwt_audience: shop\n"
        "security: {header: guards.key, query: guards.key, session: guards.other, login: guards.other, "
        "mutual: guards.other}\n"
    )
    for server in ("gunicorn", "granian"):
        with run_service(server, folder, tmp_path / "log") as service:
            token = service.run("-m", "pymacaron", "token", "--user", "ada", "--force").split()[-1]
            assert service.get("/jwt", {"Authorization": f"Bearer {token}"}).status == 200
            assert service.get("/header", {"X-Api-Key": "k1"}).status == 200
            twice = {
                "/jwt": [("Authorization", "Bearer x.y.z"), ("Authorization", f"Bearer {token}")],
                "/optional": [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer x.y.z")],
                "/header": [("X-Api-Key", "k1"), ("X-Api-Key", "k2")],
            }
            for path, headers in twice.items():
                connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
                connection.putrequest("GET", path)
                for name, value in headers:
                    connection.putheader(name, value)
                connection.endheaders()
                assert connection.getresponse().status in (400, 401), (server, path)
                connection.close()


# --- what is told onwards


def test_a_key_in_the_query_stands_in_no_log_and_no_report(app: Flask, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        assert app.test_client().get(f"/query?key={SECRET}&a=b").json == {"id": "bob"}
        answer = app.test_client().get(f"/crash?key={SECRET}&a=b")
    assert answer.status_code == 500
    from pymacaron import crash

    crash.flush()
    (told,) = app.told  # type: ignore[attr-defined]
    assert "it broke" in told
    assert "a=b" in json.loads(told[told.index("{") :])["endpoint"]["url"]
    logged = caplog.text + "".join(json.dumps(vars(record), default=str) for record in caplog.records)
    assert SECRET not in told + logged + answer.text


# --- who calls, elsewhere than in the handler


def test_a_thread_knows_who_calls_where_it_was_given_the_context(app: Flask):
    found: dict[str, list[Any]] = {}
    gate = threading.Event()

    def look(name: str) -> None:
        gate.wait(30)
        found[name] = [auth.get_userid(), auth.get_user_token() != "", auth.get_user_token_data().get("aud")]

    threads: list[threading.Thread] = []

    @app.get("/own")
    @auth.requires_auth
    def own() -> Any:
        copied = contextvars.copy_context()
        threads.append(threading.Thread(target=copied.run, args=(look, "copied")))
        bare = contextvars.Context()
        threads.append(threading.Thread(target=bare.run, args=(look, "bare")))
        for thread in threads:
            thread.start()
        return {"id": auth.get_userid()}

    client = app.test_client()
    answer = client.get("/own", headers={"Authorization": f"Bearer {auth.generate_token('ada')}"})
    assert answer.json == {"id": "ada"}
    assert client.get("/own").status_code == 401
    gate.set()  # the call is over, and another one was answered
    for thread in threads:
        thread.join()
    assert found == {"copied": ["ada", True, "shop"], "bare": ["", False, None]}
    assert auth.get_userid() == ""


# --- without keys


def test_without_jwt_settings_a_service_starts_and_auth_version_is_a_401(service: Any):
    app = service("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n", {}, settings={})
    for headers, error in (({}, "AUTHORIZATION_HEADER_MISSING"), ({"Authorization": "Bearer x.y.z"}, "TOKEN_INVALID")):
        answer = app.test_client().get("/auth/version", headers=headers)
        assert (answer.status_code, answer.json["error"]) == (401, error)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_an_authenticator_may_answer_with_another_status(service: Any):
    def locked(key: str, scopes: tuple[str, ...]) -> Any:
        raise HTTPError(429, "too many tries", {"Retry-After": "60"})

    app = service(
        DESCRIPTION, dict.fromkeys((*PATHS, "optional", "crash"), who), settings=OURS,
        authenticators={**AUTHENTICATORS, "header": locked},
    )  # fmt: skip
    answer = app.test_client().get("/header", headers={"X-Api-Key": "k"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "WWW-Authenticate" not in answer.headers
