"""What a handler returns, as the caller meets it, and what becomes of what does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, Response, redirect

from pymacaron import ApiPool
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.outbound import Outbound
from pymacaron.finding import FindingsError
from pymacaron.server.errors import Errors
from pymacaron.server.replies import Checking, Replies
from pymacaron.spec.model import Operation

Service = Callable[..., Flask]

DESCRIPTION = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /order:
    get:
      operationId: order
      EXTENSIONS
      responses:
        "200":
          description: it
          headers: {X-Left: {required: true, schema: {type: integer}}}
          content:
            application/json: {schema: {type: object, required: [sku]}}
            text/csv: {schema: {type: string}}
  /photo:
    get:
      operationId: photo
      responses:
        "200": {description: it, content: {image/*: {}}}
  /gone:
    delete:
      operationId: gone
      responses: {"204": {description: gone}}
"""
FITS: tuple[Any, int, dict[str, Any]] = ({"sku": "A"}, 200, {"X-Left": 1})


class Reported:
    """A service and what it reports: `get(path, **options of the test client)`, `reports`."""

    def __init__(
        self, service: Service, result: Any, *, extensions: str = "", app: Flask | None = None, **options: Any
    ):
        self.reports: list[str] = []
        handlers = dict.fromkeys(("order", "photo", "gone"), lambda: result() if callable(result) else result)
        # How long a call takes is not what is reported here, and each reply is
        options["settings"] = {"report_call_exceeding_ms": 0, "report_window_s": 0, **options.get("settings", {})}
        app = service(
            DESCRIPTION.replace("EXTENSIONS", extensions),
            handlers,
            app,
            error_reporter=lambda title, message: self.reports.append(json.loads(message)["title"]),
            **options,
        )
        self.client = app.test_client()

    def get(self, path: str = "/order", **options: Any) -> Any:
        return self.client.get(path, **options)

    def codes(self, path: str = "/order") -> tuple[int, int]:
        """The status of a reply, and how many reports there are after it."""
        return self.get(path).status_code, len(self.reports)


def test_a_file_is_sent_with_its_length_and_closed(service: Service):
    made: list[BytesIO] = []

    def photo() -> Any:
        made.append(BytesIO(b"png"))
        return made[-1], 200, {"Content-Type": "image/png"}

    shop = Reported(service, photo)
    reply = shop.get("/photo")
    assert (reply.data, reply.mimetype, reply.headers["Content-Length"]) == (b"png", "image/png", "3")
    reply.close()
    head = shop.client.head("/photo")
    assert (head.data, head.mimetype, head.headers["Content-Length"]) == (b"", "image/png", "3")
    head.close()
    assert [file.closed for file in made] == [True, True]
    assert shop.reports == []


def test_a_file_that_is_refused_is_closed(service: Service):
    file = BytesIO(b"png")
    shop = Reported(service, (file, 200, {"Content-Type": "text/plain"}), debug=True)
    assert (shop.get("/photo").status_code, file.closed) == (500, True)


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/json;q=0, text/csv;q=0"])
def test_who_wants_nothing_that_is_declared_gets_a_406_and_the_handler_does_not_run(service: Service, accept: str):
    ran: list[int] = []

    def order() -> Any:
        ran.append(1)
        return FITS

    shop = Reported(service, order)
    reply = shop.get(headers={"Accept": accept})
    assert (reply.status_code, reply.json["error"], ran) == (406, "NOT_ACCEPTABLE", [])
    said = f"The Accept header wants {accept!r}; this operation sends application/json or text/csv"
    assert (reply.json["error_description"], reply.headers["Vary"]) == (said, "Accept")


def test_an_operation_without_content_is_never_a_406(service: Service):
    shop = Reported(service, None)
    assert shop.client.delete("/gone", headers={"Accept": "image/png"}).status_code == 204


def test_the_type_is_chosen_by_accept_and_caches_are_told(service: Service):
    shop = Reported(service, lambda: ("a,b", 200, {"X-Left": "1"}))
    csv, either = shop.get(headers={"Accept": "text/csv"}), shop.get(headers={"Accept": "*/*"})
    assert (csv.headers["Content-Type"], csv.headers["Vary"]) == ("text/csv; charset=utf-8", "Accept")
    assert (either.headers["Content-Type"], either.headers["Vary"]) == ("text/csv; charset=utf-8", "Accept")
    assert shop.reports == []


MISSING = "the reply of order does not fit its description: response /sku: is missing"


def test_a_report_says_what_does_not_fit_and_the_caller_does_not_learn_it(service: Service):
    shop = Reported(service, ({}, 200, {"X-Left": 1}))
    reply = shop.get()
    assert (reply.status_code, reply.json) == (200, {})
    assert len(shop.reports) == 1
    assert MISSING in shop.reports[0]
    strict = Reported(service, ({}, 200, {"X-Left": 1}), settings={"response_validation": "strict"})
    reply = strict.get()
    assert (reply.status_code, reply.json["error"]) == (500, "UNHANDLED_SERVER_ERROR")
    assert "sku" not in reply.text
    assert MISSING in strict.reports[0]


