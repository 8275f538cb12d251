"""
`pymacaron tasks`: the tasks that have failed for good, of whichever queue the service in this folder has.

The queue itself is in tasks/; here is which one, and how what is asked of it is shown.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.terminal import failed
from pymacaron.finding import did_you_mean

if TYPE_CHECKING:
    from pymacaron.tasks.queues import Dead, Queue

__all__ = ["as_json", "as_table", "tasks"]

_HEAD = ("ID", "TASK", "FAILED", "ERROR")


class _Actions(click.Group):
    """Lists them in the order in which they are used, and tells a misspelt one the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["list", "retry", "drop"]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name not in self.commands and not name.startswith("-"):
            hint = did_you_mean(name, self.commands) or "Write list, retry or drop."
            raise click.UsageError(f"There is no command 'tasks {name}'. {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Actions, short_help="List tasks that have failed for good; run them again, or drop them.")
def tasks() -> None:
    """
    List the tasks that have failed for good, in the queue of the service in this folder; have them run again, or
    forget them.

    They are kept until one of these is done with them. broker_url in the pym-config.yaml here or above says which
    queue that is; the variables that this names are those of the environment, or of a file .env beside it. What is
    run again is run by a worker, as a task that has never failed.

    \b
    Examples:
      pymacaron tasks list
      pymacaron tasks list --json
      pymacaron tasks retry 0e3f0c5e-7a5e-4b8e-9d57-3b9a4a0b7f11
      pymacaron tasks retry --all
      pymacaron tasks drop --all

    Exits with 0 when that is done, 1 when there is no such task or the queue cannot be reached, 2 when it was called
    wrongly.
    """


@tasks.command("list", short_help="List the tasks that have failed for good.")
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs: docs/commands.md says what is in it.")
def _list(is_json: bool) -> None:
    """List the tasks that have failed for good, the latest last, with what they have failed with."""
    with _queue() as queue:
        dead = queue.dead()
    click.echo(as_json(dead) if is_json else as_table(dead))


@tasks.command("retry", short_help="Have tasks that have failed for good run again.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="All that there are.")
def _retry(ids: tuple[str, ...], is_all: bool) -> None:
    """Have tasks that have failed for good run again, as if they had never failed."""
    with _queue() as queue:
        _each(queue, ids, is_all, queue.retry, "to be run again")


@tasks.command("drop", short_help="Forget tasks that have failed for good.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="All that there are.")
def _drop(ids: tuple[str, ...], is_all: bool) -> None:
    """Forget tasks that have failed for good."""
    with _queue() as queue:
        _each(queue, ids, is_all, queue.drop, "dropped")


def as_json(dead: list[Dead]) -> str:
    """`{"tasks": [...]}`, as docs/commands.md has it."""
    told = [
        {
            "id": one.message.id,
            "task": one.message.task,
            "queue": one.message.queue,
            "error": one.error,
            "failed": _time(one.failed),
            "sent": _time(one.message.sent),
            "call_id": one.message.call.get("id"),
        }
        for one in dead
    ]
    return json.dumps({"tasks": told}, indent=2, ensure_ascii=False)


def as_table(dead: list[Dead]) -> str:
    """A line for each of *dead*."""
    from pymacaron.crash import one_line

    if not dead:
        return "no task has failed for good"
    lines = [
        (one_line(one.message.id), one_line(one.message.task), _time(one.failed), one_line(one.error)) for one in dead
    ]
    widths = [max(map(len, column)) for column in zip(_HEAD, *lines, strict=True)]
    head, *table = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (_HEAD, *lines)
    ]
    return "\n".join([click.style(head, bold=True), *table])


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _each(queue: Queue, ids: tuple[str, ...], is_all: bool, act: Callable[[str], bool], done: str) -> None:
    """Do *act* with each, and say so. Exits with 1 where there is none of that id."""
    if bool(ids) == is_all:
        raise click.UsageError("Name tasks by their ids, or all of them with --all.")
    wanted = dict.fromkeys(one.message.id for one in queue.dead()) if is_all else dict.fromkeys(ids)
    missing = [task_id for task_id in wanted if not act(task_id)]
    count = len(wanted) - len(missing)
    click.echo(f"{count} task{'' if count == 1 else 's'} {done}")
    if missing and not is_all:  # of all of them somebody else may have had one
        for task_id in missing:
            click.echo(f"error: no task has failed for good with the id {task_id!r:.80}", err=True)
        sys.exit(1)


@contextmanager
def _queue() -> Iterator[Queue]:
    """The queue of the service here. What goes wrong with it inside is said, and ends the command."""
    from pymacaron import config, dotenv
    from pymacaron.exceptions import ConfigError
    from pymacaron.tasks import current
    from pymacaron.tasks.queues import QueueError

    file = config.find_file(os.getcwd())
    if file is None:
        failed("there is no pym-config.yaml here or above, which says where tasks wait")
    try:
        dotenv.load(os.path.dirname(file))
        config.load(environ=os.environ, start_dir=os.getcwd())
        if current.kind(config.get_config().broker_url) == "memory":
            failed("broker_url is memory://: such tasks are known to nobody but the process that has sent them")
        yield current.queue()
    except (ConfigError, QueueError) as error:
        failed(_text(error))


def _text(error: Any) -> str:
    return str(error) or type(error).__name__
