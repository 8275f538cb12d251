"""What a test wants to go wrong, and when."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from cloud.asked import Request
from cloud.refusals import KINDS

__all__ = ["FAULTS", "Fault", "Faults"]

#: Beside those that refuse. cut: no effect, no answer. timeout: the effect, but no answer. slow: the answer, late.
#: kill: the effect, and the client ends. meanwhile: somebody else acts before the call has its effect.
FAULTS = (*KINDS, "cut", "timeout", "slow", "kill", "meanwhile")
_ONCE = ("cut", "timeout", "kill", "meanwhile")


@dataclass
class Fault:
    """
    `action`: a pattern of "service:Operation" or of "Operation", or "writes" or "reads". Of the calls that fit, the
    first `after` pass, then each `every`-th is met, or a `share` of them (by a lot that is the same in every run),
    `times` in all. `met`: the numbers of the calls that were. `code`: of a refusal, in the place of the usual one.
    """

    kind: str
    action: str = "*"
    after: int = 0
    every: int = 1
    share: float = 1.0
    times: int | None = None
    seconds: float = 0.0
    code: str = ""
    pid: int | None = None
    do: Callable[[], object] | None = None
    met: list[int] = field(default_factory=list)
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"{self.kind!r} is no fault; there are {', '.join(FAULTS)}")
        if self.times is None and self.kind in _ONCE:
            self.times = 1
        self._lot = random.Random(17)

    def meets(self, request: Request, number: int) -> bool:
        if not self._fits(request):
            return False
        self.seen += 1
        counted = self.seen - self.after
        if counted <= 0 or counted % self.every or (self.times is not None and len(self.met) >= self.times):
            return False
        if self._lot.random() >= self.share:
            return False
        self.met.append(number)
        return True

    def _fits(self, request: Request) -> bool:
        if self.action in ("writes", "reads"):
            return request.writes is (self.action == "writes")
        return any(fnmatchcase(name, self.action) for name in (request.action, request.operation))


class Faults:
    def __init__(self) -> None:
        self._all: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._all.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def of(self, request: Request, number: int) -> list[Fault]:
        """Those that meet the call *number*."""
        with self._lock:
            return [fault for fault in self._all if fault.meets(request, number)]
