"""What schemathesis has to be told of media types that it cannot write: JSON Lines, JSON sequences, parts in a row."""

import json
from typing import Any

import schemathesis
from schemathesis.transport.requests import REQUESTS_TRANSPORT


@schemathesis.serializer("application/jsonl")
def json_lines(context: Any, value: Any) -> bytes:
    items = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


@schemathesis.serializer("application/json-seq")
def json_sequence(context: Any, value: Any) -> bytes:
    items = value if isinstance(value, list) else [value]
    return b"".join(b"\x1e" + json.dumps(item).encode() + b"\n" for item in items)


@REQUESTS_TRANSPORT.serializer("multipart/mixed")  # it has its own, which writes parts of forms only
def parts_in_a_row(_: Any, value: Any) -> dict[str, Any]:
    if isinstance(value, bytes):
        return {"data": value}
    body = b"".join(_part(item) for item in (value if isinstance(value, list) else [value]))
    return {"data": body + b"--next--\r\n", "headers": {"Content-Type": "multipart/mixed; boundary=next"}}


def _part(item: Any) -> bytes:
    """A text as text, all else as JSON."""
    if isinstance(item, str):
        return b"--next\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + item.encode("utf-8", "replace") + b"\r\n"
    return b"--next\r\nContent-Type: application/json\r\n\r\n" + json.dumps(item).encode() + b"\r\n"
