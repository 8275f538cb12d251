"""
`pymacaron stubs`: the module apis.py of a service and the stub apis.pyi beside it, written or compared.

What stands in them is in stubs/module.py; here is where they lie, and what is said of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pymacaron.cli.terminal import progress
from pymacaron.finding import Finding, FindingsError

if TYPE_CHECKING:
    from pymacaron.spec.model import Api

__all__ = ["stubs"]

_NAME = "apis.py"


@click.command(short_help="Write apis.py and apis.pyi: models and handlers for type checkers.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="The module to write, such as shop/apis.py. Without it: apis.py in the package of the handlers.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where the files are not what would be written.")
def stubs(paths: tuple[str, ...], output: str | None, check: bool) -> None:
    """
    Write a module that names the apis of a service, and a stub beside it that tells type checkers their models, the
    properties of these, and what each handler gets and returns.

    PATH is a description, or a folder of them; without any: ./apis, or else the current folder.

    \b
    Examples:
      pymacaron stubs
      pymacaron stubs apis/ --output shop/apis.py
      pymacaron stubs --check

    Exits with 0 when all is well, 1 when there are errors in a description, or with --check when a file differs, 2 when
    it was called wrongly.
    """
    from pymacaron.spec.load import load
    from pymacaron.stubs.module import module_text, stub_text

    files, root, most = _sources(paths)
    apis = []
    with progress("reading") as at:
        for file in files:
            at(os.fspath(file))
            apis.append(load(file, max_bytes=most))
    wrong = [finding for api in apis for finding in api.findings if finding.severity == "error"]
    if wrong:
        raise FindingsError(wrong)
    module = _named(output) if output is not None else _package(apis, root) / _NAME
    source = files[0].name if len(files) == 1 else f"{len(files)} descriptions"
    texts = {module: module_text(apis, source), module.with_suffix(".pyi"): stub_text(apis, source)}
    _refuse_others(texts)
    changed = [path for path, text in texts.items() if _read(path) != text]
    shown = " and ".join(_shown(path) for path in texts)
    if check:
        again = " ".join(["pymacaron stubs", *paths, *(["--output", output] if output is not None else [])])
        if changed:
            raise FindingsError(_drift(path, texts[path], again) for path in changed)
        click.echo(f"{shown} are what {source} {'gives' if len(files) == 1 else 'give'}")
        sys.exit(0)
    for path in changed:
        path.write_text(texts[path], encoding="utf-8", newline="\n")
    click.echo(f"{shown} {'written' if changed else 'are up to date'}")


def _sources(paths: Sequence[str]) -> tuple[list[Path], Path, int]:
    """The descriptions, the folder of the service that they belong to, and how many bytes one may have."""
    from pymacaron import check

    files = check.sources(paths)
    config = next((found for file in files if (found := check.config_beside(file)) is not None), None)
    root = Path(config).parent if config is not None else Path.cwd()
    return files, root, check.max_bytes(config) if config is not None else check.MAX_BYTES


def _named(output: str) -> Path:
    path = Path(output)
    if path.suffix != ".py" or not path.stem.isidentifier() or iskeyword(path.stem):
        raise click.BadParameter(f"{output!r} is no name of a module, such as shop/apis.py", param_hint="'--output'")
    if not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {os.fspath(path.parent)!r}", param_hint="'--output'")
    return path


def _package(apis: Sequence[Api], root: Path) -> Path:
    """The package that the handlers of *apis* stand in, a folder below *root*."""
    from pymacaron.server.binding import path_of

    operations = [one for api in apis for one in (*api.operations, *api.webhooks)]
    tops = {path.partition(".")[0] for one in operations if (path := path_of(one)) is not None}
    found = sorted(top for top in tops if (root / top).is_dir())
    if len(found) == 1:
        return Path(os.path.relpath(root / found[0]))
    fact = f"handlers stand in {', '.join(found)}" if found else "no handler stands in a package that is here"
    raise click.UsageError(
        f"Which module to write is not clear: {fact}. Say it: --output {(found or ['shop'])[0]}/{_NAME}"
    )


def _refuse_others(paths: Iterable[Path]) -> None:
    """Raises UsageError where one of *paths* is a file that somebody else wrote."""
    from pymacaron.stubs.module import HEAD

    for path in paths:
        text = _read(path)
        if text and not text.startswith(HEAD):
            raise click.UsageError(f"{_shown(path)} was not written by this command. Name another file: --output FILE")


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _shown(path: Path) -> str:
    return os.path.relpath(path)


def _drift(path: Path, wanted: str, again: str) -> Finding:
    """What says that the file *path* has not the text *wanted*, at the first line that differs."""
    text = _read(path)
    mend = f"Run: {again}"
    if text is None:
        return Finding(_shown(path), 0, 0, "drift", "there is no such file", mend)
    lines, others = text.splitlines(), wanted.splitlines()
    line = next((n for n, (one, other) in enumerate(zip(lines, others, strict=False), 1) if one != other), 0)
    line = line or min(len(lines), len(others)) + 1
    return Finding(_shown(path), line, 0, "drift", "it is not what the descriptions give", mend)
