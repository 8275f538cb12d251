"""
Real servers on a free port of 127.0.0.1: what starts each, and what the kernel says that it spent.

One process with one core. gunicorn's gthread has four threads. Granian calls WSGI apps on one thread, as its own
benchmarks do, and in a second place on four: what a service takes whose handlers wait for others.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import description
import environments
from peers import Peer
from workloads import WORKLOADS, Workload

__all__ = ["KINDS", "Server", "cores"]

_STARTS_WITHIN_S = 60
_TICKS = os.sysconf("SC_CLK_TCK")  # in a second

Command = Callable[[Peer, int, Path, int], list[str]]


def _python(peer: Peer, *arguments: str) -> list[str]:
    return [str(environments.python(peer.environment)), "-W", "ignore", "-m", *arguments]


def _gthread(peer: Peer, port: int, folder: Path, threads: int) -> list[str]:
    options = ("--worker-class", "gthread", "--workers", "1", "--keep-alive", "75", "--no-control-socket")
    quiet = ("--log-level", "warning", "--threads", str(threads), "--bind", f"127.0.0.1:{port}")
    return _python(peer, "gunicorn", *options, *quiet, f"apps.{peer.module}:app")


def _granian(peer: Peer, port: int, folder: Path, threads: int) -> list[str]:
    blocking = ("--blocking-threads", str(threads)) if peer.interface == "wsgi" else ()
    options = ("--interface", peer.interface, "--workers", "1", "--no-ws", "--log-level", "warning", *blocking)
    return _python(peer, "granian", *options, "--host", "127.0.0.1", "--port", str(port), f"apps.{peer.module}:app")


def _granian_of_one(peer: Peer, port: int, folder: Path, threads: int) -> list[str]:
    return _granian(peer, port, folder, 1)


def _uvicorn(peer: Peer, port: int, folder: Path, threads: int) -> list[str]:
    options = ("--http", "httptools", "--loop", "uvloop", "--no-access-log", "--log-level", "warning", "--ws", "none")
    return _python(peer, "uvicorn", *options, "--host", "127.0.0.1", "--port", str(port), f"apps.{peer.module}:app")


def _node(peer: Peer, port: int, folder: Path, threads: int) -> list[str]:
    return ["node", str(environments.FASTIFY / peer.module), str(port), str(folder / "orders.json")]


#: dict: name of a server -> its command, and the interfaces that it serves
KINDS: dict[str, tuple[Command, tuple[str, ...]]] = {
    "gthread": (_gthread, ("wsgi",)),
    "granian": (_granian_of_one, ("wsgi", "asgi")),
    "granian-threads": (_granian, ("wsgi",)),
    "uvicorn": (_uvicorn, ("asgi",)),
    "node": (_node, ("node",)),
}


def cores() -> tuple[int, int]:
    """The core of the servers and that of the load."""
    here = sorted(os.sched_getaffinity(0))
    if len(here) < 2:
        print("One core only: the load disturbs the servers", file=sys.stderr)
    return here[0], here[-1]


class Server:
    """*peer* on the server *kind*, from when it accepts connections to the end of the `with` block."""

    def __init__(self, peer: Peer, kind: str, threads: int = 4):
        self.peer, self.kind, self._threads = peer, kind, threads

    def __enter__(self) -> Server:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        (folder / "orders.json").write_text(json.dumps(description.document()), encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        with (folder / "told").open("wb") as told:
            self._process = subprocess.Popen(
                [
                    "taskset",
                    "--cpu-list",
                    str(cores()[0]),
                    *KINDS[self.kind][0](self.peer, self.port, folder, self._threads),
                ],
                cwd=environments.HERE,
                env={**os.environ, "BENCH_VARIANT": self.peer.variant, "PYM_ENV": ""},
                stdout=told,
                stderr=told,
            )
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                text = (folder / "told").read_text()[-3000:]
                self.__exit__(None, None, None)
                sys.exit(f"{self.peer.name} on {self.kind} did not listen:\n{text}")
            time.sleep(0.05)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in reversed(self._pids()):
                os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._folder.cleanup()

    def check(self) -> None:
        """Ends the run where a reply is another than that of all others."""
        for workload in WORKLOADS.values():
            problem = workload.problem(*self.call(workload), self.peer.keeps_open)
            if problem:
                sys.exit(f"{self.peer.name} on {self.kind}: {problem}")

    def call(self, workload: Workload) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"} if workload.body else {}
            connection.request(workload.method, workload.target, workload.body or None, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def cpu_s(self) -> float:
        """Of the process and all that descend from it: user and system, those that have ended too."""
        return sum(_ticks(pid) for pid in self._pids()) / _TICKS

    def peak_mb(self) -> float:
        """The highest that any of its processes has had in memory."""
        return max(_high_water_kib(pid) for pid in self._pids()) / 1024

    def _accepts(self) -> bool:
        with socket.socket() as connection:
            connection.settimeout(0.05)
            is_open = connection.connect_ex(("127.0.0.1", self.port)) == 0
            return is_open and connection.getsockname()[1] != self.port  # else it has met itself

    def _pids(self) -> list[int]:
        found, waiting = [], [self._process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += [int(child) for child in task.read_text().split()]
        return found


def _ticks(pid: int) -> int:
    """utime, stime, cutime and cstime of proc(5), counted from behind the name, in which anything may stand."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(one) for one in fields[11:15])


def _high_water_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
