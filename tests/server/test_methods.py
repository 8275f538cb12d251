"""HEAD, OPTIONS, Allow and 405, for the methods that a description has and no others."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from pymacaron import API

Service = Callable[..., Flask]

DESCRIPTION = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
paths:
  /read:
    get: {operationId: read, responses: {"200": {description: ok, content: {text/plain: {schema: {type: string}}}}}}
  /write:
    post: {operationId: write, responses: {"200": {description: ok}}}
    delete: {operationId: write, responses: {"200": {description: ok}}}
  /own:
    get: {operationId: read, responses: {"200": {description: ok}}}
    head: {operationId: head, responses: {"200": {description: ok, headers: {X-Own: {schema: {type: string}}}}}}
    options: {operationId: options, responses: {"200": {description: ok}}}
  /more:
    trace: {operationId: traced, responses: {"200": {description: ok}}}
    query:
      operationId: asked
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
    additionalOperations:
      COPY: {operationId: copied, responses: {"200": {description: ok}}}
  /hidden:
    get: {operationId: read, responses: {"200": {description: ok}}}
    put: {operationId: none, x-no-bind-server: true, responses: {"200": {description: ok}}}
"""
SLASHED = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: /v1}]
paths:
  /pets/: {get: {operationId: getPets, responses: {'200': {description: ok}}}}
"""

HANDLERS: dict[str, Callable[..., Any]] = {
    "read": lambda: "hello",
    "write": lambda: {},
    "head": lambda: (None, 200, {"X-Own": "yes"}),
    "options": lambda: {"own": True},
    "traced": lambda: {"method": request.method},
    "asked": lambda body: {"asked": body},
    "copied": lambda: {"method": request.method},
}
ALLOWED = {
    "/read": {"GET", "HEAD", "OPTIONS"},
    "/write": {"POST", "DELETE", "OPTIONS"},
    "/own": {"GET", "HEAD", "OPTIONS"},
    "/more": {"TRACE", "QUERY", "COPY", "OPTIONS"},
    "/hidden": {"GET", "HEAD", "OPTIONS"},
}


def shop(service: Service, app: Flask | None = None, **options: Any) -> Any:
    return service(DESCRIPTION, HANDLERS, app, **options).test_client()


@pytest.mark.parametrize("path", ALLOWED)
@pytest.mark.parametrize("method", ["PATCH", "BREW", "PUT"])
def test_another_method_is_a_405_that_names_the_documented_ones(service: Service, path: str, method: str):
    reply = shop(service).open(path, method=method)
    assert (reply.status_code, reply.json["error"]) == (405, "METHOD_NOT_ALLOWED")
    assert set(reply.headers["Allow"].split(", ")) == ALLOWED[path]


@pytest.mark.parametrize("path", sorted(ALLOWED.keys() - {"/own"}))
def test_options_names_the_same_methods_and_has_no_body(service: Service, path: str):
    reply = shop(service).options(path)
    assert (reply.status_code, reply.data, set(reply.headers["Allow"].split(", "))) == (200, b"", ALLOWED[path])


def test_options_has_no_type_of_a_body_that_is_not_there(service: Service):
    assert "Content-Type" not in shop(service).options("/read").headers
    assert shop(service).options("/own").mimetype == "application/json"


def test_what_is_not_there_is_told_in_plain_words(service: Service):
    client = shop(service)
    assert client.get("/nowhere").json["error_description"] == "There is nothing at this path"
    assert client.get("/write").json["error_description"] == "GET is not allowed here; DELETE, OPTIONS and POST are"


def test_head_has_the_headers_of_get_and_no_body(service: Service):
    client = shop(service)
    head, get = client.head("/read"), client.get("/read")
    assert (head.status_code, head.data, dict(head.headers)) == (200, b"", dict(get.headers))
    assert get.headers["Content-Length"] == "5"


def test_a_documented_head_and_options_answer_themselves(service: Service):
    client = shop(service, debug=True)
    head = client.head("/own")
    assert (head.status_code, head.headers["X-Own"]) == (200, "yes")
    assert client.options("/own").json == {"own": True}
    assert client.get("/own").text == "hello"


@pytest.mark.parametrize(
    ("method", "said"),
    [("TRACE", {"method": "TRACE"}), ("QUERY", {"asked": {"a": 1}}), ("COPY", {"method": "COPY"})],
)
def test_methods_of_openapi_3_2_are_served(service: Service, method: str, said: Any):
    reply = shop(service, debug=True).open("/more", method=method, json={"a": 1} if method == "QUERY" else None)
    assert (reply.status_code, reply.json) == (200, said)


def test_a_preflight_is_answered_where_options_is_not_documented(service: Service):
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "QUERY"}
    reply = shop(service).options("/more", headers=asked)
    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert set(reply.headers["Access-Control-Allow-Methods"].split(", ")) == ALLOWED["/more"]


def test_a_route_of_the_apps_own_on_the_same_path_has_its_methods(service: Service):
    app = Flask("shop")
    app.add_url_rule("/write", "mine", lambda: "mine", methods=["GET"])
    app.add_url_rule("/read", "before", lambda: "mine", methods=["GET", "PUT"])
    client = shop(service, app)
    assert [client.open("/write", method=method).text for method in ("GET", "POST")] == ["mine", "{}"]
    assert [client.open("/read", method=method).text for method in ("GET", "PUT")] == ["mine", "mine"]
    assert set(client.options("/write").headers["Allow"].split(", ")) == {"GET", "HEAD", *ALLOWED["/write"]}
    assert set(client.patch("/write").headers["Allow"].split(", ")) == {"GET", "HEAD", *ALLOWED["/write"]}


@contextmanager
def listening(app: Flask) -> Iterator[int]:
    """The port on which Werkzeug's own server answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_real_server_passes_every_method_on(service: Service):
    found = {}
    with listening(service(DESCRIPTION, HANDLERS)) as port:
        for method, path in (("QUERY", "/more"), ("COPY", "/more"), ("TRACE", "/more"), ("HEAD", "/read")):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            body = b'{"a":1}' if method == "QUERY" else None
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            reply = connection.getresponse()
            found[method] = reply.status, reply.getheader("Content-Length"), reply.read()
            connection.close()
    assert found == {
        "QUERY": (200, "17", b'{"asked":{"a":1}}'),
        "COPY": (200, "17", b'{"method":"COPY"}'),
        "TRACE": (200, "18", b'{"method":"TRACE"}'),
        "HEAD": (200, "5", b""),
    }


