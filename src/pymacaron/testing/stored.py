"""`tables()`: what is kept lies in memory, of the test alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymacaron.schema.models import Model
from pymacaron.store import current
from pymacaron.store.memory import MemoryStore
from pymacaron.store.tables import table

__all__ = ["tables"]


@contextmanager
def tables(*models: Model) -> Iterator[MemoryStore]:
    """
    `with tables(order, customer):` has all tables of the process be in memory, whatever the settings say: they are
    there without being made, and have in them *models*, each in its table, and nothing else. What was written is
    forgotten at the end.

    Raises what `table(...).put()` does for a model that cannot be kept.
    """
    with current.use(MemoryStore()) as store:
        for model in models:
            table(type(model)).put(model)
        yield store
