"""
An Item <-> the AttributeValues that DynamoDB is sent and sends: no I/O, and no library either.

boto3's own serializers take Decimals alone and give them back; here numbers are those of stores.py.
Source: AttributeValue in the API Reference of Amazon DynamoDB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pymacaron.store.numbers import Number, number
from pymacaron.store.stores import Item, ItemError

__all__ = ["AttributeValue", "decoded", "encoded", "from_value", "to_value"]

AttributeValue = Mapping[str, Any]


def encoded(item: Item) -> dict[str, AttributeValue]:
    """*item*, as DynamoDB is sent it. Raises ItemError for a value of a type that Items do not have."""
    return {
        name: _WRITERS[kind](one) if (kind := type(one)) in _WRITERS else to_value(one) for name, one in item.items()
    }


def decoded(values: Mapping[str, AttributeValue]) -> Item:
    """The Item of what DynamoDB has sent."""
    return {name: value["S"] if "S" in value else from_value(value) for name, value in values.items()}


def to_value(value: Any) -> AttributeValue:
    """One *value*. Raises ItemError."""
    for kind in type(value).__mro__:
        write = _WRITERS.get(kind)
        if write is not None:
            return write(value)
    given = f"A value of type {type(value).__name__}"
    raise ItemError(f"{given} cannot be stored: give text, a number, a boolean, bytes, a list or a dict")


def from_value(value: AttributeValue) -> Any:
    """The value of one AttributeValue."""
    ((kind, content),) = value.items()
    return _READERS[kind](content)


# ---- there


def _text(value: str) -> AttributeValue:
    return {"S": value}


def _truth(value: bool) -> AttributeValue:
    return {"BOOL": value}


def _number(value: Number) -> AttributeValue:
    return {"N": _digits(value)}


def _digits(value: Any) -> str:
    text = repr(value) if isinstance(value, float) else str(value)
    return "0" if text in ("-0.0", "-0") else text


def _nothing(value: None) -> AttributeValue:
    return {"NULL": True}


def _bytes(value: bytes) -> AttributeValue:
    return {"B": bytes(value)}


def _list(value: list[Any]) -> AttributeValue:
    return {"L": [to_value(one) for one in value]}


def _map(value: Item) -> AttributeValue:
    return {"M": encoded(value)}


def _set(value: set[Any]) -> AttributeValue:
    """In an order that is the same in every process."""
    one = next(iter(value), None)
    if isinstance(one, str):
        return {"SS": sorted(value)}
    if isinstance(one, (bytes, bytearray)):
        return {"BS": sorted(value)}
    return {"NS": sorted(map(_digits, value))}


_WRITERS: dict[type, Callable[[Any], AttributeValue]] = {
    str: _text,
    bool: _truth,
    int: _number,
    float: _number,
    Decimal: _number,
    type(None): _nothing,
    bytes: _bytes,
    bytearray: _bytes,
    list: _list,
    tuple: _list,
    dict: _map,
    set: _set,
    frozenset: _set,
}


# ---- and back


def _read_number(text: str) -> Number:
    try:
        return int(text)
    except ValueError:
        pass
    return number(Decimal(text))


def _same(content: Any) -> Any:
    return content


_READERS: dict[str, Callable[[Any], Any]] = {
    "S": _same,
    "N": _read_number,
    "BOOL": _same,
    "NULL": lambda content: None,
    "B": bytes,
    "L": lambda content: [from_value(one) for one in content],
    "M": decoded,
    "SS": set,
    "NS": lambda content: {_read_number(one) for one in content},
    "BS": lambda content: {bytes(one) for one in content},
}
