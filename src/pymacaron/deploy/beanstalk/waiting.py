"""
Looks again and again, as botocore's waiters do not: those end after 400 seconds, and take a Red environment for well.
Source: botocore's waiters of elasticbeanstalk.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pymacaron.deploy.beanstalk.release import Release
from pymacaron.deploy.target import Cloud, Event

__all__ = ["Events", "Pauses"]

#: Seconds between two looks, at least and at most: many deployers of an account do not look at the same moments
_SHORTEST_S, _LONGEST_S = 5.0, 10.0
#: Seconds before the begin of a run whose events are told too: AWS' clock is another
_SLACK_S = 5.0


class Pauses:
    """The time between two looks."""

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        share: Callable[[], float] = random.random,
        shortest_s: float = _SHORTEST_S,
        longest_s: float = _LONGEST_S,
    ):
        self._sleep, self._share = sleep, share
        self._shortest_s, self._longest_s = shortest_s, longest_s

    def __call__(self) -> None:
        self._sleep(self._shortest_s + self._share() * (self._longest_s - self._shortest_s))


class Events:
    """What Beanstalk tells of the application's environments from *since*, seconds since 1970, on; each once."""

    def __init__(self, cloud: Cloud, release: Release, since: float):
        self._cloud, self._release = cloud, release
        self._since = since - _SLACK_S
        self._told: set[tuple[float, str, str]] = set()

    def __call__(self) -> Sequence[Event]:
        """Those that are new, the oldest first. Makes calls that change nothing."""
        found = self._cloud.pages(
            "elasticbeanstalk",
            "DescribeEvents",
            "Events",
            ApplicationName=self._release.application,
            StartTime=datetime.fromtimestamp(self._since, UTC),
            Severity="INFO",
        )
        events = [_event(one) for one in found]
        events.reverse()  # the newest came first, and several have the same time
        events.sort(key=lambda one: one.at)
        new = [one for one in events if (one.at, one.environment, one.text) not in self._told]
        self._told.update((one.at, one.environment, one.text) for one in new)
        if events:
            self._since = max(self._since, events[-1].at - _SLACK_S)
        return new


def _event(one: dict[str, Any]) -> Event:
    at = one["EventDate"].timestamp()
    return Event(at, one.get("Severity", "INFO"), one.get("EnvironmentName", ""), one.get("Message", ""))
