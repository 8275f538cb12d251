"""The same app on both dispatchers, case by case: callers, hooks and signals see no difference."""

from __future__ import annotations

import gc
import json
import re
import threading
import weakref
from io import BytesIO
from time import perf_counter_ns
from typing import Any

import pytest
from flask import Config, abort, copy_current_request_context, request
from twins import apps, hooks, sessions
from twins.around import AROUND, failing, noted
from twins.calls import COMPETING, CORS_CALLS, FAILS, HOSTS, METHODS, PATHS, RULES, USUAL
from twins.cases import SETUPS
from twins.handlers import MADE, doing
from twins.sessions import environ_of
from werkzeug.exceptions import NotFound
from werkzeug.test import EnvironBuilder

from pymacaron import context
from pymacaron.server.direct import finding

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


CHANGES = [appends, replaces, removes, inserts]


@pytest.mark.parametrize(
    ("around", "change"),
    [*(("hooks", one) for one in CHANGES), *(("nothing", one) for one in CHANGES if one not in (replaces, removes))],
)
def test_hooks_changed_between_calls_count_from_the_next_one_on(compare: Any, change: Any, around: str):
    some = ["GET /pets", {"method": "POST", "path": "/pets", "json": {"name": "Rex"}}, "GET /missing", "GET /fails/x"]
    compare(AROUND[around], [*some, change, *some, *some])


def new_view(kit: Any) -> str:
    [endpoint] = [
        rule.endpoint for rule in kit.app.url_map.iter_rules() if rule.rule == "/pets" and "GET" in rule.methods
    ]
    kit.app.view_functions[endpoint] = lambda **values: kit.see("new view") or {"pets": "others"}
    return "new view"


def test_a_view_that_is_put_in_the_place_of_ours_answers_the_next_call(compare: Any):
    compare(AROUND["hooks"], ["GET /pets", new_view, "GET /pets"])


def new_config(kit: Any) -> str:
    kit.app.config = Config(kit.app.root_path, {**kit.app.config, "TRUSTED_HOSTS": ["shop.example.com"]})
    return "new config"


def new_error_handler(kit: Any) -> str:
    kit.app.error_handler_spec[None][404][NotFound] = lambda error: (kit.see("not found") or "nothing", 404)
    return "new error handler"


def new_method(kit: Any) -> str:
    kit.app.make_response = lambda answer: kit.see("made") or type(kit.app).make_response(kit.app, answer)
    return "new method"


@pytest.mark.parametrize("change", [new_lists, new_dicts, clears, new_config, new_error_handler, new_method])
@pytest.mark.parametrize("around", ["hooks", "nothing"])
def test_what_is_replaced_on_an_app_that_has_answered_is_seen_within_a_second(
    compare: Any, monkeypatch: pytest.MonkeyPatch, change: Any, around: str
):
    passed_ns = 0
    monkeypatch.setattr(finding, "perf_counter_ns", lambda: perf_counter_ns() + passed_ns)

    def a_second_passes(kit: Any) -> str:
        nonlocal passed_ns
        passed_ns += 1_000_000_001
        return "a second has passed"

    some = ["GET /pets", {"method": "POST", "path": "/pets", "json": {"name": "Rex"}}, "GET /missing", "GET /fails/x"]
    compare(AROUND[around], [*some, change, a_second_passes, *some, *some])


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


def test_a_copied_context_leaves_the_body_that_arrives_to_its_call(compare: Any):
    def setup(kit: Any) -> None:
        def add_pets(items: Any) -> Any:
            first = next(items)
            thread = threading.Thread(target=copy_current_request_context(lambda: kit.see(request.path)))
            thread.start()
            thread.join()
            return {"first": first["n"], "rest": [item["n"] for item in items]}

        kit.handlers["lines"] = add_pets

    lines = b"".join(b'{"n": %d}\n' % n for n in range(5))
    compare(setup, [{"method": "POST", "path": "/lines", "data": lines, "content_type": "application/x-ndjson"}])


def test_a_hook_may_take_all_headers_away(compare: Any):
    def setup(kit: Any) -> None:
        kit.settings.update(cors=False)
        kit.app.after_request(lambda response: response.headers.clear() or response)
        kit.handlers["pets"] = lambda **given: {"pets": ["x" * 2000]}

    compare(setup, ["GET /pets"])


def test_a_length_beside_chunks_does_not_count(compare: Any):
    sent = {
        "CONTENT_LENGTH": "5",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
    }
    call = {"method": "POST", "path": "/pets", "data": b'{"name":"Rex"}', "content_type": "application/json"}
    compare(None, [{**call, "environ_overrides": sent}])


@pytest.mark.parametrize("how", ["looks", "aborts", "fails"])
def test_a_request_leaves_no_circle_with_its_body_behind(kit_of: Any, how: str):
    bodies = []

    class Body(BytesIO):
        """What only the garbage collector would end, if it stood in a circle."""

    def add_pet(body: Any) -> Any:
        assert context.current() is not None
        if how == "aborts":
            abort(418)
        if how == "fails":
            raise ValueError("for a test")
        return body

    kit = kit_of("direct", lambda kit: kit.handlers.update(add_pet=add_pet))
    gc.collect()
    gc.disable()
    try:
        for _ in range(2):
            body = Body(b'{"name":"Rex"}')
            bodies.append(weakref.ref(body))
            environ = EnvironBuilder("/pets", method="POST", content_type="application/json").get_environ()
            environ |= {"CONTENT_LENGTH": "14", "wsgi.input": body}
            b"".join(kit.app(environ, lambda status, headers, exc_info=None: None))
            del environ, body
        assert [one() for one in bodies] == [None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("level", ["strict", "off"])
def test_headers_by_setting_and_by_description_are_added_alike(compare: Any, shop: Any, level: str, around: str):
    for path in shop["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation |= {"deprecated": True, "x-sunset": "2027-01-31"}

    def setup(kit: Any) -> None:
        kit.settings |= {"security_headers": level, "hsts_max_age": 60}
        if AROUND[around] is not None:
            AROUND[around](kit)

    compare(setup, USUAL, description=shop)
    compare(setup, METHODS, description=shop)


@pytest.mark.parametrize("origins", [["http://shop.example", "https://a.example"], False])
def test_credentials_and_methods_are_told_alike(compare: Any, origins: Any):
    settings = {"cors": origins, "cors_credentials": True, "cors_methods": ["GET", "PUT"], "cors_expose": ["Sunset"]}
    compare(lambda kit: kit.settings.update(settings), [*CORS_CALLS, *USUAL])


def test_calls_that_are_observed_are_answered_alike(compare: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")  # no collector listens: a thread would go on trying
    compare(lambda kit: kit.settings.update(metrics="/metrics", traces=True), [*USUAL, *METHODS])


def test_calls_that_are_logged_are_answered_alike(compare: Any, caplog: pytest.LogCaptureFixture):
    def setup(kit: Any) -> None:
        kit.settings["access_log"] = True

    compare(setup, [*USUAL, *METHODS])
    lines = [re.sub(r" \d+\.\d ms", "", one.getMessage()) for one in caplog.records if one.name == "pymacaron.access"]
    lines = [line.rpartition(" ")[0] for line in lines]  # without ids, which are new for each call
    half = len(lines) // 2
    assert half > len(USUAL)
    assert sorted(lines[:half]) == sorted(lines[half:])