@pytest.mark.parametrize(
    ("setting", "extensions", "found"),
    [
        ("report", "", (200, 1)),
        ("strict", "", (500, 1)),
        ("off", "", (200, 0)),
        (False, "", (200, 0)),
        (True, "", (500, 1)),
        ("report", "x-response-validation: strict", (500, 1)),
        ("strict", "x-response-validation: report", (200, 1)),
        ("strict", "x-response-validation: off", (200, 0)),
        ("strict", "x-response-validation: false", (200, 0)),
        ("report", "x-response-validation: true", (500, 1)),
        ("report", "x-response-sample: 0", (200, 0)),
        ("strict", "x-response-sample: 0", (500, 1)),
    ],
)
def test_how_replies_are_checked_is_a_setting_of_the_service_and_of_the_operation(
    service: Service, setting: Any, extensions: str, found: tuple[int, int]
):
    shop = Reported(service, ({}, 200, {"X-Left": 1}), extensions=extensions, settings={"response_validation": setting})
    assert shop.codes() == found


def test_a_sample_of_the_replies_is_checked(service: Service):
    numbers = iter([0.5, 0.0, 0.9])  # of four replies one: so two pass, then none, then eight
    shop = Reported(service, FITS)
    loaded, app = ApiPool.shop, shop.client.application
    order = loaded.api.operations[0]
    checking = Checking("report", 0.25, lambda: next(numbers))
    errors = Errors(app, debug=False, decorator=None, callback=None)
    replies = Replies(order, Outbound(order, loaded.schemas), errors, checking)
    reports = []
    for _ in range(12):
        with app.test_request_context("/order"):
            assert replies.response(replies.reply(({}, 200, {"X-Left": 1}), None)).status_code == 200
        reports.append(len(shop.reports))
    assert (reports, list(numbers)) == ([0, 0, 1, *[2] * 9], [])


@pytest.mark.parametrize("checking", [("strict", 0.25), ("report", 1), ("report", 0), ("off", 0.25)])
def test_no_random_number_is_asked_for_where_all_or_none_are_checked(service: Service, checking: Any):
    shop = Reported(service, FITS)
    loaded, app = ApiPool.shop, shop.client.application
    order = loaded.api.operations[0]
    errors = Errors(app, debug=False, decorator=None, callback=None)
    replies = Replies(order, Outbound(order, loaded.schemas), errors, Checking(*checking, lambda: 1 / 0))
    with app.test_request_context("/order"):
        assert replies.response(replies.reply(FITS, None)).status_code == 200


def operation(**extensions: Any) -> Operation:
    return Operation("o", "GET", "/", (), None, {}, (), False, extensions, None)  # type: ignore[arg-type]


def test_an_operation_may_say_how_it_is_checked():
    checking = Checking("report", 0.1)
    assert checking.of(operation()) == checking
    own = {"x-response-sample": 1, "x-response-validation": "strict"}
    assert checking.of(operation(**own)) == Checking("strict", 1)


@pytest.mark.parametrize(
    ("written", "fact"),
    [
        ("x-response-validation: strickt", "x-response-validation is 'strickt'"),
        ("x-response-sample: 2", "x-response-sample is 2"),
        ("x-response-sample: true", "x-response-sample is True"),
        ("x-response-sampel: 0.1", "'x-response-sampel' has no effect"),
    ],
)
def test_an_extension_that_says_nothing_keeps_the_service_from_starting(service: Service, written: str, fact: str):
    with pytest.raises(FindingsError) as raised:
        Reported(service, FITS, extensions=written)
    assert [(finding.fact, finding.line) for finding in raised.value.findings] == [(fact, 8)]


@pytest.mark.parametrize(
    ("result", "reports"),
    [
        (FITS, 0),
        (lambda: Response('{"sku": "A"}', mimetype="application/json", headers={"X-Left": "1"}), 0),
        (lambda: Response("{}", mimetype="application/json", headers={"X-Left": "1"}), 1),
        (lambda: Response("<p>", headers={"X-Left": "1"}), 1),
        (lambda: Response(iter([b"{}"]), mimetype="application/json", headers={"X-Left": "1"}), 0),
        (lambda: redirect("/elsewhere"), 1),
    ],
)
def test_a_response_of_flask_is_sent_as_it_is_and_looked_at(service: Service, result: Any, reports: int):
    shop = Reported(service, result)
    shop.get()
    assert len(shop.reports) == reports


class Refused(PyMacaronException):
    code = "REFUSED"
    status = 409


