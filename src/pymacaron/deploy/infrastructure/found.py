"""
What of a template is there: a resource's properties, with the names of the account in them -> those that AWS tells of
it, by the same names; None where there is no such resource. Calls that read alone.

What is not looked at stands in no row here: groups of a VPC, subnets, parameters and logs of a Redis, alarms.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pymacaron.deploy.failures import RefusedError

if TYPE_CHECKING:
    from pymacaron.deploy.aws import Account

__all__ = ["LOOKS", "Look"]

Properties = Mapping[str, Any]
Look = Callable[["Account", Properties], dict[str, Any] | None]

#: What AWS says where there is none
_NONE = {
    "404",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchEntity",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NotFound",
    "NotFoundException",
    "LifecyclePolicyNotFoundException",
    "ReplicationGroupNotFoundFault",
    "RepositoryNotFoundException",
    "ResourceNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
}


def _told(account: Account, service: str, operation: str, **arguments: Any) -> dict[str, Any] | None:
    """What a call answers; None where there is nothing that it asks for."""
    try:
        return account.call(service, operation, **arguments)
    except RefusedError as error:
        if error.code not in _NONE:
            raise
        return None


def _role(account: Account, wanted: Properties) -> dict[str, Any] | None:
    name = {"RoleName": wanted["RoleName"]}
    told = _told(account, "iam", "GetRole", **name)
    if told is None:
        return None
    inline = []
    for one in sorted(account.pages("iam", "ListRolePolicies", "PolicyNames", **name)):
        policy = account.call("iam", "GetRolePolicy", **name, PolicyName=one)
        inline.append({"PolicyName": one, "PolicyDocument": _document(policy["PolicyDocument"])})
    attached = account.pages("iam", "ListAttachedRolePolicies", "AttachedPolicies", **name)
    return {
        "AssumeRolePolicyDocument": _document(told["Role"]["AssumeRolePolicyDocument"]),
        "Policies": inline,
        "ManagedPolicyArns": sorted(one["PolicyArn"] for one in attached),
    }


def _profile(account: Account, wanted: Properties) -> dict[str, Any] | None:
    told = _told(account, "iam", "GetInstanceProfile", InstanceProfileName=wanted["InstanceProfileName"])
    return {"Roles": [one["RoleName"] for one in told["InstanceProfile"]["Roles"]]} if told else None


def _policy(account: Account, wanted: Properties) -> dict[str, Any] | None:
    arn = wanted["Arn"]
    told = _told(account, "iam", "GetPolicy", PolicyArn=arn)
    if told is None:
        return None
    version = account.call("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=told["Policy"]["DefaultVersionId"])
    return {"PolicyDocument": _document(version["PolicyVersion"]["Document"])}


def _repository(account: Account, wanted: Properties) -> dict[str, Any] | None:
    told = _told(account, "ecr", "DescribeRepositories", repositoryNames=[wanted["RepositoryName"]])
    if told is None:
        return None
    one = told["repositories"][0]
    rules = _told(account, "ecr", "GetLifecyclePolicy", repositoryName=wanted["RepositoryName"])
    return {
        "ImageTagMutability": one.get("imageTagMutability"),
        "ImageScanningConfiguration": {"ScanOnPush": one.get("imageScanningConfiguration", {}).get("scanOnPush")},
        "LifecyclePolicy": json.loads(rules["lifecyclePolicyText"]) if rules else None,
    }


def _bucket(account: Account, wanted: Properties) -> dict[str, Any] | None:
    name = {"Bucket": wanted["BucketName"]}
    if _told(account, "s3", "HeadBucket", **name) is None:
        return None
    versions = account.call("s3", "GetBucketVersioning", **name)
    keys = _told(account, "s3", "GetBucketEncryption", **name) or {}
    rules = keys.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    access = _told(account, "s3", "GetPublicAccessBlock", **name) or {}
    ends = _told(account, "s3", "GetBucketLifecycleConfiguration", **name) or {}
    days = [one.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays") for one in ends.get("Rules", ())]
    return {
        "VersioningConfiguration": {"Status": versions.get("Status", "Off")},
        "BucketEncryption": [one.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for one in rules],
        "PublicAccessBlockConfiguration": access.get("PublicAccessBlockConfiguration", {}),
        "LifecycleConfiguration": [one for one in days if one],
    }


def _bucket_policy(account: Account, wanted: Properties) -> dict[str, Any] | None:
    told = _told(account, "s3", "GetBucketPolicy", Bucket=wanted["Bucket"])
    return {"PolicyDocument": _document(told["Policy"])} if told else None


def _table(account: Account, wanted: Properties) -> dict[str, Any] | None:
    name = {"TableName": wanted["TableName"]}
    told = _told(account, "dynamodb", "DescribeTable", **name)
    if told is None:
        return None
    ends = account.call("dynamodb", "DescribeTimeToLive", **name)["TimeToLiveDescription"]
    is_on = ends.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    indexes = told["Table"].get("GlobalSecondaryIndexes", ())
    return {
        "KeySchema": told["Table"]["KeySchema"],
        "GlobalSecondaryIndexes": _by_name({"IndexName": i["IndexName"], "KeySchema": i["KeySchema"]} for i in indexes),
        "TimeToLiveSpecification": {"AttributeName": ends["AttributeName"], "Enabled": True} if is_on else {},
    }


def _topic(account: Account, wanted: Properties) -> dict[str, Any] | None:
    arn = {"TopicArn": wanted["Arn"]}
    if _told(account, "sns", "GetTopicAttributes", **arn) is None:
        return None
    told = account.pages("sns", "ListSubscriptionsByTopic", "Subscriptions", **arn)
    return {"Subscription": [{"Protocol": one["Protocol"], "Endpoint": one["Endpoint"]} for one in told]}


def _redis(account: Account, wanted: Properties) -> dict[str, Any] | None:
    asked = {"ReplicationGroupId": wanted["ReplicationGroupId"]}
    told = _told(account, "elasticache", "DescribeReplicationGroups", **asked)
    if told is None:
        return None
    one = told["ReplicationGroups"][0]
    return {
        "TransitEncryptionEnabled": one.get("TransitEncryptionEnabled", False),
        "AtRestEncryptionEnabled": one.get("AtRestEncryptionEnabled", False),
        "AutomaticFailoverEnabled": one.get("AutomaticFailover") in ("enabled", "enabling"),
    }


def _by_name(indexes: Any) -> list[dict[str, Any]]:
    return sorted(indexes, key=lambda one: str(one["IndexName"]))


def _document(policy: Any) -> Any:
    """A policy, which AWS tells as text, quoted or not, or as what it is."""
    for text in (policy, unquote(policy)) if isinstance(policy, str) else ():
        with suppress(ValueError):
            return json.loads(text)
    return policy


#: dict: type of CloudFormation -> how it is looked at
LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "AWS::DynamoDB::Table": _table,
        "AWS::ECR::Repository": _repository,
        "AWS::ElastiCache::ReplicationGroup": _redis,
        "AWS::IAM::InstanceProfile": _profile,
        "AWS::IAM::ManagedPolicy": _policy,
        "AWS::IAM::Role": _role,
        "AWS::S3::Bucket": _bucket,
        "AWS::S3::BucketPolicy": _bucket_policy,
        "AWS::SNS::Topic": _topic,
    }
)
