"""
A regular expression -> a text that it matches: the expressions of ECMA-262, as `pattern` has them.

What looks around (`(?=...)`) and where words end (`\\b`) is passed over: who asks for a text looks whether it fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pymacaron.schema.specimens.lots import Lot

__all__ = ["matching"]

_LOWER, _UPPER, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_WORD = _LOWER + _UPPER + _DIGITS + "_"
#: What "any character" is made of, the best ones first
_ANY = _LOWER + _UPPER + _DIGITS + " -_.,:;/+@#!?()[]{}<>=*&%$'\"~^|\\`\t\n"
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": " \t\n"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
#: How often what may come without end comes, beyond the least
_MORE = 5

_Gives = Callable[[Lot], str]


def matching(pattern: str, lot: Lot, least: int = 0, most: int | None = None) -> str | None:
    """
    A text that *pattern* finds something in, of *least* to *most* characters; None where the pattern cannot be read, or
    none is found in a few tries.
    """
    try:
        reader = _Reader(pattern)
        gives = reader.alternatives()
        if reader.at < len(pattern):
            return None
    except (_Unreadable, RecursionError):
        return None
    found = None
    for turn in range(12):
        reader.groups.clear()
        reader.more = (1, 0, 2, least, _MORE, 8, 12, 20, 40, 3, 4, 6)[turn]
        text = gives(lot.of(str(turn)))
        if not reader.is_closed and len(text) < least:
            text += "".join(lot.one(_LOWER) for _ in range(least - len(text)))
        if len(text) >= least and (most is None or len(text) <= most):
            return text
        found = found if found is not None else text
    return found


class _Unreadable(Exception):
    pass


@dataclass
class _Reader:
    """Reads *pattern* from `at` on. `more`: how many repetitions above the least there may be."""

    pattern: str
    at: int = 0
    more: int = 1
    is_closed: bool = False
    groups: dict[int, str] = field(default_factory=dict)
    _count: int = 0

    def _take(self, text: str) -> bool:
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise _Unreadable
        self.at += 1
        return self.pattern[self.at - 1]

    def alternatives(self) -> _Gives:
        found = [self._sequence()]
        while self._take("|"):
            found.append(self._sequence())
        return found[0] if len(found) == 1 else lambda lot: lot.one(found)(lot.of("|"))

    def _sequence(self) -> _Gives:
        parts: list[_Gives] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            part = self._quantified(self._atom())
            parts.append(part)
        return lambda lot: "".join(part(lot.of(str(index))) for index, part in enumerate(parts))

    def _quantified(self, atom: _Gives) -> _Gives:
        least, most = self._times()
        if (least, most) == (1, 1):
            return atom
        self._take("?")

        def repeated(lot: Lot) -> str:
            end = least + self.more if most is None else min(most, least + self.more)
            return "".join(atom(lot.of(f"*{index}")) for index in range(lot.number(least, max(least, end))))

        return repeated

    def _times(self) -> tuple[int, int | None]:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return times
        if self.pattern.startswith("{", self.at):
            inner, closed, _ = self.pattern[self.at + 1 :].partition("}")
            low, comma, high = inner.partition(",")
            if closed and low.isdecimal() and (high.isdecimal() or not high):
                self.at += len(inner) + 2
                return int(low), int(high) if high else None if comma else int(low)
        return 1, 1

    def _atom(self) -> _Gives:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return _one_of(self._set())
        if char == "\\":
            return self._escape()
        if char == ".":
            return _one_of(_LOWER)
        if char in "^$":
            self.is_closed = self.is_closed or char == "$"
            return _nothing
        return lambda lot: char

    def _group(self) -> _Gives:
        number = 0
        for start in ("?=", "?!", "?<=", "?<!"):
            if self._take(start):
                self.alternatives()
                self._close()
                return _nothing
        if self._take("?<") or self._take("?P<"):
            while self._next() != ">":
                pass
            self._count = number = self._count + 1
        elif not self._take("?:"):
            if self._take("?"):  # flags: (?i) and (?i:...)
                while self.pattern[self.at : self.at + 1].isalpha() or self.pattern.startswith("-", self.at):
                    self.at += 1
                if self._take(")"):
                    return _nothing
                if not self._take(":"):
                    raise _Unreadable
            else:
                self._count = number = self._count + 1
        inner = self.alternatives()
        self._close()

        def kept(lot: Lot) -> str:
            self.groups[number] = text = inner(lot.of("("))
            return text

        return kept

    def _close(self) -> None:
        if not self._take(")"):
            raise _Unreadable

    def _escape(self) -> _Gives:
        char = self._next()
        if char in "bBAZz":
            self.is_closed = self.is_closed or char in "Zz"
            return _nothing
        if char in "123456789":
            return lambda lot: self.groups.get(int(char), "")
        if char == "k" and self._take("<"):
            raise _Unreadable
        return _one_of(self._escaped(char))

    def _escaped(self, char: str) -> str:
        """The characters that a backslash and *char* stand for."""
        if char.lower() in _CLASSES:
            return _CLASSES[char] if char in _CLASSES else _without(_CLASSES[char.lower()])
        if char in "pP":
            return self._property(char == "P")
        if char in "ux":
            return self._code(char)
        if char == "c":
            return chr(ord(self._next()) % 32)
        return _ESCAPES.get(char, char)

    def _property(self, is_not: bool) -> str:
        name = self._next()
        if name == "{":
            name = ""
            while (char := self._next()) != "}":
                name += char
        name = name.rpartition("=")[2]
        known = {"L": _LOWER + _UPPER, "Lu": _UPPER, "Ll": _LOWER, "Alphabetic": _LOWER + _UPPER, "Letter": _LOWER}
        known |= {"N": _DIGITS, "Nd": _DIGITS, "P": ".,:;-!?", "S": "+=<>", "Z": " ", "Zs": " ", "M": "\u0301"}
        chars = known.get(name, _LOWER)
        return _without(chars) if is_not else chars

    def _code(self, char: str) -> str:
        if char == "u" and self._take("{"):
            digits = ""
            while (digit := self._next()) != "}":
                digits += digit
        else:
            digits = "".join(self._next() for _ in range(4 if char == "u" else 2))
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            raise _Unreadable from None

    def _set(self) -> str:
        """The characters of `[...]`, those that people like first."""
        is_not = self._take("^")
        chars: list[str] = []
        while not self._take("]"):
            first = self._member()
            if len(first) == 1 and self.pattern.startswith("-", self.at) and self.pattern[self.at + 1 :][:1] != "]":
                self.at += 1
                last = self._member()
                if len(last) == 1 and ord(first) <= ord(last):
                    chars += _range(ord(first), ord(last))
                    continue
                chars += ["-", *last]
            chars += first
        if is_not:
            return _without("".join(chars))
        if not chars:
            raise _Unreadable
        liked = [one for one in chars if one.isalnum() and one.isascii()]
        return "".join(liked or chars)

    def _member(self) -> str:
        char = self._next()
        if char != "\\":
            return char
        char = self._next()
        return "\b" if char == "b" else self._escaped(char)


def _range(first: int, last: int) -> list[str]:
    """The characters between: the printable ones of ASCII, where there are any."""
    usual = [chr(code) for code in range(max(first, 32), min(last, 126) + 1)]
    return usual or [chr(code) for code in range(first, min(last, first + 50) + 1) if not 0xD800 <= code <= 0xDFFF]


def _without(chars: str) -> str:
    left = [one for one in _ANY if one not in chars]
    liked = [one for one in left if one.isalnum()]
    return "".join(liked or left) or "\u00e9"


def _one_of(chars: str) -> _Gives:
    return lambda lot: lot.one(chars)


def _nothing(lot: Any) -> str:
    return ""
