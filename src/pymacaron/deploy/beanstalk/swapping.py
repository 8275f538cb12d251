"""
The name of the live environment, given to another. AWS's call is a toggle, so what is done follows from who has the
name, and the call is never made again blindly. No I/O here. Source: API Reference, SwapEnvironmentCNAMEs.
"""

from __future__ import annotations

from dataclasses import replace

from pymacaron.deploy.beanstalk.creating import AFRESH, waiting
from pymacaron.deploy.beanstalk.found import Environment, Found
from pymacaron.deploy.journal import Journal
from pymacaron.deploy.target import Call, Step

__all__ = ["SETTLES_S", "swap", "swap_back", "swapped"]

#: Seconds after which a swap that was asked for has begun, or was never heard of
SETTLES_S = 60.0


def swapped(found: Found, one: str, other: str) -> Found:
    """*found* once the environments of these ids have each other's name."""
    first, second = found.environment(one), found.environment(other)
    if first is None or second is None:
        return found
    return found.changed(one, address=second.address).changed(other, address=first.address)


def swap(found: Found, journal: Journal, live: Environment, green: Environment) -> Step[Found]:
    """Makes *green* live in the place of *live*. Both are Ready."""
    if _was_asked(found, journal):
        return _settling(live, found)
    notes = {
        **_fresh_after_swap(),
        "previous_id": live.id,
        "previous_name": live.name,
        "previous_label": live.label,
        "asked_at": found.at,
    }
    return Step(
        f"give {live.cname} to {green.name}, which {live.name} has",
        lambda before: swapped(before, green.id, live.id),
        f"{live.name} has the name, or {green.name}: the same command looks which, and goes on",
        (_call(green, live),),
        subject=green.id,
        notes=notes,
    )


def swap_back(found: Found, journal: Journal, live: Environment, previous: Environment) -> Step[Found]:
    """Makes *previous* live again: what has taken its place has failed."""
    if _was_asked(found, journal):
        return replace(_settling(live, found), is_undo=True)
    return Step(
        f"give {live.cname} back to {previous.name}",
        lambda before: swapped(before, previous.id, live.id),
        f"{live.name}, which has failed, may still be live: run the same command, or: pymacaron deploy rollback",
        (_call(previous, live),),
        subject=previous.id,
        notes={"asked_at": found.at},
        is_undo=True,
    )


def _call(one: Environment, other: Environment) -> Call:
    arguments = {"SourceEnvironmentId": one.id, "DestinationEnvironmentId": other.id}
    return Call("elasticbeanstalk", "SwapEnvironmentCNAMEs", arguments)


def _fresh_after_swap() -> dict[str, str | float]:
    kept = ("healthy", "accepted")
    return {key: value for key, value in AFRESH.items() if key not in kept}


def _was_asked(found: Found, journal: Journal) -> bool:
    """Whether a call was sent a moment ago, whose effect may not be seen yet."""
    return 0 <= found.at - journal.asked_at < SETTLES_S


def _settling(live: Environment, found: Found) -> Step[Found]:
    until = f"it shows whether the swap of {live.cname} that was asked for has begun"
    return waiting(live, until, replace(found, at=found.at + SETTLES_S))
