"""Liveness, readiness and start-up: what each says, of whom, and what it never says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from pymacaron import API
from pymacaron.server.stopping import STOPPING

pytestmark = pytest.mark.usefixtures("own_config")
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders: {get: {operationId: orders, responses: {"200": {description: All}}}}
  /readyz: {post: {operationId: post, responses: {"200": {description: Posted}}}}
"""
HANDLERS: dict[str, Callable[..., Any]] = {"orders": lambda: {"orders": []}, "post": lambda: {"posted": True}}
SECRET = "s3cret-of-the-database"


@pytest.fixture(autouse=True)
def not_stopping() -> Iterator[None]:
    yield
    STOPPING.is_begun = False


def told(app: Flask, path: str) -> tuple[int, Any]:
    reply = app.test_client().get(path)
    return reply.status_code, reply.json


def broken() -> None:
    raise ConnectionError(f"postgres://shop:{SECRET}@db/shop")


def exits() -> None:
    raise SystemExit(3)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/startupz"])
def test_a_service_without_checks_passes(path: str, service: Any):
    app = service(SHOP, HANDLERS)
    reply = app.test_client().get(path)
    assert (reply.status_code, reply.json) == (200, {"status": "pass"})
    assert (reply.content_type, reply.headers["Cache-Control"]) == ("application/json", "no-store")


def test_checks_are_asked_by_name_and_may_be_async(service: Any):
    async def later() -> bool:
        return True

    app = service(SHOP, HANDLERS, readiness={"database": lambda: None, "cache": later})
    assert told(app, "/readyz") == (200, {"status": "pass", "checks": {"database": "pass", "cache": "pass"}})


def test_a_check_that_fails_is_told_without_what_it_says(service: Any, caplog: pytest.LogCaptureFixture):
    checks = {"database": broken, "cache": lambda: False, "exit": exits, "queue": lambda: None}
    app = service(SHOP, HANDLERS, readiness=checks)
    failed = {
        "database": "fail: ConnectionError",
        "cache": "fail: it gave False",
        "exit": "fail: SystemExit",
        "queue": "pass",
    }
    assert told(app, "/readyz") == (503, {"status": "fail", "checks": failed})
    assert told(app, "/livez") == (200, {"status": "pass"})
    assert told(app, "/startupz") == (503, {"status": "fail", "checks": failed})
    assert SECRET not in caplog.text


def test_a_failure_is_logged_when_it_begins_and_when_it_ends(service: Any, caplog: pytest.LogCaptureFixture):
    answers = [None, False, False, None]
    app = service(SHOP, HANDLERS, readiness={"cache": lambda: answers.pop(0)})
    caplog.set_level(logging.INFO, "pymacaron.server")
    assert [told(app, "/readyz")[0] for _ in range(4)] == [200, 503, 503, 200]
    found = [one.getMessage() for one in caplog.records if "readiness" in one.getMessage()]
    assert found == [
        "the check 'cache' of readiness says: fail: it gave False",
        "the check 'cache' of readiness says: pass",
    ]


def test_a_check_that_hangs_fails_readiness_and_is_not_asked_twice_at_a_time(service: Any):
    release, asked = threading.Event(), []

    def hangs() -> None:
        asked.append(1)
        release.wait(60)

    app = service(SHOP, HANDLERS, readiness={"database": hangs}, settings={"readiness_timeout": 0.05})
    wanted = {"status": "fail", "checks": {"database": "fail: no answer within 0.05 s"}}
    assert [told(app, "/readyz") for _ in range(3)] == [(503, wanted)] * 3
    assert told(app, "/orders") == (200, {"orders": []})
    assert asked == [1]
    [thread] = [one for one in threading.enumerate() if one.name == "pymacaron-check-database"]
    release.set()
    thread.join(60)
    assert told(app, "/readyz")[0] == 200


def test_a_check_that_gets_no_thread_fails_that_time_only(service: Any, monkeypatch: pytest.MonkeyPatch):
    app = service(SHOP, HANDLERS, readiness={"database": lambda: True})

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start)
        wanted = {"status": "fail", "checks": {"database": "fail: no thread could be started"}}
        assert told(app, "/readyz") == (503, wanted)
    assert told(app, "/readyz")[0] == 200


def test_a_check_has_the_apps_context(service: Any):
    from flask import current_app

    app = service(SHOP, HANDLERS, readiness={"app": lambda: current_app.name == "shop"})
    assert told(app, "/readyz")[0] == 200


def test_a_service_has_started_once_it_was_ready(service: Any):
    ready: list[bool] = []
    app = service(SHOP, HANDLERS, readiness={"warm": lambda: bool(ready)})
    assert told(app, "/startupz")[0] == 503
    ready.append(True)
    assert told(app, "/startupz")[0] == 200
    ready.clear()
    assert (told(app, "/startupz")[0], told(app, "/readyz")[0]) == (200, 503)


def test_a_process_that_is_told_to_stop_is_not_ready_and_lives(service: Any):
    asked: list[int] = []
    app = service(SHOP, HANDLERS, readiness={"database": lambda: asked.append(1)})
    STOPPING.is_begun = True
    assert told(app, "/readyz") == (503, {"status": "fail", "reason": "the service is stopping"})
    assert (told(app, "/livez")[0], told(app, "/ping"), asked) == (200, (200, {}), [])


def test_a_service_that_is_not_ready_is_not_reported(service: Any):
    reports: list[str] = []
    settings = {"report_call_exceeding_ms": 0.001}
    app = service(
        SHOP,
        HANDLERS,
        readiness={"database": broken},
        settings=settings,
        error_reporter=lambda title, text: reports.append(title),
    )
    assert told(app, "/readyz")[0] == 503
    assert reports == []


def test_paths_are_settings_and_may_be_off(service: Any):
    settings = {"liveness_path": "/health/live", "readiness_path": False, "startup_path": "off"}
    app = service(SHOP, HANDLERS, settings=settings)
    answers = [told(app, path)[0] for path in ("/health/live", "/livez", "/readyz", "/startupz")]
    assert answers == [200, 404, 405, 404]


def test_what_the_service_answers_itself_stays_its_own(service: Any):
    app = Flask("shop")
    app.get("/livez")(lambda: "mine")
    service(SHOP, HANDLERS, app)
    assert app.test_client().get("/livez").text == "mine"
    client = app.test_client()
    assert client.get("/readyz").json == {"status": "pass"}
    assert client.post("/readyz").json == {"posted": True}


def test_a_path_that_somebody_has_set_and_the_service_answers_is_told(service: Any, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING, "pymacaron")
    app = Flask("shop")
    app.get("/mine")(lambda: "mine")
    service(SHOP, HANDLERS, app, settings={"liveness_path": "/mine"})
    assert "liveness_path is '/mine', where the service answers itself" in caplog.text
    assert "startup_path" not in caplog.text


def test_they_are_no_operations(service: Any):
    app = service(SHOP, HANDLERS, settings={"docs": "public"})
    document = app.test_client().get("/doc/ping.json").text
    assert "livez" not in document
    api: API = app.extensions["pymacaron"]
    assert not [one for one in api.served if one.bound.operation.path in ("/livez", "/startupz")]


@pytest.mark.parametrize("path", ["livez", "/a b", "/{x}", "/", "/<x>", 3])
def test_a_path_that_is_none_keeps_the_service_from_starting(path: Any, service: Any):
    from pymacaron.finding import FindingsError

    with pytest.raises(FindingsError, match=r"liveness_path is .*, not false, nor a path such as /livez"):
        service(SHOP, HANDLERS, settings={"liveness_path": path})
