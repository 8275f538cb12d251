"""
Texts that are known to be secrets, and how they stand in a repr, in JSON, in a URL -> a mask, wherever they stand.

A caller may send any number of them, of any length and with the same beginnings: how many are looked for is bounded,
and what a text costs is in proportion to its length. Neighbours: sent.py knows which a call was sent, scrubbing.py what
looks like a secret by itself.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from pymacaron.crash.named import MASK

__all__ = ["LONGEST_KNOWN", "Known", "escaped"]

#: A text that is shorter stands in too many others to be masked wherever it is; all are looked for by their beginning
_SHORTEST = 6
#: Secrets of a call, and characters of them, that are looked for
_MOST = 2_000
_MOST_CHARACTERS = 200_000
#: Of a text that is longer, its head is looked for, and then where it ends
LONGEST_KNOWN = 1_000
_HEAD = 256
#: Of a secret that is longer, only the beginning is written in other ways
_WRITTEN = 5_000
#: Up to so many beginnings are looked for one after the other, in C; more of them in one pass
_FEW = 100


class Known:
    """
    *first* are looked for wherever they stand, all of them; so are *others*, as long as there is room. `left_out`: how
    many were too many: where there are some, nobody can say what is no secret.
    """

    def __init__(self, first: Iterable[str] = (), others: Iterable[str] = ()):
        #: What is looked for -> what it may be the head of
        self._heads: dict[str, list[str]] = {head: whole for one in first for head, whole in _heads(one, (one,))}
        self._left_out = 0
        count = characters = 0
        for secret in sorted({one for one in others if len(one) >= _SHORTEST}, key=lambda one: (len(one), one)):
            length = len(secret) if len(secret) <= _WRITTEN else _HEAD
            if count == _MOST or characters + length > _MOST_CHARACTERS:
                self._left_out += 1
                continue
            count, characters = count + 1, characters + length
            for head, whole in _heads(secret, _forms(secret)):
                self._heads.setdefault(head, []).extend(whole)
        #: In their order, so that the longest that a text begins with is found by halves
        self._sorted = sorted(self._heads)
        self._within = _within(self._sorted)
        self._starts = frozenset(head[:_SHORTEST] for head in self._sorted)

    @property
    def count(self) -> int:
        """How many texts are looked for."""
        return len(self._sorted)

    @property
    def left_out(self) -> int:
        """How many secrets are not looked for."""
        return self._left_out

    def masked(self, text: str) -> str:
        """*text* with a mask for each; where a long one is not as it was, all that follows is masked."""
        kept: list[str] = []
        at = 0
        for place in self._places(text):
            if place < at:
                continue
            found = self._found(text, place)
            if found:
                kept += text[at:place], MASK
                at = self._end(text, place, found)
        return "".join([*kept, text[at:]]) if kept else text

    def _places(self, text: str) -> Iterable[int]:
        """Where in *text* something begins as a secret does, in their order."""
        if len(self._starts) > _FEW:
            starts, width = self._starts, _SHORTEST
            return [place for place in range(len(text) - width + 1) if text[place : place + width] in starts]
        found = []
        for start in self._starts:
            place = text.find(start)
            while place >= 0:
                found.append(place)
                place = text.find(start, place + 1)
        return sorted(found)

    def _found(self, text: str, place: int) -> list[str]:
        """What is looked for and stands at *place*, the longest last."""
        index = bisect_right(self._sorted, text[place : place + LONGEST_KNOWN]) - 1
        # It is the one before, or one of those that this one begins with: of these, all up to some length
        nested = self._within[index] if index >= 0 else ()
        low, high = 0, len(nested)
        while low < high:
            middle = (low + high) // 2
            if text.startswith(self._sorted[nested[middle]], place):
                low = middle + 1
            else:
                high = middle
        return [self._sorted[one] for one in nested[:low]]

    def _end(self, text: str, place: int, found: list[str]) -> int:
        ends = [place + len(one) for head in found for one in self._heads[head] if text.startswith(one, place)]
        if not self._heads[found[-1]]:
            ends.append(place + len(found[-1]))
        return max(ends, default=len(text))


def _within(ordered: list[str]) -> list[tuple[int, ...]]:
    """For each of *ordered* the places of those that it begins with, the shortest first, itself last."""
    found: list[tuple[int, ...]] = []
    begun: list[int] = []
    for index, text in enumerate(ordered):
        while begun and not text.startswith(ordered[begun[-1]]):
            begun.pop()
        begun.append(index)
        found.append(tuple(begun))
    return found


def escaped(text: str) -> str:
    """*text* with what is not printable escaped as in Python."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _heads(secret: str, forms: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """What is looked for of *forms* of *secret*, and for each what it is the head of, where it is not whole."""
    for form in sorted({one for one in forms if len(one) >= _SHORTEST}):
        if len(secret) > _WRITTEN:
            yield form[:_HEAD], [secret]
        elif len(form) > LONGEST_KNOWN:
            yield form[:_HEAD], [form]
        else:
            yield form, []


def _forms(secret: str) -> set[str]:
    """*secret*, and how it stands in a repr, in JSON, in a URL and where it was made printable."""
    if len(secret) > _WRITTEN:
        secret = secret[:_HEAD]
    try:
        quoted = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    except UnicodeEncodeError:
        quoted = set()
    written = {repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, secret.strip(), escaped(secret), " ".join(secret.split()), *quoted, *written}
