"""What a store is asked, of both."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.server.idempotency.memory import MemoryStore
from pymacaron.server.idempotency.redis import RedisStore
from pymacaron.server.idempotency.stores import Store
from pymacaron.server.outage import StoreError


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Store:
    return MemoryStore() if request.param == "memory" else RedisStore(request.getfixturevalue("redis_server").url)


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline


def test_what_stands_there_is_given_to_the_next(store: Store) -> None:
    assert store.take("k", b"1", 60) is None
    assert store.take("k", b"2", 60) == b"1"
    assert store.take("l", b"2", 60) is None


def test_who_holds_a_key_may_replace_or_release_it_and_nobody_else(store: Store) -> None:
    store.take("k", b"1", 60)
    assert not store.replace("k", b"2", b"3", 60)
    store.release("k", b"2")
    assert store.replace("k", b"1", b"4", 60)
    assert store.take("k", b"5", 60) == b"4"
    store.release("k", b"4")
    assert store.take("k", b"5", 60) is None
    assert not store.replace("l", b"1", b"2", 60)
    store.release("l", b"1")


def test_a_key_ends_when_its_time_is_over(store: Store) -> None:
    store.take("k", b"1", 0.05)
    until(lambda: store.take("k", b"2", 60) is None)
    assert not store.replace("k", b"1", b"3", 60)
    assert store.replace("k", b"2", b"3", 0.05)
    until(lambda: store.take("k", b"4", 60) is None)


def test_of_many_who_want_a_key_at_once_one_gets_it(store: Store) -> None:
    barrier, found = threading.Barrier(20), list[bytes | None]()

    def take(number: int) -> None:
        barrier.wait(30)
        found.append(store.take("k", b"%d" % number, 60))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    winners = [value for value in found if value is not None]
    assert (len(winners), len(set(winners))) == (19, 1)


def keep(store: MemoryStore, key: str, value: bytes, keep_s: float) -> None:
    store.take(key, b"held", 60)
    assert store.replace(key, b"held", value, keep_s)


def test_a_full_memory_forgets_replies_that_end_first_and_no_key_that_somebody_is_at() -> None:
    now = [0.0]
    store = MemoryStore(most=10, clock=lambda: now[0])
    store.take("at", b"held", 1)
    for number in range(9):
        keep(store, str(number), b"reply", 100 - number)
    keep(store, "new", b"reply", 100)
    assert store.take("at", b"other", 60) == b"held"
    assert store.take("8", b"other", 60) is None  # it would have ended first
    assert store.take("0", b"other", 60) == b"reply"


def test_a_memory_holds_so_many_bytes() -> None:
    store = MemoryStore(most_bytes=1000)
    for number in range(50):
        keep(store, str(number), b"x" * 100, 100 + number)
        assert store._bytes <= 1000
    assert store._bytes == sum(len(one.value) for one in store._held.values())
    assert store.take("49", b"other", 60) == b"x" * 100


def test_what_has_ended_makes_room_first() -> None:
    now = [0.0]
    store = MemoryStore(most=10, clock=lambda: now[0])
    for number in range(5):
        store.take(str(number), b"held", 1)
    for number in range(5, 10):
        keep(store, str(number), b"reply", 100)
    now[0] = 2.0
    store.take("new", b"held", 60)
    assert sorted(store._held) == ["5", "6", "7", "8", "9", "new"]


def test_a_redis_that_is_gone_is_an_error_without_its_address(redis_server: Any) -> None:
    store = RedisStore(f"redis://:hidden-password@127.0.0.1:{redis_server.port}/0")
    redis_server.kill()
    for ask in (
        lambda: store.take("k", b"1", 1),
        lambda: store.replace("k", b"1", b"2", 1),
        lambda: store.renew("k", b"1", 1),
        lambda: store.release("k", b"1"),
    ):
        with pytest.raises(StoreError) as raised:
            ask()
        assert str(raised.value) == "ConnectionError"


def test_a_redis_that_is_asked_again_since_its_answer_was_lost_knows_who_asks(redis_server: Any) -> None:
    store = RedisStore(redis_server.url)
    assert [store.take("k", b"1", 60) for _ in "12"] == [None, None]
    assert [store.replace("k", b"1", b"2", 60) for _ in "12"] == [True, True]
    assert store.take("k", b"1", 60) == b"2"


def test_who_holds_a_key_may_renew_it_and_nobody_else(store: Store) -> None:
    store.take("k", b"1", 0.2)
    assert store.renew("k", b"1", 60)
    assert not store.renew("k", b"2", 0.01)
    assert not store.renew("l", b"1", 60)
    began = time.monotonic()
    until(lambda: time.monotonic() > began + 0.3)
    assert store.take("k", b"2", 60) == b"1"
    store.replace("k", b"1", b"3", 60)
    assert not store.renew("k", b"1", 0.01)
    assert store.renew("k", b"3", 0.01)
    until(lambda: store.take("k", b"2", 60) is None)
