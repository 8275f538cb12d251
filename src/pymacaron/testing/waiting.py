"""`tasks()`: what a test's code sends to workers waits in memory, and runs when the test says so."""

from __future__ import annotations

from contextlib import AbstractContextManager

from pymacaron.tasks import current
from pymacaron.tasks.memory import MemoryQueue

__all__ = ["tasks"]


def tasks() -> AbstractContextManager[MemoryQueue]:
    """
    `with tasks() as waiting:` has all tasks of the process wait in *waiting*, whatever the settings say.

    `waiting.waiting` lists the messages, `waiting.run()` runs what is due in this thread, `waiting.advance(60)` puts
    its clock on, `waiting.dead()` are those that failed for good. What waits at the end is forgotten.
    """
    return current.use(MemoryQueue())
