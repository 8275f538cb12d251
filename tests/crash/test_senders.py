"""Who gets reports, who waits for them, and what a new process has of them."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from typing import Any

import pytest

from pymacaron import config, crash
from pymacaron.context import Call

WAIT_S = 30
Sent = list[dict[str, Any]]


def crashed(call: Call | None = None, error: Exception | None = None) -> None:
    crash.after_call(call or Call(handler_name="shop.api.get_order"), 500, {"error": "X"}, error)


def test_the_same_crash_is_reported_once(sent: Sent):
    for _ in range(10_000):
        crashed()
    assert len(sent) == 1
    counts = crash.report_counts()
    assert (counts["repeated"], counts["limited"]) == (9_999, 0)
    crash.shut_down()
    assert sent[1]["title"] == f"{sent[0]['title']} (9999 more in 60 s)"
    assert sent[1]["repeated"] == {"count": 9_999, "seconds": 60}
    assert {**sent[1], "title": "", "repeated": ""} == {**sent[0], "title": "", "repeated": ""}


def raised(kind: type[Exception], message: str) -> Exception:
    try:
        raise kind(message)
    except kind as error:
        return error


def elsewhere(message: str) -> Exception:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def test_what_is_the_same_is_the_class_the_place_and_the_endpoint(sent: Sent):
    here, there = Call(handler_name="a.b"), Call(handler_name="a.c")
    for error in (raised(ValueError, "1"), raised(ValueError, "2"), raised(KeyError, "3"), elsewhere("4")):
        for call in (here, there):
            crashed(call, error)
    assert [report["error_caught"] for report in sent] == [
        *("ValueError: 1", "ValueError: 1", "KeyError: '3'", "KeyError: '3'", "ValueError: 4", "ValueError: 4")
    ]


def test_what_is_reported_by_hand_is_the_same_by_its_title_too(sent: Sent):
    for title in ("one", "two", "one"):
        crash.report_error(title)
    assert [report["title"].rpartition(" ")[2] for report in sent] == ["one", "two"]


def test_an_exception_without_a_text_is_told_by_its_class(sent: Sent):
    crash.after_call(Call(handler_name="a.b"), 500, {"error": "X", "error_description": "Sorry"}, RecursionError())
    assert sent[0]["title"].endswith(" a.b(): RecursionError")


def test_a_slow_call_and_its_crash_are_two(sent: Sent):
    for _ in range(3):
        call = Call(handler_name="shop.api.get_order")
        crash.after_call(call, 500, clock=lambda call=call: call.started + 2_000_000_000)
    assert len(sent) == 2


def test_no_more_than_the_limit_of_a_minute_is_sent(sent: Sent):
    config.load(start_dir="/", settings={"name": "shop", "reports_per_minute": 5}, environ={})
    crash.renew()
    for number in range(20):
        crash.report_error(f"number {number}")
    assert len(sent) == 5
    assert crash.report_counts()["limited"] == 15
    crash.shut_down()
    assert sent[5]["title"].endswith("report_error(): 15 reports were not sent: too many in 60 s")


def test_one_switch_turns_all_reports_off_and_on(sent: Sent):
    config.get_config().report_errors = False
    crashed()
    crash.report_error("one")
    crash.after_call(Call(), 200, clock=lambda: 10**20)
    with pytest.raises(ValueError, match="two"):
        crash.crash_handler(lambda: (_ for _ in ()).throw(ValueError("two")))()
    assert sent == []
    config.get_config().report_errors = True
    crashed()
    assert len(sent) == 1


def test_nobody_in_a_call_of_a_server_waits(own_config: None):
    config.load(start_dir="/", settings={"name": "shop", "report_window_s": 0}, environ={})
    go, got = threading.Event(), []

    def reporter(title: str, message: str) -> None:
        assert go.wait(WAIT_S)
        got.append(title)

    crash.set_error_reporter(reporter)
    for _ in range(50):
        crashed(Call(look_up=lambda name: {"is_served": True, "headers": {}, "cookies": {}}.get(name, "")))
    assert got == []
    assert not crash.flush(0)
    go.set()
    assert crash.flush(WAIT_S)
    assert len(got) == 50
    crash.set_error_reporter(None)


def test_reports_go_into_the_log_where_they_go_nowhere_else_or_where_it_is_asked_for(
    sent: Sent, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.ERROR):
        crash.report_error("one")
        assert caplog.messages == []
        config.load(start_dir="/", settings={"name": "shop", "report_log": True}, environ={})
        crash.renew()
        crash.report_error("two")
        assert json.loads(caplog.messages[0].partition("\n")[2])["title"] == sent[1]["title"]
        config.load(start_dir="/", settings={"name": "shop", "report_log": False}, environ={})
        crash.set_error_reporter(None)
        crash.report_error("three")
    assert len(caplog.messages) == 1
    assert crash.report_counts()["destinations"] == {}


def test_what_was_reported_before_another_reporter_was_set_goes_to_the_first():
    before = set(threading.enumerate())
    first: list[str] = []
    second: list[str] = []
    crash.set_error_reporter(lambda title, message: first.append(title))
    for _ in range(3):
        crashed()
    crash.set_error_reporter(lambda title, message: second.append(title))
    crashed()
    crash.set_error_reporter(None)
    for thread in set(threading.enumerate()) - before:
        thread.join(WAIT_S)
    assert [title.partition(" (")[2] for title in first] == ["", "2 more in 60 s)"]
    assert len(second) == 1


def test_a_forked_process_sends_its_own_reports():
    script = """\
import os
from pymacaron.crash import report_counts, report_error, set_error_reporter, shut_down
parent = os.getpid()
def reporter(title, message):
    print("parent" if os.getpid() == parent else "child", title.rpartition(" ")[2], flush=True)
set_error_reporter(reporter)
report_error("first")
child = os.fork()
if child == 0:
    report_error("second")
    shut_down()
    os._exit(report_counts()["destinations"]["the error reporter"]["sent"])
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
report_error("third")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=WAIT_S)
    assert (done.stdout.splitlines(), done.stderr) == (["parent first", "child second", "parent third"], "")


def test_a_script_that_ends_has_sent_its_reports():
    script = """\
import threading, time
from pymacaron.crash import report_error, set_error_reporter
ended = threading.Event()
def reporter(title, message):
    threading.main_thread().join(60)
    print(title.rpartition(" ")[2], flush=True)
set_error_reporter(reporter)
threading.Thread(target=lambda: [report_error("twice") for _ in range(3)]).start()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (["twice", "s)"], "")


def test_a_reporter_that_is_set_while_the_first_report_is_made_gets_it(monkeypatch: pytest.MonkeyPatch):
    config.load(start_dir="/", settings={"name": "shop", "report_webhook": "http://127.0.0.1:9/"}, environ={})
    got: list[str] = []

    class Meanwhile:
        """The place of another thread: the webhook's module is loaded when the first report is made."""

        @staticmethod
        def find_spec(name: str, *_: Any) -> None:
            if name == "pymacaron.crash.webhook":
                crash.set_error_reporter(lambda title, message: got.append(title))

    crash.set_error_reporter(None)
    monkeypatch.delitem(sys.modules, "pymacaron.crash.webhook", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Meanwhile, *sys.meta_path])
    try:
        crash.report_error("hello")
        assert crash.flush(WAIT_S)
        assert [title.rpartition(": ")[2] for title in got] == ["hello"]
        assert list(crash.report_counts()["destinations"]) == ["the error reporter", "the webhook"]
    finally:
        crash.set_error_reporter(None)
