"""Tokens of OAuth2 that clients ask for: how often, of whom, and what becomes of issuers that fail."""

from __future__ import annotations

import asyncio
import base64
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from upstreams.issuer import Issuer, document
from upstreams.server import clients, reply

from pymacaron import ApiPool, config
from pymacaron.client import errors, tokens
from pymacaron.client.issuers import Fault, Grant, Issued
from pymacaron.client.loading import load_clients
from pymacaron.client.options import Network
from pymacaron.client.tokens import Tokens

SECRET = "s3cret:/+ü"


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    made = Issuer()
    monkeypatch.setattr(tokens, "TOKENS", Tokens())
    yield made
    made.close()


@pytest.fixture
def bank(tmp_path: Path, issuer: Issuer) -> Callable[..., Any]:
    """Makes the clients of a bank whose api is that of *issuer*."""
    flows = {"clientCredentials": {"tokenUrl": issuer.url, "scopes": {"read": "", "write": ""}}}
    schemes = {
        "oauth": {"type": "oauth2", "flows": flows},
        "oidc": {"type": "openIdConnect", "openIdConnectUrl": f"{issuer.server.url}/.well-known/openid-configuration"},
    }
    security: dict[str, Any] = {
        "plain": [{"oauth": []}],
        "reading": [{"oauth": ["read"]}],
        "both": [{"oauth": ["write", "read"]}],
        "known": [{"oidc": ["read"]}],
    }
    (tmp_path / "bank.yaml").write_text(document(schemes, security), encoding="utf-8")
    load_clients(tmp_path, ["bank"])

    def make(scheme: str = "oauth", **more: Any) -> Any:
        auth = {scheme: {"client_id": "the id", "client_secret": SECRET, **more}}
        return clients(ApiPool.bank.clients, url=issuer.api.url, auth=auth)

    return make


def test_a_token_is_asked_for_once_and_sent_with_every_call(bank: Any, issuer: Issuer) -> None:
    made = bank()
    assert [made.call.plain().token for _ in range(3)] == ["token-1"] * 3
    assert asyncio.run(made.acall.plain()).token == "token-1"
    assert issuer.forms == [{"grant_type": "client_credentials"}]
    headers = issuer.asked[0].headers
    pair = f"{quote_plus('the id')}:{quote_plus(SECRET)}"
    assert headers["authorization"] == f"Basic {base64.b64encode(pair.encode()).decode()}"
    assert headers["content-type"] == "application/x-www-form-urlencoded"


def test_the_secret_goes_into_the_body_where_that_is_said(bank: Any, issuer: Issuer) -> None:
    bank(client_auth="client_secret_post", audience="https://bank").call.plain()
    [form] = issuer.forms
    assert form == {
        "grant_type": "client_credentials",
        "audience": "https://bank",
        "client_id": "the id",
        "client_secret": SECRET,
    }
    assert "authorization" not in issuer.asked[0].headers


def test_scopes_are_those_of_the_requirement_or_those_that_are_told(bank: Any, issuer: Issuer) -> None:
    made = bank()
    for name in ("reading", "both", "reading", "plain"):
        getattr(made.call, name)()
    assert [form.get("scope") for form in issuer.forms] == ["read", "read write", None]
    told = bank(scopes=["all", "more"])
    told.call.reading()
    told.call.both()
    assert [form.get("scope") for form in issuer.forms[3:]] == ["all more"]


def test_the_endpoint_of_open_id_connect_is_discovered_once(bank: Any, issuer: Issuer) -> None:
    made = bank("oidc")
    assert made.call.known().token == "token-1"
    issuer.good.clear()
    assert made.call.known().token == "token-2"
    assert [one.line.split()[:2] for one in issuer.server.asked] == [
        ["GET", "/.well-known/openid-configuration"],
        ["POST", "/token"],
        ["POST", "/token"],
    ]


