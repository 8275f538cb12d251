"""
A call -> the operation that it is of, for whoever has operations and no service of them.

It is found by the very rules that mount() registers with an app, in a map of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, NoReturn, TypeVar
from urllib.parse import quote

from flask import Flask
from werkzeug.exceptions import HTTPException

from pymacaron.exchange.parameters.sent import ascii_only
from pymacaron.server.rawpath import Segments, decoded
from pymacaron.server.routes import Route, routes
from pymacaron.server.rules import register

__all__ = ["Lookup"]

_T = TypeVar("_T")


class Lookup(Generic[_T]):
    """*operations*: (method, path template with the base path, what it is), in the order of the service."""

    def __init__(self, operations: Iterable[tuple[str, str, _T]]):
        app = Flask(__name__, static_folder=None)
        listed = [(method, path, (Segments(path), what)) for method, path, what in operations]
        #: dict: endpoint of a rule -> its route
        self._routes: dict[str, Route[tuple[Segments, _T]]] = {
            rule.endpoint: route for route, rule, _ in register(app, routes(listed), lambda _: _never)
        }
        self._map = app.url_map.bind("localhost")

    def find(self, method: str, path: str, query: str) -> tuple[_T, Mapping[str, str]] | None:
        """
        What *method* at *path*, percent-encoded, is, and the values in it, still encoded; None where nothing is, or
        only a redirect to what has a slash at its end. Bytes beyond ASCII are Latin-1 characters.
        """
        path = ascii_only(path)
        try:
            rule, values = self._map.match(decoded(path), method, return_rule=True)
        except HTTPException:
            return None
        route = self._routes.get(rule.endpoint)
        if route is None or route.method != method:  # a HEAD that the GET answers, an OPTIONS that Flask does
            return None
        target = route.chosen(query)
        if target is None:
            return None
        segments, what = target.what
        texts = segments.texts(path)
        if texts is None:
            texts = {
                name: quote(str(values[variable]), safe="")
                for variable, name in zip(route.rule.variables, target.names, strict=True)
            }
        return what, texts


def _never() -> NoReturn:
    raise AssertionError("nothing is called here")
