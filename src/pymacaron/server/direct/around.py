"""
What is registered with an app to be done around every request: its hooks, as they are called, without our own.

They are looked at again when they have changed: Flask lets nobody add one after the first request, but whoever writes
into the app's own lists; lists that are put in the place of others are found by who looks at the app again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response

from pymacaron.server.calls import Hooks
from pymacaron.server.cors import has_own
from pymacaron.server.direct.obstacles import has_own_errors
from pymacaron.server.errors import Errors

__all__ = ["Around"]

Hook = Callable[..., Any]


class Around:
    """
    `preprocessors`, `before`, `after`, `teardown_request`, `teardown_appcontext`: in the order in which they are
    called; `has_before`: whether there is any of the first two.

    `is_lean`: no hook, and no class of the user's, is to see a Response; `is_quiet`: nor is anything called before the
    operation; `is_lean_error`: ours alone answer errors; `is_own_response`: Responses are Flask's; `has_cors`:
    Flask-Cors is among the hooks. `live`: the app's own lists, `known`: what was in them; to be compared at each
    request. All of it after `look`.
    """

    def __init__(self, app: Flask, own: Hooks, errors: Errors):
        self._app = app
        self._own = own
        self._errors = errors
        self.live: tuple[list[Any], ...] = ()
        self.known: tuple[list[Any], ...] = ()

    def has_ours_first(self) -> bool:
        """Whether our hooks stand first, where they were put."""
        app, own = self._app, self._own
        hooks = (
            (app.before_request_funcs, own.before),
            (app.after_request_funcs, own.after),
            (app.teardown_request_funcs, own.teardown),
        )
        return all(found.get(None, [])[:1] == [mine] for found, mine in hooks)

    def look(self) -> None:
        """Take up what is registered now. Ours stand first."""
        app, sync = self._app, self._app.ensure_sync
        live: tuple[list[Any], ...] = (
            *(app.before_request_funcs[None], app.after_request_funcs[None], app.teardown_request_funcs[None]),
            *(app.url_value_preprocessors[None], app.teardown_appcontext_funcs),
        )
        known = tuple([*one] for one in live)
        before, after, teardown, preprocessors, teardown_appcontext = known
        self.preprocessors: tuple[Hook, ...] = tuple(preprocessors)
        self.before: tuple[Hook, ...] = tuple(sync(one) for one in before[1:])
        self.after: tuple[Hook, ...] = tuple(sync(one) for one in after[:0:-1])
        self.teardown_request: tuple[Hook, ...] = tuple(sync(one) for one in teardown[:0:-1])
        self.teardown_appcontext: tuple[Hook, ...] = tuple(sync(one) for one in reversed(teardown_appcontext))
        self.has_before = bool(self.before or self.preprocessors)
        handlers = [
            one for codes in app.error_handler_spec.values() for kinds in codes.values() for one in kinds.values()
        ]
        self.is_lean_error = all(one == self._errors.reply for one in handlers) and has_own_errors(app)
        self.has_cors = has_own(self.after)
        self.is_own_response = app.response_class is Response
        self.is_lean = not self.after and self.is_own_response
        self.is_quiet = self.is_lean and not self.has_before
        # The last: other threads go by the rest as soon as these are the same
        self.live, self.known = live, known
