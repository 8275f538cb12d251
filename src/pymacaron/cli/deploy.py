"""
`pymacaron deploy`: a release on AWS, planned, carried out, looked at, undone.

What is done next is worked out in deploy/beanstalk/; here is what it is called for, and what is said of it.
"""

from __future__ import annotations

import json
from dataclasses import replace

import click

from pymacaron.cli.deploying import opened, passed_gates
from pymacaron.cli.releases import carry_out, demanded_label, look, options, overrules, overruling, release_of
from pymacaron.cli.terminal import Choice, failed

__all__ = ["deploy"]

_STRATEGIES = ["blue-green", "immutable", "rolling", "in-place"]

_EPILOG = """\b
Exit codes:
  0    it is as it is wanted
  1    it could not be done, or what was released has not passed
  2    called wrongly
  130  stopped (Ctrl-C); the same command goes on

\b
Examples:
  pymacaron deploy plan --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:...
  pymacaron deploy apply --image ...
  pymacaron deploy status --json
  pymacaron deploy rollback
"""


_json = click.option("--json", "is_json", is_flag=True, help="JSON on stdout instead of text.")
_of_release = options(
    click.option(
        "--image", metavar="REF", help="What is released: REPOSITORY@sha256:DIGEST; else it is built and pushed."
    ),
    click.option("--label", metavar="L", help="The label; else made of the commit, the image and the options."),
    click.option("--strategy", type=Choice(_STRATEGIES), help="Instead of deploy: strategy."),
    click.option("--with-downtime", is_flag=True, help="In place, all instances at once: the same as in-place."),
    click.option("--allow-breaking", is_flag=True, help="Also where callers of what is live would break."),
    overrules,
)


@click.group(short_help="Release the service on AWS, without downtime.", epilog=_EPILOG)
def deploy() -> None:
    """
    Release the service in this folder on Elastic Beanstalk: a new environment beside the one that is live, tested, then
    given its name.

    Whatever ends a release, the same command goes on from there. What it makes and what it costs: docs/deploy.md.
    """


@deploy.command("plan", short_help="Show every call of AWS that apply would make.")
@_of_release
@_json
def _plan(
    image: str, label: str | None, strategy: str | None, with_downtime: bool, is_json: bool, **flags: bool
) -> None:
    """
    Show every call of AWS that apply would make, and how the options differ from what is live. Changes nothing.

    \b
    Examples:
      pymacaron deploy plan --image ...
      pymacaron deploy plan --image ... --json
    """
    from pymacaron.cli.planned import planned_members, planned_text
    from pymacaron.deploy.apply import plan as planned
    from pymacaron.deploy.beanstalk.target import Beanstalk

    with opened() as desk:
        release = release_of(desk, image, label, strategy, with_downtime, flags)
        release = replace(release, has_acceptance=(desk.folder / "testaccept").is_dir())
        target = Beanstalk(desk.account, release)
        found = target.look()
        steps = planned(target, found, desk.journals.read(release.label))
        if is_json:
            click.echo(json.dumps(planned_members(release, found, steps), indent=2))
        else:
            click.echo(planned_text(release, found, steps))


@deploy.command("apply", short_help="Release, or go on with a release.")
@_of_release
@click.option("--keep-failed", is_flag=True, help="Leave a new environment that fails its tests, to look at it.")
@click.option("--keep-previous", is_flag=True, help="Leave what was live before, for a rollback at once.")
@click.option("--no-acceptance", is_flag=True, help="Without the tests in testaccept/.")
@_json
def _apply(
    image: str | None,
    label: str | None,
    strategy: str | None,
    with_downtime: bool,
    keep_failed: bool,
    keep_previous: bool,
    no_acceptance: bool,
    is_json: bool,
    **flags: bool,
) -> None:
    """
    Release the image: what plan shows, step after step, with the events of Beanstalk on stderr.

    \b
    Examples:
      pymacaron deploy apply --image ...
      pymacaron deploy apply --image ... --keep-failed
    """
    with opened() as desk:
        release = replace(
            release_of(desk, image, label, strategy, with_downtime, flags, pushes=True),
            keeps_failed=keep_failed,
            keeps_previous=keep_previous,
            has_acceptance=not no_acceptance,
        )
        carry_out(desk, release, is_json)


