"""
The options of `pymacaron test` that are about coverage: what of its descriptions the tests of a service reached.

What is counted is in testing/covering/.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pymacaron.finding import FindingsError

if TYPE_CHECKING:
    from pymacaron.testing.covering import Wanted
    from pymacaron.testing.reached import Target

__all__ = ["FILE", "PERCENT", "coverage_options", "covered_by", "demand_writable", "wanted", "writing"]

_F = TypeVar("_F", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, path_type=Path)


class _Percent(click.FloatRange):
    """A number from 0 to 100; nan is none, though it is not beyond either."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found: float = super().convert(value, param, ctx)
        if found != found:
            self.fail(f"{value!r} is no number.", param, ctx)
        return found


PERCENT = _Percent(0, 100)


def coverage_options(command: _F) -> _F:
    """Give *command* the options of coverage: coverage, coverage_html, coverage_json, fail_under."""
    for add in (
        click.option("--fail-under", type=PERCENT, metavar="PERCENT", help="Exit with 1 where less is reached."),
        click.option("--coverage-json", type=FILE, metavar="FILE", help="Write all that was reached, as JSON."),
        click.option("--coverage-html", type=FILE, metavar="FILE", help="Write it as a page that stands alone."),
        click.option("--coverage", is_flag=True, help="Tell what of the descriptions in apis/ the tests reached."),
    ):
        command = add(command)
    return command


def covered_by(
    trial: Callable[[Target], int],
    coverage: bool,
    coverage_html: Path | None,
    coverage_json: Path | None,
    fail_under: float | None,
    paths: Sequence[str] = (),
) -> Callable[[Target], int]:
    """
    *trial*, with its coverage of the descriptions in *paths*, by default ./apis, told and written; itself where none of
    the options was given. Raises FindingsError.
    """
    if not coverage and coverage_html is None and coverage_json is None and fail_under is None:
        return trial
    from pymacaron.check.files import sources
    from pymacaron.spec.load import load
    from pymacaron.testing.covering import covered

    apis = [load(path) for path in sources(paths)]
    wrong = [one for api in apis for one in api.findings if one.severity == "error"]
    if wrong:
        raise FindingsError(wrong)
    return writing(covered(trial, wanted(coverage, coverage_html, coverage_json, fail_under), apis, click.echo))


def wanted(is_told: bool, html: Path | None, json_file: Path | None, fail_under: float | None) -> Wanted:
    """What is done with a report."""
    from pymacaron.testing.covering import Wanted

    return Wanted(is_told, html, json_file, fail_under)


def demand_writable(*paths: Path | None) -> None:
    """Make the folders of *paths*, before anything is run for what is to be written there. Raises UsageError."""
    for path in paths:
        if path is None:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
            path.open("ab").close()
            if is_new:
                path.unlink()
        except FileExistsError:
            raise click.UsageError(f"{path} cannot be written: {path.parent} is no folder") from None
        except OSError as error:
            raise click.UsageError(f"{path} cannot be written: {error.strerror}") from None


def writing(run: Callable[[Any], int]) -> Callable[[Any], int]:
    """*run*, of which a file that cannot be written is a wrong usage."""

    def written(target: Any) -> int:
        try:
            return run(target)
        except OSError as error:
            if error.filename is None:
                raise
            raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}") from None

    return written
