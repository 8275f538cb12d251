"""
Falcon with msgspec by hand: only the first mistake of a request is told. BENCH_VARIANT `keeping`: the members that the
schema does not name are kept, for which the body has to be read into plain values first.
"""

from __future__ import annotations

import os
from typing import Any

import description
import falcon
import msgspec

from apps import answers
from apps.msgspec_models import Bulk, Done, Id, Order, accepted, amount, counted, item

encode = msgspec.json.Encoder().encode
read_order = msgspec.json.Decoder(Order).decode
read_bulk = msgspec.json.Decoder(Bulk).decode
read_any = msgspec.json.Decoder().decode


def sent(response: falcon.Response, value: Any) -> None:
    response.data = encode(value)
    response.content_type = falcon.MEDIA_JSON


class Ping:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        sent(response, {})


class Items:
    def on_get(self, request: falcon.Request, response: falcon.Response, id: int) -> None:
        sent(response, item(id, request.get_param_as_bool("verbose", default=False)))


class Orders:
    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        sent(response, accepted(read_order(request.bounded_stream.read())))


class KeepingOrders:
    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        plain = read_any(request.bounded_stream.read())
        order = msgspec.convert(plain, Order)
        sent(response, {**plain, **answers.ACCEPTED, "total": amount(order)})


class Bulks:
    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        sent(response, counted(read_bulk(request.bounded_stream.read())))


class Every:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        sent(response, Done(True))

    on_post = on_get


class One:
    def on_get(self, request: falcon.Request, response: falcon.Response, id: int) -> None:
        sent(response, Id(id))

    on_put = on_delete = on_get


def refused(request: falcon.Request, response: falcon.Response, error: msgspec.MsgspecError, values: Any) -> None:
    response.status = falcon.HTTP_400
    sent(response, {"error": "INVALID_PARAMETER", "error_description": str(error)})


app = falcon.App()
app.add_error_handler(msgspec.ValidationError, refused)
app.add_error_handler(msgspec.DecodeError, refused)
app.add_route("/ping", Ping())
app.add_route("/items/{id:int}", Items())
app.add_route("/orders", KeepingOrders() if os.environ.get("BENCH_VARIANT") == "keeping" else Orders())
app.add_route("/bulk", Bulks())
for path in dict.fromkeys(path for _, path, _ in description.resources()):
    app.add_route(path.replace("{id}", "{id:int}"), One() if "{" in path else Every())
