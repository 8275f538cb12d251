"""
The command `pymacaron`: a group whose commands are loaded when they are named.

One file for each command, in this folder; COMMANDS names them, with the line that `--help` shows, so that help costs no
import but click's. A user's mistake ends in a message and exit code 1 (findings) or 2 (wrong usage), never a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from pymacaron.finding import FindingsError, did_you_mean

__all__ = ["COMMANDS", "Commands", "main"]

#: dict: name of a command -> what it does, in a line. Its module and its function have the same name
COMMANDS = {
    "check": "Tell everything that is wrong with descriptions and handlers.",
    "stubs": "Write apis.py and apis.pyi: models and handlers for type checkers.",
}


class Commands(click.Group):
    """A group that imports a command's module when the command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"pymacaron.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            hint = did_you_mean(name, COMMANDS) or f"Commands are: {', '.join(sorted(COMMANDS))}."
            raise click.UsageError(f"There is no command {name!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in sorted(COMMANDS)])


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"pymacaron {version('pymacaron')}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version."
)
def _pymacaron() -> None:
    """REST services in Python from a Swagger or OpenAPI description."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command that *argv* names (default: those of the process), and exit with its code."""
    try:
        _pymacaron.main(args=None if argv is None else list(argv), prog_name="pymacaron")
    except FindingsError as error:
        click.echo(error, err=True)
        sys.exit(1)
