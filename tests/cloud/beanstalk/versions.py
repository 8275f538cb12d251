"""Application versions: made of a bundle in S3, looked at, deleted."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from cloud.beanstalk import applications
from cloud.beanstalk.pages import page
from cloud.beanstalk.tags import tags_of
from cloud.beanstalk.world import Version, World
from cloud.refusal import Refusal, invalid

__all__ = ["bundle", "create", "delete", "describe", "update"]

Asked = dict[str, Any]
_MOST_BYTES = 512 * 1024 * 1024


def create(world: World, asked: Asked) -> Asked:
    """Without Process nobody looks at the bundle until it is deployed."""
    application, label = asked["ApplicationName"], asked["VersionLabel"]
    if application not in world.applications and asked.get("AutoCreateApplication"):
        applications.add(world, {"ApplicationName": application})
    world.application(application)
    if (application, label) in world.versions:
        raise invalid(f"Application Version {label} already exists.")
    if len(world.versions) >= world.limits.versions:
        most = world.limits.versions
        raise Refusal("TooManyApplicationVersionsException", f"You cannot have more than {most} Application Versions.")
    members: Asked = {name: asked[name] for name in ("SourceBundle", "Description") if name in asked}
    made = Version(application, label, world.clock.now(), "UNPROCESSED", members, tags_of(asked))
    _find(world, made)
    world.versions[application, label] = made
    if asked.get("Process"):
        made.status = "PROCESSING"
        world.clock.after(world.durations.process, lambda: _process(world, made))
    world.tell(f"Created new Application Version: {label}", ApplicationName=application, VersionLabel=label)
    return {"ApplicationVersion": _members(world, made)}


def _find(world: World, version: Version) -> None:
    source = version.members.get("SourceBundle", {})
    if not source or world.storage is None:
        return
    bucket, key = source.get("S3Bucket", ""), source.get("S3Key", "")
    try:
        size = world.storage.head_object(Bucket=bucket, Key=key)["ContentLength"]
    except ClientError as error:
        reason = "Not Found" if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchBucket") else "Forbidden"
        text = f"Unable to download from S3 location (Bucket: {bucket}  Key: {key}). Reason: {reason}"
        raise Refusal("InvalidParameterCombination", text) from None
    if size > _MOST_BYTES:
        raise invalid(f"Source bundle is too large: {size} bytes; the limit is {_MOST_BYTES}.")


def bundle(world: World, version: Version) -> dict[str, bytes] | None:
    """File -> its bytes; None where the bundle is no archive. Empty without storage."""
    source = version.members.get("SourceBundle")
    if source is None or world.storage is None:
        return {}
    with suppress(zipfile.BadZipFile, ClientError):
        content = world.storage.get_object(Bucket=source["S3Bucket"], Key=source["S3Key"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return None


def _process(world: World, version: Version) -> None:
    fine = bundle(world, version) is not None
    version.status, version.updated = "PROCESSED" if fine else "FAILED", world.clock.now()
    about = {"ApplicationName": version.application, "VersionLabel": version.label, "RequestId": None}
    text = f"Pre-processing of application version {version.label} {'is complete' if fine else 'has failed'}."
    world.tell(text, None, "INFO" if fine else "ERROR", **about)


def describe(world: World, asked: Asked) -> Asked:
    """The newest first."""
    labels, application = asked.get("VersionLabels"), asked.get("ApplicationName")
    found = [
        _members(world, one)
        for one in reversed(world.versions.values())
        if one.application == (application or one.application) and (not labels or one.label in labels)
    ]
    return page("ApplicationVersions", found, asked)


def update(world: World, asked: Asked) -> Asked:
    found = world.version(asked["ApplicationName"], asked["VersionLabel"])
    found.members["Description"] = asked.get("Description", "")
    found.updated = world.clock.now()
    return {"ApplicationVersion": _members(world, found)}


def delete(world: World, asked: Asked) -> None:
    """One that runs may be deleted, as AWS lets it; not one that is being deployed."""
    found = world.version(asked["ApplicationName"], asked["VersionLabel"])
    using = [e for e in world.environments.values() if e.application == found.application and e.version == found.label]
    if any(one.status in ("Launching", "Updating") for one in using) or found.status == "PROCESSING":
        raise Refusal(
            "OperationInProgressFailure",
            f"Unable to delete application version: {found.label}. "
            "An operation is already in progress, please retry again shortly.",
        )
    del world.versions[found.application, found.label]
    source = found.members.get("SourceBundle")
    if asked.get("DeleteSourceBundle") and source and world.storage is not None:
        world.storage.delete_object(Bucket=source["S3Bucket"], Key=source["S3Key"])


def _members(world: World, one: Version) -> Asked:
    return {
        "ApplicationVersionArn": f"{world.arn}:applicationversion/{one.application}/{one.label}",
        "ApplicationName": one.application,
        "VersionLabel": one.label,
        "Status": one.status,
        "DateCreated": one.created,
        "DateUpdated": one.updated or one.created,
        **one.members,
    }
