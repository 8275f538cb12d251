"""
Where the time of a call goes: what the parts of one take by themselves, in the app of apps/pymacaron.py, in
microseconds of CPU, the least of several windows. `python bench/parts.py [--write]`

A part costs more inside a call, whose other parts have filled the caches of the processor: the parts add up to less
than the whole.
"""

from __future__ import annotations

import importlib
import logging
import sys
import time
import timeit
from collections.abc import Callable
from io import BytesIO
from typing import Any

import page
from worker import Wsgi
from workloads import WORKLOADS

__all__ = ["main"]

_CALLS, _WINDOWS = 1500, 9


def main() -> None:
    logging.disable(logging.INFO)
    app = importlib.import_module("apps.pymacaron").app
    driver = Wsgi(app)
    for workload in WORKLOADS.values():
        for _ in range(200):
            driver.once(workload)
    lines = [
        f"{page.when_and_where()} Microseconds of CPU.",
        "",
        "| | the whole call | found, contexts pushed and popped | arguments read | handler | reply made |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, workload in WORKLOADS.items():
        if workload.status == 200:
            spent = _parts(app, driver, name)
            lines.append(f"| {name} | {' | '.join(f'{one:.1f}' for one in spent)} |")
    table = "\n".join(lines)
    print(table)
    if "--write" in sys.argv:
        page.write("bench-parts", table)


def _parts(app: Any, driver: Wsgi, name: str) -> list[float]:
    context: Any = importlib.import_module("pymacaron.context")
    workload = WORKLOADS[name]
    find = app.wsgi_app.__self__._find
    environ = driver._environ(workload)

    def call() -> None:
        environ["wsgi.input"] = BytesIO(workload.body)
        for _ in app(environ, lambda status, headers, exc_info=None: None):
            pass

    def contexts() -> None:
        ctx = find(environ)
        ctx.push()
        ctx.entered = context.enter(ctx)
        ctx.pop(None)

    found = find(environ)
    answering = found.target.answering

    def arguments() -> Any:
        found.body, environ["wsgi.input"] = None, BytesIO(workload.body)
        return answering._inbound.arguments(found)

    def handled() -> Any:
        positional, keywords = arguments()
        return answering._handler(*positional, **keywords)

    result = handled()
    spent = [_least(one) for one in (call, contexts, arguments, handled)]
    reply = _least(lambda: answering.replies.reply(result, "*/*"))
    return [*spent[:3], max(spent[3] - spent[2], 0.0), reply]


def _least(call: Callable[[], object]) -> float:
    windows = timeit.repeat(call, timer=time.process_time, number=_CALLS // 15 or 1, repeat=_WINDOWS * 5)
    return 1e6 * min(windows) / (_CALLS // 15)


if __name__ == "__main__":
    main()
