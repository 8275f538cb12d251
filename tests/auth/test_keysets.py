"""The keys that an issuer publishes: read from a file or a real server, again and again, and who waits for that."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pymacaron.auth.algorithms import Key, KeyFault, secret_key
from pymacaron.auth.fetching import fetched, is_safe
from pymacaron.auth.keysets import KeySet, _begin_anew, discovered, from_file, from_url, keys_of
from pymacaron.auth.tokens import Fixed, Issuer
from pymacaron.auth.verified import Verifier
from pymacaron.exceptions import AuthInvalidTokenError


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


def names(keys: list[Key]) -> list[str | None]:
    return [key.kid for key in keys]


def held(keys: KeySet) -> bool:
    return keys._reading is not None


def test_keys_are_fetched_when_one_is_first_asked_for_and_then_known(provider: Any, jwk: Any, pairs: Any, clock: Clock):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one"), jwk(pairs["rsa"], "RS256", kid="two")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    assert provider.asked == []
    assert names(keys.find("one", "ES256")) == ["one"]
    assert names(keys.find("two", "RS256")) == ["two"]
    assert keys.find("two", "PS256") == []
    assert names(keys.find(None, "ES256")) == ["one"]
    assert provider.asked == ["/keys"]


def test_an_unknown_key_has_the_set_read_again_at_most_once_a_minute(provider: Any, jwk: Any, pairs: Any, clock: Clock):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("one", "ES256")
    for number in range(50):
        assert keys.find(f"made-up-{number}", "ES256") == []
    assert len(provider.asked) == 1
    clock.now += 59.9
    assert keys.find("made-up", "ES256") == []
    assert len(provider.asked) == 1
    clock.now += 0.2
    for number in range(50):
        assert keys.find(f"made-up-{number}", "ES256") == []
    assert len(provider.asked) == 2


def test_a_new_key_is_found_and_the_one_that_left_is_good_for_five_minutes_more(
    provider: Any, jwk: Any, pairs: Any, clock: Clock
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="old")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("old", "ES256")
    clock.now += 61
    provider.keys = [jwk(pairs["P-256-other"], "ES256", kid="new")]
    assert names(keys.find("new", "ES256")) == ["new"]
    clock.now += 299
    assert names(keys.find("old", "ES256")) == ["old"]
    clock.now += 1
    assert names(keys.find("new", "ES256")) == ["new"]
    asked = len(provider.asked)
    assert keys.find("old", "ES256") == []
    assert len(provider.asked) == asked + 1


def test_a_key_that_comes_back_is_good_again(provider: Any, jwk: Any, pairs: Any, clock: Clock):
    one, two = jwk(pairs["P-256"], "ES256", kid="one"), jwk(pairs["P-256-other"], "ES256", kid="two")
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    for published in ([one], [two], [one, two]):
        provider.keys = published
        clock.now += 61
        keys.find("unheard", "ES256")
    clock.now += 301
    assert (names(keys.find("one", "ES256")), names(keys.find("two", "ES256"))) == (["one"], ["two"])


def test_a_key_that_changes_under_its_name_is_both_while_they_overlap(
    provider: Any, jwk: Any, pairs: Any, clock: Clock
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="same")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    (old,) = keys.find("same", "ES256")
    provider.keys = [jwk(pairs["P-256-other"], "ES256", kid="same")]
    clock.now += 61
    keys.find("unheard", "ES256")
    found = keys.find("same", "ES256")
    assert len(found) == 2
    assert old in found
    clock.now += 301
    assert old not in keys.find("same", "ES256")


def test_a_set_that_grew_old_is_read_by_another_thread(provider: Any, jwk: Any, pairs: Any, clock: Clock):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    provider.headers = {"Cache-Control": "public, max-age=600"}
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("one", "ES256")
    clock.now += 599
    keys.find("one", "ES256")
    assert len(provider.asked) == 1
    clock.now += 2
    provider.gate.clear()
    provider.knocked.clear()
    for _ in range(20):
        assert names(keys.find("one", "ES256")) == ["one"]
    assert provider.knocked.wait(20)
    provider.gate.set()
    until(lambda: not held(keys))
    assert len(provider.asked) == 2


@pytest.mark.parametrize(
    ("said", "fresh_s"),
    [("no-store", 3600), ("max-age=0", 60), ("max-age=999999999", 86_400), ("s-max-age=7, x", 3600), ("", 3600)],
)
def test_how_long_a_set_is_good_is_within_a_minute_and_a_day(
    said: str, fresh_s: float, provider: Any, jwk: Any, pairs: Any, clock: Clock
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    provider.headers = {"Cache-Control": said}
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("one", "ES256")
    assert keys._fresh_until == clock.now + fresh_s


def test_a_server_that_hangs_blocks_no_call_whose_key_is_known(provider: Any, jwk: Any, pairs: Any, clock: Clock):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("one", "ES256")
    provider.gate.clear()
    provider.knocked.clear()
    clock.now += 61
    waiting = threading.Thread(target=lambda: keys.find("unheard", "ES256"))
    waiting.start()
    assert provider.knocked.wait(20)
    for _ in range(100):
        assert names(keys.find("one", "ES256")) == ["one"]
    provider.gate.set()
    waiting.join()


class Waits:
    """Stands where a reading says that it ended; notes how long a call would wait for that, and does not."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def set(self) -> None:
        pass

    def wait(self, seconds: float) -> bool:
        self.asked.append(seconds)
        return False


