"""What the desk sends of many crashes, to whom, and when; a clock and a timer that the tests move."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.crash.desk import Desk
from pymacaron.crash.groups import Groups
from pymacaron.crash.outbox import Outbox

WAIT_S = 30


class Kit:
    """A desk with a clock; `rung`: what it has asked to be called, by (delay in seconds, function)."""

    def __init__(self, window_s: float = 60, per_minute: int = 0, *senders: Callable[[str, str], Any]):
        self.now = 0.0
        self.got: list[dict[str, Any]] = []
        self.rung: list[tuple[float, Callable[[], None]]] = []
        outboxes = [Outbox(f"sender {number}", sender) for number, sender in enumerate(senders)]
        collect = Outbox("collected", lambda title, message: self.got.append(json.loads(message)))
        groups = Groups(window_s, per_minute, lambda: self.now)
        self.desk = Desk(groups, [*outboxes, collect], lambda delay_s, function: self.rung.append((delay_s, function)))
        self.collected = collect

    def crash(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            if self.desk.admits(key):
                self.desk.post({"title": f"{key} broke", "more": 1}, key)

    def ring(self, after_s: float) -> None:
        self.now += after_s
        for _, function in [self.rung.pop(0) for _ in list(self.rung)]:
            function()

    @property
    def titles(self) -> list[str]:
        assert self.collected.flush(WAIT_S)
        return [report["title"] for report in self.got]


def test_ten_thousand_crashes_are_one_report_and_a_count():
    kit = Kit()
    kit.crash("it", 10_000)
    assert kit.titles == ["it broke"]
    assert [delay_s for delay_s, _ in kit.rung] == [60]
    kit.ring(60)
    assert kit.titles == ["it broke", "it broke (9999 more in 60 s)"]
    assert kit.got == [
        {"title": "it broke", "more": 1},
        {
            "title": "it broke (9999 more in 60 s)",
            "more": 1,
            "repeated": {"count": 9_999, "seconds": 60},
        },
    ]
    assert (kit.rung, kit.desk.counts()["repeated"]) == ([], 9_999)


def test_one_timer_runs_for_all_windows():
    kit = Kit()
    kit.crash("a", 2)
    kit.now += 30
    kit.crash("b", 3)
    assert len(kit.rung) == 1
    kit.ring(30)
    assert kit.titles[2:] == ["a broke (1 more in 60 s)"]
    assert [delay_s for delay_s, _ in kit.rung] == [30]
    kit.ring(30)
    assert kit.titles[3:] == ["b broke (2 more in 60 s)"]
    assert kit.rung == []


def test_what_is_over_the_limit_is_told_in_a_report_of_its_own():
    kit = Kit(60, 2)
    for key in "abcde":
        kit.crash(key)
    kit.ring(60)
    assert kit.titles[:2] == ["a broke", "b broke"]
    assert kit.titles[2].endswith("report_error(): 3 reports were not sent: too many in 60 s")
    assert kit.got[2]["limited"] == {"count": 3, "seconds": 60}


def test_a_destination_that_hangs_holds_up_no_other(caplog: pytest.LogCaptureFixture):
    go = threading.Event()
    kit = Kit(0, 0, lambda *_: go.wait(WAIT_S))
    kit.crash("a", 5)
    assert kit.titles == ["a broke"] * 5
    assert not kit.desk.flush(0)
    with caplog.at_level(logging.ERROR):
        kit.desk.settle(0)
    go.set()
    assert kit.desk.flush(WAIT_S)
    assert kit.desk.counts() == {
        "repeated": 0,
        "limited": 0,
        "destinations": {name: {"sent": 5, "failed": 0, "lost": 0, "waiting": 0} for name in ("sender 0", "collected")},
    }


def test_at_the_end_counts_are_told():
    kit = Kit()
    kit.crash("a", 3)
    kit.desk.close(WAIT_S)
    assert kit.titles == ["a broke", "a broke (2 more in 60 s)"]


def test_at_the_end_nobody_waits_longer_than_told(caplog: pytest.LogCaptureFixture):
    go = threading.Event()
    kit = Kit(0, 0, lambda *_: go.wait(WAIT_S))
    kit.crash("a", 3)
    with caplog.at_level(logging.ERROR):
        kit.desk.close(0)
    go.set()
    assert "sender 0 was too slow: 3 reports are lost at the end" in caplog.messages


def test_where_no_timer_can_be_started_the_next_crash_tries_again():
    kit = Kit()
    tried: list[float] = []

    def refuse(delay_s: float, function: Callable[[], None]) -> Callable[[], None]:
        tried.append(delay_s)
        raise RuntimeError("can't start new thread")

    desk = Desk(Groups(60, 0, lambda: 0.0), [], refuse)
    assert [desk.admits("a") for _ in range(4)] == [True, False, False, False]
    assert tried == [60, 60, 60]
    assert kit.rung == []


def test_its_own_timer_tells_what_was_counted():
    told = threading.Event()

    def collect(title: str, message: str) -> None:
        if "more in" in title:
            told.set()

    desk = Desk(Groups(0.01, 0), [Outbox("x", collect)])
    for _ in range(10_000):
        if desk.admits("a"):
            desk.post({"title": "a"}, "a")
        if told.is_set():
            break
    assert told.wait(WAIT_S)
