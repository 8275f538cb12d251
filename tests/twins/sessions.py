"""Services with sessions of several kinds, and contexts that are made by hand."""

from __future__ import annotations

from typing import Any

from flask import (
    Flask,
    Request,
    Response,
    request,
    url_for,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface

from twins.around import keyed, noted
from twins.calls import USUAL
from twins.cases import SETUPS, case
from twins.handlers import (
    MADE,
)


def environ_of(kit: Any, path: str, **more: Any) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder

    return {**EnvironBuilder(path).get_environ(), **more}


@case(*(f"GET /made/{how}" for how in ("session_read", "session_written", "session_read", "session_permanent",
                                       "session_read", "session_changed_within", "session_popped", "nothing",
                                       "session_cleared", "session_read", "nothing")))  # fmt: skip
def sessions_from_call_to_call(kit: Any) -> None:
    noted()(kit)
    kit.handlers["made"] = lambda how: MADE[how]()


SETUPS["sessions_that_nobody_watches"] = (
    lambda kit: (keyed(kit), kit.handlers.update(made=lambda how: MADE[how]()))[0],
    SETUPS["sessions_from_call_to_call"][1],
)


SETUPS["sessions_without_a_key"] = (
    lambda kit: kit.handlers.update(made=lambda how: MADE[how]()),
    SETUPS["sessions_from_call_to_call"][1],
)


class OwnSession(SecureCookieSession):
    pass


class OwnInterface(SessionInterface):
    """Keeps sessions in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def open_session(self, app: Flask, request: Request) -> Any:
        return OwnSession(self.kept.get(request.cookies.get("sid", ""), {}))

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        if session.modified:
            self.kept["1"] = dict(session)
            response.set_cookie("sid", "1")


class Inherited(SecureCookieSessionInterface):
    def should_set_cookie(self, app: Flask, session: Any) -> bool:
        return True


@case(*SETUPS["sessions_from_call_to_call"][1])
def a_session_interface_of_ones_own(kit: Any) -> None:
    kit.app.session_interface = OwnInterface()
    kit.handlers["made"] = lambda how: MADE[how]()


@case(*SETUPS["sessions_from_call_to_call"][1])
def a_session_interface_that_inherits(kit: Any) -> None:
    keyed(kit)
    kit.app.session_interface = Inherited()
    kit.handlers["made"] = lambda how: MADE[how]()


@case(*SETUPS["sessions_from_call_to_call"][1])
def a_session_interface_with_a_function_in_its_place(kit: Any) -> None:
    keyed(kit)
    kit.app.session_interface = SecureCookieSessionInterface()  # Flask's own is that of every app
    usual = kit.app.session_interface.open_session

    def opened(app: Flask, request: Request) -> Any:
        kit.see("opened", request.path)
        return usual(app, request)

    kit.app.session_interface.open_session = opened
    kit.handlers["made"] = lambda how: MADE[how]()


@case("GET /made/session_written", lambda kit: with_transaction(kit), "GET /made/session_read")
def session_transactions(kit: Any) -> None:
    keyed(kit)
    kit.handlers["made"] = lambda how: MADE[how]()


def with_transaction(kit: Any) -> Any:
    with kit.client.session_transaction() as changed:
        kit.see(dict(changed))
        changed["n"] = 40
    return kit.client.get("/made/session_written")


def with_client(kit: Any) -> Any:
    with kit.client as client:
        response = client.get("/pets/1")
        kit.look("after the call")
        client.get("/made/session_read")
        kit.look("after another")
    return response


@case(with_client, *USUAL[:8])
def a_client_that_keeps_the_context(kit: Any) -> None:
    noted()(kit)
    kit.handlers["made"] = lambda how: MADE[how]()


def in_test_context(kit: Any) -> Any:
    with kit.app.test_request_context("/pets/1?x=1"):
        kit.look("in a test context")
        kit.see(kit.app.preprocess_request())
        kit.look("preprocessed")
    with kit.app.test_request_context("/pets/1?x=1"):
        response = kit.app.full_dispatch_request()
        kit.see(response.status_code, response.get_json(), sorted(response.headers), type(response.headers).__name__)
    return response


def bare_test_context(kit: Any) -> Any:
    context = kit.app.test_request_context("/pets/1/toys/7", method="GET", base_url="http://a.example/root")
    kit.see(context.request.url, context.request.endpoint, context.g if hasattr(context, "g") else None)
    with context as same:
        kit.see(same is context, request.view_args, url_for("GET /pets"), same.session is not None)
    with context:
        kit.see(request.view_args)
    return "done"


def dispatched_by_hand(kit: Any) -> Any:
    with kit.app.test_request_context("/pets/1"):
        return kit.app.full_dispatch_request()


def request_context_by_hand(kit: Any) -> Any:
    context = kit.app.request_context(environ_of(kit, "/pets/2"))
    context.push()
    try:
        found = request.path, request.view_args, request.endpoint
    finally:
        context.pop()
    return found


def raised_in_a_context(kit: Any) -> Any:
    with kit.app.test_request_context("/pets/1"):
        raise ValueError("within")


@case(
    in_test_context, bare_test_context, dispatched_by_hand, request_context_by_hand, raised_in_a_context, "GET /pets/1"
)
def contexts_of_tests(kit: Any) -> None:
    noted()(kit)


@case(dispatched_by_hand, bare_test_context, "GET /pets/1", dispatched_by_hand)
def contexts_of_tests_of_a_bare_app(kit: Any) -> None:
    pass
