"""The values of a path as they were sent: what is encoded in one separates nothing, and several may share a segment."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.routing import Map

from pymacaron.server.rawpath import OwnRule, Segments, raw_path

Service = Callable[..., Flask]

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: /v1}]
paths:
  /files/{name}:
    get:
      operationId: file
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
  /files/{name}/raw:
    get:
      operationId: raw
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
  /pets/{id}:
    get:
      operationId: pet
      parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
      responses: {"200": {description: ok}}
  /lists/{ids}:
    get:
      operationId: list
      parameters: [{name: ids, in: path, required: true, schema: {type: array, items: {type: string}}}]
      responses: {"200": {description: ok}}
  /colors/{color}:
    get:
      operationId: color
      parameters:
        - {name: color, in: path, required: true, style: matrix, explode: true,
           schema: {type: object, properties: {R: {type: integer}, n: {type: string}}}}
      responses: {"200": {description: ok}}
  /a/{x}.{y}:
    get:
      operationId: dots
      parameters:
        - {name: x, in: path, required: true, schema: {type: string}}
        - {name: y, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: ok}}
  /a/{x}.json:
    get:
      operationId: json
      parameters: [{name: x, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
  "/range/{from}-{to}":
    get:
      operationId: range
      parameters:
        - {name: from, in: path, required: true, schema: {type: string}}
        - {name: to, in: path, required: true, schema: {type: integer}}
      responses: {"200": {description: ok}}
  "/at/{lat},{lng}":
    get:
      operationId: at
      parameters:
        - {name: lat, in: path, required: true, schema: {type: string}}
        - {name: lng, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: ok}}
  /search:
    get:
      operationId: search
      parameters:
        - {name: q, in: query, schema: {type: string}}
        - {name: X-Ids, in: header, schema: {type: array, items: {type: integer}}}
        - {name: X-Name, in: header, schema: {type: string}}
        - {name: seen, in: cookie, schema: {type: array, items: {type: string}}}
      responses: {"200": {description: ok}}
components:
  securitySchemes: {key: {type: apiKey, in: query, name: api_key}}
"""
NAMES = ("file", "raw", "pet", "list", "color", "dots", "json", "range", "at", "search")


def handler(name: str) -> Callable[..., Any]:
    def handle(**values: Any) -> Any:
        return {name: {key: one.to_json() if hasattr(one, "to_json") else one for key, one in values.items()}}

    return handle


def shop(service: Service, **options: Any) -> Any:
    return service(SHOP, {name: handler(name) for name in NAMES}, **options)


#: path as it is sent -> what the handler gets
RIGHT = [
    ("/files/a", {"file": {"name": "a"}}),
    ("/files/a%2Fb", {"file": {"name": "a/b"}}),
    ("/files/%2F%2fb", {"file": {"name": "//b"}}),
    ("/files/a%2Fraw", {"file": {"name": "a/raw"}}),
    ("/files/a/raw", {"raw": {"name": "a"}}),
    ("/files/a%2Fb/raw", {"raw": {"name": "a/b"}}),
    ("/files/a%252Fb", {"file": {"name": "a%2Fb"}}),
    ("/files/%C3%A9%2F", {"file": {"name": "é/"}}),
    ("/files/a+b", {"file": {"name": "a+b"}}),
    ("/lists/a,b%2Cc,%2F", {"list": {"ids": ["a", "b,c", "/"]}}),
    ("/colors/;R=1;n=%3B%3D", {"color": {"color": {"R": 1, "n": ";="}}}),
    ("/a/b.c.d", {"dots": {"x": "b.c", "y": "d"}}),
    ("/a/b.c.json", {"json": {"x": "b.c"}}),
    ("/a/b%2Fc.d", {"dots": {"x": "b/c", "y": "d"}}),
    ("/range/1-2-3", {"range": {"from_": "1-2", "to": 3}}),
    ("/range/1%2D2", {"range": {"from_": "1", "to": 2}}),
    ("/at/1,5,2", {"at": {"lat": "1,5", "lng": "2"}}),
    ("/at/1,5%2C2", {"at": {"lat": "1", "lng": "5,2"}}),
]


