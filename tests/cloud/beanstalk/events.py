"""Events, the newest first, by what is asked."""

from __future__ import annotations

from typing import Any

from cloud.beanstalk.pages import page
from cloud.beanstalk.world import World

__all__ = ["describe"]

_SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_BY_VALUE = ("ApplicationName", "VersionLabel", "TemplateName", "EnvironmentName", "PlatformArn", "RequestId")


def describe(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Severity: that one, and worse ones. StartTime is included, EndTime is not."""
    rank = _SEVERITIES.index(asked.get("Severity", "TRACE"))
    found = [
        {name: value for name, value in event.items() if name != "_id"}
        for event in reversed(world.events)
        if all(event.get(name) == asked[name] for name in _BY_VALUE if name in asked)
        and ("EnvironmentId" not in asked or event.get("_id") == asked["EnvironmentId"])
        and _SEVERITIES.index(event["Severity"]) >= rank
        and ("StartTime" not in asked or event["EventDate"] >= asked["StartTime"])
        and ("EndTime" not in asked or event["EventDate"] < asked["EndTime"])
    ]
    return page("Events", found, asked)
