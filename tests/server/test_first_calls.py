"""The first requests of a service, which come all at once: each is answered, and what they need is made once."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, g

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    post:
      operationId: createOrder
      parameters: [{name: dry, in: query, schema: {type: boolean}}]
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Order'}}
          multipart/form-data: {schema: {$ref: '#/components/schemas/Order'}}
      responses:
        "201": {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
  /orders/{id}/files/{name}:
    get:
      operationId: getFile
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: name, in: path, required: true, schema: {type: string, maxLength: 5}}
      responses: {"200": {description: one, content: {application/json: {schema: {type: object}}}}}
components:
  schemas:
    Order:
      type: object
      required: [n]
      properties: {n: {type: integer, minimum: 1}, lines: {type: array, items: {$ref: '#/components/schemas/Line'}}}
    Line: {type: object, properties: {sku: {type: string, minLength: 2}}}
"""

THREADS, APPS = 8, 10


@pytest.fixture(autouse=True)
def _switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(ask: Callable[[int], Any]) -> list[Any]:
    """What *ask* gives each of several threads that ask at once, by their numbers."""
    barrier, found = threading.Barrier(THREADS), dict[int, Any]()

    def run(number: int) -> None:
        barrier.wait(30)
        found[number] = ask(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [found[number] for number in range(THREADS)]


def ask(app: Flask, number: int) -> list[Any]:
    """What three requests get, in an order that differs from thread to thread."""
    client = app.test_client()
    requests = [
        lambda: client.post("/orders?dry=true", json={"n": number + 1, "lines": [{"sku": "ab"}]}),
        lambda: client.post("/orders", data={"n": str(number + 1)}, content_type="multipart/form-data"),
        lambda: client.post("/orders", json={"n": 0, "lines": [{"sku": "a"}]}),
        lambda: client.get(f"/orders/{number}/files/abc"),
        lambda: client.get("/orders/1/files/abcdef"),
    ]
    found: list[Any] = [None] * len(requests)
    for index in range(len(requests)):
        place = (index + number) % len(requests)
        response = requests[place]()
        told = response.json
        found[place] = (
            [response.status_code, sorted(one["pointer"] for one in told["errors"])]
            if (response.status_code == 400)
            else [response.status_code, told]
        )
    return found


def expected(number: int) -> list[Any]:
    return [
        [201, {"n": number + 1, "lines": [{"sku": "ab"}], "hooked": True}],
        [201, {"n": number + 1, "hooked": True}],
        [400, ["/lines/0/sku", "/n"]],
        [200, {"id": number, "name": "abc", "hooked": True}],
        [400, ["/name"]],
    ]


def create(body: Any, dry: bool | None = None) -> Any:
    body["hooked"] = g.hooked
    return body


def hook() -> None:
    g.hooked = True


HANDLERS = {"createOrder": create, "getFile": lambda id, name: {"id": id, "name": name, "hooked": g.hooked}}


def test_every_one_of_the_first_requests_is_answered(service: Callable[..., Flask]):
    for _ in range(APPS):
        app = service(SHOP, HANDLERS, app=Flask("shop"))
        app.before_request(hook)
        assert together(lambda number, app=app: ask(app, number)) == [expected(one) for one in range(THREADS)]


def test_what_they_need_is_built_as_often_as_for_one_thread(service: Callable[..., Flask], built: list[str]):
    def app() -> Flask:
        made = service(SHOP, HANDLERS, app=Flask("shop"))
        made.before_request(hook)
        built.clear()
        return made

    alone = app()
    for number in range(THREADS):
        ask(alone, number)
    once = sorted(built)
    assert once
    for _ in range(APPS):
        shared = app()
        together(lambda number, shared=shared: ask(shared, number))
        assert [one for one in built if built.count(one) != once.count(one)] == []


def test_the_app_is_looked_at_once(service: Callable[..., Flask], caplog: pytest.LogCaptureFixture):
    class Own(Flask):
        def make_response(self, rv: Any) -> Any:
            return super().make_response(rv)

    caplog.set_level(logging.INFO, "pymacaron.server")
    for _ in range(APPS):
        caplog.clear()
        app = service(SHOP, HANDLERS, app=Own("shop"))
        app.before_request(hook)
        assert together(lambda number, app=app: ask(app, number)) == [expected(one) for one in range(THREADS)]
        told = [one.getMessage() for one in caplog.records if "Flask's own dispatch" in one.getMessage()]
        assert told == ["shop answers by Flask's own dispatch: Own.make_response is not Flask's own"]
