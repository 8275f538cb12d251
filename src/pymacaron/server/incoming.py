"""
A request of Flask -> the raw parts that the exchange room reads. The body is read when it is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Request
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from pymacaron.exceptions import HTTPError
from pymacaron.exchange.files import Form, Upload
from pymacaron.exchange.request import Request as RawRequest
from pymacaron.schema.violations import Violation, Violations

__all__ = ["raw", "refuse_bytes"]

log = logging.getLogger("pymacaron.server")

_T = TypeVar("_T")


def raw(incoming: Request, path: Mapping[str, str]) -> RawRequest:
    """The parts of *incoming* that the exchange room reads; the body is read when it asks for it."""
    environ = incoming.environ

    def header(name: str) -> str | None:
        key = name.upper().replace("-", "_")
        value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")
        return value if isinstance(value, str) else None

    return RawRequest(
        path=path,
        query=environ.get("QUERY_STRING", ""),
        header=header,
        cookies=incoming.cookies,
        content_type=environ.get("CONTENT_TYPE") or None,
        read=lambda: _read(incoming, incoming.get_data),
        form=lambda: _read(incoming, lambda: _form(incoming)),
    )


def refuse_bytes(environ: Mapping[str, Any]) -> None:
    """Raise Violations if a path is no UTF-8: the server has put U+FFFD for what it could not read."""
    try:
        environ.get("PATH_INFO", "").encode("latin-1").decode()
    except UnicodeDecodeError:
        raise Violations([Violation("path", "", "encoding", "is not UTF-8")]) from None


def _read(incoming: Request, read: Callable[[], _T]) -> _T:
    """What *read* makes of the body. Raises HTTPError (415), Violations; what Werkzeug raises goes on (413)."""
    coding = incoming.headers.get("Content-Encoding", "identity").strip().lower()
    if coding != "identity":
        raise HTTPError(415, f"A body with Content-Encoding {coding!r} is not read", {"Accept-Encoding": "identity"})
    try:
        return read()
    except HTTPException:
        raise
    except Exception as error:  # each server has exceptions of its own for a body that is cut or malformed
        log.info("the body of %s could not be read: %r", incoming.endpoint, error)
        raise Violations([Violation("body", "", "read", "cannot be read: it is cut short or malformed")]) from error


def _form(incoming: Request) -> Form:
    """The parsed form; one that is malformed is an error, where Werkzeug by itself would make an empty one of it."""
    usual = incoming.make_form_data_parser

    def strict() -> FormDataParser:
        parser = usual()
        parser.silent = False
        return parser

    incoming.make_form_data_parser = strict  # type: ignore[method-assign]
    files = [
        (name, Upload(file.stream, file.filename or "", file.mimetype, file.content_type or ""))
        for name, file in incoming.files.items(multi=True)
    ]
    fields = list(incoming.form.items(multi=True))
    if any(name is None for name, _ in (*fields, *files)):
        raise ValueError("a part has no name")
    return Form(fields, files)
