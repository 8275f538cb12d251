"""Connexion 3. BENCH_VARIANT: `flask` for its FlaskApp, `async` for its AsyncApp. Both are ASGI apps."""

from __future__ import annotations

import os
from typing import Any

import connexion
import connexion.options
import connexion.resolver
import description

from apps import answers

ASYNC = os.environ.get("BENCH_VARIANT") == "async"


def ping() -> Any:
    return {}


def get_item(id: int, verbose: bool = False) -> Any:
    return answers.item(id, verbose)


def post_order(body: dict[str, Any]) -> Any:
    return answers.accepted(body)


def post_bulk(body: dict[str, Any]) -> Any:
    return answers.counted(body)


def every() -> Any:
    return {"ok": True}


def one(id: int) -> Any:
    return {"id": id}


async def ping_async() -> Any:
    return {}


async def get_item_async(id: int, verbose: bool = False) -> Any:
    return answers.item(id, verbose)


async def post_order_async(body: dict[str, Any]) -> Any:
    return answers.accepted(body)


async def post_bulk_async(body: dict[str, Any]) -> Any:
    return answers.counted(body)


async def every_async() -> Any:
    return {"ok": True}


async def one_async(id: int) -> Any:
    return {"id": id}


if ASYNC:
    NAMED = {
        "ping": ping_async,
        "get_item": get_item_async,
        "post_order": post_order_async,
        "post_bulk": post_bulk_async,
    }
    OTHERS = {True: one_async, False: every_async}
else:
    NAMED = {"ping": ping, "get_item": get_item, "post_order": post_order, "post_bulk": post_bulk}
    OTHERS = {True: one, False: every}


class Resolver(connexion.resolver.Resolver):
    def resolve(self, operation: Any) -> connexion.resolver.Resolution:
        name = operation.operation_id
        return connexion.resolver.Resolution(NAMED.get(name) or OTHERS["{" in operation.path], name)


app = connexion.AsyncApp(__name__) if ASYNC else connexion.FlaskApp(__name__)
options = connexion.options.SwaggerUIOptions(swagger_ui=False)
app.add_api(description.document(), resolver=Resolver(), swagger_ui_options=options)
