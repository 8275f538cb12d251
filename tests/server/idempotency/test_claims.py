"""A key is taken inside of all decorators of the service: who they refuse takes none, and gets nobody's reply."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import pytest
from flask import request

from pymacaron.exceptions import HTTPError
from pymacaron.server.idempotency.claims import Asked, NotCalled
from pymacaron.server.idempotency.refusals import KeyInUseError

SHOP = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    post:
      operationId: order
      x-idempotency: optional
      x-decorate-server: guarded.decorate
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "200": {description: made, content: {application/json: {schema: {type: object}}}}
        default: {description: other, content: {"*/*": {}}}
  /lines:
    post:
      operationId: lines
      x-idempotency: optional
      x-decorate-server: guarded.members_only
      responses: {"200": {description: ok, content: {application/jsonl: {itemSchema: {type: object}}}}}
"""
MEMBER = {"X-Member": "s3cret"}


def members_only(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if "X-Member" not in request.headers:
            raise HTTPError(403, "members only")
        return handler(*args, **kwargs)

    return decorated


def async_members_only(handler: Callable[..., Any]) -> Callable[..., Any]:
    assert asyncio.iscoroutinefunction(handler)

    @wraps(handler)
    async def decorated(*args: Any, **kwargs: Any) -> Any:
        if "X-Member" not in request.headers:
            raise HTTPError(403, "members only")
        return await asyncio.wait_for(handler(*args, **kwargs), 30)

    return decorated


class Shop:
    """Orders are counted; `then` is what the handler does, `decorate` what stands around it."""

    def __init__(self, service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, mode: str, is_async: bool):
        self.effects = 0
        self.then: Callable[[], Any] = lambda: {"effects": self.effects}
        self.service, self.mode, self.is_async = service, mode, is_async
        self.module = ModuleType("guarded")
        self.module.members_only = members_only  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "guarded", self.module)

    def start(self, decorate: Callable[..., Any], **settings: Any) -> Shop:
        self.module.decorate = decorate  # type: ignore[attr-defined]

        def handle(body: Any = None) -> Any:
            self.effects += 1
            return self.then()

        async def handle_async(body: Any = None) -> Any:
            self.effects += 1
            return self.then()

        handler = handle_async if self.is_async else handle
        app = self.service(SHOP, {"order": handler, "lines": handle}, settings={"dispatch": self.mode, **settings})
        self.client = app.test_client()
        return self

    def order(self, key: str, headers: dict[str, str] = MEMBER, sku: str = "a") -> tuple[int, Any, str | None]:
        reply = self.client.post("/orders", json={"sku": sku}, headers={"Idempotency-Key": key, **headers})
        return reply.status_code, reply.json.get("error", reply.json), reply.headers.get("Idempotent-Replayed")


