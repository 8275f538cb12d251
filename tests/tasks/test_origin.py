"""What a worker knows of the call that has sent a task."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from pymacaron import config
from pymacaron.auth import generate_token, get_user_token, get_user_token_data, load_auth_token
from pymacaron.context import Call
from pymacaron.tasks.arguments import ArgumentError, UnreadableError
from pymacaron.tasks.message import Message
from pymacaron.tasks.origin import call_of, identify, origin
from pymacaron.testing import clock

SETTINGS = {"name": "shop", "jwt_issuer": "shop", "jwt_audience": "shop", "jwt_secret": "x" * 40}
MESSAGE = Message("the-task", "shop.send", "shop", b"[[],{}]")


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    config.load(start_dir="/", settings=SETTINGS, environ={})


def sent(told: dict[str, Any], now: float | None = None) -> Call:
    """The Call in the worker, of what has gone through JSON."""
    message = replace(MESSAGE, call=json.loads(json.dumps(told)))
    call = call_of(message, time.time() if now is None else now)
    identify(call, message.call)
    return call


def test_nothing_is_told_outside_of_a_call_and_the_task_is_the_call() -> None:
    assert origin(None, waits=False) == {}
    call = sent({})
    assert (call.call_id, call.call_path, call.claims, call.deadline) == ("the-task", "", None, None)
    assert (call.method, call.path, call.endpoint_id, call.handler_name) == (
        "TASK",
        "shop.send",
        "TASK shop.send",
        "shop.send",
    )


def test_ids_path_and_trace_go_on() -> None:
    header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with Call(headers={"PymCallPath": "web", "traceparent": header, "tracestate": "a=b"}, call_id="any id: ä") as call:
        call.api_name, call.api_version = "shop", "2.0"
        got = sent(origin(call, waits=False))
    assert (got.call_id, got.call_path, got.api_name, got.api_version) == ("any id: ä", "web.shop", "shop", "2.0")
    assert (got.trace.id, got.trace.parent, got.trace.state, got.trace.is_sampled) == (
        call.trace.id,
        call.trace.span,
        "a=b",
        True,
    )
    assert got.endpoint_id == "shop TASK shop.send"


@pytest.mark.parametrize(("api", "path"), [("shop", "myshop.shop"), ("", "web.shop"), ("shop", "shop")])
def test_the_path_is_that_of_the_caller(api: str, path: str) -> None:
    call = Call(headers={"PymCallPath": path.removesuffix(api).removesuffix(".")})
    call.api_name = api
    assert call.call_path == path
    assert sent(origin(call, waits=False)).call_path == path


def test_the_deadline_binds_while_it_lasts_and_nobody_who_waits_on_purpose() -> None:
    call = Call()
    call.deadline = time.monotonic() + 100
    told = origin(call, waits=False)
    deadline = sent(told).deadline
    assert deadline is not None
    assert deadline == pytest.approx(call.deadline, abs=5)
    assert sent(told, now=time.time() + 101).deadline is None
    assert "deadline" not in origin(call, waits=True)


def test_claims_of_any_kind_go_on_and_those_that_cannot_are_refused_when_it_is_sent() -> None:
    claims = {"sub": "ada", "id": UUID(int=1), "scopes": {"a"}, "$": 1}
    assert sent(origin(Call(claims=claims), waits=False)).claims == claims
    assert sent(origin(Call(claims={}), waits=False)).claims == {}
    with pytest.raises(ArgumentError, match=r"^the caller's claims\['x'\] is an object, which cannot be sent"):
        origin(Call(claims={"x": object()}), waits=False)


def test_a_token_of_ours_is_made_anew_and_again_when_half_its_time_is_over() -> None:
    with Call() as call:
        load_auth_token(generate_token("ada", data={"role": "admin"}, iat=time.time() - 100))
        told = origin(call, waits=False)
    assert "token" not in json.dumps(told)
    with sent(told):
        assert get_user_token_data()["role"] == "admin"
        token = get_user_token()
        assert get_user_token() is token
        with clock() as now:
            now.advance(43_201)
            assert get_user_token() is not token
    fresh = load_auth_token(token)
    assert {name: fresh[name] for name in ("sub", "iss", "aud", "role")} == {
        "sub": "ada",
        "iss": "shop",
        "aud": "shop",
        "role": "admin",
    }
    assert fresh["iat"] > time.time() - 50


@pytest.mark.parametrize("claims", [{"sub": "ada"}, {"sub": "ada", "iss": "google"}, {"iss": "shop"}, {}])
def test_no_token_is_made_of_claims_that_came_from_somebody_else(claims: dict[str, Any]) -> None:
    with sent(origin(Call(claims=claims), waits=False)):
        assert (get_user_token(), get_user_token_data()) == ("", claims)


def test_no_token_is_made_where_the_service_signs_none() -> None:
    config.reset()
    config.load(start_dir="/", settings={"name": "shop", "jwt_issuer": "shop"}, environ={})
    with sent(origin(Call(claims={"sub": "ada", "iss": "shop"}), waits=False)):
        assert get_user_token() == ""


def test_a_task_of_a_task_has_the_same_claims_and_a_token() -> None:
    with sent(origin(Call(claims={"sub": "ada", "iss": "shop"}), waits=False)) as first:
        told = origin(first, waits=False)
    with sent(told):
        assert load_auth_token(get_user_token())["sub"] == "ada"


@pytest.mark.parametrize(
    "told",
    [
        {"id": 1, "path": None, "api": [], "version": {}, "traceparent": 7, "tracestate": [], "deadline": "soon"},
        {"path": "ä" * 9, "traceparent": "nonsense", "deadline": None},
    ],
)
def test_what_is_told_otherwise_was_not_told(told: dict[str, Any]) -> None:
    call = sent(told)
    assert (call.call_id, call.call_path, call.api_name, call.deadline) == ("the-task", "", "", None)


@pytest.mark.parametrize("claims", [[], "ada", {"$": "matrix", "v": 1}])
def test_claims_that_cannot_be_read_are_told(claims: Any) -> None:
    with pytest.raises(UnreadableError):
        sent({"claims": claims})
