"""
What keeps an app from being answered directly: whatever its user, or an agent that watches it, has put in the place of
what would be passed by.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from types import FunctionType
from typing import Any

import flask.app
import flask.ctx
import flask.sansio.app
from flask import Flask, Request
from flask.ctx import AppContext, RequestContext
from werkzeug.routing import UnicodeConverter

__all__ = ["has_own_errors", "is_own", "obstacle", "unknown_flask"]

#: The versions of Flask whose dispatch this one is the same as; 3.2 has other contexts
_VERSIONS = ("3.1.",)

#: Where its methods stand
_FLASK = (flask.app.__file__, flask.sansio.app.__file__, flask.ctx.__file__)

#: Methods of an app that are passed by
_PASSED = (
    *("app_context", "create_url_adapter", "dispatch_request", "do_teardown_appcontext", "do_teardown_request"),
    *("ensure_sync", "finalize_request", "full_dispatch_request", "make_response", "preprocess_request"),
    *("process_response", "request_context"),
)
#: Those that find what answers an error; Flask-Cors, for one, puts its own there
_OF_ERRORS = ("handle_user_exception", "handle_http_exception", "_find_error_handler")
#: Methods of its contexts that are
_OF_CONTEXTS = ("__init__", "pop", "push")


def unknown_flask() -> str | None:
    """What keeps every app from it, as the end of a sentence: a Flask whose dispatch may be another."""
    if version("flask").startswith(_VERSIONS):
        return None
    return f"Flask is {version('flask')}, not {' or '.join(f'{one}x' for one in _VERSIONS)}"


def obstacle(app: Flask, put: Mapping[str, Any]) -> str | None:
    """
    What keeps *app* from being answered directly, as the end of a sentence; None where nothing does. *put*: what stands
    on it by us, by its names.
    """
    for name in _PASSED:
        if not is_own(getattr(type(app), name, None)) or (name in vars(app) and name not in put):
            return f"{type(app).__name__}.{name} is not Flask's own"
    for cls in (AppContext, RequestContext):
        for name in (*_OF_CONTEXTS, *(["match_request", "copy"] if cls is RequestContext else [])):
            if not is_own(vars(cls).get(name)):
                return f"{cls.__name__}.{name} is not Flask's own"
    if app.request_class is not Request:
        return f"its request_class is {app.request_class.__name__}"
    if Request.trusted_hosts is not None or not isinstance(vars(Request).get("max_content_length"), property):
        return "flask.Request has limits of its own"
    if app.url_map.host_matching or app.subdomain_matching:
        return "it chooses routes by the host"
    if any(callable(one) for one in vars(app.session_interface).values()):
        return "its session_interface has methods of its own"
    if app.url_map.converters.get("default") is not UnicodeConverter:
        return "its url_map has another default converter"
    return None


def has_own_errors(app: Flask) -> bool:
    """Whether what answers an error is found as Flask does."""
    return all(_is_of_flask(app, name) for name in _OF_ERRORS)


def _is_of_flask(app: Flask, name: str) -> bool:
    return name not in vars(app) and is_own(getattr(type(app), name, None))


def is_own(function: Any) -> bool:
    """Whether *function* is what stands in Flask's own files: no wrapper, nothing put in its place."""
    # What type() says: a wrapper of wrapt says of itself, and of its code, that it is the function that it wraps
    return type(function) is FunctionType and function.__code__.co_filename in _FLASK and not vars(function)
