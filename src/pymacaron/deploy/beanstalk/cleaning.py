"""What a release made and is not live any more. Ends what carries our tag, and nothing else. No I/O here."""

from __future__ import annotations

from dataclasses import replace

from pymacaron.deploy.beanstalk.creating import SIZE, waiting
from pymacaron.deploy.beanstalk.found import Environment, Found
from pymacaron.deploy.beanstalk.release import Release, workers_label
from pymacaron.deploy.journal import Journal
from pymacaron.deploy.target import Call, Step

__all__ = ["clean", "shrink", "terminate"]

_EB = "elasticbeanstalk"


def clean(release: Release, found: Found) -> Step[Found] | None:
    """Ends the next of ours that neither is live nor runs the tasks of what is; None where there is none."""
    kept = {workers_label(one.label) for one in found.at_name(release.cname)}
    ours = [one for one in found.environments if one.is_ours and one.cname != release.cname]
    ours += [one for one in found.environments if one.is_worker and one.label not in kept]
    for one in ours:
        if not one.is_ready and not one.is_ending:
            return waiting(one, f"{one.name} can be ended", found.changed(one.id, status="Ready"))
        if one.is_ready:
            return terminate(one)
    for one in found.environments:
        if (one.is_ours or one.is_worker) and one.is_ending:
            return waiting(one, f"{one.name} has ended", found.without(one.id))
    return None


def terminate(one: Environment, *, is_undo: bool = False, why: str = "which is not live") -> Step[Found]:
    """Ends *one*."""
    return Step(
        f"end the environment {one.name}, {why}",
        lambda before: before.changed(one.id, status="Terminating"),
        f"{one.name} goes on and costs money: run pymacaron deploy clean",
        (Call(_EB, "TerminateEnvironment", {"EnvironmentId": one.id}),),
        subject=one.id,
        is_undo=is_undo,
        there="No Environment found",
    )


def shrink(release: Release, found: Found, journal: Journal, live: Environment) -> Step[Found] | None:
    """Lets what is live shrink again to what is wanted, where it was made larger for the swap."""
    least = next((value for namespace, name, value in release.options if (namespace, name) == SIZE), "")
    now = found.options.get(SIZE, "")
    if not journal.hosts or not least or now != str(journal.hosts) or now == least:
        return None
    most = next((value for namespace, name, value in release.options if name == "MaxSize"), now)
    settings = [
        {"Namespace": SIZE[0], "OptionName": "MaxSize", "Value": most},
        {"Namespace": SIZE[0], "OptionName": "MinSize", "Value": least},
    ]
    return Step(
        f"let {live.name} shrink to {least} instances, as calls allow",
        lambda before: replace(before, options={**before.options, SIZE: least}),
        f"{live.name} has {now} instances at least: the next release has those of the config",
        (Call(_EB, "UpdateEnvironment", {"EnvironmentId": live.id, "OptionSettings": settings}),),
        subject=live.id,
    )
