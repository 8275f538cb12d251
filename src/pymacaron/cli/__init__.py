"""
The command `pymacaron`: a group whose commands are loaded when they are named.

One file for each command, in this folder; COMMANDS names them, with the line that `--help` shows, so that help costs no
import but click's. A user's mistake ends in a message and exit code 1 (findings) or 2 (wrong usage), never a traceback.
Each command's help has examples, its choices are those of terminal.py, and docs/commands.md says more of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.terminal import Choice, failed, findings_text, when
from pymacaron.finding import FindingsError, did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["COMMANDS", "Commands", "main"]

#: dict: name of a command -> what it does, in a line. Its module and its function have the same name
COMMANDS = {
    "check": "Tell everything that is wrong with descriptions and handlers.",
    "completion": "Print the lines that make a shell complete commands and options.",
    "coverage": "Put the coverage of several test runs together.",
    "deploy": "Release the service on AWS, without downtime.",
    "diff": "Tell what has changed in descriptions, and whom it breaks.",
    "doctor": "Tell what this machine lacks, or what an old service has to change.",
    "image": "Build the container image of a service.",
    "infra": "Write, or compare, what stands on AWS before a release.",
    "mock": "Answer as descriptions say, without any handler.",
    "new": "Make a service: description, handlers, tests, all that it needs.",
    "routes": "List the operations of a service, with all that is known of them.",
    "run": "Start the service, and again whenever it changes.",
    "schemas": "Write JSON Schemas, by which editors complete pym-config.yaml and descriptions.",
    "secrets": "Put secrets where AWS keeps them; compare, list them.",
    "stubs": "Write apis.py and apis.pyi: models, handlers, clients for type checkers.",
    "sync": "Add handlers for operations that have none.",
    "tables": "Show or make the tables that models are kept in.",
    "tasks": "List tasks that have failed for good; run them again, or drop them.",
    "test": "Run the acceptance tests of a service.",
    "token": "Print a token of this service, to try it out.",
    "worker": "Run the tasks that a service has sent.",
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

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FindingsError as error:
            click.echo(findings_text(error.findings), err=True)
            ctx.exit(1)
        except OSError as error:
            if not isinstance(error.filename, (str, os.PathLike)):  # a pipe that is closed, say
                raise
            failed(f"{os.path.relpath(error.filename)}: {error.strerror}")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Without the commands' modules, which click would load for their help."""
        from click.shell_completion import CompletionItem

        names = [name for name in sorted(COMMANDS) if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in names), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in sorted(COMMANDS)])


def _set_colours(ctx: click.Context, param: click.Parameter, value: str) -> None:
    ctx.color = when(value, os.environ)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"pymacaron {version('pymacaron')}")
        ctx.exit()


_EXIT_CODES = """\b
Exit codes:
  0  all is well
  1  findings, or it could not be done
  2  called wrongly

\b
Examples:
  pymacaron check
  pymacaron routes --json
  pymacaron check --help
"""


@click.group(cls=Commands, epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--color",
    type=Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    expose_value=False,
    is_eager=True,
    callback=_set_colours,
    help="Whether there are colours; auto: on terminals, unless NO_COLOR is set.",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version."
)
def _pymacaron() -> None:
    """REST services in Python from a Swagger or OpenAPI description."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command that *argv* names (default: those of the process), and exit with its code."""
    try:
        _pymacaron.main(args=None if argv is None else list(argv), prog_name="pymacaron")
    except SystemExit as ended:
        if argv is None:
            _end(ended.code)
        raise


def _end(code: Any) -> None:
    """End the process with *code* where threads of the service's own code, which was imported, would go on."""
    from threading import enumerate, main_thread

    if all(thread.daemon for thread in enumerate() if thread is not main_thread()):
        return
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
