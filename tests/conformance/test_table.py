"""The table of conformance: its text, its place in the docs, and that what stands there is what is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from conformance.measures import MEASURES, Measure
from conformance.table import PAGE, Row, numbers_of, text, write

ROWS = [Row("one", 3, 3), Row("two", 3000, 2998, ("a *b*", "c\nd"))]
TABLE = """\
| suite | cases | passed | the rest |
|---|---:|---:|---:|
| one | 3 | 3 | 0 |
| two | 3,000 | 2,998 | 2 |

two:

- a \\*b\\*
- c d"""


def test_a_row_has_its_suite_its_numbers_and_the_rest_by_name() -> None:
    assert text(ROWS) == TABLE


def test_the_table_stands_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- conformance begins -->\nold\n<!-- conformance ends -->\nb\n")
    write(TABLE, page)
    written = page.read_text()
    assert written.startswith("a\n<!-- conformance begins -->\n20")
    assert written.endswith(f"\n\n{TABLE}\n<!-- conformance ends -->\nb\n")
    assert numbers_of(written) == {"one": (3, 3), "two": (3000, 2998)}


def test_the_docs_have_the_suites_that_are_measured_and_no_others() -> None:
    measured = [suite for measure in MEASURES for suite in measure.suites]
    assert list(numbers_of(PAGE.read_text(encoding="utf-8"))) == measured


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    "measure", [one for one in MEASURES if one.name in ("suite", "parameters")], ids=lambda one: one.name
)
def test_the_docs_have_the_numbers_of_what_is_measured_in_seconds(measure: Measure) -> None:
    on_page = numbers_of(PAGE.read_text(encoding="utf-8"))
    measured = {row.suite: (row.cases, row.passed) for row in measure.rows()}
    assert {suite: on_page[suite] for suite in measure.suites} == measured