@pytest.mark.parametrize(("path", "found"), RIGHT)
def test_the_values_of_a_path_are_exact(service: Service, path: str, found: Any):
    assert shop(service).test_client().get(f"/v1{path}").json == found


@pytest.mark.parametrize("path", ["/files%2Fa", "/pets/1%2F", "/files/a/b", "/v1%2Ffiles/a", "/at/1%2C2/x", "/a/b"])
def test_an_encoded_slash_separates_nothing(service: Service, path: str):
    answer = shop(service).test_client().get(f"/v1{path}")
    assert (answer.status_code, answer.json["error"]) in ((404, "NOT_FOUND"), (400, "INVALID_PARAMETER"))


def test_a_value_of_the_path_that_does_not_fit_is_a_400_that_names_it(service: Service):
    client = shop(service).test_client()
    for path, detail in [
        ("abc", "'abc' is not an integer"),
        ("0", "0 is below 1"),
        ("1%2F2", "'1/2' is not an integer"),
    ]:
        answer = client.get(f"/v1/pets/{path}")
        assert answer.status_code == 400
        assert [(one["in"], one["pointer"], one["detail"]) for one in answer.json["errors"]] == [
            ("path", "/id", detail)
        ]


def test_without_the_raw_path_the_decoded_one_is_read(service: Service):
    client = shop(service).test_client()
    unknown = {"RAW_URI": "", "REQUEST_URI": ""}
    assert client.get("/v1/lists/a,b%2Cc", environ_overrides=unknown).json == {"list": {"ids": ["a", "b", "c"]}}
    assert client.get("/v1/at/1,5%2C2", environ_overrides=unknown).json == {"at": {"lat": "1,5", "lng": "2"}}
    assert client.get("/v1/files/a%2Fraw", environ_overrides=unknown).json == {"raw": {"name": "a"}}


def test_routes_of_the_service_itself_are_left_to_it(service: Service):
    app = Flask("shop")
    app.add_url_rule("/own/<path:rest>", "own", lambda rest: {"rest": rest})
    app.add_url_rule("/own/<name>", "name", lambda name: {"name": name})
    client = shop(service, app=app).test_client()
    assert client.get("/own/a%2Fb").json == {"rest": "a/b"}
    assert client.get("/own/a").json == {"name": "a"}


def test_below_another_path_the_values_are_the_same(service: Service):
    client = shop(service).test_client()
    mounted = {"SCRIPT_NAME": "/mounted", "RAW_URI": "/mounted/v1/files/a%2Fb?x=%2F"}
    assert client.get("/v1/files/a/b", environ_overrides=mounted).json == {"file": {"name": "a/b"}}
    # The prefix was never in the URI, as with ProxyFix
    assert client.get("/v1/files/a%2Fb", environ_overrides={"SCRIPT_NAME": "/p"}).json == {"file": {"name": "a/b"}}
    absolute = {"RAW_URI": "http://localhost/v1/files/a%2Fb"}
    assert client.get("/v1/files/a/b", environ_overrides=absolute).json == {"file": {"name": "a/b"}}


def test_a_raw_path_that_is_not_the_paths_is_not_believed(service: Service):
    client = shop(service).test_client()
    rewritten = {"RAW_URI": "/other/a%2Fb"}
    assert client.get("/v1/files/c", environ_overrides=rewritten).json == {"file": {"name": "c"}}
    assert client.get("/v1/lists/a,b", environ_overrides=rewritten).json == {"list": {"ids": ["a", "b"]}}


