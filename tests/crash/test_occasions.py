"""When a report is sent, with which title, and that nothing breaks by it."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from typing import Any

import pytest

from pymacaron import config, crash
from pymacaron.context import Call, current
from pymacaron.exceptions import InternalServerError, PyMacaronException, UnhandledServerError

Sent = list[dict[str, Any]]

MS = 1_000_000


class OutOfStock(PyMacaronException):
    code = "OUT_OF_STOCK_AT_ALL"
    status = 409


def call(handler: str = "shop.api.get_order", api: str = "shop") -> Call:
    made = Call(method="GET", path="/orders/3", handler_name=handler)
    made.api_name = api
    return made


def titles(sent: Sent) -> list[str]:
    return [report["title"] for report in sent]


# --- the end of a call


def test_a_call_that_ends_in_500_is_reported(sent: Sent):
    error = UnhandledServerError().to_dict()
    crash.after_call(call(), 500, error, ValueError("wtf!"))
    assert titles(sent) == ["FATAL BACKEND ERROR shop 500 UNHANDLED_SERVER_ERROR: shop.api.get_order(): wtf!"]
    assert (sent[0]["is_fatal_error"], sent[0]["error_id"], sent[0]["error_caught"]) == (
        True,
        error["error_id"],
        "ValueError: wtf!",
    )
    assert sent[0]["response"]["status"] == "500"


def test_an_error_that_was_returned_is_reported_by_its_description(sent: Sent):
    crash.after_call(call(), 543, {"error": "ANOTHER_CUSTOM_ERROR", "error_description": "wtf!", "status": 543})
    assert titles(sent) == ["FATAL BACKEND ERROR shop 543 ANOTHER_CUSTOM_ERROR: shop.api.get_order(): wtf!"]


def test_a_500_of_which_nothing_is_known_is_reported(sent: Sent):
    crash.after_call(call(handler="", api=""), 503)
    assert titles(sent) == ["FATAL BACKEND ERROR shop 503: GET /orders/3:"]


@pytest.mark.parametrize("status", [200, 302, 401, 404, 499])
def test_other_calls_are_not(sent: Sent, status: int):
    crash.after_call(call(), status, {"error": "X"}, OutOfStock("none left"))
    assert sent == []


def test_a_title_is_one_line_of_limited_length_without_secrets(sent: Sent):
    crash.after_call(call(), 500, None, ValueError("one\ntwo password=hunter2 " + "x" * 1000))
    title = titles(sent)[0]
    assert title.startswith("FATAL BACKEND ERROR shop 500: shop.api.get_order(): one two password=******** xxx")
    assert len(title) == 403


# --- slow calls


@pytest.mark.parametrize(
    ("limit", "own", "took_ms", "reported"),
    [
        (1000, None, 1000, None),
        (1000, None, 1001, "1000"),
        (5000, None, 3000, None),
        (0, None, 9999, None),
        (1000, 5000, 3000, None),
        (1000, 5000, 5001, "5000"),
        (1000, 0.5, 1, "0.5"),
        (1000, 0, 9999, None),
    ],
)
def test_a_call_over_its_limit_is_reported(
    sent: Sent, limit: float, own: float | None, took_ms: int, reported: str | None
):
    config.get_config().report_call_exceeding_ms = limit
    slow = call()
    slow.slow_ms = own
    crash.after_call(slow, 200, clock=lambda: slow.started + took_ms * MS)
    expected = f"NON-FATAL BACKEND ERROR shop 200: shop.api.get_order() calltime exceeded {reported} millisec!"
    assert titles(sent) == ([expected] if reported else [])


def test_a_slow_report_says_how_long_it_took(sent: Sent):
    slow = call()
    crash.after_call(slow, 200, clock=lambda: slow.started + 1500 * MS)
    assert sent[0]["time"]["microsecs"] == 1_500_000
    assert sent[0]["response"]["is_error"] == sent[0]["is_fatal_error"] == 0


def test_a_slow_failure_is_reported_as_both(sent: Sent):
    slow = call()
    crash.after_call(slow, 500, clock=lambda: slow.started + 1500 * MS)
    assert [title.partition(":")[0] for title in titles(sent)] == [
        "FATAL BACKEND ERROR shop 500",
        "NON-FATAL BACKEND ERROR shop 500",
    ]


def test_report_slow_sets_the_limit_of_the_call(sent: Sent):
    @crash.report_slow(max_ms=5000)
    def handler(order: int, *, verbose: bool = False) -> tuple[int, bool]:
        """Doc."""
        return order, verbose

    with call() as current_call:
        assert handler(3, verbose=True) == (3, True)
        assert current_call.slow_ms == 5000
    assert (handler.__name__, handler.__doc__) == ("handler", "Doc.")
    assert sent == []


def test_report_slow_measures_a_function_outside_of_a_call(sent: Sent):
    @crash.report_slow(max_ms=0.000001)
    def job() -> str:
        assert current() is not None
        return "done"

    @crash.report_slow(max_ms=0.000001)
    async def async_job() -> str:
        await asyncio.sleep(0)
        return "done"

    assert (job(), asyncio.run(async_job())) == ("done", "done")
    where = f"{__name__}.test_report_slow_measures_a_function_outside_of_a_call.<locals>"
    assert titles(sent) == [
        f"NON-FATAL BACKEND ERROR shop: {where}.job() calltime exceeded 1e-06 millisec!",
        f"NON-FATAL BACKEND ERROR shop: {where}.async_job() calltime exceeded 1e-06 millisec!",
    ]
    assert current() is None


@pytest.mark.parametrize("max_ms", [None, "5", -1, True, float("nan"), lambda: None])
def test_report_slow_wants_milliseconds(max_ms: Any):
    with pytest.raises(TypeError, match=r"write @report_slow\(max_ms=5000\)"):
        crash.report_slow(max_ms)


# --- report_error


def test_report_error_names_the_calling_function(sent: Sent):
    with call():
        crash.report_error("Oops. Failed to get user profile", data={"profile": 3})
    assert titles(sent) == [
        "NON-FATAL BACKEND ERROR shop test_report_error_names_the_calling_function(): Oops. Failed to get user profile"
    ]
    assert (sent[0]["profile"], sent[0]["is_fatal_error"], sent[0]["endpoint"]["path"]) == (3, False, "/orders/3")


def run_by(module: str, function: str = "call_through") -> Any:
    """A function of *module* that calls what it is given."""
    names: dict[str, Any] = {"__name__": module}
    exec(f"def {function}(inner):\n    return inner()", names)
    return names[function]


@pytest.mark.parametrize(
    ("outer", "handler", "name"),
    [
        ("shop.api", "shop.api.get_order", "outer"),
        ("flask.app", "shop.api.get_order", "get_order"),
        ("werkzeug.serving", "shop.api.<locals>.get", "get"),
        ("flask.app", "", "outer"),
        ("pymacaron_mine.api", "shop.api.get_order", "outer"),
    ],
)
def test_where_pymacaron_reports_the_function_is_that_of_the_service(sent: Sent, outer: str, handler: str, name: str):
    reporter = run_by("pymacaron.server.dispatch", "_complain")
    with call(handler=handler):
        run_by(outer, "outer")(functools.partial(reporter, functools.partial(crash.report_error, "odd")))
    assert titles(sent) == [f"NON-FATAL BACKEND ERROR shop {name}(): odd"]


def test_a_title_steers_no_terminal(sent: Sent):
    crash.after_call(call(), 500, None, ValueError("a\x1b[2J\u202e\ud800b"))
    assert titles(sent) == [r"FATAL BACKEND ERROR shop 500: shop.api.get_order(): a\x1b[2J\u202e\ud800b"]


@pytest.mark.parametrize(
    ("caught", "text"),
    [
        (ValueError("wtf!"), "ValueError: wtf!"),
        (OutOfStock("none left"), "OUT_OF_STOCK_AT_ALL: none left"),
        ({"error": "GONE", "error_description": "it went", "status": 410, "error_id": "e-1"}, "GONE: it went"),
        (None, "an error was reported"),
    ],
)
def test_report_error_without_a_title_tells_what_was_caught(sent: Sent, caught: Any, text: str):
    crash.report_error(caught=caught, is_fatal=True)
    name = "test_report_error_without_a_title_tells_what_was_caught"
    assert titles(sent) == [f"FATAL BACKEND ERROR shop {name}(): {text}"]
    assert sent[0]["error_caught"] == ("" if caught is None else text)


def test_one_reports_data_is_not_in_the_next(sent: Sent):
    crash.report_error("one", data={"a": 1})
    crash.report_error("two")
    assert ["a" in report for report in sent] == [True, False]


def test_data_that_fails_breaks_nothing(sent: Sent):
    class Failing:
        def __repr__(self) -> str:
            raise RuntimeError

        def __str__(self) -> str:
            raise RuntimeError

    crash.report_error("oops", data={"x": Failing()}, caught=Failing())
    assert (sent[0]["x"], sent[0]["error_caught"]) == (
        "<Failing whose repr() raises RuntimeError>",
        "<Failing whose str() raises RuntimeError>",
    )


# --- crash_handler


def test_crash_handler_reports_what_nobody_foresaw_and_lets_it_go_on(sent: Sent):
    @crash.crash_handler
    def job() -> None:
        raise ValueError("wtf!")

    with pytest.raises(ValueError, match="wtf!"):
        job()
    where = f"{__name__}.test_crash_handler_reports_what_nobody_foresaw_and_lets_it_go_on.<locals>.job()"
    assert titles(sent) == [f"FATAL BACKEND ERROR shop 500 UNHANDLED_SERVER_ERROR: {where}: wtf!"]
    assert sent[0]["call_id"]
    assert current() is None


def test_crash_handler_works_for_async_functions(sent: Sent):
    @crash.crash_handler
    async def job(number: int) -> int:
        await asyncio.sleep(0)
        return 1 // number

    assert asyncio.run(job(1)) == 1
    with pytest.raises(ZeroDivisionError):
        asyncio.run(job(0))
    assert len(sent) == 1


def test_crash_handler_does_not_report_errors_of_the_caller(sent: Sent):
    @crash.crash_handler
    def job() -> Any:
        return OutOfStock("none left")

    with pytest.raises(OutOfStock):
        job()
    assert sent == []


def test_the_server_does_not_report_again_what_crash_handler_reported(sent: Sent):
    @crash.crash_handler
    def view(error: Exception) -> None:
        raise error

    for error in (ValueError("wtf!"), InternalServerError("wtf!")):
        with call() as current_call, pytest.raises(type(error)):
            view(error)
        crash.after_call(current_call, 500, {"error": "X"}, error)
    assert len(sent) == 2
    crash.after_call(current_call, 500, {"error": "X"}, KeyError())
    assert len(sent) == 3


def test_the_report_of_crash_handler_has_the_id_that_the_reply_will_have(sent: Sent):
    error = ValueError("wtf!")

    @crash.crash_handler
    def view() -> None:
        raise error

    with call(), pytest.raises(ValueError, match="wtf!"):
        view()
    assert sent[0]["error_id"] == error.error_id  # type: ignore[attr-defined]


# --- sending


def test_a_reporter_gets_a_title_and_a_json_text():
    got = []
    crash.set_error_reporter(lambda title, message: got.append((title, message)))
    try:
        crash.report_error("oops")
    finally:
        crash.set_error_reporter(None)
    title, message = got[0]
    assert json.loads(message)["title"] == title
    assert isinstance(message, str)


def test_without_a_reporter_reports_go_into_the_log(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        crash.report_error("oops")
    title, _, message = caplog.messages[0].partition("\n")
    assert title.endswith("test_without_a_reporter_reports_go_into_the_log(): oops")
    assert json.loads(message)["title"] == title


def test_a_reporter_that_fails_is_logged_and_breaks_nothing(caplog: pytest.LogCaptureFixture):
    def failing(title: str, message: str) -> None:
        raise OSError("no network")

    crash.set_error_reporter(failing)
    try:
        with caplog.at_level(logging.ERROR):
            crash.after_call(call(), 500)
            crash.report_error("oops")
    finally:
        crash.set_error_reporter(None)
    assert ["the error reporter failed" in message for message in caplog.messages] == [True, True]
    assert "OSError: no network" in caplog.text


def test_what_a_reporter_reports_is_only_logged(caplog: pytest.LogCaptureFixture):
    titles = []

    def reporter(title: str, message: str) -> None:
        titles.append(title)
        crash.report_error("from the reporter")

    crash.set_error_reporter(reporter)
    try:
        with caplog.at_level(logging.ERROR):
            crash.report_error("oops")
    finally:
        crash.set_error_reporter(None)
    assert len(titles) == 1
    assert "reporter(): from the reporter" in caplog.messages[0]


def test_a_reporter_must_be_callable():
    with pytest.raises(TypeError, match="set_error_reporter wants a callable"):
        crash.set_error_reporter("me@example.com")  # type: ignore[arg-type]
