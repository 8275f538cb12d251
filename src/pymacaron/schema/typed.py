"""
A bundle of dialect.py -> what decodes and checks a JSON text in one pass, and says nothing about what it does not take.

msgspec checks all that its types can say exactly: types, limits, lengths, words, members. What it cannot say (patterns,
formats, alternatives, ...) is gathered from the value, and checked by jsonschema-rs in one call. The value is the one
that wire.py would read: numbers as they were written, members in their order, none lost. Whatever is refused here, or
might be, has to be asked of the exact path (codec.py), which overrules or explains. Neighbours: kinds.py makes the
types, gathering.py walks through the values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import msgspec

from pymacaron.schema.formats import Format
from pymacaron.schema.gathering import Found, Gathered, Stranger, Walk, nothing
from pymacaron.schema.kinds import Kinds, Learned
from pymacaron.schema.once import LOCK
from pymacaron.schema.validators import validator
from pymacaron.schema.wire import MALFORMED, SMALL, is_whole, read_by

__all__ = ["MISSED", "Typed", "typed"]

#: What stands for a value that was not taken
MISSED: Any = object()

#: After so many texts in a row that were not taken, one in so many is tried
_PATIENCE = 32

#: So many members that no schema names are learned of one bundle, of so many letters, in so many lessons
_MEMBERS, _LETTERS, _LESSONS = 32, 100, 8

#: As a number, since a byte is found in a quarter of the time that a text of bytes takes
_BACKSLASH = 92

_encode = msgspec.json.Encoder().encode


class Typed:
    """
    `typed(data)`: the plain JSON value of *data*, valid and whole, or MISSED, after which nothing is known about it.

    What it leaves out it would never take: members that an open schema does not name. So it learns the names of those
    that come twice in a row, as many as it is worth to make the types again for.

    Thread-safe: what threads share only tells whether it is worth trying, and which of its ways is taken.
    """

    __slots__ = ("_bundle", "_formats", "_learned", "_lessons", "_misses", "_seen", "_skipped", "_way")

    def __init__(self, bundle: dict[str, Any], formats: Mapping[str, Format], way: _Way):
        self._bundle = bundle
        self._formats = formats
        self._way = way
        self._misses = 0
        self._skipped = 0
        self._learned: Learned = {}
        self._lessons = 0
        self._seen: frozenset[Stranger] = frozenset()

    def __call__(self, data: bytes) -> Any:
        """`take`, with less and less patience for texts that are not taken."""
        if self._misses:
            # Senders repeat themselves: what is always refused is not to be looked at twice
            self._skipped += 1
            if self._skipped < self._misses:
                return MISSED
            self._skipped = 0
        value = self._way.take(data)
        if value is MISSED:
            self._misses = min(self._misses * 2 or 1, _PATIENCE)
        elif self._misses:
            self._misses = 0
        return value

    def take(self, data: bytes) -> Any:
        """The plain JSON value of *data*, where that is valid for certain; else MISSED."""
        return self._way.take(data)

    def learn(self, value: Any) -> None:
        """
        Of *value*, which is valid and was not taken, the names of members that no schema has, where the value before
        had them, too.
        """
        if self._skipped or self._lessons >= _LESSONS or not LOCK.acquire(blocking=False):
            return  # what another thread learns, or works out, is not waited for
        try:
            self._learn(value, self._learned)
        finally:
            LOCK.release()

    def _learn(self, value: Any, known: Learned) -> None:
        room = _MEMBERS - sum(map(len, known.values()))
        strangers = frozenset(islice(self._way.walk.strangers(value), room))
        again = sorted(one for one in strangers & self._seen if len(one[1]) <= _LETTERS)
        self._seen = strangers
        if not again:
            return
        self._lessons += 1
        learned = dict(known)
        for key, name in again:
            learned[key] = tuple(dict.fromkeys((*learned.get(key, ()), name)))
        way = _way(self._bundle, self._formats, learned)
        if way is not None:
            self._way, self._learned, self._misses = way, learned, 0


class _Way:
    """One way to read: *decode* gives values, in which *walk* gathers what *kinds* have not checked."""

    __slots__ = ("_decode", "_deep", "_is_valid", "_loose", "_nothing", "_texts", "_walk", "walk")

    def __init__(self, decode: Callable[[bytes], Any], walk: Walk, kinds: Kinds, formats: Mapping[str, Format]):
        self._decode = decode
        self._deep = kinds.deep
        self.walk = walk
        self._walk = walk.one
        self._nothing = nothing(len(kinds.checked) + 1)
        #: Where in what was found the values are of any kind, and where they are texts: such as have colons first
        self._loose = [index for index, kind in enumerate(kinds.kinds) if kind == "any"]
        self._texts = [index for index, kind in enumerate(kinds.kinds) if kind == "text"]
        self._texts.sort(key=lambda index: "format" not in kinds.checked[index - 1])
        self._is_valid: Callable[[Any], bool] | None = None
        if kinds.checked:
            lists = [{"items": schema} for schema in kinds.checked]
            rest = {"prefixItems": [True, *lists], "$defs": kinds.definitions if kinds.refers else {}}
            self._is_valid = validator(rest, formats).is_valid

    def take(self, data: bytes) -> Any:
        try:
            value = read_by(self._decode, data) if self._deep and len(data) >= SMALL else self._decode(data)
            found = self._nothing()
            members = self._walk(value, found)
            if (self._is_valid is None or self._is_valid(found)) and self._has_all(data, value, members, found):
                return value
        except MALFORMED:
            pass
        return MISSED

    def _has_all(self, data: bytes, value: Any, members: int, found: Found) -> bool:
        """
        Whether *value*, which has *members* in objects whose types are known, has all that stands in *data*.

        A type leaves out members that it does not name, and the first of two that have the same name. With each of them
        goes a colon: where *data* has no more of them than what is in *value*, nothing was lost.
        """
        colons = data.count(b":")
        if _BACKSLASH not in data:  # the texts of *data* are those of *value*, letter by letter
            for index in self._loose:
                if found[index]:
                    members += _encode(found[index]).count(b":")
            if colons == members:
                return True
            for index in self._texts:
                members += "".join(found[index]).count(":")
                if colons == members:
                    return True
        return is_whole(data, value, colons)


def typed(bundle: dict[str, Any], formats: Mapping[str, Format]) -> Typed | None:
    """The Typed of *bundle*; None where its values are neither objects nor arrays that a type is known for."""
    way = _way(bundle, formats, {})
    return Typed(bundle, formats, way) if way is not None else None


def _way(bundle: dict[str, Any], formats: Mapping[str, Format], learned: Learned) -> _Way | None:
    kinds = Kinds(bundle["$defs"], learned)
    try:
        kind, walk = kinds.of(bundle)
        if walk is None or isinstance(walk, Gathered):
            return None
        return _Way(msgspec.json.Decoder(kind).decode, walk, kinds, formats)
    except (TypeError, ValueError, ArithmeticError, RecursionError):  # what msgspec has no types for
        return None