def test_calls_wait_for_a_reading_that_hangs_until_two_seconds_after_its_begin(
    provider: Any, jwk: Any, pairs: Any, clock: Clock
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("one", "ES256")
    provider.gate.clear()
    clock.now += 61
    keys.find("one", "ES256")
    assert keys.find("made-up", "ES256") == []
    reading = keys._reading
    assert reading is not None
    reading.ended = waits = Waits()  # type: ignore[assignment]
    for seconds in (0, 0.25, 1.25, 0.5, 3):
        clock.now += seconds
        assert keys.find(f"made-up-{seconds}", "ES256") == []
    # For the first half second with all others, then with one other
    assert waits.asked == [0.5, 1.5, 0.25, 1.5, 0, 0.5, 0, 0, 0, 0]
    provider.gate.set()
    until(lambda: not held(keys))
    assert len(provider.asked) == 2


def test_where_a_reading_hangs_two_calls_wait_for_it_and_the_others_are_refused_at_once(clock: Clock):
    gate = threading.Event()

    def read() -> tuple[list[Key], None]:
        assert gate.wait(20)
        raise KeyFault("it hung")

    keys = KeySet("them", read, clock)
    ended = Entered(2)
    assert keys.find("made-up", "ES256") == []
    reading = keys._reading
    assert reading is not None
    assert reading.grace_s == 0.5
    clock.now += 1
    reading.ended = ended  # type: ignore[assignment]
    waiting = [threading.Thread(target=lambda: keys.find("made-up", "ES256")) for _ in range(2)]
    for thread in waiting:
        thread.start()
    until(lambda: ended.inside == 2)
    for _ in range(50):
        assert keys.find("made-up", "ES256") == []
    assert ended.inside == 2
    gate.set()
    for thread in waiting:
        thread.join(20)
    until(lambda: not held(keys))
    gate.clear()
    clock.now += 10
    assert keys.find("made-up", "ES256") == []
    reading = keys._reading
    assert reading is not None
    assert reading.grace_s == 0
    gate.set()
    until(lambda: not held(keys))


class Entered(threading.Event):
    """Says how many wait for longer than no time; until it is set, or 20 seconds have passed."""

    def __init__(self, most: int):
        super().__init__()
        self.most = most
        self.inside = 0
        self.lock = threading.Lock()

    def wait(self, timeout: float | None = None) -> bool:
        if not timeout:
            return self.is_set()
        with self.lock:
            self.inside += 1
        assert self.inside <= self.most
        return super().wait(20)


def test_a_token_of_ours_does_not_wait_for_an_issuer_that_hangs(sign: Any, pairs: Any, clock: Clock):
    gate = threading.Event()

    def read() -> tuple[list[Key], None]:
        assert gate.wait(20)
        raise KeyFault("it hung")

    secret = b"0123456789abcdef0123456789abcdef"
    own = Issuer("us", "shop", Fixed([secret_key(secret.decode())]))
    verifier = Verifier({"us": own, "them": Issuer("them", "shop", KeySet("them", read, clock))}, 0)
    claims = {"iss": "them", "aud": "shop", "sub": "ada", "exp": 2_000_000_000}
    forged = sign(pairs["P-256"], "ES256", claims, kid="made-up")
    for _ in range(2):
        with pytest.raises(AuthInvalidTokenError, match=r"^the keys of its issuer cannot be read now$"):
            verifier.verify(forged, clock.now)
    assert verifier.verify(sign(secret, "HS256", {**claims, "iss": "us"}), clock.now)["sub"] == "ada"
    gate.set()


def test_a_process_that_was_forked_while_a_thread_read_reads_the_set_itself(clock: Clock):
    gate, pid = threading.Event(), os.getpid()

    def read() -> tuple[list[Key], None]:
        assert os.getpid() != pid or gate.wait(20)
        return [Key(("ES256",), None, None, "one", "one")], None

    keys = KeySet("them", read, clock)
    keys.find("one", "ES256")
    assert held(keys)
    for _ in range(2):
        assert keys._waiting.acquire(blocking=False)
    with keys._lock:  # as another thread would, in this moment
        child = os.fork()
        if child == 0:
            os._exit(0 if names(keys.find("one", "ES256")) == ["one"] and not keys.is_unread else 1)
    gate.set()
    until(lambda: not held(keys))
    assert os.waitstatus_to_exitcode(ended(child)) == 0


def test_who_begins_anew_in_mid_reading_has_failed_at_nothing(clock: Clock):
    gate = threading.Event()

    def read() -> tuple[list[Key], None]:
        assert gate.wait(20)
        return [Key(("ES256",), None, None, "one", "one")], None

    keys = KeySet("them", read, clock)
    keys.find("one", "ES256")
    assert (held(keys), keys.is_unread) == (True, True)
    _begin_anew()  # as a forked process does
    assert (held(keys), keys.is_unread) == (False, False)
    gate.set()
    until(lambda: keys.find("one", "ES256"))


def ended(child: int) -> int:
    """The status of the process *child*, which has twenty seconds for it."""
    deadline = time.monotonic() + 20
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        threading.Event().wait(0.005)


def test_where_no_thread_can_begin_the_set_is_read_as_soon_as_one_can(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    keys = KeySet("them", lambda: ([Key(("ES256",), None, None, "one", "one")], None), clock)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        for _ in range(2):
            assert keys.find("one", "ES256") == []
        assert not held(keys)
    assert names(keys.find("one", "ES256")) == ["one"]


def test_a_new_key_is_found_by_all_who_ask_while_the_set_is_read(provider: Any, jwk: Any, pairs: Any, clock: Clock):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("one", "ES256")
    provider.keys = [jwk(pairs["P-256-other"], "ES256", kid="two")]
    clock.now += 61
    found: list[list[str | None]] = []
    threads = [threading.Thread(target=lambda: found.append(names(keys.find("two", "ES256")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(provider.asked)) == ([["two"]] * 8, 2)


def test_a_known_server_that_is_down_is_asked_for_unknown_keys_once_a_minute(clock: Clock):
    reads: list[float] = []

    def read() -> tuple[list[Key], None]:
        reads.append(clock.now)
        if len(reads) > 1:
            raise KeyFault("down")
        return [Key(("ES256",), None, None, "one", "one")], None

    keys = KeySet("them", read, clock)
    keys.find("one", "ES256")
    began = clock.now
    for seconds in (61, 72, 120, 122):
        clock.now = began + seconds
        assert keys.find(f"made-up-{seconds}", "ES256") == []
        until(lambda: not held(keys))
    assert [at - began for at in reads] == [0, 61, 122]


def test_who_waited_for_a_first_reading_that_failed_does_not_read_again(clock: Clock):
    reads: list[float] = []

    def read() -> tuple[list[Key], None]:
        reads.append(clock.now)
        clock.now += 10
        raise KeyFault("it took ten seconds")

    keys = KeySet("them", read, clock)
    for _ in range(3):
        assert keys.find("one", "ES256") == []
    assert len(reads) == 1


def test_what_a_key_that_left_verified_is_kept_no_longer_than_the_key(
    provider: Any, jwk: Any, pairs: Any, sign: Any, clock: Clock
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="old")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    verifier = Verifier({"them": Issuer("them", "shop", keys)}, 0)
    claims = {"iss": "them", "aud": "shop", "sub": "ada", "exp": 2_000_000_000}
    token = sign(pairs["P-256"], "ES256", claims, kid="old")
    assert (keys.find("old", "ES256")[0].kid, keys.keeps_s) == ("old", 300)
    provider.keys = [jwk(pairs["P-256-other"], "ES256", kid="new")]
    clock.now += 61
    keys.find("new", "ES256")
    left = clock.now
    clock.now = left + 299
    assert verifier.verify(token, clock.now)["sub"] == "ada"
    clock.now = left + 300
    assert keys.keeps_s == 300
    with pytest.raises(AuthInvalidTokenError):
        verifier.verify(token, clock.now)
    assert keys.keeps_s == 300


def test_a_server_that_is_down_leaves_the_keys_that_are_known_for_a_day(
    provider: Any, jwk: Any, pairs: Any, clock: Clock, caplog: pytest.LogCaptureFixture
):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("one", "ES256")
    provider.status = 503
    with caplog.at_level(logging.WARNING):
        clock.now += 86_000
        assert names(keys.find("one", "ES256")) == ["one"]
        until(lambda: not held(keys) and caplog.messages)
    assert caplog.messages == ["the keys of the issuer them cannot be read: HTTPError: HTTP Error 503"]
    assert names(keys.find("one", "ES256")) == ["one"]
    clock.now += 399.9
    assert names(keys.find("one", "ES256")) == ["one"]
    clock.now += 0.1
    assert keys.find("one", "ES256") == []
    provider.status = 200
    clock.now += 61
    assert names(keys.find("one", "ES256")) == ["one"]


def test_while_no_key_was_ever_read_it_is_tried_every_ten_seconds(provider: Any, jwk: Any, pairs: Any, clock: Clock):
    provider.keys, provider.status = [jwk(pairs["P-256"], "ES256", kid="one")], 500
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    for _ in range(20):
        assert keys.find("one", "ES256") == []
    assert len(provider.asked) == 1
    provider.status = 200
    clock.now += 10
    assert names(keys.find("one", "ES256")) == ["one"]


def test_many_threads_that_want_a_key_make_one_fetch(provider: Any, jwk: Any, pairs: Any):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"))
    provider.gate.clear()
    found: list[list[str | None]] = []
    threads = [threading.Thread(target=lambda: found.append(names(keys.find("one", "ES256")))) for _ in range(30)]
    for thread in threads:
        thread.start()
    assert provider.knocked.wait(20)
    provider.gate.set()
    for thread in threads:
        thread.join()
    assert (found, provider.asked) == ([["one"]] * 30, ["/keys"])


# --- where they come from


def test_discovery_tells_where_the_keys_are(provider: Any, jwk: Any, pairs: Any):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    keys, _ = discovered(provider.url)()
    assert names(list(keys)) == ["one"]
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ({"issuer": "https://evil.example.com"}, "what it publishes about itself names another issuer"),
        ({"issuer": None}, "what it publishes about itself names another issuer"),
        ({"jwks_uri": None}, "what it publishes about itself names no jwks_uri"),
        ({"jwks_uri": "http://example.com/keys"}, "keys are fetched by https only"),
        ({"jwks_uri": "file:///etc/passwd"}, "keys are fetched by https only"),
    ],
)
def test_a_discovery_document_that_is_not_the_issuers_own_is_refused(said: dict[str, Any], fact: str, provider: Any):
    provider.said = said
    with pytest.raises(KeyFault) as caught:
        discovered(provider.url)()
    assert (str(caught.value), provider.asked) == (fact, ["/.well-known/openid-configuration"])


def test_keys_come_from_a_file_that_may_change(tmp_path: Path, jwk: Any, pairs: Any, clock: Clock):
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [jwk(pairs["P-256"], "ES256", kid="one")]}))
    keys = KeySet("them", from_file(file), clock)
    assert names(keys.find("one", "ES256")) == ["one"]
    file.write_text(json.dumps({"keys": [jwk(pairs["P-256"], "ES256", kid="two")]}))
    clock.now += 61
    assert names(keys.find("two", "ES256")) == ["two"]
    file.unlink()
    with pytest.raises(KeyFault, match=r"^keys.json: No such file or directory$"):
        from_file(file)()


