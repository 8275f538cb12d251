"""Operations with `x-idempotency`: what is kept, what is sent again, what is refused."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Response

from pymacaron import config
from pymacaron.exceptions import HTTPError, PyMacaronException
from pymacaron.finding import FindingsError
from pymacaron.server.replies import InvalidResponseError

SHOP = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
paths:
  /orders/{id}:
    post:
      operationId: order
      x-idempotency: required
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: note, in: query, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
      requestBody:
        content:
          application/json: {schema: {type: object, properties: {sku: {type: string, minLength: 1}}}}
      responses:
        "201": {description: made, content: {application/json: {schema: {type: object}}}}
        default: {description: other, content: {"*/*": {}}}
  /files:
    post:
      operationId: files
      x-idempotency: optional
      requestBody:
        content:
          multipart/form-data:
            schema: {type: object, properties: {name: {type: string}, file: {type: string, format: binary}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /lines:
    post:
      operationId: lines
      x-idempotency: optional
      responses: {"200": {description: ok, content: {application/jsonl: {itemSchema: {type: object}}}}}
  /strict:
    post:
      operationId: strict
      x-idempotency: optional
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {made: {type: integer}}}}}
  /plain:
    post:
      operationId: plain
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
"""
KEY = {"Idempotency-Key": '"k1"'}


class OutOfStockError(PyMacaronException):
    code = "OUT_OF_STOCK"
    status = 409


class Shop:
    """A service whose orders are counted; `then` is what its handler does."""

    def __init__(self, service: Callable[..., Any], mode: str, **settings: Any):
        self.effects = 0
        self.then: Callable[[], Any] = lambda: {"effects": self.effects}
        handlers = dict.fromkeys(("order", "files", "lines", "strict", "plain"), self._handle)
        self.app = service(SHOP, handlers, settings={"dispatch": mode, **settings})
        self.client = self.app.test_client()

    def _handle(self, body: Any = None, **given: Any) -> Any:
        self.effects += 1
        return self.then()

    def order(self, path: str = "/orders/1", sku: str = "a", headers: dict[str, str] = KEY) -> Any:
        return self.client.post(path, json={"sku": sku}, headers=headers)


@pytest.fixture(params=["direct", "stock"])
def shop(request: pytest.FixtureRequest, service: Callable[..., Any]) -> Callable[..., Shop]:
    return lambda **settings: Shop(service, request.param, **settings)


def told(reply: Any) -> tuple[int, Any]:
    return reply.status_code, reply.json.get("error", reply.json)


def test_the_second_request_with_a_key_gets_the_reply_of_the_first(shop: Callable[..., Shop]) -> None:
    one = shop()
    first, second, third = one.order(), one.order(), one.order()
    assert (first.status_code, first.json) == (201, {"effects": 1})
    assert "Idempotent-Replayed" not in first.headers
    for again in (second, third):
        assert (again.status_code, again.data, again.headers["Idempotent-Replayed"]) == (201, first.data, "true")
        assert sorted(set(again.headers) - set(first.headers)) == [("Idempotent-Replayed", "true")]
    assert one.effects == 1


def test_another_key_or_none_where_it_is_optional_is_another_request(shop: Callable[..., Shop]) -> None:
    one = shop()
    assert [one.order(headers={"Idempotency-Key": key}).json for key in ("a", "b", '"a"')] == [
        {"effects": 1},
        {"effects": 2},
        {"effects": 1},
    ]
    for _ in range(2):
        one.client.post("/plain", headers=KEY)
        one.client.post("/files", data={"name": "x"}, content_type="multipart/form-data")
    assert one.effects == 6


def test_a_key_that_is_required_and_missing_or_malformed_is_a_400(shop: Callable[..., Shop]) -> None:
    one = shop()
    assert told(one.order(headers={})) == (400, "IDEMPOTENCY_KEY_MISSING")
    assert told(one.order(headers={"Idempotency-Key": "a, b"})) == (400, "IDEMPOTENCY_KEY_INVALID")
    reply = one.client.post(
        "/files", data={"name": "x"}, content_type="multipart/form-data", headers={"Idempotency-Key": ""}
    )
    assert told(reply) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert one.effects == 0


@pytest.mark.parametrize(
    "other", [{"sku": "b"}, {"path": "/orders/2"}, {"path": "/orders/1?note=x"}], ids=["body", "path", "query"]
)
def test_another_payload_with_a_known_key_is_a_422(shop: Callable[..., Shop], other: dict[str, Any]) -> None:
    one = shop()
    one.order()
    assert told(one.order(**other)) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert one.effects == 1


def test_headers_are_no_part_of_the_payload(shop: Callable[..., Shop]) -> None:
    one = shop()
    one.order(headers={**KEY, "X-Trace": "1"})
    assert told(one.order(headers={**KEY, "X-Trace": "2"})) == (201, {"effects": 1})


