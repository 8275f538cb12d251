"""The security requirements of descriptions: who gets in, who gets which 401, and what is refused at start."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from pymacaron import auth, config
from pymacaron.auth.schemes import Enforcer, enforcer, unenforced
from pymacaron.context import Call
from pymacaron.exceptions import HTTPError, PyMacaronException
from pymacaron.finding import text
from pymacaron.spec.load import load
from pymacaron.spec.model import Api

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    jwt: {type: http, scheme: bearer}
    login: {type: http, scheme: Basic}
    key: {type: apiKey, in: header, name: X-Api-Key}
    query: {type: apiKey, in: query, name: key}
    session: {type: apiKey, in: cookie, name: sid}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://example.com/t, scopes: {read: r, write: w}}}}
    mutual: {type: mutualTLS}
    digest: {type: http, scheme: digest}
    header: {type: apiKey, in: header, name: Authorization}
paths:
  /orders:
    get:
      operationId: getOrders
      security: SECURITY
      responses: {'200': {description: ok}}
"""

USERS = {"bob": "hunter2"}


def login(credential: tuple[str, str], scopes: tuple[str, ...]) -> dict[str, Any] | None:
    user, password = credential
    return {"sub": user} if USERS.get(user) == password else None


def key(credential: str, scopes: tuple[str, ...]) -> dict[str, Any] | None:
    return {"sub": f"key-{credential}", "app": credential} if credential == "k1" else None


def mutual(call: Call, scopes: tuple[str, ...]) -> dict[str, Any] | None:
    name = call.headers.get("X-Client-Cert")
    if name == "forged":
        raise HTTPError(403, "this certificate was revoked")
    return {"sub": name} if name else None


AUTHENTICATORS = {"login": login, "key": key, "query": key, "session": key, "mutual": mutual}


def described(security: str, folder: Path) -> Api:
    file = folder / "shop.yaml"
    file.write_text(DESCRIPTION.replace("SECURITY", security))
    return load(file)


@pytest.fixture
def enforce(tmp_path: Path):
    def build(security: str, authenticators: dict[str, Any] | None = None) -> Enforcer | None:
        api = described(security, tmp_path)
        given = AUTHENTICATORS if authenticators is None else authenticators
        return enforcer(api.operations[0], api.security_schemes, given)

    return build


