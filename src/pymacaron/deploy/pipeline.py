"""
From a clone to live, in this order: what has changed of the API, unit tests, image, acceptance tests on the container,
push, release. What each does is an argument: nothing here knows pytest, docker or a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pymacaron.deploy.apply import Done
from pymacaron.deploy.failures import DeployError

__all__ = ["Asked", "Pipeline", "Works"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which parts are wanted. `deploys` pushes, too."""

    tests: bool = True
    builds: bool = True
    pushes: bool = False
    deploys: bool = False


class Works(Protocol):
    """
    What does the work. `demand_compatible` raises DeployError where callers of what is live would break. `unit_tests`
    and `accept` (the tests against a container of the image) give whether they have passed; `build` the name of the
    image; `push` its reference by digest; `pushed` that of one that is there already.
    """

    def demand_compatible(self) -> None: ...

    def unit_tests(self) -> bool: ...

    def build(self) -> str: ...

    def accept(self, image: str) -> bool: ...

    def push(self, image: str) -> str: ...

    def pushed(self) -> str: ...

    def release(self, reference: str) -> None: ...


@dataclass
class Pipeline:
    """*told* hears of each part when it begins, and when it has ended, with its seconds. Raises DeployError."""

    works: Works
    told: Callable[[str, float | None], None] = lambda name, seconds: None
    clock: Callable[[], float] = time.monotonic

    def run(self, asked: Asked) -> list[Done]:
        """The parts that were carried out."""
        self._done: list[Done] = []
        if asked.deploys:
            self._timed("what has changed of the API", self.works.demand_compatible)
        if asked.tests:
            self._demand("unit tests", self.works.unit_tests, "nothing was built")
        image = self._timed("image", self.works.build) if asked.builds else ""
        if asked.builds and asked.tests:
            self._demand("acceptance tests on the container", lambda: self.works.accept(image), "nothing was pushed")
        if not (asked.pushes or asked.deploys):
            return self._done
        if asked.builds:
            reference = self._timed("push", lambda: self.works.push(image))
        else:
            reference = self._timed("look for the image", self.works.pushed)
        if asked.deploys:
            self._timed("release", lambda: self.works.release(reference))
        return self._done

    def _demand(self, name: str, act: Callable[[], bool], so: str) -> None:
        if not self._timed(name, act):
            raise DeployError(f"{name}: not passed, {so}", "Mend it, and run the same command again")

    def _timed(self, name: str, act: Callable[[], T]) -> T:
        self.told(name, None)
        began = self.clock()
        found = act()
        took = self.clock() - began
        self._done.append(Done(name, took))
        self.told(name, took)
        return found
