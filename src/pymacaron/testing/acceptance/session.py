"""
A plugin of the pytest that running.py starts: it writes down what became of each test, hears a Ctrl-C once, and ends
where `pymacaron test` was killed.

pytest finds these functions by their names, so nothing is imported from it. Source: pytest's reference of hooks.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

from pymacaron.parent import when_gone

__all__ = [
    "OPTION",
    "Cases",
    "pytest_addoption",
    "pytest_configure",
]

#: The option that names the file of the results
OPTION = "--pymacaron-cases"
#: Seconds in which a second SIGINT is the first one, sent by the terminal and by `pymacaron test`
_SAME_S = 1.0
#: What became of a test, the worst first
_WORST = ("error", "failed", "skipped", "passed")


def pytest_addoption(parser: Any) -> None:
    parser.addoption(OPTION, metavar="FILE", help="for pymacaron test: the file of what became of each test")


def pytest_configure(config: Any) -> None:
    if hasattr(config, "workerinput"):  # of pytest-xdist: the process that has started it is told everything
        return
    when_gone(os.getppid(), lambda: os.kill(os.getpid(), signal.SIGINT))
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _Interrupted())
    file = config.getoption(OPTION)
    if file:
        config.pluginmanager.register(Cases(Path(file)))


class _Interrupted:
    """The handler of SIGINT: as Python's own, but for one that follows at once."""

    def __init__(self) -> None:
        self._last_s = -_SAME_S

    def __call__(self, number: int, frame: FrameType | None) -> None:
        before, self._last_s = self._last_s, time.monotonic()
        if self._last_s - before >= _SAME_S:
            raise KeyboardInterrupt


class Cases:
    """Writes *file* at the end: a list of objects, one for each test, with the fields of a Case."""

    def __init__(self, file: Path):
        self._file = file
        self._cases: dict[str, dict[str, Any]] = {}

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self._add(report, "error", f"not collected: {_reason(report)}")
        elif report.skipped:
            self._add(report, "skipped", _reason(report))

    def pytest_runtest_logreport(self, report: Any) -> None:
        if hasattr(report, "wasxfail"):
            outcome, message = ("skipped" if report.skipped else "passed"), report.wasxfail
        elif report.failed and report.when != "call":
            outcome, message = "error", f'failed on {report.when} with "{_reason(report)}"'
        else:
            outcome, message = report.outcome, "" if report.passed else _reason(report)
        self._add(report, outcome, message)

    def pytest_sessionfinish(self) -> None:
        self._file.write_text(json.dumps(list(self._cases.values())), encoding="utf-8")

    def _add(self, report: Any, outcome: str, message: str) -> None:
        """What is worse counts: of what comes before a test, of the test, of what comes after it."""
        case = self._cases.setdefault(
            report.nodeid, {"name": _name(report.nodeid), "outcome": "passed", "duration_s": 0.0, "message": ""}
        )
        case["duration_s"] += getattr(report, "duration", 0.0)
        if _WORST.index(outcome) < _WORST.index(case["outcome"]):
            lines = str(message).splitlines()
            case |= {"outcome": outcome, "message": lines[0] if lines else ""}


def _reason(report: Any) -> str:
    if isinstance(report.longrepr, tuple):  # where it was skipped: file, line, reason
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = str(report.longrepr if crash is None else crash.message).strip().splitlines()
    return lines[0] if lines else ""


def _name(node: str) -> str:
    """`testaccept.test_me.Test::test_ping`, as JUnit files have it: class, and test."""
    begun, bracket, values = node.partition("[")
    path, *names = begun.split("::")
    classes = [path.removesuffix(".py").replace("/", "."), *names[:-1]]
    return "::".join([".".join(classes), *(f"{name}{bracket}{values}" for name in names[-1:])])
