"""Calls whose caller waits no longer are not answered by their handlers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from pymacaron import context

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /pets:
    get: {operationId: pets, responses: {"200": {description: "", content: {application/json: {schema: {}}}}}}
"""


def test_a_call_that_has_no_time_left_is_a_504_before_its_handler(service: Callable[..., Flask]) -> None:
    asked: list[float] = []

    def pets() -> Any:
        deadline = context.deadline()
        asked.append(0.0 if deadline is None else deadline - time.monotonic())
        return {}

    client = service(SHOP, {"pets": pets}).test_client()
    late = client.get("/pets", headers={"PymDeadline": "0"})
    assert (late.status_code, late.get_json()["error"]) == (504, "GATEWAY_TIMEOUT")
    assert asked == []
    for left in ("60000", "", "soon", "-5", "9" * 99):
        assert client.get("/pets", headers={"PymDeadline": left}).status_code == 200
    assert 0 < asked[0] <= 60
    assert asked[1:] == [0.0] * 4


def test_nobody_says_where_there_is_no_call() -> None:
    assert context.deadline() is None
    with context.Call() as call:
        assert context.deadline() is None
        call.deadline = 7.0
        assert context.deadline() == 7.0
