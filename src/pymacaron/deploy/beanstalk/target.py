"""Beanstalk as a Target: what `apply` asks, answered by the files beside this one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pymacaron.deploy.beanstalk.cleaning import clean
from pymacaron.deploy.beanstalk.found import Found, Look
from pymacaron.deploy.beanstalk.logs import tail
from pymacaron.deploy.beanstalk.release import Release
from pymacaron.deploy.beanstalk.steps import next_step
from pymacaron.deploy.beanstalk.trials import Trials, accepted, reached
from pymacaron.deploy.beanstalk.waiting import Events, Pauses
from pymacaron.deploy.failures import DeployError, RefusedError
from pymacaron.deploy.journal import Journal
from pymacaron.deploy.target import Call, Cloud, Event, Step, Verdict

__all__ = ["Beanstalk"]

_EB = "elasticbeanstalk"


class Beanstalk:
    """
    Elastic Beanstalk, for one *release*. `acceptance(url)` and `smoke(url, label)` are as in Trials; *only_cleans*: no
    release, but what is left of those before is ended.
    """

    def __init__(
        self,
        cloud: Cloud,
        release: Release,
        *,
        acceptance: Callable[[str], bool] | None = None,
        smoke: Callable[[str, str], Verdict] | None = None,
        pauses: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.time,
        only_cleans: bool = False,
    ):
        self._cloud, self._release, self._only_cleans = cloud, release, only_cleans
        self.pause: Callable[[], None] = pauses or Pauses()
        self._look = Look(cloud, release, clock)
        self._events = Events(cloud, release, clock())
        self._has_changed = False
        self._trials = Trials(cloud, acceptance or accepted, smoke or reached, clock)

    def look(self) -> Found:
        """What is there."""
        return self._look()

    def next_step(self, found: Found, journal: Journal) -> Step[Found] | None:
        """Pure, as `steps`."""
        if self._only_cleans:
            if not found.at_name(self._release.cname):
                fact = f"nobody is live at {self._release.host}, so nobody can tell what is not needed"
                raise DeployError(fact, "Look at: pymacaron deploy status")
            return clean(self._release, found)
        return next_step(self._release, found, journal)

    def carry_out(self, call: Call) -> None:
        """Make *call*; before a new environment its options are looked at. Raises DeployError."""
        if call.operation == "CreateEnvironment":
            self._validate(call)
        body = {} if call.body is None else {"Body": call.body}
        self._has_changed = self._has_changed or call.service == _EB
        try:
            self._cloud.call(call.service, call.operation, **call.arguments, **body)
        finally:
            self._look.changed()

    def try_out(self, step: Step[Found], pause: Callable[[], None]) -> Verdict:
        """Hold the trial of *step*; *pause* is between two looks."""
        match step.trial:
            case "health":
                return self._trials.health(step.subject, pause)
            case "acceptance":
                passed = self._trials.acceptance(f"{self._scheme}://{step.url}")
                return Verdict(passed, "" if passed else "the acceptance tests have failed")
            case "smoke":
                return self._trials.smoke(self._release.wanted.live_url, self._release.label)
            case "soak":
                return self._trials.soak(step.subject, step.until, pause, step.beside)
            case "workers":
                found = self._trials.health(step.beside, pause)
                return found if found.passed else Verdict(False, f"of its workers, {found.reason}")
        raise AssertionError(step.trial)

    def events(self) -> Sequence[Event]:
        """What Beanstalk has told since it was asked last; nothing while nothing was changed."""
        return self._events() if self._has_changed else ()

    def logs(self, environment: str) -> str:
        """The last lines of the logs of each of its instances."""
        return tail(self._cloud, environment, self.pause)

    @property
    def _scheme(self) -> str:
        return "https" if self._release.wanted.certificate else "http"

    def _validate(self, call: Call) -> None:
        try:
            answer = self._cloud.call(
                _EB,
                "ValidateConfigurationSettings",
                ApplicationName=self._release.application,
                OptionSettings=call.arguments["OptionSettings"],
            )
        except RefusedError as error:
            if error.code != "InsufficientPrivilegesException":
                raise
            return  # creating it says the same
        wrong = [one["Message"] for one in answer.get("Messages", ()) if one.get("Severity") == "error"]
        if wrong:
            raise DeployError(f"Beanstalk does not take these options: {'; '.join(wrong)}", "Look at deploy: options")
