"""
`pymacaron stubs`: the module apis.py of a service and the stub apis.pyi beside it, written or compared.

What stands in them is in stubs/module.py; here is where they lie, and what is said of them.
"""

from __future__ import annotations

import os
import sys
from keyword import iskeyword
from pathlib import Path

import click

from pymacaron.cli.described import described, read, replace, shown
from pymacaron.finding import Finding, FindingsError

__all__ = ["stubs"]

_NAME = "apis.py"


@click.command(short_help="Write apis.py and apis.pyi: models, handlers, clients for type checkers.")
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
    properties of these, what each handler gets and returns, and the methods of clients.

    PATH is a description, or a folder of them; without any: ./apis, or else the current folder.

    \b
    Examples:
      pymacaron stubs
      pymacaron stubs apis/ --output shop/apis.py
      pymacaron stubs --check

    Exits with 0 when all is well, 1 when there are errors in a description, or with --check when a file differs, 2 when
    it was called wrongly.
    """
    service = described(paths)
    module = _named(output) if output is not None else service.package() / _NAME
    texts, source = service.stubs(module), service.source
    changed = [path for path, text in texts.items() if read(path) != text]
    told = " and ".join(shown(path) for path in texts)
    if check:
        again = " ".join(["pymacaron stubs", *paths, *(["--output", output] if output is not None else [])])
        if changed:
            raise FindingsError(_drift(path, texts[path], again) for path in changed)
        click.echo(f"{told} are what {source} {'gives' if len(service.apis) == 1 else 'give'}")
        sys.exit(0)
    for path in changed:
        replace(path, texts[path])
    click.echo(f"{told} {'written' if changed else 'are up to date'}")


def _named(output: str) -> Path:
    path = Path(output)
    if path.suffix != ".py" or not path.stem.isidentifier() or iskeyword(path.stem):
        raise click.BadParameter(f"{output!r} is no name of a module, such as shop/apis.py", param_hint="'--output'")
    if not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {os.fspath(path.parent)!r}", param_hint="'--output'")
    return path


def _drift(path: Path, wanted: str, again: str) -> Finding:
    """What says that the file *path* has not the text *wanted*, at the first line that differs."""
    text = read(path)
    mend = f"Run: {again}"
    if text is None:
        return Finding(shown(path), 0, 0, "drift", "there is no such file", mend)
    lines, others = text.splitlines(), wanted.splitlines()
    line = next((n for n, (one, other) in enumerate(zip(lines, others, strict=False), 1) if one != other), 0)
    line = line or min(len(lines), len(others)) + 1
    return Finding(shown(path), line, 0, "drift", "it is not what the descriptions give", mend)
