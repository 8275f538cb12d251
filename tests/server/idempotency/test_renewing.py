"""A call that takes longer than its key is held for: the key is renewed, by one thread, for as long as it takes."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.server.idempotency.memory import MemoryStore
from pymacaron.server.idempotency.redis import RedisStore
from pymacaron.server.idempotency.renewing import LOST, Renewing
from pymacaron.server.idempotency.stores import Store
from pymacaron.server.outage import StoreError

HOLD_S = 0.3
NAME = "pymacaron-idempotency"


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Store:
    return MemoryStore() if request.param == "memory" else RedisStore(request.getfixturevalue("redis_server").url)


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def after(seconds: float) -> None:
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() > end)


def test_a_key_is_held_for_as_long_as_somebody_is_at_it_and_ends_by_itself_then(store: Store) -> None:
    renewing = Renewing(store, HOLD_S)
    assert store.take("k", b"1", HOLD_S) is None
    renewing.begin("k", b"1")
    after(4 * HOLD_S)
    assert store.take("k", b"2", 60) == b"1"
    renewing.end("k", b"1")
    until(lambda: store.take("k", b"2", 60) is None)


def test_many_keys_have_one_thread_which_waits_while_there_are_none(store: Store) -> None:
    before = sum(thread.name == NAME for thread in threading.enumerate())
    renewing = Renewing(store, HOLD_S)
    for number in range(20):
        store.take(str(number), b"1", HOLD_S)
        renewing.begin(str(number), b"1")
    assert sum(thread.name == NAME for thread in threading.enumerate()) == before + 1
    for number in range(20):
        renewing.end(str(number), b"1")
    after(2 * HOLD_S)
    store.take("late", b"1", HOLD_S)
    renewing.begin("late", b"1")
    after(3 * HOLD_S)
    assert store.take("late", b"2", 60) == b"1"
    assert sum(thread.name == NAME for thread in threading.enumerate()) == before + 1
    renewing.end("late", b"1")


def test_a_key_that_was_kept_meanwhile_is_left_alone(store: Store) -> None:
    renewing = Renewing(store, HOLD_S)
    store.take("k", b"1", HOLD_S)
    renewing.begin("k", b"1")
    store.replace("k", b"1", b"reply", HOLD_S)
    until(lambda: store.take("k", b"2", 60) is None)
    renewing.end("k", b"1")


def test_a_process_that_was_forked_has_a_thread_of_its_own() -> None:
    renewing = Renewing(MemoryStore(), HOLD_S)
    renewing.begin("k", b"1")
    child = os.fork()
    if child == 0:
        renewing.begin("l", b"1")
        os._exit(sum(thread.name == NAME for thread in threading.enumerate()) - 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    renewing.end("k", b"1")


def test_a_key_whose_thread_cannot_begin_is_no_failure_and_ends_by_itself(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    renewing = Renewing(store, HOLD_S)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        assert store.take("k", b"1", HOLD_S) is None
        renewing.begin("k", b"1")
    until(lambda: store.take("k", b"2", HOLD_S) is None)
    assert caplog.messages == ["keys of calls that are being answered cannot be renewed: can't start new thread"]
    renewing.end("k", b"1")
    renewing.begin("k", b"2")
    after(4 * HOLD_S)
    assert store.take("k", b"3", 60) == b"2"
    renewing.end("k", b"2")


def test_a_process_that_was_forked_renews_no_key_of_its_parents_calls() -> None:
    store = MemoryStore()
    renewing = Renewing(store, HOLD_S)
    store.take("k", b"1", HOLD_S)
    renewing.begin("k", b"1")
    child = os.fork()
    if child == 0:
        renewing.begin("l", b"1")
        deadline = time.monotonic() + 30
        while store.take("k", b"2", 60) is not None and time.monotonic() < deadline:
            time.sleep(0.005)
        os._exit(0 if time.monotonic() < deadline else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    renewing.end("k", b"1")


def test_a_process_that_was_forked_while_the_keys_were_looked_at_is_not_held_up() -> None:
    renewing = Renewing(MemoryStore(), HOLD_S)
    held, go = threading.Event(), threading.Event()

    def look() -> None:
        with renewing._has_some:
            held.set()
            go.wait(30)

    looking = threading.Thread(target=look)
    looking.start()
    assert held.wait(30)
    child = os.fork()
    if child == 0:
        begun = threading.Thread(target=renewing.begin, args=("l", b"1"), daemon=True)
        begun.start()
        begun.join(30)
        os._exit(begun.is_alive())
    status = os.waitpid(child, 0)[1]
    go.set()
    looking.join(30)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_store_that_is_away_for_a_moment_is_logged_once_and_asked_again(
    redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "pymacaron.server")
    store = RedisStore(redis_server.url)
    renewing = Renewing(store, HOLD_S)
    store.take("k", b"1", HOLD_S)
    renewing.begin("k", b"1")
    redis_server.kill()
    until(lambda: caplog.records)
    after(2 * HOLD_S)
    with renewing._has_some:  # until the key is there again
        redis_server.start()
        RedisStore(redis_server.url).take("k", b"1", 60)  # what a Redis with a disk would have still
    after(4 * HOLD_S)
    assert store.take("k", b"2", 60) == b"1"
    told = [record.getMessage() for record in caplog.records]
    assert told == ["keys of calls that are being answered cannot be renewed: ConnectionError in the idempotency_store"]
    renewing.end("k", b"1")


def test_a_reply_that_the_store_could_not_take_is_kept_when_it_is_back(
    redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "pymacaron.server")
    store = RedisStore(redis_server.url)
    renewing = Renewing(store, HOLD_S)
    store.take("k", b"1", 60)
    renewing.begin("k", b"1")
    os.kill(redis_server.process.pid, signal.SIGSTOP)
    with pytest.raises(StoreError):
        store.replace("k", b"1", b"other", 60)
    assert renewing.keep_later("k", b"1", b"reply", 60)
    os.kill(redis_server.process.pid, signal.SIGCONT)
    other = RedisStore(redis_server.url)
    until(lambda: not renewing._held)
    assert other.take("k", b"2", 60) in (b"reply", b"other")  # what timed out may have been done all the same
    assert (renewing._late, renewing._late_bytes) == ({}, 0)


def test_a_key_whose_reply_waits_is_held_and_one_that_is_lost_is_told(
    redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "pymacaron.server")
    renewing = Renewing(RedisStore(redis_server.url), HOLD_S)
    redis_server.kill()
    assert renewing.keep_later("k", b"1", b"reply", 60)
    assert renewing.keep_later("l", b"1", b"reply", 60)
    until(lambda: caplog.records)
    redis_server.start()
    RedisStore(redis_server.url).take("k", b"1", 60)  # what a Redis with a disk would have still
    until(lambda: not renewing._late)
    assert LOST in [record.getMessage() for record in caplog.records]
    assert RedisStore(redis_server.url).take("k", b"2", 60) in (b"reply", b"1")


def test_so_many_replies_wait_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymacaron.server.idempotency.renewing._MOST_BYTES", 10)
    renewing = Renewing(RedisStore("redis://127.0.0.1:1/0"), HOLD_S)
    assert renewing.keep_later("k", b"1", b"x" * 8, 60)
    assert not renewing.keep_later("l", b"1", b"x" * 8, 60)
    assert renewing.keep_later("l", b"1", b"x" * 2, 60)
    assert renewing._late_bytes == 10


def test_a_reply_that_is_kept_at_once_leaves_no_key_that_is_renewed_for_good() -> None:
    class Slow(Renewing):
        """Whatever is begun is begun when the reply was kept already."""

        def begin(self, key: str, value: bytes) -> None:
            until(lambda: not self._late)
            super().begin(key, value)

    store = MemoryStore()
    renewing = Slow(store, 60)
    store.take("k", b"1", 60)
    renewing.begin("k", b"1")
    assert renewing.keep_later("k", b"1", b"reply", 60)
    until(lambda: not renewing._late)
    assert (renewing._held, store.take("k", b"2", 60)) == (set(), b"reply")


def test_a_key_that_is_gone_is_not_renewed_any_more(store: Store) -> None:
    renewing = Renewing(store, HOLD_S)
    store.take("k", b"1", 60)
    renewing.begin("k", b"1")
    store.release("k", b"1")
    until(lambda: not renewing._held)
    store.take("k", b"1", HOLD_S)
    until(lambda: store.take("k", b"2", 60) is None)
