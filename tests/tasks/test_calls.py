"""What a task that calls another service hands on of the call that has sent it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt

from pymacaron import ApiPool, load_clients
from pymacaron.context import Call
from pymacaron.tasks import asynctask
from pymacaron.tasks.memory import MemoryQueue
from pymacaron.testing import MockTransport

PETS = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: "https://pets.example.com"}]
paths:
  /pets:
    get:
      operationId: list_pets
      x-decorate-request: pymacaron.auth.add_auth
      responses: {"200": {description: Pets, content: {application/json: {schema: {type: object}}}}}
"""


@asynctask
def ask() -> None:
    ApiPool.kennel.call.list_pets()


@asynctask
async def ask_async() -> None:
    await ApiPool.kennel.acall.list_pets()


def test_the_service_that_a_task_calls_sees_the_call_that_has_sent_it(memory: MemoryQueue, tmp_path: Path) -> None:
    (tmp_path / "kennel").mkdir()
    (tmp_path / "kennel" / "kennel.yaml").write_text(PETS)
    load_clients(str(tmp_path / "kennel"))
    headers = {"PymCallID": "call-1", "PymCallPath": "web", "PymDeadline": "60000"}
    trace = "0af7651916cd43dd8448eb211c80319c"
    claims: dict[str, Any] = {"sub": "ada", "iss": "jobs.example.com", "aud": "jobs", "iat": 1, "exp": 2}
    with Call(headers={**headers, "traceparent": f"00-{trace}-b7ad6b7169203331-01"}, claims=claims):
        ask.fire()
        ask_async.fire()
        ask.later(600)
    with MockTransport({"list_pets": {}}).of("kennel") as pets:
        assert memory.run() == 2
        memory.advance(600)
        assert memory.run() == 1
    assert [one.headers["PymCallID"] for one in pets.calls] == ["call-1"] * 3
    assert {one.headers["traceparent"].split("-")[1] for one in pets.calls} == {trace}
    assert all(one.headers["PymCallPath"].startswith("web") for one in pets.calls)
    assert all(0 < int(one.headers["PymDeadline"]) <= 60_000 for one in pets.calls)
    for one in pets.calls:  # a fresh one: that of the caller was over
        token = one.headers["Authorization"].removeprefix("Bearer ")
        told = jwt.decode(token, options={"verify_signature": False})
        assert (told["sub"], told["iat"] > 2) == ("ada", True)
