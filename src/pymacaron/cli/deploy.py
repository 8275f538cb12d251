"""
`pymacaron deploy`: a release on AWS, planned, carried out, looked at, undone.

What is done next is worked out in deploy/beanstalk/; here is what it is called for, and what is said of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pymacaron.cli.deploying import Desk, opened, passed_gates, pushed_image, releasing
from pymacaron.cli.terminal import Choice, failed

if TYPE_CHECKING:
    from pymacaron.deploy.beanstalk.found import Found
    from pymacaron.deploy.beanstalk.release import Release

__all__ = ["carry_out", "deploy", "live_label", "release_of"]

_STRATEGIES = ["blue-green", "immutable", "rolling", "in-place"]
#: Narrower than AWS has it: the journal lies under it
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OVERRULING = {
    "any_account": "--any-account",
    "any_user": "--any-user",
    "dirty": "--dirty",
    "unpushed": "--unpushed",
}
_Function = TypeVar("_Function", bound=Callable[..., Any])

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


def _options(*options: Callable[[_Function], _Function]) -> Callable[[_Function], _Function]:
    def decorate(function: _Function) -> _Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


_json = click.option("--json", "is_json", is_flag=True, help="JSON on stdout instead of text.")
_overruling = _options(
    click.option("--any-account", is_flag=True, help="Whatever deploy: account says."),
    click.option("--any-user", is_flag=True, help="Whatever aws_user says."),
    click.option("--dirty", is_flag=True, help="Also where files are not committed."),
    click.option("--unpushed", is_flag=True, help="Also where the commit is not pushed."),
)
_of_release = _options(
    click.option(
        "--image", metavar="REF", help="What is released: REPOSITORY@sha256:DIGEST; else it is built and pushed."
    ),
    click.option("--label", metavar="L", help="The label; else made of the commit, the image and the options."),
    click.option("--strategy", type=Choice(_STRATEGIES), help="Instead of deploy: strategy."),
    click.option("--with-downtime", is_flag=True, help="In place, all instances at once: the same as in-place."),
    _overruling,
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
        found = _look(desk)
        holder = Lock(desk.account, desk.bucket, f"{desk.prefix}/lock.json", this_process()).holder()
        told = live_members(desk, found, holder.words if holder is not None else None)
        click.echo(json.dumps(told, indent=2) if is_json else live_text(told))


@deploy.command("rollback", short_help="Make live again what was live before.")
@click.option("--to", "label", metavar="LABEL", help="This release; else the one before the one that is live.")
@_overruling
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
        _, secrets = passed_gates(desk, _given(flags), is_new=False)
        live = _demanded_label(desk)
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
        found = _look(desk)
        named = [one for one in found.environments if environment in (None, one.name)]
        chosen = named if environment else list(found.at_name(desk.wanted.cname.lower()))
        if not chosen:
            names = ", ".join(one.name for one in found.environments) or "none"
            failed(f"there is no environment {environment or 'that is live'}. Those of the application: {names}")
        text = tail(desk.account, chosen[0].id, Pauses())
        click.echo(json.dumps({"environment": chosen[0].name, "lines": text.splitlines()}) if is_json else text)


@deploy.command("clean", short_help="End what releases have left and nobody calls.")
@_overruling
@_json
def _clean(is_json: bool, **flags: bool) -> None:
    """
    End every environment that a release of this service has made and that is not live. Others are left alone.

    \b
    Examples:
      pymacaron deploy clean
    """
    with opened() as desk:
        passed_gates(desk, _given(flags), is_new=False)
        carry_out(desk, desk.release(_demanded_label(desk)), is_json, only_cleans=True)


# ---- what they share


def carry_out(
    desk: Desk,
    release: Release,
    is_json: bool,
    *,
    first: dict[str, Any] | None = None,
    only_cleans: bool = False,
    keeps_failed: bool = False,
) -> None:
    """Carry *release* out, and say what was done. Raises DeployError."""
    release = replace(release, keeps_failed=keeps_failed or release.keeps_failed)
    notes = {"rolled_back_from": ""} if first is None else first
    done = releasing(desk, release, only_cleans=only_cleans, first={} if only_cleans else notes).run()
    if is_json:
        told = {"label": release.label, "url": release.wanted.live_url, "steps": [asdict(one) for one in done]}
        click.echo(json.dumps(told, indent=2))
    elif done:
        click.echo(f"{release.label} is live at {release.wanted.live_url}")
    else:
        click.echo(f"{release.label} is live at {release.wanted.live_url}: nothing to do")


def release_of(
    desk: Desk,
    image: str | None,
    label: str | None = None,
    strategy: str | None = None,
    with_downtime: bool = False,
    flags: Mapping[str, bool] = MappingProxyType({}),
    pushes: bool = False,
) -> Release:
    """
    The release of *image*, a reference by digest, once the gates are passed; None: it is built and pushed, where
    *pushes*. Ends the command where a gate is shut.
    """
    if label is not None and _LABEL.fullmatch(label) is None:
        raise click.BadParameter(f"{label!r:.120} is none: letters, digits, '.', '_' and '-'.", param_hint="'--label'")
    if with_downtime and strategy not in (None, "in-place"):
        raise click.UsageError("--with-downtime is in-place, and --strategy says otherwise. Give one of them")
    chosen = "in-place" if with_downtime else strategy or desk.wanted.strategy
    desk = replace(desk, wanted=replace(desk.wanted, strategy=chosen))
    revision, secrets = passed_gates(desk, _given(flags))
    if image is None:
        if not pushes:
            raise click.UsageError("a plan changes nothing, so it needs --image: pymacaron image --push tells it")
        image = pushed_image(desk.folder)
    return desk.of_image(image, revision, secrets, label=label)


def _given(flags: Mapping[str, bool]) -> set[str]:
    return {option for name, option in _OVERRULING.items() if flags.get(name)}


def _look(desk: Desk) -> Found:
    from pymacaron.deploy.beanstalk.found import Look

    return Look(desk.account, desk.release("(none)"))()


def live_label(desk: Desk) -> str | None:
    """What is live; None where nobody is."""
    live = _look(desk).at_name(desk.wanted.cname.lower())
    return live[0].label if live else None


def _demanded_label(desk: Desk) -> str:
    live = live_label(desk)
    if live is None:
        failed(f"nobody is live at {desk.release('').host}. Release first: pymacaron deploy apply")
    return live
