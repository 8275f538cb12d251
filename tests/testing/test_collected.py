"""reports(): what would be told the people who run a service is collected, and nobody is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pymacaron import config, crash
from pymacaron.tasks import asynctask
from pymacaron.testing import Reports, reports, tasks

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders/{id}:
    get:
      operationId: get_order
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok}}
  /slow: {get: {operationId: slow, responses: {"200": {description: ok}}}}
"""


@pytest.fixture(autouse=True)
def told(own_config: None) -> Any:
    """What a reporter of the service was told, who is to be told nothing meanwhile."""
    config.load(start_dir="/", settings={"name": "shop"}, environ={})
    titles: list[str] = []
    crash.set_error_reporter(lambda title, message: titles.append(title))
    yield titles
    crash.set_error_reporter(None)


@asynctask
def fail(text: str) -> None:
    raise ValueError(text)


def get_order(id: int) -> None:
    raise ValueError(f"order {id}, password=hunter2")


@crash.report_slow(max_ms=0.000001)
def slow() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("dispatch", ["direct", "stock"])
def test_a_call_that_fails_is_there_with_all_that_is_told(
    service: Callable[..., Any], told: list[str], dispatch: str
) -> None:
    app = service(SHOP, {"get_order": get_order, "slow": slow}, settings={"name": "shop", "dispatch": dispatch})
    with reports() as found:
        reply = app.test_client().get("/orders/7").json
        again = app.test_client().get("/orders/8").json
        assert len(found.titles) == len(found.reports) == 2
        [report] = found.reports_of(reply["error_id"])
        assert [report] == found.reports_of(report["call_id"])
        assert found.reports_of("GET /orders/{id}") == found.reports_of("shop GET /orders/{id}") == found.reports
        assert found.reports_of(again["error_id"]) == found.reports[1:]
        assert found.reports_of("") == found.reports_of("GET /slow") == []
    assert found.titles[0] == report["title"]
    assert "get_order(): order 7, password=********" in report["title"]
    assert (report["is_fatal_error"], report["response"]["status"], report["request"]["params"]) == (
        True,
        "500",
        {"id": 7},
    )
    assert repr(found) == f"<Reports {found.titles!r}>"
    crash.flush()
    assert told == []


def test_slow_calls_tasks_and_what_is_said_are_there(service: Callable[..., Any]) -> None:
    app = service(SHOP, {"get_order": get_order, "slow": slow}, settings={"name": "shop"})
    with reports() as found:
        app.test_client().get("/slow")
        assert [one["is_fatal_error"] for one in found.reports_of("/slow")] == [False]
        with tasks() as waiting:
            fail("in a task")
            waiting.run()
        [report] = found.reports_of(f"{__name__}.fail")
        assert report["error_caught"] == "ValueError: in a task"
        found.forget()
        crash.report_error("out of tea", {"shelf": 7})
        assert [(one["shelf"], one["response"]["status"]) for one in found.reports] == [(7, "")]
        assert found.titles[0].endswith("out of tea")


def test_what_happens_again_is_there_again_and_the_settings_are_asked() -> None:
    with reports() as found:
        for _ in range(100):
            crash.report_error("the same")
        assert len(found.reports) == 100
        config.load(start_dir="/", settings={"name": "shop", "report_errors": False}, environ={})
        crash.report_error("not wanted")
        assert len(found.reports) == 100
        assert crash.report_counts() == {"repeated": 0, "limited": 0, "destinations": {}}


def test_reports_within_reports_are_the_inner_ones_and_who_is_told_comes_back(told: list[str]) -> None:
    with reports() as outer:
        with reports() as inner:
            crash.report_error("inner")
        crash.report_error("outer")
    assert (len(inner.titles), len(outer.titles)) == (1, 1)
    with pytest.raises(KeyError), reports():
        raise KeyError
    crash.report_error("at last")
    crash.flush()
    assert [title.rpartition(" ")[2] for title in told] == ["last"]


def test_all_threads_report_there() -> None:
    with reports() as found:
        threads = [threading.Thread(target=crash.report_error, args=(f"thread {n}",)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert isinstance(found, Reports)
    assert len(set(found.titles)) == 20
