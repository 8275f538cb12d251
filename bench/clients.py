"""
`make bench-clients`: what a call of a client costs: of an api in the same process over what the server itself spends on
it, and over a socket beside the same call with plain httpx2, whose reply is read as JSON and not looked at.

Each is a window of CPU in a process of its own, one after the other in turn; the least of each counts. In the process
the call is W1, made in a call, as handlers make theirs; over a socket it is W2, of a server that does nothing else than
send the bytes of its reply. `python bench/clients.py [--write]`; `--many`: see many.py.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import description
import many
import page
from child import answer, least
from worker import Wsgi
from workloads import WORKLOADS

__all__ = ["main"]

#: Microseconds that a call in the process may cost over the server's own, and what one over a socket may of httpx2's
_MOST_US, _MOST_RATIO = 10.0, 1.2
_ROUNDS, _CALLS = 60, 300
#: dict: name -> what is said of it
_MEASURED: Mapping[str, str] = {
    "server": "W1, the server alone, without a client",
    "inside": "W1, called by a client in the same process",
    "httpx2": "W2 over a socket, plain httpx2",
    "client": "W2 over a socket, a client, with validation of every reply",
}


def main() -> None:
    more = ("--many", "10,000 awaited calls at once: is memory flat")
    options = page.options("what a call of a client costs", more, rounds=_ROUNDS).parse_args()
    if options.serve:
        _serve(options.serve)
        return
    if options.many:
        page.show("bench-clients-many", many.table(), writes=options.write)
    else:
        table = _table(least(__file__, _MEASURED, options.rounds, _CALLS))
        page.show("bench-clients", table, writes=options.write)


def _table(spent_us: Mapping[str, float]) -> Iterator[str]:
    yield f"{page.when_and_where()} Microseconds of CPU, those of the server over a socket not among them."
    yield ""
    yield "| call | CPU |"
    yield "|---|---:|"
    for name, spent in spent_us.items():
        yield f"| {_MEASURED[name]} | {spent:.1f} |"
    more_us, ratio = spent_us["inside"] - spent_us["server"], spent_us["client"] / spent_us["httpx2"]
    yield ""
    verdict = "met" if more_us <= _MOST_US else "missed"
    yield f"In the same process: {more_us:.1f} over the server's own, at most {_MOST_US:g} wanted: {verdict}."
    verdict = "met" if ratio <= _MOST_RATIO else "missed"
    yield f"Over a socket: {ratio:.2f} times plain httpx2, at most {_MOST_RATIO:g} wanted: {verdict}."


def _serve(name: str) -> None:
    logging.basicConfig(level=logging.INFO, filename=os.devnull)

    def prepared(folder: Path) -> tuple[Callable[[], Any], Callable[[Any], bool]]:
        call, wanted = _KINDS[name](folder)
        return call, lambda found: bool(_plain(found) == wanted)

    answer(prepared)


def _plain(found: Any) -> Any:
    return found.to_json() if hasattr(found, "to_json") else found


Kind = tuple[Callable[[], Any], Any]


def _served(folder: Path) -> Any:
    """The app, which serves; its api is in ApiPool."""
    from flask import Flask

    from pymacaron import API

    document = description.document()
    document["paths"] = {path: document["paths"][path] for path in ("/ping", "/items/{id}")}
    handlers = importlib.import_module("apps.pymacaron").HANDLERS
    path = folder / "orders.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    app = Flask("bench")
    api = API(app, settings={"name": "bench"}, resolver=lambda operation: handlers[operation.id])
    api.load_apis(path).start(serve="orders")
    return app


def _server(folder: Path) -> Kind:
    app, workload = _served(folder), WORKLOADS["W1"]
    ready = Wsgi(app)._environ(workload)

    def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
        pass

    def call() -> Any:
        return b"".join(app({**ready, "wsgi.input": BytesIO(b"")}, start_response))

    return call, json.dumps(workload.reply).encode()


def _inside(folder: Path) -> Kind:
    from pymacaron import ApiPool, context

    _served(folder)
    context.enter(context.Call())
    return ApiPool.orders.call.ping, WORKLOADS["W1"].reply


def _httpx2(folder: Path) -> Kind:
    import httpx2

    workload = WORKLOADS["W2"]
    client = httpx2.Client(base_url=_listening(), timeout=20)

    def call() -> Any:
        return client.get("/items/42", params={"verbose": "true"}).json()

    return call, workload.reply


def _client(folder: Path) -> Kind:
    from pymacaron import ApiPool, context, load_clients

    path = folder / "orders.json"
    path.write_text(json.dumps(description.document()), encoding="utf-8")
    load_clients(folder, ["orders"])
    made = ApiPool.orders.call.with_options(url=_listening(), validation="strict")
    context.enter(context.Call())
    return lambda: made.get_item(id=42, verbose=True), WORKLOADS["W2"].reply


_KINDS: Mapping[str, Callable[[Path], Kind]] = {
    "server": _server,
    "inside": _inside,
    "httpx2": _httpx2,
    "client": _client,
}


def _listening() -> str:
    """The URL of a server in a thread, which answers W2 to whatever it is sent, on a connection that stays."""
    body = json.dumps(WORKLOADS["W2"].reply).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    reply = head % len(body) + body
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                while connection.recv(65_536):
                    connection.sendall(reply)

    threading.Thread(target=answer, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


if __name__ == "__main__":
    main()
