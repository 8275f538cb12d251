"""
Headers that replies get besides their own: of every reply by setting, of an operation's by its description.

What a handler or a hook has set itself stays as it is. calls.py and direct/sending.py add them, beside those
of cors.py and compression.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

__all__ = ["OPERATION", "Added", "secure"]

Pairs = tuple[tuple[str, str], ...]

#: In the environ of a request: the headers of all replies of the operation that was reached
OPERATION = "pymacaron.headers"

_USUAL: Pairs = (("X-Content-Type-Options", "nosniff"),)
#: Source: OWASP, "REST Security Cheat Sheet", Security Headers
_STRICT: Pairs = (
    *_USUAL,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
)
_LEVELS: Mapping[str, Pairs] = {"usual": _USUAL, "strict": _STRICT, "off": ()}


class Added:
    """`fixed`: what every reply has, (name, value) each; `names` of them, in lower case."""

    def __init__(self, fixed: Pairs = ()):
        self.fixed = fixed
        self.names = frozenset(name.lower() for name, _ in fixed)

    def add(self, environ: Mapping[str, Any], response: Response) -> None:
        """Add to *response*, to the request with that *environ*, what it does not say itself."""
        for name, value in (*self.fixed, *environ.get(OPERATION, ())):
            if name not in response.headers:
                response.headers.add(name, value)


def secure(level: str, hsts_max_age: int | None) -> Pairs:
    """The headers of the settings security_headers and hsts_max_age, in seconds."""
    hsts = () if hsts_max_age is None else (("Strict-Transport-Security", f"max-age={hsts_max_age}"),)
    return (*_LEVELS[level], *hsts)
