"""Whose tokens count, by the settings: secrets and PEM files in turn, and issuers that publish their keys."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron import auth, config
from pymacaron.auth import keys
from pymacaron.auth.schemes import enforcer, unenforced
from pymacaron.context import Call
from pymacaron.exceptions import AuthInvalidTokenError, ConfigError, PyMacaronException
from pymacaron.spec.load import load

OLD, NEW = "an old secret of at least 32 bytes, so long", "a new secret of at least 32 bytes, so long"
OURS = {"jwt_issuer": "us", "jwt_audience": "shop"}


def configure(**settings: Any) -> None:
    config.load(start_dir="/", settings={**OURS, **settings}, environ={})


def user(token: str) -> str:
    """Whose token it is, or the description of the refusal."""
    try:
        return str(auth.load_auth_token(token)["sub"])
    except AuthInvalidTokenError as error:
        return str(error.error_description)


def said() -> list[str]:
    return [f"{finding.code} {finding.fact}" for finding in keys.faults()]


def claims(issuer: str, **change: Any) -> dict[str, Any]:
    return {"iss": issuer, "sub": "ann", "aud": "shop", "exp": int(time.time()) + 60, **change}


# --- secrets


def test_of_several_secrets_the_first_signs_and_all_verify():
    configure(jwt_secret=OLD)
    before = auth.generate_token("before")
    configure(jwt_secret=[NEW, OLD])
    after = auth.generate_token("after")
    assert (user(before), user(after)) == ("before", "after")
    configure(jwt_secret=[NEW])
    assert (user(before), user(after)) == ("token signature is invalid", "after")
    configure(jwt_secret=OLD)
    assert (user(before), user(after)) == ("before", "token signature is invalid")


def test_a_change_of_keys_forgets_what_was_verified():
    configure(jwt_secret=OLD)
    token = auth.generate_token("bob")
    assert user(token) == "bob"
    config.get_config().jwt_secret = NEW
    assert user(token) == "token signature is invalid"
    config.get_config().jwt_secret = OLD
    assert user(token) == "bob"
    config.get_config().jwt_audience = "other"
    assert user(token) == "incorrect audience"


def test_a_change_of_other_settings_forgets_nothing():
    configure(jwt_secret=OLD)
    verifier = keys.configured()
    config.get_config().default_user_id = "nobody"
    config.get_config().greeting = "Hi"
    assert keys.configured() is verifier
    config.get_config().jwt_leeway = 0
    assert keys.configured() is not verifier


def test_the_leeway_is_a_setting():
    configure(jwt_secret=OLD, jwt_leeway=0)
    with pytest.raises(PyMacaronException, match="expired"):
        auth.load_auth_token(auth.generate_token("bob", expire_in=10, iat=time.time() - 11))
    configure(jwt_secret=OLD, jwt_leeway=60)
    assert user(auth.generate_token("bob", expire_in=10, iat=time.time() - 11)) == "bob"


# --- PEM files


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [("rsa", "RS256"), ("rsa", "PS512"), ("P-256", "ES256"), ("P-521", "ES512"), ("ed25519", "EdDSA")],
)
def test_tokens_are_signed_with_a_pem_file(kind: str, algorithm: str, tmp_path: Path, pem: Any, pairs: Any):
    file, public = tmp_path / "key.pem", tmp_path / "public.pem"
    file.write_bytes(pem(pairs[kind]))
    public.write_bytes(pem(pairs[kind], public=True))
    configure(jwt_algorithm=algorithm.lower(), jwt_key_files=[str(file)])
    assert said() == []
    token = auth.generate_token("bob")
    assert user(token) == "bob"
    configure(jwt_algorithm=algorithm, jwt_key_files=[str(public)])
    assert user(token) == "bob"
    with pytest.raises(ConfigError, match=r"^the first of jwt_key_files has a public key: it verifies tokens"):
        auth.generate_token("bob")


def test_of_several_pem_files_the_first_signs_and_all_verify(tmp_path: Path, pem: Any, pairs: Any):
    (tmp_path / "old.pem").write_bytes(pem(pairs["P-256"]))
    (tmp_path / "old.public.pem").write_bytes(pem(pairs["P-256"], public=True))
    (tmp_path / "new.pem").write_bytes(pem(pairs["P-256-other"]))
    (tmp_path / "pym-config.yaml").write_text("jwt_algorithm: ES256\njwt_key_files: [old.pem]\n")
    load_file = lambda: config.load(tmp_path / "pym-config.yaml", OURS, {})  # noqa: E731
    load_file()
    before = auth.generate_token("before")
    (tmp_path / "pym-config.yaml").write_text("jwt_algorithm: ES256\njwt_key_files: [new.pem, old.public.pem]\n")
    load_file()
    assert (user(before), user(auth.generate_token("after"))) == ("before", "after")
    (tmp_path / "pym-config.yaml").write_text("jwt_algorithm: ES256\njwt_key_files: [new.pem]\n")
    load_file()
    assert user(before) == "token signature is invalid"


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"jwt_algorithm": "ES256"}, "jwt_algorithm: ES256 signs with the keys in jwt_key_files, and none are named"),
        ({"jwt_algorithm": "ES256", "jwt_secret": OLD}, "jwt_algorithm: ES256 signs with the keys in jwt_key_files"),
        ({"jwt_key_files": ["x"]}, "jwt_key_files: say by which algorithm the keys sign, as in jwt_algorithm: ES256"),
        ({"jwt_key_files": ["x"], "jwt_secret": OLD}, "jwt_key_files: jwt_secret is set, too: tokens are signed by"),
        ({"jwt_key_files": ["/x.pem"], "jwt_algorithm": "ES256"}, "jwt_key_files: /x.pem: No such file or directory"),
        ({"jwt_key_files": ["WEAK"], "jwt_algorithm": "RS256"}, "jwt_key_files: WEAK: it has 1024 bits"),
        ({"jwt_key_files": ["WEAK"], "jwt_algorithm": "ES256"}, "jwt_key_files: WEAK: it is an RSAPublicKey, which"),
    ],
)
def test_keys_that_cannot_be_used_are_told_at_a_start(
    settings: dict[str, Any], fault: str, tmp_path: Path, pem: Any, pairs: Any
):
    weak = tmp_path / "weak.pem"
    weak.write_bytes(pem(pairs["rsa-weak"]))
    if settings.get("jwt_key_files") == ["WEAK"]:
        settings = {**settings, "jwt_key_files": [str(weak)]}
    configure(**settings)
    (found,) = said()
    assert found.replace(str(weak), "WEAK").startswith(f"unusable-key {fault}")
    assert keys.configured() is None
    with pytest.raises(ConfigError, match=rf"^{fault.partition(':')[0]}: "):
        auth.generate_token("bob")


# --- issuers


def test_an_issuer_is_asked_for_its_keys(provider: Any, jwk: Any, sign: Any, pairs: Any):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="k1")]
    configure(jwt_secret=OLD, jwt_issuers=[provider.url])
    assert (said(), provider.asked) == ([], [])
    assert user(sign(pairs["P-256"], "ES256", claims(provider.url), kid="k1")) == "ann"
    assert user(auth.generate_token("bob")) == "bob"
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


def test_an_issuer_may_have_an_audience_keys_and_algorithms_of_its_own(provider: Any, jwk: Any, sign: Any, pairs: Any):
    provider.keys = [jwk(pairs["rsa"], "RS256", alg=None, kid="k1"), jwk(pairs["P-256"], "ES256", kid="k2")]
    entry = {"issuer": "them", "audience": "theirs", "jwks": f"{provider.url}/keys", "algorithms": ["PS256"]}
    config.load(start_dir="/", settings={"jwt_issuers": [entry]}, environ={})
    good = sign(pairs["rsa"], "PS256", claims("them", aud=["theirs", "x"]), kid="k1")
    assert user(good) == "ann"
    assert user(sign(pairs["rsa"], "PS256", claims("them"), kid="k1")) == "incorrect audience"
    for kind, algorithm, kid in (("rsa", "RS256", "k1"), ("P-256", "ES256", "k2")):
        assert user(sign(pairs[kind], algorithm, claims("them", aud="theirs"), kid=kid)) == "token signature is invalid"
    with pytest.raises(ConfigError, match=r"^jwt_secret is not set"):
        auth.generate_token("bob")


def test_an_issuers_keys_may_be_a_file(tmp_path: Path, jwk: Any, sign: Any, pairs: Any):
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk(pairs["P-256"], "ES256")]}))
    file = tmp_path / "pym-config.yaml"
    file.write_text("jwt_issuers:\n- {issuer: them, audience: shop, jwks: keys.json}\n")
    config.load(file, {}, {})
    assert user(sign(pairs["P-256"], "ES256", claims("them"))) == "ann"
    (tmp_path / "keys.json").write_text('{"keys": []}')
    assert said() == []


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        (["them"], "the issuer 'them' is no URL that could be asked for its keys: say where they are with jwks"),
        (["http://example.com"], "keys are fetched by https only, not from 'http://example.com'"),
        ([{"issuer": "them", "jwks": "http://example.com/k"}], "keys are fetched by https only, not from 'http://ex"),
        ([{"issuer": "them", "jwks": "/nowhere.json"}], "/nowhere.json: No such file or directory"),
        (["https://them", "https://them"], "the issuer 'https://them' is there twice, or it is jwt_issuer"),
        ([{"issuer": "us", "jwks": "https://us/k"}], "the issuer 'us' is there twice, or it is jwt_issuer"),
    ],
)
def test_an_issuer_whose_keys_cannot_be_had_is_told_at_a_start(entries: list[Any], fault: str):
    configure(jwt_secret=OLD, jwt_issuers=entries)
    (found,) = said()
    assert found.startswith(f"unusable-key jwt_issuers: {fault}")
    assert user(auth.generate_token("bob")) == "bob"


def test_an_issuer_needs_an_audience():
    config.load(start_dir="/", settings={"jwt_issuers": ["https://them"]}, environ={})
    (found,) = said()
    assert found.endswith("the issuer 'https://them' has no audience, and jwt_audience is not set")


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        (3, "jwt_issuers is 3, not a list"),
        ([3], "not a list of maps with issuer, and maybe audience, jwks and algorithms"),
        ([{"jwks": "x"}], "jwt_issuers is a list, of which one has no issuer"),
        (
            [{"issuer": "x", "key": "x"}],
            "of which one has 'key', which is none of issuer, audience, jwks and algorithms",
        ),
        ([{"issuer": "x", "audiance": "x"}], "jwks and algorithms: maybe 'audience' is meant"),
        ([{"issuer": 3}], "whose issuer, audience and jwks are not all texts"),
        ([{"issuer": "x", "audience": ["a"]}], "whose issuer, audience and jwks are not all texts"),
        ([{"issuer": "x", "algorithms": ["HS256"]}], "whose algorithms are not a list of some of RS256"),
        ([{"issuer": "x", "algorithms": "RS256"}], "whose algorithms are not a list of some of RS256"),
    ],
)
def test_an_issuer_that_is_not_one_is_a_finding(value: Any, wrong: str):
    configure(jwt_issuers=value)
    assert [finding.code for finding in config.validate()] == ["config-type"]
    assert wrong in config.validate()[0].fact


# --- a description that names an issuer

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    login: {type: openIdConnect, openIdConnectUrl: URL/.well-known/openid-configuration}
    any: {type: http, scheme: bearer}
paths:
  /orders:
    get: {operationId: getOrders, security: [{login: [read]}], responses: {'200': {description: ok}}}
    put: {operationId: putOrders, security: [{any: []}], responses: {'200': {description: ok}}}
"""


