"""A store that does not answer is not asked for some seconds, by all who keep something there."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import redis
from flask import Flask

from pymacaron.server.idempotency.redis import RedisStore
from pymacaron.server.limits.redis import RedisCounter
from pymacaron.server.outage import Outage, StoreError, outage_of
from pymacaron.server.shared import shared
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
    outage.begin("TimeoutError")
    assert not outage.may_ask()
    now[0] = 5.0
    assert [outage.may_ask() for _ in range(3)] == [True, False, False]
    now[0] = 9.9
    assert not outage.may_ask()
    now[0] = 10.0  # who asked has died
    assert [outage.may_ask(), outage.may_ask()] == [True, False]
    outage.end()
    assert [outage.may_ask(), outage.may_ask()] == [True, True]


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
    one = outage_of(app, "redis://a", "idempotency_store")
    assert outage_of(app, "redis://a", "rate_limit_store") is one
    assert outage_of(app, "redis://b", "rate_limit_store") is not one
    assert outage_of(Flask("shop"), "redis://a", "idempotency_store") is not one


def test_the_extensions_of_an_app_have_no_password_of_a_store() -> None:
    app = Flask("shop")
    outage_of(app, "redis://:hunter2secret@h/0", "idempotency_store")
    assert "hunter2secret" not in repr(app.extensions)


def test_each_cause_is_told_once_in_an_outage_to_each_who_asks_and_so_is_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outage = outage_of(Flask("shop"), "redis://a", "idempotency_store")
    outage.names.add("rate_limit_store")
    for _ in "12":
        causes = ["ConnectionError", "AuthenticationError", "ConnectionError"]
        assert [StoreError(cause, outage).is_news("keys") for cause in causes] == [True, True, False]
        outage.begin(causes[0])
        assert StoreError(causes[0], outage).is_news("limits")
        outage.end()
        outage.end()
    assert caplog.messages == ["the idempotency_store and the rate_limit_store answers again"] * 2


def test_what_an_app_has_one_of_is_made_while_nothing_waits_for_it() -> None:
    app, found = Flask("shop"), list[object]()

    def make() -> object:
        other = threading.Thread(target=lambda: found.append(shared(app, "b", object)))
        other.start()
        other.join(30)
        return object() if found else None

    made = shared(app, "a", make)
    assert made is not None
    assert shared(app, "a", object) is made


def test_what_two_threads_make_at_the_same_time_is_one() -> None:
    app, barrier, found = Flask("shop"), threading.Barrier(2), list[object]()

    def make() -> object:
        barrier.wait(30)
        return object()

    threads = [threading.Thread(target=lambda: found.append(shared(app, "a", make))) for _ in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [app.extensions["a"]] * 2


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
        assert str(raised.value) == "TimeoutError"
    assert (str(limit.value), attempts) == ("TimeoutError", [])
    now[0] = 5.0
    for _ in "12":
        with pytest.raises(StoreError):
            store.take("k", b"1", 9)
    assert attempts == [1]  # no second try after a timeout


def test_a_connection_that_was_closed_is_made_again(redis_server: Any) -> None:
    store, counter = RedisStore(redis_server.url), RedisCounter(redis_server.url)
    store.take("k", b"1", 60)
    counter.take(QUOTA, "a")
    redis_server.kill()
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


class Proxy(threading.Thread):
    """Stands before a Redis. Closes the connection of the first command *cut*, or hangs from it on; counts them."""

    def __init__(self, port: int, cut: bytes, hangs: bool = False):
        super().__init__(daemon=True)
        self.target, self.cut, self.hangs = port, cut, hangs
        self.commands = self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"
        self.start()

    def run(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as there, suppress(OSError):
            while sent := client.recv(65_536):
                if self.cut in sent.lower():
                    self.commands += 1
                    if self.hangs:
                        continue
                    if self.commands == 1:
                        return
                there.sendall(sent)
                client.sendall(there.recv(65_536))


@pytest.mark.parametrize("kind", ["store", "counter"])
def test_a_connection_that_is_closed_in_the_middle_of_a_question_is_asked_once_more(
    redis_server: Any, kind: str
) -> None:
    proxy = Proxy(redis_server.port, b"set\r\n" if kind == "store" else b"evalsha\r\n")
    if kind == "store":
        assert RedisStore(proxy.url).take("k", b"1", 60) is None
    else:
        assert RedisCounter(proxy.url).take(QUOTA, "a")[0]
    assert proxy.commands >= 2
    proxy.listener.close()


@pytest.mark.parametrize("kind", ["store", "counter"])
def test_a_question_that_is_not_answered_is_not_asked_again(redis_server: Any, kind: str) -> None:
    proxy = Proxy(redis_server.port, b"set\r\n" if kind == "store" else b"evalsha\r\n", hangs=True)
    url = f"{proxy.url}?socket_timeout=0.5"
    store, counter = RedisStore(url), RedisCounter(url)
    ask = (lambda: store.take("k", b"1", 60)) if kind == "store" else (lambda: counter.take(QUOTA, "a"))
    with pytest.raises(StoreError, match="TimeoutError"):
        ask()
    assert proxy.commands == 1
    proxy.listener.close()


def test_a_client_has_two_seconds_and_not_what_the_library_has_by_itself(redis_server: Any) -> None:
    store = RedisStore(redis_server.url)
    store.take("k", b"1", 60)
    made = store._client.connection_pool.connection_kwargs
    assert (made["socket_timeout"], made["socket_connect_timeout"]) == (2.0, 2.0)


@pytest.mark.parametrize("url", ["redis://:hunter2secret/x@127.0.0.1/0", "redis://127.0.0.1/0?foo=hunter2secret"])
def test_whatever_a_client_raises_is_a_store_that_does_not_answer_without_its_text(url: str) -> None:
    store, counter = RedisStore(url), RedisCounter(url)
    for ask in (lambda: store.take("k", b"1", 9), lambda: counter.take(QUOTA, "a"), lambda: counter.left(QUOTA, "a")):
        with pytest.raises(StoreError) as raised:
            ask()
        assert str(raised.value) in ("ValueError", "TypeError")


def test_a_reply_for_which_there_is_no_room_is_known_to_have_been_sent(
    service: Callable[..., Any], redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pymacaron.server.idempotency.renewing._MOST_BYTES", 1_000)
    there = redis.Redis.from_url(redis_server.url)

    def order(**given: Any) -> Any:
        there.config_set("maxmemory", 1)
        return {"text": "x" * 1_000}

    client = service(SHOP, {"order": order}, settings={"idempotency_store": redis_server.url}).test_client()
    try:
        assert client.post("/orders", headers={"Idempotency-Key": "k"}).status_code == 200
    finally:
        there.config_set("maxmemory", 0)
    for _ in range(3_000):
        again = client.post("/orders", headers={"Idempotency-Key": "k"}).json["error"]
        if again == "IDEMPOTENCY_REPLY_NOT_KEPT":
            break
        threading.Event().wait(0.01)
    assert again == "IDEMPOTENCY_REPLY_NOT_KEPT"


def test_a_cause_that_changes_and_a_store_that_is_back_are_in_the_log(
    service: Callable[..., Any], redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    described = SHOP.replace("x-idempotency: required", "x-idempotency: required\n      x-rate-limit: 900/day")
    url = redis_server.url
    settings = {"idempotency_store": url, "rate_limit_store": url}
    app = service(described, {"order": lambda **given: {}}, settings=settings)
    client = app.test_client()
    outage = outage_of(app, url, "idempotency_store")
    now = [0.0]
    outage._clock = lambda: now[0]

    def post(key: str) -> int:
        now[0] += 6
        status: int = client.post("/orders", headers={"Idempotency-Key": key}).status_code
        return status

    assert post("a") == 200
    redis_server.kill()
    assert [post("b"), post("b")] == [503, 503]
    redis_server.start()
    there = redis.Redis.from_url(url)
    there.config_set("requirepass", "sesame")
    assert [post("b"), post("b")] == [503, 503]
    redis.Redis.from_url(url, password="sesame").config_set("requirepass", "")
    assert post("b") == 200
    told = [one.getMessage() for one in caplog.records if one.name == "pymacaron.server"]
    assert told == [
        "the rate_limit_store cannot be asked (ConnectionError): calls pass uncounted",
        "no key can be taken: ConnectionError in the idempotency_store; requests with one get a 503",
        "the rate_limit_store cannot be asked (AuthenticationError): calls pass uncounted",
        "no key can be taken: AuthenticationError in the idempotency_store; requests with one get a 503",
        "the idempotency_store and the rate_limit_store answers again",
    ]
