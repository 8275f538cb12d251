"""
A request of Flask -> the raw parts that the exchange room reads. The body is read when it is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import unquote

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from pymacaron import config
from pymacaron.exceptions import HTTPError
from pymacaron.exchange.files import Part
from pymacaron.exchange.multipart import Malformed
from pymacaron.exchange.request import Request as RawRequest
from pymacaron.schema.violations import Violation, Violations
from pymacaron.server import arriving, reading, uploads
from pymacaron.server.calls import ARRIVING
from pymacaron.server.rawpath import Segments, is_utf_8, raw_path
from pymacaron.server.uploads import InMemory

__all__ = ["raw", "refuse_bytes"]

log = logging.getLogger("pymacaron.server")

_T = TypeVar("_T")


def raw(incoming: Request, path: Mapping[str, str], segments: Segments | None = None) -> RawRequest:
    """
    The parts of *incoming* that the exchange room reads; the body is read when it asks for it. *segments* reads the
    values of the path where *path*, the decoded ones, does not suffice.
    """
    environ = incoming.environ
    encoded = None if segments is None else segments.texts(raw_path(environ))
    if encoded is not None:
        path = {name: unquote(text) for name, text in encoded.items()}

    def header(name: str) -> str | None:
        key = name.upper().replace("-", "_")
        value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")
        return value if isinstance(value, str) else None

    return RawRequest(
        path=path,
        query=environ.get("QUERY_STRING", ""),
        header=header,
        content_type=environ.get("CONTENT_TYPE") or None,
        read=lambda: _body(incoming),
        form=lambda in_memory: _form(incoming, in_memory),
        arriving=lambda: _arriving(incoming),
        raw_path=encoded,
    )


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
        log.info("the body of %s could not be read: %r", incoming.endpoint, error)
        raise Violations([Violation("body", "", "read", "cannot be read: it is cut short or malformed")]) from error
