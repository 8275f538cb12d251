"""The catalogue of errors: `/doc/errors` for people, `/doc/errors.json` for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from pymacaron import API, exceptions

Start = Callable[..., API]

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: 1.2.0}
servers: [{url: /v1}]
components: {securitySchemes: {b: {type: http, scheme: bearer}}}
paths:
  /orders:
    get: {operationId: list, responses: {"200": {description: All}}}
    post:
      operationId: add
      security: [{b: []}]
      x-rate-limit: 10/minute
      x-idempotency: optional
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: It, content: {application/json: {}}}}
  /elsewhere:
    get: {operationId: other, x-no-bind-server: true, responses: {"200": {description: All}}}
"""
ADD, LIST = "shop POST /v1/orders", "shop GET /v1/orders"
JWT = {"jwt_secret": "a secret of at least 32 bytes, for tests", "jwt_issuer": "shop", "jwt_audience": "shop"}

ERRORS = '''
from pymacaron.exceptions import PyMacaronException, add_error


class OutOfStockError(PyMacaronException):
    """
    There is <none> left
    of it.

    What else is said here is for colleagues.
    """

    code = "out_of_stock"
    status = 409


Sleeping = add_error(
    name="Sleeping", code="SLEEPING", status=503
)
'''


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of the service's own, in a module `shop_errors`."""
    known = {code: cls for code, cls in exceptions._CLASSES.items() if cls.__module__.startswith("pymacaron.")}
    monkeypatch.setattr(exceptions, "_CLASSES", known)  # and not those of other tests
    module = ModuleType("shop_errors")
    monkeypatch.setitem(sys.modules, "shop_errors", module)
    exec(compile(ERRORS, "shop_errors.py", "exec"), vars(module))


def listed(api: API) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in api.app.test_client().get("/doc/errors.json").json["errors"]}


def test_each_error_of_the_framework_has_the_operations_that_give_it(started: Start) -> None:
    found = listed(started(SHOP, path="doc", settings=JWT))
    given = {code: one.get("operations") for code, one in found.items() if not one["is_own"]}
    assert given["VERSION_CONFLICT"] is None  # any handler may keep something
    ping = ["ping GET /ping", "ping GET /version", "ping GET /auth/version"]
    assert given["UNHANDLED_SERVER_ERROR"] == given["SERVER_ERROR"] == [LIST, ADD, *ping]
    assert given["TOKEN_EXPIRED"] == given["UNAUTHORIZED"] == [ADD, "ping GET /auth/version"]
    for code in ("INVALID_PARAMETER", "IDEMPOTENCY_KEY_REUSED", "TOO_MANY_REQUESTS", "UNSUPPORTED_MEDIA_TYPE"):
        assert given[code] == [ADD], code
    assert given["NOT_FOUND"] == given["METHOD_NOT_ALLOWED"] == given["IDEMPOTENCY_KEY_MISSING"] == []
    assert given["FORBIDDEN"] == []
    assert found["TOO_MANY_REQUESTS"] == {
        "code": "TOO_MANY_REQUESTS",
        "status": 429,
        "description": "There were too many calls; `Retry-After` says when to ask again",
        "operations": [ADD],
        "is_own": False,
    }


@pytest.mark.usefixtures("own")
def test_the_errors_of_the_service_come_first_with_what_they_say_of_themselves(started: Start) -> None:
    found = listed(started(SHOP, path="doc", settings=JWT))
    mine = {code: one for code, one in found.items() if code in ("OUT_OF_STOCK", "SLEEPING")}
    assert mine == {
        "OUT_OF_STOCK": {
            "code": "OUT_OF_STOCK",
            "status": 409,
            "description": "There is <none> left of it.",
            "is_own": True,
        },
        "SLEEPING": {"code": "SLEEPING", "status": 503, "description": "", "is_own": True},
    }
    codes = list(found)
    assert codes.index("OUT_OF_STOCK") < codes.index("SLEEPING") < codes.index("INVALID_PARAMETER")


@pytest.mark.usefixtures("own")
def test_in_development_it_says_where_they_were_made_and_shows_no_path(started: Start) -> None:
    api = started(SHOP, debug=True, settings=JWT)
    found = listed(api)
    assert found["OUT_OF_STOCK"]["where"] == "shop_errors:5"
    assert found["SLEEPING"]["where"] == "shop_errors:17"
    page = api.app.test_client().get("/doc/errors").text
    assert "There is &lt;none&gt; left of it. <small>shop_errors:5</small>" in page
    assert "for colleagues" not in page


@pytest.mark.usefixtures("own")
def test_in_production_it_does_not_say_where(started: Start) -> None:
    api = started(SHOP, path="doc", settings=JWT)
    assert "shop_errors" not in api.app.test_client().get("/doc/errors").text
    assert not any("where" in one for one in listed(api).values())


def test_it_is_for_whom_the_documents_are(started: Start) -> None:
    client = started(SHOP, settings=JWT).app.test_client()
    assert [client.get(path).status_code for path in ("/doc/errors", "/doc/errors.json")] == [404, 404]
    client = started(SHOP, settings={**JWT, "docs": "auth"}, name="mine").app.test_client()
    assert [client.get(path).status_code for path in ("/doc/errors", "/doc/errors.json")] == [401, 401]


def test_an_api_of_that_name_keeps_its_page(started: Start) -> None:
    client = started(SHOP, path="doc", settings=JWT, name="errors").app.test_client()
    assert 'data-description="./errors.json"' in client.get("/doc/errors").text
    assert "UNHANDLED_SERVER_ERROR" in client.get("/doc/errors-2").text
    assert client.get("/doc/errors-2.json").json["errors"]
    assert '<a href="./doc/errors-2">Errors</a>' in client.get("/doc").text
