"""What became of the tests: read from the JUnit file that pytest writes, and written as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

__all__ = ["Case", "Outcome", "read"]

#: dict: element of JUnit -> what became of the test; the first that is there counts
_KINDS = {"error": "error", "failure": "failed", "skipped": "skipped"}


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
        return {kind: found[kind] for kind in ("passed", *sorted(_KINDS.values()))}

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


def read(code: int, url: str, junit: Path) -> Outcome:
    """What stands in *junit*, a file that pytest has written, or that is not there where it came to nothing."""
    try:
        root = ElementTree.parse(junit).getroot()
    except (OSError, ElementTree.ParseError):
        return Outcome(code, url)
    cases = tuple(_case(element) for element in root.iter("testcase"))
    return Outcome(code, url, cases, sum(float(suite.get("time", 0)) for suite in root.iter("testsuite")))


def _case(element: ElementTree.Element) -> Case:
    outcome, message = "passed", ""
    for tag, kind in _KINDS.items():
        found = element.find(tag)
        if found is not None:
            lines = (found.get("message") or "").splitlines()
            outcome, message = kind, lines[0] if lines else ""
            break
    name = "::".join(part for part in (element.get("classname"), element.get("name")) if part)
    return Case(name, outcome, float(element.get("time", 0)), message)
