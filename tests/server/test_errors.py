"""The ways to answer with an error: each gives the same JSON, and the hooks of the service see all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, jsonify

from pymacaron import API
from pymacaron.exceptions import (
    PyMacaronException,
    UnhandledServerError,
    ValidationError,
    add_error,
    is_error,
    raise_error,
)
from pymacaron.pool import ApiPool

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /orders/{id}:
    get:
      operationId: get_order
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: It, content: {application/json: {schema: {type: object}}}}}
components:
  schemas:
    Error:
      type: object
      properties:
        status: {type: integer}
        error: {type: string}
        error_description: {type: string}
        error_id: {type: string}
        user_message: {type: string}
        error_caught: {type: string}
"""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
OnFireError = add_error(name="OnFireError", code="ON_FIRE_HERE", status=543)
KNOWN_ID = "0d9b3c1e-52a7-4a0e-8d0f-1c2f3b4a5d6e"


class NoSuchOrderError(PyMacaronException):
    code = "NO_SUCH_ORDER_HERE"
    status = 404


class Shop:
    """A client, the titles that were reported, and what the hooks of the service were given."""

    def __init__(self, folder: Path, handler: Callable[..., Any], **options: Any):
        folder.joinpath("shop.yaml").write_text(SHOP)
        self.reports: list[dict[str, Any]] = []
        app = Flask("shop")
        app.add_url_rule("/custom", view_func=lambda: handler(id=0), endpoint="custom")
        options["settings"] = {"name": "shop", **options.get("settings", {})}
        api = API(app, resolver=lambda operation: handler, error_reporter=self.report, **options)
        api.load_apis(folder).start(serve="shop")
        self.client = app.test_client()

    def report(self, title: str, message: str) -> None:
        self.reports.append(json.loads(message))

    def get(self, path: str = "/orders/7") -> tuple[int, Any]:
        reply = self.client.get(path)
        return reply.status_code, reply.json


@pytest.fixture(params=["direct", "stock"])
def shop(request: pytest.FixtureRequest, tmp_path: Path, own_config: None) -> Callable[..., Shop]:
    def made(handler: Callable[..., Any], **options: Any) -> Shop:
        return Shop(tmp_path, handler, settings={"dispatch": request.param}, **options)

    return made


def the_error() -> PyMacaronException:
    error = NoSuchOrderError("There is no order 7").tell_user("We cannot find it").caught(KeyError(7))
    error.error_id = KNOWN_ID
    return error


def raised(*, id: int) -> Any:
    raise the_error()


def returned(*, id: int) -> Any:
    return the_error()


def as_response(*, id: int) -> Any:
    return the_error().http_reply()


def as_model(*, id: int) -> Any:
    return ApiPool.shop.model.Error(**the_error().to_dict())


def raised_from_model(*, id: int) -> Any:
    raise_error(as_model(id=id))


def raised_from_dict(*, id: int) -> Any:
    raise_error(the_error().to_dict())


@pytest.mark.parametrize("way", [raised, returned, as_response, as_model, raised_from_model, raised_from_dict])
def test_every_way_to_answer_with_an_error_gives_the_same(shop: Callable[..., Shop], way: Callable[..., Any]):
    ours = shop(way)
    expected = {
        "status": 404,
        "error": "NO_SUCH_ORDER_HERE",
        "error_description": "There is no order 7",
        "error_id": KNOWN_ID,
        "user_message": "We cannot find it",
        "error_caught": "KeyError: 7",
    }
    assert ours.get() == (404, expected)
    assert is_error(ours.get()[1])
    assert ours.reports == []


@pytest.mark.parametrize("way", [raised, as_response, raised_from_dict])
def test_a_custom_route_answers_the_same(shop: Callable[..., Shop], way: Callable[..., Any]):
    status, body = shop(way).get("/custom")
    assert (status, body["error"], body["error_id"]) == (404, "NO_SUCH_ORDER_HERE", KNOWN_ID)


def test_an_unforeseen_exception_is_a_500_that_says_nothing_and_a_report_that_says_all(shop: Callable[..., Shop]):
    def fails(*, id: int) -> Any:
        raise RuntimeError("wtf!")

    ours = shop(fails)
    status, body = ours.get()
    assert (status, body["error"]) == (500, "UNHANDLED_SERVER_ERROR")
    assert "wtf" not in json.dumps(body)
    assert UUID.fullmatch(body["error_id"])
    [report] = ours.reports
    assert report["error_id"] == body["error_id"]
    assert report["title"].endswith("wtf!")
    assert report["error_caught"] == "RuntimeError: wtf!"


