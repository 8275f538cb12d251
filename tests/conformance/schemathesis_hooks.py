"""What schemathesis has to be told of media types that it cannot write: JSON Lines."""

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/jsonl")
def json_lines(context: Any, value: Any) -> bytes:
    items = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)
