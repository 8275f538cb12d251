"""The same crash is told once and counted; a clock that the tests move."""

from __future__ import annotations

from typing import Any

import pytest

from pymacaron.crash.groups import Groups, Repeats


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def groups(clock: Clock, window_s: float = 60, per_minute: int = 0) -> Groups:
    return Groups(window_s, per_minute, clock)


REPORT: dict[str, Any] = {"title": "it broke"}


def test_the_same_crash_is_told_once_in_a_window_and_counted(clock: Clock):
    known = groups(clock)
    assert [known.admits("a") for _ in range(10_000)] == [True] + [False] * 9_999
    known.keep("a", REPORT)
    assert known.admits("b")
    assert (known.repeated, known.limited) == (9_999, 0)
    assert known.due() == []
    clock.now += 60
    assert known.due() == [Repeats(REPORT, 9_999, 60)]
    assert known.due() == []


def test_after_its_window_a_crash_is_told_again(clock: Clock):
    known = groups(clock)
    assert known.admits("a")
    clock.now += 59.9
    assert not known.admits("a")
    clock.now += 0.1
    assert len(known.due()) == 1
    assert known.admits("a")


def test_a_crash_that_nobody_repeated_is_told_again_without_a_count(clock: Clock):
    known = groups(clock)
    assert known.admits("a")
    clock.now += 60
    assert known.admits("a")
    assert known.due(all=True) == []


def test_what_was_counted_before_it_was_told_goes_on_to_be_counted(clock: Clock):
    known = groups(clock)
    assert [known.admits("a"), known.admits("a")] == [True, False]
    clock.now += 100
    assert not known.admits("a")
    assert known.due() == [Repeats(None, 2, 60)]


def test_without_a_window_each_is_told(clock: Clock):
    known = groups(clock, window_s=0)
    assert all(known.admits("a") for _ in range(100))


def test_more_than_the_limit_of_a_minute_is_counted(clock: Clock):
    known = groups(clock, per_minute=3)
    assert [known.admits(number) for number in range(5)] == [True, True, True, False, False]
    assert known.limited == 2
    clock.now += 59
    assert (known.admits(5), known.due()) == (False, [])
    clock.now += 1
    assert known.due() == [Repeats(None, 3, 60)]
    assert known.admits(6)


def test_the_limit_is_told_though_crashes_never_stop(clock: Clock):
    known = groups(clock, per_minute=1)
    told = 0
    for _ in range(1800):
        clock.now += 0.1
        known.admits(clock.now)
        told += sum(repeats.count for repeats in known.due())
    assert told + 3 >= known.limited - 600
    assert told > 1000


def test_what_is_told_next_is_known_by_its_time(clock: Clock):
    known = groups(clock, per_minute=2)
    assert known.wait_s() is None
    known.admits("a")
    assert known.wait_s() is None
    clock.now += 10
    known.admits("a")
    assert known.wait_s() == 50
    clock.now += 45
    known.admits("b")
    known.admits("c")
    assert known.wait_s() == 5
    clock.now += 10
    assert known.wait_s() == 0


def test_at_the_end_everything_counted_is_due(clock: Clock):
    known = groups(clock, per_minute=1)
    for key in ("a", "a", "b"):
        known.admits(key)
    known.keep("a", REPORT)
    assert known.due(all=True) == [Repeats(REPORT, 1, 60), Repeats(None, 1, 60)]


def test_a_thousand_kinds_of_crashes_are_known_and_the_others_counted(clock: Clock):
    known = groups(clock)
    assert sum(known.admits(number) for number in range(1_500)) == 1_000
    assert known.limited == 500
    clock.now += 60
    assert known.admits("another")
