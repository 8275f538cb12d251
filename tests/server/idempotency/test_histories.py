"""
Clients that race on one Idempotency-Key, and what each of them saw: as if all had come one after the other.

The service runs under gunicorn and granian: several workers that share a Redis, or one with a memory. Its calls take
longer than a key is held for, and a worker dies in between. The clock is that of the clients, who are threads of this
process.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

CLIENTS = 50
#: Seconds that a key is held for, and that the first call takes at least
HOLD_S, TAKES_S = 2, 3
ENDS_WITHIN_S = 60

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    post:
      operationId: shop.order
      x-idempotency: required
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: made, content: {application/json: {schema: {type: object}}}}}
"""
#: An order is a line in a file; the handler goes on when there is a file `go`
HANDLER = """
import os
import time
import uuid


def order(body):
    order = uuid.uuid4().hex
    made = os.open("orders", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(made, f"{os.getpid()} {order}\\n".encode())
    os.close(made)
    while not os.path.exists("go"):
        time.sleep(0.005)
    return {"order": order}
"""
SERVER = """
from flask import Flask
from pymacaron import API

app = Flask("shop")
API(app).load_apis("apis").start(serve="shop")
"""


@dataclass(frozen=True)
class Seen:
    """One call as its client saw it, in seconds of the client's clock. `is_new`: it was not sent again."""

    begun: float
    ended: float
    status: int
    is_new: bool
    body: bytes


def contradiction(history: Sequence[Seen], lost: Sequence[float] = ()) -> str | None:
    """
    Why *history*, of calls with one key that all ask the same, is not linearizable: there are no two moments, of taking
    the key and of keeping the reply, so that each call has one in its own time that fits what it saw. None where it is.

    In between all others see 409, afterwards the reply that was kept, before there is nobody else to see anything.
    *lost*: when calls began that were never answered: one of them may have taken the key first.
    """
    made = [one for one in history if one.status == 201 and one.is_new]
    again = [one for one in history if one.status == 201 and not one.is_new]
    refused = [one for one in history if one.status == 409]
    if len(made) != 1:
        return f"{len(made)} calls had an effect"
    if len(made) + len(again) + len(refused) != len(history):
        return "a call was answered otherwise"
    [first] = made
    if any(one.body != first.body for one in again):
        return "another reply than the first was sent again"
    taken = min([first.begun, *lost])  # the earliest moment is the best for all
    kept = max([taken, *(one.begun for one in refused)])  # so it is here, for those who see the reply
    if any(one.ended < taken for one in refused):
        return "a call was refused before the key was taken"
    if any(one.ended < kept for one in [first, *again]):
        return "a call was refused after the reply was kept"
    return None


MADE = Seen(1, 5, 201, True, b"x")


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ([], None),
        ([Seen(0, 2, 409, False, b""), Seen(4, 6, 201, False, b"x"), Seen(2, 9, 409, False, b"")], None),
        ([Seen(0, 9, 201, False, b"x"), Seen(0, 9, 409, False, b"")], None),
        ([Seen(6, 7, 201, True, b"y")], "2 calls had an effect"),
        ([Seen(6, 7, 201, False, b"y")], "another reply than the first was sent again"),
        ([Seen(6, 7, 500, False, b"")], "a call was answered otherwise"),
        ([Seen(6, 7, 409, False, b"")], "a call was refused after the reply was kept"),
        ([Seen(2, 3, 201, False, b"x"), Seen(4, 5, 409, False, b"")], "a call was refused after the reply was kept"),
        ([Seen(0, 0.5, 409, False, b"")], "a call was refused before the key was taken"),
    ],
)
def test_a_history_that_no_order_explains_is_seen(others: list[Seen], why: str | None) -> None:
    assert contradiction([MADE, *others]) == why


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text(SHOP)
    (tmp_path / "shop.py").write_text(HANDLER)
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    return tmp_path


SHARED = [("gunicorn", "redis"), ("granian of 3 workers", "redis")]


