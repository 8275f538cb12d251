"""The platforms of Docker that there are, with old ones among them, as AWS lists them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cloud.beanstalk.pages import page
from cloud.beanstalk.world import World
from cloud.refusal import Refusal, invalid

__all__ = ["describe", "platform", "stacks", "summaries"]

Asked = dict[str, Any]
BRANCH = "Docker running on 64bit Amazon Linux 2023"
_OLD = "Docker running on 64bit Amazon Linux 2"
#: branch, version, engine, lifecycle of the version, lifecycle of the branch
_ROWS = [
    (BRANCH, "4.9.3", "Docker", "Recommended", "Supported"),
    (BRANCH, "4.9.2", "Docker", "", "Supported"),
    (BRANCH, "4.10.0", "Docker", "Recommended", "Supported"),
    (BRANCH, "4.1.0", "Docker", "", "Supported"),
    (_OLD, "4.2.8", "Docker", "Recommended", "Retired"),
    ("ECS running on 64bit Amazon Linux 2023", "4.7.1", "ECS", "Recommended", "Supported"),
    ("Python 3.13 running on 64bit Amazon Linux 2023", "4.7.4", "Python 3.13", "Recommended", "Supported"),
]
#: What a filter may look at
_FILTERED = {
    *("PlatformArn", "PlatformName", "PlatformVersion", "PlatformOwner", "PlatformStatus", "PlatformBranchName"),
    *("PlatformLifecycleState", "OperatingSystemName"),
}


def _all(world: World) -> list[Asked]:
    found = []
    for branch, version, engine, lifecycle, of_branch in _ROWS:
        system = branch.partition("64bit ")[2]
        found.append(
            {
                "PlatformArn": f"arn:aws:elasticbeanstalk:{world.region}::platform/{branch}/{version}",
                "PlatformName": branch,
                "SolutionStackName": f"64bit {system} v{version} running {engine}",
                "PlatformOwner": "AWSElasticBeanstalk",
                "PlatformStatus": "Ready",
                "PlatformCategory": engine.partition(" ")[0],
                "PlatformVersion": version,
                "OperatingSystemName": "Amazon Linux",
                "OperatingSystemVersion": system.removeprefix("Amazon Linux "),
                "SupportedTierList": ["WebServer/Standard", "Worker/SQS/HTTP"],
                "SupportedAddonList": ["Log/S3", "Monitoring/Healthd", "WorkerDaemon/SQSD"],
                "PlatformLifecycleState": lifecycle or None,
                "PlatformBranchName": branch,
                "PlatformBranchLifecycleState": of_branch,
            }
        )
    return found


def platform(world: World, asked: Asked) -> tuple[str, str]:
    """The ARN and the solution stack that *asked* names."""
    for one in _all(world):
        if "PlatformArn" in asked and asked["PlatformArn"] in (
            one["PlatformArn"],
            one["PlatformArn"].rpartition("/")[0],
        ):
            return one["PlatformArn"], one["SolutionStackName"]
        if "PlatformArn" not in asked and asked.get("SolutionStackName") == one["SolutionStackName"]:
            return one["PlatformArn"], one["SolutionStackName"]
    if "PlatformArn" in asked:
        raise invalid(f"No Platform named '{asked['PlatformArn']}' found.")
    if "SolutionStackName" in asked:
        raise invalid(f"No Solution Stack named '{asked['SolutionStackName']}' found.")
    raise Refusal("MissingParameter", "You must specify a platform ARN, a solution stack or a template.")


def summaries(world: World, asked: Asked) -> Asked:
    """Not in the order of their versions, and with several that are recommended: whoever asks must sort."""
    found = [one for one in _all(world) if all(_fits(one, rule) for rule in asked.get("Filters", []))]
    left_out = {"PlatformName", "SolutionStackName"}
    listed = [{name: value for name, value in one.items() if name not in left_out} for one in found]
    return page("PlatformSummaryList", listed, asked, 100)


def _fits(one: Asked, rule: Asked) -> bool:
    if rule.get("Type") not in _FILTERED:
        raise invalid(f"Invalid filter type: {rule.get('Type')}")
    value, wanted = one[rule["Type"]] or "", rule.get("Values", [])
    match rule.get("Operator"):
        case "=" | "in":
            return value in wanted
        case "!=":
            return value not in wanted
        case "contains":
            return any(text in value for text in wanted)
        case "begins_with":
            return any(value.startswith(text) for text in wanted)
        case "ends_with":
            return any(value.endswith(text) for text in wanted)
    raise invalid(f"Invalid filter operator: {rule.get('Operator')}")


def describe(world: World, asked: Asked) -> Asked:
    arn, _ = platform(world, asked)
    found = next(one for one in _all(world) if one["PlatformArn"] == arn)
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return {"PlatformDescription": {**found, "Maintainer": "<aws-elasticbeanstalk@amazon.com>", "DateCreated": made}}


def stacks(world: World, asked: Asked) -> Asked:
    names = [one["SolutionStackName"] for one in _all(world)]
    return {
        "SolutionStacks": names,
        "SolutionStackDetails": [{"SolutionStackName": name, "PermittedFileTypes": ["zip"]} for name in names],
    }
