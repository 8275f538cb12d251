"""What is sent again and what is not: the generator that both drivers run, without any network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from pymacaron.client.attempts import DEADLINE, Received, Send, Wait, attempts
from pymacaron.client.errors import (
    BadReply,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    TimedOut,
    TransportError,
)
from pymacaron.client.policy import Budget, Policy

TIMEOUTS = {"connect": 1.0, "read": 2.0, "write": 2.0, "pool": 2.0}


@dataclass
class World:
    """A clock that only waits move, and sends take *takes* seconds of."""

    now: float = 0.0
    takes: float = 0.0
    sent: list[Send] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def run(
        self, outcomes: list[Any], method: str = "GET", body: Any = None, deadline: float | None = 20.0, **more: Any
    ) -> Any:
        policy = Policy(clock=lambda: self.now, wall=lambda: 0.0, random=lambda: 1.0, **more.pop("policy", {}))
        send = Send(method, "https://a.example/x", [("A", "b")], body, TIMEOUTS, deadline)
        more.setdefault("is_idempotent", method == "GET")
        steps = attempts(send, policy, more.pop("budget", Budget(1.0, 100.0)), **more)
        left = iter(outcomes)
        outcome: Any = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                return done.value
            if isinstance(step, Wait):
                self.waited.append(step.seconds)
                self.now += step.seconds
                outcome = None
            else:
                self.sent.append(step)
                self.now += self.takes
                outcome = next(left)


def received(status: int, **headers: str) -> Received:
    return Received(status, [(name.replace("_", "-"), value) for name, value in headers.items()])


@pytest.mark.parametrize(
    "first", [*map(received, (429, 502, 503, 504)), ConnectFailed(""), ConnectionLost(""), TimedOut("")]
)
def test_what_may_pass_is_tried_again(first: Any) -> None:
    world = World()
    last = world.run([first, first, received(200)])
    assert (last.status, last.attempts) == (200, 3)
    assert world.waited == [0.1, 0.2]


@pytest.mark.parametrize("status", [200, 201, 304, 400, 401, 404, 408, 409, 500, 501, 505])
def test_all_else_is_an_answer(status: int) -> None:
    world = World()
    assert world.run([received(status)]).status == status
    assert world.waited == []


@pytest.mark.parametrize("error", [BadReply(""), TransportError(""), DeadlineExceeded("")])
def test_errors_that_stay_are_raised_at_once(error: TransportError) -> None:
    world = World()
    with pytest.raises(type(error)):
        world.run([error])
    assert len(world.sent) == 1


@pytest.mark.parametrize("first", [received(503), ConnectFailed(""), ConnectionLost(""), TimedOut("")])
def test_what_is_not_idempotent_is_sent_once(first: Any) -> None:
    world = World()
    if isinstance(first, TransportError):
        with pytest.raises(type(first)):
            world.run([first], method="POST")
    else:
        assert world.run([first], method="POST") is first
    assert len(world.sent) == 1


def test_a_body_that_is_an_iterator_is_sent_once() -> None:
    world = World()
    assert world.run([received(503)], method="PUT", body=iter([b""]), is_idempotent=True).status == 503
    assert len(world.sent) == 1


def test_attempts_end_with_the_last_outcome() -> None:
    world = World()
    assert world.run([received(503)] * 3).status == 503
    with pytest.raises(ConnectFailed) as raised:
        world.run([ConnectFailed("")] * 3)
    assert raised.value.attempts == 3


def test_retry_after_is_waited_for() -> None:
    world = World()
    world.run([received(503, Retry_After="7"), received(200)])
    assert world.waited == [7.0]


def test_a_wait_that_would_overrun_the_deadline_is_not_begun() -> None:
    world = World()
    assert world.run([received(429, Retry_After="20")]).status == 429
    assert (world.waited, world.now) == ([], 0.0)


def test_each_attempt_has_the_time_that_is_left_and_says_so() -> None:
    world = World(takes=1.5)
    world.run([received(503, Retry_After="1"), received(503, Retry_After="2"), received(200)], deadline=7.0)
    assert [dict(send.headers)[DEADLINE] for send in world.sent] == ["7000", "4500", "1000"]
    assert [send.timeouts["read"] for send in world.sent] == [2.0, 2.0, 1.0]
    assert world.sent[2].timeouts == {"connect": 1.0, "read": 1.0, "write": 1.0, "pool": 1.0}


def test_a_call_without_time_is_not_sent() -> None:
    world = World(now=20.0)
    with pytest.raises(DeadlineExceeded) as raised:
        world.run([])
    assert (world.sent, raised.value.attempts) == ([], 0)


def test_the_budget_ends_retries() -> None:
    world, budget = World(), Budget(0.0, 1.0)
    assert world.run([received(503)] * 2, budget=budget, policy={"backoff": 0.0}).status == 503
    assert world.run([received(503)], budget=budget, policy={"backoff": 0.0}).status == 503
    assert len(world.sent) == 3


def test_a_401_is_sent_again_once_where_credentials_say_so() -> None:
    world = World()
    assert world.run([received(401), received(401)], refused=lambda send, reply: True).status == 401
    assert len(world.sent) == 2
    assert world.run([received(401)], refused=lambda send, reply: False).status == 401


def redirect(status: int, location: str, method: str = "GET", **more: Any) -> tuple[Any, World]:
    world = World()
    return world.run([received(status, Location=location), received(200)], method=method, **more), world


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/y?z=1#f", "https://a.example/y?z=1"),
        ("y", "https://a.example/y"),
        ("https://a.example:443/y", None),
        ("https://a.example?z=1", "https://a.example/?z=1"),
    ],
)
def test_redirects_to_the_same_host_are_followed(status: int, location: str, url: str | None) -> None:
    last, world = redirect(status, location)
    assert last.status == 200
    assert world.sent[1].url == (url or location)
    assert world.sent[1].headers[0] == ("A", "b")


def test_another_host_is_told_nothing_but_what_is_wanted() -> None:
    world = World()
    send = [("Authorization", "s"), ("Cookie", "s"), ("X-Key", "s"), ("Accept", "a/b"), ("User-Agent", "u")]
    policy = Policy(clock=lambda: 0.0)
    first = Send("GET", "https://a.example/x", send, None, TIMEOUTS, 20.0)
    steps = attempts(first, policy, Budget(1.0, 1.0), is_idempotent=True)
    next(steps)
    step: Any = steps.send(received(302, Location="https://b.example/y"))
    assert (step.url, step.headers) == ("https://b.example/y", [("Accept", "a/b"), ("User-Agent", "u")])
    step = steps.send(received(302, Location="https://a.example/z"))
    assert (step.url, step.headers) == ("https://a.example/z", [("Accept", "a/b"), ("User-Agent", "u")])
    assert world.sent == []


@pytest.mark.parametrize(
    ("status", "location", "method"),
    [
        (302, "/y", "POST"),
        (307, "/y", "PUT"),
        (308, "/y", "DELETE"),
        (302, "http://a.example/y", "GET"),
        (302, "ftp://a.example/y", "GET"),
        (302, "https://u:p@a.example/y", "GET"),
        (302, "https://a.example:99999/y", "GET"),
        (302, "https://[/y", "GET"),
        (302, "", "GET"),
        (300, "/y", "GET"),
        (304, "/y", "GET"),
    ],
)
def test_other_redirects_are_answers(status: int, location: str, method: str) -> None:
    last, world = redirect(status, location, method)
    assert (last.status, len(world.sent)) == (status, 1)


def test_a_redirect_that_is_described_is_an_answer() -> None:
    last, world = redirect(302, "/y", is_declared=lambda status: status == 302)
    assert (last.status, len(world.sent)) == (302, 1)


def test_redirects_end() -> None:
    world = World()
    last = world.run([received(302, Location="/x")] * 6)
    assert (last.status, len(world.sent)) == (302, 6)


def test_a_redirect_is_no_attempt_of_its_own() -> None:
    world = World()
    outcomes: list[Callable[[], Any] | Any] = [
        received(302, Location="/y"),
        received(503),
        received(503),
        received(200),
    ]
    assert world.run(outcomes).attempts == 3
    assert [send.number for send in world.sent] == [1, 1, 2, 3]
    assert world.sent[3].url == "https://a.example/y"


class Body:
    """A body that is no bytes. `repeatable`: whether it can be gone through again."""

    def __init__(self, repeatable: bool):
        self.repeatable = repeatable


@pytest.mark.parametrize(("body", "times"), [(Body(True), 2), (Body(False), 1), (object(), 1), (b"x", 2)])
def test_a_body_is_sent_again_only_if_it_can_be(body: Any, times: int) -> None:
    world = World()
    assert world.run([received(503), received(200)], body=body).status == (200 if times == 2 else 503)
    assert [send.body for send in world.sent] == [body] * times
    refused = World()
    refused.run([received(401), received(200)], "POST", body=body, refused=lambda send, outcome: True)
    assert len(refused.sent) == times
