"""
What Elastic Beanstalk does with the rights of whoever makes it do something: the stack of an environment, its groups,
its balancer. None of it is called from here, so no test can tell what is needless; every action is one of those that
AWS's own policy AdministratorAccess-AWSElasticBeanstalk has, on what Beanstalk names itself.
Source: Elastic Beanstalk Developer Guide, "Managing Elastic Beanstalk user policies".
"""

from __future__ import annotations

from typing import Any

from pymacaron.deploy.infrastructure.needs import Needs, arn, global_arn

__all__ = ["statements"]

_READ = (
    *("acm:DescribeCertificate", "acm:ListCertificates", "autoscaling:Describe*", "cloudformation:Describe*"),
    *("cloudformation:GetTemplate", "cloudformation:List*", "cloudwatch:DescribeAlarms", "ec2:Describe*"),
    *("elasticloadbalancing:Describe*", "iam:GetRole", "iam:ListInstanceProfiles", "iam:ListServerCertificates"),
    *("logs:Describe*", "sns:ListSubscriptionsByTopic", "sns:ListTopics"),
)
_EC2 = (
    *("ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateLaunchTemplate"),
    *("ec2:CreateLaunchTemplateVersion", "ec2:CreateSecurityGroup", "ec2:CreateTags", "ec2:DeleteLaunchTemplate"),
    *("ec2:DeleteLaunchTemplateVersions", "ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupEgress"),
    "ec2:RevokeSecurityGroupIngress",
)
_STACKS = (
    *("cloudformation:CancelUpdateStack", "cloudformation:ContinueUpdateRollback", "cloudformation:CreateStack"),
    *("cloudformation:DeleteStack", "cloudformation:SignalResource", "cloudformation:TagResource"),
    "cloudformation:UpdateStack",
)
_OBJECTS = ("s3:DeleteObject", "s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3:PutObjectAcl")
_BUCKET = (
    *("s3:CreateBucket", "s3:GetBucketLocation", "s3:GetBucketPolicy", "s3:ListBucket", "s3:PutBucketPolicy"),
    *("s3:PutBucketOwnershipControls", "s3:PutBucketPublicAccessBlock"),
)
_TOPICS = ("sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:Subscribe")
#: What an instance and a group of them are known by that Beanstalk has made
_STACK = "arn:${AWS::Partition}:cloudformation:*:*:stack/awseb-e-*"
_LINKED = ("autoscaling", "elasticbeanstalk", "elasticloadbalancing", "managedupdates.elasticbeanstalk")


def statements(needs: Needs) -> list[dict[str, Any]]:
    """Of a policy that goes beside the deployer's own."""
    own = needs.buckets[0]
    linked = [
        global_arn("iam", f"role/aws-service-role/{name}.amazonaws.com/*", "${AWS::AccountId}") for name in _LINKED
    ]
    template = {"Fn::Sub": "arn:${AWS::Partition}:ec2:*:*:launch-template/*"}
    return [
        _allow("Read", _READ, "*"),
        _allow("Groups", _EC2, "*"),
        _allow("Instances", ["ec2:RunInstances"], "*", {"ArnLike": {"ec2:LaunchTemplate": template}}),
        _allow(
            "EndInstances",
            ["ec2:TerminateInstances"],
            arn("ec2", "instance/*"),
            {"StringLike": {"ec2:ResourceTag/aws:cloudformation:stack-id": {"Fn::Sub": _STACK}}},
        ),
        _allow("Scaling", ["autoscaling:*"], arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/awseb-e-*")),
        _allow("Stacks", _STACKS, arn("cloudformation", "stack/awseb-e-*")),
        _allow("Alarms", ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"], arn("cloudwatch", "alarm:awseb-*")),
        _allow("Balancers", ["elasticloadbalancing:*"], _balancers()),
        _allow("Logs", ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"], _groups(needs)),
        _allow("Bucket", _BUCKET, own),
        _allow("Objects", _OBJECTS, {"Fn::Sub": f"{own['Fn::Sub']}/*"}),
        _allow("Topics", _TOPICS, arn("sns", "ElasticBeanstalkNotifications-*")),
        _allow(
            "Linked",
            ["iam:CreateServiceLinkedRole"],
            linked,
            {"StringLike": {"iam:AWSServiceName": [f"{name}.amazonaws.com" for name in _LINKED]}},
        ),
    ]


def _balancers() -> list[Any]:
    kinds = ("loadbalancer/app/awseb-*", "targetgroup/awseb-*", "listener/app/awseb-*", "listener-rule/app/awseb-*")
    return [arn("elasticloadbalancing", kind) for kind in kinds]


def _groups(needs: Needs) -> dict[str, str]:
    return arn("logs", f"log-group:/aws/elasticbeanstalk/{needs.application}-*")


def _allow(sid: str, actions: Any, resource: Any, condition: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {**made, "Condition": condition} if condition else made
