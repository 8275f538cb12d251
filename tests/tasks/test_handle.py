"""What a handle tells, and how it waits."""

from __future__ import annotations

from typing import Any

import pytest

from pymacaron.tasks import Handle, TaskFailedError, TaskPendingError, TaskUnknownError
from pymacaron.tasks.memory import MemoryQueue
from pymacaron.tasks.queues import Outcome


class Told:
    """A queue that tells these outcomes, in turn, the last one for ever. The clock goes by what is slept."""

    def __init__(self, *outcomes: Outcome, knows_waiting: bool = True):
        self.knows_waiting = knows_waiting
        self.outcomes = list(outcomes)
        self.slept: list[float] = []

    def outcome(self, task_id: str) -> Outcome:
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]

    def clock(self) -> float:
        return sum(self.slept)

    def wait(self, timeout_s: float) -> Any:
        handle: Handle[Any] = Handle("1", "shop.send", self)  # type: ignore[arg-type]
        return handle.wait(timeout_s, clock=self.clock, sleep=self.slept.append)


WAITING, RUNNING = Outcome("waiting"), Outcome("running", failures=1, error="ValueError: x")
DONE = Outcome("succeeded", b'{"$":"tuple","v":[1]}')


def test_it_waits_longer_and_longer_until_the_task_has_ended() -> None:
    told = Told(*[WAITING] * 5, *[RUNNING] * 20, DONE)
    assert told.wait(100) == (1,)
    assert told.slept[:3] == [0.01, 0.015, 0.0225]
    assert (len(told.slept), told.slept[-1]) == (25, 0.5)


def test_a_result_that_was_not_kept_is_none() -> None:
    assert Told(Outcome("succeeded")).wait(0) is None


def test_it_does_not_wait_longer_than_asked() -> None:
    told = Told(RUNNING)
    with pytest.raises(TaskPendingError, match=r"^the task shop.send \(1\) is running after 2 s$") as raised:
        told.wait(2)
    assert isinstance(raised.value, TimeoutError)
    assert told.clock() == pytest.approx(2)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome("failed", error="ValueError: x", failures=3), "the task shop.send (1) has failed: ValueError: x"),
        (Outcome("expired", error="nobody has begun it in time"), "the task shop.send (1) has expired: nobody has beg"),
    ],
)
def test_what_has_failed_is_raised(outcome: Outcome, told: str) -> None:
    with pytest.raises(TaskFailedError) as raised:
        Told(outcome).wait(1)
    assert str(raised.value).startswith(told)
    assert raised.value.outcome is outcome


@pytest.mark.parametrize("outcome", [WAITING, RUNNING, Outcome("failed", error="x"), Outcome("unknown")])
def test_state_error_and_result_are_those_of_the_moment(outcome: Outcome) -> None:
    handle: Handle[Any] = Handle("1", "shop.send", Told(outcome))  # type: ignore[arg-type]
    assert (handle.state, handle.error, handle.result) == (outcome.state, outcome.error, None)


def test_a_task_that_nobody_knows_is_not_waited_for() -> None:
    for told in (Told(Outcome("unknown")), Told(WAITING, Outcome("unknown"))):  # never sent; forgotten meanwhile
        with pytest.raises(TaskUnknownError) as raised:
            told.wait(100)
        assert str(raised.value) == (
            "the task shop.send (1) is unknown: none was sent with this id, or it ended longer ago than task_keep_s"
        )
        assert told.clock() < 1


def test_a_task_may_wait_where_nobody_can_look_for_it() -> None:
    told = Told(Outcome("unknown"), RUNNING, DONE, knows_waiting=False)
    assert told.wait(100) == (1,)
    with pytest.raises(TaskPendingError, match=r"is unknown after 2 s$"):
        Told(Outcome("unknown"), knows_waiting=False).wait(2)


@pytest.mark.parametrize(("knows_waiting", "state"), [(True, "unknown"), (False, "waiting")])
def test_what_was_sent_waits_as_long_as_it_cannot_be_looked_for(knows_waiting: bool, state: str) -> None:
    told = Told(Outcome("unknown"), knows_waiting=knows_waiting)
    handle: Handle[Any] = Handle("1", "shop.send", told, is_sent=True)  # type: ignore[arg-type]
    assert handle.state == state


@pytest.mark.parametrize("timeout_s", [None, "1", True, float("nan")])
def test_what_is_no_number_of_seconds_is_not_waited_for(timeout_s: Any) -> None:
    with pytest.raises(TypeError) as caught:
        Handle("1", "shop.add", MemoryQueue()).wait(timeout_s)
    assert (
        str(caught.value) == f"wait() was given {timeout_s!r}: write how many seconds to wait at most, as in wait(10)"
    )


def test_handles_of_one_task_are_equal() -> None:
    one, same, other = (Handle[Any](task_id, "t", Told(WAITING)) for task_id in ("1", "1", "2"))  # type: ignore[arg-type]
    assert (one == same, one == other, len({one, same, other}), repr(one)) == (True, False, 2, "<Handle 1 of t>")
