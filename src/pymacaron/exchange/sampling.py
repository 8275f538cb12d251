"""Which replies are looked at where what does not fit is only reported: the first ones, and then a share of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import inf, log1p

__all__ = ["FIRST", "SHARE", "Sampling", "gap"]

#: How many of an operation are looked at in any case, and which share then, where no share is set
FIRST, SHARE = 100, 0.01


class Sampling:
    """
    *share*: 0 to 1; None: the first ones, and then a small one. *chance()* gives a number of at least 0 and below 1 for
    each that is looked at. A race makes them one or two more.
    """

    def __init__(self, share: float | None = None, chance: Callable[[], float] = random.random):
        self._share = SHARE if share is None else share
        self._first = FIRST if share is None else 0
        self._chance = chance
        #: How many pass before the next that is looked at
        self._passing = 0 if self._first else gap(self._share, self._chance)

    def takes(self) -> bool:
        """Whether the next one is looked at."""
        self._passing = passing = self._passing - 1
        if passing >= 0:
            return False
        self._first -= self._first > 0
        self._passing = 0 if self._first else gap(self._share, self._chance)
        return True


def gap(share: float, chance: Callable[[], float]) -> float:
    """How many pass where each has the same chance, *share*, to be looked at: a geometric distribution."""
    if not 0.0 < share < 1.0:
        return 0 if share >= 1.0 else inf
    return int(log1p(-chance()) / log1p(-share))
