"""The memory that counts calls: what it holds is bounded, and what it forgets is what matters least."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pymacaron.server.limits.memory import MemoryCounter
from pymacaron.spec.quotas import Quota

TWO_A_SECOND = (Quota(2, 1, "second"),)
TEN_A_DAY = (Quota(10, 1, "day"),)


@pytest.fixture
def now() -> list[float]:
    """What the clock says, in seconds, alone in a list."""
    return [1000.0]


@pytest.fixture
def counter_of(now: list[float]) -> Callable[..., MemoryCounter]:
    return lambda **most: MemoryCounter(**most, clock=lambda: now[0])


def test_so_many_callers_are_known_and_whose_calls_are_over_are_forgotten_first(
    counter_of: Callable[..., MemoryCounter], now: list[float]
) -> None:
    counter = counter_of(most_callers=10)
    counter.take(TEN_A_DAY, "first")
    for number in range(8):
        counter.take(TWO_A_SECOND, f"caller-{number}")
    now[0] += 2
    for number in range(20):
        counter.take(TWO_A_SECOND, f"later-{number}")
        assert len(counter) <= 10
    assert counter.take(TEN_A_DAY, "last") == (True, [(9, 86_400)])


def test_a_caller_whose_calls_matter_still_outlasts_those_whose_are_over(
    counter_of: Callable[..., MemoryCounter], now: list[float]
) -> None:
    counter = counter_of(most_callers=10)
    counter.take(TEN_A_DAY, "first")
    for number in range(9):
        counter.take(TWO_A_SECOND, f"caller-{number}")
    now[0] += 2
    counter.take(TWO_A_SECOND, "one more")
    assert len(counter) == 2
    assert counter.left(TEN_A_DAY, "first") == [(9, 86_398)]


def test_of_callers_whose_calls_all_matter_those_go_who_have_not_called_for_longest(
    counter_of: Callable[..., MemoryCounter], now: list[float]
) -> None:
    counter = counter_of(most_callers=10)
    for number in range(10):
        counter.take(TEN_A_DAY, f"caller-{number}")
    counter.take(TEN_A_DAY, "caller-0")
    counter.take(TEN_A_DAY, "one more")
    assert [counter.left(TEN_A_DAY, f"caller-{number}")[0][0] for number in range(3)] == [8, 10, 9]


def test_so_many_calls_are_known(counter_of: Callable[..., MemoryCounter], now: list[float]) -> None:
    counter = counter_of(most_calls=20)
    for number in range(100):
        counter.take(TEN_A_DAY, f"caller-{number % 5}")
        assert counter._calls <= 20
        assert counter._calls == sum(len(known.times) for known in counter._callers.values())


def test_calls_that_are_over_leave_nothing_behind(counter_of: Callable[..., MemoryCounter], now: list[float]) -> None:
    counter = counter_of()
    for _ in range(1000):
        now[0] += 0.6
        assert counter.take(TWO_A_SECOND, "a")[0]
    assert counter._calls == len(counter._callers["a"].times) <= 4


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_on_the_wall_that_is_set_changes_nothing(days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    counter, two = MemoryCounter(), (Quota(2, 1, "day"),)
    wall = time.time()
    assert counter.take(two, "a") == (True, [(1, 86_400)])
    monkeypatch.setattr("pymacaron.clocks.time", lambda: wall + days * 86_400)
    assert counter.take(two, "a")[0]
    monkeypatch.undo()
    passes, [(left, reset_s)] = counter.take(two, "a")
    assert (passes, left) == (False, 0)
    assert 0 < reset_s <= 86_400


def test_asking_what_is_left_counts_nothing(counter_of: Callable[..., MemoryCounter], now: list[float]) -> None:
    counter = counter_of()
    assert counter.left(TWO_A_SECOND, "a") == [(2, 1)]
    counter.take(TWO_A_SECOND, "a")
    assert [counter.left(TWO_A_SECOND, "a") for _ in range(3)] == [[(1, 1)]] * 3
    assert len(counter) == 1
