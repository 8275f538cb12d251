"""
`make bench-storm`: 10,000 crashes at full speed, with reporters of several kinds beside the same service without one.

Each storm has a process of its own, which calls the WSGI app as a server does and measures its CPU, threads included.
They are interleaved, and the least of each counts, since whatever else the machine does only adds.
"""

from __future__ import annotations

import argparse
import io
import logging
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import page

__all__ = ["main"]

CRASHES = 10_000
OPERATIONS = 100

DESCRIPTION = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths:\n" + "".join(
    f"  /{number}: {{get: {{operationId: o{number}, responses: {{'200': {{description: ok}}}}}}}}\n"
    for number in range(OPERATIONS)
)

#: What reports of a storm go to -> what it is; the first is what the others stand beside
STORMS = {
    "none": "no reports: `report_errors: false`",
    "log": "reports go to the log",
    "fast": "a reporter that returns at once",
    "slow": "a reporter that takes 50 ms",
    "hanging": "a reporter that hangs",
    "raising": "a reporter that raises",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU of 10,000 crashes, with reporters and without")
    parser.add_argument("--runs", type=int, default=5, help="how often each storm is run")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--storm", nargs=2, metavar=("REPORTER", "OPERATIONS"), help="run one, and print its seconds")
    options = parser.parse_args()
    if options.storm:
        print(_storm(options.storm[0], int(options.storm[1])))
        return
    taken: dict[tuple[str, int], list[float]] = {}
    for _ in range(options.runs):
        for operations in (1, OPERATIONS):
            for reporter in STORMS:
                command = [sys.executable, __file__, "--storm", reporter, str(operations)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                taken.setdefault((reporter, operations), []).append(float(done.stdout))
    runs = f"{page.when_and_where()} {options.runs} interleaved runs of each, of which the least counts."
    table = "\n".join([runs, "", *_table(taken)])
    print(table)
    if options.write:
        page.write("bench-storm", table)


def _table(taken: dict[tuple[str, int], list[float]]) -> list[str]:
    rows = [
        f"| {CRASHES:,} crashes | one operation: us each | throughput "
        f"| {OPERATIONS} operations: us each | throughput |",
        "|---|---:|---:|---:|---:|",
    ]
    for reporter, what in STORMS.items():
        cells = []
        for operations in (1, OPERATIONS):
            least = min(taken[reporter, operations])
            cells += [f"{least / CRASHES * 1e6:.0f}", f"{min(taken['none', operations]) / least:.2f}"]
        rows.append(f"| {what} | {' | '.join(cells)} |")
    return rows


def _storm(reporter: str, operations: int) -> float:
    """Seconds of CPU of the crashes of so many *operations* in turn, with that *reporter*."""
    app = _app(reporter)
    environs = [_environ(number) for number in range(operations)]
    for _ in range(20):
        app(_environ(OPERATIONS - 1), _started)
    began = time.process_time()
    for number in range(CRASHES):
        answer = app({**environs[number % operations], "wsgi.input": io.BytesIO()}, _started)
        for _ in answer:
            pass
        getattr(answer, "close", _nothing)()
    return time.process_time() - began


def _app(reporter: str) -> Any:
    from flask import Flask

    from pymacaron import API

    logging.getLogger().addHandler(logging.FileHandler("/dev/null"))
    hold = threading.Event()
    reporters: dict[str, Any] = {
        "fast": lambda title, message: None,
        "slow": lambda title, message: hold.wait(0.05),
        "hanging": lambda title, message: hold.wait(),
        "raising": _raise,
    }
    settings = {"name": "shop", "report_errors": reporter != "none"}
    app = Flask("shop")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.yaml"
        path.write_text(DESCRIPTION)
        api = API(app, resolver=lambda _: _crash, error_reporter=reporters.get(reporter), settings=settings)
        api.load_apis(path).start(serve="shop")
    return app


def _crash() -> None:
    raise RuntimeError("the database is on fire")


def _raise(title: str, message: str) -> None:
    raise OSError("no network")


def _environ(number: int) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/{number}",
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "storm",
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _started(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
    assert status.startswith("500")
    return _nothing


def _nothing(*_: object) -> None:
    """What a server does with what a service writes itself."""


if __name__ == "__main__":
    main()
