"""
What can be stored: the rules of DynamoDB, looked at before every write, in every store, so that all refuse the same.

An ItemError says which attribute, the fact, and what would do; never a value but a number. Usual items (text, numbers,
booleans, null, lists and maps of them) take one fast pass; whatever is not usual is looked at again, slowly.
Source: Amazon DynamoDB Developer Guide, "Supported data types and naming rules", "Quotas", "Item sizes and formats".
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.numbers import digits, number
from pymacaron.store.ordering import ordered
from pymacaron.store.stores import Item, ItemError
from pymacaron.store.usual import UsualItem

__all__ = ["LARGEST", "checked", "index_place", "key_bytes", "last_key", "operand", "place", "size"]

#: The most bytes of an item
LARGEST = 400 * 1024

#: The most bytes of a hash, of a range, and of the name of an attribute; the most lists and maps around a value
_HASH, _RANGE, _NAME, _LEVELS = 2048, 1024, 65_535, 31

#: So much is small enough for an item and for each of its names; so long a text for any key, whatever it is made of
_SMALL, _SHORT = 60_000, 256

#: At least the bytes of a number, or of what a list or map takes for itself
_ATOM = 24

#: Of more digits than may be, all of them
_WHOLE = 10**38

#: Floats from here on are whole
_LARGE_FLOAT = 1e16

_TYPES: dict[str, tuple[str, tuple[type, ...]]] = {
    "S": ("text", (str,)),
    "N": ("a number", (int, float, Decimal)),
    "B": ("bytes", (bytes,)),
}
_CALLED = {bool: "a boolean", str: "text", bytes: "bytes", list: "a list", dict: "a map", type(None): "null"}


def checked(table: Definition, item: Item) -> tuple[Item, bool]:
    """
    *item* as stores give it back (the same dict, where nothing in it changes), and whether JSON has all its values.

    Raises ItemError where it cannot be stored, or lacks its key.
    """
    _check_key(table, table.key, item)
    for key in table.indexes.values():
        _check_key(table, key, item)
    if item.__class__ is UsualItem or _room_of_map(item, _LEVELS) >= 0:
        return item, True
    stored = {_name(table, name, ""): _stored(table, value, name, _LEVELS) for name, value in item.items()}
    if (found := size(stored)) > LARGEST:
        fact = f"the item takes {found:,} bytes, and one has at most {LARGEST:,} (400 KB)"
        raise ItemError(f"{table.table}: {fact}; keep large values elsewhere, and where they are in the item")
    return stored, _is_json(stored)


def _check_key(table: Definition, key: Key, item: Item) -> None:
    """Raise ItemError unless the attributes of *key* fit; those of the table's own have to be there."""
    for attribute in key.attributes:
        value: Any = item.get(attribute.name)
        cls, kind = value.__class__, attribute.type
        if (cls is str and kind == "S" and 0 < len(value) <= _SHORT) or (
            cls is int and kind == "N" and -_WHOLE < value < _WHOLE
        ):
            continue
        if attribute.name in item:
            key_bytes(table, key, attribute, value)
        elif key is table.key:
            raise _lacking(table, attribute)


def place(table: Definition, item: Item) -> tuple[bytes, bytes]:
    """Where *item*, or its key, lies: the bytes of hash and range (b"" without one). Raises ItemError."""
    return _place(table, table.key, item)


def index_place(table: Definition, key: Key, item: Item) -> tuple[bytes, bytes] | None:
    """Where *item* lies in an index of that *key*; None where it is not in it, which an item of a wrong type is not."""
    if key.hash.name not in item or (key.range is not None and key.range.name not in item):
        return None
    try:
        return _place(table, key, item)
    except ItemError:
        return None


def last_key(table: Definition, key: Key, item: Item) -> Item:
    """What to go on behind, of *item* in an index of that *key*, or in the table, whose own it is: Rows.last."""
    return {attribute.name: item[attribute.name] for attribute in (*key.attributes, *table.key.attributes)}


def operand(table: Definition, name: str, value: Any) -> Any:
    """*value*, which the attribute *name* is compared with, as stores give it back. Raises ItemError."""
    return _stored(table, value, name, _LEVELS)