def test_threads_and_tasks_that_want_one_token_ask_once(bank: Any, issuer: Issuer) -> None:
    made, together = bank(), threading.Barrier(21)
    arrived = threading.Semaphore(0)

    def slowly(asked: Any) -> None:
        for _ in range(21):
            arrived.acquire(timeout=20)

    issuer.fault = slowly

    def called() -> str:
        together.wait(20)
        arrived.release()
        found: str = made.call.plain().token
        return found

    async def many() -> list[Any]:
        waiting = [asyncio.ensure_future(made.acall.plain()) for _ in range(200)]
        await asyncio.to_thread(together.wait, 20)
        arrived.release()
        return [one.token for one in await asyncio.gather(*waiting)]

    with ThreadPoolExecutor(20) as pool:
        found = [pool.submit(called) for _ in range(20)]
        tasks = asyncio.run(many())
    assert [one.result() for one in found] + tasks == ["token-1"] * 220
    assert len(issuer.forms) == 1


def test_a_401_has_a_token_asked_for_and_the_call_sent_once_more(bank: Any, issuer: Issuer) -> None:
    made = bank()
    made.call.plain()
    issuer.good.clear()
    assert made.call.post_plain(b"body").token == "token-2"
    assert [(one.line.split()[0], one.body) for one in issuer.api.asked[1:]] == [("POST", b"body")] * 2
    assert len(issuer.forms) == 2


def test_the_same_awaited(bank: Any, issuer: Issuer) -> None:
    made = bank()
    made.call.plain()
    issuer.good.clear()
    assert asyncio.run(made.acall.post_plain(b"body")).token == "token-2"
    assert (len(issuer.api.asked), len(issuer.forms)) == (3, 2)


def test_an_api_that_takes_no_token_at_all_is_asked_twice_and_the_issuer_not_again(bank: Any, issuer: Issuer) -> None:
    issuer.api.answer = lambda asked: reply(401)
    made = bank()
    for count in (2, 3, 4):
        with pytest.raises(errors.Unauthorized):
            made.call.plain()
        assert len(issuer.api.asked) == count
    assert len(issuer.forms) == 2


def test_many_that_are_refused_at_once_share_one_new_token(bank: Any, issuer: Issuer) -> None:
    made = bank()
    made.call.plain()
    issuer.good.clear()
    refusing = threading.Barrier(20)
    before = issuer.api.answer

    def answer(asked: Any) -> Any:
        if asked.headers["authorization"] == "Bearer token-1":
            refusing.wait(20)
        return before(asked)

    issuer.api.answer = answer
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: made.call.plain().token, range(20)))
    assert (found, len(issuer.forms)) == (["token-2"] * 20, 2)


def test_a_body_that_cannot_be_sent_again_is_not_and_the_next_call_has_a_new_token(bank: Any, issuer: Issuer) -> None:
    made = bank()
    made.call.plain()
    issuer.good.clear()
    with pytest.raises(errors.Unauthorized):
        made.call.post_plain(iter([b"one", b"two"]))
    assert [one.line.split()[0] for one in issuer.api.asked] == ["GET", "POST"]
    assert made.call.plain().token == "token-2"


def test_a_refresh_token_is_shared_by_all_scopes_and_changes_as_the_issuer_says(bank: Any, issuer: Issuer) -> None:
    issuer.rotates = True
    made = bank(refresh_token="first-refresh")
    assert [made.call.reading().token, made.call.both().token] == ["token-1"] * 2
    issuer.good.clear()
    assert made.call.reading().token == "token-2"
    again = bank(refresh_token="first-refresh")
    assert again.call.plain().token == "token-2"
    assert [form["refresh_token"] for form in issuer.forms] == ["first-refresh", "refresh-token-1"]
    assert "refresh-token-2" in config.secret_values()


def test_a_public_client_has_no_secret(tmp_path: Path, bank: Any, issuer: Issuer) -> None:
    auth = {"oauth": {"client_id": "app", "refresh_token": "first-refresh"}}
    clients(ApiPool.bank.clients, url=issuer.api.url, auth=auth).call.plain()
    assert issuer.forms == [{"grant_type": "refresh_token", "refresh_token": "first-refresh", "client_id": "app"}]


