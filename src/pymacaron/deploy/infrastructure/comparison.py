"""A template, and the account that it is for -> what the account lacks, and what is there otherwise. Reads alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pymacaron.deploy.infrastructure.found import LOOKS

if TYPE_CHECKING:
    from pymacaron.deploy.aws import Account, Identity

__all__ = ["Difference", "compared", "resolved"]

_PSEUDO = re.compile(r"\$\{AWS::(Partition|Region|AccountId|URLSuffix)\}")
#: dict: type -> the property that names a resource
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "AWS::DynamoDB::Table": "TableName",
        "AWS::ECR::Repository": "RepositoryName",
        "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
        "AWS::IAM::InstanceProfile": "InstanceProfileName",
        "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
        "AWS::IAM::Role": "RoleName",
        "AWS::S3::Bucket": "BucketName",
        "AWS::S3::BucketPolicy": "Bucket",
        "AWS::SNS::Topic": "TopicName",
    }
)


@dataclass(frozen=True, slots=True)
class Difference:
    """`resource`: its logical name in the template; `property`: '' where all of it is missing."""

    resource: str
    kind: str
    name: str
    property: str = ""

    def __str__(self) -> str:
        what = f"{self.kind.removeprefix('AWS::')} {self.name}"
        return f"{what}: {self.property} differs" if self.property else f"{what} is missing"


def compared(
    template: Mapping[str, Any], account: Account, who: Identity, at: Callable[[str], None] = lambda name: None
) -> tuple[list[Difference], list[str]]:
    """What differs, and the resources that nobody looked at, as `found` cannot. Raises DeployError."""
    partition = who.arn.split(":")[1]
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    pseudo = {"Partition": partition, "Region": account.region, "AccountId": who.account, "URLSuffix": suffix}
    resources = template["Resources"]
    names = {key: one["Properties"][_NAMES[one["Type"]]] for key, one in resources.items() if one["Type"] in _NAMES}
    found: list[Difference] = []
    for key, one in resources.items():
        if one["Type"] in LOOKS:
            wanted = resolved(one["Properties"], pseudo, names)
            name = wanted[_NAMES[one["Type"]]]
            at(name)
            found += (
                Difference(key, one["Type"], name, differs)
                for differs in _differing(one["Type"], wanted, account, pseudo)
            )
    return found, sorted(key for key, one in resources.items() if one["Type"] not in LOOKS)


def _differing(kind: str, wanted: dict[str, Any], account: Account, pseudo: Mapping[str, str]) -> Iterator[str]:
    there = LOOKS[kind](account, {**wanted, "Arn": _arn(kind, wanted, pseudo)})
    if there is None:
        yield ""
        return
    for name, value in there.items():
        if _plain(_PLAINER.get((kind, name), _same)(wanted.get(name))) != _plain(value):
            yield name


def _same(value: Any) -> Any:
    return value


def _algorithms(value: Any) -> list[str]:
    return [one["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for one in value["ServerSideEncryptionConfiguration"]]


def _days(value: Any) -> list[int]:
    return [one["NoncurrentVersionExpiration"]["NoncurrentDays"] for one in value["Rules"]]


def _indexes(value: Any) -> list[Any]:
    made = [{"IndexName": one["IndexName"], "KeySchema": one["KeySchema"]} for one in value or ()]
    return sorted(made, key=lambda one: str(one["IndexName"]))


#: dict: (type, property) -> as AWS tells of it
_PLAINER: Mapping[tuple[str, str], Callable[[Any], Any]] = MappingProxyType(
    {
        ("AWS::DynamoDB::Table", "GlobalSecondaryIndexes"): _indexes,
        ("AWS::DynamoDB::Table", "TimeToLiveSpecification"): lambda value: value or {},
        ("AWS::ECR::Repository", "LifecyclePolicy"): lambda value: json.loads(value["LifecyclePolicyText"]),
        ("AWS::IAM::Role", "ManagedPolicyArns"): lambda value: sorted(value or ()),
        ("AWS::IAM::Role", "Policies"): lambda value: value or [],
        ("AWS::S3::Bucket", "BucketEncryption"): _algorithms,
        ("AWS::S3::Bucket", "LifecycleConfiguration"): _days,
    }
)


def _plain(value: Any) -> Any:
    """Without what means the same in IAM: a list of one, and the order of actions and resources."""
    if isinstance(value, Mapping):
        return {key: _listed(key, _plain(one)) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _listed(key: str, value: Any) -> Any:
    if key not in ("Action", "Resource", "Service"):
        return value
    return sorted([value] if isinstance(value, str) else value)


def _arn(kind: str, wanted: Mapping[str, Any], pseudo: Mapping[str, str]) -> str:
    """Of what is asked for by its ARN."""
    if kind == "AWS::SNS::Topic":
        return f"arn:{pseudo['Partition']}:sns:{pseudo['Region']}:{pseudo['AccountId']}:{wanted['TopicName']}"
    return f"arn:{pseudo['Partition']}:iam::{pseudo['AccountId']}:policy/{wanted.get('ManagedPolicyName')}"


def resolved(value: Any, pseudo: Mapping[str, str], names: Mapping[str, str]) -> Any:
    """
    *value* with what CloudFormation puts there: *pseudo*, dict of AWS's own parameters, and *names*, dict of logical
    name -> name. What only a stack knows, such as the id of a group, stays as it is.
    """
    if isinstance(value, dict):
        if value.keys() == {"Fn::Sub"}:
            return _PSEUDO.sub(lambda match: pseudo[match[1]], value["Fn::Sub"])
        if value.keys() == {"Ref"} and value["Ref"] in names:
            return names[value["Ref"]]
        return {key: resolved(one, pseudo, names) for key, one in value.items()}
    return [resolved(one, pseudo, names) for one in value] if isinstance(value, list) else value
