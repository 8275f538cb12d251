"""
`pymacaron infra`: what a service stands on before it is released, as a template of CloudFormation; and what the account
lacks of it. The template is worked out in deploy/infrastructure/; here is what it is worked out of.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.terminal import Choice, progress

if TYPE_CHECKING:
    from pymacaron.cli.accounts import Service
    from pymacaron.deploy.infrastructure.comparison import Difference
    from pymacaron.deploy.infrastructure.needs import Needs
    from pymacaron.store.definition import Definition

__all__ = ["infra"]

#: What else says which tables there are, and where a Redis is
_KEPT = ("idempotency_store", "rate_limit_store", "table_prefix", "task_table")


@click.command(short_help="Write, or compare, what stands on AWS before a release.")
@click.argument("action", metavar="ACTION", type=Choice(["write", "check"]))
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="With write: a file instead of stdout.")
@click.option("--json", "is_json", is_flag=True, help="JSON instead of YAML, or of text.")
def infra(action: str, paths: tuple[str, ...], out: str | None, is_json: bool) -> None:
    """
    Tell what the service in this folder stands on: roles, policies, registry, bucket, tables, Redis, alarms.

    ACTION is write, which makes a template of CloudFormation and asks nobody; or check, which compares the account with
    it, and changes nothing. PATH is a description, or a folder of them, whose x-persist names tables; without any:
    ./apis, or else the current folder.

    \b
    Examples:
      pymacaron infra write --out infra.yaml
      pymacaron infra check

    Exits with 0 when all is well, 1 when the config is wrong, AWS cannot be asked or check has found something, 2 when
    it was called wrongly.
    """
    from pymacaron.cli.accounts import service

    if out is not None and action != "write":
        raise click.UsageError("--out names the file that write makes. It goes with write")
    of = service()
    made = _needs(of, paths)
    if action == "write":
        _write(of, made, out, is_json)
    else:
        _check(of, made, is_json)


def _needs(of: Service, paths: Sequence[str]) -> Needs:
    """Raises FindingsError where a description cannot be read."""
    from pymacaron.deploy.infrastructure.needs import Needs, asks_redis, asks_sqs

    values = _values(of)
    _tell_unknown(of)
    has_queues = asks_sqs(values)
    # As tasks/celery calls its queues
    queues = re.sub(r"[^A-Za-z0-9_-]", "-", f"{of.wanted.name}-") if has_queues else ""
    tables = _tables(values, paths)
    if has_queues:
        from pymacaron.tasks.celery.ledger import definition

        tables.append(definition(str(values.get("task_table") or f"{of.wanted.name}-tasks")))
    return Needs(of.wanted, tuple(tables), queues, asks_redis(values))


def _values(of: Service) -> dict[str, Any]:
    """The config as instances have it: what only the variables of this machine say does not count, secrets do."""
    from pymacaron.deploy.gates import SECRET, urls

    bare = {key: of.bare.values.get(key) for key in _KEPT if key not in of.bare.broken}
    known = {key: url for key, url in urls(of.bare, of.wanted).items() if url != SECRET}
    return {**of.config.values, **bare, **known}


def _tell_unknown(of: Service) -> None:
    """Settings that are variables which are not set here: what they want is in no template."""
    unknown = [name for name in ("broker_url", "store_url") if name in of.config.broken]
    if unknown:
        told = f"{' and '.join(unknown)}: the variable is not set here, so what it wants is left out"
        click.echo(f"{click.style('note', bold=True)}: {told}", err=True)


def _tables(values: Mapping[str, Any], paths: Sequence[str]) -> list[Definition]:
    """Those of x-persist, where models are kept in Amazon's DynamoDB."""
    from pymacaron.cli.described import described
    from pymacaron.cli.tables import persisted

    if str(values.get("store_url") or "").rstrip("/") != "dynamodb:":
        return []
    return persisted(described(paths).apis, str(values.get("table_prefix") or ""))


def _write(of: Service, needs: Needs, out: str | None, is_json: bool) -> None:
    from pymacaron.cli.described import replace
    from pymacaron.deploy.infrastructure.template import template
    from pymacaron.source.writing import dump_yaml

    made = template(needs)
    text = f"{json.dumps(made, indent=2)}\n" if is_json else dump_yaml(made)
    if out is None:
        click.echo(text, nl=False)
        return
    replace(Path(out), text)
    name = f"{of.wanted.application}-standing"
    told = f"aws cloudformation deploy --stack-name {name} --template-file {out} --capabilities CAPABILITY_NAMED_IAM"
    asked = "".join(f" {one}=..." for one in made.get("Parameters", ()))
    click.echo(f"{os.path.relpath(out)} written. Make it so, or change it, by: {told}{_parameters(asked)}")


def _parameters(asked: str) -> str:
    return f" --parameter-overrides{asked}" if asked else ""


def _check(of: Service, needs: Needs, is_json: bool) -> None:
    from pymacaron.cli.accounts import asked
    from pymacaron.deploy.infrastructure.template import template

    made = template(needs)
    with asked(of) as (account, identity), progress("looking at") as at:
        from pymacaron.deploy.infrastructure.comparison import compared

        found, unseen = compared(made, account, identity, at)
    if is_json:
        click.echo(json.dumps({"differences": [_member(one) for one in found], "unseen": unseen}, indent=2))
    else:
        for one in found:
            click.echo(str(one))
        looked = len(made["Resources"]) - len(unseen)
        more = f"; not looked at: {', '.join(unseen)}" if unseen else ""
        click.echo(f"{looked} resources, {len(found)} differences{more}")
    if found and not is_json:
        click.echo("Mend it: pymacaron infra write --out infra.yaml, and the command that it tells", err=True)
    sys.exit(1 if found else 0)


def _member(one: Difference) -> dict[str, Any]:
    return {
        "resource": one.resource,
        "type": one.kind,
        "name": one.name,
        "state": "differs" if one.property else "missing",
        "property": one.property or None,
    }
