"""The edges of security requirements: what is read of a credential to the letter, and where a start points to."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron import auth, config
from pymacaron.auth.schemes import Enforcer, _issuer_of, enforcer, unenforced
from pymacaron.context import Call
from pymacaron.exceptions import PyMacaronException
from pymacaron.spec.load import load
from pymacaron.spec.model import Api

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
ALL
components:
  securitySchemes:
    jwt: {type: http, scheme: bearer}
    login: {type: http, scheme: basic}
    key: {type: apiKey, in: header, name: X-Api-Key}
    query: {type: apiKey, in: query, name: key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://example.com/t, scopes: {read: r, write: w}}}}
    mutual: {type: mutualTLS}
    digest: {type: http, scheme: digest}
    login2: {type: openIdConnect, openIdConnectUrl: https://nobody/.well-known/openid-configuration}
    bearer2: {type: http, scheme: bearer, openIdConnectUrl: https://them/.well-known/openid-configuration}
paths:
  /orders:
    get: {operationId: getOrders, SECURITY responses: {'200': {description: ok}}}
"""

Asked = Callable[..., Any]


def described(folder: Path, security: str = "", everywhere: str = "") -> Api:
    """*security*: of the operation; *everywhere*: of the whole description."""
    own = f"security: {security}," if security else ""
    shared = f"security: {everywhere}" if everywhere else ""
    (folder / "shop.yaml").write_text(DESCRIPTION.replace("SECURITY", own).replace("ALL", shared))
    return load(folder / "shop.yaml")


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """asked(security, authenticators=..., **call): the claims, or status, description and challenge of the refusal."""

    def outcome(security: str, authenticators: Any = None, **call: Any) -> Any:
        api = described(tmp_path, security)
        enforce = enforcer(api.operations[0], api.security_schemes, authenticators or {})
        assert isinstance(enforce, Enforcer)
        with Call(**call) as entered:
            try:
                return enforce(entered)
            except PyMacaronException as error:
                return error.status, error.error_description, (error.headers or {}).get("WWW-Authenticate")

    return outcome


def anybody(credential: Any, scopes: tuple[str, ...]) -> dict[str, Any]:
    return {"credential": credential, "scopes": scopes}


def bearer(**data: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {auth.generate_token('bob', data=data)}"}


BASIC = 'Basic realm="service", charset="UTF-8"'
UNREADABLE = "Authorization header must be Basic + \\s + base64 of user:password"


# --- issuers


@pytest.mark.parametrize(
    ("scheme", "issuer"),
    [
        ("type: openIdConnect, openIdConnectUrl: https://them/.well-known/openid-configuration", "https://them"),
        ("type: openIdConnect, openIdConnectUrl: https://them/a/.well-known/openid-configuration", "https://them/a/"),
        ("type: openIdConnect, openIdConnectUrl: https://nobody/.well-known/openid-configuration", ""),
        ("type: oauth2, oauth2MetadataUrl: https://them/.well-known/oauth-authorization-server", "https://them"),
        ("type: oauth2, oauth2MetadataUrl: https://them/.well-known/oauth-authorization-server/a", "https://them/a/"),
        ("type: oauth2, oauth2MetadataUrl: https://nobody/.well-known/oauth-authorization-server", ""),
        ("type: oauth2, openIdConnectUrl: https://them/.well-known/openid-configuration", None),
        ("type: http, scheme: bearer", None),
    ],
)
def test_whose_tokens_a_scheme_wants_is_said_by_the_document_that_it_names(
    scheme: str, issuer: str | None, tmp_path: Path
):
    flows = ", flows: {}" if "oauth2," in scheme else ""
    components = f"components: {{securitySchemes: {{it: {{{scheme}{flows}}}}}}}"
    (tmp_path / "shop.yaml").write_text(f"openapi: 3.2.0\ninfo: {{title: Shop, version: '1'}}\n{components}\n")
    found = load(tmp_path / "shop.yaml").security_schemes["it"]
    assert _issuer_of(found, ["https://them", "https://them/a/"]) == issuer


# --- credentials


@pytest.mark.parametrize("text", ["Ym9i!Og==", "Ym9i Og==", "Ym9i", "", "/w=="])
def test_base64_of_basic_is_strict(text: str, asked: Asked):
    outcome = asked("[{login: []}]", {"login": anybody}, headers={"Authorization": f"Basic {text}"})
    assert outcome == (401, UNREADABLE, BASIC)


def test_basic_is_read_in_any_case_and_with_blanks_around(asked: Asked):
    text = base64.b64encode("bob:hunter2 ü".encode()).decode()
    outcome = asked("[{login: [x]}]", {"login": anybody}, headers={"Authorization": f"  BASIC   {text}  "})
    assert outcome == {"credential": ("bob", "hunter2 ü"), "scopes": ("x",)}


def test_another_kind_of_header_is_not_basic(asked: Asked):
    outcome = asked("[{login: []}]", {"login": anybody}, headers={"Authorization": "Bearer x"})
    assert outcome[:2] == (401, "Authorization header must start with Basic")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://x/orders?key=k1", "k1"),
        ("http://x/orders?key=a%23b", "a#b"),
        ("http://x/orders?key=k1&other=a?b", "k1"),
        ("http://x/orders?key=k1#one#two", "k1"),
    ],
)
def test_a_key_in_the_query_is_what_stands_between_question_mark_and_fragment(url: str, key: str, asked: Asked):
    assert asked("[{query: []}]", {"query": anybody}, url=url)["credential"] == key