@pytest.mark.parametrize(
    ("document", "fact"),
    [
        ({}, "it is no JWKS: it has no list `keys`"),
        ({"keys": {}}, "it is no JWKS: it has no list `keys`"),
        ({"keys": [1, None]}, "the set has no key that could verify a token; of its first, its kty is none of RSA"),
        ({"keys": [{"kty": "oct", "k": "AAAA"}]}, "the set has no key that could verify a token; of its first"),
        ({"keys": [{}] * 101}, "it has more than 100 keys"),
    ],
)
def test_what_is_no_set_of_keys_is_refused(document: dict[str, Any], fact: str):
    with pytest.raises(KeyFault) as caught:
        keys_of(document)
    assert str(caught.value).startswith(fact)


def test_keys_of_kinds_that_nobody_knows_are_passed_over(jwk: Any, pairs: Any):
    good = jwk(pairs["P-256"], "ES256", kid="one")
    assert names(keys_of({"keys": [{"kty": "AKP"}, 1, {**good, "use": "enc"}, good]})) == ["one"]


def test_a_set_that_became_empty_changes_nothing(provider: Any, jwk: Any, pairs: Any, clock: Clock):
    provider.keys = [jwk(pairs["P-256"], "ES256", kid="one")]
    keys = KeySet("them", from_url(f"{provider.url}/keys"), clock)
    keys.find("one", "ES256")
    provider.keys = []
    clock.now += 61
    assert keys.find("two", "ES256") == []
    clock.now += 400
    assert names(keys.find("one", "ES256")) == ["one"]


