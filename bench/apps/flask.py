"""Bare Flask: nothing is validated but what the route's converter takes, and in W4 that all members are there."""

from __future__ import annotations

import os
from typing import Any

import description
from flask import Flask, request

from apps import answers, hooks

app = Flask(__name__)
if os.environ.get("BENCH_VARIANT") == "hooks":
    hooks.add(app)

REQUIRED = ("reference", "customer", "items", "placed_at")


@app.get("/ping")
def ping() -> dict[str, Any]:
    return {}


@app.get("/items/<int:id>")
def get_item(id: int) -> dict[str, Any]:
    return answers.item(id, request.args.get("verbose") == "true")


@app.post("/orders")
def post_order() -> Any:
    order = request.get_json()
    missing = [name for name in REQUIRED if name not in order]
    if missing:
        return {"error": "INVALID_PARAMETER", "missing": missing}, 400
    return answers.accepted(order)


@app.post("/bulk")
def post_bulk() -> dict[str, Any]:
    return answers.counted(request.get_json())


def every() -> dict[str, Any]:
    return {"ok": True}


def one(id: int) -> dict[str, Any]:
    return {"id": id}


for method, path, name in description.resources():
    app.add_url_rule(path.replace("{id}", "<int:id>"), name, one if "{" in path else every, methods=[method])