@pytest.fixture
def outcome(tmp_path: Path, provider: Any) -> Callable[..., str]:
    (tmp_path / "shop.yaml").write_text(DESCRIPTION.replace("URL", provider.url))
    api = load(tmp_path / "shop.yaml")

    def asked(token: str, method: str = "GET") -> str:
        operation = next(one for one in api.operations if one.method == method)
        enforce = enforcer(operation, api.security_schemes, {})
        assert enforce is not None
        with Call(headers={"Authorization": f"Bearer {token}"}) as call:
            try:
                claims = enforce(call)
            except PyMacaronException as error:
                assert (call.claims, call.token, auth.get_userid()) == (None, None, "")
                return f"{error.status} {error.error_description}"
            assert claims is not None
            assert auth.get_token_issuer() == claims["iss"]
            return auth.get_userid()

    return asked


def test_open_id_connect_takes_tokens_of_the_issuer_that_it_names_only(
    outcome: Any, provider: Any, jwk: Any, sign: Any, pairs: Any
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="k1")]
    configure(jwt_secret=OLD, jwt_issuers=[provider.url])
    theirs = sign(pairs["P-256"], "ES256", claims(provider.url, scope="read write"), kid="k1")
    assert outcome(theirs) == "ann"
    assert outcome(auth.generate_token("bob", data={"scope": "read"})) == "401 incorrect issuer"
    assert outcome(auth.generate_token("bob")) == "401 incorrect issuer"
    short = sign(pairs["P-256"], "ES256", claims(provider.url, scope="write"), kid="k1")
    assert outcome(short) == "403 the token lacks the scope 'read'"
    assert (outcome(theirs, "PUT"), outcome(auth.generate_token("bob"), "PUT")) == ("ann", "bob")


