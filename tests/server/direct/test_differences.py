"""The same app on both dispatchers, case by case: callers, hooks and signals see no difference."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import request
from twins import apps, hooks, sessions
from twins.around import AROUND, failing, noted
from twins.calls import COMPETING, CORS_CALLS, FAILS, HOSTS, METHODS, PATHS, RULES, USUAL
from twins.cases import SETUPS
from twins.handlers import MADE, doing
from twins.sessions import environ_of

from pymacaron import context

#: What fills SETUPS
CASES = (hooks, sessions, apps)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("calls", [USUAL, METHODS, PATHS], ids=["usual", "methods", "paths"])
def test_calls_are_answered_alike(compare: Any, around: str, calls: list[Any]):
    kit = compare(AROUND[around], calls)
    assert "direct" in kit.ways or calls is METHODS


def test_an_ordinary_call_goes_past_flasks_dispatch(compare: Any):
    kit = compare(None, USUAL[:8])
    assert set(kit.ways) == {"direct"}


@pytest.mark.parametrize("around", ["a key", "hooks", "hooks and signals that look"])
@pytest.mark.parametrize("how", MADE)
def test_what_handlers_do_is_answered_alike(compare: Any, how: str, around: str):
    calls = [f"GET /made/{how}", {"method": "GET", "path": f"/made/{how}?q=1", "headers": {"If-None-Match": '"abc"'}}]
    kit = compare(doing(how, AROUND[around]), calls * 2)
    assert how.startswith("async") or "stock" not in kit.ways


@pytest.mark.parametrize("around", ["nothing", "hooks and signals that look"])
def test_hosts_are_judged_alike(compare: Any, around: str):
    calls = [{"path": "/pets/1", "environ_overrides": {"HTTP_HOST": host}} for host in HOSTS]
    compare(AROUND[around], [*calls, lambda kit: no_host(kit)])


def no_host(kit: Any) -> Any:
    environ = environ_of(kit, "/pets/1")
    del environ["HTTP_HOST"]
    return kit.client.open(environ)


def test_odd_environs_are_answered_alike(compare: Any):
    """PATH_INFO without a slash in front, none at all, a mount point, no raw path, an unlikely one."""
    odd: list[dict[str, Any]] = [
        {"PATH_INFO": "pets"},
        {"PATH_INFO": "pets/1"},
        {"PATH_INFO": "x/pets"},
        {"PATH_INFO": "x/pets/1"},
        {"PATH_INFO": ""},
        {"PATH_INFO": "*"},
        {"PATH_INFO": "/pets", "SCRIPT_NAME": "/mounted"},
        {"PATH_INFO": "/pets/1", "SCRIPT_NAME": "/mounted", "RAW_URI": "/mounted/pets/1"},
        {"PATH_INFO": "/pets/a/b", "RAW_URI": "/pets/a%2Fb"},
        {"PATH_INFO": "/pets/a/b", "RAW_URI": "", "REQUEST_URI": "/pets/a%2fb"},
        {"PATH_INFO": "/pets/1", "RAW_URI": "http://other/pets/1?x=%2F"},
        {"PATH_INFO": "/pets/\xc3\xa9"},
        {"PATH_INFO": "/pets/\xff"},
        {"PATH_INFO": "/pets/1", "HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade"},
        {"PATH_INFO": "/pets/1", "HTTP_UPGRADE": "h2c", "HTTP_CONNECTION": "Upgrade"},
        {"PATH_INFO": "/pets/1", "wsgi.url_scheme": "https"},
        {"PATH_INFO": "/pets/1", "QUERY_STRING": "%ff&=&a"},
        {"PATH_INFO": "/pets", "QUERY_STRING": "limit=\xff"},
        {"PATH_INFO": "/pets", "HTTP_COOKIE": "basket=a; basket=b; \xff; session=x"},
    ]
    calls = [
        lambda kit, one=one, method=method: kit.client.open(
            {**environ_of(kit, "/"), "RAW_URI": None, "REQUEST_URI": None, "REQUEST_METHOD": method, **one}
        )
        for one in odd
        for method in ("GET", "POST", "OPTIONS")
    ]
    compare(None, calls)
    compare(noted(looking=True), calls)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", RULES)
def test_routes_of_the_users_own_compete_alike(compare: Any, name: str, when: str):
    rule, options = RULES[name]

    def setup(kit: Any) -> None:
        def add() -> None:
            kit.app.add_url_rule(
                rule, "own", lambda **values: {"own": values, "rule": request.url_rule.rule}, **options
            )

        add() if when == "before" else kit.later.append(add)

    compare(setup, COMPETING)


def appends(kit: Any) -> str:
    kit.app.before_request_funcs.setdefault(None, []).append(lambda: kit.see("late before"))
    kit.app.after_request_funcs.setdefault(None, []).append(lambda response: kit.see("late after") or response)
    kit.app.teardown_request_funcs.setdefault(None, []).append(lambda error: kit.see("late teardown"))
    kit.app.teardown_appcontext_funcs.append(lambda error: kit.see("late teardown of the app"))
    kit.app.url_value_preprocessors.setdefault(None, []).append(lambda endpoint, values: kit.see("late preprocessor"))
    return "appended"


def replaces(kit: Any) -> str:
    kit.app.before_request_funcs[None][-1] = lambda: kit.see("replaced before")
    kit.app.after_request_funcs[None][-1] = lambda response: kit.see("replaced after") or response
    kit.app.teardown_request_funcs[None][-1] = lambda error: kit.see("replaced teardown")
    return "replaced"


def removes(kit: Any) -> str:
    kit.app.before_request_funcs[None].pop()
    kit.app.after_request_funcs[None].pop()
    kit.app.teardown_request_funcs[None].pop()
    return "removed"


def inserts(kit: Any) -> str:
    kit.app.before_request_funcs[None].insert(0, lambda: kit.see("inserted before", context.current() is None))
    kit.app.after_request_funcs[None].insert(
        0, lambda response: kit.see("inserted", sorted(response.headers)) or response
    )
    return "inserted"


def new_lists(kit: Any) -> str:
    kit.app.before_request_funcs[None] = [*kit.app.before_request_funcs[None], lambda: kit.see("new list")]
    kit.app.after_request_funcs[None] = [*kit.app.after_request_funcs[None], lambda r: kit.see("new after") or r]
    return "new lists"


def new_dicts(kit: Any) -> str:
    kit.app.before_request_funcs = {None: [*kit.app.before_request_funcs[None], lambda: kit.see("new dict")]}
    return "new dicts"


def clears(kit: Any) -> str:
    kit.app.before_request_funcs.clear()
    kit.app.after_request_funcs.clear()
    kit.app.teardown_request_funcs.clear()
    return "cleared"


CHANGES = [appends, replaces, removes, inserts, new_lists, new_dicts, clears]


@pytest.mark.parametrize(
    ("around", "change"),
    [*(("hooks", one) for one in CHANGES), *(("nothing", one) for one in CHANGES if one not in (replaces, removes))],
)
def test_hooks_changed_between_calls_count_from_the_next_one_on(compare: Any, change: Any, around: str):
    some = ["GET /pets", {"method": "POST", "path": "/pets", "json": {"name": "Rex"}}, "GET /missing", "GET /fails/x"]
    compare(AROUND[around], [*some, change, *some, *some])


@pytest.mark.parametrize("around", ["nothing", "hooks"])
@pytest.mark.parametrize("cors", [True, False, ["https://a.example"], "https://a.example, https://b.example"])
@pytest.mark.parametrize("compress", [True, False])
def test_cors_and_compression_are_alike(compare: Any, cors: Any, compress: bool, around: str):
    def setup(kit: Any) -> None:
        kit.settings.update(cors=cors, compress=compress, compress_min_bytes=20)
        if AROUND[around] is not None:
            AROUND[around](kit)

    compare(setup, [*CORS_CALLS, *USUAL])


#: Where no handler is reached directly: a hook answers, or Flask's own dispatch
STOCK = {
    *("a_before_hook_that_aborts", "a_before_hook_that_answers_a_text", "a_before_hook_that_answers_a_tuple"),
    *("a_before_hook_that_answers_bytes", "a_before_hook_that_answers_bytes_seen_by_hooks"),
    *("a_before_hook_that_answers_what_is_no_reply", "a_before_hook_that_fails"),
    *("a_before_hook_that_raises_an_error_of_ours", "a_hook_that_says_there_is_nothing"),
    *("a_hook_that_takes_view_args_away", "rules_added_after_a_test_context", "trusted_hosts", "host_matching"),
    *("subdomain_matching", "a_default_subdomain", "a_request_class_of_ones_own", "a_session_interface_of_ones_own"),
    *("a_session_interface_that_inherits", "a_session_interface_with_a_function_in_its_place"),
}


@pytest.mark.parametrize("name", SETUPS)
def test_services_answer_alike(compare: Any, name: str):
    setup, calls = SETUPS[name]
    kit = compare(setup, calls)
    assert ("direct" in kit.ways) is (name not in STOCK)


def test_a_stream_that_is_closed_early_ends_alike(compare: Any):
    def setup(kit: Any) -> None:
        noted()(kit)

        def items() -> Any:
            try:
                for n in range(100):
                    yield {"n": n, "path": request.path}
            finally:
                kit.see("closed", request.path, context.current() is not None)

        kit.handlers["stream"] = items

    def cut(kit: Any) -> Any:
        response = kit.client.get("/stream", buffered=False)
        first = next(iter(response.response))
        kit.see("first", first)
        response.close()
        return "cut"

    compare(setup, [cut, "GET /pets/1", "GET /stream"])


def test_a_stream_that_fails_ends_alike(compare: Any):
    def setup(kit: Any) -> None:
        noted()(kit)

        def items() -> Any:
            yield {"n": 1}
            raise ValueError("in the middle")

        kit.handlers["stream"] = items
        kit.handlers["events"] = items

    compare(setup, ["GET /stream", "GET /events", "GET /pets/1"])


def test_what_is_no_exception_passes_alike(compare: Any):
    class Stop(BaseException):
        pass

    def setup(kit: Any) -> None:
        noted()(kit)
        kit.app.before_request(stop)

    def stop() -> None:
        if request.args.get("stop"):
            raise KeyboardInterrupt

    def stopped(kit: Any) -> Any:
        try:
            kit.client.get("/pets?stop=1")
        except KeyboardInterrupt:
            return "stopped"

    compare(setup, [stopped, "GET /pets"])


def test_errors_name_the_same_report(compare: Any):
    def setup(kit: Any) -> None:
        kit.options["error_reporter"] = lambda title, message: kit.see(
            title.partition(" ")[0], json.loads(message).get("status")
        )
        kit.handlers["fails"] = failing

    compare(setup, FAILS)
