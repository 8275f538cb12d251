"""
Calls at the same time on servers that really run: nobody ever sees anything of anybody else's, whichever way threads,
greenlets and processes share the work; workers that are forked, and those that end.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

SERVER = """
import os
import time

from flask import Flask, g, request, session
from pymacaron import API, context, letsgo
from pymacaron.auth import get_userid

app = Flask("shop")
app.secret_key = "s" * 32


def seen(word):
    return {
        "word": word,
        "path": request.path,
        "q": request.args["q"],
        "header": request.headers["X-Who"],
        "body": request.get_json(),
        "g": g.word,
        "session": [session["who"], session["count"]],
        "call": context.current().call_id,
        "user": get_userid(),
    }


def visit(word):
    found = "word" in g
    g.word = word
    session["who"] = request.headers["X-Who"]
    session["count"] = session.get("count", 0) + 1
    return found


def twice(body, *, word, q):
    found = visit(word)
    before = seen(word)
    time.sleep(0.002)
    return {"found": found, "before": before, "after": seen(word), "args": [word, body.who, body.n, q]}


async def twice_async(body, *, word, q):
    import asyncio

    found = visit(word)
    before = seen(word)
    await asyncio.sleep(0.002)
    return {"found": found, "before": before, "after": seen(word), "args": [word, body.who, body.n, q]}


def stream(word, q):
    g.word = word
    for number in range(3):
        yield {"number": number, "g": g.word, "user": get_userid(), "q": request.args["q"]}
        time.sleep(0.001)


def lean(word):
    time.sleep(0.001)
    return {"word": word, "pid": os.getpid()}


async def lean_async(word):
    import asyncio

    await asyncio.sleep(0.001)
    return {"word": word, "pid": os.getpid()}


@app.post("/own/<word>")
def own(word):
    found = visit(word)
    before = seen(word)
    time.sleep(0.002)
    return {"found": found, "before": before, "after": seen(word), "user": get_userid()}


if os.environ.get("HOOKED"):

    @app.before_request
    def hook():
        g.hooked = request.headers.get("X-Who")

    @app.after_request
    def tell(response):
        response.headers["X-Hooked"] = g.hooked or ""
        return response


HANDLERS = {one.__name__: one for one in (twice, twice_async, stream, lean, lean_async)}


def start(port, debug):
    here = os.path.dirname(os.path.realpath(__file__))
    authenticators = {"key": lambda key, scopes: {"sub": key}}
    api = API(app, resolver=lambda operation: HANDLERS.get(operation.id), authenticators=authenticators)
    api.load_apis(here)
    api.start(serve="shop")
    if os.environ.get("WARM"):  # before any worker is forked
        assert app.test_client().get("/lean-async/warm").json["word"] == "warm"


letsgo(__name__, callback=start)
"""

TWICE = """
  /{name}/{{word}}:
    post:
      operationId: {name}
      security: [{{key: []}}]
      parameters:
        - {{name: word, in: path, required: true, schema: {{type: string}}}}
        - {{name: q, in: query, required: true, schema: {{type: integer}}}}
      requestBody:
        required: true
        content: {{application/json: {{schema: {{$ref: '#/components/schemas/Visit'}}}}}}
      responses: {{"200": {{description: What it saw, content: {{application/json: {{}}}}}}}}
"""

SHOP = f"""
openapi: 3.1.0
info: {{title: Shop, version: "1"}}
paths:
{TWICE.format(name="twice")}
{TWICE.format(name="twice_async")}
  /stream/{{word}}:
    get:
      operationId: stream
      security: [{{key: []}}]
      parameters:
        - {{name: word, in: path, required: true, schema: {{type: string}}}}
        - {{name: q, in: query, required: true, schema: {{type: integer}}}}
      responses:
        "200": {{description: Numbers, content: {{application/x-ndjson: {{itemSchema: {{type: object}}}}}}}}
  /lean/{{word}}:
    get:
      operationId: lean
      parameters: [{{name: word, in: path, required: true, schema: {{type: string}}}}]
      responses: {{"200": {{description: It, content: {{application/json: {{schema: {{type: object}}}}}}}}}}
  /lean-async/{{word}}:
    get:
      operationId: lean_async
      parameters: [{{name: word, in: path, required: true, schema: {{type: string}}}}]
      responses: {{"200": {{description: It, content: {{application/json: {{schema: {{type: object}}}}}}}}}}
components:
  securitySchemes: {{key: {{type: apiKey, in: header, name: X-Key}}}}
  schemas:
    Visit:
      type: object
      required: [who, n]
      properties: {{who: {{type: string}}, n: {{type: integer, minimum: 0}}}}
