"""
The arguments and results of tasks <-> JSON text: models of any api, datetimes, UUIDs, bytes, and what holds them.

What plain JSON has no way to say is an object with the members `$` (its kind) and `v`; an object of the user's that has
a `$` itself is one of kind `dict`. What cannot come back as it was is refused, with its place, when it is sent: classes
are those of the table below, and none that inherit from them. The same value is the same text in every process.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pymacaron.finding import with_article
from pymacaron.pool import ApiPool
from pymacaron.schema.formats import FORMATS, TextBytes, TextDatetime, TextUUID
from pymacaron.schema.models import Model, get_model_name, to_json, wrap
from pymacaron.schema.wire import MALFORMED, json_encode, reread

__all__ = ["ArgumentError", "UnreadableError", "decode", "encode", "encode_call", "packed", "unpacked"]

#: The deepest nesting that is sent
_DEEPEST = 100
_KIND, _VALUE = "$", "v"
_ATOMS = frozenset((str, int, bool, type(None)))


class ArgumentError(TypeError):
    """A value that cannot be sent to a task; the text says which, what it is and what can be."""


class UnreadableError(ValueError):
    """A value that was sent cannot be read here: its model or its kind is not known."""


def encode(value: Any, what: str) -> bytes:
    """The JSON text of *value*. Raises ArgumentError, in which *what* is its name."""
    return _text(packed(value, what), what)


def encode_call(args: Sequence[Any], kwargs: Mapping[str, Any], names: Sequence[str]) -> bytes:
    """The text of `[args, kwargs]`, for a function whose parameters are *names*. Raises ArgumentError."""
    called = [
        value if type(value) in _ATOMS else packed(value, f"the argument {names[min(index, len(names) - 1)]!r}", 1)
        for index, value in enumerate(args)
    ]
    named = {
        name: value if type(value) in _ATOMS else packed(value, f"the argument {name!r}", 1)
        for name, value in kwargs.items()
    }
    return _text([called, named if _KIND not in named else packed(dict(kwargs), "the arguments")], "an argument")


def decode(text: bytes) -> Any:
    """The value whose text encode() gave. Raises UnreadableError."""
    try:
        return unpacked(reread(text))
    except MALFORMED as error:
        raise error if isinstance(error, UnreadableError) else UnreadableError("it is no JSON") from None


def _text(value: Any, what: str) -> bytes:
    try:
        return json_encode(value)
    except UnicodeEncodeError:
        raise ArgumentError(f"{what} has a text that is no Unicode: a lone surrogate") from None
    except ValueError as error:
        raise ArgumentError(f"{what} has no JSON: {error}") from None


def packed(value: Any, what: str, depth: int = 0) -> Any:
    """*value* as plain JSON values. Raises ArgumentError, in which *what* is its name."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is float:
        return value if math.isfinite(value) else {_KIND: "float", _VALUE: repr(value)}
    if depth > _DEEPEST:
        raise ArgumentError(f"{what:.80}... is nested deeper than {_DEEPEST} levels, or contains itself")
    if kind is list:
        return _packed_items(value, what, depth)
    if kind is dict:
        return _packed_dict(value, what, depth)
    if isinstance(value, Model):
        return _packed_model(value, what)
    if kind is tuple:
        return {_KIND: "tuple", _VALUE: _packed_items(value, what, depth)}
    if kind in (set, frozenset):
        items = [packed(item, f"an item of {what}", depth + 1) for item in value]
        return {_KIND: kind.__name__, _VALUE: sorted(items, key=lambda item: _text(item, what))}
    if kind is TextDatetime and not hasattr(value, "text"):  # reckoned of one that was read
        kind = datetime
    known = _PACKED.get(kind)
    if known is None:
        raise ArgumentError(
            f"{what} is {with_article(kind.__name__)}, which cannot be sent to a task: send models, plain values, "
            "datetimes, UUIDs, Decimals, bytes, and lists, tuples, sets and dicts of them"
        )
    try:
        return {_KIND: known[0], _VALUE: known[1](value)}
    except ValueError as error:
        raise ArgumentError(f"{what} cannot be sent to a task: {error}") from None


def _packed_items(value: Sequence[Any], what: str, depth: int) -> list[Any]:
    return [
        item if type(item) in _ATOMS else packed(item, f"{what}[{index}]", depth + 1)
        for index, item in enumerate(value)
    ]


