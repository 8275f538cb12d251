"""
The names that an operation has, where others are refused: of its query, and of a Swagger 2.0 form.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from pymacaron.finding import did_you_mean
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import MOST, Violation

__all__ = ["Known"]

#: So many unknown names are told what was probably meant, if they have fewer characters than this
_HELPED, _LONG = 5, 40


@dataclass(frozen=True, slots=True)
class Known:
    """The names that may be sent, and the beginnings of others that may."""

    names: frozenset[str]
    starts: tuple[str, ...]

    def unknown(self, sent: Iterable[str], location: str) -> list[Violation]:
        """What is wrong with the names that were *sent*, at most MOST."""
        others = (name for name in sent if name not in self.names and not name.startswith(self.starts))
        return [self._violation(name, number, location) for number, name in enumerate(itertools.islice(others, MOST))]

    def _violation(self, name: str, number: int, location: str) -> Violation:
        mend = did_you_mean(name, self.names) if number < _HELPED and len(name) < _LONG else ""
        fact = "is no field here" if location == "form" else "is no parameter here"
        detail = f"{fact}. {mend}" if mend else fact
        return Violation(location, pointer_text((name,)), "unknown", detail)