""".replace("openapi: 3.1.0", "openapi: 3.2.0")

#: Callers at the same time, and how often each calls
CALLERS, TIMES = 8, 8

#: dict: name -> (server, what gunicorn is told besides)
WAYS = {
    "sync": ("gunicorn", "--worker-class sync --threads 1"),
    "gthread": ("gunicorn", ""),
    "gevent": ("gunicorn", "--worker-class gevent"),
    "preload": ("gunicorn", "--preload"),
    "gevent-preload": ("gunicorn", "--worker-class gevent --preload"),
    "granian": ("granian", ""),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def made(dispatch: str) -> Path:
        folder = tmp_path_factory.mktemp("shop")
        (folder / "server.py").write_text(SERVER)
        (folder / "shop.yaml").write_text(SHOP)
        config = "name: shop\nlive_host: http://localhost\n"
        (folder / "pym-config.yaml").write_text(config + f"dispatch: {dispatch}\n" * (dispatch == "stock"))
        return folder

    return made


@pytest.fixture(
    scope="module",
    params=[
        *((way, "direct", "") for way in WAYS),
        *((way, "direct", "1") for way in ("gthread", "gevent", "granian")),
        ("gthread", "stock", "1"),
    ],
    ids=lambda param: "-".join(part or "lean" for part in param).replace("-1", "-hooked"),
)
def server(
    request: pytest.FixtureRequest, folder: Callable[[str], Path], run_service: Callable[..., Any]
) -> Iterator[Any]:
    way, dispatch, hooked = request.param
    name, told = WAYS[way]
    made = folder(dispatch)
    log = made / "log.txt"
    warm = "1" if "preload" in way else ""
    with run_service(name, made, log, GUNICORN_CMD_ARGS=told, HOOKED=hooked, WARM=warm) as running:
        yield running


class Caller:
    """Somebody who calls, with a name, a key and a session of its own."""

    def __init__(self, service: Any, number: int):
        self._service = service
        self._name = f"caller-{number}"
        self._number = number
        self._cookie = ""
        self._count = 0

    def twice(self, name: str, time: int) -> None:
        """Call an operation or a route, and see whether what it saw was of this call only."""
        word, q, body = f"{self._name}-{time}", self._number * 1000 + time, {"who": self._name, "n": time}
        headers = {"X-Who": self._name, "X-Key": f"key-{self._name}", "PymCallID": f"id-{word}"}
        headers |= {"Cookie": self._cookie} if self._cookie else {}
        answer = self._service.call("POST", f"/{name}/{word}?q={q}", body, headers)
        assert answer.status == 200, answer.body
        self._count += 1
        expected = {
            "word": word,
            "path": f"/{name}/{word}",
            "q": str(q),
            "header": self._name,
            "body": body,
            "g": word,
            "session": [self._name, self._count],
            "call": f"id-{word}",
            "user": f"key-{self._name}" if name != "own" else "",
        }
        told = {"user": ""} if name == "own" else {"args": [word, self._name, time, q]}
        assert answer.json == {"found": False, "before": expected, "after": expected, **told}
        self._is_own(answer)
        [cookie] = answer.header("Set-Cookie")
        morsel = SimpleCookie(cookie)["session"]
        self._cookie = f"session={morsel.value}"
        payload = morsel.value.partition(".")[0]
        stored = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert stored == {"count": self._count, "who": self._name}

    def stream(self, time: int) -> None:
        word, q = f"{self._name}-{time}", self._number * 1000 + time
        headers = {"X-Who": self._name, "X-Key": f"key-{self._name}"}
        answer = self._service.get(f"/stream/{word}?q={q}", headers)
        assert answer.status == 200
        assert [json.loads(line) for line in answer.body.splitlines()] == [
            {"number": number, "g": word, "user": f"key-{self._name}", "q": str(q)} for number in range(3)
        ]
        self._is_own(answer)

    def wrong(self, time: int) -> None:
        """What is refused speaks of this call's mistake, and its error is its own."""
        body = {"who": self._name, "n": -time - 1}
        headers = {"X-Who": self._name, "X-Key": "k"}
        answer = self._service.call("POST", f"/twice/{self._name}?q=1", body, headers)
        assert (answer.status, [one["pointer"] for one in answer.json["errors"]]) == (400, ["/n"])
        assert str(-time - 1) in answer.json["error_description"]
        self._is_own(answer)

    def lean(self, name: str, time: int) -> None:
        word = f"{self._name}-{time}"
        answer = self._service.get(f"/{name}/{word}", {"X-Who": self._name})
        assert (answer.status, answer.json["word"]) == (200, word)
        self._is_own(answer)

    def _is_own(self, answer: Any) -> None:
        if self._service.environment["HOOKED"]:
            assert answer.header("X-Hooked") == [self._name]


def together(callers: int, call: Callable[[int], None]) -> None:
    """Have every one of *callers* do *call*, all beginning at once. Raises what any of them raises."""
    barrier = threading.Barrier(callers)

    def begin(number: int) -> None:
        barrier.wait(30)
        call(number)

    with ThreadPoolExecutor(callers) as pool:
        for done in [pool.submit(begin, number) for number in range(callers)]:
            done.result(120)


def test_callers_at_the_same_time_never_see_one_another(server: Any):
    def call(number: int) -> None:
        caller = Caller(server, number)
        for time in range(TIMES):
            caller.twice("twice", time)
            caller.lean("lean", time)
            caller.twice("own", time)
            caller.stream(time)
            caller.twice("twice_async", time)
            caller.wrong(time)
            caller.lean("lean-async", time)

    together(CALLERS, call)


def test_workers_that_end_after_some_requests_lose_none(
    folder: Callable[[str], Path], run_service: Callable[..., Any], tmp_path: Path
):
    pids: set[int] = set()

    def call(service: Any, number: int) -> None:
        for time in range(60):
            answer = service.get(f"/lean{'-async' * (time % 2)}/{number}-{time}")
            assert (answer.status, answer.json["word"]) == (200, f"{number}-{time}")
            pids.add(answer.json["pid"])

    told = "--max-requests 25 --max-requests-jitter 5"
    with run_service("gunicorn", folder("direct"), tmp_path / "log", GUNICORN_CMD_ARGS=told) as service:
        together(4, lambda number: call(service, number))
    assert len(pids) >= 5  # 240 requests, at most 30 each
