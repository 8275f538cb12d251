"""
Plots of the tables that stand in docs/, and what README.md shows of them: `make docs-plots`, and whatever writes one of
those tables. `python bench/plots.py`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import chart

__all__ = ["DOCS", "README", "figures", "plots"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
README = DOCS.parent / "README.md"
_BEGIN, _END = "<!-- figures begin -->", "<!-- figures end -->"
_BESIDE = ("bare-flask", "connexion-flask", "fastapi", "falcon-msgspec")
_SUITES = (
    "JSON Schema 2020-12 in OpenAPI 3.1",
    "parameter cases, parsed",
    "descriptions of the corpus: loaded without an error",
)


def plots() -> dict[str, str]:
    """Name of each plot in docs/ -> its SVG, as the tables are now."""
    return {
        "conformance.svg": _conformance(),
        "benchmarks-features.svg": _features(),
        "benchmarks-clients.svg": _clients(),
    }


def figures() -> str:
    """README.md, with the figures that its tables have now."""
    text = README.read_text(encoding="utf-8")
    lines = [
        "CPU of a request, how many times that of PyMacaron: `GET /ping`, a `GET` with values, a `POST` of 1 KB,",
        "one with 4 mistakes, one of 100 KB, one of 500 operations. Below 1, the other one is faster.",
        "",
        "| | W1 | W2 | W3 | W4 | W5 | W6 |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(f"| {' | '.join(row)} |" for row in _rows("benchmarks.md", "bench") if row[0] in _BESIDE),
        "",
        "| suite | cases | passed |",
        "|---|---:|---:|",
        *(f"| {' | '.join(row[:3])} |" for row in _rows("conformance.md", "conformance") if row[0] in _SUITES),
    ]
    return "\n".join([text.partition(_BEGIN)[0] + _BEGIN, *lines, _END + text.partition(_END)[2]])


def _rows(page: str, marks: str) -> Iterator[list[str]]:
    """The cells of each row of the first table between the *marks* of *page*, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8")
    between = text.partition(f"<!-- {marks} begins -->")[2].partition(f"<!-- {marks} ends -->")[0]
    head, *table = re.findall(r"(?:^\|.*\n)+", between, re.MULTILINE)[0].splitlines()[1:]
    assert set(head) <= set("|-:")
    for line in table:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def _conformance() -> str:
    bars = {}
    for marks in ("conformance", "mock"):
        for suite, cases, passed, _ in _rows("conformance.md", marks):
            share = int(passed.replace(",", "")) / int(cases.replace(",", ""))
            bars[suite] = (share, f"{passed} of {cases}")
    return chart.lines("Cases that pass, of all that there are", bars, 1)


def _features() -> str:
    rows = [row for row in _rows("benchmarks.md", "bench-features") if row[2]]
    bars = {armed.replace("`", ""): (max(float(more), 0), f"{more} us") for armed, _, more in rows}
    return chart.lines("CPU that a call costs more where a feature is armed", bars)


def _clients() -> str:
    rows = [row for row in _rows("benchmarks.md", "bench-load-clients") if row[0] == "all that it loads" and row[5]]
    bars = {row[1]: (float(row[5]), f"{row[5]} s, {row[2]} files") for row in rows}
    return chart.lines("Loading real descriptions as clients: CPU seconds per MB", bars)


if __name__ == "__main__":
    for name, svg in plots().items():
        (DOCS / name).write_text(svg, encoding="utf-8")
    README.write_text(figures(), encoding="utf-8")
