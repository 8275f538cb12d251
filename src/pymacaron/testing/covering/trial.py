"""
A trial of a service whose coverage is wanted: the calls recorded, counted, told and written, the gate looked at.

    code = covered(trial, Wanted(html=Path("coverage.html"), fail_under=80), apis)(target)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pymacaron.config import get_config
from pymacaron.spec.model import Api
from pymacaron.testing.covering.counting import counting
from pymacaron.testing.covering.exchanges import Exchanges, Secrets
from pymacaron.testing.covering.page import page
from pymacaron.testing.covering.proxy import recorded
from pymacaron.testing.covering.report import Report
from pymacaron.testing.covering.text import brief, text
from pymacaron.testing.reached import Target

__all__ = ["Trial", "Wanted", "covered", "delivered"]

#: Tests of a service that runs there -> an exit code
Trial = Callable[[Target], int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is wanted of coverage. `is_told`: as text; `html`, `json`: the files to write; `fail_under`: the percentage
    below which the exit code is 1, None for no gate.
    """

    is_told: bool = True
    html: Path | None = None
    json: Path | None = None
    fail_under: float | None = None


def covered(trial: Trial, wanted: Wanted, apis: Iterable[Api], say: Callable[[str], object] = print) -> Trial:
    """
    *trial*, whose calls are counted and told by *say* when it has ended; its exit code is 1 where it passed and the
    gate is missed. A Ctrl-C in it passes, after what was reached until then is told. Raises OSError where a file cannot
    be written.
    """
    described = list(apis)

    def run(target: Target) -> int:
        known = [replace(api, base_path="") for api in described] if get_config().ignore_base_path else described
        exchanges, code, stopped = Exchanges(), 0, None
        with counting(known, exchanges) as coverage:
            try:
                with recorded(target, Secrets.of(known), exchanges) as (between, _):
                    code = trial(between)
            except KeyboardInterrupt as interrupt:
                stopped = interrupt
        report = coverage.report(exchanges.failures)
        if stopped is not None:
            delivered(report, replace(wanted, fail_under=None), say)
            raise stopped
        is_open = delivered(report, wanted, say)
        return code or (0 if is_open else 1)

    return run


def delivered(report: Report, wanted: Wanted, say: Callable[[str], object] = print) -> bool:
    """Tell and write *report* as *wanted*; whether the gate opens. Raises OSError."""
    say(text(report).rstrip("\n") if wanted.is_told else brief(report))
    if wanted.json is not None:
        report.write(wanted.json)
    if wanted.html is not None:
        wanted.html.parent.mkdir(parents=True, exist_ok=True)
        wanted.html.write_text(page(report), encoding="utf-8")
    missed = report.short_of(wanted.fail_under) if wanted.fail_under is not None else ""
    if missed:
        say(missed)
    return not missed
