"""How long a client waits, and how many retries it has: no clock runs here."""

from __future__ import annotations

import threading

import pytest

from pymacaron.client.policy import Budget, Policy, retry_after

NOW = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        (" 0 ", 0.0),
        ("Mon, 21 Sep 2026 14:13:30 GMT", 10.0),
        ("Monday, 21-Sep-26 14:13:30 GMT", 10.0),
        ("Mon, 21 Sep 2026 14:13:30", 10.0),
        ("Mon, 21 Sep 2020 14:13:30 GMT", 0.0),
        ("", None),
        (None, None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("9" * 500, 999_999_999_999.0),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_the_wait_is_by_lot_below_a_bound_that_doubles_up_to_the_most() -> None:
    most = Policy(backoff=0.1, backoff_most=1.0, random=lambda: 1.0)
    assert [most.wait(number) for number in range(1, 7)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert Policy(random=lambda: 0.0).wait(5) == 0.0
    assert Policy(random=lambda: 0.5, backoff=0.2).wait(1) == 0.1
    assert most.wait(10_000) == 1.0


def test_retry_after_is_obeyed_where_it_is_longer() -> None:
    policy = Policy(backoff=1.0, random=lambda: 1.0, wall=lambda: NOW)
    assert policy.wait(1, {"retry-after": "7"}) == 7.0
    assert policy.wait(1, {"retry-after": "0"}) == 1.0
    assert policy.wait(1, {"retry-after": "no"}) == 1.0
    assert policy.wait(1, {}) == 1.0


def test_calls_and_time_fill_the_budget_and_retries_empty_it() -> None:
    budget = Budget(ratio=0.5, least=2.0)
    assert [budget.withdraw(100.0) for _ in range(3)] == [True, True, False]
    budget.deposit(100.0)
    assert not budget.withdraw(100.0)
    budget.deposit(100.0)
    assert [budget.withdraw(100.0) for _ in range(2)] == [True, False]
    assert [budget.withdraw(101.0) for _ in range(3)] == [True, True, False]


def test_a_budget_does_not_grow_beyond_ten_seconds_worth() -> None:
    budget = Budget(ratio=0.2, least=2.0)
    budget.deposit(0.0)
    assert [budget.withdraw(1e9) for _ in range(21)] == [True] * 20 + [False]


def test_a_clock_that_goes_back_takes_nothing() -> None:
    budget = Budget(ratio=0.2, least=1.0)
    budget.deposit(100.0)
    assert [budget.withdraw(0.0) for _ in range(2)] == [True, False]


def test_threads_never_draw_more_than_there_is() -> None:
    budget = Budget(ratio=0.0, least=100.0)
    drawn: list[bool] = []

    def draw() -> None:
        drawn.extend([budget.withdraw(0.0) for _ in range(50)])

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert drawn.count(True) == 100
