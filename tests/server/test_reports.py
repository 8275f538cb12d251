"""Reports of services that really run: what each way to serve sends, also at its end, and that nobody waits for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API

SERVER = """\
import json, os, threading, time

from flask import Flask
from pymacaron import API, letsgo
from pymacaron.crash import report_counts, report_error

app = Flask("shop")
REPORTS = os.environ["REPORTS"]
HELD = threading.Event()


def reporter(title, message):
    if "HANGS" in os.environ:
        HELD.wait()
    with open(REPORTS, "a") as file:
        file.write(json.dumps([os.getpid(), title, threading.current_thread().name]) + "\\n")


@app.get("/counts")
def counts():
    return report_counts()


@app.get("/said/<number>")
def said(number):
    report_error(f"said {number}")
    return "ok"


def start(port, debug):
    api = API(app, port=port, error_reporter=reporter)
    api.load_apis("apis", include_crash_api=True).start(serve="shop")
    if "LINGERS" in os.environ:
        threading.Thread(target=HELD.wait).start()
    if "WARM" in os.environ:
        report_error("before the fork")


letsgo(__name__, callback=start)
"""

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths: {}
"""

#: dict: name -> (server, what gunicorn is told besides)
WAYS = {
    "gthread": ("gunicorn", ""),
    "sync": ("gunicorn", "--worker-class sync --threads 1"),
    "gevent": ("gunicorn", "--worker-class gevent"),
    "preload": ("gunicorn", "--preload"),
    "gevent-preload": ("gunicorn", "--worker-class gevent --preload"),
    "granian": ("granian", ""),
    "granian of 3 workers": ("granian of 3 workers", ""),
    "werkzeug": ("werkzeug", ""),
    "run": ("run", ""),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "shop"
    (made / "apis").mkdir(parents=True)
    (made / "server.py").write_text(SERVER)
    (made / "apis" / "shop.yaml").write_text(SHOP)
    (made / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    return made


def told(folder: Path) -> list[tuple[int, str, str]]:
    path = folder / "reports"
    return [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.parametrize("way", WAYS)
def test_every_worker_tells_a_crash_once_and_at_its_end_how_often_it_was(
    folder: Path, run_service: Callable[..., Any], way: str
):
    server, options = WAYS[way]
    settings = {"GUNICORN_CMD_ARGS": options, "REPORTS": str(folder / "reports")}
    settings |= {"WARM": "1"} if "preload" in way else {}
    # A thread of the service's own that never ends keeps a development server neither from telling nor from ending
    settings |= {"LINGERS": "1"} if way in ("werkzeug", "run") else {}
    with run_service(server, folder, folder / "log", **settings) as service:
        for _ in range(40):
            assert service.get("/crash/internalexception").status == 500
    title = (
        "FATAL BACKEND ERROR crash 500 UNHANDLED_SERVER_ERROR: "
        "pymacaron.server.builtin.internal_exception(): This exception was raised on purpose"
    )
    found = told(folder)
    assert {thread for _, _, thread in found} == {"pymacaron reports: the error reporter"}
    if "preload" in way:
        assert found.pop(0)[1].endswith("start(): before the fork")
    by_process: dict[int, list[str]] = {}
    for process, text, _ in found:
        by_process.setdefault(process, []).append(text)
    calls = 0
    for titles in by_process.values():
        assert titles[0] == title
        assert len(titles) <= 2
        calls += 1
        if len(titles) == 2:
            assert titles[1].startswith(f"{title} (")
            calls += int(titles[1].removeprefix(f"{title} (").partition(" more in 60 s)")[0])
    assert calls == 40


def test_a_reporter_that_hangs_keeps_no_call_waiting_and_what_it_loses_is_counted(
    folder: Path, run_service: Callable[..., Any]
):
    settings = {"WEB_CONCURRENCY": "1", "PYM_REPORTS_PER_MINUTE": "0", "HANGS": "1"}
    with run_service("gunicorn", folder, folder / "log", REPORTS=str(folder / "reports"), **settings) as service:
        for number in range(150):
            assert service.get(f"/said/{number}").status == 200
        counts = service.get("/counts").json
    assert counts == {
        "repeated": 0,
        "limited": 0,
        "destinations": {"the error reporter": {"sent": 0, "failed": 0, "lost": 49, "waiting": 101}},
    }
    log = (folder / "log").read_text()
    assert (
        "the error reporter is too slow: reports are lost, beginning with: NON-FATAL BACKEND ERROR shop said(): " in log
    )
    assert "the error reporter was too slow: 101 reports are lost at the end" in log


KEYS = {
    *("title", "is_fatal_error", "call_id", "call_path", "error_id", "error_caught", "trace", "stack", "time"),
    *("response", "request", "user", "server", "endpoint"),
}

#: path -> status and code of the answer, title of the report; its function stands in pymacaron.server.builtin
CRASHES = {
    "internalexception": (
        *(500, "UNHANDLED_SERVER_ERROR"),
        "FATAL BACKEND ERROR crash 500 UNHANDLED_SERVER_ERROR: pymacaron.server.builtin.internal_exception(): "
        "This exception was raised on purpose",
    ),
    "pymacaronexception": (401, "NON_FATAL_CUSTOM_ERROR", ""),
    "reporterror": (
        *(200, None),
        "NON-FATAL BACKEND ERROR crash report_one_error(): This error was reported on purpose",
    ),
    "slowcall": (
        *(200, None),
        "NON-FATAL BACKEND ERROR crash 200: pymacaron.server.builtin.slow_call() calltime exceeded 1 millisec!",
    ),
    "returnfatalerrorresponse": (
        *(543, "FATAL_CUSTOM_ERROR"),
        "FATAL BACKEND ERROR crash 543 FATAL_CUSTOM_ERROR: pymacaron.server.builtin.return_fatal_error_response(): "
        "This error was returned on purpose",
    ),
    "returnnonfatalerrorresponse": (401, "NON_FATAL_CUSTOM_ERROR", ""),
    "returnerrormodel": (
        *(543, "ANOTHER_CUSTOM_ERROR"),
        "FATAL BACKEND ERROR crash 543 ANOTHER_CUSTOM_ERROR: pymacaron.server.builtin.return_error_model(): "
        "This error was returned on purpose",
    ),
    "returnerrorinstance": (401, "NON_FATAL_CUSTOM_ERROR", ""),
}


@pytest.mark.parametrize("dispatch", ["direct", "stock"])
@pytest.mark.parametrize("name", CRASHES)
def test_the_crash_api_answers_and_reports_as_it_says(tmp_path: Path, own_config: None, name: str, dispatch: str):
    reports: list[dict[str, Any]] = []

    def collect(title: str, message: str) -> None:
        reports.append(json.loads(message))
        assert reports[-1]["title"] == title

    (tmp_path / "apis").mkdir()
    app = Flask("shop")
    api = API(app, error_reporter=collect, settings={"name": "shop", "dispatch": dispatch})
    api.load_apis(tmp_path / "apis", include_crash_api=True).start()
    status, code, title = CRASHES[name]
    answer = app.test_client().get(f"/crash/{name}", headers={"User-Agent": "curl/8", "PymCallID": "c-1"})
    assert (answer.status_code, answer.json.get("error")) == (status, code)
    assert [report["title"] for report in reports] == ([title] if title else [])
    for report in reports:
        is_fatal = title.startswith("FATAL")
        assert set(report) == KEYS | ({"example"} if name == "reporterror" else set())
        assert (report["is_fatal_error"], report["call_id"], report["call_path"]) == (is_fatal, "c-1", "crash")
        assert report["error_id"] == answer.json.get("error_id", "")
        assert report["endpoint"] == {
            "id": f"crash GET /crash/{name}",
            "url": f"http://localhost/crash/{name}",
            "base_url": f"http://localhost/crash/{name}",
            "path": f"/crash/{name}",
            "method": "GET",
        }
        said = "" if name == "reporterror" else str(status)
        assert (report["response"]["status"], report["response"]["is_error"]) == (said, int(is_fatal))
        assert report["response"]["error_code"] == (code or "")
        assert report["user"] == {
            "id": "",
            "is_auth": 0,
            "ip": "127.0.0.1",
            "forwarded_ip": "",
            "user_agent": "curl/8",
        }
        assert (report["server"]["api_name"], report["server"]["port"]) == ("crash", 80)
        assert report["time"]["microsecs"] >= 0
