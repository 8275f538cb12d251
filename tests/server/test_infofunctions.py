"""Functions that a description names for its security schemes: what they are given, what counts of what they give."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API, check
from pymacaron.auth import get_userid
from pymacaron.finding import FindingsError, text

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Api-Key, x-apikeyInfoFunc: GUARDS.by_key}
    login: {type: http, scheme: basic, x-basicInfoFunc: GUARDS.by_password}
    jwt: {type: http, scheme: bearer, x-bearerInfoFunc: GUARDS.by_token}
    old: {type: apiKey, in: header, name: X-Old, x-authentication-scheme: Bearer, x-bearerInfoFunc: GUARDS.by_token}
    oauth:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: https://x.example.com, scopes: {read: Read, write: Write}}}
      x-tokenInfoFunc: GUARDS.info
    own:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: https://x.example.com, scopes: {read: Read}}}
      x-tokenInfoFunc: GUARDS.info
      x-scopeValidateFunc: GUARDS.suffices
paths:
  /key: {get: {operationId: a, security: [{key: []}], responses: {'200': {description: ok}}}}
  /login: {get: {operationId: b, security: [{login: []}], responses: {'200': {description: ok}}}}
  /jwt: {get: {operationId: c, security: [{jwt: []}], responses: {'200': {description: ok}}}}
  /old: {get: {operationId: d, security: [{old: []}], responses: {'200': {description: ok}}}}
  /read: {get: {operationId: e, security: [{oauth: [read]}], responses: {'200': {description: ok}}}}
  /write: {get: {operationId: f, security: [{oauth: [read, write]}], responses: {'200': {description: ok}}}}
  /own: {get: {operationId: g, security: [{own: [read]}], responses: {'200': {description: ok}}}}
  /either: {get: {operationId: h, security: [{jwt: []}, {key: []}], responses: {'200': {description: ok}}}}
"""
GUARDS = """
from werkzeug.exceptions import Forbidden, Unauthorized

ASKED = []


def by_key(key):
    return {"uid": key} if key.startswith("k") else None


def by_password(user, password, required_scopes=()):
    ASKED.append(required_scopes)
    if password == "locked":
        raise Forbidden("You are locked out")
    return {"sub": user} if password == "good" else None


async def by_token(token):
    if token == "old":
        raise Unauthorized("This token is old")
    return {"sub": token} if token != "bad" else None


def info(token, required_scopes):
    ASKED.append(required_scopes)
    return {"sub": "ada", "scope": token.split("+")} if token.islower() else {"sub": "ada", "scopes": token.lower()}


def suffices(wanted, granted):
    return granted == ["anything"]


def none():
    return {}


VALUE = 7
"""