def test_a_form_is_the_same_whatever_its_boundary_and_another_with_another_file(shop: Callable[..., Shop]) -> None:
    one = shop()

    def send(content: bytes) -> Any:
        return one.client.post("/files", data={"name": "x", "file": (io.BytesIO(content), "a.txt")}, headers=KEY)

    assert [told(send(content)) for content in (b"one", b"one", b"two")] == [
        (200, {"effects": 1}),
        (200, {"effects": 1}),
        (422, "IDEMPOTENCY_KEY_REUSED"),
    ]


def test_a_request_that_does_not_fit_takes_no_key(shop: Callable[..., Shop]) -> None:
    one = shop()
    assert told(one.order(sku="")) == (400, "INVALID_PARAMETER")
    assert told(one.order()) == (201, {"effects": 1})


def test_while_one_is_in_flight_the_others_get_a_409(shop: Callable[..., Shop]) -> None:
    one = shop()
    begun, go, found = threading.Event(), threading.Event(), list[Any]()

    def slow() -> Any:
        begun.set()
        assert go.wait(30)
        return {"effects": one.effects}

    one.then = slow
    thread = threading.Thread(target=lambda: found.append(one.order()))
    thread.start()
    assert begun.wait(30)
    refused = one.order()
    other = one.order(sku="b")
    go.set()
    thread.join(30)
    assert (told(refused), refused.headers["Retry-After"]) == ((409, "IDEMPOTENCY_KEY_IN_USE"), "1")
    assert told(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert told(found[0]) == told(one.order()) == (201, {"effects": 1})


def out_of_stock() -> Any:
    raise OutOfStockError("none left")


def bad_gateway() -> Any:
    raise HTTPError(502, "the bank is closed")


def crash() -> Any:
    raise RuntimeError("on fire")


@pytest.mark.parametrize(
    "then",
    [
        out_of_stock,
        lambda: OutOfStockError("none left"),
        lambda: {"status": 404, "error": "NO_SUCH_ORDER", "error_description": "none"},
        lambda: ({"note": "made"}, 202, {"X-Made": "yes"}),
        lambda: Response("<p>made</p>", 201, {"X-Made": "yes"}, content_type="text/html"),
        lambda: None,
    ],
    ids=["raised", "returned", "error as a dict", "status and headers", "Response", "nothing"],
)
def test_whatever_is_no_5xx_is_kept_as_it_is(shop: Callable[..., Shop], then: Callable[[], Any]) -> None:
    one = shop(response_validation="off")
    one.then = then
    first, second = one.order(), one.order()
    assert (first.status, first.data) == (second.status, second.data)
    assert set(second.headers) - set(first.headers) == {("Idempotent-Replayed", "true")}
    assert set(first.headers) <= set(second.headers)
    assert one.effects == 1


@pytest.mark.parametrize(
    "then", [bad_gateway, crash, lambda: ({}, 503), lambda: Response("", 500), lambda: (yield_ for yield_ in [1 / 0])]
)
def test_a_5xx_gives_the_key_back(shop: Callable[..., Shop], then: Callable[[], Any]) -> None:
    one = shop(response_validation="off")
    normal, one.then = one.then, then
    assert one.order().status_code >= 500
    one.then = normal
    assert told(one.order()) == (201, {"effects": 2})


def test_an_error_handler_of_the_service_has_its_say_and_that_is_kept(shop: Callable[..., Shop]) -> None:
    one = shop()
    one.app.register_error_handler(RuntimeError, lambda error: ({"own": True}, 418))
    one.then = crash
    assert [told(one.order()), told(one.order())] == [(418, {"own": True})] * 2
    assert one.effects == 1


@pytest.mark.parametrize("result", [lambda: {"made": "no integer"}, lambda: Response("{}", 299)])
def test_a_500_for_a_reply_that_did_not_fit_is_kept_since_the_effect_happened(
    shop: Callable[..., Shop], result: Callable[[], Any]
) -> None:
    one = shop(response_validation="strict")
    one.then = result
    first, second = [one.client.post("/strict", headers=KEY) for _ in range(2)]
    assert (first.status_code, first.json["error"]) == (500, "UNHANDLED_SERVER_ERROR")
    assert (second.status_code, second.data, second.headers["Idempotent-Replayed"]) == (500, first.data, "true")
    assert one.effects == 1


@pytest.mark.parametrize(
    "result", [lambda: ({}, 201, {"X-Note": "a\nb"}), lambda: {"made": object()}, lambda: ({}, "no status")]
)
def test_a_500_for_a_reply_that_cannot_be_sent_is_kept_since_the_effect_happened(
    shop: Callable[..., Shop], result: Callable[[], Any]
) -> None:
    one = shop(response_validation="off")
    one.then = result
    first, second = one.order(), one.order()
    assert told(first) == (500, "UNHANDLED_SERVER_ERROR")
    assert (second.status_code, second.data, second.headers["Idempotent-Replayed"]) == (500, first.data, "true")
    assert one.effects == 1


def test_an_error_that_is_returned_gives_the_key_back_as_one_that_is_raised(shop: Callable[..., Shop]) -> None:
    one = shop()
    normal, one.then = one.then, lambda: HTTPError(502, "the bank is closed")
    assert one.order().status_code == 502
    one.then = normal
    assert told(one.order()) == (201, {"effects": 2})


def test_an_error_handler_that_fails_gives_the_key_back(shop: Callable[..., Shop]) -> None:
    one = shop()
    normal, one.then = one.then, crash

    @one.app.errorhandler(RuntimeError)
    def fail(error: RuntimeError) -> Any:
        raise ValueError("the handler of errors, too")

    assert one.order().status_code == 500
    one.then = normal
    assert told(one.order()) == (201, {"effects": 2})


def test_an_error_handler_that_fails_keeps_the_key_of_a_reply_that_did_not_fit(shop: Callable[..., Shop]) -> None:
    one = shop(response_validation="strict")
    one.then = lambda: {"made": "no integer"}

    @one.app.errorhandler(InvalidResponseError)
    def fail(error: InvalidResponseError) -> Any:
        raise ValueError("the handler of errors, too")

    assert one.client.post("/strict", headers=KEY).status_code == 500
    assert told(one.client.post("/strict", headers=KEY)) == (409, "IDEMPOTENCY_REPLY_NOT_KEPT")
    assert one.effects == 1


def test_what_stops_the_process_gives_the_key_back(shop: Callable[..., Shop]) -> None:
    one = shop()
    normal = one.then

    def stop() -> Any:
        raise KeyboardInterrupt

    one.then = stop
    with pytest.raises(KeyboardInterrupt):
        one.order()
    one.then = normal
    assert told(one.order()) == (201, {"effects": 2})


def test_a_stream_is_not_sent_again_and_its_handler_not_called_again(shop: Callable[..., Shop]) -> None:
    one = shop()
    one.then = lambda: ({"n": n} for n in range(3))
    first = one.client.post("/lines", headers=KEY)
    second = one.client.post("/lines", headers=KEY)
    assert (first.status_code, first.data.count(b"\n")) == (200, 3)
    assert told(second) == (409, "IDEMPOTENCY_REPLY_NOT_KEPT")
    assert one.effects == 1


def test_a_stream_that_fails_before_its_first_item_gives_the_key_back(shop: Callable[..., Shop]) -> None:
    one = shop()

    def failing() -> Any:
        raise RuntimeError
        yield

    one.then = failing
    assert one.client.post("/lines", headers=KEY).status_code == 500
    one.then = lambda: ({"n": n} for n in range(3))
    assert one.client.post("/lines", headers=KEY).status_code == 200


def test_a_reply_that_is_too_large_is_not_sent_again(shop: Callable[..., Shop]) -> None:
    one = shop(idempotency_max_bytes=100)
    one.then = lambda: {"text": "x" * 100}
    assert one.order().status_code == 201
    assert told(one.order()) == (409, "IDEMPOTENCY_REPLY_NOT_KEPT")
    assert one.effects == 1


def test_a_cookie_or_after_request_hook_is_not_doubled(shop: Callable[..., Shop]) -> None:
    one = shop()

    @one.app.after_request
    def hook(response: Response) -> Response:
        response.headers.add("X-Hook", "yes")
        return response

    one.then = lambda: ({"a": 1}, 201, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    for reply in (one.order(), one.order()):
        assert reply.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
        assert reply.headers.getlist("X-Hook") == ["yes"]


def test_a_store_that_is_down_is_a_503_and_no_handler_is_called(
    shop: Callable[..., Shop], redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one = shop(idempotency_store=redis_server.url)
    assert told(one.order()) == (201, {"effects": 1})
    redis_server.kill()
    assert told(one.order(headers={"Idempotency-Key": "other"})) == (503, "SERVICE_UNAVAILABLE")
    assert one.client.post("/plain").status_code == 200
    assert one.effects == 2
    assert "ConnectionError in the idempotency_store" in caplog.text


def test_a_store_that_goes_away_meanwhile_costs_nobody_a_reply(shop: Callable[..., Shop], redis_server: Any) -> None:
    one = shop(idempotency_store=redis_server.url)

    def then() -> Any:
        redis_server.kill()
        return {"effects": one.effects}

    one.then = then
    assert told(one.order()) == (201, {"effects": 1})


def test_a_redis_without_its_package_does_not_start(
    service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(FindingsError) as raised:
        Shop(service, "direct", idempotency_store="redis://127.0.0.1:1")
    assert [finding.code for finding in raised.value.findings] == ["missing-library"]


def test_the_url_of_a_redis_is_the_content_of_a_variable(
    service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, redis_server: Any
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    one = Shop(service, "direct", env_secrets=["REDIS_URL"], idempotency_store="REDIS_URL")
    assert [told(one.order()) for _ in "12"] == [(201, {"effects": 1})] * 2
    assert redis_server.url not in repr(config.get_config())


def test_a_setting_that_is_no_store_is_told_without_its_value(service: Callable[..., Any]) -> None:
    with pytest.raises(FindingsError) as raised:
        Shop(service, "direct", idempotency_store="http://user:hidden-password@example.com")
    [finding] = raised.value.findings
    assert (finding.code, finding.fact) == ("config-type", "idempotency_store is neither memory nor the URL of a Redis")
    assert "hidden" not in str(raised.value)
