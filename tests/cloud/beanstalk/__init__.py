"""
A Beanstalk that holds what it is told and lets time pass; in AWS' query protocol: `Beanstalk(World()).answer(form)`.

What it says and does is as AWS documents it and as people report it. Not known for sure, and so a guess: the text where
a service role is missing, the steps of a swap, and how long a version in work may not be deleted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import botocore.session

from cloud import query
from cloud.beanstalk import (
    applications,
    environments,
    events,
    health,
    logs,
    options,
    platforms,
    storage,
    swaps,
    tags,
    versions,
)
from cloud.beanstalk.world import ACCOUNT, World
from cloud.refusal import Refusal

__all__ = ["MODEL", "OPERATIONS", "Beanstalk"]

MODEL = botocore.session.get_session().get_service_model("elasticbeanstalk")
_VERSION = str(MODEL.api_version)


def _quotas(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    limits = world.limits
    numbers = {"Application": limits.applications, "ApplicationVersion": limits.versions}
    numbers |= {"Environment": limits.environments}
    return {"ResourceQuotas": {f"{name}Quota": {"Maximum": most} for name, most in numbers.items()}}


#: dict: operation -> what does it
OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any] | None]] = {
    "AbortEnvironmentUpdate": environments.abort,
    "CheckDNSAvailability": environments.available,
    "CreateApplication": applications.create,
    "CreateApplicationVersion": versions.create,
    "CreateEnvironment": environments.create,
    "CreateStorageLocation": storage.create,
    "DeleteApplication": applications.delete,
    "DeleteApplicationVersion": versions.delete,
    "DescribeAccountAttributes": _quotas,
    "DescribeApplicationVersions": versions.describe,
    "DescribeApplications": applications.describe,
    "DescribeConfigurationOptions": options.describe,
    "DescribeConfigurationSettings": options.settings,
    "DescribeEnvironmentHealth": health.of,
    "DescribeEnvironmentResources": health.resources,
    "DescribeEnvironments": environments.describe,
    "DescribeEvents": events.describe,
    "DescribeInstancesHealth": health.instances,
    "DescribePlatformVersion": platforms.describe,
    "ListAvailableSolutionStacks": platforms.stacks,
    "ListPlatformVersions": platforms.summaries,
    "ListTagsForResource": tags.describe,
    "RebuildEnvironment": environments.rebuild,
    "RequestEnvironmentInfo": logs.request,
    "RestartAppServer": environments.restart,
    "RetrieveEnvironmentInfo": logs.retrieve,
    "SwapEnvironmentCNAMEs": swaps.swap,
    "TerminateEnvironment": environments.terminate,
    "UpdateApplication": applications.update,
    "UpdateApplicationResourceLifecycle": applications.keep,
    "UpdateApplicationVersion": versions.update,
    "UpdateEnvironment": environments.update,
    "UpdateTagsForResource": tags.update,
    "ValidateConfigurationSettings": options.validate,
}


class Beanstalk:
    """Answers one call at a time."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, form: dict[str, str]) -> tuple[int, bytes]:
        """The status and the XML of the answer to a call."""
        request, namespace = str(uuid.uuid4()), MODEL.metadata["xmlNamespace"]
        try:
            with self.world.lock:
                self.world.clock.run()
                self.world.request = request
                return 200, self._result(form, namespace, request)
        except Refusal as refusal:
            return refusal.status, query.failure(refusal, namespace, request)

    def _result(self, form: dict[str, str], namespace: str, request: str) -> bytes:
        action = form.get("Action", "")
        if form.get("Version") != _VERSION or action not in MODEL.operation_names:
            told = f"Could not find operation {action} for version {form.get('Version')}"
            raise Refusal("InvalidAction", told)
        if action not in OPERATIONS:
            raise Refusal("NotImplemented", f"The stand-in has no {action}.", 501)
        operation = MODEL.operation_model(action)
        result = OPERATIONS[action](self.world, query.arguments(operation, form)) or {}
        if not operation.output_shape or not result:
            return query.answer(operation, namespace, {}, request)
        return query.answer(operation, namespace, result, request)

    @property
    def environments(self) -> dict[str, dict[str, Any]]:
        """Name -> how AWS describes it, of all that are not terminated."""
        with self.world.lock:
            self.world.clock.run()
            there = [one for one in self.world.environments.values() if one.there]
            return {one.name: environments.members(self.world, one) for one in there}

    @property
    def account(self) -> str:
        return ACCOUNT
