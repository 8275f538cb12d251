"""
The environment that runs the tasks of a release, beside the one that is called: the same image, told to be a worker.

It is made before the swap, so that a release whose workers do not come up is none; and it runs no task before the live
URL answers with its own label, and none after that: `pymacaron worker --when-live`. So a swap, a swap back and a
rollback start and stop workers without a call of AWS. No I/O here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pymacaron.deploy.beanstalk import foundation as footing
from pymacaron.deploy.beanstalk.cleaning import terminate
from pymacaron.deploy.beanstalk.creating import named, waiting
from pymacaron.deploy.beanstalk.found import Environment, Found
from pymacaron.deploy.beanstalk.release import WORKERS_TAG, Release, workers_label
from pymacaron.deploy.target import Call, Step

__all__ = ["PROBE", "end", "ensure", "foundation", "id_of", "options", "renew"]

_EB = "elasticbeanstalk"
_PLANNED = "(its workers' id)"
#: Where a worker says that it is well
PROBE = "/"
_HEALTH = f"aws:{_EB}:environment:process:default"
#: What workers have otherwise than who is called: nobody reaches them, one may be enough, and tasks wait
_OTHER = {
    ("aws:autoscaling:asg", "MinSize"): "1",
    ("aws:ec2:vpc", "ELBScheme"): "internal",
    (f"aws:{_EB}:application", "Application Healthcheck URL"): PROBE,
    (_HEALTH, "HealthCheckPath"): PROBE,
    (_HEALTH, "DeregistrationDelay"): "0",
}
#: Of certificates: nobody calls by a name
_TLS = "aws:elbv2:listener:443"


def foundation(release: Release, found: Found) -> Step[Found] | None:
    """The step that is next until Beanstalk has processed the version of the workers; None once it has, or has none."""
    if not _are_wanted(release, found):
        return None
    label = workers_label(release.label)
    theirs = replace(release, label=label, key=release.worker_key, bundle=release.worker_bundle)
    seen = replace(found, has_bundle=found.has_worker_bundle, version=found.worker_version)
    step = footing.foundation(theirs, seen)
    if step is None:
        return None

    def effect(before: Found) -> Found:
        after = step.effect(replace(before, has_bundle=before.has_worker_bundle, version=before.worker_version))
        theirs = replace(after, has_worker_bundle=after.has_bundle, worker_version=after.version)
        return replace(theirs, has_bundle=before.has_bundle, version=before.version)

    return replace(step, name=_named(step.name), effect=effect)


def ensure(release: Release, found: Found) -> Step[Found] | None:
    """What leads to their environment, Ready; None where it is, or none is wanted."""
    if not _are_wanted(release, found):
        return None
    one = _of(release, found)
    if one is None:
        return _create(release, found)
    if not one.is_ready:
        return waiting(one, f"{one.name} is Ready", found.changed(one.id, status="Ready"))
    return None


def id_of(release: Release, found: Found) -> str:
    """That of their environment; '' where there is none."""
    one = _of(release, found)
    return one.id if one is not None else ""


def end(release: Release, found: Found, *, is_undo: bool, why: str) -> Step[Found] | None:
    """What leads to the end of their environment; None where it has ended, or ends."""
    one = _of(release, found)
    if one is None:
        return None
    if not one.is_ready:
        until = f"{one.name} can be ended"
        return replace(waiting(one, until, found.changed(one.id, status="Ready")), is_undo=is_undo)
    return terminate(one, is_undo=is_undo, why=why)


def renew(release: Release, found: Found) -> Step[Found]:
    """Another environment in the place of one that has failed, where what is live has to stay."""
    ending = end(release, found, is_undo=False, why="whose workers have failed")
    if ending is not None:
        return ending
    made = _create(release, found)
    return replace(made, notes={"failed": "", "failed_at": "", "reason": ""}) if made.calls else made


def options(release: Release) -> list[dict[str, str]]:
    """As AWS takes them."""
    given = {(space, name): value for space, name, value in release.options if space != _TLS}
    values = {**given, **_OTHER}
    return [{"Namespace": key[0], "OptionName": key[1], "Value": value} for key, value in sorted(values.items())]


def _are_wanted(release: Release, found: Found) -> bool:
    """A release that is made has a bundle for them; one that is gone back to had them where their version is there."""
    return release.worker_bundle is not None or (release.bundle is None and found.worker_version is not None)


def _of(release: Release, found: Found) -> Environment | None:
    label = workers_label(release.label)
    ours = [one for one in found.environments if one.is_worker and one.label == label and not one.is_ending]
    return next((one for one in ours if one.is_ready), ours[0] if ours else None)


def _create(release: Release, found: Found) -> Step[Found]:
    name = named(release, found, release.worker_names())
    if not isinstance(name, str):
        return name
    label = workers_label(release.label)
    arguments: dict[str, Any] = {
        "ApplicationName": release.application,
        "EnvironmentName": name,
        "VersionLabel": label,
        "PlatformArn": found.platform,
        "Tier": {"Name": "WebServer", "Type": "Standard"},
        "OptionSettings": options(release),
        "Tags": release.tags(WORKERS_TAG),
    }
    planned = Environment(_PLANNED, name, "", "Ready", label, "Green", "Ok", platform=found.platform, is_worker=True)
    return Step(
        f"make the environment {name} of workers",
        lambda before: replace(before, environments=(*before.environments, planned)),
        "What is live was not touched. The events above say why",
        (Call(_EB, "CreateEnvironment", arguments),),
        there="already exists",
    )


def _named(name: str) -> str:
    return name.replace("the bundle", "the bundle of workers").replace("the version", "the version of workers")
