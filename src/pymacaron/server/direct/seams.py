"""
The methods of one app that are replaced on the app itself: put there, and taken away again where something stands
against it. Neighbours: obstacles.py says what does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask

from pymacaron.server.direct.obstacles import is_own, obstacle

__all__ = ["Seams"]

log = logging.getLogger("pymacaron.server")


class Seams:
    """`put`: what is to stand on the app, by name; `wsgi_app` only where nobody has wrapped or replaced it before."""

    def __init__(self, app: Flask, put: Mapping[str, Callable[..., Any]]):
        self._app = app
        here = vars(app)
        is_bare = "wsgi_app" not in here and is_own(type(app).wsgi_app)
        self.put = {name: mine for name, mine in put.items() if name != "wsgi_app" or is_bare}
        self._before = {name: here[name] for name in self.put if name in here}
        here.update(self.put)

    def stock(self, name: str) -> Any:
        """The method *name* without us: what the user has put on the app, or that of its class, wrapped or not."""
        return self._before[name] if name in self._before else getattr(type(self._app), name).__get__(self._app)

    def obstacle(self) -> str | None:
        """What keeps the app from being answered directly, as the end of a sentence."""
        for name, mine in self.put.items():
            if name in self._before or (name != "wsgi_app" and vars(self._app).get(name) is not mine):
                return f"its {name} was replaced"
        return obstacle(self._app, self.put)

    def take_away(self, reason: str) -> None:
        """Have all answered by Flask's own dispatch, as if nothing had been put on the app. *reason*: for the log."""
        app = self._app
        log.info("%s answers by Flask's own dispatch: %s", app.name, reason)
        for name, mine in self.put.items():
            if vars(app).get(name) is mine:
                del vars(app)[name]
                vars(app).update({name: self._before[name]} if name in self._before else {})