@pytest.fixture(params=[*SHARED, ("gunicorn", "memory"), ("granian", "memory")], ids=" with a ".join)
def started(request: pytest.FixtureRequest, folder: Path, run_service: Callable[..., Any], tmp_path: Path) -> Any:
    """What runs the service while it is entered."""
    server, store = request.param
    settings = {"WEB_CONCURRENCY": "1" if store == "memory" else "3", "PYM_IDEMPOTENCY_HOLD_S": str(HOLD_S)}
    if store == "redis":
        settings["PYM_IDEMPOTENCY_STORE"] = request.getfixturevalue("redis_server").url
    return run_service(server, folder, tmp_path / "log", **settings)


def seen(service: Any, key: str) -> Seen:
    begun = time.monotonic()
    answer = service.call("POST", "/orders", {"sku": "a"}, {"Idempotency-Key": key})
    ended = time.monotonic()
    return Seen(begun, ended, answer.status, not answer.header("Idempotent-Replayed"), answer.body)


def race(
    service: Any,
    key: str,
    after: Callable[[list[Seen]], None] = lambda history: None,
    lost: list[float] | None = None,
) -> list[Seen]:
    """
    The history of clients who all ask with *key* until they get a reply; *after* is called when they have begun. *lost*
    gets when those calls began that were not answered, which is a failure where there is no such list.
    """
    history: list[Seen] = []
    barrier, pause = threading.Barrier(CLIENTS + 1), threading.Event()
    deadline = time.monotonic() + ENDS_WITHIN_S

    def client() -> None:
        barrier.wait(ENDS_WITHIN_S)
        while time.monotonic() < deadline:
            begun = time.monotonic()
            try:
                one = seen(service, key)
            except (OSError, HTTPException):
                if lost is None:
                    raise
                lost.append(begun)
                continue
            history.append(one)
            if one.status != 409:
                return
            pause.wait(0.03)  # 50 who never pause take all that the service needs

    threads = [threading.Thread(target=client, daemon=True) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    barrier.wait(ENDS_WITHIN_S)
    after(history)
    for thread in threads:
        thread.join(max(0, deadline + ENDS_WITHIN_S - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads)
    return history


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def test_of_50_clients_that_race_on_a_key_one_has_an_effect_and_all_get_its_reply(
    folder: Path, started: Any, tmp_path: Path
) -> None:
    begun = time.monotonic()

    def let_go(history: list[Seen]) -> None:
        """Let the handler go on when others were refused meanwhile, and for longer than the key was held at first."""
        until(lambda: len(history) >= CLIENTS and time.monotonic() > begun + TAKES_S)
        (folder / "go").touch()

    with started as service:
        begun = time.monotonic()
        for number in range(5):
            history = race(service, f"key-{number}", *() if number else (let_go,))
            assert contradiction(history) is None, (tmp_path / "log").read_text()
            assert sum(one.status == 201 for one in history) == CLIENTS  # else each of the others waits as long
            assert number or sum(one.status == 409 for one in history) >= CLIENTS - 1
    assert len((folder / "orders").read_text().splitlines()) == 5


@pytest.mark.parametrize("server", [server for server, _ in SHARED])
def test_a_worker_that_dies_gives_its_key_back_and_one_of_50_clients_gets_it(
    server: str, folder: Path, redis_server: Any, run_service: Callable[..., Any], tmp_path: Path
) -> None:
    orders, lost = folder / "orders", list[float]()

    def kill(history: list[Seen]) -> None:
        """End the worker that is at it, when others were refused."""
        until(lambda: orders.exists() and orders.read_text().endswith("\n") and len(history) >= CLIENTS)
        os.kill(int(orders.read_text().split()[0]), signal.SIGKILL)
        until(lambda: len(orders.read_text().splitlines()) == 2)
        (folder / "go").touch()

    settings = {"WEB_CONCURRENCY": "3", "PYM_IDEMPOTENCY_STORE": redis_server.url}
    with run_service(server, folder, tmp_path / "log", **settings, PYM_IDEMPOTENCY_HOLD_S=str(HOLD_S)) as service:
        history = race(service, "k", kill, lost)
    assert contradiction(history, lost) is None, (tmp_path / "log").read_text()
    assert lost
    assert sum(one.status == 201 for one in history) == CLIENTS
    assert len(orders.read_text().splitlines()) == 2  # that of the worker that died, and the one that counts
