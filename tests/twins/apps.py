"""Services with routes, middlewares and classes of their own."""

from __future__ import annotations

import io
from typing import Any

from flask import (
    Flask,
    Request,
    Response,
    abort,
    g,
    request,
    url_for,
)
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from pymacaron import context
from pymacaron.exceptions import PyMacaronException
from twins.around import failing, noted
from twins.calls import COMPETING, CORS_CALLS, FAILS, FORWARDED, MATCHED, PATHS, USUAL
from twins.cases import case


@case("GET /pets/1", "GET /pets/late", "GET /pets/7/late", "GET /late")
def rules_added_after_a_test_context(kit: Any) -> None:
    def later() -> None:
        with kit.app.test_request_context("/pets/1"):
            kit.see(request.endpoint)
        kit.app.get("/pets/late", endpoint="late")(lambda: "late")
        kit.app.get("/pets/<int:id>", endpoint="number")(lambda id: f"number {id}")
        kit.app.get("/late", endpoint="later")(lambda: "later")

    kit.later.append(later)


@case("GET /pets/1", "GET /pets/x", "GET /missing")
def hooks_added_after_a_test_context(kit: Any) -> None:
    def later() -> None:
        with kit.app.test_request_context("/pets/1"):
            kit.see(request.endpoint)
        kit.hook(name=" late")
        kit.app.errorhandler(PyMacaronException)(lambda error: "late")

    kit.later.append(later)


@case("GET /pets/1", "GET /pets/late", "GET /pets/7", "GET /pets")
def a_rule_put_into_the_map_between_calls(kit: Any) -> None:
    from werkzeug.routing import Rule

    def add() -> None:
        kit.client.get("/pets/1")
        kit.app.view_functions["late"] = lambda **values: {"late": values}
        kit.app.url_map.add(Rule("/pets/<int:id>", endpoint="late"))

    kit.later.append(lambda: setattr(kit, "client", kit.app.test_client()))
    kit.later.append(add)


@case(*COMPETING)
def a_view_in_the_place_of_an_operations(kit: Any) -> None:
    kit.later.append(lambda: kit.app.view_functions.update({"GET /pets": lambda: "in its place"}))


@case(*COMPETING, "GET /own", "GET /own/1", "POST /own/1", "HEAD /own")
def custom_routes_beside(kit: Any) -> None:
    noted(looking=True)(kit)

    class Own(MethodView):
        def get(self, id: int) -> Any:
            return {"own": id, "call": context.current().path}

        def post(self, id: int) -> Any:
            abort(409)

    kit.app.get("/own")(lambda: "own")
    kit.app.add_url_rule("/own/<int:id>", view_func=Own.as_view("own_view"))


@case(*COMPETING)
def no_strict_slashes(kit: Any) -> None:
    kit.app.url_map.strict_slashes = False


@case(*COMPETING)
def no_merged_slashes(kit: Any) -> None:
    kit.app.url_map.merge_slashes = False


@case(*MATCHED, *USUAL[:8])
def host_matching(kit: Any) -> None:
    kit.app.url_map.host_matching = True
    kit.app.add_url_rule("/pets/<id>", "hosted", lambda id: f"hosted {id}", host="api.example.com")


@case(*MATCHED, *USUAL[:8])
def subdomain_matching(kit: Any) -> None:
    kit.app.subdomain_matching = True
    kit.app.config["SERVER_NAME"] = "example.com"
    kit.app.add_url_rule("/pets/<id>", "sub", lambda id: f"sub {id}", subdomain="api")


@case(*MATCHED, *USUAL[:8])
def a_default_subdomain(kit: Any) -> None:
    kit.app.url_map.default_subdomain = "api"
    kit.app.config["SERVER_NAME"] = "example.com"


def telling(kit: Any) -> None:
    kit.handlers["made"] = lambda how: {
        "url": request.url,
        "remote": request.remote_addr,
        "root": request.script_root,
        "for": url_for("GET /pets", _external=True),
        "call": context.current().url,
    }


@case(*FORWARDED)
def a_proxy_set_before_the_start(kit: Any) -> None:
    telling(kit)
    kit.app.wsgi_app = ProxyFix(kit.app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)


@case(*FORWARDED)
def a_proxy_set_after_the_start(kit: Any) -> None:
    telling(kit)
    kit.later.append(
        lambda: setattr(kit.app, "wsgi_app", ProxyFix(kit.app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1))
    )


