"""A template, made as CloudFormation makes it: moto's own leaves out half of what a resource is."""

from __future__ import annotations

import json
from typing import Any

from cloud.here import Cloud
from pymacaron.deploy.infrastructure.comparison import resolved

__all__ = ["make"]

_PSEUDO = {
    "Partition": "aws",
    "Region": "eu-west-1",
    "AccountId": Cloud.account,
    "URLSuffix": "amazonaws.com",
}


def make(aws: Cloud, template: dict[str, Any]) -> None:
    """All of it is there afterwards; what *template* has more than this file knows is an error."""
    names = {"InstanceRole": "shop-instance", "Bucket": "shop-releases"}
    for one in template["Resources"].values():
        _MAKERS[one["Type"]](aws, resolved(one["Properties"], _PSEUDO, names))


def _role(aws: Cloud, wanted: dict[str, Any]) -> None:
    iam, name = aws.client("iam"), wanted["RoleName"]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(wanted["AssumeRolePolicyDocument"]))
    for one in wanted.get("Policies", ()):
        document = json.dumps(one["PolicyDocument"])
        iam.put_role_policy(RoleName=name, PolicyName=one["PolicyName"], PolicyDocument=document)
    for arn in wanted.get("ManagedPolicyArns", ()):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)


def _profile(aws: Cloud, wanted: dict[str, Any]) -> None:
    iam, name = aws.client("iam"), wanted["InstanceProfileName"]
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=wanted["Roles"][0])


def _policy(aws: Cloud, wanted: dict[str, Any]) -> None:
    document = json.dumps(wanted["PolicyDocument"])
    aws.client("iam").create_policy(PolicyName=wanted["ManagedPolicyName"], PolicyDocument=document)


def _repository(aws: Cloud, wanted: dict[str, Any]) -> None:
    ecr, name = aws.client("ecr"), {"repositoryName": wanted["RepositoryName"]}
    scanned = {"scanOnPush": wanted["ImageScanningConfiguration"]["ScanOnPush"]}
    ecr.create_repository(**name, imageTagMutability=wanted["ImageTagMutability"], imageScanningConfiguration=scanned)
    ecr.put_lifecycle_policy(**name, lifecyclePolicyText=wanted["LifecyclePolicy"]["LifecyclePolicyText"])


def _bucket(aws: Cloud, wanted: dict[str, Any]) -> None:
    s3, name = aws.client("s3"), {"Bucket": wanted["BucketName"]}
    s3.create_bucket(**name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(**name, VersioningConfiguration=wanted["VersioningConfiguration"])
    (rule,) = wanted["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    keys = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}]}
    s3.put_bucket_encryption(**name, ServerSideEncryptionConfiguration=keys)
    s3.put_public_access_block(**name, PublicAccessBlockConfiguration=wanted["PublicAccessBlockConfiguration"])
    rules = [
        {"ID": one.pop("Id"), "Filter": {"Prefix": ""}, **one} for one in wanted["LifecycleConfiguration"]["Rules"]
    ]
    s3.put_bucket_lifecycle_configuration(**name, LifecycleConfiguration={"Rules": rules})


def _bucket_policy(aws: Cloud, wanted: dict[str, Any]) -> None:
    aws.client("s3").put_bucket_policy(Bucket=wanted["Bucket"], Policy=json.dumps(wanted["PolicyDocument"]))


def _table(aws: Cloud, wanted: dict[str, Any]) -> None:
    ends = wanted.pop("TimeToLiveSpecification", None)
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(**wanted)
    if ends:
        dynamodb.update_time_to_live(TableName=wanted["TableName"], TimeToLiveSpecification=ends)


def _topic(aws: Cloud, wanted: dict[str, Any]) -> None:
    sns = aws.client("sns")
    arn = sns.create_topic(Name=wanted["TopicName"])["TopicArn"]
    for one in wanted["Subscription"]:
        sns.subscribe(TopicArn=arn, **one)


def _redis(aws: Cloud, wanted: dict[str, Any]) -> None:
    kept = ("ReplicationGroupId", "ReplicationGroupDescription", "Engine", "CacheNodeType", "NumCacheClusters")
    more = ("AutomaticFailoverEnabled", "MultiAZEnabled", "TransitEncryptionEnabled", "AtRestEncryptionEnabled")
    aws.client("elasticache").create_replication_group(**{name: wanted[name] for name in (*kept, *more)})


def _nothing(aws: Cloud, wanted: dict[str, Any]) -> None:
    """Of what nobody looks at."""


_MAKERS = {
    "AWS::CloudWatch::Alarm": _nothing,
    "AWS::DynamoDB::Table": _table,
    "AWS::EC2::SecurityGroup": _nothing,
    "AWS::ECR::Repository": _repository,
    "AWS::ElastiCache::ParameterGroup": _nothing,
    "AWS::ElastiCache::ReplicationGroup": _redis,
    "AWS::ElastiCache::SubnetGroup": _nothing,
    "AWS::IAM::InstanceProfile": _profile,
    "AWS::IAM::ManagedPolicy": _policy,
    "AWS::IAM::Role": _role,
    "AWS::Logs::LogGroup": _nothing,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::Topic": _topic,
}
