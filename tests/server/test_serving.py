"""A service as its callers meet it: what goes in, what comes out, what goes wrong."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
import sys
import types
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, jsonify, url_for
from flask_cors import CORS

from pymacaron import API, ApiPool, Upload
from pymacaron.auth import generate_token
from pymacaron.exceptions import PyMacaronException

Service = Callable[..., Flask]

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: 1.2.3}
servers: [{url: https://api.example.com/v1}]
paths:
  /orders:
    post:
      operationId: createOrder
      parameters:
        - {name: dry-run, in: query, schema: {type: boolean, default: false}}
        - {name: X-Count, in: header, schema: {type: integer}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
      responses:
        "201":
          description: made
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
    get:
      operationId: listOrders
      parameters:
        - {name: since, in: query, schema: {type: string, format: date-time}}
        - {name: class, in: query, schema: {type: array, items: {type: integer}}}
        - {name: session, in: cookie, schema: {type: string}}
      responses:
        "200":
          description: all
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
      responses:
        "200": {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
    delete:
      operationId: deleteOrder
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: gone}}
components:
  schemas:
    Order:
      type: object
      required: [lines]
      properties:
        customer: {type: string}
        placed_at: {type: string, format: date-time}
        password: {type: string, minLength: 8}
        lines:
          type: array
          minItems: 1
          items: {$ref: '#/components/schemas/Line'}
    Line:
      type: object
      required: [sku]
      additionalProperties: false
      properties:
        sku: {type: string}
        qty: {type: integer, minimum: 1}
"""


def shop(service: Service, **handlers: Any) -> Any:
    defaults: dict[str, Any] = {
        "createOrder": lambda order, **rest: (order, 201),
        "listOrders": lambda **rest: [],
        "getOrder": lambda id: ApiPool.shop.model.Order(customer=f"c{id}", lines=[{"sku": "A"}]),
        "deleteOrder": lambda id: None,
    }
    options = handlers.pop("options", {})
    app = service(SHOP, {**defaults, **handlers}, **options)
    return app.test_client()


def test_a_json_body_reaches_the_handler_as_a_model_and_parameters_as_keywords(service: Service):
    seen: dict[str, Any] = {}

    def create(order: Any, *, dry_run: bool, x_count: int | None) -> Any:
        seen.update(
            name=order.get_model_name(), sku=order.lines[0].sku, at=order.placed_at, dry_run=dry_run, x_count=x_count
        )
        return order, 201

    body = {"lines": [{"sku": "A", "qty": 2}], "placed_at": "2026-01-02T03:04:05Z", "gift": {"wrap": True}}
    reply = shop(service, createOrder=create).post("/v1/orders?dry-run=true", json=body, headers={"x-count": "7"})
    assert (reply.status_code, reply.json) == (201, body)
    assert seen == {
        "name": "Order",
        "sku": "A",
        "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "dry_run": True,
        "x_count": 7,
    }


def test_absent_values_are_the_handlers_default_else_the_descriptions_else_none(service: Service):
    seen: list[Any] = []

    def create(order: Any, *, dry_run: bool, x_count: int | None = 5) -> Any:
        seen.append((dry_run, x_count))
        return order, 201

    def listed(*, since: Any, class_: Any, session: Any) -> Any:
        seen.append((since, class_, session))
        return []

    client = shop(service, createOrder=create, listOrders=listed)
    client.post("/v1/orders", json={"lines": [{"sku": "A"}]})
    client.get("/v1/orders")
    client.set_cookie("session", "s1")
    client.get("/v1/orders?class=1&class=2&since=2026-01-02T00:00:00%2B01:00")
    assert seen == [(False, 5), (None, None, None), (datetime.fromisoformat("2026-01-02T00:00:00+01:00"), [1, 2], "s1")]


