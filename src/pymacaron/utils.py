"""
Small functions that services import: aware UTC datetimes, and the container's version. Nothing is added here.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from pymacaron import clocks

__all__ = ["get_container_version", "timenow", "to_datetime", "to_epoch"]


def timenow() -> datetime:
    """Now, as an aware UTC datetime."""
    return datetime.fromtimestamp(clocks.time(), UTC)


def to_datetime(when: datetime | str | float) -> datetime:
    """
    *when* (a datetime, an ISO 8601 text, or seconds since the epoch) as an aware UTC datetime; without a zone, UTC is
    meant.

    Raises ValueError for a text that is no date and for seconds that no datetime can hold.
    """
    if isinstance(when, str):
        when = datetime.fromisoformat(when.strip())
    elif not isinstance(when, datetime):
        try:
            return datetime.fromtimestamp(when, UTC)
        except OverflowError as error:
            raise ValueError(f"{when!r} seconds since the epoch are no date that Python knows") from error
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def to_epoch(when: datetime | str | float) -> int:
    """*when*, as to_datetime takes it, in whole seconds since the epoch, rounded down."""
    return int(to_datetime(when).timestamp() // 1)


def get_container_version() -> str:
    """The version of the container that this service runs in: the variable PYM_CONTAINER_VERSION, else ''."""
    return os.environ.get("PYM_CONTAINER_VERSION", "")
