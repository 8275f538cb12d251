"""Services with hooks, handlers of errors and settings of Flask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    redirect,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException, NotFound

from pymacaron import context
from pymacaron.exceptions import PyMacaronException
from twins.around import failing, noted
from twins.calls import FAILS, USUAL
from twins.cases import SETUPS, case


@case()
def hooks_of_a_blueprint(kit: Any) -> None:
    blueprint = Blueprint("shop", "shop", url_prefix="/blue")
    blueprint.get("/<one>")(lambda one: {"one": one, "blueprints": request.blueprints})
    for kind in ("before_request", "before_app_request", "teardown_request", "teardown_app_request"):
        getattr(blueprint, kind)(lambda *_, kind=kind: kit.see(kind, request.blueprints))
    for kind in ("after_request", "after_app_request"):
        getattr(blueprint, kind)(lambda response, kind=kind: kit.see(kind, response.status) or response)
    blueprint.app_url_value_preprocessor(lambda endpoint, values: kit.see(endpoint, values))
    blueprint.app_errorhandler(ZeroDivisionError)(lambda error: ("divided", 500))
    blueprint.errorhandler(404)(lambda error: ("blue 404", 404))
    kit.app.register_blueprint(blueprint)
    kit.handlers["fails"] = lambda how: 1 / 0


SETUPS["hooks_of_a_blueprint"] = (hooks_of_a_blueprint, [*USUAL, "GET /blue/x", "GET /blue/x/y", "POST /blue/x"])


@case()
def a_before_hook_that_answers_a_text(kit: Any) -> None:
    noted()(kit)
    kit.app.before_request(lambda: "stopped")


@case()
def a_before_hook_that_answers_bytes(kit: Any) -> None:
    kit.app.before_request(lambda: b"stopped")


@case()
def a_before_hook_that_answers_bytes_seen_by_hooks(kit: Any) -> None:
    noted()(kit)
    kit.app.before_request(lambda: b"stopped")


@case()
def a_before_hook_that_answers_a_tuple(kit: Any) -> None:
    kit.app.before_request(lambda: ({"stopped": True}, 401, {"WWW-Authenticate": "Bearer"}))


@case()
def a_before_hook_that_answers_a_redirect(kit: Any) -> None:
    kit.app.before_request(lambda: redirect("/login") if request.path.startswith("/pets") else None)


@case()
def a_before_hook_that_answers_what_is_no_reply(kit: Any) -> None:
    noted()(kit)
    kit.app.before_request(lambda: 7)


@case()
def a_before_hook_that_fails(kit: Any) -> None:
    noted()(kit)
    kit.app.before_request(lambda: 1 / 0)


@case()
def a_before_hook_that_aborts(kit: Any) -> None:
    noted()(kit)
    kit.app.before_request(lambda: abort(403))


@case()
def a_before_hook_that_raises_an_error_of_ours(kit: Any) -> None:
    def refuse() -> None:
        raise PyMacaronException("not now")

    kit.app.before_request(refuse)


@case()
def a_before_hook_that_reads_the_body(kit: Any) -> None:
    kit.app.before_request(lambda: kit.see(request.get_data()))


@case()
def a_before_hook_that_reads_the_json(kit: Any) -> None:
    kit.app.before_request(lambda: kit.see(request.get_json(silent=True)))


@case()
def a_before_hook_that_reads_the_form(kit: Any) -> None:
    kit.app.before_request(lambda: kit.see(request.form.to_dict(), sorted(request.files)))


@case()
def a_before_hook_that_drains_the_stream(kit: Any) -> None:
    kit.app.before_request(lambda: kit.see(request.stream.read()))


@case()
def a_before_hook_that_limits_this_body(kit: Any) -> None:
    def limit() -> None:
        request.max_content_length = 5

    kit.app.before_request(limit)


@case(
    "GET /pets/1", "GET /pets/1/toys/7", {"method": "PUT", "path": "/pets/1", "json": {}}, "GET /pets", "GET /slash/a/"
)
def a_hook_that_changes_view_args(kit: Any) -> None:
    def change() -> None:
        if request.view_args and "id" in request.view_args:
            request.view_args["id"] = "changed"

    kit.app.before_request(change)


@case("GET /pets/1", "GET /pets/1/toys/7")
def a_hook_that_puts_other_view_args(kit: Any) -> None:
    def change() -> None:
        request.view_args = {"id": "other", "toy_id": "8", "more": "x"}

    kit.app.before_request(change)


@case("GET /pets/1", "GET /pets/1/toys/7")
def a_hook_that_takes_view_args_away(kit: Any) -> None:
    kit.app.before_request(lambda: request.view_args.clear())


@case("GET /pets/1", "GET /pets", "GET /missing")
def a_hook_that_routes_anew(kit: Any) -> None:
    def change() -> None:
        [rule] = [one for one in kit.app.url_map.iter_rules() if one.endpoint == "GET /pets/newest"]
        request.url_rule, request.view_args = rule, {}
        request.routing_exception = None

    kit.app.before_request(change)


@case("GET /pets/1", "GET /pets", "GET /missing")
def a_hook_that_says_there_is_nothing(kit: Any) -> None:
    def change() -> None:
        request.routing_exception = NotFound()

    kit.app.before_request(change)


@case()
def url_value_preprocessors(kit: Any) -> None:
    @kit.app.url_value_preprocessor
    def take(endpoint: str | None, values: dict[str, Any] | None) -> None:
        kit.see("preprocessor", endpoint, dict(values or {}), context.current() is None)
        if values and "id" in values:
            g.id = values["id"]
            values["id"] = "preprocessed"

    @kit.app.url_defaults
    def give(endpoint: str, values: dict[str, Any]) -> None:
        kit.see("defaults", endpoint, values)

    kit.handlers["pets"] = lambda **_: {"url": url_for("GET /pets/<id>", id="x"), "id": g.get("id")}


@case()
def an_after_hook_that_replaces_the_reply(kit: Any) -> None:
    noted()(kit)
    kit.app.after_request(lambda response: Response(b"other", 299, {"X-Other": "1"}))


@case()
def an_after_hook_that_changes_the_body(kit: Any) -> None:
    def change(response: Response) -> Response:
        if response.is_sequence:
            response.set_data(response.get_data().upper())
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_changes_the_status(kit: Any) -> None:
    def change(response: Response) -> Response:
        response.status_code = 202
        response.mimetype = "text/x-changed"
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_sets_an_odd_status(kit: Any) -> None:
    def change(response: Response) -> Response:
        response.status = "299 Quite Odd"
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_sets_no_content(kit: Any) -> None:
    def change(response: Response) -> Response:
        response.status_code = 204
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_sets_cookies(kit: Any) -> None:
    def change(response: Response) -> Response:
        response.set_cookie("a", "1")
        response.delete_cookie("b")
        response.headers.add("Vary", "Cookie")
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_looks_at_lengths(kit: Any) -> None:
    def look(response: Response) -> Response:
        kit.see(response.content_length, response.headers.get("Content-Length"), list(response.headers))
        kit.see(response.mimetype, response.charset if hasattr(response, "charset") else None, response.is_json)
        kit.see(response.is_streamed, response.direct_passthrough, response.calculate_content_length())
        return response

    kit.app.after_request(look)


@case()
def an_after_hook_that_sets_an_etag(kit: Any) -> None:
    def change(response: Response) -> Response:
        if response.is_sequence:
            response.add_etag()
        return response.make_conditional(request)

    kit.app.after_request(change)


@case()
def an_after_hook_with_an_origin_of_its_own(kit: Any) -> None:
    def change(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "https://own.example"
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_compresses(kit: Any) -> None:
    def change(response: Response) -> Response:
        response.headers["Content-Encoding"] = "x-own"
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_calls_on_close(kit: Any) -> None:
    def change(response: Response) -> Response:
        response.call_on_close(lambda: kit.see("closed"))
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_fails(kit: Any) -> None:
    noted()(kit)

    def change(response: Response) -> Response:
        if request.path != "/text":
            raise ValueError("after")
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_fails_once(kit: Any) -> None:
    noted()(kit)

    def change(response: Response) -> Response:
        if "again" not in g:
            g.again = True
            raise ValueError("after")
        return response

    kit.app.after_request(change)


@case()
def an_after_hook_that_wraps_a_stream(kit: Any) -> None:
    def change(response: Response) -> Response:
        response.response = (part for part in [b"streamed ", *response.iter_encoded()])
        response.headers.pop("Content-Length", None)
        return response

    kit.app.after_request(change)


@case()
def a_teardown_that_fails(kit: Any) -> None:
    kit.watch_signals(looking=False)
    kit.app.teardown_request(lambda error: 1 / 0)


@case()
def a_teardown_of_the_app_that_fails(kit: Any) -> None:
    kit.app.teardown_appcontext(lambda error: 1 / 0)


@case(
    *(f"GET /fails/{how}" for how in ("x", "key", "http", "teapot", "own", "ours", "base", "violations")),
    "GET /missing",
)
def error_handlers(kit: Any) -> None:
    noted()(kit)
    kit.app.errorhandler(404)(lambda error: ({"code": error.code}, 404))
    kit.app.errorhandler(418)(lambda error: b"teapot")
    kit.app.errorhandler(KeyError)(lambda error: (f"key {error}", 400, {"X-Key": "1"}))
    kit.app.errorhandler(LookupError)(lambda error: "lookup")
    kit.app.errorhandler(OSError)(lambda error: error.missing)
    kit.handlers["fails"] = failing


@case(*(f"GET /fails/{how}" for how in ("x", "key", "http", "ours")), *USUAL)
def an_error_handler_of_everything(kit: Any) -> None:
    kit.app.errorhandler(Exception)(lambda error: (f"any: {type(error).__name__}", 599))
    kit.handlers["fails"] = failing


@case(*(f"GET /fails/{how}" for how in ("x", "key", "http", "ours")), *USUAL)
def an_error_handler_of_ours(kit: Any) -> None:
    kit.app.errorhandler(PyMacaronException)(lambda error: b"ours, as bytes")
    kit.handlers["fails"] = failing


@case(*(f"GET /fails/{how}" for how in ("x", "key", "http", "ours")), *USUAL)
def an_error_handler_of_500(kit: Any) -> None:
    kit.app.errorhandler(500)(lambda error: (f"500 {error.original_exception!r}", 500))
    kit.app.errorhandler(HTTPException)(lambda error: (f"http {error.code}", error.code))
    kit.handlers["fails"] = failing


@case(*(f"GET /fails/{how}" for how in ("x", "key", "http", "ours")), *USUAL)
def error_hooks_of_ours(kit: Any) -> None:
    kit.options["error_callback"] = lambda error: Response("called", 512) if isinstance(error, KeyError) else None
    kit.options["error_decorator"] = lambda body: {**body, "decorated": True}
    kit.handlers["fails"] = failing


def _modes(**config: Any) -> Callable[[Any], None]:
    def setup(kit: Any) -> None:
        noted()(kit)
        kit.app.config.update(config)
        kit.handlers["fails"] = failing

    return setup


for _name, _config in {
    "testing": {"TESTING": True},
    "propagated_exceptions": {"PROPAGATE_EXCEPTIONS": True},
    "trapped_http_exceptions": {"TRAP_HTTP_EXCEPTIONS": True},
    "trapped_bad_requests": {"TRAP_BAD_REQUEST_ERRORS": True},
    "a_server_name": {"SERVER_NAME": "shop.example:8080", "APPLICATION_ROOT": "/root"},
    "trusted_hosts": {"TRUSTED_HOSTS": ["localhost", ".good.example"]},
    "a_short_max_content_length": {"MAX_CONTENT_LENGTH": 10},
    "a_session_cookie_of_another_name": {"SESSION_COOKIE_NAME": "own", "SESSION_COOKIE_SECURE": True},
    "no_refreshed_sessions": {"SESSION_REFRESH_EACH_REQUEST": False},
}.items():
    SETUPS[_name] = _modes(**_config), [*USUAL, *FAILS, {"path": "/pets", "headers": {"Host": "a.good.example"}}]


@case(*USUAL, *FAILS)
def debug(kit: Any) -> None:
    noted()(kit)
    kit.app.debug = True
    kit.handlers["fails"] = failing
