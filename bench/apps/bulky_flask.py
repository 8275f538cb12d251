"""Bare Flask: the same as bulky_pymacaron, with nothing validated."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, request, stream_with_context

app = Flask(__name__)


@app.post("/upload")
def upload() -> dict[str, Any]:
    file = request.files["file"].stream
    size = file.seek(0, 2)
    return {"title": request.form["title"], "size": size}


@app.post("/lines")
def lines() -> Response:
    def items() -> Iterator[bytes]:
        for line in request.stream:
            item = json.loads(line)
            item["id"] += 1
            yield json.dumps(item, separators=(",", ":")).encode() + b"\n"

    return Response(stream_with_context(items()), mimetype="application/x-ndjson")


@app.get("/wait")
def wait() -> dict[str, Any]:
    time.sleep(0.5)
    return {}


@app.get("/wait-async")
async def wait_async() -> dict[str, Any]:
    await asyncio.sleep(0.5)
    return {}
