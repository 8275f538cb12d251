"""Who calls, and as whom we call others."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AbstractContextManager, nullcontext
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import quote

import pytest

from pymacaron import auth, config
from pymacaron.auth.verified import set_is_revoked
from pymacaron.context import Call, current
from pymacaron.exceptions import (
    AuthInvalidTokenError,
    AuthMissingHeaderError,
    AuthTokenExpiredError,
    ConfigError,
)


def header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@auth.requires_auth
def whoami(greeting: str = "I am") -> str:
    """Says who calls."""
    return f"{greeting} {auth.get_userid()}"


@auth.requires_auth
async def whoami_async() -> str:
    await asyncio.sleep(0)
    return auth.get_userid()


def test_a_call_with_a_token_is_that_of_its_user():
    token = auth.generate_token("bob", data={"name": "Bob"})
    with Call(headers=header(token)):
        assert whoami("Hello from") == "Hello from bob"
        assert auth.get_user_token() == token
        assert auth.get_token_issuer() == "us"
        claims = auth.get_user_token_data()
        assert (claims["sub"], claims["name"], claims["aud"]) == ("bob", "Bob", "shop")
        claims["sub"] = "root"
        assert auth.get_userid() == "bob"


def test_async_functions_require_it_too():
    with Call(headers=header(auth.generate_token("bob"))):
        assert asyncio.run(whoami_async()) == "bob"
    with Call(), pytest.raises(AuthMissingHeaderError):
        asyncio.run(whoami_async())


def test_a_decorated_function_keeps_its_name():
    assert (whoami.__name__, whoami.__doc__) == ("whoami", "Says who calls.")


def test_a_token_that_nothing_verified_is_nobodys():
    with Call(headers=header(auth.generate_token("bob"))):
        assert (auth.get_userid(), auth.get_user_token(), auth.get_user_token_data(), auth.get_token_issuer()) == (
            "",
            "",
            {},
            "",
        )


def test_outside_of_a_call_there_is_nobody():
    assert (auth.get_userid(), auth.get_user_token(), auth.get_user_token_data(), auth.get_token_issuer()) == (
        "",
        "",
        {},
        "",
    )


@pytest.mark.parametrize(
    "call", [Call(), Call(headers={"Authorization": " "}), Call(cookies={"token": ""}), nullcontext()]
)
def test_without_a_header_it_is_missing(call: AbstractContextManager[Any]):
    with call, pytest.raises(AuthMissingHeaderError, match=r"^There is no Authorization header in the HTTP request$"):
        whoami()


@pytest.mark.parametrize("encode", [quote, str])
def test_the_token_may_come_in_a_cookie(encode: Any):
    with Call(cookies={"token": encode(f"Bearer {auth.generate_token('bob')}")}):
        assert whoami() == "I am bob"


def test_the_header_goes_before_the_cookie():
    cookies = {"token": f"Bearer {auth.generate_token('cookie')}"}
    with Call(headers=header(auth.generate_token("header")), cookies=cookies):
        assert whoami() == "I am header"
    with Call(headers={"Authorization": "Basic abc"}, cookies=cookies), pytest.raises(AuthInvalidTokenError):
        whoami()


def test_the_argument_goes_before_the_header():
    token = auth.generate_token("argument")
    with Call(headers=header(auth.generate_token("header"))):
        assert auth.authenticate_http_request(token)["sub"] == "argument"
        assert auth.get_userid() == "argument"
        assert auth.authenticate_http_request(f"Bearer {token}")["sub"] == "argument"
    assert auth.authenticate_http_request(token)["sub"] == "argument"


def test_a_refused_token_makes_nobody_a_user():
    expired = auth.generate_token("bob", expire_in=60, iat=time.time() - 1000)
    with Call(headers=header(expired)) as call:
        with pytest.raises(AuthTokenExpiredError):
            whoami()
        assert (call.claims, call.token) == (None, None)


def test_a_token_may_be_looked_at_without_becoming_its_user():
    with Call():
        assert auth.load_auth_token(auth.generate_token("bob"), load=False)["sub"] == "bob"
        assert auth.get_userid() == ""
        assert auth.load_auth_token(auth.generate_token("bob"))["sub"] == "bob"
        assert auth.get_userid() == "bob"


def test_a_token_of_a_call_is_looked_at_once():
    asked: list[Any] = []
    set_is_revoked(lambda claims: asked.append(claims["sub"]))
    token = auth.generate_token("bob")
    with Call(headers=header(token)):
        first = auth.authenticate_http_request()
        assert auth.authenticate_http_request() is first
        assert auth.load_auth_token(token) is first
        assert asked == ["bob"]
        assert auth.load_auth_token(auth.generate_token("ann"))["sub"] == "ann"
        assert auth.get_userid() == "ann"
    assert asked == ["bob", "ann"]


def test_claims_that_others_left_do_not_pass_for_a_token_of_ours():
    with Call(headers=header("their-token"), claims={"sub": "root"}), pytest.raises(AuthInvalidTokenError):
        whoami()


def test_a_token_is_made_for_the_default_user_unless_one_is_named():
    with pytest.raises(ConfigError, match=r"^default_user_id is not set"):
        auth.generate_token()
    config.get_config().default_user_id = "nobody"
    assert auth.load_auth_token(auth.generate_token())["sub"] == "nobody"
    assert auth.load_auth_token(auth.generate_token(""))["sub"] == "nobody"
    assert auth.load_auth_token(auth.generate_token("bob"))["sub"] == "bob"


def test_a_token_lasts_as_the_config_says():
    config.get_config().jwt_token_timeout = 7
    claims = auth.load_auth_token(auth.generate_token("bob"))
    assert claims["exp"] - claims["iat"] == 7


def test_without_keys_no_token_is_made():
    config.load(start_dir="/", settings={}, environ={})
    with pytest.raises(ConfigError, match=r"^jwt_secret is not set"):
        auth.generate_token("bob")


def test_without_keys_no_token_passes_and_the_log_says_why(caplog: pytest.LogCaptureFixture):
    token = auth.generate_token("bob")
    config.load(start_dir="/", settings={"jwt_secret": "NOT_SET"}, environ={})
    with Call(), pytest.raises(AuthMissingHeaderError):
        whoami()
    with (
        caplog.at_level(logging.ERROR),
        Call(headers=header(token)),
        pytest.raises(AuthInvalidTokenError, match=r"^token signature is invalid$"),
    ):
        whoami()
    said = "a token came in that cannot be verified: jwt_secret, jwt_issuer and jwt_audience are not all set"
    assert [(one.name, one.getMessage()) for one in caplog.records] == [("pymacaron.auth", said)]


@pytest.mark.parametrize("decorate", [auth.requires_auth, auth.add_auth])
def test_a_decorated_function_is_of_its_kind_and_keeps_arguments_and_reply(decorate: Any):
    def plain(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs["a"]

    async def later(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs["a"]

    with Call(headers=header(auth.generate_token("bob"))):
        made, made_later = decorate(plain), decorate(later)
        assert (made.__name__, made_later.__name__) == ("plain", "later")
        assert (iscoroutinefunction(made), iscoroutinefunction(made_later)) == (False, True)
        assert made(1, 2, a=3) == asyncio.run(made_later(1, 2, a=3)) == ((1, 2), 3)
        assert auth.get_userid() == ("bob" if decorate is auth.requires_auth else "")


def test_a_decorated_function_does_not_run_for_nobody():
    ran: list[str] = []
    with Call():
        with pytest.raises(AuthMissingHeaderError):
            auth.requires_auth(lambda: ran.append("plain"))()

        async def later() -> None:
            ran.append("later")

        with pytest.raises(AuthMissingHeaderError):
            asyncio.run(auth.requires_auth(later)())
    assert ran == []


@auth.add_auth
def request(url: str, **kwargs: Any) -> dict[str, Any]:
    return {"url": url, **kwargs}


def test_add_auth_forwards_the_callers_verified_token():
    token = auth.generate_token("bob")
    with Call(headers=header(token)):
        assert request("/x") == {"url": "/x", "headers": {}}
        auth.authenticate_http_request()
        assert request("/x", timeout=1) == {"url": "/x", "timeout": 1, "headers": header(token)}


def test_add_auth_adds_the_backend_token_inside_of_one():
    with Call(headers=header(auth.generate_token("bob"))):
        whoami()
        with auth.backend_token(user_id="backend", data={"role": "cron"}) as outer:
            assert request("/x") == {"url": "/x", "headers": header(outer)}
            with auth.backend_token(user_id="inner") as inner:
                assert request("/x") == {"url": "/x", "headers": header(inner)}
            assert request("/x") == {"url": "/x", "headers": header(outer)}
            assert auth.get_userid() == "bob"
        assert request("/x")["headers"] == header(auth.get_user_token())
    claims = auth.load_auth_token(outer)
    assert (claims["sub"], claims["role"]) == ("backend", "cron")


def test_a_backend_token_ends_with_its_block_even_if_it_fails():
    with pytest.raises(KeyError), auth.backend_token(user_id="backend"):
        raise KeyError
    assert request("/x") == {"url": "/x", "headers": {}}


def test_a_backend_token_may_have_another_issuer():
    with (
        auth.backend_token(user_id="bob", issuer="them") as token,
        pytest.raises(AuthInvalidTokenError, match="issuer"),
    ):
        auth.load_auth_token(token)


def test_add_auth_leaves_a_header_that_is_there_and_the_callers_dict_alone():
    mine = {"authorization": "Basic x"}
    with auth.backend_token(user_id="bob") as token:
        assert request("/x", headers=mine) == {"url": "/x", "headers": {"authorization": "Basic x"}}
        plain: dict[str, str] = {"Accept": "x"}
        assert request("/x", headers=plain) == {"url": "/x", "headers": {"Accept": "x", **header(token)}}
        assert plain == {"Accept": "x"}


def test_add_auth_decorates_async_functions():
    @auth.add_auth
    async def send(**kwargs: Any) -> Any:
        return kwargs["headers"]

    with auth.backend_token(user_id="bob") as token:
        assert asyncio.run(send()) == header(token)


def test_no_call_is_left_over():
    assert current() is None
