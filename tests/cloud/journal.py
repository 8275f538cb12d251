"""The calls that came, in their order."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from cloud.asked import Request

__all__ = ["Call", "Journal"]


@dataclass
class Call:
    """`status`: of the answer; 0: there was none. `faults`: the kinds that met it. `effect`: whether it was done."""

    number: int  # from 1
    service: str
    operation: str
    writes: bool
    arguments: dict[str, Any] = field(repr=False)
    status: int = 0
    faults: list[str] = field(default_factory=list)
    effect: bool = False

    @property
    def action(self) -> str:
        return f"{self.service}:{self.operation}"


class Journal:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._lock = threading.Lock()

    def note(self, request: Request) -> Call:
        with self._lock:
            call = Call(len(self.calls) + 1, request.service, request.operation, request.writes, request.arguments)
            self.calls.append(call)
            return call

    def clear(self) -> None:
        """The next call has the number 1."""
        with self._lock:
            self.calls.clear()
