"""What an environment has to pass: health over several looks, acceptance, a smoke test at the live name, the soak."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymacaron.deploy.failures import RefusedError
from pymacaron.deploy.target import Cloud, Verdict

__all__ = ["Trials", "accepted", "reached"]

_EB = "elasticbeanstalk"
#: Looks in a row after which it is healthy, and after which it is not
_GOOD, _BAD = 3, 6
#: Seconds until it is healthy
_LONGEST_S = 600.0


def accepted(url: str) -> bool:
    """Where there are no tests."""
    return True


def reached(url: str, label: str) -> Verdict:
    """Where nobody asks the live URL."""
    return Verdict(True)


@dataclass(frozen=True)
class Trials:
    """
    `acceptance(url)`: whether the tests pass against an environment; `smoke(url, label)`: whether callers of the live
    URL reach *label*. *pause* is between two looks. Times in seconds.
    """

    cloud: Cloud
    acceptance: Callable[[str], bool] = accepted
    smoke: Callable[[str, str], Verdict] = reached
    clock: Callable[[], float] = time.time

    def health(self, id: str, pause: Callable[[], None]) -> Verdict:
        """Whether the environment is healthy at several looks in a row."""
        good = bad = 0
        end = self.clock() + _LONGEST_S
        said = ""
        while self.clock() < end:
            state, colour = self._state(id)
            if not state:
                return Verdict(False, "AWS has ended the environment; the events above say why")
            is_good = state in ("Ok", "Info") or (state == "Unknown" and colour == "Green")
            good, bad = (good + 1, 0) if is_good else (0, bad + 1 if colour == "Red" else 0)
            if good == _GOOD:
                return Verdict(True)
            said = state
            if bad == _BAD:
                return Verdict(False, f"its health is {said}{self._causes(id)}")
            pause()
        return Verdict(False, f"its health is {said} after {_LONGEST_S / 60:.0f} minutes{self._causes(id)}")

    def soak(self, id: str, until: float, pause: Callable[[], None], beside: str = "") -> Verdict:
        """
        Whether the environment stays healthy, to *until*, seconds since 1970, and so does the one of the id *beside*,
        which runs its tasks.
        """
        bad = {one: 0 for one in (id, beside) if one}
        while True:
            for one in bad:
                state, colour = self._state(one)
                bad[one] = bad[one] + 1 if colour == "Red" or not state else 0
                if bad[one] == _BAD:
                    whose = "its health" if one == id else "the health of its workers"
                    return Verdict(False, f"{whose} has become {state or 'unknown'}{self._causes(one)}")
            if self.clock() >= until and not any(bad.values()):
                return Verdict(True)
            pause()

    def _state(self, id: str) -> tuple[str, str]:
        """Its state and colour; '' where it is not there, or ends."""
        answer = self.cloud.call(_EB, "DescribeEnvironments", EnvironmentIds=[id], IncludeDeleted=False)
        for one in answer.get("Environments", ()):
            if one["Status"] not in ("Terminating", "Terminated"):
                return one.get("HealthStatus") or "Unknown", one.get("Health", "Grey")
        return "", ""

    def _causes(self, id: str) -> str:
        """What Beanstalk says of why, behind ': '."""
        try:
            answer: dict[str, Any] = self.cloud.call(
                _EB, "DescribeEnvironmentHealth", EnvironmentId=id, AttributeNames=["Causes"]
            )
        except RefusedError:  # it has ended, or has basic health
            return ""
        causes = "; ".join(str(one).rstrip(". ") for one in answer.get("Causes", ()))
        return f": {causes}" if causes else ""
