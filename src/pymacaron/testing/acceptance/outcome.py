"""What became of the tests: read from what session.py has written down, and written as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Case", "Outcome", "read"]

#: What became of a test
_KINDS = ("passed", "error", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class Case:
    """One test. `outcome`: passed, failed, error (not in its own code) or skipped; `message`: the first line why."""

    name: str
    outcome: str
    duration_s: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    `code`: 0 when all passed, else 1. `url`: of the service that was tested.
    """

    code: int
    url: str
    cases: tuple[Case, ...] = ()
    duration_s: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        """dict: passed, failed, error, skipped -> how many."""
        found = Counter(case.outcome for case in self.cases)
        return {kind: found[kind] for kind in _KINDS}

    def as_dict(self) -> dict[str, Any]:
        cases = [
            {"name": case.name, "outcome": case.outcome, "duration_s": case.duration_s, "message": case.message}
            for case in self.cases
        ]
        return {
            "url": self.url,
            "exit_code": self.code,
            "counts": self.counts,
            "duration_s": self.duration_s,
            "tests": cases,
        }

    def write(self, path: str | Path) -> None:
        """Write it as JSON. Raises OSError."""
        Path(path).write_text(json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read(code: int, url: str, cases: Path) -> Outcome:
    """What stands in *cases*, the file of session.py, which is not there where pytest came to nothing."""
    try:
        found = json.loads(cases.read_text(encoding="utf-8"))
    except OSError:
        return Outcome(code, url)
    return Outcome(code, url, tuple(Case(**one) for one in found), sum(one["duration_s"] for one in found))
