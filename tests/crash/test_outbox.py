"""A destination that hangs, raises or is flooded holds up nobody, and every report is counted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pymacaron.crash.outbox import SENDING, Outbox

WAIT_S = 30


class Held:
    """A destination that sends nothing until it is let go."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.began = threading.Event()
        self.go = threading.Event()

    def __call__(self, title: str, message: str) -> None:
        self.began.set()
        assert self.go.wait(WAIT_S)
        self.got.append(title)


@pytest.fixture
def held() -> Iterator[Held]:
    found = Held()
    yield found
    found.go.set()


def counts(outbox: Outbox) -> tuple[int, int, int, int]:
    return outbox.sent, outbox.failed, outbox.lost, outbox.waiting


def test_reports_are_sent_in_a_thread_of_their_own_in_their_order():
    got: list[Any] = []
    outbox = Outbox("x", lambda *report: got.append((*report, threading.current_thread().name)))
    for number in range(50):
        outbox.post(str(number), "{}")
    assert outbox.flush(WAIT_S)
    assert got == [(str(number), "{}", "pymacaron reports: x") for number in range(50)]
    assert counts(outbox) == (50, 0, 0, 0)
    outbox.close()


def test_what_finds_no_room_is_counted_and_logged(held: Held, caplog: pytest.LogCaptureFixture):
    outbox = Outbox("the pigeon", held, most=10)
    outbox.post("first", "{}")
    assert held.began.wait(WAIT_S)
    with caplog.at_level(logging.ERROR):
        for number in range(1_000):
            outbox.post(str(number), "{}")
    assert counts(outbox) == (0, 0, 990, 11)
    assert caplog.messages == ["the pigeon is too slow: reports are lost, beginning with: 10"]
    caplog.clear()
    with caplog.at_level(logging.ERROR):
        held.go.set()
        assert outbox.flush(WAIT_S)
        outbox.post("last", "{}")
        assert outbox.flush(WAIT_S)
    assert held.got == ["first", *map(str, range(10)), "last"]
    assert counts(outbox) == (12, 0, 990, 0)
    assert caplog.messages == ["the pigeon goes on; 990 reports were lost meanwhile"]
    outbox.close()


@pytest.mark.parametrize("error", [OSError("no network"), SystemExit(3)])
def test_one_that_raises_is_logged_and_asked_again(error: BaseException, caplog: pytest.LogCaptureFixture):
    got: list[str] = []

    def send(title: str, message: str) -> None:
        got.append(title)
        if title == "bad":
            raise error

    outbox = Outbox("the pigeon", send)
    with caplog.at_level(logging.ERROR):
        for title in ("bad", "good"):
            outbox.post(title, '{"a": 1}')
        assert outbox.flush(WAIT_S)
    assert (got, counts(outbox)) == (["bad", "good"], (1, 1, 0, 0))
    assert caplog.messages[0].startswith('the pigeon failed; the report was: bad\n{"a": 1}\n')
    assert type(error).__name__ in caplog.messages[0]
    outbox.close()


def test_who_waited_in_vain_does_not_wait_again_until_it_has_caught_up(held: Held):
    outbox = Outbox("x", held)
    outbox.post("1", "{}")
    assert not outbox.settle(0)
    assert not outbox.settle(WAIT_S)  # returns at once, or this test takes half a minute
    held.go.set()
    assert outbox.flush(WAIT_S)
    outbox.post("2", "{}")
    assert outbox.flush(WAIT_S)
    assert outbox.settle(WAIT_S)
    assert held.got == ["1", "2"]
    outbox.close()


def test_a_destination_that_waits_for_itself_waits_for_nothing():
    found: list[bool] = []
    outbox = Outbox("x", lambda *_: found.append(outbox.flush(WAIT_S)))
    outbox.post("1", "{}")
    assert outbox.flush(WAIT_S)
    assert found == [True]
    outbox.close()


def test_what_is_reported_while_a_report_is_sent_is_known_as_such():
    found: list[bool] = []
    outbox = Outbox("x", lambda *_: found.append(SENDING.get()))
    outbox.post("1", "{}")
    assert outbox.flush(WAIT_S)
    assert (found, SENDING.get()) == ([True], False)
    outbox.close()


def test_a_closed_one_sends_what_waits_and_ends_its_thread(held: Held):
    outbox = Outbox("closing", held)
    for title in ("1", "2"):
        outbox.post(title, "{}")
    assert held.began.wait(WAIT_S)
    [thread] = [one for one in threading.enumerate() if one.name == "pymacaron reports: closing"]
    outbox.close()
    held.go.set()
    thread.join(WAIT_S)
    assert (thread.is_alive(), held.got) == (False, ["1", "2"])


def test_where_no_thread_can_be_started_reports_are_lost_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    outbox = Outbox("x", print)
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(threading.Thread, "start", refuse)
        outbox.post("1", "{}")
    assert counts(outbox) == (0, 0, 1, 0)
    assert caplog.messages == ["a report to x is lost, no thread can be started: 1"]
    assert outbox.flush(0)
