"""The floor: a WSGI callable that does the work with msgspec, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

import description
import msgspec

from apps.msgspec_models import Bulk, Done, Id, Order, accepted, counted, item

encode = msgspec.json.Encoder().encode
read_order = msgspec.json.Decoder(Order).decode
read_bulk = msgspec.json.Decoder(Bulk).decode
TRUTH = {"true": True, "false": False}


def ping(environ: dict[str, Any], value: str) -> Any:
    return {}


def get_item(environ: dict[str, Any], value: str) -> Any:
    return item(int(value), TRUTH[dict(parse_qsl(environ["QUERY_STRING"])).get("verbose", "false")])


def post_order(environ: dict[str, Any], value: str) -> Any:
    return accepted(read_order(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))


def post_bulk(environ: dict[str, Any], value: str) -> Any:
    return counted(read_bulk(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))


def every(environ: dict[str, Any], value: str) -> Any:
    return Done(True)


def one(environ: dict[str, Any], value: str) -> Any:
    return Id(int(value))


#: (method, path, or what stands before its value) -> handler
FIXED = {("GET", "/ping"): ping, ("POST", "/orders"): post_order, ("POST", "/bulk"): post_bulk}
WITH_VALUE = {("GET", "/items"): get_item}
for method, path, _ in description.resources():
    if "{" in path:
        WITH_VALUE[method, path.removesuffix("/{id}")] = one
    else:
        FIXED[method, path] = every


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    handler, value = FIXED.get((method, path)), ""
    if handler is None:
        before, _, value = path.rpartition("/")
        handler = WITH_VALUE[method, before]
    status = "200 OK"
    try:
        body = encode(handler(environ, value))
    except (msgspec.MsgspecError, ValueError, KeyError) as error:
        status, body = "400 BAD REQUEST", encode({"error": str(error)})
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
