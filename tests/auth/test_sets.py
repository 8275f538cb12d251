"""The edges of sets of keys: which second counts, who reads, what is asked for, and what the log says."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.auth.algorithms import Key, KeyFault
from pymacaron.auth.keysets import KeySet, discovered, from_file, from_url, keys_of


class Clock:
    """Seconds, as a test sets them."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def key(name: str) -> Key:
    return Key(("ES256",), None, None, name, name)


class Published:
    """What an issuer publishes: `keys`, or a KeyFault. `reads`: how often it was asked, and by which thread."""

    def __init__(self, *names: str, good_s: float | None = None):
        self.names: tuple[str, ...] | None = names
        self.good_s = good_s
        self.readers: list[threading.Thread] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> tuple[list[Key], float | None]:
        self.readers.append(threading.current_thread())
        assert self.gate.wait(20)
        if self.names is None:
            raise KeyFault("it is broken")
        return [key(name) for name in self.names], self.good_s


def known(keys: KeySet, name: str) -> bool:
    return bool(keys.find(name, "ES256"))


# --- which second counts


def test_a_key_that_left_is_not_good_for_longer_because_the_set_is_read_again(clock: Clock):
    published = Published("one")
    keys = KeySet("them", published, clock)
    assert known(keys, "one")
    published.names = ("two",)
    clock.now += 60
    assert known(keys, "two")
    for _ in range(4):
        clock.now += 60
        assert not known(keys, "made up")
        assert known(keys, "one")
    clock.now += 60
    assert len(published.readers) == 6
    assert not known(keys, "one")
    assert [one.kid for one, _ in keys._keys] == ["two"]


def test_a_set_is_read_again_by_another_thread_in_the_very_second_that_it_grew_old(clock: Clock):
    published = Published("one", good_s=60)
    keys = KeySet("them", published, clock)
    assert known(keys, "one")
    clock.now += 59.5
    assert known(keys, "one")
    assert keys._reading is None
    clock.now += 0.5
    assert known(keys, "one")
    until(lambda: keys._reading is None)
    (first, second) = published.readers
    assert [(one.name, one.daemon) for one in (first, second)] == [("pymacaron-keys", True)] * 2


def test_a_set_that_is_good_for_longer_is_not_read_again_each_minute(clock: Clock):
    published = Published("one")
    keys = KeySet("them", published, clock)
    for _ in range(60):
        assert known(keys, "one")
        assert keys._reading is None
        clock.now += 60
    assert len(published.readers) == 1
    assert known(keys, "one")
    until(lambda: len(published.readers) == 2)


def test_after_a_reading_that_failed_the_next_is_a_minute_later(clock: Clock):
    published = Published("one", good_s=60)
    keys = KeySet("them", published, clock)
    assert known(keys, "one")
    published.names = None
    clock.now += 60
    for seconds, reads in ((0, 2), (59, 2), (1, 3)):
        clock.now += seconds
        assert known(keys, "one")
        until(lambda: keys._reading is None)
        assert len(published.readers) == reads


@pytest.mark.parametrize("names", [(), None])
def test_before_the_first_success_the_next_reading_is_ten_seconds_later(names: Any, clock: Clock):
    published = Published()
    published.names = names
    keys = KeySet("them", published, clock)
    for seconds, reads in ((0, 1), (9.5, 1), (0.5, 2), (9.5, 2), (0.5, 3)):
        clock.now += seconds
        assert not known(keys, "one")
        assert len(published.readers) == reads


# --- who reads


def test_one_thread_reads_aside_and_no_call_waits_for_it(clock: Clock):
    published = Published("one", good_s=60)
    keys = KeySet("them", published, clock)
    assert known(keys, "one")
    published.gate.clear()
    found: list[bool] = []

    def call() -> None:
        for _ in range(3):
            clock.now += 60
            found.append(known(keys, "one"))

    calls = threading.Thread(target=call, daemon=True)
    calls.start()
    calls.join(20)
    try:
        assert found == [True] * 3
    finally:
        published.gate.set()
    until(lambda: keys._reading is None)
    assert len(published.readers) == 2
    clock.now += 60
    assert known(keys, "one")
    until(lambda: len(published.readers) == 3)


def test_what_is_found_while_another_thread_read_is_not_read_again(clock: Clock):
    published = Published("one")
    keys = KeySet("them", published, clock)
    published.gate.clear()
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(known(keys, "one")), daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: published.readers)
    published.gate.set()
    for thread in threads:
        thread.join(20)
    assert (found, len(published.readers)) == ([True] * 3, 1)


def test_what_a_reading_raises_besides_a_fault_is_logged_and_leaves_the_set_readable(
    clock: Clock, caplog: pytest.LogCaptureFixture
):
    reads: list[float] = []

    def broken() -> tuple[list[Key], float | None]:
        reads.append(clock.now)
        raise ZeroDivisionError

    keys = KeySet("them", broken, clock)
    for _ in range(2):
        assert not known(keys, "one")
        assert keys.is_unread
        clock.now += 10
    assert [at - 1000 for at in reads] == [0, 10]
    assert {(record.getMessage(), bool(record.exc_info)) for record in caplog.records} == {
        ("the keys of the issuer them cannot be read", True)
    }


# --- what the log says


def test_the_log_names_the_issuer_and_why_its_set_is_of_no_use(clock: Clock, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        assert not known(KeySet("https://them", Published(), clock), "one")
    (record,) = caplog.records
    assert (record.name, record.levelname, record.getMessage()) == (
        "pymacaron.auth",
        "WARNING",
        "the keys of the issuer https://them cannot be read: the set has no key that could verify a token",
    )


# --- where they come from


@pytest.mark.parametrize("place", ["discovered", "url", "file"])
def test_only_keys_of_the_algorithms_asked_for_are_read(
    place: str, provider: Any, jwk: Any, pairs: Any, tmp_path: Path
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one"), jwk(pairs["P-384"], "ES384", kid="two")]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": provider.keys}))
    provider.headers = {"Cache-Control": "max-age=77"}
    read = {
        "discovered": lambda *wanted: discovered(provider.url, *wanted),
        "url": lambda *wanted: from_url(f"{provider.url}/keys", *wanted),
        "file": lambda *wanted: from_file(tmp_path / "keys.json", *wanted),
    }[place]
    good_s = 60 if place == "file" else 77
    for wanted, kids in (((iter(["ES384"]),), ["two"]), ((), ["one", "two"])):
        again = read(*wanted)
        for _ in range(2):
            keys, said_s = again()
            assert ([one.kid for one in keys], said_s) == (kids, good_s)


def test_of_an_issuer_that_ends_in_a_slash_one_slash_is_asked_for(provider: Any, jwk: Any, pairs: Any):
    issuer = f"{provider.url}/tenant/"
    published = {"issuer": issuer, "jwks_uri": f"{provider.url}/set", "keys": [jwk(pairs["P-256"], "ES256", kid="one")]}
    provider.raw = json.dumps(published).encode()
    keys, _ = discovered(issuer)()
    assert [one.kid for one in keys] == ["one"]
    assert provider.asked == ["/tenant/.well-known/openid-configuration", "/set"]


def test_a_set_may_have_a_hundred_keys(jwk: Any, pairs: Any):
    good = jwk(pairs["P-256"], "ES256", kid="one")
    assert len(keys_of({"keys": [{}] * 99 + [good]})) == 1
    assert len(keys_of({"keys": [good] * 100})) == 100
