"""
The table of `make conformance`: what we were measured against, how many cases it has, how many pass, the rest by name.

A module of this folder that measures something has `rows(...)`, which gives Rows; __main__.py asks each of them.
"""

from __future__ import annotations

import datetime
import os
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PAGE", "Row", "numbers_of", "text", "write"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
_BEGIN, _END = "<!-- {} begins -->", "<!-- {} ends -->"


@dataclass(frozen=True)
class Row:
    """`rest`: each case that did not pass, by name, or a group of them with its count; and why, where that is known."""

    suite: str
    cases: int
    passed: int
    rest: tuple[str, ...] = ()


def text(rows: Iterable[Row]) -> str:
    """*rows* in Markdown: the table, and below it the rest by name."""
    rows = list(rows)
    lines = ["| suite | cases | passed | the rest |", "|---|---:|---:|---:|"]
    lines += [f"| {row.suite} | {row.cases:,} | {row.passed:,} | {row.cases - row.passed:,} |" for row in rows]
    for row in rows:
        if row.rest:
            lines += ["", f"{row.suite}:", "", *(f"- {_line(one)}" for one in row.rest)]
    return "\n".join(lines)


def _line(text: str) -> str:
    """*text* as one line, in which Markdown sees nothing of its own."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))


def numbers_of(page: str, marks: str = "conformance") -> dict[str, tuple[int, int]]:
    """dict: suite of the table on *page*, in their order -> (cases, passed)."""
    lines = page.split(_BEGIN.format(marks))[1].split(_END.format(marks))[0].splitlines()
    rows = [line.removeprefix("| ").split(" | ") for line in lines if line.startswith("| ")][1:]
    return {suite: (_number(cases), _number(passed)) for suite, cases, passed, _ in rows}


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def write(table: str, page: Path = PAGE, marks: str = "conformance") -> None:
    """
    Put *table* in the place of the one that the last run left on *page*, between the *marks* of that name, with the
    date and the machine.
    """
    begin, end = _BEGIN.format(marks), _END.format(marks)
    when = f"{datetime.date.today().isoformat()}, {os.cpu_count()} cores, CPython {platform.python_version()}."
    before, rest = page.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    page.write_text(f"{before}{begin}\n{when}\n\n{table}\n{end}{after}", encoding="utf-8")
