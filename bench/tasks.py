"""
`make bench-tasks`: what sending a task costs, beside plain Celery's `apply_async` of the same function, on one Redis.

Each is a window of CPU in a process of its own, one after the other in turn; the least of each counts. Plain Celery has
its own defaults, but for the results, which it is told to ignore: with them it would do more. Ours knows the call that
sends, as in a handler. `python bench/tasks.py [--write]`.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import description
import page
from child import answer, least
from workloads import WORKLOADS

__all__ = ["main"]

#: What sending may cost of what plain Celery does
_MOST_RATIO = 1.15
_ROUNDS, _CALLS = 60, 200
_VARIABLE = "BENCH_TASKS_REDIS"
#: dict: name -> what is said of it
_MEASURED: Mapping[str, str] = {
    "celery": "two texts, plain Celery",
    "ours": "two texts, `fire()`",
    "celery order": "an order of 1 KB, plain Celery, as a dict",
    "ours order": "an order of 1 KB, `fire()`, as a model",
    "embedded": "two texts, `fire()` into the file beside the service",
}


def main() -> None:
    options = page.options("what sending a task costs", rounds=_ROUNDS).parse_args()
    if options.serve:
        _serve(options.serve)
        return
    with _redis() as port:
        os.environ[_VARIABLE] = f"redis://127.0.0.1:{port}/0"
        page.show("bench-tasks", _table(_sent(options.rounds, port)), writes=options.write)


def _sent(rounds: int, port: int) -> dict[str, float]:
    """dict: what is measured -> microseconds of a call."""
    import redis

    with redis.Redis(port=port) as client:
        return least(__file__, _MEASURED, rounds, _CALLS, client.flushdb)


def _table(spent_us: Mapping[str, float]) -> Iterator[str]:
    yield f"{page.when_and_where()} Microseconds of CPU, those of Redis not among them."
    yield ""
    yield "| sent | CPU |"
    yield "|---|---:|"
    for name, spent in spent_us.items():
        yield f"| {_MEASURED[name]} | {spent:.0f} |"
    yield ""
    for what, ours, theirs in (("Two texts", "ours", "celery"), ("An order", "ours order", "celery order")):
        ratio = spent_us[ours] / spent_us[theirs]
        verdict = "met" if ratio <= _MOST_RATIO else "missed"
        yield f"{what}: {ratio:.2f} times plain Celery, at most {_MOST_RATIO:g} wanted: {verdict}."


def _serve(name: str) -> None:
    logging.basicConfig(level=logging.INFO, filename=os.devnull)
    make = _celery if name.startswith("celery") else _ours
    answer(lambda folder: (make(folder, name), lambda found: True))


def send_email(title: Any, body: str = "") -> None:
    """The task."""


def _celery(folder: Path, name: str) -> Callable[[], Any]:
    import celery

    app = celery.Celery("bench", broker=os.environ[_VARIABLE])
    app.conf.task_ignore_result = True
    task = app.task(name="bench.send_email")(send_email)
    order = json.loads(WORKLOADS["W3"].body)
    args = (order, "Welcome") if name.endswith("order") else ("Welcome!", "You now have an account")
    return lambda: task.apply_async(args)


def _ours(folder: Path, name: str) -> Callable[[], Any]:
    from pymacaron import ApiPool, config, context, load_clients
    from pymacaron.tasks import asynctask

    (folder / "pym-config.yaml").write_text("name: bench\nlive_host: https://bench.example.com\n", encoding="utf-8")
    (folder / "orders.json").write_text(json.dumps(description.document()), encoding="utf-8")
    os.chdir(folder)
    config.load(settings={"broker_url": None if name == "embedded" else os.environ[_VARIABLE]})
    load_clients(folder, ["orders"])
    task = asynctask(send_email)
    order = ApiPool.orders.json_to_model("Order", json.loads(WORKLOADS["W3"].body))
    args = (order, "Welcome") if name.endswith("order") else ("Welcome!", "You now have an account")
    context.enter(context.Call())
    return lambda: task.fire(*args)


@contextmanager
def _redis() -> Iterator[int]:
    """The port of a Redis that keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("this wants redis-server: apt-get install redis-server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > until or process.poll() is not None:
                    sys.exit("redis-server does not answer")
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
