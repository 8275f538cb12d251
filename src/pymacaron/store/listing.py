"""
What a list is read as: pages of any size, whatever the pages of the store are.

DynamoDB looks at so many items, or at 1 MB of them, and gives those that fit: a page of it may be short, or empty, and
there may be no more behind it. A `Page` here has as many as were asked for as long as there are so many, and a cursor
only where there is more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pymacaron.exceptions import ValidationError
from pymacaron.store.stores import Item, Rows

__all__ = ["Page", "asked", "collected"]

M = TypeVar("M")

#: How many items are looked at at once where some of them may not fit
_AT_ONCE = 100

#: As many are asked for at once at most
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some of a list: `items`, and the `cursor` with which it goes on; None where there is no more."""

    items: list[M]
    cursor: str | None = None

    def __iter__(self) -> Iterator[M]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return bool(self.items)


def asked(limit: object) -> int | None:
    """How many items *limit*, which may have come from a caller, asks for. Raises ValidationError, a 400."""
    if limit is None or (isinstance(limit, int) and not isinstance(limit, bool) and limit > 0):
        return limit
    raise ValidationError(f"the limit is {limit!r:.80}; ask for 1 or more")


def collected(
    fetch: Callable[[int | None, Item | None], Rows],
    fits: Callable[[Item], bool],
    limit: int | None,
    start: Item | None,
    all_fit: bool,
) -> tuple[list[Item], bool]:
    """
    *limit* items that *fetch*(how many to look at, what to go on behind) gives and that *fits*, and whether there are
    more; all of them where there is no limit. *all_fit*: whether what is looked at is hardly ever left out.
    """
    found: list[Item] = []
    while True:
        wanted = None if limit is None else limit + 1 - len(found)
        look = wanted if wanted is None or all_fit else max(wanted, _AT_ONCE)
        rows = fetch(look if look is None else min(look, _MOST), start)
        for item in rows.items:
            if fits(item):
                found.append(item)
                if limit is not None and len(found) > limit:
                    return found[:limit], True
        if rows.last is None:
            return found, False
        start = rows.last
