"""Calls with tokens, through a served description: the second with the same token is let in without a closer look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from pymacaron import API, auth, config, context
from pymacaron.auth import keys
from pymacaron.finding import FindingsError

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    jwt: {type: http, scheme: bearer}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://example.com/t, scopes: {read: r}}}}
    key: {type: apiKey, in: header, name: X-Api-Key}
paths:
  /me:
    get: {operationId: me, security: [{jwt: []}], responses: &ok {'200': {description: ok}}}
  /scoped:
    get: {operationId: scoped, security: [{oauth: [read]}], responses: *ok}
  /either:
    get: {operationId: either, security: [{jwt: []}, {key: []}], responses: *ok}
  /both:
    get: {operationId: both, security: [{jwt: [], key: []}], responses: *ok}
  /optional:
    get: {operationId: optional, security: [{}, {jwt: []}], responses: *ok}
  /quiet:
    get: {operationId: quiet, security: [{jwt: []}], responses: *ok}
"""
OURS = {"jwt_secret": "0123456789abcdef0123456789abcdef", "jwt_issuer": "us", "jwt_audience": "shop"}


REVOKED: set[str] = set()


def _is_revoked(claims: dict[str, Any]) -> bool:
    return claims["sub"] in REVOKED


def me() -> Any:
    claims = auth.get_user_token_data()
    return {"id": auth.get_userid(), "token": auth.get_user_token(), "roles": claims.get("roles")}