@pytest.mark.parametrize("url", ["http://x/orders", "http://x/orders?key="])
def test_without_a_key_in_the_query_it_is_missing(url: str, asked: Asked):
    assert asked("[{query: []}]", {"query": anybody}, url=url) == (
        401,
        "This operation wants the query 'key'",
        "ApiKey",
    )


def test_what_is_missing_is_named_with_all_that_would_do(asked: Asked):
    nobody = {"key": anybody, "login": anybody, "mutual": lambda call, scopes: None}
    outcome = asked("[{key: [], mutual: []}, {login: []}]", nobody)
    assert outcome == (
        401,
        "This operation wants the header 'X-Api-Key' and the scheme 'mutual' or user name and password",
        f"ApiKey, Unknown, {BASIC}",
    )


def test_a_missing_token_is_told_as_the_missing_header(asked: Asked):
    missing = "There is no Authorization header in the HTTP request"
    assert asked("[{jwt: []}]") == (401, missing, 'Bearer realm="service"')
    assert asked("[{key: []}, {jwt: []}]") == (401, missing, 'ApiKey, Bearer realm="service"')


def test_another_scheme_of_http_is_challenged_by_its_name(asked: Asked):
    nobody = {"digest": lambda call, scopes: None}
    assert asked("[{digest: []}]", nobody) == (401, "This operation wants the scheme 'digest'", "Digest")


# --- scopes


@pytest.mark.parametrize("name", ["scope", "scopes", "scp"])
@pytest.mark.parametrize("granted", ["read write", ["write", "read"]])
def test_scopes_stand_in_one_of_three_claims(name: str, granted: Any, asked: Asked):
    assert asked("[{oauth: [read, write]}]", headers=bearer(**{name: granted}))["sub"] == "bob"


@pytest.mark.parametrize("granted", [{"read": 1, "write": 1}, 5, True, None, "readwrite", ["read"], "READ WRITE"])
def test_what_is_no_list_of_scopes_grants_none(granted: Any, asked: Asked):
    lacking = "write" if granted == ["read"] else "read"
    assert asked("[{oauth: [read, write]}]", headers=bearer(scope=granted)) == (
        403,
        f"the token lacks the scope {lacking!r}",
        'Bearer error="insufficient_scope", scope="read write"',
    )


def test_the_first_claim_of_scopes_counts_alone(asked: Asked):
    assert asked("[{oauth: [read]}]", headers=bearer(scope="", scopes="read", scp="read"))[0] == 403
    assert asked("[{oauth: [read]}]", headers=bearer(scopes="", scp="read"))[0] == 403


# --- issuers


def test_only_open_id_connect_names_an_issuer_and_only_those_of_the_settings_count(asked: Asked):
    config.get_config().jwt_issuers = ["https://them"]
    assert asked("[{bearer2: []}]", headers=bearer())["sub"] == "bob"
    assert asked("[{login2: []}]", headers=bearer())[:2] == (401, "incorrect issuer")
    config.get_config().jwt_issuers = []
    assert asked("[{login2: []}]", headers=bearer())["sub"] == "bob"


# --- authenticators


def test_an_authenticator_of_any_scheme_is_told_the_scopes(asked: Asked):
    for security, headers in (("[{mutual: [a, b]}]", {}), ("[{key: [a, b]}]", {"X-Api-Key": "k"})):
        assert asked(security, dict.fromkeys(("mutual", "key"), anybody), headers=headers)["scopes"] == ("a", "b")


