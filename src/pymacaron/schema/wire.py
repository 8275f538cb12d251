"""
Python values <-> JSON text, models and the values of formats among them. In this room only this file
and typed.py have msgspec read JSON.

Whatever is wrong with a text becomes a Violation of code `json` that says where; nothing else is raised. What a model
or a handler gives is sent as it is or refused: never a NaN as null, never a datetime without its offset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from math import isfinite
from operator import attrgetter
from typing import Any

import msgspec

from pymacaron.schema.formats import FORMATS, TextUUID
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import Violation, Violations

__all__ = [
    "MALFORMED",
    "SMALL",
    "exact_reply",
    "is_whole",
    "json_decode",
    "json_encode",
    "json_exact",
    "plain",
    "precise",
    "precisely",
    "read_by",
    "reread",
]

#: How reading fails with what is no JSON
MALFORMED = (ValueError, RecursionError)

#: The classes of values that hold no others
_ATOMS = frozenset((str, int, float, bool, type(None)))

#: Those of them that JSON has for each of their values
_SAYABLE = frozenset((str, int, bool, type(None)))

#: More levels of nesting than there can be in a text that is read
_DEEPEST = 1500

#: So few levels are not nested too deep
_SHALLOW = 500

#: The fewest bytes that a level takes, which are those of an array: its brackets; and those of an object: `{"":}`
_OF_ARRAY, _OF_OBJECT = 2, 5

#: A text of fewer bytes is not nested too deep
SMALL = _OF_ARRAY * _SHALLOW

#: Levels that are not used in reading, so that whatever was read can be written
_SPARE = 32

#: The path around a value, and its name or index there; None for the whole
_Path = tuple["_Path", Any] | None

_BOM = b"\xef\xbb\xbf"

#: What looks like the end of a text that is a datetime without an offset
_local_time = re.compile(rb'T..:..:..(?:"|\.\d+")').search
#: As numbers, since a byte is found in a quarter of the time that a text of bytes takes
_N, _I, _T = b"NIT"
_OPENING, _CLOSING, _BACKSLASH = b"[]\\"
#: Faster than `b"null" in data`
_null = re.compile(b"null").search
#: A text of fewer bytes holds none of what JSON has no way to say: NaN is the shortest
_UNSUSPICIOUS = 3
#: What looks like a float in MessagePack that is not finite: all bits of its exponent are set
_odd_float = re.compile(rb"\xcb[\x7f\xff][\xf0-\xff]").search

#: the formats whose values msgspec does not know, or writes otherwise than we do
_UNCONVERT = [(known.type, known.unconvert) for known in FORMATS.values() if known.type and known.unconvert]


def json_decode(data: bytes, location: str = "body") -> Any:
    """
    The JSON value of *data*, integers of any size kept. Raises Violations, of one Violation with code `json`, also
    where an object has a name twice (RFC 8259, section 4; RFC 7493, section 2.3): the first of them would be lost.

    One byte order mark before the text is passed over, as RFC 8259, section 8.1, allows; a second one is an error.
    """
    try:
        value = read_by(_decode, data)
        if b":" not in data or is_whole(data, value):
            return value
    except MALFORMED as error:
        text = data.removeprefix(_BOM)
        if len(text) < len(data) and not text.startswith(_BOM):
            return json_decode(text, location)
        raise Violations([Violation(location, "", "json", _fault(text, error))]) from None
    try:
        place = _repeated(data)
    except RecursionError:
        raise Violations([Violation(location, "", "json", "is nested too deep")]) from None
    if place is None:
        return value
    raise Violations([Violation(location, pointer_text(place), "json", "stands there more than once")])


def is_whole(data: bytes, value: Any, colons: int | None = None) -> bool:
    """
    Whether every member of objects in *data*, a JSON text in which are so many *colons*, is in *value*, which was read
    from it. True is certain.

    Far cheaper than to look at the names: a member that is lost takes a colon with it, and the text of *value* has all
    others. Only a colon that is written with a backslash stands in one of the texts alone.
    """
    text = _encode(value)
    if text == data:
        return True
    if (data.count(b":") if colons is None else colons) != text.count(b":"):
        return False
    return _BACKSLASH not in data or b"\\u003" not in data


def read_by(decode: Callable[[Any], Any], data: bytes) -> Any:
    """
    What *decode* makes of *data*. RecursionError comes some levels before the value is too deep to be written again:
    where it is written there may be more calls below, which count as levels, too.
    """
    size = len(data)
    if size >= SMALL and (size >= _OF_OBJECT * _SHALLOW or _may_be_deep(data, size)):
        return _read_below(decode, data, _SPARE)
    return decode(data)


def _may_be_deep(data: bytes, size: int) -> bool:
    """Whether so many arrays, and objects in the bytes that they leave, may be too many levels."""
    needed = (_OF_OBJECT * _SHALLOW - size) / (_OF_OBJECT - _OF_ARRAY)
    # All but so few bytes would be brackets: where the first ones are none, there is no need to count
    head = data[: size - int(needed) * _OF_ARRAY + 1]
    return (_OPENING in head or _CLOSING in head) and data.count(b"[") >= needed


def _read_below(decode: Callable[[Any], Any], data: bytes, calls: int) -> Any:
    return _read_below(decode, data, calls - 1) if calls else decode(data)


def _repeated(data: bytes) -> tuple[Any, ...] | None:
    """Where the first member of *data*, a JSON text, stands whose name its object has already; None: there is none."""

    class Repeated(dict[str, Any]):
        name = ""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(members)
        if len(made) == len(members):
            return made
        seen: set[str] = set()
        odd = Repeated(made)
        odd.name = next(name for name, _ in members if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        return odd

    # A path is the path around it and a token: whole ones would take the square of the depth
    todo: list[tuple[_Path, Any]] = [(None, json.loads(data, object_pairs_hook=pairs))]
    while todo:
        path, value = todo.pop()
        if isinstance(value, Repeated):
            return _tokens((path, value.name))
        if isinstance(value, (dict, list)):
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            todo += [((path, token), one) for token, one in inner if isinstance(one, (dict, list))][::-1]
    return None


def _tokens(path: _Path) -> tuple[Any, ...]:
    found = []
    while path is not None:
        path, token = path
        found.append(token)
    return tuple(found[::-1])


def json_encode(value: Any, reply: bool = False) -> bytes:
    """
    *value* as compact JSON: plain values, models, datetimes, UUIDs, bytes (as base64) and Decimals, at any depth.

    Raises ValueError or TypeError where it has no JSON: nesting without end, a class that nothing is known about. A
    float that is not finite becomes null, as in JavaScript, and a datetime without a time zone goes without: for
    errors and documents of our own, which have to be sent. All else goes by json_exact. *reply*: models leave out what
    no response may hold.
    """
    encode = _encode_reply if reply else _encode
    try:
        return encode(_spelled(value, reply) if TextUUID.alive else value)
    except RecursionError:
        pass
    try:
        return encode(_spelled(value, reply))  # what models hold, without a call of the hook for each level of nesting
    except RecursionError:
        raise ValueError("the value is nested too deep, or contains itself") from None


def json_exact(value: Any, reply: bool = False) -> bytes:
    """
    As json_encode, but ValueError, naming the place, for what JSON has no way to say: a number that is not finite, a
    datetime without a time zone (RFC 8259, section 6; RFC 3339, section 5.6).
    """
    return exact_reply(value) if reply else _exact(value, json_encode(value), False)


def exact_reply(value: Any) -> bytes:
    """json_exact of what a response holds."""
    if TextUUID.alive:
        return _exact(value, json_encode(value, True), True)
    try:
        data = _encode_models(value)
    except (RecursionError, AttributeError):  # too deep for now, or something is in there that is no model
        data = json_encode(value, True)
    return data if len(data) < _UNSUSPICIOUS else _exact(value, data, True)


def _exact(value: Any, data: bytes, reply: bool) -> bytes:
    """*data*, the text of *value*, which is encoded. Raises ValueError where that says less than *value* does."""
    # Each of them leaves a trace in the text, which is faster to look for than the values themselves
    if (
        (_N in data and b"NaN" in data)
        or (_I in data and b"Infinity" in data)
        or (_T in data and _local_time(data))
        or (_null(data) and _may_have_odd_float(value))
    ):
        value = msgspec.to_builtins(value, builtin_types=_KEPT, enc_hook=_reply_hook if reply else _hook)
        if value.__class__ not in _SAYABLE:
            _refuse_unsayable(value)
    return data


def plain(value: Any, reply: bool = False) -> Any:
    """
    *value* as JSON carries it: a copy of dicts, lists, strings, numbers, booleans and None alone. Fails as
    json_exact does.
    """
    return _decode(json_exact(value, reply))


def precise(value: Any) -> Any:
    """As plain(), but a number that no float is exactly becomes a Decimal."""
    return _decode_precisely(json_exact(value))


def precisely(data: bytes | str) -> Any:
    """The value of *data*, a JSON text, with Decimals as of precise(). ValueError where it is none."""
    return _decode_precisely(data)


def _number(text: str) -> float | Decimal:
    value, exact = float(text), Decimal(text)
    return value if Decimal(repr(value)) == exact else exact


def reread(data: bytes) -> Any:
    """The value of *data*, a JSON text that was written here."""
    return _decode(data)


def _may_have_odd_float(value: Any) -> bool:
    """Whether there may be a float in *value* that is not finite: false means that there is none."""
    try:
        return _odd_float(_pack(value)) is not None
    except (ValueError, OverflowError):  # an integer beyond 64 bits
        return True


def _refuse_unsayable(value: Any) -> None:
    """Raise ValueError for the first thing in *value*, of to_builtins, whose JSON says less than it does."""
    todo: list[tuple[_Path, Any]] = [(None, value)]
    while todo:
        path, at = todo.pop()
        if isinstance(at, (dict, list, tuple)):
            inner = at.items() if isinstance(at, dict) else enumerate(at)
            todo += [((path, token), one) for token, one in inner if not _is_sayable(one)][::-1]
        elif isinstance(at, datetime):
            if at.utcoffset() is None:
                raise ValueError(f"{pointer_text(_tokens(path)) or 'the value'}: a datetime without a time zone")
        elif not (at.is_finite() if isinstance(at, Decimal) else isfinite(at)):
            raise ValueError(f"{pointer_text(_tokens(path)) or 'the value'}: {at} is no number of JSON")


def _is_sayable(value: Any) -> bool:
    cls = value.__class__
    return cls in _SAYABLE or (cls is float and value - value == 0)


def _spelled(value: Any, reply: bool) -> Any:
    """
    *value* with the original text of every UUID that has one, since msgspec would write the canonical one, and with
    the dicts of models. As deep as it may be: RecursionError is for what is deeper than a text that can be read.
    """
    result: list[Any] = [None]
    todo: list[tuple[Any, Any, Any, int]] = [(result, 0, value, 0)]
    while todo:
        holder, token, at, depth = todo.pop()
        if depth > _DEEPEST:
            raise RecursionError
        if isinstance(at, TextUUID):
            at = at.text
        elif not isinstance(at, (dict, list, tuple)):
            data = getattr(at, "__pym_reply__" if reply else "__pym_wire__", None)
            at = at if data is None else data
        if isinstance(at, dict):
            copied: Any = dict(at)
            todo += [(copied, name, inner, depth + 1) for name, inner in at.items() if inner.__class__ not in _ATOMS]
        elif isinstance(at, (list, tuple)):
            copied = list(at)
            todo += [(copied, i, inner, depth + 1) for i, inner in enumerate(at) if inner.__class__ not in _ATOMS]
        else:
            copied = at
        holder[token] = copied
    return result[0]


def _hook(value: Any) -> Any:
    """What msgspec does not know: models first, then the classes of formats, then subclasses of plain types."""
    try:
        return value.__pym_wire__
    except AttributeError:
        return _known(value)


def _reply_hook(value: Any) -> Any:
    try:
        return value.__pym_reply__
    except AttributeError:
        return _known(value)


def _known(value: Any) -> Any:
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
_decode_precisely = msgspec.json.Decoder(float_hook=_number).decode
_pack = msgspec.msgpack.Encoder(enc_hook=_hook).encode
_encode = msgspec.json.Encoder(enc_hook=_hook, decimal_format="number").encode
_encode_reply = msgspec.json.Encoder(enc_hook=_reply_hook, decimal_format="number").encode
#: The same of what msgspec knows and models alone: AttributeError for all else
_encode_models = msgspec.json.Encoder(enc_hook=attrgetter("__pym_reply__"), decimal_format="number").encode
