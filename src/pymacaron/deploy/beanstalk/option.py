"""One setting of an environment, and what its value is worked out of. No I/O here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pymacaron.deploy.settings import Wanted

__all__ = ["Given", "Option", "always", "secure"]


@dataclass(frozen=True, slots=True)
class Given:
    """
    What settings are worked out of. `stop_s`: seconds that a server which is told to end has for calls under way, and
    for being seen to end; `secrets`: dict of variable -> ARN.
    """

    wanted: Wanted
    stop_s: float = 25
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """`value`: of what is given, None where the option is not sent. `shown`: it, in words; `by`: what changes it."""

    namespace: str
    name: str
    value: Callable[[Given], str | None]
    shown: str
    reason: str
    by: str = ""


def always(value: str) -> Callable[[Given], str | None]:
    return lambda given: value


def secure(value: str) -> Callable[[Given], str | None]:
    return lambda given: value if given.wanted.certificate else None