def test_of_a_scheme_with_the_whole_call_none_is_nobody_and_false_a_refusal(asked: Asked):
    assert asked("[{}, {mutual: []}]", {"mutual": lambda call, scopes: None}) is None
    refused = asked("[{}, {mutual: []}]", {"mutual": lambda call, scopes: False})
    assert refused == (401, "the scheme 'mutual' was refused", "Unknown")


@pytest.mark.parametrize("no", [None, False])
def test_of_a_scheme_with_a_credential_no_is_a_refusal(no: Any, asked: Asked):
    refuse = lambda credential, scopes: no  # noqa: E731
    outcome = asked("[{}, {key: []}]", {"key": refuse}, headers={"X-Api-Key": "k"})
    assert outcome == (401, "the header 'X-Api-Key' was refused", "ApiKey")
    outcome = asked("[{}, {jwt: []}]", {"jwt": refuse}, headers={"Authorization": "Bearer x"})
    assert outcome == (
        401,
        "the token was refused",
        'Bearer error="invalid_token", error_description="the token was refused"',
    )


def test_true_of_a_scheme_with_the_whole_call_is_somebody(asked: Asked):
    assert asked("[{mutual: []}]", {"mutual": lambda call, scopes: True}) == {}


def test_what_an_authenticator_gives_besides_claims_is_named_by_its_type(asked: Asked):
    said = r"^an authenticator gives the claims as a dict, or None to refuse, not a list$"
    with pytest.raises(TypeError, match=said):
        asked("[{key: []}]", {"key": lambda credential, scopes: []}, headers={"X-Api-Key": "k"})


def test_of_alternatives_that_fail_the_first_says_why(asked: Asked):
    headers = {"X-Api-Key": "k", "Authorization": "Basic Ym9iOg=="}
    outcome = asked("[{key: []}, {login: []}]", dict.fromkeys(("key", "login"), lambda *_: None), headers=headers)
    assert outcome == (401, "the header 'X-Api-Key' was refused", f"ApiKey, {BASIC}")


# --- tokens that were seen


def test_a_seen_token_passes_at_once_only_where_it_alone_suffices(tmp_path: Path):
    def quick(security: str, authenticators: Any = None) -> Any:
        api = described(tmp_path, security)
        made = enforcer(api.operations[0], api.security_schemes, authenticators or {})
        assert made is not None
        return made.quick

    header = bearer(scope="read")["Authorization"]
    for security in ("[{jwt: []}]", "[{jwt: []}, {key: []}]", "[{}, {oauth: [read]}]"):
        assert quick(security)(header) is None
        auth.load_auth_token(header[7:], load=False)
        claims, token = quick(security)(header)
        assert (claims["sub"], token) == ("bob", header[7:])
        config.get_config().jwt_leeway = 299 if config.get_config().jwt_leeway == 300 else 300
    auth.load_auth_token(header[7:], load=False)
    assert quick("[{oauth: [read, write]}]")(header) is None
    for security in ("[{jwt: [], key: []}]", "[{key: []}]", "[{key: []}, {jwt: []}]"):
        assert quick(security) is None
    assert quick("[{jwt: []}]", {"jwt": anybody}) is None
    config.load(start_dir="/", settings={}, environ={})
    assert quick("[{jwt: []}]")(header) is None


# --- what a start says


def told(
    folder: Path, security: str = "", everywhere: str = "", **options: Any
) -> list[tuple[str, int | None, int | None]]:
    """Of each finding, the scheme that it names, line and column."""
    api = described(folder, security, everywhere)
    found = unenforced(api.operations[0], api.security_schemes, {}, **options)
    return [(one.fact.split("'")[1], one.line, one.column) for one in found]


def test_every_scheme_that_nothing_enforces_is_told(tmp_path: Path):
    assert told(tmp_path, "[{jwt: []}, {key: []}, {jwt: [], query: []}]") == [("key", 8, 10), ("query", 9, 12)]


def test_a_scheme_that_is_not_declared_is_shown_where_it_is_asked_for(tmp_path: Path):
    assert told(tmp_path, "[{jwt: []}, {unheard: []}]") == [("unheard", 17, 57)]
    assert told(tmp_path, "", "[{jwt: []}, {unheard: []}]") == [("unheard", 3, 23)]
