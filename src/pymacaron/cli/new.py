"""
`pymacaron new`: the folder of a service that runs, passes its own tests, and is there to be changed.

What stands in its files is in scaffold/; here is what is asked for, and what is said of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from pymacaron.cli.terminal import failed

if TYPE_CHECKING:
    from pymacaron.scaffold.project import Name

__all__ = ["new"]

_EXAMPLES = """\b
Examples:
  pymacaron new shop
  pymacaron new services/shop --title "Shop of tea"

\b
Exits with 0 when all files are written, 1 when one of them is there already or cannot be written, and then none is,
2 when it was called wrongly.
"""


@click.command(short_help="Make a service: description, handlers, tests, all that it needs.", epilog=_EXAMPLES)
@click.argument("names", metavar="[NAME]", nargs=-1)
@click.option("--title", metavar="TEXT", help="What people call it. Default: NAME.")
def new(names: tuple[str, ...], title: str | None) -> None:
    """
    Make the service NAME in a folder of that name: a description of six operations, typed handlers, tests, settings, a
    Makefile and a CI file. It runs and passes its tests as it is.

    NAME may be a path, and the folder may be there, as an empty clone is: files that are there are never touched. On a
    terminal, name and title are asked for where there is no NAME.
    """
    from pymacaron.scaffold.project import common_files, shop_files

    name = _named(names, title)
    _write(name, {**common_files(name), **shop_files(name)})


def _named(names: Sequence[str], title: str | None) -> Name:
    """Raises UsageError for what is no name."""
    from pymacaron.scaffold.project import Name, UnusableNameError

    if len(names) > 1:
        raise click.UsageError(f"A name is one word. Did you mean: pymacaron new {'-'.join(names)}?")
    if not names and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("Say what it is called: pymacaron new shop")
    try:
        if names:
            return Name.of(names[0], title)
        given = click.prompt("Name, such as shop", err=True)
        default = Name.of(given).title
        return Name.of(given, click.prompt("Title", default=default, err=True) if title is None else title)
    except UnusableNameError as error:
        raise click.UsageError(str(error)) from None


def _write(name: Name, files: Mapping[str, str]) -> None:
    """Write the service, and say what to look at and what to do next."""
    from pymacaron.scaffold.project import TakenError, summary, write

    try:
        write(name.folder, files)
    except TakenError as error:
        there = ", ".join(str(name.folder / path) for path in error.paths)
        failed(f"nothing was written: there already, or in the way: {there}. Take another name, or move them away")
    except OSError as error:
        failed(f"nothing was written: {error.filename or name.folder}: {error.strerror}")
    click.echo(summary(name, files))
    click.echo("next: pymacaron run")
