"""
10,000 calls of one client that are awaited at the same time, of a server in another process that counts them.

clients.py --many starts it. The client and the server are a process each; what the client holds is told after
each round, when all that was of its calls is gone: live blocks of Python, and pages of the process.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import description
import page
from workloads import WORKLOADS

__all__ = ["table"]

_CALLS, _ROUNDS, _CONNECTIONS = 10_000, 3, 100
#: What there may be more after the last round than after the first: of live blocks, and of pages, of which Python keeps
#: some that it does not use
_MOST_BLOCKS, _MOST_PAGES = 0.01, 0.05
#: Of each call: nobody is to give up while thousands wait
_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class _Round:
    """Of the client: seconds of CPU, calls that failed, then MB of the process at the most and what is left."""

    cpu_s: float
    failed: int
    peak_mb: float
    left_mb: float
    blocks: int
    tasks: int


@dataclass(frozen=True)
class _Counted:
    """Of the server: all calls, those that came more than once in a round, the most connections at a time."""

    calls: int
    twice: int
    most: int


def table() -> Iterator[str]:
    """Markdown: a row for each round, then what is wanted."""
    with subprocess.Popen(_command("--serve"), stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            done = subprocess.run(_command("--call", str(port)), capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"the client ended with {done.returncode}: {done.stderr[-2000:]}")
            rounds = [_Round(**one) for one in json.loads(done.stdout)]
            counted = _counted(port)
        finally:
            server.kill()
    yield f"{page.when_and_where()} {_CALLS:,} calls at once in each round, at most {_CONNECTIONS} connections."
    yield ""
    yield "| round | failed | CPU s | peak MB | MB afterwards | live blocks afterwards | tasks afterwards |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for number, one in enumerate(rounds, 1):
        yield (
            f"| {number} | {one.failed} | {one.cpu_s:.1f} | {one.peak_mb:.0f} | {one.left_mb:.1f} | {one.blocks:,} "
            f"| {one.tasks} |"
        )
    yield ""
    yield (
        f"The server saw {counted.calls:,} calls, {counted.twice} of them more than once, and at most {counted.most} "
        "connections at a time."
    )
    expected = (_CALLS * _ROUNDS, 0, _CONNECTIONS)
    is_whole = (counted.calls, counted.twice, max(counted.most, _CONNECTIONS)) == expected
    verdict = "met" if is_whole and not any(one.failed for one in rounds) else "missed"
    yield f"Each call answered and sent once: {verdict}."
    blocks, pages = rounds[-1].blocks / rounds[0].blocks - 1, rounds[-1].left_mb / rounds[0].left_mb - 1
    is_flat = blocks <= _MOST_BLOCKS and pages <= _MOST_PAGES and not any(one.tasks for one in rounds)
    yield (
        f"After the last round as after the first, but for {100 * blocks:+.2f}% of the live blocks and "
        f"{100 * pages:+.1f}% of the memory, at most {100 * _MOST_BLOCKS:g}% and {100 * _MOST_PAGES:g}% wanted: "
        f"{'met' if is_flat else 'missed'}."
    )


def _command(*options: str) -> list[str]:
    return [sys.executable, "-W", "ignore", __file__, *options]


def _counted(port: int) -> _Counted:
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", "/counted")
        return _Counted(**json.loads(connection.getresponse().read()))


# ---- the server


class _Server:
    """Answers W2 to what it is asked, and counts it by its path."""

    def __init__(self) -> None:
        body = json.dumps(WORKLOADS["W2"].reply).encode()
        self._reply = _reply(body)
        self._calls: Counter[bytes] = Counter()
        self._open = self._most = 0

    async def serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, backlog=2048)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        self._most = max(self._most, self._open)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    path = head.split(b" ", 2)[1]
                    if path == b"/counted":
                        writer.write(_reply(json.dumps(asdict(self._counted())).encode()))
                    else:
                        self._calls[path] += 1
                        writer.write(self._reply)
                    await writer.drain()
        finally:
            self._open -= 1
            writer.close()

    def _counted(self) -> _Counted:
        twice = sum(1 for count in self._calls.values() if count > 1)
        return _Counted(self._calls.total(), twice, self._most)


def _reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


# ---- the client


async def _rounds(port: int) -> list[_Round]:
    from pymacaron import ApiPool, load_clients

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.json"
        path.write_text(json.dumps(description.document()), encoding="utf-8")
        load_clients(path)
    url = f"http://127.0.0.1:{port}"
    options: dict[str, Any] = {
        "url": url,
        "timeout": _TIMEOUT_S,
        "max_connections": _CONNECTIONS,
        "validation": "strict",
    }
    client = ApiPool.orders.acall.with_options(**options)
    return [await _round(client, number) for number in range(_ROUNDS)]


async def _round(client: Any, number: int) -> _Round:
    started = time.process_time()
    wanted = WORKLOADS["W2"].reply
    begin = 1 + number * _CALLS
    calls = (client.get_item(id=one, verbose=True) for one in range(begin, begin + _CALLS))
    found = await asyncio.gather(*calls, return_exceptions=True)
    failed = sum(1 for one in found if isinstance(one, BaseException) or one.to_json() != wanted)
    del found
    cpu_s = time.process_time() - started
    gc.collect()
    status = _memory_mb()
    tasks = len(asyncio.all_tasks()) - 1
    return _Round(cpu_s, failed, status["VmHWM"], status["VmRSS"], sys.getallocatedblocks(), tasks)


def _memory_mb() -> dict[str, float]:
    with open("/proc/self/status", encoding="ascii") as status:
        lines = [line.split() for line in status if line.startswith("Vm")]
    return {line[0].rstrip(":"): int(line[1]) / 1024 for line in lines}


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--call", type=int)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_Server().serve())
        return
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps([asdict(one) for one in asyncio.run(_rounds(options.call))]), file=answers, flush=True)


if __name__ == "__main__":
    _main()