def size(item: Item) -> int:
    """The bytes of *item* as DynamoDB counts them, where it is a stored one. Its numbers are an estimate there, too."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, dict):
        return 3 + len(value) + size(value)
    if isinstance(value, list):
        return 3 + len(value) + sum(map(_size, value))
    if isinstance(value, (set, frozenset)):
        return sum(map(_size, value))
    negative, figures, _ = digits(value)
    return (len(figures) + 1) // 2 + 1 + negative


def _place(table: Definition, key: Key, item: Item) -> tuple[bytes, bytes]:
    if key.hash.name not in item:
        raise _lacking(table, key.hash)
    at = key_bytes(table, key, key.hash, item[key.hash.name])
    if key.range is None:
        return at, b""
    if key.range.name not in item:
        raise _lacking(table, key.range)
    return at, key_bytes(table, key, key.range, item[key.range.name])


def key_bytes(table: Definition, key: Key, attribute: Attribute, value: Any) -> bytes:
    """The bytes by which *value* is ordered. Raises ItemError where it cannot be that *attribute* of *key*."""
    if value.__class__ is str and attribute.type == "S" and 0 < len(value) <= _SHORT and value.isascii():
        return value.encode()
    return _odd_key_bytes(table, key, attribute, value)


def _odd_key_bytes(table: Definition, key: Key, attribute: Attribute, value: Any) -> bytes:
    where = f"{table.table}: attribute {attribute.name!r}"
    what, classes = _TYPES[attribute.type]
    whose = "the table's key" if key is table.key else "the key of an index"
    if value.__class__ not in classes:
        mend = f"give {what}" + ("" if key is table.key else ", or leave it out")
        raise ItemError(f"{where} is {_called(value)}, and in {whose} it is {what}; {mend}")
    try:
        found = ordered(value)
    except UnicodeEncodeError:
        raise ItemError(f"{where} holds half of a surrogate pair, which is no text; give whole characters") from None
    except ValueError as error:
        raise ItemError(f"{where} is {error}") from None
    if not found:
        mend = "give at least one " + ("character" if attribute.type == "S" else "byte")
        raise ItemError(f"{where} is empty, which a part of {whose} may not be; {mend}")
    most = _HASH if attribute is key.hash else _RANGE
    if len(found) > most:
        part = "hash" if attribute is key.hash else "range"
        fact = f"{where} takes {len(found):,} bytes, and the {part} of a key has at most {most:,}"
        raise ItemError(f"{fact}; give a shorter one, such as a digest of it")
    return found


def _lacking(table: Definition, attribute: Attribute) -> ItemError:
    fact = f"attribute {attribute.name!r} is not there, and it is part of the table's key"
    return ItemError(f"{table.table}: {fact}; give {_TYPES[attribute.type][0]}")


def _room(values: Iterable[Any], levels: int) -> int:
    """At least the bytes of *values* where they are usual, and so few that they fit; -1: look at them closely."""
    total = 0
    for value in values:
        cls = value.__class__
        if cls is str:
            total += len(value) if value.isascii() else _bytes(value)
        elif cls is int:
            if not -_WHOLE < value < _WHOLE:
                return -1
        elif cls is float:
            if not value % 1 or not 1e-130 <= abs(value) < _LARGE_FLOAT:
                return -1
        elif cls is dict or cls is list:
            inner = -1 if levels < 1 else _room_of_map(value, levels - 1) if cls is dict else _room(value, levels - 1)
            if inner < 0:
                return -1
            total += inner
        elif value is not None and cls is not bool:
            return -1
        total += _ATOM
    return total if total < _SMALL else -1


def _room_of_map(values: dict[str, Any], levels: int) -> int:
    try:
        names = "".join(values)
    except TypeError:
        return -1
    if "" in values or not names.isascii() or (inner := _room(values.values(), levels)) < 0:
        return -1
    return inner + len(names) if inner + len(names) < _SMALL else -1


def _bytes(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return _SMALL


def _stored(table: Definition, value: Any, path: str, levels: int) -> Any:
    """A copy of *value*, the attribute at *path*, as stores give it back. *levels*: of lists and maps that may come."""
    cls = value.__class__
    if value is None or cls is bool or cls is bytes:
        return value
    if cls is str:
        if _bytes(value) == _SMALL:
            _text(table, value, path)
        return value
    if cls in (int, float, Decimal):
        try:
            return number(value)
        except ValueError as error:
            raise ItemError(f"{table.table}: attribute {path!r} is {error}") from None
    if cls in (set, frozenset):
        return _members(table, value, path)
    if cls not in (list, dict):
        what = "text, numbers, booleans, null, bytes, lists, maps and sets"
        raise ItemError(f"{table.table}: attribute {path!r} is {_called(value)}, which cannot be stored; {what} can")
    if not levels:
        fact = f"attribute {path[:80]!r} is nested deeper than 32 levels"
        raise ItemError(f"{table.table}: {fact}; keep what is in there in items of its own, or as text")
    if cls is list:
        return [_stored(table, one, f"{path}[{index}]", levels - 1) for index, one in enumerate(value)]
    return {_name(table, name, path): _stored(table, one, f"{path}.{name}", levels - 1) for name, one in value.items()}


def _members(table: Definition, members: Any, path: str) -> set[Any]:
    where = f"{table.table}: attribute {path!r}"
    if not members:
        raise ItemError(f"{where} is a set of nothing; leave it out")
    types = {next((name for name, (_, classes) in _TYPES.items() if one.__class__ in classes), "") for one in members}
    if len(types) > 1 or "" in types:
        raise ItemError(
            f"{where} is a set of different things; give text alone, numbers alone or bytes alone, or a list"
        )
    return {_stored(table, one, path, 0) for one in members}


def _name(table: Definition, name: Any, path: str) -> str:
    where = f"{table.table}: a name in {path!r}" if path else f"{table.table}: the name of an attribute"
    if name.__class__ is not str:
        raise ItemError(f"{where} is {_called(name)}; give text")
    _text(table, name, f"{path}.{name}" if path else name)
    if not 0 < len(name.encode()) <= _NAME:
        raise ItemError(f"{where} has {len(name.encode()):,} bytes; give one of 1 to {_NAME:,}")
    return str(name)


def _text(table: Definition, value: str, path: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        fact = f"attribute {path!a} holds half of a surrogate pair, which is no text"
        raise ItemError(f"{table.table}: {fact}; give whole characters") from None


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    return not isinstance(value, (bytes, Decimal, set))


def _called(value: Any) -> str:
    cls = value.__class__
    return "a number" if cls in _TYPES["N"][1] else _CALLED.get(cls, f"of the class {cls.__name__}")
