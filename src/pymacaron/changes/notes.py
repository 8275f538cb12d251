"""
Whose changes are found: the api and the operation, which every Change tells.
"""

from __future__ import annotations

from dataclasses import dataclass

from pymacaron.changes.change import Change, Severity, place_of
from pymacaron.source import Node

__all__ = ["Notes"]


@dataclass(frozen=True, slots=True)
class Notes:
    """Makes changes of the operation `operation` of the api `api`."""

    api: str
    operation: str = ""

    def change(
        self,
        severity: Severity,
        code: str,
        fact: str,
        why: str,
        old: Node | None,
        new: Node | None,
        *,
        key: bool = False,
    ) -> Change:
        """A change that stands at *old* and *new*, or with *key* at the keys that name them."""
        before = None if old is None else place_of(old, key=key)
        after = None if new is None else place_of(new, key=key)
        return Change(severity, code, fact, why, self.api, self.operation, before, after)

    def told(self, one: Change) -> Change:
        """The same as *one*, of this operation."""
        return Change(one.severity, one.code, one.fact, one.why, self.api, self.operation, one.old, one.new)
