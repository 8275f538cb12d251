"""Our headers are those of Flask-Cors, for the same settings and requests, where both have an opinion."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Response, request
from flask_cors import CORS, cross_origin

from pymacaron import API
from pymacaron.finding import FindingsError
from pymacaron.server.cors import Cors


def ours(setting: bool | str | list[str], app: Flask | None = None, **more: Any) -> Flask:
    app = app or Flask("ours")
    cors = Cors(setting, **more)
    app.get("/x")(lambda: "x")

    @app.after_request
    def after(response: Response) -> Response:
        cors.add(request.environ, response)
        return response

    return app


def theirs(origins: str | list[str], **more: Any) -> Flask:
    app = Flask("theirs")
    app.get("/x")(lambda: "x")
    CORS(app, origins=origins, **more)
    return app


@pytest.mark.parametrize("origins", ["*", ["https://a.example"], ["https://a.example", "https://b.example"]])
@pytest.mark.parametrize("origin", ["https://a.example", "https://b.example", "https://c.example", "null"])
@pytest.mark.parametrize("path", ["/x", "/missing"])
def test_the_origin_is_allowed_where_flask_cors_allows_it(origins: str | list[str], origin: str, path: str):
    headers = {"Origin": origin}
    replies = [app.test_client().get(path, headers=headers) for app in (ours(origins), theirs(origins))]
    found = [reply.headers.get("Access-Control-Allow-Origin") for reply in replies]
    if origins == "*":
        assert found == ["*", found[1]]
    else:
        assert found[0] == found[1]


def test_a_preflight_names_the_methods_of_the_path_and_the_headers_asked_for():
    headers = {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "X-Token, Content-Type",
    }
    reply = ours(True).test_client().options("/x", headers=headers)
    assert set(reply.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert reply.headers["Access-Control-Allow-Headers"] == "X-Token, Content-Type"
    assert reply.headers["Access-Control-Max-Age"] == "86400"


def test_a_list_of_origins_tells_caches_that_the_reply_depends_on_it():
    reply = (
        ours("https://a.example, https://b.example").test_client().get("/x", headers={"Origin": "https://b.example"})
    )
    assert (reply.headers["Access-Control-Allow-Origin"], reply.headers["Vary"]) == ("https://b.example", "Origin")


def test_a_view_with_flask_cors_own_decorator_is_left_alone():
    app = Flask("own")
    app.get("/own", endpoint="own")(cross_origin(origins=["https://a.example"])(lambda: "x"))
    ours(True, app)
    reply = app.test_client().get("/own", headers={"Origin": "https://b.example"})
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_the_setting_turns_it_off():
    reply = ours(False).test_client().get("/x", headers={"Origin": "https://a.example"})
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("origin", ["https://a.example", "https://b.example", "null"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_credentials_are_allowed_where_flask_cors_allows_them(origin: str, method: str):
    headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    apps = ours(["https://a.example"], credentials=True), theirs(["https://a.example"], supports_credentials=True)
    replies = [app.test_client().open("/x", method=method, headers=headers) for app in apps]
    names = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
    mine, known = ([reply.headers.get(name) for name in names] for reply in replies)
    assert mine == known
    assert (mine[1] == "true") is (origin == "https://a.example")


@pytest.mark.parametrize("setting", [True, "*", ["https://a.example", "*"]])
def test_credentials_never_go_to_any_origin(setting: Any):
    with pytest.raises(ValueError, match="never to any"):
        Cors(setting, credentials=True)


def test_credentials_for_every_origin_keep_a_service_from_starting(own_config: None):
    with pytest.raises(FindingsError, match=r"error\[cors-credentials\]: cors_credentials is true, and cors lets"):
        API(Flask("shop"), settings={"cors_credentials": True}).start()
    API(Flask("shop"), settings={"cors_credentials": True, "cors": ["https://a.example"]}).start()


def test_a_preflight_names_the_methods_of_the_path_that_the_setting_has():
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    reply = ours(["https://a.example"], methods=["get", "POST"]).test_client().options("/x", headers=headers)
    assert reply.headers["Access-Control-Allow-Methods"] == "GET"


@pytest.mark.parametrize("origins", ["*", ["https://a.example"]])
@pytest.mark.parametrize("origin", ["https://a.example", "https://c.example"])
def test_headers_are_exposed_where_flask_cors_exposes_them(origins: str | list[str], origin: str):
    names = ["RateLimit", "Sunset"]
    apps = ours(origins, expose=names), theirs(origins, expose_headers=names)
    replies = [app.test_client().get("/x", headers={"Origin": origin}) for app in apps]
    assert len({reply.headers.get("Access-Control-Expose-Headers") for reply in replies}) == 1
    is_allowed = "Access-Control-Allow-Origin" in replies[0].headers
    assert replies[0].headers.get("Access-Control-Expose-Headers") == ("RateLimit, Sunset" if is_allowed else None)


@pytest.mark.usefixtures("own_config")
@pytest.mark.parametrize("dispatch", ["direct", "stock"])
@pytest.mark.parametrize("origins", [True, ["https://a.example"]])
def test_every_reply_of_a_service_exposes_what_the_setting_says(origins: bool | list[str], dispatch: str):
    app = Flask("shop")
    API(app, settings={"cors": origins, "cors_expose": ["RateLimit", "Sunset"], "dispatch": dispatch}).start()
    for path in ("/ping", "/missing"):
        headers = app.test_client().get(path, headers={"Origin": "https://a.example"}).headers
        assert headers.getlist("Access-Control-Expose-Headers") == ["RateLimit, Sunset"]


@pytest.mark.usefixtures("own_config")
def test_what_is_no_name_of_a_header_is_not_exposed():
    with pytest.raises(FindingsError, match=r"'Rate Limit' is no name of a header"):
        API(Flask("shop"), settings={"cors_expose": ["RateLimit", "Rate Limit"]}).start()
