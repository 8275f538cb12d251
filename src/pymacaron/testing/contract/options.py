"""What is said of a run: which operations are called, how often, by which seed, with which credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["EXAMPLES", "Budget", "ContractError", "Options", "budget"]

#: Of an operation, where nothing else is said
EXAMPLES = 25
_UNITS_S = {"s": 1, "m": 60, "h": 3600}


class ContractError(Exception):
    """What was asked for cannot be done: a message for people."""


@dataclass(frozen=True, slots=True)
class Budget:
    """
    `examples`: at most so many calls with values by lot, of each operation in each of the two phases that draw them.
    `seconds`: at most so many of all; 0: there is no limit. `once`: it ends as soon as the examples are done; else it
    goes on until the seconds are over.
    """

    examples: int = EXAMPLES
    seconds: int = 0
    once: bool = True

    def __str__(self) -> str:
        most = f"{self.examples} {'example' if self.examples == 1 else 'examples'} per operation"
        if not self.seconds:
            return most
        return f"{most}, at most {self.seconds} s" if self.once else f"{self.seconds} s"

    @property
    def written(self) -> str:
        """As an option says it: see budget()."""
        if not self.seconds:
            return str(self.examples)
        return f"{self.examples},{self.seconds}s" if self.once else f"{self.seconds}s"


@dataclass(frozen=True, slots=True)
class Options:
    """
    `seed`: None for one of its own, which is told. `safe`: whether only operations are called that change nothing:
    GET, HEAD, OPTIONS, and those with `x-test: safe`; None: yes, unless the service is at a loopback address.
    `operations`: ids, or `GET /path`, of those that alone are called; () for all. `credentials`: dict of security
    scheme -> its token or key, `user:password` for basic; of those that are not here, PYM_CREDENTIAL_<SCHEME> says it.
    """

    seed: int | None = None
    budget: Budget = field(default_factory=Budget)
    safe: bool | None = None
    operations: tuple[str, ...] = ()
    credentials: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


def budget(text: str) -> Budget:
    """What `25`, `60s`, `5m` or `25,60s` says. Raises ValueError."""
    examples = seconds = 0
    for part in text.split(","):
        found = re.fullmatch(r"([0-9]{1,6})([smh]?)", part.strip())
        if found is None or int(found[1]) == 0 or (seconds if found[2] else examples):
            raise ValueError(
                f"{text!r:.80} is no budget. Write examples per operation, a time, or both: 25, 60s, 25,5m"
            )
        if found[2]:
            seconds = int(found[1]) * _UNITS_S[found[2]]
        else:
            examples = int(found[1])
    return Budget(examples or EXAMPLES, seconds, once=bool(examples))
