"""
The standing resources of a service as a template of CloudFormation: roles, policies, registry, bucket, tables, Redis,
who is told of alarms. No I/O. Names are derived, so that a release finds them, and `comparison` does.

What holds something that is worth more than the stack outlives it: images, bundles, tables. The lock of a release is an
object of the bucket. Log groups are Beanstalk's own, kept for 30 days by the options of an environment; alarms on its
balancer live as long as that does, so `alarms` puts them beside the environment.
Source: AWS CloudFormation Template Reference.
"""

from __future__ import annotations

import json
from typing import Any

from pymacaron.deploy.infrastructure import policies, rediscluster
from pymacaron.deploy.infrastructure.alarms import topic_name
from pymacaron.deploy.infrastructure.needs import Needs, global_arn
from pymacaron.store import cloudformation

__all__ = ["template"]

#: Images that are kept: more than the versions of an application that a release keeps, 50, so that each of those can
#: be gone back to
_IMAGES = 100
#: Days for which what was overwritten or deleted in the bucket can be had back
_BEFORE = 30
_SERVICE_POLICIES = (
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
)
_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def template(needs: Needs) -> dict[str, Any]:
    """All that stands, and Outputs that name it."""
    resources = {**_instance(needs), **_service(needs), **_deployer(needs)}
    outputs = {
        "DeployerPolicy": _output("Attach it to whoever releases", {"Ref": "DeployerPolicy"}),
        "BeanstalkPolicy": _output("Attach it to whoever releases, too", {"Ref": "BeanstalkPolicy"}),
    }
    if not needs.has_profile:
        why = f"Attach it to the role of {needs.wanted.instance_profile}"
        outputs["InstancePolicy"] = _output(why, {"Ref": "InstancePolicy"})
    if needs.repository:
        resources["Repository"] = _repository(needs)
        outputs["Repository"] = _output("Where images go", {"Fn::GetAtt": ["Repository", "RepositoryUri"]})
    if needs.wanted.bucket:
        resources |= _bucket(needs)
    if needs.tables:
        made = cloudformation.template(needs.tables, needs.wanted.name)["Resources"]
        for one in made.values():
            one["Properties"] |= {"Tags": needs.tags}
        resources |= made
    if needs.wanted.alarm_email:
        resources["AlarmTopic"] = _topic(needs, needs.wanted.alarm_email)
    made = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What {needs.wanted.name} stands on, by pymacaron infra write"[:1024],
    }
    if needs.has_redis:
        resources |= rediscluster.resources(needs)
        outputs |= rediscluster.outputs()
        if parameters := rediscluster.parameters(needs):
            made["Parameters"] = parameters
    return {**made, "Resources": resources, "Outputs": outputs}


def _instance(needs: Needs) -> dict[str, Any]:
    """Role and profile of instances; where they are the user's, and there already, the policy that they need."""
    wanted = needs.wanted
    if not needs.has_profile:
        return {
            "InstancePolicy": _resource(
                "AWS::IAM::ManagedPolicy",
                ManagedPolicyName=f"{needs.application}-instance",
                Description=f"What instances of {needs.application} may",
                PolicyDocument=policies.instance(needs),
            )
        }
    return {
        "InstanceRole": _resource(
            "AWS::IAM::Role",
            RoleName=wanted.instance_profile,
            Description=f"What instances of {needs.application} may",
            AssumeRolePolicyDocument=_trust({"Fn::Sub": "ec2.${AWS::URLSuffix}"}),
            Policies=[{"PolicyName": "instance", "PolicyDocument": policies.instance(needs)}],
            Tags=needs.tags,
        ),
        "InstanceProfile": _resource(
            "AWS::IAM::InstanceProfile",
            InstanceProfileName=wanted.instance_profile,
            Roles=[{"Ref": "InstanceRole"}],
        ),
    }


def _service(needs: Needs) -> dict[str, Any]:
    """The role of Beanstalk, unless it is one of the user's that is there already."""
    if not needs.has_service_role:
        return {}
    managed = [global_arn("iam", f"policy/{name}", "aws") for name in _SERVICE_POLICIES]
    return {
        "ServiceRole": _resource(
            "AWS::IAM::Role",
            RoleName=needs.wanted.service_role,
            Description=f"What Elastic Beanstalk may for {needs.application}",
            AssumeRolePolicyDocument=_trust(
                "elasticbeanstalk.amazonaws.com", {"StringEquals": {"sts:ExternalId": "elasticbeanstalk"}}
            ),
            ManagedPolicyArns=managed,
            Tags=needs.tags,
        ),
    }


def _trust(service: Any, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return policies.document([{**statement, "Condition": condition} if condition else statement])


def _deployer(needs: Needs) -> dict[str, Any]:
    return {
        "DeployerPolicy": _resource(
            "AWS::IAM::ManagedPolicy",
            ManagedPolicyName=f"{needs.application}-deployer",
            Description=f"The calls that pymacaron makes to release {needs.application}",
            PolicyDocument=policies.deployer(needs),
        ),
        "BeanstalkPolicy": _resource(
            "AWS::IAM::ManagedPolicy",
            ManagedPolicyName=f"{needs.application}-deployer-beanstalk",
            Description=f"What Elastic Beanstalk does for whoever releases {needs.application}",
            PolicyDocument=policies.on_behalf(needs),
        ),
    }


def _repository(needs: Needs) -> dict[str, Any]:
    rules = [
        _rule(1, "An image without a tag was never finished", "untagged", "sinceImagePushed", 1, countUnit="days"),
        _rule(2, "More than the versions that are kept", "any", "imageCountMoreThan", _IMAGES),
    ]
    return _KEPT | _resource(
        "AWS::ECR::Repository",
        RepositoryName=needs.repository,
        ImageTagMutability="IMMUTABLE",
        ImageScanningConfiguration={"ScanOnPush": True},
        EncryptionConfiguration={"EncryptionType": "AES256"},
        LifecyclePolicy={"LifecyclePolicyText": json.dumps({"rules": rules}, indent=2)},
        Tags=needs.tags,
    )


def _rule(priority: int, why: str, which: str, kind: str, count: int, **more: str) -> dict[str, Any]:
    selection = {"tagStatus": which, "countType": kind, **more, "countNumber": count}
    return {"rulePriority": priority, "description": why, "selection": selection, "action": {"type": "expire"}}


def _bucket(needs: Needs) -> dict[str, Any]:
    """
    That of docker_bucket. With versions, so that a journal or a bundle that was overwritten can be had back; a release
    writes neither twice.
    """
    name = needs.wanted.bucket or ""
    rules = [
        {
            "Id": "before",
            "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": _BEFORE},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
    public = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    bucket = _KEPT | _resource(
        "AWS::S3::Bucket",
        BucketName=name,
        VersioningConfiguration={"Status": "Enabled"},
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        PublicAccessBlockConfiguration=dict.fromkeys(public, True),
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        LifecycleConfiguration={"Rules": rules},
        Tags=needs.tags,
    )
    denied = {
        "Sid": "OnlyTLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [global_arn("s3", name), global_arn("s3", f"{name}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = _resource("AWS::S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=policies.document([denied]))
    return {"Bucket": bucket, "BucketPolicy": policy}


def _topic(needs: Needs, email: str) -> dict[str, Any]:
    return _resource(
        "AWS::SNS::Topic",
        TopicName=topic_name(needs.application),
        DisplayName=f"Alarms of {needs.application}"[:100],
        Subscription=[{"Protocol": "email", "Endpoint": email}],
        Tags=needs.tags,
    )


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _output(why: str, value: Any) -> dict[str, Any]:
    return {"Description": why, "Value": value}
