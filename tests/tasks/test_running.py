"""A message is run as its caller's; whatever goes wrong is how it has ended."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pymacaron import config, crash
from pymacaron.crash import report_slow
from pymacaron.exceptions import PyMacaronException
from pymacaron.tasks import TimeLimitError, asynctask
from pymacaron.tasks.message import Message
from pymacaron.tasks.running import Ended, run, run_out, time_limit

NOW = 1_000_000.0
SEEN: list[Any] = []


class NotFoundError(PyMacaronException):
    code = "NO_SUCH_ORDER"
    status = 404


class BadTextError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@asynctask(name="run.give")
def give(value: Any = None, password: str = "") -> Any:
    return value


@asynctask(name="run.fail", retries=1, backoff=4)
def fail(text: str, password: str = "") -> None:
    raise ValueError(text)


@asynctask(name="run.refuse")
async def refuse(returns: bool) -> Any:
    error = NotFoundError("there is no order 7")
    if returns:
        return error
    raise error


@asynctask(name="run.unprintable")
def unprintable() -> None:
    raise BadTextError


@asynctask(name="run.unsendable")
def unsendable() -> Any:
    return open


@asynctask(name="run.cancelled")
async def cancelled() -> None:
    raise asyncio.CancelledError


@asynctask(name="run.exits")
def exits() -> None:
    sys.exit(3)


@asynctask(name="run.hangs", timeout=0.1)
def hangs() -> None:
    time.sleep(30)


@asynctask(name="run.hangs_async", timeout=0.1)
async def hangs_async() -> None:
    try:
        await asyncio.sleep(30)
    finally:
        SEEN.append("cancelled")


@asynctask(name="run.quick", timeout=30)
def quick() -> Any:
    from pymacaron import context

    return context.deadline()


@asynctask(name="run.slow")
@report_slow(max_ms=0.001)
def slow() -> None:
    time.sleep(0.001)


@pytest.fixture(autouse=True)
def reports(own_config: None) -> Iterator[list[dict[str, Any]]]:
    """The crash reports."""
    config.load(start_dir="/", settings={"name": "shop", "report_window_s": 0}, environ={})
    SEEN.clear()
    found: list[dict[str, Any]] = []
    crash.set_error_reporter(lambda title, message: found.append(json.loads(message)))
    yield found
    crash.set_error_reporter(None)


def message(task: Any, *args: Any, **more: Any) -> Message:
    return Message("id-1", getattr(task, "name", task), "", json.dumps([args, {}]).encode(), **more)


def ran(*args: Any, **more: Any) -> Ended:
    return run(message(*args, **more), clock=lambda: NOW)


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    """What was logged of tasks: level and text."""
    return [(one.levelno, one.getMessage()) for one in caplog.records if one.name == "pymacaron.tasks"]


def test_a_task_that_returns_has_succeeded(reports: list[Any]) -> None:
    assert ran(give, [1]) == Ended("succeeded", b"[1]")
    assert reports == []


def test_one_that_has_expired_is_not_run(reports: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    assert ran(fail, "a", expires=NOW - 1) == Ended("expired", error="nobody has begun it in time")
    assert ran(give, 1, expires=NOW).state == "succeeded"
    assert reports == []
    assert logged(caplog) == [(logging.WARNING, "the task run.fail (id-1) has expired before it was begun")]


def test_one_that_fails_is_run_again_and_the_last_failure_alone_is_reported(
    reports: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    first = ran(fail, "no\nmailbox", expires=NOW + 1)
    assert (first.state, first.error) == ("again", "ValueError: no\\nmailbox")
    assert first.message is not None
    assert 3 <= first.message.due - NOW <= 5
    assert first.message == message(fail, "no\nmailbox").again(first.message.due)
    assert reports == []
    assert run(first.message) == Ended("failed", error="ValueError: no\\nmailbox")
    assert [one["error_caught"] for one in reports] == ["ValueError: no\nmailbox"]
    (level, first_told), last_told = logged(caplog)
    assert (level, first_told.partition(" is tried again in ")[0]) == (
        logging.WARNING,
        "the task run.fail (id-1) has failed, 1 of 2 times, and",
    )
    assert last_told == (
        logging.ERROR,
        "the task run.fail (id-1) has failed for good: ValueError: no\\nmailbox",
    )


def test_the_report_names_the_task_its_arguments_and_no_secret(reports: list[Any]) -> None:
    text = json.dumps([["hunter2horse9 was refused"], {"password": "hunter2horse9"}]).encode()
    ended = run(replace(message(fail, failures=1, call={"id": "c1", "api": "shop"}), arguments=text))
    assert ended.error == "ValueError: ******** was refused"
    [report] = reports
    assert "hunter2" not in json.dumps(report)
    assert report["request"]["params"] == {"text": "******** was refused", "password": "********"}
    assert (report["call_id"], report["server"]["api_name"], report["endpoint"]["id"], report["title"]) == (
        "c1",
        "shop",
        "shop TASK run.fail",
        "FATAL BACKEND ERROR shop 500 UNHANDLED_SERVER_ERROR: run.fail(): ******** was refused",
    )


@pytest.mark.parametrize("returns", [True, False])
def test_an_error_of_ours_has_failed_and_is_reported_whatever_its_status(reports: list[Any], returns: bool) -> None:
    assert ran(refuse, returns) == Ended("failed", error="NO_SUCH_ORDER: there is no order 7")
    assert [(one["response"]["status"], one["response"]["error_code"]) for one in reports] == [("404", "NO_SUCH_ORDER")]


def test_an_exception_without_a_text_of_its_own_is_told_by_its_class(reports: list[Any]) -> None:
    ended = ran(unprintable)
    assert (ended.state, len(reports)) == ("failed", 1)
    assert "BadTextError" in str(ended.error)


def test_a_result_that_cannot_be_sent_is_none_and_said(caplog: pytest.LogCaptureFixture) -> None:
    assert ran(unsendable) == Ended("succeeded", None)
    [(level, told)] = logged(caplog)
    assert level == logging.WARNING
    assert "succeeded; its result is not kept: the result is a builtin_function_or_method" in told


def test_a_coroutine_that_was_cancelled_has_failed(reports: list[Any]) -> None:
    ended = ran(cancelled)
    assert (ended.state, len(reports)) == ("failed", 1)
    assert "CancelledError" in str(ended.error)


def test_what_ends_the_process_goes_through() -> None:
    with pytest.raises(SystemExit):
        ran(exits)


def test_what_would_end_the_process_of_a_worker_is_how_the_task_has_failed(reports: list[Any]) -> None:
    ended = run_out(Message("id", "run.exits", __name__, b"[[],{}]"))
    assert (ended, len(reports)) == (Ended("failed", error="StoppedError: it ended in SystemExit: 3"), 1)
    with pytest.raises(SystemExit):
        run_out(Message("id", "run.exits", __name__, b"[[],{}]"), lambda error: isinstance(error, SystemExit))
    assert len(reports) == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"task": "run.nothing"}, "UnknownTaskError: no task has the name 'run.nothing' here."),
        (
            {"task": "run.refsue"},
            "UnknownTaskError: no task has the name 'run.refsue' here. Did you mean 'run.refuse'?",
        ),
        ({"task": "no.such.module.f", "module": "no.such.module"}, "UnknownTaskError: no task has the name"),
        ({"arguments": b'[[{"$":"matrix","v":1}],{}]'}, "UnreadableError: a value of kind 'matrix' was sent"),
        ({"arguments": b'{"a":1}'}, "ValueError: "),
        ({"arguments": b"[[1,2,3],{}]"}, "TypeError: too many positional arguments"),
        ({"arguments": b'[[],{"of":"old"}]'}, "TypeError: got an unexpected keyword argument 'of'"),
        ({"call": {"claims": 7}}, "UnreadableError: the caller's claims are an int"),
    ],
)
def test_what_cannot_be_run_has_failed(reports: list[Any], changes: dict[str, Any], error: str) -> None:
    ended = run(replace(message(give), **changes))
    assert (ended.state, len(reports)) == ("failed", 1)
    assert str(ended.error).startswith(error)


def test_a_module_that_cannot_be_imported_is_told(
    reports: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_jobs.py").write_text("1 / 0\n")
    (tmp_path / "lacking_jobs.py").write_text("import no_such_library_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    for module, error in (("broken_jobs", "ZeroDivisionError: "), ("lacking_jobs", "ModuleNotFoundError: No module")):
        found = Message("1", f"{module}.f", module, b"[[],{}]")
        assert str(run(found).error).startswith(error)
        assert time_limit(found) is None


def test_a_module_that_is_not_there_yet_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "from pymacaron.tasks import asynctask\n@asynctask(timeout=7)\ndef f(): return 'here'\n"
    (tmp_path / "later_jobs.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    found = Message("1", "later_jobs.f", "later_jobs", b"[[],{}]")
    assert time_limit(found) == 7
    assert run(found) == Ended("succeeded", b'"here"')


@pytest.mark.parametrize("task", [hangs, hangs_async])
def test_what_takes_too_long_is_ended_in_the_midst_of_it(task: Any) -> None:
    before = signal.getsignal(signal.SIGALRM)
    assert ran(task) == Ended("failed", error="TimeLimitError: it took longer than its timeout of 0.1 s")
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)) == (before, (0.0, 0.0))
    assert (["cancelled"] if task is hangs_async else []) == SEEN


def test_in_a_thread_no_signal_is_asked_for() -> None:
    found: list[Ended] = []
    thread = threading.Thread(target=lambda: found.append(ran(quick)))
    thread.start()
    thread.join()
    assert [one.state for one in found] == ["succeeded"]


def test_a_timeout_is_the_deadline_of_calls_that_the_task_makes_or_that_of_the_caller_if_sooner() -> None:
    def left_s(**told: Any) -> float:
        result = run(message(quick, call=told)).result
        assert result is not None
        return float(result) - time.monotonic()

    assert 20 < left_s() <= 30
    assert 0 < left_s(deadline=time.time() + 10) <= 10
    assert 20 < left_s(deadline=time.time() + 1000) <= 30
    assert 20 < left_s(deadline=time.time() - 10) <= 30


def test_a_task_that_says_what_is_slow_is_reported(reports: list[Any]) -> None:
    assert ran(slow).state == "succeeded"
    assert [one["title"] for one in reports] == [
        "NON-FATAL BACKEND ERROR shop: run.slow() calltime exceeded 0.001 millisec!"
    ]


def test_the_task_of_a_message_knows_its_time_limit() -> None:
    assert [time_limit(message(task)) for task in (hangs, give, "run.nothing")] == [0.1, None, None]
    assert issubclass(TimeLimitError, Exception)
