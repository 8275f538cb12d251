"""Swapping the CNAMEs of two environments: not at once, not together, and not always."""

from __future__ import annotations

from typing import Any

from cloud.beanstalk.world import Environment, World
from cloud.refusal import invalid

__all__ = ["FAULTS", "swap"]

#: How a swap goes wrong: for a long while one CNAME has moved and the other has not; for ever; none moves
FAULTS = ("half", "stuck", "fails")


def swap(world: World, asked: dict[str, Any]) -> None:
    one = world.environment(asked, "SourceEnvironmentName", "SourceEnvironmentId")
    other = world.environment(asked, "DestinationEnvironmentName", "DestinationEnvironmentId")
    if one is other:
        raise invalid("The source and destination environments must be different.")
    pair = (world.ready(one), world.ready(other))
    fault, world.swap_fault, request = world.swap_fault, "", world.request
    for each in pair:
        each.status, each.work = "Updating", world.new_id("swap-", 8)
        world.tell("swapEnvironmentCnames is starting.", each)
    names, work = (other.cname, one.cname), (one.work, other.work)

    def done(numbers: tuple[int, ...], text: str, severity: str, ready: bool) -> None:
        if (one.work, other.work) != work:
            return  # one of them was terminated by force
        world.request = request
        for number in numbers:
            pair[number].cname = names[number]
        for each in pair if ready else ():
            _settle(world, each, text, severity)

    told = f"swapping CNAMEs for environments '{one.name}' and '{other.name}'."
    took = world.durations.swap
    match fault:
        case "fails":
            world.clock.after(took, lambda: done((), f"Failed {told}", "ERROR", True))
        case "stuck":
            world.clock.after(took, lambda: done((0,), f"Failed {told}", "ERROR", True))
        case _:
            world.clock.after(took / 2, lambda: done((0,), "", "INFO", False))
            world.clock.after(took * (6 if fault else 1), lambda: done((1,), f"Completed {told}", "INFO", True))


def _settle(world: World, environment: Environment, text: str, severity: str) -> None:
    environment.status, environment.work, environment.updated = "Ready", "", world.clock.now()
    world.tell(text, environment, severity)