@pytest.mark.parametrize(
    "result",
    [Refused("no"), lambda: Refused("no").http_reply(), {"status": 409, "error": "R", "error_description": "no"}],
)
def test_errors_are_not_held_against_the_description(service: Service, result: Any):
    shop = Reported(service, result, debug=True)
    assert (shop.get(headers={"Accept": "text/csv"}).status_code, shop.reports) == (409, [])


ECHO = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /things:
    post:
      operationId: echo
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
      responses: {"200": {description: it, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
    get:
      operationId: stored
      responses: {"200": {description: it, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
  /free:
    post:
      operationId: free
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: it, content: {application/json: {schema: {type: object}}}}}
  /failed:
    get:
      operationId: failed
      responses: {"200": {description: it, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
components:
  schemas:
    Thing: {type: object, properties: {name: {type: string}}}
    Error:
      type: object
      properties: {status: {type: integer}, error: {type: string}, error_description: {type: string}}
"""
POSED = {"status": 503, "error": "BOOM", "error_description": "hi", "error_id": "1"}


def test_what_a_caller_sent_is_no_error_of_the_service(service: Service):
    kept: list[Any] = []

    def echo(thing: Any) -> Any:
        kept.append(thing)
        return thing

    def free(body: dict[str, Any]) -> Any:
        return body

    handlers = {"echo": echo, "stored": lambda: kept[-1], "free": free, "failed": lambda: None}
    client = service(ECHO, handlers).test_client()
    for path, body in (("/things", POSED), ("/things", {**POSED, "name": "a"}), ("/free", POSED)):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json) == (200, body)
    stored = client.get("/things")
    assert (stored.status_code, stored.json) == (200, {**POSED, "name": "a"})


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (lambda: POSED, 503),
        (lambda: ApiPool.shop.model.Error(**POSED), 503),
        (lambda: {**POSED, "name": "a"}, 200),
        (lambda: {**POSED, "status": 200}, 200),
        (lambda: {**POSED, "status": "503"}, 200),
        (lambda: ApiPool.shop.model.Thing(**POSED), 200),
    ],
)
def test_a_handler_returns_an_error_as_a_model_that_declares_it_or_a_dict_of_nothing_else(
    service: Service, result: Callable[[], Any], status: int
):
    handlers = dict.fromkeys(("echo", "stored", "free"), lambda *args: None)
    client = service(ECHO, {**handlers, "failed": lambda: result()}, debug=True).test_client()
    assert client.get("/failed").status_code == status


def left(app: Flask) -> Flask:
    @app.after_request
    def count(response: Any) -> Any:
        response.headers["X-Left"] = "7"
        return response

    return app


def test_a_required_header_may_be_added_by_a_hook_of_the_app(service: Service):
    bare = Reported(service, {"sku": "A"})
    assert bare.codes() == (200, 1)
    assert "header X-Left: is missing" in bare.reports[0]
    assert Reported(service, {"sku": "A"}, app=left(Flask("shop"))).codes() == (200, 0)


@pytest.mark.parametrize(
    ("result", "hooked", "codes"),
    [
        (FITS, False, (200, 0)),
        ({"sku": "A"}, False, (500, 1)),
        ({"sku": "A"}, True, (200, 0)),
        ({}, False, (500, 1)),
        (lambda: Response('{"sku": "A"}', mimetype="application/json"), False, (500, 1)),
        (lambda: Response('{"sku": "A"}', mimetype="application/json"), True, (200, 0)),
    ],
)
def test_a_required_header_that_is_missing_at_the_end_is_a_500_where_replies_are_checked_strictly(
    service: Service, result: Any, hooked: bool, codes: tuple[int, int]
):
    app = left(Flask("shop")) if hooked else Flask("shop")
    assert Reported(service, result, debug=True, app=app).codes() == codes


def test_the_smallest_share_is_one(service: Service):
    shop = Reported(service, FITS, settings={"response_sample": 1e-300})
    assert shop.codes() == (200, 0)


def test_a_response_that_a_handler_has_made_counts_once(service: Service):
    numbers = iter([0.5, 0.0, 0.9])  # of four replies one: so two pass, then none, then eight
    shop = Reported(service, FITS)
    loaded, app = ApiPool.shop, shop.client.application
    checking = Checking("report", 0.25, lambda: next(numbers))
    errors = Errors(app, debug=False, decorator=None, callback=None)
    order = loaded.api.operations[0]
    replies = Replies(order, Outbound(order, loaded.schemas), errors, checking)
    reports = []
    for _ in range(6):
        with app.test_request_context("/order"):
            replies.reply(Response("{}", 200, {"X-Left": "x"}, mimetype="application/json"), None)
        reports.append(len(shop.reports))
    assert reports == [0, 0, 1, 2, 2, 2]
