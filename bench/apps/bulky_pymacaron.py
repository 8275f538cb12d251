"""PyMacaron: uploads, streams and waiting. endurance.py says what is asked of it."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask

from pymacaron import API


def upload(form: Any) -> dict[str, Any]:
    return {"title": form.title, "size": form.file.size}


def lines(items: Iterator[Any]) -> Iterator[Any]:
    for item in items:
        item.id += 1
        yield item


def wait() -> dict[str, Any]:
    time.sleep(0.5)
    return {}


async def wait_async() -> dict[str, Any]:
    await asyncio.sleep(0.5)
    return {}


ITEM = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer", "minimum": 1}, "name": {"type": "string", "minLength": 1}},
}
FORM = {
    "type": "object",
    "required": ["title", "file"],
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
    },
}
STREAM = {"application/x-ndjson": {"itemSchema": ITEM}}
REPLY = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
UPLOAD = {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}
DOCUMENT = {
    "openapi": "3.2.0",
    "info": {"title": "Bulky", "version": "1"},
    "paths": {
        "/upload": {"post": {"operationId": "upload", "requestBody": UPLOAD, "responses": REPLY}},
        "/lines": {
            "post": {
                "operationId": "lines",
                "requestBody": {"required": True, "content": STREAM},
                "responses": {"200": {"description": "ok", "content": STREAM}},
            }
        },
        "/wait": {"get": {"operationId": "wait", "responses": REPLY}},
        "/wait-async": {"get": {"operationId": "wait_async", "responses": REPLY}},
    },
}
HANDLERS = {"upload": upload, "lines": lines, "wait": wait, "wait_async": wait_async}

app = Flask(__name__)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "bulky.json")
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    api = API(app, settings={"name": "bench"}, resolver=lambda operation: HANDLERS.get(operation.id))
    api.load_apis(path).start(serve="bulky")
