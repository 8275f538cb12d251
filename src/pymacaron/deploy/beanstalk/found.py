"""What of a release is there: calls that change nothing -> the frozen record that `steps` decides by."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pymacaron.deploy.beanstalk.release import CNAME_TAG, PLATFORM_BRANCH, WORKERS_TAG, Release, workers_label
from pymacaron.deploy.failures import DeniedError, DeployError, RefusedError
from pymacaron.deploy.target import Cloud

__all__ = ["Environment", "Found", "Look", "Version"]

_EB = "elasticbeanstalk"
_GOOD = ("Ok", "Info")


@dataclass(frozen=True, slots=True)
class Environment:
    """
    `cname`: first label of `address`; `health`: its colour; `state`: of enhanced health; `is_ours`, or `is_worker`
    where it runs tasks and nobody calls it: by its tag.
    """

    id: str
    name: str
    address: str
    status: str
    label: str
    health: str = "Grey"
    state: str = ""
    is_ours: bool = False
    platform: str = ""
    is_worker: bool = False

    @property
    def cname(self) -> str:
        return self.address.partition(".")[0].lower()

    @property
    def is_ready(self) -> bool:
        return self.status == "Ready"

    @property
    def is_ending(self) -> bool:
        return self.status == "Terminating"

    @property
    def is_healthy(self) -> bool:
        return self.state in _GOOD if self.state else self.health == "Green"


@dataclass(frozen=True, slots=True)
class Version:
    """`status`: Unprocessed, Processing, Processed, Building or Failed."""

    label: str
    status: str


@dataclass(frozen=True, slots=True)
class Found:
    """
    `at`: seconds since 1970. `environments`: those that are not Terminated, in the order of their names. `hosts`: how
    many instances the live one has. `options` of the live one, dict: (namespace, name) -> value, whose repr is not
    shown, as they may hold secrets of others. `platform`: ARN, '' where none is recommended. `has_worker_bundle`,
    `worker_version`: of the environment that runs the release's tasks.
    """

    at: float
    has_bucket: bool = False
    has_bundle: bool = False
    has_application: bool = False
    version: Version | None = None
    environments: tuple[Environment, ...] = ()
    platform: str = ""
    is_name_free: bool = True
    hosts: int = 0
    options: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)
    has_worker_bundle: bool = False
    worker_version: Version | None = None

    def at_name(self, cname: str) -> tuple[Environment, ...]:
        """Who answers at *cname*: one, or none; two where a swap is under way."""
        return tuple(one for one in self.environments if one.cname == cname and not one.is_ending)

    def environment(self, id: str) -> Environment | None:
        return next((one for one in self.environments if id and one.id == id), None)

    def changed(self, id: str, **values: Any) -> Found:
        """With other *values* of environment *id*."""
        changed = (replace(one, **values) if one.id == id else one for one in self.environments)
        return replace(self, environments=tuple(changed))

    def without(self, id: str) -> Found:
        return replace(self, environments=tuple(one for one in self.environments if one.id != id))


class Look:
    """What is there for *release*. What was there and does not go away by itself is asked for once."""

    def __init__(self, cloud: Cloud, release: Release, clock: Callable[[], float] = time.time):
        self._cloud, self._release, self._clock = cloud, release, clock
        self._there: set[str] = set()
        self._whose: dict[str, str] = {}
        self._processed: dict[str, Version] = {}
        self._platform: str | None = None
        self._live: tuple[str, int, dict[tuple[str, str], str]] = ("", 0, {})

    def __call__(self) -> Found:
        """Makes calls of AWS that change nothing."""
        release = self._release
        has_bucket = self._is_there("bucket", self._bucket)
        has_application = self._is_there("application", self._application)
        versions = self._versions() if has_application else {}
        environments = self._environments() if has_application else ()
        found = Found(
            self._clock(),
            has_bucket,
            has_bucket and self._has_object(release.key),
            has_application,
            versions.get(release.label),
            environments,
            has_worker_bundle=has_bucket and self._has_object(release.worker_key),
            worker_version=versions.get(workers_label(release.label)),
        )
        live = found.at_name(release.cname)
        platform = self._newest()
        if not live:
            held = any(one.cname == release.cname for one in environments)
            return replace(found, platform=platform, is_name_free=held or self._is_free())
        hosts, options = self._of_live(live[0])
        return replace(found, platform=platform, hosts=hosts, options=options)

    def changed(self) -> None:
        """Something was changed: the options of the live environment are asked for anew."""
        self._live = ("", 0, {})

    def _is_there(self, what: str, look: Callable[[], bool]) -> bool:
        if what not in self._there and look():
            self._there.add(what)
        return what in self._there

    def _bucket(self) -> bool:
        return self._head("HeadBucket", Bucket=self._release.bucket)

    def _has_object(self, key: str) -> bool:
        bucket = self._release.bucket
        return bool(key) and self._is_there(key, lambda: self._head("HeadObject", Bucket=bucket, Key=key))

    def _head(self, operation: str, **arguments: Any) -> bool:
        try:
            self._cloud.call("s3", operation, **arguments)
        except RefusedError as error:
            if error.code in ("404", "NoSuchBucket", "NoSuchKey"):
                return False
            if error.code in ("301", "400", "403"):
                action = error.action if isinstance(error, DeniedError) else "looking at it"
                mend = f"It is another account's, in another region, or {action} is not allowed: see docker_bucket"
                raise DeployError(f"bucket {self._release.bucket} does not open ({error.code})", mend) from None
            raise
        return True

    def _application(self) -> bool:
        names = [self._release.application]
        return bool(self._cloud.call(_EB, "DescribeApplications", ApplicationNames=names).get("Applications"))

    def _versions(self) -> dict[str, Version]:
        """dict: label -> the version of the release, and that of its workers, where they are there."""
        release = self._release
        names = [release.label, workers_label(release.label)]
        if release.bundle is not None and release.worker_bundle is None:
            names.pop()
        if len(self._processed) == len(names):
            return self._processed
        answer = self._cloud.call(
            _EB, "DescribeApplicationVersions", ApplicationName=release.application, VersionLabels=names
        )
        versions = {
            one["VersionLabel"]: Version(one["VersionLabel"], str(one["Status"]).capitalize())
            for one in answer.get("ApplicationVersions", ())  # AWS answers PROCESSED, too
        }
        done = {label: one for label, one in versions.items() if one.status in ("Processed", "Unprocessed")}
        self._processed.update(done)
        return versions

    def _environments(self) -> tuple[Environment, ...]:
        found = self._cloud.pages(
            _EB, "DescribeEnvironments", "Environments", ApplicationName=self._release.application, IncludeDeleted=False
        )
        made = [self._environment(one) for one in found if one["Status"] != "Terminated"]
        return tuple(sorted(made, key=lambda one: (one.name, one.id)))

    def _environment(self, one: Mapping[str, Any]) -> Environment:
        whose = self._whose_tag(one)
        return Environment(
            one["EnvironmentId"],
            one["EnvironmentName"],
            one.get("CNAME", ""),
            one["Status"],
            one.get("VersionLabel", ""),
            one.get("Health", "Grey"),
            one.get("HealthStatus", ""),
            whose == CNAME_TAG,
            one.get("PlatformArn", ""),
            whose == WORKERS_TAG,
        )

    def _whose_tag(self, one: Mapping[str, Any]) -> str:
        """The tag that says that it is of our name; '' where it is not."""
        arn = one.get("EnvironmentArn", "")
        if arn not in self._whose:
            try:
                answer = self._cloud.call(_EB, "ListTagsForResource", ResourceArn=arn)
            except RefusedError as error:
                if error.code != "ResourceNotFoundException":
                    raise
                return ""  # it ends just now
            tags = {tag["Key"]: tag["Value"].lower() for tag in answer.get("ResourceTags", ())}
            ours = (key for key in (CNAME_TAG, WORKERS_TAG) if tags.get(key) == self._release.cname)
            self._whose[arn] = next(ours, "")
        return self._whose[arn]

    def _newest(self) -> str:
        if self._platform is None:
            filters = [
                {"Type": "PlatformBranchName", "Operator": "=", "Values": [PLATFORM_BRANCH]},
                {"Type": "PlatformLifecycleState", "Operator": "=", "Values": ["Recommended"]},
            ]
            found = list(self._cloud.pages(_EB, "ListPlatformVersions", "PlatformSummaryList", Filters=filters))
            arns = sorted((one["PlatformArn"] for one in found), key=_version_of)
            self._platform = str(arns[-1]) if arns else ""
        return self._platform

    def _is_free(self) -> bool:
        return bool(self._cloud.call(_EB, "CheckDNSAvailability", CNAMEPrefix=self._release.cname)["Available"])

    def _of_live(self, live: Environment) -> tuple[int, dict[tuple[str, str], str]]:
        """How many instances it has, and its options."""
        if self._live[0] != live.id or not live.is_ready:
            resources = self._cloud.call(_EB, "DescribeEnvironmentResources", EnvironmentId=live.id)
            instances = resources.get("EnvironmentResources", {}).get("Instances", ())
            answer = self._cloud.call(
                _EB,
                "DescribeConfigurationSettings",
                ApplicationName=self._release.application,
                EnvironmentName=live.name,
            )
            options = {
                (one["Namespace"], one["OptionName"]): one.get("Value", "")
                for settings in answer.get("ConfigurationSettings", ())
                for one in settings.get("OptionSettings", ())
            }
            self._live = (live.id if live.is_ready else "", len(instances), options)
        return self._live[1], self._live[2]


def _version_of(arn: str) -> tuple[int, ...]:
    """The version that an ARN of a platform ends in: .../4.1.0 -> (4, 1, 0)."""
    return tuple(int(part) if part.isdigit() else 0 for part in arn.rpartition("/")[2].split("."))