@pytest.fixture(params=["direct", "stock"])
def ask(request: pytest.FixtureRequest, service: Any) -> Callable[..., Any]:
    """ask(path, token, **headers) -> the user that the handler saw, else the status."""
    handlers = {**dict.fromkeys(("me", "scoped", "either", "both", "optional"), me), "quiet": lambda: {"id": "quiet"}}
    app: Flask = service(
        DESCRIPTION,
        handlers,
        settings={**OURS, "dispatch": request.param},
        authenticators={"key": lambda key, scopes: {"sub": f"key-{key}"} if key == "k1" else None},
        is_revoked=_is_revoked if "revoked" in request.node.name else None,
    )
    client = app.test_client()

    def asked(path: str, token: str | None = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {token}"} if token is not None else {}
        answer = client.get(path, headers={**sent, **headers})
        if answer.status_code != 200:
            return answer.status_code
        if path != "/quiet" and answer.json["id"].startswith("user"):
            assert (answer.json["token"], answer.json["roles"]) == (token, ["a"])
        return answer.json["id"]

    asked.app = app  # type: ignore[attr-defined]
    return asked


def token(user: str = "user-1", **options: Any) -> str:
    return auth.generate_token(user, **{"data": {"roles": ["a"], "scope": "read"}, **options})


def test_every_call_with_a_token_is_that_of_its_user(ask: Any):
    tokens = {f"user-{number}": token(f"user-{number}") for number in range(3)}
    for _ in range(3):
        for user, one in tokens.items():
            assert [ask(path, one) for path in ("/me", "/scoped", "/either", "/optional", "/quiet")] == [
                *[user] * 4,
                "quiet",
            ]
        assert [ask(path) for path in ("/me", "/scoped", "/either", "/optional", "/quiet")] == [401, 401, 401, "", 401]


def test_what_a_seen_token_does_not_suffice_for_is_refused(ask: Any):
    one = token(data={})
    assert ask("/quiet", one) == "quiet"
    assert (ask("/scoped", one), ask("/both", one)) == (403, 401)
    assert ask("/both", token(), **{"X-Api-Key": "k1"}) == "user-1"
    assert ask("/either", "x.y.z", **{"X-Api-Key": "k1"}) == "key-k1"
    assert ask("/optional", "x.y.z") == 401


@pytest.mark.parametrize("spelling", ["bearer {}", "BEARER  {}", " Bearer {} ", "Bearer\t{}"])
def test_a_seen_token_may_be_spelt_in_other_ways(ask: Any, spelling: str):
    one = token()
    assert ask("/me", one) == "user-1"
    assert ask("/quiet", None, Authorization=spelling.format(one)) == "quiet"


@pytest.mark.parametrize("header", ["Basic {}", "Bearer {}x", "Bearer {0} {0}", "Bearer{}", "Digest_{}", "{}"])
def test_a_seen_token_in_another_header_is_none(ask: Any, header: str):
    one = token()
    assert ask("/me", one) == "user-1"
    assert ask("/quiet", None, Authorization=header.format(one)) == 401


def test_a_seen_token_may_be_revoked(ask: Any):
    one, other = token("user-1"), token("user-2")
    assert (ask("/quiet", one), ask("/quiet", other)) == ("quiet", "quiet")
    REVOKED.add("user-1")
    try:
        assert (ask("/quiet", one), ask("/quiet", other)) == (401, "quiet")
    finally:
        REVOKED.clear()
    assert ask("/quiet", one) == "quiet"


def test_a_hook_that_looked_at_the_call_sees_who_calls_afterwards(ask: Any):
    seen: list[Any] = []

    @ask.app.before_request
    def before() -> None:
        seen.append(auth.get_userid())

    @ask.app.after_request
    def after(response: Any) -> Any:
        call = context.current()
        seen.append((auth.get_userid(), call is not None and call.endpoint_id))
        return response

    one = token()
    for _ in range(2):
        assert ask("/quiet", one) == "quiet"
        assert seen == ["", ("user-1", "shop GET /quiet")]
        seen.clear()


def test_an_after_hook_alone_sees_who_calls(ask: Any):
    seen: list[str] = []

    @ask.app.after_request
    def after(response: Any) -> Any:
        seen.append(auth.get_userid())
        return response

    one = token()
    for _ in range(3):
        assert ask("/quiet", one) == "quiet"
    assert seen == ["user-1"] * 3


def test_claims_that_a_handler_changes_are_its_own(service: Any):
    def change() -> Any:
        call = context.current()
        assert call is not None
        assert call.claims is not None
        found = dict(call.claims)
        call.claims["sub"] = "root"
        call.claims["roles"].append("root")
        return {"id": found["sub"], "roles": list(found["roles"])[:-1]}

    client = service(
        DESCRIPTION, {"me": change, **_others()}, settings=OURS, authenticators=_AUTHENTICATORS
    ).test_client()
    header = {"Authorization": f"Bearer {token()}"}
    for _ in range(3):
        assert client.get("/me", headers=header).json == {"id": "user-1", "roles": ["a"]}


_AUTHENTICATORS: dict[str, Any] = {"key": lambda key, scopes: None}


def _others() -> dict[str, Callable[..., Any]]:
    return dict.fromkeys(("scoped", "either", "both", "optional", "quiet"), me)


def test_a_key_that_cannot_be_used_keeps_the_service_from_starting(service: Any):
    settings = {**OURS, "jwt_secret": None, "jwt_algorithm": "ES256", "jwt_key_files": ["/nowhere.pem"]}
    with pytest.raises(FindingsError) as caught:
        service(DESCRIPTION, {"me": me, **_others()}, settings=settings, authenticators=_AUTHENTICATORS)
    assert (
        "API(settings=...): error[unusable-key]: jwt_key_files: /nowhere.pem: No such file or directory\n"
        "    Name PEM files with keys of jwt_algorithm, as in jwt_key_files: [keys/2027.pem] (docs/auth.md)"
    ) in str(caught.value)


def test_an_async_hook_of_revocation_is_refused():
    async def later(claims: dict[str, Any]) -> bool:
        return False

    with pytest.raises(TypeError, match=r"^is_revoked is a function"):
        API(Flask("shop"), is_revoked=later)


def test_without_a_config_nothing_is_loaded_of_tokens():
    config.reset()
    config.load(start_dir="/", settings={}, environ={})
    assert (keys.configured(), keys.faults()) == (None, [])
