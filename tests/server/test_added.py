"""Headers by setting and by description, on every kind of reply."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

pytestmark = pytest.mark.usefixtures("own_config")
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /new: {get: {operationId: new, responses: {"200": {description: x}}}}
  /old:
    get:
      operationId: old
      deprecated: true
      x-sunset: "2027-01-31"
      parameters: [{name: n, in: query, schema: {type: integer}}]
      responses: {"200": {description: x}}
"""
STRICT = {"content-security-policy", "referrer-policy", "x-content-type-options", "x-frame-options"}
ENDS = {"deprecation": "@0", "sunset": "Sun, 31 Jan 2027 00:00:00 GMT"}


def old(n: int = 1) -> dict[str, int]:
    return {"n": 1 // n}


@pytest.fixture(params=["direct", "stock"])
def app_of(request: pytest.FixtureRequest, service: Any) -> Any:
    def make(app: Flask | None = None, new: Any = lambda: {}, **settings: Any) -> Flask:
        handlers = {"new": new, "old": old}
        return service(SHOP, handlers, app, settings={"dispatch": request.param, **settings})

    return make


def added(app: Flask, path: str, **options: Any) -> dict[str, str]:
    headers = app.test_client().open(path, **options).headers
    return {name.lower(): value for name, value in headers if name.lower() in STRICT | set(ENDS)}


EVERY = ["/new", "/old", "/old?n=x", "/old?n=0", "/missing", "/ping", "/livez"]


@pytest.mark.parametrize("path", EVERY)
def test_every_reply_has_the_usual_header(path: str, app_of: Any):
    assert added(app_of(), path)["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", EVERY)
def test_strict_has_more_and_off_none(path: str, app_of: Any):
    assert added(app_of(security_headers="strict"), path).keys() - ENDS.keys() == STRICT


@pytest.mark.parametrize("path", EVERY)
def test_off_has_none(path: str, app_of: Any):
    assert added(app_of(security_headers=False), path).keys() - ENDS.keys() == set()


def test_what_a_handler_or_a_hook_says_stays(app_of: Any):
    app = Flask("shop")

    @app.after_request
    def after(response: Any) -> Any:
        response.headers["Referrer-Policy"] = "origin"
        return response

    served = app_of(app, lambda: ({}, 200, {"X-Frame-Options": "SAMEORIGIN"}), security_headers="strict")
    found = served.test_client().get("/new").headers
    assert found.getlist("X-Frame-Options") == ["SAMEORIGIN"]
    assert found.getlist("Referrer-Policy") == ["origin"]


def test_the_docs_page_keeps_its_policy(app_of: Any):
    app = app_of(security_headers="strict", docs="public")
    policy = app.test_client().get("/doc/shop").headers.getlist("Content-Security-Policy")
    assert len(policy) == 1
    assert "script-src 'self'" in policy[0]


@pytest.mark.parametrize("path", ["/old", "/old?n=x", "/old?n=0", "/old?n=2"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_reply_of_an_operation_that_ends_says_so(method: str, path: str, app_of: Any):
    found = added(app_of(security_headers="off"), path, method=method)
    assert found == ENDS


@pytest.mark.parametrize("path", ["/new", "/missing", "/ping"])
def test_no_other_reply_does(path: str, app_of: Any):
    assert added(app_of(security_headers="off"), path) == {}


def test_a_hook_that_answers_is_not_the_operation(app_of: Any):
    app = Flask("shop")
    app.before_request(lambda: ("no", 403))
    assert added(app_of(app, security_headers="off"), "/old") == {}
