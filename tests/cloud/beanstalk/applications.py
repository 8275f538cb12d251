"""Applications: made, changed, deleted with what they hold."""

from __future__ import annotations

import re
from typing import Any

from cloud.beanstalk.environments import terminate
from cloud.beanstalk.tags import tags_of
from cloud.beanstalk.world import Application, World
from cloud.refusal import Refusal, invalid

__all__ = ["add", "create", "delete", "describe", "keep", "update"]

Asked = dict[str, Any]


def add(world: World, asked: Asked) -> Application:
    name = asked["ApplicationName"]
    if name in world.applications:
        raise invalid(f"Application {name} already exists.")
    if len(world.applications) >= world.limits.applications:
        most = world.limits.applications
        raise Refusal("TooManyApplicationsException", f"You have reached the limit of {most} applications.")
    if re.search(r"[/\\]", name):
        raise invalid(f"Value {name!r} at 'ApplicationName' failed to satisfy constraint: no slashes.")
    made = Application(name, asked.get("Description", ""), world.clock.now(), tags_of(asked))
    made.lifecycle = asked.get("ResourceLifecycleConfig", {})
    world.applications[name] = made
    world.tell("createApplication completed successfully.", ApplicationName=name)
    return made


def create(world: World, asked: Asked) -> Asked:
    return {"Application": _members(world, add(world, asked))}


def describe(world: World, asked: Asked) -> Asked:
    wanted = asked.get("ApplicationNames")
    found = [one for one in world.applications.values() if not wanted or one.name in wanted]
    return {"Applications": [_members(world, one) for one in found]}


def update(world: World, asked: Asked) -> Asked:
    application = world.application(asked["ApplicationName"])
    application.description = asked.get("Description", application.description)
    application.updated = world.clock.now()
    return {"Application": _members(world, application)}


def keep(world: World, asked: Asked) -> Asked:
    """UpdateApplicationResourceLifecycle. Once there is a service role, it may be left out."""
    application, config = world.application(asked["ApplicationName"]), asked["ResourceLifecycleConfig"]
    if not (config.get("ServiceRole") or application.lifecycle.get("ServiceRole")):
        raise invalid("The ServiceRole is required to set a resource lifecycle configuration for an application.")
    rules = config.get("VersionLifecycleConfig", {})
    if all(rules.get(name, {}).get("Enabled") for name in ("MaxCountRule", "MaxAgeRule")):
        raise Refusal("InvalidParameterCombination", "Only one of MaxCountRule and MaxAgeRule can be enabled.")
    application.lifecycle = {**application.lifecycle, **config}
    return {"ApplicationName": application.name, "ResourceLifecycleConfig": application.lifecycle}


def delete(world: World, asked: Asked) -> None:
    application = world.applications.get(asked["ApplicationName"])
    if application is None:
        return  # AWS takes it as done
    running = [one for one in world.environments.values() if one.there and one.application == application.name]
    if running and not asked.get("TerminateEnvByForce"):
        names = ", ".join(one.name for one in running)
        raise Refusal(
            "OperationInProgressFailure",
            f"Unable to delete application {application.name} because it has running environments: {names}",
        )
    for one in running:
        terminate(world, {"EnvironmentId": one.id, "ForceTerminate": True})
    application.deleting = True
    wait = world.durations.application + (world.durations.terminate if running else 0)
    world.clock.after(wait, lambda: _gone(world, application))


def _gone(world: World, application: Application) -> None:
    world.applications.pop(application.name, None)
    for key in [key for key in world.versions if key[0] == application.name]:
        del world.versions[key]


def _members(world: World, one: Application) -> Asked:
    return {
        "ApplicationArn": f"{world.arn}:application/{one.name}",
        "ApplicationName": one.name,
        "Description": one.description,
        "DateCreated": one.created,
        "DateUpdated": one.updated or one.created,
        "Versions": [label for name, label in reversed(world.versions) if name == one.name],
        "ConfigurationTemplates": [],
        "ResourceLifecycleConfig": one.lifecycle or {"VersionLifecycleConfig": _NO_RULES},
    }


_NO_RULES = {
    "MaxCountRule": {"Enabled": False, "MaxCount": 200, "DeleteSourceFromS3": False},
    "MaxAgeRule": {"Enabled": False, "MaxAgeInDays": 180, "DeleteSourceFromS3": False},
}
