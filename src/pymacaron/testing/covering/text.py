"""A Report as a terminal shows it: a row for each kind, then what was not reached, by file and line."""

from __future__ import annotations

from collections.abc import Iterator

from pymacaron.testing.covering.points import KINDS, Owner, Point
from pymacaron.testing.covering.report import Report, Sum

__all__ = ["brief", "text", "told"]

#: Of what was not reached, and of calls that no description knows, so many lines
_LINES, _STRAYS = 200, 20


def text(report: Report, *, lines: int = _LINES) -> str:
    """*lines*: how many points that were not reached it lists at most."""
    return "\n".join(_lines(report, lines)) + "\n"


def brief(report: Report) -> str:
    """One line: how much was reached in all."""
    total = report.total
    return f"Coverage: {total.reached} of {total.total}, {total.percent:.1f} %"


def _lines(report: Report, most: int) -> Iterator[str]:
    names = " and ".join(name for name, _, _ in report.apis) or "no description"
    yield f"Coverage of {names} by {_calls(report.calls)}"
    rows = [(KINDS[kind], one) for kind, one in report.kinds().items()]
    for name, one in [*rows, ("all", report.total)]:
        yield _row(name, one)
    yield from _missed(report, most)
    yield from _strays(
        "Calls of no operation", [f"{one.name}: {one.status}, {_calls(one.calls)}" for one in report.strays]
    )
    undeclared = [f"{one.name}: {one.status}, {_calls(one.calls)}" for one in report.undeclared]
    yield from _strays("Statuses that are not declared", undeclared)
    yield from _strays("Calls that were not passed on, not answered or not followed", list(report.failures))
    if report.unseen:
        yield ""
        yield f"Errors of the framework that no answer had (not counted): {', '.join(report.unseen)}"
    if report.unread:
        yield ""
        why = "too large, cut off, or packed in a way not known"
        yield f"{_calls(report.unread)} with a body that is not looked into: {why}"


def _row(name: str, one: Sum) -> str:
    return f"  {name:<20}{one.reached:>6} of {one.total:<6}{one.percent:>6.1f} %"


def _missed(report: Report, most: int) -> Iterator[str]:
    missed = sorted(report.missed(), key=lambda one: (one.file, one.line))
    if not missed:
        return
    yield ""
    yield "Not reached:"
    for point in missed[:most]:
        yield f"  {point.file}:{point.line}: {told(point, len(report.apis) > 1)}"
    if len(missed) > most:
        yield f"  and {len(missed) - most} more: --coverage-html and --coverage-json have all of them"


def told(point: Point, is_one_of_several: bool) -> str:
    """`GET /v1/pets: status 404`"""
    owner: Owner = point.owner
    name = f"{owner.api}: {owner.name}" if is_one_of_several else owner.name
    kind = f"{point.kind} " if point.kind in ("status", "error", "parameter") else ""
    return f"{name}: {'never called' if point.kind == 'operation' else kind + point.what}"


def _strays(title: str, rows: list[str]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"{title}:"
    for row in rows[:_STRAYS]:
        yield f"  {row}"
    if len(rows) > _STRAYS:
        yield f"  and {len(rows) - _STRAYS} more"


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"