def test_a_fatal_error_is_reported_and_tells_its_cause_to_the_report_only(shop: Callable[..., Shop]):
    def fails(*, id: int) -> Any:
        raise OnFireError("the shop burns").caught(OSError("no water")).tell_user("Come back later")

    ours = shop(fails)
    status, body = ours.get()
    assert UUID.fullmatch(error_id := body.pop("error_id"))
    assert (status, body) == (
        543,
        {
            "status": 543,
            "error": "ON_FIRE_HERE",
            "error_description": "the shop burns",
            "user_message": "Come back later",
        },
    )
    [report] = ours.reports
    assert report["title"].startswith("FATAL BACKEND ERROR shop 543 ON_FIRE_HERE: ")
    assert (report["error_caught"], report["error_id"]) == ("OSError: no water", error_id)
    assert report["response"]["user_message"] == "Come back later"


#: What error_callback may answer an exception with, and the status and the body that are sent
CALLBACKS: list[tuple[Callable[[Exception], Any], int, dict[str, Any]]] = [
    (lambda error: None, 404, {"error": "NO_SUCH_ORDER_HERE", "error_id": KNOWN_ID}),
    (lambda error: jsonify(teapot=True), 200, {"teapot": True}),
    (lambda error: NoSuchOrderError("other").http_reply(), 404, {"error_description": "other"}),
    (lambda error: error.http_reply(), 404, {"error_description": "There is no order 7"}),  # type: ignore[attr-defined]
    (lambda error: UnhandledServerError("an exception"), 500, {"error_description": "an exception"}),
    (
        lambda error: ApiPool.shop.model.Error(status=418, error="TEAPOT", error_description=str(error)),
        418,
        {"status": 418, "error": "TEAPOT", "error_description": "There is no order 7"},
    ),
    (lambda error: {"status": 418, "error": "TEAPOT", "error_description": "a dict"}, 418, {"error": "TEAPOT"}),
    (lambda error: 1 / 0, 404, {"error": "NO_SUCH_ORDER_HERE", "error_id": KNOWN_ID}),
]


@pytest.mark.parametrize(("callback", "status", "body"), CALLBACKS)
def test_error_callback_answers_goes_on_or_is_passed_over(
    shop: Callable[..., Shop], callback: Callable[[Exception], Any], status: int, body: dict[str, Any]
):
    seen: list[Exception] = []

    def noted(error: Exception) -> Any:
        seen.append(error)
        return callback(error)

    found = shop(raised, error_callback=noted).get()
    assert found[0] == status
    assert body.items() <= found[1].items()
    assert [type(error) for error in seen] == [NoSuchOrderError]


def test_error_callback_sees_every_exception_and_its_error_of_500_is_reported(shop: Callable[..., Shop]):
    seen: list[str] = []

    def callback(error: Exception) -> Any:
        seen.append(type(error).__name__)
        return {"status": 500, "error": "MINE", "error_description": "mine"}

    def fails(*, id: int) -> Any:
        raise (RuntimeError("wtf!"), ValidationError("bad"), LookupError("no"))[id % 3]

    ours = shop(fails, error_callback=callback)
    assert [ours.get(path)[1]["error"] for path in ("/orders/0", "/orders/1", "/orders/x", "/nowhere")] == ["MINE"] * 4
    assert seen == ["RuntimeError", "ValidationError", "Violations", "NotFound"]
    assert [report["response"]["error_code"] for report in ours.reports][:2] == ["MINE"] * 2


@pytest.mark.parametrize("way", [raised, returned, as_response, as_model, lambda *, id: abort(404)])
def test_error_decorator_sees_each_error_once_and_what_it_gives_is_sent(
    shop: Callable[..., Shop], way: Callable[..., Any]
):
    seen: list[dict[str, Any]] = []

    def decorated(error: dict[str, Any]) -> dict[str, Any]:
        seen.append(dict(error))
        error["user_message"] = "Something went really wrong! Try again later"
        return error

    ours = shop(way, error_decorator=decorated)
    for path, status in (("/orders/7", 404), ("/nowhere", 404), ("/orders/x", 400)):
        seen.clear()
        found = ours.get(path)
        assert (found[0], found[1]["user_message"]) == (status, "Something went really wrong! Try again later")
        assert len(seen) == 1
        assert {"status", "error", "error_description", "error_id"} <= seen[0].keys()


def test_error_decorator_may_change_the_status_and_the_report_says_what_was_sent(shop: Callable[..., Shop]):
    def decorated(error: dict[str, Any]) -> dict[str, Any]:
        return {**error, "status": 503, "error": "BUSY"}

    ours = shop(raised, error_decorator=decorated)
    assert ours.get()[0] == 503
    assert [report["response"]["error_code"] for report in ours.reports] == ["BUSY"]


@pytest.mark.parametrize("status", [401, 403, 404, 405, 406, 409, 413, 415, 418, 422, 429, 500, 503])
def test_an_error_of_http_is_the_json_error_of_its_status(shop: Callable[..., Shop], status: int):
    def fails(*, id: int) -> Any:
        abort(status)

    ours = shop(fails)
    found, body = ours.get()
    assert (found, body["status"]) == (status, status)
    assert re.fullmatch(r"[A-Z_]+", body["error"])
    assert UUID.fullmatch(body["error_id"])
    assert len(ours.reports) == (status >= 500)
