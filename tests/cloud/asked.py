"""Which operation of which service a request asks for; whether it writes. No I/O here."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session

__all__ = ["Request", "read"]

_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
#: How the names of operations begin that change nothing
_READS = (
    *("Assume", "BatchCheck", "BatchGet", "Check", "Decode", "Describe", "Estimate", "Filter", "Get", "Head", "List"),
    *("Lookup", "Preview", "Query", "Retrieve", "Scan", "Search", "Select", "Simulate", "Test", "Validate"),
)


@dataclass(frozen=True)
class Request:
    """`service`: as it signs, and as policies call it: elasticloadbalancing. `arguments`: as far as they are read."""

    method: str
    target: str  # path and query
    headers: dict[str, str] = field(repr=False)  # by lower-case name
    body: bytes = field(repr=False)
    service: str = ""
    region: str = ""
    operation: str = ""
    protocol: str = "query"
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def action(self) -> str:
        return f"{self.service}:{self.operation}"

    @property
    def writes(self) -> bool:
        return not self.operation.startswith(_READS)


def read(method: str, target: str, headers: dict[str, str], body: bytes) -> Request:
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    scope = _SCOPE.search(headers.get("authorization", "")) or _SCOPE.search(
        f"Credential={query.get('X-Amz-Credential', '')}"
    )
    region, service = scope.groups() if scope else ("", "s3")
    operation, protocol, arguments = _named(service, method, parts.path, query, headers, body)
    return Request(method, target, headers, body, service, region, operation, protocol, arguments)


def _named(
    service: str, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
) -> tuple[str, str, dict[str, Any]]:
    """The operation, the protocol and the arguments."""
    if "x-amz-target" in headers:
        with suppress(ValueError):
            return headers["x-amz-target"].rpartition(".")[2], "json", json.loads(body or b"{}")
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return path.rpartition("/")[2], "cbor", {}
    if service == "s3":
        bucket, _, key = unquote(path).removeprefix("/").partition("/")
        named = {name: value for name, value in (("Bucket", bucket), ("Key", key)) if value}
        return _of_s3(method, len(named), query, headers), "s3", named
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)) or query
    if "Action" in form:
        return form["Action"], "ec2" if service == "ec2" else "query", form
    return f"{method} {path}", "rest", {}


@cache
def _rows() -> list[tuple[str, str, int, dict[str, str], set[str], set[str]]]:
    """Of S3: operation, method, 0 to 2 for none, a bucket or a key; what a query and what headers must have."""
    model, rows = botocore.session.get_session().get_service_model("s3"), []
    for name in model.operation_names:
        operation = model.operation_model(name)
        uri = urlsplit(operation.http["requestUri"])
        needed: dict[str, set[str]] = {"querystring": set(), "header": set()}
        for member in operation.input_shape.required_members if operation.input_shape else ():
            place = operation.input_shape.members[member].serialization
            if place.get("location") in needed:
                needed[place["location"]].add(place["name"])
        literal = dict(parse_qsl(uri.query, keep_blank_values=True))
        literal.pop("x-id", None)
        if not operation.deprecated and uri.path in ("/", "/{Bucket}", "/{Bucket}/{Key+}"):
            headers = {header.lower() for header in needed["header"]}
            depth = uri.path.count("{")
            rows.append((name, operation.http["method"], depth, literal, needed["querystring"], headers))
    return rows


def _of_s3(method: str, depth: int, query: dict[str, str], headers: dict[str, str]) -> str:
    """The operation of which most is there."""
    fitting = [
        (len(literal) + len(needed) + len(of_headers), name)
        for name, one, places, literal, needed, of_headers in _rows()
        if (one, places) == (method, depth)
        and all(query.get(key) == value for key, value in literal.items())
        and needed <= set(query)
        and of_headers <= set(headers)
    ]
    return max(fitting, default=(0, f"{method} {depth}"))[1]