# --- the network


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example.com/keys", True),
        ("http://127.0.0.1:8080/keys", True),
        ("http://localhost/keys", True),
        ("http://[::1]:80/keys", True),
        ("http://login.example.com/keys", False),
        ("http://127.0.0.1.example.com/keys", False),
        ("http://localhost@example.com/keys", False),
        ("https://user:password@login.example.com/keys", False),
        ("https:///keys", False),
        ("https://[", False),
        ("ftp://login.example.com/keys", False),
        ("file:///etc/passwd", False),
        ("data:application/json,{}", False),
        ("keys.json", False),
    ],
)
def test_keys_are_fetched_where_nobody_can_change_them_on_the_way(url: str, safe: bool):
    assert is_safe(url) is safe
    if not safe:
        with pytest.raises(KeyFault, match=r"^keys are fetched by https only$"):
            fetched(url)


@pytest.mark.parametrize(
    ("raw", "fact"),
    [
        (b"<html>", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[" * 500_000, "it is no JSON"),
        (b"[]", "it is not a JSON object"),
        (b" " * 1_000_001, "more than 1000000 bytes came"),
    ],
)
def test_what_is_no_document_is_refused(raw: bytes, fact: str, provider: Any):
    provider.raw = raw
    with pytest.raises(KeyFault) as caught:
        fetched(f"{provider.url}/keys")
    assert str(caught.value) == fact


def test_a_document_may_have_a_million_bytes(provider: Any):
    provider.raw = b" " * 999_998 + b"{}"
    assert fetched(f"{provider.url}/keys") == ({}, None)


def test_a_redirect_is_not_followed(provider: Any):
    provider.status, provider.headers = 302, {"Location": f"{provider.url}/elsewhere"}
    with pytest.raises(KeyFault, match=r"^HTTPError: HTTP Error 302$"):
        fetched(f"{provider.url}/keys")
    assert provider.asked == ["/keys"]


def test_a_server_that_is_not_there_is_a_fault():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(KeyFault, match=r"^URLError: "):
            fetched(f"http://127.0.0.1:{deaf.getsockname()[1]}/keys")


def test_what_is_told_of_an_answer_are_no_words_of_the_server():
    for answer in (b"HTTP/1.1 500 planted\r\nContent-Length: 0\r\n\r\n", b"planted\r\n\r\n"):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def serve(server: socket.socket = server, answer: bytes = answer) -> None:
                connection, _ = server.accept()
                with connection:
                    connection.recv(10_000)
                    connection.sendall(answer)

            thread = threading.Thread(target=serve)
            thread.start()
            with pytest.raises(KeyFault) as caught:
                fetched(f"http://127.0.0.1:{server.getsockname()[1]}/keys")
            thread.join()
        assert str(caught.value) in ("HTTPError: HTTP Error 500", "BadStatusLine")


@pytest.mark.parametrize(
    "begins",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Header: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5; ",
        b"HTTP/1.1 ",
        b"",
    ],
)
def test_an_answer_that_does_not_end_is_given_up_and_hung_up(begins: bytes):
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()
        asking: list[bool] = []

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(10_000)
                asking.extend(one.daemon for one in threading.enumerate() if one.name == "pymacaron-fetch")
                connection.sendall(begins)
                while not ended.wait(0.02):
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(KeyFault, match=r"^the answer took more than 0.2 seconds$"):
                fetched(f"http://127.0.0.1:{server.getsockname()[1]}/keys", timeout_s=0.2)
            until(lambda: not any(one.name == "pymacaron-fetch" for one in threading.enumerate()))
            thread.join(20)
            assert not thread.is_alive()
            assert asking == [True]  # a process does not wait for it at its end
        finally:
            ended.set()
            thread.join()


def test_an_answer_that_does_not_come_is_given_up(provider: Any):
    provider.gate.clear()
    with pytest.raises(KeyFault, match=r"^the answer took more than 0.05 seconds$"):
        fetched(f"{provider.url}/keys", timeout_s=0.05)
