"""Litestar with msgspec's Structs, its own choice."""

from __future__ import annotations

from typing import Any

import description
from litestar import Litestar, delete, get, post, put

from apps.msgspec_models import Bulk, BulkReply, Done, Id, Item, Order, OrderReply, accepted, counted, item


@get("/ping")
async def ping() -> dict[str, Any]:
    return {}


@get("/items/{id:int}")
async def get_item(id: int, verbose: bool = False) -> Item:
    return item(id, verbose)


@post("/orders", status_code=200)
async def post_order(data: Order) -> OrderReply:
    return accepted(data)


@post("/bulk", status_code=200)
async def post_bulk(data: Bulk) -> BulkReply:
    return counted(data)


async def every() -> Done:
    return Done(True)


async def one(id: int) -> Id:
    return Id(id)


METHODS = {"GET": get, "POST": post, "PUT": put, "DELETE": delete}
resources = [
    METHODS[method](path.replace("{id}", "{id:int}"), status_code=200, name=name)(one if "{" in path else every)
    for method, path, name in description.resources()
]

app = Litestar([ping, get_item, post_order, post_bulk, *resources], openapi_config=None)