@pytest.fixture(autouse=True)
def _guards(own_config: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A module of its own for each test: it is imported into this process
    (tmp_path / f"guards_{tmp_path.name}.py").write_text(GUARDS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)


def started(folder: Path, description: str = DESCRIPTION, **options: Any) -> Flask:
    (folder / "apis").mkdir(exist_ok=True)
    (folder / "apis" / "shop.yaml").write_text(description.replace("GUARDS", f"guards_{folder.name}"))
    app = Flask("shop")
    api = API(app, resolver=lambda operation: lambda: {"user": get_userid()}, **options)
    api.load_apis(folder / "apis").start(serve="shop")
    return app


def asked(app: Flask, path: str, **headers: str) -> tuple[int, str]:
    """Status, and who called, or what a refusal says."""
    reply = app.test_client().get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return reply.status_code, reply.json["user"] if reply.status_code == 200 else reply.json["error_description"]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_each_is_given_its_credential(tmp_path: Path) -> None:
    app = started(tmp_path)
    assert asked(app, "/key", X_Api_Key="k1") == (200, "k1")
    assert asked(app, "/key", X_Api_Key="x")[0] == 401
    assert asked(app, "/login", Authorization=basic("ada", "good")) == (200, "ada")
    assert asked(app, "/login", Authorization=basic("ada", "bad"))[0] == 401
    assert asked(app, "/jwt", Authorization="Bearer grace") == (200, "grace")
    assert asked(app, "/jwt", Authorization="Bearer bad")[0] == 401
    assert asked(app, "/old", X_Old="bearer grace") == (200, "grace")
    assert asked(app, "/old", X_Old="grace")[0] == 401
    assert [asked(app, path)[0] for path in ("/key", "/login", "/jwt", "/old", "/read")] == [401] * 5


def test_scopes_are_those_of_the_dict_or_asked_of_a_function(tmp_path: Path) -> None:
    app = started(tmp_path)
    assert asked(app, "/read", Authorization="Bearer read") == (200, "ada")
    assert asked(app, "/write", Authorization="Bearer read") == (
        403,
        "Provided token doesn't have the required scope",
    )
    assert asked(app, "/write", Authorization="Bearer write+read") == (200, "ada")
    assert asked(app, "/read", Authorization="Bearer READ") == (200, "ada")
    assert asked(app, "/own", Authorization="Bearer read")[0] == 403
    assert asked(app, "/own", Authorization="Bearer anything") == (200, "ada")


def test_only_oauth2_has_scopes_to_tell(tmp_path: Path) -> None:
    import importlib

    app = started(tmp_path)
    asked(app, "/login", Authorization=basic("ada", "good"))
    asked(app, "/write", Authorization="Bearer read")
    assert importlib.import_module(f"guards_{tmp_path.name}").ASKED == [None, ["read", "write"]]


def test_what_a_function_raises_is_told(tmp_path: Path) -> None:
    app = started(tmp_path)
    assert asked(app, "/jwt", Authorization="Bearer old") == (401, "This token is old")
    assert asked(app, "/login", Authorization=basic("ada", "locked")) == (403, "You are locked out")
    assert asked(app, "/either", Authorization="Bearer old", X_Api_Key="k1") == (200, "k1")


def test_settings_and_code_go_before_what_a_description_names(tmp_path: Path) -> None:
    given = {"key": lambda key, scopes: {"sub": "code"}}
    assert asked(started(tmp_path, authenticators=given), "/key", X_Api_Key="x") == (200, "code")
    off = started(
        tmp_path, DESCRIPTION.replace("GUARDS.by_key", "nothing.there"), settings={"security": {"key": "off"}}
    )
    assert asked(off, "/key") == (200, "")


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("GUARDS.by_kee", "x-apikeyInfoFunc 'GUARDS.by_kee' names no function"),
        ("GUARDS.none", "x-apikeyInfoFunc 'GUARDS.none' does not take what it is given"),
        ("GUARDS.by_password", "x-apikeyInfoFunc 'GUARDS.by_password' does not take what it is given"),
        ("GUARDS.VALUE", "x-apikeyInfoFunc 'GUARDS.VALUE' names an int, which cannot be called"),
        ("[1]", "x-apikeyInfoFunc is no dotted path"),
    ],
)
def test_a_function_that_cannot_be_used_keeps_a_service_from_starting(tmp_path: Path, path: str, fact: str) -> None:
    with pytest.raises(FindingsError) as caught:
        started(tmp_path, DESCRIPTION.replace("GUARDS.by_key", path))
    said = text(caught.value.findings).replace(f"guards_{tmp_path.name}", "GUARDS")
    assert "shop.yaml:5:72: error[unbound-authenticator]: " + fact in said
    assert "unenforced" not in said


def test_check_looks_at_them(tmp_path: Path) -> None:
    (tmp_path / "apis").mkdir()
    module = f"guards_{tmp_path.name}"
    described = DESCRIPTION.replace("GUARDS.by_key", "GUARDS.by_kee").replace("GUARDS", module)
    described = described.replace("operationId: a,", f"operationId: {module}.none,")
    (tmp_path / "apis" / "shop.yaml").write_text(described)
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: x\n")
    assert [one.code for one in check.check().findings] == ["unbound-authenticator"]


def test_none_is_published(tmp_path: Path) -> None:
    app = started(tmp_path, debug=True)
    assert b"Func" not in app.test_client().get("/doc/shop.json").data


def test_errors_are_problems_where_a_setting_says_so(tmp_path: Path) -> None:
    client = started(tmp_path, settings={"error_format": "problem"}).test_client()
    accepted = ("", "*/*", "application/json", "application/problem+json", "application/json, application/problem+json")
    types = [client.get("/key", headers={"Accept": one} if one else {}).mimetype for one in accepted]
    problem, plain = "application/problem+json", "application/json"
    assert types == [problem, problem, plain, problem, problem]
    members = client.get("/nothing").json
    assert (members["title"], members["status"], members["error"]) == ("Not Found", 404, "NOT_FOUND")