def bearer(user: str = "bob", **data: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {auth.generate_token(user, data=data)}"}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def outcome(check: Enforcer | None, **call: Any) -> Any:
    """Who the caller is (its sub, or None for an anonymous one), or status, code and challenge of the refusal."""
    assert check is not None
    with Call(**call) as entered:
        try:
            claims = check(entered)
        except PyMacaronException as error:
            assert (entered.claims, entered.token) == (None, None)
            return error.status, error.error, (error.headers or {}).get("WWW-Authenticate")
        assert entered.claims == claims
        assert auth.get_userid() == (claims or {}).get("sub", "")
        return claims and claims["sub"]


MISSING = (401, "AUTHORIZATION_HEADER_MISSING", "Bearer")
INVALID = (401, "TOKEN_INVALID", 'Bearer error="invalid_token"')
BASIC = 'Basic realm="service", charset="UTF-8"'


def test_an_operation_that_asks_for_nothing_has_no_enforcer(enforce: Any):
    assert enforce("[]") is None


def test_bearer_is_enforced_by_our_own_tokens(enforce: Any):
    check = enforce("[{jwt: []}]")
    assert outcome(check, headers=bearer()) == "bob"
    assert outcome(check) == MISSING
    assert outcome(check, headers={"Authorization": "Bearer x"}) == INVALID
    assert outcome(check, headers=basic("bob:hunter2")) == INVALID
    assert outcome(check, cookies={"token": bearer()["Authorization"]}) == "bob"


def test_the_token_of_our_own_is_the_calls(enforce: Any):
    headers = bearer()
    with Call(headers=headers) as call:
        enforce("[{jwt: []}]")(call)
        assert f"Bearer {call.token}" == headers["Authorization"]


def test_an_authorization_api_key_is_how_swagger_says_bearer(enforce: Any):
    check = enforce("[{header: []}]", {})
    assert (outcome(check, headers=bearer()), outcome(check)) == ("bob", MISSING)
    taken = enforce("[{header: []}]", {"header": key})
    assert outcome(taken, headers={"Authorization": "k1"}) == "key-k1"


def test_scopes_of_oauth2_must_be_in_the_token(enforce: Any):
    check = enforce("[{oauth: [read, write]}]")
    assert outcome(check, headers=bearer(scope="write read more")) == "bob"
    assert outcome(check, headers=bearer(scopes=["read", "write"])) == "bob"
    short = (403, "FORBIDDEN", 'Bearer error="insufficient_scope", scope="read write"')
    assert outcome(check, headers=bearer(scope="read")) == short
    assert outcome(check, headers=bearer(scope={"read": 1})) == short
    assert outcome(check, headers=bearer()) == short
    assert outcome(enforce("[{jwt: [admin]}]"), headers=bearer()) == "bob"


def test_an_authenticator_takes_the_place_of_our_tokens(enforce: Any):
    seen = []

    def accept(token: str, scopes: tuple[str, ...]) -> Any:
        seen.append((token, scopes))
        return {"sub": "theirs"} if token == "good" else None

    check = enforce("[{oauth: [read]}]", {"oauth": accept})
    assert outcome(check, headers={"Authorization": "bearer good"}) == "theirs"
    assert outcome(check, headers={"Authorization": "Bearer bad"}) == INVALID
    assert outcome(check) == MISSING
    assert seen == [("good", ("read",)), ("bad", ("read",))]
    with Call(headers={"Authorization": "Bearer good"}) as call:
        check(call)
        assert auth.get_user_token() == ""


@pytest.mark.parametrize("security", ["[{jwt: [], key: []}]", "[{key: [], jwt: []}]"])
def test_where_several_schemes_hold_the_user_is_that_of_our_own_token(enforce: Any, security: str):
    headers = {**bearer("bob", role="admin"), "X-Api-Key": "k1"}
    with Call(headers=headers) as call:
        enforce(security)(call)
        assert (auth.get_userid(), auth.get_token_issuer()) == ("bob", "us")
        assert auth.load_auth_token(auth.get_user_token(), load=False)["sub"] == "bob"
        data = auth.get_user_token_data()
        assert (data["role"], data["app"]) == ("admin", "k1")


def test_basic_gives_user_and_password(enforce: Any):
    check = enforce("[{login: []}]")
    assert outcome(check, headers=basic("bob:hunter2")) == "bob"
    assert outcome(check, headers=basic("bob:wrong")) == (401, "UNAUTHORIZED", BASIC)
    assert outcome(check) == (401, "UNAUTHORIZED", BASIC)


@pytest.mark.parametrize("value", ["Basic", "Basic !!!", "Basic Ym9i", "Basic /w==", "Basic Ym9i Og=="])
def test_basic_that_cannot_be_read_is_refused(enforce: Any, value: str):
    assert outcome(enforce("[{login: []}]"), headers={"Authorization": value}) == (401, "UNAUTHORIZED", BASIC)


def test_a_password_may_have_colons(enforce: Any):
    check = enforce("[{login: []}]", {"login": lambda credential, scopes: {"sub": "|".join(credential)}})
    assert outcome(check, headers=basic("bob:a:b:")) == "bob|a:b:"


def test_api_keys_come_in_header_query_and_cookie(enforce: Any):
    refused = (401, "UNAUTHORIZED", "ApiKey")
    assert outcome(enforce("[{key: []}]"), headers={"x-api-key": "k1"}) == "key-k1"
    assert outcome(enforce("[{key: []}]"), headers={"x-api-key": "k2"}) == refused
    assert outcome(enforce("[{query: []}]"), url="http://x/orders?a=b&key=k%31#f") == "key-k1"
    assert outcome(enforce("[{query: []}]"), url="http://x/orders?keys=k1") == refused
    assert outcome(enforce("[{session: []}]"), cookies={"sid": "k1"}) == "key-k1"
    assert outcome(enforce("[{session: []}]")) == refused


def test_a_missing_key_is_named(enforce: Any):
    with (
        Call() as call,
        pytest.raises(HTTPError, match=r"wants the header 'X-Api-Key' or user name"),
    ):
        enforce("[{key: []}, {login: []}]")(call)


def test_other_schemes_see_the_whole_call(enforce: Any):
    check = enforce("[{mutual: []}]")
    assert outcome(check, headers={"X-Client-Cert": "alice"}) == "alice"
    assert outcome(check, headers={"X-Client-Cert": "forged"}) == (403, "FORBIDDEN", None)
    assert outcome(check) == (401, "UNAUTHORIZED", "Unknown")


def test_one_of_the_alternatives_suffices(enforce: Any):
    check = enforce("[{jwt: []}, {login: []}, {key: []}]")
    assert outcome(check, headers=bearer()) == "bob"
    assert outcome(check, headers=basic("bob:hunter2")) == "bob"
    assert outcome(check, headers={"X-Api-Key": "k1"}) == "key-k1"
    assert outcome(check, headers={"X-Api-Key": "k1", "Authorization": "Bearer x"}) == "key-k1"
    assert outcome(check) == (401, "AUTHORIZATION_HEADER_MISSING", f"Bearer, {BASIC}, ApiKey")


def test_all_of_an_alternative_must_hold(enforce: Any):
    check = enforce("[{jwt: [], key: []}]")
    assert outcome(check, headers={**bearer(), "X-Api-Key": "k1"}) == "bob"
    assert outcome(check, headers=bearer()) == (401, "AUTHORIZATION_HEADER_MISSING", "Bearer, ApiKey")
    assert outcome(check, headers={"X-Api-Key": "k1"}) == (401, "AUTHORIZATION_HEADER_MISSING", "Bearer, ApiKey")
    assert outcome(check, headers={**bearer(), "X-Api-Key": "k2"}) == (401, "UNAUTHORIZED", "ApiKey")


def test_an_alternative_that_failed_leaves_no_user_behind(enforce: Any):
    check = enforce("[{jwt: [], mutual: []}, {key: []}]")
    with Call(headers={**bearer(), "X-Api-Key": "k1"}) as call:
        check(call)
        assert (call.claims, call.token) == ({"sub": "key-k1", "app": "k1"}, None)


def test_optional_security_lets_in_who_says_nothing_but_never_a_bad_credential(enforce: Any):
    check = enforce("[{}, {jwt: []}]")
    assert outcome(check) is None
    assert outcome(check, headers=bearer()) == "bob"
    assert outcome(check, headers={"Authorization": "Bearer x"}) == INVALID
    assert outcome(check, headers=basic("bob:hunter2")) == INVALID
    assert outcome(enforce("[{}, {key: []}]"), headers={"X-Api-Key": "k2"}) == (401, "UNAUTHORIZED", "ApiKey")
    assert outcome(enforce("[{}, {mutual: []}]")) is None


@pytest.mark.parametrize("scheme", ["login", "key", "mutual", "digest", "unheard"])
def test_what_nothing_enforces_refuses_everybody(enforce: Any, scheme: str):
    headers = {**basic("bob:hunter2"), "X-Api-Key": "k1", "X-Client-Cert": "alice"}
    assert outcome(enforce(f"[{{{scheme}: []}}]", {}), headers=headers)[:2] == (401, "UNAUTHORIZED")


def test_true_is_somebody_without_claims(enforce: Any):
    with Call(headers={"X-Api-Key": "k"}) as call:
        assert enforce("[{key: []}]", {"key": lambda credential, scopes: True})(call) == {}
        assert call.claims == {}


def test_an_authenticator_that_gives_something_else_is_a_fault_of_the_service(enforce: Any):
    check = enforce("[{key: []}]", {"key": lambda credential, scopes: "bob"})
    with (
        Call(headers={"X-Api-Key": "k"}) as call,
        pytest.raises(TypeError, match="gives the claims as a dict"),
    ):
        check(call)


def test_security_off_enforces_nothing(enforce: Any, tmp_path: Path):
    config.get_config().security = False
    assert enforce("[{jwt: []}]") is None
    api = described("[{digest: []}]", tmp_path)
    assert unenforced(api.operations[0], api.security_schemes, {}) == []


# --- what a start says


def said(security: str, folder: Path, authenticators: dict[str, Any], **options: Any) -> str:
    api = described(security, folder)
    return text(unenforced(api.operations[0], api.security_schemes, authenticators, **options)).replace(str(folder), "")


def test_what_our_tokens_or_an_authenticator_enforce_is_well(tmp_path: Path):
    security = "[{jwt: []}, {oauth: [read]}, {header: []}, {key: [], login: []}, {}]"
    assert said(security, tmp_path, AUTHENTICATORS) == ""
    assert said("[{unheard: []}]", tmp_path, {"unheard": mutual}) == ""


def test_a_scheme_that_nothing_enforces_is_an_error(tmp_path: Path):
    assert said("[{key: []}, {key: [], jwt: []}]", tmp_path, {}) == (
        "/shop.yaml:7:10: error[unenforced-security]: nothing enforces the security scheme 'key'\n"
        "     7 |     key: {type: apiKey, in: header, name: X-Api-Key}\n"
        "                  ^ Give API(authenticators={'key': f}), or leave it to others with the setting security: off"
    )


def test_bearer_without_keys_is_an_error(tmp_path: Path):
    assert said("[{}, {jwt: []}]", tmp_path, {}, jwt_configured=False) == (
        "/shop.yaml:5:10: error[unenforced-security]: nothing enforces the security scheme 'jwt'\n"
        "     5 |     jwt: {type: http, scheme: bearer}\n"
        "                  ^ Give API(authenticators={'jwt': f}), set jwt_secret, jwt_issuer and jwt_audience in "
        "pym-config.yaml, or leave it to others with the setting security: off"
    )
    config.load(start_dir="/", settings={}, environ={})
    assert "'jwt'" in said("[{jwt: []}]", tmp_path, {})


def test_a_scheme_that_is_not_declared_is_an_error_where_it_is_asked_for(tmp_path: Path):
    assert said("[{unheard: []}]", tmp_path, {}) == (
        "/shop.yaml:18:18: error[unenforced-security]: nothing enforces the security scheme 'unheard', "
        "which is not declared\n"
        "    18 |       security: [{unheard: []}]\n"
        "                          ^ Give API(authenticators={'unheard': f}), or leave it to others with the setting "
        "security: off"
    )
