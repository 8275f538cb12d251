"""
A reply as it leaves, without a Response of Werkzeug's: for what is bytes, and has no header that asks for thought.

What Werkzeug would send, it sends: `Response.get_wsgi_headers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES

from pymacaron.exchange.outbound import Reply
from pymacaron.schema.once import once
from pymacaron.server.added import OPERATION, Added
from pymacaron.server.compression import Compression
from pymacaron.server.cors import Cors
from pymacaron.server.replies import Replies

__all__ = ["LENGTHS", "Leaving", "Light", "Sender", "Sent", "Usually"]

#: Headers for which a Response is made: what reads or changes them on the way is not here
_SPECIAL = frozenset(
    (
        *("access-control-allow-origin", "content-encoding", "content-length", "content-location", "etag"),
        *("content-type", "deprecation", "location", "set-cookie", "sunset", "vary"),
    )
)

#: dict: status -> status line, of replies that have a body
_LINES = {
    status: f"{status} {phrase.upper()}"
    for status, phrase in HTTP_STATUS_CODES.items()
    if status >= 200 and status not in (204, 304)
}


#: Content-Length by length, of short bodies
LENGTHS = [("Content-Length", str(length)) for length in range(1024)]

_SENT_LINES = frozenset(_LINES.values())
_new = object.__new__


#: The status line, the headers and the body of a reply
Leaving = tuple[str, list[tuple[str, str]], bytes]


class Sent:
    """A reply that leaves: a WSGI application of its own."""

    __slots__ = ("_body", "_headers", "_line")

    def __init__(self, line: str, headers: list[tuple[str, str]], body: bytes):
        self._line = line
        self._headers = headers
        self._body = body

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response(self._line, self._headers)
        return [self._body]


class Light(Response):
    """A Response of Flask's that costs little to make and to send, as long as nothing unusual is done to it."""

    @classmethod
    def of(cls, status: int, line: str, headers: list[tuple[str, str]], body: bytes) -> Light:
        """The Response of *status*, whose status *line* is that, with *headers*, which become its own, and *body*."""
        made = _new(cls)
        made.headers = inside = _new(Headers)
        inside._list = headers  # they are known to be fit; add() would look at each again
        made._status_code, made._status = status, line
        made.response = [body]
        made.direct_passthrough = False
        made._on_close = []
        return made

    @property
    def is_light(self) -> bool:
        """Whether its body is still the bytes that it was made of, and it is sent as that."""
        body = self.response
        return (
            body.__class__ is list
            and len(body) == 1
            and body[0].__class__ is bytes
            and not self.direct_passthrough
            and not self._on_close
            and self._status in _SENT_LINES
        )


class Usually:
    """What the usual replies of one operation have alike, worked out at the first."""

    def __init__(self, replies: Replies, cors: Cors, added: Added, own: Iterable[tuple[str, str]] = ()):
        self._replies = replies
        self._always = (*(cors.always or ()), *added.fixed, *own)
        self._special = _special(added.names)

    @once
    def line(self) -> str | None:
        """The status line; None where a Response has to be made of each."""
        usual = self._replies.usual
        return None if usual is None or not _is_plain(usual.headers, self._special) else _LINES.get(usual.status)

    @once
    def headers(self) -> list[tuple[str, str]]:
        """Those that every one has."""
        usual = self._replies.usual
        return [] if usual is None else [*usual.headers, *self._always]

    def light(self, body: bytes) -> Light | None:
        """The Response of *body*, which hooks may see; None where Flask is to make it."""
        usual, line = self._replies.usual, self.line
        if usual is None or line is None or not body:
            return None
        length = len(body)
        told = LENGTHS[length] if length < len(LENGTHS) else ("Content-Length", str(length))
        return Light.of(usual.status, line, [*usual.headers, told], body)


class Sender:
    """Makes what leaves of bodies that are bytes; None where only a Response of Werkzeug's does."""

    def __init__(self, cors: Cors, compression: Compression, added: Added):
        self._cors = cors
        self._fixed = added.fixed
        self._special = _special(added.names)
        self._compression = compression
        self._least = compression.least

    def usual(self, body: bytes, usually: Usually, environ: dict[str, Any]) -> Leaving | None:
        """What leaves of *body*, the usual reply of an operation."""
        line = usually.line
        if line is None:
            return None
        if self._cors.always is None or len(body) >= self._least:
            headers = [*usually.headers, *(() if self._cors.always is not None else self._cors.headers(environ))]
            body = self._compressed(body, headers, environ)
            return (line, [*headers, ("Content-Length", str(len(body)))], body)
        return line, [*usually.headers, ("Content-Length", str(len(body)))], body

    def light(self, reply: Reply) -> Light | None:
        """The Response for *reply*; None where it is one of Flask's own making."""
        body, line = reply.body, _LINES.get(reply.status)
        if body.__class__ is not bytes or not body or line is None or not reply.headers:
            return None
        if reply.headers[0][0] != "Content-Type":
            return None
        return Light.of(reply.status, line, [*reply.headers, ("Content-Length", str(len(body)))], body)

    def finished(self, response: Light, environ: dict[str, Any]) -> Leaving | None:
        """What leaves of *response*, which all hooks have seen; None where they have done more than add headers."""
        if not response.is_light or "_FLASK_CORS_EVALUATED" in vars(response):
            return None
        headers = [*response.headers._list]
        has_length = False
        for name, _ in headers:
            if name == "Content-Length":
                has_length = True
            elif name != "Content-Type" and name.lower() in self._special:
                return None
        body = sent = response.response[0]  # type: ignore[index]
        headers += (*self._cors.headers(environ), *self._fixed, *environ.get(OPERATION, ()))
        if len(body) >= self._least:
            sent = self._compressed(body, headers, environ)
        if sent is not body:
            headers = [pair for pair in headers if pair[0] != "Content-Length"]
        if sent is not body or not has_length:
            headers.append(("Content-Length", str(len(sent))))
        return response._status, headers, sent

    def sent(self, reply: Reply, environ: dict[str, Any]) -> Leaving | None:
        """What leaves of *reply*."""
        body, line = reply.body, _LINES.get(reply.status)
        if body.__class__ is not bytes or not body or line is None or not _is_plain(reply.headers, self._special):
            return None
        headers = [*reply.headers, *self._cors.headers(environ), *self._fixed, *environ.get(OPERATION, ())]
        body = self._compressed(body, headers, environ)
        headers.append(("Content-Length", str(len(body))))
        return line, headers, body

    def _compressed(self, body: bytes, headers: list[tuple[str, str]], environ: dict[str, Any]) -> bytes:
        """*body* as it is sent, and what says so added to *headers*."""
        first, content_type = headers[0] if headers else ("", "")
        if first != "Content-Type":
            content_type = next((value for name, value in headers if name == "Content-Type"), "")
        if not self._compression.applies(body, content_type):
            return body
        headers.append(_VARY)
        name, body = self._compression.compressed(body, environ.get("HTTP_ACCEPT_ENCODING"))
        if name:
            headers.append(("Content-Encoding", name))
        return body


@cache
def _special(names: frozenset[str]) -> frozenset[str]:
    """The headers that ask for thought where every reply gets those *names*, too: one set for all operations."""
    return _SPECIAL | names


def _is_plain(headers: list[tuple[str, str]], special: frozenset[str]) -> bool:
    """Whether *headers* begin with the Content-Type, and have nothing of *special*, which asks for thought."""
    return headers[:1] == [("Content-Type", headers[0][1])] and not any(
        name.lower() in special for name, _ in headers[1:]
    )


_VARY = ("Vary", "Accept-Encoding")