NESTED = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
paths:
  /o/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: read, responses: {"200": {description: ok}}}
    delete: {operationId: write, responses: {"200": {description: ok}}}
  /o/new:
    post: {operationId: write, responses: {"200": {description: ok}}}
  /{a}/{b}/:
    parameters:
      - {name: a, in: path, required: true, schema: {type: string}}
      - {name: b, in: path, required: true, schema: {type: string}}
    get: {operationId: read, responses: {"200": {description: ok}}}
  /o/last/:
    head: {operationId: head, responses: {"200": {description: ok}}}
    options: {operationId: options, responses: {"200": {description: ok}}}
"""
CONCRETE = {**HANDLERS, "read": lambda **names: names, "write": lambda **names: names}


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT", "BREW"])
def test_a_path_without_variables_goes_before_a_template_for_every_method(service: Service, method: str):
    client = service(NESTED, CONCRETE).test_client()
    reply = client.open("/o/new", method=method)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "OPTIONS, POST")
    assert method == "HEAD" or reply.json["error"] == "METHOD_NOT_ALLOWED"


def test_what_a_path_without_variables_has_is_answered_as_ever_and_what_is_near_it_by_the_template(service: Service):
    client = service(NESTED, CONCRETE).test_client()
    assert client.post("/o/new").json == {}
    options = client.options("/o/new")
    assert (options.status_code, sorted(options.headers["Allow"].split(", "))) == (200, ["OPTIONS", "POST"])
    assert [client.get(path).json for path in ("/o/newer", "/o/last")] == [{"id": "newer"}, {"id": "last"}]
    assert set(client.put("/o/newer").headers["Allow"].split(", ")) == {"GET", "HEAD", "DELETE", "OPTIONS"}


def test_a_path_with_a_slash_at_its_end_goes_before_the_template_that_has_one(service: Service):
    client = service(NESTED, CONCRETE).test_client()
    reply = client.get("/o/last/")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "HEAD, OPTIONS")
    assert client.options("/o/last/").json == {"own": True}
    assert client.get("/p/last/").json == {"a": "p", "b": "last"}


def test_a_route_of_the_apps_own_at_such_a_path_is_answered_whenever_it_was_added(service: Service):
    app = Flask("shop")
    app.add_url_rule("/o/new", "before", lambda: "before", methods=["GET"])
    service(NESTED, CONCRETE, app)
    app.add_url_rule("/o/new", "after", lambda: "after", methods=["PATCH"])
    client = app.test_client()
    assert [client.open("/o/new", method=method).text for method in ("GET", "PATCH")] == ["before", "after"]
    assert client.delete("/o/new").headers["Allow"] == "GET, HEAD, OPTIONS, PATCH, POST"


def test_the_paths_of_several_apis_go_before_one_anothers_templates(tmp_path: Path):
    head = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  "
    ok = 'responses: {"200": {description: ok}}'
    (tmp_path / "one.yaml").write_text(f"{head}'/o/{{id}}': {{get: {{operationId: read, {ok}}}}}")
    (tmp_path / "two.yaml").write_text(f"{head}/o/new: {{post: {{operationId: write, {ok}}}}}")
    app = Flask("two")
    api = API(app, resolver=lambda operation: {"read": lambda: {}, "write": lambda: {}}.get(operation.id))
    api.load_apis(tmp_path)
    api.start(serve=["one", "two"])
    reply = app.test_client().get("/o/new")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("path", ["/o//1", "/o/1//", "/p//q/", "/p/q//"])
def test_slashes_that_are_not_in_the_description_are_a_404_in_json(service: Service, path: str):
    reply = service(NESTED, CONCRETE).test_client().get(path)
    assert (reply.status_code, reply.json["error"]) == (404, "NOT_FOUND")


def test_a_route_of_the_apps_own_merges_slashes_as_ever(service: Service):
    app = Flask("shop")
    app.add_url_rule("/mine/too", "mine", lambda: "mine")
    reply = service(NESTED, CONCRETE, app).test_client().get("/mine//too")
    assert (reply.status_code, reply.headers["Location"]) == (308, "http://localhost/mine/too")


@pytest.mark.parametrize("host", ["shop.example", "evil.example:99", "a b", "evil.example/x"])
def test_a_redirect_to_a_path_with_a_slash_names_no_host(service: Service, host: str):
    client = service(SLASHED, {"getPets": dict}).test_client()
    for path, place in [
        ("/v1/pets?a=%2F%2Fx&b=1", "/v1/pets/?a=%2F%2Fx&b=1"),
        ("//v1/pets", "/v1/pets/"),
        ("/v1/pets?//evil.example", "/v1/pets/?//evil.example"),
    ]:
        reply = client.get(path, headers={"Host": host}, environ_overrides={"PATH_INFO": path.partition("?")[0]})
        assert (reply.status_code, reply.headers["Location"]) == (308, place)
        assert b"evil.example/" not in reply.data
        assert b"http:" not in reply.data
    below = client.get("/v1/pets", environ_overrides={"SCRIPT_NAME": "/shop"})
    assert below.headers["Location"] == "/shop/v1/pets/"


def test_methods_that_differ_in_their_letters_are_one_in_upper_case(service: Service):
    description = NESTED.replace(
        "  /o/new:\n", '  /o/new:\n    additionalOperations: {Copy: {operationId: copied, responses: {"200": {}}}}\n'
    )
    client = service(description, CONCRETE).test_client()
    assert [client.open("/o/new", method=method).json for method in ("COPY", "copy")] == [{"method": "COPY"}] * 2
    assert client.get("/o/new").headers["Allow"] == "COPY, OPTIONS, POST"
