"""
What an operation says of its end -> the headers `Deprecation` and `Sunset` of its replies.

`deprecated: true`, `x-deprecated-at` and `x-sunset`; the dates are days (UTC) or times with an offset, as RFC 3339 has
them. Source: RFC 9745, RFC 8594.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import format_datetime

from pymacaron.finding import Finding
from pymacaron.spec.model import Operation

__all__ = ["AT", "SUNSET", "deprecation", "unusable"]

AT = "x-deprecated-at"
SUNSET = "x-sunset"
_DAY = 10


def deprecation(operation: Operation) -> tuple[tuple[str, str], ...]:
    """The headers, (name, value) each. `@0` says that it is deprecated, and not since when."""
    at, sunset = _moment(operation.extensions.get(AT)), _moment(operation.extensions.get(SUNSET))
    found = []
    if at is not None or operation.deprecated:
        found.append(("Deprecation", f"@{0 if at is None else int(at.timestamp())}"))
    if sunset is not None:
        found.append(("Sunset", format_datetime(sunset, usegmt=True)))
    return tuple(found)


def unusable(operation: Operation) -> Iterator[Finding]:
    """What of it has no effect, since it is no date; and an end that comes before the deprecation."""
    for name in (AT, SUNSET):
        if name in operation.extensions and _moment(operation.extensions[name]) is None:
            fact = f"{name} is {_shown(operation.extensions[name])}, not a date"
            yield operation.node.child(name).finding("unusable-date", fact, 'Write it as "2027-01-31", or with a time')
    at, sunset = _moment(operation.extensions.get(AT)), _moment(operation.extensions.get(SUNSET))
    if at is not None and sunset is not None and sunset < at:
        fact = f"{SUNSET} is before {AT}"
        yield operation.node.child(SUNSET).finding("unusable-date", fact, "An operation is deprecated before it ends")


def _moment(value: object) -> datetime | None:
    """*value* as an aware UTC datetime; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == _DAY and value[4] == value[7] == "-":
            day = date.fromisoformat(value)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(value) if value[_DAY : _DAY + 1] in ("T", "t", " ") else None
        return moment.astimezone(UTC).replace(microsecond=0) if moment is not None and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _shown(value: object) -> str:
    shown = repr(value) if isinstance(value, (str, bool, int, float)) else "no text"
    return shown if len(shown) <= 80 else shown[:77] + "..."
