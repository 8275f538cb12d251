"""
What was reached: the Report, its sums, and the same as JSON, from which several runs are put together.

docs/coverage.md documents the JSON.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pymacaron.testing.covering.points import KINDS, Owner, Point

__all__ = ["VERSION", "Report", "ReportError", "Stray", "Sum", "combine", "read"]

#: Of the JSON
VERSION = 1


class ReportError(ValueError):
    """A file is no report, or reports do not go together: a message for people."""


class Sum(NamedTuple):
    """How many of how many were reached."""

    reached: int
    total: int

    @property
    def percent(self) -> float:
        """Rounded down to a tenth, so that 100.0 is all of them; 100.0 where there is nothing to reach."""
        return self.reached * 1000 // self.total / 10 if self.total else 100.0


class Stray(NamedTuple):
    """Calls that no description knows: `name` is the operation, or a method and a path; `api` is '' for the latter."""

    api: str
    name: str
    status: int
    calls: int


@dataclass(frozen=True)
class Report:
    """
    `apis`: (name, title, file) each. `calls`: how many were seen, `unread` of them with a body that could not be looked
    into. `strays`: calls of no operation; `undeclared`: calls of one whose status it does not declare. `codes`: dict of
    error code -> answers; `unseen`: codes of the framework that no answer had, though operations can give them.
    """

    apis: Sequence[tuple[str, str, str]]
    calls: int
    unread: int
    points: Sequence[Point]
    strays: Sequence[Stray] = ()
    undeclared: Sequence[Stray] = ()
    codes: dict[str, int] = field(default_factory=dict)
    unseen: Sequence[str] = ()
    failures: Sequence[str] = ()

    @property
    def total(self) -> Sum:
        return _sum(self.points)

    def kinds(self) -> dict[str, Sum]:
        """dict: kind -> its sum, of those that there are."""
        found = {kind: _sum([one for one in self.points if one.kind == kind]) for kind in KINDS}
        return {kind: one for kind, one in found.items() if one.total}

    def owners(self) -> dict[Owner, list[Point]]:
        """dict: operation or shared part -> its points, in the order of the descriptions, operations first."""
        found: dict[Owner, list[Point]] = {}
        for point in self.points:
            found.setdefault(point.owner, []).append(point)
        return dict(sorted(found.items(), key=lambda one: not one[0].is_operation))

    def missed(self) -> list[Point]:
        return [point for point in self.points if not point.count]

    def short_of(self, percent: float) -> str:
        """
        Why a gate of *percent* does not open; '' where it does. What was reached is not rounded, and *percent* is the
        number that was written: 99.95 is not a little more, as the nearest of a computer's may be.
        """
        total, wanted = self.total, Decimal(str(percent))
        told = f"{wanted.normalize():f} % is wanted"
        if not total.total:
            return f"coverage: the descriptions have nothing to reach, and {told}" if wanted else ""
        if total.reached * 100 >= wanted * total.total:
            return ""
        return f"coverage is {total.percent:.1f} %, and {told}: {total.reached} of {total.total} reached"

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            **_json(self.total),
            "calls": self.calls,
            "unread": self.unread,
            "apis": [dict(zip(("name", "title", "file"), one, strict=True)) for one in self.apis],
            "kinds": {kind: _json(one) for kind, one in self.kinds().items()},
            "operations": [
                {"api": owner.api, "operation": owner.name, **_json(_sum(points))}
                for owner, points in self.owners().items()
                if owner.is_operation
            ],
            "points": [
                {
                    "id": one.id,
                    "kind": one.kind,
                    "api": one.owner.api,
                    "operation" if one.owner.is_operation else "shared": one.owner.name,
                    "what": one.what,
                    "file": one.file,
                    "line": one.line,
                    "calls": one.count,
                }
                for one in self.points
            ],
            "unknown": [{"call": one.name, "status": one.status, "calls": one.calls} for one in self.strays],
            "undeclared": [
                {"api": one.api, "operation": one.name, "status": one.status, "calls": one.calls}
                for one in self.undeclared
            ],
            "codes": self.codes,
            "unseen": list(self.unseen),
            "failures": list(self.failures),
        }

    def write(self, path: Path) -> None:
        """As JSON. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> Report:
    """What `write` has written. Raises ReportError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["version"] != VERSION:
            raise ReportError(f"{path}: version {found['version']!r} of a coverage report is not known; {VERSION} is")
        return Report(
            apis=[(one["name"], one["title"], one["file"]) for one in found["apis"]],
            calls=found["calls"],
            unread=found["unread"],
            points=[_point(one) for one in found["points"]],
            strays=[Stray("", one["call"], one["status"], one["calls"]) for one in found["unknown"]],
            undeclared=[
                Stray(one["api"], one["operation"], one["status"], one["calls"]) for one in found["undeclared"]
            ],
            codes=found["codes"],
            unseen=found["unseen"],
            failures=found["failures"],
        )
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from None
    except ReportError:
        raise
    except (ValueError, KeyError, TypeError):
        raise ReportError(f"{path} is no coverage report: --coverage-json writes one") from None


def combine(reports: Iterable[Report]) -> Report:
    """Several runs as one. Raises ReportError where they are of different descriptions, or there are none."""
    first, *others = reports
    points = {one.id: replace(one) for one in first.points}
    for other in others:
        if points.keys() != {one.id for one in other.points}:
            raise ReportError("the reports are of different descriptions: put together those of one version")
        for one in other.points:
            points[one.id].count += one.count
    everything = [first, *others]
    return Report(
        apis=first.apis,
        calls=sum(one.calls for one in everything),
        unread=sum(one.unread for one in everything),
        points=list(points.values()),
        strays=_added(one.strays for one in everything),
        undeclared=_added(one.undeclared for one in everything),
        codes=dict(sorted(sum((Counter(one.codes) for one in everything), Counter[str]()).items())),
        unseen=sorted(set.intersection(*(set(one.unseen) for one in everything))),
        failures=[text for one in everything for text in one.failures],
    )


def _added(several: Iterable[Sequence[Stray]]) -> list[Stray]:
    found: Counter[tuple[str, str, int]] = Counter()
    for strays in several:
        for one in strays:
            found[one.api, one.name, one.status] += one.calls
    return [Stray(*key, count) for key, count in sorted(found.items())]


def _point(one: dict[str, Any]) -> Point:
    owner = Owner(one["api"], one.get("operation") or one["shared"], "operation" in one)
    return Point(one["id"], one["kind"], owner, one["what"], one["file"], one["line"], one["calls"])


def _sum(points: Iterable[Point]) -> Sum:
    counts = [point.count for point in points]
    return Sum(sum(1 for count in counts if count), len(counts))


def _json(one: Sum) -> dict[str, Any]:
    return {"reached": one.reached, "total": one.total, "percent": one.percent}