NONSENSE = [
    (reply(200, content=b"<html>"), 502, "it is no JSON"),
    (reply(200, []), 502, "it is not a JSON object"),
    (reply(200, {"token": "x"}), 502, "no access_token"),
    (reply(200, {"access_token": "a\r\nX: y"}), 502, "no access_token"),
    (reply(200, {"access_token": "a", "token_type": "mac"}), 502, "none of type Bearer"),
    (reply(200, content=b"x" * 300_000), 502, "more than 200000 bytes"),
    (reply(307, headers={"Location": "http://127.0.0.1:9/steal"}), 502, "it answered 307"),
    (
        reply(400, {"error": "invalid_client", "error_description": f"no: {SECRET}\n"}),
        502,
        "400: invalid_client: no: ***",
    ),
    (reply(401, content=SECRET.encode()), 502, "it answered 401"),
]


@pytest.mark.parametrize(("answer", "status", "fact"), NONSENSE)
def test_what_an_issuer_answers_amiss_is_told_without_secrets(
    bank: Any, issuer: Issuer, answer: bytes, status: int, fact: str
) -> None:
    issuer.fault = lambda asked: answer
    made = bank()
    found = []
    with pytest.raises(errors.CredentialsFailed) as raised:
        made.call.plain()
    found.append(raised.value)
    with pytest.raises(errors.CredentialsFailed) as raised:
        asyncio.run(made.acall.plain())
    found.append(raised.value)
    for error in found:
        assert fact in str(error)
        assert issuer.url in str(error)
        assert SECRET not in str(error)
        assert quote_plus(SECRET) not in repr(error)
        assert (error.status, error.error, error.attempts) == (status, "CREDENTIALS_FAILED", 0)
        assert (error.operation, error.call_id != "") == ("plain", True)
    assert made.client.plain().error == "CREDENTIALS_FAILED"
    assert len(issuer.asked) == 1
    assert issuer.api.asked == []


@pytest.mark.parametrize("answer", [reply(503), reply(429), b""])
def test_an_issuer_that_is_away_for_a_moment_is_asked_again(bank: Any, issuer: Issuer, answer: bytes) -> None:
    left = [answer, answer]
    issuer.fault = lambda asked: (left.pop() or iter(())) if left else None
    assert bank().call.plain().token == "token-1"
    assert len(issuer.asked) == 3


def test_an_issuer_that_is_dead_is_not_asked_again_at_once(bank: Any, issuer: Issuer) -> None:
    issuer.fault = lambda asked: reply(503, headers={"Retry-After": "120"})
    made = bank()
    for _ in range(5):
        with pytest.raises(errors.CredentialsFailed) as raised:
            made.call.plain()
        assert raised.value.status == 503
    assert len(issuer.asked) == 1


def test_nobody_listening_is_told(bank: Any, issuer: Issuer) -> None:
    issuer.server.close()
    with pytest.raises(errors.CredentialsFailed, match=f"no token from {issuer.url}: no connection"):
        bank().call.plain()


def test_who_has_no_time_left_does_not_wait_and_the_token_is_there_for_the_next(bank: Any, issuer: Issuer) -> None:
    go = threading.Event()

    def slowly(asked: Any) -> None:
        go.wait(20)

    issuer.fault = slowly
    made = bank()
    with pytest.raises(errors.DeadlineExceeded, match="has given no token yet"):
        made.call.with_options(timeout=0.05).plain()
    with pytest.raises(errors.DeadlineExceeded, match="has given no token yet"):
        asyncio.run(made.acall.with_options(timeout=0.05).plain())

    async def cancelled() -> str:
        impatient = asyncio.ensure_future(made.acall.plain())
        patient = asyncio.ensure_future(made.acall.plain())
        await asyncio.sleep(0)
        impatient.cancel()
        go.set()
        found: str = (await patient).token
        return found

    assert asyncio.run(cancelled()) == "token-1"
    assert len(issuer.asked) == 1


def test_tokens_come_by_https_only_but_from_this_machine() -> None:
    store = Tokens()
    with pytest.raises(errors.CredentialsFailed, match="by https only"):
        store.token(Grant("http://login.example.com/token", "", "a", "b", ""), Network())


