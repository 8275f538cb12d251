"""A process of its own for each kind of calls that is timed: it is told how many to make, and says what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

#: dict: name -> microseconds
Least = dict[str, float]

__all__ = ["Child", "answer", "least"]


def least(script: str, names: Iterable[str], rounds: int, calls: int, between: Callable[[], object] = int) -> Least:
    """
    Microseconds of a call of each of *names* in *script*: the least of *rounds* windows of so many *calls*, one after
    the other in turn. *between* is called after each round.
    """
    found = dict.fromkeys(names, float("inf"))
    with ExitStack() as stack:
        children = {name: stack.enter_context(Child(script, name, calls)) for name in found}
        for _ in range(rounds):
            for name, child in children.items():
                found[name] = min(found[name], child.call_us(calls))
            between()
    return found


def answer(prepared: Callable[[Path], tuple[Callable[[], Any], Callable[[Any], bool]]]) -> None:
    """
    What such a child does: read numbers of calls, make them, say how long they took. *prepared* is given a folder, and
    gives the call, and whether what it has given last is what it has to be.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory() as folder:
        call, is_right = prepared(Path(folder))
        for line in sys.stdin:
            found = None
            started = time.thread_time()
            for _ in range(int(line)):
                found = call()
            print(time.thread_time() - started, file=answers)
            if not is_right(found):
                raise RuntimeError(f"{found!r:.500}")


class Child:
    """
    `script --serve name`, which reads a number of calls from each line and answers with their CPU, in seconds. It is
    told *warming* calls first: modules are loaded then, and what is worked out at the first call is. Ends with the
    `with` block.
    """

    def __init__(self, script: str, name: str, warming: int):
        self._script = script
        self._name = name
        self._warming = warming

    def __enter__(self) -> Child:
        command = [sys.executable, "-W", "ignore", self._script, "--serve", self._name]
        environ = {**os.environ, "PYM_ENV": ""}
        folder = Path(self._script).parent
        self._process = subprocess.Popen(
            command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
        )
        self.call_us(self._warming)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def call_us(self, calls: int) -> float:
        """Microseconds of CPU that each of so many *calls* takes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(calls, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self._name} ended with {self._process.wait()}")
        return 1e6 * float(line) / calls
