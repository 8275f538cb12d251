"""`check` says of security what a start would refuse, and what no caller can meet."""

from __future__ import annotations

from collections.abc import Callable

from pymacaron.check import check
from pymacaron.finding import Finding

Files = Callable[[dict[str, str]], None]

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    login: {type: http, scheme: basic}
    token: {type: http, scheme: bearer}
    old: {type: apiKey, in: header, name: Authorization}
    key: {type: apiKey, in: header, name: X-Api-Key}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://logon.example.com/.well-known/openid-configuration'}
paths:
  /a: {get: {x-bind-server: required.a, security: SECURITY, responses: {'200': {description: ok}}}}
"""
JWT = "jwt_issuer: us\njwt_audience: shop\njwt_issuers: ['https://login.example.com']\n"
#: The module of the handler and of the authenticators
CODE = "def a(): ...\ndef by(credential, scopes): ...\n"


def told(files: Files, security: str, config: str | None = None) -> list[Finding]:
    """What `check` says of a service whose operation asks for *security*, by the codes of this file."""
    given = {"apis/shop.yaml": SHOP.replace("SECURITY", security), "required.py": CODE}
    files(given if config is None else {**given, "pym-config.yaml": config})
    return [one for one in check(["apis"]).findings if one.code in ("unenforced-security", "impossible-security")]


def test_an_issuer_that_no_setting_knows_is_shown_in_the_description(files: Files):
    (found,) = told(files, "[{oidc: []}]", JWT)
    assert (found.code, found.severity, found.where.endswith("apis/shop.yaml:9:51")) == (
        "unenforced-security",
        "error",
        True,
    )
    assert "known are https://login.example.com/.well-known/openid-configuration, us/" in found.mend


def test_an_issuer_is_not_asked_for_where_another_looks_at_the_scheme_or_nobody_does(files: Files):
    for config in (
        f"{JWT}security: {{oidc: required.by}}\n",
        f"{JWT}security: {{oidc: off}}\n",
        f"{JWT}security: off\n",
        JWT.replace("login.", "logon."),
        JWT.replace("jwt_issuer: us", "jwt_issuer: https://logon.example.com"),
        "jwt_issuer: us\njwt_audience: shop\n",
    ):
        assert told(files, "[{oidc: []}]", config) == []
    assert told(files, "[{token: []}]", JWT) == []


def test_a_scheme_that_the_setting_misspells_is_an_error_as_at_a_start(files: Files):
    (found,) = told(files, "[{login: []}]", "security: {logn: required.by}\n")
    assert (found.severity, found.file, found.line, found.column) == ("error", "pym-config.yaml", 1, 12)
    assert (found.fact, found.mend) == ("nothing enforces the security scheme 'login'", "Write 'login', not 'logn'")
    assert told(files, "[{login: []}]", "security: {login: required.by, logn: required.by}\n") == []


def test_two_credentials_of_one_header_are_told_where_they_are_asked_for(files: Files):
    for config in (None, JWT):
        for one in ("token", "old", "oidc"):
            found = [
                one
                for one in told(files, f"[{{key: []}}, {{login: [], {one}: []}}]", config)
                if one.code == "impossible-security"
            ]
            assert [(each.line, each.column) for each in found] == [(11, 63)]
            assert found[0].fact == f"{one!r} and 'login' both want the one Authorization header of a call"


def test_alternatives_and_what_is_off_are_no_two_credentials(files: Files):
    assert told(files, "[{token: []}, {login: []}, {login: [], key: []}, {token: [], oidc: []}]") == []
    for config in ("security: {login: off}\n", "security: {shop: off}\n", "security: off\n"):
        assert told(files, "[{token: [], login: []}]", config) == []
    assert told(files, "[{old: [], login: []}]", "security: {old: required.by}\n") == []
