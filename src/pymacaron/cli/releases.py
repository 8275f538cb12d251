"""
What the commands that release have in common: a Release worked out of their options, and carried out; what is live.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pymacaron.cli.compatible import demand_compatible
from pymacaron.cli.deploying import Desk, passed_gates, pushed_image, releasing
from pymacaron.cli.terminal import failed

if TYPE_CHECKING:
    from pymacaron.deploy.beanstalk.found import Found
    from pymacaron.deploy.beanstalk.release import Release

__all__ = [
    "carry_out",
    "demanded_label",
    "live_label",
    "look",
    "options",
    "overrules",
    "overruling",
    "release_of",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])

#: Narrower than AWS has it: the journal lies under it
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OVERRULING = {
    "any_account": "--any-account",
    "any_user": "--any-user",
    "dirty": "--dirty",
    "unpushed": "--unpushed",
}


def options(*options: Callable[[_Function], _Function]) -> Callable[[_Function], _Function]:
    """Several options of a command, as one decorator; the first is the first in its help."""

    def decorate(function: _Function) -> _Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


overrules = options(
    click.option("--any-account", is_flag=True, help="Whatever deploy: account says."),
    click.option("--any-user", is_flag=True, help="Whatever aws_user says."),
    click.option("--dirty", is_flag=True, help="Also where files are not committed."),
    click.option("--unpushed", is_flag=True, help="Also where the commit is not pushed."),
)


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
    is_compatible: bool = False,
) -> Release:
    """
    The release of *image*, a reference by digest, once the gates are passed; None: it is built and pushed, where
    *pushes*. *is_compatible*: the API was looked at. Ends the command where a gate is shut; raises DeployError.
    """
    if label is not None and _LABEL.fullmatch(label) is None:
        raise click.BadParameter(f"{label!r:.120} is none: letters, digits, '.', '_' and '-'.", param_hint="'--label'")
    if with_downtime and strategy not in (None, "in-place"):
        raise click.UsageError("--with-downtime is in-place, and --strategy says otherwise. Give one of them")
    chosen = "in-place" if with_downtime else strategy or desk.wanted.strategy
    desk = replace(desk, wanted=replace(desk.wanted, strategy=chosen))
    revision, secrets = passed_gates(desk, overruling(flags), builds=image is None and pushes)
    if not is_compatible:
        demand_compatible(desk, live_label(desk), flags.get("allow_breaking", False))
    if image is None:
        if not pushes:
            raise click.UsageError("a plan changes nothing, so it needs --image: pymacaron image --push tells it")
        image = pushed_image(desk.folder)
    return desk.of_image(image, revision, secrets, label=label)


def overruling(flags: Mapping[str, bool]) -> set[str]:
    """The options among *flags* that overrule a gate."""
    return {option for name, option in _OVERRULING.items() if flags.get(name)}


def look(desk: Desk) -> Found:
    """What is there."""
    from pymacaron.deploy.beanstalk.found import Look

    return Look(desk.account, desk.release("(none)"))()


def live_label(desk: Desk) -> str | None:
    """What is live; None where nobody is."""
    live = look(desk).at_name(desk.wanted.cname.lower())
    return live[0].label if live else None


def demanded_label(desk: Desk) -> str:
    """What is live. Ends the command where nobody is."""
    live = live_label(desk)
    if live is None:
        failed(f"nobody is live at {desk.release('').host}. Release first: pymacaron deploy apply")
    return live
