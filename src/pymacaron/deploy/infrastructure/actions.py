"""
The calls of AWS that the commands of a release make: the one table that the deployer's policy is made of. A test runs
the commands with that policy, and finds what is lacking, and what nobody asks for.

Names are IAM's, which S3 has its own of: HeadBucket is s3:ListBucket. A call that takes tags needs a second action.
Source: Service Authorization Reference, "Actions, resources, and condition keys".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pymacaron.deploy.infrastructure.needs import Needs, arn, global_arn

__all__ = ["ACTIONS", "PLACES", "Action"]

_EB = "elasticbeanstalk"
_ACCOUNT = "${AWS::AccountId}"


@dataclass(frozen=True, slots=True)
class Action:
    """`command`: who makes the call: image, release, secrets or infra. `on`: one of PLACES."""

    name: str
    command: str
    on: str
    condition: Mapping[str, Any] = field(default_factory=dict)


def _of_application(needs: Needs) -> list[Any]:
    name = needs.application
    kinds = (f"application/{name}", f"applicationversion/{name}/*", f"environment/{name}/*")
    return [arn(_EB, kind) for kind in kinds]


def _roles(needs: Needs) -> list[Any]:
    names = (needs.wanted.instance_profile, needs.wanted.service_role)
    return [global_arn("iam", f"role/{name}", _ACCOUNT) for name in names]


def _own_roles(needs: Needs) -> list[Any]:
    """Those that the template makes."""
    made = ((needs.has_profile, needs.wanted.instance_profile), (needs.has_service_role, needs.wanted.service_role))
    return [global_arn("iam", f"role/{name}", _ACCOUNT) for is_own, name in made if is_own]


def _profile(needs: Needs) -> list[Any]:
    name = f"instance-profile/{needs.wanted.instance_profile}"
    return [global_arn("iam", name, _ACCOUNT)] if needs.has_profile else []


def _policies(needs: Needs) -> list[Any]:
    return [global_arn("iam", f"policy/{needs.application}-*", _ACCOUNT)]


def _tables(needs: Needs) -> list[Any]:
    return [arn("dynamodb", f"table/{table.table}") for table in needs.tables]


def _secrets(needs: Needs, service: str, kind: str) -> list[Any]:
    """All of the application, so that a new one can be pushed before the stack is updated."""
    is_there = bool(needs.secrets) and needs.wanted.secrets == service
    return [arn(service, f"{kind}{needs.application}/*")] if is_there else []


def _objects(needs: Needs) -> list[Any]:
    """What a release writes: bundles, journals, the lock."""
    return [{"Fn::Sub": f"{one['Fn::Sub']}/pymacaron/{needs.application}/*"} for one in needs.buckets]


#: dict: name of a place -> the ARNs of it that a service has; none where it has no such thing
PLACES: Mapping[str, Callable[[Needs], list[Any]]] = MappingProxyType(
    {
        "all": lambda needs: ["*"],
        "application": _of_application,
        "roles": _roles,
        "policies": _policies,
        "own roles": _own_roles,
        "profile": _profile,
        "repository": lambda needs: [arn("ecr", f"repository/{needs.repository}")] if needs.repository else [],
        "registry": lambda needs: ["*"] if needs.repository else [],
        "buckets": lambda needs: list(needs.buckets),
        "objects": _objects,
        "logins": lambda needs: list(needs.logins),
        "own bucket": lambda needs: [global_arn("s3", needs.wanted.bucket)] if needs.wanted.bucket else [],
        "manager": lambda needs: _secrets(needs, "secretsmanager", "secret:"),
        "parameters": lambda needs: _secrets(needs, "ssm", "parameter/"),
        "tables": _tables,
        "redis": lambda needs: ["*"] if needs.has_redis else [],
        "topic": lambda needs: [arn("sns", f"{needs.application}-alarms")] if needs.wanted.alarm_email else [],
    }
)

#: dict: condition under which roles are given away, and to whom
_PASSED = {"StringEquals": {"iam:PassedToService": ["elasticbeanstalk.amazonaws.com", "ec2.amazonaws.com"]}}

ACTIONS: tuple[Action, ...] = (
    # pymacaron image --push
    Action("ecr:GetAuthorizationToken", "image", "registry"),
    Action("ecr:DescribeRepositories", "image", "repository"),
    Action("ecr:DescribeImages", "image", "repository"),
    Action("ecr:CreateRepository", "image", "repository"),
    Action("ecr:TagResource", "image", "repository"),
    # ... which docker makes, of the registry itself
    Action("ecr:BatchCheckLayerAvailability", "docker", "repository"),
    Action("ecr:BatchGetImage", "docker", "repository"),
    Action("ecr:CompleteLayerUpload", "docker", "repository"),
    Action("ecr:GetDownloadUrlForLayer", "docker", "repository"),
    Action("ecr:InitiateLayerUpload", "docker", "repository"),
    Action("ecr:PutImage", "docker", "repository"),
    Action("ecr:UploadLayerPart", "docker", "repository"),
    # pymacaron deploy: what reads may name nothing, and is of all
    Action(f"{_EB}:CheckDNSAvailability", "release", "all"),
    Action(f"{_EB}:DescribeApplications", "release", "all"),
    Action(f"{_EB}:DescribeApplicationVersions", "release", "all"),
    Action(f"{_EB}:DescribeConfigurationSettings", "release", "all"),
    Action(f"{_EB}:DescribeEnvironmentHealth", "release", "all"),
    Action(f"{_EB}:DescribeEnvironmentResources", "release", "all"),
    Action(f"{_EB}:DescribeEnvironments", "release", "all"),
    Action(f"{_EB}:DescribeEvents", "release", "all"),
    Action(f"{_EB}:ListPlatformVersions", "release", "all"),
    Action(f"{_EB}:ListTagsForResource", "release", "all"),
    Action(f"{_EB}:RequestEnvironmentInfo", "release", "all"),
    Action(f"{_EB}:RetrieveEnvironmentInfo", "release", "all"),
    Action(f"{_EB}:ValidateConfigurationSettings", "release", "all"),
    Action(f"{_EB}:CreateStorageLocation", "release", "all"),
    Action(f"{_EB}:AddTags", "release", "application"),
    Action(f"{_EB}:CreateApplication", "release", "application"),
    Action(f"{_EB}:CreateApplicationVersion", "release", "application"),
    Action(f"{_EB}:CreateEnvironment", "release", "application"),
    Action(f"{_EB}:SwapEnvironmentCNAMEs", "release", "application"),
    Action(f"{_EB}:TerminateEnvironment", "release", "application"),
    Action(f"{_EB}:UpdateEnvironment", "release", "application"),
    Action("iam:PassRole", "release", "roles", _PASSED),
    Action("s3:ListBucket", "release", "buckets"),
    Action("s3:GetObject", "release", "objects"),
    Action("s3:GetObject", "release", "logins"),
    Action("s3:PutObject", "release", "objects"),
    Action("s3:DeleteObject", "release", "objects"),
    # pymacaron secrets
    Action("secretsmanager:DescribeSecret", "secrets", "manager"),
    Action("secretsmanager:GetSecretValue", "secrets", "manager"),
    Action("secretsmanager:CreateSecret", "secrets", "manager"),
    Action("secretsmanager:PutSecretValue", "secrets", "manager"),
    Action("secretsmanager:RestoreSecret", "secrets", "manager"),
    Action("secretsmanager:TagResource", "secrets", "manager"),
    Action("ssm:GetParameters", "secrets", "parameters"),
    Action("ssm:PutParameter", "secrets", "parameters"),
    Action("ssm:AddTagsToResource", "secrets", "parameters"),
    # pymacaron infra check
    Action("iam:GetRole", "infra", "own roles"),
    Action("iam:GetRolePolicy", "infra", "own roles"),
    Action("iam:ListAttachedRolePolicies", "infra", "own roles"),
    Action("iam:ListRolePolicies", "infra", "own roles"),
    Action("iam:GetInstanceProfile", "infra", "profile"),
    Action("iam:GetPolicy", "infra", "policies"),
    Action("iam:GetPolicyVersion", "infra", "policies"),
    Action("ecr:DescribeRepositories", "infra", "repository"),
    Action("ecr:GetLifecyclePolicy", "infra", "repository"),
    Action("s3:ListBucket", "infra", "own bucket"),
    Action("s3:GetBucketPolicy", "infra", "own bucket"),
    Action("s3:GetBucketPublicAccessBlock", "infra", "own bucket"),
    Action("s3:GetBucketVersioning", "infra", "own bucket"),
    Action("s3:GetEncryptionConfiguration", "infra", "own bucket"),
    Action("s3:GetLifecycleConfiguration", "infra", "own bucket"),
    Action("dynamodb:DescribeTable", "infra", "tables"),
    Action("dynamodb:DescribeTimeToLive", "infra", "tables"),
    Action("elasticache:DescribeReplicationGroups", "infra", "redis"),
    Action("sns:GetTopicAttributes", "infra", "topic"),
    Action("sns:ListSubscriptionsByTopic", "infra", "topic"),
)
