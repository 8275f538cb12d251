"""The process that carries a plan out: started, listened to, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["driven"]

_DRIVER = "pymacaron.testing.contract.driver"
_BYTES = 4_000
#: Seconds that a driver may take to tell what it has found, once it is to stop
_END_S = 15.0
Take = Callable[[Mapping[str, Any]], object]


def driven(said: Mapping[str, Any], folder: str, take: Take) -> str:
    """
    Have *take* be given every line of a driver that is told *said*, and keeps its own files in *folder*; the last that
    it writes besides. At a Ctrl-C it is given what was found until then, and KeyboardInterrupt is raised.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMATHESIS_")}
    environ |= {"HYPOTHESIS_STORAGE_DIRECTORY": folder, "PYTHONHASHSEED": "0"}
    with Path(folder, "log").open("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _DRIVER],  # -P: no file of the service stands in for a library
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            process_group=0,  # a Ctrl-C at the terminal is for the command, which tells what was found until then
        )
        try:
            _talk(process, said, take)
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        return log.read().decode("utf-8", "replace")[-_BYTES:].rstrip()


def _talk(process: subprocess.Popen[str], said: Mapping[str, Any], take: Take) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError), process.stdin as sent:  # it has ended, and its log says why
        json.dump(said, sent)
    with process.stdout as lines:
        try:
            _read(lines, take)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            late = threading.Timer(_END_S, process.kill)
            late.start()
            try:
                _read(lines, take)
            finally:
                late.cancel()
                late.join()
            raise


def _read(lines: Iterable[str], take: Take) -> None:
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:  # a part of one that a Ctrl-C or a kill has cut
            continue
        take(said)
