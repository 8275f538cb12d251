"""A store that does not answer is not asked for some seconds, by all who keep something there."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis
from flask import Flask

from pymacaron.server.idempotency.redis import RedisStore
from pymacaron.server.limits.redis import RedisCounter
from pymacaron.server.outage import Outage, StoreError, outage_of
from pymacaron.spec.quotas import Quota

QUOTA = (Quota(9, 1, "day"),)
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    post:
      operationId: order
      x-idempotency: required
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
"""


def test_after_a_failure_one_asks_when_the_pause_is_over_and_the_others_when_it_was_answered() -> None:
    now = [0.0]
    outage = Outage(lambda: now[0])
    assert [outage.may_ask(), outage.may_ask()] == [True, True]
    assert outage.begin("TimeoutError")
    assert not outage.begin("TimeoutError")
    assert not outage.may_ask()
    now[0] = 5.0
    assert [outage.may_ask() for _ in range(3)] == [True, False, False]
    now[0] = 9.9
    assert not outage.may_ask()
    now[0] = 10.0  # who asked has died
    assert [outage.may_ask(), outage.may_ask()] == [True, False]
    outage.end()
    assert [outage.may_ask(), outage.may_ask(), outage.begin("x")] == [True, True, True]


def test_of_many_threads_one_asks() -> None:
    now = [0.0]
    outage, barrier, found = Outage(lambda: now[0]), threading.Barrier(20), list[bool]()
    outage.begin("TimeoutError")
    now[0] = 6.0

    def ask() -> None:
        barrier.wait(30)
        found.append(outage.may_ask())

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [False] * 19 + [True]


def test_both_stores_of_an_app_at_one_address_have_one_outage() -> None:
    app = Flask("shop")
    assert outage_of(app, "redis://a") is outage_of(app, "redis://a")
    assert outage_of(app, "redis://a") is not outage_of(app, "redis://b")
    assert outage_of(Flask("shop"), "redis://a") is not outage_of(app, "redis://a")


@pytest.fixture
def hung(redis_server: Any) -> Any:
    os.kill(redis_server.process.pid, signal.SIGSTOP)
    yield redis_server
    os.kill(redis_server.process.pid, signal.SIGCONT)


def counted(attempts: list[int], client: Any) -> None:
    """Have *attempts* count how often the client begins to connect or reads an answer."""
    pool = client.connection_pool
    make = pool.connection_class

    class Counting(make):  # type: ignore[misc, valid-type]
        def read_response(self, *args: Any, **options: Any) -> Any:
            attempts.append(1)
            return super().read_response(*args, **options)

    pool.connection_class = Counting


def test_a_redis_that_hangs_is_waited_for_once_by_whichever_store_comes_first(hung: Any) -> None:
    now = [0.0]
    outage = Outage(lambda: now[0])
    counter, store = RedisCounter(hung.url, outage), RedisStore(hung.url, outage)
    attempts: list[int] = []
    counted(attempts, store._client)
    with pytest.raises(StoreError) as limit:
        counter.take(QUOTA, "a")
    for ask in (lambda: store.take("k", b"1", 9), lambda: store.replace("k", b"1", b"2", 9)):
        with pytest.raises(StoreError) as raised:
            ask()
        assert (str(raised.value), raised.value.is_new) == ("TimeoutError", False)
    assert (limit.value.is_new, attempts) == (True, [])
    now[0] = 5.0
    for _ in "12":
        with pytest.raises(StoreError):
            store.take("k", b"1", 9)
    assert attempts == [1]  # no second try after a timeout


def test_a_connection_that_was_closed_is_made_again(redis_server: Any) -> None:
    store, counter = RedisStore(redis_server.url), RedisCounter(redis_server.url)
    store.take("k", b"1", 60)
    counter.take(QUOTA, "a")
    redis_server.stop()
    redis_server.start()
    assert store.take("k", b"2", 60) is None
    assert counter.take(QUOTA, "a") == (True, [(8, 86_400)])


def test_who_renews_asks_in_an_outage_and_ends_it(redis_server: Any) -> None:
    outage = Outage(lambda: 0.0)
    store = RedisStore(redis_server.url, outage)
    store.take("k", b"1", 60)
    outage.begin("TimeoutError")
    with pytest.raises(StoreError):
        store.take("l", b"1", 60)
    assert store.renew("k", b"1", 60)
    assert store.take("l", b"1", 60) is None


@pytest.mark.parametrize("mode", ["direct", "stock"])
def test_a_payment_whose_reply_redis_refused_is_not_carried_out_twice(
    service: Callable[..., Any], redis_server: Any, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    effects: list[int] = []
    there = redis.Redis.from_url(redis_server.url)

    def order(**given: Any) -> Any:
        effects.append(1)
        if len(effects) == 1:
            there.config_set("maxmemory", 1)  # so it refuses what is written
        return {"effects": len(effects)}

    settings = {"dispatch": mode, "idempotency_store": redis_server.url, "idempotency_hold_s": 5}
    client = service(SHOP, {"order": order}, settings=settings).test_client()
    try:
        first = client.post("/orders", headers={"Idempotency-Key": "k"})
        meanwhile = client.post("/orders", headers={"Idempotency-Key": "k"})
    finally:
        there.config_set("maxmemory", 0)
    assert (first.status_code, first.json) == (200, {"effects": 1})
    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (503, "5")
    told = [one.getMessage() for one in caplog.records if "idempotency_store" in one.getMessage()]
    assert "a reply is kept under its key later: OutOfMemoryError in the idempotency_store" in told
    for _ in range(3_000):
        again = client.post("/orders", headers={"Idempotency-Key": "k"})
        if again.status_code == 200:
            break
        threading.Event().wait(0.01)
    assert (again.json, again.headers["Idempotent-Replayed"], len(effects)) == ({"effects": 1}, "true", 1)
