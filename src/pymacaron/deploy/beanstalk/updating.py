"""The strategies that change the live environment itself: immutable, rolling, in place with downtime. No I/O."""

from __future__ import annotations

from dataclasses import replace

from pymacaron.deploy.beanstalk.creating import AFRESH, options_of
from pymacaron.deploy.beanstalk.found import Environment, Found
from pymacaron.deploy.beanstalk.release import Release
from pymacaron.deploy.journal import Journal
from pymacaron.deploy.target import Call, Step

__all__ = ["POLICIES", "update", "update_back"]

_EB = "elasticbeanstalk"
_COMMAND = "aws:elasticbeanstalk:command"
_LABEL = ("aws:elasticbeanstalk:application:environment", "PYM_CONTAINER_VERSION")
#: dict: strategy -> Beanstalk's DeploymentPolicy
POLICIES = {"immutable": "Immutable", "rolling": "RollingWithAdditionalBatch", "in-place": "AllAtOnce"}


def update(release: Release, found: Found, live: Environment) -> Step[Found]:
    """Puts the label of *release* onto *live*, which is Ready, by the strategy."""
    policy = POLICIES[release.strategy]
    settings = [one for one in options_of(release) if one["OptionName"] != "DeploymentPolicy"]
    settings.append({"Namespace": _COMMAND, "OptionName": "DeploymentPolicy", "Value": policy})
    notes = {
        **AFRESH,
        "previous_id": live.id,
        "previous_name": live.name,
        "previous_label": live.label,
        "previous_options": _before(settings, found),
        "hosts": 0,
        "is_first": False,
    }
    return Step(
        f"update the environment {live.name} from {live.label} to {release.label} ({policy})",
        lambda before: before.changed(live.id, label=release.label, health="Green", state="Ok"),
        f"Beanstalk may have put {live.label} back: see the events above",
        (_call(live, release.label, settings),),
        subject=live.id,
        notes=notes,
    )


def update_back(journal: Journal, live: Environment) -> Step[Found]:
    """Puts the label that was live before onto *live* again, and the options that were changed."""
    settings = [{"Namespace": a, "OptionName": b, "Value": c} for a, b, c in journal.previous_options]
    policy = {"Namespace": _COMMAND, "OptionName": "DeploymentPolicy", "Value": "AllAtOnce"}
    settings = [one for one in settings if one["OptionName"] != "DeploymentPolicy"] + [policy]
    return Step(
        f"update the environment {live.name} back to {journal.previous_label}",
        lambda before: replace(before.changed(live.id, label=journal.previous_label)),
        f"{live.name} is live with {live.label}, which has failed: run the same command again",
        (_call(live, journal.previous_label, settings),),
        subject=live.id,
        is_undo=True,
    )


def _call(live: Environment, label: str, settings: list[dict[str, str]]) -> Call:
    arguments = {"EnvironmentId": live.id, "VersionLabel": label, "OptionSettings": settings}
    return Call(_EB, "UpdateEnvironment", arguments)


def _before(settings: list[dict[str, str]], found: Found) -> tuple[tuple[str, str, str], ...]:
    """What *settings* replace. No variable but the label's: others may hold what is nobody's business."""
    keys = [(one["Namespace"], one["OptionName"]) for one in settings]
    shown = [key for key in keys if key[0] != _LABEL[0] or key == _LABEL]
    return tuple((*key, found.options[key]) for key in shown if found.options.get(key))
