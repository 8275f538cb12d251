"""What enhanced health tells, and of what an environment is made."""

from __future__ import annotations

from typing import Any

from cloud.beanstalk.pages import page
from cloud.beanstalk.world import ACCOUNT, Environment, World
from cloud.refusal import Refusal

__all__ = ["instances", "of", "resources"]

Asked = dict[str, Any]


def _enhanced(world: World, asked: Asked) -> Environment:
    one = world.environment(asked)
    if one.option("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced") != "enhanced":
        text = f"Enhanced health reporting is not enabled for the environment {one.name}."
        raise Refusal("InvalidRequestException", text)
    return one


def _wanted(asked: Asked, told: Asked, always: tuple[str, ...]) -> Asked:
    """Of *told* what AttributeNames names."""
    names = asked.get("AttributeNames", [])
    return {name: value for name, value in told.items() if "All" in names or name in names or name in always}


def of(world: World, asked: Asked) -> Asked:
    """DescribeEnvironmentHealth. Without AttributeNames there is the name alone."""
    one = _enhanced(world, asked)
    told = {
        "EnvironmentName": one.name,
        "HealthStatus": one.health_status,
        "Status": one.status,
        "Color": one.health,
        "Causes": one.causes,
        "ApplicationMetrics": {"RequestCount": 0},
        "InstancesHealth": _counts(one),
        "RefreshedAt": world.clock.now(),
    }
    return _wanted(asked, told, ("EnvironmentName",))


def _counts(one: Environment) -> dict[str, int]:
    names = ("NoData", "Unknown", "Pending", "Ok", "Info", "Warning", "Degraded", "Severe")
    return {name: len(one.instances) if name == one.health_status else 0 for name in names}


def instances(world: World, asked: Asked) -> Asked:
    """DescribeInstancesHealth."""
    one = _enhanced(world, asked)
    deployment = {"VersionLabel": one.version, "DeploymentId": one.deployment, "Status": "Deployed"}
    found = [
        _wanted(
            asked,
            {
                "InstanceId": instance,
                "HealthStatus": one.health_status,
                "Color": one.health,
                "Causes": one.causes,
                "LaunchedAt": one.created,
                "ApplicationMetrics": {"RequestCount": 0},
                "Deployment": {**deployment, "DeploymentTime": one.deployed},
                "AvailabilityZone": f"{world.region}{'abc'[number % 3]}",
                "InstanceType": "t3.small",
            },
            ("InstanceId",),
        )
        for number, instance in enumerate(one.instances)
    ]
    listed = page("InstanceHealthList", found, asked, 50)
    return {**listed, "RefreshedAt": world.clock.now()}


def resources(world: World, asked: Asked) -> Asked:
    """DescribeEnvironmentResources."""
    one = world.environment(asked)
    stack = f"awseb-{one.id}-stack"
    made = bool(one.instances)
    balancer = f"arn:aws:elasticloadbalancing:{world.region}:{ACCOUNT}:loadbalancer/app/awseb--AWSEB/{one.id}"
    balanced = made and one.option("aws:elasticbeanstalk:environment", "EnvironmentType") != "SingleInstance"
    return {
        "EnvironmentResources": {
            "EnvironmentName": one.name,
            "AutoScalingGroups": [{"Name": f"{stack}-AWSEBAutoScalingGroup"}] if made else [],
            "Instances": [{"Id": instance} for instance in one.instances],
            "LaunchConfigurations": [],
            "LaunchTemplates": [{"Id": f"lt-0{one.id[2:]}"}] if made else [],
            "LoadBalancers": [{"Name": balancer}] if balanced else [],
            "Triggers": [],
            "Queues": [],
        }
    }
