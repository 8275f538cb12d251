"""
What time it is, for whatever ends, is due or is limited: tokens, keys that are kept, limits, tasks, reports.

These are the functions of Python itself, called by their names in here, `clocks.time()`, so that a test's clock can
stand in for them, and a call pays nothing for that: pymacaron.testing.clock(). Who keeps a function for later keeps
wall or steady, which look the name up each time. What threads really wait for is measured by Python's time alone:
timeouts, deadlines, how long a call took.
"""

from __future__ import annotations

import time as _python
from collections.abc import Callable

__all__ = ["monotonic", "steady", "time", "wall"]

#: Seconds since the epoch
time: Callable[[], float] = _python.time
#: Seconds of which only differences count; never goes back
monotonic: Callable[[], float] = _python.monotonic


def wall() -> float:
    """time(), whatever it is by then."""
    return time()


def steady() -> float:
    """monotonic(), whatever it is by then."""
    return monotonic()
