"""
Cross-origin headers on every reply, errors and 404s among them, so that a browser can read what went wrong.

Source: WHATWG Fetch, "HTTP responses". Where the user's own CORS(app) is installed, or a view has its own
@cross_origin, or set the header itself, nothing is added: one header, and a refusal of theirs stays a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import Response, current_app

__all__ = ["Cors", "has_own"]

_PREFLIGHT_MAX_AGE_S = "86400"
_ANY = (("Access-Control-Allow-Origin", "*"),)
_CREDENTIALS = (("Access-Control-Allow-Credentials", "true"),)
_VARY = ("Vary", "Origin")


class Cors:
    """
    Adds the headers to replies. *setting*: True or "*" for any origin, a list (or text separated by commas) of origins
    such as "https://shop.example.com", False for none. *credentials*: whether scripts may send cookies and the like; it
    needs a list of origins. *methods*: those that may be asked for of what a path has; without any all of them.
    *expose*: headers of replies that scripts may read, besides those that they always may.
    """

    def __init__(
        self,
        setting: bool | str | Sequence[str],
        *,
        credentials: bool = False,
        methods: Sequence[str] = (),
        expose: Sequence[str] = (),
    ):
        if isinstance(setting, str):
            setting = [origin.strip() for origin in setting.split(",") if origin.strip()]
        self._is_off = setting is False
        self._any = setting is True or (not self._is_off and "*" in setting)  # type: ignore[operator]
        #: What every reply has, whoever asks; None where that depends
        self._exposed = (("Access-Control-Expose-Headers", ", ".join(expose)),) if expose else ()
        self._of_any = (*_ANY, *self._exposed)
        self.always = self._of_any if self._any else () if self._is_off else None
        if credentials and self._any:
            raise ValueError("credentials go to origins that are named, never to any")
        self._credentials = _CREDENTIALS if credentials else ()
        self._methods = frozenset(method.upper() for method in methods)
        self._origins = frozenset() if isinstance(setting, bool) else frozenset(setting)

    def add(self, environ: Mapping[str, Any], response: Response) -> None:
        """Add what *response* to the request with that *environ* is to have."""
        headers = response.headers
        if self._is_off or "Access-Control-Allow-Origin" in headers or hasattr(response, "_FLASK_CORS_EVALUATED"):
            return
        if has_own(current_app.after_request_funcs.get(None, ())):
            return
        for name, value in self.headers(environ):
            headers.add(name, value)
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
        if environ["REQUEST_METHOD"] == "OPTIONS" and asked and "Access-Control-Allow-Origin" in headers:
            headers["Access-Control-Allow-Methods"] = self._allowed(headers.get("Allow") or asked)
            if names := environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"):
                headers["Access-Control-Allow-Headers"] = names
                headers.add("Vary", "Access-Control-Request-Headers")
            headers["Access-Control-Max-Age"] = _PREFLIGHT_MAX_AGE_S

    def headers(self, environ: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """What a reply to any request but a preflight has, (name, value) each."""
        if self._any:
            return self._of_any
        if self._is_off:
            return ()
        origin = environ.get("HTTP_ORIGIN")
        if origin not in self._origins:
            return (_VARY,)
        return (_VARY, ("Access-Control-Allow-Origin", origin), *self._credentials, *self._exposed)

    def _allowed(self, methods: str) -> str:
        """Those of *methods*, as Allow has them, that may be asked for."""
        if not self._methods:
            return methods
        return ", ".join(one for method in methods.split(",") if (one := method.strip()) in self._methods)


def has_own(hooks: Iterable[Callable[..., object]]) -> bool:
    """Whether Flask-Cors is among an app's after_request hooks."""
    return any(hook.__module__.startswith("flask_cors") for hook in hooks)
