"""A release of v2 that comes to its end at one call, and then is run again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from pymacaron.deploy.aws import is_read
from pymacaron.deploy.beanstalk.release import Release
from pymacaron.deploy.failures import DeployError
from releases.direct import Direct, Killed
from releases.shop import apply, release

__all__ = ["FATES", "Kill", "converges", "count"]

#: After the effect of the call, before it; the answer of a write is lost, the write itself; credentials end
FATES = ("kill", "unsent", "lost", "cut", "expired")


@dataclass(frozen=True)
class Kill:
    """*fate* meets call *number* of the release of v2, where *first* is live."""

    fate: str
    number: int
    first: str | None
    strategy: str = "blue-green"
    workers: bool = False

    def happens(self, number: int, service: str, operation: str) -> str:
        if number != self.number or (self.fate in ("lost", "cut") and is_read(operation)):
            return ""
        return self.fate


def count(first: str | None, strategy: str = "blue-green", workers: bool = False) -> int:
    """How many calls the release makes when nothing happens."""
    direct = _begun(first, workers)
    apply(direct, release("v2", strategy=strategy, soak=30, workers=workers))
    return len(direct.calls)


def converges(kill: Kill) -> str:
    """What is wrong after it was run again, '' where nothing is."""
    direct = _begun(kill.first, kill.workers)
    direct.happens = kill.happens
    wanted = release("v2", strategy=kill.strategy, soak=30, workers=kill.workers)
    with suppress(Killed, DeployError):
        apply(direct, wanted)
    if kill.first and not any(cname == "shop-live" for _, _, cname in direct.states()):
        return f"nobody is live: {direct.states()}"
    direct.again()
    apply(direct, wanted)
    if direct.states() != [("v2", "Ready", "shop-live"), *_beside(kill, wanted)]:
        return f"after it was run again: {direct.states()}"
    direct.again()
    apply(direct, wanted)
    return f"{direct.all_writes} writes where nothing is to be done" if direct.all_writes else ""


def _beside(kill: Kill, wanted: Release) -> list[tuple[str, str, str]]:
    """What runs the tasks, under its own name, which is the first that was free."""
    return [("v2-workers", "Ready", next(wanted.worker_names()))] if kill.workers else []


def _begun(first: str | None, workers: bool) -> Direct:
    direct = Direct()
    if first:
        apply(direct, release(first, workers=workers))
        direct.again()
    return direct
