"""FastAPI: `async def` handlers, which it calls without a thread; a mistake is a 400, as everywhere here."""

from __future__ import annotations

from typing import Any

import description
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from apps import answers
from apps.pydantic_models import Bulk, BulkReply, Done, Id, Item, Order, OrderReply, accepted, counted

app = FastAPI(openapi_url=None)


@app.exception_handler(RequestValidationError)
async def refused(request: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse({"detail": [{**one, "ctx": None} for one in error.errors()]}, 400)


@app.get("/ping")
async def ping() -> dict[str, Any]:
    return {}


@app.get("/items/{id}")
async def get_item(id: int, verbose: bool = False) -> Item:
    return Item(**answers.item(id, verbose))


@app.post("/orders", response_model_exclude_none=True)
async def post_order(order: Order) -> OrderReply:
    return accepted(order)


@app.post("/bulk")
async def post_bulk(bulk: Bulk) -> BulkReply:
    return counted(bulk)


async def every() -> Done:
    return Done(ok=True)


async def one(id: int) -> Id:
    return Id(id=id)


for method, path, name in description.resources():
    app.add_api_route(path, one if "{" in path else every, methods=[method], operation_id=name)
