"""Where the figures of a benchmark stand: between its two marks in docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from collections.abc import Iterable
from pathlib import Path

__all__ = ["options", "show", "when_and_where", "write"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def when_and_where() -> str:
    """`2026-11-22, 2 cores, CPython 3.11.7.`"""
    return f"{datetime.date.today().isoformat()}, {os.cpu_count()} cores, CPython {platform.python_version()}."


def write(name: str, text: str, page: Path = PAGE) -> None:
    """Put *text* in the place of what the last run of *name* left on *page*."""
    begin, end = f"<!-- {name} begins -->", f"<!-- {name} ends -->"
    told = page.read_text(encoding="utf-8")
    before, after = told.split(begin)[0], told.split(end)[1]
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def options(description: str, *more: tuple[str, str], rounds: int) -> argparse.ArgumentParser:
    """
    The parser of the options that a benchmark of the calls of child.py has; *more*: switches, and what they do. Those
    processes are started with `--serve`.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help="windows of each")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    for name, does in more:
        parser.add_argument(name, action="store_true", help=does)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    return parser


def show(name: str, lines: Iterable[str], *, writes: bool) -> None:
    """Print *lines*, and where that was asked for put them into the page as *name*."""
    table = "\n".join(lines)
    print(table)
    if writes:
        write(name, table)
