from __future__ import annotations

from typing import Any

import pytest

from pymacaron.deploy.beanstalk.trials import Trials


class Told:
    """A cloud whose environment has one health after the other; the last for ever. A look takes ten seconds."""

    region = "eu-west-1"

    def __init__(self, *health: tuple[str, str]):
        self.health, self.looks, self.now = list(health), 0, 0.0

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        if operation == "DescribeEnvironmentHealth":
            return {"Causes": ["Out of memory.", "None of the instances answers."]}
        state, colour = self.health[min(self.looks, len(self.health) - 1)]
        self.looks += 1
        if not state:
            return {"Environments": []}
        return {"Environments": [{"Status": "Ready", "HealthStatus": state, "Health": colour}]}

    def pages(self, service: str, operation: str, member: str, /, **arguments: Any) -> Any:
        raise AssertionError(operation)

    def pause(self) -> None:
        self.now += 10


OK, RED, GREY = ("Ok", "Green"), ("Severe", "Red"), ("Pending", "Grey")


@pytest.mark.parametrize(
    ("health", "reason", "looks"),
    [
        ([GREY, OK, OK, OK], "", 4),
        ([OK, OK, RED, OK, OK, OK], "", 6),
        ([RED], "its health is Severe: Out of memory; None of the instances answers", 6),
        ([GREY], "its health is Pending after 10 minutes: Out of memory; None of the instances answers", 60),
        ([("", "")], "AWS has ended the environment; the events above say why", 1),
    ],
)
def test_health_is_looked_at_several_times(health: list[tuple[str, str]], reason: str, looks: int) -> None:
    told = Told(*health)
    found = Trials(told, clock=lambda: told.now).health("e-1", told.pause)
    assert (found.passed, found.reason, told.looks) == (not reason, reason, looks)


@pytest.mark.parametrize(
    ("health", "reason", "looks"),
    [
        ([OK], "", 11),
        ([OK, RED, RED, OK], "", 11),
        ([OK, RED], "its health has become Severe: Out of memory; None of the instances answers", 7),
    ],
)
def test_a_soak_ends_early_where_health_stays_red(health: list[tuple[str, str]], reason: str, looks: int) -> None:
    told = Told(*health)
    found = Trials(told, clock=lambda: told.now).soak("e-1", 100, told.pause)
    assert (found.passed, found.reason, told.looks) == (not reason, reason, looks)
