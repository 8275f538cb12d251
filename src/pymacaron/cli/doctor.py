"""
`pymacaron doctor`: what this machine lacks for the service; with `--legacy`, what to change in an old one.

What is looked at is in pymacaron/doctor/; here is how it is asked for and shown.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pymacaron.doctor import Need

__all__ = ["doctor"]


@click.command(short_help="Tell what this machine lacks, or what an old service has to change.")
@click.option(
    "--legacy", metavar="PATH", type=click.Path(), help="Read the old service in PATH, and list what to change."
)
@click.option("--json", "is_json", is_flag=True, help="Write a list of objects, for programs.")
def doctor(legacy: str | None, is_json: bool) -> None:
    """
    Tell what the service in this folder needs of the machine, as far as it uses it, what of that is missing, and how to
    have it.

    With --legacy: list what to change in a service that was written for an older PyMacaron, or for Connexion, by file,
    line and column. Nothing of the service runs, and nothing is changed.

    \b
    Examples:
      pymacaron doctor
      pymacaron doctor --json
      pymacaron doctor --legacy ../old-service

    Exits with 0 when nothing is missing, or has to change, 1 when something is or has, 2 when it was called wrongly.
    """
    if legacy is not None:
        sys.exit(_legacy(Path(legacy), is_json))
    from pymacaron.doctor import needs

    found = needs(Path.cwd())
    if is_json:
        listed = [{"name": one.name, "ok": one.is_met, "fact": one.fact, "mend": one.mend} for one in found]
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
    else:
        click.echo(_shown(found))
    sys.exit(0 if all(one.is_met for one in found) else 1)


def _shown(needs: list[Need]) -> str:
    width = max(len(one.name) for one in needs)
    lines = []
    for one in needs:
        word = click.style("ok     ", fg="green") if one.is_met else click.style("missing", fg="red", bold=True)
        lines.append(f"{word}  {one.name:<{width}}  {one.fact}")
        if one.mend:
            lines.append(f"{'':9}{'':<{width}}  {one.mend}")
    missing = sum(not one.is_met for one in needs)
    lines += ["", f"{missing} missing" if missing else "nothing is missing"]
    return "\n".join(lines)


def _legacy(path: Path, is_json: bool) -> int:
    """List what is to change in the service at *path*. The exit code."""
    from pymacaron.doctor import legacy

    found, files = legacy(path)
    must = sum(one.is_must for one in found)
    if is_json:
        listed = []
        for one in found:
            members = asdict(one)
            listed.append({"file": members.pop("file"), "must": members.pop("is_must"), **members})
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
    else:
        shown = [str(one) for one in found]
        counted = f"{must} must change, {len(found) - must} may, in {files} file{'' if files == 1 else 's'}"
        click.echo("\n".join([*shown, *([""] if shown else []), counted]))
    return 1 if must else 0
