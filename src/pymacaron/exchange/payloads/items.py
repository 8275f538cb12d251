"""
Iterators -> bodies that are sent item by item, each looked at when its turn comes; pieces of bytes as they are.

Both of `for` and of `async for`. Neighbours: streams.py writes items.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from pymacaron.exchange.misuse import WrongArguments
from pymacaron.exchange.streams import ItemWriter, TextWriter
from pymacaron.schema.violations import Violation

__all__ = ["AsyncFlow", "Flow", "flow"]


class _Items:
    """What becomes of items, one after the other."""

    #: A body that comes from an iterator is gone once it was sent
    repeatable = False
    length = None

    def __init__(self, write: ItemWriter | TextWriter, validate: bool):
        self._write = write
        self._validate = validate

    def _written(self, item: Any, index: int) -> bytes:
        try:
            data, wrong = self._write(item, index, self._validate)
        except (TypeError, ValueError) as error:
            wrong = [Violation("body", f"/{index}", "json", f"cannot be sent: {error}")]
        if wrong:
            raise WrongArguments(wrong)
        return data

    def _end(self, count: int) -> None:
        wrong = self._write.missing(count) if self._validate else []
        if wrong:
            raise WrongArguments(wrong)


class Flow(_Items):
    """
    The items of an iterator as bytes. Raises WrongArguments for one that does not fit: the body ends there, and whoever
    sends it breaks off.
    """

    def __init__(self, items: Iterable[Any], write: ItemWriter | TextWriter, validate: bool):
        super().__init__(write, validate)
        self._items = items

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        for item in self._items:
            yield self._written(item, count)
            count += 1
        self._end(count)


class AsyncFlow(_Items):
    """The same of an async iterator."""

    def __init__(self, items: AsyncIterable[Any], write: ItemWriter | TextWriter, validate: bool):
        super().__init__(write, validate)
        self._items = items

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for item in self._items:
            yield self._written(item, count)
            count += 1
        self._end(count)


def flow(items: Any, write: ItemWriter | TextWriter, validate: bool) -> Flow | AsyncFlow:
    """What sends *items*, of either kind."""
    return (AsyncFlow if hasattr(items, "__aiter__") else Flow)(items, write, validate)
