"""The log as JSON, and a line for each request, on both dispatches and under servers."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API
from pymacaron.server.logs import ACCESS, AccessLog, JsonFormatter

pytestmark = pytest.mark.usefixtures("own_config")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECRET = "a secret of at least 32 bytes, from elsewhere"
SHOP = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
servers: [{url: /v1}]
paths:
  /orders/{id}:
    get:
      operationId: order
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: x}}
  /lines:
    get:
      operationId: lines
      responses: {"200": {description: x, content: {application/jsonl: {itemSchema: {type: integer}}}}}
"""


def order(id: str) -> Any:
    if id == "fails":
        raise RuntimeError(f"it was {SECRET}")
    logging.getLogger("shop").warning("order %s", id, extra={"left": 3, "of": [1]})
    return {"id": id}


def lines() -> Iterator[int]:
    yield from (1, 2)


@pytest.fixture(autouse=True)
def logged_as_before() -> Iterator[None]:
    root, formatters = logging.getLogger(), {}
    level, handlers = root.level, root.handlers[:]
    formatters = {handler: handler.formatter for handler in handlers}
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    for handler, formatter in formatters.items():
        handler.setFormatter(formatter)
    ACCESS.setLevel(logging.NOTSET)


@pytest.fixture(params=["direct", "stock"])
def app_of(request: pytest.FixtureRequest, service: Callable[..., Flask]) -> Callable[..., Flask]:
    def make(app: Flask | None = None, **settings: Any) -> Flask:
        settings |= {"dispatch": request.param, "jwt_secret": SECRET, "jwt_issuer": "x", "jwt_audience": "x"}
        return service(SHOP, {"order": order, "lines": lines}, app, settings=settings)

    return make


def records(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(JsonFormatter().format(one)) for one in caplog.records if one.name == "pymacaron.access"]


def test_a_line_has_the_call_that_it_belongs_to(app_of: Any, caplog: pytest.LogCaptureFixture):
    app = app_of(log_format="json")
    root = logging.getLogger()
    assert {type(handler.formatter) for handler in root.handlers} == {JsonFormatter}
    headers = {"PymCallID": "call-1", "PymCallPath": "public", "traceparent": PARENT}
    caplog.clear()
    app.test_client().get("/v1/orders/7", headers=headers)
    [line] = [json.loads(text) for text in caplog.text.splitlines()]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert re.fullmatch(r"00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01", line.pop("traceparent"))
    assert line == {
        "level": "WARNING",
        "logger": "shop",
        "message": "order 7",
        "call_id": "call-1",
        "call_path": "public.shop",
        "api": "shop",
        "operation_id": "order",
        "left": 3,
        "of": "[1]",
    }


def test_an_exception_is_one_line_and_holds_no_secret(app_of: Any, caplog: pytest.LogCaptureFixture):
    app_of(log_format="json")
    caplog.clear()
    try:
        raise ValueError(f"{SECRET}\nforged")
    except ValueError:
        logging.getLogger("shop").exception("with %s", SECRET)
    [text] = caplog.text.splitlines()
    assert SECRET not in text
    line = json.loads(text)
    assert line["message"] == "with ********"
    assert "ValueError" in line["exception"]
    assert "call_id" not in line


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/v1/orders/7?x=1", ("GET", "/orders/{id}", "order", 200, 10)),
        ("/v1/lines", ("GET", "/lines", "lines", 200, 4)),
        ("/v1/orders/fails", ("GET", "/orders/{id}", "order", 500, None)),
        ("/missing/sesame", ("GET", "-", None, 404, None)),
        ("/own", ("GET", "-", None, 200, 4)),
    ],
)
def test_a_request_is_a_line(path: str, wanted: Any, app_of: Any, caplog: pytest.LogCaptureFixture):
    app = Flask("shop")
    app.get("/own")(lambda: "mine")
    app_of(app, access_log=True)
    caplog.clear()
    reply = app.test_client().get(path, headers={"PymCallID": "call-1", "traceparent": PARENT})
    length = len(reply.get_data())
    reply.close()
    [line] = records(caplog)
    method, template, operation, status, size = wanted
    assert (line["method"], line["path"], line.get("operation_id"), line["status"]) == (
        method,
        template,
        operation,
        status,
    )
    assert line["bytes"] == length == (length if size is None else size)
    assert line["call_id"] == "call-1"
    assert line["ms"] >= 0
    shown = rf"GET {re.escape(template)} {operation or '-'} {status} \d+\.\d ms {length} bytes call-1"
    assert re.fullmatch(shown, line["message"])
    assert "sesame" not in json.dumps(line)


def test_lines_of_one_call_have_one_id(app_of: Any, caplog: pytest.LogCaptureFixture):
    app = app_of(access_log=True, log_format="json")
    caplog.clear()
    app.test_client().get("/v1/orders/7").close()
    first, second = (json.loads(text) for text in caplog.text.splitlines())
    assert first["call_id"] == second["call_id"]
    assert first["traceparent"] == second["traceparent"]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/startupz"])
def test_probes_are_not_logged(path: str, app_of: Any, caplog: pytest.LogCaptureFixture):
    app = app_of(access_log=True)
    caplog.clear()
    app.test_client().get(path).close()
    assert records(caplog) == []


def test_what_fails_beyond_the_app_is_a_500(app_of: Any, caplog: pytest.LogCaptureFixture):
    app = app_of(access_log=True)

    def fails(environ: Any, start_response: Any) -> Any:
        raise KeyError("x")

    caplog.clear()
    app.wsgi_app = fails
    logs = AccessLog(app, frozenset())
    with pytest.raises(KeyError):
        logs({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)
    assert [(one["status"], one["bytes"]) for one in records(caplog)] == [(500, 0)]


def test_without_the_settings_nothing_stands_in_the_way(app_of: Any, caplog: pytest.LogCaptureFixture):
    app = app_of()
    assert not isinstance(vars(app).get("wsgi_app"), AccessLog)
    api: API = app.extensions["pymacaron"]
    assert {type(handler.formatter) for handler in logging.getLogger().handlers}.isdisjoint({JsonFormatter})
    assert api.served
    app.test_client().get("/v1/orders/7").close()
    assert records(caplog) == []


SERVER = """
import os
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def start(port, debug):
    API(app).start()


letsgo(__name__, callback=start)
"""


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn", "granian"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_servers_write_it(server: str, form: str, start: Any, tmp_path: Path):
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "server.py").write_text(SERVER)
    settings = f"log_format: {form}\naccess_log: true\n"
    (folder / "pym-config.yaml").write_text(f"name: shop\nlive_host: http://localhost\n{settings}")
    with start(server, folder) as service:
        assert service.get("/ping", {"PymCallID": "call-1"}).status == 200
    text = (tmp_path / "log").read_text()
    [line] = [one for one in text.splitlines() if "call-1" in one]
    if form == "json":
        assert json.loads(line)["path"] == "/ping"
    else:
        assert re.search(r"INFO pymacaron.access: GET /ping pymacaron.server.builtin.ping 200 ", line)
