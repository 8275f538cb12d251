"""`pymacaron coverage`: what several runs of tests reached together."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pymacaron.cli.covering import FILE, PERCENT, wanted, writing

__all__ = ["coverage"]


@click.command(short_help="Put the coverage of several test runs together.")
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--html", type=FILE, metavar="FILE", help="Write it as a page that stands alone.")
@click.option("--json", "json_file", type=FILE, metavar="FILE", help="Write it as JSON.")
@click.option("--fail-under", type=PERCENT, metavar="PERCENT", help="Exit with 1 where less is reached.")
def coverage(reports: tuple[Path, ...], html: Path | None, json_file: Path | None, fail_under: float | None) -> None:
    """
    Tell what several runs of tests reached together. REPORT is a file that `pymacaron test --coverage-json` has
    written; all are about the same descriptions.

    \b
    Examples:
      pymacaron coverage unit.json accept.json --fail-under 80
      pymacaron coverage build/*.json --html coverage.html

    Exits with 0 when all is well, 1 where --fail-under is missed, 2 when it was called wrongly.
    """
    from pymacaron.testing.covering import ReportError, combine, delivered, read

    try:
        report = combine([read(path) for path in reports])
    except ReportError as error:
        raise click.UsageError(str(error)) from None
    asked = wanted(True, html, json_file, fail_under)
    sys.exit(writing(lambda _: 0 if delivered(report, asked, click.echo) else 1)(None))
