"""
Rules of Flask's URL map for operations: what Werkzeug's own would do too much, or otherwise than descriptions say.

Neighbours: routes.py tells what they are for, dispatch.py has the views.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from flask import Flask, Request, Response, current_app
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect, Rule
from werkzeug.utils import redirect

from pymacaron.server.rawpath import OwnRule
from pymacaron.server.routes import Route, concrete, shape

__all__ = ["add", "close", "is_closing", "register", "stay"]

_T = TypeVar("_T")
_V = TypeVar("_V", bound=Callable[..., Any])


def register(
    app: Flask, routes: Sequence[Route[_T]], view: Callable[[Route[_T]], _V]
) -> list[tuple[Route[_T], Rule, _V]]:
    """
    Register a view for each of *routes* with *app*; one whose path and method the app answers already is left to it.
    Gives the others, with their rule and view.
    """
    taken = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    declared = {(route.method, shape(route.rule.text)) for route in routes}
    registered = []
    for route in routes:
        if (route.method, route.rule.text) in taken:
            continue
        own = frozenset(method for method in ("HEAD", "OPTIONS") if (method, shape(route.rule.text)) in declared)
        made = view(route)
        registered.append((route, add(app, route.rule.text, route.method, made, own), made))
    for text in concrete(route.rule for route in routes):
        close(app, text)
    return registered


def add(app: Flask, rule: str, method: str, view: Callable[..., Any], own: frozenset[str] = frozenset()) -> Rule:
    """
    Register *view* for *rule* and *method* as `app.add_url_rule` does, at a third of the cost. Gives the rule.

    *own*: those of HEAD and OPTIONS that have a view of their own at this rule, and are not answered by Flask.
    """
    usual, kind = app.url_rule_class, _NoHeadRule if "HEAD" in own and method != "HEAD" else _LazyRule
    endpoint = f"{method} {rule}"
    made: list[Rule] = []

    def make(*args: Any, **options: Any) -> Rule:
        made.append(kind(*args, **options))
        return made[-1]

    app.url_rule_class = make  # type: ignore[assignment]
    try:
        app.add_url_rule(
            rule,
            endpoint=endpoint,
            view_func=view,
            methods=[method],
            provide_automatic_options=False if "OPTIONS" in own else None,
            merge_slashes=False,  # /a//b with an empty value is not /a/b
        )
    finally:
        app.url_rule_class = usual
    if made:
        return made[-1]  # asked for it, the map would sort all rules that it has
    return next(reversed(list(app.url_map.iter_rules(endpoint))))  # of an app that makes its rules itself


def close(app: Flask, rule: str) -> None:
    """
    Have every method that nothing at *rule*, a path without variables, answers be a 405, and no template asked for it.

    Source: OpenAPI 3.1.1, "Paths Object": concrete paths are matched before their templated counterparts.
    """
    endpoint = f"405 {rule}"
    app.url_map.add(_ClosingRule(rule, endpoint=endpoint))

    def refuse() -> NoReturn:
        raise MethodNotAllowed

    app.view_functions[endpoint] = refuse  # never called: for extensions that look up each rule's


def is_closing(rule: Rule) -> bool:
    """Whether *rule* is one of those of close(), which answers nothing itself."""
    return isinstance(rule, _ClosingRule)


def stay(incoming: Request, response: Response) -> None:
    """
    Have *response*, a redirect to an operation's path with a slash at its end, lead to that path and name no host.

    Werkzeug writes the one that the caller has sent, and the scheme that a proxy speaks with us, often not the one that
    the caller speaks with the proxy.
    """
    moved = incoming.routing_exception
    if not isinstance(moved, RequestRedirect):
        return
    place = urlsplit(moved.new_url)
    adapter = current_app.create_url_adapter(incoming)
    try:
        path = unquote(place.path).removeprefix(incoming.root_path.rstrip("/"))
        rule, _ = adapter.match(path, return_rule=True) if adapter is not None else (None, {})
    except HTTPException:
        return
    if isinstance(rule, OwnRule):
        told = redirect(urlunsplit(("", "", "/" + place.path.lstrip("/"), place.query, "")), moved.code)
        response.headers["Location"] = told.headers["Location"]
        response.set_data(told.get_data())


class _LazyRule(OwnRule):
    """A rule whose half that url_for needs is compiled when url_for first needs it: few services ask for it at all."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:
        vars(self).pop("_compiled", None)  # of the map that it was bound to before
        return _build_with_query if append_unknown else _build

    def builder(self, append_unknown: bool) -> Callable[..., Any]:
        """What Werkzeug compiles; kept. A closure for each rule would take more memory than the rule itself."""
        compiled: dict[bool, Callable[..., Any]] = vars(self).setdefault("_compiled", {})
        if append_unknown not in compiled:
            compiled[append_unknown] = super()._compile_builder(append_unknown)
        return compiled[append_unknown]


def _build(rule: _LazyRule, **values: Any) -> Any:
    return rule.builder(False)(rule, **values)


def _build_with_query(rule: _LazyRule, **values: Any) -> Any:
    return rule.builder(True)(rule, **values)


class _NoHeadRule(_LazyRule):
    """A GET that does not answer HEAD, too: the description has an operation for it."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.methods is not None:
            self.methods.discard("HEAD")


class _ClosingRule(_LazyRule):
    """
    The last rule of a path: it is asked for its methods when no other of the path has the one that is wanted.

    Werkzeug would go on to templates then, and name their methods in Allow. As a rule of websockets it is not asked
    when Werkzeug looks whether a slash is missing at the end.
    """

    def __init__(self, rule: str, *, endpoint: str):
        super().__init__(rule, endpoint=endpoint, websocket=True)
        self.methods = _Refused(self)


class _Refused(set[str]):
    """Methods that raise MethodNotAllowed when they are asked for one, unless a rule that was added later has it."""

    def __init__(self, closing: _ClosingRule):
        super().__init__()
        self._closing = closing

    def __contains__(self, method: object) -> bool:
        closing = self._closing
        rules = [one for one in closing.map.iter_rules() if one.rule == closing.rule and one is not closing]
        if any(one.methods is None or method in one.methods for one in rules):
            return False
        raise MethodNotAllowed(sorted({name for one in rules for name in one.methods or ()}))
