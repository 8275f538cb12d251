"""
The arguments and results of tasks <-> JSON text: models of any api, datetimes, UUIDs, bytes, and what holds them.

What plain JSON has no way to say is an object with the members `$` (its kind) and `v`; an object of the user's that has
a `$` itself is one of kind `dict`. What cannot come back as it was is refused, with its place, when it is sent.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pymacaron.finding import with_article
from pymacaron.pool import ApiPool
from pymacaron.schema.models import Model, get_model_name, to_json, wrap
from pymacaron.schema.wire import json_encode, reread

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
    try:
        return json_encode(packed(value, what))
    except UnicodeEncodeError:
        raise ArgumentError(f"{what} has a text that is no Unicode: a lone surrogate") from None


def encode_call(args: Sequence[Any], kwargs: Mapping[str, Any], names: Sequence[str]) -> bytes:
    """The text of `[args, kwargs]`, for a function whose parameters are *names*. Raises ArgumentError."""
    called = [
        packed(value, f"the argument {names[min(index, len(names) - 1)]!r}", 1) for index, value in enumerate(args)
    ]
    named = {name: packed(value, f"the argument {name!r}", 1) for name, value in kwargs.items()}
    try:
        return json_encode([called, named if _KIND not in named else packed(dict(kwargs), "the arguments")])
    except UnicodeEncodeError:
        raise ArgumentError("an argument has a text that is no Unicode: a lone surrogate") from None


def decode(text: bytes) -> Any:
    """The value whose text encode() gave. Raises UnreadableError."""
    return unpacked(reread(text))


def packed(value: Any, what: str, depth: int = 0) -> Any:
    """*value* as plain JSON values. Raises ArgumentError, in which *what* is its name."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is float:
        return value if math.isfinite(value) else {_KIND: "float", _VALUE: repr(value)}
    if depth > _DEEPEST:
        raise ArgumentError(f"{what} is nested deeper than {_DEEPEST} levels, or contains itself")
    if kind is list:
        return [packed(item, f"{what}[{index}]", depth + 1) for index, item in enumerate(value)]
    if kind is dict:
        return _packed_dict(value, what, depth)
    if isinstance(value, Model):
        return _packed_model(value, what)
    if kind in _ITEMS:
        items = [packed(item, f"{what}[...]", depth + 1) for item in value]
        return {_KIND: kind.__name__, _VALUE: items}
    pack = _PACKED.get(kind)
    if pack is None:
        raise ArgumentError(
            f"{what} is {with_article(kind.__name__)}, which cannot be sent to a task: send models, plain values, "
            "datetimes, UUIDs, Decimals, bytes, and lists, tuples, sets and dicts of them"
        )
    return {_KIND: kind.__name__, _VALUE: pack(value)}


def _packed_dict(value: Mapping[Any, Any], what: str, depth: int) -> Any:
    if all(type(key) is str for key in value) and _KIND not in value:
        return {key: packed(item, f"{what}[{key!r}]", depth + 1) for key, item in value.items()}
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
    unpack = _UNPACKED.get(kind)
    if unpack is None:
        raise UnreadableError(f"a value of kind {kind!r:.80} was sent, which this version does not know")
    try:
        return _model(value) if kind == "model" else unpack(value[_VALUE])
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        if isinstance(error, UnreadableError):
            raise
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


_ITEMS = frozenset((tuple, set, frozenset))

#: dict: class -> its value as one that JSON has
_PACKED: dict[type, Callable[[Any], Any]] = {
    bytes: lambda value: base64.b64encode(value).decode(),
    bytearray: lambda value: base64.b64encode(value).decode(),
    datetime: lambda value: [value.isoformat(), value.fold],
    date: date.isoformat,
    time: lambda value: [value.isoformat(), value.fold],
    timedelta: lambda value: [value.days, value.seconds, value.microseconds],
    Decimal: str,
    UUID: str,
    complex: lambda value: [repr(value.real), repr(value.imag)],
}

#: dict: kind -> the value of what stands under `v`
_UNPACKED: dict[str, Callable[[Any], Any]] = {
    "model": unpacked,
    "float": float,
    "dict": lambda pairs: {unpacked(key): unpacked(item) for key, item in pairs},
    "tuple": lambda items: tuple(map(unpacked, items)),
    "set": lambda items: set(map(unpacked, items)),
    "frozenset": lambda items: frozenset(map(unpacked, items)),
    "bytes": base64.b64decode,
    "bytearray": lambda text: bytearray(base64.b64decode(text)),
    "datetime": lambda pair: datetime.fromisoformat(pair[0]).replace(fold=pair[1]),
    "date": date.fromisoformat,
    "time": lambda pair: time.fromisoformat(pair[0]).replace(fold=pair[1]),
    "timedelta": lambda parts: timedelta(*parts),
    "Decimal": Decimal,
    "UUID": UUID,
    "complex": lambda parts: complex(float(parts[0]), float(parts[1])),
}
