"""
Python values <-> JSON text, models and the values of formats among them. Only this file calls msgspec.

Whatever is wrong with a text becomes a Violation of code `json` that says where; nothing else is raised.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from pymacaron.schema.formats import FORMATS, TextUUID
from pymacaron.schema.violations import Violation, Violations

__all__ = ["json_decode", "json_encode", "plain"]

#: The classes of values that hold no others
_ATOMS = frozenset((str, int, float, bool, type(None)))

_BOM = b"\xef\xbb\xbf"

#: the formats whose values msgspec does not know, or writes otherwise than we do
_UNCONVERT = [(known.type, known.unconvert) for known in FORMATS.values() if known.type and known.unconvert]


def json_decode(data: bytes, location: str = "body") -> Any:
    """The JSON value of *data*, integers of any size kept. Raises Violations, of one Violation with code `json`."""
    try:
        return _decode(data)
    except (ValueError, RecursionError) as error:
        if data.startswith(_BOM):
            return json_decode(data[len(_BOM) :], location)
        raise Violations([Violation(location, "", "json", _fault(data, error))]) from None


def json_encode(value: Any) -> bytes:
    """
    *value* as compact JSON: plain values, models, datetimes, UUIDs, bytes (as base64) and Decimals, at any depth.

    Raises ValueError or TypeError where it has no JSON: nesting without end, a class that nothing is known about. A
    float that is not finite becomes null, as in JavaScript; only validation tells.
    """
    try:
        return _encode(_spelled(value) if TextUUID.made else value)
    except RecursionError:
        raise ValueError("the value is nested too deep, or contains itself") from None


def plain(value: Any) -> Any:
    """
    *value* as JSON carries it: a copy of dicts, lists, strings, numbers, booleans and None alone. Fails as
    json_encode does.
    """
    return _decode(json_encode(value))


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


_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(enc_hook=_hook, decimal_format="number").encode
