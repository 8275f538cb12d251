"""The security requirements of descriptions: who gets in, who gets which 401, and what is refused at start."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from pymacaron import auth, config
from pymacaron.auth import sites
from pymacaron.auth.schemes import Enforcer, enforcer, unenforced
from pymacaron.context import Call
from pymacaron.exceptions import AuthInvalidTokenError, AuthMissingHeaderError, HTTPError, PyMacaronException
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


BEARER = 'Bearer realm="service"'
MISSING = (401, "AUTHORIZATION_HEADER_MISSING", BEARER)


def invalid(description: str) -> tuple[int, str, str]:
    return 401, "TOKEN_INVALID", f'Bearer error="invalid_token", error_description="{description}"'


SIGNATURE = invalid("token signature is invalid")
FOREIGN = invalid("Authorization header must start with Bearer")
BASIC = 'Basic realm="service", charset="UTF-8"'


def test_an_operation_that_asks_for_nothing_has_no_enforcer(enforce: Any):
    assert enforce("[]") is None


def test_bearer_is_enforced_by_our_own_tokens(enforce: Any):
    check = enforce("[{jwt: []}]")
    assert outcome(check, headers=bearer()) == "bob"
    assert outcome(check) == MISSING
    assert outcome(check, headers={"Authorization": "Bearer x"}) == SIGNATURE
    assert outcome(check, headers=basic("bob:hunter2")) == FOREIGN
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


def test_an_authenticator_takes_the_place_of_our_tokens(enforce: Any):
    seen = []

    def accept(token: str, scopes: tuple[str, ...]) -> Any:
        seen.append((token, scopes))
        return {"sub": "theirs"} if token == "good" else None

    check = enforce("[{oauth: [read]}]", {"oauth": accept})
    assert outcome(check, headers={"Authorization": "bearer good"}) == "theirs"
    assert outcome(check, headers={"Authorization": "Bearer bad"}) == invalid("the token was refused")
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
    assert outcome(check) == (401, "AUTHORIZATION_HEADER_MISSING", f"{BEARER}, {BASIC}, ApiKey")


def test_all_of_an_alternative_must_hold(enforce: Any):
    check = enforce("[{jwt: [], key: []}]")
    assert outcome(check, headers={**bearer(), "X-Api-Key": "k1"}) == "bob"
    both = f"{BEARER}, ApiKey"
    assert outcome(check, headers=bearer()) == (401, "UNAUTHORIZED", both)
    assert outcome(check, headers={"X-Api-Key": "k1"}) == (401, "AUTHORIZATION_HEADER_MISSING", both)
    assert outcome(check, headers={"X-Api-Key": "k1"}) == (401, "AUTHORIZATION_HEADER_MISSING", both)
    assert outcome(check, headers={**bearer(), "X-Api-Key": "k2"}) == (401, "UNAUTHORIZED", both)


def test_an_alternative_that_failed_leaves_no_user_behind(enforce: Any):
    check = enforce("[{jwt: [], mutual: []}, {key: []}]")
    with Call(headers={**bearer(), "X-Api-Key": "k1"}) as call:
        check(call)
        assert (call.claims, call.token) == ({"sub": "key-k1", "app": "k1"}, None)


def test_optional_security_lets_in_who_says_nothing_but_never_a_bad_credential(enforce: Any):
    check = enforce("[{}, {jwt: []}]")
    assert outcome(check) is None
    assert outcome(check, headers=bearer()) == "bob"
    assert outcome(check, headers={"Authorization": "Bearer x"}) == SIGNATURE
    assert outcome(check, headers=basic("bob:hunter2")) == FOREIGN
    assert outcome(check, cookies={"token": "Bearer x"}) == SIGNATURE
    assert outcome(check, cookies={"token": "x"}) == FOREIGN
    assert outcome(enforce("[{}, {key: []}]"), headers={"X-Api-Key": "k2"}) == (401, "UNAUTHORIZED", "ApiKey")
    assert outcome(enforce("[{}, {mutual: []}]")) is None


@pytest.mark.parametrize("refusal", [None, False])
def test_a_bad_credential_of_a_scheme_of_http_is_refused_also_where_none_is_let_in(enforce: Any, refusal: Any):
    check = enforce("[{digest: []}, {}]", {"digest": lambda call, scopes: refusal})
    for header in ('Digest username="bob", response="wrong"', "digest x", "DIGEST", " Digest\tx"):
        assert outcome(check, headers={"Authorization": header}) == (401, "UNAUTHORIZED", "Digest")
    for headers in ({}, {"Authorization": ""}, {"Authorization": "Digestive x"}):
        expected = None if refusal is None else (401, "UNAUTHORIZED", "Digest")
        assert outcome(check, headers=headers) == expected


def test_an_authenticator_that_sees_the_call_says_false_of_a_bad_credential(enforce: Any):
    check = enforce("[{mutual: []}, {}]", {"mutual": lambda call, scopes: None if not call.headers.get("X") else False})
    assert outcome(check) is None
    assert outcome(check, headers={"X": "forged"}) == (401, "UNAUTHORIZED", "Unknown")


def test_no_page_of_another_site_calls_with_the_key_of_a_cookie(enforce: Any):
    check, cookies = enforce("[{session: []}]"), {"sid": "k1"}
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert outcome(check, method="POST", cookies=cookies, headers=foreign) == (401, "UNAUTHORIZED", "ApiKey")
    assert outcome(check, method="GET", cookies=cookies, headers=foreign) == "key-k1"
    assert outcome(check, method="POST", cookies=cookies, headers={"Sec-Fetch-Site": "same-site"}) == "key-k1"
    assert outcome(enforce("[{key: []}]"), method="POST", headers={**foreign, "X-Api-Key": "k1"}) == "key-k1"


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
        "                  ^ Name what does, as in security: {key: module.function} or API(authenticators={'key': "
        "f}), or leave it to others with security: {key: off}"
    )


def test_bearer_without_keys_is_an_error(tmp_path: Path):
    assert said("[{}, {jwt: []}]", tmp_path, {}, jwt_configured=False) == (
        "/shop.yaml:5:10: error[unenforced-security]: nothing enforces the security scheme 'jwt'\n"
        "     5 |     jwt: {type: http, scheme: bearer}\n"
        "                  ^ Name what does, as in security: {jwt: module.function} or API(authenticators={'jwt': "
        "f}), set jwt_secret, jwt_issuer and jwt_audience in pym-config.yaml, or leave it to others with security: "
        "{jwt: off}"
    )
    config.load(start_dir="/", settings={}, environ={})
    assert "'jwt'" in said("[{jwt: []}]", tmp_path, {})


def test_a_scheme_that_is_not_declared_is_an_error_where_it_is_asked_for(tmp_path: Path):
    assert said("[{unheard: []}]", tmp_path, {}) == (
        "/shop.yaml:18:18: error[unenforced-security]: nothing enforces the security scheme 'unheard', "
        "which is not declared\n"
        "    18 |       security: [{unheard: []}]\n"
        "                          ^ Name what does, as in security: {unheard: module.function} or "
        "API(authenticators={'unheard': f}), or leave it to others with security: {unheard: off}"
    )


# --- a bad credential is never anonymous, whatever else is there


@pytest.mark.parametrize("security", ["[{key: [], session: []}, {}]", "[{session: [], key: []}, {}]"])
def test_a_bad_credential_beside_one_that_is_absent_is_refused_in_any_order(enforce: Any, security: str):
    check = enforce(security)
    assert outcome(check, headers={"X-Api-Key": "k2"}) == (401, "UNAUTHORIZED", "ApiKey")
    assert outcome(check, cookies={"sid": "k2"}) == (401, "UNAUTHORIZED", "ApiKey")
    assert outcome(check, headers={"X-Api-Key": "k1"}) is None
    assert outcome(check, headers={"X-Api-Key": "k1"}, cookies={"sid": "k1"}) == "key-k1"


@pytest.mark.parametrize("security", ["[{login: []}, {jwt: []}]", "[{jwt: []}, {login: []}]"])
def test_the_401_speaks_of_the_credential_that_was_sent_and_challenges_for_all(enforce: Any, security: str):
    check = enforce(security)
    first, second = (BASIC, BEARER) if security.startswith("[{login") else (BEARER, BASIC)
    bad = 'Bearer error="invalid_token", error_description="token signature is invalid"'
    with Call(headers={"Authorization": "Bearer x"}) as call, pytest.raises(AuthInvalidTokenError) as caught:
        check(call)
    assert caught.value.error_description == "token signature is invalid"
    told = ", ".join(bad if one == BEARER else one for one in (first, second))
    assert caught.value.headers == {"WWW-Authenticate": told}
    assert outcome(check, headers=basic("bob:wrong")) == (401, "UNAUTHORIZED", f"{first}, {second}")
    assert outcome(check) == (401, "AUTHORIZATION_HEADER_MISSING", f"{first}, {second}")


def test_an_authorization_header_of_no_scheme_that_is_asked_for_is_refused(enforce: Any):
    headers = {"Authorization": "Digest x"}
    with Call(headers=headers) as call, pytest.raises(AuthInvalidTokenError, match="must start with Basic or Bearer"):
        enforce("[{}, {login: []}, {jwt: []}]")(call)
    assert outcome(enforce("[{}, {login: []}]"), headers=headers) == (401, "UNAUTHORIZED", BASIC)
    refused = enforce("[{}, {jwt: []}]", {"jwt": lambda token, scopes: {"sub": token}})
    assert outcome(refused, headers=headers) == FOREIGN


def test_an_authenticator_may_raise_the_same_error_each_time(enforce: Any):
    locked = HTTPError(401, "locked")

    def raises(credential: Any, scopes: tuple[str, ...]) -> Any:
        raise locked

    check = enforce("[{key: []}, {login: []}]", {"key": raises, "login": login})
    for _ in range(3):
        assert outcome(check, headers={"X-Api-Key": "k"}) == (401, "UNAUTHORIZED", f"ApiKey, {BASIC}")
    locked.headers = {"WWW-Authenticate": 'ApiKey realm="locked"', "Retry-After": "9"}
    for _ in range(3):
        told = f'ApiKey realm="locked", {BASIC}'
        assert outcome(check, headers={"X-Api-Key": "k"}) == (401, "UNAUTHORIZED", told)
        assert locked.headers == {"WWW-Authenticate": told, "Retry-After": "9"}


def test_an_error_of_tokens_that_an_api_key_ends_in_challenges_for_the_key(enforce: Any):
    def raises(credential: Any, scopes: tuple[str, ...]) -> Any:
        raise AuthInvalidTokenError("no such key")

    assert outcome(enforce("[{key: []}]", {"key": raises}), headers={"X-Api-Key": "k"})[2] == "ApiKey"


# --- what is off


def test_a_scheme_that_is_off_is_as_good_as_not_asked_for(enforce: Any, tmp_path: Path):
    off = {"key": False, "login": login}
    assert enforce("[{key: []}]", off) is None
    both = enforce("[{jwt: [], key: []}]", off)
    assert (outcome(both, headers=bearer()), outcome(both)) == ("bob", MISSING)
    either = enforce("[{jwt: []}, {key: []}]", off)
    assert (outcome(either), outcome(either, headers=bearer())) == (None, "bob")
    assert outcome(either, headers={"Authorization": "Bearer x"}) == SIGNATURE
    assert said("[{key: []}]", tmp_path, off) == ""


# --- what is asked of tokens


def test_roles_of_a_bearer_scheme_must_be_in_the_token(enforce: Any):
    check = enforce("[{jwt: [admin, staff]}]")
    assert outcome(check, headers=bearer(roles=["staff", "admin", "other"])) == "bob"
    assert outcome(check, headers=bearer(roles="admin staff")) == "bob"
    short = (403, "FORBIDDEN", 'Bearer error="insufficient_scope"')
    for roles in (["admin"], "", {"admin": 1, "staff": 1}, None, 5):
        assert outcome(check, headers=bearer(roles=roles)) == short
        with Call(headers=bearer(roles=roles)) as call:
            assert check.quick is not None
            assert check.quick(call.headers.get("Authorization")) is None
    assert outcome(check, headers=bearer(scope="admin staff")) == short


@pytest.mark.parametrize(
    ("requirement", "call", "description"),
    [
        ("[{jwt: [admin]}]", {"headers": {}}, "the token lacks the role 'admin'"),
        (
            "[{session: []}]",
            {"headers": {"Cookie": "sid=a; sid=b"}, "cookies": {"sid": "a"}},
            "the cookie 'sid' is there 2 times",
        ),
        (
            "[{session: []}]",
            {"method": "POST", "headers": {"Sec-Fetch-Site": "cross-site"}, "cookies": {"sid": "a"}},
            sites.REFUSAL,
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(enforce: Any, requirement: str, call: dict[str, Any], description: str):
    check = enforce(requirement, {"session": lambda key, scopes: {"sub": key}})
    if not call["headers"]:
        call = {"headers": bearer()}
    with Call(**call) as entered, pytest.raises(PyMacaronException) as refused:
        check(entered)
    assert refused.value.error_description == description


SCOPED = {
    "2.0": (
        "swagger: '2.0'\nsecurityDefinitions:\n",
        "{type: oauth2, flow: application, tokenUrl: 'https://example.com/t', scopes: {read: r}}",
    ),
    "3.0": (
        "openapi: 3.0.4\ncomponents:\n securitySchemes:\n",
        "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://example.com/t', scopes: {read: r}}}}",
    ),
    "3.1": (
        "openapi: 3.1.1\ncomponents:\n securitySchemes:\n",
        "{type: openIdConnect, openIdConnectUrl: 'https://example.com/.well-known/openid-configuration'}",
    ),
    "3.2": (
        "openapi: 3.2.0\ncomponents:\n securitySchemes:\n",
        "{type: oauth2, deprecated: true, oauth2MetadataUrl: "
        "'https://example.com/.well-known/oauth-authorization-server', flows: {deviceAuthorization: "
        "{deviceAuthorizationUrl: 'https://example.com/d', tokenUrl: 'https://example.com/t', scopes: {read: r}}}}",
    ),
}


@pytest.mark.parametrize("version", SCOPED)
def test_scopes_are_demanded_in_every_version(tmp_path: Path, version: str):
    head, scheme = SCOPED[version]
    operation = "get: {security: [{s: [read]}], responses: {'200': {description: ok}}}"
    file = tmp_path / "shop.yaml"
    file.write_text(f"{head}  s: {scheme}\ninfo: {{title: Shop, version: '1'}}\npaths:\n  /a:\n    {operation}\n")
    api = load(file)
    assert text(api.findings) == ""
    check = enforcer(api.operations[0], api.security_schemes, {})
    assert outcome(check, headers=bearer(scope="read")) == "bob"
    short = (403, "FORBIDDEN", 'Bearer error="insufficient_scope", scope="read"')
    assert (outcome(check, headers=bearer(scope="write")), outcome(check)) == (short, MISSING)


# --- odd credentials: refused, and never a fault


@pytest.mark.parametrize(
    "value",
    ["Bearer a,Bearer b", "Bearer \x00", "Bearer é", "Bearer " + "x" * 100_000, "Bearer ,", ",", "Bearer", "x" * 9000],
)
def test_odd_authorization_headers_are_refused(enforce: Any, value: str):
    for security in ("[{jwt: []}, {}]", "[{login: []}, {}]", "[{jwt: []}, {login: []}]"):
        code = "TOKEN_INVALID" if "jwt" in security else "UNAUTHORIZED"
        assert outcome(enforce(security), headers={"Authorization": value})[:2] == (401, code)


@pytest.mark.parametrize("text", ["bob\x00:hunter2", "bob:hunter2\n", "bob:\x7f", "\x1b[2J:x"])
def test_user_and_password_have_no_control_characters(enforce: Any, text: str):
    check = enforce("[{login: []}, {}]", {"login": lambda credential, scopes: {"sub": "anybody"}})
    assert outcome(check, headers=basic(text)) == (401, "UNAUTHORIZED", BASIC)


def test_a_second_basic_header_is_refused(enforce: Any):
    good = basic("bob:hunter2")["Authorization"]
    assert outcome(enforce("[{login: []}]"), headers={"Authorization": f"{good},{good}"}) == (
        401,
        "UNAUTHORIZED",
        BASIC,
    )
    assert outcome(enforce("[{login: []}]"), headers={"Authorization": f"{good}, {good}"})[0] == 401


@pytest.mark.parametrize("query", ["key=k1&key=k1", "key=k1&key=k2", "key=k2&a=b&key=k1", "key=k1%00", "key=%0ak1"])
def test_a_key_that_is_there_twice_or_cannot_be_one_is_refused(enforce: Any, query: str):
    check = enforce("[{query: []}, {}]", {"query": lambda key, scopes: {"sub": "anybody"}})
    assert outcome(check, url=f"http://x/orders?{query}") == (401, "UNAUTHORIZED", "ApiKey")


def test_an_empty_key_is_none(enforce: Any):
    check = enforce("[{query: []}, {key: []}, {session: []}, {}]")
    assert outcome(check, url="http://x/?key=&key", cookies={"sid": ""}) is None


@pytest.mark.parametrize("value", ["", "  "])
@pytest.mark.parametrize(
    ("security", "name", "code"),
    [
        ("[{key: []}, {}]", "X-Api-Key", "UNAUTHORIZED"),
        ("[{jwt: []}, {}]", "Authorization", "AUTHORIZATION_HEADER_MISSING"),
        ("[{oauth: [read]}, {}]", "Authorization", "AUTHORIZATION_HEADER_MISSING"),
        ("[{login: []}, {}]", "Authorization", "AUTHORIZATION_HEADER_MISSING"),
    ],
)
def test_a_header_that_is_there_and_empty_is_a_bad_credential(
    enforce: Any, security: str, name: str, code: str, value: str
):
    assert outcome(enforce(security), headers={name: value})[:2] == (401, code)
    assert outcome(enforce(security)) is None


def test_an_empty_header_is_not_made_good_by_a_cookie(enforce: Any):
    check = enforce("[{jwt: []}, {}]")
    cookies = {"token": f"Bearer {auth.generate_token('bob')}"}
    assert outcome(check, cookies=cookies) == "bob"
    assert outcome(check, headers={"Authorization": ""}, cookies=cookies)[:2] == (401, "AUTHORIZATION_HEADER_MISSING")


def test_who_lacks_one_of_two_is_told_which(enforce: Any):
    check = enforce("[{jwt: [], key: []}]")
    with pytest.raises(HTTPError, match=r"^This operation wants the header 'X-Api-Key', too$"):
        check(Call(headers=bearer()))
    with pytest.raises(AuthMissingHeaderError):
        check(Call(headers={"X-Api-Key": "k1"}))


def test_user_and_password_are_two(enforce: Any):
    told = base64.b64encode(b"bob:wrong").decode()
    with pytest.raises(HTTPError, match=r"^user name and password were refused$"):
        enforce("[{login: []}]")(Call(headers={"Authorization": f"Basic {told}"}))


# --- the cookie


@pytest.mark.parametrize(("named", "counts"), [("token", ["token"]), ("sid", ["sid"]), ("off", [])])
def test_the_cookie_that_counts_is_a_setting(enforce: Any, named: str, counts: list[str]):
    value = bearer()["Authorization"]
    config.get_config().jwt_cookie = named
    check = enforce("[{jwt: []}, {}]")
    assert [name for name in ("token", "sid") if outcome(check, cookies={name: value}) == "bob"] == counts
    bad = outcome(check, cookies={"token": "Bearer x"})
    assert bad == (SIGNATURE if "token" in counts else None)


@pytest.mark.parametrize("sent", ["sid=k1; sid=k2", "sid=k2; sid=k1", "sid=k1;a=b; sid =k1", "sid=k1; sid"])
def test_a_cookie_that_is_there_twice_is_refused(enforce: Any, sent: str):
    for name in ("k1", "k2"):  # whichever of them a server takes
        call = {"headers": {"Cookie": sent}, "cookies": {"sid": name}}
        given = {"session": lambda key, scopes: {"sub": key}}
        assert outcome(enforce("[{session: []}, {}]", given), **call) == (401, "UNAUTHORIZED", "ApiKey")
        assert (
            outcome(enforce("[{session: []}]", given), **{**call, "headers": {"Cookie": f"sid={name}; b=sid"}}) == name
        )


def test_a_token_in_a_cookie_that_is_there_twice_is_refused(enforce: Any):
    ada, bob = (bearer(name)["Authorization"] for name in ("ada", "bob"))
    check = enforce("[{jwt: []}, {}]")
    for one, other in ((ada, bob), (bob, ada)):
        twice = {"headers": {"Cookie": f"token={one}; token={other}"}, "cookies": {"token": one}}
        assert outcome(check, **twice) == invalid("the cookie 'token' is there twice")
    assert outcome(check, headers={"Cookie": f"token={ada}; other={bob}"}, cookies={"token": ada}) == "ada"


def test_a_claim_that_an_authenticator_gives_as_none_is_nobody(enforce: Any):
    with Call(headers={"X-Api-Key": "k"}) as call:
        enforce("[{key: []}]", {"key": lambda key, scopes: {"sub": None, "iss": None}})(call)
        assert (auth.get_userid(), auth.get_token_issuer()) == ("", "")
