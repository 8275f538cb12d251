"""What handlers do, by name."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from flask import (
    Flask,
    Response,
    abort,
    after_this_request,
    copy_current_request_context,
    current_app,
    flash,
    g,
    get_flashed_messages,
    jsonify,
    make_response,
    redirect,
    render_template_string,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask.globals import app_ctx, request_ctx
from werkzeug.exceptions import ImATeapot, NotFound

from pymacaron import context
from pymacaron.crash import report_slow
from pymacaron.exceptions import PyMacaronException

MADE: dict[str, Callable[..., Any]] = {}


def handler(function: Callable[..., Any]) -> Callable[..., Any]:
    MADE[function.__name__] = function
    return function


@handler
def a_response():
    return Response("made", 202, {"X-Own": "1"}, mimetype="text/x-own")


@handler
def a_json_response():
    return jsonify(a=1, b=[2])


@handler
def a_made_response():
    made = make_response({"a": 1}, 203)
    made.set_cookie("one", "1", httponly=True)
    made.set_cookie("two", "2", path="/x")
    made.headers.add("Link", "<a>")
    made.headers.add("Link", "<b>")
    return made


@handler
def a_redirect():
    return redirect("/pets?x=é", 303)


@handler
def a_redirect_by_url_for():
    return redirect(url_for("GET /pets", _external=True))


@handler
def a_response_and_status():
    return Response("x"), 418


@handler
def a_value_status_and_headers():
    return {"a": 1}, 299, {"X-One": "1", "ETag": '"abc"', "Vary": "Cookie"}


@handler
def a_location():
    return {"a": 1}, 201, {"Location": "/pets/1", "Content-Location": "/é"}


@handler
def a_cookie_by_header():
    return {"a": 1}, 200, {"Set-Cookie": "a=b"}


@handler
def a_conditional():
    made = make_response({"a": 1})
    made.set_etag("abc")
    return made.make_conditional(request)


@handler
def nothing():
    return None


@handler
def nothing_and_status():
    return None, 204


@handler
def not_modified():
    return None, 304


@handler
def an_empty_text():
    return ""


@handler
def bytes_():
    return b"bytes"


@handler
def a_context_pushed_once_more():
    with request_ctx._get_current_object():
        path = request.path
    return {"path": path}


@handler
def a_stream_with_context_that_is_read_inside():
    def parts():
        yield request.path

    return {"path": "".join(stream_with_context(parts()))}


@handler
def a_stream_with_context():
    def parts():
        yield request.path
        g.seen = "in the stream"
        yield f"{context.current() is None} {request.endpoint} {request.view_args} {g.seen}"
        session["n"] = "too late"
        yield f"{dict(session)} {url_for('GET /pets')}"

    return Response(stream_with_context(parts()), mimetype="text/plain")


@handler
def a_plain_generator_response():
    return Response((part for part in ("a", "b")), mimetype="text/plain")


@handler
def a_response_that_is_closed():
    made = Response("x")
    made.call_on_close(lambda: current_app.config["SEEN"].append("closed"))
    return made


@handler
def after_this():
    @after_this_request
    def first(response: Response) -> Response:
        response.headers["X-First"] = str(response.content_length)
        response.set_cookie("first", "1")
        return response

    @after_this_request
    def second(response: Response) -> Response:
        assert response.headers["X-First"]
        return Response(response.get_data() + b" replaced", 299, {"X-Second": "1"})

    return {"a": 1}


@handler
def abort_404():
    abort(404)


@handler
def abort_with_text():
    abort(400, "odd")


@handler
def abort_with_a_response():
    abort(Response("aborted", 409, {"X-Own": "1"}))


@handler
def abort_redirect():
    abort(redirect("/pets"))


@handler
def a_teapot():
    raise ImATeapot


@handler
def division():
    return 1 / 0


@handler
def an_error_of_ours():
    raise PyMacaronException("ours")


@handler
def an_error_returned():
    return PyMacaronException("ours, returned")


@handler
def session_read():
    return {"read": session.get("n", "none")}


@handler
def session_written():
    session["n"] = session.get("n", 0) + 1
    return {"n": session["n"]}


@handler
def session_permanent():
    session.permanent = True
    session["n"] = 1
    return {}


@handler
def session_cleared():
    session.clear()
    return {}


@handler
def session_changed_within():
    session.setdefault("list", []).append(1)
    session.modified = True
    return {}


@handler
def session_popped():
    return {"popped": session.pop("n", None)}


@handler
def flashed():
    flash("said")
    return {"flashed": get_flashed_messages()}


@handler
def a_template():
    made = render_template_string("{{ request.path }} {{ g.x }} {{ session.get('n') }} {{ url_for('GET /pets') }}")
    return Response(made)


@handler
def a_copied_context():
    @copy_current_request_context
    def there() -> Any:
        return {"path": request.path, "view_args": request.view_args, "session": dict(session), "g": "x" in g}

    g.x = 1
    return there()


@handler
def a_copied_context_in_a_thread():
    import threading

    found: list[Any] = []

    @copy_current_request_context
    def there() -> None:
        found.append((request.path, request.endpoint, session.get("n")))

    thread = threading.Thread(target=there)
    thread.start()
    thread.join()
    return {"found": found}


@handler
def a_nested_context():
    with current_app.test_request_context("/pets/2?x=1"):
        inner = {"path": request.full_path, "view_args": request.view_args, "g": sorted(g)}
    return {"inner": inner, "outer": request.path}


@handler
def a_nested_app_context():
    g.x = 1
    with current_app.app_context():
        inner = "x" in g
    return {"inner": inner, "outer": "x" in g}


@handler
def another_app():
    other = Flask("other")
    other.get("/")(lambda: current_app.name)
    return {"other": other.test_client().get("/").text, "here": current_app.name, "path": request.path}


@handler
def a_call_of_the_same_app():
    inner = current_app.test_client().get("/pets/inner")
    return {"inner": inner.json, "outer": request.path, "call": context.current().endpoint_id}


@handler
def contexts():
    return {
        "request": repr(request_ctx).replace("LazyContext", "RequestContext"),
        "app": app_ctx.app.name,
        "adapter": request_ctx.url_adapter.match("/pets/1")[0],
        "flashes": request_ctx.flashes,
        "g": list(g),
    }


@handler
def what_is_known():
    call = context.current()
    return {
        "path": call.path,
        "params": str(call.params() if callable(call.params) else call.params),
        "id": call.endpoint_id,
    }


@handler
def url_of_this():
    return {"same": url_for(request.endpoint, **request.view_args), "external": url_for("GET /pets", _external=True)}


@handler
def request_data():
    return {
        "data": request.get_data(as_text=True),
        "stream": request.stream.read().decode(),
        "values": dict(request.values),
    }


@handler
def slow():
    return report_slow(max_ms=1000000)(lambda: {"slow": False})()


@handler
def a_key_error():
    return request.args["missing"]


@handler
def send_file_():
    from flask import send_file

    return send_file(io.BytesIO(b"file"), "text/plain", as_attachment=True, download_name="é.txt")


async def async_value():
    return {"async": request.path}


async def async_failure():
    raise NotFound("async")


MADE["async_value"] = async_value


MADE["async_failure"] = async_failure


def doing(how: str, setup: Callable[[Any], None] | None = None) -> Callable[[Any], None]:
    def apply(kit: Any) -> None:
        kit.app.config["SEEN"] = kit.log
        made = MADE[how]
        if how.startswith("async"):

            async def handle(how: str) -> Any:
                return await made()

            kit.handlers["made"] = handle
        else:
            kit.handlers["made"] = lambda how: made()
        if setup is not None:
            setup(kit)

    return apply
