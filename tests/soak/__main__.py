"""
A service in this process, asked again and again for everything that callers ask for, no request like another: does what
it holds grow? `make soak` asks 1,000,000 times; tests/soak/test_soak.py a part of that.

    python -m soak [--requests 1000000]

prints one JSON object: `requests`, after those that filled what is remembered; `seconds`; `statuses`, dict of status ->
how many; `blocks`, by how many objects Python holds more at the end; `rss_bytes`, by how much the process has grown.
With --each, what `each` gives.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask, g, session

from pymacaron import API, context
from pymacaron.auth import generate_token, get_userid
from pymacaron.auth.verified import MOST_CHARACTERS
from pymacaron.exchange import media
from pymacaron.schema.quoting import is_secret

SHOP = """
openapi: 3.2.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    post:
      operationId: createOrder
      parameters:
        - {name: dry, in: query, schema: {type: boolean}}
        - {name: X-Count, in: header, schema: {type: integer}}
        - {name: seen, in: cookie, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Order'}}
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Order'}}
          text/*: {schema: {type: string, maxLength: 10}}
      responses:
        "201": {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
  /orders/{id}:
    get:
      operationId: getOrder
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, maxLength: 12}}
        - {name: filter, in: query, style: deepObject, schema: {type: object, additionalProperties: {type: string}}}
      responses:
        "200":
          description: one
          content:
            application/json: {schema: {$ref: '#/components/schemas/Order'}}
            text/plain: {schema: {type: string}}
            application/*: {schema: {}}
  /files:
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data:
            schema: {type: object, properties: {name: {type: string}, file: {type: string, format: binary}}}
      responses: {"200": {description: how large, content: {application/json: {schema: {type: object}}}}}
  /numbers:
    post:
      operationId: numbers
      requestBody: {content: {application/x-ndjson: {itemSchema: {type: object, required: [n]}}}}
      responses: {"200": {description: the same, content: {application/x-ndjson: {itemSchema: {type: object}}}}}
  /fail:
    get: {operationId: fail, responses: {"200": {description: never}}}
  /wait:
    get: {operationId: wait, responses: {"200": {description: it, content: {application/json: {}}}}}
  /mine:
    get:
      operationId: mine
      security: [{token: []}]
      responses: {"200": {description: who, content: {application/json: {schema: {type: object}}}}}
components:
  securitySchemes: {token: {type: http, scheme: bearer}}
  schemas:
    Order:
      type: object
      required: [n]
      properties:
        n: {type: integer, minimum: 1}
        state: {enum: [open, closed]}
        at: {type: string, format: date-time}
        note: {type: string, pattern: '^[a-z0-9]*$', maxLength: 20}
        lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
    Line: {type: object, required: [sku], additionalProperties: false, properties: {sku: {type: string, minLength: 2}}}
"""

CONFIG = """
name: shop
live_host: http://localhost
jwt_secret: JWT_SECRET
jwt_issuer: soak
jwt_audience: soak
env_secrets: [JWT_SECRET]
"""

#: The same requests in every run
RANDOM = random.Random(20)

#: Requests before the measuring: they fill what is remembered, which is bounded
WARMED = 100_000

#: What a whole run may grow by, however many requests it has
MOST_BLOCKS, MOST_BYTES = 5_000, 16_000_000


def create(body: Any, dry: bool | None = None, x_count: int | None = None, seen: str | None = None) -> Any:
    g.seen = seen
    return body if not isinstance(body, str) else {"n": 1, "note": "text"}


def get_order(id: str, filter: dict[str, str] | None = None) -> Any:
    if id.startswith("s"):
        session["id"] = id
    call = context.current()
    return {"n": 1, "note": "a" * (len(id) % 9), "more": filter or (call and call.call_id)}


def upload(body: Any) -> dict[str, Any]:
    return {"bytes": len(body.file.read()) if body is not None and body.file is not None else 0}


def numbers(body: Any) -> Iterator[Any]:
    yield from body or ()


def fail() -> None:
    raise RuntimeError(word())


async def wait() -> dict[str, str]:
    return {"waited": word()}


HANDLERS: dict[str, Callable[..., Any]] = {
    "createOrder": create,
    "getOrder": get_order,
    "upload": upload,
    "numbers": numbers,
    "fail": fail,
    "wait": wait,
    "mine": lambda: {"user": get_userid()},
}


def word(length: int = 10) -> str:
    """A text that was never there before."""
    return "".join(RANDOM.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))


def service(folder: Path) -> Flask:
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    os.chdir(folder)
    os.environ.update(JWT_SECRET="s" * 64, JWT_ISSUER="soak", JWT_AUDIENCE="soak", PYM_REPORT_CALL_EXCEEDING_MS="60000")
    (folder / "pym-config.yaml").write_text(CONFIG)
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("pymacaron").propagate = False
    logging.getLogger("pymacaron").addHandler(logging.NullHandler())
    app = Flask("soaked")
    app.secret_key = "k" * 32
    app.logger.propagate = False

    @app.get("/own/<name>")
    def own(name: str) -> str:
        return name * 300  # long enough to be compressed

    api = API(app, resolver=lambda one: HANDLERS.get(one.id), error_reporter=lambda title, message: None)
    api.load_apis(folder)
    api.start(serve="shop")
    return app


# ---- requests: (method, path, query, body, headers)

Parts = tuple[str, str, str, bytes, dict[str, str]]


def order(**more: Any) -> bytes:
    return json.dumps({"n": RANDOM.randrange(1, 10**9), "note": word(), "lines": [{"sku": word()}], **more}).encode()


def multipart() -> Parts:
    boundary = word(20)
    size = RANDOM.choice((10, 1000, 600_000 if RANDOM.random() < 0.02 else 100))
    text = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\n{word()}\r\n--{boundary}\r\n'
        f'Content-Disposition: form-data; name="file"; filename="{word()}"\r\n\r\n{"x" * size}\r\n--{boundary}--\r\n'
    )
    return "POST", "/files", "", text.encode(), {"CONTENT_TYPE": f"multipart/form-data; boundary={boundary}"}


JSON = {"CONTENT_TYPE": "application/json"}

#: What is asked, and how many times as often as the rarest
KINDS: list[tuple[int, Callable[[], Parts]]] = [
    (20, lambda: ("GET", f"/orders/{word()}", "", b"", {})),
    (20, lambda: ("POST", "/orders", "dry=true", order(), JSON)),
    (4, lambda: ("POST", "/orders", "", order(), {**JSON, "HTTP_COOKIE": f"seen={word()}; {word()}={word()}"})),
    (4, lambda: ("POST", "/orders", "", order(**{word(): word()}), JSON)),
    (4, lambda: ("POST", "/orders", f"{word()}={word()}", order(), JSON)),
    (4, lambda: ("POST", "/orders", "", order(n=word(), state=word(), at=word()), JSON)),
    (4, lambda: ("POST", "/orders", "", order(lines=[{word(): 1}]), JSON)),
    (4, lambda: ("POST", "/orders", "", f'{{"{word()}'.encode(), JSON)),
    (4, lambda: ("POST", "/orders", "", order(), {"CONTENT_TYPE": f"application/json; {word()}={word()}"})),
    (4, lambda: ("POST", "/orders", "", order(), {"CONTENT_TYPE": f"application/{word()}"})),
    (2, lambda: ("POST", "/orders", "", b"text", {"CONTENT_TYPE": f"text/{word()}; charset={word()}"})),
    (2, lambda: ("POST", "/orders", "", order(), {"CONTENT_TYPE": f"application/json; p={word(1000)}"})),
    (4, lambda: ("POST", "/orders", "", f"n=1&note={word()}".encode(), {"CONTENT_TYPE": FORM})),
    (4, lambda: ("GET", f"/orders/{word()}", "", b"", {"HTTP_ACCEPT": f"application/{word()}, */*;q=0.{word(1)}"})),
    (2, lambda: ("GET", f"/orders/{word()}", "", b"", {"HTTP_ACCEPT": f"{word()}/{word(1000)}"})),
    (4, lambda: ("GET", f"/orders/{word()}", f"filter[{word()}]={word()}", b"", {})),
    (4, lambda: ("GET", f"/orders/{word(30)}", "", b"", {})),
    (4, lambda: ("GET", f"/orders/s{word()}", "", b"", {})),
    (4, lambda: ("GET", f"/orders/{word()}", "", b"", {"HTTP_PYMCALLID": word(), f"HTTP_{word().upper()}": word()})),
    (4, lambda: ("GET", f"/orders/{word()}", "", b"", {"HTTP_HOST": f"{word()}.example.com"})),
    (2, lambda: ("GET", f"/orders/{word()}", "", b"", {"HTTP_HOST": f"{word()}_{word()}"})),
    (4, lambda: ("GET", f"/{word()}/{word()}", "", b"", {})),
    (2, lambda: (word(5).upper(), "/orders", "", b"", {})),
    (2, lambda: ("OPTIONS", "/orders", "", b"", {"HTTP_ORIGIN": f"https://{word()}"})),
    (4, lambda: ("GET", f"/own/{word()}", "", b"", {"HTTP_ACCEPT_ENCODING": f"gzip, {word()}"})),
    (4, multipart),
    (4, lambda: ("POST", "/numbers", "", f'{{"n": "{word()}"}}\n'.encode() * 3, {"CONTENT_TYPE": NDJSON})),
    (1, lambda: ("POST", "/numbers", "", f'{{"{word()}": 1}}\n'.encode(), {"CONTENT_TYPE": NDJSON})),
    (2, lambda: ("GET", "/fail", "", b"", {})),
    (4, lambda: ("GET", "/wait", "", b"", {})),
    (4, lambda: ("GET", "/mine", "", b"", {"HTTP_AUTHORIZATION": f"Bearer {word()}.{word()}.{word()}"})),
    (4, lambda: with_token()),
]
FORM, NDJSON = "application/x-www-form-urlencoded", "application/x-ndjson"
_WEIGHTS, _MAKERS = zip(*KINDS, strict=True)


