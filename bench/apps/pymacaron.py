"""
PyMacaron as installed: every default of production. BENCH_VARIANT: empty; `hooks` for three hooks; `strict` or `off`
for what is done with replies (the default, `report`, looks at every one).
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import description
from flask import Flask

from apps import answers, hooks
from pymacaron import API

VARIANT = os.environ.get("BENCH_VARIANT", "")


def ping() -> dict[str, Any]:
    return {}


def get_item(*, id: int, verbose: bool) -> dict[str, Any]:
    return answers.item(id, verbose)


def post_order(order: Any) -> dict[str, Any]:
    total = answers.total(order)
    if order.discount is not None:
        total *= 1 - order.discount / 100
    reply: dict[str, Any] = order | answers.ACCEPTED | {"total": total}
    return reply


def post_bulk(bulk: Any) -> dict[str, Any]:
    return {"count": len(bulk.items), "total": answers.total(bulk)}


def every() -> dict[str, Any]:
    return {"ok": True}


def one(*, id: int) -> dict[str, Any]:
    return {"id": id}


HANDLERS = {"ping": ping, "get_item": get_item, "post_order": post_order, "post_bulk": post_bulk}


def made() -> Flask:
    app = Flask(__name__)
    if VARIANT == "hooks":
        hooks.add(app)
    checked = {"response_validation": VARIANT} if VARIANT in ("strict", "off") else {}
    api = API(
        app,
        settings={"name": "bench", **checked},
        resolver=lambda operation: HANDLERS.get(operation.id) or (one if "{" in operation.path else every),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "orders.json")
        path.write_text(json.dumps(description.document()), encoding="utf-8")
        api.load_apis(path).start(serve="orders")
    return app


logging.basicConfig(level=logging.INFO)
app = made()
