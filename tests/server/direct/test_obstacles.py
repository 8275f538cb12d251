"""What a user or an agent has put in the place of what would be passed by: Flask's own dispatch answers, said once."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wrapt
from flask import Flask, Request
from flask.ctx import RequestContext
from flask.sessions import SecureCookieSessionInterface
from werkzeug.routing import UnicodeConverter

CALLS = ["GET /pets", "GET /pets/1", "GET /missing"]


class Subclassed(Flask):
    def make_response(self, rv: Any) -> Any:
        made = super().make_response(rv)
        made.headers["X-Subclass"] = "1"
        return made


class Tenant(Request):
    pass


class Dashed(UnicodeConverter):
    regex = "[^/-]+"


def subclass(kit: Any, patch: pytest.MonkeyPatch) -> str:
    kit.app = Subclassed("shop")
    return "Subclassed.make_response is not Flask's own"


def plain_wrapper(kit: Any, patch: pytest.MonkeyPatch) -> str:
    usual = Flask.dispatch_request

    @functools.wraps(usual)
    def traced(self: Flask) -> Any:
        kit.see("traced")
        return usual(self)

    patch.setattr(Flask, "dispatch_request", traced)
    return "Flask.dispatch_request is not Flask's own"


def wrapt_wrapper(kit: Any, patch: pytest.MonkeyPatch) -> str:
    def traced(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        kit.see("traced", instance.name)
        return wrapped(*args, **kwargs)

    patch.setattr(Flask, "finalize_request", wrapt.FunctionWrapper(Flask.finalize_request, traced))
    return "Flask.finalize_request is not Flask's own"


def wrapper_of_a_context(kit: Any, patch: pytest.MonkeyPatch) -> str:
    usual = RequestContext.push

    def push(self: RequestContext) -> None:
        kit.see("pushed")
        usual(self)

    patch.setattr(RequestContext, "push", push)
    return "RequestContext.push is not Flask's own"


def wrapper_after_the_start(kit: Any, patch: pytest.MonkeyPatch) -> str:
    kit.later.append(lambda: wrapt_wrapper(kit, patch))
    return "Flask.finalize_request is not Flask's own"


def attribute(kit: Any, patch: pytest.MonkeyPatch) -> str:
    usual = kit.app.process_response
    kit.app.process_response = lambda response: kit.see("processed") or usual(response)
    return "Flask.process_response is not Flask's own"


def attribute_in_our_place(kit: Any, patch: pytest.MonkeyPatch) -> str:
    usual = kit.app.full_dispatch_request
    kit.app.full_dispatch_request = lambda: kit.see("dispatched") or usual()
    return "its full_dispatch_request was replaced"


def attribute_after_the_start(kit: Any, patch: pytest.MonkeyPatch) -> str:
    def replace() -> None:
        usual = kit.app.request_context
        kit.app.request_context = lambda environ: kit.see("context") or usual(environ)

    kit.later.append(replace)
    return "its request_context was replaced"


def version(kit: Any, patch: pytest.MonkeyPatch) -> str:
    folder = Path(kit.app.config["FOLDER"]) / "flask-3.2.0.dist-info"
    folder.mkdir(exist_ok=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.4\nName: Flask\nVersion: 3.2.0\n")
    patch.syspath_prepend(folder.parent)
    return "Flask is 3.2.0, not 3.1.x"


def request_class(kit: Any, patch: pytest.MonkeyPatch) -> str:
    kit.app.request_class = Tenant
    return "its request_class is Tenant"


def hosts(kit: Any, patch: pytest.MonkeyPatch) -> str:
    kit.app.subdomain_matching = True
    return "it chooses routes by the host"


def trusted_hosts_of_requests(kit: Any, patch: pytest.MonkeyPatch) -> str:
    patch.setattr(Request, "trusted_hosts", ["localhost"])
    return "flask.Request has limits of its own"


def limit_of_requests(kit: Any, patch: pytest.MonkeyPatch) -> str:
    patch.setattr(Request, "max_content_length", 3000)
    return "flask.Request has limits of its own"


def converter(kit: Any, patch: pytest.MonkeyPatch) -> str:
    kit.app.url_map.converters["default"] = Dashed
    return "its url_map has another default converter"


def session_interface(kit: Any, patch: pytest.MonkeyPatch) -> str:
    kit.app.session_interface = SecureCookieSessionInterface()  # Flask's own is that of every app
    usual = kit.app.session_interface.open_session
    kit.app.session_interface.open_session = lambda app, request: kit.see("opened") or usual(app, request)
    return "its session_interface has methods of its own"


def hooks(kit: Any, patch: pytest.MonkeyPatch) -> str:
    kit.later.append(lambda: kit.app.before_request_funcs[None].insert(0, lambda: kit.see("before ours")))
    return "hooks stand before ours"


OBSTACLES = [
    *(subclass, plain_wrapper, wrapt_wrapper, wrapper_of_a_context, wrapper_after_the_start, attribute, version, hooks),
    *(attribute_in_our_place, attribute_after_the_start, request_class, hosts, converter, session_interface),
    *(trusted_hosts_of_requests, limit_of_requests),
]


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_an_obstacle_has_flasks_own_dispatch_answer_and_is_told_once(
    kit_of: Callable[..., Any],
    told: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    obstacle: Callable[[Any, pytest.MonkeyPatch], str],
):
    reasons: list[str] = []
    answers = []
    for mode in ("stock", "direct"):
        with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.INFO, "pymacaron.server"):

            def setup(kit: Any, patch: pytest.MonkeyPatch = patch) -> None:
                kit.app.config["FOLDER"] = str(tmp_path)
                reasons.append(obstacle(kit, patch))

            kit = kit_of(mode, setup)
            answers.append(told(kit, CALLS * 2))
            assert set(kit.ways) == {"stock"}
    said = [record.getMessage() for record in caplog.records if record.name == "pymacaron.server"]
    assert said == [f"shop answers by Flask's own dispatch: {reasons[-1]}"]
    assert answers[0] == answers[1]


def test_the_setting_leaves_flask_as_it_is(kit_of: Callable[..., Any]):
    kit = kit_of("stock")
    assert {"request_context", "full_dispatch_request", "wsgi_app"}.isdisjoint(vars(kit.app))
