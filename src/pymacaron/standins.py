"""What is used in the place of a part of the process while a `with` block of a test lasts: a store, a queue, a desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

__all__ = ["StandIns"]

T = TypeVar("T")
_S = TypeVar("_S")


class StandIns(Generic[T]):
    """Those of one part. Threads may use several at a time; no lock is held, so a fork leaves none behind."""

    def __init__(self) -> None:
        self._used: dict[object, T] = {}

    @property
    def latest(self) -> T | None:
        """The one whose block has begun last; None outside of all."""
        used = list(self._used.values()) if self._used else []
        return used[-1] if used else None

    @contextmanager
    def use(self, other: _S) -> Iterator[_S]:
        """*other*, a T, is the latest inside."""
        block = object()
        self._used[block] = other  # type: ignore[assignment]  # no TypeVar is bound by that of its class
        try:
            yield other
        finally:
            del self._used[block]
