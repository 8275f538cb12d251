"""
Cross-origin headers on every reply, errors and 404s among them, so that a browser can read what went wrong.

Source: WHATWG Fetch, "HTTP responses". Where the user's own CORS(app) is installed, or a view has its own
@cross_origin, or set the header itself, nothing is added: one header, and a refusal of theirs stays a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from flask import Request, Response, current_app

__all__ = ["cors"]

_PREFLIGHT_MAX_AGE_S = "86400"


def cors(setting: bool | str | Sequence[str]) -> Callable[[Request, Response], None] | None:
    """
    A function that adds the headers to a reply, or None where *setting* turns them off.

    *setting*: True or "*" for any origin, a list (or text separated by commas) of origins such as
    "https://shop.example.com", False for none.
    """
    if setting is False:
        return None
    if isinstance(setting, str):
        setting = [origin.strip() for origin in setting.split(",") if origin.strip()]
    any_origin = setting is True or "*" in setting
    origins = frozenset() if setting is True else frozenset(setting)

    def add(request: Request, response: Response) -> None:
        headers = response.headers
        if "Access-Control-Allow-Origin" in headers or hasattr(response, "_FLASK_CORS_EVALUATED"):
            return
        if _has_own(current_app.after_request_funcs.get(None, ())):
            return
        if any_origin:
            headers["Access-Control-Allow-Origin"] = "*"
        else:
            headers.add("Vary", "Origin")
            origin = request.headers.get("Origin")
            if origin not in origins:
                return
            headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            allow = headers.get("Allow") or request.headers["Access-Control-Request-Method"]
            headers["Access-Control-Allow-Methods"] = allow
            asked = request.headers.get("Access-Control-Request-Headers")
            if asked:
                headers["Access-Control-Allow-Headers"] = asked
                headers.add("Vary", "Access-Control-Request-Headers")
            headers["Access-Control-Max-Age"] = _PREFLIGHT_MAX_AGE_S

    return add


def _has_own(hooks: Iterable[Callable[..., object]]) -> bool:
    """Whether Flask-Cors is among an app's after_request hooks."""
    return any(hook.__module__.startswith("flask_cors") for hook in hooks)