@deploy.command("status", short_help="Say what is live, and what is there beside it.")
@_json
def _status(is_json: bool) -> None:
    """
    Say what is live, what is there beside it, and who releases just now. Changes nothing.

    \b
    Examples:
      pymacaron deploy status
    """
    from pymacaron.cli.live import live_members, live_text
    from pymacaron.deploy.lock import Lock, this_process

    with opened() as desk:
        found = look(desk)
        holder = Lock(desk.account, desk.bucket, f"{desk.prefix}/lock.json", this_process()).holder()
        told = live_members(desk, found, holder.words if holder is not None else None)
        click.echo(json.dumps(told, indent=2) if is_json else live_text(told))


@deploy.command("rollback", short_help="Make live again what was live before.")
@click.option("--to", "label", metavar="LABEL", help="This release; else the one before the one that is live.")
@overrules
@_json
def _rollback(label: str | None, is_json: bool, **flags: bool) -> None:
    """
    Make live again what was live before: its environment where that is still there, within a minute; else a new one.

    Run again it goes on, or does nothing: it never goes back a second time by itself.

    \b
    Examples:
      pymacaron deploy rollback
      pymacaron deploy rollback --to 0123456789ab-01234567
    """
    with opened() as desk:
        _, secrets = passed_gates(desk, overruling(flags), is_new=False)
        live = demanded_label(desk)
        journal = desk.journals.read(live)
        to = label or (live if journal.rolled_back_from else journal.previous_label)
        if not to:
            failed(f"nobody knows what was live before {live}. Name it: pymacaron deploy rollback --to LABEL")
        if to == live and journal.rolled_back_from:
            click.echo(f"{live} is live since it was rolled back from {journal.rolled_back_from}", err=True)
        options = desk.options(to, secrets)
        release = desk.release(to, options=options, has_acceptance=False, cleans=False)
        first = {"rolled_back_from": live} if to != live else {}
        carry_out(desk, replace(release, soak=0), is_json, first=first)


@deploy.command("logs", short_help="The last lines that instances have logged.")
@click.option("--environment", metavar="NAME", help="Of this one; else of what is live.")
@_json
def _logs(environment: str | None, is_json: bool) -> None:
    """
    Show the last lines that each instance has logged.

    \b
    Examples:
      pymacaron deploy logs
      pymacaron deploy logs --environment shop-01234567
    """
    from pymacaron.deploy.beanstalk.logs import tail
    from pymacaron.deploy.beanstalk.waiting import Pauses

    with opened() as desk:
        found = look(desk)
        named = [one for one in found.environments if environment in (None, one.name)]
        chosen = named if environment else list(found.at_name(desk.wanted.cname.lower()))
        if not chosen:
            names = ", ".join(one.name for one in found.environments) or "none"
            failed(f"there is no environment {environment or 'that is live'}. Those of the application: {names}")
        text = tail(desk.account, chosen[0].id, Pauses())
        click.echo(json.dumps({"environment": chosen[0].name, "lines": text.splitlines()}) if is_json else text)


@deploy.command("clean", short_help="End what releases have left and nobody calls.")
@overrules
@_json
def _clean(is_json: bool, **flags: bool) -> None:
    """
    End every environment that a release of this service has made and that is not live. Others are left alone.

    \b
    Examples:
      pymacaron deploy clean
    """
    with opened() as desk:
        passed_gates(desk, overruling(flags), is_new=False, makes=False)
        carry_out(desk, desk.release(demanded_label(desk)), is_json, only_cleans=True)
