"""
CPU of a request without a server: every app in a process of its own, one window after the other in turn, so that
whatever else the machine does hits all of them alike. The least of an app's windows counts, since noise only adds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import environments
from figures import Figures
from peers import PEERS, PLACES, Peer
from workloads import WORKLOADS, Workload

__all__ = ["measure"]


def measure(figures: Figures, names: Sequence[str], rounds: int, window_s: float) -> None:
    """The peers of *names*, each with *rounds* windows of *window_s* seconds of CPU in every workload."""
    peers = [peer for peer in PEERS if peer.name in names and peer.interface != "node"]
    for environment in dict.fromkeys(peer.environment for peer in peers):
        environments.install(environment)
    with ExitStack() as stack:
        workers = {peer.name: stack.enter_context(Worker(peer)) for peer in peers}
        for worker in workers.values():
            worker.check()
        for workload in WORKLOADS.values():
            least = _least(workers, workload, rounds, window_s)
            for name, cpu_us in least.items():
                figures.note("in-process", workload.name, name, cpu_us)
            for place in PLACES:
                ours = least.get(place.ours)
                if ours is None:
                    continue
                for other in place.others:
                    if other in least:
                        figures.add(
                            place.name, workload.name, dict(place.renamed).get(other, other), least[other], ours
                        )


def _least(workers: dict[str, Worker], workload: Workload, rounds: int, window_s: float) -> dict[str, float]:
    """dict: peer -> microseconds of CPU for one call, the least of all windows."""
    calls = {name: worker.calls(workload, window_s) for name, worker in workers.items()}
    least = dict.fromkeys(workers, float("inf"))
    for _ in range(rounds):
        for name, worker in workers.items():
            least[name] = min(least[name], 1e6 * worker.cpu_s(workload, calls[name]) / calls[name])
    return least


class Worker:
    """The process of one peer. Ends with the `with` block."""

    def __init__(self, peer: Peer):
        self.peer = peer
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  closed in __exit__

    def __enter__(self) -> Worker:
        self._process = subprocess.Popen(
            [
                environments.python(self.peer.environment),
                "-W",
                "ignore",
                "worker.py",
                f"apps.{self.peer.module}",
                self.peer.interface,
            ],
            cwd=environments.HERE,
            env={**os.environ, "BENCH_VARIANT": self.peer.variant, "PYM_ENV": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            text=True,
        )
        self._answer()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        self._told.close()

    def check(self) -> None:
        """Ends the run where a reply is another than that of all others."""
        for workload in WORKLOADS.values():
            answer = self._ask(workload.name)
            problem = workload.problem(answer["status"], answer["body"].encode(), self.peer.keeps_open)
            if problem:
                sys.exit(f"{self.peer.name}: {problem}")

    def calls(self, workload: Workload, window_s: float) -> int:
        """How many calls fill a window. First calls import modules and compile, so a count is tried twice."""
        calls, spent = 1, 0.0
        while spent < window_s / 2:
            self.cpu_s(workload, calls)
            spent = self.cpu_s(workload, calls)
            calls *= 2
        return max(1, round(calls / 2 * window_s / spent))

    def cpu_s(self, workload: Workload, calls: int) -> float:
        spent: float = self._ask(f"{workload.name} {calls}")["cpu_s"]
        return spent

    def _ask(self, command: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._told.seek(0)
            sys.exit(f"{self.peer.name} ended with {self._process.wait()}:\n{self._told.read()[-3000:].decode()}")
        return json.loads(line)
