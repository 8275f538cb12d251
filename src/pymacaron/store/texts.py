"""
An item <-> its JSON text. What JSON lacks (bytes, Decimals, sets) is tagged, `{"$b": "aGk="}`, and the text with it.

Maps whose one name begins with `$` are tagged too, so that no map is taken for a tag. No I/O here.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from decimal import Decimal
from typing import Any

from pymacaron.schema.wire import json_encode, reread
from pymacaron.store.ordering import ordered
from pymacaron.store.stores import Item
from pymacaron.store.usual import UsualItem

__all__ = ["read", "text"]

_BYTES, _DECIMAL, _SET, _MAP = "$b", "$n", "$s", "$m"


def text(item: Item, is_json: bool) -> str:
    """The text of *item*, a stored one (items.checked). `is_json`: whether nothing in it needs a tag."""
    if item.__class__ is UsualItem:
        return item.text.decode()
    return json_encode(item if is_json else {name: _tagged(value) for name, value in item.items()}).decode()


def read(data: bytes, is_json: bool) -> Item:
    """The item whose text() is *data*, in UTF-8."""
    item: Item = reread(data)
    return item if is_json else {name: _untagged(value) for name, value in item.items()}


def _tagged(value: Any) -> Any:
    if isinstance(value, bytes):
        return {_BYTES: b64encode(value).decode()}
    if isinstance(value, Decimal):
        return {_DECIMAL: str(value)}
    if isinstance(value, set):
        return {_SET: [_tagged(one) for one in sorted(value, key=ordered)]}
    if isinstance(value, list):
        return [_tagged(one) for one in value]
    if isinstance(value, dict):
        inner = {name: _tagged(one) for name, one in value.items()}
        return {_MAP: inner} if len(value) == 1 and next(iter(value)).startswith("$") else inner
    return value


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name == _BYTES:
            return b64decode(inner)
        if name == _DECIMAL:
            return Decimal(inner)
        if name == _SET:
            return {_untagged(one) for one in inner}
        if name == _MAP:
            value = inner
    return {name: _untagged(one) for name, one in value.items()}
