"""A process of its own for each kind of calls that is timed: it is told how many to make, and says what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["Child"]


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
