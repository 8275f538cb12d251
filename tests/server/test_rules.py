from typing import Any

from flask import Flask, url_for
from werkzeug.routing import Map, Rule, UnicodeConverter

from pymacaron.server import rules


class _CountingMap(Map):
    sorted_times = 0

    def update(self) -> None:
        self.sorted_times += 1
        super().update()


class _CountingApp(Flask):
    url_map_class = _CountingMap


class _Loud(UnicodeConverter):
    def to_url(self, value: Any) -> str:
        return super().to_url(value).upper()


class _OwnRulesApp(Flask):
    """Makes its rules itself, and uses no url_rule_class."""

    def add_url_rule(self, rule: str, endpoint: Any = None, view_func: Any = None, *args: Any, **options: Any) -> None:
        self.url_map.add(Rule(rule, endpoint=endpoint, methods=options.get("methods")))
        self.view_functions[endpoint] = view_func


def test_the_rule_that_is_given_is_the_one_in_the_map_and_flasks_class_of_rules_stays():
    app = Flask("rules")
    added = [rules.add(app, "/pets", method, lambda: "") for method in ("GET", "POST")]
    assert added == list(app.url_map.iter_rules("GET /pets")) + list(app.url_map.iter_rules("POST /pets"))
    assert [one.endpoint for one in added] == ["GET /pets", "POST /pets"]
    assert app.url_rule_class is Rule


def test_registering_does_not_sort_the_map():
    app = _CountingApp("rules")
    for number in range(50):
        rules.add(app, f"/things{number}", "GET", lambda: "")
    assert isinstance(app.url_map, _CountingMap)
    assert app.url_map.sorted_times == 0


def test_an_app_that_makes_its_rules_itself_is_asked_for_them():
    app = _OwnRulesApp("rules")
    assert rules.add(app, "/pets", "GET", lambda: "").endpoint == "GET /pets"


def test_url_for_builds_with_values_that_the_path_has_not_and_without():
    app = Flask("rules")
    rules.add(app, "/pets/<id>", "GET", lambda **values: "")
    with app.test_request_context():
        for _ in range(2):
            assert url_for("GET /pets/<id>", id="a b") == "/pets/a%20b"
            assert url_for("GET /pets/<id>", id=7, page=2) == "/pets/7?page=2"
    found = next(app.url_map.iter_rules("GET /pets/<id>"))
    assert found.build({"id": "1", "page": "2"}, append_unknown=False) == ("", "/pets/1")


def test_a_rule_that_is_bound_anew_builds_for_its_new_map():
    app = Flask("rules")
    rule = rules.add(app, "/pets/<name>", "GET", lambda **values: "")
    assert rule.build({"name": "rex"}) == ("", "/pets/rex")
    rule.bind(Map(converters={"default": _Loud}), rebind=True)
    assert rule.build({"name": "rex"}) == ("", "/pets/REX")
