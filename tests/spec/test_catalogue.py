"""The catalogue has every error that the framework answers with."""

from __future__ import annotations

from pathlib import Path

from pymacaron import API
from pymacaron.exceptions import HTTPError, error_classes
from pymacaron.spec.catalogue import KNOWN, conditions
from pymacaron.spec.load import load

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: '1'}
components: {securitySchemes: {b: {type: http, scheme: bearer}}}
paths:
  /a:
    post:
      security: [{b: [write]}]
      x-rate-limit: 10/minute
      x-idempotency: required
      requestBody: {content: {application/json: {}}}
      responses: {"200": {description: It, content: {application/json: {}}}}
    get: {responses: {"204": {description: Nothing}}}
"""


def test_every_class_of_the_framework_stands_in_the_catalogue() -> None:
    assert API  # with which all of them are loaded
    from pymacaron import tasks
    from pymacaron.server.idempotency import keeping
    from pymacaron.store import stores

    assert all((keeping, stores, tasks))
    made_to_fail = {"FATAL_CUSTOM_ERROR", "NON_FATAL_CUSTOM_ERROR"}  # of the api of crashes
    of_calls = {"WRONG_ARGUMENTS", "RESPONSE_MISMATCH"}  # of calls that a service makes: its own callers see a 500
    others = made_to_fail | of_calls
    ours = {(cls.code, cls.status) for cls in error_classes() if cls.__module__.startswith("pymacaron.")}
    listed = {(one.code, one.status) for one in KNOWN}
    assert {code for code, _ in ours - listed} <= others
    of_http = {(HTTPError(status).code, status) for status in (401, 403, 404, 405, 413, 429, 503)}
    assert listed == {one for one in ours if one[0] not in others} | of_http
    assert [one.status for one in KNOWN] == sorted(one.status for one in KNOWN)


def test_an_operation_that_asks_for_everything_gives_each_of_them_but_those_of_no_operation(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    api = load(tmp_path / "shop.yaml")
    assert {one.code for one in KNOWN if one.when not in conditions(api.operations[0])} == {
        "NOT_FOUND",
        "METHOD_NOT_ALLOWED",
        # of what handlers do, which no description tells
        "CONDITION_FAILED",
        "NOT_STORABLE",
        "QUEUE_UNAVAILABLE",
        "STORE_UNAVAILABLE",
        "TABLE_MISSING",
        "VERSION_CONFLICT",
    }
    assert conditions(api.operations[1]) == {"any"}
