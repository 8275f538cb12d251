"""
Python values <-> JSON text, models and the values of formats among them. Only this file calls msgspec.

Whatever is wrong with a text becomes a Violation of code `json` that says where; nothing else is raised. What a model
or a handler gives is sent as it is or refused: never a NaN as null, never a datetime without its offset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from pymacaron.schema.formats import FORMATS, TextUUID
from pymacaron.schema.violations import Violation, Violations, pointer_text

__all__ = ["json_decode", "json_encode", "json_exact", "plain"]

#: The classes of values that hold no others
_ATOMS = frozenset((str, int, float, bool, type(None)))

#: Those of them that JSON has for each of their values
_SAYABLE = frozenset((str, int, bool, type(None)))

_BOM = b"\xef\xbb\xbf"

#: What looks like the end of a text that is a datetime without an offset
_local_time = re.compile(rb'T\d\d:\d\d:\d\d(?:\.\d+)?"').search
#: What looks like a float in MessagePack that is not finite: all bits of its exponent are set
_odd_float = re.compile(rb"\xcb[\x7f\xff][\xf0-\xff]").search

#: the formats whose values msgspec does not know, or writes otherwise than we do
_UNCONVERT = [(known.type, known.unconvert) for known in FORMATS.values() if known.type and known.unconvert]


def json_decode(data: bytes, location: str = "body") -> Any:
    """
    The JSON value of *data*, integers of any size kept. Raises Violations, of one Violation with code `json`.

    One byte order mark before the text is passed over, as RFC 8259, section 8.1, allows; a second one is an error.
    """
    try:
        return _decode(memoryview(data)[len(_BOM) :] if data[:3] == _BOM else data)
    except (ValueError, RecursionError) as error:
        fault = _fault(data.removeprefix(_BOM), error)
    raise Violations([Violation(location, "", "json", fault)])


def json_encode(value: Any) -> bytes:
    """
    *value* as compact JSON: plain values, models, datetimes, UUIDs, bytes (as base64) and Decimals, at any depth.

    Raises ValueError or TypeError where it has no JSON: nesting without end, a class that nothing is known about. A
    float that is not finite becomes null, as in JavaScript, and a datetime without a time zone goes without: for
    errors and documents of our own, which have to be sent. All else goes by json_exact.
    """
    try:
        return _encode(_spelled(value) if TextUUID.made else value)
    except RecursionError:
        raise ValueError("the value is nested too deep, or contains itself") from None


def json_exact(value: Any) -> bytes:
    """
    As json_encode, but ValueError, naming the place, for what JSON has no way to say: a number that is not finite, a
    datetime without a time zone (RFC 8259, section 6; RFC 3339, section 5.6).
    """
    data = json_encode(value)
    # Each of them leaves a trace in the text, which is faster to look for than the values themselves
    odd_decimal = (b"N" in data and b"NaN" in data) or (b"I" in data and b"Infinity" in data)
    if odd_decimal or _local_time(data) or (b"null" in data and _may_have_odd_float(value)):
        value = msgspec.to_builtins(value, builtin_types=_KEPT, enc_hook=_hook)
        if value.__class__ not in _SAYABLE:
            try:
                _refuse_unsayable(value, ())
            except RecursionError:
                raise ValueError("the value is nested too deep") from None
    return data


def plain(value: Any) -> Any:
    """
    *value* as JSON carries it: a copy of dicts, lists, strings, numbers, booleans and None alone. Fails as
    json_exact does.
    """
    return _decode(json_exact(value))


def _may_have_odd_float(value: Any) -> bool:
    """Whether there may be a float in *value* that is not finite: false means that there is none."""
    try:
        return _odd_float(_pack(value)) is not None
    except (ValueError, OverflowError):  # an integer beyond 64 bits
        return True


def _refuse_unsayable(value: Any, path: tuple[Any, ...]) -> None:
    """Raise ValueError for the first thing in *value*, of to_builtins, whose JSON says less than it does."""
    if isinstance(value, (dict, list, tuple)):
        for token, inner in value.items() if isinstance(value, dict) else enumerate(value):
            cls = inner.__class__
            if cls in _SAYABLE or (cls is float and inner - inner == 0):
                continue
            _refuse_unsayable(inner, (*path, token))
    elif isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError(f"{pointer_text(path) or 'the value'}: a datetime without a time zone")
    elif not (value.is_finite() if isinstance(value, Decimal) else isfinite(value)):
        raise ValueError(f"{pointer_text(path) or 'the value'}: {value} is no number of JSON")


def _spelled(value: Any) -> Any:
    """*value* with the original text of every UUID that has one, since msgspec would write the canonical one."""
    if isinstance(value, TextUUID):
        return value.text
    if isinstance(value, dict):
        return {name: member if member.__class__ in _ATOMS else _spelled(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [item if item.__class__ in _ATOMS else _spelled(item) for item in value]
    data = getattr(value, "_dáta", None)
    return value if data is None else _spelled(data)


def _hook(value: Any) -> Any:
    """What msgspec does not know: models first, then the classes of formats, then subclasses of plain types."""
    try:
        return value._dáta
    except AttributeError:
        pass
    for cls, unconvert in _UNCONVERT:
        if isinstance(value, cls):
            return unconvert(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(
        f"{value.__class__.__name__} has no JSON; models, dicts, lists, text, numbers, dates and UUIDs have"
    )


def _fault(data: bytes, error: Exception) -> str:
    """What keeps *data* from being JSON, with the line and the column."""
    if isinstance(error, RecursionError):
        return "is nested too deep"
    if not data.strip():
        return "is empty; JSON is asked"
    if data.startswith(_BOM):
        return "is not JSON: it begins with more than one byte order mark"
    try:
        text = data.decode()
    except UnicodeDecodeError as broken:
        return f"is not UTF-8: {_place(data[: broken.start].decode())}"
    if isinstance(error, msgspec.ValidationError):
        return "holds a number that is out of range"
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as broken:
        return f"is not JSON: {broken.msg[:1].lower()}{broken.msg[1:]}, {_place(text[: broken.pos])}"
    except ValueError as broken:
        return f"is not JSON: {broken}"
    except RecursionError:
        return "is nested too deep"
    return "is not JSON: it holds half of a surrogate pair"


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _place(before: str) -> str:
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return f"line {line}, column {column}"


#: What to_builtins leaves as it is, since its text says less
_KEPT = (datetime, Decimal)

_decode = msgspec.json.Decoder().decode
_pack = msgspec.msgpack.Encoder(enc_hook=_hook).encode
_encode = msgspec.json.Encoder(enc_hook=_hook, decimal_format="number").encode
