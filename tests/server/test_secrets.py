"""
What a call is sent as a secret, in any place and by any name, is neither in its report nor in the log nor in the reply,
although the exception tells everything that there was.
"""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from pymacaron import API

X = "hunter2horse9"
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /orders/{api_key}:
    post:
      operationId: add
      parameters:
        - {name: api_key, in: path, required: true, schema: {type: string}}
        - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: X-Other, in: header, schema: {type: string, format: password}}
        - {name: seen, in: cookie, schema: {type: string, writeOnly: true}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                lines: {type: array, items: {type: object, properties: {note: {type: string, format: password}}}}
          multipart/form-data: {schema: {type: object, properties: {Password: {type: string}}}}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {Password: {type: string}}}}
          text/plain: {schema: {type: string}}
      responses: {"200": {description: It}}
"""
BASIC = base64.b64encode(f"ann:{X}".encode()).decode()

#: What the client is told to send
SENT: dict[str, dict[str, Any]] = {
    "path": {"path": f"/orders/{X}"},
    "json in a query": {"path": "/orders/k?filter=" + json.dumps({"a": {"userPasswords": [X]}})},
    "escaped name in a query": {"path": f"/orders/k?pass%77ord={X}"},
    "short names in a query": {"path": f"/orders/k?sig={X}&pin={X}"},
    "header by format": {"headers": {"X-Other": X}},
    "headers by name": {"headers": {"X-Amz-Security-Token": X, "X-Vault-Token": X, "X-Signature": X}},
    "unknown scheme": {"headers": {"Authorization": f"ApiKey {X}"}},
    "basic": {"headers": {"Authorization": f"Basic {BASIC}"}},
    "digest": {"headers": {"Authorization": f'Digest username="ann", response="{X}"'}},
    "proxy": {"headers": {"Proxy-Authorization": f"Basic {X}"}},
    "cookie by writeOnly": {"headers": {"Cookie": f"seen={X}"}},
    "cookie by name": {"headers": {"Cookie": f"a=b; sid={X}"}},
    "body by format": {"json": {"lines": [{"note": X}]}},
    "unknown member": {"json": {"other": {"list": [{"API-Keys": {"x": [X]}}]}}},
    "name beside value": {"json": {"fields": [{"name": "password", "value": X}]}},
    "json in a text": {"json": {"payload": json.dumps({"password": X})}},
    "json in json in a text": {"json": {"payload": json.dumps({"p": json.dumps({"client_secret": X})})}},
    "multipart": {"data": {"Password": X}, "content_type": "multipart/form-data"},
    "form": {"data": {"Password": X}},
    "text": {"data": f"password={X}", "content_type": "text/plain"},
    "broken json": {"data": f'{{"password": "{X}', "content_type": "application/json"},
    "referer": {"headers": {"Referer": f"https://example.com/?token={X}"}},
    "user agent": {"headers": {"User-Agent": f"password={X}"}},
    "call id": {"headers": {"PymCallID": f"token={X}"}},
    "a line of its own": {"path": f"/orders/k%0d%0apassword={X}"},
}


def fails(*given: Any, **named: Any) -> Any:
    told = [given, named, dict(request.headers), list(request.headers), request.url, request.cookies]
    raise RuntimeError(f"{told!r} {request.get_data()!r} {dict(request.form)!r} {request.environ['QUERY_STRING']}")


@pytest.mark.parametrize("dispatch", ["direct", "stock"])
@pytest.mark.parametrize("name", SENT)
def test_a_secret_is_told_nowhere(
    tmp_path: Path, own_config: None, caplog: pytest.LogCaptureFixture, name: str, dispatch: str
):
    caplog.set_level(logging.DEBUG)
    (tmp_path / "shop.yaml").write_text(SHOP)
    reports: list[str] = []
    app = Flask("shop")
    # On a machine that is busy a call may be slow, which is another report
    settings = {"name": "shop", "dispatch": dispatch, "access_log": True, "report_call_exceeding_ms": 0}
    api = API(
        app,
        resolver=lambda operation: fails,
        error_reporter=lambda title, message: reports.append(f"{title}\n{message}"),
        settings=settings,
    )
    api.load_apis(tmp_path).start(serve="shop")
    reply = app.test_client().post(**{"path": "/orders/k", **SENT[name]})
    assert (reply.status_code, len(reports)) == ((400, 0) if name == "broken json" else (500, 1))
    for text in (reply.text, *reports, caplog.text):
        assert X not in text
        assert BASIC not in text
    assert all("\n" not in json.loads(report.partition("\n")[2])["title"] for report in reports)