@pytest.fixture(params=["direct", "stock"])
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[False, True], ids=["def", "async def"])
def shop(
    request: pytest.FixtureRequest, mode: str, service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Shop:
    return Shop(service, monkeypatch, mode, request.param)


@pytest.fixture
def plain(mode: str, service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(service, monkeypatch, mode, is_async=False)


def guard(shop: Shop) -> Callable[..., Any]:
    return async_members_only if shop.is_async else members_only


def test_a_stranger_gets_no_reply_of_a_member_and_poisons_no_key(shop: Shop) -> None:
    shop.start(guard(shop))
    made = (200, {"effects": 1}, None)
    assert shop.order("1") == made
    assert shop.order("1", {}) == (403, "FORBIDDEN", None)
    assert shop.order("1") == (200, {"effects": 1}, "true")
    assert shop.order("2", {}) == (403, "FORBIDDEN", None)
    assert shop.order("2", {}, sku="b") == (403, "FORBIDDEN", None)
    assert shop.order("2") == (200, {"effects": 2}, None)
    assert shop.order("2", sku="b") == (422, "IDEMPOTENCY_KEY_REUSED", None)
    assert shop.effects == 2


def test_a_call_without_a_key_is_as_any_other(shop: Shop) -> None:
    shop.start(guard(shop))
    assert [shop.client.post("/orders", json={}, headers=MEMBER).json for _ in "12"] == [{"effects": 1}, {"effects": 2}]
    assert shop.client.post("/orders", json={}).status_code == 403


def test_a_sync_decorator_stands_around_an_async_handler(shop: Shop) -> None:
    shop.start(members_only)
    assert [shop.order("1"), shop.order("1", {}), shop.order("1")] == [
        (200, {"effects": 1}, None),
        (403, "FORBIDDEN", None),
        (200, {"effects": 1}, "true"),
    ]


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("raised", [True, False])
def test_a_handler_that_refuses_its_caller_gives_the_key_back(shop: Shop, status: int, raised: bool) -> None:
    shop.start(guard(shop))
    normal = shop.then

    def refuse() -> Any:
        if raised:
            raise HTTPError(status, "not yours")
        return {"note": "not yours"}, status

    shop.then = refuse
    assert shop.order("1")[0] == status
    shop.then = normal
    assert shop.order("1") == (200, {"effects": 2}, None)


def test_what_a_decorator_makes_of_a_reply_is_sent_again_and_the_decorators_run_again(plain: Shop) -> None:
    runs = []

    def counting(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def decorated(body: Any) -> Any:
            runs.append(1)
            body["sku"] = f"changed {len(runs)}"  # what was asked is what came, not that
            return {**handler(body), "run": len(runs)}

        return decorated

    plain.start(counting)
    assert plain.order("1") == (200, {"effects": 1, "run": 1}, None)
    assert plain.order("1") == (200, {"effects": 1, "run": 1}, "true")
    assert (len(runs), plain.effects) == (2, 1)


def test_a_decorator_that_answers_by_itself_takes_no_key(plain: Shop) -> None:
    def closed(handler: Callable[..., Any]) -> Callable[..., Any]:
        return lambda body: {"closed": True} if "X-Member" not in request.headers else handler(body)

    plain.start(closed)
    assert [plain.order("1", {}), plain.order("1", {}), plain.order("1")] == [
        (200, {"closed": True}, None),
        (200, {"closed": True}, None),
        (200, {"effects": 1}, None),
    ]


@pytest.mark.parametrize("caught", [Exception, BaseException])
def test_a_decorator_that_catches_all_does_not_hide_that_there_is_a_reply(
    shop: Shop, caught: type[BaseException]
) -> None:
    def catching(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def decorated(body: Any) -> Any:
            try:
                return handler(body)
            except caught:
                return {"failed": True}

        @wraps(handler)
        async def decorated_async(body: Any) -> Any:
            try:
                return await handler(body)
            except caught:
                return {"failed": True}

        return decorated_async if shop.is_async else decorated

    shop.start(catching)
    assert [shop.order("1"), shop.order("1"), shop.order("1", sku="b")] == [
        (200, {"effects": 1}, None),
        (200, {"effects": 1}, "true"),
        (422, "IDEMPOTENCY_KEY_REUSED", None),
    ]


def test_a_decorator_that_tries_again_holds_the_key_meanwhile(shop: Shop) -> None:
    def patient(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def decorated(body: Any) -> Any:
            try:
                return handler(body)
            except ValueError:
                return handler(body)

        @wraps(handler)
        async def decorated_async(body: Any) -> Any:
            try:
                return await handler(body)
            except ValueError:
                return await handler(body)

        return decorated_async if shop.is_async else decorated

    def then() -> Any:
        if shop.effects == 1:
            raise ValueError
        return {"effects": shop.effects}

    shop.then = then
    shop.start(patient)
    assert [shop.order("1"), shop.order("1")] == [(200, {"effects": 2}, None), (200, {"effects": 2}, "true")]


def test_a_decorator_that_fails_after_the_handler_gives_the_key_back(plain: Shop) -> None:
    is_broken = [True]

    def transaction(handler: Callable[..., Any]) -> Callable[..., Any]:
        def decorated(body: Any) -> Any:
            result = handler(body)
            if is_broken[0]:
                raise RuntimeError("cannot commit")
            return result

        return decorated

    plain.start(transaction)
    assert plain.order("1")[0] == 500
    is_broken.clear()
    is_broken.append(False)
    assert plain.order("1") == (200, {"effects": 2}, None)


def test_a_stream_behind_a_decorator_is_not_sent_again(plain: Shop) -> None:
    plain.start(members_only)
    plain.then = lambda: ({"n": n} for n in range(3))
    first = plain.client.post("/lines", headers={"Idempotency-Key": "1", **MEMBER})
    stranger = plain.client.post("/lines", headers={"Idempotency-Key": "1"})
    second = plain.client.post("/lines", headers={"Idempotency-Key": "1", **MEMBER})
    assert (first.status_code, first.data.count(b"\n")) == (200, 3)
    assert (stranger.status_code, second.status_code) == (403, 409)
    assert (second.json["error"], plain.effects) == ("IDEMPOTENCY_REPLY_NOT_KEPT", 1)


def test_a_handler_that_is_called_in_no_call_or_after_it_is_a_crash_and_takes_no_key(plain: Shop) -> None:
    kept = []

    def keeping(handler: Callable[..., Any]) -> Callable[..., Any]:
        def decorated(body: Any) -> Any:
            if not kept:
                kept.append(handler)
                return {"later": True}
            return handler(body)

        return decorated

    plain.start(keeping)
    assert plain.order("1") == (200, {"later": True}, None)
    with pytest.raises(RuntimeError, match="outside of its call"):
        kept[0]({})
    assert plain.order("1") == (200, {"effects": 1}, None)


def test_a_key_that_is_taken_while_the_call_ends_is_known_to_its_end() -> None:
    begun, go, found = threading.Event(), threading.Event(), list[Any]()
    claim: Any = object()

    def take() -> Any:
        begun.set()
        assert go.wait(30)
        return claim

    asked = Asked(take)
    taking = threading.Thread(target=asked.take)
    ending = threading.Thread(target=lambda: found.append(asked.end()))
    taking.start()
    assert begun.wait(30)
    ending.start()
    go.set()
    taking.join(30)
    ending.join(30)
    assert found == [claim]
    with pytest.raises(RuntimeError):
        asked.take()


def test_what_keeps_a_handler_from_being_called_is_asked_for_once() -> None:
    asks = []

    def take() -> Any:
        asks.append(1)
        raise NotCalled(KeyInUseError())

    asked = Asked(take)
    for _ in "12":
        with pytest.raises(NotCalled):
            asked.take()
    assert (len(asks), asked.end()) == (1, None)


def test_an_async_handler_does_not_wait_for_the_store_on_the_loop(
    redis_server: Any, service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Shop(service, monkeypatch, "direct", is_async=True)
    one.start(async_members_only, idempotency_store=redis_server.url)
    assert [one.order("1"), one.order("1")] == [(200, {"effects": 1}, None), (200, {"effects": 1}, "true")]
    redis_server.kill()
    assert one.order("2") == (503, "SERVICE_UNAVAILABLE", None)
    assert one.effects == 1
