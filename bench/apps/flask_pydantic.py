"""Flask with pydantic by hand: bytes in, bytes out, nothing in between."""

from __future__ import annotations

import description
from flask import Flask, Response, request
from pydantic import BaseModel, TypeAdapter, ValidationError

from apps import answers
from apps.pydantic_models import Bulk, Done, Id, Item, Order, accepted, counted

app = Flask(__name__)
BOOLEAN = TypeAdapter(bool)


def sent(model: BaseModel) -> Response:
    return Response(model.model_dump_json(exclude_none=True), mimetype="application/json")


@app.errorhandler(ValidationError)
def refused(error: ValidationError) -> Response:
    return Response(error.json(include_url=False), 400, mimetype="application/json")


@app.get("/ping")
def ping() -> Response:
    return Response("{}", mimetype="application/json")


@app.get("/items/<int:id>")
def get_item(id: int) -> Response:
    verbose = BOOLEAN.validate_strings(request.args.get("verbose", "false"))
    return sent(Item(**answers.item(id, verbose)))


@app.post("/orders")
def post_order() -> Response:
    return sent(accepted(Order.model_validate_json(request.get_data())))


@app.post("/bulk")
def post_bulk() -> Response:
    return sent(counted(Bulk.model_validate_json(request.get_data())))


def every() -> Response:
    return sent(Done(ok=True))


def one(id: int) -> Response:
    return sent(Id(id=id))


for method, path, name in description.resources():
    app.add_url_rule(path.replace("{id}", "<int:id>"), name, one if "{" in path else every, methods=[method])