def middleware(kit: Any, inner: Any) -> Any:
    def application(environ: dict[str, Any], start_response: Any) -> Any:
        def started(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            kit.see("started", status, sorted(headers), isinstance(headers, list))
            headers.append(("X-Middleware", "1"))
            return start_response(status, headers)

        environ["X"] = "middleware"
        reply = inner(environ, started)
        kit.see("parts", len(list(reply)) if isinstance(reply, list) else None)
        return reply

    return application


def middleware_that_reads(inner: Any) -> Any:
    def application(environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body.replace(b"Rex", b"Max"))
        return inner(environ, start_response)

    return application


@case()
def a_middleware_set_before_the_start(kit: Any) -> None:
    kit.app.wsgi_app = middleware_that_reads(kit.app.wsgi_app)


@case(*USUAL, *PATHS)
def a_middleware_set_after_the_start(kit: Any) -> None:
    kit.later.append(lambda: setattr(kit.app, "wsgi_app", middleware_that_reads(kit.app.wsgi_app)))


@case({"path": "/mounted/pets/1"}, {"path": "/mounted/missing"}, {"path": "/mounted/slash"}, "GET /pets/1")
def an_app_that_is_mounted(kit: Any) -> None:
    telling(kit)
    outer = Flask("outer")
    kit.later.append(lambda: setattr(outer, "wsgi_app", DispatcherMiddleware(outer.wsgi_app, {"/mounted": kit.app})))
    kit.later.append(lambda: setattr(kit, "app", outer))


class OwnResponse(Response):
    default_mimetype = "text/x-own"
    autocorrect_location_header = True

    def get_wsgi_headers(self, environ: Any) -> Any:
        headers = super().get_wsgi_headers(environ)
        headers["X-Own-Response"] = "1"
        return headers


class OwnRequest(Request):
    @property
    def tenant(self) -> str:
        return self.headers.get("X-Tenant", "none")


@case()
def a_response_class_of_ones_own(kit: Any) -> None:
    noted()(kit)
    kit.app.response_class = OwnResponse


@case({"path": "/made/x", "headers": {"X-Tenant": "t"}}, *USUAL)
def a_request_class_of_ones_own(kit: Any) -> None:
    kit.app.request_class = OwnRequest
    kit.handlers["made"] = lambda how: {"tenant": request.tenant}


class Globals:
    def __init__(self) -> None:
        self.made = True


@case("GET /made/x")
def globals_of_ones_own(kit: Any) -> None:
    kit.app.app_ctx_globals_class = Globals
    kit.handlers["made"] = lambda how: {"made": g.made}


@case()
def async_hooks(kit: Any) -> None:
    async def before() -> None:
        kit.see("async before", request.path)

    async def after(response: Response) -> Response:
        response.headers["X-Async"] = "1"
        return response

    async def teardown(error: BaseException | None) -> None:
        kit.see("async teardown", error)

    kit.app.before_request(before)
    kit.app.after_request(after)
    kit.app.teardown_request(teardown)
    kit.app.teardown_appcontext(teardown)


@case("GET /pets", "GET /pets/1", "GET /missing", "GET /own")
def own_async_views_beside(kit: Any) -> None:
    async def own() -> str:
        return "own"

    kit.app.get("/own")(own)


def receives_late(kit: Any) -> str:
    kit.watch_signals(looking=True)
    return "connected"


def disconnects(kit: Any) -> str:
    kit.held.clear()
    return "disconnected"


@case(*USUAL[:8], receives_late, *USUAL[:8], disconnects, *USUAL[:8])
def receivers_that_come_and_go(kit: Any) -> None:
    pass


@case(*CORS_CALLS)
def flask_cors_of_the_users_own(kit: Any) -> None:
    from flask_cors import CORS

    CORS(kit.app, origins=["https://b.example"], supports_credentials=True)


@case(*CORS_CALLS)
def flask_cors_set_after_the_start(kit: Any) -> None:
    from flask_cors import CORS

    kit.later.append(lambda: CORS(kit.app, origins=["https://b.example"]) and None)


@case(*USUAL)
def responses_that_are_checked_strictly(kit: Any) -> None:
    noted()(kit)
    kit.settings["response_validation"] = "strict"
    kit.handlers["pet"] = lambda id: ["no object"]
    kit.handlers["headers"] = lambda: {"ok": True}


@case(*USUAL)
def unknown_parameters_refused(kit: Any) -> None:
    kit.settings["unknown_parameters"] = "refuse"


@case(*USUAL, *FAILS)
def a_slow_limit(kit: Any) -> None:
    kit.settings["report_call_exceeding_ms"] = 1_000_000
    kit.options["error_reporter"] = lambda title, message: kit.see("reported", title)
    kit.handlers["fails"] = failing
