"""Where the figures of a benchmark stand: between its two marks in docs/benchmarks.md."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

__all__ = ["when_and_where", "write"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def when_and_where() -> str:
    """`2026-11-22, 2 cores, CPython 3.11.7.`"""
    return f"{datetime.date.today().isoformat()}, {os.cpu_count()} cores, CPython {platform.python_version()}."


def write(name: str, text: str) -> None:
    """Put *text* in the place of what the last run of *name* left there."""
    begin, end = f"<!-- {name} begins -->", f"<!-- {name} ends -->"
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(begin)[0], page.split(end)[1]
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
