"""
Choices that look like chance and are none: the same seed and place give the same, whatever was chosen elsewhere.

So a member that is added to a schema changes no other member of the values that are made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

__all__ = ["Lot"]

_Item = TypeVar("_Item")


class Lot:
    """What is drawn at one place. *seed*: any text."""

    __slots__ = ("_random", "_seed")

    def __init__(self, seed: str):
        self._seed = seed
        self._random: Random | None = None

    def of(self, place: str) -> Lot:
        """The lot of *place*, which is within the place of this one."""
        return Lot(f"{self._seed}/{place}")

    def number(self, least: int, most: int) -> int:
        """An integer from *least* to *most*, both of which it may be."""
        if self._random is None:
            self._random = Random(self._seed)
        # Of all that Random has, only random() is promised to give the same in later versions of Python
        span = most - least + 1
        if span > 1 << 50:
            return least + int(self._random.random() * (1 << 53)) * span // (1 << 53)
        return least + int(self._random.random() * span)

    def one(self, items: Sequence[_Item]) -> _Item:
        """One of *items*, of which there must be some."""
        return items[self.number(0, len(items) - 1)]
