"""
Format name -> how a value of that format is checked, and what Python value it becomes.

A format whose Python type could lose something (nanoseconds, a leap second, the case of a UUID, odd base64) gives a
subclass of that type that carries the original `text`, which is what is sent again. No I/O, and no JSON here: wire.py,
members.py and plans.py call these functions. What has no `check` here is checked by jsonschema-rs, whose own checks are
exact and faster.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, ClassVar, SupportsIndex
from uuid import UUID
from weakref import ReferenceType

from msgspec import to_builtins

__all__ = ["FORMATS", "RANGES", "Format", "TextBytes", "TextDatetime", "TextUUID"]

#: dict: numeric format -> its least and its greatest value. OAS 3.0.4, "Data Type Format"; floats have to be finite
RANGES: Mapping[str, tuple[int | float, int | float]] = MappingProxyType(
    {
        "int32": (-(2**31), 2**31 - 1),
        "int64": (-(2**63), 2**63 - 1),
        "float": (-3.4028234663852886e38, 3.4028234663852886e38),
        "double": (-1.7976931348623157e308, 1.7976931348623157e308),
    }
)


@dataclass(frozen=True, slots=True)
class Format:
    """
    `check(value) -> bool`: whether a JSON string or number is of this format; None leaves that to the validator.

    `convert`: JSON value -> Python value, ValueError where there is none; `unconvert`: an instance of `type` -> JSON
    value, ValueError where it cannot be sent. All three are None for a format that is only checked.
    """

    check: Callable[[Any], bool] | None = None
    convert: Callable[[Any], Any] | None = None
    unconvert: Callable[[Any], Any] | None = None
    type: type | tuple[type, ...] | None = None


class TextDatetime(datetime):
    """An aware datetime together with the text that it was read from, which says more than a datetime can hold."""

    __slots__ = ("text",)
    text: str

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        text = getattr(self, "text", None)
        if text is None:
            return datetime.combine(self.date(), self.timetz()).__reduce_ex__(protocol)
        return _datetime, (text,)


class TextUUID(UUID):
    """
    A UUID together with the text that it was read from, which is not the canonical one.

    `alive` are those in use, by id: msgspec writes every UUID canonically, so wire.py has to look for them while there
    are any.
    """

    __slots__ = ("text",)
    text: str
    alive: ClassVar[dict[int, ReferenceType[TextUUID]]] = {}

    def __reduce__(self) -> Any:
        return _uuid, (self.text,)


class TextBytes(bytes):
    """Bytes together with the base64 text that they were read from, which is not the canonical one."""

    text: str

    def __reduce__(self) -> Any:
        return _bytes, (self.text,)


def _datetime(text: str) -> datetime:
    """The aware datetime that RFC 3339's *text* means. ValueError where there is none: the year 0000, no offset."""
    try:
        value = datetime.fromisoformat(text)
        if len(text) == 20 and text[19] == "Z" and text[10] == "T" and text[7] == "-":  # 2026-03-04T10:11:12Z, as usual
            return value
    except ValueError:
        value = datetime.fromisoformat(_without_leap_second(text.upper()))
    if value.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    if _datetime_text(value) == text:
        return value
    exact = TextDatetime.combine(value.date(), value.timetz())
    exact.text = text
    return exact


def _without_leap_second(text: str) -> str:
    return f"{text[:17]}59{text[19:]}" if text[17:19] == "60" else text


def _datetime_text(value: datetime) -> str:
    """RFC 3339's text of *value*, `Z` for UTC. ValueError where it has no time zone."""
    if value.__class__ is TextDatetime:
        text = getattr(value, "text", None)
        if text is not None:
            return str(text)
    if value.tzinfo is UTC and value.__class__ is datetime:  # the same text, in a tenth of the time
        exact: str = to_builtins(value)
        return exact
    if value.tzinfo is UTC:
        return f"{value.isoformat()[:-6]}Z"
    offset = value.utcoffset()
    if offset is None:
        raise ValueError("a datetime without a time zone; give it one, as datetime.now(UTC) has")
    if offset.seconds % 60 or offset.microseconds:  # ISO 8601 has no such offsets
        value = value.astimezone(UTC)
    text = value.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def _date(text: str) -> date:
    """The date that RFC 3339's *text* means. ValueError where there is none: the year 0000."""
    value = date.fromisoformat(text)
    if value.isoformat() != text:  # 20260304 and 2026-W10-3 are ISO 8601, not RFC 3339
        raise ValueError(f"{text!r} is no RFC 3339 date")
    return value


def _date_text(value: date) -> Any:
    return value if isinstance(value, datetime) else value.isoformat()


def _uuid(text: str) -> UUID:
    value = UUID(text)
    if str(value) == text:
        return value
    exact = TextUUID(int=value.int)
    object.__setattr__(exact, "text", text)
    key, alive = id(exact), TextUUID.alive
    alive[key] = ReferenceType(exact, lambda _: alive.pop(key, None))
    return exact


def _uuid_text(value: UUID) -> str:
    return value.text if isinstance(value, TextUUID) else str(value)


def _bytes(text: str) -> bytes:
    """The bytes whose base64 (RFC 4648, section 4) is *text*. ValueError where it is none."""
    value = binascii.a2b_base64(text, strict_mode=True)
    if _bytes_text(value) == text:
        return value
    exact = TextBytes(value)
    exact.text = text
    return exact


def _bytes_text(value: bytes | bytearray | memoryview) -> str:
    return value.text if isinstance(value, TextBytes) else binascii.b2a_base64(value, newline=False).decode()


def _is_base64(value: Any) -> bool:
    try:
        binascii.a2b_base64(value, strict_mode=True)
    except (ValueError, TypeError):
        return False
    return True


#: dict: format name -> Format, of the formats that are converted or that the validator does not know
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "date-time": Format(None, _datetime, _datetime_text, datetime),
        "date": Format(None, _date, _date_text, date),
        "uuid": Format(None, _uuid, _uuid_text, UUID),
        "byte": Format(_is_base64, _bytes, _bytes_text, (bytes, bytearray, memoryview)),
    }
)
