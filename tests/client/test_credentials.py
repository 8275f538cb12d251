"""What security requirements ask for is added to calls, from the config or of the user; and goes nowhere else."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from upstreams.issuer import document
from upstreams.server import Asked, Server, clients, reply

from pymacaron import API, ApiPool, config, context
from pymacaron.auth import backend_token
from pymacaron.check import check
from pymacaron.client import errors
from pymacaron.client.loading import load_clients
from pymacaron.config import load as load_config
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError, text

SCHEMES: dict[str, Any] = {
    "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "whole": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "digest": {"type": "http", "scheme": "digest"},
    "oauth": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://a.example/", "scopes": {}}}},
}
SECURITY: dict[str, Any] = {
    **{name: [{name: []}] for name in SCHEMES},
    "both": [{"head": [], "query": [], "cookie": []}],
    "either": [{"basic": []}, {}, {"head": []}],
    "half": [{"basic": [], "head": []}, {"query": []}],
    "none": [],
}
AUTH = {"head": "h-secret", "query": "q&secret/é", "cookie": "c;secret é", "bearer": "b-secret"}
COOKIE = "session=c%3Bsecret%20%C3%A9"
QUERY = "api%20key=q%26secret%2F%C3%A9"


@pytest.fixture
def bank(tmp_path: Path, server: Server) -> Callable[..., Any]:
    (tmp_path / "bank.yaml").write_text(document(SCHEMES, SECURITY), encoding="utf-8")
    load_clients(tmp_path, ["bank"])
    server.answer = lambda asked: reply(200, {})
    return lambda auth=None, **more: clients(ApiPool.bank.clients, url=server.url, auth=auth, **more)


def sent(made: Any, name: str, server: Server, **kwargs: Any) -> list[tuple[str, dict[str, str]]]:
    """What *name* sends, called and awaited: its path with the query, and its headers that say who calls."""
    getattr(made.call, name)(**kwargs)
    asyncio.run(getattr(made.acall, name)(**kwargs))
    return [told(asked) for asked in server.asked[-2:]]


def told(asked: Asked) -> tuple[str, dict[str, str]]:
    shown = ("authorization", "cookie", "x-key")
    return asked.line.split()[1], {name: asked.headers[name] for name in shown if name in asked.headers}


def test_keys_go_where_their_schemes_say(bank: Any, server: Server) -> None:
    made = bank(AUTH)
    assert sent(made, "head", server) == [("/head", {"x-key": "h-secret"})] * 2
    assert sent(made, "query", server) == [(f"/query?{QUERY}", {})] * 2
    assert sent(made, "cookie", server) == [("/cookie", {"cookie": COOKIE})] * 2
    assert sent(made, "bearer", server) == [("/bearer", {"authorization": "Bearer b-secret"})] * 2
    assert sent(bank({"whole": "Token x"}), "whole", server) == [("/whole", {"authorization": "Token x"})] * 2
    assert sent(made, "none", server) == [("/none", {})] * 2


def test_basic_is_a_name_and_a_password(bank: Any, server: Server) -> None:
    made = bank({"basic": {"username": "ä", "password": "p:ß"}})
    expected = {"authorization": f"Basic {base64.b64encode('ä:p:ß'.encode()).decode()}"}
    assert sent(made, "basic", server) == [("/basic", expected)] * 2


def test_all_schemes_of_a_requirement_are_filled(bank: Any, server: Server) -> None:
    expected = (f"/both?{QUERY}", {"x-key": "h-secret", "cookie": COOKIE})
    assert sent(bank(AUTH), "both", server) == [expected] * 2


def test_the_first_alternative_counts_that_can_be_filled_and_nobody_is_the_last(bank: Any, server: Server) -> None:
    assert sent(bank(AUTH), "either", server) == [("/either", {"x-key": "h-secret"})] * 2
    assert sent(bank(AUTH), "half", server) == [(f"/half?{QUERY}", {})] * 2
    assert sent(bank({"bearer": "x"}), "either", server) == [("/either", {})] * 2


def test_a_requirement_that_nothing_fills_is_left_to_the_service(bank: Any, server: Server) -> None:
    assert sent(bank({"bearer": "x"}), "both", server) == [("/both", {})] * 2
    assert sent(bank(), "bearer", server) == [("/bearer", {})] * 2


def test_what_the_caller_sends_stays(bank: Any, server: Server) -> None:
    own = {"x-key": "own", "Cookie": "a=b"}
    expected = (f"/both?{QUERY}", {"x-key": "own", "cookie": f"a=b; {COOKIE}"})
    assert sent(bank(AUTH), "both", server, request_headers=own) == [expected] * 2
    own = {"authorization": "own", "cookie": "a=b; session=own"}
    assert sent(bank(AUTH), "bearer", server, request_headers=own) == [("/bearer", own)] * 2
    assert sent(bank(AUTH), "cookie", server, request_headers=own) == [("/cookie", own)] * 2


def test_the_token_of_the_user_is_forwarded(bank: Any, server: Server) -> None:
    load_config(settings={"jwt_secret": "s" * 40, "jwt_issuer": "i", "jwt_audience": "a"})
    made = bank(dict.fromkeys(("bearer", "whole", "oauth", "head"), "user"))
    assert sent(made, "bearer", server) == [("/bearer", {})] * 2
    with context.Call(token="the.users.token", claims={"sub": "u"}):
        bearer = {"authorization": "Bearer the.users.token"}
        for name in ("bearer", "whole", "oauth"):
            assert sent(made, name, server) == [(f"/{name}", bearer)] * 2
        assert sent(made, "head", server) == [("/head", {"x-key": "the.users.token"})] * 2
        with backend_token(user_id="robot") as token:
            assert sent(made, "bearer", server) == [("/bearer", {"authorization": f"Bearer {token}"})] * 2
    assert sent(made, "bearer", server) == [("/bearer", {})] * 2


def test_a_user_who_is_nobody_leaves_the_call_to_the_next_alternative(bank: Any, server: Server) -> None:
    made = bank({"basic": {"username": "u", "password": "p"}, "head": "user", "query": "q"})
    assert sent(made, "half", server) == [("/half?api%20key=q", {})] * 2
    with context.Call(token="the.users.token", claims={"sub": "u"}):
        assert sent(made, "half", server)[0][1] == {"authorization": "Basic dTpw", "x-key": "the.users.token"}


def test_a_text_fills_what_takes_a_token(bank: Any, server: Server, tmp_path: Path) -> None:
    made = bank("t-1")
    assert sent(made, "bearer", server) == [("/bearer", {"authorization": "Bearer t-1"})] * 2
    assert sent(made, "oauth", server) == [("/oauth", {"authorization": "Bearer t-1"})] * 2
    assert sent(made, "head", server) == [("/head", {})] * 2
    for name, schemes in (("keyed", {"head": SCHEMES["head"]}), ("bare", {})):
        (tmp_path / f"{name}.yaml").write_text(document(schemes, {"head": [{"head": []}] if schemes else []}))
    load_clients(tmp_path, ["keyed", "bare"])
    keyed = clients(ApiPool.keyed.clients, url=server.url, auth="t-2")
    assert sent(keyed, "head", server) == [("/head", {"x-key": "t-2"})] * 2
    bare = clients(ApiPool.bare.clients, url=server.url, auth="t-3")
    assert sent(bare, "head", server) == [("/head", {"authorization": "Bearer t-3"})] * 2
    assert sent(bare.with_options(auth={}), "head", server) == [("/head", {})] * 2


def test_other_options_keep_who_calls(bank: Any, server: Server) -> None:
    assert sent(bank(AUTH).with_options(timeout=3), "head", server) == [("/head", {"x-key": "h-secret"})] * 2


WRONG = [
    ({"heat": "x"}, "has no security scheme 'heat'"),
    ({"head": {"username": "hidden", "password": "hidden"}}, "'head' of 'bank' is not filled by this"),
    ({"basic": "hidden"}, "'basic' of 'bank' is not filled by this"),
    ({"digest": "hidden"}, "is of the type http digest, which a client cannot fill"),
    ({"bearer": "hidden\n"}, "no header can hold it"),
    ({"basic": {"username": "hid:den", "password": "hidden"}}, "has a colon"),
    ({"oauth": {"client_id": "a", "client_secret": "hidden"}}, "nothing says where tokens for 'oauth' are asked for"),
    (
        {"oauth": {"client_id": "a", "client_secret": "hidden", "token_url": "http://a.example/token"}},
        "would not come by https: 'http://a.example/token'",
    ),
    ({"oauth": {"client_id": "a"}}, "lacks client_secret or refresh_token"),
    ({"oauth": {"client_ip": "a", "client_secret": "hidden"}}, "Did you mean 'client_id'"),
]


@pytest.mark.parametrize(("auth", "fact"), WRONG)
def test_what_a_description_has_no_use_for_is_told_without_secrets(bank: Any, auth: Any, fact: str) -> None:
    with pytest.raises(ConfigError) as raised:
        bank(auth)
    assert fact in str(raised.value)
    assert "hidden" not in str(raised.value)


def test_the_config_names_variables(tmp_path: Path, bank: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_KEY", "the-key-of-the-bank")
    file = tmp_path / "pym-config.yaml"
    file.write_text(f"clients:\n  bank: {{url: '{server.url}', auth: {{head: BANK_KEY}}}}\n")
    load_config(str(file))
    ApiPool.bank.call.head()
    assert told(server.asked[-1]) == ("/head", {"x-key": "the-key-of-the-bank"})
    assert "the-key-of-the-bank" in config.secret_values()
    assert "the-key-of-the-bank" not in repr(config.get_config()) + repr(ApiPool.bank.clients.options)


@pytest.mark.parametrize("listed", ["", "env_secrets: [BANK_KEY]\n"])
def test_a_variable_that_is_not_set_is_never_sent_as_a_key(
    tmp_path: Path, bank: Any, server: Server, listed: str
) -> None:
    file = tmp_path / "pym-config.yaml"
    file.write_text(f"{listed}clients:\n  bank:\n    auth:\n      head: BANK_KEY\n")
    load_config(str(file))
    with pytest.raises(FindingsError, match=r"BANK_KEY is not set or empty; clients\.bank\.auth\.head asks for it"):
        ApiPool.bank.call.with_options(url=server.url).head()
    assert server.asked == []


CONFIG = """\
name: shop
live_host: http://localhost
clients:
  bank:
    auth:
      heat: one-hidden
      basic: {username: u, password: two-hidden, token_url: x}
  shop: {auth: {head: three-hidden, haed: four-hidden}}