def token() -> str:
    return generate_token(word())


def with_token() -> Parts:
    return "GET", "/mine", "", b"", {"HTTP_AUTHORIZATION": f"Bearer {token()}"}


def environ(parts: Parts) -> dict[str, Any]:
    """As gunicorn makes it."""
    method, path, query, body, headers = parts
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": f"{path}?{query}" if query else path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8080",
        **({"CONTENT_LENGTH": str(len(body))} if body else {}),
        **headers,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def fill_tokens(app: Flask) -> None:
    """
    Have twice as many tokens verified as are kept: from then on a new one takes the place of another. How many that are
    follows from the bound that is promised, so that tokens which are never forgotten are seen to grow still.
    """
    ask(app, 2 * MOST_CHARACTERS // len(token()), Counter(), [with_token])


def ask(app: Flask, requests: int, statuses: Counter[str], makers: Sequence[Callable[[], Parts]] = ()) -> None:
    """Send *requests* to *app*, a mix or of *makers*; what they end in is counted in *statuses*."""
    for _ in range(requests):
        make = makers[0] if makers else RANDOM.choices(_MAKERS, _WEIGHTS)[0]
        lines: list[str] = []
        reply = app.wsgi_app(environ(make()), lambda line, headers, exc_info=None, lines=lines: lines.append(line))
        try:
            for _ in reply:
                pass
        except Exception as error:  # a stream that is cut
            lines.append(f"cut {type(error).__name__}")
        finally:
            if hasattr(reply, "close"):
                reply.close()
        statuses[lines[-1].partition(" ")[0]] += 1


def rss() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def whole(app: Flask, requests: int) -> dict[str, Any]:
    """A mix of everything, and by how much Python and the process have grown after it."""
    fill_tokens(app)
    ask(app, WARMED, Counter())
    gc.collect()
    statuses: Counter[str] = Counter()
    blocks, size, began = sys.getallocatedblocks(), rss(), time.perf_counter()
    ask(app, requests, statuses)
    seconds = time.perf_counter() - began
    gc.collect()
    return {
        "requests": requests,
        "seconds": round(seconds),
        "statuses": dict(sorted(statuses.items())),
        "blocks": sys.getallocatedblocks() - blocks,
        "rss_bytes": rss() - size,
    }


def each(app: Flask, requests: int) -> dict[str, Any]:
    """
    Everything on its own: `blocks`, dict of place in KINDS -> the objects of each request that are held after it, and
    `bytes`, by how much the process has grown with each request of all kinds.
    """
    for _ in range(2_500):  # more of each than are remembered
        is_secret(word())
        media.parse(f"{word()}/{word()}; charset={word()}")
        media.best(f"{word()}/{word()}, */*;q=0.1", ["application/json"])
    fill_tokens(app)
    ask(app, 300, Counter(), [lambda: ("GET", "/orders/1", "", b"", {"HTTP_HOST": word()})])
    gc.freeze()
    size, grown = rss(), {}
    for place, (_, make) in enumerate(KINDS):
        ask(app, 600, Counter(), [make])  # in the place of what is remembered of others
        gc.collect()
        before = sys.getallocatedblocks()
        ask(app, requests, Counter(), [make])
        gc.collect()
        grown[str(place)] = (sys.getallocatedblocks() - before) / requests
    return {"blocks": grown, "bytes": (rss() - size) / (600 + requests) / len(KINDS)}


def main() -> None:
    reader = argparse.ArgumentParser(prog="soak")
    reader.add_argument("--requests", type=int, default=1_000_000)
    reader.add_argument("--each", action="store_true")
    given = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = service(Path(folder))
        found: dict[str, Any] = (each if given.each else whole)(app, given.requests)
        print(json.dumps(found))
        os.chdir("/")
    if not given.each:
        grown = max(found["blocks"] / MOST_BLOCKS, found["rss_bytes"] / MOST_BYTES)
        sys.exit("it grows" if grown > 1 else 0)


if __name__ == "__main__":
    main()
