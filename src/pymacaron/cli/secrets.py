"""
`pymacaron secrets`: the values of env_secrets, put where AWS keeps them encrypted; compared, and listed.

A value is read from the environment or `.env`, never from the command line, which other processes see, and never shown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.terminal import Choice, failed, progress

if TYPE_CHECKING:
    from pymacaron.cli.accounts import Service
    from pymacaron.deploy.secrets import Kept, Secrets

__all__ = ["secrets"]

_GOOD = ("same", "not compared")
#: dict: state of a secret -> what is said of it
_TOLD = {
    "missing": "is missing",
    "ending": "is going to be deleted",
    "not encrypted": "is plain text, not encrypted",
    "empty": "has no value",
    "not compared": "is there; not set here, so not compared",
    "same": "is the same here and there",
    "differs": "differs from what is set here",
}


@click.command(short_help="Put secrets where AWS keeps them; compare, list them.")
@click.argument("action", metavar="ACTION", type=Choice(["push", "check", "list"]))
@click.argument("variables", metavar="[VARIABLE]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="With push: say what would be done, and do nothing.")
@click.option("--json", "is_json", is_flag=True, help="JSON instead of text.")
def secrets(action: str, variables: tuple[str, ...], dry_run: bool, is_json: bool) -> None:
    """
    Keep the secrets of the service in this folder in AWS: in Secrets Manager, or in Parameter Store where deploy has
    secrets: ssm.

    ACTION is push, which puts the values of the variables in env_secrets there, or of those that are named; check,
    which says which are missing there or differ from those that are set here; or list. Values are those of the
    environment, or of .env, and are never shown. A secret is called APPLICATION/VARIABLE, and environments are given
    its ARN.

    \b
    Examples:
      pymacaron secrets push --dry-run
      pymacaron secrets push SHOP_KEY
      pymacaron secrets check

    Exits with 0 when all is well, 1 when AWS cannot be asked, a variable is not set, or check has found something, 2
    when it was called wrongly.
    """
    from pymacaron.cli.accounts import asked, service

    if dry_run and action != "push":
        raise click.UsageError("--dry-run says what push would do. It goes with push")
    of = service()
    names = _named(of, variables)
    with asked(of) as (account, _):
        from pymacaron.deploy.secrets import secrets as place_of

        place = place_of(of.wanted, account)
        rows = {"push": _push, "check": _check, "list": _list}[action](of, place, names, dry_run)
    if is_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            click.echo(_line(row, action, dry_run))
    sys.exit(1 if action == "check" and any(row["state"] not in _GOOD for row in rows) else 0)


def _named(of: Service, variables: Sequence[str]) -> list[str]:
    """The variables that it is about, in the order of env_secrets."""
    known = of.wanted.env_secrets
    if not known:
        failed("env_secrets names no secret. Write into pym-config.yaml: env_secrets: [SHOP_KEY], or such")
    unknown = [one for one in variables if one not in known]
    if unknown:
        # It may be a value that was given in the place of a name
        raise click.UsageError(f"{len(unknown)} of these are not in env_secrets, which has: {', '.join(known)}")
    return [one for one in known if one in variables or not variables]


def _push(of: Service, place: Secrets, names: Sequence[str], dry_run: bool) -> list[dict[str, Any]]:
    from pymacaron.deploy.secrets import pushed, too_long

    unset = [one for one in names if not of.environ.get(one)]
    if unset:
        said = f"{', '.join(unset)} {'is' if len(unset) == 1 else 'are'} not set"
        failed(
            f"{said}, and nothing was pushed. Set them, here or in .env, or name those to push: secrets push VARIABLE"
        )
    values = {one: of.environ[one] for one in names}
    if long := too_long(place, values):
        more = "" if place.longest > 4096 else ". Secrets Manager takes more: deploy: {secrets: secretsmanager}"
        failed(f"{', '.join(long)}: longer than the {place.longest} bytes that {place.place} takes{more}")
    rows = []
    with progress("pushing") as at:
        for name, value in values.items():
            at(name)
            done = pushed(place, name, value, only_looks=dry_run)
            rows.append({"variable": name, "name": place.name(name), "state": done, "done": not dry_run})
    return rows


def _check(of: Service, place: Secrets, names: Sequence[str], dry_run: bool) -> list[dict[str, Any]]:
    from pymacaron.deploy.secrets import state

    rows = []
    with progress("comparing") as at:
        for name in names:
            at(name)
            kept = place.found(name, with_value=True)
            said = state(kept, of.environ.get(name) or None)
            rows.append({"variable": name, "name": place.name(name), "state": said})
    return rows


def _list(of: Service, place: Secrets, names: Sequence[str], dry_run: bool) -> list[dict[str, Any]]:
    with progress("asking") as at:
        rows = []
        for name in names:
            at(name)
            rows.append({"variable": name, "name": place.name(name), **_facts(place.found(name))})
    return rows


def _facts(kept: Kept | None) -> dict[str, str | None]:
    if kept is None:
        return {"arn": None, "changed": None}
    return {"arn": kept.arn, "changed": _time(kept.changed)}


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else None


def _line(row: dict[str, Any], action: str, dry_run: bool) -> str:
    if action == "list":
        return f"{row['name']}: {row['arn']}, changed {row['changed']}" if row["arn"] else f"{row['name']}: not there"
    if action == "check":
        return f"{row['name']} {_TOLD[row['state']]}"
    would = {"created": "would be created", "updated": "would be updated"} if dry_run else {}
    return f"{row['name']} {would.get(row['state'], row['state'])}"
