"""
Tasks by the thousand, for the chaos of soak/tasks.py. Each writes a line to the file `ran` in the folder that MARKS
names before it ends: its kind, its number or key, and by which sending it came.
"""

from __future__ import annotations

import random
import time

from brokers.jobs import mark
from pymacaron.tasks import asynctask

__all__ = ["plain", "shaky", "single"]


@asynctask
def plain(number: int) -> int:
    time.sleep(random.uniform(0, 0.01))
    mark(f"plain {number} 0")
    return number


@asynctask(unique=["key"], unique_for=86_400)
def single(key: int, sending: int) -> int:
    """One of the same key is ever done."""
    time.sleep(random.uniform(0, 0.01))
    mark(f"single {key} {sending}")
    return key


@asynctask(retries=20, backoff=0.1)
def shaky(number: int) -> int:
    """Fails one time in four: more often, and the pauses of the unluckiest, each twice the one before, are minutes."""
    time.sleep(random.uniform(0, 0.01))
    if random.random() < 0.25:
        raise ValueError("by lot")
    mark(f"shaky {number} 0")
    return number
