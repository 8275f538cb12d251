"""
What a release asks of the place that it goes to: a Target looks, says the next step, and tries what is there.

`apply` carries out the steps of any Target, so a second kind of place needs nothing of it. Beanstalk is the one that is
built. No I/O here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pymacaron.deploy.journal import Journal

__all__ = ["Call", "Cloud", "Event", "Step", "Target", "Verdict"]

F = TypeVar("F")


class Cloud(Protocol):
    """The calls of AWS, as `aws.Account` makes them."""

    @property
    def region(self) -> str: ...

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]: ...

    def pages(self, service: str, operation: str, member: str, /, **arguments: Any) -> Iterator[Any]: ...


@dataclass(frozen=True, slots=True)
class Call:
    """One call of AWS, by the names of its API. `body`: bytes that go with it and are not shown."""

    service: str
    operation: str
    arguments: Mapping[str, Any]
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Step(Generic[F]):
    """
    One step of a release: `calls` are made, or a `trial` is held, or `awaited` is waited for.

    `effect`: what is there before it -> what is there after it, for a plan. `failure`: what it means when it fails.
    `notes`: what the journal is told, before the calls or when the trial has passed. `subject`: id of an environment,
    `url` of it, for trials; `beside`: id of the environment that runs its tasks, '' where none does; `until`: when a
    soak ends, in seconds since 1970. `is_undo`: it belongs to the end of a release that has failed. `there`: words of
    AWS in a refusal that means that it is done already.
    """

    name: str
    effect: Callable[[F], F]
    failure: str
    calls: tuple[Call, ...] = ()
    trial: str = ""
    awaited: str = ""
    subject: str = ""
    url: str = ""
    beside: str = ""
    until: float = 0.0
    notes: Mapping[str, Any] = field(default_factory=dict)
    is_undo: bool = False
    there: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What the place has told. `at`: seconds since 1970; `severity`: INFO, WARN, ERROR ..."""

    at: float
    severity: str
    environment: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial has found. `reason`: why it has not passed."""

    passed: bool
    reason: str = ""


class Target(Protocol[F]):
    """
    A place that a release goes to. `look` makes calls that change nothing; `next_step` is pure: None where everything
    is as it is wanted. `carry_out` makes a call, `try_out` holds the trial of a step, with *pause* between its looks.
    `events` gives what was not given before. `pause` waits between two looks. `logs` are the last lines of an
    environment.
    """

    def look(self) -> F: ...

    def next_step(self, found: F, journal: Journal) -> Step[F] | None: ...

    def carry_out(self, call: Call) -> None: ...

    def try_out(self, step: Step[F], pause: Callable[[], None]) -> Verdict: ...

    def events(self) -> Sequence[Event]: ...

    def pause(self) -> None: ...

    def logs(self, environment: str) -> str: ...
