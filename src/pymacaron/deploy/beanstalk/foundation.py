"""What an environment stands on: bucket, bundle, application and version. No I/O here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from pymacaron.deploy.beanstalk.found import Found, Version
from pymacaron.deploy.beanstalk.release import Release
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.target import Call, Step

__all__ = ["KEPT_VERSIONS", "foundation", "storage"]

_EB = "elasticbeanstalk"
#: How many versions of an application are kept, so that the account's 1000 are not used up
KEPT_VERSIONS = 50
_EXISTS = "already exists"
#: Unprocessed is none of them: so stays what was made without Process, and it can be deployed
_GOING = ("Processing", "Building")


def storage(release: Release, found: Found) -> Step[Found] | None:
    """
    The bucket, which has the lock and the journals, too. Raises DeployError where it is one of the user's own and not
    there.
    """
    if found.has_bucket:
        return None
    if release.wanted.bucket:
        mend = f"Make it: aws s3 mb s3://{release.bucket}, or leave docker_bucket out for Beanstalk's own"
        raise DeployError(f"docker_bucket is {release.bucket}, and no such bucket is there", mend)
    return Step(
        f"make the bucket {release.bucket}",
        lambda before: replace(before, has_bucket=True),
        "Nothing was made. The deployer may not make Beanstalk's bucket, or S3 does not answer",
        (Call(_EB, "CreateStorageLocation", {}),),
    )


def foundation(release: Release, found: Found) -> Step[Found] | None:
    """The step that is next until Beanstalk has processed the version of *release*; None once it has."""
    if found.version is None:
        return _bundle(release, found) or _application(release, found) or _version(release)
    if found.version.status in _GOING:
        name = f"version {release.label} is processed"
        return Step(f"wait until {name}", _processed(release), "Beanstalk did not come to an end with it", awaited=name)
    if found.version.status == "Failed":
        mend = f"Look at it in the console, delete version {release.label} there, and run the same command again"
        raise DeployError(f"Beanstalk could not process version {release.label}", mend)
    return None


def _bundle(release: Release, found: Found) -> Step[Found] | None:
    if found.has_bundle:
        return None
    if release.bundle is None:
        mend = "Release the commit again: pymacaron deploy apply in a clone of it"
        raise DeployError(f"version {release.label} is not in application {release.application} any more", mend)
    digest = hashlib.sha256(release.bundle).hexdigest()
    arguments = {
        "Bucket": release.bucket,
        "Key": release.key,
        "IfNoneMatch": "*",
        "ContentType": "application/zip",
        "Metadata": {"sha256": digest},
    }
    return Step(
        f"put the bundle, {len(release.bundle)} bytes, into {release.bucket}",
        lambda before: replace(before, has_bundle=True),
        "Nothing but the bucket was touched",
        (Call("s3", "PutObject", arguments, release.bundle),),
        there="PreconditionFailed",  # under this key lies nothing but these bytes
    )


def _application(release: Release, found: Found) -> Step[Found] | None:
    if found.has_application:
        return None
    role = f"arn:{_partition(release.region)}:iam::{release.account}:role/{release.wanted.service_role}"
    rule = {"Enabled": True, "MaxCount": KEPT_VERSIONS, "DeleteSourceFromS3": False}
    return Step(
        f"make the application {release.application}",
        lambda before: replace(before, has_application=True),
        f"The service role {release.wanted.service_role} is missing, or the deployer may not pass it",
        (
            Call(
                _EB,
                "CreateApplication",
                {
                    "ApplicationName": release.application,
                    "Description": f"{release.wanted.name}, by pymacaron"[:200],
                    "ResourceLifecycleConfig": {
                        "ServiceRole": role,
                        "VersionLifecycleConfig": {"MaxCountRule": rule},
                    },
                    "Tags": release.tags(),
                },
            ),
        ),
        there=_EXISTS,
    )


def _version(release: Release) -> Step[Found]:
    arguments = {
        "ApplicationName": release.application,
        "VersionLabel": release.label,
        "SourceBundle": {"S3Bucket": release.bucket, "S3Key": release.key},
        "Process": True,
        "Tags": release.tags(),
    }
    return Step(
        f"make the version {release.label}",
        _processed(release),
        "What is live was not touched",
        (Call(_EB, "CreateApplicationVersion", arguments),),
        there=_EXISTS,
    )


def _processed(release: Release) -> Callable[[Found], Found]:
    return lambda before: replace(before, version=Version(release.label, "Processed"))


def _partition(region: str) -> str:
    """Source: AWS General Reference, "Amazon Resource Names"."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
