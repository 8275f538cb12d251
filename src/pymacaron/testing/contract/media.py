"""
What schemathesis has to be told of media types that it cannot write: JSON Lines, JSON sequences, parts in a row.

`register` tells it, for the whole process. Neighbours: driver.py calls it.
"""

from __future__ import annotations

import json
from typing import Any

import schemathesis
from schemathesis.transport.requests import REQUESTS_TRANSPORT

__all__ = ["json_lines", "json_sequence", "parts_in_a_row", "register"]


def register() -> None:
    """Have schemathesis write bodies of these types."""
    schemathesis.serializer("application/jsonl")(json_lines)
    schemathesis.serializer("application/json-seq")(json_sequence)
    REQUESTS_TRANSPORT.serializer("multipart/mixed")(parts_in_a_row)  # its own writes parts of forms only


def json_lines(context: Any, value: Any) -> bytes:
    """A line of JSON for each item."""
    return b"".join(json.dumps(item).encode() + b"\n" for item in _items(value))


def json_sequence(context: Any, value: Any) -> bytes:
    """Source: RFC 7464."""
    return b"".join(b"\x1e" + json.dumps(item).encode() + b"\n" for item in _items(value))


def parts_in_a_row(_: Any, value: Any) -> dict[str, Any]:
    """A part for each item: a text as text, all else as JSON."""
    if isinstance(value, bytes):
        return {"data": value}
    body = b"".join(_part(item) for item in _items(value))
    return {"data": body + b"--next--\r\n", "headers": {"Content-Type": "multipart/mixed; boundary=next"}}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _part(item: Any) -> bytes:
    if isinstance(item, str):
        return b"--next\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + item.encode("utf-8", "replace") + b"\r\n"
    return b"--next\r\nContent-Type: application/json\r\n\r\n" + json.dumps(item).encode() + b"\r\n"
