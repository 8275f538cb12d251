"""
Texts that are known to be secrets, and how they stand in a repr, in JSON, in a URL -> a mask, wherever they stand.

A caller may send any number of them, of any length: what is looked for is bounded, and of a long one the beginning is
looked for. Neighbours: sent.py knows which a call was sent, scrubbing.py what looks like a secret by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from pymacaron.crash.named import MASK

__all__ = ["LONGEST_KNOWN", "Known", "escaped"]

#: A text that is shorter stands in too many others to be masked wherever it is
_SHORTEST = 6
#: Patterns: each is tried at every character of a text
_MOST = 200
#: Of a pattern that is longer, its head is looked for, and then where it ends
LONGEST_KNOWN = 1_000
_HEAD = 256
#: Of a secret that is longer, only the beginning is written in other ways
_WRITTEN = 5_000
_WORD = re.compile(r"[^\s\"'`,;:=&()\[\]{}<>|]{6,}")


class Known:
    """
    *first* are looked for wherever they stand, all of them; so are *others*, the longest ones, as long as there is
    room. `left_out`: how many were too many; they are masked only where they are a word of their own.
    """

    def __init__(self, first: Iterable[str] = (), others: Iterable[str] = ()):
        #: What is looked for -> what it may be the head of
        self._heads: dict[str, list[str]] = {head: whole for one in first for head, whole in _heads(one, (one,))}
        left: set[str] = set()
        for secret in sorted({one for one in others if len(one) >= _SHORTEST}, key=lambda one: (-len(one), one)):
            if len(self._heads) >= _MOST:
                left.add(secret)
                continue
            for head, whole in _heads(secret, _forms(secret)):
                self._heads.setdefault(head, []).extend(whole)
        self._words = frozenset(left)
        longest_first = sorted(self._heads, key=lambda head: (-len(head), head))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @property
    def count(self) -> int:
        """How many texts are looked for."""
        return len(self._heads)

    @property
    def left_out(self) -> int:
        """How many secrets are not looked for within words."""
        return len(self._words)

    def masked(self, text: str) -> str:
        """*text* with a mask for each; where a long one is not as it was, all that follows is masked."""
        if self._pattern is not None:
            kept: list[str] = []
            at = 0
            while (found := self._pattern.search(text, at)) is not None:
                kept += text[at : found.start()], MASK
                at = self._end(text, found)
            text = "".join([*kept, text[at:]]) if kept else text
        return _WORD.sub(self._word, text) if self._words else text

    def _end(self, text: str, found: re.Match[str]) -> int:
        whole = self._heads[found[0]]
        if not whole:
            return found.end()
        ends = [found.start() + len(one) for one in whole if text.startswith(one, found.start())]
        return max(ends, default=len(text))

    def _word(self, match: re.Match[str]) -> str:
        return MASK if match[0] in self._words else match[0]


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
