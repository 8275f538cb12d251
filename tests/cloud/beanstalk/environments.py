"""Environments: created, looked at, changed, terminated."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from cloud.beanstalk import launching
from cloud.beanstalk.options import changed
from cloud.beanstalk.pages import page
from cloud.beanstalk.platforms import platform
from cloud.beanstalk.tags import tags_of
from cloud.beanstalk.world import Environment, World
from cloud.refusal import Refusal, invalid

__all__ = ["abort", "available", "create", "describe", "rebuild", "restart", "terminate", "update"]

Asked = dict[str, Any]
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
#: For so long one that is terminated is still told of
_REMEMBERED = timedelta(hours=1)


def create(world: World, asked: Asked) -> Asked:
    application = world.application(asked["ApplicationName"])
    name = asked.get("EnvironmentName", f"{application.name[:30]}-env")
    if not _NAME.fullmatch(name):
        text = "Member must contain only letters, digits, and the dash character and may not start or end with a dash"
        raise invalid(f"Value {name} at 'EnvironmentName' failed to satisfy constraint: {text}")
    there = [one for one in world.environments.values() if one.there]
    if any(one.name == name for one in there):
        raise invalid(f"Environment {name} already exists.")
    label = asked.get("VersionLabel")
    if label is not None:
        _usable(world, application.name, label)
    prefix = asked.get("CNAMEPrefix", "")
    if prefix and not _NAME.fullmatch(prefix):
        raise invalid(f"Value {prefix} at 'CNAMEPrefix' failed to satisfy constraint: it is no DNS label.")
    cname = world.fqdn(prefix or f"{name}.{world.new_id('eba-', 8)}")
    if _taken(world, cname):
        raise invalid(f"DNS name ({cname}) is not available.")
    if len(there) >= world.limits.environments:
        most = world.limits.environments
        raise Refusal("TooManyEnvironmentsException", f"You cannot have more than {most} Environments.")
    arn, stack = platform(world, asked)
    now, tier = world.clock.now(), {"Name": "WebServer", "Type": "Standard", "Version": "1.0", **asked.get("Tier", {})}
    made = Environment(
        world.new_id("e-", 10),
        name,
        application.name,
        label,
        arn,
        stack,
        cname,
        tier,
        now,
        now,
        asked.get("Description", ""),
    )
    made.options, made.tags = changed({}, asked), tags_of(asked)
    made.operations_role = asked.get("OperationsRole")
    world.environments[made.id] = made
    launching.launch(world, made)
    return members(world, made)


def _usable(world: World, application: str, label: str) -> None:
    version = world.version(application, label)
    if version.status in ("FAILED", "PROCESSING", "BUILDING"):
        raise invalid(f"Application version {label} is unusable: its status is {version.status}.")


def _taken(world: World, cname: str) -> bool:
    return any(one.there and one.cname == cname for one in world.environments.values())


def available(world: World, asked: Asked) -> Asked:
    """CheckDNSAvailability."""
    cname = world.fqdn(asked["CNAMEPrefix"])
    return {"Available": not _taken(world, cname), "FullyQualifiedCNAME": cname}


def describe(world: World, asked: Asked) -> Asked:
    """
    The newest first. Those that ended within the hour are told of too, unless IncludeDeleted is false; those that ended
    before only where IncludedDeletedBackTo reaches so far.
    """
    back_to = asked.get("IncludedDeletedBackTo", world.clock.now() - _REMEMBERED)
    ids, names = asked.get("EnvironmentIds"), asked.get("EnvironmentNames")
    found = [
        members(world, one)
        for one in reversed(world.environments.values())
        if (one.there or (asked.get("IncludeDeleted", True) and one.updated >= back_to))
        and one.application == asked.get("ApplicationName", one.application)
        and one.version == asked.get("VersionLabel", one.version)
        and (not ids or one.id in ids)
        and (not names or one.name in names)
    ]
    return page("Environments", found, asked)


def update(world: World, asked: Asked) -> Asked:
    one = world.ready(world.environment(asked))
    if asked.get("ApplicationName", one.application) != one.application:
        raise invalid(f"Environment {one.name} does not belong to application '{asked['ApplicationName']}'.")
    label = asked.get("VersionLabel")
    if label is not None:
        _usable(world, one.application, label)
    options = changed(one.options, asked)
    one.undo = (one.options, one.platform, one.stack, one.description)
    if "PlatformArn" in asked or "SolutionStackName" in asked:
        one.platform, one.stack = platform(world, asked)
    one.options = options
    one.description = asked.get("Description", one.description)
    launching.deploy(world, one, label, bool(asked.get("OptionSettings") or asked.get("OptionsToRemove")))
    return members(world, one)


def terminate(world: World, asked: Asked) -> Asked:
    one = world.environment(asked)
    if not (asked.get("ForceTerminate") and one.status != "Terminating"):
        world.ready(one)
    one.status, one.work, one.health, one.updated = "Terminating", world.new_id("end-", 8), "Grey", world.clock.now()
    world.tell("terminateEnvironment is starting.", one)
    if world.runner is not None:
        world.runner.stop(one)
    request = world.request

    def end() -> None:
        world.request = request
        launching.ended(world, one)

    world.clock.after(world.durations.terminate, end)
    return members(world, one)


def rebuild(world: World, asked: Asked) -> None:
    one = world.ready(world.environment(asked))
    world.tell("rebuildEnvironment is starting.", one)
    launching.launch(world, one)
    one.status = "Updating"


def restart(world: World, asked: Asked) -> None:
    """RestartAppServer."""
    one = world.ready(world.environment(asked))
    world.tell("restartAppServer is starting.", one)
    world.tell("restartAppServer completed successfully.", one)


def abort(world: World, asked: Asked) -> None:
    """The update that is under way is undone. No launch can be aborted."""
    one = world.environment(asked)
    if one.status != "Updating" or not one.work.startswith("update-"):
        raise invalid(
            f"Environment named {one.name} is in an invalid state for this operation. Must be pending deployment."
        )
    one.work = ""
    if one.undo is not None:
        one.options, one.platform, one.stack, one.description = one.undo
    world.tell("Environment update is aborting.", one)
    one.status, one.updated = "Ready", world.clock.now()
    world.tell("The environment was reverted to the previous configuration setting.", one)
    launching.turn(world, one, "Ok")


def members(world: World, one: Environment) -> Asked:
    """EnvironmentDescription."""
    return {
        "EnvironmentName": one.name,
        "EnvironmentId": one.id,
        "ApplicationName": one.application,
        "VersionLabel": one.version,
        "SolutionStackName": one.stack,
        "PlatformArn": one.platform,
        "Description": one.description or None,
        "EndpointURL": one.url or None,
        "CNAME": one.cname,
        "DateCreated": one.created,
        "DateUpdated": one.updated,
        "Status": one.status,
        "AbortableOperationInProgress": one.status == "Updating" and one.work.startswith("update-"),
        "Health": one.health,
        "HealthStatus": one.health_status,
        "Tier": one.tier,
        "EnvironmentLinks": [],
        "EnvironmentArn": f"{world.arn}:environment/{one.application}/{one.name}",
        "OperationsRole": one.operations_role,
    }
