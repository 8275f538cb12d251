"""
What can happen to a release, each as it was tried: `python -m releases.cases` prints the table of docs/deploy.md.

A case gives how the runs in it ended, what is there afterwards, and what is there once the same was run again and
cleaned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cloud.beanstalk.world import Sick

from pymacaron.deploy.failures import DeployError, HeldError
from pymacaron.deploy.lock import Holder, Lock
from pymacaron.deploy.target import Verdict
from releases.direct import BUCKET, Direct, Killed
from releases.shop import apply, release

__all__ = ["CASES", "Outcome", "table", "tried"]

Play = Callable[[Direct], list[str]]


@dataclass(frozen=True)
class Outcome:
    """`ended`: of each run; `then`, `finally_`: label and CNAME of each environment, the live one first."""

    ended: tuple[str, ...]
    then: tuple[str, ...]
    finally_: tuple[str, ...]


def _run(direct: Direct, label: str, **more: Any) -> str:
    """How a run ended, in a word or two."""
    given = {name: more.pop(name) for name in ("acceptance", "smoke", "only_cleans") if name in more}
    try:
        done = apply(direct, release(label, **more), **given)
    except Killed:
        return "killed"
    except HeldError:
        return "refused: another deployer"
    except DeployError as error:
        return f"failed: {getattr(error, 'trial', '') or type(error).__name__.removesuffix('Error').lower()}"
    finally:
        direct.is_dead = False
    return "released" if done else "nothing to do"


def _places(direct: Direct) -> tuple[str, ...]:
    found = sorted(direct.states(), key=lambda one: (one[2] != "shop-live", one))
    return tuple(f"{label} live" if cname == "shop-live" else f"{label} {status}" for label, status, cname in found)


def _then(label: str, *, first: bool = True, **more: Any) -> Play:
    """v1 is live; then *label* is released."""

    def play(direct: Direct) -> list[str]:
        if first:
            _run(direct, "v1")
            direct.again()
        return [_run(direct, label, **more)]

    return play


def _sick(label: str, after_s: float | None = None, **more: Any) -> Play:
    def play(direct: Direct) -> list[str]:
        if more.pop("first", True):
            _run(direct, "v1")
        direct.world.sick.append(Sick(label, after_s))
        ended = [_run(direct, "v2", **more)]
        direct.world.sick.clear()
        return ended

    return play


def _swap(fault: str) -> Play:
    def play(direct: Direct) -> list[str]:
        _run(direct, "v1")
        direct.world.swap_fault = fault
        return [_run(direct, "v2")]

    return play


def _each(fate: str, what: str) -> Play:
    """*fate* meets every call of *what*, once each."""

    def play(direct: Direct) -> list[str]:
        _run(direct, "v1")
        met: set[tuple[str, str]] = set()

        def happens(number: int, service: str, operation: str) -> str:
            is_new = (service, operation) not in met
            is_meant = what in (operation, "writes") and operation.startswith(("Create", "Put", "Swap", "Terminate"))
            if is_new and is_meant:
                met.add((service, operation))
                return fate
            return ""

        direct.happens = happens
        return [_run(direct, "v2")]

    return play


def _expired(direct: Direct) -> list[str]:
    _run(direct, "v1")
    direct.again()
    direct.happens = lambda number, service, operation: "expired" if number > 40 else ""
    ended = [_run(direct, "v2")]
    direct.again()
    return ended


def _noop(direct: Direct) -> list[str]:
    _run(direct, "v1")
    direct.again()
    ended = _run(direct, "v1")
    return [f"{ended}, {direct.all_writes} writes"]


def _other(direct: Direct) -> list[str]:
    _run(direct, "v1")
    other = Holder("kim", "elsewhere", 1, "another")
    lock = Lock(
        direct, BUCKET, "pymacaron/shop/lock.json", other, clock=lambda: 0.0, lives=lambda one: True, renews=False
    )
    lock.take()
    try:
        apply(direct, release("v2"), lives=True)
        ended = "released"
    except HeldError:
        ended = "refused: another deployer"
    lock.release()
    return [ended]


def _rollback(*, lives: bool) -> Play:
    def play(direct: Direct) -> list[str]:
        _run(direct, "v1")
        ended = [_run(direct, "v2", keeps_previous=lives)]
        direct.again()
        back = replace(release("v1"), bundle=None, has_acceptance=False, cleans=False, soak=0)
        try:
            apply(direct, back)
            ended.append("back")
        except DeployError as error:
            ended.append(f"failed: {error}")
        return ended

    return play


def _failing(url: str) -> bool:
    return False


def _unreached(url: str, label: str) -> Verdict:
    return Verdict(label != "v2", "callers get 503")


def _unlucky(direct: Direct) -> list[str]:
    """The instance profile is not there: AWS itself ends the environment."""
    options = tuple(one for one in release("v1").options if one[1] != "IamInstanceProfile")
    return [_run(direct, "v1", options=options)]


#: dict: what happens -> how, and the label that is run again afterwards
CASES: dict[str, tuple[Play, str]] = {
    "first release": (_then("v1", first=False), "v1"),
    "second release": (_then("v2"), "v2"),
    "the same again": (_noop, "v1"),
    "Red from the start": (_sick("v2"), "v2"),
    "Red from the start, first release": (_sick("v2", first=False), "v2"),
    "Red, and kept to be looked at": (_sick("v2", keeps_failed=True), "v2"),
    "acceptance tests fail": (_then("v2", acceptance=_failing), "v2"),
    "smoke test fails after the swap": (_then("v2", smoke=_unreached), "v2"),
    "Red while it soaks": (_sick("v2", 120), "v2"),
    "no instance profile": (_unlucky, "v1"),
    "immutable": (_then("v2", strategy="immutable"), "v2"),
    "rolling": (_then("v2", strategy="rolling"), "v2"),
    "in place, with downtime": (_then("v2", strategy="in-place"), "v2"),
    "in place, acceptance tests fail": (_then("v2", strategy="in-place", acceptance=_failing), "v2"),
    "in place, the deployment fails": (_sick("v2", strategy="in-place"), "v2"),
    "rollback, what was live is still there": (_rollback(lives=True), "v1"),
    "rollback, it is gone": (_rollback(lives=False), "v1"),
    "each write's answer is lost": (_each("lost", "writes"), "v2"),
    "each write is lost": (_each("cut", "writes"), "v2"),
    "killed as the swap is asked for": (_each("kill", "SwapEnvironmentCNAMEs"), "v2"),
    "killed before the swap is sent": (_each("unsent", "SwapEnvironmentCNAMEs"), "v2"),
    "the swap stays half done for a while": (_swap("half"), "v2"),
    "AWS fails to swap": (_swap("fails"), "v2"),
    "AWS leaves the swap half done": (_swap("stuck"), ""),
    "credentials expire": (_expired, "v2"),
    "another deployer at the same time": (_other, "v2"),
}


def tried(name: str) -> Outcome:
    """What comes of the case *name*."""
    play, again = CASES[name]
    direct = Direct()
    ended = play(direct)
    direct.happens = lambda number, service, operation: ""
    then = _places(direct)
    if again:
        ended.append(_run(direct, again))
        _run(direct, again, only_cleans=True)
    return Outcome(tuple(ended), then, _places(direct))


def table() -> str:
    """Markdown."""
    lines = ["| what happens | the runs | there then | after the same again, and `clean` |", "|---|---|---|---|"]
    for name in CASES:
        found = tried(name)
        cells = (name, "; ".join(found.ended), ", ".join(found.then) or "nothing", ", ".join(found.finally_))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