"""


def test_a_start_and_check_say_where_a_name_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("apis").mkdir()
    Path("apis/shop.yaml").write_text(document(SCHEMES, {}))
    Path("pym-config.yaml").write_text(CONFIG.replace(", token_url: x", ""))
    expected = [("client-auth", 8, 37, "the api 'shop' has no security scheme 'haed'")]
    found = [one for one in check(["apis"]).findings if one.severity == "error"]
    assert [(one.code, one.line, one.column, one.fact) for one in found] == expected
    assert "hidden" not in text(check(["apis"]).findings)
    with pytest.raises(FindingsError) as raised:
        API(Flask("shop")).load_apis("apis").start(serve="shop")
    found = [one for one in raised.value.findings if one.severity == "error"]
    assert [(one.code, one.line, one.column, one.fact) for one in found] == expected
    assert "hidden" not in str(raised.value)


def test_a_shape_that_is_wrong_is_told_without_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pym-config.yaml").write_text(CONFIG)
    [finding] = [one for one in config.findings("pym-config.yaml", {}) if one.severity == "error"]
    assert (
        finding.fact
        == "clients is a map, whose bank.auth is a map whose basic has 'token_url'. There is username, password"
    )
    assert "hidden" not in text([finding])


@pytest.fixture
def elsewhere() -> Any:
    made = Server(answer=lambda asked: reply(200, {}))
    yield made
    made.close()


def test_another_host_is_never_told_who_calls(bank: Any, server: Server, elsewhere: Server) -> None:
    server.answer = lambda asked: reply(
        302, headers={"Location": f"{elsewhere.url}/there?a=b&{asked.line.split()[1].partition('?')[2]}"}
    )
    for name in ("both", "bearer"):
        made = bank(AUTH)
        sent(made, name, server)
    assert len(elsewhere.asked) == 4
    for asked in elsewhere.asked:
        assert told(asked) in [("/there?a=b", {}), ("/there?a=b&", {})]
        assert all("secret" not in f"{asked.line}{name}{value}" for name, value in asked.headers.items())


def test_another_host_that_refuses_is_not_asked_with_more(bank: Any, server: Server, elsewhere: Server) -> None:
    server.answer = lambda asked: reply(302, headers={"Location": f"{elsewhere.url}/there"})
    elsewhere.answer = lambda asked: reply(401)
    with pytest.raises(errors.Unauthorized):
        bank(AUTH).call.both()
    assert [told(asked) for asked in elsewhere.asked] == [("/there", {})]


def test_the_same_host_is_told_again_and_once(bank: Any, server: Server) -> None:
    def answer(asked: Asked) -> bytes:
        path, _, query = asked.line.split()[1].partition("?")
        return reply(200, {}) if path == "/there" else reply(307, headers={"Location": f"/there?{query}"})

    server.answer = answer
    bank(AUTH).call.both()
    assert told(server.asked[-1]) == (f"/there?{QUERY}", {"x-key": "h-secret", "cookie": COOKIE})


def test_a_secret_is_in_no_repr_message_or_log(bank: Any, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[Any] = []
    made = bank(AUTH, observe=seen.append, headers={"X-Other": "header-secret"})
    server.answer = lambda asked: None
    found: list[Any] = []
    for name in ("both", "bearer"):
        with pytest.raises(errors.ConnectionLost) as raised:
            getattr(made.call, name)()
        found += [str(raised.value), repr(raised.value), raised.value.to_dict(), raised.value.url]
    sends: list[Any] = []
    made.with_options(transport=lambda send: sends.append(send) or reply_of(send)).call.both()
    assert "h-secret" in str(sends[0].headers)
    said = f"{found} {seen} {sends} {made.options} {made.options.credentials} {caplog.text}"
    assert "secret" not in said


def reply_of(send: Any) -> Any:
    from pymacaron.client.attempts import Received

    return Received(200, [], b"{}")


def adding(request: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that adds a header and is no coroutine function."""

    @wraps(request)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        kwargs["headers"] = {**kwargs["headers"], "X-Key": "of the decorator"}
        return request(*args, **kwargs)

    return decorated


def test_a_plain_decorator_adds_headers_to_both_and_goes_before_the_config(tmp_path: Path, server: Server) -> None:
    written = document(SCHEMES, {"head": [{"head": []}]})
    extension = f'"x-decorate-request": "{__name__}.adding"'
    written = written.replace('"operationId": "head"', f'"operationId": "head", {extension}')
    (tmp_path / "bank.yaml").write_text(written)
    load_clients(tmp_path, ["bank"])
    server.answer = lambda asked: reply(200, {})
    made = clients(ApiPool.bank.clients, url=server.url, auth=AUTH)
    assert sent(made, "head", server) == [("/head", {"x-key": "of the decorator"})] * 2