class World:
    """A clock, and an issuer that says what a test wants."""

    def __init__(self) -> None:
        self.now = 0.0
        self.count = 0
        self.fault: Fault | None = None
        self.lasts: float | None = 100.0
        self.go = threading.Event()
        self.go.set()
        self.store = Tokens(lambda: self.now, self.asks)
        self.grant = Grant("https://a.example/token", "", "a", "hidden", "hidden")

    def asks(self, grant: Grant, network: Network, refresh_token: str, endpoint: str) -> Issued:
        self.go.wait(20)
        self.count += 1
        if self.fault is not None:
            raise self.fault
        return Issued(f"t{self.count}", self.lasts, "", "")

    def token(self) -> str:
        return self.store.token(self.grant, Network())

    def settled(self) -> None:
        """Wait until nothing is being asked."""
        deadline = time.monotonic() + 20
        while self.store._entries[self.grant].flight is not None and time.monotonic() < deadline:
            os.sched_yield()


def test_a_token_is_renewed_before_it_ends_and_nobody_waits_for_it() -> None:
    world = World()
    assert [world.token(), world.count] == ["t1", 1]
    world.now = 79.0
    assert [world.token(), world.count] == ["t1", 1]
    world.go.clear()
    world.now = 81.0
    assert [world.token(), world.token(), world.count] == ["t1", "t1", 1]
    world.go.set()
    world.settled()
    assert [world.token(), world.count] == ["t2", 2]


def test_a_token_that_ends_in_a_moment_is_not_sent() -> None:
    world = World()
    world.token()
    world.now = 97.0
    assert world.token() == "t2"


def test_while_its_issuer_fails_a_token_is_sent_until_it_ends() -> None:
    world = World()
    world.token()
    world.fault, world.now = Fault("it is down"), 97.0
    assert [world.token(), world.token(), world.count] == ["t1", "t1", 2]
    world.now = 100.0
    with pytest.raises(errors.CredentialsFailed, match="it is down"):
        world.token()


def test_the_pause_after_failures_grows_and_ends_with_a_success() -> None:
    world = World()
    world.fault = Fault("it is down")
    asked = []
    for second in range(130):
        world.now = float(second)
        with pytest.raises(errors.CredentialsFailed):
            world.token()
        if not asked or world.count > len(asked):
            asked.append(second)
    assert asked == [0, 1, 3, 7, 15, 31, 63, 123]
    world.fault, world.now = None, 200.0
    assert world.token() == "t9"


def test_a_token_that_lasts_no_time_is_good_for_those_who_waited() -> None:
    world = World()
    world.lasts = 0.0
    assert [world.token(), world.token()] == ["t1", "t2"]


def test_a_refusal_of_an_older_token_or_of_somebody_elses_asks_for_none() -> None:
    world = World()
    world.token()
    assert not world.store.refused(world.grant, "somebody else's")
    assert world.store.refused(world.grant, "t1")
    assert world.token() == "t2"
    assert world.store.refused(world.grant, "t1")
    assert [world.token(), world.count] == ["t2", 2]
    assert not world.store.refused(world.grant, "t2")
    world.now += 31
    assert world.store.refused(world.grant, "t2")
    assert world.token() == "t3"


def test_no_repr_shows_a_secret() -> None:
    world = World()
    world.token()
    assert "hidden" not in repr(world.grant)
    assert "t1" not in repr(world.store._entries[world.grant].held)
    assert "t1" not in repr(Issued("t1", 1.0, "r1", ""))


def in_child(work: Callable[[], str]) -> str:
    """What *work* says in a forked process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, work().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        found = said.read()
    os.waitpid(child, 0)
    return found


def test_a_forked_child_sends_the_token_of_its_parent(bank: Any, issuer: Issuer) -> None:
    made = bank()
    made.call.plain()

    def call() -> str:
        found: str = made.call.plain().token
        return found

    assert in_child(call) == "token-1"
    assert len(issuer.forms) == 1


def test_a_child_that_is_forked_while_its_parent_asks_asks_by_itself() -> None:
    world = World()
    world.go.clear()
    asking = threading.Thread(target=world.token)
    asking.start()
    deadline = time.monotonic() + 20
    while world.grant not in world.store._entries and time.monotonic() < deadline:
        os.sched_yield()

    def ask() -> str:
        world.store.after_fork()
        world.go = threading.Event()
        world.go.set()
        return world.token()

    assert in_child(ask) == "t1"
    world.go.set()
    asking.join(20)
    assert world.count == 1
