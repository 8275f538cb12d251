"""
A Redis of ElastiCache, for tasks, Idempotency-Keys and limits: over TLS, in two zones, reached by instances that are in
the group of its callers, and by nobody else. It is in a VPC, so the template asks which where the config does not say.

Tasks are not to be lost for want of memory: it refuses to take more (noeviction) where it would drop some by default.
"""

from __future__ import annotations

from typing import Any

from pymacaron.deploy.infrastructure.alarms import topic_name
from pymacaron.deploy.infrastructure.needs import Needs, arn

__all__ = ["group_id", "outputs", "parameters", "resources"]

_PORT = 6379
#: Percent of its memory, from which on somebody is told
_FULL = 80
#: Days that its log of slow commands is kept
_DAYS = 30


def group_id(application: str) -> str:
    """What the replication group is called: up to 40 letters, digits and single '-'."""
    return "-".join(part for part in f"{application.lower()[:34]}-redis".split("-") if part)


def parameters(needs: Needs) -> dict[str, Any]:
    """What the template asks whoever makes the stack."""
    asked: dict[str, Any] = {}
    if not needs.wanted.vpc:
        asked["Vpc"] = {"Type": "AWS::EC2::VPC::Id", "Description": "Where the instances are; see deploy: vpc"}
    if not needs.wanted.subnets:
        what = "Two or more, in different zones; see deploy: subnets"
        asked["Subnets"] = {"Type": "List<AWS::EC2::Subnet::Id>", "Description": what}
    return asked


def outputs() -> dict[str, Any]:
    """What the config is to say of it."""
    address = "rediss://${Redis.PrimaryEndPoint.Address}:${Redis.PrimaryEndPoint.Port}/0"
    why = "Write it into deploy: options: aws:autoscaling:launchconfiguration: SecurityGroups"
    return {
        "RedisUrl": {"Description": "Write it into broker_url", "Value": {"Fn::Sub": address}},
        "RedisCallers": {"Description": why, "Value": {"Fn::GetAtt": ["RedisCallers", "GroupId"]}},
    }


def resources(needs: Needs) -> dict[str, Any]:
    """The cluster, and what it needs."""
    vpc = needs.wanted.vpc or {"Ref": "Vpc"}
    name = group_id(needs.application)
    made: dict[str, Any] = {
        "RedisCallers": _made(
            "AWS::EC2::SecurityGroup",
            GroupDescription=f"Instances of {needs.application} that reach its Redis",
            VpcId=vpc,
            Tags=needs.tags,
        ),
        "RedisGroup": _made(
            "AWS::EC2::SecurityGroup",
            GroupDescription=f"The Redis of {needs.application}",
            VpcId=vpc,
            SecurityGroupIngress=[_ingress()],
            Tags=needs.tags,
        ),
        "RedisSubnets": _made(
            "AWS::ElastiCache::SubnetGroup",
            CacheSubnetGroupName=name,
            Description=f"Where the Redis of {needs.application} is",
            SubnetIds=list(needs.wanted.subnets) or {"Ref": "Subnets"},
        ),
        "RedisParameters": _made(
            "AWS::ElastiCache::ParameterGroup",
            CacheParameterGroupFamily="redis7",
            Description=f"The Redis of {needs.application} drops nothing",
            Properties={"maxmemory-policy": "noeviction"},
        ),
        "RedisLog": {
            **_made("AWS::Logs::LogGroup", LogGroupName=f"/aws/elasticache/{name}", RetentionInDays=_DAYS),
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
        },
        "Redis": _cluster(needs, name),
    }
    if needs.wanted.alarm_email:
        made["RedisFull"] = _full(needs, name)
    return made


def _ingress() -> dict[str, Any]:
    return {
        "Description": "Its callers alone",
        "IpProtocol": "tcp",
        "FromPort": _PORT,
        "ToPort": _PORT,
        "SourceSecurityGroupId": {"Fn::GetAtt": ["RedisCallers", "GroupId"]},
    }


def _cluster(needs: Needs, name: str) -> dict[str, Any]:
    log = {"CloudWatchLogsDetails": {"LogGroup": {"Ref": "RedisLog"}}}
    cluster = _made(
        "AWS::ElastiCache::ReplicationGroup",
        ReplicationGroupId=name,
        ReplicationGroupDescription=f"Tasks of {needs.application}",
        Engine="redis",
        EngineVersion="7.1",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        TransitEncryptionEnabled=True,
        AtRestEncryptionEnabled=True,
        Port=_PORT,
        CacheParameterGroupName={"Ref": "RedisParameters"},
        CacheSubnetGroupName={"Ref": "RedisSubnets"},
        SecurityGroupIds=[{"Fn::GetAtt": ["RedisGroup", "GroupId"]}],
        SnapshotRetentionLimit=1,
        LogDeliveryConfigurations=[
            {
                "DestinationDetails": log,
                "DestinationType": "cloudwatch-logs",
                "LogFormat": "json",
                "LogType": "slow-log",
            }
        ],
        Tags=needs.tags,
    )
    return {**cluster, "DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}


def _full(needs: Needs, name: str) -> dict[str, Any]:
    told = arn("sns", topic_name(needs.application))
    return {
        **_made(
            "AWS::CloudWatch::Alarm",
            AlarmDescription=f"The Redis of {needs.application} is full to {_FULL} %: soon it takes no more tasks",
            Namespace="AWS/ElastiCache",
            MetricName="DatabaseMemoryUsagePercentage",
            Dimensions=[{"Name": "CacheClusterId", "Value": f"{name}-001"}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=5,
            Threshold=_FULL,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[told],
            OKActions=[told],
        ),
        "DependsOn": "Redis",
    }


def _made(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}
