"""
`pymacaron tables`: the tables that models of a service are kept in, beside those that are there; made, or told.

Which steps lead from one to the other is worked out in store/plans.py; here is which tables of which store it is about,
and what is said of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.terminal import Choice, failed, progress

if TYPE_CHECKING:
    from pymacaron.store.definition import Definition
    from pymacaron.store.plans import Step

__all__ = ["persisted", "tables"]

_MAKE = "pymacaron tables create"


@click.command(short_help="Show or make the tables that models are kept in.")
@click.argument("action", metavar="ACTION", type=Choice(["plan", "create"]))
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.option("--cloudformation", is_flag=True, help="With plan: a template of CloudFormation that makes all tables.")
@click.option("--drop-indexes", is_flag=True, help="Drop indexes that no description names, or that have changed.")
@click.option("--json", "is_json", is_flag=True, help="JSON instead of text, or of YAML.")
def tables(action: str, paths: tuple[str, ...], cloudformation: bool, drop_indexes: bool, is_json: bool) -> None:
    """
    Make the tables that the schemas of a service name in x-persist, or say what is to be made. Where tasks wait in SQS,
    the table of their states is one more.

    ACTION is plan, which changes nothing, or create, which does what plan says and waits until it is done. PATH is a
    description, or a folder of them; without any: ./apis, or else the current folder. Where the tables are, and what
    their names begin with, store_url and table_prefix of the pym-config.yaml beside or above say. Those of SQLite make
    themselves, and need this command only to be there before the service is.

    A table is never deleted, a key never changed, and an index only dropped with --drop-indexes.

    \b
    Examples:
      pymacaron tables plan
      pymacaron tables plan --cloudformation > tables.yaml
      pymacaron tables create

    Exits with 0 when all is well, 1 when the store cannot be asked, a file of SQLite has a table with another key, or
    create could not do all of it, 2 when it was called wrongly.
    """
    from pymacaron.cli.described import described
    from pymacaron.config import get_config
    from pymacaron.exceptions import ConfigError, PyMacaronException

    if cloudformation and action == "create":
        raise click.UsageError("--cloudformation writes a template, and makes nothing. It goes with plan")
    service = described(paths)
    try:
        _load(service.root)
        create = action == "create"
        wanted, states = persisted(service.apis, get_config().table_prefix or ""), _states()
        if cloudformation:
            _write_template([*wanted, *states], is_json)
        else:
            done = _done(wanted, drop_indexes, create) + _done_of_tasks(states, drop_indexes, create)
            _show(done, wanted, states, create, is_json)
    except (ConfigError, PyMacaronException) as error:
        failed(str(error))


# ---- what is wanted


def _load(root: Path) -> None:
    """The config of the service, with what a `.env` beside it says. Raises FindingsError."""
    from pymacaron import config, dotenv

    dotenv.load(root)
    config.load(start_dir=root)


def persisted(apis: Iterable[Any], prefix: str) -> list[Definition]:
    """
    The tables of *apis*, whose names begin with *prefix*, in the order of their names. Ends the command where two
    schemas want one table otherwise.
    """
    from pymacaron.schema.kept import Kept
    from pymacaron.schema.shape import Shapes
    from pymacaron.store.declared import definition

    found: dict[str, Definition] = {}
    for api in apis:
        shapes = Shapes(api)
        for name, node in api.schemas.items():
            if not isinstance(node.value, dict) or not isinstance(node.value.get("x-persist"), dict):
                continue
            try:
                made = definition(Kept(node, shapes), prefix)
            except TypeError as error:
                failed(f"{api.name}, schema {name}: {error}")
            if found.setdefault(made.table, made) != made:
                failed(f"table {made.table!r} is wanted in two ways, by schema {name} of {api.name} and by another")
    return [found[name] for name in sorted(found)]


def _states() -> list[Definition]:
    """The table with the states of tasks, where these wait in SQS."""
    from pymacaron.config import get_config
    from pymacaron.tasks import current

    if current.kind(get_config().broker_url) != "sqs":
        return []
    from pymacaron.tasks.celery.ledger import definition
    from pymacaron.tasks.celery.queue import table

    return [definition(table())]


def _write_template(wanted: Sequence[Definition], is_json: bool) -> None:
    from pymacaron.config import get_config
    from pymacaron.source.writing import dump_yaml
    from pymacaron.store.cloudformation import template

    if not wanted:
        failed("no schema names a table in x-persist, and a template has to have one")
    made = template(wanted, get_config().name or "this service")
    click.echo(json.dumps(made, indent=2) if is_json else dump_yaml(made), nl=is_json)


# ---- what is done


def _done(wanted: Sequence[Definition], drop_indexes: bool, create: bool) -> list[Step]:
    """The steps to what is *wanted*; with *create* those that can be done are."""
    from pymacaron.config import get_config
    from pymacaron.store.current import store

    if not wanted:
        return []
    kept = store()  # which says so where store_url names none
    if (get_config().store_url or "").startswith("dynamodb:"):
        return _in_dynamodb(wanted, kept, drop_indexes, create)
    act: Callable[[Definition], None] = getattr(kept, "create" if create else "look", _nothing)
    for table in wanted:
        act(table)
    return []


def _done_of_tasks(states: Sequence[Definition], drop_indexes: bool, create: bool) -> list[Step]:
    """As _done(), in the DynamoDB that stands beside broker_url."""
    if not states:
        return []
    from pymacaron.config import get_config
    from pymacaron.tasks.celery.queue import sqs

    return _in_dynamodb(states, sqs(get_config().broker_url).store, drop_indexes, create)


def _nothing(table: Definition) -> None:
    """What the tables of a store in memory need."""


def _in_dynamodb(wanted: Sequence[Definition], store: Any, drop_indexes: bool, create: bool) -> list[Step]:
    from pymacaron.store.plans import steps
    from pymacaron.store.provisioning import Provisioning

    there = Provisioning(store)
    planned: list[Step] = []
    with progress("looking at" if not create else "making") as at:
        for table in wanted:
            at(table.table)
            found = steps(table, there.found(table.table), drop_indexes=drop_indexes)
            for step in found:
                if create and not step.mend:
                    there.carry_out(step)
            planned += found
    return planned


# ---- what is said


def _show(
    steps: Sequence[Step], wanted: Sequence[Definition], states: Sequence[Definition], create: bool, is_json: bool
) -> None:
    """And exit with 1 where what is *wanted*, or *states* of tasks, is not there though it was to be made."""
    if is_json:
        click.echo(json.dumps([_member(step, create) for step in steps], indent=2, ensure_ascii=False))
    else:
        for step in steps:
            click.echo(f"{step}, done" if create and not step.mend else str(step))
        click.echo(_summary(steps, wanted, states, create))
    sys.exit(1 if create and any(step.mend and step.kind != "drop-index" for step in steps) else 0)


def _member(step: Step, create: bool) -> dict[str, Any]:
    return {
        "table": step.definition.table,
        "step": step.kind,
        "name": step.name or None,
        "text": step.text,
        "mend": step.mend or None,
        "done": create and not step.mend,
    }


def _summary(steps: Sequence[Step], wanted: Sequence[Definition], states: Sequence[Definition], create: bool) -> str:
    from pymacaron.config import get_config

    if not wanted and not states:
        return "no schema names a table in x-persist"
    url = get_config().store_url or ""
    if url.startswith("dynamodb:"):
        return _counted(steps, [*wanted, *states], create)
    kept = "memory" if url.startswith("memory:") else "SQLite"
    made = "is there" if create and kept == "SQLite" else "makes itself when it is first used, in " + kept
    lines = [f"{table.table}: {made}" for table in wanted]
    return "\n".join([*lines, _counted(steps, states, create)] if states else lines)


def _counted(steps: Sequence[Step], wanted: Sequence[Definition], create: bool) -> str:
    """What was done, or is to be done, in DynamoDB."""
    names = ", ".join(table.table for table in wanted)
    if not steps:
        return f"{names}: nothing to do"
    able = sum(not step.mend for step in steps)
    counted = f"{able} step" if able == 1 else f"{able} steps"
    if create:
        return f"{counted} done" + (f", {len(steps) - able} not" if able < len(steps) else "")
    return f"{counted}; nothing was changed. Run: {_MAKE}" if able else "nothing was changed"
