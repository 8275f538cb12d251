"""
Steps -> done: one is carried out, then what is there is looked at again, until nothing is left. So a run that was
killed, a call whose answer was lost and a run that goes through are the same loop.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pymacaron.deploy.failures import DeployError, RefusedError, TrialError, UnknownOutcomeError
from pymacaron.deploy.journal import Journal, Journals
from pymacaron.deploy.lock import Lock
from pymacaron.deploy.target import Step, Target

__all__ = ["LONGEST_S", "Apply", "Done", "Progress", "plan"]

#: Seconds that one thing is waited for
LONGEST_S = 1800.0
#: How often a step whose call was answered, and whose effect is not seen, is looked for before it has failed
_LOOKS = 6
#: How often a call is made again that AWS refuses in the state that it is in
_REFUSALS = 20
#: Looks before a call without an answer is made again: it may be under way
_SETTLES = 3
_STATE = ("Must be Ready", "invalid state", "is in progress")
_MOST_STEPS = 200

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Progress:
    """What is told of a run. `kind`: begin, done, wait, event, note or failed; `seconds` since its begin."""

    kind: str
    text: str
    seconds: float
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was carried out, and how many seconds that took."""

    name: str
    seconds: float


def plan(target: Target[F], found: F, journal: Journal) -> list[Step[F]]:
    """Every step that a release would carry out from *found* on, if nothing goes wrong. Makes no calls."""
    steps: list[Step[F]] = []
    while len(steps) < _MOST_STEPS:
        step = target.next_step(found, journal)
        if step is None:
            return steps
        steps.append(step)
        found, journal = step.effect(found), journal.noted(step.notes)
    raise AssertionError(f"a plan without an end: {[step.name for step in steps[-6:]]}")


@dataclass
class Apply(Generic[F]):
    """
    A run. `told` hears of each Progress; `first`: what the journal is told before anything is done.

    Raises DeployError; a TrialError where what is released has not passed, after what was live is live again. Whatever
    ends it, the same run goes on from there.
    """

    target: Target[F]
    journals: Journals
    lock: Lock
    label: str
    told: Callable[[Progress], None] = lambda progress: None
    clock: Callable[[], float] = time.monotonic
    longest_s: float = LONGEST_S
    first: Mapping[str, Any] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = self.clock()
        self._journal = Journal(self.label)
        self._failed: TrialError | None = None
        self._answered: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._waited: dict[str, float] = {}
        self._has_changed = self._has_forgiven = False

    def run(self) -> list[Done]:
        """Carry out every step. Gives those that there were."""
        try:
            self._journal = self.journals.read(self.label)
            while self._go_on():
                pass
            return self.done
        finally:
            self.lock.release()

    def _go_on(self) -> bool:
        found = self.target.look()
        step = self.target.next_step(found, self._journal)
        self._end_waits(step)
        if self._failed is not None and (step is None or not (step.is_undo or step.awaited)):
            raise self._failed
        if step is None:
            return False
        if step.awaited:
            self._wait(step)
        elif self.lock.take():
            self._journal = self.journals.read(self.label)  # and look again: somebody else may have been at it
            self._keep(self.first)
        elif step.trial:
            self._try_out(step)
        else:
            self._carry_out(step)
        return True

    # ---- waits

    def _wait(self, step: Step[F]) -> None:
        if step.name not in self._waited:
            self._say("wait", step.awaited)
            self._waited[step.name] = self.clock()
        if self.clock() - self._waited[step.name] > self.longest_s:
            fact = f"{step.awaited}: not within {self.longest_s / 60:.0f} minutes. {step.failure}"
            raise DeployError(fact, "The same command goes on waiting")
        self._pause()

    def _end_waits(self, step: Step[F] | None) -> None:
        """What is waited for no longer has come about."""
        for name in [one for one in self._waited if step is None or one != step.name]:
            took = self.clock() - self._waited.pop(name)
            self.done.append(Done(name, took))
            self._say("done", f"{name.removeprefix('wait until ')} ({took:.0f} s)")

    def _pause(self) -> None:
        self.target.pause()
        self._tell_events()

    def _tell_events(self) -> None:
        for event in self.target.events():
            name = f"{event.environment}: " if event.environment else ""
            self._say("event", f"{name}{event.text}", event.severity)

    # ---- calls

    def _carry_out(self, step: Step[F]) -> None:
        if self._answered[step.name]:
            self._not_so(step)
            return
        self._has_changed = True
        self._note(step)
        self._say("begin", step.name)
        began = self.clock()
        for call in step.calls:
            self.lock.check()
            try:
                self.target.carry_out(call)
            except RefusedError as error:
                if step.there and (step.there in error.told or step.there == error.code):
                    continue
                self._look_again(step, error)
                return
            except UnknownOutcomeError as error:
                self._say("note", f"{error}; looking at what is there")
                for _ in range(_SETTLES):
                    self._pause()
                return
        self._answered[step.name] += 1
        self._waited.clear()
        self.done.append(Done(step.name, self.clock() - began))

    def _not_so(self, step: Step[F]) -> None:
        """AWS has answered that it does it, and it is not so: it has undone it, or it does not show yet."""
        self._answered[step.name] += 1
        if self._answered[step.name] > _LOOKS:
            self._tell_events()
            raise DeployError(f"AWS took the call to {step.name}, and it is not so. {step.failure}")
        self._pause()

    def _look_again(self, step: Step[F], error: RefusedError) -> None:
        """Raises *error* unless the state that somebody is in refuses the call for now."""
        self._refused[step.name] += 1
        if not any(words in error.told for words in _STATE) or self._refused[step.name] > _REFUSALS:
            raise error
        self._say("note", f"not yet: {error.told}")
        self._pause()

    # ---- trials

    def _try_out(self, step: Step[F]) -> None:
        self._say("begin", step.name)
        began = self.clock()
        verdict = self.target.try_out(step, self._pause)
        self._tell_events()
        self.lock.check()
        took = self.clock() - began
        if verdict.passed:
            self._note(step)
            self.done.append(Done(step.name, took))
            self._say("done", f"{step.name.removeprefix('see whether ')} ({took:.0f} s)")
            return
        self._keep({"failed": step.subject, "failed_at": step.trial, "reason": verdict.reason[:1000], "asked_at": 0.0})
        self._say("failed", f"{step.name}: {verdict.reason}")
        if step.trial == "health" and not (self._has_changed or self._has_forgiven):
            self._has_forgiven = True  # that was left by another run: this one makes it anew
            return
        if step.trial in ("health", "acceptance", "workers"):
            self._tell_logs(step.beside if step.trial == "workers" else step.subject)
        fact = f"release {self.label} has failed ({step.trial}): {verdict.reason}"
        self._failed = TrialError(fact, f"{step.failure}. Mend it, and release again", trial=step.trial)

    def _tell_logs(self, environment: str) -> None:
        try:
            logs = self.target.logs(environment)
        except DeployError as error:
            logs = f"its logs could not be read: {error}"
        if logs:
            self._say("note", logs)

    # ---- the journal, and what is told

    def _note(self, step: Step[F]) -> None:
        if step.notes:
            self._keep(step.notes)

    def _keep(self, notes: Mapping[str, Any]) -> None:
        noted = self._journal.noted(notes)
        if noted != self._journal:
            self.journals.write(noted)
            self._journal = noted

    def _say(self, kind: str, text: str, severity: str = "") -> None:
        self.told(Progress(kind, text, self.clock() - self._began, severity))
