"""
A request of Flask -> the raw parts that the exchange room reads. The body is read when it is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import unquote

from flask import Flask, Request
from flask.ctx import RequestContext
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from pymacaron import config, context
from pymacaron.context import Call
from pymacaron.exceptions import HTTPError
from pymacaron.exchange.files import Part
from pymacaron.exchange.multipart import Malformed
from pymacaron.schema.violations import Violation, Violations
from pymacaron.server import arriving, reading, uploads
from pymacaron.server.calls import ARRIVING
from pymacaron.server.rawpath import is_utf_8
from pymacaron.server.uploads import InMemory

__all__ = ["Incoming", "refuse_bytes"]

log = logging.getLogger("pymacaron.server")

_T = TypeVar("_T")

#: A body of no more digits in its length is asked for at once: less than 1 MB
_DIGITS = 6


class Incoming:
    """
    The parts of a request that the exchange room reads, of *environ*; see exchange/request.py. *path*: name -> decoded
    text. The body is read when it is asked for, and a Request of Flask asked of *holder*, the context of the request,
    only for what is seldom.
    """

    raw_path: Mapping[str, str] | None = None
    #: Whether a Request may have been made of it
    is_touched = True
    #: Whether it is known that all of the path is ASCII
    is_ascii = False
    #: The body, if it was read without a Request
    body: bytes | None = None
    #: What the handler is called with: the positional arguments and those by keyword
    given: tuple[list[Any], dict[str, Any]] | None = None
    #: Whether the handler has returned: what fails from here on is its reply
    is_returned = False
    #: When it came, nanoseconds of time.perf_counter_ns; 0 where its Call alone knows
    started: int = 0
    #: What it wants with its Idempotency-Key, see idempotency/
    asked: Any = None

    def __init__(self, environ: dict[str, Any], path: Mapping[str, str], holder: RequestContext):
        self.environ = environ
        self.path = path
        self.holder = holder

    @property
    def query(self) -> str:
        text: str = self.environ.get("QUERY_STRING", "")
        return text

    @property
    def content_type(self) -> str | None:
        return self.environ.get("CONTENT_TYPE") or None

    @property
    def call(self) -> Call:
        """The Call of the request. Raises RuntimeError outside of one."""
        call = context.current()
        if call is None:
            raise RuntimeError("an operation was called outside of a request of its app: nothing could say who calls")
        return call

    def is_admitted(self, quick: Callable[[str], Any]) -> bool:
        """Whether *quick* (see auth/schemes) lets the call pass; not where there is a Call, which knows who calls."""
        return False

    def read_path(self, encoded: Mapping[str, str] | None) -> None:
        """Have the values of the path read of *encoded*, its percent-encoded text, where that is known."""
        if encoded is not None:
            self.raw_path = encoded
            self.path = {name: unquote(text) for name, text in encoded.items()}

    def header(self, name: str) -> str | None:
        """The header *name*, in any case."""
        key = name.upper().replace("-", "_")
        value = self.environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")
        return value if isinstance(value, str) else None

    def read(self) -> bytes:
        """The whole body. Raises HTTPError (415), Violations, RequestEntityTooLarge."""
        body = self.body
        if body is None:
            holder, environ = self.holder, self.environ
            if (not self.is_touched or "request" not in vars(holder)) and "HTTP_CONTENT_ENCODING" not in environ:
                body = self.body = _short_body(environ, holder.app)
            if body is None:
                return _body(holder.request)
        return body

    def form(self, in_memory: InMemory) -> list[Part]:
        """The parts of a form; one that is malformed is an error. Raises as `read` does."""
        return _form(self.holder.request, in_memory)

    def arriving(self) -> arriving.Body:
        """The body as it arrives, until the call is over. Raises HTTPError (415), RequestEntityTooLarge."""
        return _arriving(self.holder.request)

    def sent_json(self) -> bytes | None:
        """The body as it was sent, where it is JSON that was read whole: the handler may change what it was given."""
        request = self.holder.request
        return vars(request).get("_cached_data") if request.is_json else None


def _short_body(environ: Mapping[str, Any], app: Flask) -> bytes | None:
    """
    A body that is not long and whose length is told: nearly every one. None where it is to be read with care, and
    nothing was read. Raises Violations where it ends before its length.
    """
    length = environ.get("CONTENT_LENGTH")
    if "HTTP_TRANSFER_ENCODING" in environ:  # which counts, whatever the length says: RFC 9112, section 6.3
        return None
    if not length or len(length) > _DIGITS or not (length.isascii() and length.isdigit()):
        return None
    size, most = int(length), app.config["MAX_CONTENT_LENGTH"]
    if most is not None and size > most:
        return None
    try:
        read = environ["wsgi.input"].read
        data: bytes = read(size)
        while len(data) < size:
            piece = read(size - len(data))
            if not piece:
                raise ClientDisconnected
            data += piece
    except Exception as error:
        raise _cut(environ, error) from error
    return data


def refuse_bytes(environ: Mapping[str, Any]) -> None:
    """Raise Violations if a path is no UTF-8: the server has put U+FFFD for what it could not read."""
    if not is_utf_8(environ):
        raise Violations([Violation("path", "", "encoding", "is not UTF-8")])


def _body(incoming: Request) -> bytes:
    """The whole body. Raises HTTPError (415), Violations, RequestEntityTooLarge."""
    _refuse_coding(incoming)
    return _reading(incoming, lambda: reading.whole(incoming))


def _form(incoming: Request, in_memory: InMemory) -> list[Part]:
    """The parts of a form; one that is malformed is an error. Raises as `_body` does."""
    _refuse_coding(incoming)
    read = _reading(incoming, lambda: reading.Reader(incoming))
    try:
        return uploads.form(incoming, lambda size: _reading(incoming, lambda: read(size)), in_memory)
    except Malformed as error:
        raise Violations([Violation("body", "", "read", str(error))]) from None


def _arriving(incoming: Request) -> arriving.Body:
    """The body as it arrives, until the call is over. Raises HTTPError (415), RequestEntityTooLarge."""
    _refuse_coding(incoming)
    most = config.get_config().max_item_bytes
    body = arriving.Body(incoming, most, lambda read: _reading(incoming, read))
    incoming.environ[ARRIVING] = body
    return body


def _refuse_coding(incoming: Request) -> None:
    coding = incoming.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise HTTPError(415, f"A body with Content-Encoding {coding!r} is not read", {"Accept-Encoding": "identity"})


def _reading(incoming: Request, read: Callable[[], _T]) -> _T:
    """What *read* gives. A caller who stops in the middle of the body, or breaks it, is told so."""
    try:
        return read()
    except RequestEntityTooLarge:
        most = incoming.max_content_length
        raise RequestEntityTooLarge(f"The body has more than {most} bytes") from None
    except Exception as error:  # each server has exceptions of its own for a body that is cut or malformed
        raise _cut(incoming.environ, error) from error


def _cut(environ: Mapping[str, Any], error: Exception) -> Violations:
    log.info("the body of %.200a could not be read: %r", environ.get("PATH_INFO"), error)
    return Violations([Violation("body", "", "read", "cannot be read: it is cut short or malformed")])
