"""What the caller of a handler is told when a call that the handler made fails, and nobody has caught it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from upstreams.server import Server, reply

from pymacaron.crash import flush
from pymacaron.exceptions import ValidationError, raise_error

FRONT = """
openapi: 3.1.0
info: {title: Front, version: "1"}
paths:
  /front:
    get:
      operationId: front
      parameters: [{name: q, in: query, schema: {type: integer}}]
      responses: {"200": {description: ""}}
"""
SECRET = "not for callers"

Get = Callable[..., Any]


@pytest.fixture
def front(service: Callable[..., Flask]) -> Get:
    """get(handler, **options of API) -> the reply to the handler's caller, and the titles of what was reported."""

    def get(handler: Callable[[], Any], query: str = "", **options: Any) -> tuple[int, dict[str, Any], list[str]]:
        titles: list[str] = []
        reporter = lambda title, message: titles.append(title)  # noqa: E731
        app = service(FRONT, {"front": lambda q=None: handler()}, error_reporter=reporter, **options)
        answer = app.test_client().get(f"/front{query}")
        flush(10)
        return answer.status_code, answer.get_json(), titles

    return get


def test_arguments_that_do_not_fit_are_the_fault_of_the_service_and_not_of_its_caller(
    front: Get, shop: Any, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "pymacaron.server"):
        status, body, titles = front(lambda: shop.call.get_pet(number=SECRET))
    assert (status, body["error"]) == (500, "UNHANDLED_SERVER_ERROR")
    assert "errors" not in body
    assert SECRET not in str(body)
    assert len(titles) == 1
    assert "WrongArguments" in caplog.text
    assert server.asked == []


@pytest.mark.parametrize("face", ["client", "call"])
@pytest.mark.parametrize(
    "kwargs", [{}, {"nummer": 1}, {"number": 1, "max_attempts": 0}, {"number": 1, "request_headers": {"X A": "b"}}]
)
def test_no_call_of_any_kind_is_a_400_of_the_caller(front: Get, shop: Any, face: str, kwargs: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        getattr(shop, face).get_pet(**kwargs)
    assert front(lambda: getattr(shop, face).get_pet(**kwargs))[0] == 500


def test_an_item_of_a_body_is_not_a_400_of_the_caller_either(front: Get, shop: Any) -> None:
    def failing() -> Any:
        return shop.call.add_pet({"name": SECRET, "number": object()})

    status, body, _ = front(failing)
    assert (status, SECRET in str(body)) == (500, False)


def test_what_the_caller_sent_is_still_a_400(front: Get, shop: Any) -> None:
    assert front(lambda: None, "?q=x")[:1] == (400,)

    def passed_on() -> None:
        try:
            shop.call.get_pet(number=SECRET)
        except ValidationError as error:
            raise ValidationError(str(error), error.errors) from error

    status, body, _ = front(passed_on)
    assert (status, body["error"], body["errors"][0]["pointer"]) == (400, "INVALID_PARAMETER", "/number")


def test_a_reply_that_does_not_fit_is_a_502(front: Get, shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"name": 5, "number": SECRET})
    strict = shop.with_options(validation="strict")
    status, body, titles = front(lambda: strict.call.get_pet(number=1))
    assert (status, body["error"]) == (502, "BAD_GATEWAY")
    assert SECRET not in str(body)
    assert "errors" not in body
    assert len(titles) == 1


def test_a_reply_that_is_only_reported_is_a_value(front: Get, shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"name": 5})
    reporting = shop.with_options(validation="report")
    status, _, titles = front(lambda: {"name": reporting.call.get_pet(number=1)["name"]})
    assert status == 200
    assert [title for title in titles if "the reply of shop.get_pet does not fit its description" in title]


def test_the_answer_of_another_service_is_no_answer_of_this_one(front: Get, shop: Any, server: Server) -> None:
    body = {"status": 404, "error": "NO_PET", "error_description": SECRET, "error_id": "an id"}
    server.answer = lambda asked: reply(404, body)
    status, told, _ = front(lambda: shop.call.get_pet(number=1))
    assert (status, told["error"], told["error_id"]) == (500, "UNHANDLED_SERVER_ERROR", "an id")
    assert SECRET not in str(told)

    def passed_on() -> None:
        raise_error(shop.client.get_pet(number=1))

    status, told, _ = front(passed_on)
    assert (status, told["error"], told["error_id"]) == (404, "NO_PET", "an id")


def test_development_shows_what_was_wrong(front: Get, shop: Any) -> None:
    _, body, _ = front(lambda: shop.call.get_pet(nummer=1), debug=True)
    assert "WrongArguments" in body["error_description"]
    assert "nummer" in body["error_description"]
