"""
`pymacaron new`: the folder of a service that runs, passes its own tests, and is there to be changed.

What stands in its files is in scaffold/; here is what is asked for, and what is said of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from pymacaron.cli.terminal import failed, findings_text, progress

if TYPE_CHECKING:
    from pathlib import Path

    from pymacaron.finding import Finding
    from pymacaron.scaffold.adopting import Adopted
    from pymacaron.scaffold.project import Name

__all__ = ["new"]

_EXAMPLES = """\b
Examples:
  pymacaron new shop
  pymacaron new services/shop --title "Shop of tea"
  pymacaron new pets --from old/openapi.yaml

\b
Exits with 0 when all files are written, 1 when one of them is there already or cannot be written, and then none is, or
when `pymacaron check` finds errors in what was written, 2 when it was called wrongly.
"""


@click.command(short_help="Make a service: description, handlers, tests, all that it needs.", epilog=_EXAMPLES)
@click.argument("names", metavar="[NAME]", nargs=-1)
@click.option("--title", metavar="TEXT", help="What people call it. Default: NAME, or what the description says.")
@click.option("--from", "source", metavar="FILE", type=click.Path(), help="A description that is there: adopt it.")
def new(names: tuple[str, ...], title: str | None, source: str | None) -> None:
    """
    Make the service NAME in a folder of that name: a description of six operations, typed handlers, tests, settings, a
    Makefile and a CI file. It runs and passes its tests as it is.

    With --from it answers the description FILE, Swagger 2.0 or OpenAPI 3: a copy of it, with all files that it refers
    to, and a typed handler for each operation, which gives the description's example until it is written, or 501.

    NAME may be a path, and the folder may be there, as an empty clone is: files that are there are never touched. On a
    terminal, name and title are asked for where there is no NAME.
    """
    if source is not None:
        _adopt(names, title, _local(source))
        return
    from pymacaron.scaffold.project import common_files, shop_files

    name = _named(names, title)
    files = {**common_files(name, keeps_models=True), **shop_files(name)}
    _write(name, files)
    _tell(name, list(files))


def _adopt(names: Sequence[str], title: str | None, source: str) -> None:
    """The service of the description in the file *source*."""
    from pathlib import Path

    from pymacaron.scaffold.adopting import adopt
    from pymacaron.scaffold.project import adopted_tests, common_files

    name = _named(names, title, ask_title=False)
    with progress("reading") as at:
        at(source)
        adopted = adopt(Path(source), name.folder, name.package)
    name = _titled(name, title, adopted.title)
    guards = f"{name.package}.authenticators" if adopted.is_guarded else ""
    common = common_files(name, description=adopted.description, authenticators=guards, strict=False)
    _write(name, {**common, **adopted_tests(name), **adopted.files})
    with progress("looking at") as at:
        at(source)
        findings = _looked_at(name.folder / adopted.description)
    if findings:
        click.echo(findings_text(findings), err=True)
    listed = [path for path in (*common, *adopted.files, "test/") if not path.startswith("apis/")]
    _tell(name, [adopted.description, *listed], _counted(adopted, findings))
    if any(finding.severity == "error" for finding in findings):
        sys.exit(1)


def _local(source: str) -> str:
    """*source*, the path of a file. Raises UsageError for a URL: nothing is fetched from elsewhere."""
    if "://" in source:
        mend = f"Fetch it, and name the file: curl -LO {source}"
        if source.startswith("file://"):
            mend = f"Name the path: --from {source.removeprefix('file://')}"
        raise click.BadParameter(f"it is a file, not a URL. {mend}", param_hint="'--from'")
    return source


def _titled(name: Name, said: str | None, described: str) -> Name:
    """*name* with the title of the description, where none was *said* and that is one."""
    from pymacaron.scaffold.project import Name, UnusableNameError

    try:
        return name if said is not None else Name.of(str(name.folder), described)
    except UnusableNameError:
        return name


def _looked_at(description: Path) -> Sequence[Finding]:
    """What `pymacaron check` finds in it."""
    from pymacaron import check, dotenv

    config_file = check.config_beside(description)
    if config_file is not None:
        dotenv.load(os.path.dirname(config_file))
    return check.check([description], serve=[description.stem]).findings


def _counted(adopted: Adopted, findings: Sequence[Finding]) -> str:
    """`42 operations, 42 typed handlers, 3 warnings (apis/pets.yaml:12, ...)`."""
    places = list(dict.fromkeys(f"{finding.file}:{finding.line}" for finding in findings))
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    where = f" ({', '.join(places[:3])}{more})" if places else ""
    errors = sum(finding.severity == "error" for finding in findings)
    counts = [(adopted.operations, "operation"), (adopted.handlers, "typed handler")]
    counts += [*([(errors, "error")] if errors else []), (len(findings) - errors, "warning")]
    return ", ".join(f"{count or 'no'} {word}{'s' * (count != 1)}" for count, word in counts) + where


def _named(names: Sequence[str], title: str | None, *, ask_title: bool = True) -> Name:
    """Raises UsageError for what is no name."""
    from pymacaron.scaffold.project import Name, UnusableNameError

    if len(names) > 1:
        raise click.UsageError(f"A name is one word. Did you mean: pymacaron new {'-'.join(names)}?")
    if not names and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("Say what it is called: pymacaron new shop")
    try:
        if names:
            return Name.of(names[0], title)
        Name.of("shop", title)  # a title that is none is told before anything is asked
    except UnusableNameError as error:
        raise click.UsageError(str(error)) from None
    named = _asked("Name, such as shop", lambda given: Name.of(given, title))
    if title is not None or not ask_title:
        return named
    return _asked("Title", lambda given: Name.of(str(named.folder), given), named.title)


def _asked(question: str, name_of: Callable[[str], Name], default: str | None = None) -> Name:
    """The name that is made of the answer; asked again where none can be."""
    from pymacaron.scaffold.project import UnusableNameError

    def named(given: str) -> Name:
        try:
            return name_of(given)
        except UnusableNameError as error:
            raise click.UsageError(error.fact) from None

    found: Name = click.prompt(question, default=default, value_proc=named, err=True)
    return found


def _write(name: Name, files: Mapping[str, str]) -> None:
    from pymacaron.scaffold.project import TakenError, write

    try:
        write(name.folder, files)
    except TakenError as error:
        there = ", ".join(str(name.folder / path) for path in error.paths)
        failed(f"nothing was written: there already, or in the way: {there}. Take another name, or move them away")
    except OSError as error:
        failed(f"nothing was written: {error.filename or name.folder}: {error.strerror}")


def _tell(name: Name, files: Sequence[str], *more: str) -> None:
    """What to look at, and what to do next."""
    from pymacaron.scaffold.project import summary

    for line in (summary(name, files), *more, "next: pymacaron run"):
        click.echo(line)