def test_open_id_connect_whose_issuer_nobody_named_is_told_at_a_start(tmp_path: Path):
    (tmp_path / "shop.yaml").write_text(DESCRIPTION.replace("URL", "https://login.example.com"))
    api = load(tmp_path / "shop.yaml")
    config.load(start_dir="/", settings={}, environ={})
    (finding,) = unenforced(api.operations[0], api.security_schemes, {})
    assert finding.mend == (
        "Name what does, as in security: {login: module.function} or API(authenticators={'login': f}), "
        "name its issuer in jwt_issuers in pym-config.yaml, or leave it to others with security: {login: off}"
    )
    configure(jwt_issuers=["https://login.example.com"])
    assert unenforced(api.operations[0], api.security_schemes, {}) == []
    own = {"jwt_secret": OLD, "jwt_issuer": "https://login.example.com", "jwt_issuers": ["https://other.example.com"]}
    configure(**own)
    assert unenforced(api.operations[0], api.security_schemes, {}) == []


def test_open_id_connect_of_an_issuer_that_nobody_knows_takes_no_token_and_is_told(
    tmp_path: Path, provider: Any, jwk: Any, sign: Any, pairs: Any
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="k1")]
    (tmp_path / "shop.yaml").write_text(DESCRIPTION.replace("URL", "https://logon.example.com"))
    api = load(tmp_path / "shop.yaml")
    configure(jwt_secret=OLD, jwt_issuers=[provider.url])
    (finding,) = unenforced(api.operations[0], api.security_schemes, {})
    assert (finding.code, finding.fact) == (
        "unenforced-security",
        "nothing enforces the security scheme 'login': its issuer is none of those whose tokens count",
    )
    assert "https://logon.example.com" in finding.source[finding.column - 1 :]
    documents = (f"{name}/.well-known/openid-configuration" for name in (provider.url, OURS["jwt_issuer"]))
    assert f"(known are {', '.join(documents)})" in finding.mend
    enforce = enforcer(api.operations[0], api.security_schemes, {})
    theirs = sign(pairs["P-256"], "ES256", claims(provider.url, scope="read write"), kid="k1")
    for token in (theirs, auth.generate_token("bob", data={"scope": "read"})):
        for _ in range(2):
            header = f"Bearer {token}"
            assert enforce is not None
            assert enforce.quick is not None
            assert enforce.quick(header) is None
            with Call(headers={"Authorization": header}) as call, pytest.raises(AuthInvalidTokenError) as caught:
                enforce(call)
            assert caught.value.error_description == "incorrect issuer"


