"""
Why values of one schema may not fit another: a Gap, and what one look at two schemas has found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pymacaron.changes.containment.definitions import Spot

__all__ = ["Found", "Gap", "Pair"]

#: The schemas that values fit, and the one that they should
Pair = tuple[tuple[Spot, ...], Spot]


@dataclass(frozen=True)
class Gap:
    """
    Values that fit at `left` may not fit at `right`, by rule `kind`, of `subject`: a keyword, a property.

    `said` and `wanted` are what both sides say, None for nothing. `is_certain`: there is such a value; else that is not
    decided, for the reason `why`. `is_soft`: it is none by what people agree on: a member that was not described is not
    thought to be there. `instance`: such a value, where one was looked for and found.
    """

    kind: str
    subject: str
    left: Spot
    right: Spot
    said: Any = None
    wanted: Any = None
    is_certain: bool = True
    is_soft: bool = False
    why: str = ""
    instance: tuple[Any, ...] = ()

    @cached_property
    def identity(self) -> tuple[Any, ...]:
        """Equal for two that tell people the same."""
        return self.kind, self.subject, self.left, self.right, repr(self.said), repr(self.wanted)


@dataclass
class Found:
    """
    `gaps`; in `rest` the pairs below that have to be contained too; in `used` those without which there were more gaps.
    `is_brief`: nobody asks but whether there are any, so that one which is not soft is enough.
    """

    gaps: list[Gap] = field(default_factory=list)
    rest: set[Pair] = field(default_factory=set)
    used: set[Pair] = field(default_factory=set)
    is_brief: bool = False

    @property
    def is_done(self) -> bool:
        """Whether nothing more needs to be looked for."""
        return self.is_brief and bool(self.hard)

    def add(self, other: Found) -> None:
        """All of *other* too."""
        self.gaps += other.gaps
        self.rest |= other.rest
        self.used |= other.used

    @property
    def hard(self) -> list[Gap]:
        """Those that are not soft."""
        return [gap for gap in self.gaps if not gap.is_soft]
