"""Many write one item by its version at the same time: what each of them saw can be put into one order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from stored.histories import KEY, Event, faults, written
from stored.tables import COUNTERS

from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.stores import Store

WRITERS = 50
#: How often each of them writes; `make soak` has them write more often
TIMES = int(os.environ.get("HISTORY_WRITES", "3"))
PROCESSES = 6


def test_a_history_of_50_writers_is_linearizable(store: Store) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        histories = list(pool.map(lambda number: written(store, f"writer {number}", TIMES), range(WRITERS)))
    events = [event for history in histories for event in history]
    assert faults(events) == []
    assert max(event.version for event in events if event.what == "written") == WRITERS * TIMES
    got = store.get(COUNTERS, KEY)
    assert got is not None
    assert got["revision"] == WRITERS * TIMES


def test_a_history_of_processes_on_one_sqlite_file_is_linearizable(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    times = 10 * TIMES
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "stored.histories", str(path), f"process {number}", str(times)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for number in range(PROCESSES)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        ended = []
        for process in processes:  # all of them before the first is waited for
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            ended.append(out)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    events = [Event(*event) for out in ended for event in json.loads(out)]
    assert faults(events) == []
    store = SQLiteStore(path)
    got = store.get(COUNTERS, KEY)
    store.close()
    assert got is not None
    assert got["revision"] == PROCESSES * times
    assert {event.writer for event in events if event.what == "written"} == {f"process {n}" for n in range(PROCESSES)}


A, B, C = ("a", "b", "c")


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([], []),
        ([Event(1, 2, A, "read", 0, ""), Event(3, 4, A, "written", 1, "x"), Event(5, 6, B, "read", 1, "x")], []),
        # A read that lasts as long as the write may see either
        ([Event(1, 9, A, "written", 1, "x"), Event(2, 3, B, "read", 1, "x"), Event(4, 5, B, "read", 1, "x")], []),
        ([Event(1, 9, A, "written", 1, "x"), Event(2, 3, B, "read", 0, ""), Event(4, 5, C, "read", 1, "x")], []),
        ([Event(1, 9, A, "written", 1, "x"), Event(2, 3, B, "refused", 1, "y")], []),
        ([Event(1, 9, A, "written", 1, "x"), Event(1, 8, B, "written", 2, "y"), Event(2, 3, C, "read", 2, "y")], []),
        (
            [Event(1, 2, A, "written", 1, "x"), Event(1, 3, B, "written", 1, "y")],
            ["version 1 was written 2 times"],
        ),
        (
            [Event(1, 2, A, "written", 1, "x"), Event(5, 6, B, "written", 3, "y")],
            ["version 2 was written 0 times"],
        ),
        (
            # A stale read: it begins when the write is done
            [Event(1, 2, A, "written", 1, "x"), Event(3, 4, B, "read", 0, "")],
            ["version 1 was seen, or refused, before it can have been written"],
        ),
        (
            [Event(1, 9, A, "written", 1, "x"), Event(2, 3, B, "read", 1, "x"), Event(4, 5, C, "read", 0, "")],
            ["version 1 was seen, or refused, before it can have been written"],
        ),
        (
            [Event(5, 9, A, "written", 1, "x"), Event(2, 3, B, "refused", 1, "y")],
            ["version 1 was seen, or refused, before it can have been written"],
        ),
        (
            [Event(5, 6, A, "written", 1, "x"), Event(1, 2, B, "written", 2, "y")],
            ["version 2 was seen, or refused, before it can have been written"],
        ),
        ([Event(1, 2, A, "written", 1, "x"), Event(3, 4, B, "read", 1, "y")], ["b read 'y' as 1"]),
    ],
)
def test_the_checker_knows_which_histories_have_an_order(events: list[Event], told: list[str]) -> None:
    assert faults(events) == told
