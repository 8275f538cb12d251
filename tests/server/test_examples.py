"""example(), which handlers that are not written yet return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from pymacaron import example

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders/{id}:
    get:
      operationId: get
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: One}}
"""


def test_outside_of_an_operation_there_is_no_example(service: Callable[..., Flask]) -> None:
    with pytest.raises(RuntimeError, match="no operation is being answered here"):
        example()
    app = service(SHOP, {"get": lambda **values: None})
    app.add_url_rule("/own", view_func=lambda: str(example()))
    reply = app.test_client().get("/own")
    assert (reply.status_code, reply.json["error"]) == (500, "UNHANDLED_SERVER_ERROR")


def test_what_is_not_written_yet_is_not_reported(service: Callable[..., Flask]) -> None:
    reports: list[Any] = []
    app = service(SHOP, {"get": lambda id: example()}, error_reporter=lambda *report: reports.append(report))
    reply = app.test_client().get("/orders/a%20secret")
    assert (reply.status_code, reports) == (501, [])
    fact = "GET /orders/{id} is not implemented, and its description has no example that fits"
    assert reply.json["error_description"] == fact
