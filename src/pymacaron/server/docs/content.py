"""
What is sent as it is, to everybody alike: made when it is first asked for, kept, packed once, with its ETag.

Source: RFC 9110, section 8.8.3 (ETag): each content coding has an ETag of its own. Neighbours: pages.py and
publishing.py say what there is to send.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, request

__all__ = ["POLICY", "Content", "Made"]

#: Content-Security-Policy of everything here: scripts and images are our own files, and nothing is evaluated
POLICY = "script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"

_LONG_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Made:
    """`plain` or `packed` (gzip), or both; `tag`: of its bytes, so that it names the version, too."""

    plain: bytes | None
    packed: bytes | None
    tag: str

    @classmethod
    def of(cls, plain: bytes, pack: bool) -> Made:
        packed = gzip.compress(plain, compresslevel=9, mtime=0) if pack else plain
        return cls(plain, packed if len(packed) < len(plain) else None, _tag(plain))

    @classmethod
    def of_packed(cls, packed: bytes, pack: bool) -> Made:
        """Of bytes that are gzip already, which are unpacked for whoever wants that."""
        return cls(None if pack else gzip.decompress(packed), packed if pack else None, _tag(packed))


class Content:
    """
    A view of Flask. `make()` gives what is sent; `admit()`, where given, raises for callers who may not see it.

    Whoever asks with the version that it has, `?v=<tag>`, may keep it for a year; others ask each time if it changed.
    """

    def __init__(self, make: Callable[[], Made], mimetype: str, admit: Callable[[], None] | None = None):
        self._make = make
        self._mimetype = mimetype
        self._admit = admit
        self._lock = threading.Lock()
        self._made: Made | None = None

    @property
    def made(self) -> Made:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def __call__(self) -> Response:
        if self._admit is not None:
            self._admit()
        made = self.made
        packed = made.packed if request.accept_encodings["gzip"] > 0 else None
        if packed is not None:
            response = Response(packed, mimetype=self._mimetype)
            response.headers["Content-Encoding"] = "gzip"
            response.set_etag(f"{made.tag}-gzip")
        else:
            plain = made.plain if made.plain is not None else gzip.decompress(made.packed or b"")
            response = Response(plain, mimetype=self._mimetype)
            response.set_etag(made.tag)
        if made.packed is not None:
            response.headers["Vary"] = "Accept-Encoding"
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = self._kept(made.tag)
        response.make_conditional(request)
        return response

    def _kept(self, tag: str) -> str:
        who = "public" if self._admit is None else "private"
        # Not request.args: a query may be any bytes, and Werkzeug's reading fails of what is no UTF-8
        if f"v={tag}" in request.environ.get("QUERY_STRING", "").split("&"):
            return f"{who}, max-age={_LONG_S}, immutable"
        return "no-cache" if self._admit is None else "private, no-cache"


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
