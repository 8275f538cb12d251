"""
What keeps an app from being answered directly: whatever its user, or an agent that watches it, has put in the place of
what would be passed by.
"""

from __future__ import annotations

from importlib.metadata import version
from types import FunctionType
from typing import Any

import flask.app
import flask.ctx
import flask.sansio.app
from flask import Flask, Request
from flask.ctx import AppContext, RequestContext
from werkzeug.routing import UnicodeConverter

__all__ = ["obstacle"]

#: The versions of Flask whose dispatch this one is the same as; 3.2 has other contexts
_VERSIONS = ("3.1.",)

#: Where its methods stand
_FLASK = (flask.app.__file__, flask.sansio.app.__file__, flask.ctx.__file__)

#: Methods of an app that are passed by
_PASSED = (
    *("app_context", "create_url_adapter", "dispatch_request", "do_teardown_appcontext", "do_teardown_request"),
    *("ensure_sync", "finalize_request", "full_dispatch_request", "handle_http_exception", "handle_user_exception"),
    *("make_response", "preprocess_request", "process_response", "request_context"),
)
#: Methods of its contexts that are
_OF_CONTEXTS = ("__init__", "pop", "push")


def obstacle(app: Flask) -> str | None:
    """What keeps *app* from being answered directly, as the end of a sentence; None where nothing does."""
    if not version("flask").startswith(_VERSIONS):
        return f"Flask is {version('flask')}, not {' or '.join(f'{one}x' for one in _VERSIONS)}"
    for name in _PASSED:
        if name in vars(app) or not _is_own(getattr(type(app), name, None)):
            return f"{type(app).__name__}.{name} is not Flask's own"
    for cls in (AppContext, RequestContext):
        for name in (*_OF_CONTEXTS, *(["match_request", "copy"] if cls is RequestContext else [])):
            if not _is_own(vars(cls).get(name)):
                return f"{cls.__name__}.{name} is not Flask's own"
    if app.request_class is not Request:
        return f"its request_class is {app.request_class.__name__}"
    if app.url_map.host_matching or app.subdomain_matching:
        return "it chooses routes by the host"
    if app.url_map.converters.get("default") is not UnicodeConverter:
        return "its url_map has another default converter"
    return None


def _is_own(function: Any) -> bool:
    """Whether *function* is what stands in Flask's own files: no wrapper, nothing put in its place."""
    return isinstance(function, FunctionType) and function.__code__.co_filename in _FLASK and not vars(function)