def _packed_dict(value: Mapping[Any, Any], what: str, depth: int) -> Any:
    if all(type(key) is str for key in value) and _KIND not in value:
        return {
            key: item if type(item) in _ATOMS else packed(item, f"{what}[{key!r}]", depth + 1)
            for key, item in value.items()
        }
    pairs = [
        [packed(key, f"a key of {what}", depth + 1), packed(item, f"{what}[{key!r:.80}]", depth + 1)]
        for key, item in value.items()
    ]
    return {_KIND: "dict", _VALUE: pairs}


def _packed_model(model: Model, what: str) -> Any:
    record = model.__pym_record__
    try:
        members = to_json(model)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{what}, the model {record.name}, has no JSON: {error}") from None
    return {_KIND: "model", "api": record.api, "model": get_model_name(model), _VALUE: members}


def unpacked(value: Any) -> Any:
    """The value that packed() was given. Raises UnreadableError."""
    if type(value) is list:
        return [unpacked(item) for item in value]
    if type(value) is not dict:
        return value
    kind = value.get(_KIND)
    if kind is None:
        return {key: unpacked(item) for key, item in value.items()}
    unpack = _UNPACKED.get(kind) if isinstance(kind, str) else None
    if unpack is None and kind != "model":
        raise UnreadableError(f"a value of kind {kind!r:.80} was sent, which this version does not know")
    try:
        return _model(value) if unpack is None else unpack(value[_VALUE])
    except UnreadableError:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError):
        raise UnreadableError(f"a value of kind {kind!r} was sent that is none") from None


def _model(value: Mapping[str, Any]) -> Any:
    loaded = ApiPool._named(value["api"])
    if loaded is None:
        raise UnreadableError(f"a model of the api {value['api']!r:.80} was sent, which is not loaded here")
    try:
        cls = getattr(loaded.model, value["model"])
    except AttributeError as error:
        raise UnreadableError(f"a model was sent that is not known here: {error}") from None
    data = value[_VALUE]
    if cls.__pym_record__.receive is not None:
        cls.__pym_record__.receive(data)
    return wrap(cls, data)


def _offset(value: datetime | time) -> list[Any]:
    """
    `[ISO 8601, fold]`, and the name of its time zone where that has one. Another zone of a datetime is its offset then;
    ValueError where it has none, as that of a time.
    """
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    if zone is not None:
        return [value.replace(tzinfo=None).isoformat(), value.fold, zone]
    if value.tzinfo is not None and value.utcoffset() is None:
        raise ValueError("its time zone has no name")
    return [value.isoformat(), value.fold]


def _in_zone(value: Any, fold: int, zone: str | None = None) -> Any:
    return value.replace(fold=fold, tzinfo=ZoneInfo(zone)) if zone is not None else value.replace(fold=fold)


#: dict: class -> its kind, and its value as one that JSON has
_PACKED: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    bytearray: ("bytearray", lambda value: base64.b64encode(value).decode()),
    datetime: ("datetime", _offset),
    date: ("date", date.isoformat),
    time: ("time", _offset),
    timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    Decimal: ("Decimal", str),
    UUID: ("UUID", str),
    complex: ("complex", lambda value: [repr(value.real), repr(value.imag)]),
    # What was read from a text that is not the canonical one keeps it
    TextBytes: ("text", lambda value: ["byte", value.text]),
    TextDatetime: ("text", lambda value: ["date-time", value.text]),
    TextUUID: ("text", lambda value: ["uuid", value.text]),
}

#: dict: kind -> the value of what stands under `v`
_UNPACKED: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "dict": lambda pairs: {unpacked(key): unpacked(item) for key, item in pairs},
    "tuple": lambda items: tuple(map(unpacked, items)),
    "set": lambda items: set(map(unpacked, items)),
    "frozenset": lambda items: frozenset(map(unpacked, items)),
    "bytes": lambda text: base64.b64decode(text, validate=True),
    "bytearray": lambda text: bytearray(base64.b64decode(text, validate=True)),
    "datetime": lambda told: _in_zone(datetime.fromisoformat(told[0]), *told[1:]),
    "date": date.fromisoformat,
    "time": lambda told: _in_zone(time.fromisoformat(told[0]), *told[1:]),
    "timedelta": lambda parts: timedelta(*parts),
    "Decimal": Decimal,
    "UUID": UUID,
    "complex": lambda parts: complex(float(parts[0]), float(parts[1])),
    "text": lambda told: FORMATS[told[0]].convert(told[1]),  # type: ignore[misc]  # those that are sent have one
}
