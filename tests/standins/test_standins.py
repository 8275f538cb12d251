"""What tests put in the place of a part of the process."""

from __future__ import annotations

import threading

import pytest

from pymacaron.standins import StandIns


def test_the_latest_block_counts_until_it_ends() -> None:
    found = StandIns[str]()
    assert found.latest is None
    with found.use("outer") as outer:
        with found.use("inner"):
            assert found.latest == "inner"
        assert (outer, found.latest) == ("outer", "outer")
    assert found.latest is None


def test_one_that_is_used_twice_ends_once_each_time() -> None:
    found, same = StandIns[str](), "same"
    with found.use(same):
        with found.use(same):
            pass
        assert found.latest is same


def test_an_error_ends_it_too() -> None:
    found = StandIns[str]()
    with pytest.raises(ValueError, match="a test"), found.use("one"):
        raise ValueError("a test")
    assert found.latest is None


def test_blocks_of_threads_may_end_in_any_order() -> None:
    found, entered, leave = StandIns[str](), threading.Event(), threading.Event()

    def other() -> None:
        with found.use("other"):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with found.use("one"):
        thread.start()
        assert entered.wait(10)
        assert found.latest == "other"
    assert found.latest == "other"
    leave.set()
    thread.join()
    assert found.latest is None
