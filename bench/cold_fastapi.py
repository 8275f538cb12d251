"""FastAPI: a pydantic model for each schema and a route for each operation, and the first call of one."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import fastapi.routing  # noqa: F401
from fastapi import FastAPI
from measure import measure
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model
from thing import PATH, THING

OPEN = ConfigDict(extra="allow")
MEMBERS: dict[str, Any] = {
    "id": (Annotated[int, Field(ge=1)], ...),
    "name": (Annotated[str, Field(min_length=1, max_length=100)], ...),
    "code": (Annotated[str, Field(pattern="^[A-Z]{3}-[0-9]{4}$")], ...),
    "tags": (list[str], ...),
    "price": (Annotated[float, Field(ge=0, le=100000)], ...),
    "made_at": (AwareDatetime, ...),
    "note": (Annotated[str | None, Field(max_length=500)], None),
}


def handler(model: type[BaseModel]) -> Any:
    async def add(thing: Any) -> Any:
        return thing

    add.__annotations__ = {"thing": model, "return": model}
    return add


def load(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    models: dict[str, Any] = {}
    for name, schema in document["components"]["schemas"].items():
        part = schema["properties"].get("part")
        more = {"part": (models[part["$ref"].rpartition("/")[2]] | None, None)} if part else {}
        models[name] = create_model(name, __config__=OPEN, **MEMBERS, **more)
    app = FastAPI()
    for (one, _), model in zip(document["paths"].items(), models.values(), strict=True):
        app.add_api_route(one, handler(model), methods=["POST"], response_model_exclude_none=True)
    status, body = asyncio.run(call(app))
    assert (status, json.loads(body)) == (200, THING), body


async def call(app: Any) -> tuple[int, bytes]:
    status, body = 0, b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(THING).encode(), "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http"}
    await app(
        {**scope, "path": PATH, "raw_path": PATH.encode(), "query_string": b"", "headers": headers}, receive, send
    )
    return status, body


if __name__ == "__main__":
    measure(load)