def test_a_wrong_body_is_a_400_that_lists_every_violation_with_its_pointer(service: Service):
    client = shop(service)
    body = {"lines": [{"sku": "A", "qty": 0}, {"qtty": 1}], "password": "geheim1"}
    reply = client.post("/v1/orders?dry-run=maybe", json=body, headers={"X-Count": "many"})
    assert reply.status_code == 400
    error = reply.json
    assert (error["error"], error["status"]) == ("INVALID_PARAMETER", 400)
    assert error["error_id"]
    assert {(one["in"], one["pointer"], one["code"]) for one in error["errors"]} == {
        ("query", "/dry-run", "type"),
        ("header", "/X-Count", "type"),
        ("body", "/lines/0/qty", "minimum"),
        ("body", "/lines/1/sku", "required"),
        ("body", "/lines/1/qtty", "additionalProperties"),
        ("body", "/password", "minLength"),
    }
    assert "geheim1" not in reply.text


@pytest.mark.parametrize(
    ("path", "code"), [("/v1/orders/0", "minimum"), ("/v1/orders/abc", "type"), ("/v1/orders/1.5", "type")]
)
def test_a_path_value_that_does_not_fit_is_a_400(service: Service, path: str, code: str):
    reply = shop(service).get(path)
    assert (reply.status_code, reply.json["error"]) == (400, "INVALID_PARAMETER")
    assert [(one["in"], one["pointer"], one["code"]) for one in reply.json["errors"]] == [("path", "/id", code)]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "error"),
    [
        (b"{", "application/json", 400, "INVALID_PARAMETER"),
        (b"", "application/json", 400, "INVALID_PARAMETER"),
        (b'"\xff"', "application/json", 400, "INVALID_PARAMETER"),
        (b"[" * 100_000, "application/json", 400, "INVALID_PARAMETER"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    service: Service, body: bytes, content_type: str, status: int, error: str
):
    reply = shop(service).post("/v1/orders", data=body, content_type=content_type)
    assert (reply.status_code, reply.json["error"]) == (status, error)


def test_unknown_paths_and_methods_get_the_json_error_with_cors_headers(service: Service):
    client = shop(service)
    gone, wrong = client.get("/v1/nothing"), client.patch("/v1/orders")
    assert (gone.status_code, gone.json["error"]) == (404, "NOT_FOUND")
    assert (wrong.status_code, wrong.json["error"]) == (405, "METHOD_NOT_ALLOWED")
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert gone.headers["Access-Control-Allow-Origin"] == wrong.headers["Access-Control-Allow-Origin"] == "*"


def test_an_exception_is_a_500_that_does_not_say_what_it_says(service: Service):
    def boom(id: int) -> Any:
        raise RuntimeError("the database password is xyzzy")

    reply = shop(service, getOrder=boom).get("/v1/orders/1")
    assert (reply.status_code, reply.json["error"]) == (500, "UNHANDLED_SERVER_ERROR")
    assert "xyzzy" not in reply.text
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


class OutOfStock(PyMacaronException):
    code = "OUT_OF_STOCK"
    status = 409


@pytest.mark.parametrize("how", ["raised", "returned", "model"])
def test_errors_may_be_raised_or_returned(service: Service, how: str):
    def get(id: int) -> Any:
        if how == "raised":
            raise OutOfStock("no more").tell_user("Sorry")
        if how == "returned":
            return OutOfStock("no more").tell_user("Sorry")
        return {"status": 409, "error": "OUT_OF_STOCK", "error_description": "no more", "user_message": "Sorry"}

    reply = shop(service, getOrder=get).get("/v1/orders/1")
    assert reply.status_code == 409
    error_id = reply.json.pop("error_id")
    assert len(error_id) == 36
    assert {key: reply.json[key] for key in ("status", "error", "error_description", "user_message")} == {
        "status": 409,
        "error": "OUT_OF_STOCK",
        "error_description": "no more",
        "user_message": "Sorry",
    }


def test_problem_json_is_sent_to_who_asks_for_it(service: Service):
    reply = shop(service).get("/v1/orders/0", headers={"Accept": "application/problem+json"})
    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")
    problem = json.loads(reply.data)
    assert problem["status"] == 400
    assert problem["title"] == "Bad Request"
    assert problem["errors"][0]["pointer"] == "/id"


def test_error_callback_and_error_decorator(service: Service):
    def callback(error: Exception) -> Any:
        return jsonify(teapot=True) if isinstance(error, KeyError) else None

    def decorated(error: dict[str, Any]) -> dict[str, Any]:
        return {**error, "user_message": "Something went really wrong! Try again later"}

    def get(id: int) -> Any:
        raise KeyError(id) if id == 1 else OutOfStock("no more")

    client = shop(service, getOrder=get, options={"error_callback": callback, "error_decorator": decorated})
    assert client.get("/v1/orders/1").json == {"teapot": True}
    assert client.get("/v1/orders/2").json["user_message"] == "Something went really wrong! Try again later"
    assert client.get("/nowhere").json["user_message"] == "Something went really wrong! Try again later"


def test_replies_may_be_a_response_a_tuple_with_headers_or_nothing(service: Service):
    client = shop(
        service,
        getOrder=lambda id: Response("raw", mimetype="text/plain"),
        listOrders=lambda **rest: ([], 200, {"X-Total": "0"}),
    )
    assert client.get("/v1/orders/1").text == "raw"
    assert (client.get("/v1/orders").json, client.get("/v1/orders").headers["X-Total"]) == ([], "0")
    assert (client.delete("/v1/orders/1").status_code, client.delete("/v1/orders/1").data) == (204, b"")


def test_a_handlers_abort_is_the_json_error_of_its_status(service: Service):
    reply = shop(service, getOrder=lambda id: abort(418)).get("/v1/orders/1")
    assert (reply.status_code, reply.json["error"]) == (418, "IM_A_TEAPOT")


def test_a_handler_annotated_dict_gets_plain_json(service: Service):
    seen: list[Any] = []

    def create(order: dict[str, Any], **rest: Any) -> Any:
        seen.append(order)
        return order, 201

    shop(service, createOrder=create).post(
        "/v1/orders", json={"lines": [{"sku": "A"}], "placed_at": "2026-01-02T03:04:05Z"}
    )
    assert seen == [{"lines": [{"sku": "A"}], "placed_at": "2026-01-02T03:04:05Z"}]
    assert type(seen[0]) is dict


REQUEST_ID: contextvars.ContextVar[str] = contextvars.ContextVar("request_id")


def test_async_handlers_run_on_one_loop_with_the_calls_context(service: Service):
    loops: set[int] = set()

    async def get(id: int) -> Any:
        loops.add(id_of(asyncio.get_running_loop()))
        await asyncio.sleep(0)
        if id == 3:
            raise OutOfStock("no more")
        return {"customer": REQUEST_ID.get(), "lines": [{"sku": "A"}]}

    client = shop(service, getOrder=get)
    for number in (1, 2):
        REQUEST_ID.set(f"r{number}")
        assert client.get(f"/v1/orders/{number}").json["customer"] == f"r{number}"
    assert client.get("/v1/orders/3").json["error"] == "OUT_OF_STOCK"
    assert len(loops) == 1


def id_of(thing: object) -> int:
    return id(thing)


def test_a_reply_that_does_not_fit_is_a_500_in_development_and_a_report_in_production(service: Service):
    reports: list[str] = []
    wrong = {"getOrder": lambda id: {"lines": []}}
    options: dict[str, Any] = {"error_reporter": lambda title, message: reports.append(title)}
    reply = shop(service, **wrong, options=options).get("/v1/orders/1")
    assert (reply.status_code, reply.json) == (200, {"lines": []})
    assert len(reports) == 1
    assert "does not fit" in reports[0]
    reply = shop(service, **wrong, options={**options, "debug": True}).get("/v1/orders/1")
    assert (reply.status_code, reply.json["error"]) == (500, "UNHANDLED_SERVER_ERROR")


@pytest.mark.parametrize("plain", [True, False])
def test_a_report_shows_the_body_that_was_sent_and_not_what_the_handler_made_of_it(service: Service, plain: bool):
    reports: list[Any] = []

    def add(order: Any, **others: Any) -> Any:
        if plain:
            order["lines"] = order["password"] = "changed"
        else:
            order.lines = order.password = "changed"
        raise ValueError("no")

    if plain:
        add.__annotations__["order"] = dict
    options: dict[str, Any] = {"error_reporter": lambda title, message: reports.append(json.loads(message))}
    sent = {"lines": [{"sku": "ab", "qty": 1}], "password": "hunter2 hunter2"}
    assert shop(service, createOrder=add, options=options).post("/v1/orders", json=sent).status_code == 500
    assert reports[0]["request"]["params"]["body"] == {**sent, "password": "********"}


def test_custom_routes_go_on_beside_the_operations_and_fail_in_json_too(service: Service):
    app = Flask("shop")

    @app.get("/custom")
    def custom() -> str:
        return "mine"

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("xyzzy")

    service(
        SHOP, {name: lambda *a, **k: None for name in ("createOrder", "listOrders", "getOrder", "deleteOrder")}, app=app
    )
    client = app.test_client()
    assert client.get("/custom").text == "mine"
    assert client.get("/broken").json["error"] == "UNHANDLED_SERVER_ERROR"


def test_the_users_own_error_handler_goes_first(service: Service):
    app = Flask("shop")
    app.register_error_handler(KeyError, lambda error: ("mine", 409))

    def get(id: int) -> Any:
        raise KeyError(id)

    handlers = {name: lambda *a, **k: None for name in ("createOrder", "listOrders", "deleteOrder")}
    client = service(SHOP, {**handlers, "getOrder": get}, app=app).test_client()
    assert (client.get("/v1/orders/1").status_code, client.get("/v1/orders/1").text) == (409, "mine")


def test_cors_of_the_users_own_is_found_and_one_header_is_sent(service: Service):
    app = Flask("shop")
    CORS(app, origins=["https://a.example"])
    handlers = {name: lambda *a, **k: [] for name in ("createOrder", "listOrders", "getOrder", "deleteOrder")}
    reply = service(SHOP, handlers, app=app).test_client().get("/v1/orders", headers={"Origin": "https://a.example"})
    assert reply.headers.getlist("Access-Control-Allow-Origin") == ["https://a.example"]
    other = app.test_client().get("/v1/orders", headers={"Origin": "https://b.example"})
    assert other.headers.getlist("Access-Control-Allow-Origin") == []


def test_the_documents_are_published_with_references_and_without_names_of_code(service: Service):
    description = SHOP.replace(
        "operationId: getOrder", "operationId: getOrder\n      x-decorate-server: pymacaron.auth.requires_auth"
    )
    handlers = {name: lambda *a, **k: [] for name in ("createOrder", "listOrders", "getOrder", "deleteOrder")}
    client = service(description, handlers, settings={"docs": "public"}).test_client()
    document = client.get("/doc/shop.json").json
    assert document["servers"] == [{"url": "/v1"}]
    assert document["paths"]["/orders/{id}"]["get"]["operationId"] == "getOrder"
    assert "x-decorate-server" not in json.dumps(document)
    assert '"$ref":"#/components/schemas/Order"' in client.get("/doc/shop.json").text
    assert client.get("/doc/shop.yaml").text.startswith("openapi: 3.1.0")
    page = client.get("/doc/shop")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert 'data-description="./shop.json"' in page.text
    again = client.get("/doc/shop.json", headers={"If-None-Match": client.get("/doc/shop.json").headers["ETag"]})
    assert again.status_code == 304


def test_the_built_in_endpoints_stay_at_the_root(service: Service):
    client = shop(service)
    assert client.get("/ping").json == {}
    assert client.get("/version").json == {"name": "ping", "version": "0.0.1", "container": ""}
    refused = client.get("/auth/version")
    assert refused.status_code == 401
    assert refused.json == {
        "error_description": "There is no Authorization header in the HTTP request",
        "error_id": refused.json["error_id"],
        "status": 401,
        "error": "AUTHORIZATION_HEADER_MISSING",
    }


UPLOAD = """
openapi: 3.0.3
info: {title: Files, version: "1"}
paths:
  /photos:
    post:
      operationId: addPhoto
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [title, photo]
              properties:
                title: {type: string}
                rating: {type: integer}
                photo: {type: string, format: binary}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
"""


def test_a_multipart_body_is_one_model_with_uploads(service: Service):
    def add(photo: Any) -> Any:
        assert isinstance(photo.photo, Upload)
        return {
            "title": photo.title,
            "rating": photo.rating,
            "name": photo.photo.filename,
            "bytes": len(photo.photo.read()),
        }

    import io

    client = service(UPLOAD, {"addPhoto": add}).test_client()
    reply = client.post("/photos", data={"title": "t", "rating": "4", "photo": (io.BytesIO(b"123"), "p.png")})
    assert reply.json == {"title": "t", "rating": 4, "name": "p.png", "bytes": 3}
    wrong = client.post("/photos", data={"rating": "x"}, content_type="multipart/form-data")
    assert wrong.status_code == 400
    assert {(one["pointer"], one["code"]) for one in wrong.json["errors"]} == {
        ("/title", "required"),
        ("/photo", "required"),
        ("/rating", "type"),
    }


SEEN: list[Any] = []


def noted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that a description names: it runs inside, around the handler."""

    @functools.wraps(function)
    def around(*args: Any, **kwargs: Any) -> Any:
        SEEN.append((args, kwargs))
        return function(*args, **kwargs)

    return around


def decorated(service: Service, monkeypatch: pytest.MonkeyPatch, *decorators: str) -> Any:
    module = types.ModuleType("shop_decorators")
    module.noted = noted  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "shop_decorators", module)
    listed = f"operationId: createOrder\n      x-decorate-server: [{', '.join(decorators)}]"
    description = SHOP.replace("operationId: createOrder", listed)
    others = dict.fromkeys(("listOrders", "getOrder", "deleteOrder"), lambda **rest: None)
    settings = {"jwt_secret": "s" * 40, "jwt_issuer": "i", "jwt_audience": "a"}
    handlers = {"createOrder": lambda order, **rest: (order, 201), **others}
    return service(description, handlers, settings=settings).test_client()


def test_requires_auth_runs_before_anything_is_read_and_other_decorators_around_the_handler(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    SEEN.clear()
    client = decorated(service, monkeypatch, "shop_decorators.noted", "pymacaron.auth.requires_auth")
    refused = client.post("/v1/orders", json={"wrong": 1})
    assert (refused.status_code, refused.json["error"]) == (401, "AUTHORIZATION_HEADER_MISSING")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="service"'
    token = {"Authorization": f"Bearer {generate_token('u1')}"}
    wrong = client.post("/v1/orders", json={"wrong": 1}, headers=token)
    assert (wrong.status_code, SEEN) == (400, [])
    made = client.post("/v1/orders", json={"lines": [{"sku": "A"}]}, headers=token)
    assert made.status_code == 201
    [((order,), keywords)] = SEEN
    assert (order.get_model_name(), keywords) == ("Order", {"dry_run": False, "x_count": None})


REMOTE = """
openapi: 3.1.0
info: {title: Remote, version: "1"}
paths:
  /pets:
    post:
      operationId: addPet
      requestBody: {content: {application/json: {schema: {$ref: 'https://example.com/common.yaml#/Pet'}}}}
      responses: {"200": {description: ok}}
"""


def test_references_to_the_network_are_followed_with_a_function_that_fetches_them(tmp_path: Path):
    (tmp_path / "shop.yaml").write_text(REMOTE)
    asked: list[str] = []

    def retrieve(url: str) -> bytes:
        asked.append(url)
        return b"Pet: {type: object, properties: {age: {type: integer}}}"

    app = Flask("shop")
    api = API(app, resolver=lambda operation: lambda pet: str(pet.age))
    api.load_apis(tmp_path, retrieve=retrieve)
    api.publish_apis()
    api.start(serve="shop")
    client = app.test_client()
    assert client.post("/pets", json={"age": "x"}).json["errors"][0]["pointer"] == "/age"
    assert client.post("/pets", json={"age": 3}).text == "3"
    assert asked == ["https://example.com/common.yaml"]
    assert "example.com" not in client.get("/doc/shop.json").text


def test_url_for_knows_the_operations(service: Service):
    app = shop(service).application
    with app.test_request_context("/"):
        assert url_for("GET /v1/orders/<id>", id=7) == "/v1/orders/7"


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\nno header",
        b"--y\r\n\r\n--y--",
        b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\na\r\n--x--\r\n",
    ],
)
def test_a_malformed_multipart_body_is_a_400(service: Service, body: bytes):
    client = service(UPLOAD.replace("required: [title, photo]", "minProperties: 0"), {"addPhoto": lambda photo: {}})
    reply = client.test_client().post("/photos", data=body, content_type="multipart/form-data; boundary=x")
    assert (reply.status_code, reply.json["error"]) == (400, "INVALID_PARAMETER")
