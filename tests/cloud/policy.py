"""
What the deployer's policy lets pass: actions by their names in IAM, not resources or conditions. No I/O here.

Real Beanstalk also acts with its caller's rights in EC2, Auto Scaling, CloudFormation and others: not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from cloud.asked import Request

__all__ = ["Policy", "actions"]

#: Operations whose action has another name; Source: the service authorization reference, "Actions defined by ..."
_S3 = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
}
#: Options by which an environment is given a role
_ROLES = {"ServiceRole", "IamInstanceProfile"}
#: What a call needs besides where it has tags
_TAGGING = {
    "ecr:CreateRepository": "ecr:TagResource",
    "secretsmanager:CreateSecret": "secretsmanager:TagResource",
    "ssm:PutParameter": "ssm:AddTagsToResource",
}
_SERVICES = {"monitoring": "cloudwatch", "email": "ses"}


def actions(request: Request) -> list[str]:
    """What a policy must allow for the call. Nothing for who one is: that is always told."""
    service = _SERVICES.get(request.service, request.service)
    if (service, request.operation) == ("sts", "GetCallerIdentity"):
        return []
    named = _S3.get(request.operation, request.operation) if service == "s3" else request.operation
    found = [f"{service}:{named}"]
    if found[0] in _TAGGING and (request.arguments.get("Tags") or request.arguments.get("tags")):
        found.append(_TAGGING[found[0]])
    tagged = any(name.startswith(("Tags.", "tags")) for name in request.arguments)
    if service == "elasticbeanstalk" and tagged and request.operation.startswith("Create"):
        found.append("elasticbeanstalk:AddTags")
    if service == "elasticbeanstalk" and request.operation == "UpdateTagsForResource":
        kinds = {"TagsToAdd": "AddTags", "TagsToRemove": "RemoveTags"}
        found = [
            f"{service}:{kind}" for name, kind in kinds.items() if any(n.startswith(name) for n in request.arguments)
        ]
    if service == "elasticbeanstalk" and request.writes and _ROLES & set(map(str, request.arguments.values())):
        found.append("iam:PassRole")
    if service == "elasticbeanstalk" and request.operation == "UpdateApplicationResourceLifecycle":
        found.append("iam:PassRole")
    return found


class Policy:
    """*documents*: of policies, as IAM has them. `used`: what was allowed, and asked for."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.used: set[str] = set()
        self._allowed, self._denied = (list(_patterns(documents, effect)) for effect in ("Allow", "Deny"))

    def lacking(self, request: Request) -> str:
        """The first action that the call needs and that is not allowed, or ""."""
        for action in actions(request):
            if _fits(action, self._denied) or not _fits(action, self._allowed):
                return action
            self.used.add(action)
        return ""

    @property
    def unused(self) -> list[str]:
        """What is allowed, though nobody asked for it."""
        return sorted(one for one in set(self._allowed) if not any(_fits(used, [one]) for used in self.used))


def _patterns(documents: Iterable[dict[str, Any]], effect: str) -> Iterable[str]:
    for document in documents:
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            if statement["Effect"] == effect:
                found = statement.get("Action", [])
                yield from [found] if isinstance(found, str) else found


def _fits(action: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(action.lower(), one.lower()) for one in patterns)
