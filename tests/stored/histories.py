"""
Histories of one versioned item: who asked what when, and what came of it. Is there an order of all that explains it?

An item is a register that is written by compare-and-set: the write of version n+1 asks that n is there. So the writes
that succeeded have one order, that of their versions, and each has to take effect at one moment while it was asked. A
read of version n sees the moment between the writes of n and n+1; a conflict over n comes behind the write of n+1. That
leaves an interval for each write, and the history is linearizable (Herlihy and Wing, 1990) if moments in them can be
found that are in the order of the versions: the earliest that is possible, one after the other.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Literal

from pymacaron.store.conditions import absent, comparisons
from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.stores import ConditionFailedError, Store
from stored.tables import COUNTERS

__all__ = ["KEY", "Event", "faults", "written"]

KEY = {"name": "counter"}


@dataclass(frozen=True)
class Event:
    """From `begin` to `end` (of one clock) `writer` read `version`, wrote it, or was refused over the one before it."""

    begin: int
    end: int
    writer: str
    what: Literal["read", "written", "refused"]
    version: int
    value: str


def written(store: Store, writer: str, times: int, clock: Callable[[], int] = time.monotonic_ns) -> list[Event]:
    """What *writer* does to be the one who writes the item so many *times*: it reads, and writes the next version."""
    events = []
    while times:
        begin = clock()
        item = store.get(COUNTERS, KEY) or {"revision": 0, "value": ""}
        version = item["revision"]
        events.append(Event(begin, clock(), writer, "read", version, item["value"]))
        where = comparisons({"revision": version if version else absent()})
        value = f"{writer} {times}"
        begin = clock()
        try:
            store.put(COUNTERS, {**KEY, "revision": version + 1, "value": value}, where)
        except ConditionFailedError:
            events.append(Event(begin, clock(), writer, "refused", version + 1, value))
        else:
            events.append(Event(begin, clock(), writer, "written", version + 1, value))
            times -= 1
    return events


def faults(events: Iterable[Event]) -> list[str]:
    """Why no order explains *events*; none where one does."""
    by_version: dict[int, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        by_version[event.version][event.what].append(event)
    last = max(by_version, default=0)
    found = []
    moment = 0
    value = ""
    for version in range(last + 1):
        here = by_version[version]
        if version:
            if len(here["written"]) != 1:
                return [*found, f"version {version} was written {len(here['written'])} times"]
            (write,) = here["written"]
            value = write.value
            # The reads of the version before end with this write; those of it, and refusals, come behind it
            moment = max([moment, write.begin, *(one.begin for one in by_version[version - 1]["read"])])
            ends = [one.end for one in (write, *here["read"], *here["refused"])]
            if moment > min(ends):
                found.append(f"version {version} was seen, or refused, before it can have been written")
        found += [f"{one.writer} read {one.value!r} as {version}" for one in here["read"] if one.value != value]
    return found


def _main(path: str, writer: str, times: str) -> None:
    """A process that writes: its events go to standard output, once something has come in."""
    store = SQLiteStore(Path(path))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    events: list[tuple[Any, ...]] = [astuple(event) for event in written(store, writer, int(times))]
    store.close()
    sys.stdout.write(json.dumps(events))


if __name__ == "__main__":
    _main(*sys.argv[1:])