@pytest.mark.parametrize("path", ["/v1/files/%FF%2F", "/v1/lists/a,%FF", "/v1/at/%FF,1"])
def test_a_path_that_is_not_utf_8_is_refused(service: Service, path: str):
    # Werkzeug's client by itself would mend it
    as_servers_do = {"RAW_URI": path, "PATH_INFO": unquote(path, "latin-1")}
    answer = shop(service).test_client().get("/", environ_overrides=as_servers_do)
    assert answer.status_code == 400
    assert [(one["in"], one["pointer"], one["code"]) for one in answer.json["errors"]] == [("path", "", "encoding")]


@pytest.mark.parametrize("below", ["", "/mounted"])
def test_a_path_that_werkzeug_has_mended_is_refused_and_the_replacement_character_itself_is_not(
    service: Service, below: str
):
    client = shop(service).test_client()
    wrong = client.get(
        "/v1/files/a%FFb", environ_overrides={"SCRIPT_NAME": below, "RAW_URI": below + "/v1/files/a%FFb"}
    )
    assert (wrong.status_code, wrong.json["error_description"]) == (400, "path: is not UTF-8")
    assert client.get("/v1/files/a%EF%BF%BDb").json == {"file": {"name": "a\ufffdb"}}
    assert client.get("/v1/files/a\ufffdb", environ_overrides={"RAW_URI": "/other/%FF"}).json == {
        "file": {"name": "a\ufffdb"}
    }


def test_unknown_names_of_a_query_are_refused_by_a_setting(service: Service):
    client = shop(service, settings={"unknown_parameters": "refuse"}).test_client()
    assert client.get("/v1/search?q=a&api_key=k").json == {
        "search": {"q": "a", "x_ids": None, "x_name": None, "seen": None}
    }
    answer = client.get("/v1/search?g=a")
    assert answer.status_code == 400
    assert [(one["in"], one["pointer"], one["code"]) for one in answer.json["errors"]] == [("query", "/g", "unknown")]
    assert shop(service, app=Flask("other")).test_client().get("/v1/search?g=a").status_code == 200


def test_header_lines_of_the_same_name_are_one_list(service: Service):
    headers = [("X-Ids", "1"), ("X-Name", "a"), ("X-Ids", "2, 3"), ("X-Name", "b")]
    found = shop(service).test_client().get("/v1/search", headers=headers).json
    assert found == {"search": {"q": None, "x_ids": [1, 2, 3], "x_name": "a, b", "seen": None}}


# ---- under real servers

SERVER = """
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def start(port=None, debug=None):
    API(app, port=port, debug=debug).load_apis("apis").start(serve="shop")


letsgo(__name__, callback=start)
"""
HANDLERS = "\n\n\n".join(
    f"def {name}(**values):\n"
    f"    return {{{name!r}: {{key: getattr(one, 'to_json', lambda one=one: one)() for key, one in values.items()}}}}"
    for name in NAMES
)


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn"])
def test_servers_tell_the_path_as_it_was_sent(start: Callable[..., Any], tmp_path: Path, server: str):
    folder = tmp_path / "shop"
    (folder / "apis").mkdir(parents=True)
    described = SHOP
    for name in NAMES:
        described = described.replace(
            f"operationId: {name}\n", f"operationId: {name}\n      x-bind-server: handlers.{name}\n"
        )
    (folder / "apis" / "shop.yaml").write_text(described)
    (folder / "server.py").write_text(SERVER)
    (folder / "handlers.py").write_text(HANDLERS)
    (folder / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost")
    with start(server, folder) as service:
        assert [service.get(f"/v1{path}").json for path, _ in RIGHT] == [found for _, found in RIGHT]
        headers = {"X-Name": b"\xc3\xa9", "X-Ids": "1, 2", "Cookie": 'seen=a&seen=b; x="1"'}
        assert service.get("/v1/search?q=%C3%A9", headers).json == {
            "search": {"q": "é", "x_ids": [1, 2], "x_name": "é", "seen": ["a", "b"]}
        }
        assert service.get("/v1/files/a%FFb").json["error_description"] == "path: is not UTF-8"


# ---- parts


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"PATH_INFO": "/a,b", "RAW_URI": "/a%2Cb?q=%2F"}, "/a%2Cb"),
        ({"PATH_INFO": "/a,b", "REQUEST_URI": "/a%2Cb"}, "/a%2Cb"),
        ({"PATH_INFO": "/b", "RAW_URI": "/%61/b"}, "/b"),
        ({"PATH_INFO": "/Ã©", "RAW_URI": "/Ã©"}, "/%C3%A9"),
        ({"PATH_INFO": "/c", "RAW_URI": "/a/b"}, None),
        ({"PATH_INFO": "", "RAW_URI": "/a"}, None),
        ({"PATH_INFO": "/100%", "RAW_URI": "/100%"}, "/100%"),
        ({"PATH_INFO": "/a"}, None),
    ],
)
def test_the_raw_path(environ: dict[str, str], path: str | None):
    assert raw_path(environ) == path


