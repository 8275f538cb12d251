"""
What attributes are stored as that a store itself looks at: times in keys, so that they sort; UUIDs in keys, so that one
UUID is one key; the end of an item (ttl), which DynamoDB wants in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pymacaron.schema.formats import FORMATS

__all__ = ["ENDING", "KEY_TIME", "KEY_UUID", "Form", "ended"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_is_key_time = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z").fullmatch
_fraction = re.compile(r"\.(\d+)").search
_leap = re.compile(r"[Tt]\d\d:\d\d:60").search


@dataclass(frozen=True, slots=True)
class Form:
    """
    `store(JSON value) -> what is stored`, ValueError with a sentence where nothing could be; `give`: the way back,
    where what is not of this form stays as it is. `stays(JSON value)`: whether it is for certain stored as it is, and
    given back so; False where that takes a closer look.
    """

    store: Callable[[Any], Any]
    give: Callable[[Any], Any]
    stays: Callable[[Any], bool] = lambda value: False


def ended(ttl: Any, now: float) -> bool:
    """Whether *ttl*, a stored value, is a second of the epoch that is not after *now*. Anything else never ends."""
    return ttl.__class__ in (int, float, Decimal) and bool(ttl <= now)


def _time(text: str) -> datetime:
    convert = FORMATS["date-time"].convert
    assert convert is not None
    try:
        return convert(text).astimezone(UTC)  # type: ignore[no-any-return]
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r:.80} is no date-time of RFC 3339 that Python has") from None


def _usual(value: datetime) -> str:
    unconvert = FORMATS["date-time"].unconvert
    assert unconvert is not None
    return str(unconvert(value))


def _key_time(value: Any) -> Any:
    if value.__class__ is not str:
        return value
    digits = _fraction(value)
    if digits is not None and digits[1].rstrip("0")[6:]:
        raise ValueError(f"{value!r:.80} has more than the six digits of a second that a key can have")
    if _leap(value):
        raise ValueError(f"{value!r:.80} is a leap second, which sorts with none of the others in a key")
    return f"{_time(value).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _is_usual_time(value: Any) -> bool:
    """Whether *value* is a time as keys have it, of whose digits none is left out when it is written."""
    if value.__class__ is not str or _is_key_time(value) is None or value[-2] == "0":
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _of_key_time(stored: Any) -> Any:
    if stored.__class__ is not str or _is_key_time(stored) is None:
        return stored
    try:
        return _usual(datetime.fromisoformat(stored))
    except ValueError:
        return stored


def _key_uuid(value: Any) -> Any:
    convert = FORMATS["uuid"].convert
    assert convert is not None
    if value.__class__ is not str:
        return value
    try:
        found = convert(value)
    except ValueError:
        return value
    # The form of RFC 4122 in capital letters alone: others are text as any other
    return value.lower() if value.lower() == f"{found.hex[:8]}-{_groups(found.hex)}" else value


def _groups(digits: str) -> str:
    return "-".join((digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _ending(value: Any) -> Any:
    """The second at which the time *value* is over: rounded up. A number is stored as it is, 0.0 as 0."""
    if value.__class__ is float and value.is_integer():
        return int(value)
    if value.__class__ is Decimal and value == value.to_integral_value():
        return int(value)
    return -((_EPOCH - _time(value)) // _SECOND) if value.__class__ is str else value


def _of_ending(stored: Any) -> Any:
    if stored.__class__ is not int:
        return stored
    try:
        return _usual(_EPOCH + timedelta(seconds=stored))
    except OverflowError:
        return stored


KEY_TIME = Form(_key_time, _of_key_time, _is_usual_time)
KEY_UUID = Form(_key_uuid, lambda stored: stored)
ENDING = Form(_ending, _of_ending)
