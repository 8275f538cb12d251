"""The setting `security`: who enforces what of which api, and what a start says of names that mean nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API, config
from pymacaron.finding import FindingsError, text
from pymacaron.server.guards import wanted

DESCRIPTION = """\
openapi: 3.1.0
info: {title: NAME, version: '1'}
servers: [{url: /NAME}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Api-Key}
    jwt: {type: http, scheme: bearer}
paths:
  /keyed: {get: {operationId: keyed, security: [{key: []}], responses: {'200': {description: ok}}}}
  /both: {get: {operationId: both, security: [{key: [], jwt: []}], responses: {'200': {description: ok}}}}
"""
GUARDS = """
import hmac


def by_key(key, scopes):
    return {"sub": "k1"} if hmac.compare_digest(key.encode(), b"k1") else None


def by_other_key(key, scopes):
    return {"sub": "k2"} if hmac.compare_digest(key.encode(), b"k2") else None


def by_token(token, scopes):
    return {"sub": token}


async def later(key, scopes):
    return {}


def none():
    return {}


LIST = []
"""


@pytest.fixture(autouse=True)
def _config(own_config: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apis").mkdir()
    for name in ("shop", "admin"):
        (tmp_path / "apis" / f"{name}.yaml").write_text(DESCRIPTION.replace("NAME", name))
    # A module of its own for each test: it is imported into this process
    (tmp_path / f"guards_{tmp_path.name}.py").write_text(GUARDS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)


def started(folder: Path, security: str, environ: dict[str, str] | None = None, **options: Any) -> Flask:
    """The service with that `security` in its pym-config.yaml; GUARDS is its module of functions."""
    (folder / "pym-config.yaml").write_text(
        f"name: shop\nlive_host: x\nsecurity: {security}\n".replace("GUARDS", f"guards_{folder.name}")
    )
    app = Flask("shop")
    config.reset()
    api = API(app, resolver=lambda operation: lambda: {}, **options)
    config.load(folder / "pym-config.yaml", environ=environ or {}, settings=options.get("settings"))
    api.load_apis(folder / "apis").start(serve=["shop", "admin"])
    return app


def statuses(app: Flask, path: str) -> list[int]:
    client = app.test_client()
    given: tuple[dict[str, str], ...] = ({}, {"X-Api-Key": "k1"}, {"X-Api-Key": "k2"}, {"X-Api-Key": "é"})
    token = {"Authorization": "Bearer x"}
    return [client.get(path, headers={**headers, **token}).status_code for headers in given]


def said(folder: Path, security: str, **options: Any) -> str:
    with pytest.raises(FindingsError) as caught:
        started(folder, security, **options)
    return text(caught.value.findings).replace(str(folder) + "/", "").replace(f"guards_{folder.name}", "GUARDS")


def test_functions_are_named_by_scheme_and_for_one_api(tmp_path: Path):
    app = started(tmp_path, "{key: GUARDS.by_key, jwt: GUARDS.by_token, admin: {key: GUARDS.by_other_key}}")
    for path in ("keyed", "both"):
        assert statuses(app, f"/shop/{path}") == [401, 200, 401, 401]
        assert statuses(app, f"/admin/{path}") == [401, 401, 200, 401]


def test_what_code_gives_goes_before_what_the_setting_names(tmp_path: Path):
    given = {"key": lambda key, scopes: {"sub": key} if key == "k2" else None}
    app = started(tmp_path, "{key: GUARDS.by_key, jwt: GUARDS.by_token}", authenticators=given)
    assert statuses(app, "/shop/keyed") == [401, 401, 200, 401]


def test_off_goes_before_what_code_gives(tmp_path: Path):
    given = {"key": lambda key, scopes: None, "jwt": lambda token, scopes: None}
    assert statuses(started(tmp_path, "off", authenticators=given), "/shop/both") == [200] * 4
    app = started(tmp_path, "{shop: off, admin: {key: off}}", authenticators=given)
    assert statuses(app, "/shop/both") == [200] * 4
    assert statuses(app, "/admin/keyed") == [200] * 4
    assert statuses(app, "/admin/both") == [401] * 4


def test_a_variable_and_the_settings_of_the_api_say_it_too(tmp_path: Path):
    module = f"guards_{tmp_path.name}"
    app = started(tmp_path, "on", {"PYM_SECURITY": f"key={module}.by_key, jwt={module}.by_token,admin=off"})
    assert (statuses(app, "/shop/both"), statuses(app, "/admin/both")) == ([401, 200, 401, 401], [200] * 4)
    app = started(tmp_path, "on", settings={"security": {"key": f"{module}.by_other_key", "jwt": "off"}})
    assert statuses(app, "/shop/both") == [401, 401, 200, 401]
    assert statuses(started(tmp_path, "on", {"PYM_SECURITY": "off"}), "/shop/both") == [200] * 4
    told = said(tmp_path, "on", settings={"security": {1: "off"}})
    assert "API(settings=...): error[config-type]: security is a map, in which 1 is no name of a security" in told


def test_a_scheme_that_nothing_enforces_is_told_once_for_each_api_that_is_not_off(tmp_path: Path):
    told = said(tmp_path, "{jwt: GUARDS.by_token, admin: off}")
    assert told.startswith(
        "apis/shop.yaml:6:10: error[unenforced-security]: nothing enforces the security scheme 'key'\n"
    )
    assert "admin.yaml" not in told


@pytest.mark.parametrize(
    ("security", "where", "told"),
    [
        ("{key: GUARDS.by_kee}", "3:17", "unbound-authenticator]: security: key: 'GUARDS.by_kee' names no function"),
        ("{key: no_module.f}", "3:17", "there is no module 'no_module'"),
        ("{key: GUARDS.LIST}", "3:17", "names a list, which cannot be called"),
        ("{key: GUARDS.later}", "3:17", "is an async function"),
        ("{admin: {key: GUARDS.none}}", "3:25", "does not take two arguments, a credential and the scopes: too many"),
        ("{key: true}", "3:17", "config-type]: security is a map, whose 'key' is true or false, neither off nor a"),
        ("{key: word}", "3:17", "config-type]: security is a map, whose 'key' is a text, neither off nor a function"),
        ("{admin: {key: {a: off}}}", "3:25", "config-type]: security is a map, whose 'key' is a map, neither off"),
        ("[key]", "3:11", "config-type]: security is a list, not off, nor a map of security schemes to functions"),
        ("word", "3:11", "config-type]: security is 'word', not off, nor such as scheme=module.function,other=off"),
        ("{kez: off}", "3:12", "warning[unknown-security-scheme]: no api has a security scheme 'kez'"),
        ("{shpo: off}", "3:12", "warning[unknown-security-scheme]: no api has a security scheme 'shpo'"),
        ("{shpo: {key: off}}", "3:12", "warning[unknown-security-scheme]: there is no api 'shpo'"),
        ("{shop: {kez: off}}", "3:19", "warning[unknown-security-scheme]: the api 'shop' has no security scheme 'kez'"),
    ],
)
def test_what_means_nothing_is_told_with_its_place(tmp_path: Path, security: str, where: str, told: str):
    text = said(tmp_path, security)
    (line,) = [line for line in text.splitlines() if told in line]
    assert line.startswith(f"pym-config.yaml:{where}: ")


def test_a_name_of_an_api_and_of_a_scheme_is_ambiguous(tmp_path: Path):
    description = DESCRIPTION.replace("NAME", "key")
    (tmp_path / "apis" / "key.yaml").write_text(description)
    told = said(tmp_path, "{key: off}")
    assert "pym-config.yaml:3:12: error[ambiguous-security]: 'key' is the name of an api and of a security" in told
    assert "Name the schemes of the api 'key', as in key: {key: off}" in told


def test_an_authenticator_of_code_that_cannot_be_one_is_told(tmp_path: Path):
    async def later(key: str, scopes: tuple[str, ...]) -> Any: ...

    told = said(tmp_path, "on", authenticators={"key": 5, "jwt": later, "kez": lambda key: None})
    assert "API(authenticators=...): error[unbound-authenticator]: authenticators['key'] names an int, which " in told
    assert "error[unbound-authenticator]: authenticators['jwt'] is an async function" in told
    assert "error[unbound-authenticator]: authenticators['kez'] does not take two arguments" in told

    class Later:
        async def __call__(self, key: str, scopes: tuple[str, ...]) -> Any: ...

    told = said(tmp_path, "on", authenticators={"key": Later()})
    assert "error[unbound-authenticator]: authenticators['key'] is an async function" in told
    told = said(tmp_path, "on", authenticators={"kez": lambda key, scopes: None})
    assert "API(authenticators=...): warning[unknown-security-scheme]: no api has a security scheme 'kez'" in told


def test_a_function_that_is_named_like_a_secret_is_none(tmp_path: Path):
    (tmp_path / "pym-config.yaml").write_text("security: {api_key: shop.guards.by_key}\n")
    config.load(tmp_path / "pym-config.yaml", environ={})
    assert config.secret_values() == []


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (True, {}),
        (False, None),
        ({"shop": False, "key": "a.b"}, None),
        ({"admin": False, "key": "a.b"}, {"admin": False, "key": "a.b"}),
        ({"shop": {"key": False}, "key": "a.b", "jwt": "c.d"}, {"key": False, "jwt": "c.d"}),
        ({"admin": {"key": False}, "key": "a.b"}, {"key": "a.b"}),
    ],
)
def test_what_is_wanted_of_an_api(setting: Any, expected: Any):
    assert wanted(setting, "shop") == expected
