"""`problem(404, "Not Found", "There is no such pet")`: a reply as RFC 9457 has it, which a handler returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from pymacaron.schema.codec import json_encode

__all__ = ["problem"]


def problem(
    status: int,
    title: str | None,
    detail: Any,
    type: str | None = None,
    instance: str | None = None,
    headers: Mapping[str, Any] | None = None,
    ext: Mapping[str, Any] | None = None,
) -> Response:
    """The Response of media type application/problem+json. *ext*: further members. Source: RFC 9457, section 3."""
    members: dict[str, Any] = {"type": type or "about:blank", "title": title, "detail": detail, "status": status}
    if instance:
        members["instance"] = instance
    made = Response(json_encode({**members, **(ext or {})}), status, mimetype="application/problem+json")
    kept = {name: value for name, value in (headers or {}).items() if name.lower() != "content-type"}
    made.headers.update(kept)
    return made