@pytest.mark.parametrize("end", ["", "/"])
def test_an_issuer_may_end_in_a_slash(end: str, tmp_path: Path, provider: Any, jwk: Any, sign: Any, pairs: Any):
    (tmp_path / "shop.yaml").write_text(DESCRIPTION.replace("URL", provider.url))
    api = load(tmp_path / "shop.yaml")
    issuer = provider.url + end
    provider.keys, provider.said = [jwk(pairs["P-256"], "ES256", kid="k1")], {"issuer": issuer}
    configure(jwt_secret=OLD, jwt_issuers=[issuer])
    enforce = enforcer(api.operations[0], api.security_schemes, {})
    assert enforce is not None
    made = sign(pairs["P-256"], "ES256", claims(issuer, scope="read"), kid="k1")
    with Call(headers={"Authorization": f"Bearer {made}"}) as call:
        assert (enforce(call) or {})["sub"] == "ann"
    ours = auth.generate_token("bob", data={"scope": "read"})
    assert user(ours) == "bob"
    assert enforce.quick is not None
    assert (enforce.quick(f"Bearer {made}") or [{}])[0].get("sub") == "ann"
    assert enforce.quick(f"Bearer {ours}") is None


def test_keys_are_changed_while_calls_come_and_none_fails(outcome: Any, provider: Any, jwk: Any, sign: Any, pairs: Any):
    """The provider publishes the new key beside the old one, signs with it, and takes the old one away."""
    kinds = {"old": "P-256", "new": "P-256-other"}
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="old")]
    configure(jwt_issuers=[provider.url])
    signs_with = "old"
    failed: list[str] = []
    done = threading.Event()
    calls = [0] * 8

    def work(number: int) -> None:
        while not done.is_set():
            kid = signs_with
            made = claims(provider.url, scope="read", sub=f"user-{number}-{calls[number]}")
            answer = outcome(sign(pairs[kinds[kid]], "ES256", made, kid=kid))
            if answer != made["sub"]:
                failed.append(answer)
            calls[number] += 1

    def more() -> None:
        """Wait for five more calls of each."""
        goal = [count + 5 for count in calls]
        deadline = time.monotonic() + 60
        while any(count < wanted for count, wanted in zip(calls, goal, strict=True)):
            assert time.monotonic() < deadline
            done.wait(0.005)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    try:
        more()
        provider.keys = [jwk(pairs["P-256"], "ES256", kid="old"), jwk(pairs["P-256-other"], "ES256", kid="new")]
        # A minute passes
        source = keys.configured().issuers[provider.url].source  # type: ignore[union-attr]
        source._next_try = 0.0  # type: ignore[attr-defined]
        signs_with = "new"
        more()
        provider.keys = provider.keys[1:]
        more()
        provider.status = 503
        more()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert (failed, provider.asked.count("/keys")) == ([], 2)
