"""Where a value of the config was given, so that what is said of it says where."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pymacaron.config.settings import MASK
from pymacaron.finding import Finding
from pymacaron.source import Node

__all__ = ["ENVIRONMENT", "Place"]

ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was given: a member of the file, or `API(settings=...)`, or the variable *key*."""

    key: str
    label: str
    node: Node | None = None
    #: Whether it must not be shown
    masked: bool = False

    def at(self, *path: str, masked: bool | None = None) -> Place:
        """A member below this one."""
        node = self.node
        for step in path:
            if node is not None and isinstance(node.value, (dict, list)):
                node = node.child(int(step) if isinstance(node.value, list) else step)
        return replace(self, node=node, masked=self.masked if masked is None else masked)

    def finding(self, code: str, fact: str, mend: str = "", *, key: bool = False) -> Finding:
        if self.node is None:
            return Finding(self.label, 0, 0, code, fact, mend)
        found = self.node.finding(code, fact, mend, key=key)
        if not self.masked:
            return found
        if key:
            return replace(found, source=f"{found.source.partition(':')[0]}: {MASK}")
        return replace(found, source=found.source[: found.column - 1] + MASK, width=len(MASK))

    def __str__(self) -> str:
        if self.node is None:
            return self.key if self.label == ENVIRONMENT else f"{self.key} in {self.label}"
        return f"{self.key} (line {self.node.document.position(self.node.pointer).line})"