@pytest.mark.parametrize(
    ("template", "path", "texts"),
    [
        ("/a/{x}", "/a/1%2F2", {"x": "1%2F2"}),
        ("/a b/{x}~{y}", "/a%20b/1%7e2%7E3", {"x": "1%7E2", "y": "3"}),
        ("/{x}:run", "/1:run", {"x": "1"}),
        ("/{x}:run", "/1%3Arun", None),
        ("/é{x}", "/%c3%a91", {"x": "1"}),
        ("/{x}%2C{y}", "/a,b%2Cc", {"x": "a,b", "y": "c"}),
        ("/{x}{y}", "/abc", {"x": "ab", "y": "c"}),
        ("/{x}{y}", "/ab%2C", {"x": "ab", "y": "%2C"}),
        ("/{x}-{y}", "/a---", {"x": "a-", "y": "-"}),
        ("/{x}-{y}-{z}.json", "/a-b-c-d.json", {"x": "a-b", "y": "c", "z": "d"}),
        ("/{x}-{y}-{z}.json", "/" + "-" * 8000, None),
        ("/{x}-{y}-{z}.json", "/" + "%2D" * 8000, None),
        ("/{x}-{y}.{z}_{w}.json", "/" + "-a.b_c" * 1500, None),
        ("/items?state=open", "/items", {}),
        ("/a/{x}", "/a/b/c", None),
        ("/a/{x}", None, None),
    ],
)
def test_values_are_read_of_a_raw_path(template: str, path: str | None, texts: dict[str, str] | None):
    assert Segments(template).texts(path) == texts


@settings(deadline=None)
@given(st.text("-.a", min_size=1, max_size=12), st.lists(st.sampled_from(["", "-", "--", ".-", "a"]), max_size=3))
def test_the_leftmost_of_several_variables_takes_the_longest_match(text: str, literals: list[str]):
    variables = [chr(ord("p") + place) for place in range(len(literals) + 1)]
    greedy = re.fullmatch("(.+)" + "".join(f"{re.escape(literal)}(.+)" for literal in literals) + "-a", text)
    expected = None if greedy is None else dict(zip(variables, greedy.groups(), strict=True))
    of_rule = "<p>" + "".join(f"{literal}<{name}>" for literal, name in zip(literals, variables[1:], strict=True))
    adapter = Map([OwnRule(f"/{of_rule}-a", endpoint="it")]).bind("x")
    template = of_rule.replace("<", "{").replace(">", "}")
    assert Segments(f"/{template}-a").texts(f"/{text}") == expected
    assert (adapter.match(f"/{text}")[1] if adapter.test(f"/{text}") else None) == expected


def test_a_path_that_nearly_fits_is_refused_at_once():
    adapter = Map([OwnRule("/<a>-<b>-<c>.json", endpoint="it")]).bind("x")
    assert not adapter.test("/" + "-" * 8000)
