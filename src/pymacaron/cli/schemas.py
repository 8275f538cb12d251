"""
`pymacaron schemas`: JSON Schemas of pym-config.yaml and of descriptions, with our extensions, for editors.

What they say is made in config/schemas.py and spec/schemas.py, of the tables that the readers of both go by; here is
where they are written.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pymacaron.cli.described import read, replace, shown
from pymacaron.finding import Finding, FindingsError

__all__ = ["schemas"]


@click.command(short_help="Write JSON Schemas, by which editors complete pym-config.yaml and descriptions.")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False),
    default=".schemas",
    show_default=True,
    help="The folder to write them to.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where the files are not what would be written.")
def schemas(out: str, check: bool) -> None:
    """
    Write pym-config.json, a JSON Schema of the settings, and openapi.json, one of descriptions, Swagger 2.0 and OpenAPI
    3, with the extensions that mean something here. Editors complete keys by them and underline what cannot be.

    \b
    Examples:
      pymacaron schemas
      pymacaron schemas --out editors/
      pymacaron schemas --check

    Exits with 0 when all is well, 1 when a file cannot be written, or with --check when one differs, 2 when it was
    called wrongly.
    """
    from pymacaron.scaffold.editing import schema_files

    texts = {Path(out, name): text for name, text in schema_files().items()}
    changed = [path for path, text in texts.items() if read(path) != text]
    told = " and ".join(shown(path) for path in texts)
    if check:
        again = "pymacaron schemas" if out == ".schemas" else f"pymacaron schemas --out {out}"
        if changed:
            raise FindingsError(_drift(path, f"Run: {again}") for path in changed)
        click.echo(f"{told} are what this version gives")
        sys.exit(0)
    for path in changed:
        replace(path, texts[path])
    click.echo(f"{told} {'written' if changed else 'are up to date'}")


def _drift(path: Path, mend: str) -> Finding:
    fact = "there is no such file" if read(path) is None else "it is not what this version gives"
    return Finding(shown(path), 0, 0, "drift", fact, mend)
